/*
 * Patience, by hand.
 */
#include "unit/pruner/bed.h"

static struct bed bed;

START_TEST(so_many_reports_without_a_better_one_stop)
{
	static const double losses[] = { 5, 6, 5, 5 };

	bed_begin(&bed, "patient", 0, 0, "{\"patience\":3}");

	ck_assert_uint_eq(bed_run(&bed, 0, losses, 4), 4);
	ck_assert_str_eq(bed.verdict.reason, "3 reports without a loss below 5");
	ck_assert_int_eq(bed.verdict.iteration, 4);
	bed_end(&bed);
}
END_TEST

START_TEST(a_better_one_begins_anew)
{
	static const double losses[] = { 5, 5, 4.999, 5, 5 };

	bed_begin(&bed, "patient", 0, 0, "{\"patience\":2}");

	ck_assert_uint_eq(bed_run(&bed, 0, losses, 5), 5);
	bed_end(&bed);
}
END_TEST

/* Steps below min_delta add up: 5 to 4.7 is more than 0.25. */
START_TEST(slow_progress_counts_once_it_is_enough)
{
	static const double losses[] = { 5, 4.9, 4.8 };

	bed_begin(&bed, "patient", 0, 0, "{\"patience\":4,\"min_delta\":0.25}");
	for (int64_t i = 1; i <= 40; i++)
		ck_assert(!bed_report(&bed, 0, i, 5 - 0.1 * (double)i));
	bed_end(&bed);

	bed_begin(&bed, "patient", 0, 0, "{\"patience\":2,\"min_delta\":0.25}");
	ck_assert_uint_eq(bed_run(&bed, 0, losses, 3), 3);
	bed_end(&bed);
}
END_TEST

START_TEST(trials_do_not_know_of_each_other)
{
	static const double losses[] = { 9, 8, 7 };

	bed_begin(&bed, "patient", 0, 0, "{\"patience\":2}");

	ck_assert(!bed_report(&bed, 0, 1, 1));
	ck_assert_uint_eq(bed_run(&bed, 1, losses, 3), 0);
	bed_end(&bed);
}
END_TEST

/* asha stops trial 1 at its first rung; patience holds it until it stands still. */
START_TEST(another_rule_must_agree)
{
	static const double losses[] = { 9, 8, 8, 8 };

	bed_begin(&bed, "patient", 0, 81, "{\"patience\":2,\"inner\":\"asha\"}");

	ck_assert(!bed_report(&bed, 0, 1, 1));
	ck_assert(!bed_report(&bed, 0, 2, 1));
	ck_assert(!bed_report(&bed, 0, 4, 1));
	ck_assert_uint_eq(bed_run(&bed, 1, losses, 4), 4);
	ck_assert_str_eq(bed.verdict.reason,
			 "2 reports without a loss below 8; rung 1: rank 2 of 2, 1 goes on");
	bed_end(&bed);
}
END_TEST

START_TEST(another_rule_is_named_by_its_word)
{
	const hpo_fidelity_t fidelity = { 0, 0, 0, 0 };

	ck_assert_int_eq(bed_open(&bed, "patient", &fidelity, "{\"inner\":\"patient\"}"),
			 HPO_EINVAL);
	ck_assert_str_eq(bed.error.message,
			 "inner: 'patient' is not one of none|median|percentile|asha|hyperband|"
			 "threshold|wilcoxon");
	bed_end(&bed);
}
END_TEST

Suite *unit_pruner_patient(void);
Suite *unit_pruner_patient(void)
{
	Suite *suite = suite_create("pruner/patient");
	TCase *tests = tcase_create("patient");

	tcase_add_test(tests, so_many_reports_without_a_better_one_stop);
	tcase_add_test(tests, a_better_one_begins_anew);
	tcase_add_test(tests, slow_progress_counts_once_it_is_enough);
	tcase_add_test(tests, trials_do_not_know_of_each_other);
	tcase_add_test(tests, another_rule_must_agree);
	tcase_add_test(tests, another_rule_is_named_by_its_word);
	suite_add_tcase(suite, tests);
	return suite;
}
