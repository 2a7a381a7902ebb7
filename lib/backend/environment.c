/*
 * The environment of a task. Like the buffer, it remembers that memory ran out,
 * so that only the end needs a check.
 */
#include "backend/environment.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <string.h>

/* The index of a variable, count if it is not there. */
static size_t find(const struct hpo_environment *environment, const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < environment->count; i++)
		if (strncmp(environment->list[i], name, length) == 0 &&
		    environment->list[i][length] == '=')
			break;
	return i;
}

/* Take over `entry`, "NAME=value"; NULL says that memory ran out. */
static void take(struct hpo_environment *environment, char *entry)
{
	char **list = NULL;
	size_t at;

	if (entry != NULL)
		list = hpo__grow(environment->list, &environment->capacity, environment->count + 2,
				 sizeof *list);
	if (list == NULL) {
		environment->failed = 1;
		hpo__free(entry);
		return;
	}
	environment->list = list;

	at = find(environment, entry, strcspn(entry, "="));
	if (at == environment->count)
		environment->count++;
	else
		hpo__free(list[at]);
	list[at] = entry;
	list[environment->count] = NULL;
}

void hpo__environment_add(struct hpo_environment *environment, char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		if (strchr(*list, '=') != NULL)
			take(environment, hpo__strdup(*list));
}

void hpo__environment_set(struct hpo_environment *environment, const char *name, const char *value)
{
	struct hpo_buffer entry = HPO__BUFFER_INIT;

	hpo__buffer_text(&entry, name);
	hpo__buffer_char(&entry, '=');
	hpo__buffer_text(&entry, value);
	take(environment, hpo__buffer_take(&entry));
}

void hpo__environment_set_number(struct hpo_environment *environment, const char *name,
				 int64_t value)
{
	struct hpo_buffer entry = HPO__BUFFER_INIT;

	hpo__buffer_format(&entry, "%s=%lld", name, (long long)value);
	take(environment, hpo__buffer_take(&entry));
}

void hpo__environment_unset(struct hpo_environment *environment, const char *name)
{
	size_t at = find(environment, name, strlen(name));

	if (at == environment->count)
		return;
	hpo__free(environment->list[at]);
	environment->count--;
	environment->list[at] = environment->list[environment->count];
	environment->list[environment->count] = NULL;
}

const char *hpo__environment_get(const struct hpo_environment *environment, const char *name)
{
	size_t at = find(environment, name, strlen(name));

	return at < environment->count ? environment->list[at] + strlen(name) + 1 : NULL;
}

void hpo__environment_release(struct hpo_environment *environment)
{
	const struct hpo_environment empty = HPO__ENVIRONMENT_INIT;

	for (size_t i = 0; i < environment->count; i++)
		hpo__free(environment->list[i]);
	hpo__free(environment->list);
	*environment = empty;
}
