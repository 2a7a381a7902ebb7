/*
 * Sorting by domination: X. Zhang, Y. Tian, R. Cheng and Y. Jin, "An efficient
 * approach to nondominated sorting for evolutionary multiobjective optimization",
 * IEEE Trans. Evolutionary Computation 19 (2015), ENS-BS: points in
 * lexicographic order can only be dominated by those before them, and a front
 * that dominates a point is preceded by fronts that do, so that the first that
 * does not is found by bisection. With two losses the last member of a front
 * speaks for it (M. T. Jensen, ibid. 7 (2003)).
 *
 * Crowding: K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, "A fast and elitist
 * multiobjective genetic algorithm: NSGA-II", ibid. 6 (2002).
 */
#include "math/pareto.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

static const uint32_t NONE = UINT32_MAX;

struct item {
	const double *losses; /* [m] */
	size_t m;
	uint32_t index;
};

/* Fronts as lists, the member added last at the head. */
struct fronts {
	uint32_t *head;	    /* [count], positions in the order */
	uint32_t *previous; /* [n], the member added before this one */
	uint32_t count;
};

static double value_of(double loss)
{
	return isnan(loss) ? (double)INFINITY : loss;
}

int hpo__pareto_dominates(const double *a, const double *b, size_t m)
{
	int smaller = 0;

	for (size_t j = 0; j < m; j++) {
		double x = value_of(a[j]);
		double y = value_of(b[j]);

		if (x > y)
			return 0;
		smaller |= x < y;
	}
	return smaller;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;

	for (size_t j = 0; j < x->m; j++) {
		double p = value_of(x->losses[j]);
		double q = value_of(y->losses[j]);

		if (p != q)
			return p < q ? -1 : 1;
	}
	return x->index < y->index ? -1 : 1;
}

/* Whether a member of front k dominates the item at `at`. */
static int is_dominated(const struct fronts *f, uint32_t k, const struct item *items, uint32_t at)
{
	size_t m = items[at].m;

	for (uint32_t p = f->head[k]; p != NONE; p = f->previous[p]) {
		if (hpo__pareto_dominates(items[p].losses, items[at].losses, m))
			return 1;
		if (m <= 2)
			return 0;
	}
	return 0;
}

/* The first front that does not dominate the item; f->count if all do. */
static uint32_t find_front(const struct fronts *f, const struct item *items, uint32_t at)
{
	uint32_t low = 0;
	uint32_t high = f->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (is_dominated(f, middle, items, at))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void assign(struct fronts *f, const struct item *items, uint32_t n, uint32_t *front)
{
	for (uint32_t at = 0; at < n; at++) {
		uint32_t k = find_front(f, items, at);

		if (k == f->count)
			f->head[f->count++] = NONE;
		f->previous[at] = f->head[k];
		f->head[k] = at;
		front[items[at].index] = k;
	}
}

hpo_status_t hpo__pareto_fronts(const double *losses, size_t n, size_t m, uint32_t *front)
{
	struct item *items = hpo__calloc(n, sizeof *items);
	struct fronts f = { .head = hpo__calloc(n, sizeof *f.head),
			    .previous = hpo__calloc(n, sizeof *f.previous) };
	hpo_status_t status = HPO_ENOMEM;

	if (items == NULL || f.head == NULL || f.previous == NULL || n >= NONE)
		goto done;
	for (size_t i = 0; i < n; i++)
		items[i] = (struct item){ losses + i * m, m, (uint32_t)i };
	if (n > 1)
		qsort(items, n, sizeof *items, compare_items);
	assign(&f, items, (uint32_t)n, front);
	status = HPO_OK;
done:
	hpo__free(items);
	hpo__free(f.head);
	hpo__free(f.previous);
	return status;
}

/* A column of the losses of a front. */
struct column {
	const double *losses;
	const size_t *members;
	size_t count, m, j;
};

static double read_column(const struct column *c, size_t i)
{
	return value_of(c->losses[c->members[i] * c->m + c->j]);
}

/* Whether member a comes before b in the column's order. */
static int precedes(const struct column *c, size_t a, size_t b)
{
	double x = read_column(c, a);
	double y = read_column(c, b);

	return x != y ? x < y : a < b;
}

/* The distance between the neighbours of member i in the column; infinite at either end alone. */
static double measure_gap(const struct column *c, size_t i)
{
	size_t below = SIZE_MAX;
	size_t above = SIZE_MAX;
	double gap;

	for (size_t k = 0; k < c->count; k++) {
		if (k == i)
			continue;
		if (precedes(c, k, i))
			below = below == SIZE_MAX || precedes(c, below, k) ? k : below;
		else
			above = above == SIZE_MAX || precedes(c, k, above) ? k : above;
	}
	if (below == SIZE_MAX || above == SIZE_MAX)
		return (double)INFINITY;
	gap = read_column(c, above) - read_column(c, below);
	return isfinite(gap) ? gap : 0;
}

static double measure_extent(const struct column *c)
{
	double least = (double)INFINITY;
	double most = -(double)INFINITY;

	for (size_t i = 0; i < c->count; i++) {
		least = fmin(least, read_column(c, i));
		most = fmax(most, read_column(c, i));
	}
	return most - least;
}

void hpo__pareto_crowding(const double *losses, const size_t *members, size_t count, size_t m,
			  double *crowding)
{
	for (size_t i = 0; i < count; i++)
		crowding[i] = 0;
	for (size_t j = 0; j < m; j++) {
		struct column c = { losses, members, count, m, j };
		double extent = measure_extent(&c);

		/* A loss that all share, or of which some are infinite, tells nobody apart. */
		for (size_t i = 0; i < count; i++) {
			double gap = measure_gap(&c, i);

			if (extent > 0 && (isfinite(extent) || isinf(gap)))
				crowding[i] += isinf(gap) ? gap : gap / extent;
		}
	}
}
