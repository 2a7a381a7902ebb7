/*
 * Claiming trials of a store, proposing their values, and giving them back.
 */
#include "contract/store.h"

START_TEST(numbers_have_no_gaps)
{
	int64_t worker = join();

	for (int i = 0; i < 600; i++)
		ck_assert_int_eq(start(worker).number, i);

	check_counts(0, 600, 0, 0, 0);
}
END_TEST

START_TEST(a_claim_stops_at_the_limit_of_trials_that_do_not_wait)
{
	struct seen seen = {0};
	hpo_trial_row_t first;
	int64_t worker = join();

	first = start(worker);
	start(worker);

	ck_assert_int_eq(ops->claim(state, study, worker, 2, 1, see_trial, &seen, NULL), HPO_DONE);
	ck_assert_int_eq(seen.count, 0);
	finish(first.number, first.epoch, HPO_TRIAL_WAITING, NULL);
	ck_assert_int_eq(ops->claim(state, study, worker, 2, 1, see_trial, &seen, NULL), HPO_OK);

	ck_assert_int_eq(seen.row.number, 0);
	check_counts(0, 2, 0, 0, 0);
}
END_TEST

START_TEST(a_new_attempt_keeps_number_and_params_and_has_a_new_epoch)
{
	hpo_trial_row_t first;
	hpo_trial_row_t again;
	int64_t worker = join();

	first = start(worker);
	start(worker);
	finish(0, first.epoch, HPO_TRIAL_WAITING, NULL);

	again = claim(worker);

	ck_assert_int_eq(first.attempt, 0);
	ck_assert_int_eq(again.number, 0);
	ck_assert_int_eq(again.attempt, 1);
	ck_assert_int_gt(again.epoch, first.epoch);
	ck_assert_str_eq(again.params, "{\"x\":0}");
	ck_assert_ptr_null(again.reason);
	ck_assert_double_gt(again.started_s, 1e9);
}
END_TEST

START_TEST(equal_params_are_refused_where_they_must_be_unique)
{
	hpo_trial_row_t first;
	hpo_trial_row_t second;
	int64_t worker = join();

	first = claim(worker);
	ck_assert_int_eq(propose(first.number, first.epoch, "{\"x\":1}", 1), HPO_OK);
	second = claim(worker);

	ck_assert_int_eq(propose(second.number, second.epoch, "{\"x\":1}", 1), HPO_WAIT);
	ck_assert_ptr_null(trial_row(1).params);
	ck_assert_int_eq(propose(second.number, second.epoch, "{\"x\":1}", 0), HPO_OK);

	ck_assert_str_eq(trial_row(1).params, "{\"x\":1}");
	ck_assert_str_eq(trial_row(1).arm, "tpe");
	ck_assert_int_eq(trial_row(1).seen, 3);
	ck_assert_str_eq(trial_row(1).proposal, "{\"try\":2}");
	ck_assert_int_eq(propose(first.number, first.epoch, "{\"x\":1}", 0), HPO_OK);
}
END_TEST

START_TEST(many_params_stay_unique)
{
	int64_t worker = join();
	char params[32];
	hpo_trial_row_t last;

	for (int i = 0; i < 2000; i++)
		start(worker);
	last = claim(worker);

	for (int i = 0; i < 2000; i += 97) {
		snprintf(params, sizeof params, "{\"x\":%d}", i);
		ck_assert_int_eq(propose(last.number, last.epoch, params, 1), HPO_WAIT);
	}

	ck_assert_int_eq(propose(last.number, last.epoch, "{\"x\":-1}", 1), HPO_OK);
}
END_TEST

START_TEST(a_proposal_without_the_lease_is_refused)
{
	hpo_trial_row_t trial;

	trial = start(join());

	ck_assert_int_eq(propose(trial.number, trial.epoch + 1, "{}", 0), HPO_ENOTFOUND);
	finish(trial.number, trial.epoch, HPO_TRIAL_COMPLETED, "[1]");
	ck_assert_int_eq(propose(trial.number, trial.epoch, "{}", 0), HPO_ENOTFOUND);
	ck_assert_int_eq(propose(77, 1, "{}", 0), HPO_ENOTFOUND);

	ck_assert_str_eq(trial_row(0).params, "{\"x\":0}");
}
END_TEST

START_TEST(the_last_trial_vanishes_when_it_is_given_back_without_params)
{
	hpo_trial_row_t trial;
	hpo_trial_row_t next;
	int64_t worker = join();

	trial = claim(worker);

	ck_assert_int_eq(ops->unclaim(state, study, trial.number, trial.epoch, NULL), HPO_OK);
	check_counts(0, 0, 0, 0, 0);
	next = claim(worker);

	ck_assert_int_eq(next.number, 0);
	ck_assert_int_ne(next.epoch, trial.epoch);
	ck_assert_int_eq(next.attempt, 0);
}
END_TEST

START_TEST(a_trial_given_back_in_the_middle_is_the_next_to_be_claimed)
{
	hpo_trial_row_t trial;
	int64_t worker = join();

	trial = claim(worker);
	start(worker);

	ck_assert_int_eq(ops->unclaim(state, study, 0, trial.epoch, NULL), HPO_OK);
	ck_assert_int_eq(ops->unclaim(state, study, 0, trial.epoch, NULL), HPO_OK);
	check_counts(1, 1, 0, 0, 0);
	trial = claim(worker);

	ck_assert_int_eq(trial.number, 0);
	ck_assert_int_eq(trial.attempt, 0);
}
END_TEST

START_TEST(a_claim_given_back_is_no_attempt)
{
	hpo_trial_row_t trial;
	int64_t worker = join();

	trial = start(worker);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);
	trial = claim(worker);

	ck_assert_int_eq(ops->unclaim(state, study, 0, trial.epoch, NULL), HPO_OK);

	ck_assert_int_eq(claim(worker).attempt, 1);
}
END_TEST

static hpo_status_t refuse_row(const hpo_trial_row_t *row, void *user)
{
	(void)row;
	(void)user;
	return HPO_EUSER;
}

START_TEST(a_claim_that_the_caller_cannot_take_leaves_no_trace)
{
	hpo_trial_row_t trial;
	int64_t worker = join();

	ck_assert_int_eq(ops->claim(state, study, worker, 0, 1, refuse_row, NULL, NULL), HPO_EUSER);
	check_counts(0, 0, 0, 0, 0);
	trial = start(worker);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);

	ck_assert_int_eq(ops->claim(state, study, worker, 0, 1, refuse_row, NULL, NULL), HPO_EUSER);

	check_counts(1, 0, 0, 0, 0);
	ck_assert_int_eq(claim(worker).attempt, 1);
}
END_TEST

START_TEST(a_reader_that_has_enough_ends_the_reading)
{
	int64_t worker = join();

	start(worker);
	start(worker);

	ck_assert_int_eq(ops->trials(state, study, 0, 9, refuse_row, NULL, NULL), HPO_EUSER);
	ck_assert_int_eq(ops->changes(state, study, 0, refuse_row, NULL, NULL), HPO_EUSER);

	ck_assert_int_eq(start(worker).number, 2);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, numbers_have_no_gaps);
	tcase_add_test(tests, a_claim_stops_at_the_limit_of_trials_that_do_not_wait);
	tcase_add_test(tests, a_new_attempt_keeps_number_and_params_and_has_a_new_epoch);
	tcase_add_test(tests, equal_params_are_refused_where_they_must_be_unique);
	tcase_add_test(tests, many_params_stay_unique);
	tcase_add_test(tests, a_proposal_without_the_lease_is_refused);
	tcase_add_test(tests, the_last_trial_vanishes_when_it_is_given_back_without_params);
	tcase_add_test(tests, a_trial_given_back_in_the_middle_is_the_next_to_be_claimed);
	tcase_add_test(tests, a_claim_given_back_is_no_attempt);
	tcase_add_test(tests, a_claim_that_the_caller_cannot_take_leaves_no_trace);
	tcase_add_test(tests, a_reader_that_has_enough_ends_the_reading);
}

Suite *contract_store_claim(void);
Suite *contract_store_claim(void)
{
	return make_suite("contract/store_claim", add_tests);
}
