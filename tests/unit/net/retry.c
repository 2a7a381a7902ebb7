/*
 * The retry rule: which outcome is worth another attempt, and when.
 */
#include "net/retry.h"

#include <check.h>

Suite *unit_net_retry(void);

static double wait_of(enum hpo_http_repeat repeat, int status, bool sent, bool wanted)
{
	const struct hpo_retry_case outcome = {.repeat = repeat, .status = status, .sent = sent,
					       .wanted = wanted, .retry_after_s = -1.0};

	return hpo__retry_wait(&outcome);
}

/* What the contract says: 429, 502, 503, 504 and connection errors; no other answer. */
static const struct {
	int status;
	bool sent;
	bool repeat, once; /* whether there is another attempt */
} cases[] = {
	{0, false, true, true},	   /* no connection came about */
	{0, true, true, false},	   /* it broke after the request was sent */
	{200, true, false, false}, {400, true, false, false}, {401, true, false, false},
	{404, true, false, false}, {429, true, true, true},   {500, true, false, false},
	{502, true, true, false},  {503, true, true, true},   {504, true, true, false},
	{509, true, true, false},
};

START_TEST(what_may_be_repeated_is_and_what_may_have_happened_is_not)
{
	const double repeated = wait_of(HPO__HTTP_REPEAT, cases[_i].status, cases[_i].sent, false);
	const double once = wait_of(HPO__HTTP_ONCE, cases[_i].status, cases[_i].sent, false);

	ck_assert_int_eq(repeated >= 0, cases[_i].repeat);
	ck_assert_int_eq(once >= 0, cases[_i].once);
}
END_TEST

START_TEST(an_answer_that_is_wanted_otherwise_is_asked_for_again_only_where_it_may_be)
{
	ck_assert_double_ge(wait_of(HPO__HTTP_REPEAT, 500, true, true), 0.0);
	ck_assert_double_lt(wait_of(HPO__HTTP_ONCE, 500, true, true), 0.0);
}
END_TEST

START_TEST(waits_double_up_to_half_a_minute)
{
	struct hpo_retry_case outcome = {.repeat = HPO__HTTP_REPEAT, .status = 503,
					 .retry_after_s = -1.0};
	const double expected[] = {0.25, 0.5, 1, 2, 4, 8, 16, 30, 30};

	for (outcome.count = 0; outcome.count < 9; outcome.count++)
		ck_assert_double_eq(hpo__retry_wait(&outcome), expected[outcome.count]);
	outcome.count = 100000;
	ck_assert_double_eq(hpo__retry_wait(&outcome), 30);
}
END_TEST

START_TEST(a_server_may_ask_for_more_time_but_not_for_an_hour)
{
	struct hpo_retry_case outcome = {.repeat = HPO__HTTP_REPEAT, .status = 429,
					 .retry_after_s = 5};

	ck_assert_double_eq(hpo__retry_wait(&outcome), 5);
	outcome.retry_after_s = 3600;
	ck_assert_double_eq(hpo__retry_wait(&outcome), 30);
	outcome.retry_after_s = 0;
	ck_assert_double_eq(hpo__retry_wait(&outcome), 0.25);
}
END_TEST

START_TEST(only_whole_seconds_are_read_from_a_header)
{
	ck_assert_double_eq(hpo__retry_after(" 120\r\n"), 120);
	ck_assert_double_eq(hpo__retry_after("0"), 0);
	ck_assert_double_eq(hpo__retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), -1);
	ck_assert_double_eq(hpo__retry_after("-5"), -1);
	ck_assert_double_eq(hpo__retry_after("1.5"), -1);
	ck_assert_double_eq(hpo__retry_after(""), -1);
	ck_assert_double_eq(hpo__retry_after("99999999999999999999"), -1);
}
END_TEST

Suite *unit_net_retry(void)
{
	Suite *suite = suite_create("net/retry");
	TCase *tests = tcase_create("retry");

	tcase_add_loop_test(tests,
			    what_may_be_repeated_is_and_what_may_have_happened_is_not, 0,
			    sizeof cases / sizeof *cases);
	tcase_add_test(tests,
		       an_answer_that_is_wanted_otherwise_is_asked_for_again_only_where_it_may_be);
	tcase_add_test(tests, waits_double_up_to_half_a_minute);
	tcase_add_test(tests, a_server_may_ask_for_more_time_but_not_for_an_hour);
	tcase_add_test(tests, only_whole_seconds_are_read_from_a_header);
	suite_add_tcase(suite, tests);
	return suite;
}
