/*
 * Files and folders by name.
 */
#include "os/path.h"

#include "base/alloc.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
	snprintf(folder, sizeof folder, "/tmp/hpo-path-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	char command[96];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void make_file(const char *name, mode_t mode)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT, mode);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void check_join(const char *base, const char *name, const char *wanted)
{
	char *joined = hpo__path_join(base, name);

	ck_assert_str_eq(joined, wanted);
	hpo__free(joined);
}

START_TEST(a_relative_name_is_joined_and_an_absolute_one_stays)
{
	check_join("/a", "b", "/a/b");
	check_join("/a/", "b", "/a/b");
	check_join("/a", "/b", "/b");
	check_join("", "b", "b");
}
END_TEST

START_TEST(a_folder_is_made_with_those_above_it)
{
	char path[128];
	struct stat found;

	snprintf(path, sizeof path, "%s/a/b/c", folder);
	ck_assert(hpo__path_make_folder(path));
	ck_assert(hpo__path_make_folder(path)); /* it is there already */

	ck_assert_int_eq(stat(path, &found), 0);
	ck_assert(S_ISDIR(found.st_mode));
}
END_TEST

START_TEST(a_folder_is_not_made_where_a_file_is)
{
	char path[128];

	make_file("file", 0644);
	snprintf(path, sizeof path, "%s/file", folder);
	ck_assert(!hpo__path_make_folder(path));
	ck_assert_int_eq(errno, ENOTDIR);

	snprintf(path, sizeof path, "%s/file/below", folder);
	ck_assert(!hpo__path_make_folder(path));
}
END_TEST

START_TEST(a_program_is_searched_in_the_folders_in_their_order)
{
	char search[256];
	char wanted[128];
	char *path = NULL;

	make_file("tool", 0755);
	snprintf(search, sizeof search, "/no/such:%s:/bin", folder);
	snprintf(wanted, sizeof wanted, "%s/tool", folder);
	ck_assert_int_eq(hpo__path_find_program(&path, "tool", "/", search, "it", NULL), HPO_OK);

	ck_assert_str_eq(path, wanted);
	hpo__free(path);
}
END_TEST

START_TEST(an_empty_part_of_the_search_is_the_folder_itself)
{
	char wanted[128];
	char *path = NULL;

	make_file("tool", 0755);
	snprintf(wanted, sizeof wanted, "%s/tool", folder);
	ck_assert_int_eq(hpo__path_find_program(&path, "tool", folder, "/no/such:", "it", NULL),
			 HPO_OK);

	ck_assert_int_eq(access(path, X_OK), 0);
	ck_assert_msg(strncmp(path, folder, strlen(folder)) == 0, "%s", path);
	hpo__free(path);
}
END_TEST

START_TEST(a_file_that_is_no_program_is_told_from_none)
{
	hpo_error_t error = {0};
	char *path = NULL;

	make_file("text", 0644);
	ck_assert_int_eq(hpo__path_find_program(&path, "text", "/", folder, "it", &error),
			 HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "it: 'text' cannot be executed; allow it"));
	ck_assert_ptr_null(path);

	memset(&error, 0, sizeof error);
	ck_assert_int_eq(hpo__path_find_program(&path, "none", "/", folder, "it", &error),
			 HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "it: there is no program 'none' in PATH"));
}
END_TEST

START_TEST(a_name_with_a_slash_is_not_searched)
{
	char *path = NULL;

	make_file("tool", 0755);
	ck_assert_int_eq(hpo__path_find_program(&path, "./tool", "/", folder, "it", NULL),
			 HPO_EINVAL);
	ck_assert_int_eq(hpo__path_find_program(&path, "./tool", folder, "/bin", "it", NULL),
			 HPO_OK);

	hpo__free(path);
}
END_TEST

Suite *unit_os_path(void);
Suite *unit_os_path(void)
{
	Suite *suite = suite_create("os/path");
	TCase *cases = tcase_create("path");

	tcase_add_checked_fixture(cases, make_folder, remove_folder);
	tcase_add_test(cases, a_relative_name_is_joined_and_an_absolute_one_stays);
	tcase_add_test(cases, a_folder_is_made_with_those_above_it);
	tcase_add_test(cases, a_folder_is_not_made_where_a_file_is);
	tcase_add_test(cases, a_program_is_searched_in_the_folders_in_their_order);
	tcase_add_test(cases, an_empty_part_of_the_search_is_the_folder_itself);
	tcase_add_test(cases, a_file_that_is_no_program_is_told_from_none);
	tcase_add_test(cases, a_name_with_a_slash_is_not_searched);
	suite_add_tcase(suite, cases);
	return suite;
}
