/*
 * Minimising a smooth function of bounded variables.
 */
#ifndef HPO_MATH_LBFGSB_H
#define HPO_MATH_LBFGSB_H

#include <stddef.h>

/*
 * The value at x [n], and its gradient [n]. A value or slope that is not finite
 * says that x is no place to be: the step there is taken back and shortened.
 */
typedef double (*hpo__objective_fn)(const double *x, double *gradient, void *user);

struct hpo_lbfgsb {
	size_t n;
	size_t memory;             /* pairs that the curvature is made of; 5 to 20 */
	size_t max_evaluations;    /* of the function, at least 1 */
	double gradient_tolerance; /* ends when no projected slope is larger */
	double value_tolerance;    /* ends when a step gains less than this of max(|f|, 1) */
};

/* Doubles of work memory. */
size_t hpo__lbfgsb_work(size_t n, size_t memory);

/*
 * Go down from x [n], which is first moved between its bounds low [n] and high
 * [n]; these may be infinite, and equal. Returns the value at the final x, which
 * is never above that at the first; not finite only if that was not.
 */
double hpo__lbfgsb(const struct hpo_lbfgsb *options, const double *low, const double *high,
		   double *x, double *work, hpo__objective_fn f, void *user);

#endif
