/*
 * Warps of values: their order, their scale, and the way back.
 */
#include "model/gp_warp.h"

#include <check.h>
#include <math.h>

enum { COUNT = 9 };

static const double values[COUNT] = { 3, 0.5, 1, 40, 2, 0.2, 7, 2, 1e6 };

static void check_monotone_and_standard(hpo_gp_warp_kind_t kind)
{
	struct hpo_gp_warp warp;
	double mean = 0;
	double square = 0;

	ck_assert_int_eq(hpo__gp_warp_init(&warp, COUNT, NULL), HPO_OK);
	hpo__gp_warp_fit(&warp, kind, values, COUNT);
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

START_TEST(a_linear_warp_keeps_the_order_and_brings_outliers_in)
{
	check_monotone_and_standard(HPO__GP_WARP_LINEAR);
}
END_TEST

START_TEST(a_stretched_warp_keeps_the_order_and_brings_outliers_in)
{
	check_monotone_and_standard(HPO__GP_WARP_STRETCHED);
}
END_TEST

/* Within 5 deviations it is a straight line, whose slope is what log_slope says. */
START_TEST(a_linear_warp_is_a_line_where_nothing_is_far_out)
{
	const double line[5] = { 1, 2, 3, 4, 5 };
	struct hpo_gp_warp warp;

	ck_assert_int_eq(hpo__gp_warp_init(&warp, 5, NULL), HPO_OK);
	hpo__gp_warp_fit(&warp, HPO__GP_WARP_LINEAR, line, 5);

	ck_assert_double_eq_tol(hpo__gp_warp_apply(&warp, 1), -sqrt(2), 1e-12);
	ck_assert_double_eq_tol(hpo__gp_warp_apply(&warp, 3.5), 0.5 / sqrt(2), 1e-12);
	ck_assert_double_eq_tol(hpo__gp_warp_apply(&warp, 0), -3 / sqrt(2), 1e-12);
	ck_assert_double_eq_tol(hpo__gp_warp_log_slope(&warp, 2), -0.5 * log(2), 1e-12);
	hpo__gp_warp_release(&warp);
}
END_TEST

/*
 * By hand: median 3, root mean square of the good half below it sqrt(5/3); the
 * two worse ones become 3 + that times the normal quantiles of 0.875 and 0.625.
 */
START_TEST(a_stretched_warp_puts_ranks_for_the_worse_half)
{
	const double five[5] = { 1, 2, 3, 1000, 2000 };
	struct hpo_gp_warp warp;
	double spread = sqrt(5.0 / 3);
	double worst = 3 + spread * 1.1503493803760079;
	double worse = 3 + spread * 0.31863936396437514;
	double range = worst - 1;
	double to[5];

	ck_assert_int_eq(hpo__gp_warp_init(&warp, 5, NULL), HPO_OK);
	hpo__gp_warp_fit(&warp, HPO__GP_WARP_STRETCHED, five, 5);
	for (int i = 0; i < 5; i++)
		to[i] = hpo__gp_warp_apply(&warp, five[i]);

	ck_assert_double_eq_tol((to[3] - to[0]) / (to[4] - to[0]),
				log1p(0.5 * (worse - 1) / range) / log(1.5), 1e-12);
	ck_assert_double_eq_tol((to[2] - to[0]) / (to[4] - to[0]), log1p(0.5 * 2 / range) / log(1.5),
				1e-12);
	hpo__gp_warp_release(&warp);
}
END_TEST

START_TEST(extremes_and_equals_stay_finite)
{
	const double extremes[4] = { -1.7e308, 1.7e308, 1e-308, 0 };
	const double equals[3] = { 4, 4, 4 };
	struct hpo_gp_warp warp;

	ck_assert_int_eq(hpo__gp_warp_init(&warp, 4, NULL), HPO_OK);
	for (int kind = HPO__GP_WARP_LINEAR; kind <= HPO__GP_WARP_STRETCHED; kind++) {
		hpo__gp_warp_fit(&warp, (hpo_gp_warp_kind_t)kind, extremes, 4);
		for (int i = 0; i < 4; i++) {
			ck_assert(isfinite(hpo__gp_warp_apply(&warp, extremes[i])));
			ck_assert(isfinite(hpo__gp_warp_log_slope(&warp, extremes[i])));
		}
		hpo__gp_warp_fit(&warp, (hpo_gp_warp_kind_t)kind, equals, 3);
		ck_assert_double_eq(hpo__gp_warp_apply(&warp, 4), 0);
		ck_assert_double_eq(hpo__gp_warp_invert(&warp, 0), 4);
	}
	hpo__gp_warp_release(&warp);
}
END_TEST

Suite *unit_model_gp_warp(void);
Suite *unit_model_gp_warp(void)
{
	Suite *suite = suite_create("model/gp_warp");
	TCase *tests = tcase_create("warp");

	tcase_add_test(tests, a_linear_warp_keeps_the_order_and_brings_outliers_in);
	tcase_add_test(tests, a_stretched_warp_keeps_the_order_and_brings_outliers_in);
	tcase_add_test(tests, a_linear_warp_is_a_line_where_nothing_is_far_out);
	tcase_add_test(tests, a_stretched_warp_puts_ranks_for_the_worse_half);
	tcase_add_test(tests, extremes_and_equals_stay_finite);
	suite_add_tcase(suite, tests);
	return suite;
}
