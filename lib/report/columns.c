/*
 * Trials as columns: a table of many thousands in one piece, a third as long as
 * objects would be, and after that only the rows that changed.
 *
 * Where a reader stands is a cursor, "study.revision.number": rows come by their
 * revision, then by number, because one transaction may change many. The study's
 * key is in it, so that a study that was deleted and made again is noticed.
 */
#include "base/alloc.h"
#include "hpo/report.h"
#include "space/codec.h"
#include "trial/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
	int64_t study, revision, number;
};

/* What a row's attributes say of it to the page. */
struct remark {
	hpo_json_t *tree; /* NULL: nothing */
};

struct table {
	const hpo_records_t *records;
	const struct hpo_record **rows; /* [count] */
	size_t count;
	struct remark *remarks; /* [count] */
	struct hpo_buffer *out;
};

static bool read_cursor(const char *text, struct cursor *out)
{
	char rest;

	return sscanf(text, "%" SCNd64 ".%" SCNd64 ".%" SCNd64 "%c", &out->study, &out->revision,
		      &out->number, &rest) == 3;
}

static bool is_after(const hpo_trial_row_t *row, const struct cursor *cursor)
{
	if (row->revision != cursor->revision)
		return row->revision > cursor->revision;
	return row->number > cursor->number;
}

static int by_revision(const void *left, const void *right)
{
	const hpo_trial_row_t *a = &(*(const struct hpo_record *const *)left)->row;
	const hpo_trial_row_t *b = &(*(const struct hpo_record *const *)right)->row;

	if (a->revision != b->revision)
		return a->revision < b->revision ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void pick_rows(struct table *table, const struct cursor *from)
{
	const hpo_records_t *records = table->records;

	for (size_t i = 0; i < records->count; i++) {
		if (is_after(&records->trials[i].row, from))
			table->rows[table->count++] = &records->trials[i];
	}
	if (table->count > 1)
		qsort(table->rows, table->count, sizeof *table->rows, by_revision);
}

static void read_remarks(struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const char *text = table->rows[i]->row.attributes;

		if (text != NULL && strcmp(text, "{}") != 0)
			hpo__json_parse(&table->remarks[i].tree, text, strlen(text), "attributes",
					NULL);
	}
}

static void write_text(struct hpo_buffer *out, const char *text)
{
	if (text == NULL)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_text(out, text);
}

static void write_moment(struct hpo_buffer *out, double seconds)
{
	const double year_10000 = 253402300800.0;

	if (seconds > 0 && seconds < year_10000)
		hpo__buffer_json_real(out, seconds);
	else
		hpo__buffer_text(out, "null");
}

static const char *source_word(int32_t source)
{
	if (source == HPO_SOURCE_ENQUEUED)
		return "enqueued";
	return source == HPO_SOURCE_IMPORTED ? "imported" : "strategy";
}

/* One cell of a plain column. */
typedef void (*cell_fn)(const struct table *table, size_t row, struct hpo_buffer *out);

#define CELL(name, body)                                                                           \
	static void name(const struct table *table, size_t row, struct hpo_buffer *out)            \
	{                                                                                          \
		const hpo_trial_row_t *r = &table->rows[row]->row;                                 \
                                                                                                   \
		body;                                                                              \
	}

CELL(cell_number, hpo__buffer_json_integer(out, r->number))
CELL(cell_state, write_text(out, hpo_trial_state_text((hpo_trial_state_t)r->state)))
CELL(cell_started, write_moment(out, r->started_s))
CELL(cell_ended, write_moment(out, r->ended_s))
CELL(cell_seconds, hpo__buffer_json_real(out, r->compute_s))
CELL(cell_attempt, hpo__buffer_json_integer(out, r->attempt))
CELL(cell_worker, write_text(out, r->ran_by))
CELL(cell_arm, write_text(out, r->arm))
CELL(cell_source, write_text(out, source_word(r->source)))
CELL(cell_reason, write_text(out, r->reason))
CELL(cell_stopping, hpo__buffer_text(out, r->stopping ? "true" : "false"))

static void cell_iteration(const struct table *table, size_t row, struct hpo_buffer *out)
{
	const int64_t iteration = table->rows[row]->row.iteration;

	if (iteration < 0)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_integer(out, iteration);
}

static void cell_archived(const struct table *table, size_t row, struct hpo_buffer *out)
{
	const hpo_json_t *tree = table->remarks[row].tree;

	hpo__buffer_text(out, hpo__json_is_true(hpo__json_get(tree, "archived")) ? "true" : "false");
}

static void cell_note(const struct table *table, size_t row, struct hpo_buffer *out)
{
	const char *note = hpo__json_text(hpo__json_get(table->remarks[row].tree, "note"));

	hpo__buffer_json_text(out, note == NULL ? "" : note);
}

static const struct {
	const char *name;
	cell_fn cell;
} columns[] = {
	{"number", cell_number},   {"state", cell_state},	{"started_s", cell_started},
	{"ended_s", cell_ended},   {"seconds", cell_seconds},	{"iteration", cell_iteration},
	{"attempt", cell_attempt}, {"worker", cell_worker},	{"arm", cell_arm},
	{"source", cell_source},   {"reason", cell_reason},	{"archived", cell_archived},
	{"note", cell_note},	   {"stopping", cell_stopping},
};

static void write_columns(const struct table *table)
{
	for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
		hpo__buffer_format(table->out, ",\"%s\":[", columns[c].name);
		for (size_t i = 0; i < table->count; i++) {
			if (i > 0)
				hpo__buffer_char(table->out, ',');
			columns[c].cell(table, i, table->out);
		}
		hpo__buffer_char(table->out, ']');
	}
}

static void write_values(const struct table *table)
{
	const size_t objectives = table->records->study->objectives.count;

	hpo__buffer_text(table->out, ",\"values\":[");
	for (size_t j = 0; j < objectives; j++) {
		hpo__buffer_text(table->out, j > 0 ? ",[" : "[");
		for (size_t i = 0; i < table->count; i++) {
			if (i > 0)
				hpo__buffer_char(table->out, ',');
			if (table->rows[i]->values == NULL)
				hpo__buffer_text(table->out, "null");
			else
				hpo__buffer_json_real(table->out, table->rows[i]->values[j]);
		}
		hpo__buffer_char(table->out, ']');
	}
	hpo__buffer_char(table->out, ']');
}

/* The axis of this name that is active in a row; axes of one name exclude each other. */
static ptrdiff_t active_axis(const struct table *table, size_t row, size_t first)
{
	const hpo_space_t *space = table->records->study->space;
	const struct hpo_record *record = table->rows[row];
	const char *name = hpo_space_name(space, first);

	if (record->params == NULL)
		return -1;
	if (record->active[first])
		return (ptrdiff_t)first;
	for (size_t i = first + 1; i < hpo_space_dims(space); i++) {
		if (record->active[i] && strcmp(hpo_space_name(space, i), name) == 0)
			return (ptrdiff_t)i;
	}
	return -1;
}

static void write_param(const struct table *table, size_t axis, bool is_first)
{
	const hpo_space_t *space = table->records->study->space;

	if (!is_first)
		hpo__buffer_char(table->out, ',');
	hpo__buffer_json_text(table->out, hpo_space_name(space, axis));
	hpo__buffer_text(table->out, ":[");
	for (size_t i = 0; i < table->count; i++) {
		const ptrdiff_t active = active_axis(table, i, axis);

		if (i > 0)
			hpo__buffer_char(table->out, ',');
		if (active < 0)
			hpo__buffer_text(table->out, "null");
		else
			hpo__codec_write_value(space, (size_t)active,
					       table->rows[i]->params[active], table->out);
	}
	hpo__buffer_char(table->out, ']');
}

static void write_params(const struct table *table)
{
	const hpo_space_t *space = table->records->study->space;
	bool is_first = true;

	hpo__buffer_text(table->out, ",\"params\":{");
	for (size_t i = 0; i < hpo_space_dims(space); i++) {
		if (hpo__space_is_hidden(space, i) || hpo__space_is_named_before(space, i))
			continue;
		write_param(table, i, is_first);
		is_first = false;
	}
	hpo__buffer_char(table->out, '}');
}

/* Where the reader stands after these rows. */
static void write_next(const struct table *table, const struct cursor *from)
{
	struct cursor next = *from;

	next.study = table->records->study_id;
	if (table->count > 0) {
		next.revision = table->rows[table->count - 1]->row.revision;
		next.number = table->rows[table->count - 1]->row.number;
	}
	hpo__buffer_format(table->out, ",\"next\":\"%" PRId64 ".%" PRId64 ".%" PRId64 "\"", next.study,
			   next.revision, next.number);
}

static void write_table(struct table *table, const struct cursor *from, size_t limit, bool reset)
{
	const bool more = limit > 0 && table->count > limit;

	if (more)
		table->count = limit;
	read_remarks(table);
	hpo__buffer_text(table->out, "{\"study\":");
	hpo__buffer_json_text(table->out, table->records->study->name);
	hpo__buffer_format(table->out, ",\"revision\":%" PRId64 ",\"count\":%zu",
			   table->records->revision, table->records->count);
	write_next(table, from);
	hpo__buffer_format(table->out, ",\"more\":%s,\"reset\":%s", more ? "true" : "false",
			   reset ? "true" : "false");
	write_columns(table);
	write_values(table);
	write_params(table);
	hpo__buffer_char(table->out, '}');
}

char *hpo_report_columns_json(const hpo_records_t *records, const char *since, size_t limit,
			      hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct table table = {.records = records, .out = &out};
	struct cursor from = {records->study_id, -1, -1};
	bool reset = false;
	char *text = NULL;

	hpo__error_clear(error);
	if (since != NULL && since[0] != '\0') {
		if (!read_cursor(since, &from)) {
			hpo__fail(error, HPO_EINVAL, "'%.64s' is not a place in the trials", since);
			return NULL;
		}
		reset = from.study != records->study_id || from.revision > records->revision;
		if (reset)
			from = (struct cursor){records->study_id, -1, -1};
	}
	table.rows = hpo__calloc(records->count + 1, sizeof(struct hpo_record *));
	table.remarks = hpo__calloc(records->count + 1, sizeof *table.remarks);
	if (table.rows == NULL || table.remarks == NULL) {
		hpo__fail_memory(error);
		goto done;
	}
	pick_rows(&table, &from);
	write_table(&table, &from, limit, reset);
	text = hpo__buffer_take(&out);
	if (text == NULL)
		hpo__fail_memory(error);
	for (size_t i = 0; i < table.count; i++)
		hpo__json_free(table.remarks[i].tree);
done:
	hpo__free(table.remarks);
	hpo__free(table.rows);
	hpo__buffer_release(&out);
	return text;
}

char *hpo_report_trial_json(const hpo_records_t *records, int64_t number, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__error_clear(error);
	if (number < 0 || (uint64_t)number >= records->count) {
		hpo__fail(error, HPO_ENOTFOUND, "study '%s' has no trial %" PRId64,
			  records->study->name, number);
		return NULL;
	}
	hpo__record_write(records, &records->trials[number], &out);
	return hpo__buffer_finish(&out, HPO_OK, error);
}
