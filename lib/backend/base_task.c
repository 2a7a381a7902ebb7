/*
 * A command as a task.
 */
#include "backend/base_task.h"

#include "backend/command.h"
#include "base/alloc.h"
#include "base/json.h"
#include "os/path.h"
#include "os/process.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *const known_keys[] = {
	"backend",	 "command",	   "env",   "cwd",	    "log_dir",
	"grace_seconds", "checkpoint_dir", "queue", "poll_seconds", NULL};

static hpo_status_t read_command(struct hpo_base_task *base, const struct hpo_json_at *at,
				 hpo_error_t *error)
{
	struct hpo_json_at command = hpo__json_member(at, "command");
	size_t size = command.node != NULL ? hpo__json_size(command.node) : 0;
	hpo_status_t status;

	if (command.node == NULL)
		return hpo__json_refuse(at, error,
					"has no command; add \"command\": "
					"[\"./train\", \"--lr\", \"{lr}\"]");
	status = hpo__json_expect(&command, HPO__JSON_ARRAY, error);
	if (status < 0)
		return status;
	if (size == 0)
		return hpo__json_refuse(&command, error, "is empty; its first item is the program");

	base->command = hpo__calloc(size + 1, sizeof *base->command);
	if (base->command == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < size; i++) {
		struct hpo_json_at item = hpo__json_element(&command, i);
		const char *text = NULL;

		status = hpo__json_expect(&item, HPO__JSON_TEXT, error);
		if (status >= 0)
			status = hpo__json_read_text(&item, &text, error);
		if (status < 0)
			return status;
		base->command[i] = hpo__strdup(text);
		if (base->command[i] == NULL)
			return hpo__fail_memory(error);
		base->count++;
	}
	return HPO_OK;
}

struct variables {
	struct hpo_environment *environment;
	const struct hpo_json_at *at;
	hpo_error_t *error;
};

static hpo_status_t read_variable(const char *name, const hpo_json_t *value, void *user)
{
	struct variables *variables = user;
	struct hpo_json_at at = hpo__json_member(variables->at, name);
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_json_kind_t kind = hpo__json_kind(value);

	if (name[0] == '\0' || strchr(name, '=') != NULL)
		return hpo__json_refuse(variables->at, variables->error,
					"'%s' cannot be the name of a variable", name);
	if (kind == HPO__JSON_NULL) {
		hpo__environment_unset(variables->environment, name);
		return HPO_OK;
	}
	if (kind == HPO__JSON_ARRAY || kind == HPO__JSON_OBJECT)
		return hpo__json_refuse(&at, variables->error, "expected a string, got %s",
					hpo__json_kind_text(value));

	if (kind == HPO__JSON_TEXT)
		hpo__buffer_text(&text, hpo__json_text(value));
	else
		hpo__json_write(value, &text);
	hpo__environment_set(variables->environment, name, text.text != NULL ? text.text : "");
	variables->environment->failed |= text.failed;
	hpo__buffer_release(&text);
	return HPO_OK;
}

static hpo_status_t read_environment(struct hpo_base_task *base, const struct hpo_json_at *at,
				     hpo_error_t *error)
{
	/* When we are a task ourselves, our own values are not those of ours. */
	static const char *const ours[] = {"HPO_PARAMS",    "HPO_TRIAL",      "HPO_STUDY",
					   "HPO_SLOT",	    "HPO_ATTEMPT",    "HPO_CHECKPOINT",
					   "HPO_REPORT_FD", "HPO_REPORT_FILE",
					   "HPO_RESUME_ITERATION"};
	struct hpo_json_at given = hpo__json_member(at, "env");
	struct variables variables = {&base->environment, &given, error};
	hpo_status_t status = HPO_OK;

	hpo__environment_add(&base->environment, environ);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		hpo__environment_unset(&base->environment, ours[i]);
	hpo__environment_set(&base->environment, "PYTHONUNBUFFERED", "1");

	if (given.node != NULL) {
		status = hpo__json_expect(&given, HPO__JSON_OBJECT, error);
		if (status >= 0)
			status = hpo__json_each(given.node, read_variable, &variables);
	}
	if (status >= 0 && base->environment.failed)
		status = hpo__fail_memory(error);
	return status;
}

/* "hpo-logs/<study>", with a study's name made one that is a folder's. */
static char *make_log_folder(const char *study)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__buffer_text(&text, "hpo-logs/");
	if (study[0] == '.' || study[0] == '\0')
		hpo__buffer_char(&text, '_');
	for (; *study != '\0'; study++)
		hpo__buffer_char(&text, *study == '/' ? '_' : *study);
	return hpo__buffer_take(&text);
}

static hpo_status_t read_folders(struct hpo_base_task *base, const struct hpo_json_at *at,
				 const char *study, hpo_error_t *error)
{
	struct hpo_json_at cwd = hpo__json_member(at, "cwd");
	struct hpo_json_at log_dir = hpo__json_member(at, "log_dir");
	const char *folder = "";
	const char *logs = NULL;
	char *standard = NULL;
	hpo_status_t status;

	status = hpo__json_read_text(&cwd, &folder, error);
	if (status >= 0)
		status = hpo__json_read_text(&log_dir, &logs, error);
	if (status < 0)
		return status;

	base->here = hpo__path_current();
	if (base->here != NULL)
		base->folder = folder[0] != '\0' ? hpo__path_join(base->here, folder)
						 : hpo__strdup(base->here);
	if (logs == NULL)
		logs = standard = make_log_folder(study);
	if (base->here != NULL && logs != NULL)
		base->log_folder = hpo__path_join(base->here, logs);
	hpo__free(standard);
	if (base->here == NULL || base->folder == NULL || base->log_folder == NULL)
		return hpo__fail_memory(error);
	if (folder[0] != '\0' && access(base->folder, X_OK) != 0)
		return hpo__json_refuse(&cwd, error, "cannot work in '%s': %s", folder,
					strerror(errno));
	return HPO_OK;
}

static hpo_status_t read_grace(struct hpo_base_task *base, const struct hpo_json_at *at,
			       hpo_error_t *error)
{
	const double longest_s = 86400;
	struct hpo_json_at grace = hpo__json_member(at, "grace_seconds");
	hpo_status_t status = hpo__json_read_real(&grace, &base->grace_s, error);

	if (status >= 0 && !(base->grace_s >= 0 && base->grace_s <= longest_s))
		status = hpo__json_refuse(&grace, error, "%g is not from 0 to %g seconds",
					  base->grace_s, longest_s);
	return status;
}

static hpo_status_t find_program(char **out, const struct hpo_base_task *base, const char *program,
				 hpo_error_t *error)
{
	return hpo__path_find_program(out, program, base->folder,
				      hpo__environment_get(&base->environment, "PATH"),
				      "task.command[0]", error);
}

hpo_status_t hpo__base_task_read(struct hpo_base_task *base, const char *task_json,
				 const char *study, hpo_error_t *error)
{
	const struct hpo_json_at root = {NULL, NULL, NULL, 0};
	hpo_json_t *json = NULL;
	char *path = NULL;
	hpo_status_t status;
	struct hpo_json_at at;

	if (task_json == NULL)
		return hpo__fail(error, HPO_EINVAL,
				 "the study has no task; add \"task\": "
				 "{\"command\": [\"./train\"]}");
	status = hpo__json_parse(&json, task_json, strlen(task_json), "the task", error);
	if (status < 0)
		return status;

	at = hpo__json_member(&root, "task");
	at.node = json;
	status = hpo__json_expect(&at, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = hpo__json_only(&at, known_keys, error);
	if (status >= 0)
		status = read_command(base, &at, error);
	if (status >= 0)
		status = read_grace(base, &at, error);
	if (status >= 0)
		status = read_folders(base, &at, study, error);
	if (status >= 0)
		status = read_environment(base, &at, error);
	/* A program that is itself a parameter is known for each clone only. */
	if (status >= 0 && strchr(base->command[0], '{') == NULL)
		status = find_program(&path, base, base->command[0], error);

	hpo__free(path);
	hpo__json_free(json);
	return status;
}

void hpo__base_task_release(struct hpo_base_task *base)
{
	const struct hpo_base_task empty = HPO__BASE_TASK_INIT;

	hpo__command_free(base->command);
	hpo__environment_release(&base->environment);
	hpo__free(base->folder);
	hpo__free(base->here);
	hpo__free(base->log_folder);
	*base = empty;
}

static hpo_status_t add_value(const char *name, const char *text, void *user)
{
	return hpo__command_values_add(user, name, text);
}

static bool trial_knows(const char *name, void *user)
{
	const hpo_trial_t *trial = user;

	return hpo_trial_has_param(trial, name) == 1;
}

static hpo_status_t fill_command(struct hpo_clone *clone, const struct hpo_base_task *base,
				 const hpo_trial_t *trial, hpo_error_t *error)
{
	struct hpo_command_values values = {.knows = trial_knows, .user = (void *)trial};
	hpo_status_t status = hpo_trial_each_param(trial, add_value, &values, error);

	if (status == HPO_ENOMEM)
		hpo__fail_memory(error);
	if (status >= 0)
		status =
			hpo__command_fill(&clone->argv, base->command, base->count, &values, error);
	hpo__command_values_release(&values);
	return status;
}

/* Its checkpoint folder, made if it is not there. */
static hpo_status_t set_checkpoint(struct hpo_clone *clone, const struct hpo_base_task *base,
				   const hpo_trial_t *trial, hpo_error_t *error)
{
	const char *given = hpo_trial_checkpoint(trial);
	hpo_status_t status = HPO_OK;
	char *path;

	if (given == NULL)
		return HPO_OK;
	path = hpo__path_join(base->here, given);
	if (path == NULL)
		return hpo__fail_memory(error);
	if (!hpo__path_make_folder(path))
		status =
			hpo__fail(error, HPO_EBACKEND, "cannot make the checkpoint folder '%s': %s",
				  path, strerror(errno));
	hpo__environment_set(&clone->environment, "HPO_CHECKPOINT", path);
	hpo__environment_set_number(&clone->environment, "HPO_RESUME_ITERATION",
				    hpo_trial_resume_iteration(trial));
	hpo__free(path);
	return status;
}

static hpo_status_t fill_environment(struct hpo_clone *clone, const struct hpo_base_task *base,
				     const hpo_trial_t *trial, hpo_error_t *error)
{
	struct hpo_environment *environment = &clone->environment;
	char *params = hpo_trial_params_json(trial);
	hpo_status_t status;

	if (params == NULL)
		return hpo__fail_memory(error);
	hpo__environment_add(environment, base->environment.list);
	hpo__environment_set(environment, "HPO_PARAMS", params);
	hpo__environment_set(environment, "HPO_STUDY", hpo_trial_study(trial));
	hpo__environment_set_number(environment, "HPO_TRIAL", hpo_trial_number(trial));
	hpo__environment_set_number(environment, "HPO_ATTEMPT", hpo_trial_attempt(trial));
	hpo__environment_set_number(environment, "HPO_SLOT", hpo_trial_slot(trial));
	hpo__environment_set_number(environment, "HPO_REPORT_FD", HPO__REPORT_FD);
	status = set_checkpoint(clone, base, trial, error);
	hpo_free(params);
	if (status >= 0 && environment->failed)
		status = hpo__fail_memory(error);
	return status;
}

hpo_status_t hpo__clone_make(struct hpo_clone *clone, const struct hpo_base_task *base,
			     const hpo_trial_t *trial, hpo_error_t *error)
{
	const struct hpo_clone empty = HPO__CLONE_INIT;
	hpo_status_t status;

	*clone = empty;
	status = fill_command(clone, base, trial, error);
	if (status >= 0)
		status = find_program(&clone->path, base, clone->argv[0], error);
	if (status >= 0)
		status = fill_environment(clone, base, trial, error);
	if (status < 0)
		hpo__clone_release(clone);
	return status;
}

void hpo__clone_release(struct hpo_clone *clone)
{
	const struct hpo_clone empty = HPO__CLONE_INIT;

	hpo__free(clone->path);
	hpo__command_free(clone->argv);
	hpo__environment_release(&clone->environment);
	*clone = empty;
}
