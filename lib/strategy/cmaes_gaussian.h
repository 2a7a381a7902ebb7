/*
 * The distribution of an evolution strategy over real axes: a mean, a step
 * size and a covariance matrix, adapted from ranked steps.
 *
 * A point is mean + sigma * scale * step with step ~ N(0, C). Steps, the paths
 * and C are free of `scale`, which belongs to the margin of integer axes.
 */
#ifndef HPO_STRATEGY_CMAES_GAUSSIAN_H
#define HPO_STRATEGY_CMAES_GAUSSIAN_H

#include "hpo/plugin/random.h"

#include <stdbool.h>
#include <stddef.h>

struct hpo_cmaes_gaussian {
	size_t n;       /* N, axes; 0 is fine */
	bool separable; /* C is its diagonal alone */
	double sigma;
	double *mean;             /* [N] */
	double *scale;            /* [N], A: 1 where the margin has nothing to do */
	double *c, *l;            /* C and its factor: [N][N] lower triangles, or [N] diagonals */
	double *p_sigma, *p_c;    /* [N], evolution paths */
	double *step, *white;     /* [N], scratch */
	double *weights;          /* [lambda], w_i, negative ones unscaled */
	size_t weights_capacity;
	size_t lambda, mu;
	double mueff, c1, cmu, cs, ds, cc, expected; /* expected: E|N(0, I)| */
	uint64_t generation, factored; /* of this run; when l was made */
	bool broken;                   /* C has no factor any more: begin anew */
};

/* The ranked steps of one generation. */
struct hpo_cmaes_steps {
	const double *steps;  /* [lambda][N] */
	const uint8_t *idle;  /* [lambda][N], 1 where an axis was not active and keeps its mean */
	const size_t *order;  /* [lambda], rows from best to worst */
};

hpo_status_t hpo__cmaes_gaussian_init(struct hpo_cmaes_gaussian *g, size_t n, bool separable,
				      hpo_error_t *error);
void hpo__cmaes_gaussian_release(struct hpo_cmaes_gaussian *g);

/* Make room for generations of up to `lambda`; on failure nothing has changed. */
hpo_status_t hpo__cmaes_gaussian_reserve(struct hpo_cmaes_gaussian *g, size_t lambda,
					 hpo_error_t *error);

/* The constants for generations of `lambda`, 2 or more, for which there is room. */
void hpo__cmaes_gaussian_set_lambda(struct hpo_cmaes_gaussian *g, size_t lambda);

/* Begin at `mean` [N] with C = I and no past. */
void hpo__cmaes_gaussian_begin(struct hpo_cmaes_gaussian *g, const double *mean, double sigma);

/* C was set from outside: make its factor. */
void hpo__cmaes_gaussian_factor(struct hpo_cmaes_gaussian *g);

/* Sigma was set from outside: bring it to what the unit cube can use. */
void hpo__cmaes_gaussian_limit(struct hpo_cmaes_gaussian *g);

/* The standard deviation of an axis. */
double hpo__cmaes_gaussian_deviation(const struct hpo_cmaes_gaussian *g, size_t axis);

/* step [N] ~ N(0, C). */
void hpo__cmaes_gaussian_sample(struct hpo_cmaes_gaussian *g, hpo_rng_t *rng, double *step);

/* The squared Mahalanobis length of a step [N]. */
double hpo__cmaes_gaussian_length2(struct hpo_cmaes_gaussian *g, const double *step);

/* One generation on. */
void hpo__cmaes_gaussian_update(struct hpo_cmaes_gaussian *g, const struct hpo_cmaes_steps *ranked);

#endif
