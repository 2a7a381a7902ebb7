/*
 * What the files of the strategy `gp` share.
 */
#ifndef HPO_STRATEGY_GP_H
#define HPO_STRATEGY_GP_H

#include "model/gp.h"
#include "model/gp_warp.h"
#include "strategy/candidate.h"
#include "strategy/gp_rows.h"

/* The model of one loss, and what its last fit chose. */
struct gp_model {
	struct hpo_gp process;
	struct hpo_gp_warp warp;
	double *theta;           /* [g + 2], chosen by the fit */
	size_t fitted;           /* to that many trials; 0: never */
};

/* Points on their way to be the proposal. */
struct gp_candidates {
	size_t count, capacity;
	double *points;  /* [capacity][d], settled */
	uint8_t *active; /* [capacity][d] */
	double *value;   /* [capacity], of the acquisition */
	size_t *order;   /* [capacity], best first after ranking */
};

struct gp_state {
	struct hpo_ground ground;
	size_t dims;
	double effort;
	size_t startup; /* trials with a value before the model proposes */
	struct hpo_gp_frame frame;
	struct hpo_gp_rows rows;
	struct gp_model model;
	double best;    /* what a trial must improve on, warped */
	const hpo_history_t *history; /* that a suggestion is made for, while it is made */
	struct gp_candidates candidates;
	double *feature;            /* [p], scratch, as are those below */
	double *point, *other;      /* [d] */
	uint8_t *active, *others;   /* [d] */
	uint64_t *cells;            /* [d] */
	double *low, *high, *at;    /* [d], of the local search */
	size_t *axis;               /* [d], its free axes */
	double *d_mean, *d_sd;      /* [d] */
	double *work;               /* of its minimiser */
};

enum {
	GP_MOST_ROWS = 256,    /* in a model: beyond it the cost of an ask stays as it is */
	GP_MOST_FAILED = 64,   /* failed trials that it knows of, the newest */
	GP_MOST_BELIEVED = 64, /* running trials that it knows of */
	GP_MEMORY = 6          /* steps that the local search remembers */
};

/*
 * Bring the model up to the history. With several objectives it is one of a sum
 * that the trial's generator weighs.
 */
hpo_status_t hpo__gp_model_update(struct gp_state *s, const hpo_history_t *history,
				  hpo_rng_t *rng, hpo_error_t *error);
hpo_status_t hpo__gp_model_init(struct gp_state *s, size_t capacity, hpo_error_t *error);
void hpo__gp_model_release(struct gp_state *s);

/* The acquisition to be made large, at a settled point: log EI. */
double hpo__gp_acquisition(struct gp_state *s, const double *point, const uint8_t *active);

/* An upper bound of it, at a fraction of the cost. */
double hpo__gp_acquisition_bound(struct gp_state *s, const double *point, const uint8_t *active);

/* The same with its slopes [d] by the coordinates. */
double hpo__gp_acquisition_slope(struct gp_state *s, const double *point, const uint8_t *active,
				 double *slope);

/* Fill the candidates with allowed points and rank them. */
void hpo__gp_candidates_make(struct gp_state *s, hpo_rng_t *rng);

/*
 * Settle a point: move it to the values that it stands for, and see what is active
 * there. Returns whether it may be proposed: it keeps the constraints, is new, and
 * not next to one that runs.
 */
int hpo__gp_settle(struct gp_state *s, double *point, uint8_t *active);

/* A random point that may be proposed, or after many draws any. */
void hpo__gp_draw(struct gp_state *s, hpo_rng_t *rng, double *point);

/* Improve a settled, allowed point in place. Returns its acquisition. */
double hpo__gp_refine(struct gp_state *s, double *point, uint8_t *active, double value);

/* Before there is a model: the defaults, then points that cover the space. */
void hpo__gp_start(struct gp_state *s, hpo_rng_t *rng, hpo_proposal_t *out);

#endif
