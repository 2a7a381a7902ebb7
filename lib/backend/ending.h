/*
 * How a process ended, in words.
 */
#ifndef HPO_BACKEND_ENDING_H
#define HPO_BACKEND_ENDING_H

#include "hpo/plugin/backend.h"
#include "os/process.h"

/* COMPLETED, FAILED or LOST; `reason` is filled for the last two, else left as it is. */
hpo_task_state_t hpo__ending_describe(const struct hpo_news *news, char *reason, size_t room);

#endif
