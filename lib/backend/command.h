/*
 * The arguments of a task, made from the study's command and a trial's values.
 */
#ifndef HPO_BACKEND_COMMAND_H
#define HPO_BACKEND_COMMAND_H

#include "base/error.h"

#include <stdbool.h>

/* The values of one trial as texts. */
struct hpo_command_values {
	struct hpo_command_value {
		char *name; /* in full: "Args/lr" */
		char *text;
	} * list; /* [count], the active parameters */
	size_t count, capacity;
	/* Whether the space has a parameter of this name, active or not. */
	bool (*knows)(const char *name, void *user);
	void *user;
};

/* Copies both; HPO_ENOMEM. */
hpo_status_t hpo__command_values_add(struct hpo_command_values *values, const char *name,
				     const char *text);
void hpo__command_values_release(struct hpo_command_values *values);

/* A parameter's name with the section before it left off. */
const char *hpo__command_short_name(const char *name);

/*
 * Fill `count` arguments in: {name} is the value; an argument with an inactive
 * parameter goes, and with it the option before it; where no argument has a
 * placeholder, --name=value is appended for each value. *out ends with NULL
 * and is the caller's: hpo__command_free().
 */
hpo_status_t hpo__command_fill(char ***out, char *const *arguments, size_t count,
			       const struct hpo_command_values *values, hpo_error_t *error);
void hpo__command_free(char **argv);

#endif
