/*
 * Soft ranking of two rungs.
 *
 * O. Bohdal, L. Balles, M. Wistuba, B. Ermis, C. Archambeau and G. Zappella,
 * "PASHA: efficient HPO and NAS with progressive resource allocation", ICLR
 * (2023), sections 4.1 and 4.2: a place in the order agrees if the trial that
 * has it in the upper rung is within epsilon of the one that has it in the
 * lower; epsilon is the 90th percentile of the distances, at their last common
 * iteration, of pairs of curves that cross and cross back.
 */
#include "pruner/growth.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct step {
	int64_t iteration;
	double loss;
};

/* Reports with strictly ascending iterations. Begins as a roster's item. */
struct curve {
	int64_t trial;
	struct step *steps; /* [count] */
	size_t count, capacity;
};

hpo_status_t hpo__growth_observe(struct hpo_growth *growth, int64_t trial, int64_t iteration,
				 double loss, hpo_error_t *error)
{
	struct curve *curve;
	struct step *steps;

	if (!isfinite(loss))
		return HPO_OK;
	growth->curves.item_size = sizeof(struct curve);
	curve = hpo__roster_add(&growth->curves, trial);
	if (curve == NULL)
		return hpo__fail_memory(error);
	if (curve->count > 0 && iteration <= curve->steps[curve->count - 1].iteration)
		return HPO_OK;
	steps = hpo__grow(curve->steps, &curve->capacity, curve->count + 1, sizeof *steps);
	if (steps == NULL)
		return hpo__fail_memory(error);
	curve->steps = steps;
	steps[curve->count].iteration = iteration;
	steps[curve->count++].loss = loss;
	return HPO_OK;
}

/* Whether two curves swap places twice; *distance is that of their last common iteration. */
static int cross_twice(const struct curve *a, const struct curve *b, double *distance)
{
	int swaps = 0;
	int was = 0;
	size_t j = 0;

	for (size_t i = 0; i < a->count; i++) {
		double difference;
		int is;

		while (j < b->count && b->steps[j].iteration < a->steps[i].iteration)
			j++;
		if (j == b->count || b->steps[j].iteration != a->steps[i].iteration)
			continue;
		difference = a->steps[i].loss - b->steps[j].loss;
		*distance = fabs(difference);
		is = (difference > 0) - (difference < 0);
		swaps += is != 0 && was != 0 && is != was;
		was = is != 0 ? is : was;
	}
	return swaps >= 2;
}

static int compare_reals(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* What is noise between the best [count] of a rung; 0 while no curves cross back. */
static double estimate_epsilon(struct hpo_growth *growth, const struct hpo_rung *rung, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct curve *a =
			hpo__roster_find(&growth->curves, rung->entries[i].trial);

		for (size_t j = 0; a != NULL && j < i; j++) {
			const struct curve *b =
				hpo__roster_find(&growth->curves, rung->entries[j].trial);

			if (b != NULL && cross_twice(a, b, &growth->distances[n]))
				n++;
		}
	}
	if (n == 0)
		return 0;
	qsort(growth->distances, n, sizeof *growth->distances, compare_reals);
	return growth->distances[(9 * n + 9) / 10 - 1];
}

/* The place of a trial among the best [count] of a rung; count if it is not there. */
static size_t place_of(const struct hpo_rung *rung, size_t count, int64_t trial)
{
	size_t place = 0;

	while (place < count && rung->entries[place].trial != trial)
		place++;
	return place;
}

int hpo__growth_is_due(struct hpo_growth *growth, const struct hpo_ladder *ladder)
{
	const struct hpo_rung *upper;
	const struct hpo_rung *lower;
	double before[HPO__GROWTH_MOST]; /* the lower rung's losses by place in the upper, */
	double ordered[HPO__GROWTH_MOST]; /* and in their own order */
	size_t count;
	size_t n = 0;
	double epsilon;

	if (ladder->rung_count < 2)
		return 0;
	upper = &ladder->rungs[ladder->rung_count - 1];
	lower = upper - 1;
	count = upper->count < HPO__GROWTH_MOST ? upper->count : HPO__GROWTH_MOST;
	for (size_t i = 0; i < lower->count && n < count; i++) {
		const size_t place = place_of(upper, count, lower->entries[i].trial);

		if (place == count)
			continue;
		before[place] = lower->entries[i].loss;
		ordered[n++] = lower->entries[i].loss;
	}
	epsilon = n < 2 ? 0 : estimate_epsilon(growth, upper, count);
	for (size_t i = 0; i < n; i++) {
		if (fabs(before[i] - ordered[i]) > epsilon)
			return 1;
	}
	return 0;
}

void hpo__growth_forget(struct hpo_growth *growth, int64_t trial)
{
	struct curve *curve = hpo__roster_find(&growth->curves, trial);

	if (curve == NULL)
		return;
	hpo__free(curve->steps);
	hpo__roster_remove(&growth->curves, trial);
}

void hpo__growth_release(struct hpo_growth *growth)
{
	for (size_t i = 0; i < growth->curves.count; i++)
		hpo__free(((struct curve *)hpo__roster_item(&growth->curves, i))->steps);
	hpo__roster_release(&growth->curves);
}
