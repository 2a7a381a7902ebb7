/*
 * Warps of values: their order, their scale, and the way back.
 */
#include "model/gp_warp.h"

#include <check.h>
#include <math.h>

enum { COUNT = 9 };

static const double values[COUNT] = { 3, 0.5, 1, 40, 2, 0.2, 7, 2, 1e6 };

START_TEST(a_warp_keeps_the_order_and_brings_outliers_in)
{
	struct hpo_gp_warp warp;
	double mean = 0;
	double square = 0;

	ck_assert_int_eq(hpo__gp_warp_init(&warp, COUNT, NULL), HPO_OK);
	hpo__gp_warp_fit(&warp, values, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		double to = hpo__gp_warp_apply(&warp, values[i]);

		mean += to / COUNT;
		square += to * to / COUNT;
		ck_assert_double_eq_tol(hpo__gp_warp_invert(&warp, to), values[i],
					1e-9 * values[i]);
		for (size_t k = 0; k < COUNT; k++)
			ck_assert(values[i] >= values[k] ||
				  to < hpo__gp_warp_apply(&warp, values[k]));
	}

	ck_assert_double_eq_tol(mean, 0, 1e-12);
	ck_assert_double_eq_tol(square, 1, 1e-12);
	ck_assert(hpo__gp_warp_apply(&warp, 1e6) < 3);
	hpo__gp_warp_release(&warp);
}
END_TEST

/* Within 5 deviations it is a straight line. */
START_TEST(a_linear_warp_is_a_line_where_nothing_is_far_out)
{
	const double line[5] = { 1, 2, 3, 4, 5 };
	struct hpo_gp_warp warp;

	ck_assert_int_eq(hpo__gp_warp_init(&warp, 5, NULL), HPO_OK);
	hpo__gp_warp_fit(&warp, line, 5);

	ck_assert_double_eq_tol(hpo__gp_warp_apply(&warp, 1), -sqrt(2), 1e-12);
	ck_assert_double_eq_tol(hpo__gp_warp_apply(&warp, 3.5), 0.5 / sqrt(2), 1e-12);
	ck_assert_double_eq_tol(hpo__gp_warp_apply(&warp, 0), -3 / sqrt(2), 1e-12);
	hpo__gp_warp_release(&warp);
}
END_TEST

START_TEST(extremes_and_equals_stay_finite)
{
	const double extremes[4] = { -1.7e308, 1.7e308, 1e-308, 0 };
	const double least[3] = { 0, -1, 5e-324 }; /* half of the last is 0 */
	const double equals[3] = { 4, 4, 4 };
	struct hpo_gp_warp warp;

	ck_assert_int_eq(hpo__gp_warp_init(&warp, 4, NULL), HPO_OK);
	hpo__gp_warp_fit(&warp, extremes, 4);
	for (int i = 0; i < 4; i++)
		ck_assert(isfinite(hpo__gp_warp_apply(&warp, extremes[i])));
	hpo__gp_warp_fit(&warp, least, 3);
	for (int i = 0; i < 3; i++)
		ck_assert(isfinite(hpo__gp_warp_apply(&warp, least[i])));
	hpo__gp_warp_fit(&warp, equals, 3);
	ck_assert_double_eq(hpo__gp_warp_apply(&warp, 4), 0);
	ck_assert_double_eq(hpo__gp_warp_invert(&warp, 0), 4);
	hpo__gp_warp_release(&warp);
}
END_TEST

/* Whatever a failure is told as, it is an outlier, and the others keep their distances. */
START_TEST(the_largest_double_leaves_the_others_apart)
{
	double told[5] = { 0.5, 1e30, 0.2, 0.7, 0.4 };
	double usual[5];
	struct hpo_gp_warp warp;

	ck_assert_int_eq(hpo__gp_warp_init(&warp, 5, NULL), HPO_OK);
	hpo__gp_warp_fit(&warp, told, 5);
	for (int i = 0; i < 5; i++)
		usual[i] = hpo__gp_warp_apply(&warp, told[i]);
	told[1] = 1.7e308;
	hpo__gp_warp_fit(&warp, told, 5);

	for (int i = 0; i < 5; i++)
		ck_assert_double_eq_tol(hpo__gp_warp_apply(&warp, told[i]), usual[i], 1e-12);
	hpo__gp_warp_release(&warp);
}
END_TEST

Suite *unit_model_gp_warp(void);
Suite *unit_model_gp_warp(void)
{
	Suite *suite = suite_create("model/gp_warp");
	TCase *tests = tcase_create("warp");

	tcase_add_test(tests, a_warp_keeps_the_order_and_brings_outliers_in);
	tcase_add_test(tests, a_linear_warp_is_a_line_where_nothing_is_far_out);
	tcase_add_test(tests, extremes_and_equals_stay_finite);
	tcase_add_test(tests, the_largest_double_leaves_the_others_apart);
	suite_add_tcase(suite, tests);
	return suite;
}
