/*
 * Asking and telling, through the public calls, on a store in memory.
 */
#include "hpo.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *unit_optimizer_ask_tell(void);

static hpo_error_t error;

static hpo_optimizer_t *open_study(const char *more)
{
	static const char form[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":-2,\"high\":3},"
		"{\"name\":\"n\",\"type\":\"int\",\"low\":1,\"high\":8}]%s%s}";
	hpo_optimizer_t *opt = NULL;
	char json[2048];

	snprintf(json, sizeof json, form, *more != '\0' ? "," : "", more);
	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	return opt;
}

static hpo_trial_t *ask(hpo_optimizer_t *opt)
{
	hpo_trial_t *trial = NULL;

	ck_assert_msg(hpo_optimizer_ask(opt, &trial, &error) == HPO_OK, "%s", error.message);
	return trial;
}

static void tell(hpo_trial_t *trial, double value)
{
	ck_assert_msg(hpo_trial_tell(trial, &value, 1, &error) == HPO_OK, "%s", error.message);
	hpo_trial_free(trial);
}

/* A copy of what a call returned, freed at once. */
static const char *text(char *json)
{
	static char copy[8192];

	ck_assert_msg(json != NULL, "%s", error.message);
	snprintf(copy, sizeof copy, "%s", json);
	hpo_free(json);
	return copy;
}

static hpo_progress_t progress(hpo_optimizer_t *opt)
{
	hpo_progress_t out = {.struct_size = sizeof out};

	ck_assert_int_eq(hpo_optimizer_progress(opt, &out, &error), HPO_OK);
	return out;
}

/* Nothing more is given out, for this reason. */
static void check_ended(hpo_optimizer_t *opt, const char *reason)
{
	hpo_trial_t *trial = NULL;

	ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_DONE);
	ck_assert_ptr_null(trial);
	ck_assert_str_eq(progress(opt).ended, reason);
}

START_TEST(trials_are_numbered_from_0_without_gaps)
{
	hpo_optimizer_t *opt = open_study("");

	for (int i = 0; i < 5; i++) {
		hpo_trial_t *trial = ask(opt);

		ck_assert_int_eq(hpo_trial_number(trial), i);
		tell(trial, 2.385 - i);
	}

	ck_assert_int_eq(progress(opt).completed, 5);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(values_are_within_their_bounds)
{
	hpo_optimizer_t *opt = open_study("\"strategy\":{\"name\":\"random\",\"seed\":3}");

	for (int i = 0; i < 200; i++) {
		hpo_trial_t *trial = ask(opt);
		double x;
		int64_t n;

		ck_assert_int_eq(hpo_trial_get_float(trial, "x", &x, &error), HPO_OK);
		ck_assert_int_eq(hpo_trial_get_int(trial, "n", &n, &error), HPO_OK);
		ck_assert(x >= -2 && x <= 3);
		ck_assert(n >= 1 && n <= 8);
		tell(trial, x);
	}
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(an_unknown_parameter_is_named)
{
	hpo_optimizer_t *opt = open_study("");
	hpo_trial_t *trial = ask(opt);
	double x;

	ck_assert_int_eq(hpo_trial_get_float(trial, "rate", &x, &error), HPO_ENOTFOUND);

	ck_assert_ptr_nonnull(strstr(error.message, "'rate'"));
	tell(trial, 1);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(an_enqueued_point_comes_first)
{
	hpo_optimizer_t *opt = open_study("");
	hpo_trial_t *trial;

	ck_assert_int_eq(hpo_optimizer_enqueue_trial(opt, "{\"x\":0.125,\"n\":7}", &error), HPO_OK);
	trial = ask(opt);

	ck_assert_str_eq(text(hpo_trial_params_json(trial)), "{\"x\":0.125,\"n\":7}");
	tell(trial, 1);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(an_enqueued_point_outside_the_space_is_refused_by_name)
{
	hpo_optimizer_t *opt = open_study("");

	ck_assert_int_eq(hpo_optimizer_enqueue_trial(opt, "{\"x\":4,\"n\":7}", &error), HPO_EINVAL);

	ck_assert_ptr_nonnull(strstr(error.message, "x"));
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_limit_of_trials_ends_asking)
{
	hpo_optimizer_t *opt = open_study("\"limits\":{\"trials\":2}");
	hpo_trial_t *first = ask(opt);
	hpo_trial_t *second = ask(opt);
	hpo_trial_t *third = first;

	ck_assert_int_eq(hpo_optimizer_ask(opt, &third, &error), HPO_DONE);

	ck_assert_ptr_null(third);
	tell(first, 1);
	tell(second, 2);
	ck_assert_int_eq(hpo_optimizer_ask(opt, &third, &error), HPO_DONE);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(the_best_is_the_smallest_loss_or_the_largest_score)
{
	hpo_optimizer_t *opt = open_study("");

	for (int i = 0; i < 4; i++)
		tell(ask(opt), fabs(i - 2.0) + 0.5);

	ck_assert_ptr_eq(strstr(text(hpo_optimizer_best_json(opt, &error)),
				"{\"number\":2,\"values\":[0.5],\"params\":{\"x\":"),
			 text(hpo_optimizer_best_json(opt, &error)));
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(there_is_no_best_before_the_first_completed_trial)
{
	hpo_optimizer_t *opt = open_study("");

	ck_assert_ptr_null(hpo_optimizer_best_json(opt, &error));

	ck_assert_int_eq(error.code, HPO_ENOTFOUND);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_value_that_is_not_finite_makes_a_failed_trial)
{
	static const double values[] = {NAN, INFINITY, -INFINITY};
	hpo_optimizer_t *opt = open_study("");

	for (size_t i = 0; i < 3; i++)
		tell(ask(opt), values[i]);

	ck_assert_int_eq(progress(opt).failed, 3);
	ck_assert_int_eq(progress(opt).completed, 0);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_trial_ends_once)
{
	hpo_optimizer_t *opt = open_study("");
	hpo_trial_t *trial = ask(opt);
	const double value = 1.5;

	ck_assert_int_eq(hpo_trial_tell(trial, &value, 1, &error), HPO_OK);
	ck_assert_int_eq(hpo_trial_tell(trial, &value, 1, &error), HPO_EINVAL);
	ck_assert_int_eq(hpo_trial_prune(trial, &error), HPO_EINVAL);
	ck_assert_int_eq(hpo_trial_fail(trial, "late", &error), HPO_EINVAL);
	ck_assert_int_eq(hpo_trial_report(trial, 1, 1.0, &error), HPO_EINVAL);

	hpo_trial_free(trial);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_wrong_number_of_values_is_refused_and_the_trial_goes_on)
{
	hpo_optimizer_t *opt = open_study("");
	hpo_trial_t *trial = ask(opt);
	const double values[] = {1, 2};

	ck_assert_int_eq(hpo_trial_tell(trial, values, 2, &error), HPO_EINVAL);

	tell(trial, 1);
	ck_assert_int_eq(progress(opt).completed, 1);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_freed_trial_that_was_not_ended_is_abandoned)
{
	hpo_optimizer_t *opt = open_study("");

	hpo_trial_free(ask(opt));

	ck_assert_int_eq(progress(opt).failed, 1);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_trial_may_be_told_after_its_optimizer_was_freed)
{
	hpo_optimizer_t *opt = open_study("");
	hpo_trial_t *trial = ask(opt);

	hpo_optimizer_free(opt);

	tell(trial, 1);
}
END_TEST

START_TEST(a_failed_trial_is_retried_under_its_number)
{
	hpo_optimizer_t *opt = open_study("\"limits\":{\"retries\":1,\"trials\":1}");
	hpo_trial_t *trial = ask(opt);
	char first[256];

	snprintf(first, sizeof first, "%.255s", text(hpo_trial_params_json(trial)));
	ck_assert_int_eq(hpo_trial_fail(trial, "node lost", &error), HPO_OK);
	hpo_trial_free(trial);
	trial = ask(opt);

	ck_assert_int_eq(hpo_trial_number(trial), 0);
	ck_assert_int_eq(hpo_trial_attempt(trial), 1);
	ck_assert_str_eq(text(hpo_trial_params_json(trial)), first);
	ck_assert_int_eq(hpo_trial_fail(trial, "again", &error), HPO_OK);
	hpo_trial_free(trial);
	ck_assert_int_eq(progress(opt).failed, 1);
	ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_DONE);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_preset_brings_its_pruner_unless_one_is_named)
{
	hpo_optimizer_t *opt = open_study("\"strategy\":\"OptimizerBOHB\"");

	ck_assert_ptr_nonnull(strstr(text(hpo_optimizer_study_json(opt, &error)),
				     "\"pruner\":{\"name\":\"hyperband\"}"));
	hpo_optimizer_free(opt);

	opt = open_study("\"strategy\":\"bohb\",\"pruner\":\"none\"");
	ck_assert_ptr_nonnull(strstr(text(hpo_optimizer_study_json(opt, &error)),
				     "\"pruner\":{\"name\":\"none\"}"));
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_target_ends_a_study_and_says_so)
{
	hpo_optimizer_t *opt = open_study("\"limits\":{\"target\":0.5}");

	tell(ask(opt), 0.75);
	ck_assert_str_eq(progress(opt).ended, "");
	tell(ask(opt), 0.25);

	check_ended(opt, "the target 0.5 is reached by trial 1");
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(trials_that_gain_nothing_end_a_study)
{
	hpo_optimizer_t *opt = open_study("\"limits\":{\"patience\":3}");

	tell(ask(opt), 1);
	for (int i = 0; i < 3; i++)
		tell(ask(opt), 2);

	check_ended(opt, "the last 3 trials gained nothing");
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(the_limit_of_trials_is_a_reason_too)
{
	hpo_optimizer_t *opt = open_study("\"limits\":{\"trials\":1}");

	tell(ask(opt), 1);

	check_ended(opt, "all 1 trials have been started");
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_finite_space_is_exhausted_without_repeats)
{
	static const char json[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"a\",\"type\":\"int\",\"low\":0,\"high\":4},"
		"{\"name\":\"b\",\"type\":\"categorical\",\"choices\":[\"u\",\"v\",\"w\"]}],"
		"\"strategy\":{\"name\":\"%s\",\"seed\":11}}";
	static const char *const names[] = {"random", "sobol", "grid", "tpe", "auto"};

	for (size_t s = 0; s < sizeof names / sizeof *names; s++) {
		char seen[15] = {0};
		hpo_optimizer_t *opt = NULL;
		hpo_trial_t *trial = NULL;
		char study[512];

		snprintf(study, sizeof study, json, names[s]);
		ck_assert_int_eq(hpo_optimizer_from_json(&opt, study, &error), HPO_OK);
		for (int i = 0; i < 15; i++) {
			const char *choice;
			int64_t a;

			trial = ask(opt);
			ck_assert_int_eq(hpo_trial_get_int(trial, "a", &a, &error), HPO_OK);
			ck_assert_int_eq(hpo_trial_get_choice(trial, "b", &choice, &error), HPO_OK);
			ck_assert_int_eq(seen[3 * a + (choice[0] - 'u')]++, 0);
			tell(trial, (double)a);
		}
		ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_EXHAUSTED);
		ck_assert_int_eq(progress(opt).completed, 15);
		ck_assert_int_eq(progress(opt).waiting, 0);
		hpo_optimizer_free(opt);
	}
}
END_TEST

START_TEST(the_same_seed_gives_the_same_trials)
{
	static const char *const names[] = {"random", "sobol", "tpe"};

	for (size_t s = 0; s < 3; s++) {
		char runs[2][60][128];
		char more[128];

		snprintf(more, sizeof more, "\"strategy\":{\"name\":\"%s\",\"seed\":5}", names[s]);
		for (int run = 0; run < 2; run++) {
			hpo_optimizer_t *opt = open_study(more);

			for (int i = 0; i < 60; i++) {
				hpo_trial_t *trial = ask(opt);
				double x;

				snprintf(runs[run][i], sizeof runs[run][i], "%.127s",
					 text(hpo_trial_params_json(trial)));
				hpo_trial_get_float(trial, "x", &x, NULL);
				tell(trial, (x - 1) * (x - 1));
			}
			hpo_optimizer_free(opt);
		}
		for (int i = 0; i < 60; i++)
			ck_assert_str_eq(runs[0][i], runs[1][i]);
	}
}
END_TEST

START_TEST(a_hopeless_trial_is_pruned_with_the_value_that_decided)
{
	hpo_optimizer_t *opt =
		open_study("\"pruner\":{\"name\":\"asha\"},\"limits\":{\"max_iterations\":9}");
	hpo_trial_t *trial = NULL;

	for (int i = 0; i < 6; i++) {
		trial = ask(opt);
		for (int step = 1; step <= 9; step++)
			ck_assert_int_eq(hpo_trial_report(trial, step, 1.0 + i, &error), HPO_OK);
		tell(trial, 1.0 + i);
	}
	trial = ask(opt);
	ck_assert_int_eq(hpo_trial_report(trial, 1, 50.25, &error), HPO_OK);

	ck_assert_int_eq(hpo_trial_should_stop(trial), 1);
	ck_assert_int_eq(hpo_trial_prune(trial, &error), HPO_OK);
	hpo_trial_free(trial);
	ck_assert_int_eq(progress(opt).pruned, 1);
	ck_assert_ptr_nonnull(strstr(text(hpo_optimizer_top_json(opt, 10, 0, &error)), "50.25"));
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_trial_that_diverges_is_failed_and_not_tried_again)
{
	hpo_optimizer_t *opt =
		open_study("\"pruner\":{\"name\":\"threshold\"},\"limits\":{\"retries\":3}");
	hpo_trial_t *trial = ask(opt);

	ck_assert_int_eq(hpo_trial_report(trial, 1, (double)NAN, &error), HPO_OK);

	ck_assert_int_eq(hpo_trial_should_stop(trial), 1);
	ck_assert_int_eq(hpo_trial_prune(trial, &error), HPO_OK);
	hpo_trial_free(trial);
	ck_assert_int_eq(progress(opt).failed, 1);
	ck_assert_int_eq(progress(opt).pruned, 0);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(iterations_that_are_done_complete_a_trial)
{
	hpo_optimizer_t *opt = open_study("\"limits\":{\"max_iterations\":3}");
	hpo_trial_t *trial = ask(opt);

	hpo_trial_report(trial, 2, 4.0, &error);
	ck_assert_int_eq(hpo_trial_should_stop(trial), 0);
	hpo_trial_report(trial, 3, 2.5, &error);

	ck_assert_int_eq(hpo_trial_should_stop(trial), 1);
	ck_assert_int_eq(hpo_trial_prune(trial, &error), HPO_OK);
	hpo_trial_free(trial);
	ck_assert_int_eq(progress(opt).completed, 1);
	ck_assert_double_eq(progress(opt).best_value, 2.5);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(an_imported_trial_counts_as_any_other)
{
	hpo_optimizer_t *opt = open_study("\"limits\":{\"trials\":2}");

	ck_assert_msg(hpo_optimizer_import_trial(opt,
						 "{\"params\":{\"x\":1,\"n\":2},\"values\":[0.25],"
						 "\"reports\":[[1,0.5],[2,0.25]]}",
						 &error) == HPO_OK,
		      "%s", error.message);

	ck_assert_int_eq(progress(opt).completed, 1);
	ck_assert_double_eq(progress(opt).best_value, 0.25);
	ck_assert_ptr_nonnull(strstr(text(hpo_optimizer_top_json(opt, 1, 1, &error)), "\"max\":0.5"));
	tell(ask(opt), 1);
	ck_assert_int_eq(progress(opt).completed, 2);
	hpo_optimizer_free(opt);
}
END_TEST

static const struct {
	const char *trial, *words;
} wrong_imports[] = {
	{"{\"params\":{\"x\":1,\"n\":2},\"values\":[null],\"state\":\"completed\"}",
	 "the trial: a completed trial needs a finite value"},
	{"[]", "the trial: expected an object"},
	{"{\"params\":{\"x\":1,\"n\":2},\"values\":[1],\"attributes\":[3]}", "attributes"},
	{"{\"params\":{\"x\":1,\"n\":2},\"values\":[1],\"seconds\":\"long\"}", "seconds"},
};

START_TEST(an_import_that_is_wrong_is_refused)
{
	hpo_optimizer_t *opt = open_study("");

	ck_assert_int_eq(hpo_optimizer_import_trial(opt, wrong_imports[_i].trial, &error),
			 HPO_EINVAL);

	ck_assert_msg(strstr(error.message, wrong_imports[_i].words) != NULL, "%s",
		      error.message);
	ck_assert_int_eq(progress(opt).completed, 0);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(several_objectives_give_a_front)
{
	static const char json[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"},"
		"{\"series\":\"speed\",\"goal\":\"max\"}],"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}]}";
	static const double values[3][2] = {{1.0, 1.0}, {2.0, 3.0}, {2.5, 2.0}};
	hpo_optimizer_t *opt = NULL;

	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	for (int i = 0; i < 3; i++) {
		hpo_trial_t *trial = ask(opt);

		ck_assert_int_eq(hpo_trial_tell(trial, values[i], 2, &error), HPO_OK);
		hpo_trial_free(trial);
	}

	text(hpo_optimizer_best_json(opt, &error));
	ck_assert_ptr_nonnull(strstr(text(hpo_optimizer_best_json(opt, &error)), "\"number\":0"));
	ck_assert_ptr_nonnull(strstr(text(hpo_optimizer_best_json(opt, &error)), "\"number\":1"));
	ck_assert_ptr_null(strstr(text(hpo_optimizer_best_json(opt, &error)), "\"number\":2"));
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_constraint_holds_for_every_strategy)
{
	static const char *const names[] = {"random", "sobol", "tpe", "grid"};

	for (size_t s = 0; s < 4; s++) {
		char more[192];
		hpo_optimizer_t *opt;

		snprintf(more, sizeof more,
			 "\"constraints\":[\"x * n <= 2\"],\"strategy\":{\"name\":\"%s\"}", names[s]);
		opt = open_study(more);
		for (int i = 0; i < 40; i++) {
			hpo_trial_t *trial = ask(opt);
			int64_t n;
			double x;

			hpo_trial_get_float(trial, "x", &x, NULL);
			hpo_trial_get_int(trial, "n", &n, NULL);
			ck_assert(x * (double)n <= 2);
			tell(trial, x);
		}
		hpo_optimizer_free(opt);
	}
}
END_TEST

START_TEST(a_study_with_another_space_is_refused)
{
	char path[] = "/tmp/hpo-unit-XXXXXX";
	hpo_optimizer_t *opt = NULL;
	char store[64];
	char json[512];
	static const char form[] =
		"{\"name\":\"t\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":%d}],"
		"\"store\":\"%s\"}";

	ck_assert_ptr_nonnull(mkdtemp(path));
	snprintf(store, sizeof store, "sqlite:%s/t.db", path);
	snprintf(json, sizeof json, form, 1, store);
	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	tell(ask(opt), 1);
	hpo_optimizer_free(opt);

	snprintf(json, sizeof json, form, 2, store);
	ck_assert_int_eq(hpo_optimizer_from_json(&opt, json, &error), HPO_EMISMATCH);

	ck_assert_ptr_null(opt);
	ck_assert_ptr_nonnull(strstr(error.message, "'x'"));
	snprintf(json, sizeof json, form, 1, store);
	ck_assert_int_eq(hpo_optimizer_from_json(&opt, json, &error), HPO_OK);
	ck_assert_int_eq(progress(opt).completed, 1);
	hpo_optimizer_free(opt);
	snprintf(json, sizeof json, "rm -r %s", path);
	ck_assert_int_eq(system(json), 0);
}
END_TEST

Suite *unit_optimizer_ask_tell(void)
{
	Suite *suite = suite_create("optimizer/ask_tell");
	TCase *tests = tcase_create("ask_tell");

	tcase_add_test(tests, trials_are_numbered_from_0_without_gaps);
	tcase_add_test(tests, values_are_within_their_bounds);
	tcase_add_test(tests, an_unknown_parameter_is_named);
	tcase_add_test(tests, an_enqueued_point_comes_first);
	tcase_add_test(tests, an_enqueued_point_outside_the_space_is_refused_by_name);
	tcase_add_test(tests, a_limit_of_trials_ends_asking);
	tcase_add_test(tests, the_best_is_the_smallest_loss_or_the_largest_score);
	tcase_add_test(tests, there_is_no_best_before_the_first_completed_trial);
	tcase_add_test(tests, a_value_that_is_not_finite_makes_a_failed_trial);
	tcase_add_test(tests, a_trial_ends_once);
	tcase_add_test(tests, a_wrong_number_of_values_is_refused_and_the_trial_goes_on);
	tcase_add_test(tests, a_freed_trial_that_was_not_ended_is_abandoned);
	tcase_add_test(tests, a_trial_may_be_told_after_its_optimizer_was_freed);
	tcase_add_test(tests, a_failed_trial_is_retried_under_its_number);
	tcase_add_test(tests, a_preset_brings_its_pruner_unless_one_is_named);
	tcase_add_test(tests, a_target_ends_a_study_and_says_so);
	tcase_add_test(tests, trials_that_gain_nothing_end_a_study);
	tcase_add_test(tests, the_limit_of_trials_is_a_reason_too);
	tcase_add_test(tests, a_finite_space_is_exhausted_without_repeats);
	tcase_add_test(tests, the_same_seed_gives_the_same_trials);
	tcase_add_test(tests, a_hopeless_trial_is_pruned_with_the_value_that_decided);
	tcase_add_test(tests, a_trial_that_diverges_is_failed_and_not_tried_again);
	tcase_add_test(tests, iterations_that_are_done_complete_a_trial);
	tcase_add_test(tests, an_imported_trial_counts_as_any_other);
	tcase_add_loop_test(tests, an_import_that_is_wrong_is_refused, 0,
			    sizeof wrong_imports / sizeof *wrong_imports);
	tcase_add_test(tests, several_objectives_give_a_front);
	tcase_add_test(tests, a_constraint_holds_for_every_strategy);
	tcase_add_test(tests, a_study_with_another_space_is_refused);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
