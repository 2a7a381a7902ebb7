/*
 * Files that cannot be used as they are: absent, another program's, damaged, read-only, on a full
 * disk; and rows that hostile hands wrote.
 */
#include "unit/store/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(a_store_that_is_not_there_is_refused_where_it_is_not_to_be_made)
{
	check_refused(0, "no such store");
	close(open(path, O_CREAT | O_WRONLY, 0600));
	check_refused(0, "no store in this file");
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof path, "%s/none/t.db", folder);
	snprintf(url, sizeof url, "sqlite:%s", path);
	check_refused(1, "unable to open");
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

START_TEST(a_database_of_another_program_is_left_alone)
{
	sql("CREATE TABLE theirs (x)");

	check_refused(1, "another program");

	ck_assert_int_eq(sql_number("SELECT count(*) FROM sqlite_master"), 1);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_refused)
{
	FILE *file;

	file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("lines of a log, say\n", file);
	fclose(file);

	check_refused(1, "not a database");
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
	struct handle h = open_handle();
	int64_t number;
	hpo_status_t status;
	int fd;

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
	struct handle h = open_handle();
	int64_t number;

	run_one(&h, &number);
	sql(hostile[_i].damage);

	ck_assert_int_eq(hpo_store_records(h.store, "s", HPO_RECORDS_REPORTS, &records, &error),
			 HPO_ESTORE);

	ck_assert_ptr_null(records);
	ck_assert_msg(strstr(error.message, hostile[_i].words) != NULL, "%s", error.message);
	close_handle(&h);
}
END_TEST

Suite *unit_store_sqlite_damage(void);
Suite *unit_store_sqlite_damage(void)
{
	Suite *suite = suite_create("store/sqlite_damage");
	TCase *file = tcase_create("file");
	TCase *files = tcase_create("files");

	tcase_add_checked_fixture(file, make_folder, remove_folder);
	tcase_set_timeout(file, 120);
	tcase_add_test(file, a_store_that_is_not_there_is_refused_where_it_is_not_to_be_made);
	tcase_add_test(file, a_database_of_another_program_is_left_alone);
	tcase_add_test(file, a_file_that_is_no_database_is_refused);
	tcase_add_test(file, damaged_pages_are_an_error_that_names_the_file);
	tcase_add_loop_test(file, a_row_that_cannot_be_is_refused_by_name, 0,
			    (int)(sizeof hostile / sizeof *hostile));
	suite_add_tcase(suite, file);

	tcase_set_timeout(files, 120);
	tcase_add_test(files, a_path_that_means_no_file_is_refused);
	tcase_add_test(files, a_read_only_file_or_folder_is_an_error);
	tcase_add_test(files, a_full_disk_loses_nothing_and_the_call_may_be_repeated);
	suite_add_tcase(suite, files);
	return suite;
}
