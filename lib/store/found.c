/*
 * Studies that were found in a store, kept beyond the callback, and their
 * records.
 */
#include "store/found.h"

#include "base/alloc.h"

#include <string.h>

void hpo__found_release(struct hpo_found *found)
{
	hpo__free(found->name);
	hpo__free(found->definition);
	hpo__free(found->attributes);
	memset(found, 0, sizeof *found);
}

hpo_status_t hpo__found_keep(const hpo_study_row_t *row, void *user)
{
	struct hpo_found *found = user;

	found->id = row->id;
	found->name = hpo__strdup(row->name);
	found->definition = hpo__strdup(row->definition);
	found->attributes = hpo__strdup(row->attributes);
	found->row = *row;
	found->row.name = found->name;
	found->row.definition = found->definition;
	found->row.attributes = found->attributes;
	if (found->name == NULL || found->definition == NULL ||
	    (row->attributes != NULL && found->attributes == NULL))
		return HPO_ENOMEM;
	return HPO_OK;
}

hpo_status_t hpo__found_keep_in_list(const hpo_study_row_t *row, void *user)
{
	struct hpo_found_list *all = user;
	struct hpo_found *list = hpo__grow(all->list, &all->capacity, all->count + 1, sizeof *list);

	if (list == NULL)
		return HPO_ENOMEM;
	all->list = list;
	memset(&list[all->count], 0, sizeof *list);
	return hpo__found_keep(row, &list[all->count++]);
}

void hpo__found_list_release(struct hpo_found_list *all)
{
	for (size_t i = 0; i < all->count; i++)
		hpo__found_release(&all->list[i]);
	hpo__free(all->list);
	*all = (struct hpo_found_list){0};
}

hpo_status_t hpo__store_explain(hpo_status_t status, hpo_error_t *error)
{
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

hpo_status_t hpo__store_find_study(hpo_store_t *store, const char *name, struct hpo_found *found,
				   hpo_error_t *error)
{
	void *state;
	const hpo_store_ops_t *ops;
	hpo_status_t status;

	memset(found, 0, sizeof *found);
	if (name == NULL)
		return hpo__fail(error, HPO_EINVAL, "the name of the study is NULL");
	ops = hpo__store_lock(store, &state);
	status = ops->study(state, name, hpo__found_keep, found, error);
	hpo__store_unlock(store);
	return hpo__store_explain(status, error);
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

hpo_status_t hpo__store_read(const hpo_store_ops_t *ops, void *state,
			     const struct hpo_found *found, hpo_records_parts_t parts,
			     hpo_records_t **out, hpo_error_t *error)
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
		return hpo__store_explain(status, error);
	}
	*out = reading.records;
	return HPO_OK;
}
