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
		signal += 0.5 * gp->signal * own;
		noise += 0.5 * gp->noise * gp->share[i] * own;
	}
	gradient[groups] += signal;
	gradient[groups + 1] += noise;
}

double hpo__gp_log_posterior(struct hpo_gp *gp, const double *theta, double *gradient)
{
	const size_t parameters = gp->frame->groups + 2;
	double value = hpo__gp_set(gp, theta);

	if (gradient == NULL)
		return value;
	memset(gradient, 0, parameters * sizeof *gradient);
	if (value == -INFINITY)
		return value;
	hpo__gp_log_prior(gp, gradient);
	add_gradient(gp, gradient);
	return value;
}

static double minus_log_posterior(const double *theta, double *gradient, void *user)
{
	struct hpo_gp *gp = user;
	double value = hpo__gp_log_posterior(gp, theta, gradient);

	for (size_t g = 0; g < gp->frame->groups + 2; g++)
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
}

/* Climb from `start`; keeps what is better than `best`. */
static double climb(struct hpo_gp *gp, size_t evaluations, double best)
{
	const size_t parameters = gp->frame->groups + 2;
	struct hpo_lbfgsb options = { parameters, HPO__GP_MEMORY, evaluations, 1e-3, 1e-6 };
	double value;

	for (size_t g = 0; g < parameters; g++)
		gp->start[g] = fmin(fmax(gp->start[g], gp->low[g]), gp->high[g]);
	value = -hpo__lbfgsb(&options, gp->low, gp->high, gp->start, gp->work,
			     minus_log_posterior, gp);
	if (!(value > best))
		return best;
	memcpy(gp->found, gp->start, parameters * sizeof *gp->found);
	return value;
}

double hpo__gp_fit(struct hpo_gp *gp, const double *warm, size_t evaluations)
{
	/* What is tried: smooth with noise, rougher without, and on request very rough. */
	static const double starts[][2] = { { 1, -4 }, { 0, -9 }, { -1, -9 } };
	const size_t count = gp->prior.is_rough ? 3 : 2;
	const size_t groups = gp->frame->groups;
	double best = -INFINITY;

	set_bounds(gp);
	for (size_t s = 0; s < count; s++) {
		for (size_t g = 0; g < groups; g++)
			gp->start[g] = length_mode(gp) + starts[s][0];
		gp->start[groups] = 0;
		gp->start[groups + 1] = starts[s][1];
		if (s == 0)
			memcpy(gp->found, gp->start, (groups + 2) * sizeof *gp->found);
		best = climb(gp, evaluations, best);
	}
	if (warm != NULL) {
		memcpy(gp->start, warm, (groups + 2) * sizeof *warm);
		best = climb(gp, evaluations, best);
	}
	return hpo__gp_set(gp, gp->found);
}
