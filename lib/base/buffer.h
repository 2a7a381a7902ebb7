/*
 * A string that grows. A failed allocation is remembered, later appends do
 * nothing, and hpo__buffer_take() tells: so builders need no checks between.
 */
#ifndef HPO_BASE_BUFFER_H
#define HPO_BASE_BUFFER_H

#include "base/error.h"

#include <stdbool.h>

struct hpo_buffer {
	char *text; /* [size + 1], terminated; NULL while empty */
	size_t size;
	size_t capacity;
	bool failed; /* memory ran out at some append */
};

#define HPO__BUFFER_INIT { NULL, 0, 0, false }

void hpo__buffer_append(struct hpo_buffer *buffer, const void *bytes, size_t size);
void hpo__buffer_text(struct hpo_buffer *buffer, const char *text);
void hpo__buffer_char(struct hpo_buffer *buffer, char c);
/* As printf; not for reals, whose decimal point would be the host's. */
void hpo__buffer_format(struct hpo_buffer *buffer, const char *format, ...) HPO__PRINTF(2, 3);

/*
 * JSON forms: a quoted string (invalid UTF-8 replaced), a number that reads
 * back exactly (null if not finite). A whole real is written "64.0", so that it
 * is read back as a real and not as an integer.
 */
void hpo__buffer_json_text(struct hpo_buffer *buffer, const char *text);
void hpo__buffer_json_real(struct hpo_buffer *buffer, double value);
void hpo__buffer_json_integer(struct hpo_buffer *buffer, int64_t value);

/* Empty it but keep the memory. */
void hpo__buffer_clear(struct hpo_buffer *buffer);
/*
 * The string, terminated and never NULL unless failed; the caller's
 * (hpo__free). The buffer is empty after, also when it had failed.
 */
char *hpo__buffer_take(struct hpo_buffer *buffer);

/* The string of a function that came to `status`; NULL, with the sentence, after a failure. */
char *hpo__buffer_finish(struct hpo_buffer *buffer, hpo_status_t status, hpo_error_t *error);

void hpo__buffer_release(struct hpo_buffer *buffer);

#endif
