/*
 * A Gaussian process on the unit cube, for mixed and conditional axes.
 *
 * Points are embedded first: each axis with more than one value becomes one or
 * two features, and all features of an axis share one length-scale. A numeric
 * axis without conditions may then be bent (gp_bend.c). The kernel is a Matérn
 * function of the scaled distance; categories count by whether they differ.
 * Values are small numbers round 0: whoever owns them brings them there
 * (model/gp_warp.h).
 *
 * Use: _init, then again and again _clear, _add, _fit or _set, _predict. What
 * a fit finds is a function of the rows alone, so models are caches and never
 * state. Memory is taken in _init only.
 */
#ifndef HPO_MODEL_GP_H
#define HPO_MODEL_GP_H

#include "math/lbfgsb.h"
#include "space/space.h"

struct hpo_gp_axis; /* private */

/* The axes, shared by the processes over them, which it must outlive. */
struct hpo_gp_frame {
	size_t dims;              /* d */
	size_t features;          /* p: columns of embedded points, the numeric ones first */
	size_t numeric;           /* of them */
	size_t groups;            /* g: length-scales */
	size_t lines;             /* b: axes that may be bent, features and groups 0 to b - 1 */
	struct hpo_gp_axis *axes; /* [d] */
	size_t *group;            /* [p], the length-scale of a feature */
};

hpo_status_t hpo__gp_frame_init(struct hpo_gp_frame *frame, const hpo_axis_t *axes, size_t dims,
				hpo_error_t *error);
void hpo__gp_frame_release(struct hpo_gp_frame *frame);

/* The features [p] of a point [d] of values' own coordinates with its mask [d]. */
void hpo__gp_embed(const struct hpo_gp_frame *frame, const double *point, const uint8_t *active,
		   double *features);

/* What is believed of a surface before any value is known. */
struct hpo_gp_prior {
	double noise; /* mean of the logarithm of its variance, for values of variance 1 */
	int is_rough; /* the length-scales are shorter, and still shorter ones are tried */
	int is_bent;  /* axes may be bent, where that makes the values much more likely */
};

extern const struct hpo_gp_prior hpo__gp_usual_prior;

/* How many numbers a fit chooses: g + 2 + b. */
size_t hpo__gp_parameters(const struct hpo_gp_frame *frame);

/*
 * What a fit chooses, theta: the logarithms of [g] length-scales, of the signal's variance and
 * of the noise's variance, and the bends of [b] axes, which are 0 where there is none.
 */
struct hpo_gp {
	const struct hpo_gp_frame *frame;
	size_t capacity;  /* rows that fit */
	size_t stride;    /* capacity, rounded up */
	size_t count;     /* n: rows with a value */
	size_t believed;  /* rows after them whose value is taken to be their mean */
	struct hpo_gp_prior prior; /* the usual one after _init; for a fit, and then for _set */
	double active;    /* mean number of active axes that vary, for the priors */
	double level;     /* the constant mean, most likely a posteriori */
	double jitter;    /* what had to be added to the diagonal, mostly 0 */
	double *x;        /* [p][stride], bent */
	double *straight; /* [b][stride], before that */
	double *by_bend;  /* [b][stride], derivatives of x */
	double *y;        /* [stride] */
	double *share;    /* [stride], noise variance of the row over that of one reading */
	double *extra;    /* [stride], further noise variance of the row, which is known */
	double *theta;    /* [g + 2 + b] */
	double signal;    /* the signal's variance */
	double noise;     /* the noise's variance, of one reading */
	double *scale;    /* [p], 1 / l^2 */
	double *factor;   /* [capacity][stride], the lower Cholesky factor */
	double *inverse;  /* [capacity][stride], scratch of a fit */
	double *alpha;    /* [stride], K^-1 (y - level) */
	double *scratch;  /* [6][stride] */
	double *feature;  /* [p], scratch */
	double *at;       /* [p], the bent features of a prediction */
	double *low, *high, *start, *found; /* [g + 2 + b], of a fit */
	size_t free;      /* parameters that have slopes: all, or in a fit those without bends */
	double *work;     /* of the minimiser */
};

/* A process of at most `capacity` rows. */
hpo_status_t hpo__gp_init(struct hpo_gp *gp, const struct hpo_gp_frame *frame, size_t capacity,
			  hpo_error_t *error);
void hpo__gp_release(struct hpo_gp *gp);

/* Forget the rows. */
void hpo__gp_clear(struct hpo_gp *gp);

/* Add a row: the mean of `readings` readings at a point [d]; at most `capacity` of them. */
void hpo__gp_add(struct hpo_gp *gp, const double *point, const uint8_t *active, double value,
		 double readings);

/* Say that row `index` has noise of a known variance besides; _fit or _set must follow. */
void hpo__gp_set_extra(struct hpo_gp *gp, size_t index, double variance);

/*
 * The most likely theta a posteriori, from fixed starts and, if `warm` is not
 * NULL, from there; about `evaluations` of the likelihood a start. The process
 * is ready to predict after it. Returns the log posterior, -inf if hopeless.
 */
double hpo__gp_fit(struct hpo_gp *gp, const double *warm, size_t evaluations);

/* Take theta [g + 2 + b] as it is; ready to predict. Returns the log posterior as above. */
double hpo__gp_set(struct hpo_gp *gp, const double *theta);

/* The log posterior at theta and, unless NULL, its gradient [g + 2 + b]. */
double hpo__gp_log_posterior(struct hpo_gp *gp, const double *theta, double *gradient);

/*
 * A further row at a point that runs: its value is believed to be its mean, so
 * only deviations change. 0 when there is no room or it is a point known for
 * certain, which changes nothing.
 */
int hpo__gp_believe(struct hpo_gp *gp, const double *point, const uint8_t *active);

/* Mean and standard deviation of the noise-free value at features [p]. */
void hpo__gp_predict(struct hpo_gp *gp, const double *feature, double *mean, double *sd);

/* The mean alone, at a fraction of the cost; *bound is not below the deviation. */
double hpo__gp_predict_mean(struct hpo_gp *gp, const double *feature, double *bound);

/* A prediction with its derivatives by the coordinates of the point. */
struct hpo_gp_slope {
	double mean, sd;
	double *d_mean; /* [d], 0 for categories and inactive axes */
	double *d_sd;   /* [d] */
};
void hpo__gp_predict_slope(struct hpo_gp *gp, const double *point, const uint8_t *active,
			   struct hpo_gp_slope *out);

/*
 * Each row's value as the others predict it, [n] means and [n] deviations, the
 * noise of a single reading not included. K. R. Sundararajan and S. S. Keerthi (2001).
 */
void hpo__gp_leave_one_out(struct hpo_gp *gp, double *mean, double *sd);

/* The standard deviation of the noise of one reading. */
double hpo__gp_noise(const struct hpo_gp *gp);

#endif
