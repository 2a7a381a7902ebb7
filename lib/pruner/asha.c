/*
 * Asynchronous successive halving, the stopping variant: at iterations r, r k,
 * r k^2, … a trial goes on only if it is among the best 1/k of all that came so
 * far. Nobody waits for anybody.
 *
 * L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, M. Hardt, B. Recht and
 * A. Talwalkar, "A system for massively parallel hyperparameter tuning", MLSys
 * (2020), algorithm 2. Stopping instead of promotion, so that no trial needs to
 * be paused: as in Syne Tune.
 */
#include "pruner/ladder.h"
#include "pruner/registry.h"

struct asha_state {
	hpo_fidelity_t fidelity;
	struct hpo_ladder ladder;
};

static const hpo_option_t asha_options[] = {
	{ "reduction", HPO_OPTION_INT, 3, 2, 1000,
	  "one in this many trials goes on from a rung to the next" },
	{ "min_resource", HPO_OPTION_INT, 0, 0, 1e15,
	  "iterations before the first decision; 0: the study's min_iterations, at least 1" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

/* min_resource may begin later than the study's min_iterations, never earlier. */
static void lay_rungs(struct asha_state *s, int64_t reduction, int64_t first)
{
	if (first < s->fidelity.min_iteration)
		first = s->fidelity.min_iteration;
	hpo__ladder_lay(&s->ladder, reduction, first > 1 ? first : 1, s->fidelity.max_iteration);
}

static hpo_status_t asha_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	struct asha_state *s = state;

	(void)error;
	s->fidelity = *fidelity;
	lay_rungs(s, 3, 0);
	return HPO_OK;
}

static hpo_status_t asha_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	(void)error;
	lay_rungs(state, (int64_t)hpo_settings_number(settings, "reduction"),
		  (int64_t)hpo_settings_number(settings, "min_resource"));
	return HPO_OK;
}

static hpo_status_t asha_observe(void *state, int64_t trial, int64_t iteration, double loss,
				 hpo_error_t *error)
{
	struct asha_state *s = state;

	return hpo__ladder_observe(&s->ladder, trial, iteration, loss, error);
}

static hpo_status_t asha_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
			       hpo_error_t *error)
{
	const struct asha_state *s = state;

	(void)error;
	hpo__ladder_judge(&s->ladder, trial, verdict);
	return HPO_OK;
}

static void asha_forget(void *state, int64_t trial)
{
	struct asha_state *s = state;

	hpo__ladder_forget(&s->ladder, trial);
}

static void asha_release(void *state)
{
	struct asha_state *s = state;

	hpo__ladder_release(&s->ladder);
}

const hpo_pruner_ops_t hpo__pruner_asha = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "asha",
	.state_size = sizeof(struct asha_state),
	.options = asha_options,
	.init = asha_init,
	.judge = asha_judge,
	.configure = asha_configure,
	.observe = asha_observe,
	.forget = asha_forget,
	.release = asha_release,
};
