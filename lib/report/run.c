/*
 * What a run shows: how far it is, its best, a table, figures, console lines.
 */
#include "report/run.h"

#include "base/alloc.h"
#include "report/figure.h"
#include "report/run_lines.h"

#include <math.h>

/* A table has so many rows at most, and ends after so many bytes: it is sent again and again. */
enum { ROWS = 1000, TABLE_BYTES = 400000 };

/* What is left of a budget in percent, to one decimal; of none, all. */
static void write_left(struct hpo_buffer *out, const char *key, double used, double limit)
{
	double left = 100;

	if (limit > 0)
		left = fmin(100, fmax(0, 100 - 100 * used / limit));
	hpo__buffer_text(out, key);
	hpo__buffer_json_real(out, round(left * 10) / 10);
}

static void write_budget(const hpo_records_t *records, const struct hpo_run_view *view,
			 struct hpo_buffer *out)
{
	const hpo_limits_t *limits = view->limits;
	double jobs = 0;
	double iterations = 0;
	double compute = 0;

	for (size_t i = 0; i < records->count; i++) {
		const hpo_trial_row_t *row = &records->trials[i].row;

		jobs += row->state != HPO_TRIAL_WAITING;
		iterations += row->iteration > 0 ? (double)row->iteration : 0;
		compute += row->compute_s;
	}
	hpo__buffer_text(out, ",\"budget\":{");
	write_left(out, "\"jobs %\":", jobs, (double)limits->trials);
	write_left(out, ",\"iterations %\":", iterations,
		   (double)limits->trials * (double)limits->max_iterations);
	write_left(out, ",\"compute_time %\":", compute, 60 * limits->compute_minutes);
	if (view->run_minutes > 0)
		write_left(out, ",\"time %\":", view->elapsed_s, 60 * view->run_minutes);
	hpo__buffer_char(out, '}');
}

static void count_states(const hpo_records_t *records, int64_t counts[5])
{
	for (size_t i = 0; i < records->count; i++) {
		const int32_t state = records->trials[i].row.state;

		if (state >= HPO_TRIAL_WAITING && state <= HPO_TRIAL_FAILED)
			counts[state]++;
	}
}

static void write_counts(const int64_t counts[5], struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"counts\":{");
	for (int i = 0; i < 5; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, hpo_trial_state_text((hpo_trial_state_t)i));
		hpo__buffer_char(out, ':');
		hpo__buffer_json_integer(out, counts[i]);
	}
	hpo__buffer_char(out, '}');
}

static const struct hpo_record *find_last(const struct hpo_frame *frame)
{
	const struct hpo_record *last = NULL;

	for (size_t i = 0; i < frame->order.completed; i++) {
		const struct hpo_record *trial =
			&frame->records->trials[frame->order.list[i]];

		if (last == NULL || trial->row.told > last->row.told)
			last = trial;
	}
	return last;
}

static void write_objectives(const struct hpo_frame *frame, struct hpo_buffer *out)
{
	const struct hpo_objectives *objectives = &frame->records->study->objectives;
	const struct hpo_record *last = find_last(frame);

	hpo__buffer_text(out, ",\"objectives\":[");
	for (size_t i = 0; i < objectives->count; i++) {
		const struct hpo_objective_spec *spec = &objectives->list[i];
		const struct hpo_record *best = hpo__frame_best(frame, i);

		hpo__buffer_text(out, i > 0 ? ",{\"key\":" : "{\"key\":");
		hpo__buffer_json_text(out, spec->key);
		hpo__buffer_format(out, ",\"goal\":\"%s\",\"best\":",
				   hpo__objective_loss(spec, 1) > 0 ? "min" : "max");
		hpo__buffer_json_real(out, best != NULL ? best->values[i] : (double)NAN);
		hpo__buffer_text(out, ",\"last\":");
		hpo__buffer_json_real(out, last != NULL ? last->values[i] : (double)NAN);
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_char(out, ']');
}

static void write_header(const struct hpo_frame *frame, struct hpo_buffer *out)
{
	const struct hpo_objectives *objectives = &frame->records->study->objectives;

	hpo__buffer_text(out, "[\"task id\"");
	for (size_t i = 0; i < objectives->count; i++) {
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, objectives->count == 1 ? "objective"
								  : objectives->list[i].key);
	}
	hpo__buffer_text(out, ",\"iteration\"");
	for (size_t i = 0; i < frame->column_count; i++) {
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, frame->columns[i].name);
	}
	hpo__buffer_text(out, ",\"status\"]");
}

static void write_row(const struct hpo_frame *frame, const struct hpo_record *trial,
		      struct hpo_buffer *out)
{
	const hpo_space_t *space = frame->records->study->space;

	hpo__buffer_char(out, '[');
	if (trial->row.task != NULL && trial->row.task[0] != '\0')
		hpo__buffer_json_text(out, trial->row.task);
	else
		hpo__buffer_text(out, "null");
	for (size_t i = 0; i < frame->records->study->objectives.count; i++) {
		hpo__buffer_char(out, ',');
		hpo__buffer_json_real(out, trial->values != NULL ? trial->values[i] : (double)NAN);
	}
	hpo__buffer_char(out, ',');
	if (trial->row.iteration >= 0)
		hpo__buffer_json_integer(out, trial->row.iteration);
	else
		hpo__buffer_text(out, "null");
	for (size_t i = 0; i < frame->column_count; i++) {
		const ptrdiff_t axis = hpo__frame_axis(frame, &frame->columns[i], trial);

		hpo__buffer_char(out, ',');
		if (axis >= 0)
			hpo__codec_write_value(space, (size_t)axis, trial->params[axis], out);
		else
			hpo__buffer_text(out, "null");
	}
	hpo__buffer_char(out, ',');
	hpo__buffer_json_text(out, hpo_trial_state_text((hpo_trial_state_t)trial->row.state));
	hpo__buffer_char(out, ']');
}

/* The next row, unless the table is full. */
static void add_row(const struct hpo_frame *frame, const struct hpo_record *trial, size_t start,
		    size_t *rows, struct hpo_buffer *out)
{
	if (*rows >= ROWS || out->size - start > TABLE_BYTES)
		return;
	if ((*rows)++ > 0)
		hpo__buffer_char(out, ',');
	write_row(frame, trial, out);
}

/* The ranked trials, then those that run, then those without a value. */
static hpo_status_t write_table(const struct hpo_frame *frame, struct hpo_buffer *out,
				hpo_error_t *error)
{
	static const int32_t rest[] = {HPO_TRIAL_RUNNING, HPO_TRIAL_COMPLETED, HPO_TRIAL_PRUNED,
				       HPO_TRIAL_FAILED};
	const hpo_records_t *records = frame->records;
	uint8_t *done = hpo__calloc(records->count + 1, sizeof *done);
	const size_t start = out->size;
	size_t rows = 0;

	if (done == NULL)
		return hpo__fail_memory(error);
	hpo__buffer_text(out, ",\"table\":{\"columns\":");
	write_header(frame, out);
	hpo__buffer_text(out, ",\"rows\":[");
	for (size_t i = 0; i < frame->order.count; i++) {
		done[frame->order.list[i]] = 1;
		add_row(frame, &records->trials[frame->order.list[i]], start, &rows, out);
	}
	for (size_t k = 0; k < sizeof rest / sizeof *rest; k++) {
		for (size_t i = 0; i < records->count; i++) {
			if (!done[i] && records->trials[i].row.state == rest[k])
				add_row(frame, &records->trials[i], start, &rows, out);
		}
	}
	hpo__buffer_text(out, "]}");
	hpo__free(done);
	return HPO_OK;
}

/* One figure, unless there is nothing to be seen in it. */
static hpo_status_t write_figure(const struct hpo_frame *frame, const struct hpo_figure *figure,
				 size_t objective, struct hpo_buffer *out, hpo_error_t *error)
{
	struct hpo_buffer drawn = HPO__BUFFER_INIT;
	size_t points = 0;
	hpo_status_t status = figure->draw(frame, objective, &drawn, &points, error);

	if (status >= 0 && drawn.failed)
		status = hpo__fail_memory(error);
	if (status >= 0 && points > 0) {
		if (out->text[out->size - 1] != '[')
			hpo__buffer_char(out, ',');
		hpo__buffer_format(out, "{\"title\":\"%s\",\"series\":", figure->title);
		hpo__buffer_json_text(
			out, figure->per_objective
				     ? frame->records->study->objectives.list[objective].key
				     : "");
		hpo__buffer_text(out, ",\"figure\":");
		hpo__buffer_append(out, drawn.text, drawn.size);
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_release(&drawn);
	return status < 0 ? status : HPO_OK;
}

static hpo_status_t write_figures(const struct hpo_frame *frame, struct hpo_buffer *out,
				  hpo_error_t *error)
{
	const size_t objectives = frame->records->study->objectives.count;
	hpo_status_t status = HPO_OK;

	hpo__buffer_text(out, ",\"figures\":[");
	for (size_t i = 0; hpo__figures[i] != NULL; i++) {
		const size_t count = hpo__figures[i]->per_objective ? objectives : 1;

		if (!hpo__figures[i]->is_published)
			continue;
		for (size_t j = 0; j < count && status >= 0 && !out->failed; j++)
			status = write_figure(frame, hpo__figures[i], j, out, error);
	}
	hpo__buffer_char(out, ']');
	return status;
}

static void write_head(const hpo_records_t *records, const struct hpo_run_view *view,
		       struct hpo_buffer *out)
{
	hpo__buffer_text(out, "{\"study\":");
	hpo__buffer_json_text(out, records->study->name);
	hpo__buffer_format(out, ",\"report\":%lld,\"ended\":", (long long)view->report);
	if (view->ended == NULL) {
		hpo__buffer_text(out, "null");
		return;
	}
	hpo__buffer_text(out, "{\"status\":");
	hpo__buffer_json_text(out, view->ended);
	hpo__buffer_text(out, ",\"reason\":");
	hpo__buffer_json_text(out, view->reason != NULL ? view->reason : "");
	hpo__buffer_char(out, '}');
}

char *hpo__run_report(const hpo_records_t *records, const struct hpo_run_view *view,
		      hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	int64_t counts[5] = {0};
	struct hpo_frame frame;
	char *text = NULL;
	hpo_status_t status = hpo__frame_init(&frame, records, view->now_s, error);

	if (status < 0)
		goto done;
	count_states(records, counts);
	write_head(records, view, &out);
	write_budget(records, view, &out);
	write_counts(counts, &out);
	write_objectives(&frame, &out);
	status = write_table(&frame, &out, error);
	if (status >= 0)
		status = write_figures(&frame, &out, error);
	if (status >= 0)
		status = hpo__run_lines(&frame, view, &out, error);
	hpo__buffer_char(&out, '}');
	text = hpo__buffer_finish(&out, status, error);
done:
	hpo__buffer_release(&out);
	hpo__frame_release(&frame);
	return text;
}
