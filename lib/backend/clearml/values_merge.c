/*
 * The parameters of a clone: all of the base task's, changed where a trial or
 * its caller says so. The server replaces a clone's parameters as a whole.
 */
#include "backend/clearml/values_inside.h"

#include "base/alloc.h"

#include <string.h>

/* One item that is to be, instead of the base task's or beside them. */
struct change {
	struct hpo_clearml_place place;
	char *value;
	const char *type;
	bool written;
};

struct merge {
	const hpo_json_t *task;
	struct change *changes; /* [count], no two of one place */
	size_t count;
	const char *section; /* the one that is being written */
	const char *between; /* before the next item of it */
	const char *before;  /* before the next section */
	struct hpo_buffer *out;
	hpo_error_t *error;
};

static bool is_at(const struct change *change, const char *section, const char *name)
{
	return strcmp(change->place.name, name) == 0 && strcmp(change->place.section, section) == 0;
}

/* The change of a place, which is taken over; room for one more has been made. */
static struct change *enter(struct merge *merge, struct hpo_clearml_place *place)
{
	struct change *change;

	for (size_t i = 0; i < merge->count; i++) {
		change = &merge->changes[i];
		if (!is_at(change, place->section, place->name))
			continue;
		hpo__clearml_place_release(place);
		hpo__free(change->value);
		change->value = NULL;
		return change;
	}
	change = &merge->changes[merge->count++];
	change->place = *place;
	*place = (struct hpo_clearml_place){NULL, NULL, NULL};
	return change;
}

static hpo_status_t add_param(const char *name, const hpo_json_t *value, void *user)
{
	struct merge *merge = user;
	struct hpo_clearml_place place;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct change *change;
	const char *type;
	hpo_status_t status;

	status = hpo__clearml_find(&place, merge->task, name, merge->error);
	if (status < 0)
		return status;
	type = hpo__clearml_text_of(place.item, "type");
	if (type == NULL || *type == '\0')
		type = hpo__clearml_type(value);
	status = hpo__clearml_value(name, value, type, &text, merge->error);
	change = enter(merge, &place);
	change->type = type;
	change->value = hpo__buffer_take(&text);
	if (status >= 0 && change->value == NULL)
		status = hpo__fail_memory(merge->error);
	return status;
}

static hpo_status_t add_extra(struct merge *merge, const struct hpo_clearml_item *item)
{
	struct hpo_clearml_place place = {hpo__strdup(item->section), hpo__strdup(item->name),
					  NULL};
	struct change *change;

	if (place.section == NULL || place.name == NULL) {
		hpo__clearml_place_release(&place);
		return hpo__fail_memory(merge->error);
	}
	change = enter(merge, &place);
	change->type = item->type != NULL ? item->type : "str";
	change->value = hpo__strdup(item->value);
	return change->value != NULL ? HPO_OK : hpo__fail_memory(merge->error);
}

static void write_member(struct hpo_buffer *out, const char *key, const char *text)
{
	if (text == NULL)
		return;
	hpo__buffer_format(out, ",\"%s\":", key);
	hpo__buffer_json_text(out, text);
}

static void write_item(struct merge *merge, const char *name, const char *value, const char *type,
		       const char *description)
{
	hpo__buffer_text(merge->out, merge->between);
	merge->between = ",";
	hpo__buffer_json_text(merge->out, name);
	hpo__buffer_text(merge->out, ":{\"section\":");
	hpo__buffer_json_text(merge->out, merge->section);
	write_member(merge->out, "name", name);
	write_member(merge->out, "value", value);
	write_member(merge->out, "type", type);
	write_member(merge->out, "description", description);
	hpo__buffer_char(merge->out, '}');
}

static struct change *find_change(struct merge *merge, const char *name)
{
	for (size_t i = 0; i < merge->count; i++)
		if (is_at(&merge->changes[i], merge->section, name))
			return &merge->changes[i];
	return NULL;
}

/* One item of the base task, changed or as it is; a value that is no text is made one. */
static hpo_status_t write_base_item(const char *name, const hpo_json_t *item, void *user)
{
	struct merge *merge = user;
	const char *description = hpo__clearml_text_of(item, "description");
	const hpo_json_t *value = hpo__json_get(item, "value");
	struct change *change = find_change(merge, name);
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (hpo__json_kind(item) != HPO__JSON_OBJECT)
		return HPO_OK;
	if (change != NULL) {
		change->written = true;
		write_item(merge, name, change->value, change->type, description);
		return HPO_OK;
	}
	hpo__buffer_text(&text, "");
	if (value != NULL)
		hpo__clearml_write_plain(value, HPO__CLEARML_PYTHON, &text);
	if (text.failed)
		merge->out->failed = true;
	else
		write_item(merge, name, text.text, hpo__clearml_text_of(item, "type"), description);
	hpo__buffer_release(&text);
	return HPO_OK;
}

/* The base task's items of a section, if it has any, and then those that are new in it. */
static void write_section(struct merge *merge, const char *section, const hpo_json_t *items)
{
	merge->section = section;
	merge->between = "";
	hpo__buffer_text(merge->out, merge->before);
	merge->before = ",";
	hpo__buffer_json_text(merge->out, section);
	hpo__buffer_text(merge->out, ":{");
	hpo__json_each(items, write_base_item, merge);
	for (size_t i = 0; i < merge->count; i++) {
		struct change *change = &merge->changes[i];

		if (change->written || strcmp(change->place.section, section) != 0)
			continue;
		change->written = true;
		write_item(merge, change->place.name, change->value, change->type, NULL);
	}
	hpo__buffer_char(merge->out, '}');
}

static hpo_status_t write_base_section(const char *section, const hpo_json_t *items, void *user)
{
	if (hpo__json_kind(items) == HPO__JSON_OBJECT)
		write_section(user, section, items);
	return HPO_OK;
}

static void write_all(struct merge *merge)
{
	hpo__buffer_char(merge->out, '{');
	hpo__json_each(hpo__json_get(merge->task, "hyperparams"), write_base_section, merge);
	for (size_t i = 0; i < merge->count; i++)
		if (!merge->changes[i].written)
			write_section(merge, merge->changes[i].place.section, NULL);
	hpo__buffer_char(merge->out, '}');
}

hpo_status_t hpo__clearml_hyperparams(const hpo_json_t *task, const hpo_json_t *params,
				      const struct hpo_clearml_item *extra, size_t extra_count,
				      struct hpo_buffer *out, hpo_error_t *error)
{
	struct merge merge = {
		.task = task, .between = "", .before = "", .out = out, .error = error};
	hpo_status_t status;

	merge.changes = hpo__calloc(hpo__json_size(params) + extra_count + 1,
				    sizeof *merge.changes);
	if (merge.changes == NULL)
		return hpo__fail_memory(error);

	status = hpo__json_each(params, add_param, &merge);
	for (size_t i = 0; status >= 0 && i < extra_count; i++)
		status = add_extra(&merge, &extra[i]);
	if (status >= 0)
		write_all(&merge);
	if (status >= 0 && out->failed)
		status = hpo__fail_memory(error);

	for (size_t i = 0; i < merge.count; i++) {
		hpo__clearml_place_release(&merge.changes[i].place);
		hpo__free(merge.changes[i].value);
	}
	hpo__free(merge.changes);
	return status;
}
