/*
 * The analysis of variance of a study, and what is printed of importance.
 */
#include "unit/report/make.h"

#include "hpo/plugin/random.h"
#include "report/fanova.h"
#include "report/scenario.h"
#include "report/verdict.h"
#include "space/codec.h"
#include "support/alloc.h"

#include <math.h>

Suite *unit_report_fanova(void);

enum { DIMS = 4 };

#define TWO_GOALS                                                                                  \
	"{'name':'s','objectives':[{'series':'loss','goal':'min'},{'title':'t','series':'gain',"   \
	"'goal':'max'}],'parameters':[{'name':'a','type':'categorical','choices':['x','y']},"     \
	"{'name':'b','type':'categorical','choices':['x','y']}]}"
#define ONE_GOAL(parameters)                                                                       \
	"{'name':'s','objectives':[{'series':'loss','goal':'min'}],'parameters':[" parameters "]}"
#define TREE                                                                                       \
	"{'name':'k','type':'categorical','choices':['on','off']},"                               \
	"{'name':'x','type':'int','low':1,'high':4},"                                              \
	"{'name':'y','type':'int','low':1,'high':4,'when':{'k':['on']}}"

/* One completed trial at a point [d] of the unit cube. */
static void add_point(hpo_records_t *records, const double *point, const double *values)
{
	const hpo_space_t *space = records->study->space;
	struct hpo_buffer params = HPO__BUFFER_INIT;
	struct hpo_buffer texts = HPO__BUFFER_INIT;
	union hpo_value decoded[DIMS];
	uint8_t active[DIMS];
	hpo_trial_row_t row = { .struct_size = sizeof row, .number = (int64_t)records->count,
				.state = HPO_TRIAL_COMPLETED, .iteration = -1 };

	hpo__codec_decode(space, point, decoded, active);
	hpo__codec_write(space, decoded, active, &params);
	for (size_t j = 0; j < records->study->objectives.count; j++) {
		hpo__buffer_char(&texts, j == 0 ? '[' : ',');
		hpo__buffer_json_real(&texts, values[j]);
	}
	hpo__buffer_char(&texts, ']');
	row.params = params.text;
	row.values = texts.text;
	row.told = row.number + 1;
	ck_assert_int_eq(hpo__records_add(records, &row, NULL), HPO_OK);
	hpo__buffer_release(&params);
	hpo__buffer_release(&texts);
}

/* `a` decides the first of two goals, and `b` the second but for a little. */
static hpo_records_t *make_two_goals(void)
{
	hpo_records_t *records = make_records(TWO_GOALS, NULL, 0);

	for (int i = 0; i < 40; i++) {
		const double point[] = { i % 2 ? 0.25 : 0.75, i / 2 % 2 ? 0.25 : 0.75 };
		const double values[] = { i % 2, 3 * (i / 2 % 2) + i % 2 };

		add_point(records, point, values);
	}
	return records;
}

static double share_of(const struct hpo_verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->count; i++) {
		if (strcmp(verdict->rows[i].name, name) == 0)
			return verdict->rows[i].share;
	}
	return NAN;
}

static void judge(const hpo_records_t *records, int64_t objective, double top,
		  struct hpo_verdict *verdict)
{
	hpo_importance_options_t options = HPO_IMPORTANCE_OPTIONS_INIT;

	options.method = HPO_IMPORTANCE_FANOVA;
	options.objective = objective;
	options.top_quantile = top;
	ck_assert_int_eq(hpo__verdict(verdict, records, &options, NULL), HPO_OK);
}

START_TEST(each_objective_has_shares_of_its_own)
{
	hpo_records_t *records = make_two_goals();
	struct hpo_verdict verdict;

	judge(records, 0, 0, &verdict);
	ck_assert_str_eq(verdict.objective, "loss");
	ck_assert_double_eq_tol(share_of(&verdict, "a"), 1, 1e-9);
	ck_assert_double_eq_tol(share_of(&verdict, "b"), 0, 1e-9);
	hpo__free(verdict.rows);

	/* Near 9 to 1: trees that see samples of the trials weigh them a little otherwise. */
	judge(records, 1, 0, &verdict);
	ck_assert_str_eq(verdict.objective, "t/gain");
	ck_assert_double_eq_tol(share_of(&verdict, "b"), 0.9, 0.02);
	hpo__free(verdict.rows);

	judge(records, -1, 0, &verdict);
	ck_assert_ptr_null(verdict.objective);
	ck_assert_double_eq_tol(share_of(&verdict, "a"), 0.55, 0.02);
	hpo__free(verdict.rows);
	hpo_records_free(records);
}
END_TEST

/* y is active half of the time, and decides as much there as x everywhere. */
START_TEST(a_conditional_parameter_counts_as_often_as_it_is_active)
{
	hpo_records_t *records = make_records(ONE_GOAL(TREE), NULL, 0);
	struct hpo_verdict verdict;

	for (int i = 0; i < 32; i++) {
		const double point[] = { i < 16 ? 0.25 : 0.75, (i % 4 + 0.5) / 4,
					 (i / 4 % 4 + 0.5) / 4 };
		const double value = i % 4 + (i < 16 ? i / 4 % 4 - 1.5 : 0);

		for (int again = 0; again < 4; again++)
			add_point(records, point, &value);
	}
	judge(records, -1, 0, &verdict);

	ck_assert_double_eq_tol(share_of(&verdict, "x"), 2 / 3.0, 0.06);
	ck_assert_double_eq_tol(share_of(&verdict, "y"), 1 / 3.0, 0.06);
	ck_assert_double_lt(share_of(&verdict, "k"), 0.02);
	hpo__free(verdict.rows);
	hpo_records_free(records);
}
END_TEST

/* Above the median a is all, below it b: what is cut off does not count. */
START_TEST(losses_beyond_the_top_quantile_are_equal)
{
	hpo_records_t *records = make_records(
		ONE_GOAL("{'name':'a','type':'categorical','choices':['x','y']},"
			 "{'name':'b','type':'categorical','choices':['x','y']}"), NULL, 0);
	struct hpo_verdict all;
	struct hpo_verdict top;

	for (int i = 0; i < 80; i++) {
		const double point[] = { i % 2 ? 0.25 : 0.75, i / 2 % 2 ? 0.25 : 0.75 };
		const double value = i % 2 ? 100 + i / 2 % 2 : i / 2 % 2;

		add_point(records, point, &value);
	}
	judge(records, -1, 0, &all);
	judge(records, -1, 0.5, &top);

	ck_assert_double_gt(share_of(&all, "a"), 0.99);
	ck_assert_double_lt(share_of(&top, "a"), 0.5);
	ck_assert_double_gt(share_of(&top, "b"), 0.2);
	hpo__free(all.rows);
	hpo__free(top.rows);
	hpo_records_free(records);
}
END_TEST

START_TEST(too_few_trials_and_constants_give_no_shares)
{
	hpo_records_t *records = make_records(ONE_GOAL(TREE), NULL, 0);
	struct hpo_verdict verdict;
	const double huge = 1e308;

	for (int i = 0; i < 30; i++) {
		const double point[] = { 0.25, (i % 4 + 0.5) / 4, (i / 4 % 4 + 0.5) / 4 };

		if (i == HPO__FANOVA_LEAST - 1) {
			judge(records, -1, 0, &verdict);
			ck_assert_double_eq(verdict.rows[0].share, 0);
			hpo__free(verdict.rows);
		}
		add_point(records, point, &huge);
	}
	judge(records, -1, 0, &verdict);

	ck_assert_uint_eq(verdict.trials, 30);
	ck_assert_double_eq(verdict.rows[0].share, 0);
	ck_assert_double_eq(verdict.rest, 0);
	hpo__free(verdict.rows);
	hpo_records_free(records);
}
END_TEST

/* Scenarios are all combinations of what others depend on; too many are drawn. */
START_TEST(a_space_is_taken_apart_into_scenarios)
{
	hpo_records_t *records = make_records(ONE_GOAL(TREE), NULL, 0);
	hpo_records_t *large = make_records(
		ONE_GOAL("{'name':'n','type':'int','low':1,'high':1000000},"
			 "{'name':'z','type':'float','low':0,'high':1,'when':{'n':[7]}}"), NULL, 0);
	struct hpo_scenes scenes;
	double sum = 0;

	ck_assert_int_eq(hpo__scenes_init(&scenes, records->study->space, NULL), HPO_OK);
	ck_assert_uint_eq(scenes.set.count, 2);
	ck_assert_double_eq(scenes.set.weights[1], 0.5);
	ck_assert_double_eq(scenes.set.pinned[3], 0.75);
	ck_assert(isnan(scenes.set.pinned[4]));
	ck_assert(scenes.set.active[2] && !scenes.set.active[5]);
	ck_assert_uint_eq(scenes.axes[1].count, 4);
	ck_assert_double_eq(scenes.axes[1].weights[3], 0.25);
	hpo__scenes_release(&scenes);

	ck_assert_int_eq(hpo__scenes_init(&scenes, large->study->space, NULL), HPO_OK);
	for (size_t s = 0; s < scenes.set.count; s++)
		sum += scenes.set.weights[s];
	ck_assert_double_eq_tol(sum, 1, 1e-9);
	hpo__scenes_release(&scenes);
	hpo_records_free(records);
	hpo_records_free(large);
}
END_TEST

START_TEST(importance_is_told_as_json_and_as_a_table)
{
	hpo_records_t *records = make_two_goals();
	hpo_importance_options_t options = HPO_IMPORTANCE_OPTIONS_INIT;
	char *text;

	options.objective = 0;
	check_text(hpo_report_importance_json(records, &options, NULL),
		   "{\"study\":\"s\",\"method\":\"ped-anova\",\"objective\":\"loss\",\"trials\":40,"
		   "\"parameters\":[{\"name\":\"a\",\"share\":1.0},{\"name\":\"b\",\"share\":0.0}]}");
	options.method = HPO_IMPORTANCE_FANOVA;
	text = hpo_report_importance(records, &options, 0, NULL);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "parameter"));
	ck_assert_ptr_nonnull(strstr(text, "(larger groups)"));
	hpo__free(text);
	hpo_records_free(records);

	records = make_records(TWO_GOALS, NULL, 0);
	check_text(hpo_report_importance(records, NULL, 0, NULL),
		   "Of 0 trials nothing is known yet: 10 must end.\n");
	hpo_records_free(records);
}
END_TEST

START_TEST(what_there_is_not_is_refused)
{
	hpo_records_t *records = make_two_goals();
	hpo_importance_options_t options = HPO_IMPORTANCE_OPTIONS_INIT;
	hpo_error_t error = { 0 };

	options.objective = 2;
	ck_assert_ptr_null(hpo_report_importance_json(records, &options, &error));
	ck_assert_int_eq(error.code, HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "objective 2"));
	options.objective = 0;
	options.top_quantile = 1.5;
	ck_assert_ptr_null(hpo_report_importance(records, &options, 0, &error));
	ck_assert_ptr_nonnull(strstr(error.message, "1.5"));
	hpo_records_free(records);
}
END_TEST

static hpo_status_t judge_again(void *user)
{
	hpo_importance_options_t options = HPO_IMPORTANCE_OPTIONS_INIT;
	struct hpo_verdict verdict;
	hpo_error_t error = { 0 };
	hpo_status_t status;

	options.method = HPO_IMPORTANCE_FANOVA;
	status = hpo__verdict(&verdict, user, &options, &error);
	hpo__free(verdict.rows);
	return status;
}

START_TEST(judging_without_memory_is_an_error_and_no_leak)
{
	hpo_records_t *records;

	hpo_test_alloc_install();
	records = make_two_goals();
	hpo_test_each_allocation(judge_again, records);
	hpo_records_free(records);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_report_fanova(void)
{
	Suite *suite = suite_create("report/fanova");
	TCase *tests = tcase_create("fanova");

	tcase_add_test(tests, each_objective_has_shares_of_its_own);
	tcase_add_test(tests, a_conditional_parameter_counts_as_often_as_it_is_active);
	tcase_add_test(tests, losses_beyond_the_top_quantile_are_equal);
	tcase_add_test(tests, too_few_trials_and_constants_give_no_shares);
	tcase_add_test(tests, a_space_is_taken_apart_into_scenarios);
	tcase_add_test(tests, importance_is_told_as_json_and_as_a_table);
	tcase_add_test(tests, what_there_is_not_is_refused);
	tcase_add_test(tests, judging_without_memory_is_an_error_and_no_leak);
	suite_add_tcase(suite, tests);
	return suite;
}
