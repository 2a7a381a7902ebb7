/*
 * A program that runs as a task, and by itself.
 */
#include "hpo/task.h"

#include "support/alloc.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const variables[] = {"HPO_PARAMS", "HPO_TRIAL", "HPO_CHECKPOINT",
					"HPO_REPORT_FD", "HPO_REPORT_FILE"};

static void leave_trial(void)
{
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
		unsetenv(variables[i]);
}

static hpo_task_t *enter_trial(const char *params)
{
	hpo_error_t error;
	hpo_task_t *task;

	setenv("HPO_TRIAL", "17", 1);
	setenv("HPO_PARAMS", params, 1);
	ck_assert_msg(hpo_task_current(&task, &error) == HPO_OK, "%s", error.message);
	return task;
}

/* A task that reports over a socket, whose other end is returned. */
static hpo_task_t *enter_with_socket(int *driver)
{
	char number[16];
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	snprintf(number, sizeof number, "%d", ends[1]);
	setenv("HPO_REPORT_FD", number, 1);
	*driver = ends[0];
	return enter_trial("{}");
}

static void read_all(int fd, char *text, size_t size)
{
	ssize_t got = recv(fd, text, size - 1, MSG_DONTWAIT);

	text[got > 0 ? got : 0] = '\0';
}

START_TEST(values_come_from_the_environment)
{
	hpo_task_t *task = enter_trial("{\"Args/lr\": 0.5, \"n\": 4611686018427387905, "
				       "\"act\": \"relu\", \"flag\": true}");

	ck_assert_int_eq(hpo_task_is_managed(task), 1);
	ck_assert_int_eq(hpo_task_number(task), 17);
	ck_assert_double_eq(hpo_task_get_float(task, "lr", -1), 0.5);
	ck_assert_double_eq(hpo_task_get_float(task, "Args/lr", -1), 0.5);
	ck_assert_int_eq(hpo_task_get_int(task, "n", -1), 4611686018427387905);
	ck_assert_int_eq(hpo_task_get_int(task, "flag", -1), 1);
	ck_assert_str_eq(hpo_task_get_text(task, "act", "none"), "relu");
	ck_assert_str_eq(hpo_task_get_text(task, "lr", "none"), "0.5");
	ck_assert_str_eq(hpo_task_get_text(task, "flag", "none"), "true");
	hpo_task_free(task);
}
END_TEST

START_TEST(what_is_missing_or_of_another_kind_gives_the_fallback)
{
	hpo_task_t *task = enter_trial("{\"lr\": 0.5, \"act\": \"relu\"}");

	ck_assert_double_eq(hpo_task_get_float(task, "gone", -1), -1);
	ck_assert_double_eq(hpo_task_get_float(task, "act", -1), -1);
	ck_assert_int_eq(hpo_task_get_int(task, "lr", -1), -1);
	ck_assert_str_eq(hpo_task_get_text(task, "gone", "none"), "none");
	ck_assert_ptr_null(hpo_task_checkpoint(task));
	hpo_task_free(task);
}
END_TEST

START_TEST(a_malformed_environment_is_refused)
{
	hpo_task_t *task;

	setenv("HPO_PARAMS", "[1]", 1);
	setenv("HPO_TRIAL", "1", 1);
	ck_assert_int_eq(hpo_task_current(&task, NULL), HPO_EINVAL);
	ck_assert_ptr_null(task);

	setenv("HPO_PARAMS", "{}", 1);
	setenv("HPO_TRIAL", "one", 1);
	ck_assert_int_eq(hpo_task_current(&task, NULL), HPO_EINVAL);
	ck_assert_ptr_null(task);
}
END_TEST

START_TEST(reports_are_whole_lines_on_the_channel)
{
	char text[512];
	int driver;
	hpo_task_t *task = enter_with_socket(&driver);

	ck_assert_int_eq(hpo_task_report(task, "a/b", 3, 0.25, NULL), HPO_OK);
	ck_assert_int_eq(hpo_task_report(task, "a/b", -1, NAN, NULL), HPO_OK);
	ck_assert_int_eq(hpo_task_report(task, "c", -1, -INFINITY, NULL), HPO_OK);
	read_all(driver, text, sizeof text);

	ck_assert_str_eq(text, "{\"iteration\":3,\"a/b\":0.25}\n"
			       "{\"iteration\":4,\"a/b\":NaN}\n"
			       "{\"iteration\":1,\"c\":-Infinity}\n");
	hpo_task_free(task);
	close(driver);
}
END_TEST

START_TEST(an_optimizer_that_is_gone_is_told_without_a_signal)
{
	hpo_error_t error;
	int driver;
	hpo_task_t *task = enter_with_socket(&driver);

	close(driver);
	ck_assert_int_eq(hpo_task_report(task, "loss", -1, 1, &error), HPO_EBACKEND);
	ck_assert_ptr_nonnull(strstr(error.message, "'loss'"));

	hpo_task_free(task);
}
END_TEST

START_TEST(reports_are_appended_to_the_file_that_is_named)
{
	char path[] = "/tmp/hpo-task-XXXXXX";
	char text[128];
	int file = mkstemp(path);
	hpo_task_t *task;
	ssize_t got;

	setenv("HPO_REPORT_FILE", path, 1);
	task = enter_trial("{}");
	ck_assert_int_eq(hpo_task_report(task, "loss", 0, 1.5, NULL), HPO_OK);
	hpo_task_free(task);

	got = read(file, text, sizeof text - 1);
	text[got > 0 ? got : 0] = '\0';
	ck_assert_str_eq(text, "{\"iteration\":0,\"loss\":1.5}\n");
	close(file);
	unlink(path);
}
END_TEST

START_TEST(outside_a_trial_reports_are_printed)
{
	char path[] = "/tmp/hpo-task-XXXXXX";
	char text[256];
	int file = mkstemp(path);
	int standard = dup(1);
	hpo_task_t *task;
	ssize_t got;

	ck_assert_int_eq(hpo_task_current(&task, NULL), HPO_OK);
	fflush(stdout);
	dup2(file, 1);
	hpo_task_report(task, "loss", -1, 1.5, NULL);
	hpo_task_report(task, "two words", 2, 1.5, NULL);
	dup2(standard, 1);

	ck_assert_int_eq(hpo_task_is_managed(task), 0);
	ck_assert_int_eq(hpo_task_number(task), -1);
	got = pread(file, text, sizeof text - 1, 0);
	text[got > 0 ? got : 0] = '\0';
	ck_assert_str_eq(text, "iteration=1 loss=1.5\n{\"iteration\":2,\"two words\":1.5}\n");
	hpo_task_free(task);
	close(file);
	close(standard);
	unlink(path);
}
END_TEST

START_TEST(a_name_that_cannot_be_a_metric_is_refused)
{
	hpo_task_t *task;

	ck_assert_int_eq(hpo_task_current(&task, NULL), HPO_OK);

	ck_assert_int_eq(hpo_task_report(task, "", 1, 1, NULL), HPO_EINVAL);
	ck_assert_int_eq(hpo_task_report(task, "iteration", 1, 1, NULL), HPO_EINVAL);
	ck_assert_int_eq(hpo_task_report(task, NULL, 1, 1, NULL), HPO_EINVAL);
	ck_assert_int_eq(hpo_task_report(task, "loss", -2, 1, NULL), HPO_EINVAL);
	hpo_task_free(task);
}
END_TEST

static hpo_status_t report_twice(void *user)
{
	hpo_task_t *task = NULL;
	hpo_status_t status = hpo_task_current(&task, NULL);

	(void)user;
	if (status >= 0)
		status = hpo_task_report(task, "loss", -1, 1, NULL);
	if (status >= 0)
		status = hpo_task_report(task, "other", -1, 1, NULL);
	hpo_task_free(task);
	return status;
}

START_TEST(memory_that_runs_out_is_told_and_nothing_leaks)
{
	setenv("HPO_TRIAL", "1", 1);
	setenv("HPO_PARAMS", "{\"a\": 1, \"b\": \"two\"}", 1);
	setenv("HPO_CHECKPOINT", "/tmp", 1);
	setenv("HPO_REPORT_FILE", "/dev/null", 1);

	hpo_test_each_allocation(report_twice, NULL);
}
END_TEST

Suite *unit_backend_task(void);
Suite *unit_backend_task(void)
{
	Suite *suite = suite_create("backend/task");
	TCase *cases = tcase_create("task");

	tcase_add_checked_fixture(cases, leave_trial, leave_trial);
	tcase_add_test(cases, values_come_from_the_environment);
	tcase_add_test(cases, what_is_missing_or_of_another_kind_gives_the_fallback);
	tcase_add_test(cases, a_malformed_environment_is_refused);
	tcase_add_test(cases, reports_are_whole_lines_on_the_channel);
	tcase_add_test(cases, an_optimizer_that_is_gone_is_told_without_a_signal);
	tcase_add_test(cases, reports_are_appended_to_the_file_that_is_named);
	tcase_add_test(cases, outside_a_trial_reports_are_printed);
	tcase_add_test(cases, a_name_that_cannot_be_a_metric_is_refused);
	tcase_add_test(cases, memory_that_runs_out_is_told_and_nothing_leaks);
	suite_add_tcase(suite, cases);
	return suite;
}
