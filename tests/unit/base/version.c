/*
 * The version of the library.
 */
#include "hpo/version.h"

#include <check.h>
#include <stdio.h>

START_TEST(the_library_says_the_version_of_its_headers)
{
	char text[32];

	snprintf(text, sizeof text, "%d.%d.%d", HPO_VERSION_MAJOR, HPO_VERSION_MINOR,
		 HPO_VERSION_PATCH);

	ck_assert_str_eq(hpo_version(), text);
	ck_assert_str_eq(HPO_VERSION, text);
}
END_TEST

Suite *unit_base_version(void);

Suite *unit_base_version(void)
{
	Suite *suite = suite_create("base/version");
	TCase *tests = tcase_create("version");

	tcase_add_test(tests, the_library_says_the_version_of_its_headers);
	suite_add_tcase(suite, tests);
	return suite;
}
