/*
 * A string that grows, and the JSON forms of texts and numbers.
 */
#include "base/buffer.h"

#include "base/alloc.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Make room for `more` bytes and the terminator. */
static bool reserve(struct hpo_buffer *buffer, size_t more)
{
	char *text = NULL;

	if (buffer->failed)
		return false;
	if (more < SIZE_MAX - buffer->size)
		text = hpo__grow(buffer->text, &buffer->capacity, buffer->size + more + 1, 1);
	if (text == NULL) {
		buffer->failed = true;
		return false;
	}
	buffer->text = text;
	return true;
}

void hpo__buffer_append(struct hpo_buffer *buffer, const void *bytes, size_t size)
{
	if (!reserve(buffer, size))
		return;
	if (size > 0)
		memcpy(buffer->text + buffer->size, bytes, size);
	buffer->size += size;
	buffer->text[buffer->size] = '\0';
}

void hpo__buffer_text(struct hpo_buffer *buffer, const char *text)
{
	hpo__buffer_append(buffer, text, strlen(text));
}

void hpo__buffer_char(struct hpo_buffer *buffer, char c)
{
	hpo__buffer_append(buffer, &c, 1);
}

void hpo__buffer_format(struct hpo_buffer *buffer, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0) {
		buffer->failed = true;
		return;
	}
	if (!reserve(buffer, (size_t)length))
		return;

	va_start(args, format);
	vsnprintf(buffer->text + buffer->size, (size_t)length + 1, format, args);
	va_end(args);
	buffer->size += (size_t)length;
}

/*
 * The length of the UTF-8 character at `text`, 0 when it is not one: overlong
 * forms, surrogates and what is beyond U+10FFFF included (Unicode 15, table 3-7).
 */
static size_t measure_character(const unsigned char *text)
{
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	unsigned char lead = text[0];
	size_t length;

	if (lead < 0x80)
		return 1;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;

	length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (lead == 0xE0)
		low = 0xA0;
	else if (lead == 0xED)
		high = 0x9F;
	else if (lead == 0xF0)
		low = 0x90;
	else if (lead == 0xF4)
		high = 0x8F;

	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	}
	return length;
}

static void append_escape(struct hpo_buffer *buffer, char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char short_form[] = "\"\\bfnrt";
	const char *at = strchr(plain, c);

	if (at != NULL) {
		hpo__buffer_char(buffer, '\\');
		hpo__buffer_char(buffer, short_form[at - plain]);
	} else {
		hpo__buffer_format(buffer, "\\u%04x", (unsigned)(unsigned char)c);
	}
}

static bool needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

void hpo__buffer_json_text(struct hpo_buffer *buffer, const char *text)
{
	hpo__buffer_char(buffer, '"');
	while (*text != '\0') {
		const char *plain = text;
		size_t length;

		while (*text != '\0' && !needs_escape(*text)) {
			length = measure_character((const unsigned char *)text);
			if (length == 0)
				break;
			text += length;
		}
		hpo__buffer_append(buffer, plain, (size_t)(text - plain));

		if (*text == '\0')
			break;
		if (needs_escape(*text))
			append_escape(buffer, *text);
		else
			hpo__buffer_text(buffer, "\xEF\xBF\xBD"); /* U+FFFD */
		text++;
	}
	hpo__buffer_char(buffer, '"');
}

void hpo__buffer_json_real(struct hpo_buffer *buffer, double value)
{
	char text[HPO__NUMBER_SIZE];

	if (!isfinite(value)) {
		hpo__buffer_text(buffer, "null");
		return;
	}
	hpo__format_real(value, text);
	hpo__buffer_text(buffer, text);
	if (strpbrk(text, ".e") == NULL)
		hpo__buffer_text(buffer, ".0");
}

void hpo__buffer_json_integer(struct hpo_buffer *buffer, int64_t value)
{
	hpo__buffer_format(buffer, "%" PRId64, value);
}

void hpo__buffer_clear(struct hpo_buffer *buffer)
{
	buffer->size = 0;
	buffer->failed = false;
	if (buffer->text != NULL)
		buffer->text[0] = '\0';
}

char *hpo__buffer_take(struct hpo_buffer *buffer)
{
	char *text;

	hpo__buffer_append(buffer, "", 0);
	if (buffer->failed) {
		hpo__buffer_release(buffer);
		return NULL;
	}
	text = buffer->text;
	*buffer = (struct hpo_buffer)HPO__BUFFER_INIT;
	return text;
}

void hpo__buffer_release(struct hpo_buffer *buffer)
{
	hpo__free(buffer->text);
	*buffer = (struct hpo_buffer)HPO__BUFFER_INIT;
}
