/*
 * Records that follow a study while it runs: only what changed is read again.
 */
#include "store/found.h"

#include "base/alloc.h"

/* Old versions of trials stay in the arena until there are so many bytes of them, and then half. */
enum { STALE_BYTES = 4 << 20 };

struct reading {
	hpo_records_t *records;
	hpo_error_t *error;
	size_t reports; /* read by this */
};

static hpo_status_t put_trial(const hpo_trial_row_t *row, void *user)
{
	const struct reading *reading = user;

	return hpo__records_put(reading->records, row, reading->error);
}

static hpo_status_t add_report(const hpo_report_row_t *row, void *user)
{
	struct reading *reading = user;

	reading->reports++;
	return hpo__records_add_report(reading->records, row, reading->error);
}

/* How many trials the study has by its own counts. */
static size_t counted(const struct hpo_found *found)
{
	size_t count = 0;

	for (int i = 0; i <= HPO_TRIAL_FAILED; i++)
		count += (size_t)found->row.counts[i];
	return count;
}

/* What only a full reading can bring: another study, another definition, or too much that is old. */
static hpo_status_t is_stale(const hpo_store_ops_t *ops, void *state, const hpo_records_t *records,
			     const struct hpo_found *found, hpo_records_parts_t parts, bool *stale,
			     hpo_error_t *error)
{
	struct hpo_found again = {0};
	hpo_status_t status;

	*stale = records->study_id != found->id || records->revision > found->row.revision ||
		 (parts == HPO_RECORDS_REPORTS && !records->has_reports) ||
		 (records->stale_bytes > STALE_BYTES &&
		  records->stale_bytes > records->arena_bytes / 2);
	if (*stale)
		return HPO_OK;
	status = ops->redefined(state, found->id, records->revision, hpo__found_keep, &again,
				error);
	*stale = again.name != NULL;
	hpo__found_release(&again);
	return status;
}

static hpo_status_t note_study(hpo_records_t *records, const struct hpo_found *found,
			       hpo_error_t *error)
{
	records->stopped = found->row.stopped;
	records->revision = found->row.revision;
	return hpo__records_note_attributes(records, found->row.attributes, error);
}

/* Bring them up to date; *whole is false where only a full reading can. The store is locked. */
static hpo_status_t follow(const hpo_store_ops_t *ops, void *state, hpo_records_t *records,
			   const struct hpo_found *found, bool *whole, hpo_error_t *error)
{
	struct reading reading = {records, error, 0};
	const size_t had = records->count;
	hpo_status_t status;

	/* The last trial may have been given back, and then its number is free again. */
	hpo__records_truncate(records, counted(found));
	status = ops->changes(state, found->id, records->revision, put_trial, &reading, error);
	if (status >= 0 && records->has_reports)
		status = ops->reports_since(state, found->id, records->sequence, add_report,
					    &reading, error);
	if (status < 0)
		return hpo__store_explain(status, error);
	*whole = hpo__records_is_whole(records);
	status = note_study(records, found, error);
	if (status >= 0 && *whole && records->has_reports &&
	    (reading.reports > 0 || records->count != had))
		status = hpo__records_finish(records, error);
	return status;
}

/* The store is locked. */
static hpo_status_t refresh(const hpo_store_ops_t *ops, void *state, const struct hpo_found *found,
			    hpo_records_parts_t parts, hpo_records_t **records, hpo_error_t *error)
{
	bool stale = *records == NULL;
	bool whole = true;
	hpo_status_t status = HPO_OK;

	if (!stale)
		status = is_stale(ops, state, *records, found, parts, &stale, error);
	if (status >= 0 && !stale) {
		if ((*records)->revision == found->row.revision)
			return HPO_DONE;
		status = follow(ops, state, *records, found, &whole, error);
	}
	if (status >= 0 && !stale && whole)
		return HPO_OK;
	hpo_records_free(*records);
	*records = NULL;
	return status < 0 ? status : hpo__store_read(ops, state, found, parts, records, error);
}

hpo_status_t hpo_store_refresh(hpo_store_t *store, const char *name, hpo_records_parts_t parts,
			       hpo_records_t **records, hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	struct hpo_found found;
	hpo_status_t status;
	void *state;

	hpo__error_clear(error);
	status = hpo__store_find_study(store, name, &found, error);
	if (status >= 0) {
		ops = hpo__store_lock(store, &state);
		status = refresh(ops, state, &found, parts, records, error);
		hpo__store_unlock(store);
	}
	if (status < 0) {
		hpo_records_free(*records);
		*records = NULL;
	}
	hpo__found_release(&found);
	return status;
}

int64_t hpo_records_revision(const hpo_records_t *records)
{
	return records->revision;
}

int64_t hpo_records_study_id(const hpo_records_t *records)
{
	return records->study_id;
}

size_t hpo_records_count(const hpo_records_t *records)
{
	return records->count;
}
