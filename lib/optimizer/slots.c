/*
 * The clones of a run: each takes a slot from its start until its end is
 * recorded. Every way in which a clone can end has one outcome for its trial.
 */
#include "optimizer/driver.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>

/* How long one call to a backend may take, and when to ask again after "not now". */
enum { CALL_MS = 10000 };
static const double ask_again_s = 0.25;
/* A store that cannot record an end is tried again for so long before the run gives up. */
static const double record_again_s = 1.0;
enum { RECORD_TRIES = 10, START_TRIES = 5 };

static struct hpo_slot *free_slot(struct hpo_driver *driver)
{
	for (size_t i = 0; i < driver->width; i++) {
		if (driver->slots[i].trial == NULL)
			return &driver->slots[i];
	}
	return NULL;
}

static void clear_slot(struct hpo_driver *driver, struct hpo_slot *slot)
{
	hpo__trial_destroy(slot->trial);
	hpo__free(slot->values);
	memset(slot, 0, sizeof *slot);
	driver->live--;
}

/* Remember the clone's name, so that a later driver can find it. */
static hpo_status_t note_task(struct hpo_driver *driver, const struct hpo_slot *slot,
			      hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	const hpo_trial_row_t row = {.struct_size = sizeof row, .number = slot->trial->number,
				     .epoch = slot->trial->epoch, .task = slot->id.text};
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	void *state;

	if (driver->in_process)
		return HPO_OK;
	ops = hpo__store_lock(opt->store, &state);
	status = ops->annotate(state, opt->study_id, &row, error);
	hpo__store_unlock(opt->store);
	return status;
}

/* The clone that an earlier attempt left, if it is still good for this one. */
static hpo_status_t take_up(struct hpo_driver *driver, struct hpo_slot *slot, hpo_error_t *error)
{
	const hpo_trial_t *trial = slot->trial;

	if (trial->task == NULL && trial->attempt == 0)
		return HPO_ENOTFOUND;
	if (trial->task != NULL)
		snprintf(slot->id.text, sizeof slot->id.text, "%s", trial->task);
	return driver->ops->attach(driver->state, slot->trial, &slot->id, CALL_MS, error);
}

/*
 * Take up the clone of an earlier driver, or make a new one and let it run. Its name is noted
 * before it may run, so that a driver that dies in between is followed by one that finds it.
 */
static hpo_status_t start_clone(struct hpo_driver *driver, struct hpo_slot *slot,
				hpo_error_t *error)
{
	const hpo_backend_ops_t *ops = driver->ops;
	hpo_error_t gone = {0, ""};
	hpo_status_t status = take_up(driver, slot, &gone);

	if (status == HPO_OK)
		return note_task(driver, slot, error);
	if (status == HPO_WAIT)
		return hpo__fail(error, status, "%s", gone.message);

	memset(&slot->id, 0, sizeof slot->id);
	status = ops->clone(driver->state, slot->trial, CALL_MS, &slot->id, error);
	if (status != HPO_OK)
		return status;
	status = note_task(driver, slot, error);
	if (status >= 0)
		status = ops->enqueue(driver->state, &slot->id, CALL_MS, error);
	if (status != HPO_OK)
		ops->forget(driver->state, &slot->id);
	return status;
}

/*
 * A clone that cannot be made: the trial's own fault fails it; the backend's
 * puts it back, and ends the run when it happens again and again. What the backend talks to
 * may be away for as long as the run has time.
 */
static hpo_status_t start_failed(struct hpo_driver *driver, struct hpo_slot *slot,
				 hpo_status_t cause, const hpo_error_t *why, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	hpo_status_t status;

	if (cause == HPO_WAIT)
		hpo__log(&opt->log, HPO_LOG_INFO, "trial %lld could not be started: %s",
			 (long long)slot->trial->number, why->message);
	else
		hpo__publish_warning(driver, "trial %lld could not be started: %s",
				     (long long)slot->trial->number, why->message);
	if (cause == HPO_EINVAL)
		status = hpo__trial_finish(slot->trial, HPO_TRIAL_FAILED, NULL, why->message, true,
					   error);
	else
		status = hpo__trial_finish(slot->trial, HPO_TRIAL_WAITING, NULL, why->message,
					   false, error);
	driver->next_ask = hpo__clock_monotonic() + (cause == HPO_EINVAL ? 0.0 : 1.0);
	if (status >= 0 && cause < 0 && cause != HPO_EINVAL &&
	    ++driver->start_failures >= START_TRIES)
		status = hpo__fail(error, HPO_EBACKEND, "%d tasks in a row could not be started: %s",
				   START_TRIES, why->message);
	clear_slot(driver, slot);
	return status;
}

static hpo_status_t place(struct hpo_driver *driver, hpo_trial_t *trial, hpo_error_t *error)
{
	struct hpo_slot *slot = free_slot(driver);
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	slot->trial = trial;
	trial->slot = (int)(slot - driver->slots);
	driver->live++;
	status = start_clone(driver, slot, &why);
	if (status != HPO_OK)
		return start_failed(driver, slot, status, &why, error);
	driver->start_failures = 0;
	return HPO_OK;
}

/*
 * Nothing can be asked for: the run is over once nobody works on the study any more. Where no
 * trial has completed yet, the best of the paused ones does before.
 */
static hpo_status_t nothing_left(struct hpo_driver *driver, hpo_status_t answer, hpo_error_t *error)
{
	const struct hpo_paused_wish wish = {.last = true};
	hpo_optimizer_t *opt = driver->optimizer;
	hpo_trial_t *trial = NULL;
	char reason[HPO__GOAL_SIZE];
	hpo_status_t status;

	driver->next_ask = hpo__clock_monotonic() + ask_again_s;
	if (driver->live > 0 || hpo__optimizer_elsewhere(opt) > 0)
		return HPO_OK;
	hpo__lock_take(&opt->lock);
	memcpy(reason, opt->reason, sizeof reason);
	hpo__lock_drop(&opt->lock);
	status = hpo__limits_check(opt, error);
	if (status == HPO_OK) {
		status = hpo__paused_take(opt, &wish, &trial, error);
		if (status == HPO_OK)
			return place(driver, trial, error);
		if (status == HPO_DONE)
			status = hpo__paused_close(opt, error);
	}
	driver->over = answer;
	hpo__limits_note(opt, reason);
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__slots_fill(struct hpo_driver *driver, hpo_error_t *error)
{
	hpo_trial_t *trial;
	hpo_status_t status;

	while (driver->over == HPO_OK && driver->live < driver->target &&
	       hpo__clock_monotonic() >= driver->next_ask) {
		status = hpo__trial_ask(driver->optimizer, false, 0.0, &trial, error);
		if (status == HPO_WAIT)
			driver->next_ask = hpo__clock_monotonic() + ask_again_s;
		else if (status == HPO_OK)
			status = place(driver, trial, error);
		else if (status > 0)
			status = nothing_left(driver, status, error);
		if (status < 0)
			return status;
	}
	return HPO_OK;
}

static void on_report(void *user, size_t task, int64_t iteration, const char *metric, double value)
{
	struct hpo_driver *driver = user;
	struct hpo_slot *slot = &driver->slots[driver->slot_of[task]];
	hpo_error_t why = {0, ""};

	if (hpo_trial_report_metric(slot->trial, metric, iteration, value, &why) < 0)
		hpo__log(&driver->optimizer->log, HPO_LOG_WARNING, "trial %lld: a report of '%s': %s",
			 (long long)slot->trial->number, metric, why.message);
}

/* Without memory for its values the clone is lost, so that the trial is run again. */
static void keep_values(struct hpo_driver *driver, struct hpo_slot *slot,
			const hpo_task_status_t *status)
{
	if (status->values == NULL || status->count != driver->optimizer->objectives)
		return;
	if (slot->values == NULL)
		slot->values = hpo__calloc(status->count, sizeof *slot->values);
	if (slot->values != NULL) {
		memcpy(slot->values, status->values, status->count * sizeof *slot->values);
		return;
	}
	slot->state = HPO_TASK_LOST;
	snprintf(slot->reason, sizeof slot->reason, "out of memory for its values");
}

static void on_state(void *user, size_t task, const hpo_task_status_t *status)
{
	struct hpo_driver *driver = user;
	struct hpo_slot *slot = &driver->slots[driver->slot_of[task]];

	if (!driver->in_process && status->state == HPO_TASK_QUEUED)
		slot->trial->started = hpo__clock_monotonic();
	if (!driver->in_process && status->running_s >= 0)
		slot->trial->started = hpo__clock_monotonic() - status->running_s;
	if (status->state == HPO_TASK_QUEUED || status->state == HPO_TASK_RUNNING)
		return;
	slot->ended = true;
	slot->state = status->state;
	if (status->reason != NULL)
		snprintf(slot->reason, sizeof slot->reason, "%s", status->reason);
	keep_values(driver, slot, status);
}

hpo_status_t hpo__slots_poll(struct hpo_driver *driver, int limit_ms, hpo_error_t *error)
{
	const hpo_task_sink_t sink = {sizeof sink, driver, on_report, on_state};
	const bool was_away = driver->away_since > 0;
	hpo_status_t status;
	size_t count = 0;

	for (size_t i = 0; i < driver->width; i++) {
		if (driver->slots[i].trial == NULL || driver->slots[i].ended)
			continue;
		driver->ids[count] = driver->slots[i].id;
		driver->slot_of[count++] = i;
	}
	status = driver->ops->poll(driver->state, driver->ids, count, limit_ms, &sink, error);
	if (status != HPO_WAIT)
		driver->away_since = 0;
	else if (!was_away)
		driver->away_since = hpo__clock_monotonic();
	return status;
}

/* What the end of a clone means for its trial. */
static hpo_status_t record_end(struct hpo_slot *slot, hpo_error_t *error)
{
	hpo_trial_t *trial = slot->trial;
	enum hpo_cause cause = slot->cause;

	switch (slot->state) {
	case HPO_TASK_COMPLETED:
		if (slot->values != NULL)
			return hpo_trial_tell(trial, slot->values, trial->optimizer->objectives,
					      error);
		return hpo__trial_end_reported(trial, error);
	case HPO_TASK_PRUNED:
		if (cause == HPO__CAUSE_NONE)
			cause = hpo__trial_cause(trial);
		return hpo__trial_end_early(trial, cause, error);
	case HPO_TASK_LOST:
		return hpo__trial_finish(trial, HPO_TRIAL_WAITING, NULL,
					 slot->reason[0] != '\0' ? slot->reason : "lost", false,
					 error);
	case HPO_TASK_ABORTED:
	case HPO_TASK_FAILED:
	case HPO_TASK_QUEUED:
	case HPO_TASK_RUNNING:
		break;
	}
	if (cause != HPO__CAUSE_NONE)
		return hpo__trial_end_early(trial, cause, error);
	if (slot->state == HPO_TASK_ABORTED)
		return hpo__trial_failed(trial, "stopped from outside", error);
	return hpo__trial_failed(trial, slot->reason, error);
}

/*
 * Record the end of a clone. A store that fails is asked again for a while: a
 * result that was paid for is not given up at the first full disk.
 */
static hpo_status_t conclude(struct hpo_driver *driver, struct hpo_slot *slot, hpo_error_t *error)
{
	const int64_t number = slot->trial->number;
	const double now = hpo__clock_monotonic();
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	if (slot->failures > 0 && now < slot->retry_at)
		return HPO_OK;
	status = record_end(slot, &why);
	if (status < 0 && ++slot->failures < RECORD_TRIES) {
		slot->retry_at = now + record_again_s;
		hpo__log(&driver->optimizer->log, HPO_LOG_ERROR,
			 "trial %lld has ended, but that could not be recorded: %s; trying again",
			 (long long)number, why.message);
		return HPO_OK;
	}
	if (status < 0)
		hpo__fail(error, status, "the end of trial %lld could not be recorded: %s",
			  (long long)number, why.message);
	driver->ops->forget(driver->state, &slot->id);
	driver->next_ask = 0;
	clear_slot(driver, slot);
	return status < 0 ? status : hpo__publish_ended(driver, number, error);
}

/* Ask a clone that is over a limit to end. Threads of this process ask by themselves. */
static hpo_status_t stop_early(struct hpo_driver *driver, struct hpo_slot *slot,
			       enum hpo_cause cause)
{
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	slot->cause = cause;
	if (driver->in_process)
		return HPO_OK;
	status = driver->ops->abort(driver->state, &slot->id, CALL_MS, &why);
	if (status != HPO_OK)
		slot->cause = HPO__CAUSE_NONE; /* asked again at the next step */
	if (status < 0)
		hpo__publish_warning(driver, "trial %lld could not be stopped: %s",
				     (long long)slot->trial->number, why.message);
	return status;
}

hpo_status_t hpo__slots_settle(struct hpo_driver *driver, hpo_error_t *error)
{
	hpo_status_t status;

	for (size_t i = 0; i < driver->width; i++) {
		struct hpo_slot *slot = &driver->slots[i];
		enum hpo_cause cause;

		if (slot->trial == NULL)
			continue;
		if (slot->ended) {
			status = conclude(driver, slot, error);
			if (status < 0)
				return status;
		} else if (slot->cause == HPO__CAUSE_NONE && !driver->in_process) {
			cause = hpo__trial_cause(slot->trial);
			if (cause != HPO__CAUSE_NONE)
				stop_early(driver, slot, cause);
		}
	}
	return HPO_OK;
}

void hpo__slots_interrupt(struct hpo_driver *driver)
{
	hpo_status_t status = HPO_OK;

	/* Who does not answer for one will not for the next: they are asked at the next step. */
	for (size_t i = 0; i < driver->width && status != HPO_WAIT; i++) {
		struct hpo_slot *slot = &driver->slots[i];

		if (slot->trial != NULL && !slot->ended && slot->cause == HPO__CAUSE_NONE)
			status = stop_early(driver, slot, HPO__CAUSE_STOP);
	}
	if (status == HPO_WAIT && driver->away_since == 0)
		driver->away_since = hpo__clock_monotonic();
}
