/*
 * What a backend does where its table has no method: nothing that could be
 * missed, so that nobody tests a method for NULL.
 */
#include "backend/registry.h"
#include "base/error.h"

/* Clones that cannot be ended early run to their end. */
hpo_status_t hpo__backend_default_abort(void *state, const hpo_task_id_t *id, int limit_ms,
					hpo_error_t *error)
{
	(void)state;
	(void)id;
	(void)limit_ms;
	(void)error;
	return HPO_OK;
}

void hpo__backend_default_forget(void *state, const hpo_task_id_t *id)
{
	(void)state;
	(void)id;
}

hpo_status_t hpo__backend_default_archive(void *state, const hpo_task_id_t *ids, size_t count,
					  int hidden, int limit_ms, hpo_error_t *error)
{
	(void)state;
	(void)ids;
	(void)count;
	(void)hidden;
	(void)limit_ms;
	(void)error;
	return HPO_OK;
}

hpo_status_t hpo__backend_default_attach(void *state, hpo_trial_t *trial, hpo_task_id_t *id,
					 int limit_ms, hpo_error_t *error)
{
	(void)state;
	(void)trial;
	(void)limit_ms;
	return hpo__fail(error, HPO_ENOTFOUND, "clone '%s' ended with its driver", id->text);
}

hpo_status_t hpo__backend_default_publish(void *state, const char *report_json, int limit_ms,
					  hpo_error_t *error)
{
	(void)state;
	(void)report_json;
	(void)limit_ms;
	(void)error;
	return HPO_OK;
}

int hpo__backend_default_descriptor(void *state)
{
	(void)state;
	return -1;
}

void hpo__backend_default_wake(void *state)
{
	(void)state;
}

void hpo__backend_default_close(void *state)
{
	(void)state;
}

hpo_status_t hpo__backend_default_configure(const char *study_json, char **out, hpo_error_t *error)
{
	(void)study_json;
	(void)error;
	*out = NULL;
	return HPO_OK;
}

/* A backend without enter() runs no task that could ask. */
hpo_status_t hpo__backend_default_enter(hpo_inside_t *out, hpo_error_t *error)
{
	(void)out;
	return hpo__fail(error, HPO_ENOTFOUND, "this backend tells its tasks by their environment");
}

hpo_status_t hpo__backend_default_check(const char *study, const char *task_json,
					hpo_error_t *error)
{
	(void)study;
	(void)task_json;
	(void)error;
	return HPO_OK;
}
