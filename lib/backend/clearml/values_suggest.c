/*
 * What to say of a parameter that a base task does not have: mostly it is there,
 * in another section.
 */
#include "backend/clearml/values_inside.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

/* The items of a base task by name, for suggestions. */
struct names {
	char **full;	   /* [count], "Args/lr", ended by NULL */
	const char **bare; /* [count], "lr": parts of the above */
	size_t count;
	const char *section;
};

static hpo_status_t count_items(const char *section, const hpo_json_t *items, void *user)
{
	(void)section;
	if (hpo__json_kind(items) == HPO__JSON_OBJECT)
		*(size_t *)user += hpo__json_size(items);
	return HPO_OK;
}

static hpo_status_t add_item(const char *name, const hpo_json_t *item, void *user)
{
	struct names *names = user;
	struct hpo_buffer full = HPO__BUFFER_INIT;
	char *text;

	(void)item;
	hpo__buffer_format(&full, "%s/", names->section);
	hpo__buffer_text(&full, name);
	text = hpo__buffer_take(&full);
	if (text == NULL)
		return HPO_ENOMEM;
	names->full[names->count] = text;
	names->bare[names->count++] = text + strlen(names->section) + 1;
	return HPO_OK;
}

static hpo_status_t add_items(const char *section, const hpo_json_t *items, void *user)
{
	struct names *names = user;

	if (hpo__json_kind(items) != HPO__JSON_OBJECT)
		return HPO_OK;
	names->section = section;
	return hpo__json_each(items, add_item, names);
}

static void release_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		hpo__free(names->full[i]);
	hpo__free(names->full);
	hpo__free(names->bare);
}

static hpo_status_t list_names(struct names *names, const hpo_json_t *task)
{
	const hpo_json_t *sections = hpo__json_get(task, "hyperparams");
	size_t count = 0;

	*names = (struct names){.count = 0};
	hpo__json_each(sections, count_items, &count);
	names->full = hpo__calloc(count + 1, sizeof *names->full);
	names->bare = hpo__calloc(count + 1, sizeof *names->bare);
	if (names->full == NULL || names->bare == NULL)
		return HPO_ENOMEM;
	return hpo__json_each(sections, add_items, names);
}

/* The item that was meant: of this very name in another section, or else the nearest. */
static const char *guess(const struct names *names, const struct hpo_clearml_place *place,
			 const char *whole)
{
	const char *const *full = (const char *const *)names->full;
	const char *near;

	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->bare[i], place->name) == 0 || strcmp(full[i], place->name) == 0)
			return full[i];
	near = hpo__nearest(whole, full);
	if (near != NULL)
		return near;
	near = hpo__nearest(place->name, names->bare);
	for (size_t i = 0; near != NULL && i < names->count; i++)
		if (names->bare[i] == near)
			return full[i];
	return NULL;
}

/* Some of what there is, when nothing is near. */
static void write_some(const struct names *names, char *text, size_t size)
{
	enum { SOME = 4 };
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < names->count && i < SOME && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s'%.40s'",
					 i > 0 ? ", " : "", names->full[i]);
	if (names->count > SOME && used < size)
		snprintf(text + used, size - used, " and %zu more", names->count - SOME);
}

hpo_status_t hpo__clearml_refuse_unknown(const hpo_json_t *task, const char *name,
					 const struct hpo_clearml_place *place, hpo_error_t *error)
{
	const char *base = hpo__clearml_task_name(task);
	struct hpo_buffer whole = HPO__BUFFER_INIT;
	struct names names;
	const char *near = NULL;
	char some[256];
	hpo_status_t status = list_names(&names, task);

	hpo__buffer_format(&whole, "%s/", place->section);
	hpo__buffer_text(&whole, place->name);
	if (status >= 0 && !whole.failed)
		near = guess(&names, place, whole.text);

	if (status < 0 || whole.failed) {
		status = hpo__fail_memory(error);
	} else if (near != NULL) {
		status = hpo__fail(error, HPO_EINVAL,
				   "parameter '%.80s': base task '%.80s' has no '%.80s'; did you "
				   "mean '%.80s'?",
				   name, base, whole.text, near);
	} else if (names.count == 0) {
		status = hpo__fail(error, HPO_EINVAL,
				   "parameter '%.80s': base task '%.80s' has no parameters: run it "
				   "once so that it notes them, or set task.allow_unknown to add "
				   "them to its clones",
				   name, base);
	} else {
		write_some(&names, some, sizeof some);
		status = hpo__fail(error, HPO_EINVAL,
				   "parameter '%.60s': base task '%.40s' has no '%.60s', but %s; "
				   "task.allow_unknown adds what is not there",
				   name, base, whole.text, some);
	}
	hpo__buffer_release(&whole);
	release_names(&names);
	return status;
}
