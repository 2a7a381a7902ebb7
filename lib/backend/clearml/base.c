/*
 * The base task and the queue: looked up once, before anything is started.
 */
#include "backend/clearml/base.h"

#include "backend/clearml/clones.h"
#include "backend/clearml/values.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 500, NO_SUCH_TASK = 101, AGAIN_MS = 500, LARGEST_SCRIPT = 4 * 1024 * 1024 };

/* A silence while the run starts is a failure that names the server. */
static hpo_status_t settle(hpo_status_t status, hpo_error_t *error)
{
	if (status != HPO_WAIT)
		return status;
	if (error != NULL)
		error->code = HPO_EBACKEND;
	return HPO_EBACKEND;
}

static hpo_status_t call(struct hpo_clearml *clearml, const char *endpoint, struct hpo_buffer *body,
			 enum hpo_http_repeat repeat, int limit_ms, hpo_json_t **data,
			 struct hpo_clearml_outcome *outcome, hpo_error_t *error)
{
	return settle(hpo__clearml_ask(clearml->session, endpoint, body, repeat, limit_ms, data,
				       outcome, error),
		      error);
}

static char *copy_member(const hpo_json_t *object, const char *key)
{
	const char *text = hpo__json_text(hpo__json_get(object, key));

	return text != NULL && *text != '\0' ? hpo__strdup(text) : NULL;
}

static hpo_status_t read_base(struct hpo_clearml *clearml, const char *id, int limit_ms,
			      hpo_error_t *error)
{
	struct hpo_clearml_base *base = &clearml->base;
	struct hpo_clearml_outcome outcome = {0, 0, false};
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	hpo__buffer_text(&body, "{\"task\":");
	hpo__buffer_json_text(&body, id);
	hpo__buffer_char(&body, '}');
	status = call(clearml, "tasks.get_by_id", &body, HPO__HTTP_REPEAT, limit_ms, &base->reply,
		      &outcome, &why);
	if (status == HPO_EBACKEND && outcome.code == 400 && outcome.subcode == NO_SUCH_TASK)
		return hpo__fail(error, HPO_EINVAL,
				 "task.base_task: there is no task '%s' on %s that these "
				 "credentials may see",
				 id, clearml->config.api);
	if (status < 0)
		return hpo__fail(error, status, "%s", why.message);

	base->task = hpo__json_get(base->reply, "task");
	base->id = copy_member(base->task, "id");
	base->name = copy_member(base->task, "name");
	base->project = copy_member(base->task, "project");
	if (base->id == NULL || base->name == NULL)
		return hpo__fail(error, HPO_EBACKEND,
				 "the server's answer about task '%s' has no id or no name", id);
	return HPO_OK;
}

struct metric_list {
	struct hpo_buffer text;
	size_t count;
};

static hpo_status_t list_variant(const char *hash, const hpo_json_t *entry, void *user)
{
	struct metric_list *list = user;
	const char *metric = hpo__json_text(hpo__json_get(entry, "metric"));
	const char *variant = hpo__json_text(hpo__json_get(entry, "variant"));
	const size_t shown = 8;

	(void)hash;
	if (metric == NULL || variant == NULL || *metric == ':' || list->count++ >= shown)
		return HPO_OK;
	hpo__buffer_format(&list->text, "%s%s/%s", list->text.size > 0 ? ", " : "", metric,
			   variant);
	return HPO_OK;
}

static hpo_status_t list_metric(const char *hash, const hpo_json_t *variants, void *user)
{
	(void)hash;
	if (hpo__json_kind(variants) != HPO__JSON_OBJECT)
		return HPO_OK;
	return hpo__json_each(variants, list_variant, user);
}

/* A base task that never ran has reported nothing; one that did should know the objective. */
static void look_for_metrics(struct hpo_clearml *clearml)
{
	const hpo_json_t *all = hpo__json_get(clearml->base.task, "last_metrics");
	struct metric_list list = {HPO__BUFFER_INIT, 0};

	if (hpo__json_size(all) == 0 || hpo__json_kind(all) != HPO__JSON_OBJECT)
		return;
	hpo__json_each(all, list_metric, &list);
	for (size_t i = 0; i < clearml->clones->metric_count; i++) {
		const struct hpo_clearml_metric *metric = &clearml->clones->metrics[i];

		if (metric->title == NULL || hpo__clearml_metric_entry(clearml->base.task, metric))
			continue;
		hpo__log(&clearml->log, HPO_LOG_WARNING,
			 "base task '%s' never reported '%s'; it reported %s", clearml->base.name,
			 metric->key, list.text.text != NULL ? list.text.text : "nothing");
	}
	hpo__buffer_release(&list.text);
}

/* The text of a script; the caller's. */
static hpo_status_t read_script(const char *path, struct hpo_buffer *out, hpo_error_t *error)
{
	FILE *file = fopen(path, "rb");
	char chunk[4096];
	size_t got;

	if (file == NULL)
		return hpo__fail(error, HPO_EINVAL, "task.script: '%s' cannot be read: %s", path,
				 strerror(errno));
	while ((got = fread(chunk, 1, sizeof chunk, file)) > 0 && out->size <= LARGEST_SCRIPT)
		hpo__buffer_append(out, chunk, got);
	fclose(file);
	if (out->size > LARGEST_SCRIPT)
		return hpo__fail(error, HPO_EINVAL, "task.script: '%s' is larger than %d bytes",
				 path, (int)LARGEST_SCRIPT);
	if (out->text == NULL || strlen(out->text) != out->size)
		return hpo__fail(error, HPO_EINVAL, "task.script: '%s' is empty or no text", path);
	return HPO_OK;
}

static void write_item(struct hpo_buffer *out, const char *section, const char *name, size_t length,
		       const char *value, bool is_first)
{
	struct hpo_buffer copy = HPO__BUFFER_INIT;

	hpo__buffer_append(&copy, name, length);
	out->failed = out->failed || copy.failed;
	if (!copy.failed) {
		if (!is_first)
			hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, copy.text);
		hpo__buffer_text(out, ":{\"section\":");
		hpo__buffer_json_text(out, section);
		hpo__buffer_text(out, ",\"name\":");
		hpo__buffer_json_text(out, copy.text);
		hpo__buffer_text(out, ",\"value\":");
		hpo__buffer_json_text(out, value);
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_release(&copy);
}

static void write_hyperparams(const struct hpo_clearml *clearml, struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"hyperparams\":{\"properties\":{");
	write_item(out, "properties", HPO__CLEARML_STUDY, strlen(HPO__CLEARML_STUDY),
		   clearml->study_id, true);
	hpo__buffer_text(out, "},\"Args\":{");
	for (size_t i = 0; i < clearml->settings.arg_count; i++) {
		const char *arg = clearml->settings.args[i];
		const char *sign = strchr(arg, '=');

		write_item(out, "Args", arg, (size_t)(sign - arg), sign + 1, i == 0);
	}
	hpo__buffer_text(out, "}}");
}

static hpo_status_t write_script_task(const struct hpo_clearml *clearml, const char *name,
				      struct hpo_buffer *body, hpo_error_t *error)
{
	struct hpo_buffer script = HPO__BUFFER_INIT;
	hpo_status_t status = read_script(clearml->settings.script, &script, error);

	if (status >= 0) {
		hpo__buffer_text(body, "{\"type\":\"training\",\"name\":");
		hpo__buffer_json_text(body, name);
		hpo__buffer_text(body, ",\"script\":{\"binary\":\"python3\",\"repository\":\"\","
				       "\"working_dir\":\".\",\"entry_point\":");
		hpo__buffer_json_text(body, name);
		hpo__buffer_text(body, ",\"diff\":");
		hpo__buffer_json_text(body, script.text);
		hpo__buffer_char(body, '}');
		write_hyperparams(clearml, body);
		hpo__buffer_char(body, '}');
	}
	hpo__buffer_release(&script);
	return status;
}

/* The base task that an earlier run of this study made of the script; *id stays NULL if none. */
static hpo_status_t find_script_task(struct hpo_clearml *clearml, int limit_ms, char **id,
				     hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	hpo_status_t status;

	hpo__buffer_format(&body,
			   "{\"type\":[\"training\"],\"order_by\":[\"-created\"],\"page\":0,"
			   "\"page_size\":%d,\"only_fields\":[\"id\",\"script.diff\","
			   "\"hyperparams.properties\"]}",
			   (int)PAGE);
	status = call(clearml, "tasks.get_all", &body, HPO__HTTP_REPEAT, limit_ms, &data, NULL,
		      error);
	for (size_t i = 0; status >= 0 && *id == NULL; i++) {
		const hpo_json_t *task = hpo__json_item(hpo__json_get(data, "tasks"), i);
		const hpo_json_t *marks =
			hpo__json_get(hpo__json_get(task, "hyperparams"), "properties");
		const char *study = hpo__json_text(
			hpo__json_get(hpo__json_get(marks, HPO__CLEARML_STUDY), "value"));

		if (task == NULL)
			break;
		if (study != NULL && strcmp(study, clearml->study_id) == 0 &&
		    hpo__json_get(marks, HPO__CLEARML_TRIAL) == NULL)
			*id = copy_member(task, "id");
	}
	hpo__json_free(data);
	return status;
}

static hpo_status_t make_script_task(struct hpo_clearml *clearml, int limit_ms, char **id,
				     bool *uncertain, hpo_error_t *error)
{
	struct hpo_clearml_outcome outcome = {0, 0, false};
	const char *slash = strrchr(clearml->settings.script, '/');
	const char *name = slash != NULL ? slash + 1 : clearml->settings.script;
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	hpo_status_t status = write_script_task(clearml, name, &body, error);

	if (status < 0) {
		hpo__buffer_release(&body);
		return status;
	}
	status = call(clearml, "tasks.create", &body, HPO__HTTP_ONCE, limit_ms, &data, &outcome,
		      error);
	*uncertain = outcome.uncertain;
	if (status >= 0)
		*id = copy_member(data, "id");
	hpo__json_free(data);
	if (status >= 0 && *id == NULL)
		status = hpo__fail(error, HPO_EBACKEND,
				   "the server's answer to tasks.create has no id");
	return status;
}

/* One that was made without an answer to us is found when it is looked for again. */
static hpo_status_t find_or_make(struct hpo_clearml *clearml, int limit_ms, char **id,
				 hpo_error_t *error)
{
	const double end = hpo__clock_monotonic() + limit_ms / 1000.0;
	hpo_error_t why;
	hpo_status_t status;
	bool uncertain;

	do {
		uncertain = false;
		why = (hpo_error_t){0, ""};
		status = find_script_task(clearml, hpo__clearml_left_ms(end), id, &why);
		if (status >= 0 && *id == NULL)
			status = make_script_task(clearml, hpo__clearml_left_ms(end), id, &uncertain, &why);
	} while (status < 0 && uncertain && hpo__clearml_left_ms(end) > AGAIN_MS &&
		 hpo__clearml_pause(clearml->session, AGAIN_MS));
	if (status < 0)
		hpo__fail(error, status, "%s", why.message);
	return status;
}

static hpo_status_t check_names(struct hpo_clearml *clearml, hpo_error_t *error)
{
	/* A task made from a script has only what was given: its parser adds the rest. */
	const bool is_incomplete = clearml->settings.script != NULL;

	return hpo__clearml_check(clearml->base.task, clearml->study,
				  is_incomplete || clearml->settings.allow_unknown, &clearml->log,
				  error);
}

hpo_status_t hpo__clearml_base_open(struct hpo_clearml *clearml, int limit_ms, hpo_error_t *error)
{
	char *made = NULL;
	hpo_status_t status = HPO_OK;

	if (clearml->settings.script != NULL)
		status = find_or_make(clearml, limit_ms, &made, error);
	if (status >= 0)
		status = read_base(clearml, made != NULL ? made : clearml->settings.base_task,
				   limit_ms, error);
	hpo__free(made);
	if (status >= 0)
		status = check_names(clearml, error);
	if (status >= 0)
		look_for_metrics(clearml);
	return status;
}

void hpo__clearml_base_release(struct hpo_clearml_base *base)
{
	hpo__free(base->id);
	hpo__free(base->name);
	hpo__free(base->project);
	hpo__json_free(base->reply);
	*base = (struct hpo_clearml_base){.id = NULL};
}

/* One page of queues: takes the wanted one's id, and gathers names for the sentence. */
static hpo_status_t read_queues(struct hpo_clearml *clearml, int page, int limit_ms, size_t *count,
				struct hpo_buffer *names, hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	const hpo_json_t *queues;
	hpo_status_t status;

	hpo__buffer_format(&body,
			   "{\"page\":%d,\"page_size\":%d,\"order_by\":[\"name\"],"
			   "\"search_hidden\":true,\"only_fields\":[\"id\",\"name\"]}",
			   page, (int)PAGE);
	status = call(clearml, "queues.get_all", &body, HPO__HTTP_REPEAT, limit_ms, &data, NULL,
		      error);
	queues = hpo__json_get(data, "queues");
	*count = hpo__json_size(queues);
	for (size_t i = 0; status >= 0 && i < *count && clearml->queue_id == NULL; i++) {
		const hpo_json_t *queue = hpo__json_item(queues, i);
		const char *name = hpo__json_text(hpo__json_get(queue, "name"));

		if (name == NULL)
			continue;
		if (strcmp(name, clearml->settings.queue) == 0)
			clearml->queue_id = copy_member(queue, "id");
		else if (names->size < 200)
			hpo__buffer_format(names, "%s'%s'", names->size > 0 ? ", " : "", name);
	}
	hpo__json_free(data);
	return status;
}

hpo_status_t hpo__clearml_queue_open(struct hpo_clearml *clearml, int limit_ms, hpo_error_t *error)
{
	struct hpo_buffer names = HPO__BUFFER_INIT;
	hpo_status_t status = HPO_OK;
	size_t count = PAGE;

	for (int page = 0; status >= 0 && count == PAGE && clearml->queue_id == NULL; page++)
		status = read_queues(clearml, page, limit_ms, &count, &names, error);
	if (status >= 0 && clearml->queue_id == NULL)
		status = hpo__fail(error, HPO_EINVAL,
				   "task.queue: there is no queue '%s' on %s; there are %s",
				   clearml->settings.queue, clearml->config.api,
				   names.text != NULL ? names.text : "none");
	hpo__buffer_release(&names);
	return status;
}
