/*
 * The running median against the middle of the sorted numbers.
 */
#include "math/median.h"
#include "math/rng.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 300 };

static int ascending(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

static double middle_of(const double *numbers, size_t count)
{
	double sorted[NUMBERS];

	memcpy(sorted, numbers, count * sizeof *numbers);
	qsort(sorted, count, sizeof *sorted, ascending);
	return sorted[(count - 1) / 2];
}

START_TEST(it_is_the_middle_of_the_sorted_numbers)
{
	struct hpo_median median = { 0 };
	double numbers[NUMBERS];
	hpo_rng_t rng;

	hpo_rng_init(&rng, 5, 0, (uint32_t)_i);
	for (size_t i = 0; i < NUMBERS; i++) {
		/* Some come twice, in one round all rise, in one all fall. */
		numbers[i] = _i == 0 ? (double)i
			     : _i == 1 ? -(double)i
				       : floor(50 * hpo_rng_normal(&rng));
		ck_assert_int_eq(hpo__median_add(&median, numbers[i]), HPO_OK);
		ck_assert_double_eq(hpo__median_get(&median), middle_of(numbers, i + 1));
	}
	hpo__median_release(&median);
}
END_TEST

START_TEST(of_nothing_there_is_none)
{
	struct hpo_median median = { 0 };

	ck_assert(isnan(hpo__median_get(&median)));
	hpo__median_release(&median);
}
END_TEST

START_TEST(the_largest_doubles_are_numbers_too)
{
	static const double numbers[] = { 1.7e308, -1.7e308, INFINITY, 0, -INFINITY };
	struct hpo_median median = { 0 };

	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(hpo__median_add(&median, numbers[i]), HPO_OK);
	ck_assert_double_eq(hpo__median_get(&median), 0);
	hpo__median_release(&median);
}
END_TEST

Suite *unit_math_median(void);
Suite *unit_math_median(void)
{
	Suite *suite = suite_create("math/median");
	TCase *tests = tcase_create("median");

	tcase_add_loop_test(tests, it_is_the_middle_of_the_sorted_numbers, 0, 4);
	tcase_add_test(tests, of_nothing_there_is_none);
	tcase_add_test(tests, the_largest_doubles_are_numbers_too);
	suite_add_tcase(suite, tests);
	return suite;
}
