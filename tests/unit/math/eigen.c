/*
 * Symmetric eigenvalues, against matrices whose spectra are known in closed
 * form (R. T. Gregory and D. L. Karney, "A collection of matrices for testing
 * computational algorithms", 1969): the second difference, with 2 - 2 cos(k pi /
 * (n + 1)); Wilkinson's, which is tridiagonal with close pairs; and of Hilbert's of order 5
 * the values that mpmath 1.3 gives with 40 digits.
 */
#include "math/eigen.h"

#include "hpo/plugin/random.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 120 };

static double matrix[MOST * MOST], vectors[MOST * MOST], values[MOST], scratch[2 * MOST];

static void fill_random(double *a, size_t n, double scale)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 11, n, 0);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++)
			a[i * n + j] = a[j * n + i] = scale * hpo_rng_normal(&rng);
	}
}

/* A v = value v for each row v, and the rows are orthonormal. */
static void check_decomposition(const double *a, size_t n, double scale)
{
	const double tolerance = 1e-14 * (double)n;

	for (size_t k = 0; k < n; k++) {
		const double *v = vectors + k * n;

		ck_assert(k == 0 || values[k - 1] <= values[k]);
		for (size_t i = 0; i < n; i++) {
			double image = 0;

			for (size_t j = 0; j < n; j++)
				image += a[i * n + j] / scale * v[j];
			ck_assert_double_eq_tol(image, values[k] / scale * v[i], 4 * tolerance);
		}
		for (size_t l = 0; l <= k; l++) {
			double product = 0;

			for (size_t j = 0; j < n; j++)
				product += v[j] * vectors[l * n + j];
			ck_assert_double_eq_tol(product, l == k ? 1 : 0, tolerance);
		}
	}
}

static void decompose(size_t n)
{
	memcpy(vectors, matrix, n * n * sizeof *matrix);
	ck_assert_int_eq(hpo__eigen_symmetric(vectors, values, scratch, n), HPO_OK);
}

START_TEST(the_second_difference_has_its_known_values)
{
	static const size_t sizes[] = { 1, 2, 3, 16, 17, 64, 101 };

	for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
		size_t n = sizes[c];

		memset(matrix, 0, sizeof matrix);
		for (size_t i = 0; i < n; i++) {
			matrix[i * n + i] = 2;
			if (i > 0)
				matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
		}
		decompose(n);
		for (size_t k = 0; k < n; k++)
			ck_assert_double_eq_tol(values[k],
						2 - 2 * cos((double)(k + 1) * acos(-1) /
							    (double)(n + 1)),
						1e-14);
		check_decomposition(matrix, n, 1);
	}
}
END_TEST

START_TEST(hilberts_matrix_has_its_known_values)
{
	static const double wanted[] = { 3.2879287721718629571e-6, 3.0589804015119172687e-4,
					 0.011407491623419806559, 0.20853421861101333591,
					 1.5670506910982307955 };

	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < 5; j++)
			matrix[i * 5 + j] = 1 / (double)(i + j + 1);
	}
	decompose(5);
	for (size_t k = 0; k < 5; k++)
		ck_assert_double_eq_tol(values[k], wanted[k], 1e-15);
}
END_TEST

/* W21+: its two largest values agree to 15 digits, 10.7461941829033932… */
START_TEST(a_close_pair_is_separated_into_orthogonal_vectors)
{
	memset(matrix, 0, sizeof matrix);
	for (size_t i = 0; i < 21; i++) {
		matrix[i * 21 + i] = fabs((double)i - 10);
		if (i > 0)
			matrix[i * 21 + i - 1] = matrix[(i - 1) * 21 + i] = 1;
	}
	decompose(21);
	ck_assert_double_eq_tol(values[20], 10.746194182903393, 1e-13);
	ck_assert_double_eq_tol(values[19], 10.746194182903322, 1e-13);
	check_decomposition(matrix, 21, 1);
}
END_TEST

START_TEST(any_symmetric_matrix_is_decomposed_at_any_scale)
{
	static const size_t sizes[] = { 1, 2, 5, 15, 16, 33, 80, 120 };
	static const double scales[] = { 1, 1e-160, 1e160, 1e-300, 1e300 };

	for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
		double scale = scales[c % 5];

		fill_random(matrix, sizes[c], scale);
		decompose(sizes[c]);
		check_decomposition(matrix, sizes[c], scale);
	}
}
END_TEST

START_TEST(multiples_of_the_identity_and_zero_stay)
{
	for (size_t c = 0; c < 2; c++) {
		memset(matrix, 0, sizeof matrix);
		for (size_t i = 0; i < 20; i++)
			matrix[i * 20 + i] = 2.385 * (double)c;
		decompose(20);
		for (size_t k = 0; k < 20; k++)
			ck_assert_double_eq(values[k], 2.385 * (double)c);
		check_decomposition(matrix, 20, 1);
	}
}
END_TEST

/* A covariance of one direction and no more, as a search that has collapsed to a line leaves it. */
START_TEST(a_matrix_of_rank_one_has_one_value)
{
	for (size_t i = 0; i < 40; i++) {
		for (size_t j = 0; j < 40; j++)
			matrix[i * 40 + j] = (double)((i + 1) * (j + 1));
	}
	decompose(40);
	ck_assert_double_eq_tol(values[39], 22140, 1e-9); /* the sum of the squares to 40 */
	ck_assert_double_eq_tol(values[38], 0, 1e-9);
	ck_assert_double_eq_tol(values[0], 0, 1e-9);
	check_decomposition(matrix, 40, 22140);
}
END_TEST

START_TEST(what_is_not_finite_is_refused)
{
	static const double bad[] = { NAN, INFINITY, -INFINITY };

	for (size_t c = 0; c < 3; c++) {
		fill_random(vectors, 9, 1);
		vectors[4] = vectors[36] = bad[c];
		ck_assert_int_eq(hpo__eigen_symmetric(vectors, values, scratch, 9), HPO_EINVAL);
	}
}
END_TEST

Suite *unit_math_eigen(void);

Suite *unit_math_eigen(void)
{
	Suite *suite = suite_create("math/eigen");
	TCase *tests = tcase_create("eigen");

	tcase_add_test(tests, the_second_difference_has_its_known_values);
	tcase_add_test(tests, hilberts_matrix_has_its_known_values);
	tcase_add_test(tests, a_close_pair_is_separated_into_orthogonal_vectors);
	tcase_add_test(tests, any_symmetric_matrix_is_decomposed_at_any_scale);
	tcase_add_test(tests, multiples_of_the_identity_and_zero_stay);
	tcase_add_test(tests, a_matrix_of_rank_one_has_one_value);
	tcase_add_test(tests, what_is_not_finite_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
