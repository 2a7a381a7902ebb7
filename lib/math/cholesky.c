/*
 * Cholesky factors, blocked: G. H. Golub and C. F. Van Loan, "Matrix
 * computations", 4th edition (2013), 4.2.9 (factor, by columns of blocks) and
 * 3.1.4 (triangular solves of many columns).
 *
 * A block of columns first takes off what the factor left of it gives, then its
 * diagonal block is factored, then the rows below are solved. Only the first
 * grows with n^3; it is the product of product.h.
 */
#include "math/cholesky.h"

#include "math/dot.h"
#include "math/product.h"

#include <math.h>

enum { BLOCK = PRODUCT_STRIP };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void copy_lower(double *to, size_t to_stride, const double *from, size_t stride, size_t n)
{
	for (size_t i = 0; i < n; i++)
		memcpy(to + i * to_stride, from + i * stride, (i + 1) * sizeof(double));
}

/*
 * Subtract from block column `first` … `first + width` what the columns left of it give:
 * from a copy of its diagonal block, whose upper triangle is nobody's, and from the rows below.
 */
HPO__LANES_INLINE void subtract_left(double *a, size_t n, size_t stride, size_t first, size_t width)
{
	double packed[PRODUCT_DEPTH * PRODUCT_STRIP];
	double square[BLOCK * BLOCK] = { 0 };
	double *diagonal = a + first * stride + first;

	copy_lower(square, BLOCK, diagonal, stride, width);
	for (size_t k = 0; k < first; k += PRODUCT_DEPTH) {
		struct hpo_product p = { .c = square,
					 .c_stride = BLOCK,
					 .a = a + first * stride + k,
					 .a_stride = stride,
					 .b = packed,
					 .rows = width,
					 .depth = smaller(PRODUCT_DEPTH, first - k),
					 .columns = BLOCK };

		product_pack_transposed(packed, p.a, stride, p.depth, width);
		product_subtract(&p);

		p.c = diagonal + width * stride;
		p.c_stride = stride;
		p.a += width * stride;
		p.rows = n - first - width;
		p.columns = width;
		product_subtract(&p);
	}
	copy_lower(diagonal, stride, square, BLOCK, width);
}

/* Rows of the upper factor, lanes j from `from` on: row -= factor * pivot_row. */
HPO__LANES_INLINE void subtract_row(double *row, const double *pivot_row, double factor,
				    size_t from)
{
	for (size_t j = from / HPO__LANES * HPO__LANES; j < BLOCK; j += HPO__LANES)
		HPO__LANES_AT(row + j) -= factor * HPO__LANES_READ(pivot_row + j);
}

/*
 * Factor the diagonal block, as U = L^T: `u` [BLOCK][BLOCK] gets the rows of U, whose
 * entries right of `width` are 0. Returns the 1-based index of a pivot that failed, or 0.
 */
HPO__LANES_INLINE size_t factor_diagonal(double *a, size_t stride, size_t width, double *u)
{
	product_pack_transposed(u, a, stride, width, width);
	for (size_t k = 0; k < width; k++) {
		double *row = u + k * BLOCK;
		double root = sqrt(row[k]);
		double scale = 1 / root;

		if (!(row[k] > 0) || !isfinite(root) || !isfinite(scale))
			return k + 1;
		row[k] = root;
		for (size_t j = k + 1; j < width; j++)
			row[j] *= scale;
		for (size_t i = k + 1; i < width; i++)
			subtract_row(u + i * BLOCK, row, row[i], i);
	}
	for (size_t i = 0; i < width; i++) {
		for (size_t k = 0; k <= i; k++)
			a[i * stride + k] = u[k * BLOCK + i];
	}
	return 0;
}

/* Solve X L^T = A for `rows` <= BLOCK rows below the diagonal block, all rows at once as lanes. */
HPO__LANES_INLINE void solve_below(double *a, size_t stride, size_t rows, const double *u,
				   size_t width)
{
	double x[BLOCK * BLOCK]; /* transposed: [width][rows] */

	product_pack_transposed(x, a, stride, width, rows);
	for (size_t k = 0; k < width; k++) {
		double scale = 1 / u[k * BLOCK + k];

		for (size_t j = 0; j < BLOCK; j += HPO__LANES)
			HPO__LANES_AT(x + k * BLOCK + j) *= scale;
		for (size_t i = k + 1; i < width; i++)
			subtract_row(x + i * BLOCK, x + k * BLOCK, u[k * BLOCK + i], 0);
	}
	for (size_t i = 0; i < rows; i++) {
		for (size_t k = 0; k < width; k++)
			a[i * stride + k] = x[k * BLOCK + i];
	}
}

/* Returns 0, or k + 1 where pivot k fails. */
HPO__LANES_INLINE size_t factor_body(double *a, size_t n, size_t stride)
{
	double u[BLOCK * BLOCK];

	for (size_t first = 0; first < n; first += BLOCK) {
		size_t width = smaller(BLOCK, n - first);
		size_t failed;

		subtract_left(a, n, stride, first, width);
		failed = factor_diagonal(a + first * stride + first, stride, width, u);
		if (failed > 0)
			return first + failed;
		for (size_t i = first + width; i < n; i += BLOCK)
			solve_below(a + i * stride + first, stride, smaller(BLOCK, n - i), u, width);
	}
	return 0;
}

HPO__LANES_FUNCTION(size_t, factor, (double *a, size_t n, size_t stride), (a, n, stride))

int hpo__cholesky_factor(double *a, size_t n, size_t stride)
{
	return (int)factor(a, n, stride);
}

double hpo__cholesky_factor_jittered(double *a, double *scratch, size_t n, size_t stride)
{
	const double least = 1e-10; /* some digits above rounding, for a few hundred rows */
	const double most = 1e-2;
	double mean = 0;

	copy_lower(scratch, stride, a, stride, n);
	if (hpo__cholesky_factor(a, n, stride) == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		mean += scratch[i * stride + i] / (double)n;
	if (!(mean > 0) || isinf(mean))
		return NAN;

	for (double share = least; share < most * 2; share *= 10) {
		copy_lower(a, stride, scratch, stride, n);
		for (size_t i = 0; i < n; i++)
			a[i * stride + i] += share * mean;
		if (hpo__cholesky_factor(a, n, stride) == 0)
			return share * mean;
	}
	return NAN;
}

HPO__LANES_INLINE size_t solve_body(const double *l, size_t n, size_t stride, double *b)
{
	double sums[4];
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		const double *row = l + i * stride;

		dot_four(row, stride, b, i, sums);
		for (size_t r = 0; r < 4; r++) {
			for (size_t k = 0; k < r; k++)
				sums[r] += row[r * stride + i + k] * b[i + k];
			b[i + r] = (b[i + r] - sums[r]) / row[r * stride + i + r];
		}
	}
	for (; i < n; i++) {
		const double *row = l + i * stride;

		dot_four(row, 0, b, i, sums);
		b[i] = (b[i] - sums[0]) / row[i];
	}
	return 0;
}

HPO__LANES_FUNCTION(size_t, solve, (const double *l, size_t n, size_t stride, double *b),
		    (l, n, stride, b))

void hpo__solve_lower(const double *l, size_t n, size_t stride, double *b)
{
	solve(l, n, stride, b);
}

/* b := b - the four rows, each times its own x, over the first `count` columns. */
HPO__LANES_INLINE void subtract_four(double *b, const double *row, size_t stride, const double x[4],
				     size_t count)
{
	const double *r1 = row + stride;
	const double *r2 = r1 + stride;
	const double *r3 = r2 + stride;
	size_t k = 0;

	for (; k + HPO__LANES <= count; k += HPO__LANES)
		HPO__LANES_AT(b + k) -= (x[0] * HPO__LANES_READ(row + k) +
					 x[1] * HPO__LANES_READ(r1 + k)) +
					(x[2] * HPO__LANES_READ(r2 + k) +
					 x[3] * HPO__LANES_READ(r3 + k));
	for (; k < count; k++)
		b[k] -= (x[0] * row[k] + x[1] * r1[k]) + (x[2] * r2[k] + x[3] * r3[k]);
}

HPO__LANES_INLINE size_t solve_transposed_body(const double *l, size_t n, size_t stride, double *b)
{
	size_t whole = n / 4 * 4;

	for (size_t i = n; i-- > whole;) {
		b[i] /= l[i * stride + i];
		for (size_t k = 0; k < i; k++)
			b[k] -= b[i] * l[i * stride + k];
	}
	for (size_t i = whole; i > 0; i -= 4) {
		const double *row = l + (i - 4) * stride;

		for (size_t r = 4; r-- > 0;) {
			double *x = b + i - 4;

			x[r] /= row[r * stride + i - 4 + r];
			for (size_t k = 0; k < r; k++)
				x[k] -= x[r] * row[r * stride + i - 4 + k];
		}
		subtract_four(b, row, stride, b + i - 4, i - 4);
	}
	return 0;
}

HPO__LANES_FUNCTION(size_t, solve_transposed,
		    (const double *l, size_t n, size_t stride, double *b), (l, n, stride, b))

void hpo__solve_lower_transposed(const double *l, size_t n, size_t stride, double *b)
{
	solve_transposed(l, n, stride, b);
}

int hpo__cholesky_append(double *l, size_t n, size_t stride, const double *row)
{
	double *last = l + n * stride;
	double pivot;

	memcpy(last, row, (n + 1) * sizeof *row);
	hpo__solve_lower(l, n, stride, last);
	pivot = row[n];
	for (size_t k = 0; k < n; k++)
		pivot -= last[k] * last[k];
	last[n] = sqrt(pivot);
	return pivot > 0 && isfinite(last[n]) ? 0 : (int)n + 1;
}

/* Solve a diagonal block for the packed rows x [rows][BLOCK]. */
HPO__LANES_INLINE void solve_packed(const double *l, size_t stride, size_t rows, double *x)
{
	for (size_t k = 0; k < rows; k++) {
		double scale = 1 / l[k * stride + k];

		for (size_t j = 0; j < BLOCK; j += HPO__LANES)
			HPO__LANES_AT(x + k * BLOCK + j) *= scale;
		for (size_t i = k + 1; i < rows; i++)
			subtract_row(x + i * BLOCK, x + k * BLOCK, l[i * stride + k], 0);
	}
}

/* One strip of columns: a block of rows is solved, then taken off all those below. */
HPO__LANES_INLINE void solve_strip(const double *l, size_t n, size_t stride, double *b,
				   size_t columns, size_t b_stride)
{
	double packed[BLOCK * BLOCK];

	for (size_t k = 0; k < n; k += BLOCK) {
		size_t rows = smaller(BLOCK, n - k);
		struct hpo_product p = { .c = b + (k + rows) * b_stride,
					 .c_stride = b_stride,
					 .a = l + (k + rows) * stride + k,
					 .a_stride = stride,
					 .b = packed,
					 .rows = n - k - rows,
					 .depth = rows,
					 .columns = columns };

		product_pack(packed, b + k * b_stride, b_stride, rows, columns);
		solve_packed(l + k * stride + k, stride, rows, packed);
		for (size_t i = 0; i < rows; i++)
			memcpy(b + (k + i) * b_stride, packed + i * BLOCK, columns * sizeof *b);
		product_subtract(&p);
	}
}

HPO__LANES_INLINE size_t solve_many_body(const double *l, size_t n, size_t stride, double *b,
					 size_t columns, size_t b_stride)
{
	for (size_t j = 0; j < columns; j += BLOCK)
		solve_strip(l, n, stride, b + j, smaller(BLOCK, columns - j), b_stride);
	return 0;
}

HPO__LANES_FUNCTION(size_t, solve_many,
		    (const double *l, size_t n, size_t stride, double *b, size_t columns,
		     size_t b_stride),
		    (l, n, stride, b, columns, b_stride))

void hpo__solve_lower_many(const double *l, size_t n, size_t stride, double *b, size_t columns,
			   size_t b_stride)
{
	solve_many(l, n, stride, b, columns, b_stride);
}

/* x := L^-1, lower triangle and the squares on the diagonal: column strips of the identity. */
HPO__LANES_INLINE void invert_factor(const double *l, size_t n, size_t stride, double *x)
{
	for (size_t j = 0; j < n; j += BLOCK) {
		size_t columns = smaller(BLOCK, n - j);

		for (size_t i = j; i < n; i++) {
			memset(x + i * stride + j, 0, columns * sizeof *x);
			if (i < j + columns)
				x[i * stride + i] = 1;
		}
		solve_strip(l + j * stride + j, n - j, stride, x + j * stride + j, columns, stride);
	}
}

/* The square of X^T X at rows `first` and columns j, into `sum` [BLOCK][BLOCK]. */
HPO__LANES_INLINE void multiply_square(const double *x, size_t n, size_t stride, size_t first,
				       size_t j, double *sum)
{
	double left[BLOCK * PRODUCT_DEPTH];
	double right[PRODUCT_DEPTH * PRODUCT_STRIP];

	memset(sum, 0, BLOCK * BLOCK * sizeof *sum);
	for (size_t k = first; k < n; k += PRODUCT_DEPTH) {
		size_t width = smaller(BLOCK, n - first);
		struct hpo_product p = { .c = sum,
					 .c_stride = BLOCK,
					 .a = left,
					 .a_stride = PRODUCT_DEPTH,
					 .b = right,
					 .rows = width,
					 .depth = smaller(PRODUCT_DEPTH, n - k),
					 .columns = BLOCK };

		for (size_t t = 0; t < p.depth; t++) {
			for (size_t i = 0; i < width; i++)
				left[i * PRODUCT_DEPTH + t] = -x[(k + t) * stride + first + i];
		}
		product_pack(right, x + k * stride + j, stride, p.depth, smaller(BLOCK, n - j));
		product_subtract(&p);
	}
}

/*
 * X := X^T X in place, by squares from the top and in a row from the left. A square
 * needs the rows of X from its own on, of its own columns and of its row's diagonal
 * square, which is the last to be written.
 */
HPO__LANES_INLINE void multiply_by_transposed(double *x, size_t n, size_t stride)
{
	double sum[BLOCK * BLOCK];

	for (size_t first = 0; first < n; first += BLOCK) {
		size_t rows = smaller(BLOCK, n - first);

		for (size_t j = 0; j <= first; j += BLOCK) {
			size_t columns = smaller(BLOCK, n - j);

			multiply_square(x, n, stride, first, j, sum);
			for (size_t i = 0; i < rows; i++)
				memcpy(x + (first + i) * stride + j, sum + i * BLOCK,
				       columns * sizeof *x);
		}
	}
}

HPO__LANES_INLINE size_t invert_body(const double *l, size_t n, size_t stride, double *inverse)
{
	invert_factor(l, n, stride, inverse);
	multiply_by_transposed(inverse, n, stride);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			inverse[j * stride + i] = inverse[i * stride + j];
	}
	return 0;
}

HPO__LANES_FUNCTION(size_t, invert, (const double *l, size_t n, size_t stride, double *inverse),
		    (l, n, stride, inverse))

void hpo__cholesky_inverse(const double *l, size_t n, size_t stride, double *inverse)
{
	invert(l, n, stride, inverse);
}

double hpo__cholesky_log_determinant(const double *l, size_t n, size_t stride)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += log(l[i * stride + i]);
	return 2 * sum;
}
