/*
 * Error sentences: the first failure wins, and a sentence is always whole UTF-8.
 */
#include "base/error.h"

#include <check.h>
#include <string.h>

START_TEST(the_first_failure_wins)
{
	hpo_error_t error = { 0 };

	ck_assert_int_eq(hpo__fail(&error, HPO_EINVAL, "low %d", 7), HPO_EINVAL);
	ck_assert_int_eq(hpo__fail(&error, HPO_ESTORE, "later"), HPO_ESTORE);

	ck_assert_int_eq(error.code, HPO_EINVAL);
	ck_assert_str_eq(error.message, "low 7");
}
END_TEST

START_TEST(a_cleared_error_takes_a_new_sentence)
{
	hpo_error_t error;

	memset(&error, 0xAA, sizeof error);
	hpo__error_clear(&error);
	ck_assert_int_eq(error.code, HPO_OK);
	ck_assert_str_eq(error.message, "");
	hpo__fail_memory(&error);

	ck_assert_int_eq(error.code, HPO_ENOMEM);
	ck_assert_str_eq(error.message, "out of memory");
}
END_TEST

START_TEST(a_caller_may_do_without_the_sentence)
{
	hpo__error_clear(NULL);

	ck_assert_int_eq(hpo__fail(NULL, HPO_ESTORE, "x"), HPO_ESTORE);
	ck_assert_int_lt(hpo__fail_within(NULL, "x"), 0);
}
END_TEST

START_TEST(words_are_put_before_the_cause)
{
	hpo_error_t error = { 0 };

	hpo__fail(&error, HPO_ENOTFOUND, "no study '%s'", "s");
	ck_assert_int_eq(hpo__fail_within(&error, "reading '%s'", "a.db"), HPO_ENOTFOUND);

	ck_assert_str_eq(error.message, "reading 'a.db': no study 's'");
}
END_TEST

START_TEST(words_do_not_push_out_the_cause)
{
	hpo_error_t error = { 0 };
	char words[600];

	memset(words, 'w', sizeof words - 1);
	words[sizeof words - 1] = '\0';
	hpo__fail(&error, HPO_ENOTFOUND, "the cause");
	hpo__fail_within(&error, "%s", words);

	ck_assert_ptr_nonnull(strstr(error.message, ": the cause"));
}
END_TEST

/* A message of `lead` letters and then two-, three- or four-byte characters, cut by its room. */
static void fill_message(hpo_error_t *error, size_t lead, const char *character)
{
	char text[1200];
	size_t used = lead;

	memset(text, 'a', lead);
	while (used + strlen(character) < sizeof text) {
		memcpy(text + used, character, strlen(character));
		used += strlen(character);
	}
	text[used] = '\0';
	hpo__error_clear(error);
	hpo__fail(error, HPO_EINVAL, "%s", text);
}

START_TEST(a_long_sentence_is_cut_between_characters)
{
	static const char *const characters[] = { "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80" };

	for (size_t kind = 0; kind < 3; kind++) {
		size_t bytes = strlen(characters[kind]);

		for (size_t lead = 0; lead < 4; lead++) {
			hpo_error_t error;
			size_t room = sizeof error.message - 1;

			fill_message(&error, lead, characters[kind]);

			ck_assert_uint_eq(strlen(error.message), room - (room - lead) % bytes);
		}
	}
}
END_TEST

START_TEST(every_status_has_its_phrase)
{
	ck_assert_str_eq(hpo_status_text(HPO_OK), "success");
	ck_assert_str_eq(hpo_status_text(HPO_ENOMEM), "out of memory");
	ck_assert_str_eq(hpo_status_text((hpo_status_t)-99), "unknown status");
}
END_TEST

Suite *unit_base_error(void);

Suite *unit_base_error(void)
{
	Suite *suite = suite_create("base/error");
	TCase *tests = tcase_create("error");

	tcase_add_test(tests, the_first_failure_wins);
	tcase_add_test(tests, a_cleared_error_takes_a_new_sentence);
	tcase_add_test(tests, a_caller_may_do_without_the_sentence);
	tcase_add_test(tests, words_are_put_before_the_cause);
	tcase_add_test(tests, words_do_not_push_out_the_cause);
	tcase_add_test(tests, a_long_sentence_is_cut_between_characters);
	tcase_add_test(tests, every_status_has_its_phrase);
	suite_add_tcase(suite, tests);
	return suite;
}
