/*
 * A study's records as JSON: all trials, the best of them, the summary.
 */
#include "report/order.h"
#include "report/text.h"

#include "base/alloc.h"
#include "hpo/report.h"
#include "space/codec.h"
#include "trial/ended.h"

#include <math.h>

char *hpo_report_trials_json(const hpo_records_t *records, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__error_clear(error);
	hpo__buffer_text(&out, "{\"study\":");
	hpo__buffer_json_text(&out, records->study->name);
	hpo__buffer_text(&out, ",\"trials\":[");
	for (size_t i = 0; i < records->count; i++) {
		if (i > 0)
			hpo__buffer_char(&out, ',');
		hpo__record_write(records, &records->trials[i], &out);
	}
	hpo__buffer_text(&out, "]}");
	return hpo__buffer_finish(&out, HPO_OK, error);
}

char *hpo_report_top_json(const hpo_records_t *records, size_t count, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_order order;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__order_init(&order, records, error);
	hpo__buffer_char(&out, '[');
	for (size_t i = 0; status >= 0 && i < order.count && i < count; i++) {
		if (i > 0)
			hpo__buffer_char(&out, ',');
		hpo__record_write(records, &records->trials[order.list[i]], &out);
	}
	hpo__buffer_char(&out, ']');
	hpo__order_release(&order);
	return hpo__buffer_finish(&out, status, error);
}

static void write_counts(const hpo_records_t *records, struct hpo_buffer *out)
{
	int64_t counts[5] = { 0 };

	for (size_t i = 0; i < records->count; i++) {
		int32_t state = records->trials[i].row.state;

		if (state >= 0 && state < 5)
			counts[state]++;
	}
	hpo__buffer_text(out, "{\"total\":");
	hpo__buffer_json_integer(out, (int64_t)records->count);
	for (int i = 0; i < 5; i++) {
		hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, hpo_trial_state_text((hpo_trial_state_t)i));
		hpo__buffer_char(out, ':');
		hpo__buffer_json_integer(out, counts[i]);
	}
	hpo__buffer_char(out, '}');
}

/* {"number":…,"values":[…],"params":{…}} */
static void write_best_trial(const hpo_records_t *records, const struct hpo_record *trial,
			     struct hpo_buffer *out)
{
	hpo__buffer_text(out, "{\"number\":");
	hpo__buffer_json_integer(out, trial->row.number);
	hpo__buffer_text(out, ",\"values\":[");
	for (size_t i = 0; i < records->study->objectives.count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__buffer_json_real(out, trial->values[i]);
	}
	hpo__buffer_text(out, "],\"params\":");
	if (trial->params != NULL)
		hpo__codec_write(records->study->space, trial->params, trial->active, out);
	else
		hpo__buffer_text(out, "{}");
	hpo__buffer_char(out, '}');
}

/* The best trial, null when there is none; a list, maybe empty, for several objectives. */
static void write_best(const hpo_records_t *records, const struct hpo_order *order,
		       struct hpo_buffer *out)
{
	bool is_list = hpo__order_goals(&records->study->objectives) > 1;

	if (!is_list && order->front == 0) {
		hpo__buffer_text(out, "null");
		return;
	}
	if (is_list)
		hpo__buffer_char(out, '[');
	for (size_t i = 0; i < order->front; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		write_best_trial(records, &records->trials[order->list[i]], out);
	}
	if (is_list)
		hpo__buffer_char(out, ']');
}

/* A time, null for what has not happened. */
static void write_time(struct hpo_buffer *out, const char *key, double seconds)
{
	hpo__buffer_format(out, ",\"%s\":%s", key, seconds > 0 ? "\"" : "null");
	if (seconds > 0) {
		hpo__plain_time(out, seconds);
		hpo__buffer_char(out, '"');
	}
}

static void write_times(const hpo_records_t *records, struct hpo_buffer *out)
{
	const double ended = hpo__records_last_end(records);
	double started = 0;
	double compute = 0;
	double changed = 0;
	int64_t iterations = 0;

	for (size_t i = 0; i < records->count; i++) {
		const hpo_trial_row_t *row = &records->trials[i].row;

		if (row->started_s > 0 && (started <= 0 || row->started_s < started))
			started = row->started_s;
		compute += row->compute_s;
		changed = fmax(changed, fmax(row->started_s, row->ended_s));
		/* A store may say anything; a sum of it is at most all that can be said. */
		if (row->iteration > 0)
			iterations += row->iteration < INT64_MAX - iterations ? row->iteration
									      : INT64_MAX - iterations;
	}
	write_time(out, "created", records->created_s);
	write_time(out, "started", started);
	write_time(out, "ended", ended);
	hpo__buffer_text(out, ",\"compute_seconds\":");
	hpo__buffer_json_real(out, compute);
	hpo__buffer_text(out, ",\"created_s\":");
	hpo__buffer_json_real(out, records->created_s);
	hpo__buffer_text(out, ",\"started_s\":");
	hpo__buffer_json_real(out, started > 0 ? started : (double)NAN);
	hpo__buffer_text(out, ",\"ended_s\":");
	hpo__buffer_json_real(out, ended > 0 ? ended : (double)NAN);
	hpo__buffer_text(out, ",\"changed_s\":");
	hpo__buffer_json_real(out, changed > 0 ? changed : (double)NAN);
	hpo__buffer_text(out, ",\"iterations\":");
	hpo__buffer_json_integer(out, iterations);
}

/* The limits that are set. */
static void write_limits(const hpo_limits_t *limits, struct hpo_buffer *out)
{
	const struct {
		const char *key;
		double value;
	} members[] = {
		{ "trials", (double)limits->trials },
		{ "concurrent", (double)limits->concurrent },
		{ "minutes", limits->minutes },
		{ "compute_minutes", limits->compute_minutes },
		{ "trial_minutes", limits->trial_minutes },
		{ "min_iterations", (double)limits->min_iterations },
		{ "max_iterations", (double)limits->max_iterations },
		{ "keep_top", (double)limits->keep_top },
		{ "retries", (double)limits->retries },
		{ "failure_rate", limits->failure_rate },
		{ "patience", (double)limits->patience },
		{ "min_gain", limits->min_gain },
	};
	bool first = true;

	hpo__buffer_char(out, '{');
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (members[i].value == 0)
			continue;
		hpo__buffer_format(out, "%s\"%s\":", first ? "" : ",", members[i].key);
		if (members[i].value == floor(members[i].value))
			hpo__buffer_json_integer(out, (int64_t)members[i].value);
		else
			hpo__buffer_json_real(out, members[i].value);
		first = false;
	}
	if (limits->has_target) {
		hpo__buffer_format(out, "%s\"target\":", first ? "" : ",");
		hpo__buffer_json_real(out, limits->target);
	}
	hpo__buffer_char(out, '}');
}

char *hpo_report_summary_json(const hpo_records_t *records, hpo_error_t *error)
{
	const struct hpo_study *study = records->study;
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char reason[HPO__GOAL_SIZE];
	struct hpo_order order;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__order_init(&order, records, error);
	if (status >= 0)
		status = hpo__records_ended(records, reason, error);
	if (status < 0)
		goto done;

	hpo__buffer_text(&out, "{\"study\":");
	hpo__buffer_json_text(&out, study->name);
	hpo__buffer_format(&out, ",\"stopped\":%s,\"trials\":",
			   records->stopped ? "true" : "false");
	write_counts(records, &out);
	hpo__buffer_text(&out, ",\"objectives\":");
	hpo__objectives_write(&study->objectives, &out);
	hpo__buffer_text(&out, ",\"reason\":");
	if (reason[0] != '\0')
		hpo__buffer_json_text(&out, reason);
	else
		hpo__buffer_text(&out, "null");
	hpo__buffer_text(&out, ",\"best\":");
	write_best(records, &order, &out);
	hpo__buffer_text(&out, ",\"strategy\":");
	hpo__buffer_json_text(&out, study->strategy);
	hpo__buffer_text(&out, ",\"seed\":");
	hpo__buffer_json_integer(&out, (int64_t)study->seed);
	hpo__buffer_text(&out, ",\"pruner\":");
	hpo__buffer_json_text(&out, study->pruner);
	hpo__buffer_text(&out, ",\"limits\":");
	write_limits(&study->limits, &out);
	write_times(records, &out);
	hpo__buffer_char(&out, '}');
done:
	hpo__order_release(&order);
	return hpo__buffer_finish(&out, status, error);
}
