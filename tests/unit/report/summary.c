/*
 * Summaries and lists, for people and as JSON.
 */
#include "unit/report/make.h"

#include "base/json.h"
#include "support/alloc.h"

#define TWO_GOALS                                                                                 \
	"{'name':'s','objectives':[{'title':'t','series':'a','goal':'min'},"                      \
	"{'series':'b','goal':'max'},{'series':'mb','bound':10}],"                                \
	"'parameters':[{'name':'x','type':'int','low':0,'high':9}]}"

/* Trial 2 is dominated by 0, trial 3 breaks the bound; 0 and 1 are the front. */
static const struct made two_goals[] = {
	{ HPO_TRIAL_COMPLETED, "{'x':0}", "[1,5,10]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':1}", "[2,6,1]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':2}", "[1.5,5,1]", NULL },
	{ HPO_TRIAL_COMPLETED, "{'x':3}", "[0,9,11]", NULL },
};

static hpo_json_t *parse(char *text)
{
	hpo_json_t *json = NULL;

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(hpo__json_parse(&json, text, strlen(text), "report", NULL), HPO_OK);
	hpo__free(text);
	return json;
}

static int64_t integer_of(const hpo_json_t *object, const char *key)
{
	const hpo_json_t *member = hpo__json_get(object, key);

	ck_assert_ptr_nonnull(member);
	return hpo__json_integer(member);
}

START_TEST(a_summary_names_the_best_trial)
{
	hpo_records_t *records = plain_records();
	char *text = hpo_report_summary(records, 0, NULL);

	hpo_records_free(records);
	check_text(text, "study       s\n"
			 "objective   loss (min)\n"
			 "strategy    auto, seed 0\n"
			 "trials      5 of 9: 2 completed, 1 pruned, 1 failed, 1 running\n"
			 "best        0.25 (trial 3)\n"
			 "            x=0.123456789 k=\n"
			 "computed    2.5 s\n");
}
END_TEST

static void check_ended(const char *limits, int stopped, const char *line)
{
	static const struct made trial = { HPO_TRIAL_COMPLETED, "{'x':1}", "[2]", NULL };
	char study[400];
	hpo_records_t *records;
	char *text;

	snprintf(study, sizeof study,
		 "{'name':'s','objectives':[{'series':'loss'}],'parameters':["
		 "{'name':'x','type':'int','low':0,'high':9}],'limits':%s}",
		 limits);
	records = make_records(study, &trial, 1);
	records->stopped = stopped;
	text = hpo_report_summary(records, 0, NULL);
	hpo_records_free(records);
	ck_assert_ptr_nonnull(text);
	if (line != NULL)
		ck_assert_msg(strstr(text, line) != NULL, "%s", text);
	else
		ck_assert_ptr_null(strstr(text, "\nended"));
	hpo__free(text);
}

/* The one trial took half a second and ended a second after 10^9. */
START_TEST(a_summary_says_when_and_why_a_study_ended)
{
	check_ended("{'trials':2}", 0, NULL);
	check_ended("{'trials':1}", 0,
		    "\nended       2001-09-09T01:46:41Z, all 1 trials are done\n");
	check_ended("{'trials':1,'target':3}", 0,
		    "\nended       2001-09-09T01:46:41Z, the target 3 is reached by trial 0\n");
	check_ended("{'compute_minutes':0.005}", 0,
		    "\nended       2001-09-09T01:46:41Z, its 0.005 minutes of computing are used up\n");
	check_ended("{'trials':2}", 1, "\nended       2001-09-09T01:46:41Z, it was stopped\n");
}
END_TEST

START_TEST(a_summary_is_cut_to_the_terminal)
{
	hpo_records_t *records = plain_records();
	char *text = hpo_report_summary(records, 20, NULL);

	hpo_records_free(records);
	ck_assert_ptr_nonnull(strstr(text, "\ntrials      5 of 9:\xe2\x80\xa6\n"));
	hpo__free(text);
}
END_TEST

START_TEST(a_summary_without_a_completed_trial_says_so)
{
	hpo_records_t *records = make_records(PLAIN_STUDY, plain_trials + 1, 2);
	char *text = hpo_report_summary(records, 0, NULL);
	hpo_json_t *json = parse(hpo_report_summary_json(records, NULL));

	hpo_records_free(records);
	ck_assert_ptr_nonnull(strstr(text, "best        no trial has completed\n"));
	ck_assert_int_eq(hpo__json_kind(hpo__json_get(json, "best")), HPO__JSON_NULL);
	hpo__free(text);
	hpo__json_free(json);
}
END_TEST

START_TEST(the_json_summary_counts_and_recommends)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *json = parse(hpo_report_summary_json(records, NULL));
	const hpo_json_t *trials = hpo__json_get(json, "trials");
	const hpo_json_t *best = hpo__json_get(json, "best");

	hpo_records_free(records);
	ck_assert_int_eq(integer_of(trials, "total"), 5);
	ck_assert_int_eq(integer_of(trials, "completed"), 2);
	ck_assert_int_eq(integer_of(trials, "waiting"), 0);
	ck_assert_int_eq(integer_of(best, "number"), 3);
	ck_assert_double_eq(hpo__json_real(hpo__json_item(hpo__json_get(best, "values"), 0)), 0.25);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(hpo__json_get(best, "params"), "k")), "");
	ck_assert_int_eq(integer_of(hpo__json_get(json, "limits"), "trials"), 9);
	ck_assert_double_eq(hpo__json_real(hpo__json_get(json, "compute_seconds")), 2.5);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(json, "created")), "2001-09-09T01:46:40Z");
	hpo__json_free(json);
}
END_TEST

START_TEST(iterations_that_cannot_be_are_summed_to_all_that_can)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *json;

	for (size_t i = 0; i < PLAIN_TRIALS; i++)
		records->trials[i].row.iteration = INT64_MAX / 2;
	json = parse(hpo_report_summary_json(records, NULL));
	hpo_records_free(records);

	ck_assert_int_eq(integer_of(json, "iterations"), INT64_MAX);
	hpo__json_free(json);
}
END_TEST

START_TEST(several_objectives_are_summed_up_by_their_front)
{
	hpo_records_t *records = make_records(TWO_GOALS, two_goals, 4);
	hpo_json_t *json = parse(hpo_report_summary_json(records, NULL));
	const hpo_json_t *best = hpo__json_get(json, "best");
	char *text = hpo_report_summary(records, 0, NULL);

	hpo_records_free(records);
	ck_assert_uint_eq(hpo__json_size(best), 2);
	ck_assert_int_eq(integer_of(hpo__json_item(best, 0), "number"), 0);
	ck_assert_int_eq(integer_of(hpo__json_item(best, 1), "number"), 1);
	ck_assert_ptr_nonnull(strstr(text, "objectives  t/a (min), b (max), mb <= 10\n"));
	hpo__free(text);
	hpo__json_free(json);
}
END_TEST

START_TEST(no_completed_trial_of_several_objectives_is_an_empty_list)
{
	hpo_records_t *records = make_records(TWO_GOALS, NULL, 0);
	hpo_json_t *json = parse(hpo_report_summary_json(records, NULL));

	hpo_records_free(records);
	ck_assert_int_eq(hpo__json_kind(hpo__json_get(json, "best")), HPO__JSON_ARRAY);
	ck_assert_uint_eq(hpo__json_size(hpo__json_get(json, "best")), 0);
	hpo__json_free(json);
}
END_TEST

START_TEST(top_gives_as_many_as_were_asked_for)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *two = parse(hpo_report_top_json(records, 2, NULL));
	hpo_json_t *all = parse(hpo_report_top_json(records, 99, NULL));

	hpo_records_free(records);
	ck_assert_uint_eq(hpo__json_size(two), 2);
	ck_assert_int_eq(integer_of(hpo__json_item(two, 0), "number"), 3);
	ck_assert_int_eq(integer_of(hpo__json_item(two, 1), "number"), 0);
	ck_assert_uint_eq(hpo__json_size(all), 3);
	ck_assert_int_eq(integer_of(hpo__json_item(all, 2), "number"), 2);
	hpo__json_free(two);
	hpo__json_free(all);
}
END_TEST

START_TEST(trials_are_in_the_pinned_object)
{
	hpo_records_t *records = plain_records();
	hpo_json_t *json = parse(hpo_report_trials_json(records, NULL));
	const hpo_json_t *trials = hpo__json_get(json, "trials");
	const hpo_json_t *failed = hpo__json_item(trials, 1);

	hpo_records_free(records);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(json, "study")), "s");
	ck_assert_uint_eq(hpo__json_size(trials), 5);
	ck_assert_str_eq(hpo__json_text(hpo__json_get(failed, "state")), "failed");
	ck_assert_int_eq(hpo__json_kind(hpo__json_get(failed, "values")), HPO__JSON_NULL);
	ck_assert_double_eq(
		hpo__json_real(hpo__json_get(hpo__json_get(failed, "params"), "x")), -2);
	hpo__json_free(json);
}
END_TEST

static hpo_status_t make_all(void *user)
{
	static char *(*const makers[])(const hpo_records_t *, hpo_error_t *) = {
		hpo_report_trials_json, hpo_report_summary_json
	};
	hpo_error_t error;
	char *text;

	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
		text = makers[i](user, &error);
		hpo__free(text);
		if (text == NULL)
			return (hpo_status_t)error.code;
	}
	text = hpo_report_top_json(user, 9, &error);
	hpo__free(text);
	if (text == NULL)
		return (hpo_status_t)error.code;
	text = hpo_report_summary(user, 20, &error);
	hpo__free(text);
	return text != NULL ? HPO_OK : (hpo_status_t)error.code;
}

START_TEST(summaries_without_memory_are_errors_and_no_leak)
{
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = plain_records();
	hpo_test_each_allocation(make_all, records);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_report_summary(void);

Suite *unit_report_summary(void)
{
	Suite *suite = suite_create("report/summary");
	TCase *tests = tcase_create("summary");

	tcase_add_test(tests, a_summary_names_the_best_trial);
	tcase_add_test(tests, a_summary_says_when_and_why_a_study_ended);
	tcase_add_test(tests, a_summary_is_cut_to_the_terminal);
	tcase_add_test(tests, a_summary_without_a_completed_trial_says_so);
	tcase_add_test(tests, the_json_summary_counts_and_recommends);
	tcase_add_test(tests, iterations_that_cannot_be_are_summed_to_all_that_can);
	tcase_add_test(tests, several_objectives_are_summed_up_by_their_front);
	tcase_add_test(tests, no_completed_trial_of_several_objectives_is_an_empty_list);
	tcase_add_test(tests, top_gives_as_many_as_were_asked_for);
	tcase_add_test(tests, trials_are_in_the_pinned_object);
	tcase_add_test(tests, summaries_without_memory_are_errors_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
