/*
 * The `task` object of a study file: kept whole, but what we know of it is
 * checked here, so that a mistake in it is found before anything starts.
 */
#ifndef HPO_TRIAL_TASK_H
#define HPO_TRIAL_TASK_H

#include "base/json.h"

/*
 * Check the object. Unknown members are refused for the backends that we know;
 * a plug-in's backend checks its own.
 */
hpo_status_t hpo__task_check(const struct hpo_json_at *at, hpo_error_t *error);

#endif
