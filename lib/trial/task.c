/*
 * Checking the `task` object of a study file.
 */
#include "trial/task.h"

#include <math.h>
#include <string.h>

/* What backends understand that run a command. */
static const char *const of_commands[] = {
	"backend", "command",	    "queue",	      "poll_seconds", "env",
	"log_dir", "grace_seconds", "checkpoint_dir", "cwd",	      NULL,
};

static const char *const of_clearml[] = {
	"backend",	     "base_task",      "script",	"args",		"queue",
	"project",	     "name",	       "tags",		"overrides",	"configuration",
	"optimizer_project", "optimizer_name", "server",	"config_file",	"allow_unknown", "local",
	"poll_seconds",	     "grace_seconds",  "log_dir",	NULL,
};

/* The members that a backend of ours knows; NULL: it checks them itself. */
static const char *const *known_to(const char *backend)
{
	if (strcmp(backend, "process") == 0 || strcmp(backend, "slurm") == 0)
		return of_commands;
	return strcmp(backend, "clearml") == 0 ? of_clearml : NULL;
}

static hpo_status_t check_texts(const struct hpo_json_at *at, hpo_error_t *error)
{
	static const char *const texts[] = {
		"queue", "log_dir", "checkpoint_dir", "cwd",	       "base_task",	 "script",
		"name",	 "project", "server",	      "config_file", "optimizer_project", "optimizer_name",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hpo_json_at member = hpo__json_member(at, texts[i]);
		const char *text = NULL;
		hpo_status_t status = hpo__json_read_text(&member, &text, error);

		if (status < 0)
			return status;
		if (text != NULL && *text == '\0')
			return hpo__json_refuse(&member, error,
						"is empty: give a value, or leave it out");
	}
	return HPO_OK;
}

static hpo_status_t check_seconds(const struct hpo_json_at *at, hpo_error_t *error)
{
	static const char *const spans[] = {"poll_seconds", "grace_seconds"};

	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		struct hpo_json_at member = hpo__json_member(at, spans[i]);
		double seconds = 0;
		hpo_status_t status = hpo__json_read_real(&member, &seconds, error);

		if (status < 0)
			return status;
		if (!(seconds >= 0) || !isfinite(seconds))
			return hpo__json_refuse(&member, error,
						"%g is not a number of seconds: expected 0 or more",
						seconds);
	}
	return HPO_OK;
}

static hpo_status_t check_command(const struct hpo_json_at *at, hpo_error_t *error)
{
	hpo_status_t status;

	if (at->node == NULL)
		return HPO_OK;
	status = hpo__json_expect(at, HPO__JSON_ARRAY, error);
	if (status < 0)
		return status;
	if (hpo__json_size(at->node) == 0)
		return hpo__json_refuse(at, error, "expected a program and its arguments");
	for (size_t i = 0; i < hpo__json_size(at->node); i++) {
		struct hpo_json_at element = hpo__json_element(at, i);

		status = hpo__json_expect(&element, HPO__JSON_TEXT, error);
		if (status < 0)
			return status;
		if (i == 0 && *hpo__json_text(element.node) == '\0')
			return hpo__json_refuse(&element, error,
						"expected a program, got an empty text");
	}
	return HPO_OK;
}

struct env_check {
	const struct hpo_json_at *at;
	hpo_error_t *error;
};

static hpo_status_t check_variable(const char *key, const hpo_json_t *value, void *user)
{
	const struct env_check *check = user;
	struct hpo_json_at member = hpo__json_member(check->at, key);

	(void)value;
	if (*key == '\0' || strchr(key, '=') != NULL)
		return hpo__json_refuse(&member, check->error,
					"'%s' cannot name an environment variable", key);
	return hpo__json_expect(&member, HPO__JSON_TEXT, check->error);
}

static hpo_status_t check_env(const struct hpo_json_at *at, hpo_error_t *error)
{
	struct env_check check = {at, error};
	hpo_status_t status;

	if (at->node == NULL)
		return HPO_OK;
	status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	if (status < 0)
		return status;
	return hpo__json_each(at->node, check_variable, &check);
}

hpo_status_t hpo__task_check(const struct hpo_json_at *at, hpo_error_t *error)
{
	struct hpo_json_at backend_at = hpo__json_member(at, "backend");
	struct hpo_json_at command = hpo__json_member(at, "command");
	struct hpo_json_at env = hpo__json_member(at, "env");
	const char *backend = "process";
	hpo_status_t status;

	status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = hpo__json_read_text(&backend_at, &backend, error);
	if (status >= 0 && *backend == '\0')
		status = hpo__json_refuse(&backend_at, error, "expected the name of a backend");
	if (status >= 0 && known_to(backend) != NULL)
		status = hpo__json_only(at, known_to(backend), error);
	if (status >= 0)
		status = check_command(&command, error);
	if (status >= 0)
		status = check_env(&env, error);
	if (status >= 0)
		status = check_texts(at, error);
	if (status >= 0)
		status = check_seconds(at, error);
	return status;
}
