/*
 * Ended trials from best to worst, kept in order as they are told.
 *
 * First those that completed with finite losses, by loss; then the pruned ones,
 * the longest run first, then by loss; then those that break a measured bound, by how
 * much; then those without a usable value. What has a bound is no objective below. Ties
 * go to the earlier trial. With several objectives, the completed ones are in
 * the order of how many others are better in every objective (C. M. Fonseca and
 * P. J. Fleming, "Genetic algorithms for multiobjective optimization", 1993),
 * and among equals those come first that stand best for all of them (math/subset.h).
 */
#ifndef HPO_STRATEGY_RANKS_H
#define HPO_STRATEGY_RANKS_H

#include "hpo/plugin/strategy.h"

struct hpo_rank; /* private */

struct hpo_ranks {
	struct hpo_rank *list; /* [count], best first; after hpo__ranks_order() when m > 1 */
	size_t count, capacity;
	size_t valued;    /* those that have a value: they come first */
	double *losses;   /* [count][m] by index, for several objectives */
	size_t losses_capacity;
	size_t objectives;
	int *dominated;   /* [count] by index: how many dominate it */
	size_t dominated_capacity;
};

/* Fold in the ended trial at `index`; on failure nothing has changed. */
hpo_status_t hpo__ranks_fold(struct hpo_ranks *ranks, const hpo_history_t *history, size_t index,
			     hpo_error_t *error);

/* Order the list, so that its first `good` are the best choice of that many. HPO_ENOMEM. */
hpo_status_t hpo__ranks_order(struct hpo_ranks *ranks, size_t good);

/* The index in the history of the trial at a place of the list. */
size_t hpo__ranks_at(const struct hpo_ranks *ranks, size_t place);

void hpo__ranks_release(struct hpo_ranks *ranks);

#endif
