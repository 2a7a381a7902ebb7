/*
 * Whether a study has what it was begun for: a target that is reached, or a
 * search that gains no more.
 */
#ifndef HPO_TRIAL_GOAL_H
#define HPO_TRIAL_GOAL_H

#include "trial/objective.h"

enum { HPO__GOAL_SIZE = 160 };

/* The completed and pruned trials of a study, in the order in which they were told. */
struct hpo_aim {
	const hpo_limits_t *limits;
	const struct hpo_objectives *objectives;
	const double *losses;   /* [count], of the first goal; NaN for one that may not be best */
	const int64_t *numbers; /* [count] */
	size_t count;
};

/* Whether there is anything to look at. */
bool hpo__goal_is_set(const hpo_limits_t *limits);

/* The loss that counts of a trial with losses[m]: NaN unless it keeps every measured bound. */
double hpo__goal_loss(const struct hpo_objectives *objectives, const double *losses);

/* Say in `reason` why the study is to end; "" while it goes on. HPO_ENOMEM. */
hpo_status_t hpo__goal_check(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE]);

#endif
