/*
 * The callback backend: a pool of threads that call the objective function.
 *
 * Clones are jobs in a list; the driver's thread adds and removes them, the
 * threads of the pool take those that are enqueued, oldest first. A job that has
 * ended does not change any more, and the waker is set after each end.
 */
#include "backend/callback.h"

#include "backend/registry.h"
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "os/thread.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct job {
	struct job *next; /* in the order of clone() */
	uint64_t serial;
	hpo_trial_t *trial; /* borrowed */
	double *values;	    /* [objectives] */
	hpo_status_t returned;
	double started_s, ended_s;
	hpo_task_state_t state;
	bool enqueued;
	bool abort_asked;
	bool forgotten; /* by the driver, while it runs: freed when it ends */
};

struct callback_state {
	hpo_objective_fn fn;
	void *user;
	size_t objectives;
	size_t concurrent; /* threads at most */
	uint64_t last_serial;
	struct hpo_waker waker;
	struct hpo_thread *threads; /* [thread_count]; the driver's thread only */
	size_t thread_count;
	atomic_int asked_to_end; /* an hpo_status_t: HPO_EUSER once fn returned it */
	bool is_open;

	struct hpo_lock lock; /* guards what follows */
	struct hpo_event work;
	struct job *jobs;
	size_t idle; /* threads that wait for work */
	bool closing;
};

static const char id_format[] = "callback-%llu";

void hpo__callback_set(void *state, hpo_objective_fn fn, void *user, size_t objectives)
{
	struct callback_state *s = state;

	s->fn = fn;
	s->user = user;
	s->objectives = objectives;
}

hpo_status_t hpo__callback_status(const void *state)
{
	const struct callback_state *s = state;

	return (hpo_status_t)atomic_load(&s->asked_to_end);
}

/* The lock, the condition and the waker; all of them or none. */
static hpo_status_t open_signals(struct callback_state *s, hpo_error_t *error)
{
	if (hpo__lock_init(&s->lock) < 0)
		return hpo__fail_memory(error);
	if (hpo__event_init(&s->work) < 0) {
		hpo__lock_release(&s->lock);
		return hpo__fail_memory(error);
	}
	if (hpo__waker_init(&s->waker) < 0) {
		hpo__fail(error, HPO_EBACKEND,
			  "cannot open a descriptor to wait on: %s; allow more "
			  "open files (ulimit -n)",
			  strerror(errno));
		hpo__event_release(&s->work);
		hpo__lock_release(&s->lock);
		return HPO_EBACKEND;
	}
	return HPO_OK;
}

static hpo_status_t callback_open(void *state, const hpo_backend_setup_t *setup, hpo_error_t *error)
{
	struct callback_state *s = state;
	hpo_status_t status;

	if (s->fn == NULL)
		return hpo__fail(error, HPO_EINVAL, "the objective function is NULL; give one");

	s->concurrent = setup->concurrent > 0 ? (size_t)setup->concurrent : 1;
	s->threads = hpo__calloc(s->concurrent, sizeof *s->threads);
	if (s->threads == NULL)
		return hpo__fail_memory(error);
	status = open_signals(s, error);
	if (status < 0) {
		hpo__free(s->threads);
		s->threads = NULL;
		return status;
	}
	s->is_open = true;
	return HPO_OK;
}

static void free_job(struct job *job)
{
	hpo__free(job->values);
	hpo__free(job);
}

static bool has_ended(const struct job *job)
{
	return job->state != HPO_TASK_QUEUED && job->state != HPO_TASK_RUNNING;
}

/* The job that an id names, NULL for none. With the lock held, as are the next three. */
static struct job *find_job(struct callback_state *s, const hpo_task_id_t *id)
{
	char text[sizeof id->text];

	for (struct job *job = s->jobs; job != NULL; job = job->next) {
		snprintf(text, sizeof text, id_format, (unsigned long long)job->serial);
		if (strcmp(text, id->text) == 0 && !job->forgotten)
			return job;
	}
	return NULL;
}

static struct job *first_queued(struct callback_state *s)
{
	for (struct job *job = s->jobs; job != NULL; job = job->next)
		if (job->enqueued && job->state == HPO_TASK_QUEUED)
			return job;
	return NULL;
}

static void remove_job(struct callback_state *s, struct job *gone)
{
	struct job **link = &s->jobs;

	while (*link != gone)
		link = &(*link)->next;
	*link = gone->next;
	free_job(gone);
}

static void end_job(struct callback_state *s, struct job *job, hpo_status_t returned)
{
	job->returned = returned;
	job->ended_s = hpo__clock_monotonic();
	if (returned == HPO_OK)
		job->state = HPO_TASK_COMPLETED;
	else if (returned == HPO_DONE)
		job->state = job->abort_asked ? HPO_TASK_ABORTED : HPO_TASK_PRUNED;
	else
		job->state = HPO_TASK_FAILED;
	if (returned == HPO_EUSER)
		atomic_store(&s->asked_to_end, HPO_EUSER);

	if (job->forgotten)
		remove_job(s, job);
	hpo__waker_set(&s->waker);
}

static void *work(void *argument)
{
	struct callback_state *s = argument;
	struct job *job;
	hpo_status_t returned;

	hpo__lock_take(&s->lock);
	for (;;) {
		job = first_queued(s);
		if (s->closing)
			break;
		if (job == NULL) {
			s->idle++;
			hpo__event_wait(&s->work, &s->lock, -1);
			s->idle--;
			continue;
		}
		job->state = HPO_TASK_RUNNING;
		job->started_s = hpo__clock_monotonic();

		hpo__lock_drop(&s->lock);
		returned = s->fn(job->trial, job->values, s->user);
		hpo__lock_take(&s->lock);
		end_job(s, job, returned);
	}
	hpo__lock_drop(&s->lock);
	return NULL;
}

static hpo_status_t callback_clone(void *state, hpo_trial_t *trial, int limit_ms, hpo_task_id_t *id,
				   hpo_error_t *error)
{
	struct callback_state *s = state;
	struct job *job = hpo__calloc(1, sizeof *job);
	struct job **last;

	(void)limit_ms;
	if (job == NULL)
		return hpo__fail_memory(error);
	job->values = hpo__calloc(s->objectives, sizeof *job->values);
	if (job->values == NULL) {
		free_job(job);
		return hpo__fail_memory(error);
	}
	for (size_t i = 0; i < s->objectives; i++)
		job->values[i] = NAN; /* what fn leaves out must not count as 0 */
	job->trial = trial;
	job->serial = ++s->last_serial;
	snprintf(id->text, sizeof id->text, id_format, (unsigned long long)job->serial);

	hpo__lock_take(&s->lock);
	last = &s->jobs;
	while (*last != NULL)
		last = &(*last)->next;
	*last = job;
	hpo__lock_drop(&s->lock);
	return HPO_OK;
}

static hpo_status_t callback_enqueue(void *state, const hpo_task_id_t *id, int limit_ms,
				     hpo_error_t *error)
{
	struct callback_state *s = state;
	struct job *job;
	size_t waiting = 0;
	bool needs_thread;

	(void)limit_ms;
	hpo__lock_take(&s->lock);
	job = find_job(s, id);
	if (job != NULL)
		job->enqueued = true;
	for (const struct job *j = s->jobs; j != NULL; j = j->next)
		waiting += j->enqueued && j->state == HPO_TASK_QUEUED;
	needs_thread = waiting > s->idle && s->thread_count < s->concurrent;
	hpo__event_signal(&s->work);
	hpo__lock_drop(&s->lock);

	if (job == NULL)
		return hpo__fail(error, HPO_ENOTFOUND, "no clone '%s'", id->text);
	if (!needs_thread)
		return HPO_OK;
	if (hpo__thread_start(&s->threads[s->thread_count], work, s) == HPO_OK) {
		s->thread_count++;
		return HPO_OK;
	}
	if (s->thread_count > 0)
		return HPO_OK; /* one of those that run will take it */

	hpo__lock_take(&s->lock);
	job->enqueued = false;
	hpo__lock_drop(&s->lock);
	return hpo__fail(error, HPO_EBACKEND,
			 "cannot start a thread; allow more of them (ulimit -u), or more memory");
}

static bool any_ended(struct callback_state *s, const hpo_task_id_t *ids, size_t count)
{
	const struct job *job;
	bool found = false;

	hpo__lock_take(&s->lock);
	for (size_t i = 0; i < count && !found; i++) {
		job = find_job(s, &ids[i]);
		found = job == NULL || has_ended(job);
	}
	hpo__lock_drop(&s->lock);
	return found;
}

/* Tell where one job stands; the lock is not held while the sink runs. */
static void tell_job(struct callback_state *s, const hpo_task_id_t *id, size_t index,
		     const hpo_task_sink_t *sink)
{
	hpo_task_status_t status = {.state = HPO_TASK_LOST, .running_s = -1};
	char reason[128];
	const struct job *job;
	double now_s = hpo__clock_monotonic();

	status.reason = "there is no such clone";
	hpo__lock_take(&s->lock);
	job = find_job(s, id);
	if (job != NULL) {
		status.state = job->state;
		status.reason = NULL;
		if (job->started_s > 0)
			status.running_s = (has_ended(job) ? job->ended_s : now_s) - job->started_s;
	}
	if (job != NULL && job->state == HPO_TASK_COMPLETED) {
		status.values = job->values;
		status.count = s->objectives;
	}
	if (job != NULL && job->state == HPO_TASK_FAILED) {
		snprintf(reason, sizeof reason, "the objective function returned %d: %s",
			 (int)job->returned, hpo_status_text(job->returned));
		status.reason = reason;
	}
	hpo__lock_drop(&s->lock);
	sink->state(sink->user, index, &status);
}

static hpo_status_t callback_poll(void *state, const hpo_task_id_t *ids, size_t count, int limit_ms,
				  const hpo_task_sink_t *sink, hpo_error_t *error)
{
	struct callback_state *s = state;
	struct pollfd wanted = {.fd = s->waker.read_fd, .events = POLLIN};

	(void)error;
	if (limit_ms > 0 && !any_ended(s, ids, count))
		poll(&wanted, 1, limit_ms); /* a signal ends it early, which is harmless */

	/* Cleared before looking: an end between the two is told now or wakes the next poll. */
	hpo__waker_clear(&s->waker);
	for (size_t i = 0; i < count; i++)
		tell_job(s, &ids[i], i, sink);
	return HPO_OK;
}

/*
 * A function cannot be interrupted: one that runs leaves when its trial tells
 * it to stop. One that has not begun never does.
 */
static hpo_status_t callback_abort(void *state, const hpo_task_id_t *id, int limit_ms,
				   hpo_error_t *error)
{
	struct callback_state *s = state;
	struct job *job;

	(void)limit_ms;
	hpo__lock_take(&s->lock);
	job = find_job(s, id);
	if (job != NULL) {
		job->abort_asked = true;
		if (job->state == HPO_TASK_QUEUED)
			end_job(s, job, HPO_DONE);
	}
	hpo__lock_drop(&s->lock);
	return job != NULL ? HPO_OK : hpo__fail(error, HPO_ENOTFOUND, "no clone '%s'", id->text);
}

static void callback_forget(void *state, const hpo_task_id_t *id)
{
	struct callback_state *s = state;
	struct job *job;

	hpo__lock_take(&s->lock);
	job = find_job(s, id);
	if (job != NULL && job->state == HPO_TASK_RUNNING)
		job->forgotten = true;
	else if (job != NULL)
		remove_job(s, job);
	hpo__lock_drop(&s->lock);
}

static int callback_descriptor(void *state)
{
	const struct callback_state *s = state;

	return s->waker.read_fd;
}

static void callback_wake(void *state)
{
	const struct callback_state *s = state;

	hpo__waker_set(&s->waker);
}

static void callback_close(void *state)
{
	struct callback_state *s = state;

	if (!s->is_open)
		return;

	hpo__lock_take(&s->lock);
	s->closing = true;
	hpo__event_broadcast(&s->work);
	hpo__lock_drop(&s->lock);
	for (size_t i = 0; i < s->thread_count; i++)
		hpo__thread_join(&s->threads[i]);

	while (s->jobs != NULL)
		remove_job(s, s->jobs);
	hpo__free(s->threads);
	hpo__waker_release(&s->waker);
	hpo__event_release(&s->work);
	hpo__lock_release(&s->lock);
	s->is_open = false;
}

const hpo_backend_ops_t hpo__backend_callback = {
	.struct_size = sizeof(hpo_backend_ops_t),
	.name = "callback",
	.state_size = sizeof(struct callback_state),
	.open = callback_open,
	.clone = callback_clone,
	.enqueue = callback_enqueue,
	.poll = callback_poll,
	.abort = callback_abort,
	.forget = callback_forget,
	.archive = hpo__backend_default_archive,
	.attach = hpo__backend_default_attach,
	.configure = hpo__backend_default_configure,
	.enter = hpo__backend_default_enter,
	.check = hpo__backend_default_check,
	.publish = hpo__backend_default_publish,
	.descriptor = callback_descriptor,
	.wake = callback_wake,
	.close = callback_close,
};
