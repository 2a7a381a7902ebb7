/*
 * The subset of HOCON that clearml.conf is written in (Lightbend's "HOCON:
 * Human-Optimized Config Object Notation"), with two leniencies of the Python
 * reader that those files are made for: an unquoted value may hold colons and,
 * after its first character, slashes ("http://host:8008").
 *
 * A value is put together in one block that never moves and is overwritten in the
 * end: a growing one would leave pieces of secrets behind.
 */
#include "backend/clearml/hocon.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	DEEPEST = 64,		/* of objects and arrays within each other */
	LONGEST_PATH = 1024,	/* bytes of all keys on the way */
	LONGEST_VALUE = 1 << 16 /* bytes; so that values made of values stay small */
};

struct reader {
	struct hpo_hocon *hocon;
	const char *at, *end;
	size_t line;
	const char *what;
	const char *(*variable)(const char *name);
	char path[LONGEST_PATH + 1];
	size_t path_size;
	int depth;
	char *value; /* [LONGEST_VALUE + 1], of what is being read */
	size_t value_size;
	bool is_text;  /* it is quoted, if only in part */
	bool is_unset; /* it has nothing but ${?NAME}, which are unset */
	hpo_error_t *error;
};

static hpo_status_t refuse(struct reader *reader, const char *sentence)
{
	return hpo__fail(reader->error, HPO_EINVAL, "%s:%zu: %s", reader->what, reader->line,
			 sentence);
}

/* The next byte, or 0 at the end; zero bytes were refused before. */
static char peek(const struct reader *reader)
{
	return reader->at < reader->end ? *reader->at : '\0';
}

static bool starts(const struct reader *reader, const char *word)
{
	const size_t length = strlen(word);

	return (size_t)(reader->end - reader->at) >= length &&
	       memcmp(reader->at, word, length) == 0;
}

static void step(struct reader *reader)
{
	if (*reader->at++ == '\n')
		reader->line++;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Whether a comment begins here: "//" within a word, as in an address, is none. */
static bool is_comment(const struct reader *reader, bool in_word)
{
	return peek(reader) == '#' || (!in_word && starts(reader, "//"));
}

static bool skip_comment(struct reader *reader, bool in_word)
{
	if (!is_comment(reader, in_word))
		return false;
	while (reader->at < reader->end && *reader->at != '\n')
		reader->at++;
	return true;
}

static void skip_blanks(struct reader *reader)
{
	while (is_blank(peek(reader)))
		reader->at++;
}

/* Blanks, line ends, comments, and commas too where those separate. */
static void skip_space(struct reader *reader, bool commas)
{
	for (;;) {
		const char c = peek(reader);

		if (is_blank(c) || c == '\n' || (commas && c == ','))
			step(reader);
		else if (!skip_comment(reader, false))
			return;
	}
}

static hpo_status_t add_bytes(struct reader *reader, const char *bytes, size_t size)
{
	if (size > LONGEST_VALUE - reader->value_size)
		return refuse(reader, "a value is longer than 64 KiB");
	if (size > 0)
		memcpy(reader->value + reader->value_size, bytes, size);
	reader->value_size += size;
	reader->value[reader->value_size] = '\0';
	return HPO_OK;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits after \u. */
static bool read_unit(struct reader *reader, uint32_t *out)
{
	if (reader->end - reader->at < 4)
		return false;
	*out = 0;
	for (int i = 0; i < 4; i++) {
		const int digit = hex_digit(reader->at[i]);

		if (digit < 0)
			return false;
		*out = *out << 4 | (uint32_t)digit;
	}
	reader->at += 4;
	return true;
}

static hpo_status_t read_point(struct reader *reader)
{
	char bytes[4];
	uint32_t point, low;

	if (!read_unit(reader, &point))
		return refuse(reader, "expected four hexadecimal digits after \\u");
	if (point >= 0xd800 && point < 0xdc00 && starts(reader, "\\u")) {
		reader->at += 2;
		if (!read_unit(reader, &low) || low < 0xdc00 || low > 0xdfff)
			return refuse(reader, "half a character: expected \\uDC00 to \\uDFFF");
		point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
	}
	if (point == 0 || (point >= 0xd800 && point <= 0xdfff))
		return refuse(reader, "\\u0000 and half characters are not allowed");
	return add_bytes(reader, bytes, hpo__utf8_encode(point, bytes));
}

/* What follows a backslash. One that escapes nothing is itself: "C:\data". */
static hpo_status_t read_escape(struct reader *reader)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char c = peek(reader);
	const char *name = c != '\0' ? strchr(names, c) : NULL;

	if (c == 'u') {
		reader->at++;
		return read_point(reader);
	}
	if (name == NULL)
		return add_bytes(reader, "\\", 1);
	reader->at++;
	return add_bytes(reader, &meanings[name - names], 1);
}

static hpo_status_t read_quoted(struct reader *reader)
{
	hpo_status_t status = HPO_OK;

	reader->at++;
	while (status >= 0) {
		const char c = peek(reader);

		if (c == '"') {
			reader->at++;
			return HPO_OK;
		}
		if (c == '\0' || c == '\n')
			return refuse(reader, "a string does not end on its line: close it with \"");
		reader->at++;
		status = c == '\\' ? read_escape(reader) : add_bytes(reader, &c, 1);
	}
	return status;
}

/* """…""" has no escapes; quotes before the closing ones belong to the text. */
static hpo_status_t read_triple(struct reader *reader)
{
	const size_t line = reader->line;
	const char *start = reader->at + 3;
	const char *stop;

	for (reader->at = start; !starts(reader, "\"\"\""); step(reader)) {
		if (reader->at < reader->end)
			continue;
		reader->line = line;
		return refuse(reader, "a string does not end: close it with \"\"\"");
	}
	while (reader->at + 3 < reader->end && reader->at[3] == '"')
		reader->at++;
	stop = reader->at;
	reader->at += 3;
	return add_bytes(reader, start, (size_t)(stop - start));
}

static hpo_status_t read_string(struct reader *reader)
{
	reader->is_text = true;
	return starts(reader, "\"\"\"") ? read_triple(reader) : read_quoted(reader);
}

/* ${NAME} or ${?NAME}. */
static hpo_status_t read_substitution(struct reader *reader)
{
	char name[LONGEST_PATH + 1];
	const char *value, *stop;
	bool optional;
	size_t size;

	reader->at += 2;
	optional = peek(reader) == '?';
	reader->at += optional ? 1 : 0;
	stop = memchr(reader->at, '}', (size_t)(reader->end - reader->at));
	size = stop != NULL ? (size_t)(stop - reader->at) : 0;
	if (size == 0 || size > LONGEST_PATH || memchr(reader->at, '\n', size) != NULL)
		return refuse(reader, "expected ${NAME}");
	memcpy(name, reader->at, size);
	name[size] = '\0';
	reader->at = stop + 1;

	value = hpo__hocon_get(reader->hocon, name);
	if (value == NULL)
		value = reader->variable(name);
	if (value == NULL && !optional)
		return hpo__fail(reader->error, HPO_EINVAL,
				 "%s:%zu: ${%.80s} is not set: set it, or write ${?%.80s}",
				 reader->what, reader->line, name, name);
	if (value == NULL)
		return HPO_OK;
	reader->is_unset = false;
	reader->is_text = true;
	return add_bytes(reader, value, strlen(value));
}

static bool ends_value(const struct reader *reader, bool in_word)
{
	const char c = peek(reader);

	return c == '\0' || strchr("\n,}]", c) != NULL || is_comment(reader, in_word);
}

/* The pieces of a scalar up to the end of the line; blanks between them belong to it. */
static hpo_status_t read_scalar(struct reader *reader)
{
	size_t kept = 0; /* of the value: without blanks at the end */
	bool in_word = false;
	hpo_status_t status = HPO_OK;

	reader->value_size = 0;
	reader->value[0] = '\0';
	reader->is_text = false;
	reader->is_unset = starts(reader, "${?");
	while (status >= 0 && !ends_value(reader, in_word)) {
		const char c = peek(reader);

		in_word = !is_blank(c);
		if (c == '"') {
			status = read_string(reader);
		} else if (starts(reader, "${")) {
			status = read_substitution(reader);
		} else if (c == '{' || c == '[') {
			return refuse(reader, "an object or array after a value: expected a new "
					      "line or a comma");
		} else {
			reader->at++;
			status = add_bytes(reader, &c, 1);
		}
		if (in_word) {
			kept = reader->value_size;
			reader->is_unset = reader->is_unset && kept == 0;
		}
	}
	reader->value_size = kept;
	reader->value[kept] = '\0';
	return status;
}

/* Note the value at the path at hand; NULL for none. */
static hpo_status_t enter(struct reader *reader, const char *value)
{
	struct hpo_hocon *hocon = reader->hocon;
	struct hpo_hocon_entry *entries =
		hpo__grow(hocon->entries, &hocon->capacity, hocon->count + 1, sizeof *entries);
	struct hpo_hocon_entry *entry;

	if (entries == NULL)
		return hpo__fail_memory(reader->error);
	hocon->entries = entries;
	entry = &entries[hocon->count];
	entry->path = hpo__strdup(reader->path);
	entry->value = hpo__strdup(value);
	if (entry->path == NULL || (value != NULL && entry->value == NULL)) {
		hpo__free(entry->path);
		if (entry->value != NULL)
			explicit_bzero(entry->value, strlen(entry->value));
		hpo__free(entry->value);
		return hpo__fail_memory(reader->error);
	}
	hocon->count++;
	return HPO_OK;
}

/* A string whose text does not matter, within an array. */
static hpo_status_t skip_string(struct reader *reader)
{
	reader->value_size = 0;
	return read_string(reader);
}

/* An array with all that is in it, in brackets and braces that match. */
static hpo_status_t skip_array(struct reader *reader)
{
	char closing[DEEPEST];
	int depth = 0;
	bool in_word = false;
	hpo_status_t status = HPO_OK;

	while (status >= 0) {
		const char c = peek(reader);

		if (c == '\0')
			return refuse(reader, "an array does not end: close it with ]");
		if (c == '"') {
			status = skip_string(reader);
			continue;
		}
		if (skip_comment(reader, in_word))
			continue;
		in_word = !is_blank(c) && strchr("\n,[]{}", c) == NULL;
		if (c == '[' || (c == '{' && reader->at[-1] != '$')) {
			if (depth == DEEPEST)
				return refuse(reader, "nested too deep");
			closing[depth++] = c == '[' ? ']' : '}';
		} else if (c == closing[depth - 1]) {
			depth--;
		}
		step(reader);
		if (depth == 0)
			return HPO_OK;
	}
	return status;
}

static hpo_status_t read_members(struct reader *reader, bool braced);

static hpo_status_t read_object(struct reader *reader)
{
	hpo_status_t status;

	if (reader->depth == DEEPEST)
		return refuse(reader, "nested too deep");
	reader->at++;
	reader->depth++;
	status = read_members(reader, true);
	reader->depth--;
	return status;
}

/* One value; an object or array may be followed by more of its kind, which adds to it. */
static hpo_status_t read_value(struct reader *reader)
{
	hpo_status_t status = HPO_OK;
	bool any = false;

	for (; status >= 0; any = true) {
		skip_blanks(reader);
		if (peek(reader) == '{') {
			status = read_object(reader);
		} else if (peek(reader) == '[') {
			status = skip_array(reader);
			if (status >= 0)
				status = enter(reader, NULL);
		} else if (any) {
			return HPO_OK;
		} else {
			break;
		}
	}
	if (status < 0)
		return status;

	status = read_scalar(reader);
	if (status < 0 || reader->is_unset)
		return status;
	if (reader->value_size == 0 && !reader->is_text)
		return refuse(reader, "expected a value");
	if (!reader->is_text && strcmp(reader->value, "null") == 0)
		return enter(reader, NULL);
	return enter(reader, reader->value);
}

static hpo_status_t add_to_path(struct reader *reader, const char *bytes, size_t size)
{
	if (size > LONGEST_PATH - reader->path_size)
		return refuse(reader, "a key is too long");
	if (size > 0)
		memcpy(reader->path + reader->path_size, bytes, size);
	reader->path_size += size;
	reader->path[reader->path_size] = '\0';
	return HPO_OK;
}

/* One key up to a dot or the end; blanks within an unquoted one belong to it. */
static hpo_status_t read_key_part(struct reader *reader)
{
	const char *start, *stop;
	hpo_status_t status;

	skip_blanks(reader);
	if (peek(reader) == '"') {
		reader->value_size = 0;
		reader->value[0] = '\0';
		status = read_string(reader);
		if (status >= 0)
			status = add_to_path(reader, reader->value, reader->value_size);
		skip_blanks(reader);
		return status;
	}
	start = reader->at;
	while (reader->at < reader->end && strchr(".:={}[],+\"#\n$", *reader->at) == NULL)
		reader->at++;
	for (stop = reader->at; stop > start && is_blank(stop[-1]);)
		stop--;
	if (stop == start)
		return refuse(reader, "expected a key");
	return add_to_path(reader, start, (size_t)(stop - start));
}

static hpo_status_t read_key(struct reader *reader)
{
	hpo_status_t status;

	if (reader->path_size > 0) {
		status = add_to_path(reader, ".", 1);
		if (status < 0)
			return status;
	}
	status = read_key_part(reader);
	while (status >= 0 && peek(reader) == '.') {
		reader->at++;
		status = add_to_path(reader, ".", 1);
		if (status >= 0)
			status = read_key_part(reader);
	}
	return status;
}

/* Whether the line includes another file, which is left out. */
static bool skip_include(struct reader *reader)
{
	static const char *const what[] = {"\"", "file(", "url(", "classpath(", "required("};
	const char *start = reader->at;

	if (!starts(reader, "include") || reader->end - start < 8)
		return false;
	reader->at += strlen("include");
	skip_blanks(reader);
	for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
		if (!starts(reader, what[i]))
			continue;
		while (reader->at < reader->end && *reader->at != '\n')
			reader->at++;
		return true;
	}
	reader->at = start;
	return false;
}

/* An object or array may begin on a line after its key; nothing else may. */
static void skip_to_opening(struct reader *reader)
{
	const char *at = reader->at;
	const size_t line = reader->line;

	skip_space(reader, false);
	if (peek(reader) == '{' || peek(reader) == '[')
		return;
	reader->at = at;
	reader->line = line;
}

static hpo_status_t read_member(struct reader *reader)
{
	const size_t path_size = reader->path_size;
	hpo_status_t status;

	if (skip_include(reader))
		return HPO_OK;
	status = read_key(reader);
	if (status < 0)
		return status;

	skip_to_opening(reader);
	if (starts(reader, "+="))
		reader->at++;
	if (peek(reader) == ':' || peek(reader) == '=') {
		reader->at++;
		skip_to_opening(reader);
	} else if (peek(reader) != '{') {
		return refuse(reader, "expected ':', '=' or '{' after a key");
	}
	status = read_value(reader);
	reader->path_size = path_size;
	reader->path[path_size] = '\0';
	return status;
}

static hpo_status_t read_members(struct reader *reader, bool braced)
{
	const size_t line = reader->line;
	hpo_status_t status = HPO_OK;

	for (; status >= 0; status = read_member(reader)) {
		skip_space(reader, true);
		if (peek(reader) == '}' && braced) {
			reader->at++;
			return HPO_OK;
		}
		if (peek(reader) != '\0')
			continue;
		if (!braced)
			return HPO_OK;
		reader->line = line;
		return refuse(reader, "an object does not end: close it with }");
	}
	return status;
}

static hpo_status_t read_all(struct reader *reader)
{
	hpo_status_t status;

	if (memchr(reader->at, '\0', (size_t)(reader->end - reader->at)) != NULL)
		return refuse(reader, "the text has a zero byte");
	if (starts(reader, "\xef\xbb\xbf"))
		reader->at += 3;
	skip_space(reader, false);
	if (peek(reader) != '{')
		return read_members(reader, false);

	status = read_object(reader);
	skip_space(reader, false);
	if (status >= 0 && reader->at < reader->end)
		return refuse(reader, "something stands after the closing }");
	return status;
}

hpo_status_t hpo__hocon_read(struct hpo_hocon *hocon, const char *text, size_t size,
			     const char *what, const char *(*variable)(const char *name),
			     hpo_error_t *error)
{
	struct reader reader = {
		.hocon = hocon,
		.at = text,
		.end = text + size,
		.line = 1,
		.what = what,
		.variable = variable,
		.value = hpo__alloc(LONGEST_VALUE + 1),
		.error = error,
	};
	hpo_status_t status;

	if (reader.value == NULL)
		return hpo__fail_memory(error);
	status = size > 0 ? read_all(&reader) : HPO_OK;
	explicit_bzero(reader.value, LONGEST_VALUE + 1);
	hpo__free(reader.value);
	return status;
}

/* Whether `path` is below `outer`. */
static bool is_below(const char *path, const char *outer)
{
	const size_t length = strlen(outer);

	return strncmp(path, outer, length) == 0 && path[length] == '.';
}

const char *hpo__hocon_get(const struct hpo_hocon *hocon, const char *path)
{
	for (size_t i = hocon->count; i-- > 0;) {
		const struct hpo_hocon_entry *entry = &hocon->entries[i];

		if (strcmp(entry->path, path) == 0)
			return entry->value;
		if (is_below(path, entry->path))
			return NULL; /* what was an object is a scalar since */
	}
	return NULL;
}

void hpo__hocon_release(struct hpo_hocon *hocon)
{
	for (size_t i = 0; i < hocon->count; i++) {
		struct hpo_hocon_entry *entry = &hocon->entries[i];

		if (entry->value != NULL)
			explicit_bzero(entry->value, strlen(entry->value));
		hpo__free(entry->value);
		hpo__free(entry->path);
	}
	hpo__free(hocon->entries);
	*hocon = (struct hpo_hocon){NULL, 0, 0};
}
