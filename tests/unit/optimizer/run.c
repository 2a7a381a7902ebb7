/*
 * Managed runs over an objective function, on threads of this process.
 */
#include "hpo.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

Suite *unit_optimizer_run(void);

static hpo_error_t error;

struct counter {
	atomic_int calls;
	atomic_int at_once;
	atomic_int most;
	int fail_every;
	hpo_optimizer_t *optimizer;
};

static hpo_optimizer_t *open_study(const char *limits, const char *pruner)
{
	static const char form[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":-2,\"high\":3}],"
		"\"pruner\":{\"name\":\"%s\"},\"limits\":%s}";
	hpo_optimizer_t *opt = NULL;
	char json[1024];

	snprintf(json, sizeof json, form, pruner, limits);
	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	return opt;
}

static hpo_status_t square(hpo_trial_t *trial, double *values, void *user)
{
	struct counter *counter = user;
	const int call = atomic_fetch_add(&counter->calls, 1);
	const int now = atomic_fetch_add(&counter->at_once, 1) + 1;
	int most = atomic_load(&counter->most);
	hpo_status_t status = HPO_OK;
	double x = 0;

	while (now > most && !atomic_compare_exchange_weak(&counter->most, &most, now))
		;
	if (hpo_trial_get_float(trial, "x", &x, NULL) < 0)
		status = HPO_EINVAL;
	for (int step = 1; step <= 9 && status == HPO_OK; step++) {
		hpo_trial_report(trial, step, x * x + 1.0 / step, NULL);
		if (hpo_trial_should_stop(trial))
			status = HPO_DONE;
	}
	values[0] = x * x;
	atomic_fetch_sub(&counter->at_once, 1);
	if (counter->fail_every > 0 && call % counter->fail_every == 0)
		status = HPO_EINVAL;
	return status;
}

/* Each trial is worse than those before it, so that nearly all are pruned whoever runs when. */
static hpo_status_t get_worse(hpo_trial_t *trial, double *values, void *user)
{
	(void)user;
	values[0] = (double)hpo_trial_number(trial);
	for (int step = 1; step <= 27; step++) {
		hpo_trial_report(trial, step, values[0], NULL);
		if (hpo_trial_should_stop(trial))
			return HPO_DONE;
	}
	return HPO_OK;
}

static hpo_progress_t progress(hpo_optimizer_t *opt)
{
	hpo_progress_t out = {.struct_size = sizeof out};

	ck_assert_int_eq(hpo_optimizer_progress(opt, &out, &error), HPO_OK);
	return out;
}

START_TEST(a_run_ends_at_its_limit_of_trials)
{
	struct counter counter = {0};
	hpo_optimizer_t *opt = open_study("{\"trials\":40}", "none");

	ck_assert_int_eq(hpo_optimizer_run(opt, square, &counter, 4, &error), HPO_DONE);

	ck_assert_int_eq(atomic_load(&counter.calls), 40);
	ck_assert_int_le(atomic_load(&counter.most), 4);
	ck_assert_int_eq(progress(opt).completed, 40);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(pruned_and_completed_trials_add_up)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":60,\"max_iterations\":27}", "asha");

	ck_assert_int_eq(hpo_optimizer_run(opt, get_worse, NULL, 3, &error), HPO_DONE);

	ck_assert_int_eq(progress(opt).completed + progress(opt).pruned, 60);
	ck_assert_int_gt(progress(opt).pruned, 30);
	ck_assert_int_eq(progress(opt).failed, 0);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(failures_are_results_and_not_the_end)
{
	struct counter counter = {.fail_every = 3};
	hpo_optimizer_t *opt = open_study("{\"trials\":30}", "none");

	ck_assert_int_eq(hpo_optimizer_run(opt, square, &counter, 2, &error), HPO_DONE);

	ck_assert_int_eq(progress(opt).failed, 10);
	ck_assert_int_eq(progress(opt).completed, 20);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(too_many_failures_end_the_run)
{
	struct counter counter = {.fail_every = 1};
	hpo_optimizer_t *opt = open_study("{\"trials\":500,\"failure_rate\":0.5}", "none");

	ck_assert_int_eq(hpo_optimizer_run(opt, square, &counter, 2, &error), HPO_EBACKEND);

	ck_assert_ptr_nonnull(strstr(error.message, "failure_rate"));
	ck_assert_int_le(atomic_load(&counter.calls), 20);
	hpo_optimizer_free(opt);
}
END_TEST

static hpo_status_t give_up(hpo_trial_t *trial, double *values, void *user)
{
	(void)trial;
	(void)values;
	(void)user;
	return HPO_EUSER;
}

START_TEST(an_objective_function_may_end_the_run)
{
	hpo_optimizer_t *opt = open_study("{\"trials\":500}", "none");

	ck_assert_int_eq(hpo_optimizer_run(opt, give_up, NULL, 2, &error), HPO_EUSER);

	hpo_optimizer_free(opt);
}
END_TEST

static hpo_status_t stop_at_ten(int64_t number, const char *trial_json, int is_best, void *user)
{
	struct counter *counter = user;

	(void)is_best;
	ck_assert_ptr_nonnull(strstr(trial_json, "\"params\":{\"x\":"));
	if (number == 10)
		hpo_optimizer_stop(counter->optimizer);
	return HPO_OK;
}

START_TEST(a_stopped_run_can_be_taken_up_again)
{
	struct counter counter = {0};
	hpo_optimizer_t *opt = open_study("{\"trials\":40}", "none");

	counter.optimizer = opt;
	hpo_optimizer_set_ended(opt, stop_at_ten, &counter);
	ck_assert_int_eq(hpo_optimizer_run(opt, square, &counter, 1, &error), HPO_DONE);
	ck_assert_int_lt(progress(opt).completed, 40);
	ck_assert_int_eq(progress(opt).running, 0);

	hpo_optimizer_set_ended(opt, NULL, NULL);
	ck_assert_int_eq(hpo_optimizer_run(opt, square, &counter, 1, &error), HPO_DONE);

	ck_assert_int_eq(progress(opt).completed, 40);
	hpo_optimizer_free(opt);
}
END_TEST

struct worker {
	hpo_optimizer_t *optimizer;
	atomic_int told;
	char seen[400];
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	hpo_trial_t *trial = NULL;

	while (hpo_optimizer_ask(worker->optimizer, &trial, NULL) == HPO_OK) {
		const double value = (double)hpo_trial_number(trial);

		worker->seen[hpo_trial_number(trial)]++;
		if (hpo_trial_report(trial, 1, value, NULL) < 0 ||
		    hpo_trial_tell(trial, &value, 1, NULL) < 0)
			atomic_fetch_add(&worker->told, -1000);
		hpo_trial_free(trial);
		atomic_fetch_add(&worker->told, 1);
	}
	return NULL;
}

START_TEST(any_number_of_threads_may_ask_and_tell)
{
	struct worker worker = {.optimizer = open_study("{\"trials\":400}", "median")};
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &worker), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);

	ck_assert_int_eq(atomic_load(&worker.told), 400);
	for (int i = 0; i < 400; i++)
		ck_assert_int_eq(worker.seen[i], 1);
	ck_assert_int_eq(progress(worker.optimizer).completed, 400);
	hpo_optimizer_free(worker.optimizer);
}
END_TEST

START_TEST(a_task_is_checked_before_its_study_is_made)
{
	static const char form[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}]%s}";
	static const struct {
		const char *task;
		hpo_status_t status;
		const char *names;
	} cases[] = {
		{",\"task\":{\"command\":[\"/bin/sh\"]}", HPO_OK, ""},
		{",\"task\":{\"command\":[\"./{x}\"]}", HPO_OK, ""},
		{",\"task\":{\"command\":[\"/no/such\"]}", HPO_EINVAL, "task.command[0]"},
		{",\"task\":{\"command\":[\"sh\"],\"cwd\":\"/no/such\"}", HPO_EINVAL, "task.cwd"},
		{",\"task\":{\"backend\":\"nowhere\"}", HPO_EINVAL, "nowhere"},
		{"", HPO_EINVAL, "no task"},
		{",\"odd\":1", HPO_EINVAL, "odd"},
	};
	char json[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(json, sizeof json, form, cases[i].task);

		ck_assert_int_eq(hpo_optimizer_check_task(json, &error), cases[i].status);
		ck_assert_msg(strstr(error.message, cases[i].names) != NULL, "%s", error.message);
	}
}
END_TEST

Suite *unit_optimizer_run(void)
{
	Suite *suite = suite_create("optimizer/run");
	TCase *tests = tcase_create("run");

	tcase_add_test(tests, a_run_ends_at_its_limit_of_trials);
	tcase_add_test(tests, pruned_and_completed_trials_add_up);
	tcase_add_test(tests, failures_are_results_and_not_the_end);
	tcase_add_test(tests, too_many_failures_end_the_run);
	tcase_add_test(tests, an_objective_function_may_end_the_run);
	tcase_add_test(tests, a_stopped_run_can_be_taken_up_again);
	tcase_add_test(tests, any_number_of_threads_may_ask_and_tell);
	tcase_add_test(tests, a_task_is_checked_before_its_study_is_made);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
