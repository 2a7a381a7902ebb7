/*
 * Symmetric eigenvalues: Householder's reduction to a tridiagonal matrix, then
 * implicit QL steps with Wilkinson's shift.
 *
 * R. S. Martin, C. Reinsch and J. H. Wilkinson, "Householder's tridiagonalization
 * of a symmetric matrix", and A. Dubrulle, R. S. Martin and J. H. Wilkinson, "The
 * implicit QL algorithm", Numerische Mathematik 11 and 12 (1968).
 *
 * The transformation is kept transposed, so that a rotation mixes two rows; and
 * rotations are collected, so that a strip of columns meets many of them while
 * it is in registers.
 */
#include "math/eigen.h"

#include "math/dot.h"

#include <float.h>
#include <math.h>

enum {
	STRIP = 4 * HPO__LANES, /* columns rotated at once */
	COLLECTED = 64, /* rotations applied at once */
	MOST_STEPS = 60 /* per eigenvalue; two or three are usual, thirty were never seen */
};

struct rotations {
	size_t count;
	size_t top; /* the first mixes rows top and top + 1, the next those one above, … */
	double cosines[COLLECTED], sines[COLLECTED];
};

/* The largest absolute value; NaN or infinite where an element is. */
static double measure(const double *a, size_t count)
{
	double most = 0;

	for (size_t i = 0; i < count; i++) {
		if (!(fabs(a[i]) <= most))
			most = fabs(a[i]);
		if (!isfinite(most))
			break;
	}
	return most;
}

/* row -= u_j * q + q_j * u */
HPO__LANES_INLINE void subtract_pair(double *row, const double *u, const double *q, size_t j,
				     size_t count)
{
	double uj = u[j];
	double qj = q[j];
	size_t k = 0;

	for (; k + HPO__LANES <= count; k += HPO__LANES)
		HPO__LANES_AT(row + k) -= uj * HPO__LANES_READ(q + k) + qj * HPO__LANES_READ(u + k);
	for (; k < count; k++)
		row[k] -= uj * q[k] + qj * u[k];
}

/* p := A u of the leading `count` rows and columns. */
HPO__LANES_INLINE void multiply(const double *a, size_t n, const double *u, double *p, size_t count)
{
	size_t j = 0;

	for (; j + 4 <= count; j += 4)
		dot_four(a + j * n, n, u, count, p + j);
	for (; j < count; j++)
		p[j] = dot_one(a + j * n, u, count);
}

/*
 * Turn row i into what stands left of the diagonal in a tridiagonal matrix, by
 * the reflection I - u u^T / h. u stays in the row; h is returned, 0 where no
 * reflection is needed. `q` [count] is scratch.
 */
HPO__LANES_INLINE double reflect(double *a, size_t n, size_t i, double *beside, double *q)
{
	const double negligible = 1e-280; /* squares of elements below 1e-140 of the largest */
	double *u = a + i * n;
	double last = u[i - 1];
	double others = dot_one(u, u, i - 1);
	double alpha;
	double share;
	double h;

	*beside = last;
	if (others < negligible)
		return 0;
	alpha = -copysign(sqrt(others + last * last), last);
	*beside = alpha;
	u[i - 1] = last - alpha;
	h = alpha * alpha - last * alpha;

	multiply(a, n, u, q, i);
	for (size_t j = 0; j < i; j++)
		q[j] /= h;
	share = dot_one(u, q, i) / (2 * h);
	for (size_t j = 0; j < i; j++)
		q[j] -= share * u[j];
	for (size_t j = 0; j < i; j++)
		subtract_pair(a + j * n, u, q, j, i);
	return h;
}

/* Multiply the reflections, the last made first, into rows: the transformation transposed. */
HPO__LANES_INLINE void accumulate(double *a, const double *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double *u = a + i * n;

		for (size_t r = 0; r < i && h[i] > 0; r++) {
			double *row = a + r * n;
			double share = dot_one(row, u, i) / h[i];

			for (size_t k = 0; k < i; k++)
				row[k] -= share * u[k];
		}
		memset(u, 0, n * sizeof *u);
		for (size_t r = 0; r < i; r++)
			a[r * n + i] = 0;
		u[i] = 1;
	}
}

/* A becomes the rows of Q^T, with A = Q T Q^T; the diagonal of T, and what is right of it. */
HPO__LANES_INLINE size_t reduce_body(double *a, double *diagonal, double *beside, double *scratch,
				     size_t n)
{
	for (size_t i = n; i-- > 1;)
		scratch[i] = reflect(a, n, i, &beside[i - 1], scratch);
	for (size_t i = 0; i < n; i++)
		diagonal[i] = a[i * n + i];
	scratch[0] = 0;
	beside[n - 1] = 0;
	accumulate(a, scratch, n);
	return n;
}

HPO__LANES_FUNCTION(size_t, reduce,
		    (double *a, double *diagonal, double *beside, double *scratch, size_t n),
		    (a, diagonal, beside, scratch, n))

/* All rotations for STRIP columns. The row that two rotations share stays in registers. */
HPO__LANES_INLINE void rotate_strip(double *rows, size_t n, const struct rotations *r)
{
	double *row = rows + (r->top + 1) * n;
	hpo_lanes_t c0 = HPO__LANES_READ(row);
	hpo_lanes_t c1 = HPO__LANES_READ(row + HPO__LANES);
	hpo_lanes_t c2 = HPO__LANES_READ(row + 2 * HPO__LANES);
	hpo_lanes_t c3 = HPO__LANES_READ(row + 3 * HPO__LANES);

	for (size_t k = 0; k < r->count; k++, row -= n) {
		const double *above = row - n;
		hpo_lanes_t a0 = HPO__LANES_READ(above);
		hpo_lanes_t a1 = HPO__LANES_READ(above + HPO__LANES);
		hpo_lanes_t a2 = HPO__LANES_READ(above + 2 * HPO__LANES);
		hpo_lanes_t a3 = HPO__LANES_READ(above + 3 * HPO__LANES);
		double cosine = r->cosines[k];
		double sine = r->sines[k];

		HPO__LANES_AT(row) = sine * a0 + cosine * c0;
		HPO__LANES_AT(row + HPO__LANES) = sine * a1 + cosine * c1;
		HPO__LANES_AT(row + 2 * HPO__LANES) = sine * a2 + cosine * c2;
		HPO__LANES_AT(row + 3 * HPO__LANES) = sine * a3 + cosine * c3;
		c0 = cosine * a0 - sine * c0;
		c1 = cosine * a1 - sine * c1;
		c2 = cosine * a2 - sine * c2;
		c3 = cosine * a3 - sine * c3;
	}
	HPO__LANES_AT(row) = c0;
	HPO__LANES_AT(row + HPO__LANES) = c1;
	HPO__LANES_AT(row + 2 * HPO__LANES) = c2;
	HPO__LANES_AT(row + 3 * HPO__LANES) = c3;
}

/* The same for one column. */
HPO__LANES_INLINE void rotate_column(double *rows, size_t n, const struct rotations *r)
{
	double *row = rows + (r->top + 1) * n;
	double carried = *row;

	for (size_t k = 0; k < r->count; k++, row -= n) {
		double above = *(row - n);

		*row = r->sines[k] * above + r->cosines[k] * carried;
		carried = r->cosines[k] * above - r->sines[k] * carried;
	}
	*row = carried;
}

HPO__LANES_INLINE size_t rotate_body(double *a, size_t n, struct rotations *r)
{
	size_t j = 0;

	for (; j + STRIP <= n; j += STRIP)
		rotate_strip(a + j, n, r);
	for (; j < n; j++)
		rotate_column(a + j, n, r);
	r->count = 0;
	return n;
}

HPO__LANES_FUNCTION(size_t, rotate, (double *a, size_t n, struct rotations *r), (a, n, r))

static void collect(double *a, size_t n, struct rotations *r, size_t row, double cosine,
		    double sine)
{
	if (r->count == COLLECTED)
		rotate(a, n, r);
	if (r->count == 0)
		r->top = row;
	r->cosines[r->count] = cosine;
	r->sines[r->count++] = sine;
}

/* The first index from l on whose neighbour right of it is 0 to rounding. */
static size_t find_split(const double *d, const double *e, size_t l, size_t n)
{
	while (l + 1 < n && fabs(e[l]) > DBL_EPSILON * (fabs(d[l]) + fabs(d[l + 1])))
		l++;
	return l;
}

/* One implicit QL step on rows l … m, from the bottom up. */
static void step_up(double *d, double *e, size_t l, size_t m, struct rotations *r, double *a,
		    size_t n)
{
	double g = (d[l + 1] - d[l]) / (2 * e[l]);
	double sine = 1;
	double cosine = 1;
	double carried = 0;

	g = d[m] - d[l] + e[l] / (g + copysign(sqrt(g * g + 1), g)); /* less the shift */
	for (size_t i = m; i-- > l;) {
		double f = sine * e[i];
		double b = cosine * e[i];
		double length = sqrt(f * f + g * g);
		double turned;

		e[i + 1] = length;
		if (length == 0) { /* it has come apart here */
			d[i + 1] -= carried;
			e[m] = 0;
			return;
		}
		sine = f / length;
		cosine = g / length;
		g = d[i + 1] - carried;
		turned = (d[i] - g) * sine + 2 * cosine * b;
		carried = sine * turned;
		d[i + 1] = g + carried;
		g = cosine * turned - b;
		collect(a, n, r, i, cosine, sine);
	}
	d[l] -= carried;
	e[l] = g;
	e[m] = 0;
}

/* HPO_EINVAL where the steps do not end, which no finite matrix was seen to cause. */
static hpo_status_t diagonalise(double *d, double *e, double *a, size_t n)
{
	struct rotations r = { .count = 0 };

	for (size_t l = 0; l < n; l++) {
		size_t steps = 0;
		size_t m;

		while ((m = find_split(d, e, l, n)) > l) {
			if (steps++ == MOST_STEPS)
				return HPO_EINVAL;
			step_up(d, e, l, m, &r, a, n);
			rotate(a, n, &r);
		}
	}
	return HPO_OK;
}

static void swap_rows(double *x, double *y, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double kept = x[i];

		x[i] = y[i];
		y[i] = kept;
	}
}

/* By selection: a row is moved at most once. */
static void sort(double *values, double *a, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		size_t least = i;

		for (size_t k = i + 1; k < n; k++)
			least = values[k] < values[least] ? k : least;
		if (least != i) {
			swap_rows(values + i, values + least, 1);
			swap_rows(a + i * n, a + least * n, n);
		}
	}
}

hpo_status_t hpo__eigen_symmetric(double *a, double *values, double *scratch, size_t n)
{
	double most = measure(a, n * n);
	hpo_status_t status;
	int exponent;

	if (!isfinite(most))
		return HPO_EINVAL;
	if (n == 0)
		return HPO_OK;

	/* By a power of two, exactly: squares stay in range. */
	(void)frexp(most, &exponent);
	for (size_t i = 0; i < n * n; i++)
		a[i] = ldexp(a[i], -exponent);
	reduce(a, values, scratch, scratch + n, n);
	status = diagonalise(values, scratch, a, n);
	for (size_t i = 0; i < n; i++)
		values[i] = ldexp(values[i], exponent);
	sort(values, a, n);
	return status;
}
