/*
 * What the parts of the evolution strategy share: its state, and who does what
 * with it.
 */
#ifndef HPO_STRATEGY_CMAES_INSIDE_H
#define HPO_STRATEGY_CMAES_INSIDE_H

#include "strategy/candidate.h"
#include "strategy/cmaes_choices.h"
#include "strategy/cmaes_gaussian.h"
#include "strategy/cmaes_margin.h"
#include "strategy/cmaes_rank.h"
#include "strategy/cmaes_rate.h"
#include "strategy/cmaes_restart.h"

/* What has come back of a generation, row by row in the order in which it was told. */
struct hpo_cmaes_generation {
	size_t count, capacity;
	double *steps;                /* [capacity][N] */
	uint8_t *idle;                /* [capacity][N] */
	uint32_t *cells;              /* [capacity][K] */
	struct hpo_cmaes_rank *ranks; /* [capacity] */
	size_t *order;                /* [capacity] */
};

/*
 * A function of the ended trials alone, but for `pending` of the ground and for
 * scratch: until the first own trial has come back (`started`), a suggestion may
 * lay the distribution anew.
 */
struct hpo_cmaes_state {
	size_t dims;
	struct hpo_ground ground;
	struct hpo_cmaes_frame frame;   /* axes of the Gaussian */
	size_t choice_count;            /* K */
	size_t *choice_axis;            /* [K], of the space */
	struct hpo_cmaes_gaussian gaussian;
	struct hpo_cmaes_rates rates; /* of use where they are adapted */
	struct hpo_cmaes_choices choices;
	struct hpo_cmaes_restart restart;
	struct hpo_cmaes_generation generation;

	uint64_t key;    /* of its random numbers, from the first ended trial */
	bool has_key;
	bool started;
	int64_t newest;  /* the largest number of an own ended trial, -1 for none */
	int64_t stale;   /* own trials up to this number are of an earlier run; -1 for none */
	size_t valued;   /* trials that have a value */
	struct hpo_cmaes_rank best;
	double *best_point;   /* [d] */
	double *mean, *step;  /* [N], scratch */
	struct hpo_candidate candidate;

	size_t population, startup; /* settings */
	double sigma, refinement;
	bool restarts, adapts_rates;
};

/* The arm whose trials make the generations. */
extern const char hpo__cmaes_arm[];

/* Lay the first distribution out, from the first `count` trials of the history. */
hpo_status_t hpo__cmaes_start(struct hpo_cmaes_state *s, const hpo_history_t *history, size_t count,
			      hpo_error_t *error);

/* Fold in the ended trial at `index`. */
hpo_status_t hpo__cmaes_fold(struct hpo_cmaes_state *s, const hpo_history_t *history, size_t index,
			     hpo_error_t *error);

/* Draw from the distribution; false if nothing that is allowed came. */
bool hpo__cmaes_draw(struct hpo_cmaes_state *s, hpo_rng_t *rng, double *point);

/* Step from the best point, the less the nearer `progress`, 0 … 1, is to its end; as above. */
bool hpo__cmaes_refine(struct hpo_cmaes_state *s, double progress, hpo_rng_t *rng, double *point);

#endif
