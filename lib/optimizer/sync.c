/*
 * Learning what changed in the store since it was last looked at.
 *
 * Each look costs one cheap question; only trials that changed are read. Ended
 * ones are folded in the order in which they were told, which is the order
 * that every process sees.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "trial/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How often a process says that it lives, and looks whether others still do. */
static const double beat_s = 5.0;
static const double reap_s = 0.5;

/* Rows that were read, to be folded after the store was let go. Strings share one block. */
struct batch {
	hpo_trial_row_t *rows; /* [count] */
	size_t count, capacity;
	hpo_report_row_t *reports; /* [report_count], metrics are copies */
	size_t report_count, report_capacity;
	bool redefined;      /* somebody set the limits: */
	hpo_limits_t limits;
};

static const char *copy_text(const char *text, hpo_status_t *status)
{
	char *copy = hpo__strdup(text);

	if (text != NULL && copy == NULL)
		*status = HPO_ENOMEM;
	return copy;
}

static hpo_status_t keep_row(const hpo_trial_row_t *row, void *user)
{
	struct batch *batch = user;
	hpo_status_t status = HPO_OK;
	hpo_trial_row_t *grown;

	grown = hpo__grow(batch->rows, &batch->capacity, batch->count + 1, sizeof *grown);
	if (grown == NULL)
		return HPO_ENOMEM;
	batch->rows = grown;

	grown += batch->count++;
	*grown = *row;
	grown->params = copy_text(row->params, &status);
	grown->values = copy_text(row->values, &status);
	grown->arm = copy_text(row->arm, &status);
	grown->reason = grown->task = grown->checkpoint = grown->attributes = NULL;
	grown->ran_by = grown->proposal = NULL;
	return status;
}

static hpo_status_t keep_report(const hpo_report_row_t *row, void *user)
{
	struct batch *batch = user;
	hpo_status_t status = HPO_OK;
	hpo_report_row_t *grown;

	grown = hpo__grow(batch->reports, &batch->report_capacity, batch->report_count + 1,
			  sizeof *grown);
	if (grown == NULL)
		return HPO_ENOMEM;
	batch->reports = grown;
	grown += batch->report_count++;
	*grown = *row;
	grown->metric = copy_text(row->metric, &status);
	return status;
}

static void release_batch(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		hpo__free((char *)batch->rows[i].params);
		hpo__free((char *)batch->rows[i].values);
		hpo__free((char *)batch->rows[i].arm);
	}
	for (size_t i = 0; i < batch->report_count; i++)
		hpo__free((char *)batch->reports[i].metric);
	hpo__free(batch->rows);
	hpo__free(batch->reports);
}

/* Trials that were not told first, by revision; then the others as they were told. */
static int compare_rows(const void *left, const void *right)
{
	const hpo_trial_row_t *a = left;
	const hpo_trial_row_t *b = right;

	if (a->told != b->told)
		return a->told < b->told ? -1 : 1;
	return (a->revision > b->revision) - (a->revision < b->revision);
}

/* Whether a report of the store feeds the first objective; its own process checked ambiguity. */
static bool feeds_objective(const struct hpo_objective_spec *objective, const char *metric)
{
	const char *slash = strrchr(metric, '/');

	if (strcmp(metric, objective->key) == 0 || strcmp(metric, objective->series) == 0)
		return true;
	return objective->title == NULL && slash != NULL &&
	       strcmp(slash + 1, objective->series) == 0;
}

/* Reports of other processes and earlier runs; our own went to the pruner as they came. */
static hpo_status_t fold_report(hpo_optimizer_t *opt, const hpo_report_row_t *row,
				hpo_error_t *error)
{
	const struct hpo_objective_spec *objective = &opt->study->objectives.list[0];
	const struct hpo_entry *entry;
	double loss;

	if (row->trial < 0 || (size_t)row->trial >= opt->entry_count)
		return HPO_OK;
	entry = &opt->entries[row->trial];
	if (entry->observed == row->attempt + 1 || entry->attempt != row->attempt ||
	    !feeds_objective(objective, row->metric))
		return HPO_OK;
	loss = hpo__objective_loss(objective, row->value);
	if (!isfinite(loss))
		return HPO_OK;
	return opt->pruner->observe(opt->pruner_state, row->trial, row->iteration, loss, error);
}

static hpo_status_t fold_batch(hpo_optimizer_t *opt, struct batch *batch, hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;

	if (batch->count > 1)
		qsort(batch->rows, batch->count, sizeof *batch->rows, compare_rows);
	for (size_t i = 0; i < batch->count && status >= 0; i++)
		status = hpo__fold_row(opt, &batch->rows[i], error);
	for (size_t i = 0; i < batch->report_count && status >= 0; i++)
		status = fold_report(opt, &batch->reports[i], error);
	/* A curve is whole when its reports are in: those of earlier runs come with this batch. */
	for (size_t i = 0; i < batch->count && status >= 0 && opt->pruner != NULL; i++) {
		if (batch->rows[i].state == HPO_TRIAL_COMPLETED)
			opt->pruner->finish(opt->pruner_state, batch->rows[i].number);
	}
	return status;
}

/*
 * A new definition of the study. Only limits that were set for all its drivers are taken, which
 * are also its attribute "limits": another process may have opened it with limits of its own.
 */
static hpo_status_t keep_limits(const hpo_study_row_t *row, void *user)
{
	struct batch *batch = user;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct hpo_buffer set = HPO__BUFFER_INIT;
	struct hpo_study *study = NULL;
	hpo_json_t *attributes = NULL;
	hpo_status_t status;

	if (row->attributes == NULL)
		return HPO_OK;
	status = hpo__json_parse(&attributes, row->attributes, strlen(row->attributes),
				 "attributes", NULL);
	if (status >= 0)
		status = hpo__study_parse(&study, row->definition, NULL);
	if (status >= 0) {
		hpo__limits_write(&study->limits, &text);
		hpo__json_write(hpo__json_get(attributes, "limits"), &set);
		status = text.failed || set.failed ? HPO_ENOMEM : HPO_OK;
		batch->redefined = text.text != NULL && set.text != NULL &&
				   strcmp(text.text, set.text) == 0;
		batch->limits = study->limits;
	}
	hpo__buffer_release(&set);
	hpo__buffer_release(&text);
	hpo__study_free(study);
	hpo__json_free(attributes);
	return status == HPO_ENOMEM ? status : HPO_OK; /* what cannot be read sets nothing */
}

/* Read what is new into `batch`; the store's lock is held for the whole of it. */
static hpo_status_t read_changes(hpo_optimizer_t *opt, struct batch *batch, int64_t *revision,
				 int *stopped, hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(opt->store, &state);
	hpo_status_t status;

	status = ops->revision(state, opt->study_id, revision, stopped, error);
	if (status >= 0 && *revision != opt->revision)
		status = ops->changes(state, opt->study_id, opt->revision, keep_row, batch, error);
	if (status >= 0 && *revision != opt->revision)
		status = ops->redefined(state, opt->study_id, opt->revision, keep_limits, batch,
					error);
	if (status >= 0 && opt->pruner != NULL)
		status = ops->reports_since(state, opt->study_id, opt->report_sequence, keep_report,
					    batch, error);
	hpo__store_unlock(opt->store);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

/* The syncing lock is held. */
static hpo_status_t sync_changes(hpo_optimizer_t *opt, hpo_error_t *error)
{
	struct batch batch = {0};
	int64_t revision = opt->revision;
	int stopped = 0;
	hpo_status_t status;

	status = read_changes(opt, &batch, &revision, &stopped, error);
	if (status < 0)
		goto done;

	hpo__lock_take(&opt->lock);
	opt->stopped_in_store = stopped != 0;
	if (batch.redefined) {
		opt->redefined = true;
		opt->limits = batch.limits;
	}
	status = batch.count + batch.report_count > 0 ? fold_batch(opt, &batch, error) : HPO_OK;
	hpo__lock_drop(&opt->lock);
	if (status < 0)
		goto done;

	/* A row may be newer than the revision that was read before it. */
	for (size_t i = 0; i < batch.count; i++)
		revision = batch.rows[i].revision > revision ? batch.rows[i].revision : revision;
	opt->revision = revision;
	if (batch.report_count > 0)
		opt->report_sequence = batch.reports[batch.report_count - 1].sequence;
done:
	release_batch(&batch);
	return status;
}

bool hpo__optimizer_take_limits(hpo_optimizer_t *opt)
{
	bool taken;

	hpo__lock_take(&opt->lock);
	taken = opt->redefined;
	if (taken && opt->study->limits.minutes != opt->limits.minutes)
		opt->run_minutes = opt->limits.minutes;
	if (taken) {
		opt->study->limits = opt->limits;
		hpo__limits_begin(opt);
	}
	opt->redefined = false;
	hpo__lock_drop(&opt->lock);
	return taken;
}

hpo_status_t hpo__optimizer_sync(hpo_optimizer_t *opt, hpo_error_t *error)
{
	hpo_status_t status;

	hpo__lock_take(&opt->syncing);
	status = sync_changes(opt, error);
	hpo__lock_drop(&opt->syncing);
	return status;
}

/* The syncing lock is held. */
static hpo_status_t attend(hpo_optimizer_t *opt, hpo_error_t *error)
{
	const double now = hpo__clock_monotonic();
	hpo_status_t status = HPO_OK;
	const hpo_store_ops_t *ops;
	int64_t reaped = 0;
	void *state;

	ops = hpo__store_lock(opt->store, &state);
	if (opt->worker == 0) {
		status = ops->join(state, opt->study_id, &opt->worker, error);
		opt->next_beat = now + beat_s;
	}
	if (status >= 0 && now >= opt->next_beat) {
		opt->next_beat = now + beat_s;
		status = ops->beat(state, opt->worker, error);
	}
	if (status >= 0 && now >= opt->next_reap) {
		opt->next_reap = now + reap_s;
		status = ops->reap(state, opt->study_id, opt->worker, &reaped, error);
	}
	hpo__store_unlock(opt->store);

	if (reaped > 0)
		hpo__log(&opt->log, HPO_LOG_WARNING,
			 "study '%s': %lld trials of a process that is gone wait again",
			 opt->study->name, (long long)reaped);
	return status;
}

hpo_status_t hpo__optimizer_attend(hpo_optimizer_t *opt, hpo_error_t *error)
{
	const double now = hpo__clock_monotonic();
	hpo_status_t status = HPO_OK;

	hpo__lock_take(&opt->syncing);
	if (opt->worker == 0 || now >= opt->next_beat || now >= opt->next_reap)
		status = attend(opt, error);
	hpo__lock_drop(&opt->syncing);
	return status;
}

int64_t hpo__optimizer_elsewhere(hpo_optimizer_t *opt)
{
	int64_t count = 0;

	hpo__lock_take(&opt->lock);
	if (opt->counts[HPO_TRIAL_RUNNING] > 0) {
		for (size_t i = 0; i < opt->entry_count; i++)
			count += opt->entries[i].elsewhere;
	}
	hpo__lock_drop(&opt->lock);
	return count;
}
