/*
 * JSON trees over jansson, whose types and allocator stay behind this file: an
 * hpo_json_t is a json_t. Reading and writing are our own: every failing
 * allocation is seen, numbers are exact, and the host's locale does not matter.
 */
#include "base/json.h"

#include "base/alloc.h"
#include "base/token.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* How deep values may be nested: far more than any study, and little of a stack. */
enum { DEEPEST = 200 };

/* jansson reads without changing a tree, but its iterators take it as not const. */
static json_t *tree(const hpo_json_t *json)
{
	return (json_t *)(uintptr_t)json;
}

static const hpo_json_t *part(const json_t *node)
{
	return (const hpo_json_t *)node;
}

/* What is being parsed, and how deep. */
struct reader {
	struct hpo_scanner scanner;
	const char *what;
	size_t depth;
	hpo_error_t *error;
};

static hpo_status_t read_value(struct reader *reader, json_t **out);

static hpo_status_t refuse_here(struct reader *reader, const char *problem)
{
	size_t line;
	size_t column;

	hpo__scanner_place(&reader->scanner, &line, &column);
	return hpo__fail(reader->error, HPO_EINVAL, "%s: line %zu, column %zu: %s", reader->what,
			 line, column, problem);
}

/* Refuse the token at hand: for what it is if that is wrong in itself, else for what was due. */
static hpo_status_t refuse_token(struct reader *reader, const char *due)
{
	if (reader->scanner.token == HPO__TOKEN_BAD && reader->scanner.problem == NULL)
		return hpo__fail_memory(reader->error);
	if (reader->scanner.token == HPO__TOKEN_BAD)
		return refuse_here(reader, reader->scanner.problem);
	return refuse_here(reader, due);
}

static bool is_mark(const struct reader *reader, char mark)
{
	return reader->scanner.token == HPO__TOKEN_MARK && reader->scanner.mark == mark;
}

/*
 * After an item, *more says whether another follows; the token at hand is then
 * its first, and otherwise `close`.
 */
static hpo_status_t read_separator(struct reader *reader, char close, bool *more)
{
	hpo__scanner_next(&reader->scanner);
	*more = is_mark(reader, ',');
	if (*more)
		hpo__scanner_next(&reader->scanner);
	else if (!is_mark(reader, close))
		return refuse_token(reader, close == ']' ? "expected ',' or ']'"
							  : "expected ',' or '}'");
	return HPO_OK;
}

static hpo_status_t read_array(struct reader *reader, json_t *array)
{
	hpo_status_t status;
	json_t *item = NULL;
	bool more;

	hpo__scanner_next(&reader->scanner);
	more = !is_mark(reader, ']');
	while (more) {
		status = read_value(reader, &item);
		if (status < 0)
			return status;
		if (json_array_append_new(array, item) != 0)
			return hpo__fail_memory(reader->error);
		status = read_separator(reader, ']', &more);
		if (status < 0)
			return status;
	}
	return HPO_OK;
}

/* The key and its colon; *key is the caller's. The token at hand is then the value's first. */
static hpo_status_t read_key(struct reader *reader, const json_t *object, char **key)
{
	char problem[100];

	if (reader->scanner.token != HPO__TOKEN_TEXT)
		return refuse_token(reader, "expected a key in double quotes");
	if (json_object_get(object, reader->scanner.text.text) != NULL) {
		snprintf(problem, sizeof problem, "duplicate key '%.60s'",
			 reader->scanner.text.text);
		return refuse_here(reader, problem);
	}

	*key = hpo__buffer_take(&reader->scanner.text);
	if (*key == NULL)
		return hpo__fail_memory(reader->error);
	hpo__scanner_next(&reader->scanner);
	if (!is_mark(reader, ':'))
		return refuse_token(reader, "expected ':'");
	hpo__scanner_next(&reader->scanner);
	return HPO_OK;
}

static hpo_status_t read_member(struct reader *reader, json_t *object)
{
	char *key = NULL;
	json_t *value = NULL;
	hpo_status_t status;

	status = read_key(reader, object, &key);
	if (status < 0)
		goto done;
	status = read_value(reader, &value);
	if (status < 0)
		goto done;
	if (json_object_set_new_nocheck(object, key, value) != 0)
		status = hpo__fail_memory(reader->error);
done:
	hpo__free(key);
	return status;
}

static hpo_status_t read_object(struct reader *reader, json_t *object)
{
	hpo_status_t status;
	bool more;

	hpo__scanner_next(&reader->scanner);
	more = !is_mark(reader, '}');
	while (more) {
		status = read_member(reader, object);
		if (status < 0)
			return status;
		status = read_separator(reader, '}', &more);
		if (status < 0)
			return status;
	}
	return HPO_OK;
}

static hpo_status_t read_container(struct reader *reader, json_t **out)
{
	bool is_array = is_mark(reader, '[');
	json_t *container;
	hpo_status_t status;

	if (reader->depth == DEEPEST)
		return refuse_here(reader, "nested too deep");

	container = is_array ? json_array() : json_object();
	if (container == NULL)
		return hpo__fail_memory(reader->error);

	reader->depth++;
	status = is_array ? read_array(reader, container) : read_object(reader, container);
	reader->depth--;
	if (status < 0)
		json_decref(container);
	else
		*out = container;
	return status;
}

/* Read the value whose first token is at hand; its last is at hand after. */
static hpo_status_t read_value(struct reader *reader, json_t **out)
{
	const struct hpo_scanner *scanner = &reader->scanner;

	switch (scanner->token) {
	case HPO__TOKEN_MARK:
		if (scanner->mark == '[' || scanner->mark == '{')
			return read_container(reader, out);
		return refuse_here(reader, "expected a value");
	case HPO__TOKEN_NULL:
		*out = json_null();
		break;
	case HPO__TOKEN_TRUE:
		*out = json_true();
		break;
	case HPO__TOKEN_FALSE:
		*out = json_false();
		break;
	case HPO__TOKEN_INTEGER:
		*out = json_integer(scanner->integer);
		break;
	case HPO__TOKEN_REAL:
		*out = json_real(scanner->real);
		break;
	case HPO__TOKEN_TEXT:
		*out = json_stringn_nocheck(scanner->text.text, scanner->text.size);
		break;
	case HPO__TOKEN_END:
	case HPO__TOKEN_BAD:
		return refuse_token(reader, "the text ends before a value");
	}
	return *out != NULL ? HPO_OK : hpo__fail_memory(reader->error);
}

hpo_status_t hpo__json_parse(hpo_json_t **out, const char *text, size_t size, const char *what,
			     hpo_error_t *error)
{
	struct reader reader = { .what = what, .error = error };
	json_t *root = NULL;
	hpo_status_t status;

	*out = NULL;
	hpo__scanner_init(&reader.scanner, text, size);

	hpo__scanner_next(&reader.scanner);
	status = read_value(&reader, &root);
	if (status < 0)
		goto done;
	hpo__scanner_next(&reader.scanner);
	if (reader.scanner.token != HPO__TOKEN_END) {
		status = refuse_token(&reader, "expected the end of the text");
		goto done;
	}

	*out = (hpo_json_t *)root;
	root = NULL; /* the caller's now */
done:
	json_decref(root);
	hpo__scanner_release(&reader.scanner);
	return status;
}

void hpo__json_free(hpo_json_t *json)
{
	json_decref((json_t *)json);
}

hpo_json_t *hpo__json_keep(const hpo_json_t *json)
{
	return (hpo_json_t *)json_incref((json_t *)json);
}

hpo_json_kind_t hpo__json_kind(const hpo_json_t *json)
{
	if (json == NULL)
		return HPO__JSON_NULL;
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

const char *hpo__json_kind_name(hpo_json_kind_t kind)
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
	return json != NULL ? hpo__json_kind_name(hpo__json_kind(json)) : "nothing";
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
