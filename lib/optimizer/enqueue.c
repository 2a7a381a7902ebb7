/*
 * Points that do not come from a strategy: what the user wants tried, and
 * trials that were finished elsewhere.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "space/codec.h"
#include "trial/record.h"

#include <math.h>
#include <string.h>

/* A params object, checked against the space and written in its canonical form. */
static hpo_status_t canonical_params(hpo_optimizer_t *opt, const struct hpo_json_at *at, char **out,
				     hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	union hpo_value *values = hpo__calloc(opt->dims + 1, sizeof *values);
	uint8_t *active = hpo__calloc(opt->dims + 1, 1);
	hpo_status_t status;

	if (values == NULL || active == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	status = hpo__codec_read(opt->study->space, at, 0, values, active, error);
	if (status < 0)
		goto done;
	hpo__codec_write(opt->study->space, values, active, &text);
	*out = hpo__buffer_take(&text);
	if (*out == NULL)
		status = hpo__fail_memory(error);
done:
	hpo__buffer_release(&text);
	hpo__free(active);
	hpo__free(values);
	return status;
}

static hpo_status_t insert_row(hpo_optimizer_t *opt, const hpo_trial_row_t *row, int64_t *number,
			       hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(opt->store, &state);
	hpo_status_t status = ops->insert(state, opt->study_id, row, 1, number, error);

	hpo__store_unlock(opt->store);
	return status;
}

hpo_status_t hpo_optimizer_enqueue_trial(hpo_optimizer_t *opt, const char *params_json,
					 hpo_error_t *error)
{
	hpo_trial_row_t row = {.struct_size = sizeof row, .state = HPO_TRIAL_WAITING,
			       .source = HPO_SOURCE_ENQUEUED, .iteration = -1};
	hpo_json_t *tree = NULL;
	char *params = NULL;
	struct hpo_json_at at;
	hpo_status_t status;
	int64_t number;

	hpo__error_clear(error);
	status = hpo__json_parse(&tree, params_json, strlen(params_json), "the trial", error);
	if (status < 0)
		return status;
	at = hpo__json_root(tree);
	at.key = "the trial";
	status = canonical_params(opt, &at, &params, error);
	if (status >= 0) {
		row.params = params;
		row.created_s = hpo__clock_wall();
		status = insert_row(opt, &row, &number, error);
	}
	hpo__free(params);
	hpo__json_free(tree);
	return status < 0 ? status : hpo__optimizer_sync(opt, error);
}

/* Whether a member is there, and not null. */
static bool is_given(const struct hpo_json_at *at)
{
	return at->node != NULL && hpo__json_kind(at->node) != HPO__JSON_NULL;
}

/* The state of an imported trial: named, or completed when it has values and failed when not. */
static hpo_status_t read_state(const struct hpo_json_at *at, bool has_values, int32_t *out,
			       hpo_error_t *error)
{
	struct hpo_json_at state = hpo__json_member(at, "state");
	const char *text = NULL;
	hpo_status_t status = hpo__json_read_text(&state, &text, error);

	*out = has_values ? HPO_TRIAL_COMPLETED : HPO_TRIAL_FAILED;
	if (status < 0 || text == NULL)
		return status;
	for (int i = HPO_TRIAL_COMPLETED; i <= HPO_TRIAL_FAILED; i++) {
		if (strcmp(text, hpo_trial_state_text((hpo_trial_state_t)i)) == 0) {
			*out = i;
			return HPO_OK;
		}
	}
	return hpo__json_refuse(&state, error,
				"an imported trial is completed, pruned or failed, not '%s'", text);
}

/* [m] numbers, or nulls; all finite makes it usable. */
static hpo_status_t read_values(hpo_optimizer_t *opt, const struct hpo_json_at *at, char **out,
				bool *usable, hpo_error_t *error)
{
	struct hpo_json_at values = hpo__json_member(at, "values");
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status = HPO_OK;

	*usable = false;
	if (!is_given(&values))
		return HPO_OK;
	status = hpo__json_expect(&values, HPO__JSON_ARRAY, error);
	if (status >= 0 && hpo__json_size(values.node) != opt->objectives)
		status = hpo__json_refuse(&values, error,
					  "expected %zu values, one an objective, got %zu",
					  opt->objectives, hpo__json_size(values.node));
	*usable = status >= 0;
	hpo__buffer_char(&text, '[');
	for (size_t j = 0; status >= 0 && j < opt->objectives; j++) {
		struct hpo_json_at one = hpo__json_element(&values, j);
		double value = NAN;

		if (hpo__json_kind(one.node) != HPO__JSON_NULL)
			status = hpo__json_read_real(&one, &value, error);
		*usable = *usable && isfinite(value);
		if (j > 0)
			hpo__buffer_char(&text, ',');
		hpo__buffer_json_real(&text, value);
	}
	hpo__buffer_char(&text, ']');
	*out = hpo__buffer_take(&text);
	if (status >= 0 && *out == NULL)
		status = hpo__fail_memory(error);
	return status;
}

/* [[iteration, value], …] or [[iteration, "metric", value], …], as an export writes them. */
static hpo_status_t read_report(hpo_optimizer_t *opt, const struct hpo_json_at *at,
				hpo_report_row_t *out, hpo_error_t *error)
{
	const size_t size = hpo__json_size(at->node);
	const bool named = size == 3;
	struct hpo_json_at iteration = hpo__json_element(at, 0);
	struct hpo_json_at metric = hpo__json_element(at, 1);
	struct hpo_json_at value = hpo__json_element(at, named ? 2 : 1);
	hpo_status_t status;

	if (hpo__json_kind(at->node) != HPO__JSON_ARRAY || (size != 2 && size != 3))
		return hpo__json_refuse(at, error,
					"expected [iteration, value] or [iteration, metric, value]");
	out->metric = opt->study->objectives.list[0].key;
	out->value = NAN;
	status = hpo__json_read_integer(&iteration, &out->iteration, error);
	if (status >= 0 && named)
		status = hpo__json_read_text(&metric, &out->metric, error);
	if (status >= 0 && hpo__json_kind(value.node) != HPO__JSON_NULL)
		status = hpo__json_read_real(&value, &out->value, error);
	return status;
}

static hpo_status_t read_reports(hpo_optimizer_t *opt, const struct hpo_json_at *at,
				 hpo_report_row_t **out, size_t *count, hpo_error_t *error)
{
	struct hpo_json_at reports = hpo__json_member(at, "reports");
	hpo_status_t status;

	*count = 0;
	*out = NULL;
	if (!is_given(&reports))
		return HPO_OK;
	status = hpo__json_expect(&reports, HPO__JSON_ARRAY, error);
	if (status < 0)
		return status;
	*out = hpo__calloc(hpo__json_size(reports.node) + 1, sizeof **out);
	if (*out == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < hpo__json_size(reports.node) && status >= 0; i++) {
		struct hpo_json_at one = hpo__json_element(&reports, i);

		status = read_report(opt, &one, *out + i, error);
		*count = i + 1;
	}
	return status;
}

static hpo_status_t insert_reports(hpo_optimizer_t *opt, int64_t number, hpo_report_row_t *rows,
				   size_t count, hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	void *state;

	if (count == 0)
		return HPO_OK;
	for (size_t i = 0; i < count; i++)
		rows[i].trial = number;
	ops = hpo__store_lock(opt->store, &state);
	status = ops->report(state, opt->study_id, rows, count, error);
	hpo__store_unlock(opt->store);
	return status;
}

/* What an imported trial is made of, owned until it is inserted. */
struct import {
	hpo_trial_row_t row;
	char *params;
	char *values;
	char *attributes;
	hpo_report_row_t *reports;
	size_t report_count;
};

static hpo_status_t read_attributes(const struct hpo_json_at *at, char **out, hpo_error_t *error)
{
	struct hpo_json_at attributes = hpo__json_member(at, "attributes");
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status;

	if (!is_given(&attributes))
		return HPO_OK;
	status = hpo__json_expect(&attributes, HPO__JSON_OBJECT, error);
	if (status < 0)
		return status;
	hpo__json_write(attributes.node, &text);
	*out = hpo__buffer_take(&text);
	return *out == NULL ? hpo__fail_memory(error) : HPO_OK;
}

/* Why it ended, how long it took, and the last iteration that it reported. */
static hpo_status_t read_end(const struct hpo_json_at *at, struct import *out, hpo_error_t *error)
{
	struct hpo_json_at reason = hpo__json_member(at, "reason");
	struct hpo_json_at seconds = hpo__json_member(at, "seconds");
	hpo_status_t status = HPO_OK;

	if (is_given(&reason))
		status = hpo__json_read_text(&reason, &out->row.reason, error);
	if (status >= 0 && is_given(&seconds))
		status = hpo__json_read_real(&seconds, &out->row.compute_s, error);
	for (size_t i = 0; i < out->report_count; i++)
		out->row.iteration = out->reports[i].iteration > out->row.iteration
					     ? out->reports[i].iteration
					     : out->row.iteration;
	return status;
}

static hpo_status_t read_import(hpo_optimizer_t *opt, const struct hpo_json_at *at,
				struct import *out, hpo_error_t *error)
{
	static const char *const known[] = {
		"number",  "params",  "values",     "state",      "reason",  "attributes",
		"reports", "attempt", "source",     "arm",        "started", "ended",
		"seconds", "task",    "iteration",  "checkpoint", "strategy", "metrics",
		"created", "late",    "failures",   "seen",       "proposal", "worker",
		"stopping", "revision", "paused", NULL};
	struct hpo_json_at params = hpo__json_member(at, "params");
	hpo_status_t status;
	bool usable = false;

	out->row = (hpo_trial_row_t){.struct_size = sizeof out->row,
				     .source = HPO_SOURCE_IMPORTED, .iteration = -1};
	status = hpo__json_expect(at, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = hpo__json_only(at, known, error);
	if (status >= 0)
		status = hpo__json_expect(&params, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = canonical_params(opt, &params, &out->params, error);
	if (status >= 0)
		status = read_values(opt, at, &out->values, &usable, error);
	if (status >= 0)
		status = read_state(at, usable, &out->row.state, error);
	if (status >= 0)
		status = read_reports(opt, at, &out->reports, &out->report_count, error);
	if (status >= 0)
		status = read_end(at, out, error);
	if (status >= 0)
		status = read_attributes(at, &out->attributes, error);
	if (status < 0)
		return status;

	if (out->row.state == HPO_TRIAL_COMPLETED && !usable)
		return hpo__json_refuse(at, error,
					"a completed trial needs a finite value for each objective");
	out->row.params = out->params;
	out->row.values = out->row.state == HPO_TRIAL_FAILED ? NULL : out->values;
	out->row.attributes = out->attributes;
	out->row.created_s = out->row.started_s = out->row.ended_s = hpo__clock_wall();
	return HPO_OK;
}

hpo_status_t hpo_optimizer_import_trial(hpo_optimizer_t *opt, const char *trial_json,
					hpo_error_t *error)
{
	struct import import = {.params = NULL};
	hpo_json_t *tree = NULL;
	struct hpo_json_at at;
	hpo_status_t status;
	int64_t number = 0;

	hpo__error_clear(error);
	status = hpo__json_parse(&tree, trial_json, strlen(trial_json), "the trial", error);
	if (status < 0)
		return status;
	at = hpo__json_root(tree);
	at.key = "the trial";
	status = read_import(opt, &at, &import, error);
	if (status >= 0)
		status = insert_row(opt, &import.row, &number, error);
	if (status >= 0)
		status = insert_reports(opt, number, import.reports, import.report_count, error);
	if (status >= 0)
		status = hpo__optimizer_sync(opt, error);
	hpo__free(import.params);
	hpo__free(import.values);
	hpo__free(import.attributes);
	hpo__free(import.reports);
	hpo__json_free(tree);
	return status;
}
