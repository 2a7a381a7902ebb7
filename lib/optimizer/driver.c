/*
 * The step of a run: hear from the clones, stop, record, start.
 */
#include "optimizer/driver.h"

#include "backend/callback.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <math.h>
#include <string.h>

/* The longest wait in one step: other processes are looked at so often. */
enum { TICK_MS = 500 };
/* What is left running when a run ends by a failure gets so long to end in order. */
static const double drain_s = 15.0;
/* A run that is over waits no longer for a server that does not answer. */
static const double away_s = 15.0;

hpo_status_t hpo__driver_new(struct hpo_driver **out, hpo_optimizer_t *opt,
			     const hpo_backend_ops_t *ops, size_t width, hpo_error_t *error)
{
	struct hpo_driver *driver = hpo__calloc(1, sizeof *driver);

	if (driver == NULL)
		return hpo__fail_memory(error);
	if (hpo__lock_init(&driver->lock) < 0)
		goto without_lock;
	if (hpo__event_init(&driver->finished) < 0)
		goto without_condition;

	driver->optimizer = opt;
	driver->ops = ops;
	driver->width = width;
	driver->target = width;
	driver->in_process = ops == &hpo__backend_callback;
	driver->slots = hpo__calloc(width, sizeof *driver->slots);
	driver->ids = hpo__calloc(width, sizeof *driver->ids);
	driver->slot_of = hpo__calloc(width, sizeof *driver->slot_of);
	driver->state = hpo__calloc(1, ops->state_size);
	if (driver->slots == NULL || driver->ids == NULL || driver->slot_of == NULL ||
	    driver->state == NULL) {
		hpo__driver_free(driver);
		return hpo__fail_memory(error);
	}
	*out = driver;
	return HPO_OK;

without_condition:
	hpo__lock_release(&driver->lock);
without_lock:
	hpo__free(driver);
	return hpo__fail_memory(error);
}

/* The study's name for the backend is its own and the microsecond of its creation. */
static hpo_status_t open_backend(struct hpo_driver *driver, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	struct hpo_buffer id = HPO__BUFFER_INIT;
	struct hpo_buffer study = HPO__BUFFER_INIT;
	hpo_backend_setup_t setup = {
		.struct_size = sizeof setup,
		.study = opt->study->name,
		.task_json = opt->study->task_json != NULL ? opt->study->task_json : "{}",
		.concurrent = (int)driver->width,
		.log = opt->log.fn,
		.log_user = opt->log.user,
		.local = driver->local,
	};
	hpo_status_t status;

	hpo__buffer_format(&id, "%s-%llx", opt->study->name,
			   (unsigned long long)(opt->created_s * 1e6));
	hpo__study_write(opt->study, &study);
	setup.study_id = id.text;
	setup.study_json = study.text;
	if (id.failed || study.failed)
		status = hpo__fail_memory(error);
	else
		status = driver->ops->open(driver->state, &setup, error);
	hpo__buffer_release(&study);
	hpo__buffer_release(&id);
	return status;
}

hpo_status_t hpo__driver_open(struct hpo_driver *driver, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	void *state;

	status = open_backend(driver, error);
	if (status < 0)
		return status;
	driver->opened = true;
	driver->next_report = hpo__clock_monotonic() + 60.0 * opt->report_minutes;

	/* A new run is the answer to an earlier "stop". */
	atomic_store(&opt->stopping, false);
	ops = hpo__store_lock(opt->store, &state);
	status = ops->mark_stopped(state, opt->study_id, 0, error);
	hpo__store_unlock(opt->store);
	hpo__lock_take(&opt->lock);
	opt->stopped_in_store = false;
	opt->began = hpo__clock_monotonic();
	opt->reason[0] = '\0';
	hpo__lock_drop(&opt->lock);
	return status;
}

/* Slots that are still in use belong to a run that is given up: their trials wait again. */
void hpo__driver_free(struct hpo_driver *driver)
{
	if (driver == NULL)
		return;
	if (driver->opened) {
		hpo__publish_last(driver);
		driver->ops->close(driver->state);
	}
	for (size_t i = 0; driver->slots != NULL && i < driver->width; i++) {
		struct hpo_slot *slot = &driver->slots[i];

		if (slot->trial != NULL && !slot->trial->ended)
			hpo__trial_finish(slot->trial, HPO_TRIAL_WAITING, NULL, "interrupted",
					  false, NULL);
		hpo__trial_destroy(slot->trial);
		hpo__free(slot->values);
	}
	hpo__publish_release(driver);
	hpo__free(driver->slots);
	hpo__free(driver->ids);
	hpo__free(driver->slot_of);
	hpo__free(driver->state);
	hpo__event_release(&driver->finished);
	hpo__lock_release(&driver->lock);
	hpo__free(driver);
}

/* End the run for `why`: nothing new starts, what runs is asked to end. */
static void wind_down(struct hpo_driver *driver, hpo_status_t over, const hpo_error_t *why)
{
	if (driver->over == HPO_OK) {
		driver->over = over;
		if (why != NULL)
			driver->why = *why;
	}
	atomic_store(&driver->optimizer->stopping, true);
	hpo__slots_interrupt(driver);
}

/* The limits over the whole run, and an objective function that asked for its end. */
static void check_run(struct hpo_driver *driver)
{
	hpo_error_t why = {0, ""};
	hpo_status_t status = HPO_OK;

	if (driver->in_process)
		status = hpo__callback_status(driver->state);
	if (status < 0)
		hpo__fail(&why, status, "the objective function asked to stop");
	else
		status = hpo__limits_check(driver->optimizer, &why);
	if (status != HPO_OK)
		wind_down(driver, status, status < 0 ? &why : NULL);
}

static int at_most(int limit_ms, double due, double now)
{
	const double ms = ceil((due - now) * 1000.0);

	if (ms <= 0)
		return 0;
	return ms < limit_ms ? (int)ms : limit_ms;
}

/* When the run is to end by its own limit of minutes; never: infinity. */
static double run_end(hpo_optimizer_t *opt)
{
	double end;

	hpo__lock_take(&opt->lock);
	end = opt->run_minutes > 0 ? opt->began + 60.0 * opt->run_minutes : (double)INFINITY;
	hpo__lock_drop(&opt->lock);
	return end;
}

/* How long a poll may wait before some limit has to be looked at. */
static int poll_limit(const struct hpo_driver *driver, int timeout_ms)
{
	const hpo_limits_t *limits = &driver->optimizer->study->limits;
	const double now = hpo__clock_monotonic();
	int limit = timeout_ms < TICK_MS ? timeout_ms : TICK_MS;

	if (driver->live < driver->target && driver->over == HPO_OK)
		limit = at_most(limit, driver->next_ask, now);
	limit = at_most(limit, run_end(driver->optimizer), now);
	for (size_t i = 0; i < driver->width; i++) {
		const struct hpo_slot *slot = &driver->slots[i];

		if (slot->trial == NULL)
			continue;
		if (slot->ended)
			limit = at_most(limit, slot->retry_at, now);
		else if (limits->trial_minutes > 0 && slot->cause == HPO__CAUSE_NONE &&
			 !driver->in_process)
			limit = at_most(limit, slot->trial->started + 60.0 * limits->trial_minutes,
					now);
	}
	return limit;
}

/* Silence is waited out, but not when there is nothing to wait for but the end. */
static hpo_status_t check_silence(const struct hpo_driver *driver, hpo_error_t *error)
{
	if (driver->over == HPO_OK || hpo__clock_monotonic() - driver->away_since < away_s)
		return HPO_OK;
	return hpo__fail(error, HPO_EBACKEND,
			 "the run is over, but backend '%s' has been without an answer for %.0f s: "
			 "%zu of its tasks may still run",
			 driver->ops->name, away_s, driver->live);
}

/* Room for `width` slots; what is there stays where it is. */
static hpo_status_t widen(struct hpo_driver *driver, size_t width, hpo_error_t *error)
{
	struct hpo_slot *slots = hpo__resize(driver->slots, width, sizeof *slots);
	hpo_task_id_t *ids;
	size_t *slot_of;

	if (slots != NULL)
		driver->slots = slots;
	ids = hpo__resize(driver->ids, width, sizeof *ids);
	if (ids != NULL)
		driver->ids = ids;
	slot_of = hpo__resize(driver->slot_of, width, sizeof *slot_of);
	if (slot_of != NULL)
		driver->slot_of = slot_of;
	if (slots == NULL || ids == NULL || slot_of == NULL)
		return hpo__fail_memory(error);
	memset(slots + driver->width, 0, (width - driver->width) * sizeof *slots);
	driver->width = width;
	return HPO_OK;
}

/* Limits that somebody changed in the store. Threads of this process stay as many as they are. */
static hpo_status_t take_limits(struct hpo_driver *driver, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	hpo_status_t status = HPO_OK;
	size_t wanted;

	if (!hpo__optimizer_take_limits(opt) || driver->in_process)
		return HPO_OK;
	wanted = (size_t)opt->study->limits.concurrent;
	if (wanted > driver->width)
		status = widen(driver, wanted, error);
	if (status >= 0)
		driver->target = wanted;
	hpo__log(&opt->log, HPO_LOG_INFO, "study '%s': its limits were changed", opt->study->name);
	return status;
}

/* One round; negative: the run cannot go on. */
static hpo_status_t go_round(struct hpo_driver *driver, int timeout_ms, hpo_error_t *error)
{
	hpo_optimizer_t *opt = driver->optimizer;
	hpo_status_t status = take_limits(driver, error);

	if (status < 0)
		return status;
	check_run(driver);
	status = hpo__slots_fill(driver, error);
	if (status >= 0 && (driver->live > 0 || driver->over == HPO_OK)) {
		status = hpo__slots_poll(driver, poll_limit(driver, timeout_ms), error);
		if (status == HPO_DONE)
			wind_down(driver, HPO_DONE, NULL);
		else if (status == HPO_WAIT)
			status = check_silence(driver, error);
	}
	if (status >= 0)
		status = hpo__slots_settle(driver, error);
	if (status >= 0)
		status = hpo__reports_flush_if_due(opt, error);
	if (status >= 0)
		status = hpo__optimizer_attend(opt, error);
	if (status >= 0)
		status = hpo__optimizer_sync(opt, error);
	if (status >= 0)
		check_run(driver);
	if (status >= 0)
		status = hpo__slots_fill(driver, error);
	if (status >= 0)
		status = hpo__publish_if_due(driver, false, error);
	return status;
}

/* After a failure: what runs gets a moment to end, so that no result is thrown away. */
static void drain(struct hpo_driver *driver)
{
	const double end = hpo__clock_monotonic() + drain_s;
	hpo_error_t ignored = {0, ""};

	while (driver->live > 0 && hpo__clock_monotonic() < end) {
		if (hpo__slots_poll(driver, TICK_MS, &ignored) < 0 ||
		    hpo__slots_settle(driver, &ignored) < 0)
			break;
	}
}

hpo_status_t hpo__driver_step(struct hpo_driver *driver, int timeout_ms)
{
	hpo_error_t error = {0, ""}, ignored = {0, ""};
	hpo_status_t status;

	if (driver->over != HPO_OK && driver->live == 0)
		return driver->over;

	status = go_round(driver, timeout_ms, &error);
	if (status < 0) {
		wind_down(driver, status, &error);
		if (driver->away_since == 0)
			drain(driver);
		hpo__publish_if_due(driver, true, &ignored);
		return driver->over;
	}
	if (driver->over == HPO_OK || driver->live > 0)
		return HPO_OK;
	status = hpo__publish_if_due(driver, true, &error);
	if (status < 0) {
		driver->over = status;
		driver->why = error;
	}
	return driver->over;
}
