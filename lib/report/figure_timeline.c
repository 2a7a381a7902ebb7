/*
 * The trials over time, a bar for the last attempt of each, coloured by how it
 * ended. They stand by who ran them; a worker that ran several at once has as few
 * rows as they fit in, as all have together where it is not known who ran them.
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The latest bars; a picture with holes would be a false one. */
enum { BARS = 1700 };

struct bar {
	size_t trial;
	double start, end; /* seconds since 1970 */
	const char *worker; /* "" when nobody knows */
	size_t row;
};

/* By worker, and each one's by their start: so each worker's rows are placed at once. */
static int by_worker(const void *left, const void *right)
{
	const struct bar *a = left;
	const struct bar *b = right;
	const int order = strcmp(a->worker, b->worker);

	if (order != 0)
		return order;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->trial < b->trial ? -1 : a->trial > b->trial;
}


static int by_start(const void *left, const void *right)
{
	const struct bar *a = left;
	const struct bar *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->trial < b->trial ? -1 : a->trial > b->trial;
}

/* Whether a trial has a bar, which is filled in. */
static bool make_bar(const struct hpo_frame *frame, size_t trial, struct bar *bar)
{
	const double year_10000 = 253402300800.0;
	const hpo_trial_row_t *row = &frame->records->trials[trial].row;

	*bar = (struct bar){.trial = trial, .start = row->started_s, .end = row->ended_s,
			    .worker = row->ran_by != NULL ? row->ran_by : ""};
	if (row->state < HPO_TRIAL_RUNNING || row->state > HPO_TRIAL_FAILED ||
	    !(bar->start > 0 && bar->start < year_10000))
		return false;
	if (row->state == HPO_TRIAL_RUNNING)
		bar->end = frame->now_s;
	if (!(bar->end >= bar->start))
		bar->end = bar->start;
	return bar->end < year_10000;
}

/* Give each bar the first row of its worker's that is free at its start; bars are by worker. */
static void place_bars(struct bar *bars, size_t count, double *busy_until)
{
	size_t rows = 0;
	size_t first = 0;

	for (size_t i = 0; i < count; i++) {
		size_t row;

		if (i > 0 && strcmp(bars[i].worker, bars[i - 1].worker) != 0)
			first = rows;
		row = first;

		while (row < rows && busy_until[row] > bars[i].start)
			row++;
		rows += row == rows;
		busy_until[row] = bars[i].end;
		bars[i].row = row;
	}
}

static void write_trial(const hpo_trial_row_t *row, struct hpo_buffer *out)
{
	hpo__buffer_format(out, "\"trial %lld", (long long)row->number);
	if (row->attempt > 0)
		hpo__buffer_format(out, ", attempt %d", (int)row->attempt + 1);
	hpo__buffer_char(out, '"');
}

enum member { MEMBER_BASE, MEMBER_X, MEMBER_Y, MEMBER_TEXT, MEMBER_TRIAL };

static void write_array(const struct hpo_frame *frame, const struct bar *bars, size_t count,
			int32_t state, enum member member, struct hpo_buffer *out)
{
	bool first = true;

	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		const hpo_trial_row_t *row = &frame->records->trials[bars[i].trial].row;

		if (row->state != state)
			continue;
		if (!first)
			hpo__buffer_char(out, ',');
		first = false;
		if (member == MEMBER_BASE)
			hpo__figure_moment(out, bars[i].start);
		else if (member == MEMBER_X)
			hpo__figure_real(out, round((bars[i].end - bars[i].start) * 1000));
		else if (member == MEMBER_Y)
			hpo__buffer_format(out, "%zu", bars[i].row);
		else if (member == MEMBER_TRIAL)
			hpo__buffer_format(out, "%zu", bars[i].trial);
		else
			write_trial(row, out);
	}
	hpo__buffer_char(out, ']');
}

static void write_trace(const struct hpo_frame *frame, const struct bar *bars, size_t count,
			int32_t state, struct hpo_buffer *out)
{
	static const char *const colours[] = {"#999999", "#457b9d", "#2a9d8f", "#e9c46a",
					      "#d1495b"};

	hpo__buffer_format(out,
			   "{\"type\":\"bar\",\"orientation\":\"h\",\"name\":\"%s\","
			   "\"marker\":{\"color\":\"%s\"},\"textposition\":\"none\","
			   "\"base\":",
			   hpo_trial_state_text((hpo_trial_state_t)state), colours[state]);
	write_array(frame, bars, count, state, MEMBER_BASE, out);
	hpo__buffer_text(out, ",\"x\":");
	write_array(frame, bars, count, state, MEMBER_X, out);
	hpo__buffer_text(out, ",\"y\":");
	write_array(frame, bars, count, state, MEMBER_Y, out);
	hpo__buffer_text(out, ",\"text\":");
	write_array(frame, bars, count, state, MEMBER_TEXT, out);
	hpo__buffer_text(out, ",\"customdata\":");
	write_array(frame, bars, count, state, MEMBER_TRIAL, out);
	hpo__buffer_char(out, '}');
}

/* The axis of the rows: named by their workers, where these are known. */
static void write_rows(const struct bar *bars, size_t count, struct hpo_buffer *out)
{
	enum { NAMES = 60 };
	struct hpo_buffer names = HPO__BUFFER_INIT;
	size_t shown = 0;

	if (count == 0 || bars[count - 1].worker[0] == '\0') {
		hpo__buffer_text(out, "\"title\":{\"text\":\"at once\"}");
		return;
	}
	hpo__buffer_text(out, "\"automargin\":true,\"tickvals\":[");
	for (size_t i = 0; i < count && shown < NAMES; i++) {
		if (i > 0 && strcmp(bars[i].worker, bars[i - 1].worker) == 0)
			continue;
		hpo__buffer_format(out, "%s%zu", shown > 0 ? "," : "", bars[i].row);
		hpo__buffer_text(&names, shown++ > 0 ? "," : "");
		hpo__figure_text(&names, bars[i].worker[0] != '\0' ? bars[i].worker : "unknown", 32);
	}
	hpo__buffer_text(out, "],\"ticktext\":[");
	hpo__buffer_text(out, names.text != NULL ? names.text : "");
	hpo__buffer_char(out, ']');
	out->failed = out->failed || names.failed;
	hpo__buffer_release(&names);
}

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	const size_t total = frame->records->count;
	struct bar *bars = hpo__calloc(total + 1, sizeof *bars);
	double *busy = hpo__calloc(BARS + 1, sizeof *busy);
	hpo_status_t status = HPO_OK;
	size_t count = 0;
	struct bar *shown;

	(void)objective;
	*points = 0;
	if (bars == NULL || busy == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	for (size_t i = 0; i < total; i++)
		count += make_bar(frame, i, &bars[count]);
	if (count > 1)
		qsort(bars, count, sizeof *bars, by_start);
	*points = count < BARS ? count : BARS;
	shown = bars + (count - *points);
	if (*points > 1)
		qsort(shown, *points, sizeof *shown, by_worker);
	place_bars(shown, *points, busy);

	hpo__buffer_text(out, "{\"data\":[");
	for (int32_t state = HPO_TRIAL_RUNNING; state <= HPO_TRIAL_FAILED; state++) {
		if (state > HPO_TRIAL_RUNNING)
			hpo__buffer_char(out, ',');
		write_trace(frame, shown, *points, state, out);
	}
	hpo__buffer_text(out, "],\"layout\":{\"barmode\":\"overlay\",\"title\":{\"text\":\"");
	if (*points < count)
		hpo__buffer_format(out, "Timeline: the last %zu of %zu trials", *points, count);
	else
		hpo__buffer_text(out, "Timeline");
	hpo__buffer_text(out, "\"},\"xaxis\":{\"type\":\"date\"},\"yaxis\":{");
	write_rows(shown, *points, out);
	hpo__buffer_text(out, "}}}");
done:
	hpo__free(busy);
	hpo__free(bars);
	return status;
}

const struct hpo_figure hpo__figure_timeline = {
	.name = "timeline",
	.title = "Timeline",
	.is_published = true,
	.draw = draw,
};
