/*
 * Flags of a search whose trials are tasks of a ClearML server. They are those
 * of ClearML's own clearml-param-search, with its defaults.
 */
#include "clearml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* ClearML's command line keeps ten tasks, has ten at once and looks every 0.2 minutes. */
enum { KEEP_TOP = 10, AT_ONCE = 10 };
static const double poll_minutes = 0.2;

bool runs_as_task(const struct arguments *arguments)
{
	static const char *const says[] = { "study", "param", "params-search", "task-id", "script",
					    "name" };
	const char *own = getenv("CLEARML_TASK_ID");

	if (own == NULL || *own == '\0' || arguments->has_command)
		return false;
	for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
		if (arguments_has(arguments, says[i]))
			return false;
	}
	return strcmp(arguments_text(arguments, "backend", "clearml"), "clearml") == 0;
}

/* Nothing but a server has queues: ClearML's own example names a script and a queue. */
static bool has_script_and_queue(const struct arguments *arguments)
{
	return arguments_has(arguments, "script") && arguments_has(arguments, "queue") &&
	       !arguments_has(arguments, "local") && !arguments->has_command;
}

bool is_for_clearml(const json_t *study, const struct arguments *arguments)
{
	const char *flag = arguments_text(arguments, "backend", NULL);
	const char *file =
		json_string_value(json_object_get(json_object_get(study, "task"), "backend"));

	if (flag != NULL || file != NULL)
		return strcmp(flag != NULL ? flag : file, "clearml") == 0;
	return arguments_has(arguments, "task-id") || runs_as_task(arguments) ||
	       has_script_and_queue(arguments);
}

static void set_text(json_t *task, const char *key, const struct arguments *arguments,
		     const char *flag)
{
	const char *value = arguments_text(arguments, flag, NULL);

	if (value != NULL)
		json_object_set_new(task, key, json_string(value));
}

static bool set_args(json_t *task, const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *use;
	size_t index = 0;

	while ((use = arguments_next(arguments, "args", &index)) != NULL) {
		json_t *args = array_in(task, "args");

		if (use->first[0] == '=' || strchr(use->first, '=') == NULL)
			return refuse(error, "--args '%s': expected NAME=VALUE", use->first);
		if (args != NULL)
			json_array_append_new(args, json_string(use->first));
	}
	return true;
}

static bool set_period(json_t *task, const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *use = arguments_last(arguments, "pool-period-min");
	double minutes = poll_minutes;

	if (use == NULL && json_object_get(task, "poll_seconds") != NULL)
		return true;
	if (use != NULL && !option_real(use, 0, HUGE_VAL, &minutes, error))
		return false;
	json_object_set_new(task, "poll_seconds", json_real(60.0 * minutes));
	return true;
}

static void set_limits(json_t *study, const struct arguments *arguments)
{
	json_t *limits = object_in(study, "limits");
	const bool is_local = json_is_true(
		json_object_get(json_object_get(study, "task"), "local"));

	if (limits == NULL)
		return;
	if (json_object_get(limits, "keep_top") == NULL &&
	    !arguments_has(arguments, "save-top-k-tasks-only"))
		json_object_set_new(limits, "keep_top", json_integer(KEEP_TOP));
	/* How many an agent's machines take is their business; ours is asked for one. */
	if (json_object_get(limits, "concurrent") == NULL && !is_local)
		json_object_set_new(limits, "concurrent", json_integer(AT_ONCE));
}

static bool check_base(const json_t *task, const struct arguments *arguments, hpo_error_t *error)
{
	const bool has_id = json_object_get(task, "base_task") != NULL;
	const bool has_script = json_object_get(task, "script") != NULL;

	if (arguments->has_command)
		return refuse(error, "a search on a ClearML server clones a task: give its id with "
			      "--task-id, or a script with --script, rather than a command after --");
	if (runs_as_task(arguments))
		return true;
	if (has_id && has_script)
		return refuse(error, "--task-id and --script both say what to clone: give one of "
			      "them");
	if (!has_id && !has_script)
		return refuse(error, "no task to clone: give the id of the base task with "
			      "--task-id, or --script FILE to make one");
	if (json_object_get(task, "queue") == NULL && !json_is_true(json_object_get(task, "local")))
		return refuse(error, "no queue: give --queue NAME, or --local to run the tasks on "
			      "this machine");
	return true;
}

bool clearml_from_arguments(json_t *study, const struct arguments *arguments, hpo_error_t *error)
{
	json_t *task = object_in(study, "task");
	const struct option_use *grace = arguments_last(arguments, "grace-seconds");
	double seconds;

	/* Credentials are in the environment and in memory: a crash leaves no file with them. */
	prctl(PR_SET_DUMPABLE, 0);
	if (task == NULL)
		return true; /* of the wrong type, which the library refuses by its path */
	json_object_set_new(task, "backend", json_string("clearml"));
	set_text(task, "base_task", arguments, "task-id");
	set_text(task, "script", arguments, "script");
	set_text(task, "queue", arguments, "queue");
	set_text(task, "optimizer_project", arguments, "project-name");
	set_text(task, "optimizer_name", arguments, "task-name");
	set_text(task, "log_dir", arguments, "log-dir");
	if (arguments_has(arguments, "local"))
		json_object_set_new(task, "local", json_true());
	if (arguments_has(arguments, "allow-unknown-parameters"))
		json_object_set_new(task, "allow_unknown", json_true());
	if (grace != NULL && !option_real(grace, 0, HUGE_VAL, &seconds, error))
		return false;
	if (grace != NULL)
		json_object_set_new(task, "grace_seconds", json_real(seconds));
	if (!set_args(task, arguments, error) || !check_base(task, arguments, error))
		return false;
	/* What a task says of itself is not overridden by our defaults. */
	if (runs_as_task(arguments))
		return true;
	set_limits(study, arguments);
	return set_period(task, arguments, error);
}

void print_top_tasks(hpo_optimizer_t *optimizer, const json_t *study)
{
	const json_t *task = json_object_get(study, "task");
	const char *backend = json_string_value(json_object_get(task, "backend"));
	json_int_t keep =
		json_integer_value(json_object_get(json_object_get(study, "limits"), "keep_top"));
	size_t count = keep > 0 && keep < KEEP_TOP ? (size_t)keep : KEEP_TOP;
	json_t *top;
	char *text;

	if (backend == NULL || strcmp(backend, "clearml") != 0)
		return;
	text = hpo_optimizer_top_json(optimizer, count, 0, NULL);
	top = text != NULL ? json_loads(text, 0, NULL) : NULL;
	hpo_free(text);
	if (json_array_size(top) > 0)
		puts("top tasks:");
	for (size_t i = 0; i < json_array_size(top); i++) {
		const char *id = json_string_value(json_object_get(json_array_get(top, i), "task"));
		char *harmless = plain(id != NULL ? id : "-");

		printf("  %s\n", harmless);
		hpo_free(harmless);
	}
	json_decref(top);
}
