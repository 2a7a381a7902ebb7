/*
 * A process under its guardian: the news that it makes. What it may do wrong is
 * shown in contract/backend_*.
 */
#include "os/process.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char shell[] = "sh", dash_c[] = "-c";

static struct hpo_news next_news(struct hpo_process *process)
{
	struct pollfd wanted = {.fd = process->control, .events = POLLIN};
	struct hpo_news news;

	do {
		ck_assert_int_eq(poll(&wanted, 1, 30000), 1);
		news = hpo__process_hear(process);
	} while (news.kind == HPO__NEWS_NONE);
	return news;
}

static void start(struct hpo_process *process, const char *path, char *script, const char *cwd)
{
	char *argv[] = {shell, dash_c, script, NULL};
	char *envp[] = {NULL};
	const struct hpo_process_plan plan = {
		.path = path,
		.argv = argv,
		.envp = envp,
		.cwd = cwd,
		.title = "guardian of a test",
		.grace_s = 1000, /* which none of them takes */
	};
	hpo_error_t error;

	ck_assert_msg(hpo__process_start(process, &plan, &error) == HPO_OK, "%s", error.message);
}

/* A task that would not end by itself; it has started. */
static void start_sleeper(struct hpo_process *process)
{
	char script[] = "exec sleep 1000";

	start(process, "/bin/sh", script, NULL);
	ck_assert_int_eq(next_news(process).kind, HPO__NEWS_STARTED);
}

static void finish(struct hpo_process *process)
{
	ck_assert(hpo__process_reap(process, true));
	ck_assert_int_eq(process->guardian, 0);
	hpo__process_close(process);
}

START_TEST(a_start_and_an_end_are_told)
{
	struct hpo_process process;
	char script[] = "exit 5";
	struct hpo_news news;

	start(&process, "/bin/sh", script, NULL);
	ck_assert_int_eq(next_news(&process).kind, HPO__NEWS_STARTED);
	ck_assert_int_gt(process.main, 0);
	news = next_news(&process);

	ck_assert_int_eq(news.kind, HPO__NEWS_ENDED);
	ck_assert_int_eq(WEXITSTATUS(news.wait_status), 5);
	ck_assert_int_gt(news.memory_bytes, 0);
	finish(&process);
}
END_TEST

START_TEST(what_cannot_be_executed_is_told_with_its_errno)
{
	struct hpo_process process;
	char script[] = "";
	struct hpo_news news;

	start(&process, "/no/such/program", script, NULL);
	news = next_news(&process);

	ck_assert_int_eq(news.kind, HPO__NEWS_REFUSED);
	ck_assert_int_eq(news.error, ENOENT);
	finish(&process);
}
END_TEST

START_TEST(a_folder_that_is_gone_is_told_with_its_errno)
{
	struct hpo_process process;
	char script[] = "";
	struct hpo_news news;

	start(&process, "/bin/sh", script, "/no/such/folder");
	news = next_news(&process);

	ck_assert_int_eq(news.kind, HPO__NEWS_REFUSED);
	ck_assert_int_eq(news.error, ENOENT);
	finish(&process);
}
END_TEST

START_TEST(a_task_that_is_asked_to_end_is_ended_by_sigterm)
{
	struct hpo_process process;
	struct hpo_news news;

	start_sleeper(&process);
	hpo__process_terminate(&process);
	news = next_news(&process);

	ck_assert_int_eq(news.kind, HPO__NEWS_ENDED);
	ck_assert_int_eq(WTERMSIG(news.wait_status), 15); /* SIGTERM */
	finish(&process);
}
END_TEST

START_TEST(a_guardian_that_is_killed_is_told_gone)
{
	struct hpo_process process;

	start_sleeper(&process);
	ck_assert_int_eq(kill(process.guardian, SIGKILL), 0);

	ck_assert_int_eq(next_news(&process).kind, HPO__NEWS_GONE);
	finish(&process);
}
END_TEST

/* The task is first; whether its guardian still tells of that is a matter of time. */
START_TEST(a_task_is_killed_with_its_guardian)
{
	struct hpo_process process;
	struct hpo_news news;

	start_sleeper(&process);
	hpo__process_kill(&process);
	news = next_news(&process);

	ck_assert(news.kind == HPO__NEWS_GONE ||
		  (news.kind == HPO__NEWS_ENDED && WTERMSIG(news.wait_status) == SIGKILL));
	finish(&process);
}
END_TEST

START_TEST(a_guardian_whose_driver_closed_its_end_ends_the_task)
{
	struct hpo_process process;

	start_sleeper(&process);
	hpo__process_close(&process);

	ck_assert(hpo__process_reap(&process, true)); /* waits for the guardian's own end */
}
END_TEST

Suite *unit_os_process(void);
Suite *unit_os_process(void)
{
	Suite *suite = suite_create("os/process");
	TCase *cases = tcase_create("process");

	tcase_add_test(cases, a_start_and_an_end_are_told);
	tcase_add_test(cases, what_cannot_be_executed_is_told_with_its_errno);
	tcase_add_test(cases, a_folder_that_is_gone_is_told_with_its_errno);
	tcase_add_test(cases, a_task_that_is_asked_to_end_is_ended_by_sigterm);
	tcase_add_test(cases, a_guardian_that_is_killed_is_told_gone);
	tcase_add_test(cases, a_task_is_killed_with_its_guardian);
	tcase_add_test(cases, a_guardian_whose_driver_closed_its_end_ends_the_task);
	suite_add_tcase(suite, cases);
	return suite;
}
