/*
 * Successive halving, worked out by hand: reduction 3, rungs 1, 3, 9, 27.
 */
#include "unit/pruner/bed.h"

static struct bed bed;

static void begin(int64_t min_iteration, int64_t max_iteration)
{
	bed_begin(&bed, "asha", min_iteration, max_iteration, NULL);
}

static void end(void)
{
	bed_end(&bed);
}

static int report(int64_t trial, int64_t iteration, double loss)
{
	return bed_report(&bed, trial, iteration, loss);
}

START_TEST(the_first_to_arrive_goes_on)
{
	begin(0, 81);

	ck_assert(!report(0, 1, 5.0));
	ck_assert(!report(0, 3, 5.0));
	ck_assert(!report(0, 27, 5.0));
	end();
}
END_TEST

/* floor(m / 3) is at least 1 and grows with m: of six, two go on. */
START_TEST(a_third_goes_on)
{
	begin(0, 81);

	ck_assert(!report(0, 1, 3));
	ck_assert(report(1, 1, 4));
	ck_assert(!report(2, 1, 2));
	ck_assert(report(3, 1, 2.5));
	ck_assert(report(4, 1, 5));
	ck_assert(!report(5, 1, 2.2));
	end();
}
END_TEST

START_TEST(the_verdict_names_the_rung_and_the_ranks)
{
	begin(9, 81);
	ck_assert(!report(0, 9, 1));
	ck_assert(!report(1, 9, 0.5));

	ck_assert(report(2, 10, 2.385));

	ck_assert_int_eq(bed.verdict.iteration, 10);
	ck_assert_double_eq(bed.verdict.loss, 2.385);
	ck_assert_str_eq(bed.verdict.reason, "rung 9: rank 3 of 3, 1 goes on");
	end();
}
END_TEST

START_TEST(a_rung_decides_once)
{
	begin(0, 81);
	ck_assert(!report(0, 1, 1));

	ck_assert(!report(1, 1, 0.5));
	ck_assert(!report(0, 2, 100));
	ck_assert(report(0, 3, 100) == 0);
	ck_assert(report(1, 3, 101));
	end();
}
END_TEST

START_TEST(a_report_beyond_several_rungs_counts_at_each)
{
	begin(0, 81);
	ck_assert(!report(0, 9, 1));

	ck_assert(report(1, 1, 2));
	ck_assert(!report(2, 1, 0.5));
	ck_assert(report(2, 9, 3));
	end();
}
END_TEST

START_TEST(there_is_no_rung_at_the_end)
{
	begin(0, 3);
	ck_assert(!report(0, 1, 1));
	ck_assert(!report(1, 1, 0.5));

	ck_assert(!report(0, 3, 1));
	ck_assert(!report(1, 3, 100));
	end();
}
END_TEST

START_TEST(equal_losses_share_the_better_rank)
{
	begin(0, 81);

	for (int64_t t = 0; t < 20; t++)
		ck_assert(!report(t, 1, 1));
	end();
}
END_TEST

START_TEST(a_retry_climbs_anew)
{
	begin(0, 81);
	ck_assert(!report(0, 1, 1));
	ck_assert(report(1, 1, 2));
	bed.ops->forget(bed.state, 1);
	bed.ops->forget(bed.state, 0);

	ck_assert(!report(1, 1, 2));
	end();
}
END_TEST

Suite *unit_pruner_asha(void);
Suite *unit_pruner_asha(void)
{
	Suite *suite = suite_create("pruner/asha");
	TCase *tests = tcase_create("asha");

	tcase_add_test(tests, the_first_to_arrive_goes_on);
	tcase_add_test(tests, a_third_goes_on);
	tcase_add_test(tests, the_verdict_names_the_rung_and_the_ranks);
	tcase_add_test(tests, a_rung_decides_once);
	tcase_add_test(tests, a_report_beyond_several_rungs_counts_at_each);
	tcase_add_test(tests, there_is_no_rung_at_the_end);
	tcase_add_test(tests, equal_losses_share_the_better_rank);
	tcase_add_test(tests, a_retry_climbs_anew);
	suite_add_tcase(suite, tests);
	return suite;
}
