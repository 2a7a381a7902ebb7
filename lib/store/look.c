/*
 * Looking into a store: its studies, their definitions, their records.
 */
#include "base/alloc.h"
#include "base/buffer.h"
#include "store/store.h"
#include "trial/ranking.h"
#include "trial/record.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* A study that was found, owned: what a callback must keep beyond its call. */
struct found {
	int64_t id;
	char *name;
	char *definition;
	hpo_study_row_t row; /* its texts are the two above */
};

static void release_found(struct found *found)
{
	hpo__free(found->name);
	hpo__free(found->definition);
	memset(found, 0, sizeof *found);
}

static hpo_status_t keep_study(const hpo_study_row_t *row, void *user)
{
	struct found *found = user;

	found->id = row->id;
	found->name = hpo__strdup(row->name);
	found->definition = hpo__strdup(row->definition);
	found->row = *row;
	found->row.name = found->name;
	found->row.definition = found->definition;
	return found->name == NULL || found->definition == NULL ? HPO_ENOMEM : HPO_OK;
}

struct found_list {
	struct found *list; /* [count] */
	size_t count, capacity;
};

static hpo_status_t keep_in_list(const hpo_study_row_t *row, void *user)
{
	struct found_list *all = user;
	struct found *list = hpo__grow(all->list, &all->capacity, all->count + 1, sizeof *list);

	if (list == NULL)
		return HPO_ENOMEM;
	all->list = list;
	memset(&list[all->count], 0, sizeof *list);
	return keep_study(row, &list[all->count++]);
}

/* What a callback of ours returned is known only by its code: say it in words too. */
static hpo_status_t explain(hpo_status_t status, hpo_error_t *error)
{
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

static hpo_status_t find_study(hpo_store_t *store, const char *name, struct found *found,
			       hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops;
	hpo_status_t status;

	memset(found, 0, sizeof *found);
	if (name == NULL)
		return hpo__fail(error, HPO_EINVAL, "the name of the study is NULL");
	ops = hpo__store_lock(store, &state);
	status = ops->study(state, name, keep_study, found, error);
	hpo__store_unlock(store);
	return explain(status, error);
}

struct reading {
	hpo_records_t *records;
	hpo_error_t *error;
};

static hpo_status_t read_trial(const hpo_trial_row_t *row, void *user)
{
	const struct reading *reading = user;

	return hpo__records_add(reading->records, row, reading->error);
}

static hpo_status_t read_report(const hpo_report_row_t *row, void *user)
{
	const struct reading *reading = user;

	return hpo__records_add_report(reading->records, row, reading->error);
}

/* The store is locked. */
static hpo_status_t read_records(const hpo_store_ops_t *ops, void *state, const struct found *found,
				 hpo_records_parts_t parts, hpo_records_t **out, hpo_error_t *error)
{
	struct reading reading = {NULL, error};
	hpo_status_t status;

	status = hpo__records_new(&reading.records, &found->row, error);
	if (status >= 0)
		status = ops->trials(state, found->id, 0, INT64_MAX, read_trial, &reading, error);
	if (status >= 0 && parts == HPO_RECORDS_REPORTS)
		status = ops->reports_since(state, found->id, 0, read_report, &reading, error);
	if (status >= 0 && parts == HPO_RECORDS_REPORTS)
		status = hpo__records_finish(reading.records, error);
	if (status < 0) {
		hpo_records_free(reading.records);
		return explain(status, error);
	}
	*out = reading.records;
	return HPO_OK;
}

hpo_status_t hpo_store_records(hpo_store_t *store, const char *name, hpo_records_parts_t parts,
			       hpo_records_t **out, hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	struct found found;
	void *state;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	status = find_study(store, name, &found, error);
	if (status >= 0) {
		ops = hpo__store_lock(store, &state);
		status = read_records(ops, state, &found, parts, out, error);
		hpo__store_unlock(store);
	}
	release_found(&found);
	return status;
}

char *hpo_store_study_json(hpo_store_t *store, const char *name, hpo_error_t *error)
{
	struct found found;
	char *definition;

	hpo__error_clear(error);
	if (find_study(store, name, &found, error) < 0) {
		release_found(&found);
		return NULL;
	}
	definition = found.definition;
	found.definition = NULL;
	release_found(&found);
	return definition;
}

hpo_status_t hpo_store_set_stopped(hpo_store_t *store, const char *name, int stopped,
				   hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	struct found found;
	void *state;
	hpo_status_t status;

	hpo__error_clear(error);
	status = find_study(store, name, &found, error);
	if (status >= 0) {
		ops = hpo__store_lock(store, &state);
		status = ops->mark_stopped(state, found.id, stopped, error);
		hpo__store_unlock(store);
	}
	release_found(&found);
	return status;
}

hpo_status_t hpo_store_delete_study(hpo_store_t *store, const char *name, hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	struct found found;
	void *state;
	hpo_status_t status;

	hpo__error_clear(error);
	status = find_study(store, name, &found, error);
	if (status >= 0) {
		ops = hpo__store_lock(store, &state);
		status = ops->remove(state, found.id, error);
		hpo__store_unlock(store);
	}
	release_found(&found);
	return status;
}

/* The index of the best completed trial; SIZE_MAX when none has completed. */
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
	if (status >= 0 && records->count > 0 && !isnan(losses[order[0] * m]))
		*out = order[0];
done:
	hpo__free(order);
	hpo__free(losses);
	return status;
}

static const char *study_word(const struct found *found, const struct hpo_study *study)
{
	const int64_t *counts = found->row.counts;
	int64_t ended =
		counts[HPO_TRIAL_COMPLETED] + counts[HPO_TRIAL_PRUNED] + counts[HPO_TRIAL_FAILED];

	if (found->row.stopped)
		return "stopped";
	if (counts[HPO_TRIAL_RUNNING] > 0)
		return "running";
	if (study->limits.trials > 0 && ended >= study->limits.trials)
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

static void write_study(const struct found *found, const hpo_records_t *records, size_t best,
			struct hpo_buffer *out)
{
	hpo__buffer_text(out, "{\"name\":");
	hpo__buffer_json_text(out, found->name);
	hpo__buffer_format(out, ",\"state\":\"%s\",\"trials\":{",
			   study_word(found, records->study));
	for (int i = 0; i <= HPO_TRIAL_FAILED; i++)
		hpo__buffer_format(out, "%s\"%s\":%lld", i == 0 ? "" : ",",
				   hpo_trial_state_text((hpo_trial_state_t)i),
				   (long long)found->row.counts[i]);
	hpo__buffer_text(out, "},\"objective\":");
	hpo__buffer_json_text(out, records->study->objectives.list[0].key);
	hpo__buffer_text(out, ",\"best\":");
	if (best == SIZE_MAX)
		hpo__buffer_text(out, "null,\"best_number\":null");
	else {
		hpo__buffer_json_real(out, records->trials[best].values[0]);
		hpo__buffer_format(out, ",\"best_number\":%zu", best);
	}
	hpo__buffer_text(out, ",\"created\":");
	write_created(out, found->row.created_s);
	hpo__buffer_char(out, '}');
}

/*
 * One study of the list. The dead are taken off it first: "running" is to mean
 * that somebody runs it. In a store that is read-only that fails, and then the
 * list says what the store says.
 */
static hpo_status_t list_study(const hpo_store_ops_t *ops, void *state, struct found *found,
			       struct hpo_buffer *out, hpo_error_t *error)
{
	hpo_records_t *records = NULL;
	struct found fresh = {0};
	int64_t reaped = 0;
	size_t best = SIZE_MAX;
	hpo_status_t status;

	if (found->row.counts[HPO_TRIAL_RUNNING] > 0 &&
	    ops->reap(state, found->id, 0, &reaped, NULL) >= 0 && reaped > 0 &&
	    ops->study(state, found->name, keep_study, &fresh, NULL) >= 0)
		memcpy(found->row.counts, fresh.row.counts, sizeof fresh.row.counts);
	release_found(&fresh);

	status = read_records(ops, state, found, HPO_RECORDS_TRIALS, &records, error);
	if (status < 0)
		return status;
	status = find_best(records, &best);
	if (status >= 0)
		write_study(found, records, best, out);
	hpo_records_free(records);
	return explain(status, error);
}

static hpo_status_t list_studies(hpo_store_t *store, struct hpo_buffer *out, hpo_error_t *error)
{
	struct found_list all = {NULL, 0, 0};
	void *state;
	const hpo_store_ops_t *ops = hpo__store_lock(store, &state);
	hpo_status_t status;

	status = explain(ops->studies(state, keep_in_list, &all, error), error);
	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < all.count && status >= 0; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		status = list_study(ops, state, &all.list[i], out, error);
	}
	hpo__buffer_char(out, ']');
	hpo__store_unlock(store);
	for (size_t i = 0; i < all.count; i++)
		release_found(&all.list[i]);
	hpo__free(all.list);
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
