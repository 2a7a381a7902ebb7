/*
 * When and why a study has ended: by its goal, its limits, or because it was stopped.
 */
#include "trial/ended.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One trial among the ended ones. */
struct ended {
	int64_t told;
	int64_t number;
	double loss;
};

static int compare_ended(const void *left, const void *right)
{
	const struct ended *a = left;
	const struct ended *b = right;

	return (a->told > b->told) - (a->told < b->told);
}

static double loss_of(const struct hpo_objectives *objectives, const struct hpo_record *trial,
		      double *losses)
{
	if (trial->row.state != HPO_TRIAL_COMPLETED || trial->values == NULL)
		return (double)NAN;
	for (size_t j = 0; j < objectives->count; j++)
		losses[j] = hpo__objective_loss(&objectives->list[j], trial->values[j]);
	return hpo__goal_loss(objectives, losses);
}

/* The completed and pruned trials, as they were told; returns how many. */
static size_t list_ended(const hpo_records_t *records, struct ended *list, double *losses)
{
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++) {
		const struct hpo_record *trial = &records->trials[i];

		if (trial->row.state != HPO_TRIAL_COMPLETED && trial->row.state != HPO_TRIAL_PRUNED)
			continue;
		list[count].told = trial->row.told;
		list[count].number = trial->row.number;
		list[count++].loss = loss_of(&records->study->objectives, trial, losses);
	}
	qsort(list, count, sizeof *list, compare_ended);
	return count;
}

static hpo_status_t check_goal(const hpo_records_t *records, char reason[HPO__GOAL_SIZE])
{
	struct ended *list = hpo__calloc(records->count + 1, sizeof *list);
	double *losses = hpo__calloc(records->study->objectives.count, sizeof *losses);
	hpo_status_t status = list != NULL && losses != NULL ? HPO_OK : HPO_ENOMEM;
	struct hpo_aim goal;
	size_t count;

	hpo__goal_begin(&goal, &records->study->limits, &records->study->objectives);
	count = status == HPO_OK ? list_ended(records, list, losses) : 0;
	for (size_t i = 0; status == HPO_OK && i < count; i++)
		status = hpo__goal_add(&goal, list[i].number, list[i].loss);
	if (status == HPO_OK)
		hpo__goal_judge(&goal, reason);
	hpo__goal_release(&goal);
	hpo__free(losses);
	hpo__free(list);
	return status;
}

/* Whether a trial runs, or waits for one that takes it. */
static bool is_open(const hpo_records_t *records, hpo_trial_state_t state)
{
	for (size_t i = 0; i < records->count; i++) {
		if (records->trials[i].row.state == (int32_t)state)
			return true;
	}
	return false;
}

/* In the order in which a run looks at its limits; what runs on clocks of its own is not known. */
static void check_limits(const hpo_records_t *records, char reason[HPO__GOAL_SIZE])
{
	const hpo_limits_t *limits = &records->study->limits;
	double compute_s = 0;

	if (is_open(records, HPO_TRIAL_RUNNING))
		return;
	for (size_t i = 0; i < records->count; i++)
		compute_s += records->trials[i].row.compute_s;
	if (limits->compute_minutes > 0 && compute_s >= 60 * limits->compute_minutes)
		snprintf(reason, HPO__GOAL_SIZE, "its %g minutes of computing are used up",
			 limits->compute_minutes);
	else if (limits->trials > 0 && (int64_t)records->count >= limits->trials &&
		 !is_open(records, HPO_TRIAL_WAITING))
		snprintf(reason, HPO__GOAL_SIZE, "all %lld trials are done",
			 (long long)limits->trials);
	else if (records->stopped)
		snprintf(reason, HPO__GOAL_SIZE, "it was stopped");
}

hpo_status_t hpo__records_ended(const hpo_records_t *records, char reason[HPO__GOAL_SIZE],
			       hpo_error_t *error)
{
	reason[0] = '\0';
	if (hpo__goal_is_set(&records->study->limits) && check_goal(records, reason) < 0)
		return hpo__fail_memory(error);
	if (reason[0] == '\0')
		check_limits(records, reason);
	return HPO_OK;
}

double hpo__records_last_end(const hpo_records_t *records)
{
	double ended = 0;

	for (size_t i = 0; i < records->count; i++)
		ended = fmax(ended, records->trials[i].row.ended_s);
	return ended;
}
