/*
 * How tasks of the process backend are ended, and what is left behind: nothing.
 */
#include "contract/backend.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* The process whose number a script wrote to a file; waits for it to be written. */
static pid_t read_pid(const struct rig *rig, const char *name)
{
	const struct timespec moment = {.tv_nsec = 5000000};
	double start_s = now_s();
	char path[128];
	int pid = 0;

	snprintf(path, sizeof path, "%s/%s", rig->folder, name);
	while (pid == 0 && now_s() - start_s < HANGS_S) {
		FILE *file = fopen(path, "r");

		if (file != NULL) {
			if (fscanf(file, "%d\n", &pid) != 1)
				pid = 0;
			fclose(file);
		}
		if (pid == 0)
			nanosleep(&moment, NULL);
	}
	ck_assert_int_gt(pid, 0);
	return (pid_t)pid;
}

/* Zombies are gone as well: they wait for a parent only. */
static bool is_gone(pid_t pid)
{
	char path[64];
	char text[512] = "";
	const char *state;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return true;
	if (fgets(text, sizeof text, file) == NULL)
		text[0] = '\0';
	fclose(file);
	state = strrchr(text, ')');
	return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

/* Whether it is gone soon: long before it would end by itself. */
static bool is_gone_soon(pid_t pid)
{
	const struct timespec moment = {.tv_nsec = 5000000};
	double start_s = now_s();

	while (!is_gone(pid)) {
		if (now_s() - start_s > HANGS_S)
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

START_TEST(process_aborts_a_task_that_never_ends)
{
	struct rig rig;

	open_process(&rig, "echo loss=1; while :; do sleep 0.05; done",
		     ", \"grace_seconds\": 1000"); /* which is not waited for */
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_OK);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	close_rig(&rig);
}
END_TEST

START_TEST(process_kills_a_task_that_ignores_sigterm_with_its_children)
{
	char script[512];
	double took_s;
	pid_t child;
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script,
		 "trap '' TERM; sleep 1000 & echo $! > %s/child; "
		 "echo loss=1; while :; do sleep 0.1; done",
		 rig.folder);
	ck_assert_int_eq(try_process(&rig, script, "", NULL), HPO_OK);
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	child = read_pid(&rig, "child");
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_OK);
	took_s = run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	ck_assert(is_gone(child));
	ck_assert_double_gt(took_s, 0.9); /* the default time of grace is 1 s */
	close_rig(&rig);
}
END_TEST

START_TEST(process_gives_the_time_of_grace_to_tidy_up)
{
	struct rig rig;
	char log[64];

	open_process(&rig,
		     "trap 'sleep 0.2; echo tidy; exit 0' TERM; echo loss=1; "
		     "while :; do sleep 0.05; done",
		     ", \"grace_seconds\": 1000");
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_ptr_nonnull(strstr(log, "tidy"));
	close_rig(&rig);
}
END_TEST

START_TEST(process_leaves_no_grandchild_in_a_session_of_its_own)
{
	char script[512];
	pid_t child;
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script,
		 "(setsid sh -c 'trap : TERM; echo $$ > %s/child; "
		 "while :; do sleep 0.1; done' &) ; while [ ! -s %s/child ]; do sleep 0.01; done; "
		 "echo loss=1",
		 rig.folder, rig.folder);
	ck_assert_int_eq(try_process(&rig, script, "", NULL), HPO_OK);
	start_clone(&rig);
	run_to_end(&rig);
	child = read_pid(&rig, "child");

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(rig.heard[0].report_count, 1);
	ck_assert(is_gone(child));
	close_rig(&rig);
}
END_TEST

START_TEST(process_hears_the_last_words_of_a_grandchild)
{
	struct rig rig;
	struct heard *heard;
	char script[512];

	/* It speaks as soon as the task has ended, and so has closed the fifo. */
	open_study(&rig);
	snprintf(script, sizeof script,
		 "mkfifo %s/held; (read nothing <%s/held; echo loss=7) & exec 5>%s/held; exit 0",
		 rig.folder, rig.folder, rig.folder);
	ck_assert_int_eq(try_process(&rig, script, "", NULL), HPO_OK);
	start_clone(&rig);
	run_to_end(&rig);
	heard = &rig.heard[0];

	ck_assert_int_eq(heard->state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_double_eq(heard->reports[0].value, 7);
	ck_assert(!heard->reported_after_end);
	close_rig(&rig);
}
END_TEST

/* A task that has reported and goes on; its number and its guardian's are in files. */
static pid_t start_long_task(struct rig *rig, const char *more)
{
	char script[256];

	open_study(rig);
	snprintf(script, sizeof script,
		 "echo $PPID > %s/guardian; echo $$ > %s/child; "
		 "echo loss=1; sleep 1000",
		 rig->folder, rig->folder);
	ck_assert_int_eq(try_process(rig, script, more, NULL), HPO_OK);
	start_clone(rig);
	run_to_report(rig, 0, 1);
	return read_pid(rig, "child");
}

START_TEST(process_tells_a_clone_lost_whose_guardian_was_killed)
{
	struct rig rig;
	const pid_t child = start_long_task(&rig, "");

	ck_assert_int_eq(kill(read_pid(&rig, "guardian"), SIGKILL), 0);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_LOST);
	ck_assert_str_eq(rig.heard[0].reason, "its guardian process was killed");
	ck_assert(is_gone_soon(child));
	close_rig(&rig);
}
END_TEST

START_TEST(process_ends_an_aborted_task_though_its_guardian_is_stopped)
{
	struct rig rig;
	const pid_t child = start_long_task(&rig, ", \"grace_seconds\": 0");

	ck_assert_int_eq(kill(read_pid(&rig, "guardian"), SIGSTOP), 0);
	rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	ck_assert(is_gone_soon(child));
	close_rig(&rig);
}
END_TEST

/* A driver of its own, that is killed while its task and a grandchild in another session run. */
static void drive_until_killed(struct rig *rig)
{
	char script[512];

	snprintf(script, sizeof script,
		 "trap '' TERM; (setsid sh -c 'trap : TERM; echo $$ > "
		 "%s/grandchild; while :; do sleep 0.1; done' &); echo $PPID > %s/guardian; "
		 "echo $$ > %s/task; while :; do sleep 0.1; done",
		 rig->folder, rig->folder, rig->folder);
	if (try_process(rig, script, "", NULL) < 0)
		_exit(1);
	start_clone(rig);
	for (;;)
		poll_once(rig, 1000);
}

START_TEST(process_leaves_nothing_behind_when_its_driver_is_killed)
{
	pid_t driver, task, grandchild, guardian;
	struct rig rig;

	open_study(&rig);
	driver = fork();
	if (driver == 0)
		drive_until_killed(&rig);
	task = read_pid(&rig, "task");
	grandchild = read_pid(&rig, "grandchild");
	guardian = read_pid(&rig, "guardian");
	ck_assert(!is_gone(task) && !is_gone(grandchild) && !is_gone(guardian));
	ck_assert_int_eq(kill(driver, SIGKILL), 0);
	ck_assert_int_eq(waitpid(driver, NULL, 0), driver);

	ck_assert(is_gone_soon(task));
	ck_assert(is_gone_soon(grandchild));
	ck_assert(is_gone_soon(guardian));
	close_rig(&rig);
}
END_TEST

START_TEST(process_close_ends_all_that_runs)
{
	pid_t task;
	char script[128];
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script, "echo $$ > %s/task$HPO_TRIAL; sleep 1000", rig.folder);
	ck_assert_int_eq(try_process(&rig, script, ", \"grace_seconds\": 1000", NULL), HPO_OK);
	for (int i = 0; i < 4; i++)
		start_clone(&rig);
	task = read_pid(&rig, "task3");
	close_backend(&rig);

	ck_assert(is_gone(task));
	close_rig(&rig);
}
END_TEST

START_TEST(process_shields_the_task_from_the_signals_of_the_host)
{
	unsigned long long masks[2]; /* blocked, ignored */
	sigset_t blocked, before;
	struct rig rig;
	char log[64];

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	run_script(&rig, "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -dc '0-9a-f \\\\n'");

	read_log(&rig, 0, log, sizeof log);
	ck_assert_int_eq(sscanf(log, "%llx %llx", &masks[0], &masks[1]), 2);
	ck_assert_uint_eq(masks[0], 0);
	ck_assert_uint_eq(masks[1] & 0x7FFFFFFF, 0); /* 32 and 33 are the C library's own */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_rig(&rig);
}
END_TEST

START_TEST(process_sends_no_sigchld_to_the_host)
{
	sigset_t child, before, pending;
	struct rig rig;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	run_script(&rig, "exit 0");
	close_backend(&rig);

	sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGCHLD), 0);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_rig(&rig);
}
END_TEST

START_TEST(process_gives_the_task_only_its_own_descriptors)
{
	struct rig rig;
	char log[256];

	open_process(&rig,
		     "for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do "
		     "if [ -e /proc/$$/fd/$n ]; then printf $n,; fi; done",
		     "");
	start_clone(&rig);
	start_clone(&rig);
	run_to_end(&rig);

	read_log(&rig, 1, log, sizeof log);
	ck_assert_str_eq(log, "0,1,2,3,");
	close_rig(&rig);
}
END_TEST

Suite *contract_backend_ending(void);
Suite *contract_backend_ending(void)
{
	Suite *suite = suite_create("contract/backend_ending");
	TCase *tests = tcase_create("ending");

	tcase_set_timeout(tests, 60); /* times the multiplier: more than HANGS_S */
	tcase_add_test(tests, process_aborts_a_task_that_never_ends);
	tcase_add_test(tests, process_kills_a_task_that_ignores_sigterm_with_its_children);
	tcase_add_test(tests, process_gives_the_time_of_grace_to_tidy_up);
	tcase_add_test(tests, process_leaves_no_grandchild_in_a_session_of_its_own);
	tcase_add_test(tests, process_hears_the_last_words_of_a_grandchild);
	tcase_add_test(tests, process_tells_a_clone_lost_whose_guardian_was_killed);
	tcase_add_test(tests, process_ends_an_aborted_task_though_its_guardian_is_stopped);
	tcase_add_test(tests, process_leaves_nothing_behind_when_its_driver_is_killed);
	tcase_add_test(tests, process_close_ends_all_that_runs);
	tcase_add_test(tests, process_shields_the_task_from_the_signals_of_the_host);
	tcase_add_test(tests, process_sends_no_sigchld_to_the_host);
	tcase_add_test(tests, process_gives_the_task_only_its_own_descriptors);
	suite_add_tcase(suite, tests);
	return suite;
}
