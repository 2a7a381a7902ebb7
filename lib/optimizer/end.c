/*
 * Reports of a trial, and its end: told, pruned, failed, or put back.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "base/number.h"
#include "os/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double hpo__trial_elapsed(const hpo_trial_t *trial)
{
	return trial->earlier_s + hpo__clock_monotonic() - trial->started;
}

/* "counted from 1" for a task that does not say which iteration it is at. */
static int64_t next_iteration(const struct hpo_metrics *metrics, const char *metric)
{
	for (size_t i = 0; i < metrics->count; i++) {
		if (strcmp(metrics->list[i].key, metric) == 0)
			return metrics->list[i].last_iteration + 1;
	}
	return 1;
}

/* Tell the pruner, if this report is one of the first objective. The lock is held. */
static hpo_status_t feed_pruner(hpo_trial_t *trial, const char *metric, double value,
				int64_t iteration, hpo_error_t *error)
{
	hpo_optimizer_t *opt = trial->optimizer;
	const struct hpo_objective_spec *objective = &opt->study->objectives.list[0];
	const struct hpo_metric *match = NULL;
	double loss;

	if (hpo__metrics_match(&trial->metrics, objective, &match, NULL) < 0 || match == NULL ||
	    strcmp(match->key, metric) != 0)
		return HPO_OK;
	trial->iteration = iteration;
	if (opt->pruner == NULL || trial->verdict.stop)
		return HPO_OK;
	loss = hpo__objective_loss(objective, value);
	if (!isfinite(loss))
		return opt->pruner->diverge(opt->pruner_state, trial->number, iteration, loss,
					    error);
	return opt->pruner->observe(opt->pruner_state, trial->number, iteration, loss, error);
}

static hpo_status_t note_report(hpo_trial_t *trial, const char *metric, int64_t iteration,
				double value, hpo_error_t *error)
{
	hpo_optimizer_t *opt = trial->optimizer;
	hpo_status_t status;

	if (trial->ended)
		return hpo__fail(error, HPO_EINVAL, "trial %lld has ended; it takes no report",
				 (long long)trial->number);
	hpo__lock_take(&opt->lock);
	if (iteration < 0)
		iteration = next_iteration(&trial->metrics, metric);
	status = hpo__metrics_note(&trial->metrics, metric, iteration, value, NULL);
	if (status >= 0)
		status = hpo__reports_add(opt, trial, metric, iteration, value);
	if (status < 0)
		hpo__fail_memory(error);
	else
		status = feed_pruner(trial, metric, value, iteration, error);
	hpo__lock_drop(&opt->lock);
	return status < 0 ? status : hpo__reports_flush_if_due(opt, error);
}

hpo_status_t hpo_trial_report_metric(hpo_trial_t *trial, const char *metric, int64_t iteration,
				     double value, hpo_error_t *error)
{
	hpo__error_clear(error);
	if (*metric == '\0')
		return hpo__fail(error, HPO_EINVAL, "a metric needs a name");
	return note_report(trial, metric, iteration, value, error);
}

hpo_status_t hpo_trial_report(hpo_trial_t *trial, int64_t iteration, double value,
			      hpo_error_t *error)
{
	hpo__error_clear(error);
	if (iteration < 0)
		return hpo__fail(error, HPO_EINVAL, "iteration %lld is below 0",
				 (long long)iteration);
	return note_report(trial, trial->optimizer->study->objectives.list[0].key, iteration, value,
			   error);
}

enum hpo_cause hpo__trial_cause(hpo_trial_t *trial)
{
	hpo_optimizer_t *opt = trial->optimizer;
	const hpo_limits_t *limits = &opt->study->limits;
	enum hpo_cause cause = HPO__CAUSE_NONE;

	hpo__lock_take(&opt->lock);
	if (limits->max_iterations > 0 && trial->iteration >= limits->max_iterations)
		cause = HPO__CAUSE_ITERATIONS;
	else if (limits->trial_minutes > 0 &&
		 hpo__trial_elapsed(trial) >= 60.0 * limits->trial_minutes)
		cause = HPO__CAUSE_TIME;
	else if (atomic_load(&opt->stopping) || opt->stopped_in_store)
		cause = HPO__CAUSE_STOP;
	else if (opt->pruner != NULL && !trial->verdict.stop &&
		 opt->pruner->judge(opt->pruner_state, trial->number, &trial->verdict, NULL) < 0)
		memset(&trial->verdict, 0, sizeof trial->verdict);
	if (cause == HPO__CAUSE_NONE && trial->verdict.stop)
		cause = HPO__CAUSE_PRUNED;
	if (cause == HPO__CAUSE_NONE && (size_t)trial->number < opt->entry_count &&
	    opt->entries[trial->number].stopping)
		cause = HPO__CAUSE_ASKED;
	hpo__lock_drop(&opt->lock);
	return cause;
}

int hpo_trial_should_stop(hpo_trial_t *trial)
{
	return !trial->ended && hpo__trial_cause(trial) != HPO__CAUSE_NONE;
}

/* The attributes as a JSON object; NULL for none, or when memory is out (*failed). */
static char *write_attributes(const hpo_trial_t *trial, bool *failed)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	char *json;

	*failed = false;
	if (trial->attribute_count == 0)
		return NULL;
	hpo__buffer_char(&text, '{');
	for (size_t i = 0; i < trial->attribute_count; i++) {
		if (i > 0)
			hpo__buffer_char(&text, ',');
		hpo__buffer_json_text(&text, trial->attributes[i].key);
		hpo__buffer_char(&text, ':');
		hpo__buffer_text(&text, trial->attributes[i].json);
	}
	hpo__buffer_char(&text, '}');
	json = hpo__buffer_take(&text);
	*failed = json == NULL;
	return json;
}

static char *write_values(const double *values, size_t count)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__buffer_char(&text, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			hpo__buffer_char(&text, ',');
		hpo__buffer_json_real(&text, values[i]);
	}
	hpo__buffer_char(&text, ']');
	return hpo__buffer_take(&text);
}

hpo_status_t hpo__trial_finish(hpo_trial_t *trial, hpo_trial_state_t state, const double *values,
			       const char *reason, bool failed, hpo_error_t *error)
{
	hpo_optimizer_t *opt = trial->optimizer;
	bool without_memory = false;
	char *values_json = values != NULL ? write_values(values, opt->objectives) : NULL;
	char *attributes = write_attributes(trial, &without_memory);
	hpo_finish_row_t row = {
		.number = trial->number,
		.epoch = trial->epoch,
		.state = state,
		.failed = failed,
		.paused = trial->pausing,
		.iteration = trial->iteration,
		.compute_s = hpo__trial_elapsed(trial),
		.values = values_json,
		.reason = reason,
		.attributes = attributes,
	};
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	void *store;
	int late = 0;

	if (without_memory || (values != NULL && values_json == NULL)) {
		status = hpo__fail_memory(error);
		goto done;
	}
	status = hpo__reports_flush(opt, error);
	if (status < 0)
		goto done;

	ops = hpo__store_lock(opt->store, &store);
	status = ops->finish(store, opt->study_id, &row, &late, error);
	hpo__store_unlock(opt->store);
	if (status < 0)
		goto done;

	trial->ended = true;
	if (late)
		hpo__log(&opt->log, HPO_LOG_WARNING,
			 "trial %lld had been given to another process; its result is kept as late",
			 (long long)trial->number);
done:
	hpo__free(attributes);
	hpo__free(values_json);
	return status;
}

/* An attempt that failed by itself is tried again while its retries last. */
hpo_status_t hpo__trial_failed(hpo_trial_t *trial, const char *reason, hpo_error_t *error)
{
	const bool again = trial->failures < trial->optimizer->study->limits.retries;

	return hpo__trial_finish(trial, again ? HPO_TRIAL_WAITING : HPO_TRIAL_FAILED, NULL, reason,
				 true, error);
}

/* What the trial reported for each objective, NaN where there is nothing. HPO_EINVAL: two fit. */
static hpo_status_t reported_values(hpo_trial_t *trial, double *values, const char **missing,
				    hpo_error_t *error)
{
	const struct hpo_objectives *objectives = &trial->optimizer->study->objectives;
	hpo_status_t status = HPO_OK;

	*missing = NULL;
	hpo__lock_take(&trial->optimizer->lock);
	for (size_t j = 0; j < objectives->count && status >= 0; j++) {
		const struct hpo_metric *metric = NULL;

		status = hpo__metrics_match(&trial->metrics, &objectives->list[j], &metric, error);
		values[j] = metric == NULL ? (double)NAN
					   : hpo__metric_value(metric, &objectives->list[j]);
		if (metric == NULL && *missing == NULL)
			*missing = objectives->list[j].key;
	}
	hpo__lock_drop(&trial->optimizer->lock);
	return status;
}

/* "it reported a, b" for the sentence about a missing objective. */
static void list_metrics(hpo_trial_t *trial, struct hpo_buffer *out)
{
	hpo__lock_take(&trial->optimizer->lock);
	for (size_t i = 0; i < trial->metrics.count; i++)
		hpo__buffer_format(out, "%s'%s'", i == 0 ? "; it reported " : ", ",
				   trial->metrics.list[i].key);
	hpo__lock_drop(&trial->optimizer->lock);
}

static hpo_status_t fail_for_missing(hpo_trial_t *trial, const char *missing, hpo_error_t *error)
{
	struct hpo_buffer reason = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_format(&reason, "it ended without reporting '%s'", missing);
	list_metrics(trial, &reason);
	status = reason.failed ? hpo__fail_memory(error)
			       : hpo__trial_failed(trial, reason.text, error);
	hpo__buffer_release(&reason);
	return status;
}

/* Complete it, or fail it for the first value that is not finite. */
static hpo_status_t complete(hpo_trial_t *trial, const double *values, hpo_error_t *error)
{
	const struct hpo_objectives *objectives = &trial->optimizer->study->objectives;
	char number[HPO__NUMBER_SIZE];
	char reason[320];

	for (size_t j = 0; j < objectives->count; j++) {
		if (isfinite(values[j]))
			continue;
		hpo__format_real(values[j], number);
		snprintf(reason, sizeof reason, "'%.200s' is %s, not a finite value",
			 objectives->list[j].key, number);
		return hpo__trial_failed(trial, reason, error);
	}
	return hpo__trial_finish(trial, HPO_TRIAL_COMPLETED, values, NULL, false, error);
}

hpo_status_t hpo__trial_end_reported(hpo_trial_t *trial, hpo_error_t *error)
{
	double *values = hpo__calloc(trial->optimizer->objectives, sizeof *values);
	hpo_error_t ambiguous = {0, ""};
	const char *missing;
	hpo_status_t status;

	if (values == NULL)
		return hpo__fail_memory(error);
	if (reported_values(trial, values, &missing, &ambiguous) < 0)
		status = hpo__trial_failed(trial, ambiguous.message, error);
	else if (missing != NULL)
		status = fail_for_missing(trial, missing, error);
	else
		status = complete(trial, values, error);
	hpo__free(values);
	return status;
}

hpo_status_t hpo_trial_tell(hpo_trial_t *trial, const double *values, size_t count,
			    hpo_error_t *error)
{
	hpo__error_clear(error);
	if (trial->ended)
		return hpo__fail(error, HPO_EINVAL, "trial %lld has ended already",
				 (long long)trial->number);
	if (count != trial->optimizer->objectives)
		return hpo__fail(error, HPO_EINVAL,
				 "trial %lld: %zu values were told, the study has %zu objectives",
				 (long long)trial->number, count, trial->optimizer->objectives);
	return complete(trial, values, error);
}

/* It never reported. What was stopped by hand is not tried again. */
static hpo_status_t end_unreported(hpo_trial_t *trial, bool asked, hpo_error_t *error)
{
	if (asked)
		return hpo__trial_finish(trial, HPO_TRIAL_FAILED, NULL,
					 "stopped by hand before its first report", true, error);
	return hpo__trial_failed(trial, "it was stopped before its first report", error);
}

/* Pruned with the value that decided; the other objectives as last reported. */
static hpo_status_t end_pruned(hpo_trial_t *trial, bool asked, hpo_error_t *error)
{
	hpo_optimizer_t *opt = trial->optimizer;
	double *values = hpo__calloc(opt->objectives, sizeof *values);
	hpo_error_t ignored = {0, ""};
	const char *missing = NULL;
	hpo_status_t status;

	if (values == NULL)
		return hpo__fail_memory(error);
	if (trial->verdict.stop && !isfinite(trial->verdict.loss)) {
		/* Not tried again: what diverged would diverge again. */
		status = hpo__trial_finish(trial, HPO_TRIAL_FAILED, NULL, trial->verdict.reason,
					   true, error);
		goto done;
	}
	if (reported_values(trial, values, &missing, &ignored) < 0 || isnan(values[0])) {
		status = end_unreported(trial, asked, error);
		goto done;
	}
	if (trial->verdict.stop) {
		values[0] = hpo__objective_value(&opt->study->objectives.list[0],
						 trial->verdict.loss);
		trial->iteration = trial->verdict.iteration;
	}
	trial->pausing = trial->verdict.stop && trial->verdict.pause && trial->checkpoint != NULL;
	status = hpo__trial_finish(trial, trial->pausing ? HPO_TRIAL_WAITING : HPO_TRIAL_PRUNED,
				   values,
				   trial->verdict.stop ? trial->verdict.reason
				   : asked	       ? "stopped by hand"
						       : "stopped early",
				   false, error);
done:
	hpo__free(values);
	return status;
}

hpo_status_t hpo__trial_end_early(hpo_trial_t *trial, enum hpo_cause cause, hpo_error_t *error)
{
	const double minutes = trial->optimizer->study->limits.trial_minutes;
	char reason[96];

	switch (cause) {
	case HPO__CAUSE_ITERATIONS:
		return hpo__trial_end_reported(trial, error);
	case HPO__CAUSE_TIME:
		snprintf(reason, sizeof reason, "time limit: it ran longer than %g minutes", minutes);
		return hpo__trial_finish(trial, HPO_TRIAL_FAILED, NULL, reason, true, error);
	case HPO__CAUSE_STOP:
		return hpo__trial_finish(trial, HPO_TRIAL_WAITING, NULL, "interrupted", false,
					 error);
	case HPO__CAUSE_NONE:
	case HPO__CAUSE_PRUNED:
	case HPO__CAUSE_ASKED:
		break;
	}
	return end_pruned(trial, cause == HPO__CAUSE_ASKED, error);
}

hpo_status_t hpo_trial_prune(hpo_trial_t *trial, hpo_error_t *error)
{
	enum hpo_cause cause;

	hpo__error_clear(error);
	if (trial->ended)
		return hpo__fail(error, HPO_EINVAL, "trial %lld has ended already",
				 (long long)trial->number);
	cause = hpo__trial_cause(trial);
	/* Only iterations that are done change what "stop it" means; a wish to prune is one. */
	if (cause != HPO__CAUSE_ITERATIONS && cause != HPO__CAUSE_ASKED)
		cause = HPO__CAUSE_PRUNED;
	return hpo__trial_end_early(trial, cause, error);
}

hpo_status_t hpo_trial_fail(hpo_trial_t *trial, const char *reason, hpo_error_t *error)
{
	hpo__error_clear(error);
	if (trial->ended)
		return hpo__fail(error, HPO_EINVAL, "trial %lld has ended already",
				 (long long)trial->number);
	return hpo__trial_failed(trial, reason, error);
}
