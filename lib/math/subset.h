/*
 * Of a front, a few points that stand for all of it.
 */
#ifndef HPO_MATH_SUBSET_H
#define HPO_MATH_SUBSET_H

#include "hpo/status.h"

#include <stddef.h>

/*
 * Choose `wanted` of n points of losses [n][m], finite, small is good, none of which
 * dominates another: chosen [wanted] are their numbers, the most important first. Up to
 * three losses by volume: each adds most to what those before it dominate, up to a reference a
 * tenth beyond the worst. Above, each is the one that lies farthest from those before it. Ties go
 * to the lower number. wanted is from 1 to n. HPO_ENOMEM.
 */
hpo_status_t hpo__subset_choose(const double *losses, size_t n, size_t m, size_t wanted,
				size_t *chosen);

#endif
