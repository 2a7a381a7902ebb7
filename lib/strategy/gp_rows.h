/*
 * What a Gaussian process learns from a history: one row a point, with the mean
 * of its readings, and of many rows those that matter.
 */
#ifndef HPO_STRATEGY_GP_ROWS_H
#define HPO_STRATEGY_GP_ROWS_H

#include "hpo/plugin/strategy.h"

struct hpo_gp_rows {
	size_t count, capacity;
	size_t trials;       /* usable ones: with a finite loss in every objective */
	size_t *first;       /* [count], index of the first trial at the point */
	double *loss;        /* [count][m], means of its readings */
	double *readings;    /* [count] */
	size_t *chosen;      /* [chosen_count], rows for the model, in order */
	size_t chosen_count;
	double *key;         /* [count], scratch */
	size_t *table;       /* [table_size], row + 1 by the hash of its point */
	size_t table_size;
};

void hpo__gp_rows_release(struct hpo_gp_rows *rows);

/* Whether the ended trial at `index` is usable. */
int hpo__gp_rows_is_usable(const hpo_history_t *history, size_t index);

/* By how much losses [m] are above their bounds, summed. */
double hpo__gp_rows_violation(const hpo_history_t *history, const double *losses);

/* How many of the first `count` ended trials are usable. */
size_t hpo__gp_rows_usable(const hpo_history_t *history, size_t count);

/*
 * Gather the usable ones among the first `count` ended trials, the first
 * `trials` of them at most, and choose at most `most` rows: all, or the best
 * half of that many and those nearest to the best; with several goals the best
 * by fronts. What breaks bounds is worse than what does not.
 */
hpo_status_t hpo__gp_rows_gather(struct hpo_gp_rows *rows, const hpo_history_t *history,
				 size_t trials, size_t most, hpo_error_t *error);

#endif
