/*
 * Cholesky factors of symmetric positive definite matrices, and what is solved
 * with them.
 *
 * A matrix is flat and row-major, row i begins at i * stride, and stride >= n.
 * Of a symmetric matrix and of a factor only the lower triangle is read or
 * written, but where it is said otherwise. Sums keep one order, whatever the
 * processor: the same matrix gives the same bits.
 */
#ifndef HPO_MATH_CHOLESKY_H
#define HPO_MATH_CHOLESKY_H

#include <stddef.h>

/* A := L with A = L L^T, in place. Returns 0, or k + 1 where pivot k is not positive (or NaN). */
int hpo__cholesky_factor(double *a, size_t n, size_t stride);

/*
 * The same, where A may be singular or worse by rounding: no jitter is tried
 * first, then 1e-10 of the mean diagonal and ten times more until it succeeds,
 * 1e-2 at most. `scratch` [n][stride] gets a copy of A. Returns the jitter that
 * was added to the diagonal, NaN if none helped.
 */
double hpo__cholesky_factor_jittered(double *a, double *scratch, size_t n, size_t stride);

/*
 * Let the factor `l` of an n by n matrix grow by the matrix's next row [n + 1],
 * in O(n^2); stride > n. Returns 0, or n + 1 where its pivot is not positive:
 * the row n of `l` is lost then, the others are as they were.
 */
int hpo__cholesky_append(double *l, size_t n, size_t stride, const double *row);

/* b := L^-1 b; b := L^-T b. */
void hpo__solve_lower(const double *l, size_t n, size_t stride, double *b);
void hpo__solve_lower_transposed(const double *l, size_t n, size_t stride, double *b);

/* b := L^-1 b for `columns` at once: b [n][columns], whose row i begins at i * b_stride. */
void hpo__solve_lower_many(const double *l, size_t n, size_t stride, double *b, size_t columns,
			   size_t b_stride);

/* The inverse of A = L L^T, both triangles: [n][stride], not `l` itself. */
void hpo__cholesky_inverse(const double *l, size_t n, size_t stride, double *inverse);

/* log det A. */
double hpo__cholesky_log_determinant(const double *l, size_t n, size_t stride);

#endif
