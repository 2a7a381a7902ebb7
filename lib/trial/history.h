/*
 * The history of a study in memory: columns of ended trials in the order in
 * which they were told, and snapshots of them.
 *
 * Ended trials never change, so the columns only grow. A snapshot is a count
 * and a reference to the columns; appending beyond what it counts does not
 * disturb it. When the columns are full they are copied into larger ones, and
 * the old ones live until their last snapshot goes. About 9 d + 40 bytes a trial.
 * Arms are few, so a row keeps a byte and the names are kept once.
 */
#ifndef HPO_TRIAL_HISTORY_H
#define HPO_TRIAL_HISTORY_H

#include "hpo/plugin/strategy.h"

struct hpo_columns; /* reference-counted */

/* The growing side; the owner's lock guards it. */
struct hpo_log_of_trials {
	struct hpo_columns *columns;
	size_t count;       /* n */
	size_t dims;        /* d */
	size_t objectives;  /* m */
};

hpo_status_t hpo__history_init(struct hpo_log_of_trials *log, size_t dims, size_t objectives);
void hpo__history_release(struct hpo_log_of_trials *log);
/* Declare an objective a measured constraint, before the first append. */
void hpo__history_set_bound(struct hpo_log_of_trials *log, size_t objective, double bound);

/* One ended trial. Pointers are copied from. */
struct hpo_ended {
	int64_t number;
	int64_t iteration;
	int64_t told;
	hpo_trial_state_t state;
	const double *point;   /* [d] */
	const uint8_t *active; /* [d] */
	const double *losses;  /* [m], NaN for none */
	const char *arm;       /* what proposed it, NULL when that is not known */
};
hpo_status_t hpo__history_append(struct hpo_log_of_trials *log, const struct hpo_ended *trial);

/* The trials that run while a snapshot is taken. */
struct hpo_running {
	size_t count;
	const int64_t *numbers; /* [count] */
	const double *points;   /* [count][d] */
	const uint8_t *active;  /* [count][d] */
};

/*
 * A snapshot, with a copy of what runs (NULL: nothing does). *out is the
 * caller's: hpo__history_free().
 */
hpo_status_t hpo__history_snapshot(hpo_history_t **out, const struct hpo_log_of_trials *log,
				   const struct hpo_running *running, int64_t budget);
void hpo__history_free(hpo_history_t *history);
/* `told` of the last ended trial in it, 0 for none. */
int64_t hpo__history_seen(const hpo_history_t *history);

#endif
