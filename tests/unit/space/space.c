/*
 * Spaces built call by call.
 */
#include "unit/space/make.h"

#include "support/alloc.h"

#include <math.h>

Suite *unit_space_space(void);

static const char *const optimizers[] = {"adam", "sgd"};
static const char *const sgd[] = {"sgd"};

/* lr, layers, optimizer, momentum when sgd. */
static hpo_space_t *build(void)
{
	hpo_space_t *space;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_float(space, "lr", 1e-5, 0.1, HPO_SCALE_LOG, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_int(space, "layers", 1, 4, HPO_SCALE_LINEAR, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_categorical(space, "optimizer", optimizers, 2, NULL),
			 HPO_OK);
	ck_assert_int_eq(hpo_space_add_float(space, "momentum", 0, 0.99, HPO_SCALE_LINEAR, NULL),
			 HPO_OK);
	ck_assert_int_eq(hpo_space_add_condition(space, "momentum", "optimizer", sgd, 1, NULL),
			 HPO_OK);
	return space;
}

/* That a call was refused with these words, and left the space as it was. */
static void check_refused(hpo_space_t *space, const char *before, hpo_status_t status,
			  hpo_status_t expected, const hpo_error_t *error, const char *words)
{
	char *after = hpo_space_to_json(space);

	ck_assert_int_eq(status, expected);
	ck_assert_int_eq(error->code, expected);
	ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
	ck_assert_str_eq(after, before);
	hpo_free(after);
}

START_TEST(a_built_space_is_the_one_of_the_study_file)
{
	hpo_space_t *space = build();
	hpo_space_t *read =
		make_space("[{'name':'lr','type':'float','low':1e-5,'high':0.1,'scale':'log'},"
			   "{'name':'layers','type':'int','low':1,'high':4},"
			   "{'name':'optimizer','type':'categorical','choices':['adam','sgd']},"
			   "{'name':'momentum','type':'float','low':0,'high':0.99,"
			   "'when':{'optimizer':['sgd']}}]");
	hpo_error_t error = {0, ""};

	ck_assert_msg(hpo__space_compare(space, read, &error) == HPO_OK, "%s", error.message);
	ck_assert_uint_eq(hpo_space_dims(space), 4);
	ck_assert_str_eq(hpo_space_name(space, 3), "momentum");
	ck_assert_int_eq(hpo_space_kind(space, 2), HPO_PARAM_CATEGORICAL);
	hpo_space_free(space);
	hpo_space_free(read);
}
END_TEST

START_TEST(bad_calls_are_refused_and_change_nothing)
{
	static const char *const twice[] = {"a", "a"};
	static const char *const rms[] = {"rms"};
	hpo_space_t *space = build();
	char *before = hpo_space_to_json(space);
	hpo_error_t e;

	check_refused(space, before, hpo_space_add_float(space, "lr", 0, 1, 0, &e), HPO_EINVAL, &e,
		      "'lr' is taken");
	check_refused(space, before, hpo_space_add_float(space, "", 0, 1, 0, &e), HPO_EINVAL, &e,
		      "name is empty");
	check_refused(space, before, hpo_space_add_float(space, NULL, 0, 1, 0, &e), HPO_EINVAL, &e,
		      "name is empty");
	check_refused(space, before, hpo_space_add_float(space, "x", 1, 0, 0, &e), HPO_EINVAL, &e,
		      "parameter 'x': low 1 is above high 0");
	check_refused(space, before, hpo_space_add_float(space, "x", NAN, 0, 0, &e), HPO_EINVAL, &e,
		      "low nan is not a finite number");
	check_refused(space, before, hpo_space_add_float(space, "x", 0, INFINITY, 0, &e),
		      HPO_EINVAL, &e, "high inf is not a finite number");
	check_refused(space, before,
		      hpo_space_add_int(space, "x", 0, INT64_MAX, HPO_SCALE_LINEAR, &e), HPO_EINVAL,
		      &e, "beyond 2^62");
	check_refused(space, before, hpo_space_add_int(space, "x", 0, 1, HPO_SCALE_LOG, &e),
		      HPO_EINVAL, &e, "log scale");
	check_refused(space, before, hpo_space_add_categorical(space, "x", twice, 2, &e),
		      HPO_EINVAL, &e, "name 'a' twice");
	check_refused(space, before, hpo_space_add_ordinal(space, "x", twice, 0, &e), HPO_EINVAL,
		      &e, "give at least one");
	check_refused(space, before, hpo_space_set_step(space, "lr", 0.1, &e), HPO_EINVAL, &e,
		      "log scale");
	check_refused(space, before, hpo_space_set_step(space, "layers", 0.5, &e), HPO_EINVAL, &e,
		      "whole number");
	check_refused(space, before, hpo_space_set_step(space, "optimizer", 1, &e), HPO_EINVAL, &e,
		      "floats and ints");
	check_refused(space, before, hpo_space_set_step(space, "layer", 1, &e), HPO_ENOTFOUND, &e,
		      "did you mean 'layers'?");
	check_refused(space, before, hpo_space_set_default(space, "lr", "1", &e), HPO_EINVAL, &e,
		      "default 1 is above high 0.1");
	check_refused(space, before, hpo_space_set_default(space, "layers", "two", &e), HPO_EINVAL,
		      &e, "default two is not an integer from 1 to 4");
	check_refused(space, before, hpo_space_set_default(space, "x", "1", &e), HPO_ENOTFOUND, &e,
		      "there is no parameter 'x'");
	check_refused(space, before,
		      hpo_space_add_condition(space, "optimizer", "momentum", sgd, 1, &e),
		      HPO_EINVAL, &e, "'momentum' is a float");
	check_refused(space, before,
		      hpo_space_add_condition(space, "optimizer", "optimizer", sgd, 1, &e),
		      HPO_EINVAL, &e, "a condition of itself");
	check_refused(space, before, hpo_space_add_condition(space, "lr", "optimizer", rms, 1, &e),
		      HPO_EINVAL, &e, "rms is not one of");
	check_refused(space, before, hpo_space_add_condition(space, "lr", "optimizer", sgd, 0, &e),
		      HPO_EINVAL, &e, "at least one");
	check_refused(space, before, hpo_space_add_condition(space, "lr", "rate", sgd, 1, &e),
		      HPO_ENOTFOUND, &e, "there is no parameter 'rate'");
	hpo_free(before);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_circle_of_three_is_refused)
{
	static const char *const on[] = {"true"};
	hpo_space_t *space;
	hpo_error_t error;
	char *before;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	hpo_space_add_bool(space, "a", NULL);
	hpo_space_add_bool(space, "b", NULL);
	hpo_space_add_bool(space, "c", NULL);
	ck_assert_int_eq(hpo_space_add_condition(space, "a", "b", on, 1, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_condition(space, "b", "c", on, 1, NULL), HPO_OK);
	before = hpo_space_to_json(space);

	check_refused(space, before, hpo_space_add_condition(space, "c", "a", on, 1, &error),
		      HPO_EINVAL, &error, "in a circle");
	hpo_free(before);
	hpo_space_free(space);
}
END_TEST

START_TEST(two_conditions_on_one_parent_are_written_as_what_both_allow)
{
	static const char *const low[] = {"1", "2"};
	static const char *const even[] = {"2", "4"};
	hpo_space_t *space = build();
	char *json;

	hpo_space_add_condition(space, "lr", "layers", low, 2, NULL);
	hpo_space_add_condition(space, "lr", "layers", even, 2, NULL);

	json = hpo_space_to_json(space);
	ck_assert_ptr_nonnull(strstr(json, "\"when\":{\"layers\":[2]}"));
	hpo_free(json);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_step_comes_before_what_depends_on_it)
{
	static const char *const two[] = {"2"};
	hpo_space_t *space = build();
	hpo_error_t error;

	ck_assert_int_eq(hpo_space_add_condition(space, "lr", "layers", two, 1, NULL), HPO_OK);

	ck_assert_int_eq(hpo_space_set_step(space, "layers", 2, &error), HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "before other parameters depend"));
	hpo_space_free(space);
}
END_TEST

START_TEST(a_changed_clearml_parameter_is_written_natively)
{
	hpo_space_t *space = make_space("[{'type':'UniformParameterRange','name':'x','min_value':0,"
					"'max_value':1},{'type':'ParameterSet','values':["
					"{'a':1},{'a':2}]}]");
	hpo_error_t error;
	char *json;

	ck_assert_int_eq(hpo_space_set_default(space, "x", "0.5", &error), HPO_OK);
	ck_assert_int_eq(hpo_space_set_default(space, "a", "1", &error), HPO_EINVAL);

	json = hpo_space_to_json(space);
	ck_assert_str_eq(json, "[{\"name\":\"x\",\"type\":\"float\",\"low\":0.0,\"high\":1.0,"
			       "\"default\":0.5},{\"type\":\"ParameterSet\",\"values\":["
			       "{\"a\":1},{\"a\":2}]}]");
	hpo_free(json);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_name_is_found_where_it_is_active)
{
	hpo_space_t *space = make_space("[{'type':'ParameterSet','values':[{'a':1},{'a':2}]}]");
	const uint8_t second[] = {1, 0, 1};
	const uint8_t none[] = {1, 0, 0};
	bool known;

	ck_assert_int_eq(hpo__space_find(space, "a", second, &known), 2);
	ck_assert(known);
	ck_assert_int_eq(hpo__space_find(space, "a", none, &known), -1);
	ck_assert(known);
	ck_assert_int_eq(hpo__space_find(space, "b", second, &known), -1);
	ck_assert(!known);
	ck_assert(hpo__space_is_hidden(space, 0));
	ck_assert(!hpo__space_is_hidden(space, 1));
	hpo_space_free(space);
}
END_TEST

static hpo_status_t build_and_change(void *user)
{
	hpo_space_t *space = NULL;
	hpo_status_t status = hpo_space_new(&space, NULL);

	(void)user;
	if (status == HPO_OK)
		status = hpo_space_add_categorical(space, "o", optimizers, 2, NULL);
	if (status == HPO_OK)
		status = hpo_space_add_bool(space, "b", NULL);
	if (status == HPO_OK)
		status = hpo_space_add_condition(space, "b", "o", sgd, 1, NULL);
	if (status == HPO_OK)
		status = hpo_space_set_default(space, "b", "true", NULL);
	hpo_space_free(space);
	return status;
}

START_TEST(building_survives_every_failed_allocation)
{
	hpo_test_each_allocation(build_and_change, NULL);
}
END_TEST

Suite *unit_space_space(void)
{
	Suite *suite = suite_create("space/space");
	TCase *tests = tcase_create("space");

	tcase_add_test(tests, a_built_space_is_the_one_of_the_study_file);
	tcase_add_test(tests, bad_calls_are_refused_and_change_nothing);
	tcase_add_test(tests, a_circle_of_three_is_refused);
	tcase_add_test(tests, two_conditions_on_one_parent_are_written_as_what_both_allow);
	tcase_add_test(tests, a_step_comes_before_what_depends_on_it);
	tcase_add_test(tests, a_changed_clearml_parameter_is_written_natively);
	tcase_add_test(tests, a_name_is_found_where_it_is_active);
	tcase_add_test(tests, building_survives_every_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
