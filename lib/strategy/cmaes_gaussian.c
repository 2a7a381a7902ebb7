/*
 * Covariance matrix adaptation.
 *
 * N. Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772 (2016),
 * with active rank-mu update; R. Ros and N. Hansen, "A simple modification in
 * CMA-ES achieving linear time and space complexity", PPSN X (2008), for the
 * separable variant. Names and constants are the tutorial's.
 *
 * In place of C^-1/2 from eigenvectors stands the inverse of the Cholesky
 * factor, which whitens as well and is an order of magnitude cheaper: O. Krause,
 * D. R. Arbonès and C. Igel, "CMA-ES with optimal covariance update and storage
 * complexity", NeurIPS (2016).
 */
#include "strategy/cmaes_gaussian.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/cholesky.h"

#include <math.h>
#include <string.h>

/*
 * No axis is ever sampled wider than the unit interval that it lives in: beyond
 * that only the bounds would be seen.
 */
static const double widest = 1.0;

hpo_status_t hpo__cmaes_gaussian_init(struct hpo_cmaes_gaussian *g, size_t n, bool separable,
				      hpo_error_t *error)
{
	size_t vectors = 6;

	memset(g, 0, sizeof *g);
	g->n = n;
	g->separable = separable;
	g->mean = hpo__calloc(vectors * n + 1, sizeof *g->mean);
	g->c = hpo__calloc(separable ? n + 1 : n * n + 1, sizeof *g->c);
	g->l = hpo__calloc(separable ? n + 1 : n * n + 1, sizeof *g->l);
	if (g->mean == NULL || g->c == NULL || g->l == NULL)
		return hpo__fail_memory(error);
	g->scale = g->mean + n;
	g->p_sigma = g->scale + n;
	g->p_c = g->p_sigma + n;
	g->step = g->p_c + n;
	g->white = g->step + n;
	return HPO_OK;
}

void hpo__cmaes_gaussian_release(struct hpo_cmaes_gaussian *g)
{
	hpo__free(g->mean);
	hpo__free(g->c);
	hpo__free(g->l);
	hpo__free(g->weights);
	memset(g, 0, sizeof *g);
}

hpo_status_t hpo__cmaes_gaussian_reserve(struct hpo_cmaes_gaussian *g, size_t lambda,
					 hpo_error_t *error)
{
	double *grown = hpo__grow(g->weights, &g->weights_capacity, lambda, sizeof *grown);

	if (grown == NULL)
		return hpo__fail_memory(error);
	g->weights = grown;
	return HPO_OK;
}

/* (sum w)^2 / sum w^2 over places from … to - 1. */
static double effective(const double *weights, size_t from, size_t to)
{
	double sum = 0;
	double squares = 0;

	for (size_t i = from; i < to; i++) {
		sum += weights[i];
		squares += weights[i] * weights[i];
	}
	return squares > 0 ? sum * sum / squares : 0;
}

static void scale_weights(double *weights, size_t from, size_t to, double total)
{
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += fabs(weights[i]);
	for (size_t i = from; i < to; i++)
		weights[i] *= sum > 0 ? total / sum : 0;
}

/* Eq. (50) to (56) of the tutorial; Ros and Hansen, eq. (5), when separable. */
static void set_rates(struct hpo_cmaes_gaussian *g)
{
	double n = (double)g->n;
	double mueff = g->mueff;
	double faster = g->separable ? (n + 2) / 3 : 1;

	g->c1 = fmin(1, faster * 2 / ((n + 1.3) * (n + 1.3) + mueff));
	g->cmu = fmin(1 - g->c1,
		      faster * 2 * (mueff - 2 + 1 / mueff) / ((n + 2) * (n + 2) + mueff));
	g->cs = (mueff + 2) / (n + mueff + 5);
	g->ds = 1 + 2 * fmax(0, sqrt((mueff - 1) / (n + 1)) - 1) + g->cs;
	g->cc = (4 + mueff / n) / (n + 4 + 2 * mueff / n);
	g->expected = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

void hpo__cmaes_gaussian_set_lambda(struct hpo_cmaes_gaussian *g, size_t lambda)
{
	double negative;
	double limit;

	g->lambda = lambda;
	g->mu = lambda / 2;
	for (size_t i = 0; i < lambda; i++)
		g->weights[i] = log(((double)lambda + 1) / 2) - log((double)i + 1);
	g->mueff = effective(g->weights, 0, g->mu);
	negative = effective(g->weights, g->mu, lambda);
	scale_weights(g->weights, 0, g->mu, 1);
	if (g->n == 0)
		return;

	set_rates(g);
	limit = fmin(1 + g->c1 / g->cmu, 1 + 2 * negative / (g->mueff + 2));
	limit = fmin(limit, (1 - g->c1 - g->cmu) / ((double)g->n * g->cmu));
	scale_weights(g->weights, g->mu, lambda, fmax(0, limit));
}

void hpo__cmaes_gaussian_begin(struct hpo_cmaes_gaussian *g, const double *mean, double sigma)
{
	size_t n = g->n;
	size_t entries = g->separable ? n : n * n;

	memmove(g->mean, mean, n * sizeof *mean);
	memset(g->p_sigma, 0, 2 * n * sizeof *g->p_sigma); /* and p_c */
	memset(g->c, 0, entries * sizeof *g->c);
	for (size_t i = 0; i < n; i++) {
		g->scale[i] = 1;
		g->c[g->separable ? i : i * n + i] = 1;
	}
	memcpy(g->l, g->c, entries * sizeof *g->l);
	g->sigma = sigma;
	g->generation = g->factored = 0;
	g->broken = false;
}

static double variance(const struct hpo_cmaes_gaussian *g, size_t axis)
{
	return g->c[g->separable ? axis : axis * g->n + axis];
}

double hpo__cmaes_gaussian_deviation(const struct hpo_cmaes_gaussian *g, size_t axis)
{
	return g->sigma * g->scale[axis] * sqrt(variance(g, axis));
}

void hpo__cmaes_gaussian_factor(struct hpo_cmaes_gaussian *g)
{
	size_t n = g->n;

	g->factored = g->generation;
	if (!g->separable) {
		memcpy(g->l, g->c, n * n * sizeof *g->l);
		g->broken |= n > 0 && hpo__cholesky_factor(g->l, n, n) != 0;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		g->l[i] = sqrt(g->c[i]);
		g->broken |= !(g->l[i] > 0);
	}
}

void hpo__cmaes_gaussian_sample(struct hpo_cmaes_gaussian *g, hpo_rng_t *rng, double *step)
{
	for (size_t i = 0; i < g->n; i++)
		g->white[i] = hpo_rng_normal(rng);
	for (size_t i = 0; i < g->n; i++) {
		const double *row = g->l + i * g->n;
		double sum = 0;

		if (g->separable) {
			step[i] = g->l[i] * g->white[i];
			continue;
		}
		for (size_t k = 0; k <= i; k++)
			sum += row[k] * g->white[k];
		step[i] = sum;
	}
}

/* white := L^-1 step */
static void whiten(struct hpo_cmaes_gaussian *g, const double *step)
{
	memcpy(g->white, step, g->n * sizeof *step);
	if (!g->separable) {
		hpo__solve_lower(g->l, g->n, g->n, g->white);
		return;
	}
	for (size_t i = 0; i < g->n; i++)
		g->white[i] /= g->l[i];
}

static double squares(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sum;
}

double hpo__cmaes_gaussian_length2(struct hpo_cmaes_gaussian *g, const double *step)
{
	whiten(g, step);
	return squares(g->white, g->n);
}

/* g->step := the weighted mean of the best mu; the mean moves along, eq. (41) and (42). */
static void move_mean(struct hpo_cmaes_gaussian *g, const struct hpo_cmaes_steps *ranked)
{
	memset(g->step, 0, g->n * sizeof *g->step);
	for (size_t i = 0; i < g->mu; i++) {
		const double *step = ranked->steps + ranked->order[i] * g->n;
		const uint8_t *idle = ranked->idle + ranked->order[i] * g->n;

		for (size_t j = 0; j < g->n; j++)
			g->step[j] += idle[j] ? 0 : g->weights[i] * step[j];
	}
	for (size_t j = 0; j < g->n; j++)
		g->mean[j] += g->sigma * g->scale[j] * g->step[j];
}

/* Eq. (43) and (45), on g->step. Returns h_sigma. */
static double move_paths(struct hpo_cmaes_gaussian *g)
{
	double along = sqrt(g->cs * (2 - g->cs) * g->mueff);
	double faded = 1 - pow(1 - g->cs, 2 * ((double)g->generation + 1));
	double length;
	double h_sigma;

	whiten(g, g->step);
	for (size_t i = 0; i < g->n; i++)
		g->p_sigma[i] = (1 - g->cs) * g->p_sigma[i] + along * g->white[i];
	length = sqrt(squares(g->p_sigma, g->n) / faded);
	h_sigma = length < (1.4 + 2 / ((double)g->n + 1)) * g->expected ? 1 : 0;

	along = h_sigma * sqrt(g->cc * (2 - g->cc) * g->mueff);
	for (size_t i = 0; i < g->n; i++)
		g->p_c[i] = (1 - g->cc) * g->p_c[i] + along * g->step[i];
	return h_sigma;
}

/* C += weight y y^T */
static void add_outer(struct hpo_cmaes_gaussian *g, const double *y, double weight)
{
	for (size_t i = 0; i < g->n; i++) {
		double *row = g->c + i * g->n;
		double scaled = weight * y[i];

		if (g->separable) {
			g->c[i] += scaled * y[i];
			continue;
		}
		for (size_t k = 0; k <= i; k++)
			row[k] += scaled * y[k];
	}
}

/* Eq. (46) and (47). */
static void adapt_c(struct hpo_cmaes_gaussian *g, const struct hpo_cmaes_steps *ranked,
		    double h_sigma)
{
	double total = 0;
	double keep;

	for (size_t i = 0; i < g->lambda; i++)
		total += g->weights[i];
	keep = 1 + g->c1 * (1 - h_sigma) * g->cc * (2 - g->cc) - g->c1 - g->cmu * total;
	for (size_t i = 0; i < (g->separable ? g->n : g->n * g->n); i++)
		g->c[i] *= keep;
	add_outer(g, g->p_c, g->c1);
	for (size_t i = 0; i < g->lambda; i++) {
		const double *step = ranked->steps + ranked->order[i] * g->n;
		double weight = g->weights[i];

		if (weight < 0)
			weight *= (double)g->n / (hpo__cmaes_gaussian_length2(g, step) + 1e-300);
		if (weight != 0)
			add_outer(g, step, g->cmu * weight);
	}
}

void hpo__cmaes_gaussian_limit(struct hpo_cmaes_gaussian *g)
{
	double most = 0;

	for (size_t i = 0; i < g->n; i++)
		most = fmax(most, variance(g, i));
	if (g->sigma * sqrt(most) > widest)
		g->sigma = widest / sqrt(most);
	g->broken |= !(g->sigma > 0) || !isfinite(most);
}

/* Eq. (44). */
static void adapt_sigma(struct hpo_cmaes_gaussian *g)
{
	double length = sqrt(squares(g->p_sigma, g->n));

	g->sigma *= exp(fmin(1, g->cs / g->ds * (length / g->expected - 1)));
	hpo__cmaes_gaussian_limit(g);
}

void hpo__cmaes_gaussian_update(struct hpo_cmaes_gaussian *g, const struct hpo_cmaes_steps *ranked)
{
	double h_sigma;

	if (g->n == 0)
		return;
	move_mean(g, ranked);
	h_sigma = move_paths(g);
	adapt_c(g, ranked, h_sigma);
	adapt_sigma(g);
	g->generation++;
	/* So often that C has not changed much since: the tutorial, appendix B.2. */
	if ((double)(g->generation - g->factored) * 10 * (double)g->n * (g->c1 + g->cmu) >= 1)
		hpo__cmaes_gaussian_factor(g);
}
