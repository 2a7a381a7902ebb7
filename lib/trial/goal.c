/*
 * When a study is to end: at a target, or when it gains no more.
 *
 * For the second, A. Makarova, H. Shen, V. Perrone, A. Klein, J. B. Faddoul,
 * A. Krause, M. Seeger and C. Archambeau, "Automatic termination for
 * hyperparameter optimization", AutoML-Conf (2022), bound the regret by a
 * Gaussian process. What any history can tell, of any strategy, is the gain of
 * the last trials, held against what the search has gained over an ordinary
 * trial: the distance of the best from the median, which has the objective's
 * unit and is not moved by a few terrible values.
 */
#include "trial/goal.h"

#include "base/alloc.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool hpo__goal_is_set(const hpo_limits_t *limits)
{
	return limits->has_target || limits->patience > 0;
}

double hpo__goal_loss(const struct hpo_objectives *objectives, const double *losses)
{
	for (size_t j = 0; j < objectives->count; j++) {
		if (objectives->list[j].is_bound && !(losses[j] <= objectives->list[j].bound))
			return (double)NAN;
	}
	return losses[hpo__objectives_first_goal(objectives)];
}

void hpo__goal_begin(struct hpo_aim *goal, const hpo_limits_t *limits,
		     const struct hpo_objectives *objectives)
{
	memset(goal, 0, sizeof *goal);
	goal->limits = limits;
	goal->objectives = objectives;
	goal->best = (double)INFINITY;
	goal->before = (double)INFINITY;
}

void hpo__goal_release(struct hpo_aim *goal)
{
	hpo__free(goal->losses);
	hpo__median_release(&goal->median);
	memset(goal, 0, sizeof *goal);
}

/* The loss counts as one of `before` once it is no more among the last `patience`. */
static hpo_status_t wait_with(struct hpo_aim *goal, double loss)
{
	const size_t patience = (size_t)goal->limits->patience;
	double *losses = hpo__grow(goal->losses, &goal->capacity, goal->count + 1, sizeof *losses);
	double left;

	if (losses == NULL)
		return HPO_ENOMEM;
	goal->losses = losses;
	if (goal->limits->min_gain > 0 && isfinite(loss) &&
	    hpo__median_add(&goal->median, loss) < 0)
		return HPO_ENOMEM;
	losses[goal->count++] = loss;
	goal->best = loss < goal->best ? loss : goal->best;
	if (goal->count > patience) {
		left = losses[goal->count - patience - 1];
		goal->before = left < goal->before ? left : goal->before;
	}
	return HPO_OK;
}

static double target_loss(const struct hpo_aim *goal)
{
	const size_t first = hpo__objectives_first_goal(goal->objectives);

	return hpo__objective_loss(&goal->objectives->list[first], goal->limits->target);
}

hpo_status_t hpo__goal_add(struct hpo_aim *goal, int64_t number, double loss)
{
	if (goal->limits->patience > 0 && wait_with(goal, loss) < 0)
		return HPO_ENOMEM;
	if (!goal->is_reached && goal->limits->has_target && loss <= target_loss(goal)) {
		goal->is_reached = true;
		goal->reached = number;
	}
	return HPO_OK;
}

/* Halves are compared, so that the largest doubles do not overflow. */
static bool gains_no_more(const struct hpo_aim *goal)
{
	const double median = hpo__median_get(&goal->median);

	if (isinf(goal->before))
		return false;
	return goal->best == goal->before ||
	       goal->before / 2 - goal->best / 2 <=
		       goal->limits->min_gain * (median / 2 - goal->best / 2);
}

static void say_target(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE])
{
	char text[HPO__NUMBER_SIZE];

	hpo__format_real(goal->limits->target, text);
	snprintf(reason, HPO__GOAL_SIZE, "the target %s is reached by trial %lld", text,
		 (long long)goal->reached);
}

static void say_gain(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE])
{
	const long long patience = (long long)goal->limits->patience;

	if (goal->limits->min_gain > 0)
		snprintf(reason, HPO__GOAL_SIZE,
			 "the last %lld trials gained less than %g of what the search had",
			 patience, goal->limits->min_gain);
	else
		snprintf(reason, HPO__GOAL_SIZE, "the last %lld trials gained nothing", patience);
}

void hpo__goal_judge(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE])
{
	reason[0] = '\0';
	if (goal->is_reached)
		say_target(goal, reason);
	else if (goal->limits->patience > 0 && gains_no_more(goal))
		say_gain(goal, reason);
}
