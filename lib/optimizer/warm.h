/*
 * A warm start: the first points of a new study, from those that ended before in its store.
 */
#ifndef HPO_OPTIMIZER_WARM_H
#define HPO_OPTIMIZER_WARM_H

#include "optimizer/optimizer.h"

/* Waiting trials, to be enqueued; their strings are of this. */
struct hpo_warm {
	hpo_trial_row_t *rows; /* [count] */
	size_t count;
};

/*
 * Choose them, if the study wants any and is not in its store yet. HPO_ENOTFOUND or
 * HPO_EMISMATCH for a study that is named but not there, or has other parameters.
 * Release it also after a failure.
 */
hpo_status_t hpo__warm_choose(struct hpo_warm *warm, hpo_optimizer_t *opt, hpo_error_t *error);
void hpo__warm_release(struct hpo_warm *warm);

#endif
