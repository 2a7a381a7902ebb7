/*
 * The standard normal distribution, whole and truncated, accurate far into its
 * tails; and sums of what is known by its logarithm.
 */
#ifndef HPO_MATH_NORMAL_H
#define HPO_MATH_NORMAL_H

#include <stddef.h>

/* log phi(x). */
double hpo__normal_log_pdf(double x);

/* Phi(x), and its logarithm also where Phi itself is 0. Relative error below 1e-12. */
double hpo__normal_cdf(double x);
double hpo__normal_log_cdf(double x);

/* x where Phi(x) = level; -inf at 0, inf at 1, NaN outside. Relative error below 1e-15 or so. */
double hpo__normal_quantile(double level);

/* log of Phi(high) - Phi(low), the mass of an interval; -inf if empty. Ends may be infinite. */
double hpo__normal_log_mass(double low, double high);

/*
 * The normal truncated to [low, high], by inversion: the x in it below which
 * the share `level`, 0 … 1, of its mass lies.
 */
double hpo__normal_truncated(double level, double low, double high);

/* exp(x^2) erfc(x), also where erfc itself is 0. Relative error below 1e-15 or so. */
double hpo__erfcx(double x);

/*
 * log E max(best - f, 0) with f ~ N(mean, sd^2): the logarithm of the expected
 * improvement on `best`, where less is better; accurate also where that itself
 * is 0. With sd 0 the improvement is sure, or -inf. The second form gives
 * the slopes by mean and sd too, 0 where there are none.
 */
double hpo__log_ei(double mean, double sd, double best);
double hpo__log_ei_gradient(double mean, double sd, double best, double *d_mean, double *d_sd);

/* log of the sum of exp(values[i]); -inf of none. */
double hpo__log_sum_exp(const double *values, size_t count);

#endif
