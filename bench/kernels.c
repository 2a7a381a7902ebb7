/*
 * The dense kernels beside OpenBLAS and LAPACK on one thread: the time of each
 * and their ratio. Built only where pkg-config finds lapacke and openblas; the
 * library itself is linked with neither.
 *
 *   kernels    prints lines of "what<TAB>n<TAB>ours ms<TAB>theirs ms<TAB>ratio"
 */
#include "math/cholesky.h"
#include "math/eigen.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS = 512, MOST = 500 };

static double *matrix, *factor, *a, *b, *right; /* [MOST][MOST], right and b [MOST][COLUMNS] */
static double vector[MOST + 1], values[MOST], scratch[2 * MOST];

void openblas_set_num_threads(int count);

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *must_alloc(size_t count)
{
	void *memory = calloc(count, sizeof(double));

	if (memory == NULL)
		exit(EXIT_FAILURE);
	return memory;
}

/* The covariances of points on a line: definite, with some noise on the diagonal. */
static void fill(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			double r = fabs((double)i - (double)j) / 20;

			matrix[i * n + j] = (1 + r) * exp(-r) + (i == j ? 0.01 : 0);
		}
	}
	memcpy(factor, matrix, n * n * sizeof *factor);
	hpo__cholesky_factor(factor, n, n);
	for (size_t i = 0; i < n * COLUMNS; i++)
		right[i] = sin((double)i);
}

/* Each kernel twice: ours and theirs. What it overwrites is restored within the time. */
static void factor_ours(size_t n)
{
	memcpy(a, matrix, n * n * sizeof *a);
	hpo__cholesky_factor(a, n, n);
}

static void factor_theirs(size_t n)
{
	memcpy(a, matrix, n * n * sizeof *a);
	LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (int)n, a, (int)n);
}

static void append_ours(size_t n)
{
	hpo__cholesky_append(factor, n - 1, n, matrix + (n - 1) * n);
}

static void append_theirs(size_t n)
{
	double *row = factor + (n - 1) * n;
	int m = (int)n - 1;

	memcpy(row, matrix + (n - 1) * n, n * sizeof *row);
	cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, m, factor, (int)n, row, 1);
	row[m] = sqrt(row[m] - cblas_ddot(m, row, 1, row, 1));
}

static void solve_ours(size_t n)
{
	memcpy(vector, right, n * sizeof *vector);
	hpo__solve_lower(factor, n, n, vector);
	hpo__solve_lower_transposed(factor, n, n, vector);
}

static void solve_theirs(size_t n)
{
	int m = (int)n;

	memcpy(vector, right, n * sizeof *vector);
	cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, m, factor, m, vector, 1);
	cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, m, factor, m, vector, 1);
}

static void many_ours(size_t n)
{
	memcpy(b, right, n * COLUMNS * sizeof *b);
	hpo__solve_lower_many(factor, n, n, b, COLUMNS, COLUMNS);
}

static void many_theirs(size_t n)
{
	memcpy(b, right, n * COLUMNS * sizeof *b);
	cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (int)n,
		    COLUMNS, 1, factor, (int)n, b, COLUMNS);
}

static void invert_ours(size_t n)
{
	hpo__cholesky_inverse(factor, n, n, a);
}

static void invert_theirs(size_t n)
{
	memcpy(a, factor, n * n * sizeof *a);
	LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', (int)n, a, (int)n);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			a[j * n + i] = a[i * n + j];
	}
}

static void eigen_ours(size_t n)
{
	memcpy(a, matrix, n * n * sizeof *a);
	hpo__eigen_symmetric(a, values, scratch, n);
}

static void eigen_theirs(size_t n)
{
	memcpy(a, matrix, n * n * sizeof *a);
	LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'U', (int)n, a, (int)n, values, b, 64 * (int)n);
}

/* Milliseconds of one call: the least mean of several rounds, each long enough for the clock. */
static double measure(void (*kernel)(size_t), size_t n)
{
	double least = INFINITY;

	kernel(n);
	for (int round = 0; round < 5; round++) {
		double begin = now_s();
		double passed = 0;
		int calls = 0;

		for (; passed < 0.02 || calls < 2; passed = now_s() - begin, calls++)
			kernel(n);
		least = fmin(least, passed / calls);
	}
	return least * 1e3;
}

static void compare(const char *what, size_t n, void (*ours)(size_t), void (*theirs)(size_t))
{
	double mine = measure(ours, n);
	double other = measure(theirs, n);

	printf("%s\t%zu\t%.4g\t%.4g\t%.2f\n", what, n, mine, other, mine / other);
	fflush(stdout);
}

int main(void)
{
	static const size_t sizes[] = { 50, 100, 200, 350, 500 };

	openblas_set_num_threads(1);
	matrix = must_alloc(MOST * MOST);
	factor = must_alloc(MOST * MOST);
	a = must_alloc(MOST * MOST);
	b = must_alloc(MOST * COLUMNS);
	right = must_alloc(MOST * COLUMNS);
	for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
		size_t n = sizes[c];

		fill(n);
		compare("factor", n, factor_ours, factor_theirs);
		compare("append", n, append_ours, append_theirs);
		compare("solve, one column", n, solve_ours, solve_theirs);
		compare("solve, 512 columns", n, many_ours, many_theirs);
		compare("inverse", n, invert_ours, invert_theirs);
		compare("eigenvalues and vectors", n, eigen_ours, eigen_theirs);
	}
	free(matrix);
	free(factor);
	free(a);
	free(b);
	free(right);
	return EXIT_SUCCESS;
}
