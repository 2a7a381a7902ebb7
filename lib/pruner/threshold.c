/*
 * Bounds: a trial stops when a value that it reports is outside of what a sound
 * training can give, and fails when that is no number at all.
 *
 * There is nothing to cite: it is the rule of thumb of whoever watches a loss
 * diverge. Bounds are on the values of the objective as reported, whichever way
 * it is to go.
 */
#include "base/error.h"
#include "base/number.h"
#include "pruner/registry.h"
#include "pruner/roster.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* The report that a trial is judged by. Begins as a roster's item. */
struct latest {
	int64_t trial;
	int64_t iteration;
	double loss;
	int is_outside; /* at this iteration or, once it counted, before */
};

struct threshold_state {
	hpo_fidelity_t fidelity;
	double lower, upper;
	int64_t warmup;
	struct hpo_roster latest;
};

static const hpo_option_t threshold_options[] = {
	{ "lower", HPO_OPTION_FLOAT, -DBL_MAX, -DBL_MAX, DBL_MAX,
	  "the least value of the objective that is sound; not given: any" },
	{ "upper", HPO_OPTION_FLOAT, DBL_MAX, -DBL_MAX, DBL_MAX,
	  "the greatest value of the objective that is sound; not given: any" },
	{ "warmup", HPO_OPTION_INT, 0, 0, 1e15, "iterations during which no trial is stopped" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t threshold_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	struct threshold_state *s = state;

	(void)error;
	s->fidelity = *fidelity;
	s->lower = -DBL_MAX;
	s->upper = DBL_MAX;
	s->latest.item_size = sizeof(struct latest);
	return HPO_OK;
}

static hpo_status_t threshold_configure(void *state, const hpo_settings_t *settings,
					hpo_error_t *error)
{
	struct threshold_state *s = state;

	s->lower = hpo_settings_number(settings, "lower");
	s->upper = hpo_settings_number(settings, "upper");
	s->warmup = (int64_t)hpo_settings_number(settings, "warmup");
	if (s->lower > s->upper)
		return hpo__fail(error, HPO_EINVAL, "pruner.lower: %g is above upper, %g", s->lower,
				 s->upper);
	return HPO_OK;
}

static double value_of(const struct threshold_state *s, double loss)
{
	return s->fidelity.maximize ? -loss : loss;
}

static hpo_status_t note(struct threshold_state *s, const struct latest *report,
			 hpo_error_t *error)
{
	struct latest *latest = hpo__roster_add(&s->latest, report->trial);

	if (latest == NULL)
		return hpo__fail_memory(error);
	if (!latest->is_outside)
		*latest = *report;
	return HPO_OK;
}

static hpo_status_t threshold_observe(void *state, int64_t trial, int64_t iteration, double loss,
				      hpo_error_t *error)
{
	struct threshold_state *s = state;
	const double value = value_of(s, loss);
	struct latest report = { trial, iteration, loss, 0 };

	if (!isfinite(loss))
		return HPO_OK;
	report.is_outside = iteration >= s->warmup && iteration >= s->fidelity.min_iteration &&
			    (value < s->lower || value > s->upper);
	return note(s, &report, error);
}

/* What is not a number gets no better by waiting: no warm-up for it. */
static hpo_status_t threshold_diverge(void *state, int64_t trial, int64_t iteration, double loss,
				      hpo_error_t *error)
{
	const struct latest report = { trial, iteration, loss, 1 };

	return note(state, &report, error);
}

static hpo_status_t threshold_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
				    hpo_error_t *error)
{
	const struct threshold_state *s = state;
	const struct latest *latest = hpo__roster_find(&s->latest, trial);
	char value[HPO__NUMBER_SIZE];
	char bound[HPO__NUMBER_SIZE];
	int is_low;

	(void)error;
	if (latest == NULL || !latest->is_outside)
		return HPO_OK;
	verdict->stop = 1;
	verdict->iteration = latest->iteration;
	verdict->loss = latest->loss;
	hpo__format_real(value_of(s, latest->loss), value);
	if (!isfinite(latest->loss)) {
		snprintf(verdict->reason, sizeof verdict->reason,
			 "iteration %lld: %s is not a finite value", (long long)latest->iteration,
			 value);
		return HPO_OK;
	}
	is_low = value_of(s, latest->loss) < s->lower;
	hpo__format_real(is_low ? s->lower : s->upper, bound);
	snprintf(verdict->reason, sizeof verdict->reason, "iteration %lld: %s is %s %s",
		 (long long)latest->iteration, value, is_low ? "below" : "above", bound);
	return HPO_OK;
}

static void threshold_forget(void *state, int64_t trial)
{
	struct threshold_state *s = state;

	hpo__roster_remove(&s->latest, trial);
}

static void threshold_release(void *state)
{
	struct threshold_state *s = state;

	hpo__roster_release(&s->latest);
}

const hpo_pruner_ops_t hpo__pruner_threshold = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "threshold",
	.state_size = sizeof(struct threshold_state),
	.options = threshold_options,
	.init = threshold_init,
	.judge = threshold_judge,
	.configure = threshold_configure,
	.observe = threshold_observe,
	.finish = threshold_forget,
	.forget = threshold_forget,
	.release = threshold_release,
	.diverge = threshold_diverge,
};
