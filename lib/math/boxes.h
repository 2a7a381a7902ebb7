/*
 * The region that no point dominates, up to a reference, as disjoint boxes.
 */
#ifndef HPO_MATH_BOXES_H
#define HPO_MATH_BOXES_H

#include <stddef.h>
#include <stdint.h>

enum { HPO__BOX_LOSSES = 3 }; /* at most */

#define HPO__BOX_OPEN UINT32_MAX

/*
 * Its edges by the numbers of points: the loss of that point is where it is. The number
 * n stands for the reference, HPO__BOX_OPEN for minus infinity.
 */
struct hpo_box {
	uint32_t low[HPO__BOX_LOSSES], high[HPO__BOX_LOSSES]; /* [m] */
};

/* What the sweep holds: a strip of the first loss from a point on to the next strip's. */
struct hpo_box_strip {
	uint32_t from, roof, since;
};

/* How many boxes n points have at most, and strips. */
static inline size_t hpo__boxes_most(size_t n)
{
	return 2 * n + 1;
}

/*
 * Fill boxes [2 n + 1]; strips [2 n + 2] and order [n] are scratch. points is [n][m], small is
 * good, m is 2 or 3, and each is better than the reference [m] in every loss; dominated points
 * and equal ones change nothing. Returns how many boxes there are. n^2 at worst.
 */
size_t hpo__boxes_make(const double *points, size_t n, size_t m, const double *reference,
		       struct hpo_box *boxes, struct hpo_box_strip *strips, uint32_t *order);

#endif
