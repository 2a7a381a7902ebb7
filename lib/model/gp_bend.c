/*
 * Bent axes: a surface that varies faster at one end of an axis than at the other is even on a
 * bent one.
 *
 * J. Snoek, K. Swersky, R. Zemel and R. P. Adams, "Input warping for Bayesian
 * optimization of non-stationary functions", ICML (2014): the warp of an axis is
 * a hyperparameter among the others. Theirs has two parameters. Here one does,
 * w(x) = (exp(c x) - 1) / (exp(c) - 1), from an axis that should have been on a
 * logarithm to one that should not: it has finite slopes everywhere, and is the
 * axis itself at c = 0.
 */
#include "model/gp_inside.h"

#include <math.h>

/* Below it the quotients lose their digits, and the series to first order has them all. */
static const double nearly_straight = 1e-6;

double hpo__gp_bend(double x, double c)
{
	if (fabs(c) < nearly_straight)
		return x + 0.5 * c * x * (x - 1);
	return expm1(c * x) / expm1(c);
}

double hpo__gp_bend_by_x(double x, double c)
{
	if (fabs(c) < nearly_straight)
		return 1 + c * (x - 0.5);
	return c * exp(c * x) / expm1(c);
}

double hpo__gp_bend_by_c(double x, double c)
{
	const double all = expm1(c);

	/* Second order: the difference below loses twice as many digits. */
	if (fabs(c) < 1e-3)
		return 0.5 * x * (x - 1) + c * x * (x - 1) * (2 * x - 1) / 6;
	return (x * exp(c * x) - expm1(c * x) / all * exp(c)) / all;
}

void hpo__gp_bend_rows(struct hpo_gp *gp)
{
	const struct hpo_gp_frame *frame = gp->frame;
	const double *bends = gp->theta + frame->groups + 2;
	const int is_free = gp->free == hpo__gp_parameters(frame);

	for (size_t f = 0; f < frame->lines; f++) {
		const double *straight = gp->straight + f * gp->stride;
		double *x = gp->x + f * gp->stride;
		double *by_bend = gp->by_bend + f * gp->stride;

		for (size_t i = 0; i < gp->count; i++)
			x[i] = bends[f] != 0 ? hpo__gp_bend(straight[i], bends[f]) : straight[i];
		for (size_t i = 0; is_free && i < gp->count; i++)
			by_bend[i] = hpo__gp_bend_by_c(straight[i], bends[f]);
	}
}

void hpo__gp_bend_features(const struct hpo_gp *gp, const double *features, double *out)
{
	const double *bends = gp->theta + gp->frame->groups + 2;

	for (size_t f = 0; f < gp->frame->features; f++)
		out[f] = f < gp->frame->lines && bends[f] != 0 ? hpo__gp_bend(features[f], bends[f])
							       : features[f];
}
