/*
 * When a study is to end: at a target, or when it gains no more.
 *
 * For the second, A. Makarova, H. Shen, V. Perrone, A. Klein, J. B. Faddoul,
 * A. Krause, M. Seeger and C. Archambeau, "Automatic termination for
 * hyperparameter optimization", AutoML-Conf (2022), bound the regret by a
 * Gaussian process. What any history can tell, of any strategy, is the gain of
 * the last trials, held against what the search has gained over an ordinary
 * trial: the distance of the best from the median, which has the objective's
 * unit and is not moved by a few terrible values.
 */
#include "trial/goal.h"

#include "base/alloc.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool hpo__goal_is_set(const hpo_limits_t *limits)
{
	return limits->has_target || limits->patience > 0;
}

double hpo__goal_loss(const struct hpo_objectives *objectives, const double *losses)
{
	for (size_t j = 0; j < objectives->count; j++) {
		if (objectives->list[j].is_bound && !(losses[j] <= objectives->list[j].bound))
			return (double)NAN;
	}
	return losses[hpo__objectives_first_goal(objectives)];
}

static bool reaches_target(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE])
{
	const size_t first = hpo__objectives_first_goal(goal->objectives);
	const double target =
		hpo__objective_loss(&goal->objectives->list[first], goal->limits->target);
	char text[HPO__NUMBER_SIZE];

	for (size_t i = 0; i < goal->count; i++) {
		if (!(goal->losses[i] <= target))
			continue;
		hpo__format_real(goal->limits->target, text);
		snprintf(reason, HPO__GOAL_SIZE, "the target %s is reached by trial %lld", text,
			 (long long)goal->numbers[i]);
		return true;
	}
	return false;
}

/* The least of losses [first, end); infinity of none. */
static double least(const struct hpo_aim *goal, size_t first, size_t end)
{
	double best = (double)INFINITY;

	for (size_t i = first; i < end; i++)
		best = goal->losses[i] < best ? goal->losses[i] : best;
	return best;
}

static int compare_reals(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* The middle one of the losses that are there; of an even number, the better. */
static hpo_status_t find_median(const struct hpo_aim *goal, double *median)
{
	double *sorted = hpo__calloc(goal->count, sizeof *sorted);
	size_t n = 0;

	if (sorted == NULL)
		return HPO_ENOMEM;
	for (size_t i = 0; i < goal->count; i++) {
		if (isfinite(goal->losses[i]))
			sorted[n++] = goal->losses[i];
	}
	qsort(sorted, n, sizeof *sorted, compare_reals);
	*median = sorted[(n - 1) / 2];
	hpo__free(sorted);
	return HPO_OK;
}

/* Halves are compared, so that the largest doubles do not overflow. */
static hpo_status_t gains_no_more(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE])
{
	const hpo_limits_t *limits = goal->limits;
	double before;
	double best;
	double median = 0;
	hpo_status_t status;

	if (goal->count <= (size_t)limits->patience)
		return HPO_OK;
	before = least(goal, 0, goal->count - (size_t)limits->patience);
	best = least(goal, goal->count - (size_t)limits->patience, goal->count);
	if (isinf(before))
		return HPO_OK;
	if (best < before) {
		status = find_median(goal, &median);
		if (status < 0)
			return status;
		if (!(before / 2 - best / 2 <= limits->min_gain * (median / 2 - best / 2)))
			return HPO_OK;
	}
	if (limits->min_gain > 0)
		snprintf(reason, HPO__GOAL_SIZE,
			 "the last %lld trials gained less than %g of what the search had",
			 (long long)limits->patience, limits->min_gain);
	else
		snprintf(reason, HPO__GOAL_SIZE, "the last %lld trials gained nothing",
			 (long long)limits->patience);
	return HPO_OK;
}

hpo_status_t hpo__goal_check(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE])
{
	reason[0] = '\0';
	if (goal->limits->has_target && reaches_target(goal, reason))
		return HPO_OK;
	return goal->limits->patience > 0 ? gains_no_more(goal, reason) : HPO_OK;
}
