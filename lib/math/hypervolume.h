/*
 * The volume that points of several losses dominate, up to a reference.
 */
#ifndef HPO_MATH_HYPERVOLUME_H
#define HPO_MATH_HYPERVOLUME_H

#include "hpo/status.h"

#include <stddef.h>

/*
 * The volume of what lies between some of the points and `reference` [m]. losses
 * is [n][m], each to be made small. A point that is not better than the reference in all
 * of its losses, or has a NaN, counts for nothing; one that is infinitely good
 * makes it infinite.
 *
 * Exact for m up to 3, in n log n, and n^2 at worst. Above, exact where that takes at
 * most twenty million steps: always for 200 points with 4 losses. Beyond
 * that it is estimated from 2^16 points of a fixed Sobol sequence in the box
 * that holds the points, fewer (2^10 at least) for more than 500 of them: an error of less
 * than 0.2 % of the box is to be expected, and the same losses give the same estimate.
 *
 * HPO_ENOMEM.
 */
hpo_status_t hpo__hypervolume(const double *losses, size_t n, size_t m, const double *reference,
			      double *out);

#endif
