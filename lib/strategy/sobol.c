/*
 * Quasi-random search: trial number i tries point i + 1 of a Sobol sequence
 * that is scrambled with the study's seed.
 *
 * I. M. Sobol', "On the distribution of points in a cube and the approximate
 * evaluation of integrals" (1967); A. B. Owen, "Randomly permuted (t,m,s)-nets"
 * (1995). It covers the space more evenly than random search. The number of
 * the trial is all it needs, so workers never meet.
 */
#include "hpo/plugin/strategy.h"
#include "math/sobol.h"
#include "strategy/registry.h"

struct sobol_state {
	size_t dims; /* d, at least 1 */
};

static hpo_status_t sobol_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct sobol_state *s = state;

	(void)error;
	s->dims = hpo_space_dims(space);
	return HPO_OK;
}

static hpo_status_t sobol_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				  hpo_proposal_t *out, hpo_error_t *error)
{
	const struct sobol_state *s = state;
	uint64_t index = (uint64_t)out->number + 1;

	(void)history;
	(void)error;
	for (size_t i = 0; i < s->dims; i++)
		out->point[i] = out->attempt == 0 ? hpo__sobol(index, i, out->seed)
						  : hpo_rng_uniform(rng);
	if (out->attempt > 0)
		out->arm = "random"; /* its own point was a repeat or breaks a constraint */
	return HPO_OK;
}

const hpo_strategy_ops_t hpo__strategy_sobol = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "sobol",
	.state_size = sizeof(struct sobol_state),
	.init = sobol_init,
	.suggest = sobol_suggest,
};
