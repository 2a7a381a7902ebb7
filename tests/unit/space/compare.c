/*
 * The first difference of two spaces, in words.
 */
#include "unit/space/make.h"

Suite *unit_space_compare(void);

static const struct {
	const char *was;
	const char *is;
	const char *sentence; /* NULL: they are the same */
} pairs[] = {
	{"[{'name':'lr','type':'float','low':0.01,'high':0.1}]",
	 "[{'name':'lr','type':'float','low':0.01,'high':1}]",
	 "parameter 'lr': high was 0.1 and is 1"},
	{"[{'name':'k','type':'int','low':1,'high':4}]",
	 "[{'name':'k','type':'int','low':2,'high':4}]", "parameter 'k': low was 1 and is 2"},
	{"[{'name':'k','type':'int','low':1,'high':4}]",
	 "[{'name':'k','type':'float','low':1,'high':4}]",
	 "parameter 'k': type was int and is float"},
	{"[{'name':'k','type':'int','low':1,'high':4}]",
	 "[{'name':'k','type':'int','low':1,'high':4,'scale':'log'}]",
	 "parameter 'k': scale was linear and is log"},
	{"[{'name':'k','type':'int','low':1,'high':4}]",
	 "[{'name':'k','type':'int','low':1,'high':4,'step':3}]",
	 "parameter 'k': step was 1 and is 3"},
	{"[{'name':'x','type':'float','low':1,'high':4}]",
	 "[{'name':'x','type':'float','low':1,'high':4,'step':0.5}]",
	 "parameter 'x': step was 0 and is 0.5"},
	{"[{'name':'c','type':'categorical','choices':['a','b']}]",
	 "[{'name':'c','type':'categorical','choices':['a','c']}]",
	 "parameter 'c': choice 1 was 'b' and is 'c'"},
	{"[{'name':'c','type':'categorical','choices':['a','16']}]",
	 "[{'name':'c','type':'categorical','choices':['a',16]}]",
	 "parameter 'c': choice '16' is of another type"},
	{"[{'name':'c','type':'categorical','choices':['a','b']}]",
	 "[{'name':'c','type':'categorical','choices':['a','b','c']}]",
	 "parameter 'c': choice 'c' was added"},
	{"[{'name':'c','type':'categorical','choices':['a','b']}]",
	 "[{'name':'c','type':'categorical','choices':['a']}]",
	 "parameter 'c': choice 'b' was removed"},
	{"[{'name':'b','type':'bool'}]", "[{'name':'b','type':'bool'},{'name':'c','type':'bool'}]",
	 "parameter 'c' was added"},
	{"[{'name':'a','type':'bool'},{'name':'b','type':'bool'}]", "[{'name':'b','type':'bool'}]",
	 "parameter 'a' was removed"},
	{"[{'name':'a','type':'bool'},{'name':'b','type':'bool'}]",
	 "[{'name':'b','type':'bool'},{'name':'a','type':'bool'}]",
	 "the parameters are in another order, from 'a' on"},
	{"[{'name':'a','type':'bool'},{'name':'b','type':'bool'}]",
	 "[{'name':'a','type':'bool'},{'name':'b','type':'bool','when':{'a':[true]}}]",
	 "parameter 'b': the conditions under which it is active have changed"},
	{"[{'name':'a','type':'bool'}]", "[{'name':'a','type':'bool','default':true}]", NULL},
	{"[{'type':'DiscreteParameterRange','name':'c','values':['a','b']}]",
	 "[{'name':'c','type':'categorical','choices':['a','b']}]", NULL},
	{"[{'type':'LogUniformParameterRange','name':'x','min_value':-3,'max_value':0}]",
	 "[{'type':'LogUniformParameterRange','name':'x','min_value':-3,'max_value':0,"
	 "'step_size':1}]",
	 "parameter 'x': step was 0 and is 1"},
};

START_TEST(the_first_difference_is_named)
{
	hpo_space_t *was = make_space(pairs[_i].was);
	hpo_space_t *is = make_space(pairs[_i].is);
	hpo_error_t error = {0, ""};
	hpo_status_t status = hpo__space_compare(was, is, &error);

	ck_assert_int_eq(status, pairs[_i].sentence != NULL ? HPO_EMISMATCH : HPO_OK);
	ck_assert_str_eq(error.message, pairs[_i].sentence != NULL ? pairs[_i].sentence : "");
	hpo_space_free(was);
	hpo_space_free(is);
}
END_TEST

START_TEST(constraints_belong_to_a_space)
{
	static const char one[] = "[{'name':'a','type':'bool'}]";
	hpo_space_t *was = make_space(one);
	hpo_space_t *is = make_space(one);
	hpo_error_t error = {0, ""};

	hpo_space_add_constraint(is, "a < 1", NULL);

	ck_assert_int_eq(hpo__space_compare(was, is, &error), HPO_EMISMATCH);
	ck_assert_str_eq(error.message, "the constraint 'a < 1' was added");
	hpo_space_free(was);
	hpo_space_free(is);
}
END_TEST

Suite *unit_space_compare(void)
{
	Suite *suite = suite_create("space/compare");
	TCase *tests = tcase_create("compare");

	tcase_add_loop_test(tests, the_first_difference_is_named, 0, sizeof pairs / sizeof *pairs);
	tcase_add_test(tests, constraints_belong_to_a_space);
	suite_add_tcase(suite, tests);
	return suite;
}
