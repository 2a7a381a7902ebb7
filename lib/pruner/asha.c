/*
 * Asynchronous successive halving: at iterations r, r k, r k^2, … a trial goes
 * on only if it is among the best 1/k of all that came so far. Nobody waits for
 * anybody.
 *
 * L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, M. Hardt, B. Recht and
 * A. Talwalkar, "A system for massively parallel hyperparameter tuning", MLSys
 * (2020), algorithm 2. That is the mode "promote": who is not among the best is
 * paused, and goes on when it is. The mode "stop" ends it, as in Syne Tune, and
 * needs nothing of the tasks.
 *
 * With the growth "pasha" two rungs are there at first; another one opens when
 * the last two rank their trials differently (growth.c). While it is closed only
 * the best trial of the last rung goes on, to the end: so a study has a whole
 * trial, which the paper trains after the search.
 */
#include "base/error.h"
#include "pruner/growth.h"
#include "pruner/ladder.h"
#include "pruner/registry.h"

struct asha_state {
	hpo_fidelity_t fidelity;
	struct hpo_ladder ladder;
	size_t most_rungs; /* of the ladder, once it has grown */
	int grows;
	struct hpo_growth growth;
};

enum { STOP = 0, PROMOTE = 1, FIXED = 0, PASHA = 1 };

static const hpo_option_t asha_options[] = {
	{ "reduction", HPO_OPTION_INT, 3, 2, 1000,
	  "one in this many trials goes on from a rung to the next" },
	{ "min_resource", HPO_OPTION_INT, 0, 0, 1e15,
	  "iterations before the first decision; 0: the study's min_iterations, at least 1" },
	{ "mode", HPO_OPTION_CHOICE, STOP, 0, PROMOTE,
	  "stop|promote: whether a trial that fails a rung ends, or is paused until it is good "
	  "enough" },
	{ "growth", HPO_OPTION_CHOICE, FIXED, 0, PASHA,
	  "fixed|pasha: whether all rungs are open, or two until their orders disagree" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

/* min_resource may begin later than the study's min_iterations, never earlier. */
static void lay_rungs(struct asha_state *s, int64_t reduction, int64_t first)
{
	if (first < s->fidelity.min_iteration)
		first = s->fidelity.min_iteration;
	hpo__ladder_lay(&s->ladder, reduction, first > 1 ? first : 1, s->fidelity.max_iteration);
	s->most_rungs = s->ladder.rung_count;
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
	struct asha_state *s = state;

	lay_rungs(s, (int64_t)hpo_settings_number(settings, "reduction"),
		  (int64_t)hpo_settings_number(settings, "min_resource"));
	s->ladder.pauses = hpo_settings_number(settings, "mode") == PROMOTE;
	if (s->ladder.pauses && !s->fidelity.resumable)
		return hpo__fail(error, HPO_EINVAL,
				 "pruner.mode: 'promote' needs tasks that go on from a checkpoint: "
				 "give task.checkpoint_dir, with the process backend");
	s->grows = hpo_settings_number(settings, "growth") == PASHA && s->most_rungs > 2;
	s->ladder.is_capped = s->grows;
	if (s->grows)
		s->ladder.rung_count = 2;
	return HPO_OK;
}

/* Open rungs while the last two disagree, for a trial that has just reached the last. */
static hpo_status_t grow(struct asha_state *s, int64_t trial, int64_t iteration, double loss,
			 hpo_error_t *error)
{
	struct hpo_climber *climber = hpo__ladder_find(&s->ladder, trial);
	hpo_status_t status = HPO_OK;

	while (status >= 0 && s->ladder.is_capped && climber->next == s->ladder.rung_count &&
	       hpo__growth_is_due(&s->growth, &s->ladder)) {
		s->ladder.rung_count++;
		s->ladder.is_capped = s->ladder.rung_count < s->most_rungs;
		hpo__ladder_decide(&s->ladder, climber);
		status = hpo__ladder_observe(&s->ladder, trial, iteration, loss, error);
	}
	return status;
}

static hpo_status_t asha_observe(void *state, int64_t trial, int64_t iteration, double loss,
				 hpo_error_t *error)
{
	struct asha_state *s = state;
	const struct hpo_climber *climber = hpo__ladder_find(&s->ladder, trial);
	const size_t before = climber != NULL ? climber->next : 0;
	hpo_status_t status = HPO_OK;

	if (s->grows)
		status = hpo__growth_observe(&s->growth, trial, iteration, loss, error);
	if (status >= 0)
		status = hpo__ladder_observe(&s->ladder, trial, iteration, loss, error);
	if (status < 0 || !s->ladder.is_capped)
		return status;
	climber = hpo__ladder_find(&s->ladder, trial);
	if (climber == NULL || climber->next == before || climber->next < s->ladder.rung_count)
		return HPO_OK;
	return grow(s, trial, iteration, loss, error);
}

static hpo_status_t asha_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
			       hpo_error_t *error)
{
	const struct asha_state *s = state;

	(void)error;
	hpo__ladder_judge(&s->ladder, trial, verdict);
	return HPO_OK;
}

static int64_t asha_promote(void *state, const int64_t *paused, size_t count, int last)
{
	const struct asha_state *s = state;

	return s->ladder.pauses ? hpo__ladder_promote(&s->ladder, paused, count, last) : -1;
}

static void asha_resume(void *state, int64_t trial)
{
	struct asha_state *s = state;

	hpo__ladder_resume(&s->ladder, trial);
}

static void asha_forget(void *state, int64_t trial)
{
	struct asha_state *s = state;

	hpo__ladder_forget(&s->ladder, trial);
	hpo__growth_forget(&s->growth, trial);
}

static void asha_release(void *state)
{
	struct asha_state *s = state;

	hpo__ladder_release(&s->ladder);
	hpo__growth_release(&s->growth);
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
	.promote = asha_promote,
	.resume = asha_resume,
};
