/*
 * The median rule, worked out by hand.
 */
#include "unit/pruner/bed.h"

static struct bed bed;

static void begin(int64_t min_iteration)
{
	bed_begin(&bed, "median", min_iteration, 0, NULL);
}

static void end(void)
{
	bed_end(&bed);
}

static int report(int64_t trial, int64_t iteration, double loss)
{
	return bed_report(&bed, trial, iteration, loss);
}

/* Whole trials that reach 1, 2, 3, … at iteration 1 and stay there. */
static void run_whole(int64_t count)
{
	for (int64_t t = 0; t < count; t++) {
		report(t, 1, (double)t + 1);
		report(t, 2, (double)t + 1);
		bed.ops->finish(bed.state, t);
	}
}

START_TEST(nobody_stops_before_five_whole_trials)
{
	begin(0);
	run_whole(4);
	ck_assert(!report(100, 1, 1000));
	report(4, 1, 5);
	bed.ops->finish(bed.state, 4);

	ck_assert(report(101, 1, 1000));
	end();
}
END_TEST

/* The median of 1 … 5 is 3; of 1 … 6, 3.5. */
START_TEST(the_median_itself_goes_on)
{
	begin(0);
	run_whole(5);
	ck_assert(!report(100, 1, 3));
	ck_assert(report(101, 1, 3.01));
	report(5, 1, 6);
	bed.ops->finish(bed.state, 5);

	ck_assert(!report(102, 1, 3.5));
	ck_assert(report(103, 1, 3.51));
	end();
}
END_TEST

START_TEST(the_best_so_far_counts)
{
	begin(0);
	run_whole(5);
	ck_assert(!report(100, 1, 2));

	ck_assert(!report(100, 2, 50));
	end();
}
END_TEST

START_TEST(an_iteration_that_no_whole_trial_reported_decides_nothing)
{
	begin(0);
	run_whole(5);

	ck_assert(!report(100, 7, 1000));
	end();
}
END_TEST

START_TEST(min_iteration_is_awaited)
{
	begin(2);
	run_whole(5);
	ck_assert(!report(100, 1, 1000));

	ck_assert(report(100, 2, 1000));
	end();
}
END_TEST

START_TEST(the_verdict_says_why)
{
	begin(0);
	run_whole(5);

	ck_assert(report(100, 2, 4.5));

	ck_assert_int_eq(bed.verdict.iteration, 2);
	ck_assert_double_eq(bed.verdict.loss, 4.5);
	ck_assert_str_eq(bed.verdict.reason, "iteration 2: best loss 4.5, median of 5 is 3");
	end();
}
END_TEST

Suite *unit_pruner_median(void);
Suite *unit_pruner_median(void)
{
	Suite *suite = suite_create("pruner/median");
	TCase *tests = tcase_create("median");

	tcase_add_test(tests, nobody_stops_before_five_whole_trials);
	tcase_add_test(tests, the_median_itself_goes_on);
	tcase_add_test(tests, the_best_so_far_counts);
	tcase_add_test(tests, an_iteration_that_no_whole_trial_reported_decides_nothing);
	tcase_add_test(tests, min_iteration_is_awaited);
	tcase_add_test(tests, the_verdict_says_why);
	suite_add_tcase(suite, tests);
	return suite;
}
