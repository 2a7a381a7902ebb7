/*
 * The reports of the store in memory: one growing array, each with a link to the
 * one before of the same trial.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "store/memory.h"

#include <string.h>

static hpo_status_t find_metric(struct hpo_mem_study *study, const char *name, uint32_t *out)
{
	char **metrics;

	for (size_t i = 0; i < study->metric_count; i++) {
		if (strcmp(study->metrics[i], name) == 0) {
			*out = (uint32_t)i;
			return HPO_OK;
		}
	}
	metrics = hpo__grow(study->metrics, &study->metric_capacity, study->metric_count + 1,
			    sizeof *metrics);
	if (metrics == NULL)
		return HPO_ENOMEM;
	study->metrics = metrics;
	metrics[study->metric_count] = hpo__strdup(name);
	if (metrics[study->metric_count] == NULL)
		return HPO_ENOMEM;
	*out = (uint32_t)study->metric_count++;
	return HPO_OK;
}

static hpo_status_t make_report_room(struct hpo_mem_study *study, size_t count)
{
	size_t had = study->last_capacity;
	struct hpo_mem_report *reports;
	uint32_t *last;

	if (count >= HPO__MEM_NONE - study->report_count)
		return HPO_ENOMEM;
	reports = hpo__grow(study->reports, &study->report_capacity, study->report_count + count,
			    sizeof *reports);
	if (reports == NULL)
		return HPO_ENOMEM;
	study->reports = reports;
	last = hpo__grow(study->last_report, &study->last_capacity, study->count, sizeof *last);
	if (last == NULL)
		return HPO_ENOMEM;
	study->last_report = last;
	memset(last + had, 0xff, (study->last_capacity - had) * sizeof *last);
	return HPO_OK;
}

/* Imported trials have ended when their reports come. */
static bool takes_report(const struct hpo_mem_study *study, const hpo_report_row_t *row)
{
	const struct hpo_mem_row *trial;

	if (row->trial < 0 || row->trial >= study->count)
		return false;
	trial = hpo__mem_row(study, (uint32_t)row->trial);
	return trial->attempt == row->attempt &&
	       (trial->state == HPO_TRIAL_RUNNING || trial->source == HPO_SOURCE_IMPORTED);
}

hpo_status_t hpo__memory_report(void *state, int64_t id, const hpo_report_row_t *rows, size_t count,
				hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);
	uint32_t metric;

	if (status < 0 || count == 0 || study->count == 0)
		return status;
	/* All that can fail comes first, so that the reports are added all or none. */
	if (make_report_room(study, count) < 0)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < count; i++) {
		if (find_metric(study, rows[i].metric, &metric) < 0)
			return hpo__fail_memory(error);
	}
	for (size_t i = 0; i < count; i++) {
		if (!takes_report(study, &rows[i]))
			continue;
		(void)find_metric(study, rows[i].metric, &metric); /* it is there */
		study->reports[study->report_count] = (struct hpo_mem_report){
			.value = rows[i].value,
			.iteration = rows[i].iteration,
			.trial = (uint32_t)rows[i].trial,
			.earlier = study->last_report[rows[i].trial],
			.metric = metric,
			.attempt = rows[i].attempt,
		};
		study->last_report[rows[i].trial] = (uint32_t)study->report_count++;
	}
	study->revision++;
	return HPO_OK;
}

static hpo_status_t give_report(const struct hpo_mem_study *study, size_t index,
				hpo_report_row_fn fn, void *user)
{
	const struct hpo_mem_report *report = &study->reports[index];
	hpo_report_row_t row = {
		.sequence = (int64_t)index + 1,
		.trial = report->trial,
		.iteration = report->iteration,
		.attempt = report->attempt,
		.metric = study->metrics[report->metric],
		.value = report->value,
	};

	return fn(&row, user);
}

hpo_status_t hpo__memory_reports_since(void *state, int64_t id, int64_t since, hpo_report_row_fn fn,
				       void *user, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0)
		return status;
	for (size_t i = since < 0 ? 0 : (size_t)since; i < study->report_count && status >= 0; i++)
		status = give_report(study, i, fn, user);
	return status;
}

hpo_status_t hpo__memory_reports_of(void *state, int64_t id, int64_t number, hpo_report_row_fn fn,
				    void *user, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	uint32_t newest = HPO__MEM_NONE;
	uint32_t first = HPO__MEM_NONE;
	hpo_status_t status = hpo__mem_find_trial(state, id, number, &study, error);
	int32_t attempt;

	if (status < 0 || (size_t)number >= study->last_capacity)
		return status;
	attempt = hpo__mem_row(study, (uint32_t)number)->attempt;
	newest = study->last_report[number];
	/* The chain runs backwards and a caller reads forwards: find where the attempt began. */
	for (uint32_t i = newest; i != HPO__MEM_NONE && study->reports[i].attempt == attempt;
	     i = study->reports[i].earlier)
		first = i;
	for (size_t i = first; first != HPO__MEM_NONE && i <= newest && status >= 0; i++) {
		if (study->reports[i].trial == (uint32_t)number)
			status = give_report(study, i, fn, user);
	}
	return status;
}
