/*
 * Points that a strategy may propose: moved to the values that they stand for,
 * within the constraints, and tried by no ended or running trial.
 */
#ifndef HPO_STRATEGY_CANDIDATE_H
#define HPO_STRATEGY_CANDIDATE_H

#include "hpo/plugin/strategy.h"
#include "strategy/seen.h"

#include <stdbool.h>

/*
 * A point. Coordinates of axes that are not active are kept, so that an axis
 * that becomes active has one.
 */
struct hpo_candidate {
	double *point;	 /* [d] */
	uint64_t *cells; /* [d], of axes that have cells, once settled */
	uint8_t *active; /* [d], once settled */
};

/* The space, and the points that are taken in it. */
struct hpo_ground {
	const hpo_space_t *space; /* borrowed */
	size_t dims;
	hpo_axis_t *axes; /* [d] */
	bool constrained; /* there are relations between parameters */
	bool conditional; /* some axis has a parent */
	struct hpo_seen ended, pending;
	struct hpo_candidate scratch;
};

/* Release it also when this fails. */
hpo_status_t hpo__ground_init(struct hpo_ground *ground, const hpo_space_t *space,
			      hpo_error_t *error);
void hpo__ground_release(struct hpo_ground *ground);

/* Take the point of the ended trial at `index`, from observe(). */
hpo_status_t hpo__ground_observe(struct hpo_ground *ground, const hpo_history_t *history,
				 size_t index, hpo_error_t *error);
/* Take the points of those that run, and no others that ran before. */
hpo_status_t hpo__ground_hold(struct hpo_ground *ground, const hpo_history_t *history,
			      hpo_error_t *error);

hpo_status_t hpo__candidate_init(struct hpo_candidate *candidate, size_t dims, hpo_error_t *error);
void hpo__candidate_release(struct hpo_candidate *candidate);
void hpo__candidate_copy(const struct hpo_candidate *from, struct hpo_candidate *to, size_t dims);

/* Move its coordinates to the values they stand for, and see what is active there. */
void hpo__candidate_settle(const struct hpo_ground *ground, struct hpo_candidate *candidate);
/* Whether a settled one may be proposed. */
bool hpo__candidate_is_allowed(const struct hpo_ground *ground,
			       const struct hpo_candidate *candidate);
/* A random settled point; false if after many draws it still is none that is allowed. */
bool hpo__candidate_draw(const struct hpo_ground *ground, hpo_rng_t *rng,
			 struct hpo_candidate *candidate);
/* The defaults, settled, with the middle where there is none; false if nothing has a default. */
bool hpo__candidate_default(const struct hpo_ground *ground, struct hpo_candidate *candidate);

/*
 * A point to begin with: the defaults as long as no trial has them, then points of
 * the Sobol sequence, by the trial's number; by chance where these are not allowed.
 */
void hpo__candidate_begin(struct hpo_ground *ground, const hpo_history_t *history, hpo_rng_t *rng,
			  hpo_proposal_t *out);

#endif
