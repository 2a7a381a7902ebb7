/*
 * What the files of the Gaussian process share.
 */
#ifndef HPO_MODEL_GP_INSIDE_H
#define HPO_MODEL_GP_INSIDE_H

#include "model/gp.h"

enum {
	HPO__GP_LANES = 8,     /* rows are handled in groups of this many */
	HPO__GP_CURVATURE = 2, /* of the arc of a conditional axis: 1 over its radius */
	HPO__GP_MEMORY = 8     /* steps that the minimiser remembers */
};

/* What an axis becomes. */
enum hpo_gp_form {
	HPO__GP_FIXED,    /* one value: nothing */
	HPO__GP_LINE,     /* its coordinate */
	HPO__GP_ARC,      /* conditional: a point on an arc, or its centre */
	HPO__GP_CATEGORY, /* its coordinate, or -1: equal or not */
};

struct hpo_gp_axis {
	enum hpo_gp_form form;
	size_t feature; /* the first of its features */
};

/*
 * The kernel between features [p] and the first `rows` rows, without noise:
 * k[stride], and unless NULL slope[stride], where d k_j / d x_f =
 * -slope_j (x_f - X_jf) / l_f^2 for numeric features.
 */
void hpo__gp_kernel(const struct hpo_gp *gp, const double *feature, size_t rows, double *k,
		    double *slope);

/* The log prior of theta, up to a constant; adds to the gradient [free] unless it is NULL. */
double hpo__gp_log_prior(const struct hpo_gp *gp, double *gradient);

/* A coordinate in [0, 1] bent by c: 0 leaves it, more stretches what is near 1. */
double hpo__gp_bend(double x, double c);
double hpo__gp_bend_by_x(double x, double c);
double hpo__gp_bend_by_c(double x, double c);

/* Bend the rows as theta says; with their derivatives by the bends if these are free. */
void hpo__gp_bend_rows(struct hpo_gp *gp);

/* Bend features [p] into `out` [p]. */
void hpo__gp_bend_features(const struct hpo_gp *gp, const double *features, double *out);

/* Scratch row `index`, below 6. */
double *hpo__gp_scratch(const struct hpo_gp *gp, size_t index);

#endif
