/*
 * A summary of a study for a terminal: its counts, its best trial.
 */
#include "report/order.h"
#include "report/text.h"

#include "base/alloc.h"
#include "hpo/report.h"
#include "space/codec.h"
#include "trial/ended.h"

#include <inttypes.h>
#include <string.h>

static const char ellipsis[] = "\xe2\x80\xa6";

/* Append a line "label  text", cut to `columns` cells, and empty `text`. */
static void write_line(struct hpo_buffer *out, const char *label, struct hpo_buffer *text,
		       int columns)
{
	struct hpo_buffer line = HPO__BUFFER_INIT;

	hpo__buffer_format(&line, "%-11s %s", label, text->text != NULL ? text->text : "");
	out->failed = out->failed || line.failed || text->failed;
	if (line.text != NULL && columns > 0 && hpo__plain_cells(line.text) > (size_t)columns) {
		hpo__buffer_append(out, line.text,
				   hpo__plain_prefix(line.text, (size_t)columns - 1));
		hpo__buffer_text(out, ellipsis);
	} else if (line.text != NULL) {
		hpo__buffer_append(out, line.text, line.size);
	}
	hpo__buffer_char(out, '\n');
	hpo__buffer_release(&line);
	hpo__buffer_clear(text);
}

static const char *goal_text(const struct hpo_objective_spec *objective)
{
	static const char *const texts[] = { "min", "max", "min_global", "max_global" };

	return texts[objective->goal];
}

static void write_objectives(const struct hpo_objectives *objectives, struct hpo_buffer *out)
{
	for (size_t i = 0; i < objectives->count; i++) {
		const struct hpo_objective_spec *objective = &objectives->list[i];

		if (i > 0)
			hpo__buffer_text(out, ", ");
		hpo__plain_text(out, objective->key);
		if (objective->is_bound) {
			hpo__buffer_text(out, " <= ");
			hpo__plain_real(out, objective->bound);
		} else {
			hpo__buffer_format(out, " (%s)", goal_text(objective));
		}
	}
}

static void write_counts(const hpo_records_t *records, struct hpo_buffer *out)
{
	int64_t counts[5] = { 0 };
	int64_t limit = records->study->limits.trials;
	const char *before = ": ";

	for (size_t i = 0; i < records->count; i++) {
		int32_t state = records->trials[i].row.state;

		if (state >= 0 && state < 5)
			counts[state]++;
	}
	hpo__buffer_format(out, "%zu", records->count);
	if (limit > 0)
		hpo__buffer_format(out, " of %" PRId64, limit);
	for (int i = 4; i >= 0; i--) {
		static const int order[] = { HPO_TRIAL_WAITING, HPO_TRIAL_RUNNING,
					     HPO_TRIAL_FAILED, HPO_TRIAL_PRUNED,
					     HPO_TRIAL_COMPLETED };
		hpo_trial_state_t state = (hpo_trial_state_t)order[i];

		if (counts[state] == 0)
			continue;
		hpo__buffer_format(out, "%s%" PRId64 " %s", before, counts[state],
				   hpo_trial_state_text(state));
		before = ", ";
	}
	if (records->stopped)
		hpo__buffer_text(out, " (stopped)");
}

/* "0.0312 (trial 17)" */
static void write_values(const hpo_records_t *records, const struct hpo_record *trial,
			 struct hpo_buffer *out)
{
	for (size_t i = 0; i < records->study->objectives.count; i++) {
		if (i > 0)
			hpo__buffer_text(out, ", ");
		hpo__plain_real(out, trial->values[i]);
	}
	hpo__buffer_format(out, " (trial %" PRId64 ")", trial->row.number);
}

/* "lr=0.01 layers=2", as exactly as the values are. */
static void write_params(const hpo_records_t *records, const struct hpo_record *trial,
			 struct hpo_buffer *out)
{
	const hpo_space_t *space = records->study->space;
	const char *before = "";

	for (size_t i = 0; trial->params != NULL && i < hpo_space_dims(space); i++) {
		struct hpo_buffer text = HPO__BUFFER_INIT;

		if (!trial->active[i] || hpo__space_is_hidden(space, i))
			continue;
		hpo__codec_text(space, i, trial->params[i], &text);
		hpo__buffer_text(out, before);
		hpo__plain_text(out, hpo_space_name(space, i));
		hpo__buffer_char(out, '=');
		hpo__plain_text(out, text.text != NULL ? text.text : "");
		out->failed = out->failed || text.failed;
		hpo__buffer_release(&text);
		before = " ";
	}
}

static hpo_status_t write_best(const hpo_records_t *records, int columns, struct hpo_buffer *out,
			       hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct hpo_order order;
	hpo_status_t status = hpo__order_init(&order, records, error);

	if (status >= 0 && order.front == 0) {
		hpo__buffer_text(&text, order.completed > 0
						? "no completed trial keeps the bounds"
						: "no trial has completed");
		write_line(out, "best", &text, columns);
	}
	for (size_t i = 0; status >= 0 && i < order.front; i++) {
		const struct hpo_record *trial = &records->trials[order.list[i]];

		write_values(records, trial, &text);
		write_line(out, i == 0 ? "best" : "", &text, columns);
		write_params(records, trial, &text);
		write_line(out, "", &text, columns);
	}
	hpo__order_release(&order);
	hpo__buffer_release(&text);
	return status;
}

static void write_study(const struct hpo_study *study, int columns, struct hpo_buffer *out)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	hpo__plain_text(&text, study->name);
	write_line(out, "study", &text, columns);
	write_objectives(&study->objectives, &text);
	write_line(out, study->objectives.count > 1 ? "objectives" : "objective", &text, columns);
	hpo__buffer_format(&text, "%s, seed %" PRIu64, study->strategy, study->seed);
	if (study->pruner != NULL && strcmp(study->pruner, "none") != 0)
		hpo__buffer_format(&text, ", pruner %s", study->pruner);
	write_line(out, "strategy", &text, columns);
	hpo__buffer_release(&text);
}

/* "2026-11-30T12:37:00Z, it was stopped"; without the time where no calendar has it. */
static void write_end(double seconds, const char *reason, struct hpo_buffer *out)
{
	hpo__plain_time(out, seconds);
	hpo__buffer_text(out, out->size > 0 ? ", " : "");
	hpo__buffer_text(out, reason);
}

char *hpo_report_summary(const hpo_records_t *records, int columns, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_buffer text = HPO__BUFFER_INIT;
	char reason[HPO__GOAL_SIZE];
	double compute = 0;
	hpo_status_t status;

	hpo__error_clear(error);
	write_study(records->study, columns, &out);
	write_counts(records, &text);
	write_line(&out, "trials", &text, columns);
	status = hpo__records_ended(records, reason, error);
	if (reason[0] != '\0') {
		write_end(hpo__records_last_end(records), reason, &text);
		write_line(&out, "ended", &text, columns);
	}
	if (status >= 0)
		status = write_best(records, columns, &out, error);
	for (size_t i = 0; i < records->count; i++)
		compute += records->trials[i].row.compute_s;
	hpo__plain_seconds(&text, compute);
	write_line(&out, "computed", &text, columns);

	hpo__buffer_release(&text);
	return hpo__buffer_finish(&out, status, error);
}
