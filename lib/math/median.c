/*
 * The median of numbers that come one by one, by a heap of either half.
 *
 * J. W. J. Williams, "Algorithm 232: heapsort", Communications of the ACM 7
 * (1964), for the heap.
 */
#include "math/median.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* Put a number among the `count` of a heap with the largest on top. */
static void push(double *heap, size_t count, double value)
{
	size_t at = count;

	while (at > 0 && heap[(at - 1) / 2] < value) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = value;
}

/* Take the top of a heap of `count` numbers, at least one. */
static double pop(double *heap, size_t count)
{
	const double top = heap[0];
	const double last = heap[count - 1];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= count - 1)
			break;
		child += child + 1 < count - 1 && heap[child + 1] > heap[child];
		if (!(heap[child] > last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return top;
}

/* Room for one more in both heaps, since a number may wander. */
static hpo_status_t reserve(struct hpo_median *m)
{
	double *small = hpo__grow(m->small, &m->small_capacity, m->small_count + 1, sizeof *small);
	double *large;

	if (small == NULL)
		return HPO_ENOMEM;
	m->small = small;
	large = hpo__grow(m->large, &m->large_capacity, m->large_count + 1, sizeof *large);
	if (large == NULL)
		return HPO_ENOMEM;
	m->large = large;
	return HPO_OK;
}

hpo_status_t hpo__median_add(struct hpo_median *m, double value)
{
	if (reserve(m) < 0)
		return HPO_ENOMEM;
	if (m->small_count == m->large_count) {
		push(m->large, m->large_count, -value);
		push(m->small, m->small_count++, -pop(m->large, m->large_count + 1));
	} else {
		push(m->small, m->small_count, value);
		push(m->large, m->large_count++, -pop(m->small, m->small_count + 1));
	}
	return HPO_OK;
}

double hpo__median_get(const struct hpo_median *m)
{
	return m->small_count > 0 ? m->small[0] : (double)NAN;
}

void hpo__median_release(struct hpo_median *m)
{
	hpo__free(m->small);
	hpo__free(m->large);
	memset(m, 0, sizeof *m);
}
