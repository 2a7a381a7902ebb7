/*
 * Patience: a trial stops when its best has not improved for so many reports,
 * and, where another pruner is named beside it, when that one wants it too.
 *
 * L. Prechelt, "Early stopping - but when?", in: Neural Networks: Tricks of the
 * Trade (1998), the criterion UP with strips of one report; around another rule
 * as in Optuna.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/number.h"
#include "base/option.h"
#include "pruner/registry.h"
#include "pruner/roster.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A running trial. Begins as a roster's item. */
struct waiting {
	int64_t trial;
	int64_t iteration; /* of the latest report */
	int64_t since;	   /* reports since the best improved by more than min_delta */
	double loss;	   /* the latest report's */
	double best;
};

struct patient_state {
	hpo_fidelity_t fidelity;
	int64_t patience;
	double min_delta;
	struct hpo_roster trials;
	const hpo_pruner_ops_t *inner; /* with its state; NULL: nobody else is asked */
	void *inner_state;
};

static const char *const inner_names[] = {
	"none", "median", "percentile", "asha", "hyperband", "threshold", "wilcoxon",
};

static const hpo_option_t patient_options[] = {
	{ "patience", HPO_OPTION_INT, 10, 1, 1e15,
	  "reports without an improvement after which a trial is stopped" },
	{ "min_delta", HPO_OPTION_FLOAT, 0, 0, 1e300,
	  "what the best must improve by, in units of the objective, to count" },
	{ "inner", HPO_OPTION_CHOICE, 0, 0, 6,
	  "none|median|percentile|asha|hyperband|threshold|wilcoxon: the pruner, with its "
	  "defaults, that must agree" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t patient_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	struct patient_state *s = state;

	(void)error;
	s->fidelity = *fidelity;
	s->patience = 10;
	s->trials.item_size = sizeof(struct waiting);
	return HPO_OK;
}

static hpo_status_t make_inner(struct patient_state *s, const char *name, hpo_error_t *error)
{
	const struct hpo_json_at nothing = hpo__json_root(NULL);
	const hpo_pruner_ops_t *ops;
	hpo_settings_t *settings = NULL;
	hpo_status_t status = hpo__pruner_find(&ops, name, error);

	if (status < 0)
		return status;
	status = hpo__settings_new(&settings, ops->options, &nothing, NULL, error);
	if (status < 0)
		return status;
	s->inner_state = hpo__calloc(1, ops->state_size);
	if (s->inner_state != NULL) {
		s->inner = ops;
		status = ops->init(s->inner_state, &s->fidelity, error);
	} else {
		status = hpo__fail_memory(error);
	}
	if (status >= 0)
		status = ops->configure(s->inner_state, settings, error);
	hpo__settings_free(settings);
	return status;
}

static hpo_status_t patient_configure(void *state, const hpo_settings_t *settings,
				      hpo_error_t *error)
{
	struct patient_state *s = state;
	const int inner = (int)hpo_settings_number(settings, "inner");

	s->patience = (int64_t)hpo_settings_number(settings, "patience");
	s->min_delta = hpo_settings_number(settings, "min_delta");
	return inner > 0 ? make_inner(s, inner_names[inner], error) : HPO_OK;
}

static hpo_status_t patient_observe(void *state, int64_t trial, int64_t iteration, double loss,
				    hpo_error_t *error)
{
	struct patient_state *s = state;
	struct waiting *waiting;

	if (!isfinite(loss))
		return HPO_OK;
	waiting = hpo__roster_find(&s->trials, trial);
	if (waiting == NULL) {
		waiting = hpo__roster_add(&s->trials, trial);
		if (waiting == NULL)
			return hpo__fail_memory(error);
		waiting->best = INFINITY;
	}
	waiting->iteration = iteration;
	waiting->loss = loss;
	waiting->since++;
	if (loss < waiting->best - s->min_delta) {
		waiting->best = loss;
		waiting->since = 0;
	}
	return s->inner == NULL
		       ? HPO_OK
		       : s->inner->observe(s->inner_state, trial, iteration, loss, error);
}

static hpo_status_t patient_diverge(void *state, int64_t trial, int64_t iteration, double loss,
				    hpo_error_t *error)
{
	struct patient_state *s = state;

	return s->inner == NULL
		       ? HPO_OK
		       : s->inner->diverge(s->inner_state, trial, iteration, loss, error);
}

static hpo_status_t ask_inner(const struct patient_state *s, int64_t trial, hpo_verdict_t *verdict,
			      hpo_error_t *error)
{
	hpo_verdict_t inner = { 0 };
	char reason[sizeof verdict->reason];
	hpo_status_t status = s->inner->judge(s->inner_state, trial, &inner, error);

	if (status < 0)
		return status;
	memcpy(reason, verdict->reason, sizeof reason);
	verdict->stop = inner.stop;
	snprintf(verdict->reason, sizeof verdict->reason, "%.70s; %.80s", reason, inner.reason);
	return HPO_OK;
}

static hpo_status_t patient_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
				  hpo_error_t *error)
{
	const struct patient_state *s = state;
	const struct waiting *waiting = hpo__roster_find(&s->trials, trial);
	char best[HPO__NUMBER_SIZE];

	if (waiting == NULL || waiting->since < s->patience ||
	    waiting->iteration < s->fidelity.min_iteration)
		return HPO_OK;
	verdict->stop = 1;
	verdict->iteration = waiting->iteration;
	verdict->loss = waiting->loss;
	hpo__format_real(waiting->best, best);
	snprintf(verdict->reason, sizeof verdict->reason,
		 "%lld reports without a loss below %s", (long long)waiting->since, best);
	return s->inner == NULL ? HPO_OK : ask_inner(s, trial, verdict, error);
}

static void patient_finish(void *state, int64_t trial)
{
	struct patient_state *s = state;

	hpo__roster_remove(&s->trials, trial);
	if (s->inner != NULL)
		s->inner->finish(s->inner_state, trial);
}

static void patient_forget(void *state, int64_t trial)
{
	struct patient_state *s = state;

	hpo__roster_remove(&s->trials, trial);
	if (s->inner != NULL)
		s->inner->forget(s->inner_state, trial);
}

static void patient_release(void *state)
{
	struct patient_state *s = state;

	hpo__roster_release(&s->trials);
	if (s->inner != NULL)
		s->inner->release(s->inner_state);
	hpo__free(s->inner_state);
}

const hpo_pruner_ops_t hpo__pruner_patient = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "patient",
	.state_size = sizeof(struct patient_state),
	.options = patient_options,
	.init = patient_init,
	.judge = patient_judge,
	.configure = patient_configure,
	.observe = patient_observe,
	.finish = patient_finish,
	.forget = patient_forget,
	.release = patient_release,
	.diverge = patient_diverge,
};
