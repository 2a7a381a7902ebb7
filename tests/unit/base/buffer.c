/*
 * Growing strings and the JSON forms in them.
 */
#include "base/buffer.h"

#include "base/alloc.h"
#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* What `append` of a text, or of a number, makes of an empty buffer; the caller's. */
static char *json_text(const char *text)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;

	hpo__buffer_json_text(&buffer, text);
	return hpo__buffer_take(&buffer);
}

static char *json_real(double value)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;

	hpo__buffer_json_real(&buffer, value);
	return hpo__buffer_take(&buffer);
}

static void check_and_free(char *got, const char *wanted)
{
	ck_assert_str_eq(got, wanted);
	hpo__free(got);
}

START_TEST(an_empty_buffer_is_an_empty_string)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;

	check_and_free(hpo__buffer_take(&buffer), "");
	ck_assert_ptr_null(buffer.text);
}
END_TEST

START_TEST(pieces_follow_one_another)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;

	hpo__buffer_text(&buffer, "ab");
	hpo__buffer_char(&buffer, 'c');
	hpo__buffer_format(&buffer, "%d-%s", 17, "x");
	hpo__buffer_append(&buffer, "12345", 3);
	hpo__buffer_json_integer(&buffer, INT64_MIN);

	ck_assert_uint_eq(buffer.size, strlen(buffer.text));
	check_and_free(hpo__buffer_take(&buffer), "abc17-x123-9223372036854775808");
}
END_TEST

START_TEST(a_failed_function_gives_no_text)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};

	hpo__buffer_text(&buffer, "half");
	ck_assert_ptr_null(hpo__buffer_finish(&buffer, HPO_EINVAL, &error));
	ck_assert_ptr_null(buffer.text);
	ck_assert_int_eq(error.code, 0); /* who failed has said why */

	hpo__buffer_text(&buffer, "whole");
	check_and_free(hpo__buffer_finish(&buffer, HPO_OK, &error), "whole");

	buffer.failed = true;
	ck_assert_ptr_null(hpo__buffer_finish(&buffer, HPO_OK, &error));
	ck_assert_int_eq(error.code, HPO_ENOMEM);
}
END_TEST

START_TEST(a_cleared_buffer_starts_again)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;

	hpo__buffer_text(&buffer, "first");
	hpo__buffer_clear(&buffer);
	hpo__buffer_text(&buffer, "2nd");

	check_and_free(hpo__buffer_take(&buffer), "2nd");
}
END_TEST

START_TEST(json_text_escapes_what_json_must)
{
	check_and_free(json_text("a\"b\\c\n\t\x01\x1f/\x7f"), "\"a\\\"b\\\\c\\n\\t\\u0001\\u001f/\x7f\"");
	check_and_free(json_text(""), "\"\"");
}
END_TEST

START_TEST(json_text_keeps_valid_utf8)
{
	const char *text = "\"\xC2\x80 \xE2\x82\xAC \xED\x9F\xBF \xEE\x80\x80 \xF0\x9F\x98\x80 "
			   "\xF4\x8F\xBF\xBF\"";
	char bare[64];

	memcpy(bare, text + 1, strlen(text) - 2);
	bare[strlen(text) - 2] = '\0';

	check_and_free(json_text(bare), text);
}
END_TEST

/* Unicode 15, table 3-7: overlong, surrogate, beyond the last plane, cut short, stray. */
START_TEST(json_text_replaces_each_byte_that_is_not_utf8)
{
	check_and_free(json_text("\xC0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
	check_and_free(json_text("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
	check_and_free(json_text("\xF4\x90\x80\x80"),
		       "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
	check_and_free(json_text("a\xE2\x82"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
	check_and_free(json_text("\xFF" "b"), "\"\xEF\xBF\xBD" "b\"");
}
END_TEST

START_TEST(a_whole_real_stays_a_real)
{
	check_and_free(json_real(64), "64.0");
	check_and_free(json_real(-0.0), "-0.0");
	check_and_free(json_real(0.1), "0.1");
	check_and_free(json_real(1e-5), "1e-05");
	check_and_free(json_real(1e300), "1e+300");
}
END_TEST

START_TEST(json_has_no_number_that_is_not_finite)
{
	check_and_free(json_real((double)NAN), "null");
	check_and_free(json_real(-(double)INFINITY), "null");
}
END_TEST

static hpo_status_t build(void *user)
{
	struct hpo_buffer buffer = HPO__BUFFER_INIT;
	char *text;

	(void)user;
	for (int i = 0; i < 40; i++) {
		hpo__buffer_json_text(&buffer, "some\ntext");
		hpo__buffer_json_real(&buffer, i / 7.0);
		hpo__buffer_format(&buffer, "%d", i);
	}
	text = hpo__buffer_take(&buffer);
	ck_assert_ptr_null(buffer.text);
	ck_assert(!buffer.failed);
	if (text == NULL)
		return HPO_ENOMEM;
	hpo__free(text);
	return HPO_OK;
}

START_TEST(a_buffer_survives_every_failing_allocation)
{
	hpo_test_each_allocation(build, NULL);
}
END_TEST

Suite *unit_base_buffer(void);

Suite *unit_base_buffer(void)
{
	Suite *suite = suite_create("base/buffer");
	TCase *tests = tcase_create("buffer");

	tcase_add_test(tests, an_empty_buffer_is_an_empty_string);
	tcase_add_test(tests, pieces_follow_one_another);
	tcase_add_test(tests, a_failed_function_gives_no_text);
	tcase_add_test(tests, a_cleared_buffer_starts_again);
	tcase_add_test(tests, json_text_escapes_what_json_must);
	tcase_add_test(tests, json_text_keeps_valid_utf8);
	tcase_add_test(tests, json_text_replaces_each_byte_that_is_not_utf8);
	tcase_add_test(tests, a_whole_real_stays_a_real);
	tcase_add_test(tests, json_has_no_number_that_is_not_finite);
	tcase_add_test(tests, a_buffer_survives_every_failing_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
