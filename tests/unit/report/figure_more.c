/*
 * The figures beyond those that a run publishes: what is drawn, by its numbers.
 */
#include "unit/report/make.h"

#include "base/json.h"
#include "report/figure.h"
#include "support/alloc.h"

#include <math.h>

Suite *unit_report_figure_more(void);

static hpo_json_t *draw_with(const hpo_records_t *records, const char *name, const char *x,
			     const char *y)
{
	const hpo_figure_options_t options = {.struct_size = sizeof options, .x = x, .y = y};
	hpo_error_t error = { 0 };
	char *text = hpo_report_figure_with(records, name, &options, &error);
	hpo_json_t *json = NULL;

	ck_assert_msg(text != NULL, "%s: %s", name, error.message);
	ck_assert_msg(hpo__json_parse(&json, text, strlen(text), name, &error) == HPO_OK, "%s",
		      error.message);
	hpo__free(text);
	return json;
}

static hpo_json_t *draw(const hpo_records_t *records, const char *name)
{
	return draw_with(records, name, NULL, NULL);
}

static const hpo_json_t *trace(const hpo_json_t *figure, size_t index)
{
	const hpo_json_t *found = hpo__json_item(hpo__json_get(figure, "data"), index);

	ck_assert_ptr_nonnull(found);
	return found;
}

static void check_member(const hpo_json_t *object, const char *key, const char *wanted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char space[512];

	ck_assert_msg(hpo__json_get(object, key) != NULL, "no '%s'", key);
	hpo__json_write(hpo__json_get(object, key), &out);
	ck_assert_str_eq(out.text, unquote(wanted, space, sizeof space));
	hpo__buffer_release(&out);
}

static void add_report(hpo_records_t *records, int64_t trial, int32_t attempt, int64_t iteration,
		       const char *metric, double value)
{
	const hpo_report_row_t row = { .trial = trial, .attempt = attempt, .iteration = iteration,
				       .metric = metric, .value = value };

	ck_assert_int_eq(hpo__records_add_report(records, &row, NULL), HPO_OK);
}

static hpo_records_t *with_reports(void)
{
	hpo_records_t *records = plain_records();

	add_report(records, 0, 0, 1, "loss", 2);
	add_report(records, 0, 0, 2, "loss", 0.5);
	add_report(records, 0, 0, 2, "other", 7);
	add_report(records, 2, 0, 1, "loss", 0.125);
	add_report(records, 4, 0, 1, "loss", 9);
	add_report(records, 4, 0, 2, "loss", 0.75);
	ck_assert_int_eq(hpo__records_finish(records, NULL), HPO_OK);
	return records;
}

START_TEST(history_has_each_trial_the_best_so_far_and_what_runs)
{
	hpo_records_t *records = with_reports();
	hpo_json_t *figure = draw(records, "history");

	check_member(trace(figure, 0), "customdata", "[0,2,3]");
	check_member(trace(figure, 0), "y", "[0.5,0.125,0.25]");
	check_member(trace(figure, 0), "x",
		     "['2001-09-09T01:46:41.000Z','2001-09-09T01:46:41.000Z',"
		     "'2001-09-09T01:46:41.000Z']");
	/* The second was pruned: it is no best. */
	check_member(trace(figure, 1), "y", "[0.5,0.5,0.25]");
	check_member(trace(figure, 2), "name", "'last reported'");
	check_member(trace(figure, 3), "customdata", "[4]");
	check_member(trace(figure, 3), "y", "[0.75]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(the_distribution_counts_the_completed_from_the_least)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure = draw(records, "edf");

	check_member(trace(figure, 0), "x", "[0.25,0.5]");
	check_member(trace(figure, 0), "y", "[0.5,1]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(curves_are_those_of_the_objective_one_a_trial)
{
	hpo_records_t *records = with_reports();
	hpo_json_t *figure = draw(records, "intermediate");

	ck_assert_uint_eq(hpo__json_size(hpo__json_get(figure, "data")), 3);
	check_member(trace(figure, 0), "name", "'trial 0'");
	check_member(trace(figure, 0), "x", "[1,2]");
	check_member(trace(figure, 0), "y", "[2,0.5]");
	check_member(trace(figure, 1), "meta", "{'trial':2,'state':'pruned'}");
	check_member(trace(figure, 1), "mode", "'markers'");
	check_member(trace(figure, 2), "meta", "{'trial':4,'state':'running'}");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_curve_is_that_of_the_last_attempt)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure;

	records->trials[4].row.attempt = 1;
	add_report(records, 4, 0, 1, "loss", 5);
	add_report(records, 4, 1, 1, "loss", 3);
	ck_assert_int_eq(hpo__records_finish(records, NULL), HPO_OK);

	figure = draw(records, "intermediate");

	check_member(trace(figure, 0), "y", "[3]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

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

START_TEST(a_contour_takes_the_values_of_the_trials_where_they_are)
{
	hpo_records_t *records = make_records(SQUARE, square, 3);
	hpo_json_t *figure = draw_with(records, "contour", "a", "b");
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
	hpo_records_t *records = make_records(SQUARE, square, 3);
	hpo_json_t *figure = draw_with(records, "contour", "c", "a");

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
	hpo_records_t *records = make_records(SQUARE, square, 3);
	hpo_json_t *figure = draw_with(records, "rank", "a", "b");

	check_member(hpo__json_get(trace(figure, 0), "marker"), "color", "[0,1,0.5]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_parameter_that_there_is_not_is_refused)
{
	const hpo_figure_options_t options = {.struct_size = sizeof options, .x = "q"};
	hpo_records_t *records = make_records(SQUARE, square, 3);
	hpo_error_t error;

	ck_assert_ptr_null(hpo_report_figure_with(records, "contour", &options, &error));
	ck_assert_int_eq(error.code, HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "no parameter 'q'"));
	hpo_records_free(records);
}
END_TEST

#define TWO_GOALS                                                                                 \
	"{'name':'s','objectives':[{'series':'a','goal':'min'},{'series':'b','goal':'max'}],"     \
	"'parameters':[{'name':'x','type':'float','low':0,'high':9}]}"

/* Trials 0, 1 and 3 are the front; 2 is dominated by 1. */
static const struct made two_goals[] = {
	{ HPO_TRIAL_COMPLETED, "{'x':1}", "[1,1]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':2}", "[2,3]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':3}", "[3,2]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':4}", "[4,4]", NULL },
};

START_TEST(the_front_goes_along_the_first_goal)
{
	hpo_records_t *records = make_records(TWO_GOALS, two_goals, 4);
	hpo_json_t *figure = draw(records, "pareto");

	check_member(trace(figure, 0), "customdata", "[0,1,2,3]");
	check_member(trace(figure, 1), "type", "'scatter'");
	check_member(trace(figure, 1), "customdata", "[0,1,3]");
	check_member(trace(figure, 1), "x", "[1,2,4]");
	check_member(trace(figure, 1), "y", "[1,3,4]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

/* By hand, up to the worst values a = 4, b = 1: nothing, (4-2)(3-1), the same, the same. */
START_TEST(the_volume_grows_with_the_front)
{
	hpo_records_t *records = make_records(TWO_GOALS, two_goals, 4);
	hpo_json_t *figure = draw(records, "hypervolume");

	check_member(trace(figure, 0), "x", "[1,2,3,4]");
	check_member(trace(figure, 0), "y", "[0,4,4,4]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

#define THREE_GOALS                                                                               \
	"{'name':'s','objectives':[{'series':'a','goal':'min'},{'series':'b','goal':'min'},"      \
	"{'series':'c','goal':'min'},{'series':'d','bound':5}],"                                   \
	"'parameters':[{'name':'x','type':'float','low':0,'high':9}]}"

static const struct made three_goals[] = {
	{ HPO_TRIAL_COMPLETED, "{'x':1}", "[1,2,3,1]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':2}", "[3,2,1,1]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':3}", "[4,4,4,1]", NULL },
};

START_TEST(three_goals_are_drawn_in_space_and_a_bound_is_none)
{
	hpo_records_t *records = make_records(THREE_GOALS, three_goals, 3);
	hpo_json_t *figure = draw(records, "pareto");
	const hpo_json_t *scene = hpo__json_get(hpo__json_get(figure, "layout"), "scene");

	check_member(trace(figure, 1), "type", "'scatter3d'");
	check_member(trace(figure, 1), "x", "[1,3]");
	check_member(trace(figure, 1), "z", "[3,1]");
	check_member(scene, "zaxis", "{'title':{'text':'c'}}");
	hpo__json_free(figure);
	/* (3·2·1) + (1·2·3) - (1·2·1): both boxes up to (4, 4, 4), less what they share. */
	figure = draw(records, "hypervolume");
	check_member(trace(figure, 0), "y", "[6,10,10]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(one_goal_has_no_front)
{
	hpo_records_t *records = plain_records();
	hpo_error_t error;
	char *list;

	ck_assert_ptr_null(hpo_report_figure(records, "pareto", 0, &error));
	ck_assert_int_eq(error.code, HPO_EINVAL);
	list = hpo_report_figures_json(records, NULL);
	ck_assert_ptr_null(strstr(list, "pareto"));
	ck_assert_ptr_nonnull(strstr(list, "{\"name\":\"contour\",\"title\":\"Contour\","
					   "\"per_objective\":true,\"pair\":true,\"objectives\":[0]}"));
	hpo__free(list);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_timeline_stands_by_worker)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *figure;

	records->trials[0].row.ran_by = "m:1";
	records->trials[1].row.ran_by = "m:2";
	records->trials[2].row.ran_by = "m:1";
	records->trials[3].row.ran_by = "m:2";
	records->trials[4].row.ran_by = "m:2";
	figure = draw(records, "timeline");

	/* All ran at once: m:1 has the rows 0 and 1, m:2 those from 2 on. */
	check_member(hpo__json_get(hpo__json_get(figure, "layout"), "yaxis"), "tickvals", "[0,2]");
	check_member(hpo__json_get(hpo__json_get(figure, "layout"), "yaxis"), "ticktext",
		     "['m:1','m:2']");
	check_member(trace(figure, 1), "customdata", "[0,3]");
	check_member(trace(figure, 1), "y", "[0,3]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(thinning_keeps_ends_and_extremes)
{
	enum { N = 5000, MOST = 100 };
	static double values[N];
	size_t picks[MOST];
	size_t count;
	bool has_peak = false, has_dip = false;

	for (size_t i = 0; i < N; i++)
		values[i] = sin((double)i / 50);
	values[1234] = 9;
	values[4321] = -9;

	hpo__figure_thin(values, N, MOST, picks, &count);

	ck_assert_uint_le(count, MOST);
	ck_assert_uint_eq(picks[0], 0);
	ck_assert_uint_eq(picks[count - 1], N - 1);
	for (size_t i = 0; i < count; i++) {
		has_peak = has_peak || picks[i] == 1234;
		has_dip = has_dip || picks[i] == 4321;
		ck_assert(i == 0 || picks[i] > picks[i - 1]);
	}
	ck_assert(has_peak && has_dip);
}
END_TEST

/* Ten thousand trials with twenty reports each, of two goals. */
static hpo_records_t *make_many(void)
{
	enum { TRIALS = 10000, REPORTS = 20 };
	hpo_records_t *records = make_records(TWO_GOALS, NULL, 0);

	for (int i = 0; i < TRIALS; i++) {
		char params[40], values[80];
		hpo_trial_row_t row = { .struct_size = sizeof row, .number = i, .told = i + 1,
					.state = i % 5 == 4 ? HPO_TRIAL_PRUNED : HPO_TRIAL_COMPLETED,
					.created_s = 1e9 + i, .started_s = 1e9 + i,
					.ended_s = 1e9 + i + 2 };

		snprintf(params, sizeof params, "{\"x\":%.6f}", 9 * fmod(i * 0.6180339887, 1));
		snprintf(values, sizeof values, "[%.9f,%.9f]", fmod(i * 0.7548776662, 1),
			 fmod(i * 0.5698402910, 1));
		row.params = params;
		row.values = values;
		ck_assert_int_eq(hpo__records_add(records, &row, NULL), HPO_OK);
	}
	for (int i = 0; i < TRIALS * REPORTS; i++)
		add_report(records, i / REPORTS, 0, i % REPORTS, "a", 1.0 / (1 + i % REPORTS));
	ck_assert_int_eq(hpo__records_finish(records, NULL), HPO_OK);
	return records;
}

START_TEST(ten_thousand_trials_and_their_reports_stay_small)
{
	static const char *const names[] = { "history", "edf", "intermediate", "pareto",
					     "hypervolume" };
	hpo_records_t *records = make_many();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *text = hpo_report_figure(records, names[i], 0, NULL);

		ck_assert_ptr_nonnull(text);
		ck_assert_msg(strlen(text) < 400000, "%s: %zu bytes", names[i], strlen(text));
		hpo__free(text);
	}
	hpo_records_free(records);
}
END_TEST

static hpo_status_t draw_all(void *user)
{
	static const char *const names[] = { "history", "edf", "intermediate", "contour", "rank",
					     "timeline" };
	hpo_error_t error;
	char *text;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		text = hpo_report_figure(user, names[i], 0, &error);
		if (text == NULL)
			return (hpo_status_t)error.code;
		hpo__free(text);
	}
	text = hpo_report_figures_json(user, &error);
	hpo__free(text);
	return text == NULL ? (hpo_status_t)error.code : HPO_OK;
}

static hpo_status_t draw_goals(void *user)
{
	static const char *const names[] = { "pareto", "hypervolume" };
	hpo_error_t error;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *text = hpo_report_figure(user, names[i], 0, &error);

		if (text == NULL)
			return (hpo_status_t)error.code;
		hpo__free(text);
	}
	return HPO_OK;
}

START_TEST(drawing_without_memory_is_an_error_and_no_leak)
{
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = with_reports();
	hpo_test_each_allocation(draw_all, records);
	hpo_records_free(records);
	records = make_records(TWO_GOALS, two_goals, 4);
	hpo_test_each_allocation(draw_goals, records);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

START_TEST(columns_hold_what_changed_since)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *json = NULL;
	char *text;

	records->study_id = 7;
	for (size_t i = 0; i < records->count; i++)
		records->trials[i].row.revision = i < 2 ? 10 : 20 - (int64_t)i;
	records->revision = 20;
	text = hpo_report_columns_json(records, "7.10.0", 3, NULL);
	ck_assert_int_eq(hpo__json_parse(&json, text, strlen(text), "columns", NULL), HPO_OK);
	hpo__free(text);

	/* 1 has the revision 10 too, and comes after 0; 4 has 16, 3 has 17, 2 has 18. */
	check_member(json, "number", "[1,4,3]");
	check_member(json, "state", "['failed','running','completed']");
	check_member(json, "values", "[[null,null,0.25]]");
	check_member(json, "params", "{'x':[-2.0,5.0,0.123456789],'k':['=b','=b',''],'n':[null,null,null]}");
	check_member(json, "next", "'7.17.3'");
	check_member(json, "more", "true");
	check_member(json, "reset", "false");
	hpo__json_free(json);
	json = NULL;

	text = hpo_report_columns_json(records, "8.10.0", 0, NULL);
	ck_assert_int_eq(hpo__json_parse(&json, text, strlen(text), "columns", NULL), HPO_OK);
	hpo__free(text);
	check_member(json, "number", "[0,1,4,3,2]");
	check_member(json, "reset", "true");
	hpo__json_free(json);
	ck_assert_ptr_null(hpo_report_columns_json(records, "7.1", 0, NULL));
	hpo_records_free(records);
}
END_TEST

START_TEST(columns_tell_notes_and_what_was_filed)
{
	hpo_records_t *records = plain_records();
	char *text;

	records->trials[1].row.attributes = "{\"note\":\"odd\",\"archived\":true}";
	text = hpo_report_columns_json(records, NULL, 0, NULL);

	ck_assert_ptr_nonnull(strstr(text, "\"archived\":[false,true,false,false,false]"));
	ck_assert_ptr_nonnull(strstr(text, "\"note\":[\"\",\"odd\",\"\",\"\",\"\"]"));
	hpo__free(text);
	hpo_records_free(records);
}
END_TEST

Suite *unit_report_figure_more(void)
{
	Suite *suite = suite_create("report/figure_more");
	TCase *tests = tcase_create("figure_more");

	tcase_add_test(tests, history_has_each_trial_the_best_so_far_and_what_runs);
	tcase_add_test(tests, the_distribution_counts_the_completed_from_the_least);
	tcase_add_test(tests, curves_are_those_of_the_objective_one_a_trial);
	tcase_add_test(tests, a_curve_is_that_of_the_last_attempt);
	tcase_add_test(tests, a_contour_takes_the_values_of_the_trials_where_they_are);
	tcase_add_test(tests, a_contour_over_choices_has_one_knot_for_each);
	tcase_add_test(tests, ranks_go_from_the_best_to_the_worst);
	tcase_add_test(tests, a_parameter_that_there_is_not_is_refused);
	tcase_add_test(tests, the_front_goes_along_the_first_goal);
	tcase_add_test(tests, the_volume_grows_with_the_front);
	tcase_add_test(tests, three_goals_are_drawn_in_space_and_a_bound_is_none);
	tcase_add_test(tests, one_goal_has_no_front);
	tcase_add_test(tests, a_timeline_stands_by_worker);
	tcase_add_test(tests, thinning_keeps_ends_and_extremes);
	tcase_add_test(tests, ten_thousand_trials_and_their_reports_stay_small);
	tcase_add_test(tests, drawing_without_memory_is_an_error_and_no_leak);
	tcase_add_test(tests, columns_hold_what_changed_since);
	tcase_add_test(tests, columns_tell_notes_and_what_was_filed);
	suite_add_tcase(suite, tests);
	return suite;
}
