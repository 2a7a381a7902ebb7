/*
 * The margin.
 *
 * R. Hamano, S. Saito, M. Nomura and S. Shirakawa, "CMA-ES with margin: lower-
 * bounding marginal probability for mixed-integer black-box optimization", GECCO
 * (2022), section 4; the widening of edge cells is that of "CatCMA with margin",
 * GECCO (2025). Cells need not be equally wide: thresholds are their edges.
 *
 * What is known of a past sample is its cell. The coordinate in it that the
 * update needs is drawn anew from the Gaussian of its axis, which is what it was
 * drawn from.
 */
#include "strategy/cmaes_margin.h"

#include "hpo/plugin/strategy.h"
#include "math/normal.h"

#include <math.h>

double hpo__cmaes_margin_latent(const struct hpo_cmaes_frame *frame,
				const struct hpo_cmaes_gaussian *g, size_t i, double coordinate,
				hpo_rng_t *rng)
{
	double deviation = hpo__cmaes_gaussian_deviation(g, i);
	double low;
	double centre;
	double high;
	double x;

	hpo_space_cell(frame->space, frame->axis[i], coordinate, &low, &centre, &high);
	x = g->mean[i] + deviation * hpo__normal_truncated(hpo_rng_uniform(rng),
							    (low - g->mean[i]) / deviation,
							    (high - g->mean[i]) / deviation);
	return x >= low && x <= high ? x : centre;
}

bool hpo__cmaes_margin_leaves(const struct hpo_cmaes_frame *frame,
			      const struct hpo_cmaes_gaussian *g, size_t i, double coordinate,
			      double *centre)
{
	double low;
	double high;
	uint64_t own = hpo_space_cell_index(frame->space, frame->axis[i], g->mean[i]);

	hpo_space_cell(frame->space, frame->axis[i], coordinate, &low, centre, &high);
	return hpo_space_cell_index(frame->space, frame->axis[i], coordinate) != own;
}

/* The mean is in the first or last cell, `threshold` is where it ends, `centre` its middle. */
static void correct_edge(const struct hpo_cmaes_frame *frame, struct hpo_cmaes_gaussian *g,
			 size_t i, double threshold, double centre)
{
	double reach = hpo__normal_quantile(1 - frame->alpha);
	double deviation = hpo__cmaes_gaussian_deviation(g, i);
	double side = g->mean[i] < threshold ? -1 : 1;

	if (fabs(g->mean[i] - threshold) <= reach * deviation)
		return;
	if (reach * deviation < fabs(centre - threshold)) {
		g->scale[i] *= fabs(centre - threshold) / (reach * deviation);
		deviation = hpo__cmaes_gaussian_deviation(g, i);
	}
	g->mean[i] = threshold + side * fmin(fabs(g->mean[i] - threshold), reach * deviation);
}

/* The mean is between two thresholds. */
static void correct_inside(const struct hpo_cmaes_frame *frame, struct hpo_cmaes_gaussian *g,
			   size_t i, double low, double high)
{
	double least = frame->alpha / 2;
	double deviation = hpo__cmaes_gaussian_deviation(g, i);
	double p_low = hpo__normal_cdf((low - g->mean[i]) / deviation);
	double p_up = hpo__normal_cdf((g->mean[i] - high) / deviation);
	double p_mid = 1 - p_low - p_up;
	double excess;
	double k_low;
	double k_up;

	if (p_low >= least && p_up >= least)
		return;
	p_low = fmax(p_low, least);
	p_up = fmax(p_up, least);
	excess = (1 - p_low - p_up - p_mid) / (p_low + p_up + p_mid - 3 * least);
	p_low += excess * (p_low - least);
	p_up += excess * (p_up - least);
	k_low = hpo__normal_quantile(1 - fmin(p_low, 0.5));
	k_up = hpo__normal_quantile(1 - fmin(p_up, 0.5));
	if (!(k_low + k_up > 0))
		return;
	g->scale[i] *= (high - low) / ((k_low + k_up) * deviation);
	g->mean[i] = (low * k_up + high * k_low) / (k_low + k_up);
}

void hpo__cmaes_margin_correct(const struct hpo_cmaes_frame *frame, struct hpo_cmaes_gaussian *g)
{
	for (size_t i = 0; i < frame->n; i++) {
		double low;
		double centre;
		double high;
		uint64_t cell;

		if (frame->cells[i] == 0)
			continue;
		cell = hpo_space_cell_index(frame->space, frame->axis[i], g->mean[i]);
		hpo_space_cell(frame->space, frame->axis[i], g->mean[i], &low, &centre, &high);
		if (cell == 0)
			correct_edge(frame, g, i, high, centre);
		else if (cell == frame->cells[i] - 1)
			correct_edge(frame, g, i, low, centre);
		else
			correct_inside(frame, g, i, low, high);
	}
}
