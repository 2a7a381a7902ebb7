/*
 * A study file before it is opened: whether its task is there, and, where this
 * process runs as a task of the study's backend, that task's settings, which
 * win over the program's.
 */
#include "optimizer/optimizer.h"

#include "backend/registry.h"
#include "base/alloc.h"

#include <stdbool.h>
#include <string.h>

/* The backend that a study file names, when it is another than the built-in ones; else NULL. */
static hpo_status_t find_backend(const char *study_json, const hpo_backend_ops_t **out,
				 hpo_error_t *error)
{
	hpo_json_t *json = NULL;
	const char *name;
	hpo_status_t status;

	*out = NULL;
	status = hpo__json_parse(&json, study_json, strlen(study_json), "study", NULL);
	if (status == HPO_ENOMEM)
		return hpo__fail_memory(error);
	if (status < 0)
		return HPO_OK; /* refused where it is read, with its place */
	name = hpo__json_text(hpo__json_get(hpo__json_get(json, "task"), "backend"));
	/* One that is not there is missed when the study is run, not when it is looked at. */
	if (name != NULL && strcmp(name, hpo__backend_process.name) != 0 &&
	    hpo__backend_find(out, name, NULL) < 0)
		*out = NULL;
	hpo__json_free(json);
	return HPO_OK;
}

hpo_status_t hpo__configure(const char *study_json, char **out, hpo_error_t *error)
{
	const hpo_backend_ops_t *ops;
	hpo_status_t status = find_backend(study_json, &ops, error);

	*out = NULL;
	return status >= 0 && ops != NULL ? ops->configure(study_json, out, error) : status;
}

hpo_status_t hpo__configure_parsed(struct hpo_study **study, hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct hpo_study *other = NULL;
	char *configured = NULL;
	hpo_status_t status = HPO_OK;

	if ((*study)->task_json == NULL)
		return HPO_OK;
	hpo__study_write(*study, &text);
	if (text.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__configure(text.text, &configured, error);
	if (status >= 0 && configured != NULL)
		status = hpo__study_parse(&other, configured, error);
	hpo__free(configured);
	hpo__buffer_release(&text);
	if (status >= 0 && other == NULL)
		return HPO_OK;
	hpo__study_free(*study);
	*study = other;
	return status;
}

hpo_status_t hpo__study_backend(const struct hpo_study *study, const hpo_backend_ops_t **out,
				hpo_error_t *error)
{
	hpo_json_t *task = NULL;
	const char *name;
	hpo_status_t status;

	*out = NULL;
	if (study->task_json == NULL)
		return hpo__fail(error, HPO_EINVAL,
				 "study '%s' has no task to run; give its command in task.command",
				 study->name);
	status = hpo__json_parse(&task, study->task_json, strlen(study->task_json), "task", error);
	if (status < 0)
		return status;
	name = hpo__json_text(hpo__json_get(task, "backend"));
	status = hpo__backend_find(out, name != NULL ? name : hpo__backend_process.name, error);
	hpo__json_free(task);
	return status;
}

/*
 * Whether the backend of a study file may have settings that win over the file's: what the file
 * itself says need not be a study then.
 */
static hpo_status_t is_configured(const char *study_json, bool *out, hpo_error_t *error)
{
	const hpo_backend_ops_t *ops;
	const hpo_status_t status = find_backend(study_json, &ops, error);

	*out = ops != NULL && ops->configure != hpo__backend_default_configure;
	return status;
}

hpo_status_t hpo_optimizer_check_task(const char *study_json, hpo_error_t *error)
{
	const hpo_backend_ops_t *ops;
	struct hpo_study *study = NULL;
	hpo_status_t status;
	bool configured;

	hpo__error_clear(error);
	status = is_configured(study_json, &configured, error);
	if (status < 0 || configured)
		return status;
	status = hpo__study_parse(&study, study_json, error);
	if (status >= 0)
		status = hpo__study_backend(study, &ops, error);
	if (status >= 0)
		status = ops->check(study->name, study->task_json, error);
	hpo__study_free(study);
	return status;
}
