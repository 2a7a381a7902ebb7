/*
 * What a Gaussian process learns from a history: one row a point, with the mean
 * of its readings, and of many rows those that matter.
 */
#ifndef HPO_STRATEGY_GP_ROWS_H
#define HPO_STRATEGY_GP_ROWS_H

#include "hpo/plugin/strategy.h"

enum { GP_MOST_ROWS = 256 }; /* in a model: beyond it the cost of an ask stays as it is */

/* A value of a choice that other parameters depend on; off, the whole space. */
struct hpo_gp_branch {
	int is_on;
	size_t axis;
	uint64_t cell;
};

/* Whether a point is in the branch. */
int hpo__gp_branch_has(const struct hpo_gp_branch *branch, const hpo_space_t *space,
		       const double *point);

struct hpo_gp_rows {
	size_t count, capacity;
	struct hpo_gp_branch branch; /* only its trials are gathered */
	size_t trials;       /* usable ones: with a finite loss in every objective */
	size_t repeats;      /* readings of a point that had one */
	size_t agreeing;     /* of them: all losses as before, to rounding */
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
 * Whether the losses are known to have no noise: points were read again, and each reading
 * was that of before, to rounding.
 */
int hpo__gp_rows_are_exact(const struct hpo_gp_rows *rows);

/*
 * Whether they are taken to have some: a reading differed from one of before, or there are many
 * trials and no point was ever read again.
 */
int hpo__gp_rows_are_noisy(const struct hpo_gp_rows *rows);

/*
 * Gather the usable ones among the first `count` ended trials, the first
 * `trials` of them at most, and choose at most GP_MOST_ROWS: all, or the best
 * half of that many and those nearest to the best; with several goals the best
 * by fronts. What breaks bounds is worse than what does not.
 */
hpo_status_t hpo__gp_rows_gather(struct hpo_gp_rows *rows, const hpo_space_t *space,
				 const hpo_history_t *history, size_t trials, hpo_error_t *error);

#endif
