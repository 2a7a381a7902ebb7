/*
 * The `task` object of a study file, as the ClearML backend reads it.
 */
#include "backend/clearml/clearml.h"

#include "base/alloc.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Two minutes are what ClearML's optimizer takes; its command line takes 0.2. */
static const double default_poll_s = 12.0;
static const double shortest_poll_s = 0.05;

static const char *const known[] = {
	"backend",	     "base_task",      "script",  "args",	 "queue",
	"project",	     "name",	       "tags",	  "overrides",	 "configuration",
	"optimizer_project", "optimizer_name", "server",  "config_file", "allow_unknown", "local",
	"poll_seconds",	     "grace_seconds",  "log_dir", NULL,
};

/* The members that are texts. */
static const struct {
	const char *key;
	size_t offset;
} texts[] = {
	{"base_task", offsetof(struct hpo_clearml_settings, base_task)},
	{"script", offsetof(struct hpo_clearml_settings, script)},
	{"queue", offsetof(struct hpo_clearml_settings, queue)},
	{"project", offsetof(struct hpo_clearml_settings, project)},
	{"name", offsetof(struct hpo_clearml_settings, name)},
	{"optimizer_project", offsetof(struct hpo_clearml_settings, optimizer_project)},
	{"optimizer_name", offsetof(struct hpo_clearml_settings, optimizer_name)},
	{"server", offsetof(struct hpo_clearml_settings, server)},
	{"config_file", offsetof(struct hpo_clearml_settings, config_file)},
	{"log_dir", offsetof(struct hpo_clearml_settings, log_dir)},
};

enum { TEXTS = sizeof texts / sizeof *texts };

static char **text_of(struct hpo_clearml_settings *settings, size_t i)
{
	return (char **)(void *)((char *)settings + texts[i].offset);
}

static hpo_status_t read_text(const struct hpo_json_at *at, const char *key, char **out,
			      hpo_error_t *error)
{
	struct hpo_json_at member = hpo__json_member(at, key);
	const char *text = NULL;
	hpo_status_t status = hpo__json_read_text(&member, &text, error);

	if (status < 0 || text == NULL)
		return status;
	if (*text == '\0')
		return hpo__json_refuse(&member, error, "is empty: give a value, or leave it out");
	*out = hpo__strdup(text);
	return *out != NULL ? HPO_OK : hpo__fail_memory(error);
}

static hpo_status_t read_list(const struct hpo_json_at *at, const char *key, char ***out,
			      size_t *count, hpo_error_t *error)
{
	struct hpo_json_at member = hpo__json_member(at, key);
	const size_t size = hpo__json_size(member.node);
	hpo_status_t status;

	if (member.node == NULL)
		return HPO_OK;
	status = hpo__json_expect(&member, HPO__JSON_ARRAY, error);
	if (status < 0)
		return status;
	*out = hpo__calloc(size + 1, sizeof **out);
	if (*out == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < size; i++) {
		struct hpo_json_at element = hpo__json_element(&member, i);

		status = hpo__json_expect(&element, HPO__JSON_TEXT, error);
		if (status < 0)
			return status;
		(*out)[i] = hpo__strdup(hpo__json_text(element.node));
		if ((*out)[i] == NULL)
			return hpo__fail_memory(error);
		*count = i + 1;
	}
	return HPO_OK;
}

/* A member that is an object goes on as its text, to who knows what is in it. */
static hpo_status_t read_object(const struct hpo_json_at *at, const char *key, char **out,
				hpo_error_t *error)
{
	struct hpo_json_at member = hpo__json_member(at, key);
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status;

	if (member.node == NULL)
		return HPO_OK;
	status = hpo__json_expect(&member, HPO__JSON_OBJECT, error);
	if (status < 0)
		return status;
	hpo__json_write(member.node, &text);
	*out = hpo__buffer_take(&text);
	return *out != NULL ? HPO_OK : hpo__fail_memory(error);
}

static hpo_status_t read_seconds(const struct hpo_json_at *at, const char *key, double *out,
				 hpo_error_t *error)
{
	struct hpo_json_at member = hpo__json_member(at, key);
	hpo_status_t status = hpo__json_read_real(&member, out, error);

	if (status >= 0 && (!(*out >= 0) || !isfinite(*out)))
		status = hpo__json_refuse(
			&member, error, "%g is not a number of seconds: expected 0 or more", *out);
	return status;
}

static hpo_status_t check_whole(const struct hpo_clearml_settings *settings, bool is_local,
				hpo_error_t *error)
{
	if ((settings->base_task != NULL) == (settings->script != NULL))
		return hpo__fail(error, HPO_EINVAL,
				 "task: give exactly one of base_task, the id of the task to "
				 "clone, and script, a file to make one from");
	if (settings->arg_count > 0 && settings->script == NULL)
		return hpo__fail(error, HPO_EINVAL,
				 "task.args: these are arguments of a script: give task.script, "
				 "or change the base task's own");
	for (size_t i = 0; i < settings->arg_count; i++)
		if (strchr(settings->args[i], '=') == NULL || settings->args[i][0] == '=')
			return hpo__fail(error, HPO_EINVAL,
					 "task.args[%zu]: '%s': expected NAME=VALUE", i,
					 settings->args[i]);
	if (!is_local && settings->queue == NULL)
		return hpo__fail(error, HPO_EINVAL,
				 "task.queue: which queue shall the clones go to? Give its name, "
				 "or run them on this machine (--local)");
	return HPO_OK;
}

hpo_status_t hpo__clearml_settings_read(struct hpo_clearml_settings *settings,
					const char *task_json, bool is_local, hpo_error_t *error)
{
	hpo_json_t *json = NULL;
	struct hpo_json_at at, allow, local;
	hpo_status_t status;

	*settings = (struct hpo_clearml_settings){.poll_s = default_poll_s, .grace_s = 1.0};
	status = hpo__json_parse(&json, task_json, strlen(task_json), "task", error);
	if (status < 0)
		return status;
	at = hpo__json_root(json);
	at.key = "task";
	allow = hpo__json_member(&at, "allow_unknown");
	local = hpo__json_member(&at, "local");

	status = hpo__json_only(&at, known, error);
	for (size_t i = 0; i < TEXTS && status >= 0; i++)
		status = read_text(&at, texts[i].key, text_of(settings, i), error);
	if (status >= 0)
		status = read_list(&at, "args", &settings->args, &settings->arg_count, error);
	if (status >= 0)
		status = read_list(&at, "tags", &settings->tags, &settings->tag_count, error);
	if (status >= 0)
		status = read_object(&at, "overrides", &settings->overrides_json, error);
	if (status >= 0)
		status = read_object(&at, "configuration", &settings->configuration_json, error);
	if (status >= 0)
		status = hpo__json_read_bool(&allow, &settings->allow_unknown, error);
	settings->is_local = is_local;
	if (status >= 0 && !is_local)
		status = hpo__json_read_bool(&local, &settings->is_local, error);
	if (status >= 0)
		status = read_seconds(&at, "poll_seconds", &settings->poll_s, error);
	if (status >= 0)
		status = read_seconds(&at, "grace_seconds", &settings->grace_s, error);
	if (status >= 0)
		status = check_whole(settings, settings->is_local, error);
	if (settings->poll_s < shortest_poll_s)
		settings->poll_s = shortest_poll_s;
	hpo__json_free(json);
	return status;
}

static void release_list(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hpo__free(list[i]);
	hpo__free(list);
}

void hpo__clearml_settings_release(struct hpo_clearml_settings *settings)
{
	for (size_t i = 0; i < TEXTS; i++)
		hpo__free(*text_of(settings, i));
	hpo__free(settings->overrides_json);
	hpo__free(settings->configuration_json);
	release_list(settings->args, settings->arg_count);
	release_list(settings->tags, settings->tag_count);
	*settings = (struct hpo_clearml_settings){.base_task = NULL};
}
