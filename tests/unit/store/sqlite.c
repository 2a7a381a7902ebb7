/*
 * What only a file can suffer: other processes, kill -9, full and read-only
 * disks, other versions, other programs, hostile hands.
 */
#include "store/sqlite.h"
#include "os/clock.h"
#include "store/store.h"
#include "support/clock.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *unit_store_sqlite(void);

#define DEFINITION                                                                                 \
	"{\"name\":\"s\",\"objectives\":[{\"series\":\"loss\"}],"                                  \
	"\"parameters\":[{\"name\":\"x\",\"type\":\"int\",\"low\":0,\"high\":100000}]}"

static char folder[32];
static char path[64];
static char url[72];

static void make_folder(void)
{
	strcpy(folder, "/tmp/hpo-sqlite-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/t.db", folder);
	snprintf(url, sizeof url, "sqlite:%s", path);
}

static void remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* One open store and its study. */
struct handle {
	hpo_store_t *store;
	const hpo_store_ops_t *ops;
	void *state;
	int64_t study;
	int64_t worker;
};

static hpo_status_t keep_id(const hpo_study_row_t *row, void *user)
{
	*(int64_t *)user = row->id;
	return HPO_OK;
}

static struct handle open_handle(void)
{
	struct handle h = {0};
	hpo_error_t error = {0, ""};
	int created;

	ck_assert_msg(hpo__store_open(&h.store, url, 1, &error) == HPO_OK, "%s", error.message);
	h.ops = hpo__store_lock(h.store, &h.state);
	hpo__store_unlock(h.store);
	ck_assert_int_eq(h.ops->create(h.state, "s", DEFINITION, &created, &error), HPO_OK);
	ck_assert_int_eq(h.ops->study(h.state, "s", keep_id, &h.study, &error), HPO_OK);
	ck_assert_int_eq(h.ops->join(h.state, h.study, &h.worker, &error), HPO_OK);
	return h;
}

static void close_handle(struct handle *h)
{
	hpo_store_close(h->store);
}

struct held {
	int64_t number;
	int64_t epoch;
	int has_params;
};

static hpo_status_t keep_held(const hpo_trial_row_t *row, void *user)
{
	struct held *held = user;

	held->number = row->number;
	held->epoch = row->epoch;
	held->has_params = row->params != NULL;
	return HPO_OK;
}

static hpo_status_t claim(struct handle *h, int64_t worker, int64_t limit, struct held *held)
{
	return h->ops->claim(h->state, h->study, worker, limit, 60, keep_held, held, NULL);
}

static hpo_status_t propose(struct handle *h, const struct held *held)
{
	char params[40];
	hpo_trial_row_t row = {
		.struct_size = sizeof row,
		.number = held->number,
		.epoch = held->epoch,
		.params = params,
	};

	snprintf(params, sizeof params, "{\"x\":%lld}", (long long)held->number);
	return held->has_params ? HPO_OK : h->ops->propose(h->state, h->study, &row, 1, NULL);
}

static hpo_status_t finish(struct handle *h, const struct held *held, int *late, hpo_error_t *error)
{
	hpo_finish_row_t row = {
		.number = held->number,
		.epoch = held->epoch,
		.state = HPO_TRIAL_COMPLETED,
		.iteration = -1,
		.values = "[1.5]",
	};

	return h->ops->finish(h->state, h->study, &row, late, error);
}

static void run_one(struct handle *h, int64_t *number)
{
	struct held held = {0};
	int late = -1;

	ck_assert_int_eq(claim(h, h->worker, 0, &held), HPO_OK);
	ck_assert_int_eq(propose(h, &held), HPO_OK);
	ck_assert_int_eq(finish(h, &held, &late, NULL), HPO_OK);
	ck_assert_int_eq(late, 0);
	*number = held.number;
}

static void sql(const char *text)
{
	sqlite3 *db;
	char *message = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, &message) == SQLITE_OK, "%s", message);
	sqlite3_close(db);
}

static int64_t sql_number(const char *text)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	int64_t number;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	number = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return number;
}

/* Whole, without gaps, and with counters that are the truth. */
static void check_whole(void)
{
	ck_assert_int_eq(sql_number("SELECT count(*) = 1 AND max(integrity_check) = 'ok'"
				    " FROM pragma_integrity_check"),
			 1);
	ck_assert_int_eq(sql_number("SELECT count(*) - coalesce(max(number) + 1, 0) FROM trials"),
			 0);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM studies WHERE"
				    " waiting != (SELECT count(*) FROM trials WHERE state = 0) OR"
				    " running != (SELECT count(*) FROM trials WHERE state = 1) OR"
				    " completed != (SELECT count(*) FROM trials WHERE state = 2) OR"
				    " pruned != (SELECT count(*) FROM trials WHERE state = 3) OR"
				    " failed != (SELECT count(*) FROM trials WHERE state = 4) OR"
				    " told != (SELECT count(*) FROM trials WHERE told > 0)"),
			 0);
	ck_assert_int_eq(sql_number("SELECT count(*) - count(DISTINCT told) FROM trials"
				    " WHERE told > 0"),
			 0);
}

/* Opening must fail with HPO_ESTORE and say `words` about the file. */
static void check_refused(int create, const char *words)
{
	hpo_store_t *store = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(hpo__store_open(&store, url, create, &error), HPO_ESTORE);
	ck_assert_ptr_null(store);
	ck_assert_msg(strstr(error.message, path) != NULL, "%s", error.message);
	ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
}

START_TEST(two_handles_see_each_other_at_once)
{
	struct handle a;
	struct handle b;
	struct held held = {0};
	int64_t number = -1;
	int late;

	make_folder();
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
	remove_folder();
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

	make_folder();
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
	remove_folder();
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
	static int64_t told[4000];
	int count = 0;

	make_folder();
	for (int round = 0; round < 15; round++) {
		int ends[2];
		pid_t child;

		ck_assert_int_eq(pipe(ends), 0);
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
	remove_folder();
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

	make_folder();
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
	remove_folder();
}
END_TEST

START_TEST(a_process_id_used_again_is_another_process)
{
	struct handle h;
	struct held held = {0};
	int64_t reaped = -1;

	make_folder();
	h = open_handle();
	ck_assert_int_eq(claim(&h, h.worker, 0, &held), HPO_OK);
	sql("UPDATE workers SET started = started - 1");

	ck_assert_int_eq(h.ops->reap(h.state, h.study, 0, &reaped, NULL), HPO_OK);

	ck_assert_int_eq(reaped, 1);
	close_handle(&h);
	remove_folder();
}
END_TEST

START_TEST(a_worker_elsewhere_is_dead_after_a_minute_of_silence)
{
	struct handle h;
	struct held held = {0};
	int64_t reaped = -1;

	make_folder();
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
	remove_folder();
}
END_TEST

START_TEST(an_ownerless_lease_ends_with_the_boot_that_gave_it)
{
	struct handle h;
	struct held held = {0};
	int64_t reaped = -1;

	make_folder();
	h = open_handle();
	ck_assert_int_eq(claim(&h, 0, 0, &held), HPO_OK);

	sql("UPDATE trials SET lease_boot = 'another', lease_host = 'elsewhere'");
	h.ops->reap(h.state, h.study, 0, &reaped, NULL);
	ck_assert_int_eq(reaped, 0);
	sql("UPDATE trials SET lease_host = (SELECT host FROM workers)");
	h.ops->reap(h.state, h.study, 0, &reaped, NULL);

	ck_assert_int_eq(reaped, 1);
	close_handle(&h);
	remove_folder();
}
END_TEST

START_TEST(a_store_that_is_not_there_is_refused_where_it_is_not_to_be_made)
{
	make_folder();

	check_refused(0, "no such store");
	close(open(path, O_CREAT | O_WRONLY, 0600));
	check_refused(0, "no store in this file");
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof path, "%s/none/t.db", folder);
	snprintf(url, sizeof url, "sqlite:%s", path);
	check_refused(1, "unable to open");

	remove_folder();
}
END_TEST

START_TEST(a_path_that_means_no_file_is_refused)
{
	hpo_store_t *store;

	ck_assert_int_eq(hpo__store_open(&store, "sqlite:", 1, NULL), HPO_EINVAL);
	ck_assert_int_eq(hpo__store_open(&store, "sqlite::memory:", 1, NULL), HPO_EINVAL);
	ck_assert_int_eq(hpo__store_open(&store, "t.db", 1, NULL), HPO_EINVAL);
	ck_assert_int_eq(hpo__store_open(&store, "nosuch:t.db", 1, NULL), HPO_EINVAL);
	ck_assert_int_eq(hpo__store_open(&store, "postgresql://h/d", 1, NULL), HPO_EUNSUPPORTED);
}
END_TEST

START_TEST(a_newer_schema_is_refused_and_both_versions_named)
{
	struct handle h;
	char words[64];

	make_folder();
	h = open_handle();
	close_handle(&h);
	snprintf(words, sizeof words, "knows up to %lld",
		 (long long)sql_number("PRAGMA user_version"));
	sql("PRAGMA user_version = 99");

	check_refused(1, "version 99");
	check_refused(0, words);

	ck_assert_int_eq(sql_number("PRAGMA user_version"), 99);
	remove_folder();
}
END_TEST

START_TEST(a_database_of_another_program_is_left_alone)
{
	make_folder();
	sql("CREATE TABLE theirs (x)");

	check_refused(1, "another program");

	ck_assert_int_eq(sql_number("SELECT count(*) FROM sqlite_master"), 1);
	remove_folder();
}
END_TEST

START_TEST(a_file_that_is_no_database_is_refused)
{
	FILE *file;

	make_folder();
	file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("lines of a log, say\n", file);
	fclose(file);

	check_refused(1, "not a database");

	remove_folder();
}
END_TEST

static hpo_status_t ignore_row(const hpo_trial_row_t *row, void *user)
{
	(void)row;
	(void)user;
	return HPO_OK;
}

START_TEST(damaged_pages_are_an_error_that_names_the_file)
{
	static const char junk[4096] = {0x55};
	hpo_error_t error = {0, ""};
	hpo_store_t *store = NULL;
	struct handle h;
	int64_t number;
	hpo_status_t status;
	int fd;

	make_folder();
	h = open_handle();
	for (int i = 0; i < 50; i++)
		run_one(&h, &number);
	close_handle(&h);
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	fd = open(path, O_WRONLY);
	for (int i = 1; i < 64; i++) /* all but the first page */
		ck_assert_int_eq(pwrite(fd, junk, sizeof junk, i * 4096), sizeof junk);
	close(fd);

	status = hpo__store_open(&store, url, 1, &error);
	if (status >= 0) {
		h.ops = hpo__store_lock(store, &h.state);
		hpo__store_unlock(store);
		status = h.ops->trials(h.state, h.study, 0, 100, ignore_row, NULL, &error);
		hpo_store_close(store);
	}

	ck_assert_int_eq(status, HPO_ESTORE);
	ck_assert_msg(strstr(error.message, path) != NULL, "%s", error.message);
	remove_folder();
}
END_TEST

/* As somebody who may not write there. 0 when all went as it should. */
static int try_read_only(void)
{
	hpo_store_t *store = NULL;
	hpo_error_t error = {0, ""};

	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 1;
	if (hpo__store_open(&store, url, 1, &error) != HPO_ESTORE)
		return 2;
	if (strstr(error.message, path) == NULL)
		return 3;
	if (strstr(error.message, "read-only") == NULL &&
	    strstr(error.message, "unable to open") == NULL &&
	    strstr(error.message, "readonly") == NULL)
		return 4;
	return store == NULL ? 0 : 5;
}

START_TEST(a_read_only_file_or_folder_is_an_error)
{
	struct handle h;
	int64_t number;
	int status;

	for (int with_file = 0; with_file < 2; with_file++) {
		pid_t child;

		make_folder();
		if (with_file) {
			h = open_handle();
			run_one(&h, &number);
			close_handle(&h);
			ck_assert_int_eq(chmod(path, 0444), 0);
		}
		ck_assert_int_eq(chmod(folder, 0555), 0);
		child = fork();
		if (child == 0)
			_exit(try_read_only());
		waitpid(child, &status, 0);
		ck_assert_int_eq(status, 0);

		ck_assert_int_eq(chmod(folder, 0755), 0);
		if (with_file)
			check_whole();
		remove_folder();
	}
}
END_TEST

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/*
 * Work until the disk is full, then with room again repeat what failed. 0 when
 * all went as it should, 100 when the disk never was full.
 */
static int fill_disk(rlim_t bytes)
{
	struct handle h = open_handle();
	struct held held = {0};
	hpo_error_t error = {0, ""};
	hpo_status_t status = HPO_OK;
	int late = 0;

	signal(SIGXFSZ, SIG_IGN);
	limit_files(bytes);
	for (int i = 0; i < 12 && status >= 0; i++) {
		status = h.ops->claim(h.state, h.study, h.worker, 0, 60, keep_held, &held, &error);
		if (status >= 0)
			status = propose(&h, &held);
		if (status >= 0)
			status = finish(&h, &held, &late, &error);
	}
	limit_files(RLIM_INFINITY);
	if (status >= 0)
		return 100;
	if (status != HPO_ESTORE || (error.code != 0 && strstr(error.message, path) == NULL))
		return 1;

	/* Whatever failed may be repeated; what was not committed left no trace. */
	if (h.ops->leave(h.state, h.study, h.worker, NULL) != HPO_OK)
		return 2;
	if (claim(&h, 0, 0, &held) != HPO_OK || propose(&h, &held) != HPO_OK)
		return 3;
	if (finish(&h, &held, &late, NULL) != HPO_OK || late != 0)
		return 4;
	close_handle(&h);
	return 0;
}

START_TEST(a_full_disk_loses_nothing_and_the_call_may_be_repeated)
{
	int failures = 0;

	for (rlim_t bytes = 36 * 1024; bytes < 400 * 1024; bytes += 3 * 1024 + 512) {
		struct handle h;
		int64_t number;
		int status;
		pid_t child;

		make_folder();
		h = open_handle();
		for (int i = 0; i < 3; i++)
			run_one(&h, &number);
		close_handle(&h);
		child = fork();
		if (child == 0)
			_exit(fill_disk(bytes));
		waitpid(child, &status, 0);
		ck_assert(WIFEXITED(status));
		ck_assert_msg(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 100,
			      "%lu bytes: %d", (unsigned long)bytes, WEXITSTATUS(status));
		failures += WEXITSTATUS(status) == 0;

		check_whole();
		ck_assert_int_ge(sql_number("SELECT completed FROM studies"), 4);
		remove_folder();
	}
	ck_assert_int_ge(failures, 5);
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
	struct handle h;
	struct held held = {0};
	sqlite3 *db;

	make_folder();
	h = open_handle();
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
	remove_folder();
}
END_TEST

static struct hpo_sqlite bare_state(void)
{
	struct hpo_sqlite s = {0};

	s.path = path;
	ck_assert_int_eq(sqlite3_open(path, &s.db), SQLITE_OK);
	return s;
}

static void close_bare(struct hpo_sqlite *s)
{
	for (size_t i = 0; i < s->cached; i++)
		sqlite3_finalize(s->cache[i].statement);
	sqlite3_close(s->db);
}

START_TEST(an_older_schema_is_brought_forward_step_by_step)
{
	static const char *const steps[] = {
		"CREATE TABLE a (x); INSERT INTO a VALUES (7)",
		"ALTER TABLE a ADD y INTEGER NOT NULL DEFAULT 1",
		"UPDATE a SET y = x + y",
	};
	struct hpo_sqlite s;

	make_folder();
	s = bare_state();
	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 1, NULL), HPO_OK);

	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 3, NULL), HPO_OK);
	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 3, NULL), HPO_OK);
	close_bare(&s);

	ck_assert_int_eq(sql_number("SELECT y FROM a"), 8);
	ck_assert_int_eq(sql_number("PRAGMA user_version"), 3);
	remove_folder();
}
END_TEST

static hpo_status_t expect_no_proposal(const hpo_trial_row_t *row, void *user)
{
	ck_assert_ptr_null(row->proposal);
	*(int *)user += 1;
	return HPO_OK;
}

/* A file as version 1 left it: what it did not note is absent. */
START_TEST(a_store_of_version_1_is_opened)
{
	int found = 0;
	struct held held;
	struct handle h;

	make_folder();
	h = open_handle();
	ck_assert_int_eq(claim(&h, h.worker, 0, &held), HPO_OK);
	ck_assert_int_eq(propose(&h, &held), HPO_OK);
	close_handle(&h);
	sql("ALTER TABLE trials DROP COLUMN proposal");
	sql("ALTER TABLE trials DROP COLUMN ran_by");
	sql("ALTER TABLE trials DROP COLUMN stopping");
	sql("ALTER TABLE studies DROP COLUMN attributes");
	sql("PRAGMA user_version = 1");

	h = open_handle();
	ck_assert_int_eq(h.ops->trials(h.state, h.study, 0, 9, expect_no_proposal, &found, NULL),
			 HPO_OK);
	close_handle(&h);

	ck_assert_int_eq(found, 1);
	ck_assert_int_eq(sql_number("PRAGMA user_version"), 3);
	remove_folder();
}
END_TEST

START_TEST(a_step_that_fails_leaves_the_file_as_it_was)
{
	static const char *const steps[] = {
		"CREATE TABLE a (x)",
		"CREATE TABLE b (x)",
		"INSERT INTO nowhere VALUES (1)",
	};
	struct hpo_sqlite s;

	make_folder();
	s = bare_state();
	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 1, NULL), HPO_OK);

	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 3, NULL), HPO_ESTORE);
	close_bare(&s);

	ck_assert_int_eq(sql_number("PRAGMA user_version"), 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM sqlite_master"), 1);
	remove_folder();
}
END_TEST

static const struct {
	const char *damage;
	const char *words;
} hostile[] = {
	{"UPDATE trials SET params = 'not json'", "trial 0"},
	{"UPDATE trials SET params = '[1]'", "trial 0"},
	{"UPDATE trials SET params = '{\"x\":100001}'", "trial 0"},
	{"UPDATE trials SET params = '{\"y\":1}'", "trial 0"},
	{"UPDATE trials SET params = NULL", "trial 0"},
	{"UPDATE trials SET state = 99", "99"},
	{"UPDATE trials SET state = -1", "trial 0"},
	{"UPDATE trials SET state = 4294967298", "trial 0"},
	{"UPDATE trials SET results = '[nan]'", "trial 0"},
	{"UPDATE trials SET results = '[1,2]'", "trial 0"},
	{"UPDATE trials SET results = '[1'", "trial 0"},
	{"UPDATE trials SET results = '[1]x'", "trial 0"},
	{"UPDATE trials SET results = NULL", "trial 0"},
	{"UPDATE trials SET attributes = '{'", "trial 0"},
	{"UPDATE trials SET attributes = '7'", "trial 0"},
	{"UPDATE trials SET number = 5", "trial 0"},
	{"UPDATE definitions SET definition = '{}'", "study 's'"},
	{"DELETE FROM definitions", "no definition"},
};

START_TEST(a_row_that_cannot_be_is_refused_by_name)
{
	hpo_error_t error = {0, ""};
	hpo_records_t *records = NULL;
	struct handle h;
	int64_t number;

	make_folder();
	h = open_handle();
	run_one(&h, &number);
	sql(hostile[_i].damage);

	ck_assert_int_eq(hpo_store_records(h.store, "s", HPO_RECORDS_REPORTS, &records, &error),
			 HPO_ESTORE);

	ck_assert_ptr_null(records);
	ck_assert_msg(strstr(error.message, hostile[_i].words) != NULL, "%s", error.message);
	close_handle(&h);
	remove_folder();
}
END_TEST

START_TEST(changed_definitions_are_kept)
{
	struct handle h;

	make_folder();
	h = open_handle();

	ck_assert_int_eq(h.ops->redefine(h.state, h.study, "{\"v\":2}", NULL), HPO_OK);
	ck_assert_int_eq(h.ops->redefine(h.state, h.study, "{\"v\":2}", NULL), HPO_OK);
	ck_assert_int_eq(h.ops->redefine(h.state, h.study, "{\"v\":3}", NULL), HPO_OK);

	ck_assert_int_eq(sql_number("SELECT count(*) FROM definitions"), 3);
	close_handle(&h);
	remove_folder();
}
END_TEST

START_TEST(late_results_are_kept)
{
	struct handle h;
	struct held held = {0};
	int late = 0;

	make_folder();
	h = open_handle();
	claim(&h, h.worker, 0, &held);
	propose(&h, &held);
	finish(&h, &held, &late, NULL);

	ck_assert_int_eq(finish(&h, &held, &late, NULL), HPO_OK);

	ck_assert_int_eq(late, 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM late_results WHERE results = '[1.5]'"),
			 1);
	close_handle(&h);
	remove_folder();
}
END_TEST

Suite *unit_store_sqlite(void)
{
	Suite *suite = suite_create("unit_store_sqlite");
	TCase *file = tcase_create("file");

	tcase_set_timeout(file, 120);
	tcase_add_test(file, two_handles_see_each_other_at_once);
	tcase_add_test(file, processes_that_start_together_share_numbers_and_limit);
	tcase_add_test(file, kill_9_loses_nothing_that_was_told);
	tcase_add_test(file, a_death_between_any_two_calls_leaves_the_next_one_in_order);
	tcase_add_test(file, a_dead_owner_on_this_machine_is_seen_at_once);
	tcase_add_test(file, a_process_id_used_again_is_another_process);
	tcase_add_test(file, a_worker_elsewhere_is_dead_after_a_minute_of_silence);
	tcase_add_test(file, an_ownerless_lease_ends_with_the_boot_that_gave_it);
	tcase_add_test(file, a_store_that_is_not_there_is_refused_where_it_is_not_to_be_made);
	tcase_add_test(file, a_path_that_means_no_file_is_refused);
	tcase_add_test(file, a_newer_schema_is_refused_and_both_versions_named);
	tcase_add_test(file, a_database_of_another_program_is_left_alone);
	tcase_add_test(file, a_file_that_is_no_database_is_refused);
	tcase_add_test(file, damaged_pages_are_an_error_that_names_the_file);
	tcase_add_test(file, a_read_only_file_or_folder_is_an_error);
	tcase_add_test(file, a_full_disk_loses_nothing_and_the_call_may_be_repeated);
	tcase_add_test(file, a_lock_that_is_never_let_go_is_an_error);
	tcase_add_test(file, an_older_schema_is_brought_forward_step_by_step);
	tcase_add_test(file, a_store_of_version_1_is_opened);
	tcase_add_test(file, a_step_that_fails_leaves_the_file_as_it_was);
	tcase_add_loop_test(file, a_row_that_cannot_be_is_refused_by_name, 0,
			    (int)(sizeof hostile / sizeof *hostile));
	tcase_add_test(file, changed_definitions_are_kept);
	tcase_add_test(file, late_results_are_kept);
	suite_add_tcase(suite, file);
	return suite;
}
