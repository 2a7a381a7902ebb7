/*
 * How trials of a store end: told, late, paused, asked to stop.
 */
#include "contract/store.h"

START_TEST(only_an_attempt_that_failed_by_itself_counts_as_a_failure)
{
	hpo_finish_row_t row = {.state = HPO_TRIAL_WAITING, .failed = 1, .iteration = -1};
	hpo_trial_row_t trial;
	int64_t worker = join();
	int late;

	trial = start(worker);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);
	ck_assert_int_eq(trial_row(0).failures, 0);

	row.epoch = claim(worker).epoch;
	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_OK);

	ck_assert_int_eq(trial_row(0).failures, 1);
	ck_assert_int_eq(trial_row(0).told, 0);
	ck_assert_double_eq(trial_row(0).compute_s, 2.5);
}
END_TEST

START_TEST(ends_are_counted_in_one_total_order)
{
	static const int32_t ends[] = {HPO_TRIAL_COMPLETED, HPO_TRIAL_FAILED, HPO_TRIAL_PRUNED};
	hpo_trial_row_t trials[3];
	hpo_trial_row_t row;
	int64_t worker = join();

	for (int i = 0; i < 3; i++)
		trials[i] = start(worker);

	for (int i = 3; i-- > 0;)
		ck_assert_int_eq(finish(i, trials[i].epoch, ends[i], "[0.25,null]"), 0);

	for (int i = 0; i < 3; i++) {
		row = trial_row(i);
		ck_assert_int_eq(row.told, 3 - i);
		ck_assert_int_eq(row.state, ends[i]);
		ck_assert_int_eq(row.iteration, 5);
		ck_assert_int_eq(row.worker, 0);
		ck_assert_str_eq(row.values, "[0.25,null]");
		ck_assert_str_eq(row.reason, "r");
		ck_assert_double_ge(row.ended_s, row.started_s);
	}
	check_counts(0, 0, 1, 1, 1);
	ck_assert_double_eq(study_row().compute_s, 7.5);
}
END_TEST

START_TEST(a_late_tell_without_a_successor_counts)
{
	hpo_trial_row_t trial;
	int64_t worker = join();

	trial = start(worker);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);
	check_counts(1, 0, 0, 0, 0);

	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]"), 0);

	check_counts(0, 0, 1, 0, 0);
	ck_assert_int_eq(trial_row(0).told, 1);
	ck_assert_int_eq(claim(join()).number, 1);
}
END_TEST

START_TEST(a_late_tell_with_a_successor_is_recorded_as_late)
{
	hpo_trial_row_t trial;
	hpo_trial_row_t next;
	int64_t worker = join();

	trial = start(worker);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);
	next = claim(join());

	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]"), 1);
	check_counts(0, 1, 0, 0, 0);
	ck_assert_int_eq(finish(0, next.epoch, HPO_TRIAL_COMPLETED, "[2]"), 0);

	ck_assert_str_eq(trial_row(0).values, "[2]");
	ck_assert_int_eq(trial_row(0).late, 1);
	ck_assert_int_eq(trial_row(0).failures, 0);
}
END_TEST

START_TEST(a_second_tell_changes_nothing_but_the_count_of_late_ones)
{
	hpo_trial_row_t trial;

	trial = start(join());
	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]"), 0);

	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_FAILED, NULL), 1);

	ck_assert_str_eq(trial_row(0).values, "[1]");
	ck_assert_int_eq(trial_row(0).late, 1);
	ck_assert_int_eq(trial_row(0).told, 1);
	ck_assert_double_eq(study_row().compute_s, 2.5);
	check_counts(0, 0, 1, 0, 0);
}
END_TEST

START_TEST(an_attempt_cannot_end_as_running)
{
	hpo_finish_row_t row = {.state = HPO_TRIAL_RUNNING};
	hpo_trial_row_t trial;
	int late;

	trial = start(join());
	row.epoch = trial.epoch;

	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_EINVAL);
	row.state = 99;
	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_EINVAL);
	row.state = HPO_TRIAL_FAILED;
	row.number = 5;
	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_ENOTFOUND);

	check_counts(0, 1, 0, 0, 0);
}
END_TEST

START_TEST(a_running_trial_is_asked_to_stop_until_it_ends)
{
	hpo_trial_row_t row;
	int64_t revision;
	int64_t worker = join();

	row = start(worker);
	revision = study_row().revision;

	ck_assert_int_eq(ops->stop_trial(state, study, row.number, NULL), HPO_OK);
	ck_assert_int_eq(trial_row(row.number).stopping, 1);
	ck_assert_int_gt(study_row().revision, revision);
	ck_assert_int_gt(trial_row(row.number).revision, revision);
	finish(row.number, row.epoch, HPO_TRIAL_PRUNED, "[1]");

	ck_assert_int_eq(trial_row(row.number).stopping, 0);
	ck_assert_int_eq(ops->stop_trial(state, study, row.number, NULL), HPO_EINVAL);
	ck_assert_int_eq(ops->stop_trial(state, study, 7, NULL), HPO_ENOTFOUND);
}
END_TEST

START_TEST(a_new_attempt_is_not_asked_to_stop)
{
	int64_t worker = join();
	int64_t number;

	number = start(worker).number;
	ck_assert_int_eq(ops->stop_trial(state, study, number, NULL), HPO_OK);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);

	ck_assert_int_eq(trial_row(number).stopping, 0);
	worker = join();
	ck_assert_int_eq(claim(worker).number, number);
	ck_assert_int_eq(trial_row(number).stopping, 0);
}
END_TEST

static int pause_trial(int64_t number, int64_t epoch)
{
	hpo_finish_row_t row = {.number = number,
				.epoch = epoch,
				.state = HPO_TRIAL_WAITING,
				.paused = 1,
				.iteration = 3,
				.values = "[0.5]",
				.reason = "rung 3"};
	int late = -1;

	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_OK);
	return late;
}

static hpo_status_t resume(int64_t worker, int64_t number, hpo_trial_row_t *row)
{
	static struct seen seen;
	hpo_status_t status;

	memset(&seen, 0, sizeof seen);
	status = ops->resume(state, study, worker, number, 60, see_trial, &seen, NULL);
	*row = seen.row;
	return status;
}

START_TEST(a_paused_trial_waits_but_is_not_claimed)
{
	struct seen seen = {0};
	hpo_trial_row_t row;
	int64_t worker = join();

	row = start(worker);
	ck_assert_int_eq(pause_trial(row.number, row.epoch), 0);

	check_counts(1, 0, 0, 0, 0);
	row = trial_row(0);
	ck_assert_int_eq(row.state, HPO_TRIAL_WAITING);
	ck_assert_int_eq(row.told, 1);
	ck_assert_str_eq(row.values, "[0.5]");
	ck_assert_int_eq(start(worker).number, 1);
	ck_assert_int_eq(ops->claim(state, study, worker, 2, 60, see_trial, &seen, NULL), HPO_DONE);
}
END_TEST

START_TEST(a_paused_trial_goes_on_in_the_same_attempt)
{
	hpo_trial_row_t row;
	int64_t worker = join();

	row = start(worker);
	pause_trial(row.number, row.epoch);

	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(row.state, HPO_TRIAL_RUNNING);
	ck_assert_int_eq(row.attempt, 0);
	ck_assert_int_eq(row.iteration, 3);
	check_counts(0, 1, 0, 0, 0);
	ck_assert_int_eq(finish(0, row.epoch, HPO_TRIAL_COMPLETED, "[0.25]"), 0);
	ck_assert_int_eq(trial_row(0).told, 2);
	ck_assert_int_eq(resume(worker, 0, &row), HPO_WAIT);
}
END_TEST

START_TEST(only_one_takes_a_paused_trial)
{
	hpo_trial_row_t row;
	hpo_trial_row_t other;
	int64_t worker = join();

	row = start(worker);
	ck_assert_int_eq(resume(worker, 0, &other), HPO_WAIT); /* it runs */
	pause_trial(row.number, row.epoch);

	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(resume(worker, 0, &other), HPO_WAIT);
}
END_TEST

START_TEST(one_that_went_on_is_paused_again_when_its_holder_goes)
{
	hpo_trial_row_t row;
	int64_t worker = join();

	row = start(worker);
	pause_trial(row.number, row.epoch);
	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);

	row = trial_row(0);
	ck_assert_int_eq(row.state, HPO_TRIAL_WAITING);
	ck_assert_int_eq(row.told, 1);
	ck_assert_str_eq(row.values, "[0.5]");
	worker = join();
	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(row.attempt, 0);
	ck_assert_int_eq(finish(0, row.epoch, HPO_TRIAL_WAITING, NULL), 0); /* interrupted */
	row = trial_row(0);
	ck_assert_int_eq(row.told, 1);
	ck_assert_str_eq(row.values, "[0.5]");
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, only_an_attempt_that_failed_by_itself_counts_as_a_failure);
	tcase_add_test(tests, ends_are_counted_in_one_total_order);
	tcase_add_test(tests, a_late_tell_without_a_successor_counts);
	tcase_add_test(tests, a_late_tell_with_a_successor_is_recorded_as_late);
	tcase_add_test(tests, a_second_tell_changes_nothing_but_the_count_of_late_ones);
	tcase_add_test(tests, an_attempt_cannot_end_as_running);
	tcase_add_test(tests, a_running_trial_is_asked_to_stop_until_it_ends);
	tcase_add_test(tests, a_new_attempt_is_not_asked_to_stop);
	tcase_add_test(tests, a_paused_trial_waits_but_is_not_claimed);
	tcase_add_test(tests, a_paused_trial_goes_on_in_the_same_attempt);
	tcase_add_test(tests, only_one_takes_a_paused_trial);
	tcase_add_test(tests, one_that_went_on_is_paused_again_when_its_holder_goes);
}

Suite *contract_store_end(void);
Suite *contract_store_end(void)
{
	return make_suite("contract/store_end", add_tests);
}
