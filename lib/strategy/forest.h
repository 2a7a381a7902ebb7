/*
 * The parts of the forest strategy: what its models learn, and the search for
 * the point that they promise most of.
 */
#ifndef HPO_STRATEGY_FOREST_H
#define HPO_STRATEGY_FOREST_H

#include "model/forest.h"
#include "strategy/candidate.h"

/* Rows that a model is fitted to at most; beyond, a choice of them. */
enum { HPO__SMAC_ROWS = 500, HPO__SMAC_BELIEVERS = 64 };

/* What became of an ended trial. */
enum hpo_outcome { HPO__OUTCOME_VALUE, HPO__OUTCOME_PRUNED, HPO__OUTCOME_FAILED };

struct hpo_placed; /* private */

/*
 * What is learned from a history. Arrays [n] are of all ended trials; those of
 * `rows` are of the trials that the models see.
 */
struct hpo_lesson {
	size_t capacity;
	uint8_t *outcome;  /* [n], enum hpo_outcome */
	double *target;	   /* [n], to be made small: stretched; that of failed ones is the worst */
	double *margin;	   /* [n], the worst bound: above 0 where it is broken, in [-1, 1] */
	struct hpo_placed *placed; /* [n], scratch */
	size_t completed, failed; /* so many of each */
	bool bounded;	   /* there are measured constraints */
	bool has_best;	   /* some trial completed within all bounds */
	double best;	   /* its target */

	size_t rows;
	uint32_t *row;	   /* [rows], indices of ended trials, ascending */
	double *points;	   /* [rows + believers][d] */
	uint8_t *active;   /* the same */
	double *y;	   /* [rows + believers] */
};

struct hpo_smac {
	struct hpo_ground ground;
	struct hpo_lesson lesson;
	struct hpo_forest value;  /* of the targets */
	struct hpo_forest margin; /* of the worst bound, if there are any */
	struct hpo_forest success; /* of 1 for a trial that did not fail and 0 for one that did */
	bool uses_margin, uses_value, uses_success;
	size_t startup, trees, random_candidates;
	double random_share;
	size_t observed, valued; /* folded: trials that ended, those of them with a value */
	struct hpo_candidate now, next, here, best;
	double best_score;
};

hpo_status_t hpo__lesson_init(struct hpo_lesson *lesson, size_t dims, hpo_error_t *error);
void hpo__lesson_release(struct hpo_lesson *lesson);

/* Fill in targets and margins; several goals are weighed by chance. */
hpo_status_t hpo__lesson_learn(struct hpo_lesson *lesson, const hpo_history_t *history,
			       hpo_rng_t *rng, hpo_error_t *error);

/* Whether an ended trial has finite losses, and how it ended. */
enum hpo_outcome hpo__outcome(const hpo_history_t *history, size_t index);

/* Propose the point that the fitted models promise most of. */
void hpo__smac_search(struct hpo_smac *s, hpo_rng_t *rng, double *point);

#endif
