/*
 * The hyperparameters of a Gaussian process: the most likely ones a posteriori,
 * by the gradient.
 *
 * C. E. Rasmussen and C. K. I. Williams, "Gaussian processes for machine
 * learning" (2006), eq. (5.9): d log p / d t = 1/2 tr((alpha alpha' - K^-1) dK/dt).
 * C. Hvarfner, E. O. Hellsten and L. Nardi, "Vanilla Bayesian optimization
 * performs great in high dimensions", ICML (2024): the prior of the
 * length-scales grows with the square root of the number of axes, so that the
 * complexity of the model does not grow with it.
 */
#include "math/cholesky.h"
#include "model/gp_inside.h"

#include <math.h>
#include <string.h>

/*
 * ln l ~ N(sqrt2 + ln(d) / 2, 3). The mode of that density over l is lower by
 * the variance, over ln l it is the mean. Lowered by 3, the model was too rough:
 * on tunings of real learners it left twice the regret after 100 trials that it
 * leaves with 2. Lowered by 1, it found less in the first 50.
 */
static const double length_variance = 3;
static const double length_lowered = 2;
static const double length_lowered_rough = 3;

/* ln noise ~ N(mean, 1), for values of variance 1; the floor is for what has no noise at all. */
static const double noise_floor = 1e-8;

/* A bend ~ N(0, 1.5^2), bounded where the slopes at the ends of an axis differ by exp(5). */
static const double bend_deviation = 1.5;
static const double most_bent = 5;

/*
 * Bends are taken only if they raise the log posterior by so much, beside the half that each is
 * expected to raise it by when it means nothing (S. S. Wilks, 1938); and not from few rows.
 */
static const double worth_bending = 2;
enum { LEAST_TO_BEND = 20 };

static double length_mode(const struct hpo_gp *gp)
{
	double axes = gp->active > 1 ? gp->active : 1;

	return sqrt(2) + 0.5 * log(axes) -
	       (gp->prior.is_rough ? length_lowered_rough : length_lowered);
}

double hpo__gp_log_prior(const struct hpo_gp *gp, double *gradient)
{
	const size_t groups = gp->frame->groups;
	const double mode = length_mode(gp);
	const double noise = gp->theta[groups + 1] - gp->prior.noise;
	double sum = 0;

	for (size_t g = 0; g < groups; g++) {
		double off = gp->theta[g] - mode;

		sum -= 0.5 * off * off / length_variance;
		if (gradient != NULL)
			gradient[g] -= off / length_variance;
	}
	/* The signal ~ Gamma(2, 1), as a density over it. */
	sum += gp->theta[groups] - gp->signal - 0.5 * noise * noise;
	for (size_t f = 0; f < gp->frame->lines; f++) {
		double off = gp->theta[groups + 2 + f] / bend_deviation;

		sum -= 0.5 * off * off;
		if (gradient != NULL && groups + 2 + f < gp->free)
			gradient[groups + 2 + f] -= off / bend_deviation;
	}
	if (gradient != NULL) {
		gradient[groups] += 1 - gp->signal;
		gradient[groups + 1] -= noise;
	}
	return sum;
}

/*
 * One row of the sum over pairs: weight_j = (alpha_i alpha_j - K^-1_ij), for
 * j < i, times what the kernel's derivative has in common over the axes.
 */
static void add_row(const struct hpo_gp *gp, size_t i, double *restrict common,
		    double *restrict plain, double *gradient)
{
	const struct hpo_gp_frame *frame = gp->frame;
	const size_t padded = (i + HPO__GP_LANES - 1) / HPO__GP_LANES * HPO__GP_LANES;

	for (size_t j = i; j < padded; j++)
		common[j] = plain[j] = 0;
	for (size_t f = 0; f < frame->features; f++) {
		const double *x = gp->x + f * gp->stride;
		const double at = x[i];
		double sums[HPO__GP_LANES] = { 0 };
		double sum = 0;

		for (size_t j = 0; f < frame->numeric && j < padded; j += HPO__GP_LANES) {
			for (size_t l = 0; l < HPO__GP_LANES; l++)
				sums[l] += common[j + l] * (at - x[j + l]) * (at - x[j + l]);
		}
		for (size_t j = 0; f >= frame->numeric && j < padded; j += HPO__GP_LANES) {
			for (size_t l = 0; l < HPO__GP_LANES; l++)
				sums[l] += x[j + l] != at ? 2 * plain[j + l] : 0;
		}
		for (size_t l = 0; l < HPO__GP_LANES; l++)
			sum += sums[l];
		gradient[frame->group[f]] += sum * gp->scale[f];
	}
}

/* The same for the bends. */
static void add_row_bends(const struct hpo_gp *gp, size_t i, const double *restrict common,
			  double *gradient)
{
	const struct hpo_gp_frame *frame = gp->frame;

	for (size_t f = 0; f < frame->lines; f++) {
		const double *x = gp->x + f * gp->stride;
		const double *by_bend = gp->by_bend + f * gp->stride;
		double sums[HPO__GP_LANES] = { 0 };
		double sum = 0;

		for (size_t j = 0; j < i; j += HPO__GP_LANES) {
			for (size_t l = 0; l < HPO__GP_LANES; l++)
				sums[l] += common[j + l] * (x[i] - x[j + l]) *
					   (by_bend[i] - by_bend[j + l]);
		}
		for (size_t l = 0; l < HPO__GP_LANES; l++)
			sum += sums[l];
		gradient[frame->groups + 2 + f] -= sum * gp->scale[f];
	}
}

/* The gradient of the log likelihood, by a pass over the pairs of rows. */
static void add_gradient(struct hpo_gp *gp, double *gradient)
{
	const size_t groups = gp->frame->groups;
	double *k = hpo__gp_scratch(gp, 1);
	double *slope = hpo__gp_scratch(gp, 2);
	double signal = 0;
	double noise = 0;

	hpo__cholesky_inverse(gp->factor, gp->count, gp->stride, gp->inverse);
	for (size_t i = 0; i < gp->count; i++) {
		const double *inverse = gp->inverse + i * gp->stride;
		const double own = gp->alpha[i] * gp->alpha[i] - inverse[i];

		for (size_t f = 0; f < gp->frame->features; f++)
			gp->feature[f] = gp->x[f * gp->stride + i];
		hpo__gp_kernel(gp, gp->feature, i, k, slope);
		for (size_t j = 0; j < i; j++) {
			double weight = gp->alpha[i] * gp->alpha[j] - inverse[j];

			k[j] *= weight;
			slope[j] *= weight;
			signal += k[j];
		}
		add_row(gp, i, slope, k, gradient);
		if (gp->free > groups + 2)
			add_row_bends(gp, i, slope, gradient);
		signal += 0.5 * gp->signal * own;
		noise += 0.5 * gp->noise * gp->share[i] * own;
	}
	gradient[groups] += signal;
	gradient[groups + 1] += noise;
}

double hpo__gp_log_posterior(struct hpo_gp *gp, const double *theta, double *gradient)
{
	double value = hpo__gp_set(gp, theta);

	if (gradient == NULL)
		return value;
	memset(gradient, 0, gp->free * sizeof *gradient);
	if (value == -INFINITY)
		return value;
	hpo__gp_log_prior(gp, gradient);
	add_gradient(gp, gradient);
	return value;
}

/* theta has as many numbers as are free; the bends, if they are not, are 0. */
static double minus_log_posterior(const double *theta, double *gradient, void *user)
{
	struct hpo_gp *gp = user;
	double value;

	memcpy(gp->theta, theta, gp->free * sizeof *theta);
	value = hpo__gp_log_posterior(gp, gp->theta, gradient);
	for (size_t g = 0; g < gp->free; g++)
		gradient[g] = -gradient[g];
	return -value;
}

static void set_bounds(struct hpo_gp *gp)
{
	const size_t groups = gp->frame->groups;

	for (size_t g = 0; g < groups; g++) {
		gp->low[g] = log(0.005);
		gp->high[g] = log(1000);
	}
	gp->low[groups] = log(1e-3);
	gp->high[groups] = log(100);
	gp->low[groups + 1] = log(noise_floor);
	gp->high[groups + 1] = log(10);
	for (size_t f = 0; f < gp->frame->lines; f++) {
		gp->low[groups + 2 + f] = -most_bent;
		gp->high[groups + 2 + f] = most_bent;
	}
}

/* Climb from `start`; keeps what is better than `best`. */
static double climb(struct hpo_gp *gp, size_t evaluations, double best)
{
	struct hpo_lbfgsb options = { gp->free, HPO__GP_MEMORY, evaluations, 1e-3, 1e-6 };
	double value;

	for (size_t g = 0; g < gp->free; g++)
		gp->start[g] = fmin(fmax(gp->start[g], gp->low[g]), gp->high[g]);
	value = -hpo__lbfgsb(&options, gp->low, gp->high, gp->start, gp->work,
			     minus_log_posterior, gp);
	if (!(value > best))
		return best;
	memcpy(gp->found, gp->start, gp->free * sizeof *gp->found);
	return value;
}

/* Without bends, from each of the starts. */
static double climb_straight(struct hpo_gp *gp, const double *warm, size_t evaluations)
{
	/* What is tried: smooth with noise, rougher without, and on request very rough. */
	static const double starts[][2] = { { 1, -4 }, { 0, -9 }, { -1, -9 } };
	const size_t count = gp->prior.is_rough ? 3 : 2;
	const size_t groups = gp->frame->groups;
	double best = -INFINITY;

	gp->free = groups + 2;
	memset(gp->theta + gp->free, 0, gp->frame->lines * sizeof *gp->theta);
	memset(gp->found + gp->free, 0, gp->frame->lines * sizeof *gp->found);
	for (size_t s = 0; s < count; s++) {
		for (size_t g = 0; g < groups; g++)
			gp->start[g] = length_mode(gp) + starts[s][0];
		gp->start[groups] = 0;
		gp->start[groups + 1] = starts[s][1];
		if (s == 0)
			memcpy(gp->found, gp->start, gp->free * sizeof *gp->found);
		best = climb(gp, evaluations, best);
	}
	if (warm != NULL) {
		memcpy(gp->start, warm, gp->free * sizeof *warm);
		best = climb(gp, evaluations, best);
	}
	gp->free = hpo__gp_parameters(gp->frame);
	return best;
}

double hpo__gp_fit(struct hpo_gp *gp, const double *warm, size_t evaluations)
{
	double best;

	set_bounds(gp);
	best = climb_straight(gp, warm, evaluations);
	if (gp->prior.is_bent && gp->count >= LEAST_TO_BEND && gp->frame->lines > 0) {
		/* From near the peak, so half of the work does. */
		memcpy(gp->start, gp->found, gp->free * sizeof *gp->start);
		climb(gp, evaluations / 2, best + worth_bending + 0.5 * (double)gp->frame->lines);
	}
	return hpo__gp_set(gp, gp->found);
}
