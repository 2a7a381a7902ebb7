/*
 * Learning rate adaptation.
 *
 * M. Nomura, Y. Akimoto and I. Ono, "CMA-ES with learning rate adaptation: can
 * CMA-ES with default population size solve multimodal and noisy problems?",
 * GECCO (2023). Names and constants are the paper's. What it measures in the
 * coordinates of Sigma^1/2 is measured here in those of the Cholesky factor:
 * lengths are the same, and averages differ by a rotation.
 */
#include "strategy/cmaes_rate.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/cholesky.h"

#include <math.h>
#include <string.h>

static const double alpha = 1.4;
static const double beta_mean = 0.1;
static const double beta_sigma = 0.03;
static const double gamma_rate = 0.1;

hpo_status_t hpo__cmaes_rates_init(struct hpo_cmaes_rates *r, const struct hpo_cmaes_gaussian *g,
				   hpo_error_t *error)
{
	const size_t n = g->n;
	const size_t entries = g->separable ? n : n * n;

	memset(r, 0, sizeof *r);
	r->memory = hpo__calloc(3 * n + 5 * entries + 1, sizeof *r->memory);
	if (r->memory == NULL)
		return hpo__fail_memory(error);
	r->of_mean = (struct hpo_cmaes_rate){ .count = n, .beta = beta_mean };
	r->of_covariance = (struct hpo_cmaes_rate){ .count = entries, .beta = beta_sigma };
	r->of_mean.change = r->memory;
	r->of_mean.mean = r->memory + n;
	r->at = r->memory + 2 * n;
	r->of_covariance.change = r->memory + 3 * n;
	r->of_covariance.mean = r->of_covariance.change + entries;
	r->c = r->of_covariance.mean + entries;
	r->l = r->c + entries;
	r->turned = r->l + entries;
	hpo__cmaes_rates_begin(r);
	return HPO_OK;
}

void hpo__cmaes_rates_release(struct hpo_cmaes_rates *r)
{
	hpo__free(r->memory);
	memset(r, 0, sizeof *r);
}

static void begin(struct hpo_cmaes_rate *rate)
{
	rate->rate = 1;
	rate->power = 0;
	memset(rate->mean, 0, rate->count * sizeof *rate->mean);
}

void hpo__cmaes_rates_begin(struct hpo_cmaes_rates *r)
{
	begin(&r->of_mean);
	begin(&r->of_covariance);
}

static void keep(struct hpo_cmaes_rates *r, const struct hpo_cmaes_gaussian *g)
{
	const size_t entries = r->of_covariance.count;

	r->sigma = g->sigma;
	memcpy(r->at, g->mean, g->n * sizeof *r->at);
	memcpy(r->c, g->c, entries * sizeof *r->c);
	memcpy(r->l, g->l, entries * sizeof *r->l);
}

/* Sigma^-1/2 (m' - m) */
static void measure_mean(struct hpo_cmaes_rates *r, const struct hpo_cmaes_gaussian *g)
{
	double *change = r->of_mean.change;

	for (size_t i = 0; i < g->n; i++) {
		change[i] = (g->mean[i] - r->at[i]) / (r->sigma * g->scale[i]);
		if (g->separable)
			change[i] /= r->l[i];
	}
	if (!g->separable)
		hpo__solve_lower(r->l, g->n, g->n, change);
}

static void transpose(const double *from, double *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			to[k * n + i] = from[i * n + k];
	}
}

/* 2^-1/2 Sigma^-1/2 (Sigma' - Sigma) Sigma^-1/2, with Sigma = sigma^2 C. */
static void measure_covariance(struct hpo_cmaes_rates *r, const struct hpo_cmaes_gaussian *g)
{
	static const double sqrt_half = 0.70710678118654752440;
	const double grown = g->sigma * g->sigma / (r->sigma * r->sigma);
	const size_t n = g->n;
	double *change = r->of_covariance.change;

	if (g->separable) {
		for (size_t i = 0; i < n; i++)
			change[i] = sqrt_half * (grown * g->c[i] / r->c[i] - 1);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k <= i; k++) {
			double from = grown * g->c[i * n + k] - r->c[i * n + k];

			change[i * n + k] = change[k * n + i] = sqrt_half * from;
		}
	}
	hpo__solve_lower_many(r->l, n, n, change, n, n);
	transpose(change, r->turned, n);
	hpo__solve_lower_many(r->l, n, n, r->turned, n, n);
	memcpy(change, r->turned, n * n * sizeof *change);
}

/* Larger where the averages tell more of a direction than chance would, and smaller where less. */
static void adapt(struct hpo_cmaes_rate *rate)
{
	double along = 0;
	double length = 0;
	double signal;
	double excess;

	for (size_t i = 0; i < rate->count; i++) {
		rate->mean[i] += rate->beta * (rate->change[i] - rate->mean[i]);
		along += rate->mean[i] * rate->mean[i];
		length += rate->change[i] * rate->change[i];
	}
	rate->power += rate->beta * (length - rate->power);
	if (!(rate->power > along))
		return;
	signal = (along - rate->beta / (2 - rate->beta) * rate->power) / (rate->power - along);
	excess = fmin(fmax(signal / (alpha * rate->rate) - 1, -1), 1);
	rate->rate *= exp(fmin(gamma_rate * rate->rate, rate->beta) * excess);
	rate->rate = fmin(rate->rate, 1);
}

/* Sigma + eta (Sigma' - Sigma), apart as sigma^2 C with det C = 1. */
static void blend_covariance(struct hpo_cmaes_rates *r, struct hpo_cmaes_gaussian *g)
{
	const double grown = g->sigma * g->sigma / (r->sigma * r->sigma);
	const double rate = r->of_covariance.rate;
	const double n = (double)g->n;
	double log_determinant = 0;
	double unit;

	for (size_t i = 0; i < r->of_covariance.count; i++)
		g->c[i] = r->c[i] + rate * (grown * g->c[i] - r->c[i]);
	hpo__cmaes_gaussian_factor(g);
	for (size_t i = 0; i < g->n; i++)
		log_determinant += 2 * log(g->l[g->separable ? i : i * g->n + i]);
	unit = exp(log_determinant / n);
	for (size_t i = 0; i < r->of_covariance.count; i++) {
		g->c[i] /= unit;
		g->l[i] /= sqrt(unit);
	}
	g->sigma = r->sigma * sqrt(unit);
}

void hpo__cmaes_rates_update(struct hpo_cmaes_rates *r, struct hpo_cmaes_gaussian *g,
			     const struct hpo_cmaes_steps *ranked)
{
	const double before = r->of_mean.rate;

	if (g->n == 0)
		return;
	hpo__cmaes_gaussian_factor(g);
	keep(r, g);
	hpo__cmaes_gaussian_update(g, ranked);
	if (g->broken)
		return;
	measure_mean(r, g);
	measure_covariance(r, g);
	adapt(&r->of_mean);
	adapt(&r->of_covariance);

	for (size_t i = 0; i < g->n; i++)
		g->mean[i] = r->at[i] + r->of_mean.rate * (g->mean[i] - r->at[i]);
	blend_covariance(r, g);
	/* The step that suits a rate of the mean is in inverse proportion to it. */
	g->sigma *= before / r->of_mean.rate;
	hpo__cmaes_gaussian_limit(g);
}
