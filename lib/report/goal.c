/*
 * Why a study has ended: by its goal, or because all of its trials have.
 */
#include "report/goal.h"

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
	const size_t m = records->study->objectives.count;
	struct ended *list = hpo__calloc(records->count + 1, sizeof *list);
	double *losses = hpo__calloc(records->count + m + 1, sizeof *losses);
	int64_t *numbers = hpo__calloc(records->count + 1, sizeof *numbers);
	struct hpo_aim goal = {&records->study->limits, &records->study->objectives, losses,
				numbers, 0};
	hpo_status_t status = HPO_ENOMEM;

	if (list != NULL && losses != NULL && numbers != NULL) {
		goal.count = list_ended(records, list, losses);
		for (size_t i = 0; i < goal.count; i++) {
			losses[i] = list[i].loss;
			numbers[i] = list[i].number;
		}
		status = hpo__goal_check(&goal, reason);
	}
	hpo__free(numbers);
	hpo__free(losses);
	hpo__free(list);
	return status;
}

/* Whether nothing runs or waits, and no trial more may be started. */
static bool are_all_done(const hpo_records_t *records)
{
	const int64_t limit = records->study->limits.trials;

	for (size_t i = 0; i < records->count; i++) {
		if (records->trials[i].row.state == HPO_TRIAL_WAITING ||
		    records->trials[i].row.state == HPO_TRIAL_RUNNING)
			return false;
	}
	return limit > 0 && (int64_t)records->count >= limit;
}

hpo_status_t hpo__report_ended(const hpo_records_t *records, char reason[HPO__GOAL_SIZE],
			       hpo_error_t *error)
{
	reason[0] = '\0';
	if (hpo__goal_is_set(&records->study->limits) && check_goal(records, reason) < 0)
		return hpo__fail_memory(error);
	if (reason[0] == '\0' && are_all_done(records))
		snprintf(reason, HPO__GOAL_SIZE, "all %lld trials are done",
			 (long long)records->study->limits.trials);
	return HPO_OK;
}
