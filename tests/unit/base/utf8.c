/*
 * UTF-8, over every code point.
 */
#include "base/utf8.h"

#include <check.h>

START_TEST(every_character_is_measured_as_it_was_written)
{
	for (uint32_t point = 1; point <= 0x10FFFF; point++) {
		char text[4] = { 0, 0, 0, 0 };
		size_t length;

		if (point >= 0xD800 && point <= 0xDFFF)
			continue;
		length = hpo__utf8_encode(point, text);

		ck_assert_uint_eq(hpo__utf8_measure(text, 4), length);
		ck_assert_uint_eq(hpo__utf8_measure(text, length - 1), 0);
	}
}
END_TEST

START_TEST(surrogates_and_what_is_beyond_unicode_are_no_characters)
{
	char text[4];

	for (uint32_t point = 0xD800; point <= 0xDFFF; point++) {
		hpo__utf8_encode(point, text);
		ck_assert_uint_eq(hpo__utf8_measure(text, 3), 0);
	}
	hpo__utf8_encode(0x110000, text);
	ck_assert_uint_eq(hpo__utf8_measure(text, 4), 0);
}
END_TEST

Suite *unit_base_utf8(void);

Suite *unit_base_utf8(void)
{
	Suite *suite = suite_create("base/utf8");
	TCase *tests = tcase_create("utf8");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, every_character_is_measured_as_it_was_written);
	tcase_add_test(tests, surrogates_and_what_is_beyond_unicode_are_no_characters);
	suite_add_tcase(suite, tests);
	return suite;
}
