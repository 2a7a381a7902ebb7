/*
 * A study's trials as comma-separated values, RFC 4180: a header, lines that
 * end in CR LF, and quotes around a text that needs them.
 *
 * A parameter whose name is one of our own columns or an objective's key is
 * headed "param:NAME", so that every column can be told from the others. Text
 * that begins as a formula does is quoted, and otherwise left as it is, so that
 * it comes back the same: a spreadsheet is to be told to take columns for text.
 * An inactive parameter is an empty cell, an empty choice is "".
 */
#include "base/alloc.h"
#include "base/number.h"
#include "hpo/report.h"
#include "report/text.h"
#include "space/codec.h"
#include "trial/record.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const own_columns[] = { "number",  "state", "iteration", "seconds", "attempt",
					   "started", "ended", "arm",       "reason" };

enum { OWN_COLUMNS = sizeof own_columns / sizeof *own_columns };

static void write_text(struct hpo_buffer *out, const char *text)
{
	bool quoted = text[0] == '\0' || strchr("=+-@ \t", text[0]) != NULL ||
		      strpbrk(text, ",\"\r\n") != NULL || text[strlen(text) - 1] == ' ';

	if (!quoted) {
		hpo__buffer_text(out, text);
		return;
	}
	hpo__buffer_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			hpo__buffer_char(out, '"');
		hpo__buffer_char(out, *text);
	}
	hpo__buffer_char(out, '"');
}

static void write_real(struct hpo_buffer *out, double value)
{
	char text[HPO__NUMBER_SIZE];

	if (isnan(value))
		return;
	hpo__format_real(value, text);
	hpo__buffer_text(out, text);
}

static bool is_taken(const struct hpo_study *study, const char *name)
{
	for (size_t i = 0; i < OWN_COLUMNS; i++) {
		if (strcmp(own_columns[i], name) == 0)
			return true;
	}
	for (size_t i = 0; i < study->objectives.count; i++) {
		if (strcmp(study->objectives.list[i].key, name) == 0)
			return true;
	}
	return false;
}

/* Whether `axis` gets a column: it is shown, and no axis before it bears its name. */
static bool has_column(const hpo_space_t *space, size_t axis)
{
	if (hpo__space_is_hidden(space, axis))
		return false;
	for (size_t i = 0; i < axis; i++) {
		if (!hpo__space_is_hidden(space, i) &&
		    strcmp(hpo_space_name(space, i), hpo_space_name(space, axis)) == 0)
			return false;
	}
	return true;
}

static void write_prefixed(struct hpo_buffer *out, bool prefixed, const char *prefix,
			   const char *name)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (prefixed)
		hpo__buffer_text(&text, prefix);
	hpo__buffer_text(&text, name);
	write_text(out, text.text != NULL ? text.text : "");
	out->failed = out->failed || text.failed;
	hpo__buffer_release(&text);
}

static void write_header(const struct hpo_study *study, const uint8_t *shown,
			 struct hpo_buffer *out)
{
	hpo__buffer_text(out, "number,state");
	for (size_t i = 0; i < study->objectives.count; i++) {
		const char *key = study->objectives.list[i].key;
		bool clashes = false;

		for (size_t j = 0; j < OWN_COLUMNS; j++)
			clashes = clashes || strcmp(own_columns[j], key) == 0;
		hpo__buffer_char(out, ',');
		write_prefixed(out, clashes, "value:", key);
	}
	for (size_t i = 0; i < hpo_space_dims(study->space); i++) {
		const char *name = hpo_space_name(study->space, i);

		if (!shown[i])
			continue;
		hpo__buffer_char(out, ',');
		write_prefixed(out, is_taken(study, name), "param:", name);
	}
	for (size_t i = 2; i < OWN_COLUMNS; i++)
		hpo__buffer_format(out, ",%s", own_columns[i]);
	hpo__buffer_text(out, "\r\n");
}

static void write_param(const hpo_space_t *space, const struct hpo_record *trial, size_t shown,
			struct hpo_buffer *out)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	bool known;
	ptrdiff_t axis = -1;

	if (trial->params != NULL)
		axis = hpo__space_find(space, hpo_space_name(space, shown), trial->active, &known);
	if (axis < 0)
		return;
	hpo__codec_text(space, (size_t)axis, trial->params[axis], &text);
	if (hpo__codec_choice(space, (size_t)axis, trial->params[axis]) != NULL)
		write_text(out, text.text != NULL ? text.text : "");
	else
		hpo__buffer_text(out, text.text != NULL ? text.text : "");
	out->failed = out->failed || text.failed;
	hpo__buffer_release(&text);
}

static void write_trial(const struct hpo_study *study, const uint8_t *shown,
			const struct hpo_record *trial, struct hpo_buffer *out)
{
	const hpo_trial_row_t *row = &trial->row;

	hpo__buffer_format(out, "%" PRId64 ",%s", row->number,
			   hpo_trial_state_text((hpo_trial_state_t)row->state));
	for (size_t i = 0; i < study->objectives.count; i++) {
		hpo__buffer_char(out, ',');
		write_real(out, trial->values != NULL ? trial->values[i] : NAN);
	}
	for (size_t i = 0; i < hpo_space_dims(study->space); i++) {
		if (!shown[i])
			continue;
		hpo__buffer_char(out, ',');
		write_param(study->space, trial, i, out);
	}

	hpo__buffer_char(out, ',');
	if (row->iteration >= 0)
		hpo__buffer_format(out, "%" PRId64, row->iteration);
	hpo__buffer_char(out, ',');
	write_real(out, row->compute_s);
	hpo__buffer_format(out, ",%d", (int)row->attempt);
	hpo__buffer_char(out, ',');
	hpo__plain_time(out, row->started_s);
	hpo__buffer_char(out, ',');
	hpo__plain_time(out, row->ended_s);
	hpo__buffer_char(out, ',');
	if (row->arm != NULL)
		write_text(out, row->arm);
	hpo__buffer_char(out, ',');
	if (row->reason != NULL)
		write_text(out, row->reason);
	hpo__buffer_text(out, "\r\n");
}

char *hpo_report_csv(const hpo_records_t *records, hpo_error_t *error)
{
	const struct hpo_study *study = records->study;
	struct hpo_buffer out = HPO__BUFFER_INIT;
	size_t dims = hpo_space_dims(study->space);
	uint8_t *shown = hpo__calloc(dims + 1, sizeof *shown);
	char *text = NULL;

	hpo__error_clear(error);
	if (shown == NULL)
		goto done;
	for (size_t i = 0; i < dims; i++)
		shown[i] = has_column(study->space, i);

	write_header(study, shown, &out);
	for (size_t i = 0; i < records->count; i++)
		write_trial(study, shown, &records->trials[i], &out);
	text = hpo__buffer_take(&out);
done:
	if (text == NULL)
		hpo__fail_memory(error);
	hpo__buffer_release(&out);
	hpo__free(shown);
	return text;
}
