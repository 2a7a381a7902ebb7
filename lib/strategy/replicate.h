/*
 * Planned repetitions in a noisy study: which configuration is worth another
 * reading, and when.
 *
 * A few early probes repeat the best reading, to learn whether there is noise;
 * where the readings agree, there are no more. A repetition may end without a
 * reading (it fails, is pruned, breaks a bound): then the next one waits longer,
 * so that what can be read only once costs a study little. Then the noise is compared with
 * how far the best configurations lie apart, and a share of the trials that
 * grows with it repeats the one whose further reading is worth most: the
 * knowledge gradient (P. Frazier, W. Powell and S. Dayanik, SIAM J. Control
 * Optim. 47 (2008)), over the beliefs of leaders.h.
 */
#ifndef HPO_STRATEGY_REPLICATE_H
#define HPO_STRATEGY_REPLICATE_H

#include "strategy/leaders.h"

/* Zeroed but for `enabled` before init. All is a fold over the history. */
struct hpo_replicate {
	int enabled;
	int is_small; /* the space: it is read from end to end instead */
	struct hpo_leaders leaders;
	size_t learned;  /* readings when it was last learned how losses vary */
	size_t believed; /* readings at the last beliefs, a cache */
	double contrast; /* noise over the spread of the best, by them */
};

hpo_status_t hpo__replicate_init(struct hpo_replicate *replicate, const hpo_space_t *space,
				 hpo_error_t *error);
void hpo__replicate_release(struct hpo_replicate *replicate);
hpo_status_t hpo__replicate_observe(struct hpo_replicate *replicate, const hpo_history_t *history,
				    size_t index, hpo_error_t *error);

/* Fill `out` with a repetition if one is due; whether it did. */
int hpo__replicate_suggest(struct hpo_replicate *replicate, const hpo_history_t *history,
			   hpo_proposal_t *out);

#endif
