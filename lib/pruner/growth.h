/*
 * Whether two rungs rank their trials alike, up to what is noise: how PASHA
 * knows that longer training would not change the order.
 */
#ifndef HPO_PRUNER_GROWTH_H
#define HPO_PRUNER_GROWTH_H

#include "pruner/ladder.h"

/* The best of a rung that are compared: cost is bounded, and the order of the bad ones moves nothing. */
enum { HPO__GROWTH_MOST = 64 };

/* Zeroed it knows of no curve. */
struct hpo_growth {
	struct hpo_roster curves; /* of the reports of each trial */
	double distances[HPO__GROWTH_MOST * (HPO__GROWTH_MOST - 1) / 2]; /* scratch */
};

/* Keep a report for the estimate of the noise. HPO_ENOMEM. */
hpo_status_t hpo__growth_observe(struct hpo_growth *growth, int64_t trial, int64_t iteration,
				 double loss, hpo_error_t *error);

/* Whether the last two rungs of a ladder disagree. A ladder of one rung does not. */
int hpo__growth_is_due(struct hpo_growth *growth, const struct hpo_ladder *ladder);

void hpo__growth_forget(struct hpo_growth *growth, int64_t trial);
void hpo__growth_release(struct hpo_growth *growth);

#endif
