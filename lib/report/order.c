/*
 * The trials of a study in the order in which they are recommended: completed
 * ones first, then those that were pruned with a value.
 */
#include "report/order.h"

#include "base/alloc.h"
#include "trial/ranking.h"

#include <math.h>
#include <string.h>

size_t hpo__order_goals(const struct hpo_objectives *objectives)
{
	size_t goals = 0;

	for (size_t i = 0; i < objectives->count; i++)
		goals += !objectives->list[i].is_bound;
	return goals;
}

static bool has_values(const struct hpo_record *trial, size_t objectives)
{
	if (trial->values == NULL)
		return false;
	for (size_t i = 0; i < objectives; i++) {
		if (!isfinite(trial->values[i]))
			return false;
	}
	return true;
}

/* Put the trials of one state that have values at `list`, in order of number. */
static size_t pick(const hpo_records_t *records, hpo_trial_state_t state, size_t *list)
{
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++) {
		const struct hpo_record *trial = &records->trials[i];

		if (trial->row.state == (int32_t)state &&
		    has_values(trial, records->study->objectives.count))
			list[count++] = i;
	}
	return count;
}

/* Sort list[n] best first; *front is how many of them nothing is better than. */
static hpo_status_t sort(const hpo_records_t *records, size_t *list, size_t n, size_t *front,
			 hpo_error_t *error)
{
	const struct hpo_objectives *objectives = &records->study->objectives;
	size_t m = objectives->count;
	double *losses = hpo__calloc(n * m, sizeof *losses);
	size_t *order = hpo__calloc(n, sizeof *order);
	size_t *sorted = hpo__calloc(n, sizeof *sorted);
	uint32_t *fronts = hpo__calloc(n, sizeof *fronts);
	hpo_status_t status;

	if (losses == NULL || order == NULL || sorted == NULL || fronts == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < m; j++)
			losses[i * m + j] = hpo__objective_loss(
				&objectives->list[j], records->trials[list[i]].values[j]);
	}

	status = hpo__rank(objectives, losses, n, order, fronts);
	if (status < 0) {
		hpo__fail(error, status, "%s", hpo_status_text(status));
		goto done;
	}

	*front = 0;
	for (size_t i = 0; i < n; i++) {
		sorted[i] = list[order[i]];
		*front += fronts[order[i]] == 0 && hpo__rank_keeps_bounds(objectives,
								       losses + order[i] * m);
	}
	memcpy(list, sorted, n * sizeof *list);
done:
	hpo__free(fronts);
	hpo__free(sorted);
	hpo__free(order);
	hpo__free(losses);
	return status;
}

hpo_status_t hpo__order_init(struct hpo_order *order, const hpo_records_t *records,
			     hpo_error_t *error)
{
	size_t ignored;
	hpo_status_t status = HPO_OK;

	*order = (struct hpo_order){ 0 };
	order->list = hpo__calloc(records->count + 1, sizeof *order->list);
	if (order->list == NULL)
		return hpo__fail_memory(error);

	order->completed = pick(records, HPO_TRIAL_COMPLETED, order->list);
	order->count = order->completed +
		       pick(records, HPO_TRIAL_PRUNED, order->list + order->completed);
	if (order->completed > 0)
		status = sort(records, order->list, order->completed, &order->front, error);
	if (status >= 0 && order->count > order->completed)
		status = sort(records, order->list + order->completed,
			      order->count - order->completed, &ignored, error);
	if (hpo__order_goals(&records->study->objectives) < 2 && order->front > 1)
		order->front = 1;
	return status;
}

bool hpo__order_may_lead(const struct hpo_objectives *objectives, const struct hpo_record *trial,
			 size_t goal)
{
	if (trial->row.state != HPO_TRIAL_COMPLETED || trial->values == NULL ||
	    !isfinite(trial->values[goal]))
		return false;
	for (size_t i = 0; i < objectives->count; i++) {
		if (objectives->list[i].is_bound &&
		    !(trial->values[i] <= objectives->list[i].bound))
			return false;
	}
	return true;
}

void hpo__order_release(struct hpo_order *order)
{
	hpo__free(order->list);
	order->list = NULL;
}
