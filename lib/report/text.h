/*
 * Text for a terminal: harmless, measured in cells, numbers rounded for people.
 */
#ifndef HPO_REPORT_TEXT_H
#define HPO_REPORT_TEXT_H

#include "base/buffer.h"

/*
 * Append text from elsewhere: control characters as \xNN, invalid UTF-8 and
 * marks that change the direction of writing as "?".
 */
void hpo__plain_text(struct hpo_buffer *out, const char *text);

/* How many cells valid UTF-8 takes; every character counts as one. */
size_t hpo__plain_cells(const char *text);

/* How many bytes the first `cells` characters of valid UTF-8 take. */
size_t hpo__plain_prefix(const char *text, size_t cells);

/* Append a number rounded to five digits; integers below 1e15 whole. NaN is "-". */
void hpo__plain_real(struct hpo_buffer *out, double value);

/* Append a duration: "0.8 s", "12 s", "3 min 05 s", "2 h 04 min". */
void hpo__plain_seconds(struct hpo_buffer *out, double seconds);

/* Append seconds since 1970 as "2026-03-01T12:00:00Z"; nothing for 0, which is "not yet". */
void hpo__plain_time(struct hpo_buffer *out, double seconds);

#endif
