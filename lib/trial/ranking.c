/*
 * Ranking trials: by loss for one objective, by non-dominated fronts for
 * several, what keeps all bounds before what does not.
 *
 * Fronts by X. Zhang, Y. Tian, R. Cheng, Y. Jin, "An efficient approach to
 * nondominated sorting for evolutionary multiobjective optimization", IEEE
 * Trans. Evol. Comput. 19 (2015): in lexicographic order a trial is dominated by
 * earlier ones only, so that each is compared with the fronts built so far. For
 * two objectives the least second loss of a front decides, and since these
 * grow from front to front a binary search finds the place: O(n log n).
 */
#include "trial/ranking.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

enum group { FEASIBLE, INFEASIBLE, UNKNOWN };

struct entry {
	enum group group;
	size_t index;	   /* of the trial */
	size_t keys;	   /* k */
	const double *key; /* [k] losses; how far beyond its bounds for INFEASIBLE */
	uint32_t front;	   /* within its group at first */
};

static int compare_keys(const struct entry *a, const struct entry *b)
{
	for (size_t k = 0; k < a->keys; k++) {
		if (a->key[k] != b->key[k])
			return a->key[k] < b->key[k] ? -1 : 1;
	}
	return 0;
}

static int by_key(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;
	int order;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	order = a->group == UNKNOWN ? 0 : compare_keys(a, b);
	if (order != 0)
		return order;
	return a->index < b->index ? -1 : a->index > b->index;
}

static int by_front(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	if (a->front != b->front)
		return a->front < b->front ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static bool dominates(const struct entry *a, const struct entry *b)
{
	bool less = false;

	for (size_t k = 0; k < a->keys; k++) {
		if (a->key[k] > b->key[k])
			return false;
		less = less || a->key[k] < b->key[k];
	}
	return less;
}

/* One key: the front is the place among the different losses. */
static uint32_t rank_one(struct entry *sorted, size_t n)
{
	uint32_t front = 0;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare_keys(&sorted[i - 1], &sorted[i]) != 0)
			front++;
		sorted[i].front = front;
	}
	return n == 0 ? 0 : front + 1;
}

/* Two keys; least[f] is the least second loss of front f, not falling with f. */
static uint32_t rank_two(struct entry *sorted, size_t n, double *least)
{
	uint32_t fronts = 0;

	for (size_t i = 0; i < n; i++) {
		double second = sorted[i].key[1];
		uint32_t low = 0;
		uint32_t high = fronts;

		if (i > 0 && compare_keys(&sorted[i - 1], &sorted[i]) == 0) {
			sorted[i].front = sorted[i - 1].front;
			continue;
		}
		while (low < high) {
			uint32_t middle = low + (high - low) / 2;

			if (least[middle] > second)
				high = middle;
			else
				low = middle + 1;
		}
		fronts += low == fronts;
		least[low] = second;
		sorted[i].front = low;
	}
	return fronts;
}

/* Any number of keys; last[f] is the latest member of front f, earlier[i] the one before i. */
static uint32_t rank_many(struct entry *sorted, size_t n, size_t *last, size_t *earlier)
{
	uint32_t fronts = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t front = 0;

		for (; front < fronts; front++) {
			size_t member = last[front];

			while (member != SIZE_MAX && !dominates(&sorted[member], &sorted[i]))
				member = earlier[member];
			if (member == SIZE_MAX)
				break;
		}
		earlier[i] = front == fronts ? SIZE_MAX : last[front];
		fronts += front == fronts;
		last[front] = i;
		sorted[i].front = front;
	}
	return fronts;
}

/* Fill an entry from a row of losses; `key` has room for max(1, objectives that are no bounds). */
static void classify(struct entry *entry, const struct hpo_objectives *objectives,
		     const double *losses, double *key)
{
	double excess = 0;
	size_t keys = 0;

	entry->group = FEASIBLE;
	entry->key = key;
	for (size_t j = 0; j < objectives->count; j++) {
		const struct hpo_objective_spec *o = &objectives->list[j];

		if (isnan(losses[j])) {
			entry->group = UNKNOWN;
			return;
		}
		if (!o->is_bound)
			key[keys++] = losses[j];
		else if (losses[j] > o->bound)
			excess += (losses[j] - o->bound) / fmax(fabs(o->bound), 1.0);
	}
	if (excess > 0) {
		/* The bounds come first: the losses of what breaks them compare nothing. */
		entry->group = INFEASIBLE;
		key[0] = excess;
		keys = 1;
	}
	entry->keys = keys;
}

static uint32_t rank_group(struct entry *sorted, size_t n, double *least, size_t *links,
			   size_t total)
{
	if (n == 0)
		return 0;
	if (sorted[0].keys <= 1)
		return rank_one(sorted, n);
	if (sorted[0].keys == 2)
		return rank_two(sorted, n, least);
	return rank_many(sorted, n, links, links + total);
}

/* Rank group after group, the fronts of one beginning where those of the one before end. */
static void rank_entries(struct entry *entries, size_t n, double *least, size_t *links)
{
	uint32_t base = 0;
	size_t i = 0;

	qsort(entries, n, sizeof *entries, by_key);
	while (i < n) {
		size_t end = i;
		uint32_t fronts = 1;

		while (end < n && entries[end].group == entries[i].group)
			end++;
		if (entries[i].group != UNKNOWN)
			fronts = rank_group(entries + i, end - i, least, links, n);
		for (; i < end; i++) {
			if (entries[i].group == UNKNOWN)
				entries[i].front = 0;
			entries[i].front += base;
		}
		base += fronts;
	}
	qsort(entries, n, sizeof *entries, by_front);
}

hpo_status_t hpo__rank(const struct hpo_objectives *objectives, const double *losses, size_t n,
		       size_t *order, uint32_t *front)
{
	size_t m = objectives->count;
	struct entry *entries = hpo__calloc(n, sizeof *entries);
	double *keys = hpo__calloc(n, m * sizeof *keys);
	double *least = hpo__calloc(n, sizeof *least);
	size_t *links = hpo__calloc(n, 2 * sizeof *links);
	hpo_status_t status = HPO_ENOMEM;

	if (entries == NULL || keys == NULL || least == NULL || links == NULL)
		goto done;

	for (size_t i = 0; i < n; i++) {
		entries[i].index = i;
		classify(&entries[i], objectives, losses + i * m, keys + i * m);
	}
	rank_entries(entries, n, least, links);
	for (size_t i = 0; i < n; i++) {
		order[i] = entries[i].index;
		if (front != NULL)
			front[entries[i].index] = entries[i].front;
	}
	status = HPO_OK;
done:
	hpo__free(links);
	hpo__free(least);
	hpo__free(keys);
	hpo__free(entries);
	return status;
}

bool hpo__rank_keeps_bounds(const struct hpo_objectives *objectives, const double *losses)
{
	for (size_t j = 0; j < objectives->count; j++) {
		if (objectives->list[j].is_bound && losses[j] > objectives->list[j].bound)
			return false;
	}
	return true;
}
