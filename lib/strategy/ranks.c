/*
 * The order of ended trials, insertion by insertion.
 */
#include "strategy/ranks.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/subset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum grade { GRADE_COMPLETED, GRADE_PRUNED, GRADE_INFEASIBLE, GRADE_FAILED };

/* Smaller is better, by grade, first, second, index. */
struct hpo_rank {
	enum grade grade;
	uint32_t index;
	double first, second;
};

static int is_finite_row(const double *losses, size_t count)
{
	for (size_t j = 0; j < count; j++) {
		if (!isfinite(losses[j]))
			return 0;
	}
	return 1;
}

static int compare(const void *left, const void *right)
{
	const struct hpo_rank *a = left;
	const struct hpo_rank *b = right;

	if (a->grade != b->grade)
		return a->grade < b->grade ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->second != b->second)
		return a->second < b->second ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* By how much the measured bounds are broken, summed. */
static double violation(const double *losses, const double *bounds, size_t count)
{
	double sum = 0;

	for (size_t j = 0; j < count; j++) {
		if (losses[j] > bounds[j])
			sum += losses[j] - bounds[j];
	}
	return sum;
}

/* How many objectives have no bound: those are to be made small. */
static size_t count_goals(const hpo_history_t *history)
{
	const double *bounds = hpo_history_bounds(history);
	size_t goals = 0;

	for (size_t j = 0; j < hpo_history_objectives(history); j++)
		goals += isnan(bounds[j]);
	return goals;
}

/* The loss of the first goal. */
static double first_goal(const hpo_history_t *history, const double *losses)
{
	const double *bounds = hpo_history_bounds(history);
	size_t j = 0;

	while (j + 1 < hpo_history_objectives(history) && !isnan(bounds[j]))
		j++;
	return losses[j];
}

/* A pruned trial whose value is not finite failed, as far as a model is concerned. */
static struct hpo_rank grade(const hpo_history_t *history, size_t index)
{
	size_t objectives = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history) + index * objectives;
	struct hpo_rank rank = { GRADE_FAILED, (uint32_t)index, 0, 0 };
	uint8_t state = hpo_history_states(history)[index];
	double broken = violation(losses, hpo_history_bounds(history), objectives);

	if (state == HPO_TRIAL_FAILED || !is_finite_row(losses, objectives))
		return rank;
	if (broken > 0) {
		rank.grade = GRADE_INFEASIBLE;
		rank.first = broken;
		rank.second = first_goal(history, losses);
		return rank;
	}
	if (state == HPO_TRIAL_PRUNED) {
		rank.grade = GRADE_PRUNED;
		rank.first = -(double)hpo_history_iterations(history)[index];
		rank.second = first_goal(history, losses);
		return rank;
	}
	rank.grade = GRADE_COMPLETED;
	rank.first = first_goal(history, losses);
	return rank;
}

static void insert(struct hpo_ranks *ranks, const struct hpo_rank *rank)
{
	size_t low = 0;
	size_t high = ranks->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&ranks->list[middle], rank) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&ranks->list[low + 1], &ranks->list[low],
		(ranks->count - low) * sizeof *ranks->list);
	ranks->list[low] = *rank;
}

/* Whether `a` is nowhere worse than `b` and somewhere better. */
static int dominates(const double *a, const double *b, size_t objectives)
{
	int better = 0;

	for (size_t j = 0; j < objectives; j++) {
		if (a[j] > b[j])
			return 0;
		better |= a[j] < b[j];
	}
	return better;
}

/* Rows of trials without a value are NaN, and neither dominate nor are dominated. */
static void count_domination(struct hpo_ranks *ranks, const hpo_history_t *history, int has_value,
			     size_t index)
{
	size_t objectives = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history) + index * objectives;
	const double *bounds = hpo_history_bounds(history);
	size_t m = ranks->objectives;
	double *own = ranks->losses + index * m;
	size_t goal = 0;

	ranks->dominated[index] = 0;
	for (size_t j = 0; j < objectives; j++) {
		if (isnan(bounds[j]))
			own[goal++] = has_value ? losses[j] : NAN;
	}
	for (size_t k = 0; has_value && k < index; k++) {
		const double *other = ranks->losses + k * m;

		if (isnan(other[0]))
			continue;
		ranks->dominated[index] += dominates(other, own, m);
		ranks->dominated[k] += dominates(own, other, m);
	}
}

static hpo_status_t reserve(struct hpo_ranks *ranks, size_t need, hpo_error_t *error)
{
	struct hpo_rank *list;
	double *losses;
	int *dominated;

	list = hpo__grow(ranks->list, &ranks->capacity, need, sizeof *list);
	if (list == NULL)
		return hpo__fail_memory(error);
	ranks->list = list;
	if (ranks->objectives < 2)
		return HPO_OK;

	losses = hpo__grow(ranks->losses, &ranks->losses_capacity, need * ranks->objectives,
			   sizeof *losses);
	if (losses == NULL)
		return hpo__fail_memory(error);
	ranks->losses = losses;
	dominated = hpo__grow(ranks->dominated, &ranks->dominated_capacity, need,
			      sizeof *dominated);
	if (dominated == NULL)
		return hpo__fail_memory(error);
	ranks->dominated = dominated;
	return HPO_OK;
}

hpo_status_t hpo__ranks_fold(struct hpo_ranks *ranks, const hpo_history_t *history, size_t index,
			     hpo_error_t *error)
{
	struct hpo_rank rank = grade(history, index);
	hpo_status_t status;

	ranks->objectives = count_goals(history);
	status = reserve(ranks, ranks->count + 1, error);
	if (status < 0)
		return status;

	if (ranks->objectives > 1) {
		count_domination(ranks, history, rank.grade == GRADE_COMPLETED, index);
		ranks->list[ranks->count] = rank;
	} else {
		insert(ranks, &rank);
	}
	ranks->count++;
	ranks->valued += rank.grade != GRADE_FAILED;
	return HPO_OK;
}

static const double *losses_at(const struct hpo_ranks *ranks, size_t place)
{
	return ranks->losses + ranks->list[place].index * ranks->objectives;
}

/* Bring the best choice of `wanted` among those of [begin, end) to the front of it. */
static hpo_status_t choose(struct hpo_ranks *ranks, size_t begin, size_t end, size_t wanted)
{
	const size_t m = ranks->objectives;
	const size_t n = end - begin;
	double *losses = hpo__calloc(n, m * sizeof *losses);
	size_t *chosen = hpo__calloc(wanted, sizeof *chosen);
	hpo_status_t status = HPO_ENOMEM;

	for (size_t i = 0; losses != NULL && i < n; i++)
		memcpy(losses + i * m, losses_at(ranks, begin + i), m * sizeof *losses);
	if (losses != NULL && chosen != NULL)
		status = hpo__subset_choose(losses, n, m, wanted, chosen);
	if (status == HPO_OK) {
		for (size_t i = 0; i < n; i++)
			ranks->list[begin + i].second = (double)wanted;
		for (size_t k = 0; k < wanted; k++)
			ranks->list[begin + chosen[k]].second = (double)k;
		qsort(ranks->list + begin, n, sizeof *ranks->list, compare);
	}
	hpo__free(losses);
	hpo__free(chosen);
	return status;
}

hpo_status_t hpo__ranks_order(struct hpo_ranks *ranks, size_t good)
{
	size_t begin = good;
	size_t end = good;

	if (ranks->objectives < 2 || ranks->count == 0)
		return HPO_OK;
	for (size_t r = 0; r < ranks->count; r++) {
		struct hpo_rank *rank = &ranks->list[r];

		if (rank->grade == GRADE_COMPLETED) {
			rank->first = ranks->dominated[rank->index];
			rank->second = 0;
		}
	}
	qsort(ranks->list, ranks->count, sizeof *ranks->list, compare);

	if (good == 0 || good >= ranks->count || ranks->list[good].grade != GRADE_COMPLETED ||
	    ranks->list[good - 1].first != ranks->list[good].first)
		return HPO_OK;
	while (begin > 0 && ranks->list[begin - 1].first == ranks->list[good].first)
		begin--;
	while (end < ranks->count && ranks->list[end].grade == GRADE_COMPLETED &&
	       ranks->list[end].first == ranks->list[good].first)
		end++;
	return choose(ranks, begin, end, good - begin);
}

size_t hpo__ranks_at(const struct hpo_ranks *ranks, size_t place)
{
	return ranks->list[place].index;
}

void hpo__ranks_release(struct hpo_ranks *ranks)
{
	hpo__free(ranks->list);
	hpo__free(ranks->losses);
	hpo__free(ranks->dominated);
	memset(ranks, 0, sizeof *ranks);
}
