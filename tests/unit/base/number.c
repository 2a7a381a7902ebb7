/*
 * Numbers as text, in the plain locale and in one with another decimal point.
 */
#include "base/number.h"

#include "hpo/plugin/random.h"

#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_format(double value, const char *wanted)
{
	char text[HPO__NUMBER_SIZE];

	ck_assert_uint_eq(hpo__format_real(value, text), strlen(wanted));
	ck_assert_str_eq(text, wanted);
}

/* Expected texts are those of Python's repr(), which is the shortest, in C's notation. */
START_TEST(a_real_is_written_as_short_as_it_can_be)
{
	check_format(0.1, "0.1");
	check_format(64, "64");
	check_format(1e-5, "1e-05");
	check_format(0.1 + 0.2, "0.30000000000000004");
	check_format(1.0 / 3, "0.3333333333333333");
	check_format(-2.385, "-2.385");
	check_format(5e-324, "5e-324");
	check_format(2.2250738585072014e-308, "2.2250738585072014e-308");
	check_format(1.7976931348623157e308, "1.7976931348623157e+308");
	check_format(9007199254740993.0, "9007199254740992");
}
END_TEST

START_TEST(what_is_not_finite_has_a_name)
{
	check_format((double)NAN, "nan");
	check_format((double)INFINITY, "inf");
	check_format(-(double)INFINITY, "-inf");
	check_format(-0.0, "-0");
}
END_TEST

START_TEST(every_real_reads_back_as_itself)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 20, 0, 0);
	for (int i = 0; i < 100000; i++) {
		uint64_t bits = hpo_rng_u64(&rng);
		char text[HPO__NUMBER_SIZE];
		double value;
		double back = 0;

		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value))
			continue;
		ck_assert_uint_lt(hpo__format_real(value, text), HPO__NUMBER_SIZE);
		ck_assert(hpo__parse_real(text, &back));
		ck_assert_msg(memcmp(&back, &value, sizeof value) == 0, "%s", text);
	}
}
END_TEST

static void check_real(const char *text, double wanted)
{
	double got = -77;

	ck_assert_msg(hpo__parse_real(text, &got), "'%s' is refused", text);
	ck_assert_msg(got == wanted || (isnan(got) && isnan(wanted)), "'%s' is %g", text, got);
}

START_TEST(reals_are_read_in_every_form)
{
	check_real("2.5", 2.5);
	check_real("+2.5e3", 2500);
	check_real("-.5", -0.5);
	check_real("5.", 5);
	check_real("0", 0);
	check_real("1E-2", 0.01);
	check_real("nan", (double)NAN);
	check_real("-NaN", (double)NAN);
	check_real("inf", (double)INFINITY);
	check_real("-Infinity", -(double)INFINITY);
	check_real("1e-400", 0);
}
END_TEST

START_TEST(what_is_not_a_real_is_refused)
{
	static const char *const texts[] = {
		"", " 1", "1 ", "0x10", "1e", "1e+", "e5", ".", "-", "+-1", "1,5", "nan(1)",
		"infinit", "1e999", "-1e999", "1.2.3", "1_000",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		double out = -77;

		ck_assert_msg(!hpo__parse_real(texts[i], &out), "'%s' is taken", texts[i]);
		ck_assert_double_eq(out, -77);
	}
}
END_TEST

START_TEST(integers_are_exact_to_both_ends)
{
	int64_t out = 0;

	ck_assert(hpo__parse_integer("9223372036854775807", &out));
	ck_assert_int_eq(out, INT64_MAX);
	ck_assert(hpo__parse_integer("-9223372036854775808", &out));
	ck_assert_int_eq(out, INT64_MIN);
	ck_assert(hpo__parse_integer("+0042", &out));
	ck_assert_int_eq(out, 42);
	ck_assert(hpo__parse_integer("-7", &out));
	ck_assert_int_eq(out, -7);
}
END_TEST

START_TEST(what_is_not_an_integer_is_refused)
{
	static const char *const texts[] = {
		"", "-", "+", " 1", "1 ", "1.0", "1e3", "0x1", "--1", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999999",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		int64_t out = -77;

		ck_assert_msg(!hpo__parse_integer(texts[i], &out), "'%s' is taken", texts[i]);
		ck_assert_int_eq(out, -77);
	}
}
END_TEST

static void check_scan(const char *text, double value, size_t length)
{
	size_t used = 99;

	ck_assert_double_eq(hpo__scan_real(text, &used), value);
	ck_assert_msg(used == length, "'%s': %zu", text, used);
}

START_TEST(the_longest_leading_number_is_found)
{
	check_scan("1.5abc", 1.5, 3);
	check_scan("1e5,", 1e5, 3);
	check_scan("1e+x", 1, 1);
	check_scan("-0x10", 0, 2);
	check_scan("infinite", (double)INFINITY, 3);
	check_scan("abc", 0, 0);
	check_scan("", 0, 0);
	check_scan("1..2", 1, 2);
}
END_TEST

/*
 * Machines seldom have a locale with a decimal comma installed, so that the
 * test makes one, by glibc's own compiler of locales where that is there.
 */
static bool set_comma_locale(char *folder)
{
	char command[600];

	if (setlocale(LC_ALL, "de_DE.UTF-8") != NULL)
		return true;
	if (mkdtemp(folder) == NULL)
		return false;
	snprintf(command, sizeof command,
		 "localedef --no-archive -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >/dev/null 2>&1",
		 folder);
	if (system(command) != 0)
		return false;
	setenv("LOCPATH", folder, 1);
	return setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void remove_folder(const char *folder)
{
	char command[600];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	if (system(command) != 0)
		perror(command);
}

START_TEST(a_decimal_comma_of_the_host_changes_nothing)
{
	char folder[] = "/tmp/hpo-locale-XXXXXX";
	bool is_set = set_comma_locale(folder);
	char host[32] = "";

	if (is_set) {
		snprintf(host, sizeof host, "%.1f", 0.5);
		ck_assert_str_eq(host, "0,5");
		check_format(0.5, "0.5");
		check_format(1.5e-7, "1.5e-07");
		check_real("2.5", 2.5);
		check_scan("2,5", 2, 1);

		snprintf(host, sizeof host, "%.1f", 0.5);
		ck_assert_str_eq(host, "0,5");
	}
	setlocale(LC_ALL, "C");
	remove_folder(folder);
}
END_TEST

Suite *unit_base_number(void);

Suite *unit_base_number(void)
{
	Suite *suite = suite_create("base/number");
	TCase *tests = tcase_create("number");

	tcase_set_timeout(tests, 60); /* making a locale takes seconds under a sanitizer */
	tcase_add_test(tests, a_real_is_written_as_short_as_it_can_be);
	tcase_add_test(tests, what_is_not_finite_has_a_name);
	tcase_add_test(tests, every_real_reads_back_as_itself);
	tcase_add_test(tests, reals_are_read_in_every_form);
	tcase_add_test(tests, what_is_not_a_real_is_refused);
	tcase_add_test(tests, integers_are_exact_to_both_ends);
	tcase_add_test(tests, what_is_not_an_integer_is_refused);
	tcase_add_test(tests, the_longest_leading_number_is_found);
	tcase_add_test(tests, a_decimal_comma_of_the_host_changes_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
