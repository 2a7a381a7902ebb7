/*
 * From losses to what a forest learns.
 *
 * One goal: its losses on a logarithm that begins just below the best of them,
 * so that differences among good trials count (M. Lindauer et al., "SMAC3: a
 * versatile Bayesian optimization package for hyperparameter optimization",
 * JMLR 23 (2022)). Several: their augmented Chebyshev sum by random weights,
 * anew for each proposal (J. Knowles, "ParEGO", IEEE Transactions on
 * Evolutionary Computation 10 (2006)), on ranges of [0, 1].
 *
 * A trial that was pruned is as bad as its last loss says, but never better
 * than three quarters of those that completed. One that failed is as bad as the
 * worst.
 */
#include "strategy/forest.h"

#include "base/alloc.h"
#include "base/error.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many deviations above the median a loss may lie, as for the Gaussian process. */
static const double outlier = 5;

/* A trial with its target, to be sorted. */
struct hpo_placed {
	double target;
	uint32_t index;
};

hpo_status_t hpo__lesson_init(struct hpo_lesson *lesson, size_t dims, hpo_error_t *error)
{
	const size_t most = HPO__SMAC_ROWS + HPO__SMAC_BELIEVERS;

	lesson->row = hpo__calloc(HPO__SMAC_ROWS, sizeof *lesson->row);
	lesson->points = hpo__calloc(most, dims * sizeof *lesson->points);
	lesson->active = hpo__calloc(most, dims);
	lesson->y = hpo__calloc(most, sizeof *lesson->y);
	if (lesson->row == NULL || lesson->points == NULL || lesson->active == NULL ||
	    lesson->y == NULL)
		return hpo__fail_memory(error);
	return HPO_OK;
}

void hpo__lesson_release(struct hpo_lesson *lesson)
{
	hpo__free(lesson->outcome);
	hpo__free(lesson->target);
	hpo__free(lesson->margin);
	hpo__free(lesson->placed);
	hpo__free(lesson->row);
	hpo__free(lesson->points);
	hpo__free(lesson->active);
	hpo__free(lesson->y);
	memset(lesson, 0, sizeof *lesson);
}

/* All four arrays or none have the new size, for `capacity` is set last. */
static hpo_status_t reserve(struct hpo_lesson *lesson, size_t count, hpo_error_t *error)
{
	size_t size = 64;
	void *grown;

	if (count <= lesson->capacity)
		return HPO_OK;
	while (size < count)
		size *= 2;
	if ((grown = hpo__resize(lesson->outcome, size, sizeof *lesson->outcome)) == NULL)
		return hpo__fail_memory(error);
	lesson->outcome = grown;
	if ((grown = hpo__resize(lesson->target, size, sizeof *lesson->target)) == NULL)
		return hpo__fail_memory(error);
	lesson->target = grown;
	if ((grown = hpo__resize(lesson->margin, size, sizeof *lesson->margin)) == NULL)
		return hpo__fail_memory(error);
	lesson->margin = grown;
	if ((grown = hpo__resize(lesson->placed, size, sizeof *lesson->placed)) == NULL)
		return hpo__fail_memory(error);
	lesson->placed = grown;
	lesson->capacity = size;
	return HPO_OK;
}

enum hpo_outcome hpo__outcome(const hpo_history_t *history, size_t index)
{
	const size_t m = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history) + index * m;
	const uint8_t state = hpo_history_states(history)[index];

	if (state == HPO_TRIAL_FAILED)
		return HPO__OUTCOME_FAILED;
	for (size_t j = 0; j < m; j++) {
		if (!isfinite(losses[j]))
			return HPO__OUTCOME_FAILED;
	}
	return state == HPO_TRIAL_PRUNED ? HPO__OUTCOME_PRUNED : HPO__OUTCOME_VALUE;
}

/* The range of objective `j` among the trials that have it, in halves so that it is finite. */
static void find_range(const struct hpo_lesson *lesson, const hpo_history_t *history, size_t j,
		       double *low, double *span)
{
	const size_t m = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history);
	double high = -INFINITY;

	*low = INFINITY;
	for (size_t i = 0; i < hpo_history_count(history); i++) {
		if (lesson->outcome[i] == HPO__OUTCOME_FAILED)
			continue;
		*low = fmin(*low, losses[i * m + j] / 2);
		high = fmax(high, losses[i * m + j] / 2);
	}
	*span = high - *low > DBL_MIN ? high - *low : 1;
}

/* Augmented Chebyshev, rho = 0.05: the worst of the weighted goals, and a little of all. */
static void weigh_goals(struct hpo_lesson *lesson, const hpo_history_t *history, hpo_rng_t *rng)
{
	const size_t m = hpo_history_objectives(history);
	const size_t n = hpo_history_count(history);
	const double *losses = hpo_history_losses(history);
	const double *bounds = hpo_history_bounds(history);
	double sum = 0;
	hpo_rng_t again = *rng;

	for (size_t j = 0; j < m; j++)
		sum += isnan(bounds[j]) ? -log1p(-hpo_rng_uniform(rng)) : 0;
	memset(lesson->target, 0, n * sizeof *lesson->target);
	memset(lesson->margin, 0, n * sizeof *lesson->margin); /* the sum, for now */
	for (size_t j = 0; j < m; j++) {
		double weight;
		double low;
		double span;

		if (!isnan(bounds[j]))
			continue;
		weight = sum > 0 ? -log1p(-hpo_rng_uniform(&again)) / sum : 1;
		find_range(lesson, history, j, &low, &span);
		for (size_t i = 0; i < n; i++) {
			const double part = weight * ((losses[i * m + j] / 2 - low) / span);

			lesson->target[i] = fmax(lesson->target[i], part);
			lesson->margin[i] += part;
		}
	}
	for (size_t i = 0; i < n; i++)
		lesson->target[i] += 0.05 * lesson->margin[i];
}

static void copy_goal(struct hpo_lesson *lesson, const hpo_history_t *history, size_t goal)
{
	const size_t m = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history);
	double low;
	double span;

	find_range(lesson, history, goal, &low, &span);
	for (size_t i = 0; i < hpo_history_count(history); i++)
		lesson->target[i] = (losses[i * m + goal] / 2 - low) / span;
}

static int compare_doubles(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

/*
 * The worst that is told from what is worse still: beside losses that stand for failures, as
 * 1e6 among losses of 1, all others would be one. Counted from the median, in deviations of
 * the good half.
 */
static double limit_of(const double *sorted, size_t count)
{
	const double median = sorted[(count - 1) / 2];
	const double quarter = sorted[(count - 1) / 4];
	const double deviation = median > quarter ? (median - quarter) / 0.6745
						  : (median - sorted[0]) / 2;
	const double limit = deviation > 0 ? median + outlier * deviation : INFINITY;

	return fmin(sorted[count - 1], limit);
}

/* What the stretching needs to know of the values of completed trials. */
struct scale {
	double low, twentieth, third_quarter, high;
};

/* Sorts in the room of the margins, which are filled in later. */
static struct scale measure(struct hpo_lesson *lesson, size_t n)
{
	const enum hpo_outcome kind = lesson->completed > 0 ? HPO__OUTCOME_VALUE
							    : HPO__OUTCOME_PRUNED;
	double *sorted = lesson->margin;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (lesson->outcome[i] == kind)
			sorted[count++] = lesson->target[i];
	}
	if (count == 0)
		return (struct scale){ 0, 0, 0, 1 };
	qsort(sorted, count, sizeof *sorted, compare_doubles);
	return (struct scale){ sorted[0], sorted[(count - 1) / 20], sorted[3 * (count - 1) / 4],
			       limit_of(sorted, count) };
}

/* In place: ln of the place between just below the best and the worst. */
static void stretch(struct hpo_lesson *lesson, size_t n)
{
	const struct scale scale = measure(lesson, n);
	const double range = scale.high - scale.low;
	const double below = scale.low - (scale.twentieth - scale.low) - 1e-6 * range;

	for (size_t i = 0; i < n; i++) {
		double value = fmin(lesson->target[i], scale.high);

		if (lesson->outcome[i] == HPO__OUTCOME_PRUNED && lesson->completed > 0)
			value = fmax(value, fmin(scale.third_quarter, scale.high));
		if (lesson->outcome[i] == HPO__OUTCOME_FAILED)
			value = scale.high;
		lesson->target[i] = range > 0 ? log((value - below) / (scale.high - below)) : 0;
	}
}

/* How far each trial is beyond its worst bound, 0.5 being as far as trials are on average. */
static void measure_margins(struct hpo_lesson *lesson, const hpo_history_t *history)
{
	const size_t m = hpo_history_objectives(history);
	const size_t n = hpo_history_count(history);
	const double *losses = hpo_history_losses(history);
	const double *bounds = hpo_history_bounds(history);

	lesson->bounded = false;
	for (size_t i = 0; i < n; i++)
		lesson->margin[i] = -1;
	for (size_t j = 0; j < m; j++) {
		double scale = DBL_MIN;

		if (isnan(bounds[j]))
			continue;
		lesson->bounded = true;
		for (size_t i = 0; i < n; i++) {
			if (lesson->outcome[i] != HPO__OUTCOME_FAILED)
				scale += fabs(losses[i * m + j] / 2 - bounds[j] / 2) / (double)n;
		}
		for (size_t i = 0; i < n; i++) {
			const double off = losses[i * m + j] / 2 - bounds[j] / 2;

			if (lesson->outcome[i] != HPO__OUTCOME_FAILED)
				lesson->margin[i] = fmax(lesson->margin[i],
							 off / (fabs(off) + scale));
		}
	}
}

static void find_best(struct hpo_lesson *lesson, size_t n)
{
	const enum hpo_outcome kind = lesson->completed > 0 ? HPO__OUTCOME_VALUE
							    : HPO__OUTCOME_PRUNED;

	lesson->has_best = false;
	lesson->best = INFINITY;
	for (size_t i = 0; i < n; i++) {
		if (lesson->outcome[i] != kind ||
		    (lesson->bounded && lesson->margin[i] > 0))
			continue;
		lesson->has_best = true;
		lesson->best = fmin(lesson->best, lesson->target[i]);
	}
}

static int compare_placed(const void *left, const void *right)
{
	const struct hpo_placed *a = left;
	const struct hpo_placed *b = right;

	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int compare_indices(const void *left, const void *right)
{
	const uint32_t a = *(const uint32_t *)left;
	const uint32_t b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Too many to learn from all: the best half, the newest, and an even choice of the others. */
static void choose_rows(struct hpo_lesson *lesson, size_t n)
{
	const size_t good = HPO__SMAC_ROWS / 2;
	const size_t fresh = HPO__SMAC_ROWS / 8;
	size_t others = 0;
	size_t passed = 0;
	size_t wanted;

	for (size_t i = 0; i < n; i++)
		lesson->placed[i] = (struct hpo_placed){ lesson->target[i], (uint32_t)i };
	qsort(lesson->placed, n, sizeof *lesson->placed, compare_placed);
	for (size_t k = good; k < n; k++)
		others += lesson->placed[k].index < n - fresh;
	wanted = HPO__SMAC_ROWS - good - (n - good - others);
	lesson->rows = 0;
	for (size_t k = 0; k < n; k++) {
		const uint32_t index = lesson->placed[k].index;
		bool taken = k < good || index >= n - fresh;

		if (!taken) {
			taken = (passed + 1) * wanted / others > passed * wanted / others;
			passed++;
		}
		if (taken)
			lesson->row[lesson->rows++] = index;
	}
	qsort(lesson->row, lesson->rows, sizeof *lesson->row, compare_indices);
}

static void copy_rows(struct hpo_lesson *lesson, const hpo_history_t *history)
{
	const size_t dims = hpo_history_dims(history);

	for (size_t k = 0; k < lesson->rows; k++) {
		const size_t i = lesson->row[k];

		memcpy(lesson->points + k * dims, hpo_history_points(history) + i * dims,
		       dims * sizeof *lesson->points);
		memcpy(lesson->active + k * dims, hpo_history_active(history) + i * dims, dims);
		lesson->y[k] = lesson->target[i];
	}
}

static void count_outcomes(struct hpo_lesson *lesson, const hpo_history_t *history)
{
	lesson->completed = 0;
	lesson->failed = 0;
	for (size_t i = 0; i < hpo_history_count(history); i++) {
		lesson->outcome[i] = (uint8_t)hpo__outcome(history, i);
		lesson->completed += lesson->outcome[i] == HPO__OUTCOME_VALUE;
		lesson->failed += lesson->outcome[i] == HPO__OUTCOME_FAILED;
	}
}

hpo_status_t hpo__lesson_learn(struct hpo_lesson *lesson, const hpo_history_t *history,
			       hpo_rng_t *rng, hpo_error_t *error)
{
	const size_t n = hpo_history_count(history);
	const double *bounds = hpo_history_bounds(history);
	size_t goals = 0;
	size_t goal = 0;
	hpo_status_t status = reserve(lesson, n, error);

	if (status < 0)
		return status;
	for (size_t j = hpo_history_objectives(history); j-- > 0;) {
		goals += isnan(bounds[j]);
		goal = isnan(bounds[j]) ? j : goal;
	}
	count_outcomes(lesson, history);
	if (goals > 1)
		weigh_goals(lesson, history, rng);
	else
		copy_goal(lesson, history, goal);
	stretch(lesson, n);
	measure_margins(lesson, history);
	find_best(lesson, n);

	if (n > HPO__SMAC_ROWS) {
		choose_rows(lesson, n);
	} else {
		lesson->rows = n;
		for (size_t i = 0; i < n; i++)
			lesson->row[i] = (uint32_t)i;
	}
	copy_rows(lesson, history);
	return HPO_OK;
}
