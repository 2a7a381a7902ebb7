/*
 * Warping the values of a Gaussian process: moved, scaled, and outliers on the
 * bad side brought in.
 *
 * Ranks for the worse half and a stretched good end (X. Song and others, "The
 * Vizier Gaussian process bandit algorithm", arXiv:2408.11527, appendix B) were
 * tried: they are likelier in the light of the data, and find less.
 */
#include "model/gp_warp.h"

#include "base/alloc.h"
#include "base/error.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many robust deviations above the median a value may lie. */
static const double outlier = 5;

/* How many times as large as the good half a value must be to be no measure of it. */
static const double hopeless = 1e100;

hpo_status_t hpo__gp_warp_init(struct hpo_gp_warp *warp, size_t capacity, hpo_error_t *error)
{
	memset(warp, 0, sizeof *warp);
	warp->capacity = capacity;
	warp->from = hpo__calloc(capacity, sizeof *warp->from);
	warp->to = hpo__calloc(capacity, sizeof *warp->to);
	return warp->from != NULL && warp->to != NULL ? HPO_OK : hpo__fail_memory(error);
}

void hpo__gp_warp_release(struct hpo_gp_warp *warp)
{
	hpo__free(warp->from);
	hpo__free(warp->to);
	memset(warp, 0, sizeof *warp);
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* The table's place of a value that is in it, or of the last one below; 0 if there is none. */
static size_t find(const double *table, size_t count, double value)
{
	size_t low = 0;
	size_t high = count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (table[middle] <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/*
 * What the values are measured in: the largest magnitude, so that no sum overflows. Beside a
 * value that stands for a failure, as 1e308, the others would be nothing: then the largest of
 * the good half, for that one is an outlier, which is brought in wherever it is.
 */
static double unit_of(const struct hpo_gp_warp *warp)
{
	const double *from = warp->from;
	const size_t middle = (warp->count - 1) / 2;
	const double good = fmax(fabs(from[0]), fabs(from[middle]));
	const double most = fmax(fabs(from[0]), fabs(from[warp->count - 1]));

	if (!(good > 0) || most / hopeless <= good)
		return most;
	return from[middle] / good > from[0] / good ? good : most;
}

/* The sorted values in a unit in which those that are no outliers are small. */
static void copy_scaled(const struct hpo_gp_warp *warp, double *to)
{
	const double most = unit_of(warp);

	for (size_t i = 0; i < warp->count; i++)
		to[i] = most > 0 ? warp->from[i] / most : 0;
}

/* Half the distance from the best value to the median is like a deviation on the good side. */
static void bring_in(double *to, size_t count)
{
	double median = to[(count - 1) / 2];
	double quarter = to[(count - 1) / 4];
	double deviation = (median - quarter) / 0.6745;

	if (!(deviation > 0))
		deviation = (median - to[0]) / 2;
	if (!(deviation > 0))
		return;
	for (size_t i = 0; i < count; i++) {
		/* Beyond the limit the order is kept, within one more deviation. */
		double over = fmin((to[i] - median) / deviation - outlier, DBL_MAX / 2);

		if (over > 0)
			to[i] = median + deviation * (outlier + over / (1 + over));
	}
}

/* To mean 0 and variance 1, over all values and not only the distinct ones. */
static void standardise(struct hpo_gp_warp *warp, const double *values, size_t n)
{
	double mean = 0;
	double square = 0;

	for (size_t i = 0; i < n; i++)
		mean += warp->to[find(warp->from, warp->count, values[i])] / (double)n;
	for (size_t i = 0; i < n; i++) {
		double off = warp->to[find(warp->from, warp->count, values[i])] - mean;

		square += off * off / (double)n;
	}
	warp->mean = mean;
	warp->sd = square > 0 ? sqrt(square) : 1;
	for (size_t i = 0; i < warp->count; i++)
		warp->to[i] = (warp->to[i] - mean) / warp->sd;
}

void hpo__gp_warp_fit(struct hpo_gp_warp *warp, const double *values, size_t n)
{
	memcpy(warp->from, values, n * sizeof *values);
	qsort(warp->from, n, sizeof *warp->from, ascending);
	warp->count = 1;
	for (size_t i = 1; i < n; i++) {
		if (warp->from[i] > warp->from[warp->count - 1])
			warp->from[warp->count++] = warp->from[i];
	}

	copy_scaled(warp, warp->to);
	bring_in(warp->to, warp->count);
	standardise(warp, values, n);
}

/* From one column of the table to the other. */
static double translate(const double *from, const double *to, size_t count, double value)
{
	size_t i;

	if (count == 1)
		return to[0];
	i = find(from, count - 1, value);
	if (value == from[i] || !(from[i + 1] > from[i]))
		return to[i];
	if (!(from[i + 1] / 2 > from[i] / 2))
		return to[value > from[i] ? i + 1 : i];
	/* By halves: neither difference overflows. */
	return to[i] + (value / 2 - from[i] / 2) / (from[i + 1] / 2 - from[i] / 2) *
			       (to[i + 1] - to[i]);
}

double hpo__gp_warp_apply(const struct hpo_gp_warp *warp, double value)
{
	return translate(warp->from, warp->to, warp->count, value);
}

double hpo__gp_warp_invert(const struct hpo_gp_warp *warp, double warped)
{
	return translate(warp->to, warp->from, warp->count, warped);
}
