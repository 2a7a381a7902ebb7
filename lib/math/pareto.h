/*
 * Domination among points of several losses, each to be made small.
 *
 * One point dominates another if no loss is larger and some loss is smaller.
 * Losses are [n][m], row-major; NaN counts as infinite.
 */
#ifndef HPO_MATH_PARETO_H
#define HPO_MATH_PARETO_H

#include "hpo/status.h"

#include <stddef.h>
#include <stdint.h>

/* Whether a [m] dominates b [m]. */
int hpo__pareto_dominates(const double *a, const double *b, size_t m);

/*
 * The front of each point: 0 for what nothing dominates, k for what is
 * dominated by front k - 1 and by nothing else. front is [n]. In n log n for
 * one and two losses, n^2 m at worst for more. HPO_ENOMEM.
 */
hpo_status_t hpo__pareto_fronts(const double *losses, size_t n, size_t m, uint32_t *front);

/*
 * How far apart from their neighbours the members [count] of one front are: the sum over
 * the losses of the distance between both neighbours, as a share of the front's
 * extent; infinite at the ends. crowding is [count]. In count^2 m, without memory.
 */
void hpo__pareto_crowding(const double *losses, const size_t *members, size_t count, size_t m,
			  double *crowding);

#endif
