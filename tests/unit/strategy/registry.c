/*
 * The names by which strategies are known.
 */
#include "strategy/registry.h"

#include <check.h>
#include <string.h>

START_TEST(clearml_class_names_and_auto_are_known)
{
	static const char *const names[][2] = {
		{ "auto", "auto" },	     { "RandomSearch", "random" },
		{ "GridSearch", "grid" },    { "OptimizerOptuna", "tpe" },
		{ "OptimizerBOHB", "bohb" },  { "sobol", "sobol" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const hpo_strategy_ops_t *ops = NULL;

		ck_assert_int_eq(hpo__strategy_find(&ops, names[i][0], NULL), HPO_OK);
		ck_assert_str_eq(ops->name, names[i][1]);
	}
}
END_TEST

START_TEST(an_unknown_name_is_refused_with_the_nearest)
{
	const hpo_strategy_ops_t *ops = NULL;
	hpo_error_t error = { 0 };

	ck_assert_int_eq(hpo__strategy_find(&ops, "randon", &error), HPO_EINVAL);
	ck_assert_ptr_null(ops);
	ck_assert_ptr_nonnull(strstr(error.message, "random"));
}
END_TEST

START_TEST(a_strategy_without_suggest_is_refused)
{
	hpo_strategy_ops_t ops = hpo__strategy_random;
	hpo_error_t error;

	ops.name = "mute";
	ops.suggest = NULL;

	ck_assert_int_eq(hpo_register_strategy(&ops, &error), HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "suggest"));
	ck_assert_int_eq(hpo_register_strategy(NULL, &error), HPO_EINVAL);
}
END_TEST

START_TEST(absent_methods_are_filled_in)
{
	const hpo_strategy_ops_t *ops = NULL;

	ck_assert_int_eq(hpo__strategy_find(&ops, "random", NULL), HPO_OK);
	ck_assert(ops->observe != NULL && ops->configure != NULL && ops->release != NULL);
}
END_TEST

Suite *unit_strategy_registry(void);
Suite *unit_strategy_registry(void)
{
	Suite *suite = suite_create("strategy/registry");
	TCase *tests = tcase_create("registry");

	tcase_add_test(tests, clearml_class_names_and_auto_are_known);
	tcase_add_test(tests, an_unknown_name_is_refused_with_the_nearest);
	tcase_add_test(tests, a_strategy_without_suggest_is_refused);
	tcase_add_test(tests, absent_methods_are_filled_in);
	suite_add_tcase(suite, tests);
	return suite;
}
