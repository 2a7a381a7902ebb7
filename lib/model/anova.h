/*
 * What each axis, and each pair of axes, explains of the variance of a forest:
 * the functional analysis of variance, exact for every tree.
 *
 * F. Hutter, H. H. Hoos and K. Leyton-Brown, "An efficient approach for assessing
 * hyperparameter importance", ICML (2014).
 *
 * Points are drawn as random search draws them: uniformly, axis by axis. Which
 * axes are active depends on those that others depend on, so the space is given
 * as scenarios: in each, these are pinned to one value, and it is known which
 * axes are active; those that are not pinned are uniform and independent.
 */
#ifndef HPO_MODEL_ANOVA_H
#define HPO_MODEL_ANOVA_H

#include "model/forest.h"

/* The values of an axis that is not a category: where there are none, a continuum. */
struct hpo_anova_axis {
	size_t count;
	const double *centres; /* [count], ascending */
	const double *weights; /* [count], which sum to 1 */
};

struct hpo_anova_scenarios {
	size_t count;
	const double *weights; /* [count], which sum to 1 */
	const double *pinned;  /* [count][d]: the coordinate of an axis that is pinned, else NaN */
	const uint8_t *active; /* [count][d] */
};

/* A pair of axes, first < second. */
struct hpo_anova_pair {
	size_t first, second;
	double share;
};

/*
 * Of one axis j: the variance of E[f | x_j] where it is active, times how often it
 * is; of a pair, what its two-dimensional mean has beyond the sum of both. Shares are
 * of the whole variance, means over the trees that have any.
 */
struct hpo_anova {
	double *shares;	    /* [d] */
	double *deviations; /* [d]: of the shares, over trees */
	struct hpo_anova_pair *pairs; /* [pair_count], whose axes the caller sets */
	size_t pair_count;
	size_t trees;	    /* that have variance; 0: all of the above are 0 */
};

/* Analyse a fitted forest. axes [d]. */
hpo_status_t hpo__anova(const struct hpo_forest *forest, const struct hpo_anova_axis *axes,
			const struct hpo_anova_scenarios *scenarios, struct hpo_anova *out,
			hpo_error_t *error);

#endif
