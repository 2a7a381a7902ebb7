/*
 * Projects by name.
 */
#ifndef HPO_BACKEND_CLEARML_PROJECT_H
#define HPO_BACKEND_CLEARML_PROJECT_H

#include "backend/clearml/session.h"

/* The id of a project; it is made if there is none of that name. *id is the caller's. */
hpo_status_t hpo__clearml_project(hpo_clearml_session_t *session, const char *name, int limit_ms,
				  char **id, hpo_error_t *error);

#endif
