/*
 * The environment of a task.
 */
#include "backend/environment.h"

#include <check.h>
#include <stddef.h>

START_TEST(a_later_variable_replaces_an_earlier_one)
{
	struct hpo_environment environment = HPO__ENVIRONMENT_INIT;
	char a[] = "A=1", ab[] = "AB=2", odd[] = "no equals";
	char *inherited[] = {a, ab, odd, NULL};

	hpo__environment_add(&environment, inherited);
	hpo__environment_set(&environment, "A", "3");
	hpo__environment_set_number(&environment, "N", -4);

	ck_assert_uint_eq(environment.count, 3);
	ck_assert_str_eq(environment.list[0], "A=3");
	ck_assert_str_eq(environment.list[1], "AB=2");
	ck_assert_str_eq(environment.list[2], "N=-4");
	ck_assert_ptr_null(environment.list[3]);
	ck_assert_str_eq(hpo__environment_get(&environment, "A"), "3");
	hpo__environment_release(&environment);
}
END_TEST

START_TEST(a_variable_that_is_unset_is_gone)
{
	struct hpo_environment environment = HPO__ENVIRONMENT_INIT;

	hpo__environment_set(&environment, "A", "1");
	hpo__environment_set(&environment, "B", "2");
	hpo__environment_unset(&environment, "A");
	hpo__environment_unset(&environment, "C");

	ck_assert_uint_eq(environment.count, 1);
	ck_assert_str_eq(environment.list[0], "B=2");
	ck_assert_ptr_null(environment.list[1]);
	ck_assert_ptr_null(hpo__environment_get(&environment, "A"));
	hpo__environment_release(&environment);
}
END_TEST

Suite *unit_backend_environment(void);
Suite *unit_backend_environment(void)
{
	Suite *suite = suite_create("backend/environment");
	TCase *cases = tcase_create("environment");

	tcase_add_test(cases, a_later_variable_replaces_an_earlier_one);
	tcase_add_test(cases, a_variable_that_is_unset_is_gone);
	suite_add_tcase(suite, cases);
	return suite;
}
