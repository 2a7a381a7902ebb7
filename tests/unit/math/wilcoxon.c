/*
 * The signed-rank test. Expected numbers are those of SciPy 1.17,
 * wilcoxon(d, alternative="greater", zero_method="zsplit"); of ties, the shares
 * of all sign patterns, counted one by one.
 */
#include "math/wilcoxon.h"

#include <check.h>
#include <math.h>

static double work[8192];

static double greater(const double *differences, size_t n)
{
	ck_assert_uint_le(hpo__wilcoxon_work(n), sizeof work / sizeof *work);
	return hpo__wilcoxon_greater(differences, n, work);
}

START_TEST(all_positive_has_one_pattern_in_two_to_the_n)
{
	static const double d[] = { 1, 2, 3, 4 };

	ck_assert_double_eq(greater(d, 1), 0.5);
	ck_assert_double_eq(greater(d, 2), 0.25);
	ck_assert_double_eq(greater(d, 3), 0.125);
	ck_assert_double_eq(greater(d, 4), 0.0625);
}
END_TEST

START_TEST(small_samples_are_exact)
{
	static const double five[] = { -1, 2, 3, 4, 5 };
	static const double eight[] = { 1.5, -0.5, 2.5, 3.5, -1, 4, 5, 6 };

	ck_assert_double_eq(greater(five, 5), 0.0625);
	ck_assert_double_eq(greater(eight, 8), 0.01953125);
}
END_TEST

/* Darwin's maize: R. Fisher, "The Design of Experiments" (1935); W+ is 96. */
START_TEST(the_maize_of_darwin_has_its_p_value)
{
	static const double d[] = { 49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48 };

	ck_assert_double_eq(greater(d, 15), 0.0206298828125);
}
END_TEST

START_TEST(ties_are_exact_too)
{
	static const double d[] = { 1, 1, 2, -1, 3, 3 };

	ck_assert_double_eq(greater(d, 6), 0.0625); /* 4 of 64 */
}
END_TEST

/* Zeros take ranks, so those of the others move, but no pattern of signs is theirs. */
START_TEST(zeros_are_split)
{
	static const double d[] = { 0, 1, 1, -1, 2, 2, 5 };
	static const double none[] = { 0, 0, 0 };

	ck_assert_double_eq(greater(d, 7), 0.0625); /* 4 of 64 */
	ck_assert_double_eq(greater(none, 3), 1);
}
END_TEST

START_TEST(large_samples_are_normal)
{
	double d[60];

	for (int i = 1; i <= 60; i++)
		d[i - 1] = ((double)(i * 37 % 101) - 40.5) / 10;

	ck_assert_double_eq_tol(greater(d, 60), 0.005429544621958612, 1e-12);
}
END_TEST

/* Both sides contain the sum that was seen: W+ = 14 has 4 patterns, 1346, 356, 1256, 2345. */
START_TEST(the_other_side_is_the_complement)
{
	static const double d[] = { 1, -2, 3, 4, -5, 6 };
	static const double turned[] = { -1, 2, -3, -4, 5, -6 };

	ck_assert_double_eq(greater(d, 6) + greater(turned, 6), 1 + 4.0 / 64);
}
END_TEST

START_TEST(infinite_differences_are_ranked)
{
	const double d[] = { 1, (double)INFINITY, 2, (double)INFINITY };

	ck_assert_double_eq(greater(d, 4), 0.0625);
}
END_TEST

Suite *unit_math_wilcoxon(void);
Suite *unit_math_wilcoxon(void)
{
	Suite *suite = suite_create("math/wilcoxon");
	TCase *tests = tcase_create("wilcoxon");

	tcase_add_test(tests, all_positive_has_one_pattern_in_two_to_the_n);
	tcase_add_test(tests, small_samples_are_exact);
	tcase_add_test(tests, the_maize_of_darwin_has_its_p_value);
	tcase_add_test(tests, ties_are_exact_too);
	tcase_add_test(tests, zeros_are_split);
	tcase_add_test(tests, large_samples_are_normal);
	tcase_add_test(tests, the_other_side_is_the_complement);
	tcase_add_test(tests, infinite_differences_are_ranked);
	suite_add_tcase(suite, tests);
	return suite;
}
