/*
 * No pruning: every trial runs to its end.
 */
#include "pruner/registry.h"

static hpo_status_t none_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	(void)state;
	(void)fidelity;
	(void)error;
	return HPO_OK;
}

static hpo_status_t none_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
			       hpo_error_t *error)
{
	(void)state;
	(void)trial;
	(void)error;
	verdict->stop = 0;
	return HPO_OK;
}

const hpo_pruner_ops_t hpo__pruner_none = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "none",
	.state_size = 0,
	.init = none_init,
	.judge = none_judge,
};
