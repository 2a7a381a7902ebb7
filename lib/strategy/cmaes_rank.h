/*
 * How an evolution strategy compares ended trials: completed ones by loss, then
 * pruned ones, the longest run first, then those that break a measured
 * constraint by how much they do, then those without a value.
 */
#ifndef HPO_STRATEGY_CMAES_RANK_H
#define HPO_STRATEGY_CMAES_RANK_H

#include "hpo/plugin/strategy.h"

enum hpo_cmaes_grade {
	HPO_CMAES_COMPLETED,
	HPO_CMAES_PRUNED,
	HPO_CMAES_INFEASIBLE,
	HPO_CMAES_FAILED
};

struct hpo_cmaes_rank {
	enum hpo_cmaes_grade grade;
	double first, second; /* smaller is better */
};

/* The rank of the ended trial at `index`, by the first goal. */
struct hpo_cmaes_rank hpo__cmaes_rank(const hpo_history_t *history, size_t index);

/* Below, equal to or above 0, as `a` is better than, as good as or worse than `b`. */
int hpo__cmaes_rank_compare(const struct hpo_cmaes_rank *a, const struct hpo_cmaes_rank *b);

#endif
