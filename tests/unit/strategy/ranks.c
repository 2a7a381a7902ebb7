/*
 * The order of ended trials.
 */
#include "strategy/ranks.h"

#include "trial/history.h"

#include <check.h>
#include <math.h>

static struct hpo_log_of_trials trials;
static struct hpo_ranks ranks;

static void end(void)
{
	hpo__ranks_release(&ranks);
	hpo__history_release(&trials);
}

static void tell(hpo_trial_state_t state, int64_t iteration, const double *losses)
{
	static const double point = 0.5;
	static const uint8_t active = 1;
	struct hpo_ended ended = { .number = (int64_t)trials.count, .iteration = iteration,
				   .told = (int64_t)trials.count + 1, .state = state,
				   .point = &point, .active = &active, .losses = losses };

	ck_assert_int_eq(hpo__history_append(&trials, &ended), HPO_OK);
}

static void begin(size_t objectives)
{
	ck_assert_int_eq(hpo__history_init(&trials, 1, objectives), HPO_OK);
}

static void fold(size_t good)
{
	hpo_history_t *history = NULL;

	ck_assert_int_eq(hpo__history_snapshot(&history, &trials, NULL, 0), HPO_OK);
	for (size_t i = 0; i < trials.count; i++)
		ck_assert_int_eq(hpo__ranks_fold(&ranks, history, i, NULL), HPO_OK);
	ck_assert_int_eq(hpo__ranks_order(&ranks, good), HPO_OK);
	hpo__history_free(history);
}

START_TEST(completed_come_before_pruned_before_failed)
{
	static const double losses[] = { 5, 0.1, NAN, 2, 0.2, INFINITY };

	begin(1);
	tell(HPO_TRIAL_COMPLETED, -1, &losses[0]);
	tell(HPO_TRIAL_PRUNED, 3, &losses[1]);
	tell(HPO_TRIAL_FAILED, -1, &losses[2]);
	tell(HPO_TRIAL_COMPLETED, -1, &losses[3]);
	tell(HPO_TRIAL_PRUNED, 9, &losses[4]);
	tell(HPO_TRIAL_COMPLETED, -1, &losses[5]);
	fold(2);

	ck_assert_uint_eq(ranks.valued, 4);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 0), 3);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 1), 0);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 2), 4); /* ran longer */
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 3), 1);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 4), 2);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 5), 5);
	end();
}
END_TEST

START_TEST(ties_go_to_the_earlier)
{
	static const double loss = 2.385;

	begin(1);
	for (int i = 0; i < 9; i++)
		tell(HPO_TRIAL_COMPLETED, -1, &loss);
	fold(3);

	for (size_t i = 0; i < 9; i++)
		ck_assert_uint_eq(hpo__ranks_at(&ranks, i), i);
	end();
}
END_TEST

/* 3 and 0 are on the front; 1 is behind 0, 2 behind both; 4 failed. */
START_TEST(the_front_comes_first)
{
	static const double losses[][2] = { { 1, 2 }, { 1.5, 2.5 }, { 3, 3 }, { 2, 1 }, { NAN, 0 } };

	begin(2);
	for (int i = 0; i < 5; i++)
		tell(HPO_TRIAL_COMPLETED, -1, losses[i]);
	fold(2);

	ck_assert_uint_eq(hpo__ranks_at(&ranks, 0) + hpo__ranks_at(&ranks, 1), 3);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 2), 1);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 3), 2);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 4), 4);
	end();
}
END_TEST

/* Of eleven points on a line, the middle dominates most, and what is left is symmetric. */
START_TEST(within_a_front_the_largest_volume_is_chosen)
{
	begin(2);
	for (int i = 0; i <= 10; i++) {
		double losses[] = { i / 10.0, 1 - i / 10.0 };

		tell(HPO_TRIAL_COMPLETED, -1, losses);
	}
	fold(3);

	ck_assert_uint_eq(hpo__ranks_at(&ranks, 0), 5);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 1) + hpo__ranks_at(&ranks, 2), 10);
	end();
}
END_TEST

/* The second objective is a measured constraint: it must stay under 1. */
START_TEST(what_breaks_a_bound_comes_after_what_keeps_it)
{
	static const double losses[][2] = { { 1, 3 }, { 5, 0.5 }, { 0, 2 }, { 4, 1 }, { 9, 0 } };

	begin(2);
	hpo__history_set_bound(&trials, 1, 1);
	for (size_t i = 0; i < 4; i++)
		tell(HPO_TRIAL_COMPLETED, -1, losses[i]);
	tell(HPO_TRIAL_PRUNED, 3, losses[4]);
	fold(2);

	ck_assert_uint_eq(ranks.objectives, 1);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 0), 3);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 1), 1);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 2), 4);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 3), 2);
	ck_assert_uint_eq(hpo__ranks_at(&ranks, 4), 0);
	end();
}
END_TEST

Suite *unit_strategy_ranks(void);
Suite *unit_strategy_ranks(void)
{
	Suite *suite = suite_create("strategy/ranks");
	TCase *tests = tcase_create("ranks");

	tcase_add_test(tests, what_breaks_a_bound_comes_after_what_keeps_it);
	tcase_add_test(tests, completed_come_before_pruned_before_failed);
	tcase_add_test(tests, ties_go_to_the_earlier);
	tcase_add_test(tests, the_front_comes_first);
	tcase_add_test(tests, within_a_front_the_largest_volume_is_chosen);
	suite_add_tcase(suite, tests);
	return suite;
}
