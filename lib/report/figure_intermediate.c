/*
 * Learning curves: what each trial reported over its iterations, coloured by how
 * it ended, so that one sees what was pruned and when.
 */
#include "report/figure.h"

#include "base/alloc.h"

#include <string.h>

/* Curves at most, and points of one: together what a page draws at once. */
enum { CURVES = 250, POINTS = 60 };

struct curve {
	double *iterations; /* [capacity] */
	double *values;
	size_t count, capacity;
	size_t picks[POINTS];
};

static bool feeds(const hpo_report_row_t *report, const struct hpo_objective_spec *spec)
{
	const char *slash = strrchr(report->metric, '/');

	if (strcmp(report->metric, spec->key) == 0 || strcmp(report->metric, spec->series) == 0)
		return true;
	return spec->title == NULL && slash != NULL && strcmp(slash + 1, spec->series) == 0;
}

static bool has_curve(const hpo_records_t *records, const struct hpo_record *trial,
		      const struct hpo_objective_spec *spec)
{
	for (size_t i = 0; i < trial->report_count; i++) {
		const hpo_report_row_t *report = &records->reports[trial->first_report + i];

		if (report->attempt == trial->row.attempt && feeds(report, spec))
			return true;
	}
	return false;
}

static hpo_status_t read_curve(const hpo_records_t *records, const struct hpo_record *trial,
			       const struct hpo_objective_spec *spec, struct curve *curve)
{
	if (trial->report_count > curve->capacity) {
		double *both = hpo__resize(curve->iterations, 2 * trial->report_count,
					   sizeof *both);

		if (both == NULL)
			return HPO_ENOMEM;
		curve->iterations = both;
		curve->capacity = trial->report_count;
	}
	curve->values = curve->iterations + curve->capacity;
	curve->count = 0;
	for (size_t i = 0; i < trial->report_count; i++) {
		const hpo_report_row_t *report = &records->reports[trial->first_report + i];

		if (report->attempt != trial->row.attempt || !feeds(report, spec))
			continue;
		curve->iterations[curve->count] = (double)report->iteration;
		curve->values[curve->count++] = report->value;
	}
	return HPO_OK;
}

static void write_curve(const struct hpo_record *trial, struct curve *curve, bool is_first,
			struct hpo_buffer *out)
{
	static const char *const colours[] = {"#999999", "#457b9d", "#2a9d8f", "#e9c46a",
					      "#d1495b"};
	const char *state = hpo_trial_state_text((hpo_trial_state_t)trial->row.state);
	size_t count;

	hpo__figure_thin(curve->values, curve->count, POINTS, curve->picks, &count);
	hpo__buffer_format(out,
			   "%s{\"type\":\"scatter\",\"mode\":\"%s\",\"name\":\"trial %lld\","
			   "\"meta\":{\"trial\":%lld,\"state\":\"%s\"},\"showlegend\":false,"
			   "\"legendgroup\":\"%s\",\"line\":{\"width\":1,\"color\":\"%s\"}",
			   is_first ? "" : ",", count > 1 ? "lines" : "markers",
			   (long long)trial->row.number, (long long)trial->row.number, state, state,
			   colours[trial->row.state]);
	hpo__figure_numbers(out, "x", curve->iterations, curve->picks, count);
	hpo__figure_numbers(out, "y", curve->values, curve->picks, count);
	hpo__buffer_char(out, '}');
}

/* Mark those to be drawn: the best quarter, those that run, the others evenly. */
static size_t choose(const struct hpo_frame *frame, const struct hpo_objective_spec *spec,
		     uint8_t *taken)
{
	const hpo_records_t *records = frame->records;
	size_t all = 0, sure = 0, seen = 0, used = 0;

	for (size_t i = 0; i < records->count; i++) {
		taken[i] = has_curve(records, &records->trials[i], spec);
		all += taken[i];
	}
	if (all <= CURVES)
		return all;
	for (size_t i = 0; i < frame->order.count && sure < CURVES / 4; i++) {
		if (taken[frame->order.list[i]] == 1) {
			taken[frame->order.list[i]] = 2;
			sure++;
		}
	}
	for (size_t i = records->count; i-- > 0 && sure < CURVES / 2;) {
		if (taken[i] == 1 && records->trials[i].row.state == HPO_TRIAL_RUNNING) {
			taken[i] = 2;
			sure++;
		}
	}
	for (size_t i = 0; i < records->count; i++) {
		if (taken[i] != 1)
			continue;
		taken[i] = 0;
		if (used * (all - sure) <= seen * (CURVES - sure) && used < CURVES - sure) {
			taken[i] = 2;
			used++;
		}
		seen++;
	}
	return all;
}

static void write_layout(const struct hpo_frame *frame, size_t objective, size_t shown, size_t all,
			 struct hpo_buffer *out)
{
	hpo__buffer_text(out, "],\"layout\":{\"title\":{\"text\":\"Learning curves");
	if (shown < all)
		hpo__buffer_format(out, ": %zu of %zu trials", shown, all);
	hpo__buffer_text(out, "\"},\"hovermode\":\"closest\",\"xaxis\":{\"title\":{\"text\":"
			      "\"iteration\"}},\"yaxis\":{\"title\":{\"text\":");
	hpo__figure_text(out, frame->records->study->objectives.list[objective].key, 64);
	hpo__buffer_text(out, "}}}}");
}

static hpo_status_t draw(const struct hpo_frame *frame, size_t objective, struct hpo_buffer *out,
			 size_t *points, hpo_error_t *error)
{
	const hpo_records_t *records = frame->records;
	const struct hpo_objective_spec *spec = &records->study->objectives.list[objective];
	uint8_t *taken = hpo__calloc(records->count + 1, sizeof *taken);
	struct curve curve = {0};
	hpo_status_t status = HPO_OK;
	size_t shown = 0, all;

	*points = 0;
	if (taken == NULL)
		return hpo__fail_memory(error);
	all = choose(frame, spec, taken);
	hpo__buffer_text(out, "{\"data\":[");
	for (size_t i = 0; i < records->count && status >= 0; i++) {
		if (!taken[i])
			continue;
		status = read_curve(records, &records->trials[i], spec, &curve);
		if (status >= 0)
			write_curve(&records->trials[i], &curve, shown++ == 0, out);
	}
	write_layout(frame, objective, shown, all, out);
	*points = shown;
	hpo__free(curve.iterations);
	hpo__free(taken);
	return status < 0 ? hpo__fail_memory(error) : HPO_OK;
}

const struct hpo_figure hpo__figure_intermediate = {
	.name = "intermediate",
	.title = "Learning curves",
	.per_objective = true,
	.draw = draw,
};
