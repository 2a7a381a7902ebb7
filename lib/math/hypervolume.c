/*
 * Hypervolume: by sweeps for up to three losses (N. Beume and others, "On the
 * complexity of computing the hypervolume indicator", IEEE Trans. Evolutionary
 * Computation 13 (2009)); above by L. While, L. Bradstreet and L. Barone, "A fast
 * way of calculating exact hypervolumes", ibid. 16 (2012), WFG: a point adds
 * its own box less what the points after it, limited to that box, dominate; in
 * the order of the last loss that is a problem of one loss less.
 */
#include "math/hypervolume.h"

#include "base/alloc.h"
#include "math/pareto.h"
#include "math/sobol.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_STEPS = 20000000, /* of the exact way: some tenths of a second */
	MOST_EXACT = 2000,     /* points that it is tried with */
	MOST_SAMPLES = 65536,
	LEAST_SAMPLES = 1024,
	SAMPLE_COMPARISONS = 33554432
};

struct key {
	double value;
	size_t index;
};

struct volume {
	const double *reference; /* [m] */
	size_t m;
	size_t most;	  /* n, the room of a level */
	double *levels;	  /* [m][n][m], the points of a problem of 1 … m losses */
	struct key *keys; /* [m][n], their order */
	double *x, *y;	  /* [n], the staircase of the sweep */
	double *point, *corner; /* [m], scratch */
	size_t steps;	  /* left */
};

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a;
	const struct key *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static double *level_of(const struct volume *v, size_t m)
{
	return v->levels + (m - 1) * v->most * v->m;
}

/* Order the points of a level by their last loss, the smallest first. */
static const struct key *sort_level(const struct volume *v, size_t n, size_t m)
{
	struct key *keys = v->keys + (m - 1) * v->most;
	const double *points = level_of(v, m);

	for (size_t i = 0; i < n; i++)
		keys[i] = (struct key){ points[i * v->m + m - 1], i };
	if (n > 1)
		qsort(keys, n, sizeof *keys, compare_keys);
	return keys;
}

static double measure_length(const struct volume *v, size_t n)
{
	const double *points = level_of(v, 1);
	double least = v->reference[0];

	for (size_t i = 0; i < n; i++)
		least = fmin(least, points[i * v->m]);
	return v->reference[0] - least;
}

/* By ascending y, each point widens the strip from there on. */
static double measure_area(const struct volume *v, size_t n)
{
	const double *points = level_of(v, 2);
	const struct key *keys = sort_level(v, n, 2);
	double width = 0;
	double area = 0;

	for (size_t k = 0; k < n; k++) {
		double top = k + 1 < n ? keys[k + 1].value : v->reference[1];

		width = fmax(width, v->reference[0] - points[keys[k].index * v->m]);
		area += width * (top - keys[k].value);
	}
	return area;
}

/*
 * Put (x, y) into the staircase of `*count` corners, x rising and y falling, and
 * return by how much the area below it grows.
 */
static double add_corner(const struct volume *v, size_t *count, double x, double y)
{
	size_t low = 0;
	size_t end;
	size_t high = *count;
	double from = x;
	double height;
	double grown = 0;

	while (low < high) { /* the first corner right of x */
		size_t middle = low + (high - low) / 2;

		if (v->x[middle] <= x)
			low = middle + 1;
		else
			high = middle;
	}
	height = low > 0 ? v->y[low - 1] : v->reference[1];
	if (height <= y)
		return 0;
	for (end = low;; end++) {
		double to = end < *count ? v->x[end] : v->reference[0];

		grown += (to - from) * (height - y);
		if (end == *count || v->y[end] <= y)
			break;
		from = to;
		height = v->y[end];
	}
	if (low > 0 && v->x[low - 1] == x)
		low--; /* a corner straight above it goes as well */
	memmove(v->x + low + 1, v->x + end, (*count - end) * sizeof *v->x);
	memmove(v->y + low + 1, v->y + end, (*count - end) * sizeof *v->y);
	v->x[low] = x;
	v->y[low] = y;
	*count = low + 1 + *count - end;
	return grown;
}

static double sweep(const struct volume *v, size_t n)
{
	const double *points = level_of(v, 3);
	const struct key *keys = sort_level(v, n, 3);
	size_t corners = 0;
	double area = 0;
	double sum = 0;

	for (size_t k = 0; k < n; k++) {
		const double *p = points + keys[k].index * v->m;
		double top = k + 1 < n ? keys[k + 1].value : v->reference[2];

		area += add_corner(v, &corners, p[0], p[1]);
		sum += area * (top - keys[k].value);
	}
	return sum;
}

static int spend(struct volume *v, size_t steps)
{
	v->steps -= steps < v->steps ? steps : v->steps;
	return v->steps > 0;
}

static size_t append_point(const struct volume *v, size_t n, size_t m, const double *point)
{
	memcpy(level_of(v, m) + n * v->m, point, m * sizeof *point);
	return n + 1;
}

/*
 * Add a point to a level unless one that is there is no worse, taking out those that it
 * dominates. Not both can happen: domination is transitive.
 */
static size_t add_point(struct volume *v, size_t n, size_t m, const double *point)
{
	double *points = level_of(v, m);
	size_t kept = 0;

	(void)spend(v, n);
	for (size_t i = 0; i < n; i++) {
		const double *p = points + i * v->m;

		if (hpo__pareto_dominates(p, point, m) || memcmp(p, point, m * sizeof *p) == 0)
			return n;
		if (hpo__pareto_dominates(point, p, m))
			continue;
		if (kept < i)
			memcpy(points + kept * v->m, p, m * sizeof *p);
		kept++;
	}
	return append_point(v, kept, m, point);
}

static double measure_level(struct volume *v, size_t n, size_t m);

/* What the point keys[k] adds, but for its last loss, to those before it, whose last is smaller. */
static double measure_share(struct volume *v, const struct key *keys, size_t k, size_t m)
{
	const double *points = level_of(v, m);
	const double *own = points + keys[k].index * v->m;
	size_t count = 0;
	double box = 1;

	for (size_t j = 0; j + 1 < m; j++)
		box *= v->reference[j] - own[j];
	for (size_t i = 0; i < k; i++) {
		const double *other = points + keys[i].index * v->m;

		for (size_t j = 0; j + 1 < m; j++)
			v->point[j] = fmax(own[j], other[j]);
		/* A sweep passes over dominated points faster than they are found. */
		count = m - 1 == 3 ? append_point(v, count, m - 1, v->point)
				   : add_point(v, count, m - 1, v->point);
	}
	return box - measure_level(v, count, m - 1);
}

/* NaN where the steps do not suffice. */
static double measure_level(struct volume *v, size_t n, size_t m)
{
	const struct key *keys;
	double sum = 0;

	if (n == 0)
		return 0;
	if (m == 1)
		return measure_length(v, n);
	if (m == 2)
		return measure_area(v, n);
	if (m == 3)
		return spend(v, n) ? sweep(v, n) : NAN;
	keys = sort_level(v, n, m);
	for (size_t k = 0; k < n && !isnan(sum); k++)
		sum += (v->reference[m - 1] - keys[k].value) * measure_share(v, keys, k, m);
	return sum;
}

/* The share of Sobol points of the box of the points that some point dominates. */
static double estimate(const struct volume *v, size_t n)
{
	const uint64_t seed = 0x6870766f6c756d65; /* any would do */
	size_t samples = SAMPLE_COMPARISONS / n;
	const double *points = level_of(v, v->m);
	size_t inside = 0;
	double box = 1;

	samples = samples > MOST_SAMPLES ? MOST_SAMPLES : samples;
	samples = samples < LEAST_SAMPLES ? LEAST_SAMPLES : samples;
	for (size_t j = 0; j < v->m; j++) {
		v->corner[j] = v->reference[j];
		for (size_t i = 0; i < n; i++)
			v->corner[j] = fmin(v->corner[j], points[i * v->m + j]);
		box *= v->reference[j] - v->corner[j];
	}
	for (size_t k = 0; k < samples; k++) {
		for (size_t j = 0; j < v->m; j++)
			v->point[j] = v->corner[j] + (v->reference[j] - v->corner[j]) *
							     hpo__sobol(k, j, seed);
		for (size_t i = 0; i < n; i++) {
			if (hpo__pareto_dominates(points + i * v->m, v->point, v->m)) {
				inside++;
				break;
			}
		}
	}
	return box * (double)inside / (double)samples;
}

/* Whether a point counts: it is better than the reference everywhere. */
static int counts(const double *point, const double *reference, size_t m)
{
	for (size_t j = 0; j < m; j++) {
		if (!(point[j] < reference[j]))
			return 0;
	}
	return 1;
}

/* Take the points that count. Returns how many, 0 where the volume is infinite and *out that. */
static size_t take_points(struct volume *v, const double *losses, double *out)
{
	size_t count = 0;

	*out = 0;
	for (size_t i = 0; i < v->most; i++) {
		const double *point = losses + i * v->m;

		if (!counts(point, v->reference, v->m))
			continue;
		for (size_t j = 0; j < v->m; j++) {
			if (isinf(v->reference[j] - point[j])) {
				*out = (double)INFINITY;
				return 0;
			}
		}
		count = v->m > 3 && v->most <= MOST_EXACT ? add_point(v, count, v->m, point)
							  : append_point(v, count, v->m, point);
	}
	return count;
}

static hpo_status_t volume_init(struct volume *v, const double *reference, size_t n, size_t m)
{
	v->reference = reference;
	v->m = m;
	v->most = n;
	v->steps = MOST_STEPS;
	v->levels = n == 0 || m > SIZE_MAX / n ? NULL : hpo__calloc(n * m, m * sizeof(double));
	v->keys = hpo__calloc(n, m * sizeof *v->keys);
	v->x = hpo__calloc(n, 2 * sizeof *v->x);
	v->point = hpo__calloc(m, 2 * sizeof *v->point);
	if (v->levels == NULL || v->keys == NULL || v->x == NULL || v->point == NULL)
		return HPO_ENOMEM;
	v->y = v->x + n;
	v->corner = v->point + m;
	return HPO_OK;
}

static void volume_release(struct volume *v)
{
	hpo__free(v->levels);
	hpo__free(v->keys);
	hpo__free(v->x);
	hpo__free(v->point);
}

hpo_status_t hpo__hypervolume(const double *losses, size_t n, size_t m, const double *reference,
			      double *out)
{
	struct volume v = { 0 };
	hpo_status_t status;
	size_t count;

	*out = 0;
	if (n == 0 || m == 0)
		return HPO_OK;
	status = volume_init(&v, reference, n, m);
	if (status < 0)
		goto done;
	count = take_points(&v, losses, out);
	if (count == 0)
		goto done;
	*out = m > 3 && n > MOST_EXACT ? NAN : measure_level(&v, count, m);
	if (isnan(*out))
		*out = estimate(&v, count);
done:
	volume_release(&v);
	return status;
}
