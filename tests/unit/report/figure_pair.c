/*
 * Figures over two parameters: contour and rank.
 */
#include "unit/report/draw.h"

static hpo_json_t *draw_pair(const hpo_records_t *records, const char *name, const char *x,
			     const char *y)
{
	const hpo_figure_options_t options = { .struct_size = sizeof options, .x = x, .y = y };

	return draw_with(records, name, &options);
}

#define SQUARE                                                                                    \
	"{'name':'s','objectives':[{'series':'loss','goal':'min'}],'parameters':["                \
	"{'name':'a','type':'float','low':0,'high':10},"                                          \
	"{'name':'b','type':'float','low':1e-4,'high':1,'scale':'log'},"                          \
	"{'name':'c','type':'categorical','choices':['u','v']}]}"

static const struct made square[] = {
	{ HPO_TRIAL_COMPLETED, "{'a':0,'b':0.0001,'c':'u'}", "[1]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'a':10,'b':1,'c':'v'}", "[5]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'a':5,'b':0.01,'c':'u'}", "[3]", NULL },
};

static hpo_records_t *square_records(void)
{
	return make_records(SQUARE, square, 3);
}

START_TEST(a_contour_takes_the_values_of_the_trials_where_they_are)
{
	hpo_records_t *records = square_records();
	hpo_json_t *figure = draw_pair(records, "contour", "a", "b");
	const hpo_json_t *z = hpo__json_get(trace(figure, 0), "z");
	const hpo_json_t *layout = hpo__json_get(figure, "layout");

	ck_assert_uint_eq(hpo__json_size(z), 30);
	ck_assert_double_eq_tol(hpo__json_real(hpo__json_item(hpo__json_item(z, 0), 0)), 1, 1e-4);
	ck_assert_double_eq_tol(hpo__json_real(hpo__json_item(hpo__json_item(z, 29), 29)), 5,
				1e-4);
	ck_assert_double_eq_tol(
		hpo__json_real(hpo__json_item(hpo__json_get(trace(figure, 0), "y"), 29)), 1, 1e-9);
	ck_assert_double_eq_tol(
		hpo__json_real(hpo__json_item(hpo__json_get(trace(figure, 0), "y"), 0)), 1e-4,
		1e-12);
	check_member(trace(figure, 1), "x", "[0,10,5]");
	check_member(trace(figure, 1), "y", "[0.0001,1,0.01]");
	check_member(trace(figure, 1), "customdata", "[0,1,2]");
	check_member(hpo__json_get(layout, "yaxis"), "type", "'log'");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_contour_over_choices_has_one_knot_for_each)
{
	hpo_records_t *records = square_records();
	hpo_json_t *figure = draw_pair(records, "contour", "c", "a");

	check_member(trace(figure, 0), "x", "['u','v']");
	ck_assert_uint_eq(
		hpo__json_size(hpo__json_item(hpo__json_get(trace(figure, 0), "z"), 0)), 2);
	check_member(trace(figure, 1), "x", "['u','v','u']");
	check_member(hpo__json_get(hpo__json_get(figure, "layout"), "xaxis"), "type", "'category'");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(ranks_go_from_the_best_to_the_worst)
{
	hpo_records_t *records = square_records();
	hpo_json_t *figure = draw_pair(records, "rank", "a", "b");

	check_member(hpo__json_get(trace(figure, 0), "marker"), "color", "[0,1,0.5]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_parameter_that_there_is_not_is_refused)
{
	const hpo_figure_options_t options = {.struct_size = sizeof options, .x = "q"};
	hpo_records_t *records = square_records();
	hpo_error_t error;

	ck_assert_ptr_null(hpo_report_figure_with(records, "contour", &options, &error));
	ck_assert_int_eq(error.code, HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "no parameter 'q'"));
	hpo_records_free(records);
}
END_TEST

START_TEST(drawing_without_memory_is_an_error_and_no_leak)
{
	static const char *const names[] = { "contour", "rank", NULL };

	check_without_memory(names, square_records);
}
END_TEST

Suite *unit_report_figure_pair(void);
Suite *unit_report_figure_pair(void)
{
	Suite *suite = suite_create("report/figure_pair");
	TCase *tests = tcase_create("figure_pair");

	tcase_add_test(tests, a_contour_takes_the_values_of_the_trials_where_they_are);
	tcase_add_test(tests, a_contour_over_choices_has_one_knot_for_each);
	tcase_add_test(tests, ranks_go_from_the_best_to_the_worst);
	tcase_add_test(tests, a_parameter_that_there_is_not_is_refused);
	tcase_add_test(tests, drawing_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
