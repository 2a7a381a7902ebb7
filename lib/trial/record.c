/*
 * The records of a study. All texts, parameters and values lie in an arena that
 * is freed with them: there are some ten small pieces a trial, and nobody frees
 * one of them alone.
 */
#include "trial/record.h"

#include "base/alloc.h"
#include "space/codec.h"

#include <stdalign.h>
#include <string.h>
#include <time.h>

/* Blocks of the arena, newest first. Large enough that the blocks cost little. */
enum { BLOCK_BYTES = 64 * 1024 };

struct block {
	struct block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

static void *take(hpo_records_t *records, size_t bytes)
{
	struct block *block = records->arena;
	size_t start = block == NULL ? 0 : (block->used + 7) & ~(size_t)7;
	size_t size;

	if (block == NULL || start > block->size || block->size - start < bytes) {
		size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
		if (size > SIZE_MAX - sizeof *block)
			return NULL;
		block = hpo__alloc(sizeof *block + size);
		if (block == NULL)
			return NULL;
		block->next = records->arena;
		block->size = size;
		records->arena = block;
		start = 0;
	}
	block->used = start + bytes;
	records->arena_bytes += bytes;
	return block->bytes + start;
}

static bool copy_text(hpo_records_t *records, const char **text)
{
	size_t size;
	char *copy;

	if (*text == NULL)
		return true;
	size = strlen(*text) + 1;
	copy = take(records, size);
	if (copy != NULL)
		memcpy(copy, *text, size);
	*text = copy;
	return copy != NULL;
}

void hpo_records_free(hpo_records_t *records)
{
	struct block *block;

	if (records == NULL)
		return;
	block = records->arena;
	while (block != NULL) {
		struct block *next = block->next;

		hpo__free(block);
		block = next;
	}
	hpo__study_free(records->study);
	hpo__free(records->trials);
	hpo__free(records->reports);
	hpo__free(records);
}

hpo_status_t hpo__records_new(hpo_records_t **out, const hpo_study_row_t *row, hpo_error_t *error)
{
	hpo_error_t cause = {0, ""};
	hpo_records_t *records;
	hpo_status_t status;

	*out = NULL;
	records = hpo__calloc(1, sizeof *records);
	if (records == NULL)
		return hpo__fail_memory(error);
	status = hpo__study_parse(&records->study, row->definition, &cause);
	if (status < 0) {
		hpo_records_free(records);
		if (status == HPO_ENOMEM)
			return hpo__fail_memory(error);
		return hpo__fail(error, HPO_ESTORE, "the definition of study '%s': %s", row->name,
				 cause.message);
	}
	records->stopped = row->stopped;
	records->created_s = row->created_s;
	records->study_id = row->id;
	records->revision = row->revision;
	records->attributes = row->attributes;
	if (!copy_text(records, &records->attributes)) {
		hpo_records_free(records);
		return hpo__fail_memory(error);
	}
	*out = records;
	return HPO_OK;
}

static hpo_status_t copy_row(hpo_records_t *records, struct hpo_record *record,
			     const hpo_trial_row_t *row, hpo_error_t *error)
{
	hpo_trial_row_t *r = &record->row;

	*r = *row;
	if (!copy_text(records, &r->params) || !copy_text(records, &r->values) ||
	    !copy_text(records, &r->arm) || !copy_text(records, &r->reason) ||
	    !copy_text(records, &r->task) || !copy_text(records, &r->checkpoint) ||
	    !copy_text(records, &r->attributes) || !copy_text(records, &r->ran_by) ||
	    !copy_text(records, &r->proposal))
		return hpo__fail_memory(error);
	return HPO_OK;
}

static hpo_status_t decode_row(hpo_records_t *records, struct hpo_record *record,
			       hpo_error_t *error)
{
	const struct hpo_study *study = records->study;
	size_t dims = hpo_space_dims(study->space);
	union hpo_value *params = take(records, dims * sizeof *params);
	uint8_t *active = take(records, dims);
	double *values = take(records, study->objectives.count * sizeof *values);
	bool has_params;
	bool has_values;
	hpo_status_t status;

	if (params == NULL || active == NULL || values == NULL)
		return hpo__fail_memory(error);
	status = hpo__row_params(study, &record->row, params, active, &has_params, error);
	if (status >= 0)
		status = hpo__row_values(study, &record->row, values, &has_values, error);
	if (status < 0)
		return status;
	record->params = has_params ? params : NULL;
	record->active = has_params ? active : NULL;
	record->values = has_values ? values : NULL;
	return HPO_OK;
}

/* What is handed on as JSON must be JSON. */
static hpo_status_t check_object(const hpo_trial_row_t *row, const char *json, const char *what,
				 hpo_error_t *error)
{
	hpo_error_t cause = {0, ""};
	hpo_json_t *tree = NULL;
	bool is_object;
	hpo_status_t status;

	if (json == NULL)
		return HPO_OK;
	status = hpo__json_parse(&tree, json, strlen(json), what, &cause);
	is_object = status >= 0 && hpo__json_kind(tree) == HPO__JSON_OBJECT;
	hpo__json_free(tree);
	if (status == HPO_ENOMEM)
		return hpo__fail_memory(error);
	if (!is_object)
		return hpo__fail(error, HPO_ESTORE,
				 "trial %lld: its %s are not a JSON object", (long long)row->number,
				 what);
	return HPO_OK;
}

hpo_status_t hpo__records_add(hpo_records_t *records, const hpo_trial_row_t *row,
			      hpo_error_t *error)
{
	struct hpo_record *record;
	hpo_status_t status;

	if (row->number != (int64_t)records->count)
		return hpo__fail(error, HPO_ESTORE, "trial %zu is missing: after it comes %lld",
				 records->count, (long long)row->number);
	record = hpo__grow(records->trials, &records->capacity, records->count + 1, sizeof *record);
	if (record == NULL)
		return hpo__fail_memory(error);
	records->trials = record;
	record += records->count;
	memset(record, 0, sizeof *record);
	status = check_object(row, row->attributes, "attributes", error);
	if (status >= 0)
		status = check_object(row, row->proposal, "notes of how it was proposed", error);
	if (status >= 0)
		status = copy_row(records, record, row, error);
	if (status >= 0)
		status = decode_row(records, record, error);
	if (status >= 0)
		records->count++;
	return status;
}

static size_t size_of(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

static size_t bytes_of(const hpo_trial_row_t *r)
{
	return size_of(r->params) + size_of(r->values) + size_of(r->arm) + size_of(r->reason) +
	       size_of(r->task) + size_of(r->checkpoint) + size_of(r->attributes) +
	       size_of(r->ran_by) + size_of(r->proposal);
}

hpo_status_t hpo__records_put(hpo_records_t *records, const hpo_trial_row_t *row,
			      hpo_error_t *error)
{
	struct hpo_record fresh = {0};
	struct hpo_record *list;
	size_t number;
	hpo_status_t status;

	if (row->number < 0 || row->number > INT32_MAX)
		return hpo__fail(error, HPO_ESTORE, "there is no trial %lld",
				 (long long)row->number);
	number = (size_t)row->number;
	list = hpo__grow(records->trials, &records->capacity, number + 1, sizeof *list);
	if (list == NULL)
		return hpo__fail_memory(error);
	records->trials = list;
	while (records->count <= number)
		list[records->count++] = (struct hpo_record){.row.number = -1};

	status = check_object(row, row->attributes, "attributes", error);
	if (status >= 0)
		status = check_object(row, row->proposal, "notes of how it was proposed", error);
	if (status >= 0)
		status = copy_row(records, &fresh, row, error);
	if (status >= 0)
		status = decode_row(records, &fresh, error);
	if (status < 0)
		return status;
	fresh.first_report = list[number].first_report;
	fresh.report_count = list[number].report_count;
	records->stale_bytes += bytes_of(&list[number].row);
	list[number] = fresh;
	return HPO_OK;
}

bool hpo__records_is_whole(const hpo_records_t *records)
{
	for (size_t i = 0; i < records->count; i++) {
		if (records->trials[i].row.number != (int64_t)i)
			return false;
	}
	return true;
}

hpo_status_t hpo__records_note_attributes(hpo_records_t *records, const char *attributes,
					  hpo_error_t *error)
{
	const char *was = records->attributes;

	if (was == attributes ||
	    (was != NULL && attributes != NULL && strcmp(was, attributes) == 0))
		return HPO_OK;
	records->stale_bytes += size_of(was);
	records->attributes = attributes;
	return copy_text(records, &records->attributes) ? HPO_OK : hpo__fail_memory(error);
}

void hpo__records_truncate(hpo_records_t *records, size_t count)
{
	size_t kept = 0;

	if (count >= records->count)
		return;
	records->count = count;
	for (size_t i = 0; i < records->report_count; i++) {
		if ((size_t)records->reports[i].trial < count)
			records->reports[kept++] = records->reports[i];
	}
	records->report_count = kept;
}

/* The same text for the same metric; a study has a handful of them. */
static const char *intern(hpo_records_t *records, const char *metric)
{
	const char *copy = metric;

	for (size_t i = 0; i < records->metric_count; i++) {
		if (strcmp(records->metrics[i], metric) == 0)
			return records->metrics[i];
	}
	if (records->metric_count == records->metric_capacity) {
		size_t capacity = records->metric_capacity == 0 ? 8 : 2 * records->metric_capacity;
		const char **list = take(records, capacity * sizeof *list);

		if (list == NULL)
			return NULL;
		if (records->metric_count > 0)
			memcpy(list, records->metrics, records->metric_count * sizeof *list);
		records->metrics = list;
		records->metric_capacity = capacity;
	}
	if (!copy_text(records, &copy))
		return NULL;
	records->metrics[records->metric_count++] = copy;
	return copy;
}

hpo_status_t hpo__records_add_report(hpo_records_t *records, const hpo_report_row_t *row,
				     hpo_error_t *error)
{
	hpo_report_row_t *report;
	const char *metric;

	/* Trials and reports are read one after the other: a report of a later trial may be there.
	 */
	if (row->trial < 0 || (uint64_t)row->trial >= records->count)
		return HPO_OK;
	metric = intern(records, row->metric == NULL ? "" : row->metric);
	report = hpo__grow(records->reports, &records->report_capacity, records->report_count + 1,
			   sizeof *report);
	if (report != NULL)
		records->reports = report;
	if (report == NULL || metric == NULL)
		return hpo__fail_memory(error);
	if (row->sequence > records->sequence)
		records->sequence = row->sequence;
	report += records->report_count++;
	*report = *row;
	report->metric = metric;
	return HPO_OK;
}

hpo_status_t hpo__records_finish(hpo_records_t *records, hpo_error_t *error)
{
	hpo_report_row_t *grouped;
	size_t first = 0;

	records->has_reports = true;
	for (size_t i = 0; i < records->count; i++)
		records->trials[i].report_count = 0;
	for (size_t i = 0; i < records->report_count; i++)
		records->trials[records->reports[i].trial].report_count++;
	for (size_t i = 0; i < records->count; i++) {
		records->trials[i].first_report = first;
		first += records->trials[i].report_count;
		records->trials[i].report_count = 0;
	}
	if (records->report_count == 0)
		return HPO_OK;

	grouped = hpo__calloc(records->report_count, sizeof *grouped);
	if (grouped == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < records->report_count; i++) {
		struct hpo_record *trial = &records->trials[records->reports[i].trial];

		grouped[trial->first_report + trial->report_count++] = records->reports[i];
	}
	hpo__free(records->reports);
	records->reports = grouped;
	records->report_capacity = records->report_count;
	return HPO_OK;
}

static void write_text(struct hpo_buffer *out, const char *key, const char *text)
{
	hpo__buffer_text(out, key);
	if (text == NULL)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_text(out, text);
}

bool hpo__record_is_paused(const struct hpo_record *record)
{
	return record->row.state == HPO_TRIAL_WAITING && record->row.told > 0;
}

static void write_integer(struct hpo_buffer *out, const char *key, int64_t value)
{
	hpo__buffer_text(out, key);
	hpo__buffer_json_integer(out, value);
}

/* ISO 8601 in UTC, to the second; null for 0 and for what no calendar holds. */
static void write_time(struct hpo_buffer *out, const char *key, double seconds)
{
	char text[32];
	struct tm parts;
	time_t whole;

	hpo__buffer_text(out, key);
	if (!(seconds > 0 && seconds < 253402300800.0)) { /* the year 10000 */
		hpo__buffer_text(out, "null");
		return;
	}
	whole = (time_t)seconds;
	gmtime_r(&whole, &parts);
	strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%SZ\"", &parts);
	hpo__buffer_text(out, text);
}

static const char *source_word(int32_t source)
{
	switch (source) {
	case HPO_SOURCE_ENQUEUED:
		return "enqueued";
	case HPO_SOURCE_IMPORTED:
		return "imported";
	default:
		return "strategy";
	}
}

static void write_values(const hpo_records_t *records, const struct hpo_record *record,
			 struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"values\":");
	if (record->values == NULL) {
		hpo__buffer_text(out, "null");
		return;
	}
	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < records->study->objectives.count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__buffer_json_real(out, record->values[i]);
	}
	hpo__buffer_char(out, ']');
}

static void write_reports(const hpo_records_t *records, const struct hpo_record *record,
			  struct hpo_buffer *out)
{
	const hpo_report_row_t *reports = records->reports;
	bool first = true;

	hpo__buffer_text(out, ",\"reports\":[");
	for (size_t i = 0; i < record->report_count; i++) {
		const hpo_report_row_t *report = &reports[record->first_report + i];

		if (report->attempt != record->row.attempt)
			continue; /* of an attempt that was given up */
		hpo__buffer_text(out, first ? "[" : ",[");
		hpo__buffer_json_integer(out, report->iteration);
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, report->metric);
		hpo__buffer_char(out, ',');
		hpo__buffer_json_real(out, report->value);
		hpo__buffer_char(out, ']');
		first = false;
	}
	hpo__buffer_char(out, ']');
}

void hpo__record_write(const hpo_records_t *records, const struct hpo_record *record,
		       struct hpo_buffer *out)
{
	const hpo_trial_row_t *row = &record->row;

	write_integer(out, "{\"number\":", row->number);
	write_text(out, ",\"state\":", hpo_trial_state_text((hpo_trial_state_t)row->state));
	hpo__buffer_text(out, ",\"params\":");
	if (record->params == NULL)
		hpo__buffer_text(out, "null");
	else
		hpo__codec_write(records->study->space, record->params, record->active, out);
	write_values(records, record, out);
	write_integer(out, ",\"attempt\":", row->attempt);
	write_text(out, ",\"source\":", source_word(row->source));
	write_text(out, ",\"arm\":", row->arm);
	write_integer(out, ",\"seen\":", row->seen);
	hpo__buffer_text(out, ",\"proposal\":");
	hpo__buffer_text(out, row->proposal == NULL ? "null" : row->proposal);
	write_time(out, ",\"started\":", row->started_s);
	write_time(out, ",\"ended\":", row->ended_s);
	write_text(out, ",\"worker\":", row->ran_by);
	hpo__buffer_text(out, row->stopping ? ",\"stopping\":true" : ",\"stopping\":false");
	write_integer(out, ",\"revision\":", row->revision);
	hpo__buffer_text(out, ",\"seconds\":");
	hpo__buffer_json_real(out, row->compute_s);
	hpo__buffer_text(out, ",\"iteration\":");
	if (row->iteration < 0)
		hpo__buffer_text(out, "null");
	else
		hpo__buffer_json_integer(out, row->iteration);
	write_text(out, ",\"reason\":", row->reason);
	write_text(out, ",\"task\":", row->task);
	write_text(out, ",\"checkpoint\":", row->checkpoint);
	if (hpo__record_is_paused(record))
		hpo__buffer_text(out, ",\"paused\":true");
	hpo__buffer_text(out, ",\"attributes\":");
	hpo__buffer_text(out, row->attributes == NULL ? "{}" : row->attributes);
	if (records->has_reports)
		write_reports(records, record, out);
	hpo__buffer_char(out, '}');
}
