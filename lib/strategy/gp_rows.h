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
	double *key;         /* [count], scratch, as are those below */
	double *total;       /* [count] */
	double *largest;     /* [count] */
	double *weights;     /* [m] */
	size_t *table;       /* [table_size], row + 1 by the hash of its point */
	size_t table_size;
};

void hpo__gp_rows_release(struct hpo_gp_rows *rows);

/* How many of the first `count` ended trials are usable. */
size_t hpo__gp_rows_usable(const hpo_history_t *history, size_t count);

/*
 * Gather the usable ones among the first `count` ended trials, the first
 * `trials` of them at most, and choose at most `most` rows: all, or the best
 * half of that many and those nearest to the best.
 */
hpo_status_t hpo__gp_rows_gather(struct hpo_gp_rows *rows, const hpo_history_t *history,
				 size_t trials, size_t most, hpo_error_t *error);

#endif
