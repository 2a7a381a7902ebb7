/*
 * Files of older and of newer versions.
 */
#include "unit/store/file.h"

#include "store/sqlite.h"

#include <fcntl.h>

START_TEST(a_newer_schema_is_refused_and_both_versions_named)
{
	struct handle h = open_handle();
	char words[64];

	close_handle(&h);
	snprintf(words, sizeof words, "knows up to %lld",
		 (long long)sql_number("PRAGMA user_version"));
	sql("PRAGMA user_version = 99");

	check_refused(1, "version 99");
	check_refused(0, words);

	ck_assert_int_eq(sql_number("PRAGMA user_version"), 99);
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

	s = bare_state();
	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 1, NULL), HPO_OK);

	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 3, NULL), HPO_OK);
	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 3, NULL), HPO_OK);
	close_bare(&s);

	ck_assert_int_eq(sql_number("SELECT y FROM a"), 8);
	ck_assert_int_eq(sql_number("PRAGMA user_version"), 3);
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
	struct handle h = open_handle();

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

	s = bare_state();
	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 1, NULL), HPO_OK);

	ck_assert_int_eq(hpo__sqlite_migrate_by(&s, steps, 3, NULL), HPO_ESTORE);
	close_bare(&s);

	ck_assert_int_eq(sql_number("PRAGMA user_version"), 1);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM sqlite_master"), 1);
}
END_TEST

Suite *unit_store_sqlite_schema(void);
Suite *unit_store_sqlite_schema(void)
{
	Suite *suite = suite_create("store/sqlite_schema");
	TCase *file = tcase_create("file");

	tcase_add_checked_fixture(file, make_folder, remove_folder);
	tcase_set_timeout(file, 120);
	tcase_add_test(file, a_newer_schema_is_refused_and_both_versions_named);
	tcase_add_test(file, an_older_schema_is_brought_forward_step_by_step);
	tcase_add_test(file, a_store_of_version_1_is_opened);
	tcase_add_test(file, a_step_that_fails_leaves_the_file_as_it_was);
	suite_add_tcase(suite, file);
	return suite;
}
