/*
 * JSON trees over jansson, whose types and allocator stay behind this file: an
 * hpo_json_t is a json_t. Writing is our own: members in their order, numbers
 * exact, memory from our allocator.
 */
#include "base/json.h"

#include "base/number.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* jansson reads without changing a tree, but its iterators take it as not const. */
static json_t *tree(const hpo_json_t *json)
{
	return (json_t *)(uintptr_t)json;
}

static const hpo_json_t *part(const json_t *node)
{
	return (const hpo_json_t *)node;
}

static hpo_status_t refuse_text(const json_error_t *cause, const char *what, hpo_error_t *error)
{
	/* Where jansson gives no words, an allocation failed. */
	if (cause->text[0] == '\0' || json_error_code(cause) == json_error_out_of_memory)
		return hpo__fail_memory(error);
	return hpo__fail(error, HPO_EINVAL, "%s: line %d, column %d: %s", what, cause->line,
			 cause->column, cause->text);
}

hpo_status_t hpo__json_parse(hpo_json_t **out, const char *text, size_t size, const char *what,
			     hpo_error_t *error)
{
	json_error_t cause;
	locale_t plain = hpo__locale_plain();
	locale_t host;
	json_t *root;

	*out = NULL;

	/*
	 * jansson takes the decimal point to be one byte, and asserts it. This
	 * thread alone reads by the plain locale until the text is parsed.
	 */
	host = plain != (locale_t)0 ? uselocale(plain) : (locale_t)0;
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &cause);
	if (host != (locale_t)0)
		uselocale(host);

	if (root == NULL)
		return refuse_text(&cause, what, error);
	*out = (hpo_json_t *)root;
	return HPO_OK;
}

void hpo__json_free(hpo_json_t *json)
{
	json_decref((json_t *)json);
}

hpo_json_kind_t hpo__json_kind(const hpo_json_t *json)
{
	switch (json_typeof(tree(json))) {
	case JSON_OBJECT:
		return HPO__JSON_OBJECT;
	case JSON_ARRAY:
		return HPO__JSON_ARRAY;
	case JSON_STRING:
		return HPO__JSON_TEXT;
	case JSON_INTEGER:
		return HPO__JSON_INTEGER;
	case JSON_REAL:
		return HPO__JSON_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return HPO__JSON_BOOL;
	case JSON_NULL:
		break;
	}
	return HPO__JSON_NULL;
}

static const char *kind_text(hpo_json_kind_t kind)
{
	static const char *const texts[] = {
		[HPO__JSON_NULL] = "null",           [HPO__JSON_BOOL] = "true or false",
		[HPO__JSON_INTEGER] = "an integer",  [HPO__JSON_REAL] = "a number",
		[HPO__JSON_TEXT] = "a string",       [HPO__JSON_ARRAY] = "an array",
		[HPO__JSON_OBJECT] = "an object",
	};

	return texts[kind];
}

const char *hpo__json_kind_text(const hpo_json_t *json)
{
	return json != NULL ? kind_text(hpo__json_kind(json)) : "nothing";
}

size_t hpo__json_size(const hpo_json_t *json)
{
	if (json_is_array(tree(json)))
		return json_array_size(tree(json));
	return json_object_size(tree(json));
}

const hpo_json_t *hpo__json_get(const hpo_json_t *object, const char *key)
{
	return part(json_object_get(tree(object), key));
}

const hpo_json_t *hpo__json_item(const hpo_json_t *array, size_t index)
{
	return part(json_array_get(tree(array), index));
}

const char *hpo__json_text(const hpo_json_t *json)
{
	return json_string_value(tree(json));
}

double hpo__json_real(const hpo_json_t *json)
{
	return hpo__json_is_number(json) ? json_number_value(tree(json)) : (double)NAN;
}

int64_t hpo__json_integer(const hpo_json_t *json)
{
	return json_integer_value(tree(json));
}

bool hpo__json_is_true(const hpo_json_t *json)
{
	return json_is_true(tree(json));
}

bool hpo__json_is_number(const hpo_json_t *json)
{
	return json_is_number(tree(json));
}

hpo_status_t hpo__json_each(const hpo_json_t *object,
			    hpo_status_t (*fn)(const char *key, const hpo_json_t *value, void *user),
			    void *user)
{
	json_t *node = tree(object);

	for (void *at = json_object_iter(node); at != NULL; at = json_object_iter_next(node, at)) {
		hpo_status_t status = fn(json_object_iter_key(at),
					 part(json_object_iter_value(at)), user);

		if (status < 0)
			return status;
	}
	return HPO_OK;
}

static void write_array(const hpo_json_t *json, struct hpo_buffer *out)
{
	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < hpo__json_size(json); i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__json_write(hpo__json_item(json, i), out);
	}
	hpo__buffer_char(out, ']');
}

static void write_object(const hpo_json_t *json, struct hpo_buffer *out)
{
	json_t *node = tree(json);
	const char *between = "{";

	if (json_object_size(node) == 0)
		hpo__buffer_char(out, '{');
	for (void *at = json_object_iter(node); at != NULL; at = json_object_iter_next(node, at)) {
		hpo__buffer_text(out, between);
		between = ",";
		hpo__buffer_json_text(out, json_object_iter_key(at));
		hpo__buffer_char(out, ':');
		hpo__json_write(part(json_object_iter_value(at)), out);
	}
	hpo__buffer_char(out, '}');
}

void hpo__json_write(const hpo_json_t *json, struct hpo_buffer *out)
{
	switch (hpo__json_kind(json)) {
	case HPO__JSON_NULL:
		hpo__buffer_text(out, "null");
		break;
	case HPO__JSON_BOOL:
		hpo__buffer_text(out, hpo__json_is_true(json) ? "true" : "false");
		break;
	case HPO__JSON_INTEGER:
		hpo__buffer_json_integer(out, hpo__json_integer(json));
		break;
	case HPO__JSON_REAL:
		hpo__buffer_json_real(out, hpo__json_real(json));
		break;
	case HPO__JSON_TEXT:
		hpo__buffer_json_text(out, hpo__json_text(json));
		break;
	case HPO__JSON_ARRAY:
		write_array(json, out);
		break;
	case HPO__JSON_OBJECT:
		write_object(json, out);
		break;
	}
}

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
		return refuse_kind(at, kind_text(kind), error);
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
