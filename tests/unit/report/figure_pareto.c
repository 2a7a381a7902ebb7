/*
 * Figures of several goals: the front and its hypervolume; and how large those of many trials are.
 */
#include "unit/report/draw.h"

#include <math.h>

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

static hpo_records_t *goal_records(void)
{
	return make_records(TWO_GOALS, two_goals, 4);
}

START_TEST(the_front_goes_along_the_first_goal)
{
	hpo_records_t *records = goal_records();
	hpo_json_t *figure = draw(records, "pareto", 0);

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
	hpo_records_t *records = goal_records();
	hpo_json_t *figure = draw(records, "hypervolume", 0);

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
	{ HPO_TRIAL_COMPLETED, "{'x':4}", "[0,0,0,6]", NULL }, /* breaks the bound */
};

START_TEST(three_goals_are_drawn_in_space_and_a_bound_is_none)
{
	hpo_records_t *records = make_records(THREE_GOALS, three_goals, 4);
	hpo_json_t *figure = draw(records, "pareto", 0);
	const hpo_json_t *scene = hpo__json_get(hpo__json_get(figure, "layout"), "scene");

	check_member(trace(figure, 1), "type", "'scatter3d'");
	check_member(trace(figure, 1), "x", "[1,3]");
	check_member(trace(figure, 1), "z", "[3,1]");
	check_member(scene, "zaxis", "{'title':{'text':'c'}}");
	hpo__json_free(figure);
	/* (3·2·1) + (1·2·3) - (1·2·1): both boxes up to (4, 4, 4), less what they share. */
	figure = draw(records, "hypervolume", 0);
	check_member(trace(figure, 0), "y", "[6,10,10,10]");
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

START_TEST(drawing_without_memory_is_an_error_and_no_leak)
{
	static const char *const names[] = { "pareto", "hypervolume", NULL };

	check_without_memory(names, goal_records);
}
END_TEST

static hpo_status_t list_figures(void *user)
{
	hpo_error_t error = { 0 };
	char *text = hpo_report_figures_json(user, &error);

	hpo__free(text);
	return text == NULL ? (hpo_status_t)error.code : HPO_OK;
}

START_TEST(listing_without_memory_is_an_error_and_no_leak)
{
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = plain_records();
	hpo_test_each_allocation(list_figures, records);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_report_figure_pareto(void);
Suite *unit_report_figure_pareto(void)
{
	Suite *suite = suite_create("report/figure_pareto");
	TCase *tests = tcase_create("figure_pareto");

	tcase_add_test(tests, the_front_goes_along_the_first_goal);
	tcase_add_test(tests, the_volume_grows_with_the_front);
	tcase_add_test(tests, three_goals_are_drawn_in_space_and_a_bound_is_none);
	tcase_add_test(tests, one_goal_has_no_front);
	tcase_add_test(tests, ten_thousand_trials_and_their_reports_stay_small);
	tcase_add_test(tests, drawing_without_memory_is_an_error_and_no_leak);
	tcase_add_test(tests, listing_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
