/*
 * Flags that describe the task: what runs a trial, and how.
 */
#include "clearml.h"
#include "study_flags.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What only a server has is refused in a local run, in one sentence. */
static bool refuse_server(const struct arguments *arguments, hpo_error_t *error)
{
	if (arguments_has(arguments, "task-id"))
		return refuse(error, "--task-id '%s' names a task on a ClearML server, and backend "
			      "'%s' has none: leave --backend out, or give the command after --",
			      arguments_text(arguments, "task-id", ""),
			      arguments_text(arguments, "backend", "process"));
	return true;
}

static bool is_python(const char *path)
{
	size_t length = strlen(path);

	return length > 3 && strcmp(path + length - 3, ".py") == 0;
}

static bool append_args(json_t *command, const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *use;
	size_t index = 0;

	while ((use = arguments_next(arguments, "args", &index)) != NULL) {
		char *text;

		if (use->first[0] == '=' || strchr(use->first, '=') == NULL)
			return refuse(error, "--args '%s': expected NAME=VALUE", use->first);
		text = make_text("--%s", use->first);
		json_array_append_new(command, json_string(text));
		free(text);
	}
	return true;
}

/* The command line of a script: by python3 if it is Python, by itself otherwise. */
static bool script_command(json_t *command, const char *script, hpo_error_t *error)
{
	char *path = strchr(script, '/') != NULL ? copy_text(script) : make_text("./%s", script);
	bool is_fine = true;

	if (access(script, R_OK) < 0)
		is_fine = refuse(error, "--script '%s': %s", script, strerror(errno));
	else if (is_python(script))
		json_array_append_new(command, json_string("python3"));
	else if (access(script, X_OK) < 0)
		is_fine = refuse(error, "--script '%s' is not executable: make it so with "
				 "chmod +x, or give the command after --", script);
	json_array_append_new(command, json_string(path));
	free(path);
	return is_fine;
}

static bool set_command(json_t *task, const struct arguments *arguments, hpo_error_t *error)
{
	const char *script = arguments_text(arguments, "script", NULL);
	json_t *command;
	bool is_fine = true;

	if (script != NULL && arguments->has_command)
		return refuse(error, "--script and a command after -- both say what to run: "
			      "give one of them");
	if (script == NULL && arguments_has(arguments, "args"))
		return refuse(error, "--args goes with --script: put the arguments of a command "
			      "after --");
	if (script == NULL && !arguments->has_command)
		return true;
	if (script == NULL && arguments->command_count == 0)
		return refuse(error, "no command after --");

	command = must(json_array());
	if (script != NULL)
		is_fine = script_command(command, script, error) &&
			  append_args(command, arguments, error);
	for (size_t i = 0; i < arguments->command_count; i++)
		json_array_append_new(command, json_string(arguments->command[i]));
	json_object_set_new(task, "command", command);
	return is_fine;
}

static bool set_environment(json_t *task, const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *use;
	size_t index = 0;

	while ((use = arguments_next(arguments, "env", &index)) != NULL) {
		const char *sign = strchr(use->first, '=');
		json_t *environment = object_in(task, "env");
		char *key;

		if (sign == NULL || sign == use->first)
			return refuse(error, "--env '%s': expected NAME=VALUE", use->first);
		key = must(strndup(use->first, (size_t)(sign - use->first)));
		if (environment != NULL)
			json_object_set_new(environment, key, json_string(sign + 1));
		free(key);
	}
	return true;
}

static void set_text(json_t *task, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(task, key, json_string(value));
}

static bool set_grace(json_t *task, const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *use = arguments_last(arguments, "grace-seconds");
	double seconds;

	if (use == NULL)
		return true;
	if (!option_real(use, 0, HUGE_VAL, &seconds, error))
		return false;
	json_object_set_new(task, "grace_seconds", json_real(seconds));
	return true;
}

bool task_from_arguments(json_t *study, const struct arguments *arguments, bool needs_command,
			 hpo_error_t *error)
{
	bool was_there = json_object_get(study, "task") != NULL;
	json_t *task;

	if (is_for_clearml(study, arguments))
		return clearml_from_arguments(study, arguments, error);
	task = object_in(study, "task");
	if (!refuse_server(arguments, error))
		return false;
	if (task == NULL)
		return true; /* of the wrong type, which the library refuses by its path */
	if (!set_command(task, arguments, error) || !set_environment(task, arguments, error) ||
	    !set_grace(task, arguments, error))
		return false;
	set_text(task, "backend", arguments_text(arguments, "backend", NULL));
	set_text(task, "queue", arguments_text(arguments, "queue", NULL));
	set_text(task, "log_dir", arguments_text(arguments, "log-dir", NULL));
	set_text(task, "checkpoint_dir", arguments_text(arguments, "checkpoint-dir", NULL));
	if (needs_command && json_object_get(task, "command") == NULL)
		return refuse(error, "no command to run: give it after --, or --script FILE");
	if (!was_there && json_object_size(task) == 0)
		json_object_del(study, "task");
	else if (json_object_get(task, "backend") == NULL)
		set_text(task, "backend", "process");
	return true;
}
