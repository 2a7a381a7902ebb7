/*
 * Backends under load: many tasks at once, and descriptors or memory that run out.
 */
#include "contract/backend.h"

#include "backend/callback.h"
#include "support/alloc.h"

#include <sys/resource.h>

START_TEST(process_runs_50_at_once)
{
	struct rig rig;

	open_process(&rig, "sleep 0.2; echo loss=$HPO_TRIAL", "");
	for (int i = 0; i < 50; i++)
		start_clone(&rig);
	run_to_end(&rig);

	for (size_t i = 0; i < rig.count; i++) {
		ck_assert_int_eq(rig.heard[i].state, HPO_TASK_COMPLETED);
		ck_assert_uint_eq(rig.heard[i].report_count, 1);
		ck_assert_double_eq(rig.heard[i].reports[0].value,
				    (double)hpo_trial_number(rig.trials[i]));
	}
	close_rig(&rig);
}
END_TEST

START_TEST(process_leaks_no_descriptor)
{
	size_t before, after;
	struct rig rig;

	open_process(&rig, "echo loss=1", "");
	before = count_descriptors();
	for (int i = 0; i < 20; i++)
		start_clone(&rig);
	run_to_end(&rig);
	for (size_t i = 0; i < rig.count; i++)
		rig.ops->forget(rig.state, &rig.ids[i]);
	after = count_descriptors();

	ck_assert_uint_eq(after, before);
	close_rig(&rig);
}
END_TEST

START_TEST(process_tells_when_descriptors_run_out_and_leaks_none)
{
	struct rlimit limit, few;
	hpo_error_t error = {0};
	size_t before, clone;
	int first_free;
	struct rig rig;
	hpo_status_t status;

	open_process(&rig, "echo loss=1", "");
	clone = add_clone(&rig);
	before = count_descriptors();
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	first_free = dup(0);
	close(first_free);
	for (int spare = 0; spare < 8; spare++) { /* a task takes eight for a moment */
		few.rlim_cur = (rlim_t)(first_free + spare);
		setrlimit(RLIMIT_NOFILE, &few);
		memset(&error, 0, sizeof error);
		status = rig.ops->enqueue(rig.state, &rig.ids[clone], LIMIT_MS, &error);
		setrlimit(RLIMIT_NOFILE, &limit);
		ck_assert_int_eq(status, HPO_EBACKEND);
		ck_assert_ptr_nonnull(strstr(error.message, "ulimit -n"));
		ck_assert_uint_eq(count_descriptors(), before);
	}
	ck_assert_int_eq(rig.ops->enqueue(rig.state, &rig.ids[clone], LIMIT_MS, &error), HPO_OK);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	close_rig(&rig);
}
END_TEST

static hpo_status_t clone_and_abort(struct rig *rig, const hpo_backend_ops_t *ops, void *state,
				    const char *task)
{
	hpo_task_id_t id;
	hpo_status_t status = open_backend(rig, ops, state, task, 2, NULL);

	if (status < 0)
		return status;
	status = ops->clone(state, rig->trials[0], LIMIT_MS, &id, NULL);
	if (status >= 0)
		status = ops->abort(state, &id, LIMIT_MS, NULL);
	ops->close(state);
	return status;
}

static hpo_status_t clone_in_process(void *user)
{
	static const char task[] = "{\"command\": [\"sh\", \"{x}\"], \"env\": {\"A\": \"1\"}}";
	void *state = calloc(1, hpo__backend_process.state_size);
	hpo_status_t status;

	ck_assert_ptr_nonnull(state);
	status = clone_and_abort(user, &hpo__backend_process, state, task);
	free(state);
	return status;
}

static hpo_status_t return_nothing(hpo_trial_t *trial, double *values, void *user)
{
	(void)trial;
	(void)values;
	(void)user;
	return HPO_OK;
}

static hpo_status_t clone_in_callback(void *user)
{
	void *state = calloc(1, hpo__backend_callback.state_size);
	hpo_status_t status;

	ck_assert_ptr_nonnull(state);
	hpo__callback_set(state, return_nothing, NULL, 1);
	status = clone_and_abort(user, &hpo__backend_callback, state, NULL);
	free(state);
	return status;
}

START_TEST(memory_that_runs_out_is_told_and_no_clone_is_left)
{
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(hpo_optimizer_ask(rig.optimizer, &rig.trials[0], NULL), HPO_OK);
	rig.count = 1;

	hpo_test_each_allocation(clone_in_process, &rig);
	hpo_test_each_allocation(clone_in_callback, &rig);
	rig.state = NULL;
	close_rig(&rig);
}
END_TEST

Suite *contract_backend_many(void);
Suite *contract_backend_many(void)
{
	Suite *suite = suite_create("contract/backend_many");
	TCase *tests = tcase_create("many");

	tcase_set_timeout(tests, 60); /* times the multiplier: more than HANGS_S */
	tcase_add_test(tests, process_runs_50_at_once);
	tcase_add_test(tests, process_leaks_no_descriptor);
	tcase_add_test(tests, process_tells_when_descriptors_run_out_and_leaks_none);
	tcase_add_test(tests, memory_that_runs_out_is_told_and_no_clone_is_left);
	suite_add_tcase(suite, tests);
	return suite;
}
