/*
 * Constraints between parameters.
 */
#include "unit/space/make.h"

#include "support/alloc.h"

Suite *unit_space_constraint(void);

/* a = 3, b = 0.5, c = 16, t = true, a/b = 7 at the point used below; m is not active. */
static const char parameters[] = "[{'name':'a','type':'int','low':3,'high':3},"
				 "{'name':'b','type':'float','low':0.5,'high':0.5},"
				 "{'name':'c','type':'categorical','choices':[16]},"
				 "{'name':'t','type':'bool'},"
				 "{'name':'o','type':'categorical','choices':['x','y']},"
				 "{'name':'m','type':'float','low':5,'high':5,'when':{'o':['y']}},"
				 "{'name':'s/b','type':'int','low':7,'high':7},"
				 "{'name':'s','type':'int','low':9,'high':9}]";

static const struct {
	const char *expression;
	int holds;
} relations[] = {
	{"a <= 3", 1},
	{"a<3", 0},
	{"a >= 3", 1},
	{"a > 3", 0},
	{"a == 3", 1},
	{"a != 3", 0},
	{"1 + 2 * a == 7", 1},
	{"(1 + 2) * a == 9", 1},
	{"a - 1 - 1 == 1", 1},
	{"12 / a / 2 == 2", 1},
	{"2 ^ 3 ^ 2 == 512", 1}, /* from the right */
	{"-a ^ 2 == -9", 1},	 /* the power before the sign */
	{"2 ^ -1 == b", 1},
	{"--a == 3", 1},
	{"a - -b == 3.5", 1},
	{"c == 1.6e1", 1},
	{"t == 1", 1},
	{"  a  *  b  ==  1.5  ", 1},
	{"1 / (a - 3) > 0", 0},	       /* infinite */
	{"(a - 3) / (a - 3) != 1", 0}, /* not a number: nothing holds */
	{"(0 - a) ^ b <= 1e9", 0},
	{"m < 0", 1},	 /* not active: holds */
	{"s/b == 7", 1}, /* the longest name */
	{"s / b == 18", 1},
	{"(s)/b == 18", 1},
};

START_TEST(a_relation_holds_or_not)
{
	hpo_space_t *space = make_space(parameters);
	const double point[] = {0.5, 0.5, 0.5, 0.9, 0.1, 0.5, 0.5, 0.5};
	hpo_error_t error;

	ck_assert_msg(hpo_space_add_constraint(space, relations[_i].expression, &error) == HPO_OK,
		      "%s", error.message);

	ck_assert_int_eq(hpo_space_is_feasible(space, point), relations[_i].holds);
	hpo_space_free(space);
}
END_TEST

static const struct {
	const char *expression;
	hpo_status_t status;
	const char *words;
} bad[] = {
	{"a", HPO_EINVAL, "column 2: one of <= < >= > == != is expected"},
	{"a <", HPO_EINVAL, "column 4: a number, a parameter or '(' is expected"},
	{"a < b c", HPO_EINVAL, "column 7: the end is expected, not 'c'"},
	{"a = 3", HPO_EINVAL, "column 3: one of <= < >= > == != is expected, not '= 3'"},
	{"aa < 3", HPO_ENOTFOUND, "column 1: there is no parameter 'aa'"},
	{"a < * 3", HPO_EINVAL, "column 5: a number, a parameter or '('"},
	{"a + o < 3", HPO_EINVAL, "column 5: 'o' has choices that are no numbers"},
	{"a < 1e999", HPO_EINVAL, "column 5: a finite number"},
	{"(((a)) < 3", HPO_EINVAL, "column 8: ')' is expected"},
	{"a ! 3", HPO_EINVAL, "column 3: one of"},
};

START_TEST(what_does_not_parse_is_refused_with_its_column)
{
	hpo_space_t *space = make_space(parameters);
	const double point[] = {0.5, 0.5, 0.5, 0.9, 0.1, 0.5, 0.5, 0.5};
	hpo_error_t error;

	ck_assert_int_eq(hpo_space_add_constraint(space, bad[_i].expression, &error),
			 bad[_i].status);

	ck_assert_msg(strstr(error.message, bad[_i].words) != NULL, "%s", error.message);
	ck_assert_uint_eq(hpo__space_constraints(space), 0);
	ck_assert_int_eq(hpo_space_is_feasible(space, point), 1);
	hpo_space_free(space);
}
END_TEST

START_TEST(nesting_has_an_end)
{
	hpo_space_t *space = make_space(parameters);
	char text[4096];
	hpo_error_t error;
	size_t n;

	for (n = 0; n < 2000; n++)
		text[n] = '(';
	strcpy(text + n, "a");
	ck_assert_int_eq(hpo_space_add_constraint(space, text, &error), HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "nested too deeply"));

	for (n = 0; n < 2000; n++)
		text[n] = '-';
	strcpy(text + n, "a<1");
	ck_assert_int_eq(hpo_space_add_constraint(space, text, &error), HPO_EINVAL);

	for (n = 0; n + 2 < 2000; n += 2)
		memcpy(text + n, "1^", 2);
	strcpy(text + n, "1<1");
	ck_assert_int_eq(hpo_space_add_constraint(space, text, &error), HPO_EINVAL);

	for (n = 0; n + 2 < 2000; n += 2)
		memcpy(text + n, "1+", 2);
	strcpy(text + n, "1>1");
	ck_assert_int_eq(hpo_space_add_constraint(space, text, &error), HPO_OK);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_name_of_several_combinations_means_the_active_one)
{
	hpo_space_t *space = make_space("[{'type':'ParameterSet','values':[{'n':1},{'n':5},{}]}]");
	const double first[] = {0.1, 0.5, 0.5};
	const double second[] = {0.5, 0.5, 0.5};
	const double third[] = {0.9, 0.5, 0.5};

	ck_assert_int_eq(hpo_space_add_constraint(space, "n > 3", NULL), HPO_OK);

	ck_assert_int_eq(hpo_space_is_feasible(space, first), 0);
	ck_assert_int_eq(hpo_space_is_feasible(space, second), 1);
	ck_assert_int_eq(hpo_space_is_feasible(space, third), 1);
	hpo_space_free(space);
}
END_TEST

static hpo_status_t add(void *user)
{
	hpo_space_t *space = NULL;
	hpo_status_t status = hpo_space_new(&space, NULL);

	(void)user;
	if (status == HPO_OK)
		status = hpo_space_add_bool(space, "b", NULL);
	if (status == HPO_OK)
		status = hpo_space_add_constraint(space, "b + 1 + 2 + 3 + 4 + 5 + 6 <= 8", NULL);
	hpo_space_free(space);
	return status;
}

START_TEST(a_constraint_survives_every_failed_allocation)
{
	hpo_test_each_allocation(add, NULL);
}
END_TEST

Suite *unit_space_constraint(void)
{
	Suite *suite = suite_create("space/constraint");
	TCase *tests = tcase_create("constraint");

	tcase_add_loop_test(tests, a_relation_holds_or_not, 0,
			    sizeof relations / sizeof *relations);
	tcase_add_loop_test(tests, what_does_not_parse_is_refused_with_its_column, 0,
			    sizeof bad / sizeof *bad);
	tcase_add_test(tests, nesting_has_an_end);
	tcase_add_test(tests, a_name_of_several_combinations_means_the_active_one);
	tcase_add_test(tests, a_constraint_survives_every_failed_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
