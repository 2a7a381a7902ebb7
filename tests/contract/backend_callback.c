/*
 * What the callback backend owes its driver, shown with functions.
 */
#include "contract/backend.h"

#include "backend/callback.h"

#include <stdatomic.h>

static hpo_status_t double_x(hpo_trial_t *trial, double *values, void *user)
{
	int64_t x;
	hpo_status_t status = hpo_trial_get_int(trial, "x", &x, NULL);

	(void)user;
	values[0] = 2.0 * (double)x;
	return status;
}

static hpo_status_t return_status(hpo_trial_t *trial, double *values, void *user)
{
	(void)trial;
	(void)values;
	return *(hpo_status_t *)user;
}

struct gate {
	atomic_int inside; /* functions that run */
	atomic_int most;
	atomic_bool open;
};

static hpo_status_t wait_at_gate(hpo_trial_t *trial, double *values, void *user)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct gate *gate = user;
	int inside = atomic_fetch_add(&gate->inside, 1) + 1;
	int most = atomic_load(&gate->most);

	(void)trial;
	while (inside > most && !atomic_compare_exchange_weak(&gate->most, &most, inside))
		;
	while (!atomic_load(&gate->open))
		nanosleep(&moment, NULL);
	atomic_fetch_sub(&gate->inside, 1);
	values[0] = 1.0;
	return HPO_OK;
}

static void wait_for_inside(struct gate *gate, int count)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	while (atomic_load(&gate->inside) < count)
		nanosleep(&moment, NULL);
}

static void open_callback(struct rig *rig, hpo_objective_fn fn, void *user, int concurrent)
{
	void *state = calloc(1, hpo__backend_callback.state_size);
	hpo_error_t error;

	ck_assert_ptr_nonnull(state);
	open_study(rig);
	hpo__callback_set(state, fn, user, 1);
	ck_assert_int_eq(open_backend(rig, &hpo__backend_callback, state, NULL, concurrent, &error),
			 HPO_OK);
}

START_TEST(callback_returns_the_values_of_the_function)
{
	struct rig rig;
	int64_t x;

	open_callback(&rig, double_x, NULL, 3);
	for (int i = 0; i < 10; i++)
		start_clone(&rig);
	run_to_end(&rig);

	for (size_t i = 0; i < rig.count; i++) {
		ck_assert_int_eq(hpo_trial_get_int(rig.trials[i], "x", &x, NULL), HPO_OK);
		ck_assert_int_eq(rig.heard[i].state, HPO_TASK_COMPLETED);
		ck_assert_uint_eq(rig.heard[i].value_count, 1);
		ck_assert_double_eq(rig.heard[i].values[0], 2.0 * (double)x);
		ck_assert_double_ge(rig.heard[i].running_s, 0);
	}
	close_rig(&rig);
}
END_TEST

START_TEST(callback_runs_as_many_as_allowed_at_once)
{
	struct gate gate = {0};
	struct rig rig;

	open_callback(&rig, wait_at_gate, &gate, 3);
	for (int i = 0; i < 5; i++)
		start_clone(&rig);
	wait_for_inside(&gate, 3);
	poll_once(&rig, 0);
	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_RUNNING);
	ck_assert_int_eq(rig.heard[4].state, HPO_TASK_QUEUED);
	atomic_store(&gate.open, true);
	run_to_end(&rig);

	ck_assert_int_eq(atomic_load(&gate.most), 3);
	close_rig(&rig);
}
END_TEST

/* One trial of a function that returns a status. */
static void run_returning(struct rig *rig, hpo_status_t returned)
{
	open_callback(rig, return_status, &returned, 1);
	start_clone(rig);
	run_to_end(rig);
}

START_TEST(callback_tells_a_failed_function_with_its_status)
{
	struct rig rig;

	run_returning(&rig, HPO_ENOTFOUND);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_str_eq(rig.heard[0].reason,
			 "the objective function returned -5: no such study or trial");
	ck_assert_int_eq(hpo__callback_status(rig.state), HPO_OK);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_tells_an_early_stop_as_pruned)
{
	struct rig rig;

	run_returning(&rig, HPO_DONE);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_PRUNED);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_remembers_that_the_function_ended_the_run)
{
	struct rig rig;

	run_returning(&rig, HPO_EUSER);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_int_eq(hpo__callback_status(rig.state), HPO_EUSER);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_never_begins_what_was_aborted_in_the_queue)
{
	struct gate gate = {0};
	struct rig rig;

	open_callback(&rig, wait_at_gate, &gate, 1);
	start_clone(&rig);
	start_clone(&rig);
	wait_for_inside(&gate, 1);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[1], LIMIT_MS, NULL), HPO_OK);
	poll_once(&rig, 0);
	ck_assert_int_eq(rig.heard[1].state, HPO_TASK_ABORTED);
	atomic_store(&gate.open, true);
	close_backend(&rig);

	ck_assert_int_eq(atomic_load(&gate.inside), 0);
	ck_assert_int_eq(atomic_load(&gate.most), 1);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_refuses_to_open_without_a_function)
{
	void *state = calloc(1, hpo__backend_callback.state_size);
	hpo_error_t error = {0};
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(open_backend(&rig, &hpo__backend_callback, state, NULL, 1, &error),
			 HPO_EINVAL);

	close_rig(&rig);
}
END_TEST

Suite *contract_backend_callback(void);
Suite *contract_backend_callback(void)
{
	Suite *suite = suite_create("contract/backend_callback");
	TCase *tests = tcase_create("callback");

	tcase_add_test(tests, callback_returns_the_values_of_the_function);
	tcase_add_test(tests, callback_runs_as_many_as_allowed_at_once);
	tcase_add_test(tests, callback_tells_a_failed_function_with_its_status);
	tcase_add_test(tests, callback_tells_an_early_stop_as_pruned);
	tcase_add_test(tests, callback_remembers_that_the_function_ended_the_run);
	tcase_add_test(tests, callback_never_begins_what_was_aborted_in_the_queue);
	tcase_add_test(tests, callback_refuses_to_open_without_a_function);
	suite_add_tcase(suite, tests);
	return suite;
}
