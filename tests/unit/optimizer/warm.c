/*
 * Beginning with the best points of past studies.
 */
#include "hpo.h"
#include "store/store.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *unit_optimizer_warm(void);

#define X "{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}"
#define K "{\"name\":\"k\",\"type\":\"categorical\",\"choices\":[\"a\",\"b\"]}"

static char folder[] = "/tmp/hpo-warm-XXXXXX";
static char path[64];
static hpo_error_t error;

static void set_up(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/hpo.db", folder);
}

static void tear_down(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < 3; i++) {
		char file[96];

		snprintf(file, sizeof file, "%s%s", path, ends[i]);
		unlink(file);
	}
	rmdir(folder);
}

/* A study in the one store. `more` is what follows its parameters. */
static hpo_status_t open_study(hpo_optimizer_t **out, const char *name, const char *parameters,
			       const char *more)
{
	char json[2048];

	snprintf(json, sizeof json,
		 "{\"name\":\"%s\",\"store\":\"sqlite:%s\",\"strategy\":{\"name\":\"random\"},"
		 "\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],\"parameters\":[%s]%s}",
		 name, path, parameters, more);
	return hpo_optimizer_from_json(out, json, &error);
}

/* A past study of `count` trials, best near x = `best`; all of them fail where it is NaN. */
static void make_past(const char *name, const char *parameters, double best, int count)
{
	hpo_optimizer_t *opt = NULL;

	ck_assert_msg(open_study(&opt, name, parameters, "") == HPO_OK, "%s", error.message);
	for (int i = 0; i < count; i++) {
		hpo_trial_t *trial = NULL;
		double x = 0;

		ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_OK);
		hpo_trial_get_float(trial, "x", &x, NULL);
		x = fabs(x - best);
		if (isnan(best))
			ck_assert_int_eq(hpo_trial_fail(trial, "no", &error), HPO_OK);
		else
			ck_assert_int_eq(hpo_trial_tell(trial, &x, 1, &error), HPO_OK);
		hpo_trial_free(trial);
	}
	hpo_optimizer_free(opt);
}

static int waiting(hpo_optimizer_t *opt)
{
	hpo_progress_t progress = { .struct_size = sizeof progress };

	ck_assert_int_eq(hpo_optimizer_progress(opt, &progress, &error), HPO_OK);
	return (int)progress.waiting;
}

/* What the next trial has for x. */
static double next_x(hpo_optimizer_t *opt)
{
	hpo_trial_t *trial = NULL;
	double x = NAN;

	ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_OK);
	ck_assert_int_eq(hpo_trial_get_float(trial, "x", &x, &error), HPO_OK);
	ck_assert_int_eq(hpo_trial_tell(trial, &x, 1, &error), HPO_OK);
	hpo_trial_free(trial);
	return x;
}

START_TEST(the_best_of_each_past_study_comes_first)
{
	hpo_optimizer_t *opt = NULL;
	double first;
	double second;

	make_past("left", X, 0.2, 40);
	make_past("right", X, 0.8, 40);
	ck_assert_int_eq(open_study(&opt, "new", X, ",\"warm_start\":true"), HPO_OK);
	ck_assert_int_ge(waiting(opt), 2);
	ck_assert_int_le(waiting(opt), 5);
	first = next_x(opt);
	second = next_x(opt);
	if (waiting(opt) > 0 && fabs(first - second) < 0.3)
		second = next_x(opt);

	/* Both optima are covered, whichever is first. */
	ck_assert_double_lt(fmin(fabs(first - 0.2), fabs(second - 0.2)), 0.15);
	ck_assert_double_lt(fmin(fabs(first - 0.8), fabs(second - 0.8)), 0.15);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_warm_trial_says_where_it_comes_from)
{
	hpo_optimizer_t *opt = NULL;
	hpo_store_t *store = NULL;
	hpo_records_t *records = NULL;
	char url[80];
	char *json;

	make_past("left", X, 0.2, 20);
	ck_assert_int_eq(open_study(&opt, "new", X, ",\"warm_start\":[\"left\"]"), HPO_OK);
	snprintf(url, sizeof url, "sqlite:%s", path);
	ck_assert_int_eq(hpo_store_open(&store, url, &error), HPO_OK);
	ck_assert_int_eq(hpo_store_records(store, "new", HPO_RECORDS_TRIALS, &records, &error),
			 HPO_OK);
	json = hpo_report_trials_json(records, &error);

	ck_assert_ptr_nonnull(strstr(json, "\"warm_start\":{\"study\":\"left\",\"number\":"));
	hpo_free(json);
	hpo_records_free(records);
	hpo_store_close(store);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(only_who_makes_the_study_enqueues)
{
	hpo_optimizer_t *first = NULL;
	hpo_optimizer_t *second = NULL;
	int count;

	make_past("left", X, 0.2, 20);
	ck_assert_int_eq(open_study(&first, "new", X, ",\"warm_start\":true"), HPO_OK);
	count = waiting(first);
	ck_assert_int_eq(open_study(&second, "new", X, ",\"warm_start\":true"), HPO_OK);

	ck_assert_int_gt(count, 0);
	ck_assert_int_eq(waiting(second), count);
	hpo_optimizer_free(second);
	hpo_optimizer_free(first);

	/* Nor does a later run, after the study has been worked on. */
	ck_assert_int_eq(open_study(&first, "new", X, ",\"warm_start\":true"), HPO_OK);
	next_x(first);
	ck_assert_int_eq(waiting(first), count - 1);
	hpo_optimizer_free(first);
}
END_TEST

START_TEST(studies_that_do_not_fit_are_passed_over)
{
	hpo_optimizer_t *opt = NULL;

	make_past("renamed", "{\"name\":\"y\",\"type\":\"float\",\"low\":0,\"high\":1}", 0, 10);
	make_past("wider", X "," K, 0.5, 10);
	make_past("failed", X, NAN, 10);
	ck_assert_int_eq(open_study(&opt, "new", X, ",\"warm_start\":true"), HPO_OK);

	ck_assert_int_eq(waiting(opt), 0);
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(a_named_study_must_be_there_and_fit)
{
	hpo_optimizer_t *opt = NULL;
	hpo_store_t *store = NULL;
	char url[80];
	char *json;

	make_past("renamed", "{\"name\":\"y\",\"type\":\"float\",\"low\":0,\"high\":1}", 0, 10);
	ck_assert_int_eq(open_study(&opt, "new", X, ",\"warm_start\":[\"renamed\"]"),
			 HPO_EMISMATCH);
	ck_assert_ptr_nonnull(strstr(error.message, "'renamed'"));
	ck_assert_int_eq(open_study(&opt, "new", X, ",\"warm_start\":[\"none\"]"), HPO_ENOTFOUND);
	ck_assert_int_eq(open_study(&opt, "new", X, ",\"warm_start\":[]"), HPO_EINVAL);
	ck_assert_int_eq(open_study(&opt, "new", X, ",\"warm_start\":7"), HPO_EINVAL);

	/* Nothing was made. */
	snprintf(url, sizeof url, "sqlite:%s", path);
	ck_assert_int_eq(hpo_store_open(&store, url, &error), HPO_OK);
	json = hpo_store_study_json(store, "new", &error);
	ck_assert_ptr_null(json);
	hpo_store_close(store);
}
END_TEST

START_TEST(a_small_budget_is_not_spent_on_the_past)
{
	hpo_optimizer_t *opt = NULL;

	make_past("left", X, 0.2, 30);
	make_past("right", X, 0.8, 30);
	make_past("middle", X, 0.5, 30);
	ck_assert_int_eq(open_study(&opt, "new", X,
				    ",\"warm_start\":true,\"limits\":{\"trials\":8}"), HPO_OK);

	ck_assert_int_eq(waiting(opt), 2);
	hpo_optimizer_free(opt);
}
END_TEST

Suite *unit_optimizer_warm(void)
{
	Suite *suite = suite_create("optimizer/warm");
	TCase *tests = tcase_create("warm");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, the_best_of_each_past_study_comes_first);
	tcase_add_test(tests, a_warm_trial_says_where_it_comes_from);
	tcase_add_test(tests, only_who_makes_the_study_enqueues);
	tcase_add_test(tests, studies_that_do_not_fit_are_passed_over);
	tcase_add_test(tests, a_named_study_must_be_there_and_fit);
	tcase_add_test(tests, a_small_budget_is_not_spent_on_the_past);
	suite_add_tcase(suite, tests);
	return suite;
}
