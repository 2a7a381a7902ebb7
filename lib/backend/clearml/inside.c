/*
 * A program that runs as a task of a ClearML server, seen from inside.
 *
 * There is no thread behind it: reports are sent when the program reports, at
 * most every two seconds, and what is left when it leaves.
 */
#include "backend/clearml/inside.h"

#include "backend/clearml/clones.h"
#include "backend/clearml/events.h"
#include "base/alloc.h"
#include "base/number.h"
#include "os/clock.h"

#include <math.h>
#include <string.h>

enum {
	OPENING_MS = 25000,
	SENDING_MS = 10000,
	MOST_EVENTS = 1000,
	MOST_STARTS = 3, /* how often a task is started that changes meanwhile */
	NO_SUCH_TASK = 101,
	STATUS_CHANGED = 121
};
static const double period_s = 2.0;

struct inside {
	struct hpo_clearml_config config;
	hpo_clearml_session_t *session;
	struct hpo_clearml_events events;
	double next_send, next_look; /* monotonic */
	bool started_here;	     /* its status is ours to end */
	bool stop;		     /* somebody wants it to end */
	bool ended;		     /* somebody has ended it already */
	bool absent;		     /* one answer did not have it */
};

/* A call with {"task":own id} and more members. */
static hpo_status_t call(struct inside *inside, const char *endpoint, const char *more,
			 int limit_ms, hpo_json_t **data, struct hpo_clearml_outcome *outcome,
			 hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;

	hpo__buffer_text(&body, "{\"task\":");
	hpo__buffer_json_text(&body, inside->config.task);
	hpo__buffer_text(&body, more);
	hpo__buffer_char(&body, '}');
	return hpo__clearml_ask(inside->session, endpoint, &body, HPO__HTTP_REPEAT, limit_ms, data,
				outcome, error);
}

/* The parameters as one object, {"Args/lr":0.1,…}. */
struct flat {
	struct hpo_buffer *out;
	const char *section;
	bool first;
};

/* A value as its type says; what cannot be read so stays a text, as ClearML has it. */
static void write_value(struct hpo_buffer *out, const char *value, const char *type)
{
	const bool is_int = type != NULL && strcmp(type, "int") == 0;
	const bool is_float = type != NULL && strcmp(type, "float") == 0;
	const bool is_bool = type != NULL && strcmp(type, "bool") == 0;
	int64_t integer;
	double real;

	if (is_int && hpo__parse_integer(value, &integer))
		hpo__buffer_json_integer(out, integer);
	else if ((is_int || is_float) && hpo__parse_real(value, &real) && isfinite(real))
		hpo__buffer_json_real(out, real);
	else if (is_bool && (strcmp(value, "True") == 0 || strcmp(value, "true") == 0))
		hpo__buffer_text(out, "true");
	else if (is_bool && (strcmp(value, "False") == 0 || strcmp(value, "false") == 0))
		hpo__buffer_text(out, "false");
	else
		hpo__buffer_json_text(out, value);
}

static hpo_status_t flatten_item(const char *name, const hpo_json_t *item, void *user)
{
	struct flat *flat = user;
	const char *value = hpo__json_text(hpo__json_get(item, "value"));
	struct hpo_buffer key = HPO__BUFFER_INIT;

	if (value == NULL)
		return HPO_OK;
	hpo__buffer_format(&key, "%s/%s", flat->section, name);
	if (!flat->first)
		hpo__buffer_char(flat->out, ',');
	flat->first = false;
	flat->out->failed = flat->out->failed || key.failed;
	if (!key.failed)
		hpo__buffer_json_text(flat->out, key.text);
	hpo__buffer_char(flat->out, ':');
	write_value(flat->out, value, hpo__json_text(hpo__json_get(item, "type")));
	hpo__buffer_release(&key);
	return HPO_OK;
}

static hpo_status_t flatten_section(const char *section, const hpo_json_t *items, void *user)
{
	struct flat *flat = user;

	if (strcmp(section, "properties") == 0 || hpo__json_kind(items) != HPO__JSON_OBJECT)
		return HPO_OK;
	flat->section = section;
	return hpo__json_each(items, flatten_item, flat);
}

/* Its values and the number of its trial. */
static hpo_status_t take_values(const hpo_json_t *task, hpo_inside_t *out, hpo_error_t *error)
{
	const hpo_json_t *params = hpo__json_get(task, "hyperparams");
	const char *number = hpo__clearml_property(task, HPO__CLEARML_TRIAL);
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct flat flat = {&text, NULL, true};

	hpo__buffer_char(&text, '{');
	if (hpo__json_kind(params) == HPO__JSON_OBJECT)
		hpo__json_each(params, flatten_section, &flat);
	hpo__buffer_char(&text, '}');
	out->params_json = hpo__buffer_take(&text);
	if (out->params_json == NULL)
		return hpo__fail_memory(error);
	if (number == NULL || !hpo__parse_integer(number, &out->number))
		out->number = -1;
	return HPO_OK;
}

static hpo_status_t find_task(struct inside *inside, hpo_json_t **data, hpo_error_t *error)
{
	struct hpo_clearml_outcome outcome = {0};
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	status = call(inside, "tasks.get_by_id", "", OPENING_MS, data, &outcome, &why);
	if (status < 0 && outcome.code == 400 && outcome.subcode == NO_SUCH_TASK)
		return hpo__fail(error, HPO_EINVAL,
				 "CLEARML_TASK_ID: there is no task '%s' on %s that these "
				 "credentials may see",
				 inside->config.task, inside->config.api);
	if (status != HPO_OK)
		hpo__fail(error, status, "%s", why.message);
	return status;
}

/* Find out what the task is, and start it unless an agent has; HPO_DONE: look again. */
static hpo_status_t take_task(struct inside *inside, hpo_inside_t *out, hpo_error_t *error)
{
	struct hpo_clearml_outcome outcome = {0};
	hpo_json_t *data = NULL;
	const hpo_json_t *task;
	const char *word;
	hpo_status_t status = find_task(inside, &data, error);
	enum hpo_clearml_status is;

	if (status != HPO_OK)
		return status;
	task = hpo__json_get(data, "task");
	word = hpo__json_text(hpo__json_get(task, "status"));
	is = hpo__clearml_status(word);
	if (is == HPO__CLEARML_STOPPED || is == HPO__CLEARML_FAILED || is == HPO__CLEARML_DONE)
		status = hpo__fail(error, HPO_EINVAL,
				   "CLEARML_TASK_ID: task %s is %s already; reset it before it is "
				   "run again",
				   inside->config.task, word);
	if (status == HPO_OK && (is == HPO__CLEARML_DRAFT || is == HPO__CLEARML_QUEUED)) {
		status = call(inside, "tasks.started", ",\"status_reason\":\"started by hand\"",
			      OPENING_MS, NULL, &outcome, error);
		inside->started_here = status == HPO_OK;
		if (status == HPO_EBACKEND && outcome.subcode == STATUS_CHANGED)
			status = HPO_DONE;
	}
	if (status == HPO_OK)
		status = take_values(task, out, error);
	hpo__json_free(data);
	return status;
}

static hpo_status_t open_task(struct inside *inside, hpo_inside_t *out, hpo_error_t *error)
{
	hpo_status_t status;

	status = hpo__clearml_config_read(&inside->config, NULL, NULL, error);
	if (status < 0)
		return status;
	if (inside->config.task == NULL)
		return hpo__fail(error, HPO_ENOTFOUND, "CLEARML_TASK_ID names no task");
	status = hpo__clearml_connect(&inside->session, &inside->config, -1, NULL, OPENING_MS,
				      error);
	if (status < 0)
		return status;
	for (int i = 0; i < MOST_STARTS; i++) {
		hpo__error_clear(error);
		status = take_task(inside, out, error);
		if (status != HPO_DONE)
			break;
	}
	/* A silent server, and a task that never stands still, are both no start. */
	if (status > 0) {
		status = HPO_EBACKEND;
		if (error != NULL)
			error->code = HPO_EBACKEND;
	}
	return status;
}

hpo_status_t hpo__clearml_enter(hpo_inside_t *out, hpo_error_t *error)
{
	struct inside *inside = hpo__calloc(1, sizeof *inside);
	hpo_status_t status;

	*out = (hpo_inside_t){.number = -1};
	if (inside == NULL)
		return hpo__fail_memory(error);
	status = open_task(inside, out, error);
	if (status == HPO_OK) {
		out->task = inside;
		return HPO_OK;
	}
	inside->started_here = false;
	hpo__clearml_leave(inside);
	return status;
}

/* What one answer says of the task; it is gone when two in a row do not have it. */
static void take_look(struct inside *inside, const hpo_json_t *tasks)
{
	const hpo_json_t *task = hpo__json_item(tasks, 0);
	const char *status = hpo__json_text(hpo__json_get(task, "status"));
	const char *message = hpo__json_text(hpo__json_get(task, "status_message"));

	if (hpo__json_kind(tasks) != HPO__JSON_ARRAY)
		return;
	inside->ended =
		task == NULL ? inside->absent : hpo__clearml_status(status) != HPO__CLEARML_RUNNING;
	inside->absent = task == NULL;
	inside->stop = inside->ended || (message != NULL && strstr(message, "stopping") != NULL);
}

/* Whether somebody stopped the task, or asked for it. */
static void look(struct inside *inside)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;

	hpo__buffer_text(&body, "{\"id\":[");
	hpo__buffer_json_text(&body, inside->config.task);
	hpo__buffer_text(&body, "],\"search_hidden\":true,\"only_fields\":[\"id\",\"status\","
				"\"status_message\"]}");
	if (!body.failed &&
	    hpo__clearml_call(inside->session, "tasks.get_all", &body, HPO__HTTP_REPEAT, SENDING_MS,
			      &data, NULL, NULL) == HPO_OK)
		take_look(inside, hpo__json_get(data, "tasks"));
	hpo__json_free(data);
	hpo__buffer_release(&body);
}

hpo_status_t hpo__clearml_inside_report(void *task, const char *metric, int64_t iteration,
					double value, hpo_error_t *error)
{
	struct inside *inside = task;
	const char *slash = strchr(metric, '/');
	const size_t length = slash != NULL ? (size_t)(slash - metric) : strlen(metric);
	const double now = hpo__clock_monotonic();
	char *title = hpo__strndup(metric, length);
	hpo_status_t status = HPO_OK;

	if (title == NULL)
		return hpo__fail_memory(error);
	hpo__clearml_event_scalar(&inside->events, inside->config.task, title,
				  slash != NULL ? slash + 1 : metric, iteration, value,
				  (int64_t)(hpo__clearml_now(inside->session) * 1000.0));
	hpo__free(title);
	if (inside->events.count >= MOST_EVENTS || now >= inside->next_send) {
		status = hpo__clearml_events_send(&inside->events, inside->session, SENDING_MS,
						  error);
		inside->next_send = hpo__clock_monotonic() + period_s;
	}
	if (now >= inside->next_look) {
		look(inside);
		inside->next_look = hpo__clock_monotonic() + period_s;
	}
	/* What could not be sent now is sent later: a program need not end for that. */
	if (status == HPO_WAIT || inside->stop)
		hpo__error_clear(error);
	if (inside->stop)
		return HPO_DONE;
	return status == HPO_WAIT ? HPO_OK : status;
}

void hpo__clearml_leave(void *task)
{
	struct inside *inside = task;

	if (inside->session != NULL) {
		hpo__clearml_events_send(&inside->events, inside->session, SENDING_MS, NULL);
		if (inside->started_here && !inside->ended)
			call(inside, inside->stop ? "tasks.stopped" : "tasks.completed", "",
			     SENDING_MS, NULL, NULL, NULL);
	}
	hpo__clearml_events_release(&inside->events);
	hpo__clearml_disconnect(inside->session);
	hpo__clearml_config_release(&inside->config);
	hpo__free(inside);
}
