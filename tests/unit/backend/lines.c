/*
 * Report lines: what is one, and what it tells.
 */
#include "backend/lines.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

struct told {
	size_t count;
	int64_t iteration;
	char metrics[MOST][600];
	double values[MOST];
};

static void hear(void *user, int64_t iteration, const char *metric, double value)
{
	struct told *told = user;

	ck_assert_uint_lt(told->count, MOST);
	told->iteration = iteration;
	snprintf(told->metrics[told->count], sizeof told->metrics[0], "%s", metric);
	told->values[told->count++] = value;
}

/* Reads from memory of just the line's size, so that a sanitizer sees each step beyond it. */
static struct told read_bytes(const char *line, size_t size)
{
	struct told told = {0};
	char *copy = malloc(size + 1);
	size_t count;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, line, size);
	copy[size] = '\n';
	count = hpo__line_read(copy, size, hear, &told);
	ck_assert_uint_eq(count, told.count);
	free(copy);
	return told;
}

static struct told read_line(const char *line)
{
	return read_bytes(line, strlen(line));
}

START_TEST(tokens_are_metrics_in_their_order)
{
	struct told told = read_line("iteration=3 validation/accuracy=0.93\tloss=1e-3");

	ck_assert_uint_eq(told.count, 2);
	ck_assert_int_eq(told.iteration, 3);
	ck_assert_str_eq(told.metrics[0], "validation/accuracy");
	ck_assert_double_eq(told.values[0], 0.93);
	ck_assert_str_eq(told.metrics[1], "loss");
	ck_assert_double_eq(told.values[1], 1e-3);
}
END_TEST

START_TEST(members_that_are_numbers_are_metrics)
{
	struct told told =
		read_line("{\"a\": 1, \"note\": \"x{\\\"\", \"list\": [1, {\"b\": 2}], "
			  "\"iteration\": 7, \"ok\": true, \"none\": null, \"c\": -2.5}");

	ck_assert_uint_eq(told.count, 2);
	ck_assert_int_eq(told.iteration, 7);
	ck_assert_str_eq(told.metrics[0], "a");
	ck_assert_double_eq(told.values[0], 1);
	ck_assert_str_eq(told.metrics[1], "c");
	ck_assert_double_eq(told.values[1], -2.5);
}
END_TEST

START_TEST(without_an_iteration_it_is_minus_one)
{
	ck_assert_int_eq(read_line("loss=1").iteration, -1);
	ck_assert_int_eq(read_line("{\"loss\": 1}").iteration, -1);
	ck_assert_int_eq(read_line("{\"loss\": 1, \"iteration\": null}").iteration, -1);
}
END_TEST

START_TEST(an_iteration_may_be_written_as_a_real)
{
	ck_assert_int_eq(read_line("{\"iteration\": 3.0, \"loss\": 1}").iteration, 3);
	ck_assert_int_eq(read_line("iteration=1e3 loss=1").iteration, 1000);
}
END_TEST

START_TEST(values_that_are_not_finite_are_told)
{
	ck_assert(isnan(read_line("loss=nan").values[0]));
	ck_assert(isnan(read_line("{\"loss\": NaN}").values[0]));
	ck_assert_double_eq(read_line("{\"loss\": Infinity}").values[0], INFINITY);
	ck_assert_double_eq(read_line("{\"loss\": -Infinity}").values[0], -INFINITY);
	ck_assert_double_eq(read_line("loss=-inf").values[0], -INFINITY);
}
END_TEST

START_TEST(names_are_unescaped)
{
	struct told told = read_line("{\"a\\/b \\\"c\\\" \\u00e9\\ud83d\\ude00\": 1}");

	ck_assert_uint_eq(told.count, 1);
	ck_assert_str_eq(told.metrics[0], "a/b \"c\" \xC3\xA9\xF0\x9F\x98\x80");
}
END_TEST

START_TEST(blanks_and_a_carriage_return_around_a_line_do_not_matter)
{
	ck_assert_uint_eq(read_line("  loss=1 \r").count, 1);
	ck_assert_uint_eq(read_line(" { \"loss\" : 1 , \"b\":2 } \r").count, 2);
}
END_TEST

/* Each for a reason of its own. */
static const char *const no_reports[] = {
	"",
	"   ",
	"hello",
	"epoch 3 loss=0.5",
	"loss=",
	"=1",
	"loss=0.5,",
	"loss=abc",
	"a==1",
	"loss=0x10",
	"iteration=3",
	"iteration=-1 loss=2",
	"iteration=1.5 loss=2",
	"iteration=nan loss=2",
	"iteration=x loss=2",
	"{}",
	"{\"iteration\": 3}",
	"{\"loss\": 1",
	"{\"loss\": 1,}",
	"{\"loss\": 1} x",
	"{\"loss\" 1}",
	"{\"loss\": }",
	"{\"loss\": one}",
	"{\"loss\": inf}",
	"{\"loss\": --1}",
	"{\"loss\": 1 \"b\": 2}",
	"{loss: 1}",
	"{\"iteration\": \"3\", \"loss\": 1}",
	"{\"iteration\": [3], \"loss\": 1}",
	"{\"iteration\": true, \"loss\": 1}",
	"{\"iteration\": -3, \"loss\": 1}",
	"{\"a\": [1, \"loss\": 1}",
	"{\"a\": [}, \"loss\": 1}",
	"{\"a\": \"x, \"loss\": 1}",
	"{\"a\\u0000b\": 1}",
	"{\"a\\q\": 1}",
	"{\"a\\ud800\": 1}",
	"{\"a\\n\": 1}",
	"{\"\": 1}",
	"{\"a\xFF\": 1}",
	"a\xC0\x80=1",
	"[1, 2]",
	"\"loss\"",
};

START_TEST(anything_else_is_no_report)
{
	struct told told = read_line(no_reports[_i]);

	ck_assert_msg(told.count == 0, "'%s' was taken for a report", no_reports[_i]);
}
END_TEST

START_TEST(a_line_with_a_zero_byte_is_no_report)
{
	ck_assert_uint_eq(read_bytes("loss=1\0", 7).count, 0);
	ck_assert_uint_eq(read_bytes("\0loss=1", 7).count, 0);
}
END_TEST

START_TEST(nesting_beyond_32_is_no_report)
{
	char line[128] = "{\"a\": ";

	for (int i = 0; i < 33; i++)
		strcat(line, "[");
	for (int i = 0; i < 33; i++)
		strcat(line, "]");
	strcat(line, ", \"b\": 1}");

	ck_assert_uint_eq(read_line(line).count, 0);
}
END_TEST

START_TEST(a_name_of_more_than_512_bytes_is_no_metric)
{
	char line[600];

	memset(line, 'n', sizeof line);
	strcpy(line + 512, "=1");
	ck_assert_uint_eq(read_line(line).count, 1);
	memset(line, 'n', sizeof line);
	strcpy(line + 513, "=1");

	ck_assert_uint_eq(read_line(line).count, 0);
}
END_TEST

Suite *unit_backend_lines(void);
Suite *unit_backend_lines(void)
{
	Suite *suite = suite_create("backend/lines");
	TCase *cases = tcase_create("lines");

	tcase_add_test(cases, tokens_are_metrics_in_their_order);
	tcase_add_test(cases, members_that_are_numbers_are_metrics);
	tcase_add_test(cases, without_an_iteration_it_is_minus_one);
	tcase_add_test(cases, an_iteration_may_be_written_as_a_real);
	tcase_add_test(cases, values_that_are_not_finite_are_told);
	tcase_add_test(cases, names_are_unescaped);
	tcase_add_test(cases, blanks_and_a_carriage_return_around_a_line_do_not_matter);
	tcase_add_loop_test(cases, anything_else_is_no_report, 0,
			    sizeof no_reports / sizeof *no_reports);
	tcase_add_test(cases, a_line_with_a_zero_byte_is_no_report);
	tcase_add_test(cases, nesting_beyond_32_is_no_report);
	tcase_add_test(cases, a_name_of_more_than_512_bytes_is_no_metric);
	suite_add_tcase(suite, cases);
	return suite;
}
