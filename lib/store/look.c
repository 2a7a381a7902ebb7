/*
 * Looking into a store: its studies, their definitions, their records.
 */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "store/found.h"
#include "trial/ended.h"
#include "trial/ranking.h"
#include "trial/record.h"

#include <math.h>
#include <string.h>
#include <time.h>

hpo_status_t hpo_store_records(hpo_store_t *store, const char *name, hpo_records_parts_t parts,
			       hpo_records_t **out, hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	struct hpo_found found;
	void *state;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	status = hpo__store_find_study(store, name, &found, error);
	if (status >= 0) {
		ops = hpo__store_lock(store, &state);
		status = hpo__store_read(ops, state, &found, parts, out, error);
		hpo__store_unlock(store);
	}
	hpo__found_release(&found);
	return status;
}

char *hpo_store_study_json(hpo_store_t *store, const char *name, hpo_error_t *error)
{
	struct hpo_found found;
	char *definition;

	hpo__error_clear(error);
	if (hpo__store_find_study(store, name, &found, error) < 0) {
		hpo__found_release(&found);
		return NULL;
	}
	definition = found.definition;
	found.definition = NULL;
	hpo__found_release(&found);
	return definition;
}

/* The index of the best completed trial; SIZE_MAX when none has completed and keeps the bounds. */
static hpo_status_t find_best(const hpo_records_t *records, size_t *out)
{
	const struct hpo_objectives *objectives = &records->study->objectives;
	size_t m = objectives->count;
	double *losses = hpo__calloc(records->count, m * sizeof *losses);
	size_t *order = hpo__calloc(records->count, sizeof *order);
	hpo_status_t status = HPO_ENOMEM;

	*out = SIZE_MAX;
	if (losses == NULL || order == NULL)
		goto done;
	for (size_t i = 0; i < records->count; i++) {
		const struct hpo_record *trial = &records->trials[i];
		bool counts = trial->row.state == HPO_TRIAL_COMPLETED && trial->values != NULL;

		for (size_t j = 0; j < m; j++)
			losses[i * m + j] =
				counts ? hpo__objective_loss(&objectives->list[j], trial->values[j])
				       : NAN;
	}
	status = hpo__rank(objectives, losses, records->count, order, NULL);
	if (status >= 0 && records->count > 0 && !isnan(losses[order[0] * m]) &&
	    hpo__rank_keeps_bounds(objectives, losses + order[0] * m))
		*out = order[0];
done:
	hpo__free(order);
	hpo__free(losses);
	return status;
}

/* `reason` says why nothing more is to do, or is "". */
static const char *study_word(const struct hpo_found *found, const struct hpo_study *study,
			      const char *reason)
{
	const int64_t *counts = found->row.counts;
	int64_t ended =
		counts[HPO_TRIAL_COMPLETED] + counts[HPO_TRIAL_PRUNED] + counts[HPO_TRIAL_FAILED];

	if (found->row.stopped)
		return "stopped";
	if (counts[HPO_TRIAL_RUNNING] > 0)
		return "running";
	if (reason[0] != '\0' || (study->limits.trials > 0 && ended >= study->limits.trials))
		return "done";
	return "idle";
}

static void write_created(struct hpo_buffer *out, double seconds)
{
	char text[32];
	struct tm parts;
	time_t whole = (time_t)seconds;

	gmtime_r(&whole, &parts);
	strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%SZ\"", &parts);
	hpo__buffer_text(out, text);
}

static void write_study(const struct hpo_found *found, const hpo_records_t *records, size_t best,
			const char *reason, struct hpo_buffer *out)
{
	const size_t goal = hpo__objectives_first_goal(&records->study->objectives);

	hpo__buffer_text(out, "{\"name\":");
	hpo__buffer_json_text(out, found->name);
	hpo__buffer_format(out, ",\"state\":\"%s\",\"trials\":{",
			   study_word(found, records->study, reason));
	for (int i = 0; i <= HPO_TRIAL_FAILED; i++)
		hpo__buffer_format(out, "%s\"%s\":%lld", i == 0 ? "" : ",",
				   hpo_trial_state_text((hpo_trial_state_t)i),
				   (long long)found->row.counts[i]);
	hpo__buffer_text(out, "},\"objective\":");
	hpo__buffer_json_text(out, records->study->objectives.list[goal].key);
	hpo__buffer_text(out, ",\"best\":");
	if (best == SIZE_MAX)
		hpo__buffer_text(out, "null,\"best_number\":null");
	else {
		hpo__buffer_json_real(out, records->trials[best].values[goal]);
		hpo__buffer_format(out, ",\"best_number\":%zu", best);
	}
	hpo__buffer_text(out, ",\"created\":");
	write_created(out, found->row.created_s);
	hpo__buffer_char(out, '}');
}

/*
 * Take the dead off a study: "running" is to mean that somebody runs it. In a
 * store that is read-only that fails, and then the list says what the store says.
 */
static void bury(const hpo_store_ops_t *ops, void *state, struct hpo_found *found)
{
	struct hpo_found fresh = {0};
	int64_t reaped = 0;

	if (found->row.counts[HPO_TRIAL_RUNNING] > 0 &&
	    ops->reap(state, found->id, 0, &reaped, NULL) >= 0 && reaped > 0 &&
	    ops->study(state, found->name, hpo__found_keep, &fresh, NULL) >= 0) {
		memcpy(found->row.counts, fresh.row.counts, sizeof fresh.row.counts);
		found->row.revision = fresh.row.revision;
	}
	hpo__found_release(&fresh);
}

static hpo_status_t list_study(const hpo_store_ops_t *ops, void *state, struct hpo_found *found,
			       struct hpo_buffer *out, hpo_error_t *error)
{
	hpo_records_t *records = NULL;
	char reason[HPO__GOAL_SIZE];
	size_t best = SIZE_MAX;
	hpo_status_t status;

	bury(ops, state, found);
	status = hpo__store_read(ops, state, found, HPO_RECORDS_TRIALS, &records, error);
	if (status < 0)
		return status;
	status = find_best(records, &best);
	if (status >= 0)
		status = hpo__records_ended(records, reason, error);
	if (status >= 0)
		write_study(found, records, best, reason, out);
	hpo_records_free(records);
	return hpo__store_explain(status, error);
}

static hpo_status_t list_studies(hpo_store_t *store, struct hpo_buffer *out, hpo_error_t *error)
{
	struct hpo_found_list all = {NULL, 0, 0};
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(store, &state);
	hpo_status_t status;

	status = hpo__store_explain(ops->studies(state, hpo__found_keep_in_list, &all, error), error);
	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < all.count && status >= 0; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		status = list_study(ops, state, &all.list[i], out, error);
	}
	hpo__buffer_char(out, ']');
	hpo__store_unlock(store);
	hpo__found_list_release(&all);
	return status;
}

char *hpo_store_studies_json(hpo_store_t *store, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char *text = NULL;

	hpo__error_clear(error);
	if (list_studies(store, &out, error) >= 0) {
		text = hpo__buffer_take(&out);
		if (text == NULL)
			hpo__fail_memory(error);
	}
	hpo__buffer_release(&out);
	return text;
}

/* What is handed on as JSON must be JSON: a store is a file that anybody may have written to. */
static void write_attributes(const char *text, struct hpo_buffer *out)
{
	hpo_json_t *tree = NULL;

	if (text != NULL &&
	    hpo__json_parse(&tree, text, strlen(text), "attributes", NULL) >= 0 &&
	    hpo__json_kind(tree) == HPO__JSON_OBJECT)
		hpo__json_write(tree, out);
	else
		hpo__buffer_text(out, "{}");
	hpo__json_free(tree);
}

static void write_pulse(const struct hpo_found *found, struct hpo_buffer *out)
{
	const hpo_study_row_t *row = &found->row;

	hpo__buffer_text(out, "{\"name\":");
	hpo__buffer_json_text(out, row->name);
	hpo__buffer_format(out, ",\"id\":%lld,\"revision\":%lld,\"created_s\":",
			   (long long)row->id, (long long)row->revision);
	hpo__buffer_json_real(out, row->created_s);
	hpo__buffer_format(out, ",\"stopped\":%s,\"trials\":{", row->stopped ? "true" : "false");
	for (int i = 0; i <= HPO_TRIAL_FAILED; i++)
		hpo__buffer_format(out, "%s\"%s\":%lld", i == 0 ? "" : ",",
				   hpo_trial_state_text((hpo_trial_state_t)i),
				   (long long)row->counts[i]);
	hpo__buffer_text(out, "},\"attributes\":");
	write_attributes(row->attributes, out);
	hpo__buffer_char(out, '}');
}

char *hpo_store_pulse_json(hpo_store_t *store, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_found_list all = {NULL, 0, 0};
	const hpo_store_ops_t *ops;
	char *text = NULL;
	hpo_status_t status;
	void *state;

	hpo__error_clear(error);
	ops = hpo__store_lock(store, &state);
	status = hpo__store_explain(ops->studies(state, hpo__found_keep_in_list, &all, error),
				    error);
	for (size_t i = 0; i < all.count && status >= 0; i++)
		bury(ops, state, &all.list[i]);
	hpo__store_unlock(store);
	hpo__buffer_char(&out, '[');
	for (size_t i = 0; i < all.count; i++) {
		if (i > 0)
			hpo__buffer_char(&out, ',');
		write_pulse(&all.list[i], &out);
	}
	hpo__buffer_char(&out, ']');
	hpo__found_list_release(&all);
	if (status >= 0 && (text = hpo__buffer_take(&out)) == NULL)
		hpo__fail_memory(error);
	hpo__buffer_release(&out);
	return text;
}

struct worker_list {
	struct hpo_buffer *out;
	bool any;
};

static hpo_status_t write_worker(const hpo_worker_row_t *row, void *user)
{
	struct worker_list *list = user;

	hpo__buffer_format(list->out, "%s{\"id\":%lld,\"name\":", list->any ? "," : "",
			   (long long)row->id);
	hpo__buffer_json_text(list->out, row->name == NULL ? "" : row->name);
	hpo__buffer_format(list->out, ",\"alive\":%s,\"running\":%lld}",
			   row->alive ? "true" : "false", (long long)row->running);
	list->any = true;
	return HPO_OK;
}

char *hpo_store_workers_json(hpo_store_t *store, const char *name, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct worker_list list = {&out, false};
	const hpo_store_ops_t *ops;
	struct hpo_found found;
	char *text = NULL;
	hpo_status_t status;
	void *state;

	hpo__error_clear(error);
	status = hpo__store_find_study(store, name, &found, error);
	hpo__buffer_char(&out, '[');
	if (status >= 0) {
		ops = hpo__store_lock(store, &state);
		status = ops->workers(state, found.id, write_worker, &list, error);
		hpo__store_unlock(store);
	}
	hpo__buffer_char(&out, ']');
	hpo__found_release(&found);
	if (status >= 0 && (text = hpo__buffer_take(&out)) == NULL)
		hpo__fail_memory(error);
	hpo__buffer_release(&out);
	return text;
}
