/*
 * What the files of the strategy `gp` share.
 */
#ifndef HPO_STRATEGY_GP_H
#define HPO_STRATEGY_GP_H

#include "model/gp.h"
#include "model/gp_front.h"
#include "model/gp_warp.h"
#include "strategy/candidate.h"
#include "strategy/gp_rows.h"

/*
 * The model of one loss, and what its last fit chose: first those of the goals, then those
 * of the losses with a bound, and one of whether a trial fails.
 */
struct gp_model {
	struct hpo_gp process;
	struct hpo_gp_warp warp; /* not of failures */
	double *theta;           /* [g + 2 + b], chosen by the fit to all trials */
	size_t fitted;           /* to that many trials; 0: never */
	size_t column;           /* of the losses */
	double limit;            /* what a loss with a bound may be, warped */
	double blur;             /* deviation of the limit: 0 where it is known */
};

/* What the models predict at a point, and how the acquisition depends on it. */
struct gp_outlook {
	double *mean, *sd;       /* [models] */
	double *by_mean, *by_sd; /* [models] */
	double *d_mean, *d_sd;   /* [models][d], by the coordinates */
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
	struct gp_model *models; /* [goals + bounds + 1] */
	size_t goals, bounds;
	int is_exact; /* readings are known to have no noise */
	int is_noisy; /* they are taken to have some */
	size_t model_count; /* of use now: that of failures counts once there are some */
	struct hpo_gp_front front; /* with several goals */
	double best;        /* with one: what a trial must improve on, warped */
	int is_lost;        /* no trial keeps all bounds yet: only they count */
	double *means;      /* [MOST_ROWS + MOST_BELIEVED][goals], of what may be on the front */
	double *broken;     /* [MOST_ROWS], by how much a row breaks its bounds, warped */
	double *rank;       /* [MOST_ROWS], small for rows that others are drawn near */
	struct gp_outlook outlook;
	const hpo_history_t *history; /* that a suggestion is made for, while it is made */
	struct gp_candidates candidates;
	double *feature;            /* [p], scratch, as are those below */
	double *point, *other;      /* [d] */
	uint8_t *active, *others;   /* [d] */
	uint64_t *cells;            /* [d] */
	double *low, *high, *at;    /* [d], of the local search */
	size_t *axis;               /* [d], its free axes */
	double *work;               /* of its minimiser */
};

enum {
	GP_MOST_FAILED = 64,   /* failed trials that it knows of, the newest */
	GP_MOST_BELIEVED = 64, /* running trials that it knows of */
	GP_LEAST_FAILED = 5,   /* of them before where they are is learned */
	GP_MEMORY = 6          /* steps that the local search remembers */
};

/*
 * Bring the models up to the history, and see what is to be improved on. The trial's
 * generator is drawn from with several goals only.
 */
hpo_status_t hpo__gp_model_update(struct gp_state *s, const hpo_history_t *history,
				  hpo_rng_t *rng, hpo_error_t *error);
void hpo__gp_model_release(struct gp_state *s);

/* Its process holds at most `capacity` rows, at least; what was learned is kept. */
hpo_status_t hpo__gp_model_reserve(struct gp_state *s, struct gp_model *model, size_t capacity,
				   hpo_error_t *error);

/* The branch to which the next proposal is to be held: one that has too few trials, or none. */
struct hpo_gp_branch hpo__gp_branch_choose(const struct gp_state *s, const hpo_history_t *history);

/* The number of trials, at most n, to which hyperparameters are fitted when there are n. */
size_t hpo__gp_model_fit_at(size_t n);

/* How many evaluations of the likelihood a fit to so many rows may take. */
size_t hpo__gp_model_budget(const struct gp_state *s, size_t rows);

/* The running trials are believed to give what the model predicts. */
void hpo__gp_model_believe(struct gp_model *model, const hpo_history_t *history);

/*
 * Learn where trials fail, if enough of them did: *count, how many there are, says
 * whether it did.
 */
hpo_status_t hpo__gp_failures_update(struct gp_state *s, const hpo_history_t *history,
				     size_t *count, hpo_error_t *error);

/* What a proposal is to improve on, once the models are up to date. */
hpo_status_t hpo__gp_aim(struct gp_state *s, const hpo_history_t *history, hpo_rng_t *rng,
			 hpo_error_t *error);

/* How far the front may reach, by what the models think possible at the candidates. */
hpo_status_t hpo__gp_aim_widely(struct gp_state *s, hpo_rng_t *rng, hpo_error_t *error);

/*
 * The acquisition to be made large, at a settled point: the logarithm of the expected
 * improvement, of the front with several goals, and of the probability that all bounds are
 * kept and it does not fail.
 */
double hpo__gp_acquisition(struct gp_state *s, const double *point, const uint8_t *active);

/* About that, mostly more, at a fraction of the cost. */
double hpo__gp_acquisition_bound(struct gp_state *s, const double *point, const uint8_t *active);

/* The same with its slopes [d] by the coordinates. */
double hpo__gp_acquisition_slope(struct gp_state *s, const double *point, const uint8_t *active,
				 double *slope);

/* Fill the candidates with allowed points. */
void hpo__gp_candidates_make(struct gp_state *s, hpo_rng_t *rng);

/* Bring the best of them to the front, and drop the others. */
void hpo__gp_candidates_rank(struct gp_state *s);

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
