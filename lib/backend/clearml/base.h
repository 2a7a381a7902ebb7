/*
 * The base task: described, or made from a script, and held against the study.
 */
#ifndef HPO_BACKEND_CLEARML_BASE_H
#define HPO_BACKEND_CLEARML_BASE_H

#include "backend/clearml/clearml.h"

/*
 * Read the base task and check the study against it: HPO_EINVAL if it is not there, or lacks a
 * parameter of the space. An objective that it never reported is a warning. With a script in
 * place of an id, the task is made, once for a study.
 */
hpo_status_t hpo__clearml_base_open(struct hpo_clearml *clearml, int limit_ms, hpo_error_t *error);
void hpo__clearml_base_release(struct hpo_clearml_base *base);

/* The id of the queue that the settings name; HPO_EINVAL names those that there are. */
hpo_status_t hpo__clearml_queue_open(struct hpo_clearml *clearml, int limit_ms,
				     hpo_error_t *error);

#endif
