/*
 * Random search: points drawn independently and uniformly from the unit cube.
 *
 * J. Bergstra and Y. Bengio, "Random search for hyper-parameter optimization",
 * JMLR 13 (2012). It ignores the history, so it is also the baseline that the
 * other strategies are measured against.
 */
#include "hpo/plugin/strategy.h"
#include "strategy/registry.h"

struct random_state {
	size_t dims; /* d, at least 1 */
};

static hpo_status_t random_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct random_state *s = state;

	(void)error;
	s->dims = hpo_space_dims(space);
	return HPO_OK;
}

static hpo_status_t random_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				   hpo_proposal_t *out, hpo_error_t *error)
{
	const struct random_state *s = state;

	(void)history;
	(void)error;
	for (size_t i = 0; i < s->dims; i++)
		out->point[i] = hpo_rng_uniform(rng); /* the space masks what is inactive */
	return HPO_OK;
}

const hpo_strategy_ops_t hpo__strategy_random = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "random",
	.state_size = sizeof(struct random_state),
	.init = random_init,
	.suggest = random_suggest,
};
