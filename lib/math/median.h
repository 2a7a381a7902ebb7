/*
 * The median of numbers that come one by one.
 */
#ifndef HPO_MATH_MEDIAN_H
#define HPO_MATH_MEDIAN_H

#include "hpo/status.h"

#include <stddef.h>

/*
 * All zero before the first number. The smaller half is a heap with its largest on top, the larger
 * half one of the numbers' negatives: so both are the same kind of heap.
 */
struct hpo_median {
	double *small, *large;
	size_t small_count, large_count; /* equal, or one more small ones */
	size_t small_capacity, large_capacity;
};

/* A further number, no NaN, in O(log n). HPO_ENOMEM: it is not counted. */
hpo_status_t hpo__median_add(struct hpo_median *median, double value);

/* The middle one, of an even number the smaller; NaN of none. */
double hpo__median_get(const struct hpo_median *median);

void hpo__median_release(struct hpo_median *median);

#endif
