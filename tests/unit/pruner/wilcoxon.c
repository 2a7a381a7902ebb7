/*
 * The signed-rank rule; its p-values are tested with lib/math/wilcoxon.c.
 */
#include "unit/pruner/bed.h"

static struct bed bed;

/* A whole trial with loss 1 on ten folds. */
static void begin(const char *settings)
{
	bed_begin(&bed, "wilcoxon", 0, 0, settings);
	for (int64_t i = 0; i < 10; i++)
		bed_report(&bed, 7, i, 1);
	bed.ops->finish(bed.state, 7);
}

/* One pattern in 8 is not below 0.1, one in 16 is. */
START_TEST(worse_on_four_folds_is_enough)
{
	begin(NULL);

	ck_assert(!bed_report(&bed, 8, 0, 2));
	ck_assert(!bed_report(&bed, 8, 1, 3));
	ck_assert(!bed_report(&bed, 8, 2, 4));
	ck_assert(bed_report(&bed, 8, 3, 5));
	ck_assert_str_eq(bed.verdict.reason,
			 "worse than trial 7 on 4 common steps, p = 0.062");
	ck_assert_int_eq(bed.verdict.iteration, 3);
	ck_assert_double_eq(bed.verdict.loss, 3.5);
	bed_end(&bed);
}
END_TEST

START_TEST(folds_that_the_best_has_not_do_not_count)
{
	begin(NULL);

	for (int64_t i = 10; i < 30; i++)
		ck_assert(!bed_report(&bed, 8, i, 100));
	bed_end(&bed);
}
END_TEST

/* Nine small losses and one great gain: significant by ranks, but better by its mean. */
START_TEST(the_better_mean_is_never_stopped)
{
	begin(NULL);
	ck_assert(!bed_report(&bed, 8, 0, -1000));

	for (int64_t i = 1; i < 10; i++)
		ck_assert(!bed_report(&bed, 8, i, 1 + (double)i));
	bed_end(&bed);
}
END_TEST

START_TEST(min_steps_are_waited_for)
{
	begin("{\"min_steps\":6}");

	for (int64_t i = 0; i < 5; i++)
		ck_assert(!bed_report(&bed, 8, i, 5 + (double)i));
	ck_assert(bed_report(&bed, 8, 5, 10));
	bed_end(&bed);
}
END_TEST

/* Trial 9 has a mean of 0.49. */
START_TEST(the_best_is_the_whole_trial_with_the_least_mean)
{
	begin(NULL);
	for (int64_t i = 0; i < 10; i++)
		bed_report(&bed, 9, i, i == 0 ? -5 : 1.1);
	bed.ops->finish(bed.state, 9);

	for (int64_t i = 1; i < 4; i++)
		ck_assert(!bed_report(&bed, 10, i, 1 + (double)i));
	ck_assert(bed_report(&bed, 10, 4, 5));
	ck_assert_str_eq(bed.verdict.reason,
			 "worse than trial 9 on 4 common steps, p = 0.062");
	bed_end(&bed);
}
END_TEST

START_TEST(a_fold_reported_again_has_its_latest_value)
{
	begin(NULL);
	for (int64_t i = 0; i < 3; i++)
		bed_report(&bed, 8, i, 2 + (double)i);
	bed_report(&bed, 8, 0, -9);

	ck_assert(!bed_report(&bed, 8, 3, 2));
	bed_end(&bed);
}
END_TEST

Suite *unit_pruner_wilcoxon(void);
Suite *unit_pruner_wilcoxon(void)
{
	Suite *suite = suite_create("pruner/wilcoxon");
	TCase *tests = tcase_create("wilcoxon");

	tcase_add_test(tests, worse_on_four_folds_is_enough);
	tcase_add_test(tests, folds_that_the_best_has_not_do_not_count);
	tcase_add_test(tests, the_better_mean_is_never_stopped);
	tcase_add_test(tests, min_steps_are_waited_for);
	tcase_add_test(tests, the_best_is_the_whole_trial_with_the_least_mean);
	tcase_add_test(tests, a_fold_reported_again_has_its_latest_value);
	suite_add_tcase(suite, tests);
	return suite;
}
