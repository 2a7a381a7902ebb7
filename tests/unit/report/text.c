/*
 * Text for a terminal: harmless, measured, rounded.
 */
#include "report/text.h"

#include "base/alloc.h"

#include <check.h>
#include <math.h>

static void check_plain(const char *text, const char *wanted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char *got;

	hpo__plain_text(&out, text);
	got = hpo__buffer_take(&out);
	ck_assert_str_eq(got, wanted);
	hpo__free(got);
}

static void check_real(double value, const char *wanted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char *got;

	hpo__plain_real(&out, value);
	got = hpo__buffer_take(&out);
	ck_assert_str_eq(got, wanted);
	hpo__free(got);
}

static void check_seconds(double seconds, const char *wanted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char *got;

	hpo__plain_seconds(&out, seconds);
	got = hpo__buffer_take(&out);
	ck_assert_str_eq(got, wanted);
	hpo__free(got);
}

START_TEST(text_without_control_characters_stays_as_it_is)
{
	check_plain("", "");
	check_plain("gr\xc3\xb6\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x98\x80",
		    "gr\xc3\xb6\xc3\x9f" "e \xe2\x82\xac \xf0\x9f\x98\x80");
}
END_TEST

START_TEST(control_characters_are_shown_by_their_code)
{
	check_plain("\x1b[2J\a\r\n\t", "\\x1b[2J\\x07\\x0d\\x0a\\x09");
	check_plain("\x7f", "\\x7f");
	check_plain("\xc2\x9b" "31m", "\\x9b31m"); /* U+009B, the one-character form of ESC [ */
}
END_TEST

START_TEST(malformed_utf8_becomes_question_marks)
{
	check_plain("a\xff" "b", "a?b");
	check_plain("\xe2\x82", "??");           /* cut short */
	check_plain("\xc0\xaf", "??");           /* overlong */
	check_plain("\xed\xa0\x80", "???");      /* a surrogate */
	check_plain("\xf4\x90\x80\x80", "????"); /* beyond Unicode */
}
END_TEST

START_TEST(marks_that_turn_the_direction_become_question_marks)
{
	check_plain("a\xe2\x80\xae" "b", "a?b"); /* U+202E, right-to-left override */
	check_plain("a\xe2\x81\xa6" "b", "a?b"); /* U+2066, left-to-right isolate */
}
END_TEST

START_TEST(cells_are_characters)
{
	ck_assert_uint_eq(hpo__plain_cells(""), 0);
	ck_assert_uint_eq(hpo__plain_cells("gr\xc3\xb6\xc3\x9f" "e"), 5);
	ck_assert_uint_eq(hpo__plain_prefix("gr\xc3\xb6\xc3\x9f" "e", 3), 4);
	ck_assert_uint_eq(hpo__plain_prefix("ab", 9), 2);
	ck_assert_uint_eq(hpo__plain_prefix("ab", 0), 0);
}
END_TEST

START_TEST(numbers_are_rounded_to_five_digits)
{
	check_real(0.123456789, "0.12346");
	check_real(-2.385, "-2.385");
	check_real(1234.5678, "1234.6");
	check_real(0.000123456, "0.00012346");
	check_real(0.0000123456, "1.2346e-05");
	check_real(-1e-300, "-1e-300");
	check_real(1.5e300, "1.5e+300");
	check_real(99999.96, "100000");
	check_real(0.1, "0.1");
}
END_TEST

START_TEST(whole_numbers_are_shown_whole)
{
	check_real(0, "0");
	check_real(-0.0, "0");
	check_real(123456789, "123456789");
	check_real(-1e14, "-100000000000000");
	check_real(1e15, "1e+15");
}
END_TEST

START_TEST(numbers_that_are_not_finite_have_their_words)
{
	check_real(NAN, "-");
	check_real(INFINITY, "inf");
	check_real(-INFINITY, "-inf");
}
END_TEST

START_TEST(durations_use_the_units_people_use)
{
	check_seconds(0, "0.0 s");
	check_seconds(1.25, "1.3 s");
	check_seconds(9.96, "10 s");
	check_seconds(59.4, "59 s");
	check_seconds(59.6, "1 min 00 s");
	check_seconds(125, "2 min 05 s");
	check_seconds(3600 + 240, "1 h 04 min");
	check_seconds(-1, "-");
	check_seconds(NAN, "-");
}
END_TEST

Suite *unit_report_text(void);

Suite *unit_report_text(void)
{
	Suite *suite = suite_create("report/text");
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, text_without_control_characters_stays_as_it_is);
	tcase_add_test(tests, control_characters_are_shown_by_their_code);
	tcase_add_test(tests, malformed_utf8_becomes_question_marks);
	tcase_add_test(tests, marks_that_turn_the_direction_become_question_marks);
	tcase_add_test(tests, cells_are_characters);
	tcase_add_test(tests, numbers_are_rounded_to_five_digits);
	tcase_add_test(tests, whole_numbers_are_shown_whole);
	tcase_add_test(tests, numbers_that_are_not_finite_have_their_words);
	tcase_add_test(tests, durations_use_the_units_people_use);
	suite_add_tcase(suite, tests);
	return suite;
}
