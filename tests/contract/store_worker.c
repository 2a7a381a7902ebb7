/*
 * The workers of a store, and the trials that they hold.
 */
#include "contract/store.h"

#include "support/clock.h"

#include <unistd.h>

START_TEST(a_worker_that_leaves_costs_its_trials_nothing)
{
	int64_t first;
	int64_t second;

	first = join();
	second = join();
	start(first);
	start(second);
	claim(first);

	ck_assert_int_eq(ops->beat(state, first, NULL), HPO_OK);
	ck_assert_int_eq(ops->leave(state, study, first, NULL), HPO_OK);

	check_counts(2, 1, 0, 0, 0);
	ck_assert_int_eq(trial_row(0).failures, 0);
	ck_assert_str_eq(trial_row(0).params, "{\"x\":0}");
	ck_assert_int_eq(claim(second).number, 0);
	ck_assert_int_eq(trial_row(0).attempt, 1);
	ck_assert_int_eq(claim(second).number, 2);
	ck_assert_int_eq(trial_row(2).attempt, 0); /* it never had params: it never ran */
}
END_TEST

START_TEST(an_ownerless_lease_ends_by_the_clock_since_boot_alone)
{
	int64_t count = -1;

	hpo_test_clock_install(1000);
	start(0); /* for 60 seconds */

	hpo_test_clock_advance(59);
	hpo_test_clock_set_wall(1e9);
	ck_assert_int_eq(ops->reap(state, study, 0, &count, NULL), HPO_OK);
	ck_assert_int_eq(count, 0);
	hpo_test_clock_set_wall(1);
	hpo_test_clock_advance(1.5);
	ck_assert_int_eq(ops->reap(state, study, 0, &count, NULL), HPO_OK);

	ck_assert_int_eq(count, 1);
	check_counts(1, 0, 0, 0, 0);
	hpo_test_clock_remove();
}
END_TEST

START_TEST(live_workers_are_not_reaped)
{
	int64_t worker = join();
	int64_t count = -1;

	start(worker);

	ck_assert_int_eq(ops->reap(state, study, join(), &count, NULL), HPO_OK);

	ck_assert_int_eq(count, 0);
	check_counts(0, 1, 0, 0, 0);
}
END_TEST

START_TEST(who_ran_a_trial_is_kept_after_its_end)
{
	hpo_trial_row_t row;
	char pid[32];
	int64_t worker = join();

	row = start(worker);
	snprintf(pid, sizeof pid, ":%ld", (long)getpid());

	ck_assert_ptr_nonnull(strstr(trial_row(row.number).ran_by, pid));
	finish(row.number, row.epoch, HPO_TRIAL_COMPLETED, "[1]");

	ck_assert_int_eq(trial_row(row.number).worker, 0);
	ck_assert_ptr_nonnull(strstr(trial_row(row.number).ran_by, pid));
}
END_TEST

static hpo_status_t see_worker(const hpo_worker_row_t *row, void *user)
{
	hpo_worker_row_t *seen = user;

	ck_assert_ptr_nonnull(strchr(row->name, ':'));
	*seen = *row;
	seen->name = NULL;
	return HPO_OK;
}

START_TEST(workers_say_what_they_hold)
{
	hpo_worker_row_t row = {0};
	int64_t worker;

	ck_assert_int_eq(ops->workers(state, study, see_worker, &row, NULL), HPO_OK);
	ck_assert_int_eq(row.id, 0);
	worker = join();
	start(worker);
	start(worker);

	ck_assert_int_eq(ops->workers(state, study, see_worker, &row, NULL), HPO_OK);

	ck_assert_int_eq(row.alive, 1);
	ck_assert_int_eq(row.running, 2);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_worker_that_leaves_costs_its_trials_nothing);
	tcase_add_test(tests, an_ownerless_lease_ends_by_the_clock_since_boot_alone);
	tcase_add_test(tests, live_workers_are_not_reaped);
	tcase_add_test(tests, who_ran_a_trial_is_kept_after_its_end);
	tcase_add_test(tests, workers_say_what_they_hold);
}

Suite *contract_store_worker(void);
Suite *contract_store_worker(void)
{
	return make_suite("contract/store_worker", add_tests);
}
