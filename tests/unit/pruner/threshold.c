/*
 * Bounds on values.
 */
#include "unit/pruner/bed.h"

#include <math.h>

static struct bed bed;

START_TEST(without_bounds_nothing_is_stopped)
{
	bed_begin(&bed, "threshold", 0, 0, NULL);

	ck_assert(!bed_report(&bed, 0, 1, 1.7e308));
	ck_assert(!bed_report(&bed, 0, 2, -1.7e308));
	bed_end(&bed);
}
END_TEST

START_TEST(a_bound_itself_is_inside)
{
	bed_begin(&bed, "threshold", 0, 0, "{\"lower\":-1,\"upper\":10}");

	ck_assert(!bed_report(&bed, 0, 1, 10));
	ck_assert(!bed_report(&bed, 0, 2, -1));
	ck_assert(bed_report(&bed, 0, 3, 10.5));
	ck_assert_str_eq(bed.verdict.reason, "iteration 3: 10.5 is above 10");
	ck_assert(bed_report(&bed, 1, 1, -1.5));
	ck_assert_str_eq(bed.verdict.reason, "iteration 1: -1.5 is below -1");
	bed_end(&bed);
}
END_TEST

/* Loss -0.2 is an accuracy of 0.2. */
START_TEST(bounds_are_on_values_where_more_is_better)
{
	const hpo_fidelity_t fidelity = { 0, 0, 1, 0 };

	ck_assert_int_eq(bed_open(&bed, "threshold", &fidelity, "{\"lower\":0.3}"), HPO_OK);

	ck_assert(!bed_report(&bed, 0, 1, -0.4));
	ck_assert(bed_report(&bed, 0, 2, -0.2));
	ck_assert_str_eq(bed.verdict.reason, "iteration 2: 0.2 is below 0.3");
	bed_end(&bed);
}
END_TEST

/* A report outside is not forgotten for a later one inside. */
START_TEST(what_was_outside_stays_outside)
{
	bed_begin(&bed, "threshold", 0, 0, "{\"upper\":10}");

	ck_assert(bed_report(&bed, 0, 1, 11));
	ck_assert(bed_report(&bed, 0, 2, 1));
	ck_assert_int_eq(bed.verdict.iteration, 1);
	bed_end(&bed);
}
END_TEST

START_TEST(warmup_is_left_alone)
{
	bed_begin(&bed, "threshold", 0, 0, "{\"upper\":10,\"warmup\":5}");

	ck_assert(!bed_report(&bed, 0, 4, 11));
	ck_assert(bed_report(&bed, 0, 5, 11));
	bed_end(&bed);
}
END_TEST

START_TEST(what_is_no_number_stops_at_once)
{
	hpo_verdict_t verdict = { 0 };

	bed_begin(&bed, "threshold", 100, 0, NULL);
	ck_assert_int_eq(bed.ops->diverge(bed.state, 0, 3, (double)NAN, NULL), HPO_OK);

	ck_assert_int_eq(bed.ops->judge(bed.state, 0, &verdict, NULL), HPO_OK);
	ck_assert(verdict.stop);
	ck_assert_str_eq(verdict.reason, "iteration 3: nan is not a finite value");
	bed_end(&bed);
}
END_TEST

START_TEST(bounds_that_cross_are_refused)
{
	const hpo_fidelity_t fidelity = { 0, 0, 0, 0 };

	ck_assert_int_eq(bed_open(&bed, "threshold", &fidelity, "{\"lower\":2,\"upper\":1}"),
			 HPO_EINVAL);
	ck_assert_str_eq(bed.error.message, "pruner.lower: 2 is above upper, 1");
	bed_end(&bed);
}
END_TEST

Suite *unit_pruner_threshold(void);
Suite *unit_pruner_threshold(void)
{
	Suite *suite = suite_create("pruner/threshold");
	TCase *tests = tcase_create("threshold");

	tcase_add_test(tests, without_bounds_nothing_is_stopped);
	tcase_add_test(tests, a_bound_itself_is_inside);
	tcase_add_test(tests, bounds_are_on_values_where_more_is_better);
	tcase_add_test(tests, what_was_outside_stays_outside);
	tcase_add_test(tests, warmup_is_left_alone);
	tcase_add_test(tests, what_is_no_number_stops_at_once);
	tcase_add_test(tests, bounds_that_cross_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
