/*
 * Console lines: "Trial 17 completed: 0.93, the best so far".
 */
#include "report/run_lines.h"

#include "base/alloc.h"
#include "report/order.h"
#include "report/text.h"

#include <stdlib.h>
#include <string.h>

/* Trials with a line of their own in one report; of more, the latest. */
enum { LATEST = 500 };

struct end {
	int64_t told;
	size_t trial;
};

static int by_told(const void *left, const void *right)
{
	const struct end *a = left;
	const struct end *b = right;

	return (a->told > b->told) - (a->told < b->told);
}

/* Quote a line as the next element of the array. */
static void put_line(struct hpo_buffer *out, struct hpo_buffer *line)
{
	if (out->size > 0 && out->text[out->size - 1] != '[')
		hpo__buffer_char(out, ',');
	hpo__buffer_json_text(out, line->text != NULL ? line->text : "");
	out->failed = out->failed || line->failed;
	hpo__buffer_clear(line);
}

/* The objective that "best so far" is about; -1 where several are to be made good. */
static ptrdiff_t only_goal(const struct hpo_objectives *objectives)
{
	ptrdiff_t goal = -1;

	for (size_t i = 0; i < objectives->count; i++) {
		if (objectives->list[i].is_bound)
			continue;
		if (goal >= 0)
			return -1;
		goal = (ptrdiff_t)i;
	}
	return goal;
}

/* " completed: 0.93", " pruned at iteration 3: 0.5", " failed: exit status 1" */
static void write_end(const struct hpo_objectives *objectives, const struct hpo_record *trial,
		      struct hpo_buffer *line)
{
	const hpo_trial_row_t *row = &trial->row;

	hpo__buffer_format(line, "Trial %lld %s", (long long)row->number,
			   hpo_trial_state_text((hpo_trial_state_t)row->state));
	if (row->state == HPO_TRIAL_PRUNED && row->iteration >= 0)
		hpo__buffer_format(line, " at iteration %lld", (long long)row->iteration);
	if (row->state == HPO_TRIAL_FAILED && row->reason != NULL && row->reason[0] != '\0') {
		hpo__buffer_text(line, ": ");
		hpo__plain_text(line, row->reason);
	}
	for (size_t i = 0; row->state != HPO_TRIAL_FAILED && trial->values != NULL &&
			   i < objectives->count; i++) {
		hpo__buffer_text(line, i == 0 ? ": " : ", ");
		hpo__plain_real(line, trial->values[i]);
	}
}

static void write_best(double value, int64_t number, bool is_new, struct hpo_buffer *line)
{
	if (is_new) {
		hpo__buffer_text(line, ", the best so far");
		return;
	}
	hpo__buffer_text(line, " (best so far ");
	hpo__plain_real(line, value);
	hpo__buffer_format(line, ", trial %lld)", (long long)number);
}

/* In the order in which they were told; the best is known from all before. */
static void write_ends(const hpo_records_t *records, const struct end *ends, size_t count,
		       int64_t since, struct hpo_buffer *out)
{
	const struct hpo_objectives *objectives = &records->study->objectives;
	const ptrdiff_t goal = only_goal(objectives);
	const struct hpo_record *best = NULL;
	struct hpo_buffer line = HPO__BUFFER_INIT;
	size_t first = count;

	while (first > 0 && ends[first - 1].told > since)
		first--;
	if (count - first > LATEST) {
		hpo__buffer_format(&line, "%zu more trials have ended", count - first - LATEST);
		put_line(out, &line);
		first = count - LATEST;
	}
	for (size_t i = 0; i < count; i++) {
		const struct hpo_record *trial = &records->trials[ends[i].trial];
		bool is_new = false;

		if (goal >= 0 && hpo__order_may_lead(objectives, trial, (size_t)goal)) {
			const struct hpo_objective_spec *spec = &objectives->list[goal];

			is_new = best == NULL ||
				 hpo__objective_loss(spec, trial->values[goal]) <
					 hpo__objective_loss(spec, best->values[goal]);
			best = is_new ? trial : best;
		}
		if (i < first)
			continue;
		write_end(objectives, trial, &line);
		if (best != NULL)
			write_best(best->values[goal], best->row.number, is_new, &line);
		put_line(out, &line);
	}
	hpo__buffer_release(&line);
}

/* "Progress report #12: 40 of 100 trials, best 0.93 (trial 17)" */
static void write_progress(const struct hpo_frame *frame, const struct hpo_run_view *view,
			   size_t ended, struct hpo_buffer *line)
{
	const ptrdiff_t goal = only_goal(&frame->records->study->objectives);
	const struct hpo_record *best = goal >= 0 ? hpo__frame_best(frame, (size_t)goal) : NULL;

	hpo__buffer_format(line, "Progress report #%lld: %zu", (long long)view->report, ended);
	if (view->limits->trials > 0)
		hpo__buffer_format(line, " of %lld", (long long)view->limits->trials);
	hpo__buffer_text(line, " trials");
	if (best != NULL) {
		hpo__buffer_text(line, ", best ");
		hpo__plain_real(line, best->values[goal]);
		hpo__buffer_format(line, " (trial %lld)", (long long)best->row.number);
	} else if (goal < 0 && frame->order.front > 0) {
		hpo__buffer_format(line, ", %zu on the Pareto front", frame->order.front);
	}
}

/* "The run is completed: the limit of 100 trials is reached" */
static void write_ending(const struct hpo_run_view *view, struct hpo_buffer *line)
{
	hpo__buffer_format(line, "The run %s%s: ", strcmp(view->ended, "failed") == 0 ? "" : "is ",
			   view->ended);
	hpo__plain_text(line, view->reason != NULL ? view->reason : "");
}

hpo_status_t hpo__run_lines(const struct hpo_frame *frame, const struct hpo_run_view *view,
			    struct hpo_buffer *out, hpo_error_t *error)
{
	const hpo_records_t *records = frame->records;
	struct end *ends = hpo__calloc(records->count + 1, sizeof *ends);
	struct hpo_buffer line = HPO__BUFFER_INIT;
	size_t count = 0;

	if (ends == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < records->count; i++) {
		const hpo_trial_row_t *row = &records->trials[i].row;

		if (row->state > HPO_TRIAL_RUNNING && row->state <= HPO_TRIAL_FAILED)
			ends[count++] = (struct end){row->told, i};
	}
	if (count > 1)
		qsort(ends, count, sizeof *ends, by_told);

	hpo__buffer_text(out, ",\"lines\":[");
	for (size_t i = 0; i < view->line_count; i++) {
		hpo__buffer_text(&line, view->lines[i]);
		put_line(out, &line);
	}
	write_ends(records, ends, count, view->told, out);
	write_progress(frame, view, count, &line);
	put_line(out, &line);
	if (view->ended != NULL) {
		write_ending(view, &line);
		put_line(out, &line);
	}
	hpo__buffer_char(out, ']');
	hpo__buffer_release(&line);
	hpo__free(ends);
	return HPO_OK;
}
