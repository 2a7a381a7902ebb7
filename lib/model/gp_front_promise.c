/*
 * The promise of a point.
 *
 * K. Yang, M. Emmerich, A. Deutz and T. Bäck (2019), as in gp_front.c. S. Ament and others,
 * "Unexpected improvements to expected improvement for Bayesian optimization",
 * NeurIPS (2023), for why all is kept in logarithms.
 */
#include "math/normal.h"
#include "model/gp_front.h"

#include <math.h>
#include <string.h>

/* What promises less than exp(-60) of the best is passed over. */
static const double negligible = 60;

/* The expected improvement on each edge, as logarithms, with slopes. */
static void measure_edges(struct hpo_gp_front *f, const double *mean, const double *sd)
{
	for (size_t j = 0; j < f->goals; j++) {
		for (size_t i = 0; i <= f->count; i++) {
			size_t at = j * HPO__FRONT_EDGES + i;
			double edge = i < f->count ? f->points[i * f->goals + j] : f->reference[j];

			f->gain[at] = hpo__log_ei_gradient(mean[j], sd[j], edge,
							   &f->by_mean[at], &f->by_sd[at]);
		}
	}
}

/* The share of what lies below the upper edge that does not lie below the lower one too. */
static double part_above(const struct hpo_gp_front *f, const struct hpo_box *box, size_t j)
{
	const double *gain = f->gain + j * HPO__FRONT_EDGES;

	if (box->low[j] == HPO__BOX_OPEN)
		return 1;
	return -expm1(gain[box->low[j]] - gain[box->high[j]]);
}

/* Fills `share` with each box's part, relative to exp(*most). Returns their sum. */
static double sum_boxes(struct hpo_gp_front *f, double *most)
{
	double sum = 0;

	*most = -INFINITY;
	for (size_t b = 0; b < f->box_count; b++) {
		f->share[b] = 0;
		for (size_t j = 0; j < f->goals; j++)
			f->share[b] += f->gain[j * HPO__FRONT_EDGES + f->boxes[b].high[j]];
		*most = f->share[b] > *most ? f->share[b] : *most;
	}
	for (size_t b = 0; b < f->box_count; b++) {
		double part = f->share[b] > *most - negligible ? exp(f->share[b] - *most) : 0;

		for (size_t j = 0; part > 0 && j < f->goals; j++)
			part *= part_above(f, &f->boxes[b], j);
		f->share[b] = part;
		sum += part;
	}
	return sum;
}

/* How much each edge weighs in the slope: d log sum = sum of weight d gain. */
static void weigh_edges(struct hpo_gp_front *f, double sum)
{
	memset(f->weight, 0, f->goals * HPO__FRONT_EDGES * sizeof *f->weight);
	for (size_t b = 0; b < f->box_count; b++) {
		const struct hpo_box *box = &f->boxes[b];

		for (size_t j = 0; f->share[b] > 0 && j < f->goals; j++) {
			double part = part_above(f, box, j);
			double weight = f->share[b] / sum / part;

			f->weight[j * HPO__FRONT_EDGES + box->high[j]] += weight;
			if (box->low[j] != HPO__BOX_OPEN)
				f->weight[j * HPO__FRONT_EDGES + box->low[j]] -= weight * (1 - part);
		}
	}
}

static double promise_by_boxes(struct hpo_gp_front *f, const double *mean, const double *sd,
			       double *d_mean, double *d_sd)
{
	double most;
	double sum;

	measure_edges(f, mean, sd);
	sum = sum_boxes(f, &most);
	if (d_mean == NULL || !(sum > 0))
		return sum > 0 ? most + log(sum) : -(double)INFINITY;
	weigh_edges(f, sum);
	for (size_t j = 0; j < f->goals; j++) {
		for (size_t i = 0; i <= f->count; i++) {
			size_t at = j * HPO__FRONT_EDGES + i;

			if (f->weight[at] == 0)
				continue;
			d_mean[j] += f->weight[at] * f->by_mean[at];
			d_sd[j] += f->weight[at] * f->by_sd[at];
		}
	}
	return most + log(sum);
}

static double promise_by_rays(struct hpo_gp_front *f, const double *mean, const double *sd,
			      double *d_mean, double *d_sd)
{
	const size_t k = f->goals;
	double sum;

	for (size_t q = 0; q < HPO__FRONT_TARGETS; q++) {
		f->share[q] = f->volume[q];
		for (size_t j = 0; j < k; j++)
			f->share[q] += hpo__normal_log_cdf((f->targets[q * k + j] - mean[j]) /
							   sd[j]);
	}
	sum = hpo__log_sum_exp(f->share, HPO__FRONT_TARGETS);
	if (d_mean == NULL || isinf(sum))
		return sum;
	for (size_t q = 0; q < HPO__FRONT_TARGETS; q++) {
		if (f->share[q] < sum - negligible)
			continue;
		for (size_t j = 0; j < k; j++) {
			double z = (f->targets[q * k + j] - mean[j]) / sd[j];
			double slope = exp(hpo__normal_log_pdf(z) - hpo__normal_log_cdf(z) +
					   f->share[q] - sum);

			d_mean[j] -= slope / sd[j];
			d_sd[j] -= slope * z / sd[j];
		}
	}
	return sum;
}

double hpo__gp_front_promise(struct hpo_gp_front *f, const double *mean, const double *sd,
			     double *d_mean, double *d_sd)
{
	if (d_mean != NULL) {
		memset(d_mean, 0, f->goals * sizeof *d_mean);
		memset(d_sd, 0, f->goals * sizeof *d_sd);
	}
	return f->goals > HPO__BOX_LOSSES ? promise_by_rays(f, mean, sd, d_mean, d_sd)
					  : promise_by_boxes(f, mean, sd, d_mean, d_sd);
}
