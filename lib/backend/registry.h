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

#endif
