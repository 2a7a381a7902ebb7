/*
 * Log lines: formatted, cut, one line each.
 */
#include "os/log.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct heard {
	int lines;
	hpo_log_level_t level;
	char text[2048];
};

static void hear(hpo_log_level_t level, const char *message, void *user)
{
	struct heard *heard = user;

	heard->lines++;
	heard->level = level;
	snprintf(heard->text, sizeof heard->text, "%s", message);
}

START_TEST(a_line_is_formatted_and_handed_over)
{
	struct heard heard = {0};
	struct hpo_log log = {hear, &heard};

	hpo__log(&log, HPO_LOG_WARNING, "trial %d: %s", 7, "slow");

	ck_assert_int_eq(heard.lines, 1);
	ck_assert_int_eq(heard.level, HPO_LOG_WARNING);
	ck_assert_str_eq(heard.text, "trial 7: slow");
}
END_TEST

START_TEST(a_newline_becomes_a_blank)
{
	struct heard heard = {0};
	struct hpo_log log = {hear, &heard};

	hpo__log(&log, HPO_LOG_INFO, "one\ntwo");

	ck_assert_str_eq(heard.text, "one two");
}
END_TEST

START_TEST(a_long_line_is_cut_at_1000_bytes)
{
	struct heard heard = {0};
	struct hpo_log log = {hear, &heard};
	char text[1500];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	hpo__log(&log, HPO_LOG_INFO, "%s", text);

	ck_assert_uint_eq(strlen(heard.text), 1000);
}
END_TEST

START_TEST(without_a_callback_nothing_happens)
{
	struct hpo_log log = {NULL, NULL};

	hpo__log(&log, HPO_LOG_ERROR, "unheard");
	hpo__log(NULL, HPO_LOG_ERROR, "unheard");
}
END_TEST

Suite *unit_os_log(void);
Suite *unit_os_log(void)
{
	Suite *suite = suite_create("os/log");
	TCase *cases = tcase_create("log");

	tcase_add_test(cases, a_line_is_formatted_and_handed_over);
	tcase_add_test(cases, a_newline_becomes_a_blank);
	tcase_add_test(cases, a_long_line_is_cut_at_1000_bytes);
	tcase_add_test(cases, without_a_callback_nothing_happens);
	suite_add_tcase(suite, cases);
	return suite;
}
