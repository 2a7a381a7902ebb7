/*
 * Report lines. A line is walked twice: first to see that all of it is a report
 * and which iteration it names, then to tell its metrics; names and numbers are
 * ended with a zero in place, so that nothing is allocated.
 */
#include "backend/lines.h"

#include "base/number.h"
#include "base/utf8.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
	LONGEST_NAME = 512, /* a name is kept in a store, once for each report */
	DEEPEST = 32	    /* nesting in members that are skipped */
};

struct reading {
	hpo_line_fn fn; /* NULL in the first walk */
	void *user;
	int64_t iteration;
	size_t count;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *skip_blanks(char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

/* Whether a name can be kept and printed: not empty, not endless, without control characters. */
static bool is_name(const char *name)
{
	size_t left = strlen(name);
	size_t length;

	if (left == 0 || left > LONGEST_NAME)
		return false;
	for (; left > 0; left -= length, name += length) {
		length = hpo__utf8_measure(name, left);
		if (length == 0 || (unsigned char)*name < 0x20 || *name == 0x7F)
			return false;
	}
	return true;
}

/* An iteration is a whole number from 0 on, perhaps written as a real. */
static bool read_iteration(const char *text, int64_t *out)
{
	const double largest = 9007199254740992.0; /* 2^53 */
	double real;

	if (hpo__parse_integer(text, out))
		return *out >= 0;
	if (!hpo__parse_real(text, &real) || !(real >= 0 && real <= largest) || real != floor(real))
		return false;
	*out = (int64_t)real;
	return true;
}

/* One name with the text of its number. False: the line is no report. */
static bool take(struct reading *reading, const char *name, const char *number)
{
	double value;

	if (strcmp(name, "iteration") == 0)
		return reading->fn != NULL || read_iteration(number, &reading->iteration);
	if (!is_name(name) || !hpo__parse_real(number, &value))
		return false;
	reading->count++;
	if (reading->fn != NULL)
		reading->fn(reading->user, reading->iteration, name, value);
	return true;
}

/* Nothing but name=value tokens. */
static bool read_tokens(char *at, struct reading *reading)
{
	for (at = skip_blanks(at); *at != '\0'; at = skip_blanks(at)) {
		char *equals = NULL;
		char *end = at;
		char after;
		bool is_report;

		for (; *end != '\0' && !is_blank(*end); end++)
			if (*end == '=' && equals == NULL)
				equals = end;
		if (equals == NULL)
			return false;
		after = *end;
		*equals = '\0';
		*end = '\0';
		is_report = take(reading, at, equals + 1);
		*equals = '=';
		*end = after;
		if (!is_report)
			return false;
		at = end;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits; -1 if there are fewer. */
static int32_t read_unit(const char *at)
{
	int32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		if (hex_digit(at[i]) < 0)
			return -1;
		unit = unit * 16 + hex_digit(at[i]);
	}
	return unit;
}

/* What follows "\u", surrogate pairs included; *at is moved behind it. -1: malformed. */
static int32_t read_escaped(const char **at)
{
	int32_t high = read_unit(*at);
	int32_t low;

	if (high <= 0) /* a zero would end the name */
		return -1;
	*at += 4;
	if (high < 0xD800 || high > 0xDFFF)
		return high;
	if (high > 0xDBFF || (*at)[0] != '\\' || (*at)[1] != 'u')
		return -1;
	low = read_unit(*at + 2);
	if (low < 0xDC00 || low > 0xDFFF)
		return -1;
	*at += 6;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Write the text between two quotes with its escapes replaced; never longer than it was. */
static bool unescape(char *to, const char *from, const char *end)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";

	while (from < end) {
		const char *letter;

		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		if (*from == 'u') {
			int32_t c;

			from++;
			c = read_escaped(&from);
			if (c < 0)
				return false;
			to += hpo__utf8_encode((uint32_t)c, to);
			continue;
		}
		letter = *from != '\0' ? strchr(letters, *from) : NULL;
		if (letter == NULL)
			return false;
		*to++ = meanings[letter - letters];
		from++;
	}
	*to = '\0';
	return true;
}

/* Behind a string's closing quote, given its opening one; NULL if it has no end. */
static char *skip_text(char *at)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if (*at == '\0')
			return NULL;
	}
	return at + 1;
}

static bool is_word_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '+' || c == '-' || c == '.';
}

static char *skip_word(char *at)
{
	while (is_word_character(*at))
		at++;
	return at;
}

/*
 * Behind an array or object, NULL if its brackets do not close in their order. What
 * is between them is of no interest, and looked at only as far as that takes.
 */
static char *skip_nested(char *at)
{
	char closing[DEEPEST];
	size_t depth = 0;

	do {
		if (*at == '{' || *at == '[') {
			if (depth == DEEPEST)
				return NULL;
			closing[depth++] = *at == '{' ? '}' : ']';
		} else if (*at == '}' || *at == ']') {
			if (*at != closing[--depth])
				return NULL;
		} else if (*at == '"') {
			at = skip_text(at);
			if (at == NULL)
				return NULL;
			continue;
		} else if (*at == '\0') {
			return NULL;
		}
		at++;
	} while (depth > 0);
	return at;
}

static bool is_number(const char *word)
{
	return (*word >= '0' && *word <= '9') || *word == '-' || strcmp(word, "NaN") == 0 ||
	       strcmp(word, "Infinity") == 0;
}

/* A member whose value is a bare word: a number is taken, true, false and null are passed over. */
static bool take_word(struct reading *reading, const char *name, const char *word)
{
	if (strcmp(word, "null") == 0)
		return true;
	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
		return strcmp(name, "iteration") != 0;
	return is_number(word) && take(reading, name, word);
}

/*
 * The name of a member, from its opening quote: unescaped into `name`, which is
 * emptied if it is too long to be a metric's. Returns what is behind it.
 */
static char *read_name(char *at, char *name, size_t room)
{
	char *end = skip_text(at);

	if (end == NULL)
		return NULL;
	name[0] = '\0';
	if ((size_t)(end - at) <= room && !unescape(name, at + 1, end - 1))
		return NULL;
	return end;
}

/* One member, from its opening quote; returns what is behind it, NULL if the line is no report. */
static char *read_member(char *at, struct reading *reading)
{
	char name[6 * LONGEST_NAME + 2]; /* every character may be an escape of six */
	char *end;
	char after;
	bool is_report;

	at = *at == '"' ? read_name(at, name, sizeof name) : NULL;
	if (at == NULL)
		return NULL;
	at = skip_blanks(at);
	if (*at != ':')
		return NULL;
	at = skip_blanks(at + 1);

	if (*at == '"' || *at == '{' || *at == '[') {
		if (strcmp(name, "iteration") == 0)
			return NULL;
		return *at == '"' ? skip_text(at) : skip_nested(at);
	}
	end = skip_word(at);
	after = *end;
	*end = '\0';
	is_report = end > at && take_word(reading, name, at);
	*end = after;
	return is_report ? end : NULL;
}

/* A JSON object, from its opening brace, and nothing behind it. */
static bool read_object(char *at, struct reading *reading)
{
	do {
		at = read_member(skip_blanks(at + 1), reading);
		if (at == NULL)
			return false;
		at = skip_blanks(at);
	} while (*at == ',');
	return *at == '}' && *skip_blanks(at + 1) == '\0';
}

static bool read_line(char *line, struct reading *reading)
{
	return *line == '{' ? read_object(line, reading) : read_tokens(line, reading);
}

size_t hpo__line_read(char *line, size_t size, hpo_line_fn fn, void *user)
{
	struct reading reading = {.iteration = -1};

	line[size] = '\0';
	if (strlen(line) != size)
		return 0;
	line = skip_blanks(line);
	if (!read_line(line, &reading) || reading.count == 0)
		return 0;

	reading.fn = fn;
	reading.user = user;
	reading.count = 0;
	read_line(line, &reading);
	return reading.count;
}
