/*
 * Cholesky factors, against matrices whose factors are known in closed form:
 * Pascal's (A. Edelman and G. Strang, "Pascal matrices", 2004: A = L L^T with
 * the binomials in L), Moler's (N. J. Higham, "The test matrix toolbox for
 * Matlab", 1995: L is 1 on the diagonal and -1 below) and Lehmer's (ibid.; its
 * inverse is tridiagonal).
 */
#include "math/cholesky.h"

#include "hpo/plugin/random.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 150, STRIDE = MOST + 3 };

static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 36, 63, 65, 97, 130, 150 };
enum { SIZES = sizeof sizes / sizeof *sizes };

static double matrix[MOST * STRIDE], factor[MOST * STRIDE], other[MOST * STRIDE];

/* Moler's matrix: min(i, j) - 1 off the diagonal and i on it, counted from 1. */
static void fill_moler(double *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			a[i * STRIDE + j] = i == j ? (double)i + 1
						   : (double)(i < j ? i : j) - 1;
	}
}

/* Lehmer's matrix: the smaller of i and j divided by the larger, counted from 1. */
static void fill_lehmer(double *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			a[i * STRIDE + j] = (double)((i < j ? i : j) + 1) /
					    (double)((i < j ? j : i) + 1);
	}
}

/* A Lehmer matrix with some noise that keeps it definite. */
static void fill_random(double *a, size_t n, uint64_t seed)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, seed, n, 0);
	fill_lehmer(a, n);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			a[i * STRIDE + j] += 0.1 * (hpo_rng_uniform(&rng) - 0.5);
		a[i * STRIDE + i] += (double)n * 0.1;
		for (size_t j = 0; j < i; j++)
			a[j * STRIDE + i] = a[i * STRIDE + j];
	}
}

/* Row i of L times row j of L. */
static double multiply_rows(const double *l, size_t i, size_t j)
{
	double sum = 0;

	for (size_t k = 0; k <= i && k <= j; k++)
		sum += l[i * STRIDE + k] * l[j * STRIDE + k];
	return sum;
}

START_TEST(the_factor_of_pascals_matrix_holds_the_binomials)
{
	enum { N = 20 }; /* beyond it the binomials are not exact */
	double pascal[N * N];

	for (size_t i = 0; i < N; i++) {
		for (size_t j = 0; j < N; j++)
			pascal[i * N + j] = i == 0 || j == 0 ? 1
							     : pascal[(i - 1) * N + j] +
								       pascal[i * N + j - 1];
	}

	ck_assert_int_eq(hpo__cholesky_factor(pascal, N, N), 0);

	for (size_t i = 0; i < N; i++) {
		double binomial = 1;

		for (size_t j = 0; j <= i; j++) {
			ck_assert_double_eq_tol(pascal[i * N + j] / binomial, 1, 1e-9);
			binomial *= (double)(i - j) / (double)(j + 1);
		}
	}
}
END_TEST

/* Small integers all the way: no rounding, so the answer is exact in every block. */
START_TEST(the_factor_of_molers_matrix_is_exact)
{
	for (size_t c = 0; c < SIZES; c++) {
		size_t n = sizes[c];

		fill_moler(factor, n);
		ck_assert_int_eq(hpo__cholesky_factor(factor, n, STRIDE), 0);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j <= i; j++)
				ck_assert_double_eq(factor[i * STRIDE + j], i == j ? 1 : -1);
		}
	}
}
END_TEST

START_TEST(the_upper_triangle_is_left_alone)
{
	for (size_t c = 0; c < SIZES; c++) {
		size_t n = sizes[c];

		fill_lehmer(factor, n);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = i + 1; j < STRIDE; j++)
				factor[i * STRIDE + j] = 2.385;
		}
		ck_assert_int_eq(hpo__cholesky_factor(factor, n, STRIDE), 0);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = i + 1; j < STRIDE; j++)
				ck_assert_double_eq(factor[i * STRIDE + j], 2.385);
		}
	}
}
END_TEST

START_TEST(the_factor_multiplied_gives_the_matrix)
{
	for (size_t c = 0; c < SIZES; c++) {
		size_t n = sizes[c];

		fill_random(matrix, n, 3);
		memcpy(factor, matrix, sizeof factor);
		ck_assert_int_eq(hpo__cholesky_factor(factor, n, STRIDE), 0);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j <= i; j++)
				ck_assert_double_eq_tol(multiply_rows(factor, i, j),
							matrix[i * STRIDE + j], 1e-13 * (double)n);
		}
	}
}
END_TEST

START_TEST(a_pivot_that_is_not_positive_is_named)
{
	static const double bad[] = { -1, 0, NAN };
	static const size_t places[] = { 0, 5, 31, 32, 40, 77 };

	for (size_t c = 0; c < 3; c++) {
		for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
			fill_moler(factor, 80);
			factor[places[p] * STRIDE + places[p]] = bad[c];
			ck_assert_int_eq(hpo__cholesky_factor(factor, 80, STRIDE),
					 (int)places[p] + 1);
		}
	}
}
END_TEST

/* Hilbert's matrix of order 40 is singular to rounding: its condition is above 1e50. */
START_TEST(jitter_makes_hilberts_matrix_definite_and_is_reported)
{
	enum { N = 40 };
	double jitter;

	for (size_t i = 0; i < N; i++) {
		for (size_t j = 0; j < N; j++)
			matrix[i * STRIDE + j] = 1 / (double)(i + j + 1);
	}
	memcpy(factor, matrix, sizeof factor);

	jitter = hpo__cholesky_factor_jittered(factor, other, N, STRIDE);

	ck_assert_double_gt(jitter, 0);
	ck_assert_double_lt(jitter, 1e-9);
	for (size_t i = 0; i < N; i++) {
		for (size_t j = 0; j <= i; j++) {
			ck_assert_double_eq(other[i * STRIDE + j], matrix[i * STRIDE + j]);
			ck_assert_double_eq_tol(multiply_rows(factor, i, j),
						matrix[i * STRIDE + j] + (i == j ? jitter : 0),
						1e-14);
		}
	}
}
END_TEST

START_TEST(no_jitter_is_added_where_none_is_needed)
{
	fill_moler(factor, 50);
	ck_assert_double_eq(hpo__cholesky_factor_jittered(factor, other, 50, STRIDE), 0);
	ck_assert_double_eq(factor[49 * STRIDE + 3], -1);
}
END_TEST

START_TEST(jitter_gives_up_on_what_is_far_from_definite)
{
	fill_lehmer(factor, 6);
	factor[5 * STRIDE + 4] = 40;
	ck_assert(isnan(hpo__cholesky_factor_jittered(factor, other, 6, STRIDE)));
	fill_lehmer(factor, 6);
	factor[3 * STRIDE + 3] = NAN;
	ck_assert(isnan(hpo__cholesky_factor_jittered(factor, other, 6, STRIDE)));
}
END_TEST

START_TEST(a_factor_grown_row_by_row_is_that_of_the_whole)
{
	const size_t n = 97;

	fill_random(matrix, n, 5);
	memcpy(other, matrix, sizeof other);
	ck_assert_int_eq(hpo__cholesky_factor(other, n, STRIDE), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(hpo__cholesky_append(factor, i, STRIDE, matrix + i * STRIDE), 0);

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++)
			ck_assert_double_eq_tol(factor[i * STRIDE + j], other[i * STRIDE + j],
						1e-13);
	}
}
END_TEST

START_TEST(a_repeated_row_cannot_be_appended)
{
	double row[11];

	fill_moler(factor, 10);
	memcpy(row, factor + 4 * STRIDE, 10 * sizeof *row);
	row[10] = factor[4 * STRIDE + 4];
	ck_assert_int_eq(hpo__cholesky_factor(factor, 10, STRIDE), 0);
	ck_assert_int_eq(hpo__cholesky_append(factor, 10, STRIDE, row), 11);
}
END_TEST

/* Products of L with x = 1, 2, 3, …, in small integers: the solutions are exact. */
START_TEST(triangular_systems_are_solved)
{
	double forward[MOST];
	double backward[MOST];

	for (size_t c = 0; c < SIZES; c++) {
		size_t n = sizes[c];

		fill_moler(factor, n);
		hpo__cholesky_factor(factor, n, STRIDE);
		for (size_t i = 0; i < n; i++) {
			forward[i] = backward[i] = (double)i + 1;
			for (size_t k = 0; k < i; k++)
				forward[i] -= (double)k + 1;
			for (size_t k = i + 1; k < n; k++)
				backward[i] -= (double)k + 1;
		}
		hpo__solve_lower(factor, n, STRIDE, forward);
		hpo__solve_lower_transposed(factor, n, STRIDE, backward);
		for (size_t i = 0; i < n; i++) {
			ck_assert_double_eq(forward[i], (double)i + 1);
			ck_assert_double_eq(backward[i], (double)i + 1);
		}
	}
}
END_TEST

START_TEST(many_columns_are_solved_as_each_alone)
{
	static const size_t widths[] = { 1, 5, 8, 32, 37, 70 };
	double one[MOST];

	for (size_t c = 0; c < SIZES; c++) {
		size_t n = sizes[c];
		size_t columns = widths[c % 6];

		fill_random(factor, n, 7);
		hpo__cholesky_factor(factor, n, STRIDE);
		for (size_t i = 0; i < n * STRIDE; i++)
			other[i] = matrix[i] = sin((double)i);
		hpo__solve_lower_many(factor, n, STRIDE, other, columns, STRIDE);
		for (size_t j = 0; j < STRIDE; j++) {
			for (size_t i = 0; i < n; i++)
				one[i] = matrix[i * STRIDE + j];
			if (j < columns)
				hpo__solve_lower(factor, n, STRIDE, one);
			for (size_t i = 0; i < n; i++)
				ck_assert_double_eq_tol(other[i * STRIDE + j], one[i], 1e-13);
		}
	}
}
END_TEST

/* The inverse of Lehmer's matrix: 4 i^3 / (4 i^2 - 1) on the diagonal, -i (i + 1) / (2 i + 1) beside. */
START_TEST(the_inverse_of_lehmers_matrix_is_tridiagonal)
{
	for (size_t c = 0; c < SIZES; c++) {
		size_t n = sizes[c];

		fill_lehmer(factor, n);
		hpo__cholesky_factor(factor, n, STRIDE);
		hpo__cholesky_inverse(factor, n, STRIDE, other);
		for (size_t i = 0; i < n; i++) {
			double k = (double)i + 1;
			double wanted = i + 1 < n ? 4 * k * k * k / (4 * k * k - 1)
						  : k * k / (2 * k - 1);

			ck_assert_double_eq_tol(other[i * STRIDE + i], wanted, 1e-9);
			for (size_t j = 0; j < i; j++) {
				wanted = j + 1 == i ? -(k - 1) * k / (2 * k - 1) : 0;
				ck_assert_double_eq_tol(other[i * STRIDE + j], wanted, 1e-9);
				ck_assert_double_eq(other[j * STRIDE + i], other[i * STRIDE + j]);
			}
		}
	}
}
END_TEST

/* det of Moler's matrix is 1; that of 4 times it, whose factor is exact, 4^n. */
START_TEST(the_log_determinant_is_that_of_the_matrix)
{
	fill_moler(factor, 70);
	for (size_t i = 0; i < 70 * STRIDE; i++)
		factor[i] *= 4;
	hpo__cholesky_factor(factor, 70, STRIDE);
	ck_assert_double_eq_tol(hpo__cholesky_log_determinant(factor, 70, STRIDE), 70 * log(4),
				1e-9);
}
END_TEST

Suite *unit_math_cholesky(void);

Suite *unit_math_cholesky(void)
{
	Suite *suite = suite_create("math/cholesky");
	TCase *tests = tcase_create("cholesky");

	tcase_add_test(tests, the_factor_of_pascals_matrix_holds_the_binomials);
	tcase_add_test(tests, the_factor_of_molers_matrix_is_exact);
	tcase_add_test(tests, the_upper_triangle_is_left_alone);
	tcase_add_test(tests, the_factor_multiplied_gives_the_matrix);
	tcase_add_test(tests, a_pivot_that_is_not_positive_is_named);
	tcase_add_test(tests, jitter_makes_hilberts_matrix_definite_and_is_reported);
	tcase_add_test(tests, no_jitter_is_added_where_none_is_needed);
	tcase_add_test(tests, jitter_gives_up_on_what_is_far_from_definite);
	tcase_add_test(tests, a_factor_grown_row_by_row_is_that_of_the_whole);
	tcase_add_test(tests, a_repeated_row_cannot_be_appended);
	tcase_add_test(tests, triangular_systems_are_solved);
	tcase_add_test(tests, many_columns_are_solved_as_each_alone);
	tcase_add_test(tests, the_inverse_of_lehmers_matrix_is_tridiagonal);
	tcase_add_test(tests, the_log_determinant_is_that_of_the_matrix);
	suite_add_tcase(suite, tests);
	return suite;
}
