/*
 * Hyperband: who belongs to which bracket, and what it does with them. With
 * reduction 3 and 81 iterations n = ceil(5 / (s + 1) 3^s) of s = 4 … 0 is 81, 34,
 * 15, 8, 5, of 143 in all; those of the paper's table 1, but for its rounding.
 */
#include "unit/pruner/bed.h"

#include <stdlib.h>

static struct bed bed;

/* The iteration at which a trial that is the worst of all is stopped: its bracket's first; 0: none. */
static int64_t first_rung(int64_t trial)
{
	for (int64_t i = 1; i < 81; i++) {
		if (bed_report(&bed, trial, i, 1e6 + (double)trial))
			return i;
	}
	return 0;
}

/* The first of a bracket goes on at each of its rungs: give every bracket good ones before. */
static void begin(int64_t max_iteration, const char *settings)
{
	bed_begin(&bed, "hyperband", 0, max_iteration, settings);
	for (int64_t t = 1000000; t < 1000143; t++) {
		for (int64_t i = 1; i < max_iteration; i++)
			bed_report(&bed, t, i, 0);
	}
}

START_TEST(trials_are_shared_out_by_the_weights)
{
	int count[82] = {0};

	begin(81, NULL);
	for (int64_t t = 0; t < 143; t++)
		count[first_rung(t)]++;

	ck_assert_int_le(abs(count[1] - 81), 2);
	ck_assert_int_le(abs(count[3] - 34), 2);
	ck_assert_int_le(abs(count[9] - 15), 2);
	ck_assert_int_le(abs(count[27] - 8), 2);
	ck_assert_int_le(abs(count[0] - 5), 2);
	bed_end(&bed);
}
END_TEST

/* The golden ratio's multiples: 0, 0.618, 0.236, 0.854, 0.472; bounds 0.566, 0.804, 0.909. */
START_TEST(the_number_of_a_trial_says_its_bracket)
{
	begin(81, NULL);

	ck_assert_int_eq(first_rung(0), 1);
	ck_assert_int_eq(first_rung(1), 3);
	ck_assert_int_eq(first_rung(2), 1);
	ck_assert_int_eq(first_rung(3), 9);
	ck_assert_int_eq(first_rung(4), 1);
	bed_end(&bed);
}
END_TEST

START_TEST(a_bracket_ranks_its_own_trials_only)
{
	bed_begin(&bed, "hyperband", 0, 81, NULL);

	ck_assert(!bed_report(&bed, 0, 1, 5)); /* bracket 1 */
	ck_assert(!bed_report(&bed, 1, 3, 1)); /* bracket 2 */
	ck_assert(bed_report(&bed, 2, 1, 6));  /* bracket 1 */
	ck_assert_str_eq(bed.verdict.reason, "bracket 1, rung 1: rank 2 of 2, 1 goes on");
	bed_end(&bed);
}
END_TEST

START_TEST(one_bracket_is_asha)
{
	struct bed asha;

	bed_begin(&bed, "hyperband", 2, 100, "{\"brackets\":1,\"reduction\":4}");
	bed_begin(&asha, "asha", 2, 100, "{\"reduction\":4}");
	for (int64_t t = 0; t < 40; t++) {
		for (int64_t i = 1; i < 40; i++)
			ck_assert_int_eq(bed_report(&bed, t, i, (double)(t * 17 % 40)),
					 bed_report(&asha, t, i, (double)(t * 17 % 40)));
	}
	bed_end(&asha);
	bed_end(&bed);
}
END_TEST

/* Below 5 iterations there are rungs at 1 and 3, so two brackets. */
START_TEST(brackets_that_do_not_fit_are_left_out)
{
	begin(5, "{\"brackets\":16}");

	for (int64_t t = 0; t < 20; t++) {
		const int64_t rung = first_rung(t);

		ck_assert(rung == 1 || rung == 3);
	}
	bed_end(&bed);
}
END_TEST

Suite *unit_pruner_hyperband(void);
Suite *unit_pruner_hyperband(void)
{
	Suite *suite = suite_create("pruner/hyperband");
	TCase *tests = tcase_create("hyperband");

	tcase_add_test(tests, trials_are_shared_out_by_the_weights);
	tcase_add_test(tests, the_number_of_a_trial_says_its_bracket);
	tcase_add_test(tests, a_bracket_ranks_its_own_trials_only);
	tcase_add_test(tests, one_bracket_is_asha);
	tcase_add_test(tests, brackets_that_do_not_fit_are_left_out);
	suite_add_tcase(suite, tests);
	return suite;
}
