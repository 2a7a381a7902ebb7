/*
 * The other side: a program that runs as a task of a ClearML server reads its
 * parameters from it and reports to it. enter(), report() and leave() of the
 * backend; see hpo/plugin/backend.h.
 */
#ifndef HPO_BACKEND_CLEARML_INSIDE_H
#define HPO_BACKEND_CLEARML_INSIDE_H

#include "hpo/plugin/backend.h"

hpo_status_t hpo__clearml_enter(hpo_inside_t *out, hpo_error_t *error);
hpo_status_t hpo__clearml_inside_report(void *task, const char *metric, int64_t iteration,
					double value, hpo_error_t *error);
void hpo__clearml_leave(void *task);

#endif
