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

/* floor(m / 3) go on: of the first two nobody, whatever they have. */
START_TEST(promotion_pauses_until_a_third_is_worse)
{
	static const int64_t first_two[] = { 0, 1 };
	static const int64_t others[] = { 1, 2, 3, 4, 5 };

	bed_begin(&bed, "asha", 0, 81, "{\"mode\":\"promote\"}");
	ck_assert(report(0, 1, 3));
	ck_assert_int_eq(bed.verdict.pause, 1);
	ck_assert(report(1, 1, 4));
	ck_assert_int_eq(bed.ops->promote(bed.state, first_two, 2, 0), -1);

	ck_assert(report(2, 1, 5));
	ck_assert_int_eq(bed.ops->promote(bed.state, first_two, 2, 0), 0);
	bed.ops->resume(bed.state, 0);
	ck_assert(!report(0, 2, 3));
	ck_assert(report(0, 3, 2.5)); /* alone at the next rung */

	ck_assert(report(3, 1, 4.5));
	ck_assert(report(4, 1, 6));
	ck_assert(report(5, 1, 7));
	ck_assert_int_eq(bed.ops->promote(bed.state, others, 5, 0), 1);
	end();
}
END_TEST

START_TEST(promotion_passes_who_is_good_enough_at_once)
{
	bed_begin(&bed, "asha", 0, 81, "{\"mode\":\"promote\"}");
	ck_assert(report(0, 1, 3));
	ck_assert(report(1, 1, 4));

	ck_assert(!report(2, 1, 2));
	end();
}
END_TEST

START_TEST(the_highest_rung_is_promoted_from_first)
{
	static const int64_t paused[] = { 0, 1, 2, 3 };

	bed_begin(&bed, "asha", 0, 81, "{\"mode\":\"promote\"}");
	for (int64_t t = 0; t < 4; t++) {
		report(t, 1, 1);
		bed.ops->resume(bed.state, t);
	}
	for (int64_t t = 1; t < 4; t++)
		report(t, 3, 10 - (double)t);
	ck_assert_int_eq(bed.ops->promote(bed.state, paused, 4, 0), 3);

	ck_assert_int_eq(bed.ops->promote(bed.state, paused, 3, 0), 0);
	end();
}
END_TEST

START_TEST(at_the_end_the_best_of_the_highest_rung_goes_on)
{
	static const int64_t paused[] = { 0, 1 };

	bed_begin(&bed, "asha", 0, 81, "{\"mode\":\"promote\"}");
	report(0, 1, 3);
	report(1, 1, 2);

	ck_assert_int_eq(bed.ops->promote(bed.state, paused, 2, 0), -1);
	ck_assert_int_eq(bed.ops->promote(bed.state, paused, 2, 1), 1);
	end();
}
END_TEST

START_TEST(promotion_needs_checkpoints)
{
	const hpo_fidelity_t fidelity = { 0, 81, 0, 0 };

	ck_assert_int_eq(bed_open(&bed, "asha", &fidelity, "{\"mode\":\"promote\"}"),
			 HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(bed.error.message, "task.checkpoint_dir"));
	end();
}
END_TEST

/* Rungs 1 and 3 are open; the losses keep their order, so that 9 stays closed. */
START_TEST(growth_stops_all_but_the_best_where_orders_agree)
{
	bed_begin(&bed, "asha", 0, 81, "{\"growth\":\"pasha\"}");

	for (int64_t t = 0; t < 4; t++) {
		const double loss = 9 - (double)t;

		ck_assert(!report(t, 1, loss));
		ck_assert(!report(t, 3, loss)); /* each is the best so far */
		ck_assert(!report(t, 80, loss));
	}
	ck_assert(!report(4, 1, 6)); /* as good as the best at 1, not at 3 */
	ck_assert(report(4, 3, 6.5));
	end();
}
END_TEST

/* Trial 1 is better at 1 and worse at 3: rung 9 opens, where trial 0 counts from its next report. */
START_TEST(growth_opens_a_rung_where_orders_disagree)
{
	bed_begin(&bed, "asha", 0, 81, "{\"growth\":\"pasha\"}");
	ck_assert(!report(0, 1, 5));
	ck_assert(!report(0, 3, 1));
	ck_assert(!report(1, 1, 4));

	ck_assert(report(1, 3, 2));
	ck_assert_str_eq(bed.verdict.reason, "rung 3: rank 2 of 2, 1 goes on");
	ck_assert(!report(0, 9, 1));
	ck_assert(!report(2, 1, 0.5));
	ck_assert(!report(2, 3, 0.5));
	ck_assert(report(2, 9, 1.5));
	end();
}
END_TEST

/*
 * Curves 0 and 1 cross at 2 and back at 3, 0.1 apart: so 0.1 is noise, and the order at rung 3,
 * which differs from that of rung 1 by less, is no disagreement.
 */
START_TEST(growth_takes_curves_that_cross_back_for_noise)
{
	bed_begin(&bed, "asha", 0, 81, "{\"growth\":\"pasha\",\"min_resource\":4}");
	static const double zero[] = { 5, 5.2, 4.9, 5.05 };
	static const double one[] = { 5.1, 5, 5, 5 };

	for (int64_t i = 1; i <= 4; i++)
		report(0, i, zero[i - 1]);
	report(0, 12, 4.9);
	for (int64_t i = 1; i <= 4; i++)
		report(1, i, one[i - 1]);

	ck_assert(report(1, 12, 5));
	ck_assert_str_eq(bed.verdict.reason, "rung 12: rank 2 of 2, 1 goes on");
	ck_assert(!report(0, 36, 9));
	ck_assert(!report(2, 4, 4));
	ck_assert(!report(2, 12, 4));
	ck_assert(!report(2, 36, 99)); /* there is no rung */
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
	tcase_add_test(tests, promotion_pauses_until_a_third_is_worse);
	tcase_add_test(tests, promotion_passes_who_is_good_enough_at_once);
	tcase_add_test(tests, the_highest_rung_is_promoted_from_first);
	tcase_add_test(tests, at_the_end_the_best_of_the_highest_rung_goes_on);
	tcase_add_test(tests, promotion_needs_checkpoints);
	tcase_add_test(tests, growth_stops_all_but_the_best_where_orders_agree);
	tcase_add_test(tests, growth_opens_a_rung_where_orders_disagree);
	tcase_add_test(tests, growth_takes_curves_that_cross_back_for_noise);
	suite_add_tcase(suite, tests);
	return suite;
}
