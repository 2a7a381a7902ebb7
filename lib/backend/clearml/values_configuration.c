/*
 * The configuration objects of a clone: the base task's, with the texts that a
 * study gives in the place of some, and a trial's values filled into them.
 */
#include "backend/clearml/values_inside.h"

#include <string.h>

/* What a configuration's text is filled from. */
struct source {
	const hpo_json_t *task, *params;
	struct hpo_buffer *out;
	const hpo_json_t *texts; /* of the study, by name */
	const char *between;
};

/* The base task's own value of a parameter, which is inactive or none of the study's. */
static bool look_up_base(const char *name, struct hpo_buffer *out, struct source *source)
{
	struct hpo_clearml_place place;
	const char *value, *type;
	bool found = false;

	if (hpo__clearml_find(&place, source->task, name, NULL) < 0) {
		out->failed = true;
		return false;
	}
	value = hpo__clearml_text_of(place.item, "value");
	type = hpo__clearml_text_of(place.item, "type");
	if (value != NULL) {
		found = true;
		if (hpo__clearml_cast(type) != HPO__CLEARML_CAST_BOOL)
			hpo__buffer_text(out, value);
		else
			hpo__buffer_text(out, strcmp(value, "True") == 0 ? "true" : "false");
	}
	hpo__clearml_place_release(&place);
	return found;
}

static bool look_up(const char *name, struct hpo_buffer *out, void *user)
{
	struct source *source = user;
	const hpo_json_t *value = hpo__clearml_param(source->params, name);

	if (value == NULL)
		return look_up_base(name, out, source);
	hpo__clearml_write_plain(value, HPO__CLEARML_CONFIG, out);
	return true;
}

static void write_member(struct hpo_buffer *out, const char *key, const char *text)
{
	if (text == NULL)
		return;
	hpo__buffer_format(out, ",\"%s\":", key);
	hpo__buffer_json_text(out, text);
}

static void write_object(struct source *source, const char *name, const char *value,
			 const hpo_json_t *was)
{
	hpo__buffer_text(source->out, source->between);
	source->between = ",";
	hpo__buffer_json_text(source->out, name);
	hpo__buffer_text(source->out, ":{\"name\":");
	hpo__buffer_json_text(source->out, name);
	write_member(source->out, "value", value);
	write_member(source->out, "type", hpo__clearml_text_of(was, "type"));
	write_member(source->out, "description", hpo__clearml_text_of(was, "description"));
	hpo__buffer_char(source->out, '}');
}

static hpo_status_t write_filled(const char *name, const hpo_json_t *text, void *user)
{
	struct source *source = user;
	const hpo_json_t *was = hpo__json_get(hpo__json_get(source->task, "configuration"), name);
	struct hpo_buffer value = HPO__BUFFER_INIT;

	hpo__buffer_text(&value, "");
	hpo__clearml_fill(hpo__json_text(text), look_up, source, &value);
	if (value.failed)
		source->out->failed = true;
	else
		write_object(source, name, value.text, was);
	hpo__buffer_release(&value);
	return HPO_OK;
}

static hpo_status_t write_kept(const char *name, const hpo_json_t *was, void *user)
{
	struct source *source = user;
	const char *value = hpo__clearml_text_of(was, "value");

	if (hpo__json_get(source->texts, name) == NULL && hpo__json_kind(was) == HPO__JSON_OBJECT)
		write_object(source, name, value != NULL ? value : "", was);
	return HPO_OK;
}

struct text_check {
	const struct hpo_json_at *at;
	hpo_error_t *error;
};

static hpo_status_t expect_text(const char *name, const hpo_json_t *text, void *user)
{
	struct text_check *check = user;
	struct hpo_json_at member = {text, check->at, name, 0};

	return hpo__json_expect(&member, HPO__JSON_TEXT, check->error);
}

/* Parse an object of the study's `task`, named `key` in sentences. */
static hpo_status_t parse_object(hpo_json_t **out, const char *text, const char *key,
				 struct hpo_json_at *at, hpo_error_t *error)
{
	hpo_status_t status = hpo__json_parse(out, text, strlen(text), key, error);

	*at = hpo__json_root(*out);
	at->key = key;
	if (status >= 0)
		status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	return status;
}

hpo_status_t hpo__clearml_configuration(const hpo_json_t *task, const char *configuration_json,
					const hpo_json_t *params, struct hpo_buffer *out,
					hpo_error_t *error)
{
	struct source source = {.task = task, .params = params, .out = out, .between = ""};
	hpo_json_t *texts = NULL;
	struct hpo_json_at at;
	struct text_check check = {&at, error};
	hpo_status_t status;

	status = parse_object(&texts, configuration_json, "task.configuration", &at, error);
	if (status >= 0)
		status = hpo__json_each(texts, expect_text, &check);
	if (status < 0)
		goto done;

	source.texts = texts;
	hpo__buffer_char(out, '{');
	hpo__json_each(hpo__json_get(task, "configuration"), write_kept, &source);
	hpo__json_each(texts, write_filled, &source);
	hpo__buffer_char(out, '}');
	if (out->failed)
		status = hpo__fail_memory(error);
done:
	hpo__json_free(texts);
	return status;
}
