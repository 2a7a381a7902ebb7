/*
 * The Sobol sequence: its known points, and that scrambling keeps what makes it
 * even.
 */
#include "math/sobol.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

/* In eighths, as scipy 1.17 gives them: stats.qmc.Sobol(5, scramble=False).random(8). */
START_TEST(the_first_points_are_the_known_ones)
{
	static const uint32_t eighths[8][5] = {
		{ 0, 0, 0, 0, 0 }, { 4, 4, 4, 4, 4 }, { 6, 2, 2, 2, 6 }, { 2, 6, 6, 6, 2 },
		{ 3, 3, 5, 7, 3 }, { 7, 7, 1, 3, 7 }, { 5, 1, 7, 5, 5 }, { 1, 5, 3, 1, 1 },
	};

	for (uint32_t i = 0; i < 8; i++)
		for (size_t j = 0; j < 5; j++)
			ck_assert_uint_eq(hpo__sobol_bits(i, j), eighths[i][j] << 29);
}
END_TEST

/* From scipy 1.17 likewise, with bits=32. */
START_TEST(points_of_high_dimensions_are_the_known_ones)
{
	static const struct {
		size_t dimension;
		uint32_t at_7, at_100, at_1023;
	} cases[] = {
		{ 5, 0x60000000, 0xBE000000, 0x70400000 },
		{ 42, 0xE0000000, 0x6A000000, 0xEDC00000 },
		{ 128, 0xE0000000, 0x42000000, 0xFC400000 },
		{ 255, 0x20000000, 0x92000000, 0xD7C00000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_uint_eq(hpo__sobol_bits(7, cases[i].dimension), cases[i].at_7);
		ck_assert_uint_eq(hpo__sobol_bits(100, cases[i].dimension), cases[i].at_100);
		ck_assert_uint_eq(hpo__sobol_bits(1023, cases[i].dimension), cases[i].at_1023);
	}
}
END_TEST

/* Every run of 2^m points that begins at a multiple of 2^m has one in each of 2^m intervals. */
START_TEST(every_dimension_stays_stratified_when_scrambled)
{
	enum { POINTS = 256 };

	for (size_t j = 0; j < HPO__SOBOL_DIMENSIONS; j++) {
		bool seen[POINTS] = { false };

		for (uint64_t i = 0; i < POINTS; i++) {
			double x = hpo__sobol(3 * POINTS + i, j, 20);

			ck_assert(x > 0 && x < 1);
			ck_assert(!seen[(int)(x * POINTS)]);
			seen[(int)(x * POINTS)] = true;
		}
	}
}
END_TEST

/* One point in each box of 2^a by 2^(m - a), for one shape. */
static void check_boxes(unsigned a, unsigned m, uint64_t first, uint64_t seed)
{
	bool seen[1024];

	memset(seen, 0, sizeof seen);
	for (uint64_t i = first; i < first + (UINT64_C(1) << m); i++) {
		uint32_t x = (uint32_t)(hpo__sobol(i, 0, seed) * (double)(1u << a));
		uint32_t y = (uint32_t)(hpo__sobol(i, 1, seed) * (double)(1u << (m - a)));
		uint32_t box = x << (m - a) | y;

		ck_assert_msg(!seen[box], "2^%u by 2^%u, point %d", a, m - a, (int)i);
		seen[box] = true;
	}
}

START_TEST(two_dimensions_are_a_net_when_scrambled)
{
	for (uint64_t seed = 0; seed < 5; seed++)
		for (unsigned a = 0; a <= 10; a++)
			check_boxes(a, 10, 2048, seed);
}
END_TEST

START_TEST(seeds_and_dimensions_are_scrambled_apart)
{
	ck_assert_double_ne(hpo__sobol(5, 3, 1), hpo__sobol(5, 3, 2));
	ck_assert_double_ne(hpo__sobol(5, 3, 1), hpo__sobol(5, 3, UINT64_C(1) << 32 | 1));
	ck_assert_double_ne(hpo__sobol(0, 3, 1), hpo__sobol(0, 4, 1));
	ck_assert_double_eq(hpo__sobol(5, 3, 1), hpo__sobol(5, 3, 1));
}
END_TEST

/* The mean over seeds of one point is uniform: 1/2 within five standard errors, sqrt(1/12 / n). */
START_TEST(a_scrambled_point_is_uniform_over_seeds)
{
	double sum = 0;
	double squares = 0;

	for (uint64_t seed = 0; seed < 40000; seed++) {
		double x = hpo__sobol(1, 7, seed) - 0.5;

		sum += x;
		squares += x * x;
	}

	ck_assert_double_eq_tol(sum / 40000, 0, 0.0073);
	ck_assert_double_eq_tol(squares / 40000, 1 / 12.0, 0.0019);
}
END_TEST

START_TEST(the_sequence_goes_on_after_its_last_bit)
{
	const uint64_t period = UINT64_C(1) << 32;

	ck_assert_double_ne(hpo__sobol(period + 9, 0, 1), hpo__sobol(9, 0, 1));
	ck_assert_double_gt(hpo__sobol(period - 1, 0, 1), 0);
}
END_TEST

START_TEST(dimensions_beyond_the_table_are_random_numbers)
{
	double sum = 0;

	for (uint64_t i = 0; i < 10000; i++) {
		double x = hpo__sobol(i, HPO__SOBOL_DIMENSIONS, 4);

		ck_assert(x > 0 && x < 1);
		ck_assert_double_ne(x, hpo__sobol(i, HPO__SOBOL_DIMENSIONS + 1, 4));
		sum += x;
	}

	ck_assert_double_eq_tol(sum / 10000, 0.5, 0.0145); /* five standard errors */
}
END_TEST

Suite *unit_math_sobol(void);

Suite *unit_math_sobol(void)
{
	Suite *suite = suite_create("math/sobol");
	TCase *tests = tcase_create("sobol");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_first_points_are_the_known_ones);
	tcase_add_test(tests, points_of_high_dimensions_are_the_known_ones);
	tcase_add_test(tests, every_dimension_stays_stratified_when_scrambled);
	tcase_add_test(tests, two_dimensions_are_a_net_when_scrambled);
	tcase_add_test(tests, seeds_and_dimensions_are_scrambled_apart);
	tcase_add_test(tests, a_scrambled_point_is_uniform_over_seeds);
	tcase_add_test(tests, the_sequence_goes_on_after_its_last_bit);
	tcase_add_test(tests, dimensions_beyond_the_table_are_random_numbers);
	suite_add_tcase(suite, tests);
	return suite;
}
