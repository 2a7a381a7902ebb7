/*
 * Arguments with placeholders.
 */
#include "backend/command.h"

#include "support/alloc.h"

#include <check.h>
#include <string.h>

/* The space has lr (under Args), layers, and momentum, which is inactive. */
static bool knows(const char *name, void *user)
{
	(void)user;
	return strcmp(name, "Args/lr") == 0 || strcmp(name, "layers") == 0 ||
	       strcmp(name, "momentum") == 0;
}

/* The arguments, filled in, with bars between them. */
static const char *fill(const char *const *arguments)
{
	static char joined[512];
	struct hpo_command_values values = {.knows = knows};
	size_t count = 0;
	char **argv;

	while (arguments[count] != NULL)
		count++;
	ck_assert_int_eq(hpo__command_values_add(&values, "Args/lr", "1e-05"), HPO_OK);
	ck_assert_int_eq(hpo__command_values_add(&values, "layers", "2"), HPO_OK);
	ck_assert_int_eq(hpo__command_fill(&argv, (char *const *)arguments, count, &values, NULL),
			 HPO_OK);
	joined[0] = '\0';
	for (size_t i = 0; argv[i] != NULL; i++) {
		strcat(joined, i > 0 ? "|" : "");
		strcat(joined, argv[i]);
	}
	hpo__command_free(argv);
	hpo__command_values_release(&values);
	return joined;
}

#define FILL(...) fill((const char *const[]){__VA_ARGS__, NULL})

START_TEST(a_placeholder_is_the_value_wherever_it_stands)
{
	ck_assert_str_eq(FILL("t", "{layers}", "--lr={lr}", "x{lr}y{layers}z"),
			 "t|2|--lr=1e-05|x1e-05y2z");
}
END_TEST

START_TEST(a_name_is_known_in_full_and_without_its_section)
{
	ck_assert_str_eq(FILL("t", "{Args/lr}", "{lr}"), "t|1e-05|1e-05");
}
END_TEST

START_TEST(without_a_placeholder_all_values_are_appended)
{
	ck_assert_str_eq(FILL("t", "a"), "t|a|--lr=1e-05|--layers=2");
}
END_TEST

START_TEST(an_argument_of_an_inactive_parameter_is_dropped)
{
	ck_assert_str_eq(FILL("t", "--m={momentum}", "b"), "t|b");
	ck_assert_str_eq(FILL("t", "{layers}:{momentum}", "b"), "t|b");
}
END_TEST

START_TEST(the_option_before_an_inactive_parameter_is_dropped)
{
	ck_assert_str_eq(FILL("t", "-m", "{momentum}", "b"), "t|b");
	ck_assert_str_eq(FILL("t", "--momentum", "{momentum}", "b"), "t|b");
}
END_TEST

START_TEST(what_is_no_option_stays_before_an_inactive_parameter)
{
	ck_assert_str_eq(FILL("t", "file", "{momentum}"), "t|file");
	ck_assert_str_eq(FILL("t", "--a=b", "{momentum}"), "t|--a=b");
	ck_assert_str_eq(FILL("t", "-3", "{momentum}"), "t|-3");
	ck_assert_str_eq(FILL("t", "-", "{momentum}"), "t|-");
	ck_assert_str_eq(FILL("t", "--", "{momentum}"), "t|--");
	ck_assert_str_eq(FILL("t", "-{layers}", "{momentum}"), "t|-2");
	ck_assert_str_eq(FILL("-t", "{momentum}"), "-t");
}
END_TEST

START_TEST(one_option_is_dropped_with_one_parameter)
{
	ck_assert_str_eq(FILL("t", "-v", "-m", "{momentum}", "{momentum}"), "t|-v");
}
END_TEST

START_TEST(other_braces_stay)
{
	ck_assert_str_eq(FILL("t", "{lr}", "{}", "{trial}", "{{lr}}", "a{", "}", "{\"a\": {lr}}"),
			 "t|1e-05|{}|{trial}|{1e-05}|a{|}|{\"a\": 1e-05}");
}
END_TEST

START_TEST(a_command_that_comes_to_nothing_is_refused)
{
	struct hpo_command_values values = {.knows = knows};
	char program[] = "{momentum}";
	char *arguments[] = {program};
	char **argv;

	ck_assert_int_eq(hpo__command_fill(&argv, arguments, 1, &values, NULL), HPO_EINVAL);
	ck_assert_ptr_null(argv);
}
END_TEST

static hpo_status_t fill_both_ways(void *user)
{
	char program[] = "t", option[] = "-m", inactive[] = "{momentum}", plain[] = "a";
	char *placed[] = {program, option, inactive};
	char *bare[] = {program, plain};
	struct hpo_command_values values = {.knows = knows};
	char **argv = NULL;
	hpo_status_t status;

	(void)user;
	status = hpo__command_values_add(&values, "Args/lr", "0.5");
	if (status >= 0)
		status = hpo__command_fill(&argv, placed, 3, &values, NULL);
	hpo__command_free(argv);
	argv = NULL;
	if (status >= 0)
		status = hpo__command_fill(&argv, bare, 2, &values, NULL);
	hpo__command_free(argv);
	hpo__command_values_release(&values);
	return status;
}

START_TEST(memory_that_runs_out_is_told_and_nothing_leaks)
{
	hpo_test_each_allocation(fill_both_ways, NULL);
}
END_TEST

Suite *unit_backend_command(void);
Suite *unit_backend_command(void)
{
	Suite *suite = suite_create("backend/command");
	TCase *cases = tcase_create("command");

	tcase_add_test(cases, a_placeholder_is_the_value_wherever_it_stands);
	tcase_add_test(cases, a_name_is_known_in_full_and_without_its_section);
	tcase_add_test(cases, without_a_placeholder_all_values_are_appended);
	tcase_add_test(cases, an_argument_of_an_inactive_parameter_is_dropped);
	tcase_add_test(cases, the_option_before_an_inactive_parameter_is_dropped);
	tcase_add_test(cases, what_is_no_option_stays_before_an_inactive_parameter);
	tcase_add_test(cases, one_option_is_dropped_with_one_parameter);
	tcase_add_test(cases, other_braces_stay);
	tcase_add_test(cases, a_command_that_comes_to_nothing_is_refused);
	tcase_add_test(cases, memory_that_runs_out_is_told_and_nothing_leaks);
	suite_add_tcase(suite, cases);
	return suite;
}
