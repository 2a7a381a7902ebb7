/*
 * Importance of parameters by PED-ANOVA.
 *
 * S. Watanabe, A. Bansal, F. Hutter, "PED-ANOVA: efficiently quantifying
 * hyperparameter importance in arbitrary subspaces", IJCAI 2023. Let a trial be
 * good when it is among the best tenth. What one parameter alone explains of
 * the variance of being good is then, eq. (16) of the paper,
 *
 *   v = gamma^2 E[(p_good(x) / p_all(x) - 1)^2],  x ~ p_all,
 *
 * a Pearson divergence between two one-dimensional kernel densities, which
 * costs one pass over the trials and no model. The densities are those of the
 * trials and not of the space (the paper's local importance): what a strategy
 * has looked at often is no sign of what matters.
 *
 * Where we differ:
 * - Both densities share their kernel. Their ratio then is a weighted mean of
 *   "good" and bounded, also where there are hardly any trials.
 * - A random subset of the trials would diverge from all of them too; its
 *   expectation, which the shared kernel makes exact (sampling without
 *   replacement), is taken off. A parameter that does nothing gets nothing.
 * - A conditional parameter is looked at where it is active, and weighs as much
 *   as the variance there does in the whole: with the share of trials in which
 *   it is active and, squared, the share of good ones among these.
 * - A trial that was pruned counts, after all that completed: it is known not
 *   to be good, and with a pruner most trials are such.
 *
 * All is done in the unit cube, so that a log scale counts as one.
 */
#include "report/importance.h"

#include "base/alloc.h"
#include "math/normal.h"
#include "space/codec.h"

#include <math.h>
#include <string.h>

/* The best so many at least are good; and there are at least twice as many trials in all. */
enum { GOOD_LEAST = 5 };
/* A continuum, and what has more cells, is looked at in so many bins. */
enum { BINS = 64 };

struct axis_work {
	size_t bins;
	double *all;    /* [bins] active trials in each */
	double *good;   /* [bins] those of them that are good */
	double *kernel; /* [bins][bins]: row s is the mass that a trial in bin s gives to each */
};

static size_t count_bins(const hpo_axis_t *axis)
{
	if (axis->kind == HPO_AXIS_CATEGORICAL)
		return axis->cells > 0 ? (size_t)axis->cells : 1;
	return axis->cells > 0 && axis->cells < BINS ? (size_t)axis->cells : BINS;
}

static size_t find_bin(const hpo_space_t *space, size_t axis, double coordinate, size_t bins,
		       bool is_cell)
{
	size_t bin = is_cell ? (size_t)hpo_space_cell_index(space, axis, coordinate)
			     : (size_t)(coordinate * (double)bins);

	return bin < bins ? bin : bins - 1;
}

/* Sort the trials in which the axis is active into its bins. */
static void fill_bins(const hpo_records_t *records, const struct hpo_order *order, size_t good,
		      size_t axis, const double *points, struct axis_work *work)
{
	const size_t dims = hpo_space_dims(records->study->space);
	hpo_axis_t kind;

	hpo_space_axis(records->study->space, axis, &kind);
	for (size_t i = 0; i < order->count; i++) {
		const struct hpo_record *trial = &records->trials[order->list[i]];
		size_t bin;

		if (trial->params == NULL || !trial->active[axis])
			continue;
		bin = find_bin(records->study->space, axis, points[i * dims + axis], work->bins,
			       kind.cells > 0 && work->bins == (size_t)kind.cells);
		work->all[bin]++;
		work->good[bin] += i < good;
	}
}

/* Scott's rule for the good ones, on the centres of their bins; at least half a bin. */
static double width_of(const struct axis_work *work, double count)
{
	const double least = 0.5 / (double)work->bins;
	double mean = 0;
	double square = 0;

	for (size_t b = 0; b < work->bins; b++)
		mean += work->good[b] * ((double)b + 0.5) / (double)work->bins / count;
	for (size_t b = 0; b < work->bins; b++) {
		const double off = ((double)b + 0.5) / (double)work->bins - mean;

		square += work->good[b] * off * off / count;
	}
	return fmax(1.059 * sqrt(square) * pow(count, -0.2), least);
}

/* Normals truncated to [0, 1]. A category needs no kernel: its mass is in its own cell. */
static void fill_kernel(struct axis_work *work, double width)
{
	const size_t bins = work->bins;

	for (size_t s = 0; s < bins; s++) {
		const double centre = ((double)s + 0.5) / (double)bins;
		const double below = hpo__normal_cdf(-centre / width);
		const double mass = hpo__normal_cdf((1 - centre) / width) - below;
		double before = below;

		for (size_t b = 0; b < bins; b++) {
			const double edge = (double)(b + 1) / (double)bins;
			const double up_to = hpo__normal_cdf((edge - centre) / width);

			work->kernel[s * bins + b] = (up_to - before) / mass;
			before = up_to;
		}
	}
}

static double share_of(const struct axis_work *work, const double *counts, size_t bin,
		       bool is_category, bool squared)
{
	double sum = 0;

	if (is_category)
		return counts[bin];
	for (size_t s = 0; s < work->bins; s++) {
		const double mass = work->kernel[s * work->bins + bin];

		sum += counts[s] * mass * (squared ? mass : 1.0);
	}
	return sum;
}

/* The divergence beyond what a random subset of `good` of the `n` would show. */
static double divergence(const struct axis_work *work, double n, double good, bool is_category)
{
	double sum = 0;

	for (size_t b = 0; b < work->bins; b++) {
		const double all = share_of(work, work->all, b, is_category, false) / n;
		const double best = share_of(work, work->good, b, is_category, false) / good;
		const double square = share_of(work, work->all, b, is_category, true) / n;
		const double variance = (square - all * all) * n / (n - 1);

		if (all > 0)
			sum += ((best - all) * (best - all) -
				variance / good * (1 - good / n)) / all;
	}
	return fmax(sum, 0.0);
}

/* v of one axis. */
static double explained(const hpo_records_t *records, const struct hpo_order *order, size_t good,
			size_t axis, const double *points, struct axis_work *work)
{
	double n = 0;
	double best = 0;
	hpo_axis_t kind;
	bool is_category;

	hpo_space_axis(records->study->space, axis, &kind);
	is_category = kind.kind == HPO_AXIS_CATEGORICAL;
	work->bins = count_bins(&kind);
	memset(work->all, 0, work->bins * sizeof *work->all);
	memset(work->good, 0, work->bins * sizeof *work->good);
	fill_bins(records, order, good, axis, points, work);
	for (size_t b = 0; b < work->bins; b++) {
		n += work->all[b];
		best += work->good[b];
	}
	if (best < 2 || n < best + 1 || work->bins < 2)
		return 0;
	if (!is_category)
		fill_kernel(work, width_of(work, best));
	return n / (double)order->count * (best / n) * (best / n) *
	       divergence(work, n, best, is_category);
}

/* Bins for the axis that has most. */
static hpo_status_t prepare(struct axis_work *work, const hpo_space_t *space, hpo_error_t *error)
{
	size_t most = BINS;

	for (size_t i = 0; i < hpo_space_dims(space); i++) {
		hpo_axis_t axis;
		size_t bins;

		hpo_space_axis(space, i, &axis);
		bins = count_bins(&axis);
		most = bins > most ? bins : most;
	}
	work->all = hpo__calloc(most, sizeof *work->all);
	work->good = hpo__calloc(most, sizeof *work->good);
	work->kernel = hpo__calloc(BINS * BINS, sizeof *work->kernel);
	if (work->all == NULL || work->good == NULL || work->kernel == NULL)
		return hpo__fail_memory(error);
	return HPO_OK;
}

hpo_status_t hpo__importance(const hpo_records_t *records, const struct hpo_order *order,
			     double top, double *shares, hpo_error_t *error)
{
	const hpo_space_t *space = records->study->space;
	const size_t dims = hpo_space_dims(space);
	size_t good = (size_t)ceil(top * (double)order->count);
	struct axis_work work = {0, NULL, NULL, NULL};
	double *points = NULL;
	hpo_status_t status = HPO_OK;
	double sum = 0;

	memset(shares, 0, dims * sizeof *shares);
	good = good > GOOD_LEAST ? good : GOOD_LEAST;
	if (order->count < 2 * good)
		return HPO_OK;
	status = prepare(&work, space, error);
	points = hpo__calloc(order->count, dims * sizeof *points);
	if (status >= 0 && points == NULL)
		status = hpo__fail_memory(error);
	if (status < 0)
		goto done;

	for (size_t i = 0; i < order->count; i++) {
		const struct hpo_record *trial = &records->trials[order->list[i]];

		if (trial->params != NULL)
			hpo__codec_encode(space, trial->params, trial->active, points + i * dims);
	}
	for (size_t i = 0; i < dims; i++) {
		if (!hpo__space_is_hidden(space, i))
			shares[i] = explained(records, order, good, i, points, &work);
		sum += shares[i];
	}
	for (size_t i = 0; i < dims && sum > 0; i++)
		shares[i] /= sum;
done:
	hpo__free(points);
	hpo__free(work.kernel);
	hpo__free(work.good);
	hpo__free(work.all);
	return status;
}
