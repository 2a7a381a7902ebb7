/*
 * Ranks of ended trials.
 */
#include "strategy/cmaes_rank.h"

#include <math.h>

/* The loss of the first goal; NaN when a loss is not finite. */
static double goal_loss(const double *losses, const double *bounds, size_t objectives)
{
	double goal = NAN;

	for (size_t j = objectives; j-- > 0;) {
		if (!isfinite(losses[j]))
			return NAN;
		if (isnan(bounds[j]))
			goal = losses[j];
	}
	return goal;
}

static double violation(const double *losses, const double *bounds, size_t objectives)
{
	double sum = 0;

	for (size_t j = 0; j < objectives; j++) {
		if (losses[j] > bounds[j])
			sum += losses[j] - bounds[j];
	}
	return sum;
}

struct hpo_cmaes_rank hpo__cmaes_rank(const hpo_history_t *history, size_t index)
{
	size_t objectives = hpo_history_objectives(history);
	const double *losses = hpo_history_losses(history) + index * objectives;
	const double *bounds = hpo_history_bounds(history);
	uint8_t state = hpo_history_states(history)[index];
	double loss = goal_loss(losses, bounds, objectives);
	double broken = violation(losses, bounds, objectives);
	struct hpo_cmaes_rank rank = { HPO_CMAES_FAILED, 0, 0 };

	if (state == HPO_TRIAL_FAILED || isnan(loss))
		return rank;
	if (broken > 0) {
		rank.grade = HPO_CMAES_INFEASIBLE;
		rank.first = broken;
		rank.second = loss;
	} else if (state == HPO_TRIAL_PRUNED) {
		rank.grade = HPO_CMAES_PRUNED;
		rank.first = -(double)hpo_history_iterations(history)[index];
		rank.second = loss;
	} else {
		rank.grade = HPO_CMAES_COMPLETED;
		rank.first = loss;
	}
	return rank;
}

int hpo__cmaes_rank_compare(const struct hpo_cmaes_rank *a, const struct hpo_cmaes_rank *b)
{
	if (a->grade != b->grade)
		return a->grade < b->grade ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->second > b->second) - (a->second < b->second);
}
