/*
 * The short notation of the command line.
 */
#include "unit/space/make.h"

#include "support/alloc.h"

Suite *unit_space_text(void);

static const struct {
	const char *text;
	const char *json; /* with ' for " */
} good[] = {
	{"lr=float(1e-5,0.1,log)",
	 "[{'name':'lr','type':'float','low':1e-05,'high':0.1,'scale':'log'}]"},
	{"layers=int(1,4)", "[{'name':'layers','type':'int','low':1,'high':4}]"},
	{"width=int(16,256,step=16)",
	 "[{'name':'width','type':'int','low':16,'high':256,'step':16}]"},
	{"width=int( 16 , 256 , default=32 , log )",
	 "[{'name':'width','type':'int','low':16,'high':256,'scale':'log','default':32}]"},
	{"x=float(-5,5,step=0.5,default=0.5)",
	 "[{'name':'x','type':'float','low':-5.0,'high':5.0,'step':0.5,'default':0.5}]"},
	{"act=choice(relu,tanh)",
	 "[{'name':'act','type':'categorical','choices':['relu','tanh']}]"},
	{"a=choice(16,1.5,-2,1e3,true,007,1.,+1,nan,none)",
	 "[{'name':'a','type':'categorical','choices':[16,1.5,-2,1000.0,true,'007','1.','+1','nan',"
	 "'none']}]"},
	{"a=choice(\"16\",\"a, b)\",\"back\\\\slash\")",
	 "[{'name':'a','type':'categorical','choices':['16','a, b)','back\\\\slash']}]"},
	{"a=choice(x, y,default=y)",
	 "[{'name':'a','type':'categorical','choices':['x','y'],'default':'y'}]"},
	{"size=ordinal(s,m,l)", "[{'name':'size','type':'ordinal','choices':['s','m','l']}]"},
	{"bias=bool", "[{'name':'bias','type':'bool'}]"},
	{" bias = bool(default=true) ", "[{'name':'bias','type':'bool','default':true}]"},
	{"Args/lr=float(0,1)", "[{'name':'Args/lr','type':'float','low':0.0,'high':1.0}]"},
	{"k=int(-4611686018427387904,4611686018427387904)",
	 "[{'name':'k','type':'int','low':-4611686018427387904,'high':4611686018427387904}]"},
};

START_TEST(the_notation_means_its_json)
{
	hpo_space_t *space;
	hpo_error_t error;
	char *json;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);

	ck_assert_msg(hpo_space_add_text(space, good[_i].text, &error) == HPO_OK, "%s",
		      error.message);

	json = hpo_space_to_json(space);
	for (char *c = json; *c != '\0'; c++)
		*c = *c == '"' ? '\'' : *c;
	ck_assert_str_eq(json, good[_i].json);
	hpo_free(json);
	hpo_space_free(space);
}
END_TEST

static const struct {
	const char *text;
	const char *sentence;
} bad[] = {
	{"", "'', column 1: a name is expected, and the text ends"},
	{"=float(0,1)", "'=float(0,1)', column 1: a name is expected, not '=float(0,1)'"},
	{"lr", "'lr', column 3: '=' is expected, and the text ends"},
	{"lr=", "'lr=', column 4: float, int, choice, ordinal or bool is expected, and the text "
		"ends"},
	{"lr=flaot(0,1)", "'lr=flaot(0,1)', column 4: 'flaot' is unknown; did you mean 'float'?"},
	{"lr=float", "'lr=float', column 9: '(' is expected, and the text ends"},
	{"lr=float(1)", "'lr=float(1)', column 11: a second bound is expected, not ')'"},
	{"lr=float(1,2", "'lr=float(1,2', column 13: ',' or ')' is expected, and the text ends"},
	{"lr=float(1,,2)", "'lr=float(1,,2)', column 12: a bound is expected, not ',2)'"},
	{"lr=float(1,2,3)",
	 "'lr=float(1,2,3)', column 14: log, step=… or default=… is expected, not '3)'"},
	{"lr=float(a,2)", "'lr=float(a,2)': 'a' is not a number"},
	{"lr=int(1.5,2)", "'lr=int(1.5,2)': '1.5' is not an integer"},
	{"lr=float(1,2) x", "'lr=float(1,2) x', column 15: the end is expected, not 'x'"},
	{"lr=float(2,1)", "parameter 'lr': low 2 is above high 1; exchange them"},
	{"lr=float(0,1,log)", "parameter 'lr': low 0 is not above 0, as a log scale needs; raise "
			      "it, or use the linear scale"},
	{"lr=float(0,1,default=2)", "parameter 'lr': default 2 is above high 1"},
	{"lr=float(1,2,log,step=1)",
	 "parameter 'lr': step does not go with a log scale; leave it out"},
	{"a=choice(x", "'a=choice(x', column 11: ',' or ')' is expected, and the text ends"},
	{"a=choice()", "'a=choice()', column 10: a choice is expected, not ')'"},
	{"a=choice(x,x)", "'a=choice(x,x)', column 13: the choices name 'x' twice"},
	{"a=choice('x)", "'a=choice('x)', column 13: the closing quote is expected, and the text "
			 "ends"},
	{"a=bool(1)", "'a=bool(1)', column 9: default=true or default=false before ')' is "
		      "expected, not ')'"},
	{"taken=bool", "parameter 'taken': name 'taken' is taken by an earlier parameter; choose "
		       "another"},
};

START_TEST(a_slip_is_refused_with_its_column)
{
	hpo_space_t *space;
	hpo_error_t error;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_bool(space, "taken", NULL), HPO_OK);

	ck_assert_int_eq(hpo_space_add_text(space, bad[_i].text, &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, bad[_i].sentence);
	ck_assert_uint_eq(hpo_space_dims(space), 1);
	hpo_space_free(space);
}
END_TEST

static hpo_status_t add_all(void *user)
{
	hpo_space_t *space = NULL;
	hpo_status_t status = hpo_space_new(&space, NULL);

	(void)user;
	if (status == HPO_OK)
		status = hpo_space_add_text(space, "a=choice(\"x\",16,default=x)", NULL);
	if (status == HPO_OK)
		status = hpo_space_add_text(space, "x=float(1,2,step=0.5,default=1.5)", NULL);
	hpo_space_free(space);
	return status;
}

START_TEST(the_notation_survives_every_failed_allocation)
{
	hpo_test_each_allocation(add_all, NULL);
}
END_TEST

Suite *unit_space_text(void)
{
	Suite *suite = suite_create("space/text");
	TCase *tests = tcase_create("text");

	tcase_add_loop_test(tests, the_notation_means_its_json, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(tests, a_slip_is_refused_with_its_column, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, the_notation_survives_every_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
