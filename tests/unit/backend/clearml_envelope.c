/*
 * Answers of a server: their envelope, and the token of a login.
 */
#include "backend/clearml/envelope.h"

#include "backend/clearml/token.h"

#include <check.h>
#include <math.h>
#include <string.h>

Suite *unit_backend_clearml_envelope(void);

static struct hpo_clearml_envelope envelope;

static void open_text(const char *text)
{
	ck_assert_int_eq(hpo__clearml_envelope_open(&envelope, text, strlen(text)), HPO_OK);
}

START_TEST(an_answer_gives_its_data_and_codes)
{
	open_text("{\"meta\":{\"result_code\":400,\"result_subcode\":110,\"result_msg\":\"no\"},"
		  "\"data\":{\"id\":\"x\"}}");

	ck_assert_ptr_nonnull(envelope.json);
	ck_assert_int_eq(envelope.code, 400);
	ck_assert_int_eq(envelope.subcode, 110);
	ck_assert_str_eq(envelope.message, "no");
	ck_assert_str_eq(hpo__json_text(hpo__json_get(envelope.data, "id")), "x");

	hpo__clearml_envelope_release(&envelope);
}
END_TEST

static const char *const strange[] = {
	"",
	" ",
	"<html><body>502</body></html>",
	"Failed processing request",
	"{\"meta\":{\"result_code\":200},\"data\":{\"tasks\":[{\"id\":\"0f3b1",
	"[]",
	"null",
	"{\"data\":{}}",
	"{\"meta\":[],\"data\":{}}",
	"{\"meta\":{\"result_code\":200},\"data\":{\"x\":-NaN}}",
};

START_TEST(what_is_no_envelope_is_told_by_its_absence)
{
	open_text(strange[_i]);

	ck_assert_ptr_null(envelope.json);
	ck_assert_str_eq(envelope.message, "");

	hpo__clearml_envelope_release(&envelope);
}
END_TEST

START_TEST(numbers_that_are_none_become_null_but_not_inside_of_texts)
{
	const hpo_json_t *list;

	open_text("{\"meta\":{\"result_code\":200,\"result_msg\":\"NaN \\\" Infinity\"},\"data\":"
		  "{\"v\":[NaN,Infinity,-Infinity,1],\"NaN\":\"-Infinity\"}}");
	list = hpo__json_get(envelope.data, "v");

	ck_assert_str_eq(envelope.message, "NaN \" Infinity");
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(hpo__json_kind(hpo__json_item(list, i)), HPO__JSON_NULL);
	ck_assert_int_eq(hpo__json_integer(hpo__json_item(list, 3)), 1);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(envelope.data, "NaN")), "-Infinity");

	hpo__clearml_envelope_release(&envelope);
}
END_TEST

/* The middle parts are base64url of the JSON in the comments, by coreutils' basenc. */
START_TEST(a_token_tells_its_end_and_the_newest_version)
{
	struct hpo_clearml_token token;

	/* {"exp":1735732800}: the example of the REST contract */
	hpo__clearml_token_read(
		&token, "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MzU3MzI4MDB9.c2ln");
	ck_assert_double_eq(token.expires, 1735732800);
	ck_assert_int_eq(token.minor, 9);

	/* {"exp":1735732800,"api_version":"2.31"} */
	hpo__clearml_token_read(
		&token,
		"h.eyJleHAiOjE3MzU3MzI4MDAsImFwaV92ZXJzaW9uIjoiMi4zMSJ9.s");
	ck_assert_int_eq(token.major, 2);
	ck_assert_int_eq(token.minor, 31);
	ck_assert_str_eq(hpo__clearml_choose_version(&token, 0), "2.23");
	ck_assert_str_eq(hpo__clearml_choose_version(&token, 2.20), "2.20");
	ck_assert_str_eq(hpo__clearml_choose_version(&token, 2.15), "2.13");
	ck_assert_str_eq(hpo__clearml_choose_version(&token, 2.09), "2.9");
}
END_TEST

static const char *const opaque[] = {"", "x", "a.b", "a.!.c", "a..c", "a.e30.c", "a.W10.c",
				     "a.eyJleHAiOiJ4In0.c"};

START_TEST(a_token_that_says_nothing_never_ends)
{
	struct hpo_clearml_token token;

	ck_assert_int_eq(hpo__clearml_token_read(&token, opaque[_i]), HPO_OK);

	ck_assert_double_eq(token.expires, 0);
	ck_assert_str_eq(hpo__clearml_choose_version(&token, 0), "2.9");
}
END_TEST

Suite *unit_backend_clearml_envelope(void)
{
	Suite *suite = suite_create("backend/clearml_envelope");
	TCase *tests = tcase_create("envelope");

	tcase_add_test(tests, an_answer_gives_its_data_and_codes);
	tcase_add_loop_test(tests, what_is_no_envelope_is_told_by_its_absence, 0,
			    sizeof strange / sizeof *strange);
	tcase_add_test(tests, numbers_that_are_none_become_null_but_not_inside_of_texts);
	tcase_add_test(tests, a_token_tells_its_end_and_the_newest_version);
	tcase_add_loop_test(tests, a_token_that_says_nothing_never_ends, 0,
			    sizeof opaque / sizeof *opaque);
	suite_add_tcase(suite, tests);
	return suite;
}
