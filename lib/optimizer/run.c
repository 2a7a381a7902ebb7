/*
 * The ways to run a study: on the caller's thread, on one of its own, step by
 * step, or over an objective function.
 */
#include "optimizer/driver.h"

#include "backend/callback.h"
#include "backend/registry.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <string.h>

/* Open a backend for a new run; an earlier run that has ended is put away. */
static hpo_status_t open_run(hpo_optimizer_t *opt, const hpo_backend_ops_t *ops, size_t width,
			     bool local, hpo_error_t *error)
{
	struct hpo_driver *driver = NULL;
	hpo_status_t status;

	hpo__driver_close(opt);
	status = hpo__driver_new(&driver, opt, ops, width, error);
	if (status >= 0) {
		driver->local = local;
		status = hpo__driver_open(driver, error);
	}
	if (status < 0) {
		hpo__driver_free(driver);
		return status;
	}
	atomic_store(&opt->driver, driver);
	return HPO_OK;
}

static hpo_status_t open_named(hpo_optimizer_t *opt, bool local, hpo_error_t *error)
{
	const hpo_backend_ops_t *ops;
	hpo_status_t status = hpo__study_backend(opt->study, &ops, error);

	if (status < 0)
		return status;
	return open_run(opt, ops, (size_t)opt->study->limits.concurrent, local, error);
}

/* How the run ended, with its sentence. */
static hpo_status_t outcome(const struct hpo_driver *driver, hpo_error_t *error)
{
	if (driver->over < 0)
		return hpo__fail(error, driver->over, "%s", driver->why.message);
	return driver->over;
}

static void *drive(void *argument)
{
	struct hpo_driver *driver = argument;

	while (hpo__driver_step(driver, 1000) == HPO_OK)
		;
	hpo__lock_take(&driver->lock);
	driver->done = true;
	hpo__event_broadcast(&driver->finished);
	hpo__lock_drop(&driver->lock);
	return NULL;
}

static bool is_done(struct hpo_driver *driver)
{
	bool done;

	hpo__lock_take(&driver->lock);
	done = driver->done;
	hpo__lock_drop(&driver->lock);
	return done;
}

static hpo_status_t start(hpo_optimizer_t *opt, bool local, hpo_error_t *error)
{
	struct hpo_driver *driver = atomic_load(&opt->driver);
	hpo_status_t status;

	if (driver != NULL && driver->threaded && !is_done(driver))
		return HPO_OK;
	status = open_named(opt, local, error);
	if (status < 0)
		return status;
	driver = atomic_load(&opt->driver);
	status = hpo__thread_start(&driver->thread, drive, driver);
	if (status < 0) {
		hpo__driver_close(opt);
		return hpo__fail(error, status, "no thread could be started to drive study '%s'",
				 opt->study->name);
	}
	driver->threaded = true;
	return HPO_OK;
}

hpo_status_t hpo_optimizer_start(hpo_optimizer_t *opt, hpo_error_t *error)
{
	hpo__error_clear(error);
	return start(opt, false, error);
}

hpo_status_t hpo_optimizer_start_locally(hpo_optimizer_t *opt, hpo_error_t *error)
{
	hpo__error_clear(error);
	return start(opt, true, error);
}

hpo_status_t hpo_optimizer_wait(hpo_optimizer_t *opt, double timeout_s, hpo_error_t *error)
{
	struct hpo_driver *driver = atomic_load(&opt->driver);
	const double end = hpo__clock_monotonic() + timeout_s;
	bool done;

	hpo__error_clear(error);
	if (driver == NULL || !driver->threaded)
		return hpo__fail(error, HPO_EINVAL, "no run of study '%s' was started",
				 opt->study->name);

	hpo__lock_take(&driver->lock);
	while (!driver->done) {
		const double left = timeout_s < 0 ? -1.0 : end - hpo__clock_monotonic();

		if (timeout_s >= 0 && left <= 0)
			break;
		hpo__event_wait(&driver->finished, &driver->lock, left);
	}
	done = driver->done;
	hpo__lock_drop(&driver->lock);
	return done ? outcome(driver, error) : HPO_WAIT;
}

void hpo_optimizer_stop(hpo_optimizer_t *opt)
{
	struct hpo_driver *driver;

	atomic_store(&opt->stopping, true);
	driver = atomic_load(&opt->driver);
	if (driver != NULL && driver->opened)
		driver->ops->wake(driver->state);
}

int hpo_optimizer_is_running(const hpo_optimizer_t *opt)
{
	struct hpo_driver *driver = atomic_load(&((hpo_optimizer_t *)opt)->driver);

	if (driver == NULL)
		return 0;
	if (driver->threaded)
		return !is_done(driver);
	return driver->over == HPO_OK || driver->live > 0;
}

hpo_status_t hpo_optimizer_step(hpo_optimizer_t *opt, int timeout_ms, hpo_error_t *error)
{
	struct hpo_driver *driver = atomic_load(&opt->driver);
	hpo_status_t status;

	hpo__error_clear(error);
	if (driver != NULL && driver->threaded)
		return hpo__fail(error, HPO_EINVAL,
				 "study '%s' is driven by a thread of its own; step is for a host "
				 "that drives it",
				 opt->study->name);
	if (driver == NULL) {
		status = open_named(opt, false, error);
		if (status < 0)
			return status;
		driver = atomic_load(&opt->driver);
	}
	status = hpo__driver_step(driver, timeout_ms);
	return status == HPO_OK ? HPO_OK : outcome(driver, error);
}

int hpo_optimizer_descriptor(hpo_optimizer_t *opt)
{
	struct hpo_driver *driver = atomic_load(&opt->driver);

	return driver == NULL ? -1 : driver->ops->descriptor(driver->state);
}

int hpo_optimizer_timeout_ms(hpo_optimizer_t *opt)
{
	const struct hpo_driver *driver = atomic_load(&opt->driver);
	enum { WITHOUT_EVENTS_MS = 100, WITH_EVENTS_MS = 500 };

	if (driver == NULL || (driver->over == HPO_OK && driver->live < driver->target))
		return driver == NULL ? 0 : WITHOUT_EVENTS_MS;
	return driver->ops->descriptor(driver->state) < 0 ? WITHOUT_EVENTS_MS : WITH_EVENTS_MS;
}

hpo_status_t hpo_optimizer_run(hpo_optimizer_t *opt, hpo_objective_fn fn, void *user, int threads,
			       hpo_error_t *error)
{
	const int width = threads > 0 ? threads : opt->study->limits.concurrent;
	struct hpo_driver *driver = NULL;
	hpo_status_t status;

	hpo__error_clear(error);
	hpo__driver_close(opt);
	status = hpo__driver_new(&driver, opt, &hpo__backend_callback, (size_t)width, error);
	if (status < 0)
		return status;
	hpo__callback_set(driver->state, fn, user, opt->objectives);
	status = hpo__driver_open(driver, error);
	if (status < 0) {
		hpo__driver_free(driver);
		return status;
	}
	atomic_store(&opt->driver, driver);
	while (hpo__driver_step(driver, 1000) == HPO_OK)
		;
	status = outcome(driver, error);
	hpo__driver_close(opt);
	return status;
}

void hpo__driver_close(hpo_optimizer_t *opt)
{
	struct hpo_driver *driver = atomic_load(&opt->driver);

	if (driver == NULL)
		return;
	if (driver->threaded) {
		hpo_optimizer_stop(opt);
		hpo__thread_join(&driver->thread);
	}
	atomic_store(&opt->driver, NULL);
	hpo__driver_free(driver);
}

void hpo_optimizer_set_time_limit(hpo_optimizer_t *opt, double minutes)
{
	hpo__lock_take(&opt->lock);
	opt->began = hpo__clock_monotonic();
	opt->run_minutes = minutes > 0 ? minutes : 0;
	hpo__lock_drop(&opt->lock);
}

void hpo_optimizer_set_ended(hpo_optimizer_t *opt, hpo_ended_fn fn, void *user)
{
	opt->ended = fn;
	opt->ended_user = user;
}

void hpo_optimizer_set_report(hpo_optimizer_t *opt, double period_minutes, hpo_report_fn fn,
			      void *user)
{
	opt->report = fn;
	opt->report_user = user;
	opt->report_minutes = period_minutes > 0 ? period_minutes : 0;
}
