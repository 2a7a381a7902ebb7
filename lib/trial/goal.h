/*
 * Whether a study has what it was begun for: a target that is reached, or a
 * search that gains no more.
 */
#ifndef HPO_TRIAL_GOAL_H
#define HPO_TRIAL_GOAL_H

#include "math/median.h"
#include "trial/objective.h"

enum { HPO__GOAL_SIZE = 160 };

/*
 * What a study is begun for, and a fold over its completed and pruned trials in the order in which
 * they were told. Each of them costs the logarithm of their number, a judgement nothing.
 */
struct hpo_aim {
	const hpo_limits_t *limits;
	const struct hpo_objectives *objectives;
	/* With patience: */
	double *losses;  /* [count], of the first goal; NaN for one that may not be best */
	size_t count, capacity;
	double best;     /* the least; infinity of none */
	double before;   /* the least of those before the last `patience` */
	struct hpo_median median; /* of the finite ones, where there is a least gain */
	/* With a target: */
	bool is_reached;
	int64_t reached; /* by the trial of this number, the first that did */
};

/* Whether there is anything to look at. */
bool hpo__goal_is_set(const hpo_limits_t *limits);

/* The loss that counts of a trial with losses[m]: NaN unless it keeps every measured bound. */
double hpo__goal_loss(const struct hpo_objectives *objectives, const double *losses);

/*
 * Begin the fold. Limits and objectives must live as long as it does and stay as they are:
 * where the limits change, it has to begin again.
 */
void hpo__goal_begin(struct hpo_aim *goal, const hpo_limits_t *limits,
		     const struct hpo_objectives *objectives);
void hpo__goal_release(struct hpo_aim *goal);

/* A further trial, by its number and its loss as above. HPO_ENOMEM: it is not counted. */
hpo_status_t hpo__goal_add(struct hpo_aim *goal, int64_t number, double loss);

/* Say in `reason` why the study is to end; "" while it goes on. */
void hpo__goal_judge(const struct hpo_aim *goal, char reason[HPO__GOAL_SIZE]);

#endif
