/*
 * Status phrases, and the sentences that go with a failure.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *hpo_status_text(hpo_status_t status)
{
	switch (status) {
#define STATUS_CASE(name, number, phrase)                                                         \
	case name:                                                                                \
		return phrase;
		HPO_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
	}
	return "unknown status";
}

/* A sentence that was cut at the end of the room must not end in half a character. */
static void drop_cut_character(char *text, size_t size)
{
	size_t end = size - 1;
	size_t start = end;
	unsigned char lead;
	size_t want;

	if (strlen(text) < end)
		return;
	while (start > 0 && end - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0)
		return;

	lead = (unsigned char)text[start - 1];
	want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	if (want > 1 && end - start + 1 < want)
		text[start - 1] = '\0';
}

hpo_status_t hpo__fail(hpo_error_t *error, hpo_status_t status, const char *format, ...)
{
	va_list args;

	if (error == NULL || error->code != HPO_OK)
		return status;

	error->code = status;
	va_start(args, format);
	vsnprintf(error->message, sizeof error->message, format, args);
	va_end(args);
	drop_cut_character(error->message, sizeof error->message);
	return status;
}

hpo_status_t hpo__fail_memory(hpo_error_t *error)
{
	return hpo__fail(error, HPO_ENOMEM, "out of memory");
}

hpo_status_t hpo__fail_within(hpo_error_t *error, const char *format, ...)
{
	char words[sizeof error->message];
	char cause[sizeof error->message];
	va_list args;

	if (error == NULL)
		return HPO_EINVAL;

	va_start(args, format);
	vsnprintf(words, sizeof words, format, args);
	va_end(args);

	memcpy(cause, error->message, sizeof cause);
	snprintf(error->message, sizeof error->message, "%.250s: %.250s", words, cause);
	drop_cut_character(error->message, sizeof error->message);
	return (hpo_status_t)error->code;
}

void hpo__error_clear(hpo_error_t *error)
{
	if (error == NULL)
		return;
	error->code = HPO_OK;
	error->message[0] = '\0';
}
