/*
 * What only a file can suffer: other processes, kill -9, the death of workers, and locks.
 */
#include "unit/store/file.h"

#include "os/clock.h"
#include "support/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(two_handles_see_each_other_at_once)
{
	struct handle a;
	struct handle b;
	struct held held = {0};
	int64_t number = -1;
	int late;

	a = open_handle();
	b = open_handle();

	for (int i = 0; i < 20; i += 2) {
		run_one(&a, &number);
		ck_assert_int_eq(number, i);
		ck_assert_int_eq(claim(&b, b.worker, 0, &held), HPO_OK);
		ck_assert_int_eq(held.number, i + 1);
		ck_assert_int_eq(propose(&b, &held), HPO_OK);
		ck_assert_int_eq(finish(&a, &held, &late, NULL), HPO_OK);
	}

	ck_assert_int_eq(claim(&a, a.worker, 20, &held), HPO_DONE);
	ck_assert_int_eq(claim(&b, b.worker, 20, &held), HPO_DONE);
	close_handle(&a);
	close_handle(&b);
	check_whole();
}
END_TEST

enum { HAMMERS = 3, HAMMERED = 150 };

static int hammer(void)
{
	struct handle h = open_handle();
	struct held held = {0};
	hpo_status_t status;
	int late;

	while ((status = claim(&h, h.worker, HAMMERED, &held)) == HPO_OK) {
		if (propose(&h, &held) != HPO_OK || finish(&h, &held, &late, NULL) != HPO_OK ||
		    late != 0)
			return 1;
	}
	close_handle(&h);
	return status == HPO_DONE ? 0 : 2;
}

START_TEST(processes_that_start_together_share_numbers_and_limit)
{
	pid_t children[HAMMERS];
	int status;

	for (int i = 0; i < HAMMERS; i++) { /* the file is not there yet: they race to make it */
		children[i] = fork();
		if (children[i] == 0)
			_exit(hammer());
	}

	for (int i = 0; i < HAMMERS; i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}

	check_whole();
	ck_assert_int_eq(sql_number("SELECT completed FROM studies"), HAMMERED);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM trials"), HAMMERED);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM studies"), 1);
}
END_TEST

/* Work, and after each tell say its number; for ever. */
static void work_and_say(int fd)
{
	struct handle h = open_handle();
	int64_t reaped;
	int64_t number;

	h.ops->reap(h.state, h.study, h.worker, &reaped, NULL);
	for (;;) {
		run_one(&h, &number);
		if (write(fd, &number, sizeof number) != sizeof number)
			_exit(1);
	}
}

START_TEST(kill_9_loses_nothing_that_was_told)
{
	enum { ROUNDS = 15, PIPE_BYTES = 4096, MOST_READ = 20 };
	/* However late the child is killed: more than the pipe holds it cannot have said. */
	static int64_t told[ROUNDS * (PIPE_BYTES / (int)sizeof(int64_t) + MOST_READ)];
	int count = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int ends[2];
		pid_t child;

		ck_assert_int_eq(pipe(ends), 0);
		ck_assert_int_eq(fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
		child = fork();
		if (child == 0)
			work_and_say(ends[1]);
		close(ends[1]);
		for (int i = 0; i < 3 + round * 5 % 17; i++)
			ck_assert_int_eq(read(ends[0], &told[count++], sizeof *told), sizeof *told);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(ends[0], &told[count], sizeof *told) == sizeof *told)
			count++;
		close(ends[0]);
	}

	check_whole();
	for (int i = 0; i < count; i++) {
		char text[80];

		snprintf(text, sizeof text, "SELECT state FROM trials WHERE number = %lld",
			 (long long)told[i]);
		ck_assert_int_eq(sql_number(text), HPO_TRIAL_COMPLETED);
		for (int j = 0; j < i; j++)
			ck_assert_int_ne(told[i], told[j]);
	}
}
END_TEST

/* Die by kill -9 after the step-th call. */
static void die_after(int step)
{
	struct handle h = open_handle();
	struct held held = {0};
	hpo_report_row_t report = {.metric = "loss", .value = 1};
	int late;

	for (int i = 0; i <= step; i++) {
		switch (i % 4) {
		case 0:
			claim(&h, h.worker, 0, &held);
			break;
		case 1:
			propose(&h, &held);
			break;
		case 2:
			report.trial = held.number;
			h.ops->report(h.state, h.study, &report, 1, NULL);
			break;
		default:
			finish(&h, &held, &late, NULL);
			break;
		}
	}
	kill(getpid(), SIGKILL);
}

START_TEST(a_death_between_any_two_calls_leaves_the_next_one_in_order)
{
	for (int step = 0; step < 9; step++) {
		struct handle h;
		int64_t reaped = -1;
		int64_t number = -1;
		pid_t child;

		make_folder();
		child = fork();
		if (child == 0)
			die_after(step);
		waitpid(child, NULL, 0);

		h = open_handle();
		ck_assert_int_eq(h.ops->reap(h.state, h.study, h.worker, &reaped, NULL), HPO_OK);
		ck_assert_int_eq(reaped, step % 4 == 3 ? 0 : 1);
		run_one(&h, &number);

		ck_assert_int_eq(number, (step + 1) / 4);
		ck_assert_int_eq(sql_number("SELECT max(failures) FROM trials"), 0);
		close_handle(&h);
		check_whole();
		remove_folder();
	}
}
END_TEST

START_TEST(a_dead_owner_on_this_machine_is_seen_at_once)
{
	struct handle h;
	int64_t reaped = -1;
	pid_t child;

	child = fork();
	if (child == 0) {
		struct handle theirs = open_handle();
		struct held held = {0};

		claim(&theirs, theirs.worker, 0, &held);
		propose(&theirs, &held);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	h = open_handle();

	ck_assert_int_eq(h.ops->reap(h.state, h.study, h.worker, &reaped, NULL), HPO_OK);

	ck_assert_int_eq(reaped, 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM workers"), 1);
	ck_assert_int_eq(sql_number("SELECT state = 0 AND params IS NOT NULL AND failures = 0"
				    " FROM trials"),
			 1);
	close_handle(&h);
}
END_TEST

START_TEST(a_process_id_used_again_is_another_process)
{
	struct handle h = open_handle();
	struct held held = {0};
	int64_t reaped = -1;

	ck_assert_int_eq(claim(&h, h.worker, 0, &held), HPO_OK);
	sql("UPDATE workers SET started = started - 1");

	ck_assert_int_eq(h.ops->reap(h.state, h.study, 0, &reaped, NULL), HPO_OK);

	ck_assert_int_eq(reaped, 1);
	close_handle(&h);
}
END_TEST

START_TEST(a_worker_elsewhere_is_dead_after_a_minute_of_silence)
{
	struct handle h;
	struct held held = {0};
	int64_t reaped = -1;

	hpo_test_clock_install(5000);
	h = open_handle();
	ck_assert_int_eq(claim(&h, h.worker, 0, &held), HPO_OK);
	sql("UPDATE workers SET host = 'elsewhere', boot = 'another'");

	h.ops->reap(h.state, h.study, 0, &reaped, NULL); /* seen first */
	hpo_test_clock_advance(59);
	ck_assert_int_eq(h.ops->beat(h.state, h.worker, NULL), HPO_OK);
	h.ops->reap(h.state, h.study, 0, &reaped, NULL); /* it beats */
	hpo_test_clock_advance(59);
	hpo_test_clock_set_wall(1e9); /* no wall clock has a say */
	h.ops->reap(h.state, h.study, 0, &reaped, NULL);
	ck_assert_int_eq(reaped, 0);
	hpo_test_clock_advance(2);
	h.ops->reap(h.state, h.study, 0, &reaped, NULL);

	ck_assert_int_eq(reaped, 1);
	ck_assert_int_eq(h.ops->beat(h.state, h.worker, NULL), HPO_OK); /* it may come back */
	hpo_test_clock_remove();
	close_handle(&h);
}
END_TEST

START_TEST(an_ownerless_lease_ends_with_the_boot_that_gave_it)
{
	struct handle h = open_handle();
	struct held held = {0};
	int64_t reaped = -1;

	ck_assert_int_eq(claim(&h, 0, 0, &held), HPO_OK);

	sql("UPDATE trials SET lease_boot = 'another', lease_host = 'elsewhere'");
	h.ops->reap(h.state, h.study, 0, &reaped, NULL);
	ck_assert_int_eq(reaped, 0);
	sql("UPDATE trials SET lease_host = (SELECT host FROM workers)");
	h.ops->reap(h.state, h.study, 0, &reaped, NULL);

	ck_assert_int_eq(reaped, 1);
	close_handle(&h);
}
END_TEST

static double leaping_clock(int which)
{
	static double now = 0;

	(void)which;
	return now += 5; /* each look at the clock is five seconds later */
}

START_TEST(a_lock_that_is_never_let_go_is_an_error)
{
	hpo_error_t error = {0, ""};
	struct handle h = open_handle();
	struct held held = {0};
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	hpo__clock_replace(leaping_clock);

	ck_assert_int_eq(h.ops->claim(h.state, h.study, h.worker, 0, 1, keep_held, &held, &error),
			 HPO_ESTORE);

	hpo__clock_replace(NULL);
	ck_assert_msg(strstr(error.message, "locked") != NULL, "%s", error.message);
	sqlite3_close(db);
	ck_assert_int_eq(claim(&h, h.worker, 0, &held), HPO_OK);
	close_handle(&h);
}
END_TEST

START_TEST(changed_definitions_are_kept)
{
	struct handle h = open_handle();

	ck_assert_int_eq(h.ops->redefine(h.state, h.study, "{\"v\":2}", NULL), HPO_OK);
	ck_assert_int_eq(h.ops->redefine(h.state, h.study, "{\"v\":2}", NULL), HPO_OK);
	ck_assert_int_eq(h.ops->redefine(h.state, h.study, "{\"v\":3}", NULL), HPO_OK);

	ck_assert_int_eq(sql_number("SELECT count(*) FROM definitions"), 3);
	close_handle(&h);
}
END_TEST

START_TEST(late_results_are_kept)
{
	struct handle h = open_handle();
	struct held held = {0};
	int late = 0;

	claim(&h, h.worker, 0, &held);
	propose(&h, &held);
	finish(&h, &held, &late, NULL);

	ck_assert_int_eq(finish(&h, &held, &late, NULL), HPO_OK);

	ck_assert_int_eq(late, 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM late_results WHERE results = '[1.5]'"),
			 1);
	close_handle(&h);
}
END_TEST

Suite *unit_store_sqlite(void);
Suite *unit_store_sqlite(void)
{
	Suite *suite = suite_create("store/sqlite");
	TCase *file = tcase_create("file");
	TCase *files = tcase_create("files");

	tcase_add_checked_fixture(file, make_folder, remove_folder);
	tcase_set_timeout(file, 120);
	tcase_add_test(file, two_handles_see_each_other_at_once);
	tcase_add_test(file, processes_that_start_together_share_numbers_and_limit);
	tcase_add_test(file, kill_9_loses_nothing_that_was_told);
	tcase_add_test(file, a_dead_owner_on_this_machine_is_seen_at_once);
	tcase_add_test(file, a_process_id_used_again_is_another_process);
	tcase_add_test(file, a_worker_elsewhere_is_dead_after_a_minute_of_silence);
	tcase_add_test(file, an_ownerless_lease_ends_with_the_boot_that_gave_it);
	tcase_add_test(file, a_lock_that_is_never_let_go_is_an_error);
	tcase_add_test(file, changed_definitions_are_kept);
	tcase_add_test(file, late_results_are_kept);
	suite_add_tcase(suite, file);

	tcase_set_timeout(files, 120);
	tcase_add_test(files, a_death_between_any_two_calls_leaves_the_next_one_in_order);
	suite_add_tcase(suite, files);
	return suite;
}
