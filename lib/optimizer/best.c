/*
 * The best so far: one trial for one goal, the trials that none is better than
 * for several. What breaks a measured bound is never among them.
 *
 * A trial is held against the front as it is told, so that asking for the best
 * costs what is told of it, however many trials there are.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* The losses of the goals; false when the trial does not count. */
static bool take_goals(const hpo_optimizer_t *opt, const struct hpo_ended *ended, double *goals)
{
	const struct hpo_objectives *objectives = &opt->study->objectives;
	size_t k = 0;

	if (ended->state != HPO_TRIAL_COMPLETED)
		return false;
	for (size_t j = 0; j < objectives->count; j++) {
		const struct hpo_objective_spec *objective = &objectives->list[j];

		if (isnan(ended->losses[j]))
			return false;
		if (!objective->is_bound)
			goals[k++] = ended->losses[j];
		else if (ended->losses[j] > hpo__objective_loss(objective, objective->bound))
			return false;
	}
	return true;
}

/* Whether a is nowhere worse than b; *better says that it is better somewhere. */
static bool covers(const double *a, const double *b, size_t count, bool *better)
{
	*better = false;
	for (size_t k = 0; k < count; k++) {
		if (a[k] > b[k])
			return false;
		*better = *better || a[k] < b[k];
	}
	return true;
}

static hpo_status_t make_room(hpo_optimizer_t *opt)
{
	int64_t *front = hpo__grow(opt->front, &opt->front_capacity, opt->front_count + 1,
				   sizeof *front);
	double *losses;

	if (front == NULL)
		return HPO_ENOMEM;
	opt->front = front;
	losses = hpo__grow(opt->front_losses, &opt->front_losses_capacity, opt->front_count + 1,
			   opt->goals * sizeof *losses);
	if (losses == NULL)
		return HPO_ENOMEM;
	opt->front_losses = losses;
	return HPO_OK;
}

/* Drop the members that the trial is better than; false when one of them is better than it. */
static bool thin_front(hpo_optimizer_t *opt, const double *goals)
{
	const size_t m = opt->goals;
	size_t kept = 0;
	bool better;

	for (size_t i = 0; i < opt->front_count; i++) {
		double *member = opt->front_losses + i * m;

		if (covers(member, goals, m, &better) && better)
			return false; /* then the trial is better than none, and none was dropped */
		if (covers(goals, member, m, &better) && better)
			continue;
		if (kept < i) {
			opt->front[kept] = opt->front[i];
			memcpy(opt->front_losses + kept * m, member, m * sizeof *member);
		}
		kept++;
	}
	opt->front_count = kept;
	return true;
}

hpo_status_t hpo__best_note(hpo_optimizer_t *opt, const struct hpo_ended *ended)
{
	double *goals = hpo__calloc(opt->goals, sizeof *goals);
	hpo_status_t status = HPO_OK;

	if (goals == NULL)
		return HPO_ENOMEM;
	/* Noted before memory ran out further on, and told again. */
	if (opt->front_count > 0 && opt->front[opt->front_count - 1] == ended->number)
		goto done;
	if (!take_goals(opt, ended, goals))
		goto done;
	if (opt->goals > 1) {
		status = make_room(opt);
		if (status >= 0 && thin_front(opt, goals)) {
			opt->front[opt->front_count] = ended->number;
			memcpy(opt->front_losses + opt->front_count * opt->goals, goals,
			       opt->goals * sizeof *goals);
			opt->front_count++;
		}
	}
	if (status >= 0 && (opt->best_number < 0 || goals[0] < opt->best_loss)) {
		opt->best_number = ended->number;
		opt->best_loss = goals[0];
	}
done:
	hpo__free(goals);
	return status;
}
