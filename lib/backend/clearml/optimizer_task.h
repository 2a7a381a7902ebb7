/*
 * The optimizer task: made or taken over, its settings kept on it and read
 * back, pinged, shown the state of the study, and ended.
 */
#ifndef HPO_BACKEND_CLEARML_OPTIMIZER_TASK_H
#define HPO_BACKEND_CLEARML_OPTIMIZER_TASK_H

#include "backend/clearml/clearml.h"

/*
 * Find the optimizer task of this study (by its property hpo_study), take over the one that
 * this process runs as (config.task, if that is not itself a clone of a study), or make one;
 * it is in_progress after. The base task has been described. Fills clearml->optimizer.
 */
hpo_status_t hpo__clearml_optimizer_open(struct hpo_clearml *clearml, int limit_ms,
					 hpo_error_t *error);
/* Show the state of the study: publish() of the backend. */
hpo_status_t hpo__clearml_optimizer_publish(struct hpo_clearml *clearml, const char *report_json,
					    int limit_ms, hpo_error_t *error);
/* Tell the server how it ended: "completed", "stopped" or "failed". */
hpo_status_t hpo__clearml_optimizer_end(struct hpo_clearml *clearml, const char *how,
					const char *reason, int limit_ms, hpo_error_t *error);
/* Ping it when that is due. Never fails: what does not get through is tried again. */
void hpo__clearml_optimizer_tick(struct hpo_clearml *clearml, int limit_ms);
/* Release it; a task whose end nobody told is stopped first. */
void hpo__clearml_optimizer_close(struct hpo_clearml *clearml, int limit_ms);

/* configure() of the backend; see hpo/plugin/backend.h. */
hpo_status_t hpo__clearml_configure(const char *study_json, char **out, hpo_error_t *error);

#endif
