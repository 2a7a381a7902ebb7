/*
 * The ClearML backend, put together: opened in the order in which each part
 * needs the one before, closed in the reverse.
 */
#include "backend/clearml/backend.h"

#include "backend/clearml/base.h"
#include "backend/clearml/clones.h"
#include "backend/clearml/inside.h"
#include "backend/clearml/local.h"
#include "backend/clearml/optimizer_task.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* A server that does not answer at the start is an error within this time. */
static const double opening_s = 25.0;
/* What a run that ends leaves to the server gets so long. */
enum { CLOSING_MS = 20000, AWAY_MS = 3000 };

/* Names this process among the drivers of a study, today's and earlier ones. */
static char *make_driver_id(const struct hpo_clearml_config *config)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__buffer_format(&text, "%s:%ld:%llx", config->worker, (long)getpid(),
			   (unsigned long long)(hpo__clock_wall() * 1e6));
	return hpo__buffer_take(&text);
}

static hpo_status_t take_setup(struct hpo_clearml *s, const hpo_backend_setup_t *setup,
			       hpo_error_t *error)
{
	s->log.fn = setup->log;
	s->log.user = setup->log_user;
	s->concurrent = setup->concurrent;
	s->is_local = setup->local != 0;
	s->study_name = hpo__strdup(setup->study);
	s->study_id = hpo__strdup(setup->study_id);
	s->study_json = hpo__strdup(setup->study_json);
	if (s->study_name == NULL || s->study_id == NULL || s->study_json == NULL)
		return hpo__fail_memory(error);
	return hpo__json_parse(&s->study, s->study_json, strlen(s->study_json), "the study", error);
}

/* Everything that needs no server. */
static hpo_status_t prepare(struct hpo_clearml *s, const hpo_backend_setup_t *setup,
			    hpo_error_t *error)
{
	hpo_status_t status = take_setup(s, setup, error);

	if (status >= 0)
		status = hpo__clearml_settings_read(&s->settings, setup->task_json, s->is_local,
						    error);
	if (status >= 0)
		s->is_local = s->settings.is_local;
	if (status >= 0)
		status = hpo__clearml_config_read(&s->config, s->settings.server,
						  s->settings.config_file, error);
	if (status >= 0) {
		s->driver_id = make_driver_id(&s->config);
		status = s->driver_id != NULL ? hpo__clearml_clones_open(s, error)
					      : hpo__fail_memory(error);
	}
	return status;
}

static hpo_status_t connect(struct hpo_clearml *s, double end, hpo_error_t *error)
{
	hpo_status_t status;

	status = hpo__clearml_connect(&s->session, &s->config, s->waker.read_fd, &s->log,
				      hpo__clearml_left_ms(end), error);
	if (status >= 0)
		status = hpo__clearml_base_open(s, hpo__clearml_left_ms(end), error);
	if (status >= 0 && !s->is_local)
		status = hpo__clearml_queue_open(s, hpo__clearml_left_ms(end), error);
	if (status >= 0 && s->is_local)
		status = hpo__clearml_local_open(s, error);
	if (status >= 0)
		status = hpo__clearml_optimizer_open(s, hpo__clearml_left_ms(end), error);
	if (status == HPO_WAIT && error != NULL)
		error->code = HPO_EBACKEND;
	return status == HPO_WAIT ? HPO_EBACKEND : status;
}

static void release(struct hpo_clearml *s, int closing_ms)
{
	const double end = hpo__clock_monotonic() + closing_ms / 1000.0;

	hpo__waker_clear(&s->waker);
	if (s->session != NULL)
		hpo__clearml_clones_close(s, hpo__clearml_left_ms(end));
	if (s->local != NULL)
		hpo__clearml_local_close(s);
	if (s->session != NULL)
		hpo__clearml_optimizer_close(s, hpo__clearml_left_ms(end));
	hpo__clearml_clones_release(s->clones);
	hpo__clearml_base_release(&s->base);
	hpo__clearml_disconnect(s->session);
	hpo__clearml_config_release(&s->config);
	hpo__clearml_settings_release(&s->settings);
	hpo__json_free(s->study);
	hpo__free(s->study_json);
	hpo__free(s->study_id);
	hpo__free(s->study_name);
	hpo__free(s->driver_id);
	hpo__free(s->queue_id);
	hpo__waker_release(&s->waker);
	memset(s, 0, sizeof *s);
}

static hpo_status_t clearml_open(void *state, const hpo_backend_setup_t *setup, hpo_error_t *error)
{
	struct hpo_clearml *s = state;
	hpo_status_t status;

	if (hpo__waker_init(&s->waker) < 0)
		return hpo__fail(error, HPO_EBACKEND, "no descriptor is left for a pipe");
	status = prepare(s, setup, error);
	if (status >= 0)
		status = connect(s, hpo__clock_monotonic() + opening_s, error);
	if (status < 0)
		release(s, CLOSING_MS / 4);
	return status;
}

static hpo_status_t clearml_clone(void *state, hpo_trial_t *trial, int limit_ms, hpo_task_id_t *id,
				  hpo_error_t *error)
{
	struct hpo_clearml *s = state;

	hpo__waker_clear(&s->waker);
	return hpo__clearml_clone(s, trial, limit_ms, id, error);
}

static hpo_status_t clearml_enqueue(void *state, const hpo_task_id_t *id, int limit_ms,
				    hpo_error_t *error)
{
	struct hpo_clearml *s = state;

	hpo__waker_clear(&s->waker);
	return hpo__clearml_enqueue(s, id->text, limit_ms, error);
}

static hpo_status_t clearml_poll(void *state, const hpo_task_id_t *ids, size_t count, int limit_ms,
				 const hpo_task_sink_t *sink, hpo_error_t *error)
{
	return hpo__clearml_poll(state, ids, count, limit_ms, sink, error);
}

static hpo_status_t clearml_abort(void *state, const hpo_task_id_t *id, int limit_ms,
				  hpo_error_t *error)
{
	struct hpo_clearml *s = state;

	hpo__waker_clear(&s->waker);
	return hpo__clearml_abort(s, id->text, limit_ms, error);
}

static void clearml_forget(void *state, const hpo_task_id_t *id)
{
	hpo__clearml_forget(state, id->text);
}

static hpo_status_t clearml_archive(void *state, const hpo_task_id_t *ids, size_t count, int hidden,
				    int limit_ms, hpo_error_t *error)
{
	struct hpo_clearml *s = state;

	hpo__waker_clear(&s->waker);
	return hpo__clearml_archive(s, ids, count, hidden != 0, limit_ms, error);
}

static hpo_status_t clearml_attach(void *state, hpo_trial_t *trial, hpo_task_id_t *id, int limit_ms,
				   hpo_error_t *error)
{
	struct hpo_clearml *s = state;

	hpo__waker_clear(&s->waker);
	return hpo__clearml_attach(s, trial, id, limit_ms, error);
}

static hpo_status_t clearml_publish(void *state, const char *report_json, int limit_ms,
				    hpo_error_t *error)
{
	struct hpo_clearml *s = state;

	if (s->clones->is_away)
		return HPO_WAIT; /* what asks it for news finds out when it is back */
	hpo__waker_clear(&s->waker);
	return hpo__clearml_optimizer_publish(s, report_json, limit_ms, error);
}

static void clearml_wake(void *state)
{
	const struct hpo_clearml *s = state;

	hpo__waker_set(&s->waker);
}

static void clearml_close(void *state)
{
	struct hpo_clearml *s = state;

	if (s->study_id != NULL)
		release(s, s->clones != NULL && s->clones->is_away ? AWAY_MS : CLOSING_MS);
}

const hpo_backend_ops_t hpo__backend_clearml = {
	.struct_size = sizeof(hpo_backend_ops_t),
	.name = "clearml",
	.state_size = sizeof(struct hpo_clearml),
	.open = clearml_open,
	.clone = clearml_clone,
	.enqueue = clearml_enqueue,
	.poll = clearml_poll,
	.abort = clearml_abort,
	.forget = clearml_forget,
	.archive = clearml_archive,
	.attach = clearml_attach,
	.publish = clearml_publish,
	.wake = clearml_wake,
	.close = clearml_close,
	.configure = hpo__clearml_configure,
	.enter = hpo__clearml_enter,
	.report = hpo__clearml_inside_report,
	.leave = hpo__clearml_leave,
};
