/*
 * The percentile rule, worked out by hand.
 */
#include "unit/pruner/bed.h"

static struct bed bed;

/* Five whole trials that reached 1 … 5 at iteration 1. */
static void begin(const char *settings)
{
	bed_begin(&bed, "percentile", 0, 0, settings);
	for (int64_t t = 0; t < 5; t++) {
		bed_report(&bed, t, 1, (double)t + 1);
		bed.ops->finish(bed.state, t);
	}
}

START_TEST(a_quarter_is_the_default)
{
	begin(NULL);

	ck_assert(!bed_report(&bed, 100, 1, 2));
	ck_assert(bed_report(&bed, 101, 1, 2.01));
	ck_assert_str_eq(bed.verdict.reason,
			 "iteration 1: best loss 2.01, percentile 25 of 5 is 2");
	bed_end(&bed);
}
END_TEST

/* 0.4 of the way from 1 to 5 through five values is 0.6 beyond the second: 2.6. */
START_TEST(the_bar_lies_between_two_trials_in_proportion)
{
	begin("{\"percentile\":40}");

	ck_assert(!bed_report(&bed, 100, 1, 2.6));
	ck_assert(bed_report(&bed, 101, 1, 2.6000001));
	bed_end(&bed);
}
END_TEST

START_TEST(the_ends_are_the_best_and_the_worst)
{
	begin("{\"percentile\":0}");
	ck_assert(!bed_report(&bed, 100, 1, 1));
	ck_assert(bed_report(&bed, 101, 1, 1.5));
	bed_end(&bed);

	begin("{\"percentile\":100}");
	ck_assert(!bed_report(&bed, 100, 1, 5));
	ck_assert(bed_report(&bed, 101, 1, 5.5));
	bed_end(&bed);
}
END_TEST

START_TEST(half_is_the_median_rule)
{
	struct bed median;

	bed_begin(&median, "median", 0, 0, NULL);
	bed_begin(&bed, "percentile", 0, 0, "{\"percentile\":50}");
	for (int64_t t = 0; t < 30; t++) {
		const double loss = (double)(t * 7 % 30);

		ck_assert_int_eq(bed_report(&bed, t, 1, loss), bed_report(&median, t, 1, loss));
		bed.ops->finish(bed.state, t);
		median.ops->finish(median.state, t);
	}
	bed_end(&median);
	bed_end(&bed);
}
END_TEST

Suite *unit_pruner_percentile(void);
Suite *unit_pruner_percentile(void)
{
	Suite *suite = suite_create("pruner/percentile");
	TCase *tests = tcase_create("percentile");

	tcase_add_test(tests, a_quarter_is_the_default);
	tcase_add_test(tests, the_bar_lies_between_two_trials_in_proportion);
	tcase_add_test(tests, the_ends_are_the_best_and_the_worst);
	tcase_add_test(tests, half_is_the_median_rule);
	suite_add_tcase(suite, tests);
	return suite;
}
