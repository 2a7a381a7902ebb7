/*
 * The rungs of successive halving: at iterations r, r k, r k^2, … the losses of
 * all trials that came so far, and which of them may go on. asha climbs one
 * ladder, hyperband several.
 */
#ifndef HPO_PRUNER_LADDER_H
#define HPO_PRUNER_LADDER_H

#include "hpo/plugin/pruner.h"
#include "pruner/roster.h"

/* Rungs grow at least twofold below 2^63. */
enum { HPO__MOST_RUNGS = 64 };

struct hpo_rung_entry {
	double loss;
	int64_t trial;
};

/* Losses recorded at one iteration, ascending by loss, then by trial. */
struct hpo_rung {
	int64_t iteration;
	struct hpo_rung_entry *entries; /* [count] */
	size_t count, capacity;
};

/* Begins with its trial, as a roster's items do. */
struct hpo_climber {
	int64_t trial;
	size_t next; /* the first rung that it has not reached */
	int stopped; /* it failed rung next - 1; it is recorded at no further one */
	double loss; /* at its last rung, */
	size_t rank, size, pass; /* its rank there, of how many, and how many could go on */
	int64_t iteration; /* of the report that decided */
};

/* Zeroed it is a ladder without rungs. */
struct hpo_ladder {
	int64_t reduction; /* k, at least 2 */
	int pauses; /* who fails a rung is paused there, and may go on later: nobody passes by luck */
	int is_capped; /* nobody but the best passes the last rung; with pauses, nobody */
	struct hpo_rung rungs[HPO__MOST_RUNGS];
	size_t rung_count;
	struct hpo_roster climbers;
};

/*
 * Lay the rungs out from iteration `first` (1 or more), below `limit`, the
 * iterations that a whole trial has; 0: not known. Before the first observation.
 */
void hpo__ladder_lay(struct hpo_ladder *ladder, int64_t reduction, int64_t first, int64_t limit);

/* Record a finite loss at every rung that the trial reaches by it. HPO_ENOMEM. */
hpo_status_t hpo__ladder_observe(struct hpo_ladder *ladder, int64_t trial, int64_t iteration,
				 double loss, hpo_error_t *error);

/* NULL for a trial that has not reported. Valid until the next observation. */
struct hpo_climber *hpo__ladder_find(const struct hpo_ladder *ladder, int64_t trial);

/* Decide anew at the rung that a trial reached last, after `is_capped` or rung_count changed. */
void hpo__ladder_decide(struct hpo_ladder *ladder, struct hpo_climber *climber);

/*
 * Which of the paused trials [count], ascending, is to go on: the best one of the highest rung
 * among whose best 1/k there is one; with `any`, the best of the highest rung. -1 for none.
 */
int64_t hpo__ladder_promote(const struct hpo_ladder *ladder, const int64_t *paused, size_t count,
			    int any);
/* A paused trial goes on. */
void hpo__ladder_resume(struct hpo_ladder *ladder, int64_t trial);

/* Stop or pause the trial if it failed a rung. */
void hpo__ladder_judge(const struct hpo_ladder *ladder, int64_t trial, hpo_verdict_t *verdict);

void hpo__ladder_forget(struct hpo_ladder *ladder, int64_t trial);
void hpo__ladder_release(struct hpo_ladder *ladder);

#endif
