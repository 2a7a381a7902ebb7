/*
 * The table of the ClearML backend; module.c registers it.
 */
#ifndef HPO_BACKEND_CLEARML_BACKEND_H
#define HPO_BACKEND_CLEARML_BACKEND_H

#include "hpo/plugin/backend.h"

extern const hpo_backend_ops_t hpo__backend_clearml;

#endif
