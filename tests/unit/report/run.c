/*
 * What a run shows to those who watch its backend.
 */
#include "unit/report/make.h"

#include "base/json.h"
#include "report/run.h"
#include "support/alloc.h"

Suite *unit_report_run(void);

static const hpo_limits_t no_limits = { .concurrent = 1 };

static hpo_json_t *report(const hpo_records_t *records, const struct hpo_run_view *view)
{
	hpo_error_t error = { 0 };
	char *text = hpo__run_report(records, view, &error);
	hpo_json_t *json = NULL;

	ck_assert_msg(text != NULL, "%s", error.message);
	ck_assert_msg(hpo__json_parse(&json, text, strlen(text), "report", &error) == HPO_OK, "%s",
		      error.message);
	hpo__free(text);
	return json;
}

/* The member as compact JSON, compared with text in which ' stands for ". */
static void check_member(const hpo_json_t *object, const char *key, const char *wanted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char space[1024];

	ck_assert_msg(hpo__json_get(object, key) != NULL, "no '%s'", key);
	hpo__json_write(hpo__json_get(object, key), &out);
	ck_assert_str_eq(out.text, unquote(wanted, space, sizeof space));
	hpo__buffer_release(&out);
}

/* The report of the plain study and the view; both end here. */
static hpo_json_t *report_plain(struct hpo_run_view view)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *json;

	if (view.limits == NULL)
		view.limits = &records->study->limits;
	json = report(records, &view);
	hpo_records_free(records);
	return json;
}

START_TEST(a_report_says_which_one_it_is)
{
	hpo_json_t *json = report_plain((struct hpo_run_view){ .report = 12 });

	check_member(json, "study", "'s'");
	check_member(json, "report", "12");
	check_member(json, "ended", "null");
	hpo__json_free(json);
}
END_TEST

START_TEST(the_last_report_says_how_the_run_ended)
{
	hpo_json_t *json = report_plain((struct hpo_run_view){
		.report = 1, .ended = "failed", .reason = "the \"server\" is gone" });
	const hpo_json_t *lines = hpo__json_get(json, "lines");

	ck_assert_str_eq(hpo__json_text(hpo__json_get(hpo__json_get(json, "ended"), "status")),
			 "failed");
	ck_assert_str_eq(hpo__json_text(hpo__json_get(hpo__json_get(json, "ended"), "reason")),
			 "the \"server\" is gone");
	ck_assert_str_eq(hpo__json_text(hpo__json_item(lines, hpo__json_size(lines) - 1)),
			 "The run failed: the \"server\" is gone");
	hpo__json_free(json);
}
END_TEST

/* Five trials have started, each for half a second, and none reported an iteration. */
START_TEST(the_budget_is_what_is_left_in_percent)
{
	const hpo_limits_t limits = { .trials = 9, .max_iterations = 10, .compute_minutes = 1 };
	hpo_json_t *json = report_plain((struct hpo_run_view){
		.limits = &limits, .run_minutes = 2, .elapsed_s = 60 });

	/* 100 - 100 5/9; no iterations; 100 - 100 2.5/60; 100 - 100 60/120 */
	check_member(json, "budget",
		     "{'jobs %':44.4,'iterations %':100.0,'compute_time %':95.8,'time %':50.0}");
	hpo__json_free(json);
}
END_TEST

START_TEST(a_budget_without_a_limit_is_whole)
{
	hpo_json_t *json = report_plain((struct hpo_run_view){ .limits = &no_limits });

	check_member(json, "budget", "{'jobs %':100.0,'iterations %':100.0,'compute_time %':100.0}");
	hpo__json_free(json);
}
END_TEST

START_TEST(a_budget_that_is_overdrawn_is_empty)
{
	const hpo_limits_t limits = { .trials = 2, .compute_minutes = 0.01 };
	hpo_json_t *json = report_plain((struct hpo_run_view){ .limits = &limits });

	check_member(json, "budget", "{'jobs %':0.0,'iterations %':100.0,'compute_time %':0.0}");
	hpo__json_free(json);
}
END_TEST

START_TEST(trials_are_counted_by_state)
{
	hpo_json_t *json = report_plain((struct hpo_run_view){ 0 });

	check_member(json, "counts",
		     "{'waiting':0,'running':1,'completed':2,'pruned':1,'failed':1}");
	hpo__json_free(json);
}
END_TEST

/* The pruned trial's 0.125 is no result; trial 3 completed last. */
START_TEST(best_and_last_are_those_of_completed_trials)
{
	hpo_json_t *json = report_plain((struct hpo_run_view){ 0 });

	check_member(json, "objectives",
		     "[{'key':'loss','goal':'min','best':0.25,'last':0.25}]");
	hpo__json_free(json);
}
END_TEST

START_TEST(nothing_completed_has_no_best_and_no_last)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, plain_trials + 1, 2);
	hpo_json_t *json = report(records, &(struct hpo_run_view){ .limits = &no_limits });

	check_member(json, "objectives",
		     "[{'key':'loss','goal':'min','best':null,'last':null}]");
	hpo__json_free(json);
	hpo_records_free(records);
}
END_TEST

#define BOUNDED                                                                                   \
	"{'name':'s','objectives':[{'title':'t','series':'a','goal':'max'},"                      \
	"{'series':'mb','bound':10}],"                                                            \
	"'parameters':[{'name':'x','type':'int','low':0,'high':9}]}"

static const struct made bounded[] = {
	{ HPO_TRIAL_COMPLETED, "{'x':0}", "[1,10]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':1}", "[9,11]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':2}", "[2,3]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':3}", "[1.5,4]", NULL },
};

/* Trial 1 has the highest value but breaks the bound. */
START_TEST(the_best_keeps_the_bounds)
{
	hpo_records_t *records = make_records(BOUNDED, bounded, 4);
	hpo_json_t *json = report(records, &(struct hpo_run_view){ .limits = &no_limits });

	check_member(json, "objectives",
		     "[{'key':'t/a','goal':'max','best':2.0,'last':1.5},"
		     "{'key':'mb','goal':'min','best':3.0,'last':4.0}]");
	check_member(json, "lines",
		     "['Trial 0 completed: 1, 10, the best so far',"
		     "'Trial 1 completed: 9, 11 (best so far 1, trial 0)',"
		     "'Trial 2 completed: 2, 3, the best so far',"
		     "'Trial 3 completed: 1.5, 4 (best so far 2, trial 2)',"
		     "'Progress report #0: 4 trials, best 2 (trial 2)']");
	hpo__json_free(json);
	hpo_records_free(records);
}
END_TEST

#define TWO_GOALS                                                                                 \
	"{'name':'s','objectives':[{'title':'t','series':'a','goal':'min'},"                      \
	"{'series':'b','goal':'max_global'}],"                                                    \
	"'parameters':[{'name':'x','type':'int','low':0,'high':9}]}"

START_TEST(each_of_several_objectives_has_its_column_and_its_best)
{
	hpo_records_t *records = make_records(TWO_GOALS, bounded, 2);
	hpo_json_t *json = report(records, &(struct hpo_run_view){ .limits = &no_limits });
	const hpo_json_t *table = hpo__json_get(json, "table");

	check_member(json, "objectives",
		     "[{'key':'t/a','goal':'min','best':1.0,'last':9.0},"
		     "{'key':'b','goal':'max','best':11.0,'last':11.0}]");
	check_member(table, "columns", "['task id','t/a','b','iteration','x','status']");
	check_member(table, "rows",
		     "[[null,1.0,10.0,null,0,'completed'],[null,9.0,11.0,null,1,'completed']]");
	check_member(json, "lines",
		     "['Trial 0 completed: 1, 10','Trial 1 completed: 9, 11',"
		     "'Progress report #0: 2 trials, 2 on the Pareto front']");
	hpo__json_free(json);
	hpo_records_free(records);
}
END_TEST

START_TEST(the_table_has_the_best_first_and_all_that_started)
{
	hpo_json_t *json = report_plain((struct hpo_run_view){ 0 });
	const hpo_json_t *table = hpo__json_get(json, "table");

	check_member(table, "columns", "['task id','objective','iteration','k','n','x','status']");
	check_member(table, "rows",
		     "[[null,0.25,null,'',null,0.123456789,'completed'],"
		     "[null,0.5,null,'a',3,0.1,'completed'],"
		     "[null,0.125,null,'a',1,1.0,'pruned'],"
		     "[null,null,null,'=b',null,5.0,'running'],"
		     "[null,null,null,'=b',null,-2.0,'failed']]");
	hpo__json_free(json);
}
END_TEST

START_TEST(a_row_names_its_task_and_its_iteration)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, NULL, 0);
	const hpo_trial_row_t rows[] = {
		{ .struct_size = sizeof *rows, .number = 0, .state = HPO_TRIAL_RUNNING,
		  .iteration = 7, .task = "a \"task\"" },
		{ .struct_size = sizeof *rows, .number = 1, .state = HPO_TRIAL_WAITING,
		  .iteration = -1, .task = "" },
	};
	hpo_json_t *json;

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(hpo__records_add(records, &rows[i], NULL), HPO_OK);
	json = report(records, &(struct hpo_run_view){ .limits = &no_limits });

	check_member(hpo__json_get(json, "table"), "rows",
		     "[['a \\'task\\'',null,7,null,null,null,'running']]");
	hpo__json_free(json);
	hpo_records_free(records);
}
END_TEST

START_TEST(the_table_ends_after_a_thousand_rows)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, NULL, 0);
	const hpo_json_t *rows;
	hpo_json_t *json;

	for (int i = 0; i < 1200; i++) {
		char values[32];
		hpo_trial_row_t row = { .struct_size = sizeof row, .number = i, .iteration = -1,
					.state = HPO_TRIAL_COMPLETED, .told = i + 1,
					.params = "{\"x\":1,\"k\":\"d\"}",
					.values = values };

		snprintf(values, sizeof values, "[%d]", 5000 - i);
		ck_assert_int_eq(hpo__records_add(records, &row, NULL), HPO_OK);
	}
	json = report(records, &(struct hpo_run_view){ .limits = &no_limits });
	rows = hpo__json_get(hpo__json_get(json, "table"), "rows");

	ck_assert_uint_eq(hpo__json_size(rows), 1000);
	ck_assert_double_eq(hpo__json_real(hpo__json_item(hpo__json_item(rows, 0), 1)), 3801);
	ck_assert_double_eq(hpo__json_real(hpo__json_item(hpo__json_item(rows, 999), 1)), 4800);
	hpo__json_free(json);
	hpo_records_free(records);
}
END_TEST

START_TEST(each_trial_that_ended_since_has_a_line)
{
	static const char *const warning = "trial 1 could not be stopped";
	hpo_json_t *json = report_plain((struct hpo_run_view){
		.report = 3, .told = 1, .lines = &warning, .line_count = 1 });

	/* Trial 0 was shown before; its 0.5 still is what the others are compared with. */
	check_member(json, "lines",
		     "['trial 1 could not be stopped',"
		     "'Trial 1 failed: exit status 3 (best so far 0.5, trial 0)',"
		     "'Trial 2 pruned: 0.125 (best so far 0.5, trial 0)',"
		     "'Trial 3 completed: 0.25, the best so far',"
		     "'Progress report #3: 4 of 9 trials, best 0.25 (trial 3)']");
	hpo__json_free(json);
}
END_TEST

START_TEST(of_very_many_ends_the_latest_have_lines)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, NULL, 0);
	const hpo_json_t *lines;
	hpo_json_t *json;

	for (int i = 0; i < 700; i++) {
		const hpo_trial_row_t row = { .struct_size = sizeof row, .number = i,
					      .iteration = -1, .state = HPO_TRIAL_FAILED,
					      .told = 700 - i };

		ck_assert_int_eq(hpo__records_add(records, &row, NULL), HPO_OK);
	}
	json = report(records, &(struct hpo_run_view){ .limits = &no_limits, .told = 100 });
	lines = hpo__json_get(json, "lines");

	ck_assert_uint_eq(hpo__json_size(lines), 1 + 500 + 1);
	ck_assert_str_eq(hpo__json_text(hpo__json_item(lines, 0)), "100 more trials have ended");
	ck_assert_str_eq(hpo__json_text(hpo__json_item(lines, 1)), "Trial 499 failed");
	ck_assert_str_eq(hpo__json_text(hpo__json_item(lines, 500)), "Trial 0 failed");
	hpo__json_free(json);
	hpo_records_free(records);
}
END_TEST

/* What titles and series a report has, as "title|series,…". */
static void list_figures(const hpo_json_t *json, char *text, size_t size)
{
	const hpo_json_t *figures = hpo__json_get(json, "figures");
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < hpo__json_size(figures); i++) {
		const hpo_json_t *figure = hpo__json_item(figures, i);

		used += (size_t)snprintf(text + used, size - used, "%s%s|%s", i > 0 ? "," : "",
					 hpo__json_text(hpo__json_get(figure, "title")),
					 hpo__json_text(hpo__json_get(figure, "series")));
		ck_assert_int_eq(hpo__json_kind(hpo__json_get(hpo__json_get(figure, "figure"),
							      "data")),
				 HPO__JSON_ARRAY);
	}
}

START_TEST(figures_come_with_title_and_series_unless_they_are_empty)
{
	hpo_json_t *json = report_plain((struct hpo_run_view){ 0 });
	hpo_records_t *none = make_records(PLAIN_STUDY, NULL, 0);
	hpo_json_t *empty = report(none, &(struct hpo_run_view){ .limits = &no_limits });
	char text[512];

	/* Five trials are too few for importance. */
	list_figures(json, text, sizeof text);
	ck_assert_str_eq(text, "Optimization Objective|loss,Parallel Coordinates|,Slice|loss,"
			       "Timeline|");
	list_figures(empty, text, sizeof text);
	ck_assert_str_eq(text, "");
	hpo__json_free(json);
	hpo__json_free(empty);
	hpo_records_free(none);
}
END_TEST

static hpo_status_t report_again(void *user)
{
	static const char *const line = "a line";
	const struct hpo_run_view view = { .report = 1, .limits = &no_limits, .ended = "stopped",
					   .reason = "r", .lines = &line, .line_count = 1 };
	hpo_error_t error = { 0 };
	char *text = hpo__run_report(user, &view, &error);

	hpo__free(text);
	return text != NULL ? HPO_OK : (hpo_status_t)error.code;
}

START_TEST(a_report_without_memory_is_an_error_and_no_leak)
{
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = plain_records();
	hpo_test_each_allocation(report_again, records);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_report_run(void)
{
	Suite *suite = suite_create("report/run");
	TCase *tests = tcase_create("run");

	tcase_add_test(tests, a_report_says_which_one_it_is);
	tcase_add_test(tests, the_last_report_says_how_the_run_ended);
	tcase_add_test(tests, the_budget_is_what_is_left_in_percent);
	tcase_add_test(tests, a_budget_without_a_limit_is_whole);
	tcase_add_test(tests, a_budget_that_is_overdrawn_is_empty);
	tcase_add_test(tests, trials_are_counted_by_state);
	tcase_add_test(tests, best_and_last_are_those_of_completed_trials);
	tcase_add_test(tests, nothing_completed_has_no_best_and_no_last);
	tcase_add_test(tests, the_best_keeps_the_bounds);
	tcase_add_test(tests, each_of_several_objectives_has_its_column_and_its_best);
	tcase_add_test(tests, the_table_has_the_best_first_and_all_that_started);
	tcase_add_test(tests, a_row_names_its_task_and_its_iteration);
	tcase_add_test(tests, the_table_ends_after_a_thousand_rows);
	tcase_add_test(tests, each_trial_that_ended_since_has_a_line);
	tcase_add_test(tests, of_very_many_ends_the_latest_have_lines);
	tcase_add_test(tests, figures_come_with_title_and_series_unless_they_are_empty);
	tcase_add_test(tests, a_report_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
