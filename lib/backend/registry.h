/*
 * The backends by name: our own, registered ones, and modules loaded on demand.
 */
#ifndef HPO_BACKEND_REGISTRY_H
#define HPO_BACKEND_REGISTRY_H

#include "hpo/plugin/backend.h"

extern const hpo_backend_ops_t hpo__backend_process;

/* As hpo__strategy_find(). */
hpo_status_t hpo__backend_find(const hpo_backend_ops_t **out, const char *name, hpo_error_t *error);

/* The name at `index` among the built-in and registered ones, NULL after the last. */
const char *hpo__backend_name(size_t index);

/* What stands in for the optional methods; our own tables may name them too. */
hpo_status_t hpo__backend_default_abort(void *state, const hpo_task_id_t *id, int limit_ms,
					hpo_error_t *error);
void hpo__backend_default_forget(void *state, const hpo_task_id_t *id);
hpo_status_t hpo__backend_default_archive(void *state, const hpo_task_id_t *ids, size_t count,
					  int hidden, int limit_ms, hpo_error_t *error);
hpo_status_t hpo__backend_default_attach(void *state, hpo_trial_t *trial, hpo_task_id_t *id,
					 int limit_ms, hpo_error_t *error);
hpo_status_t hpo__backend_default_publish(void *state, const char *report_json, int limit_ms,
					  hpo_error_t *error);
int hpo__backend_default_descriptor(void *state);
void hpo__backend_default_wake(void *state);
void hpo__backend_default_close(void *state);
hpo_status_t hpo__backend_default_configure(const char *study_json, char **out,
					    hpo_error_t *error);
hpo_status_t hpo__backend_default_enter(hpo_inside_t *out, hpo_error_t *error);
hpo_status_t hpo__backend_default_check(const char *study, const char *task_json,
					hpo_error_t *error);

#endif
