/*
 * The optimizer task: found, taken over or made, kept alive, and ended.
 */
#include "backend/clearml/optimizer_task.h"

#include "backend/clearml/clones.h"
#include "backend/clearml/project.h"
#include "backend/clearml/study_settings.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 500, OPENING_MS = 15000, AGAIN_MS = 500 };

/* A task that says nothing for two hours is stopped by its server. */
static const double ping_s = 60.0;

/*
 * What an agent runs when somebody clones the task on the web page and enqueues it: the command,
 * which reads everything else from its own task.
 */
static const char script_text[] =
	"import os\n"
	"import shutil\n"
	"import sys\n"
	"\n"
	"hpo = os.environ.get(\"HPO\") or shutil.which(\"hpo\")\n"
	"if hpo is None:\n"
	"    sys.exit(\"the command hpo is not installed where this agent runs\")\n"
	"os.execv(hpo, [hpo, \"search\", \"--backend\", \"clearml\"])\n";

static char *copy_text(const hpo_json_t *json)
{
	const char *text = hpo__json_text(json);

	return text != NULL && *text != '\0' ? hpo__strdup(text) : NULL;
}

/* Take a task as that of the study. */
static hpo_status_t adopt(struct hpo_clearml *clearml, const hpo_json_t *task, hpo_error_t *error)
{
	struct hpo_clearml_optimizer *optimizer = &clearml->optimizer;

	if (!hpo__clearml_has_id(hpo__json_get(task, "id")))
		return hpo__fail(error, HPO_EBACKEND, "the server gave a task without an id");
	optimizer->id = copy_text(hpo__json_get(task, "id"));
	optimizer->project = copy_text(hpo__json_get(task, "project"));
	return optimizer->id != NULL ? HPO_OK : hpo__fail_memory(error);
}

static char *make_name(const struct hpo_clearml *clearml)
{
	struct hpo_buffer name = HPO__BUFFER_INIT;

	if (clearml->settings.optimizer_name != NULL)
		hpo__buffer_text(&name, clearml->settings.optimizer_name);
	else
		hpo__buffer_format(&name, "Optimizing: %s", clearml->base.name);
	return hpo__buffer_take(&name);
}

/* The name as a regular expression that only it matches. */
static void write_pattern(struct hpo_buffer *out, const char *name)
{
	struct hpo_buffer pattern = HPO__BUFFER_INIT;

	hpo__buffer_char(&pattern, '^');
	for (; *name != '\0'; name++) {
		if (strchr(".^$*+?()[]{}|\\-", *name) != NULL)
			hpo__buffer_char(&pattern, '\\');
		hpo__buffer_char(&pattern, *name);
	}
	hpo__buffer_char(&pattern, '$');
	out->failed = out->failed || pattern.failed;
	if (!pattern.failed)
		hpo__buffer_json_text(out, pattern.text);
	hpo__buffer_release(&pattern);
}

/* One that nobody can write to any more is no use. */
static bool is_usable(const hpo_json_t *task)
{
	const char *status = hpo__json_text(hpo__json_get(task, "status"));

	return status != NULL && strcmp(status, "published") != 0 &&
	       strcmp(status, "publishing") != 0 && strcmp(status, "closed") != 0;
}

/* The task that an earlier run of this study had, the oldest if several. HPO_ENOTFOUND: none. */
static hpo_status_t find_task(struct hpo_clearml *clearml, const char *name, int limit_ms,
			      hpo_error_t *error)
{
	size_t count = PAGE;

	for (int page = 0; count == PAGE; page++) {
		struct hpo_buffer body = HPO__BUFFER_INIT;
		hpo_json_t *data = NULL;
		const hpo_json_t *tasks;
		hpo_status_t status;

		hpo__buffer_text(&body, "{\"type\":[\"optimizer\"],\"name\":");
		write_pattern(&body, name);
		hpo__buffer_format(&body,
				   ",\"order_by\":[\"created\"],\"page\":%d,\"page_size\":%d,"
				   "\"search_hidden\":true,\"only_fields\":[\"id\",\"project\","
				   "\"status\",\"hyperparams.properties\"]}",
				   page, (int)PAGE);
		status = hpo__clearml_ask(clearml->session, "tasks.get_all", &body,
					  HPO__HTTP_REPEAT, limit_ms, &data, NULL, error);
		tasks = hpo__json_get(data, "tasks");
		count = hpo__json_size(tasks);
		for (size_t i = 0; status == HPO_OK && i < count; i++) {
			const hpo_json_t *task = hpo__json_item(tasks, i);
			const char *study = hpo__clearml_property(task, HPO__CLEARML_STUDY);

			if (study == NULL || strcmp(study, clearml->study_id) != 0 ||
			    !is_usable(task))
				continue;
			status = adopt(clearml, task, error);
			hpo__json_free(data);
			return status;
		}
		hpo__json_free(data);
		if (status != HPO_OK)
			return status;
	}
	return HPO_ENOTFOUND;
}

static void write_property(const struct hpo_clearml *clearml, struct hpo_buffer *out)
{
	hpo__buffer_text(out, "\"properties\":{\"" HPO__CLEARML_STUDY
			      "\":{\"section\":\"properties\",\"name\":\"" HPO__CLEARML_STUDY
			      "\",\"type\":\"str\",\"value\":");
	hpo__buffer_json_text(out, clearml->study_id);
	hpo__buffer_text(out, "}}");
}

static hpo_status_t make_task(struct hpo_clearml *clearml, const char *name, const char *project,
			      int limit_ms, char **made, bool *uncertain, hpo_error_t *error)
{
	struct hpo_clearml_outcome outcome = {0, 0, false};
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	hpo_status_t status;

	hpo__buffer_text(&body, "{\"type\":\"optimizer\",\"tags\":[\"optimization\"],\"name\":");
	hpo__buffer_json_text(&body, name);
	if (project != NULL) {
		hpo__buffer_text(&body, ",\"project\":");
		hpo__buffer_json_text(&body, project);
	}
	hpo__buffer_text(&body,
			 ",\"script\":{\"binary\":\"python3\",\"repository\":\"\","
			 "\"working_dir\":\".\",\"entry_point\":\"hpo_search.py\",\"diff\":");
	hpo__buffer_json_text(&body, script_text);
	hpo__buffer_text(&body, "},\"hyperparams\":{\"General\":{");
	hpo__clearml_settings_items(clearml->study, false, &body);
	hpo__buffer_text(&body, "},");
	write_property(clearml, &body);
	hpo__buffer_text(&body, "},\"configuration\":{");
	hpo__clearml_settings_objects(clearml->study, false, &body);
	hpo__buffer_text(&body, "}}");
	status = hpo__clearml_ask(clearml->session, "tasks.create", &body, HPO__HTTP_ONCE, limit_ms,
				  &data, &outcome, error);
	*uncertain = outcome.uncertain;
	if (status == HPO_OK && hpo__clearml_has_id(hpo__json_get(data, "id")))
		*made = copy_text(hpo__json_get(data, "id"));
	hpo__json_free(data);
	if (status == HPO_OK && *made == NULL)
		status = hpo__fail(error, HPO_EBACKEND,
				   "the server's answer to tasks.create has no id");
	return status;
}

/* The project that the settings name for the task, else the base task's. The caller's; or NULL. */
static hpo_status_t find_project(struct hpo_clearml *clearml, int limit_ms, char **project,
				 hpo_error_t *error)
{
	*project = NULL;
	if (clearml->settings.optimizer_project != NULL)
		return hpo__clearml_project(clearml->session, clearml->settings.optimizer_project,
					    limit_ms, project, error);
	if (clearml->base.project == NULL)
		return HPO_OK;
	*project = hpo__strdup(clearml->base.project);
	return *project != NULL ? HPO_OK : hpo__fail_memory(error);
}

/*
 * One that was made without an answer to us is found when it is looked for again; and of two
 * that two drivers made at the same moment, both take the older one.
 */
static hpo_status_t find_or_make(struct hpo_clearml *clearml, int limit_ms, hpo_error_t *error)
{
	const double end = hpo__clock_monotonic() + limit_ms / 1000.0;
	char *name = make_name(clearml);
	char *made = NULL;
	hpo_error_t why;
	hpo_status_t status;
	bool uncertain;

	if (name == NULL)
		return hpo__fail_memory(error);
	do {
		char *project = NULL;

		uncertain = false;
		why = (hpo_error_t){0, ""};
		status = find_task(clearml, name, hpo__clearml_left_ms(end), &why);
		if (status == HPO_ENOTFOUND) {
			status = find_project(clearml, hpo__clearml_left_ms(end), &project, &why);
			if (status == HPO_OK)
				status = make_task(clearml, name, project,
						   hpo__clearml_left_ms(end), &made, &uncertain,
						   &why);
			if (status == HPO_OK)
				status = find_task(clearml, name, hpo__clearml_left_ms(end), &why);
		}
		hpo__free(project);
	} while (status != HPO_OK && uncertain && hpo__clearml_left_ms(end) > AGAIN_MS &&
		 hpo__clearml_pause(clearml->session, AGAIN_MS));
	if (status != HPO_OK)
		hpo__fail(error, status, "%s", why.message);
	else if (made != NULL && strcmp(made, clearml->optimizer.id) != 0)
		hpo__clearml_call_task(clearml, "tasks.delete", made, "",
				       hpo__clearml_left_ms(end), NULL, NULL, NULL);
	hpo__free(made);
	hpo__free(name);
	return status;
}

static hpo_status_t read_task(struct hpo_clearml *clearml, const char *id, int limit_ms,
			      hpo_json_t **data, hpo_error_t *error)
{
	return hpo__clearml_call_task(clearml, "tasks.get_by_id", id, "", limit_ms, data, NULL,
				      error);
}

/* Tags and the property by which it is known again; in any status. */
static hpo_status_t mark(struct hpo_clearml *clearml, const hpo_json_t *task, int limit_ms,
			 hpo_error_t *error)
{
	const hpo_json_t *tags = hpo__json_get(task, "tags");
	struct hpo_buffer more = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_text(&more, ",\"tags\":[\"optimization\"");
	for (size_t i = 0; i < hpo__json_size(tags); i++) {
		const char *tag = hpo__json_text(hpo__json_item(tags, i));

		if (tag == NULL || strcmp(tag, "optimization") == 0)
			continue;
		hpo__buffer_char(&more, ',');
		hpo__buffer_json_text(&more, tag);
	}
	hpo__buffer_char(&more, ']');
	if (more.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__clearml_call_task(clearml, "tasks.update", clearml->optimizer.id,
						more.text, limit_ms, NULL, NULL, error);
	hpo__buffer_release(&more);
	return status;
}

static hpo_status_t edit(struct hpo_clearml *clearml, const char *endpoint, struct hpo_buffer *more,
			 int limit_ms, hpo_error_t *error)
{
	hpo_status_t status;

	if (more->failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__clearml_call_task(clearml, endpoint, clearml->optimizer.id,
						more->text, limit_ms, NULL, NULL, error);
	hpo__buffer_release(more);
	return status;
}

/* The property by which it is found, and the settings of the study if it has none yet. */
static hpo_status_t store_settings(struct hpo_clearml *clearml, bool with_settings, int limit_ms,
				   hpo_error_t *error)
{
	struct hpo_buffer items = HPO__BUFFER_INIT, objects = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_text(&items, ",\"force\":true,\"hyperparams\":[{\"section\":\"properties\","
				 "\"name\":\"" HPO__CLEARML_STUDY "\",\"type\":\"str\",\"value\":");
	hpo__buffer_json_text(&items, clearml->study_id);
	hpo__buffer_char(&items, '}');
	if (with_settings) {
		hpo__buffer_char(&items, ',');
		hpo__clearml_settings_items(clearml->study, true, &items);
	}
	hpo__buffer_char(&items, ']');
	status = edit(clearml, "tasks.edit_hyper_params", &items, limit_ms, error);
	if (status != HPO_OK || !with_settings)
		return status;
	hpo__buffer_text(&objects, ",\"force\":true,\"configuration\":[");
	hpo__clearml_settings_objects(clearml->study, true, &objects);
	hpo__buffer_char(&objects, ']');
	return edit(clearml, "tasks.edit_configuration", &objects, limit_ms, error);
}

/* This process runs as the task `id`: that is the optimizer task, unless it is itself a clone. */
static hpo_status_t take_over(struct hpo_clearml *clearml, const char *id, int limit_ms,
			      hpo_error_t *error)
{
	struct hpo_clearml_optimizer *optimizer = &clearml->optimizer;
	hpo_json_t *data = NULL;
	const hpo_json_t *task;
	const char *is;
	hpo_status_t status = read_task(clearml, id, limit_ms, &data, error);

	if (status != HPO_OK)
		return status;
	task = hpo__json_get(data, "task");
	is = hpo__json_text(hpo__json_get(task, "status"));
	if (hpo__clearml_property(task, HPO__CLEARML_TRIAL) != NULL) {
		hpo__json_free(data);
		return HPO_ENOTFOUND;
	}
	status = adopt(clearml, task, error);
	optimizer->taken_over = true;
	optimizer->read_only =
		is == NULL || (strcmp(is, "created") != 0 && strcmp(is, "in_progress") != 0);
	if (status == HPO_OK && !optimizer->read_only)
		status = mark(clearml, task, limit_ms, error);
	if (status == HPO_OK && !optimizer->read_only)
		status = store_settings(clearml, !hpo__clearml_settings_there(task), limit_ms,
					error);
	if (optimizer->read_only)
		hpo__log(&clearml->log, HPO_LOG_WARNING,
			 "the optimizer task %s is %s: nothing is reported to it", id,
			 is != NULL ? is : "without a status");
	hpo__json_free(data);
	return status;
}

hpo_status_t hpo__clearml_optimizer_open(struct hpo_clearml *clearml, int limit_ms,
					 hpo_error_t *error)
{
	const char *own = clearml->config.task;
	hpo_status_t status = HPO_ENOTFOUND;

	if (own != NULL)
		status = take_over(clearml, own, limit_ms, error);
	if (status == HPO_ENOTFOUND)
		status = find_or_make(clearml, limit_ms, error);
	if (status != HPO_OK || clearml->optimizer.read_only)
		return status;
	clearml->optimizer.next_ping = hpo__clock_monotonic() + ping_s;
	return hpo__clearml_call_task(clearml, "tasks.started", clearml->optimizer.id,
				      ",\"force\":true,\"status_reason\":\"hpo\"", limit_ms, NULL,
				      NULL, error);
}

void hpo__clearml_optimizer_tick(struct hpo_clearml *clearml, int limit_ms)
{
	struct hpo_clearml_optimizer *optimizer = &clearml->optimizer;

	if (optimizer->read_only || optimizer->ended ||
	    hpo__clock_monotonic() < optimizer->next_ping)
		return;
	optimizer->next_ping = hpo__clock_monotonic() + ping_s;
	hpo__clearml_call_task(clearml, "tasks.ping", optimizer->id, "", limit_ms, NULL, NULL,
			       NULL);
}

hpo_status_t hpo__clearml_optimizer_end(struct hpo_clearml *clearml, const char *how,
					const char *reason, int limit_ms, hpo_error_t *error)
{
	struct hpo_buffer more = HPO__BUFFER_INIT;
	struct hpo_buffer endpoint = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_format(&endpoint, "tasks.%s", how);
	hpo__buffer_text(&more, ",\"force\":true,\"status_reason\":");
	hpo__buffer_json_text(&more, reason != NULL && *reason != '\0' ? reason : "the run ended");
	if (more.failed || endpoint.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__clearml_call_task(clearml, endpoint.text, clearml->optimizer.id,
						more.text, limit_ms, NULL, NULL, error);
	hpo__buffer_release(&endpoint);
	hpo__buffer_release(&more);
	if (status == HPO_OK)
		clearml->optimizer.ended = true;
	return status;
}

void hpo__clearml_optimizer_close(struct hpo_clearml *clearml, int limit_ms)
{
	struct hpo_clearml_optimizer *optimizer = &clearml->optimizer;

	if (optimizer->id != NULL && !optimizer->ended && !optimizer->read_only)
		hpo__clearml_optimizer_end(clearml, "stopped", "the run was given up", limit_ms,
					   NULL);
	hpo__clearml_events_release(&optimizer->events);
	hpo__free(optimizer->id);
	hpo__free(optimizer->project);
	memset(optimizer, 0, sizeof *optimizer);
}

/* A session of its own, for a question before the study is opened. */
static hpo_status_t ask_own_task(const struct hpo_clearml_config *config, hpo_json_t **data,
				 hpo_error_t *error)
{
	hpo_clearml_session_t *session = NULL;
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_text(&body, "{\"task\":");
	hpo__buffer_json_text(&body, config->task);
	hpo__buffer_char(&body, '}');
	if (body.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__clearml_connect(&session, config, -1, NULL, OPENING_MS, error);
	if (status == HPO_OK)
		status = hpo__clearml_call(session, "tasks.get_by_id", &body, HPO__HTTP_REPEAT,
					   OPENING_MS, data, NULL, error);
	hpo__buffer_release(&body);
	hpo__clearml_disconnect(session);
	if (status == HPO_WAIT && error != NULL)
		error->code = HPO_EBACKEND;
	return status == HPO_WAIT ? HPO_EBACKEND : status;
}

hpo_status_t hpo__clearml_configure(const char *study_json, char **out, hpo_error_t *error)
{
	const char *own = getenv("CLEARML_TASK_ID");
	struct hpo_clearml_config config;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_json_t *study = NULL, *data = NULL;
	const hpo_json_t *settings, *task;
	hpo_status_t status;

	*out = NULL;
	if (own == NULL || *own == '\0')
		return HPO_OK;
	status = hpo__json_parse(&study, study_json, strlen(study_json), "the study file", error);
	if (status < 0)
		return status;
	settings = hpo__json_get(study, "task");
	status = hpo__clearml_config_read(
		&config, hpo__json_text(hpo__json_get(settings, "server")),
		hpo__json_text(hpo__json_get(settings, "config_file")), error);
	if (status >= 0) {
		status = ask_own_task(&config, &data, error);
		hpo__clearml_config_release(&config);
	}
	task = hpo__json_get(data, "task");
	if (status >= 0 && hpo__clearml_settings_there(task) &&
	    hpo__clearml_property(task, HPO__CLEARML_TRIAL) == NULL) {
		status = hpo__clearml_settings_apply(task, study, &text, error);
		if (status >= 0)
			*out = hpo__buffer_take(&text);
		if (status >= 0 && *out == NULL)
			status = hpo__fail_memory(error);
	}
	hpo__buffer_release(&text);
	hpo__json_free(data);
	hpo__json_free(study);
	return status;
}
