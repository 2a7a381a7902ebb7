/*
 * The distribution of an evolution strategy over categories: a vector of
 * probabilities for each categorical axis, moved by the natural gradient with a
 * step size that adapts itself.
 */
#ifndef HPO_STRATEGY_CMAES_CHOICES_H
#define HPO_STRATEGY_CMAES_CHOICES_H

#include "hpo/plugin/random.h"

#include <stddef.h>

struct hpo_cmaes_choices {
	size_t count;       /* categorical axes; 0 is fine */
	size_t *first;      /* [count + 1], where the probabilities of an axis begin */
	double *q;          /* [first[count]], each axis sums to 1 */
	double *gradient;   /* [first[count]], scratch */
	double *path;       /* [first[count]], s of the step size adaptation */
	double gamma, Delta; /* its other state; the step is 1 / Delta */
	double floor;       /* alpha: each category of K keeps at least alpha / (K - 1) */
};

/* The ranked choices of one generation. */
struct hpo_cmaes_picks {
	const uint32_t *cells; /* [lambda][count]; HPO_CMAES_IDLE where an axis was not active */
	const size_t *order;   /* [lambda], rows from best to worst */
	const double *weights; /* [mu], positive, sum 1 */
	size_t mu;
};

#define HPO_CMAES_IDLE UINT32_MAX

/* `cells` [count]: how many categories each axis has, at least 2. */
hpo_status_t hpo__cmaes_choices_init(struct hpo_cmaes_choices *choices, const size_t *cells,
				     size_t count, double floor, hpo_error_t *error);
void hpo__cmaes_choices_release(struct hpo_cmaes_choices *choices);

/* Begin with all categories alike and no past. */
void hpo__cmaes_choices_begin(struct hpo_cmaes_choices *choices);

/* Lean to a category by `share` of the probability, before the first generation. */
void hpo__cmaes_choices_lean(struct hpo_cmaes_choices *choices, size_t axis, uint32_t cell,
			     double share);

/* Draw a category of an axis. */
uint32_t hpo__cmaes_choices_sample(const struct hpo_cmaes_choices *choices, size_t axis,
				   hpo_rng_t *rng);

/* One generation on. */
void hpo__cmaes_choices_update(struct hpo_cmaes_choices *choices,
			       const struct hpo_cmaes_picks *ranked);

#endif
