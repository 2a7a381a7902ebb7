/*
 * Hypervolumes that are known in closed form: sums of boxes, and those of the
 * fronts of ZDT1 (f2 = 1 - sqrt(f1): 2/3 up to (1, 1)) and DTLZ2 (the sphere: 1 less an
 * orthant of the ball of m dimensions, up to (1, …, 1)), approached from below by dense samples.
 */
#include "math/hypervolume.h"

#include "hpo/plugin/random.h"

#include <check.h>
#include <math.h>

enum { MOST = 4000, LOSSES = 6 };

static double losses[MOST * LOSSES];
static const double ones[LOSSES] = { 1, 1, 1, 1, 1, 1 };

static double measure(const double *points, size_t n, size_t m, const double *reference)
{
	double volume = NAN;

	ck_assert_int_eq(hpo__hypervolume(points, n, m, reference, &volume), HPO_OK);
	return volume;
}

/* Directions spread over an orthant of the sphere, as points on it. */
static void fill_sphere(size_t n, size_t m)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 3, m, 0);
	for (size_t i = 0; i < n; i++) {
		double square = 0;

		for (size_t j = 0; j < m; j++) {
			losses[i * m + j] = fabs(hpo_rng_normal(&rng));
			square += losses[i * m + j] * losses[i * m + j];
		}
		for (size_t j = 0; j < m; j++)
			losses[i * m + j] /= sqrt(square);
	}
}

/* By inclusion and exclusion over all subsets: the definition, for few points. */
static double measure_slowly(const double *points, size_t n, size_t m)
{
	double sum = 0;

	for (unsigned set = 1; set < 1u << n; set++) {
		double box = 1;
		int sign = -1;

		for (size_t i = 0; i < n; i++)
			sign = set >> i & 1 ? -sign : sign;
		for (size_t j = 0; j < m; j++) {
			double most = -INFINITY;

			for (size_t i = 0; i < n; i++)
				most = set >> i & 1 ? fmax(most, points[i * m + j]) : most;
			box *= 1 - most;
		}
		sum += sign * box;
	}
	return sum;
}

START_TEST(one_point_dominates_its_box)
{
	const double point[] = { 0.5, 0.25, 0, 0.75, 0.5 };
	double wanted = 1;

	for (size_t m = 1; m <= 5; m++) {
		wanted *= 1 - point[m - 1];
		ck_assert_double_eq_tol(measure(point, 1, m, ones), wanted, 1e-16);
	}
}
END_TEST

START_TEST(overlapping_boxes_count_once)
{
	for (size_t m = 1; m <= LOSSES; m++) {
		hpo_rng_t rng;

		hpo_rng_init(&rng, 7, m, 0);
		for (int round = 0; round < 20; round++) {
			/* On a coarse grid at times, so that losses are equal. */
			for (size_t i = 0; i < 9 * m; i++)
				losses[i] = round % 2 == 0 ? hpo_rng_uniform(&rng)
							   : (double)hpo_rng_below(&rng, 4) / 4;
			ck_assert_double_eq_tol(measure(losses, 9, m, ones),
						measure_slowly(losses, 9, m), 1e-12);
		}
	}
}
END_TEST

START_TEST(the_order_of_the_points_does_not_matter)
{
	double turned[60 * 4];

	for (size_t m = 2; m <= 4; m++) {
		fill_sphere(60, m);
		for (size_t i = 0; i < 60; i++) {
			for (size_t j = 0; j < m; j++)
				turned[(59 - i) * m + j] = losses[i * m + j];
		}
		ck_assert_double_eq_tol(measure(losses, 60, m, ones), measure(turned, 60, m, ones),
					1e-13);
	}
}
END_TEST

/* Steps of 1 / n under the curve miss at most 1 / n. */
START_TEST(the_front_of_zdt1_has_two_thirds)
{
	for (size_t i = 0; i < MOST; i++) {
		losses[2 * i] = (double)i / MOST;
		losses[2 * i + 1] = 1 - sqrt(losses[2 * i]);
	}
	ck_assert_double_eq_tol(measure(losses, MOST, 2, ones), 2.0 / 3, 1.0 / MOST);
}
END_TEST

START_TEST(the_front_of_dtlz2_has_what_the_sphere_leaves)
{
	const double pi = acos(-1);

	fill_sphere(MOST, 3);
	ck_assert_double_eq_tol(measure(losses, MOST, 3, ones), 1 - pi / 6, 0.015);
	ck_assert_double_lt(measure(losses, MOST, 3, ones), 1 - pi / 6);
	fill_sphere(100, 4);
	ck_assert_double_eq_tol(measure(losses, 100, 4, ones), 1 - pi * pi / 32, 0.25);
}
END_TEST

/* Too many for the exact way; from below by what the sample misses, and by the estimate's error. */
START_TEST(a_large_set_is_estimated)
{
	const double pi = acos(-1);
	double first;

	fill_sphere(MOST, 4);
	first = measure(losses, MOST, 4, ones);
	ck_assert_double_eq_tol(first, 1 - pi * pi / 32, 0.06);
	ck_assert_double_eq(first, measure(losses, MOST, 4, ones));
}
END_TEST

/* 300 points in six dimensions: the exact way gives up. All are inside the box of one of them. */
START_TEST(giving_up_the_exact_way_ends_in_an_estimate)
{
	fill_sphere(300, 6);
	for (size_t j = 0; j < 6; j++)
		losses[j] = 0.1;
	ck_assert_double_ge(measure(losses, 300, 6, ones), pow(0.9, 6) * 0.99);
	ck_assert_double_lt(measure(losses, 300, 6, ones), 1);
}
END_TEST

START_TEST(points_that_are_not_better_count_for_nothing)
{
	const double some[] = { 0.5, 1, 1, 0.5, 2, 0, NAN, 0, 0, NAN, 0.5, 0.5 };

	ck_assert_double_eq(measure(some, 6, 2, ones), 0.25);
	ck_assert_double_eq(measure(some, 5, 2, ones), 0);
	ck_assert_double_eq(measure(some, 0, 2, ones), 0);
}
END_TEST

START_TEST(what_is_infinitely_good_has_infinite_volume)
{
	const double some[] = { -INFINITY, 0, 0, 0 };
	const double far[] = { -1e308, 0 };
	const double reference[] = { 1e308, 1 };

	ck_assert_double_eq(measure(some, 2, 2, ones), INFINITY);
	ck_assert_double_eq(measure(far, 1, 2, reference), INFINITY);
}
END_TEST

Suite *unit_math_hypervolume(void);

Suite *unit_math_hypervolume(void)
{
	Suite *suite = suite_create("math/hypervolume");
	TCase *tests = tcase_create("hypervolume");

	tcase_add_test(tests, one_point_dominates_its_box);
	tcase_add_test(tests, overlapping_boxes_count_once);
	tcase_add_test(tests, the_order_of_the_points_does_not_matter);
	tcase_add_test(tests, the_front_of_zdt1_has_two_thirds);
	tcase_add_test(tests, the_front_of_dtlz2_has_what_the_sphere_leaves);
	tcase_add_test(tests, a_large_set_is_estimated);
	tcase_add_test(tests, giving_up_the_exact_way_ends_in_an_estimate);
	tcase_add_test(tests, points_that_are_not_better_count_for_nothing);
	tcase_add_test(tests, what_is_infinitely_good_has_infinite_volume);
	suite_add_tcase(suite, tests);
	return suite;
}
