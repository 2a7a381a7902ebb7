/*
 * Learning rates of an evolution strategy that follow how much of what a
 * generation teaches is signal: with noise, or with many basins, it learns as
 * slowly as it must to be right in the mean.
 */
#ifndef HPO_STRATEGY_CMAES_RATE_H
#define HPO_STRATEGY_CMAES_RATE_H

#include "strategy/cmaes_gaussian.h"

/* One rate, and the moving averages of the changes that it scales. */
struct hpo_cmaes_rate {
	size_t count;   /* coordinates of a change */
	double rate;    /* eta, at most 1 */
	double beta;    /* of the averages */
	double *change; /* [count], of this generation, in the distribution's own units */
	double *mean;   /* [count], E: the average change */
	double power;   /* V: the average squared length */
};

struct hpo_cmaes_rates {
	struct hpo_cmaes_rate of_mean;       /* [N] */
	struct hpo_cmaes_rate of_covariance; /* [N][N], or [N] when separable */
	double *memory;                      /* of all arrays */
	double sigma, *at;                   /* [N], sigma and the mean before a generation */
	double *c, *l;                       /* C and its factor before it */
	double *turned;                      /* [N][N], scratch */
};

/* Rates for distributions of the size of `g`. Release them also when this fails. */
hpo_status_t hpo__cmaes_rates_init(struct hpo_cmaes_rates *rates,
				   const struct hpo_cmaes_gaussian *g, hpo_error_t *error);
void hpo__cmaes_rates_release(struct hpo_cmaes_rates *rates);

/* A run begins: both rates are 1. */
void hpo__cmaes_rates_begin(struct hpo_cmaes_rates *rates);

/* One generation on, as hpo__cmaes_gaussian_update() but at the rates. */
void hpo__cmaes_rates_update(struct hpo_cmaes_rates *rates, struct hpo_cmaes_gaussian *g,
			     const struct hpo_cmaes_steps *ranked);

#endif
