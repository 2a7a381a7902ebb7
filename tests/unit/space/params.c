/*
 * Values of a trial, read from JSON.
 */
#include "unit/space/make.h"

Suite *unit_space_params(void);

static const char mixed[] =
	"[{'name':'lr','type':'float','low':1e-5,'high':0.1,'scale':'log'},"
	"{'name':'layers','type':'int','low':1,'high':4,'default':2},"
	"{'name':'opt','type':'categorical','choices':['adam','sgd',16,'16',0.1]},"
	"{'name':'m','type':'float','low':0,'high':0.9,'step':0.1,'when':{'opt':['sgd']}},"
	"{'name':'bias','type':'bool','default':false}]";

static const char set[] = "[{'type':'ParameterSet','values':["
			  "{'opt':'sgd','lr':{'type':'UniformParameterRange','name':'lr','min_"
			  "value':0,'max_value':1}},"
			  "{'opt':'adam','lr':{'type':'UniformParameterRange','name':'lr','min_"
			  "value':2,'max_value':3},"
			  "'in':{'type':'ParameterSet','values':[{'x':1},{'x':2,'y':true}]}},"
			  "{'opt':'adam','lr':7}]},"
			  "{'name':'k','type':'int','low':1,'high':9}]";

/* What is given, and what is written of it. */
static const struct {
	const char *space;
	const char *given;
	const char *written;
} good[] = {
	{mixed, "{'lr':0.01,'layers':3,'opt':'adam','bias':true}",
	 "{'lr':0.01,'layers':3,'opt':'adam','bias':true}"},
	{mixed, "{'bias':true,'opt':'adam','layers':3.0,'lr':1e-5}",
	 "{'lr':1e-05,'layers':3,'opt':'adam','bias':true}"},
	{mixed, "{'lr':0.1,'opt':16}", "{'lr':0.1,'layers':2,'opt':16,'bias':false}"},
	{mixed, "{'lr':0.1,'opt':16.0}", "{'lr':0.1,'layers':2,'opt':16,'bias':false}"},
	{mixed, "{'lr':0.1,'opt':'16'}", "{'lr':0.1,'layers':2,'opt':'16','bias':false}"},
	{mixed, "{'lr':0.1,'opt':0.1}", "{'lr':0.1,'layers':2,'opt':0.1,'bias':false}"},
	{mixed, "{'lr':0.1,'opt':'sgd','m':0}",
	 "{'lr':0.1,'layers':2,'opt':'sgd','m':0.0,'bias':false}"},
	{mixed, "{'lr':0.1,'opt':'sgd','m':0.30000000000000004}",
	 "{'lr':0.1,'layers':2,'opt':'sgd','m':0.3,'bias':false}"},
	{set, "{'opt':'sgd','lr':0.5,'k':1}", "{'opt':'sgd','lr':0.5,'k':1}"},
	{set, "{'opt':'adam','lr':2.5,'x':1,'k':1}", "{'opt':'adam','lr':2.5,'x':1,'k':1}"},
	{set, "{'opt':'adam','lr':2.5,'x':2,'y':true,'k':1}",
	 "{'opt':'adam','lr':2.5,'x':2,'y':true,'k':1}"},
	{set, "{'opt':'adam','lr':7,'k':1}", "{'opt':'adam','lr':7,'k':1}"},
};

START_TEST(good_values_are_read_with_their_types)
{
	hpo_space_t *space = make_space(good[_i].space);
	struct values values;
	hpo_error_t error;

	ck_assert_msg(read_values(space, good[_i].given, 0, &values, &error) == HPO_OK, "%s",
		      error.message);

	check_written(space, &values, good[_i].written);
	hpo_space_free(space);
}
END_TEST

static const struct {
	const char *space;
	const char *given;
	const char *sentence;
} bad[] = {
	{mixed, "{'lrr':0.01,'opt':'adam'}",
	 "the study has no parameter 'lrr'; did you mean 'lr'?"},
	{mixed, "{'lr':0.01,'opt':'adam','colour':1}",
	 "the study has no parameter 'colour'; leave it out"},
	{mixed, "{'lr':0.01,'opt':'adam','m':0.1}",
	 "parameter 'm' is inactive here: it needs 'opt' to be sgd; leave it out"},
	{mixed, "{'opt':'adam'}",
	 "parameter 'lr' is missing and has no default; give a number from 1e-05 to 0.1"},
	{mixed, "{'lr':0.2,'opt':'adam'}", "parameter 'lr': value 0.2 is above high 0.1"},
	{mixed, "{'lr':0,'opt':'adam'}", "parameter 'lr': value 0 is below low 1e-05"},
	{mixed, "{'lr':'0.01','opt':'adam'}",
	 "parameter 'lr': value is a string; give a number from 1e-05 to 0.1"},
	{mixed, "{'lr':null,'opt':'adam'}",
	 "parameter 'lr': value is null; give a number from 1e-05 to 0.1"},
	{mixed, "{'lr':0.01,'opt':'adam','layers':2.5}",
	 "parameter 'layers': value 2.5 is not an integer from 1 to 4"},
	{mixed, "{'lr':0.01,'opt':'adam','layers':5}",
	 "parameter 'layers': value 5 is above high 4"},
	{mixed, "{'lr':0.01,'opt':'rms'}",
	 "parameter 'opt': value \"rms\" is not one of \"adam\", \"sgd\", 16, \"16\", 0.1"},
	{mixed, "{'lr':0.01,'opt':17}",
	 "parameter 'opt': value 17 is not one of \"adam\", \"sgd\", 16, \"16\", 0.1"},
	{mixed, "{'lr':0.01,'opt':'sgd','m':0.35}",
	 "parameter 'm': value 0.35 is off the step; the nearest value is 0.3"},
	{mixed, "{'lr':0.01,'opt':'sgd','m':1}", "parameter 'm': value 1 is above high 0.9"},
	{mixed, "{'lr':0.01,'opt':'adam','bias':1}",
	 "parameter 'bias': value 1 is not true or false"},
	{set, "{'opt':'rms','lr':0.5,'k':1}",
	 "the values fit no combination of the ParameterSet that sets 'opt'; give all the values "
	 "of one"},
	{set, "{'lr':0.5,'k':1}",
	 "the values fit no combination of the ParameterSet that sets 'opt'; give all the values "
	 "of one"},
	{set, "{'opt':'sgd','lr':0.5,'x':1,'k':1}",
	 "parameter 'x' is inactive here: it needs another combination of its ParameterSet; "
	 "leave it out"},
};

START_TEST(bad_values_are_refused_by_name)
{
	hpo_space_t *space = make_space(bad[_i].space);
	struct values values;
	hpo_error_t error;

	ck_assert_int_eq(read_values(space, bad[_i].given, 0, &values, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, bad[_i].sentence);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_list_is_no_object_of_values)
{
	hpo_space_t *space = make_space(mixed);
	struct values values;
	hpo_error_t error;

	ck_assert_int_eq(read_values(space, "[1]", 0, &values, &error), HPO_EINVAL);

	ck_assert_ptr_nonnull(strstr(error.message, "expected an object"));
	hpo_space_free(space);
}
END_TEST

START_TEST(constraints_bind_what_a_user_gives_but_not_a_store)
{
	hpo_space_t *space = make_space("[{'name':'a','type':'int','low':1,'high':9},"
					"{'name':'b','type':'int','low':1,'high':9}]");
	struct values values;
	hpo_error_t error;

	ck_assert_int_eq(hpo_space_add_constraint(space, "a * b <= 20", &error), HPO_OK);

	ck_assert_int_eq(read_values(space, "{'a':5,'b':5}", 0, &values, &error), HPO_EINVAL);
	ck_assert_str_eq(error.message, "the values break the constraint 'a * b <= 20': a = 5, b = 5");
	ck_assert_int_eq(read_values(space, "{'a':5,'b':4}", 0, &values, &error), HPO_OK);
	ck_assert_int_eq(read_values(space, "{'a':5,'b':5}", 1, &values, &error), HPO_OK);
	hpo_space_free(space);
}
END_TEST

START_TEST(ints_of_2_to_the_62_are_exact)
{
	hpo_space_t *space = make_space("[{'name':'k','type':'int','low':-4611686018427387904,"
					"'high':4611686018427387904}]");
	struct values values;
	hpo_error_t error;

	ck_assert_int_eq(read_values(space, "{'k':4611686018427387903}", 0, &values, &error),
			 HPO_OK);

	check_written(space, &values, "{'k':4611686018427387903}");
	ck_assert_int_eq(read_values(space, "{'k':4611686018427387905}", 0, &values, &error),
			 HPO_EINVAL);
	hpo_space_free(space);
}
END_TEST

Suite *unit_space_params(void)
{
	Suite *suite = suite_create("space/params");
	TCase *tests = tcase_create("params");

	tcase_add_loop_test(tests, good_values_are_read_with_their_types, 0,
			    sizeof good / sizeof *good);
	tcase_add_loop_test(tests, bad_values_are_refused_by_name, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, a_list_is_no_object_of_values);
	tcase_add_test(tests, constraints_bind_what_a_user_gives_but_not_a_store);
	tcase_add_test(tests, ints_of_2_to_the_62_are_exact);
	suite_add_tcase(suite, tests);
	return suite;
}
