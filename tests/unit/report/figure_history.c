/*
 * Figures along the trials: history, distribution, curves, and the timeline; and their thinning.
 */
#include "unit/report/draw.h"

#include "report/figure.h"

#include <math.h>

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
	hpo_json_t *figure = draw(records, "history", 0);

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
	hpo_json_t *figure = draw(records, "edf", 0);

	check_member(trace(figure, 0), "x", "[0.25,0.5]");
	check_member(trace(figure, 0), "y", "[0.5,1]");
	hpo__json_free(figure);
	hpo_records_free(records);
}
END_TEST

START_TEST(curves_are_those_of_the_objective_one_a_trial)
{
	hpo_records_t *records = with_reports();
	hpo_json_t *figure = draw(records, "intermediate", 0);

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

	figure = draw(records, "intermediate", 0);

	check_member(trace(figure, 0), "y", "[3]");
	hpo__json_free(figure);
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
	figure = draw(records, "timeline", 0);

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

START_TEST(drawing_without_memory_is_an_error_and_no_leak)
{
	static const char *const names[] = { "history", "edf", "intermediate", "timeline", NULL };

	check_without_memory(names, with_reports);
}
END_TEST

Suite *unit_report_figure_history(void);
Suite *unit_report_figure_history(void)
{
	Suite *suite = suite_create("report/figure_history");
	TCase *tests = tcase_create("figure_history");

	tcase_add_test(tests, history_has_each_trial_the_best_so_far_and_what_runs);
	tcase_add_test(tests, the_distribution_counts_the_completed_from_the_least);
	tcase_add_test(tests, curves_are_those_of_the_objective_one_a_trial);
	tcase_add_test(tests, a_curve_is_that_of_the_last_attempt);
	tcase_add_test(tests, a_timeline_stands_by_worker);
	tcase_add_test(tests, thinning_keeps_ends_and_extremes);
	tcase_add_test(tests, drawing_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
