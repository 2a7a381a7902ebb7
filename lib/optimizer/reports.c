/*
 * Reports on their way to the store: gathered, and written in one transaction
 * every quarter of a second, every 256 of them, or when a trial ends.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <string.h>

enum { GROUP = 256 };
static const double group_s = 0.25;

hpo_status_t hpo__reports_add(hpo_optimizer_t *opt, const hpo_trial_t *trial, const char *metric,
			      int64_t iteration, double value)
{
	char *copy = hpo__strdup(metric);
	hpo_report_row_t *grown;

	if (copy == NULL)
		return HPO_ENOMEM;
	grown = hpo__grow(opt->reports, &opt->report_capacity, opt->report_count + 1,
			  sizeof *grown);
	if (grown == NULL) {
		hpo__free(copy);
		return HPO_ENOMEM;
	}
	opt->reports = grown;
	grown[opt->report_count++] = (hpo_report_row_t){
		.trial = trial->number,
		.attempt = trial->attempt,
		.iteration = iteration,
		.metric = copy,
		.value = value,
	};
	return HPO_OK;
}

static void free_rows(hpo_report_row_t *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hpo__free((char *)rows[i].metric);
	hpo__free(rows);
}

/* What could not be written goes back before what came meanwhile. */
static void put_back(hpo_optimizer_t *opt, hpo_report_row_t *rows, size_t count)
{
	hpo_report_row_t *grown;

	hpo__lock_take(&opt->lock);
	grown = hpo__grow(opt->reports, &opt->report_capacity, opt->report_count + count,
			  sizeof *grown);
	if (grown != NULL) {
		opt->reports = grown;
		memmove(grown + count, grown, opt->report_count * sizeof *grown);
		memcpy(grown, rows, count * sizeof *grown);
		opt->report_count += count;
		count = 0;
	}
	hpo__lock_drop(&opt->lock);
	free_rows(rows, count);
}

hpo_status_t hpo__reports_flush(hpo_optimizer_t *opt, hpo_error_t *error)
{
	hpo_report_row_t *rows;
	hpo_status_t status = HPO_OK;
	const hpo_store_ops_t *ops;
	void *state;
	size_t count;

	hpo__lock_take(&opt->syncing);
	hpo__lock_take(&opt->lock);
	rows = opt->reports;
	count = opt->report_count;
	opt->reports = NULL;
	opt->report_count = opt->report_capacity = 0;
	hpo__lock_drop(&opt->lock);

	opt->next_flush = hpo__clock_monotonic() + group_s;
	if (count > 0) {
		ops = hpo__store_lock(opt->store, &state);
		status = ops->report(state, opt->study_id, rows, count, error);
		hpo__store_unlock(opt->store);
	}
	if (status < 0)
		put_back(opt, rows, count);
	else
		free_rows(rows, count);
	hpo__lock_drop(&opt->syncing);
	return status;
}

hpo_status_t hpo__reports_flush_if_due(hpo_optimizer_t *opt, hpo_error_t *error)
{
	const double now = hpo__clock_monotonic();
	bool due;

	hpo__lock_take(&opt->syncing);
	hpo__lock_take(&opt->lock);
	due = opt->report_count >= GROUP || (opt->report_count > 0 && now >= opt->next_flush);
	hpo__lock_drop(&opt->lock);
	hpo__lock_drop(&opt->syncing);
	return due ? hpo__reports_flush(opt, error) : HPO_OK;
}

void hpo__reports_release(hpo_optimizer_t *opt)
{
	free_rows(opt->reports, opt->report_count);
}
