/*
 * The `task` object: what is refused, in which words; and memory that runs out.
 */
#include "backend/base_task.h"

#include "support/alloc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *task;
	const char *message; /* its beginning */
} refusals[] = {
	{"[]", "task: "},
	{"{", ""},
	{"{}", "task: has no command; add"},
	{"{\"command\": \"train\"}", "task.command: "},
	{"{\"command\": []}", "task.command: is empty"},
	{"{\"command\": [1]}", "task.command[0]: "},
	{"{\"command\": [\"sh\"], \"comand\": 1}", "task.comand: "},
	{"{\"command\": [\"sh\"], \"env\": []}", "task.env: "},
	{"{\"command\": [\"sh\"], \"env\": {\"A=B\": \"1\"}}", "task.env: 'A=B' cannot be"},
	{"{\"command\": [\"sh\"], \"env\": {\"A\": [1]}}", "task.env.A: expected a string"},
	{"{\"command\": [\"sh\"], \"cwd\": \"/no/such\"}", "task.cwd: cannot work in '/no/such'"},
	{"{\"command\": [\"sh\"], \"grace_seconds\": -1}", "task.grace_seconds: -1 is not"},
	{"{\"command\": [\"sh\"], \"log_dir\": 1}", "task.log_dir: "},
	{"{\"command\": [\"\"]}", "task.command[0]: '' cannot be executed"},
	{"{\"command\": [\"/\"]}", "task.command[0]: '/' cannot be executed"},
	{"{\"command\": [\"sh\"], \"env\": {\"PATH\": \"/no/such\"}}",
	 "task.command[0]: there is no program 'sh' in PATH"},
};

START_TEST(a_wrong_task_is_refused_naming_the_place)
{
	struct hpo_base_task base = HPO__BASE_TASK_INIT;
	hpo_error_t error = {0};

	ck_assert_int_eq(hpo__base_task_read(&base, refusals[_i].task, "s", &error), HPO_EINVAL);

	ck_assert_msg(strncmp(error.message, refusals[_i].message, strlen(refusals[_i].message)) ==
			      0,
		      "%s: %s", refusals[_i].task, error.message);
	hpo__base_task_release(&base);
}
END_TEST

START_TEST(no_task_is_refused)
{
	struct hpo_base_task base = HPO__BASE_TASK_INIT;
	hpo_error_t error = {0};

	ck_assert_int_eq(hpo__base_task_read(&base, NULL, "s", &error), HPO_EINVAL);

	ck_assert_ptr_nonnull(strstr(error.message, "has no task"));
}
END_TEST

START_TEST(what_is_not_given_has_its_default)
{
	struct hpo_base_task base = HPO__BASE_TASK_INIT;
	char here[4096];
	hpo_error_t error = {0};

	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	ck_assert_int_eq(hpo__base_task_read(&base, "{\"command\": [\"sh\"]}", "../a", &error),
			 HPO_OK);

	ck_assert_double_eq(base.grace_s, 1.0);
	ck_assert_str_eq(base.folder, here);
	ck_assert_ptr_nonnull(strstr(base.log_folder, "/hpo-logs/_.._a"));
	ck_assert_str_eq(hpo__environment_get(&base.environment, "PYTHONUNBUFFERED"), "1");
	hpo__base_task_release(&base);
}
END_TEST

START_TEST(values_of_an_outer_trial_are_not_inherited)
{
	struct hpo_base_task base = HPO__BASE_TASK_INIT;

	setenv("HPO_CHECKPOINT", "/outer", 1);
	setenv("HPO_PARAMS", "{}", 1);
	ck_assert_int_eq(hpo__base_task_read(&base, "{\"command\": [\"sh\"]}", "s", NULL), HPO_OK);

	ck_assert_ptr_null(hpo__environment_get(&base.environment, "HPO_CHECKPOINT"));
	ck_assert_ptr_null(hpo__environment_get(&base.environment, "HPO_PARAMS"));
	hpo__base_task_release(&base);
	unsetenv("HPO_CHECKPOINT");
	unsetenv("HPO_PARAMS");
}
END_TEST

static hpo_status_t read_task(void *user)
{
	static const char task[] =
		"{\"command\": [\"sh\", \"{x}\"], \"env\": {\"A\": \"1\", \"B\": 2}}";
	struct hpo_base_task base = HPO__BASE_TASK_INIT;
	hpo_status_t status = hpo__base_task_read(&base, task, "s", NULL);

	(void)user;
	hpo__base_task_release(&base);
	return status;
}

START_TEST(memory_that_runs_out_is_told_and_nothing_leaks)
{
	hpo_test_each_allocation(read_task, NULL);
}
END_TEST

Suite *unit_backend_base_task(void);
Suite *unit_backend_base_task(void)
{
	Suite *suite = suite_create("backend/base_task");
	TCase *cases = tcase_create("base_task");

	tcase_add_loop_test(cases, a_wrong_task_is_refused_naming_the_place, 0,
			    sizeof refusals / sizeof *refusals);
	tcase_add_test(cases, no_task_is_refused);
	tcase_add_test(cases, what_is_not_given_has_its_default);
	tcase_add_test(cases, values_of_an_outer_trial_are_not_inherited);
	tcase_add_test(cases, memory_that_runs_out_is_told_and_nothing_leaks);
	suite_add_tcase(suite, cases);
	return suite;
}
