/*
 * Restarts in two regimes of equal budgets.
 *
 * N. Hansen, "Benchmarking a BI-population CMA-ES on the BBOB-2009 function
 * testbed", GECCO workshop (2009): populations that double, and small ones with
 * smaller first steps; whichever has spent less goes on. The stopping criteria
 * are those of that paper, by what they mean, with thresholds for tuning rather
 * than for numerical precision.
 */
#include "strategy/cmaes_restart.h"

#include <math.h>
#include <string.h>

/* Losses that differ by less than this share of the first generation's range are alike. */
static const double alike = 1e-12;
/* A step this short on every axis of the unit cube changes nothing that a training would see. */
static const double shortest = 1e-11;
/* Squared ratio of the factor's pivots at which C has lost its meaning. */
static const double ill_conditioned = 1e14;

enum { MOST_LAMBDA = 4096 };

static void begin_run(struct hpo_cmaes_restart *r, size_t lambda, double sigma)
{
	r->lambda = lambda;
	r->sigma = sigma;
	r->spent = 0;
	r->generations = r->improved = r->since = 0;
	r->best = (struct hpo_cmaes_rank){ HPO_CMAES_FAILED, INFINITY, INFINITY };
	r->reference = NAN;
	r->spread = 0;
}

void hpo__cmaes_restart_init(struct hpo_cmaes_restart *r, size_t lambda, double sigma)
{
	memset(r, 0, sizeof *r);
	r->base = r->large = lambda;
	r->base_sigma = sigma;
	begin_run(r, lambda, sigma);
}

void hpo__cmaes_restart_note(struct hpo_cmaes_restart *r, const struct hpo_cmaes_rank *best,
			     const struct hpo_cmaes_rank *worst)
{
	r->generations++;
	r->spent += (double)r->lambda;
	if (hpo__cmaes_rank_compare(best, &r->best) < 0) {
		r->best = *best;
		r->improved = r->generations;
	}
	if (best->grade != HPO_CMAES_COMPLETED || worst->grade != HPO_CMAES_COMPLETED) {
		r->reference = NAN;
		return;
	}
	if (r->generations == 1)
		r->spread = worst->first - best->first;
	if (!(fabs(best->first - r->reference) <= alike * r->spread) ||
	    worst->first - best->first > alike * r->spread) {
		r->reference = best->first;
		r->since = r->generations;
	}
}

static bool is_short(const struct hpo_cmaes_gaussian *g)
{
	for (size_t i = 0; i < g->n; i++) {
		if (hpo__cmaes_gaussian_deviation(g, i) > shortest)
			return false;
	}
	return g->n > 0;
}

static bool is_ill(const struct hpo_cmaes_gaussian *g)
{
	double least = INFINITY;
	double most = 0;

	for (size_t i = 0; i < g->n; i++) {
		double pivot = g->l[g->separable ? i : i * g->n + i];

		least = fmin(least, pivot);
		most = fmax(most, pivot);
	}
	return g->n > 0 && !(most * most < ill_conditioned * least * least);
}

bool hpo__cmaes_restart_is_due(const struct hpo_cmaes_restart *r,
			       const struct hpo_cmaes_gaussian *g)
{
	double n = (double)g->n;
	double lambda = (double)r->lambda;
	double patience = 100 + 100 * n * sqrt(n) / lambda;

	if (g->broken || is_short(g) || is_ill(g))
		return true;
	if (!isnan(r->reference) && (double)(r->generations - r->since) > 10 + 30 * n / lambda)
		return true;
	return (double)(r->generations - r->improved) > patience;
}

void hpo__cmaes_restart_next(struct hpo_cmaes_restart *r, hpo_rng_t *rng)
{
	double u1 = hpo_rng_uniform(rng);
	double u2 = hpo_rng_uniform(rng);
	double ratio;

	if (r->runs > 0 && r->small)
		r->spent_small += r->spent;
	else if (r->runs > 0)
		r->spent_large += r->spent;
	r->runs++;
	r->small = r->spent_small < r->spent_large;
	if (!r->small) {
		r->large = r->large < MOST_LAMBDA / 2 ? 2 * r->large : MOST_LAMBDA;
		begin_run(r, r->large, r->base_sigma);
		return;
	}
	ratio = fmax(1, 0.5 * (double)r->large / (double)r->base);
	begin_run(r, (size_t)((double)r->base * pow(ratio, u1 * u1)),
		  r->base_sigma * pow(10, -2 * u2));
}
