/*
 * The callback backend: an objective function on threads of this process. It
 * is not in the registry, since a function has no name in a study file.
 */
#ifndef HPO_BACKEND_CALLBACK_H
#define HPO_BACKEND_CALLBACK_H

#include "hpo/optimizer.h"
#include "hpo/plugin/backend.h"

extern const hpo_backend_ops_t hpo__backend_callback;

/*
 * What `setup->task_json` cannot say: called on the state between zeroing it
 * and open(). `objectives` is the number of values that fn fills.
 */
void hpo__callback_set(void *state, hpo_objective_fn fn, void *user, size_t objectives);

/* The status with which fn asked for the whole run to end (HPO_EUSER), HPO_OK while it has not. */
hpo_status_t hpo__callback_status(const void *state);

#endif
