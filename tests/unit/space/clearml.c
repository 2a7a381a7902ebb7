/*
 * ClearML's parameter classes: which values they take.
 */
#include "unit/space/make.h"

Suite *unit_space_clearml(void);

static const struct {
	const char *object;
	const char *values; /* all, or those at 0, 1/2 and 1 of a continuum */
} ranges[] = {
	{"{'type':'UniformParameterRange','name':'x','min_value':-1,'max_value':1}", "-1 0 1"},
	/* 0.3/0.1 is below 3 in doubles: ClearML's own grid gives 0, 0.1, 0.3. */
	{"{'type':'UniformParameterRange','name':'x','min_value':0,'max_value':0.3,"
	 "'step_size':0.1}",
	 "0 0.1 0.2 0.3"},
	{"{'type':'UniformParameterRange','name':'x','min_value':0,'max_value':0.3,"
	 "'step_size':0.1,'include_max':false}",
	 "0 0.1 0.2"},
	/* A bound off the step is no value: ClearML's own grid adds it. */
	{"{'type':'UniformParameterRange','name':'x','min_value':0,'max_value':1,"
	 "'step_size':0.3}",
	 "0 0.3 0.6 0.9"},
	{"{'type':'UniformParameterRange','name':'x','min_value':0,'max_value':1,"
	 "'step_size':0.3,'include_max':false}",
	 "0 0.3 0.6 0.9"},
	{"{'type':'LogUniformParameterRange','name':'x','min_value':-4,'max_value':-2}",
	 "0.0001 0.001 0.01"},
	{"{'type':'LogUniformParameterRange','name':'x','min_value':0,'max_value':4,'base':2}",
	 "1 4 16"},
	{"{'type':'LogUniformParameterRange','name':'x','min_value':-3,'max_value':-1,"
	 "'step_size':1}",
	 "0.001 0.01 0.1"},
	{"{'type':'LogUniformParameterRange','name':'x','min_value':0,'max_value':3,'base':2,"
	 "'step_size':1,'include_max':false}",
	 "1 2 4"},
	/* 1, 5, 9: ClearML's own sampling gives 13 too. */
	{"{'type':'UniformIntegerParameterRange','name':'x','min_value':1,'max_value':10,"
	 "'step_size':4}",
	 "1 5 9"},
	{"{'type':'UniformIntegerParameterRange','name':'x','min_value':1,'max_value':9,"
	 "'step_size':4}",
	 "1 5 9"},
	{"{'type':'UniformIntegerParameterRange','name':'x','min_value':1,'max_value':9,"
	 "'step_size':4,'include_max':false}",
	 "1 5"},
	{"{'type':'DiscreteParameterRange','name':'x','values':[16,'a',[1,2],null,16]}",
	 "16 a [1,2] null"},
};

START_TEST(a_range_takes_the_values_it_says)
{
	char json[512];
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_space_t *space;
	hpo_axis_t axis;
	uint64_t count;

	snprintf(json, sizeof json, "[%s]", ranges[_i].object);
	space = make_space(json);
	hpo_space_axis(space, 0, &axis);
	count = axis.cells > 0 ? axis.cells : 3;

	for (uint64_t k = 0; k < count; k++) {
		double x = axis.cells > 0 ? hpo_space_cell_centre(space, 0, k) : (double)k / 2;
		struct values values;

		hpo__codec_decode(space, &x, values.list, values.active);
		if (axis.cells == 0 && values.list[0].real > 0) /* exp and log cost a few units */
			hpo__buffer_format(&out, "%s%.14g", k > 0 ? " " : "", values.list[0].real);
		else if (k > 0)
			hpo__buffer_char(&out, ' ');
		if (axis.cells > 0 || !(values.list[0].real > 0))
			hpo__codec_text(space, 0, values.list[0], &out);
	}

	ck_assert_str_eq(out.text, ranges[_i].values);
	hpo__buffer_release(&out);
	hpo_space_free(space);
}
END_TEST

START_TEST(an_excluded_bound_of_a_continuum_is_not_reached)
{
	hpo_space_t *space = make_space("[{'type':'UniformParameterRange','name':'x','min_value':0,"
					"'max_value':1,'include_max':false}]");
	const double x = 1;
	struct values values;

	hpo__codec_decode(space, &x, values.list, values.active);

	ck_assert_double_lt(values.list[0].real, 1);
	ck_assert_double_ge(values.list[0].real, 1 - 0x1p-52);
	hpo_space_free(space);
}
END_TEST

START_TEST(the_axes_of_a_parameter_set_depend_on_its_selector)
{
	hpo_space_t *space =
		make_space("[{'type':'ParameterSet','values':[{'opt':'sgd','m':{'type':"
			   "'UniformParameterRange','name':'m','min_value':0,'max_value':1}},"
			   "{'opt':'adam'}]}]");
	const double sgd[] = {0.1, 0.5, 0.25, 0.5};
	const double adam[] = {0.9, 0.5, 0.25, 0.5};
	struct values values;
	hpo_axis_t axis;

	ck_assert_uint_eq(hpo_space_dims(space), 4);
	hpo_space_axis(space, 0, &axis);
	ck_assert_int_eq(axis.kind, HPO_AXIS_CATEGORICAL);
	ck_assert_uint_eq(axis.cells, 2);
	hpo_space_axis(space, 2, &axis);
	ck_assert_int_eq(axis.parent, 0);

	hpo__codec_decode(space, sgd, values.list, values.active);
	check_written(space, &values, "{'opt':'sgd','m':0.25}");
	hpo__codec_decode(space, adam, values.list, values.active);
	check_written(space, &values, "{'opt':'adam'}");
	hpo_space_free(space);
}
END_TEST

Suite *unit_space_clearml(void)
{
	Suite *suite = suite_create("space/clearml");
	TCase *tests = tcase_create("clearml");

	tcase_add_loop_test(tests, a_range_takes_the_values_it_says, 0,
			    sizeof ranges / sizeof *ranges);
	tcase_add_test(tests, an_excluded_bound_of_a_continuum_is_not_reached);
	tcase_add_test(tests, the_axes_of_a_parameter_set_depend_on_its_selector);
	suite_add_tcase(suite, tests);
	return suite;
}
