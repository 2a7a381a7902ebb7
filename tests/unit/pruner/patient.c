/*
 * Patience, by hand.
 */
#include "unit/pruner/bed.h"

static struct bed bed;

START_TEST(so_many_reports_without_a_better_one_stop)
{
	bed_begin(&bed, "patient", 0, 0, "{\"patience\":3}");

	ck_assert(!bed_report(&bed, 0, 1, 5));
	ck_assert(!bed_report(&bed, 0, 2, 6));
	ck_assert(!bed_report(&bed, 0, 3, 5));
	ck_assert(bed_report(&bed, 0, 4, 5));
	ck_assert_str_eq(bed.verdict.reason, "3 reports without a loss below 5");
	ck_assert_int_eq(bed.verdict.iteration, 4);
	bed_end(&bed);
}
END_TEST

START_TEST(a_better_one_begins_anew)
{
	bed_begin(&bed, "patient", 0, 0, "{\"patience\":2}");

	ck_assert(!bed_report(&bed, 0, 1, 5));
	ck_assert(!bed_report(&bed, 0, 2, 5));
	ck_assert(!bed_report(&bed, 0, 3, 4.999));
	ck_assert(!bed_report(&bed, 0, 4, 5));
	ck_assert(bed_report(&bed, 0, 5, 5));
	bed_end(&bed);
}
END_TEST

/* Steps below min_delta add up: 5 to 4.7 is more than 0.25. */
START_TEST(slow_progress_counts_once_it_is_enough)
{
	bed_begin(&bed, "patient", 0, 0, "{\"patience\":4,\"min_delta\":0.25}");
	for (int64_t i = 1; i <= 40; i++)
		ck_assert(!bed_report(&bed, 0, i, 5 - 0.1 * (double)i));
	bed_end(&bed);

	bed_begin(&bed, "patient", 0, 0, "{\"patience\":2,\"min_delta\":0.25}");
	ck_assert(!bed_report(&bed, 0, 1, 5));
	ck_assert(!bed_report(&bed, 0, 2, 4.9));
	ck_assert(bed_report(&bed, 0, 3, 4.8));
	bed_end(&bed);
}
END_TEST

START_TEST(trials_do_not_know_of_each_other)
{
	bed_begin(&bed, "patient", 0, 0, "{\"patience\":2}");

	ck_assert(!bed_report(&bed, 0, 1, 1));
	ck_assert(!bed_report(&bed, 1, 1, 9));
	ck_assert(!bed_report(&bed, 1, 2, 8));
	ck_assert(!bed_report(&bed, 1, 3, 7));
	bed_end(&bed);
}
END_TEST

/* asha stops trial 1 at its first rung; patience holds it until it stands still. */
START_TEST(another_rule_must_agree)
{
	bed_begin(&bed, "patient", 0, 81, "{\"patience\":2,\"inner\":\"asha\"}");

	ck_assert(!bed_report(&bed, 0, 1, 1));
	ck_assert(!bed_report(&bed, 0, 2, 1));
	ck_assert(!bed_report(&bed, 0, 4, 1));
	ck_assert(!bed_report(&bed, 1, 1, 9));
	ck_assert(!bed_report(&bed, 1, 2, 8));
	ck_assert(!bed_report(&bed, 1, 3, 8));
	ck_assert(bed_report(&bed, 1, 4, 8));
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
