/*
 * Values by their place in a JSON text: read as what they should be, or refused
 * by a sentence that begins with the way to them.
 */
#include "base/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct hpo_json_at hpo__json_root(const hpo_json_t *json)
{
	return (struct hpo_json_at){ json, NULL, NULL, 0 };
}

struct hpo_json_at hpo__json_member(const struct hpo_json_at *at, const char *key)
{
	const hpo_json_t *node = at->node != NULL ? hpo__json_get(at->node, key) : NULL;

	return (struct hpo_json_at){ node, at, key, 0 };
}

struct hpo_json_at hpo__json_element(const struct hpo_json_at *at, size_t index)
{
	const hpo_json_t *node = at->node != NULL ? hpo__json_item(at->node, index) : NULL;

	return (struct hpo_json_at){ node, at, NULL, index };
}

/* Append the way to a node, "parameters[3].low", to `used` bytes of text. */
static size_t write_path(const struct hpo_json_at *at, char *text, size_t room)
{
	size_t used;
	int length;

	if (at->up == NULL)
		return 0;
	used = write_path(at->up, text, room);

	if (at->key != NULL)
		length = snprintf(text + used, room - used, used > 0 ? ".%s" : "%s", at->key);
	else
		length = snprintf(text + used, room - used, "[%zu]", at->index);
	if (length < 0)
		return used;
	return (size_t)length < room - used ? used + (size_t)length : room - 1;
}

hpo_status_t hpo__json_refuse(const struct hpo_json_at *at, hpo_error_t *error,
			      const char *format, ...)
{
	char path[200] = "";
	char sentence[sizeof error->message];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);

	if (at->up == NULL)
		snprintf(path, sizeof path, "%s", at->key != NULL ? at->key : "the study file");
	else
		write_path(at, path, sizeof path);
	return hpo__fail(error, HPO_EINVAL, "%s: %s", path, sentence);
}

static hpo_status_t refuse_kind(const struct hpo_json_at *at, const char *wanted,
				hpo_error_t *error)
{
	return hpo__json_refuse(at, error, "expected %s, got %s", wanted,
				hpo__json_kind_text(at->node));
}

hpo_status_t hpo__json_read_text(const struct hpo_json_at *at, const char **out, hpo_error_t *error)
{
	if (at->node == NULL)
		return HPO_OK;
	if (hpo__json_kind(at->node) != HPO__JSON_TEXT)
		return refuse_kind(at, "a string", error);
	*out = hpo__json_text(at->node);
	return HPO_OK;
}

hpo_status_t hpo__json_read_real(const struct hpo_json_at *at, double *out, hpo_error_t *error)
{
	if (at->node == NULL)
		return HPO_OK;
	if (!hpo__json_is_number(at->node))
		return refuse_kind(at, "a number", error);
	*out = hpo__json_real(at->node);
	return HPO_OK;
}

/* Up to 2^53 every whole number is a double of its own: "1e3" means 1000 and nothing else. */
static bool is_whole(double value)
{
	return fabs(value) <= 9007199254740992.0 && floor(value) == value;
}

hpo_status_t hpo__json_read_integer(const struct hpo_json_at *at, int64_t *out, hpo_error_t *error)
{
	if (at->node == NULL)
		return HPO_OK;

	switch (hpo__json_kind(at->node)) {
	case HPO__JSON_INTEGER:
		*out = hpo__json_integer(at->node);
		return HPO_OK;
	case HPO__JSON_REAL:
		if (!is_whole(hpo__json_real(at->node)))
			return hpo__json_refuse(at, error, "expected an integer, got %g",
						hpo__json_real(at->node));
		*out = (int64_t)hpo__json_real(at->node);
		return HPO_OK;
	default:
		return refuse_kind(at, "an integer", error);
	}
}

hpo_status_t hpo__json_read_bool(const struct hpo_json_at *at, bool *out, hpo_error_t *error)
{
	if (at->node == NULL)
		return HPO_OK;
	if (hpo__json_kind(at->node) != HPO__JSON_BOOL)
		return refuse_kind(at, "true or false", error);
	*out = hpo__json_is_true(at->node);
	return HPO_OK;
}

hpo_status_t hpo__json_expect(const struct hpo_json_at *at, hpo_json_kind_t kind,
			      hpo_error_t *error)
{
	if (at->node == NULL || hpo__json_kind(at->node) != kind)
		return refuse_kind(at, hpo__json_kind_name(kind), error);
	return HPO_OK;
}

struct known_keys {
	const struct hpo_json_at *at;
	const char *const *known;
	hpo_error_t *error;
};

static hpo_status_t check_key(const char *key, const hpo_json_t *value, void *user)
{
	const struct known_keys *keys = user;
	struct hpo_json_at member = { value, keys->at, key, 0 };
	const char *near;

	for (size_t i = 0; keys->known[i] != NULL; i++) {
		if (strcmp(keys->known[i], key) == 0)
			return HPO_OK;
	}

	near = hpo__nearest(key, keys->known);
	if (near != NULL)
		return hpo__json_refuse(&member, keys->error, "unknown key; did you mean '%s'?",
					near);
	return hpo__json_refuse(&member, keys->error, "unknown key");
}

hpo_status_t hpo__json_only(const struct hpo_json_at *at, const char *const *known,
			    hpo_error_t *error)
{
	struct known_keys keys = { at, known, error };

	return at->node != NULL ? hpo__json_each(at->node, check_key, &keys) : HPO_OK;
}
