/*
 * What a store keeps of trials besides their ends: reports, annotations, and trials from elsewhere.
 */
#include "contract/store.h"

#include <math.h>

/* Reports as one text, "iteration:value ". */
static hpo_status_t append_report(const hpo_report_row_t *row, void *user)
{
	char *text = user;

	sprintf(text + strlen(text), "%lld:%lld:%g ", (long long)row->trial,
		(long long)row->iteration, row->value);
	return HPO_OK;
}

static void report(int64_t trial, int32_t attempt, int64_t iteration, double value)
{
	hpo_report_row_t row = {.trial = trial,
				.attempt = attempt,
				.iteration = iteration,
				.metric = "loss",
				.value = value};

	ck_assert_int_eq(ops->report(state, study, &row, 1, NULL), HPO_OK);
}

START_TEST(reports_keep_their_order_and_values)
{
	hpo_report_row_t rows[3] = {
		{.trial = 0, .iteration = 1, .metric = "a", .value = 0.1},
		{.trial = 1, .iteration = 1, .metric = "b", .value = INFINITY},
		{.trial = 0, .iteration = 2, .metric = "a", .value = NAN},
	};
	char all[200] = "";
	char rest[200] = "";
	char one[200] = "";
	int64_t worker = join();

	start(worker);
	start(worker);

	ck_assert_int_eq(ops->report(state, study, rows, 3, NULL), HPO_OK);

	ops->reports_since(state, study, 0, append_report, all, NULL);
	ops->reports_since(state, study, 1, append_report, rest, NULL);
	ops->reports_of(state, study, 0, append_report, one, NULL);
	ck_assert_str_eq(all, "0:1:0.1 1:1:inf 0:2:nan ");
	ck_assert_str_eq(rest, "1:1:inf 0:2:nan ");
	ck_assert_str_eq(one, "0:1:0.1 0:2:nan ");
}
END_TEST

START_TEST(reports_of_an_attempt_that_is_over_are_dropped)
{
	hpo_trial_row_t trial;
	char all[200] = "";
	char last[200] = "";
	int64_t worker = join();

	trial = start(worker);
	report(0, 0, 1, 0.5);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);
	report(0, 0, 2, 0.25);
	claim(worker);
	report(0, 0, 3, 0.125);
	report(0, 1, 1, 9);
	report(44, 0, 1, 9);

	ops->reports_since(state, study, 0, append_report, all, NULL);
	ops->reports_of(state, study, 0, append_report, last, NULL);

	ck_assert_str_eq(all, "0:1:0.5 0:1:9 ");
	ck_assert_str_eq(last, "0:1:9 ");
}
END_TEST

START_TEST(inserted_trials_wait_or_have_ended)
{
	hpo_trial_row_t rows[2] = {
		{.struct_size = sizeof *rows,
		 .state = HPO_TRIAL_WAITING,
		 .source = HPO_SOURCE_ENQUEUED,
		 .params = "{\"x\":1}",
		 .iteration = -1},
		{.struct_size = sizeof *rows,
		 .state = HPO_TRIAL_COMPLETED,
		 .source = HPO_SOURCE_IMPORTED,
		 .params = "{\"x\":2}",
		 .values = "[3]",
		 .attributes = "{\"a\":1}",
		 .iteration = 7,
		 .compute_s = 4},
	};
	char reports[100] = "";
	int64_t inserted;
	hpo_trial_row_t row;

	ck_assert_int_eq(ops->insert(state, study, rows, 2, &inserted, NULL), HPO_OK);
	ck_assert_int_eq(inserted, 0);

	check_counts(1, 0, 1, 0, 0);
	row = trial_row(1);
	ck_assert_int_eq(row.told, 1);
	ck_assert_int_eq(row.source, HPO_SOURCE_IMPORTED);
	ck_assert_str_eq(row.values, "[3]");
	ck_assert_str_eq(row.attributes, "{\"a\":1}");
	ck_assert_int_eq(row.iteration, 7);
	ck_assert_double_gt(row.ended_s, 0);
	row = claim(join());
	ck_assert_int_eq(row.number, 0);
	ck_assert_int_eq(row.attempt, 0);
	ck_assert_int_eq(row.source, HPO_SOURCE_ENQUEUED);
	ck_assert_str_eq(row.params, "{\"x\":1}");
	report(1, 0, 1, 3); /* an imported trial brings its reports after it */
	ops->reports_of(state, study, 1, append_report, reports, NULL);
	ck_assert_str_eq(reports, "1:1:3 ");
}
END_TEST

START_TEST(an_insertion_happens_whole_or_not_at_all)
{
	hpo_trial_row_t rows[2] = {
		{.struct_size = sizeof *rows, .state = HPO_TRIAL_WAITING, .params = "{}"},
		{.struct_size = sizeof *rows, .state = HPO_TRIAL_RUNNING, .params = "{}"},
	};
	int64_t inserted;

	ck_assert_int_eq(ops->insert(state, study, rows, 2, &inserted, NULL), HPO_EINVAL);
	rows[1].state = HPO_TRIAL_FAILED;
	rows[1].params = NULL;
	ck_assert_int_eq(ops->insert(state, study, rows, 2, &inserted, NULL), HPO_EINVAL);

	check_counts(0, 0, 0, 0, 0);
}
END_TEST

START_TEST(annotations_are_kept_and_those_of_a_former_holder_dropped)
{
	hpo_trial_row_t note = {.struct_size = sizeof note, .task = "t1"};
	hpo_trial_row_t trial;

	trial = start(join());
	note.epoch = trial.epoch;
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);

	note.epoch = trial.epoch + 1;
	note.task = "t2";
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);
	note.epoch = trial.epoch;
	note.task = NULL;
	note.attributes = "{\"k\":[1]}";
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);

	ck_assert_str_eq(trial_row(0).task, "t1");
	ck_assert_str_eq(trial_row(0).attributes, "{\"k\":[1]}");
	finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]");
	ck_assert_str_eq(trial_row(0).attributes, "{\"k\":[1]}");
}
END_TEST

/* A person's note, while the trial runs, and what its program says at its end. */
START_TEST(attributes_of_several_writers_are_kept)
{
	const hpo_trial_row_t note = {.struct_size = sizeof note,
				      .attributes = "{\"note\":\"odd\",\"old\":1}"};
	const hpo_trial_row_t nobody = {.struct_size = sizeof nobody,
					.number = 7,
					.attributes = "{}"};
	const hpo_trial_row_t wrong = {.struct_size = sizeof wrong, .attributes = "{"};
	hpo_finish_row_t end = {.state = HPO_TRIAL_COMPLETED,
				.values = "[1]",
				.attributes = "{\"loss\":{\"a\":2},\"old\":null}"};
	int late;

	end.epoch = start(join()).epoch;
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);
	ck_assert_int_lt(ops->annotate(state, study, &wrong, NULL), 0);
	ck_assert_int_eq(ops->finish(state, study, &end, &late, NULL), HPO_OK);

	ck_assert_str_eq(trial_row(0).attributes, "{\"note\":\"odd\",\"loss\":{\"a\":2}}");
	ck_assert_int_eq(ops->annotate(state, study, &nobody, NULL), HPO_ENOTFOUND);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, reports_keep_their_order_and_values);
	tcase_add_test(tests, reports_of_an_attempt_that_is_over_are_dropped);
	tcase_add_test(tests, inserted_trials_wait_or_have_ended);
	tcase_add_test(tests, an_insertion_happens_whole_or_not_at_all);
	tcase_add_test(tests, annotations_are_kept_and_those_of_a_former_holder_dropped);
	tcase_add_test(tests, attributes_of_several_writers_are_kept);
}

Suite *contract_store_report(void);
Suite *contract_store_report(void)
{
	return make_suite("contract/store_report", add_tests);
}
