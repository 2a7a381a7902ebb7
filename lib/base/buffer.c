/*
 * A string that grows, and the JSON forms of texts and numbers.
 */
#include "base/buffer.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"

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
			length = hpo__utf8_measure(text, 4);
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

char *hpo__buffer_finish(struct hpo_buffer *buffer, hpo_status_t status, hpo_error_t *error)
{
	char *text = NULL;

	if (status >= 0) {
		text = hpo__buffer_take(buffer);
		if (text == NULL)
			hpo__fail_memory(error);
	}
	hpo__buffer_release(buffer);
	return text;
}

void hpo__buffer_release(struct hpo_buffer *buffer)
{
	hpo__free(buffer->text);
	*buffer = (struct hpo_buffer)HPO__BUFFER_INIT;
}
