/*
 * The objective over time: each trial when it ended, the best so far, the value
 * that was told last, and where running trials stand by their last report.
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 1000 };

/* The ended trials with a value, in the order in which they ended. */
struct ends {
	size_t *trials;   /* [count] */
	double *values;   /* [count] */
	double *best;     /* [count]: the best up to here; NaN before the first that completed */
	size_t *picks;    /* [POINTS] */
	size_t count;
};

struct ended {
	double when;
	size_t trial;
};

static int by_end(const void *left, const void *right)
{
	const struct ended *a = left;
	const struct ended *b = right;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return a->trial < b->trial ? -1 : a->trial > b->trial;
}

static void release(struct ends *ends)
{
	hpo__free(ends->trials);
	hpo__free(ends->values);
	hpo__free(ends->best);
	hpo__free(ends->picks);
}

static hpo_status_t collect(const struct hpo_frame *frame, size_t objective, struct ends *ends,
			    hpo_error_t *error)
{
	const size_t n = frame->order.count;
	const struct hpo_record *trials = frame->records->trials;
	const struct hpo_objectives *objectives = &frame->records->study->objectives;
	const struct hpo_objective_spec *spec = &objectives->list[objective];
	struct ended *sorted = hpo__calloc(n + 1, sizeof *sorted);
	double best = INFINITY;

	*ends = (struct ends){.count = n};
	ends->trials = hpo__calloc(n + 1, sizeof *ends->trials);
	ends->values = hpo__calloc(n + 1, sizeof *ends->values);
	ends->best = hpo__calloc(n + 1, sizeof *ends->best);
	ends->picks = hpo__calloc(POINTS, sizeof *ends->picks);
	if (sorted == NULL || ends->trials == NULL || ends->values == NULL || ends->best == NULL ||
	    ends->picks == NULL) {
		hpo__free(sorted);
		return hpo__fail_memory(error);
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct ended){trials[frame->order.list[i]].row.ended_s,
					   frame->order.list[i]};
	if (n > 1)
		qsort(sorted, n, sizeof *sorted, by_end);
	for (size_t i = 0; i < n; i++) {
		const struct hpo_record *trial = &trials[sorted[i].trial];

		ends->trials[i] = sorted[i].trial;
		ends->values[i] = trial->values[objective];
		if (hpo__order_may_lead(objectives, trial, objective))
			best = fmin(best, hpo__objective_loss(spec, ends->values[i]));
		ends->best[i] = isfinite(best) ? hpo__objective_value(spec, best) : (double)NAN;
	}
	hpo__free(sorted);
	return HPO_OK;
}

static void write_moments(const struct hpo_frame *frame, const struct ends *ends, size_t count,
			  struct hpo_buffer *out)
{
	hpo__buffer_text(out, ",\"x\":[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__figure_moment(out,
				   frame->records->trials[ends->trials[ends->picks[i]]].row.ended_s);
	}
	hpo__buffer_char(out, ']');
}

static void write_trace(const struct hpo_frame *frame, struct ends *ends, const double *values,
			const char *head, struct hpo_buffer *out)
{
	size_t count;

	hpo__figure_thin(values, ends->count, POINTS, ends->picks, &count);
	hpo__buffer_text(out, head);
	write_moments(frame, ends, count, out);
	hpo__figure_numbers(out, "y", values, ends->picks, count);
	hpo__figure_trials(out, ends->trials, ends->picks, count);
	hpo__buffer_char(out, '}');
}

/* The last report of a trial's present attempt for the objective; NaN: none. */
static double last_report(const hpo_records_t *records, const struct hpo_record *trial,
			  const struct hpo_objective_spec *spec)
{
	for (size_t i = trial->report_count; i-- > 0;) {
		const hpo_report_row_t *report = &records->reports[trial->first_report + i];

		if (report->attempt == trial->row.attempt &&
		    (strcmp(report->metric, spec->key) == 0 ||
		     strcmp(report->metric, spec->series) == 0))
			return report->value;
	}
	return NAN;
}

static void write_running(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out)
{
	enum { RUNNING = 500 };
	const hpo_records_t *records = frame->records;
	struct hpo_buffer x = HPO__BUFFER_INIT, y = HPO__BUFFER_INIT, numbers = HPO__BUFFER_INIT;
	size_t count = 0;

	for (size_t i = records->count; i-- > 0 && count < RUNNING;) {
		const struct hpo_record *trial = &records->trials[i];
		const double value =
			trial->row.state == HPO_TRIAL_RUNNING
				? last_report(records, trial,
					      &records->study->objectives.list[objective])
				: (double)NAN;

		if (!isfinite(value))
			continue;
		if (count++ > 0) {
			hpo__buffer_char(&x, ',');
			hpo__buffer_char(&y, ',');
			hpo__buffer_char(&numbers, ',');
		}
		hpo__figure_moment(&x, frame->now_s);
		hpo__figure_real(&y, value);
		hpo__buffer_format(&numbers, "%zu", i);
	}
	hpo__buffer_text(out, ",{\"type\":\"scatter\",\"mode\":\"markers\",\"name\":\"running\","
			      "\"marker\":{\"symbol\":\"circle-open\"},\"x\":[");
	hpo__buffer_text(out, x.text != NULL ? x.text : "");
	hpo__buffer_text(out, "],\"y\":[");
	hpo__buffer_text(out, y.text != NULL ? y.text : "");
	hpo__buffer_text(out, "],\"customdata\":[");
	hpo__buffer_text(out, numbers.text != NULL ? numbers.text : "");
	hpo__buffer_text(out, "]}");
	out->failed = out->failed || x.failed || y.failed || numbers.failed;
	hpo__buffer_release(&x);
	hpo__buffer_release(&y);
	hpo__buffer_release(&numbers);
}

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	struct ends ends;
	hpo_status_t status = collect(frame, objective, &ends, error);

	*points = ends.count;
	if (status < 0)
		goto done;
	hpo__buffer_text(out, "{\"data\":[");
	write_trace(frame, &ends, ends.values,
		    "{\"type\":\"scatter\",\"mode\":\"markers\",\"name\":\"trials\"", out);
	write_trace(frame, &ends, ends.best,
		    ",{\"type\":\"scatter\",\"mode\":\"lines\",\"name\":\"best so far\","
		    "\"line\":{\"shape\":\"hv\"}",
		    out);
	write_trace(frame, &ends, ends.values,
		    ",{\"type\":\"scatter\",\"mode\":\"lines\",\"name\":\"last reported\","
		    "\"opacity\":0.35,\"line\":{\"width\":1}",
		    out);
	write_running(frame, objective, out);
	hpo__buffer_text(out, "],\"layout\":{\"title\":{\"text\":\"Optimisation history\"},"
			      "\"xaxis\":{\"type\":\"date\"},\"yaxis\":{\"title\":{\"text\":");
	hpo__figure_text(out, frame->records->study->objectives.list[objective].key, 64);
	hpo__buffer_text(out, "}}}}");
done:
	release(&ends);
	return status;
}

const struct hpo_figure hpo__figure_history = {
	.name = "history",
	.title = "Optimisation history",
	.per_objective = true,
	.draw = draw,
};
