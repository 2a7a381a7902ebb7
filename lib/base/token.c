/*
 * JSON text as tokens.
 *
 * T. Bray, "The JavaScript Object Notation (JSON) data interchange format",
 * RFC 8259 (2017). jansson has a scanner of its own, but one that drops a byte
 * of a long token when memory runs out while it grows, and then says success
 * or reads past the end; here that is an error like any other.
 */
#include "base/token.h"

#include "base/number.h"
#include "base/utf8.h"

#include <string.h>

void hpo__scanner_init(struct hpo_scanner *scanner, const char *text, size_t size)
{
	*scanner = (struct hpo_scanner){
		.start = text,
		.at = text,
		.end = text + size,
		.token_start = text,
		.token = HPO__TOKEN_MARK,
		.text = HPO__BUFFER_INIT,
	};
}

void hpo__scanner_release(struct hpo_scanner *scanner)
{
	hpo__buffer_release(&scanner->text);
}

/* The byte `ahead` of the place; 0, which is part of no token, after the end. */
static char peek(const struct hpo_scanner *scanner, size_t ahead)
{
	return ahead < (size_t)(scanner->end - scanner->at) ? scanner->at[ahead] : '\0';
}

static hpo_token_t refuse(struct hpo_scanner *scanner, const char *problem)
{
	scanner->problem = problem;
	return HPO__TOKEN_BAD;
}

static hpo_token_t scan_word(struct hpo_scanner *scanner)
{
	static const struct {
		const char *word;
		hpo_token_t token;
	} words[] = {
		{ "null", HPO__TOKEN_NULL },
		{ "true", HPO__TOKEN_TRUE },
		{ "false", HPO__TOKEN_FALSE },
	};
	size_t length = 0;

	while ((peek(scanner, length) | 0x20) >= 'a' && (peek(scanner, length) | 0x20) <= 'z')
		length++;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (length == strlen(words[i].word) &&
		    memcmp(scanner->at, words[i].word, length) == 0) {
			scanner->at += length;
			return words[i].token;
		}
	}
	if (length > 0)
		return refuse(scanner, "a word that is not null, true or false; text needs quotes");
	return refuse(scanner, "expected a value, a text in double quotes or one of {}[]:,");
}

static size_t count_digits(const struct hpo_scanner *scanner, size_t from)
{
	size_t count = 0;

	while (peek(scanner, from + count) >= '0' && peek(scanner, from + count) <= '9')
		count++;
	return count;
}

/* The length of the number at the place, 0 when it breaks the grammar of numbers. */
static size_t measure_number(const struct hpo_scanner *scanner, bool *is_integer)
{
	size_t length = peek(scanner, 0) == '-' ? 1 : 0;
	size_t digits = count_digits(scanner, length);

	if (digits == 0 || (digits > 1 && peek(scanner, length) == '0'))
		return 0;
	length += digits;

	*is_integer = true;
	if (peek(scanner, length) == '.') {
		digits = count_digits(scanner, length + 1);
		if (digits == 0)
			return 0;
		*is_integer = false;
		length += 1 + digits;
	}
	if ((peek(scanner, length) | 0x20) == 'e') {
		size_t sign = peek(scanner, length + 1) == '-' || peek(scanner, length + 1) == '+';

		digits = count_digits(scanner, length + 1 + sign);
		if (digits == 0)
			return 0;
		*is_integer = false;
		length += 1 + sign + digits;
	}
	return length;
}

static hpo_token_t scan_number(struct hpo_scanner *scanner)
{
	bool is_integer = false;
	size_t length = measure_number(scanner, &is_integer);

	if (length == 0)
		return refuse(scanner, "not a number as JSON writes it");

	hpo__buffer_clear(&scanner->text);
	hpo__buffer_append(&scanner->text, scanner->at, length);
	if (scanner->text.failed)
		return refuse(scanner, NULL);
	scanner->at += length;

	if (!is_integer) {
		if (!hpo__parse_real(scanner->text.text, &scanner->real))
			return refuse(scanner, "a real number that is too large");
		return HPO__TOKEN_REAL;
	}
	if (!hpo__parse_integer(scanner->text.text, &scanner->integer))
		return refuse(scanner, "an integer beyond 64 bits");
	return HPO__TOKEN_INTEGER;
}

/* The four hexadecimal digits of a \u that stands `ahead`; false when they are not. */
static bool read_hex(const struct hpo_scanner *scanner, size_t ahead, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";

	if (peek(scanner, ahead) != '\\' || peek(scanner, ahead + 1) != 'u')
		return false;
	*out = 0;
	for (size_t i = 2; i < 6; i++) {
		char c = peek(scanner, ahead + i);
		const char *digit;

		if (c >= 'A' && c <= 'F')
			c = (char)(c | 0x20);
		digit = c != '\0' ? strchr(digits, c) : NULL;
		if (digit == NULL)
			return false;
		*out = *out << 4 | (uint32_t)(digit - digits);
	}
	return true;
}

/* A \u escape, or the two of a character beyond U+FFFF. Returns what is wrong, or NULL. */
static const char *decode_point(struct hpo_scanner *scanner)
{
	uint32_t point;
	uint32_t low;
	char text[4];

	if (!read_hex(scanner, 0, &point))
		return "\\u without four hexadecimal digits";
	if (point == 0)
		return "\\u0000 in a text";
	scanner->at += 6;

	if (point >= 0xD800 && point <= 0xDFFF) {
		if (point > 0xDBFF || !read_hex(scanner, 0, &low) || low < 0xDC00 || low > 0xDFFF)
			return "half of a surrogate pair";
		scanner->at += 6;
		point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
	}
	hpo__buffer_append(&scanner->text, text, hpo__utf8_encode(point, text));
	return NULL;
}

static const char *decode_escape(struct hpo_scanner *scanner)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	char letter = peek(scanner, 1);
	const char *found = letter != '\0' ? strchr(letters, letter) : NULL;

	if (letter == 'u')
		return decode_point(scanner);
	if (found == NULL)
		return "an escape that JSON does not have";
	hpo__buffer_char(&scanner->text, meanings[found - letters]);
	scanner->at += 2;
	return NULL;
}

/* Take the characters up to the next quote or escape. Returns what is wrong, or NULL. */
static const char *decode_plain(struct hpo_scanner *scanner)
{
	const char *from = scanner->at;

	while (scanner->at < scanner->end && *scanner->at != '"' && *scanner->at != '\\') {
		size_t left = (size_t)(scanner->end - scanner->at);
		size_t length = hpo__utf8_measure(scanner->at, left);

		if (length == 0)
			return "a text that is not UTF-8";
		if (*scanner->at == '\0')
			return "a zero byte in a text";
		if ((unsigned char)*scanner->at < 0x20)
			return "a control character in a text, which needs an escape";
		scanner->at += length;
	}
	if (scanner->at == scanner->end)
		return "a text without its closing quote";
	hpo__buffer_append(&scanner->text, from, (size_t)(scanner->at - from));
	return NULL;
}

static hpo_token_t scan_text(struct hpo_scanner *scanner)
{
	const char *problem;

	hpo__buffer_clear(&scanner->text);
	scanner->at++;
	for (;;) {
		problem = decode_plain(scanner);
		if (problem != NULL)
			return refuse(scanner, problem);
		if (*scanner->at == '"')
			break;
		problem = decode_escape(scanner);
		if (problem != NULL)
			return refuse(scanner, problem);
	}
	scanner->at++;
	return scanner->text.failed ? refuse(scanner, NULL) : HPO__TOKEN_TEXT;
}

void hpo__scanner_next(struct hpo_scanner *scanner)
{
	char c;

	if (scanner->token == HPO__TOKEN_END || scanner->token == HPO__TOKEN_BAD)
		return;
	while ((c = peek(scanner, 0)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		scanner->at++;

	scanner->token_start = scanner->at;
	if (scanner->at == scanner->end) {
		scanner->token = HPO__TOKEN_END;
	} else if (c != '\0' && strchr("{}[]:,", c) != NULL) {
		scanner->token = HPO__TOKEN_MARK;
		scanner->mark = c;
		scanner->at++;
	} else if (c == '"') {
		scanner->token = scan_text(scanner);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		scanner->token = scan_number(scanner);
	} else {
		scanner->token = scan_word(scanner);
	}
}

void hpo__scanner_place(const struct hpo_scanner *scanner, size_t *line, size_t *column)
{
	const char *from = scanner->start;

	*line = 1;
	for (const char *c = from; c < scanner->token_start; c++) {
		if (*c == '\n') {
			*line += 1;
			from = c + 1;
		}
	}
	*column = (size_t)(scanner->token_start - from) + 1;
}
