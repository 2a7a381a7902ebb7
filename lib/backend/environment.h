/*
 * The environment of a task: ours, with some variables set or left out.
 */
#ifndef HPO_BACKEND_ENVIRONMENT_H
#define HPO_BACKEND_ENVIRONMENT_H

#include "base/error.h"

/* Variables as "NAME=value" texts; a later one replaces an earlier one of its name. */
struct hpo_environment {
	char **list; /* [count + 1], ended by NULL; NULL while empty */
	size_t count, capacity;
	int failed; /* memory ran out */
};

#define HPO__ENVIRONMENT_INIT                                                                      \
	{                                                                                          \
		NULL, 0, 0, 0                                                                      \
	}

/* Take all of a list that ends with NULL. */
void hpo__environment_add(struct hpo_environment *environment, char *const *list);
void hpo__environment_set(struct hpo_environment *environment, const char *name, const char *value);
void hpo__environment_set_number(struct hpo_environment *environment, const char *name,
				 int64_t value);
void hpo__environment_unset(struct hpo_environment *environment, const char *name);
/* NULL for none; borrowed. */
const char *hpo__environment_get(const struct hpo_environment *environment, const char *name);
void hpo__environment_release(struct hpo_environment *environment);

#endif
