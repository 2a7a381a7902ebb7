/*
 * Flags that describe a study, put over a study file.
 */
#ifndef CLI_STUDY_FLAGS_H
#define CLI_STUDY_FLAGS_H

#include "command.h"

extern const struct option study_options[];

/*
 * The study that a command line describes, as a study file; flags override
 * what the file says. `needs_command` demands something to run. *out is the
 * caller's.
 */
bool study_from_arguments(json_t **out, const struct arguments *arguments, bool needs_command,
			  hpo_error_t *error);

/* The member of an object that is an object, made if absent; NULL if it is something else. */
json_t *object_in(json_t *object, const char *key);
/* The same for an array. */
json_t *array_in(json_t *object, const char *key);

/* The parts of study_from_arguments(), one a file. */
bool parameters_from_arguments(json_t *study, const struct arguments *arguments,
			       hpo_error_t *error);
bool objectives_from_arguments(json_t *study, const struct arguments *arguments,
			       hpo_error_t *error);
bool task_from_arguments(json_t *study, const struct arguments *arguments, bool needs_command,
			 hpo_error_t *error);

#endif
