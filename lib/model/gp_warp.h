/*
 * Values as a Gaussian process wants them: of mean 0 and variance 1, without
 * outliers, small is good.
 *
 * A warp is a table of the distinct values and what each becomes, monotone;
 * between them it is linear.
 */
#ifndef HPO_MODEL_GP_WARP_H
#define HPO_MODEL_GP_WARP_H

#include "hpo/status.h"

#include <stddef.h>

struct hpo_gp_warp {
	size_t capacity; /* values that fit */
	size_t count;    /* distinct values */
	double *from;    /* [count] ascending */
	double *to;      /* [count] ascending */
	double mean, sd; /* of the warped values before they were brought to 0 and 1 */
};

hpo_status_t hpo__gp_warp_init(struct hpo_gp_warp *warp, size_t capacity, hpo_error_t *error);
void hpo__gp_warp_release(struct hpo_gp_warp *warp);

/* Learn from finite values [n], at least 1 and at most `capacity`. */
void hpo__gp_warp_fit(struct hpo_gp_warp *warp, const double *values, size_t n);

double hpo__gp_warp_apply(const struct hpo_gp_warp *warp, double value);

/* The value that becomes `warped`; beyond either end by the slope there. */
double hpo__gp_warp_invert(const struct hpo_gp_warp *warp, double warped);

#endif
