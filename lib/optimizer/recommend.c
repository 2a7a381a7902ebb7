/*
 * Which trial is recommended where readings are noisy.
 *
 * The best reading is good luck as much as a good configuration. Once the
 * strategy has read some configurations again, what is recommended is the one
 * whose loss is believed to be the least (strategy/leaders.h); before, and in
 * studies that never repeat, the best reading.
 */
#include "optimizer/recommend.h"

#include "strategy/leaders.h"

#include <math.h>
#include <string.h>

static size_t count_repetitions(const hpo_history_t *view)
{
	size_t count = 0;

	for (size_t i = 0; i < hpo_history_count(view); i++)
		count += hpo_history_states(view)[i] == HPO_TRIAL_COMPLETED &&
			 strcmp(hpo_history_arm(view, i), HPO__ARM_REPLICATE) == 0;
	return count;
}

static hpo_status_t fold_all(struct hpo_leaders *leaders, const hpo_history_t *view,
			     hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;

	for (size_t i = 0; status == HPO_OK && i < hpo_history_count(view); i++)
		status = hpo__leaders_fold(leaders, view, i, error);
	return status;
}

hpo_status_t hpo__recommend(hpo_optimizer_t *opt, struct hpo_recommendation *out,
			    hpo_error_t *error)
{
	struct hpo_leaders leaders = { 0 };
	hpo_history_t *view = NULL;
	hpo_status_t status;

	*out = (struct hpo_recommendation){ -1, 0, NAN, NAN };
	hpo__lock_take(&opt->lock);
	status = hpo__history_snapshot(&view, &opt->history, NULL, 0);
	hpo__lock_drop(&opt->lock);
	if (status < 0)
		return hpo__fail_memory(error);
	if (count_repetitions(view) < HPO__LEADERS_REPEATS)
		goto done;

	status = hpo__leaders_init(&leaders, opt->study->space, error);
	if (status == HPO_OK)
		status = fold_all(&leaders, view, error);
	if (status < 0 || leaders.count == 0)
		goto done;
	hpo__leaders_learn(&leaders, view);
	hpo__leaders_believe(&leaders, view);

	const struct hpo_leader *best = &leaders.list[leaders.modelled[0]];
	out->number = hpo_history_numbers(view)[best->index];
	out->readings = best->readings;
	out->loss = best->belief;
	out->sd = best->sd;
done:
	hpo__leaders_release(&leaders);
	hpo__history_free(view);
	return status;
}
