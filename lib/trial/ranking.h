/*
 * Which trials are best: by loss for one objective, by Pareto front for several,
 * feasible (all bounds kept) before infeasible, ties by number.
 */
#ifndef HPO_TRIAL_RANKING_H
#define HPO_TRIAL_RANKING_H

#include "trial/objective.h"

/*
 * Rank n trials by losses [n][m] (the bounded objectives count for feasibility
 * only). Rows with a NaN come last. order[n] is filled with indices, best
 * first; front[n] (may be NULL) with the front of each trial, from 0.
 */
hpo_status_t hpo__rank(const struct hpo_objectives *objectives, const double *losses, size_t n,
		       size_t *order, uint32_t *front);

/* Whether losses [m], none of them NaN, keep every measured bound. */
bool hpo__rank_keeps_bounds(const struct hpo_objectives *objectives, const double *losses);

#endif
