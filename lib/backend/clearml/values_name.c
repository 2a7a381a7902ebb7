/*
 * The name and the comment of a clone, and texts with values filled in.
 */
#include "backend/clearml/values_inside.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
	LONGEST = 200, /* bytes of a name: what a list in a browser shows of it, and more */
	SHORTEST = 3   /* characters: a server refuses less */
};

void hpo__clearml_fill(const char *text, hpo_clearml_lookup lookup, void *user,
		       struct hpo_buffer *out)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "{");
		size_t length;
		char *name;

		hpo__buffer_append(out, text, plain);
		text += plain;
		if (*text == '\0')
			return;
		length = strcspn(text + 1, "{}");
		if (text[1 + length] == '}' && length > 0) {
			name = hpo__strndup(text + 1, length);
			if (name == NULL)
				out->failed = true;
			else if (lookup(name, out, user)) {
				hpo__free(name);
				text += length + 2;
				continue;
			}
			hpo__free(name);
		}
		hpo__buffer_char(out, '{');
		text++;
	}
}

struct short_search {
	const char *name;
	const hpo_json_t *found;
};

static hpo_status_t compare_short(const char *key, const hpo_json_t *value, void *user)
{
	struct short_search *search = user;
	const char *slash = strchr(key, '/');

	if (search->found == NULL && slash != NULL && strcmp(slash + 1, search->name) == 0)
		search->found = value;
	return HPO_OK;
}

const hpo_json_t *hpo__clearml_param(const hpo_json_t *params, const char *name)
{
	struct short_search search = {name, hpo__json_get(params, name)};

	if (search.found == NULL)
		hpo__json_each(params, compare_short, &search);
	return search.found;
}

struct pair {
	const char *name;
	const hpo_json_t *value;
};

struct pairs {
	struct pair *list; /* [count] */
	size_t count;
};

static hpo_status_t add_pair(const char *name, const hpo_json_t *value, void *user)
{
	struct pairs *pairs = user;

	pairs->list[pairs->count++] = (struct pair){name, value};
	return HPO_OK;
}

static int compare_pairs(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->name, ((const struct pair *)b)->name);
}

static void write_pairs(const struct pairs *pairs, const char *between, struct hpo_buffer *out)
{
	for (size_t i = 0; i < pairs->count; i++) {
		if (i > 0)
			hpo__buffer_text(out, between);
		hpo__buffer_text(out, pairs->list[i].name);
		hpo__buffer_char(out, '=');
		hpo__clearml_write_plain(pairs->list[i].value, HPO__CLEARML_PYTHON, out);
	}
}

/* What a template is filled from. */
struct source {
	const char *base;
	int64_t trial;
	const hpo_json_t *params;
};

static bool look_up(const char *name, struct hpo_buffer *out, void *user)
{
	const struct source *source = user;
	const hpo_json_t *value;

	if (strcmp(name, "base") == 0) {
		hpo__buffer_text(out, source->base);
		return true;
	}
	if (strcmp(name, "trial") == 0) {
		hpo__buffer_json_integer(out, source->trial);
		return true;
	}
	value = hpo__clearml_param(source->params, name);
	if (value != NULL)
		hpo__clearml_write_plain(value, HPO__CLEARML_PYTHON, out);
	return value != NULL;
}

/* A name is one line of text: whole characters of UTF-8, none of them for control. */
static void put_on_a_line(struct hpo_buffer *name)
{
	size_t kept = 0, length;

	if (name->text == NULL)
		return;
	for (size_t at = 0; at < name->size; at += length) {
		length = hpo__utf8_measure(name->text + at, name->size - at);
		if (length == 0 || (unsigned char)name->text[at] < 0x20 || name->text[at] == 0x7f) {
			name->text[at] = ' ';
			length = 1;
		}
		if (at + length > LONGEST)
			break;
		kept = at + length;
	}
	while (kept > 0 && name->text[kept - 1] == ' ')
		kept--;
	name->size = kept;
	name->text[kept] = '\0';
}

static size_t count_characters(const struct hpo_buffer *name)
{
	size_t count = 0;

	for (size_t i = name->size > 0 ? strspn(name->text, " ") : 0; i < name->size; i++)
		count += ((unsigned char)name->text[i] & 0xc0) != 0x80 ? 1 : 0;
	return count;
}

hpo_status_t hpo__clearml_name(const char *base_name, const char *name_template, int64_t trial,
			       const hpo_json_t *params, struct hpo_buffer *name,
			       struct hpo_buffer *comment, hpo_error_t *error)
{
	struct source source = {base_name, trial, params};
	struct pairs pairs = {hpo__calloc(hpo__json_size(params) + 1, sizeof *pairs.list), 0};
	hpo_status_t status = HPO_OK;

	if (pairs.list == NULL)
		return hpo__fail_memory(error);
	hpo__json_each(params, add_pair, &pairs);
	qsort(pairs.list, pairs.count, sizeof *pairs.list, compare_pairs);

	if (name_template != NULL) {
		hpo__clearml_fill(name_template, look_up, &source, name);
	} else {
		hpo__buffer_text(name, base_name);
		hpo__buffer_text(name, pairs.count > 0 ? ": " : "");
		write_pairs(&pairs, " ", name);
	}
	put_on_a_line(name);
	write_pairs(&pairs, "\n", comment);
	if (name->failed || comment->failed)
		status = hpo__fail_memory(error);
	else if (count_characters(name) < SHORTEST)
		status = hpo__fail(error, HPO_EINVAL,
				   "task.name: '%s' makes the name '%s' for trial %lld: a task's "
				   "name has at least %d characters",
				   name_template != NULL ? name_template : base_name,
				   name->text != NULL ? name->text : "", (long long)trial,
				   (int)SHORTEST);
	hpo__free(pairs.list);
	return status;
}
