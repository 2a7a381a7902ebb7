/*
 * A search whose trials are tasks of a ClearML server.
 */
#ifndef CLI_CLEARML_H
#define CLI_CLEARML_H

#include "study_flags.h"

/* Whether this command was started by an agent, with nothing said: its task says everything. */
bool runs_as_task(const struct arguments *arguments);

/* Whether flags, file or environment put the trials on a server. */
bool is_for_clearml(const json_t *study, const struct arguments *arguments);

/* The study's task and the defaults that hold there; false: refused. */
bool clearml_from_arguments(json_t *study, const struct arguments *arguments, hpo_error_t *error);

/* The ids of the best tasks, as ClearML's command line ends with; nothing for other backends. */
void print_top_tasks(hpo_optimizer_t *optimizer, const json_t *study);

#endif
