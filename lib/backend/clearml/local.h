/*
 * Clones that run on this machine, without an agent: as LocalClearmlJob.
 */
#ifndef HPO_BACKEND_CLEARML_LOCAL_H
#define HPO_BACKEND_CLEARML_LOCAL_H

#include "backend/clearml/clearml.h"

hpo_status_t hpo__clearml_local_open(struct hpo_clearml *clearml, hpo_error_t *error);
/*
 * Start the process of a clone, whose task is marked as started. `trial` and `slot` are the
 * trial's. HPO_EINVAL: its program cannot run here.
 */
hpo_status_t hpo__clearml_local_start(struct hpo_clearml *clearml, const char *task, int64_t trial,
				      int slot, int limit_ms, hpo_error_t *error);
/* Hear from the processes, write their logs, tell the server how those ended that have: at most
   limit_ms. */
hpo_status_t hpo__clearml_local_attend(struct hpo_clearml *clearml, int limit_ms,
				       hpo_error_t *error);
/* Ask a clone's process to end: SIGTERM, grace, SIGKILL. HPO_ENOTFOUND: there is none. */
hpo_status_t hpo__clearml_local_stop(struct hpo_clearml *clearml, const char *task);
/* End and forget them all. */
void hpo__clearml_local_close(struct hpo_clearml *clearml);

#endif
