/*
 * Constraints, bounds and the ends of spaces, through the public calls and for
 * every strategy.
 */
#include "hpo.h"
#include "hpo/plugin/random.h"
#include "strategy/registry.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Suite *unit_optimizer_constraint(void);

static hpo_error_t error;

/* A study of these parameters and whatever else, by a strategy. */
static hpo_optimizer_t *open_study(const char *objectives, const char *rest, const char *strategy)
{
	hpo_optimizer_t *opt = NULL;
	char json[2048];

	snprintf(json, sizeof json,
		 "{\"name\":\"t\",\"objectives\":[%s],%s,\"strategy\":{\"name\":\"%s\",\"seed\":3}}",
		 objectives, rest, strategy);
	ck_assert_msg(hpo_optimizer_from_json(&opt, json, &error) == HPO_OK, "%s", error.message);
	return opt;
}

static const char one_goal[] = "{\"series\":\"loss\",\"goal\":\"min\"}";

/* 6 + 3 * 4 points, of which the constraint leaves 6 + 3 * 3. */
static const char small[] =
	"\"parameters\":[{\"name\":\"kind\",\"type\":\"categorical\",\"choices\":[\"a\",\"b\"]},"
	"{\"name\":\"n\",\"type\":\"int\",\"low\":1,\"high\":6,\"when\":{\"kind\":[\"a\"]}},"
	"{\"name\":\"m\",\"type\":\"int\",\"low\":1,\"high\":3,\"when\":{\"kind\":[\"b\"]}},"
	"{\"name\":\"k\",\"type\":\"int\",\"low\":1,\"high\":4,\"when\":{\"kind\":[\"b\"]}}],"
	"\"constraints\":[\"k <= 3\"]";

enum { POINTS = 15, HELD = 3 };

/* With some trials always running, told in another order than they were asked. */
static void finish_space(hpo_optimizer_t *opt, const char *strategy)
{
	static char met[POINTS + 1][128];
	hpo_trial_t *held[HELD] = {NULL};
	hpo_trial_t *none = NULL;
	hpo_progress_t progress = { .struct_size = sizeof progress };
	int count = 0;
	hpo_status_t status;

	for (;; count++) {
		hpo_trial_t **slot = &held[(count * 2) % HELD];
		char *params;
		double loss = count % 4;

		if (*slot != NULL) {
			ck_assert_int_eq(hpo_trial_tell(*slot, &loss, 1, &error), HPO_OK);
			hpo_trial_free(*slot);
			*slot = NULL;
		}
		status = hpo_optimizer_ask(opt, slot, &error);
		if (status != HPO_OK)
			break;
		ck_assert_msg(count < POINTS, "%s repeats itself", strategy);
		params = hpo_trial_params_json(*slot);
		for (int i = 0; i < count; i++)
			ck_assert_msg(strcmp(met[i], params) != 0, "%s repeats %s", strategy, params);
		snprintf(met[count], sizeof met[count], "%s", params);
		hpo_free(params);
	}
	ck_assert_msg(status == HPO_EXHAUSTED && count == POINTS, "%s: %d after %d: %s", strategy,
		      status, count, error.message);
	ck_assert_int_eq(hpo_optimizer_ask(opt, &none, &error), HPO_EXHAUSTED);
	ck_assert_int_eq(hpo_optimizer_progress(opt, &progress, &error), HPO_OK);
	ck_assert_str_eq(progress.ended, "every point of the space has been tried");
	for (int i = 0; i < HELD; i++)
		hpo_trial_free(held[i]);
}

START_TEST(a_small_finite_space_is_finished_without_repeats)
{
	for (size_t i = 0; hpo__strategy_name(i) != NULL; i++) {
		hpo_optimizer_t *opt = open_study(one_goal, small, hpo__strategy_name(i));

		finish_space(opt, hpo__strategy_name(i));
		hpo_optimizer_free(opt);
	}
}
END_TEST

/* A hundred-thousandth of the square. */
static const char tight[] =
	"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1},"
	"{\"name\":\"y\",\"type\":\"float\",\"low\":0,\"high\":1},"
	"{\"name\":\"c\",\"type\":\"categorical\",\"choices\":[\"a\",\"b\"]}],"
	"\"constraints\":[\"(x - 0.3)^2 + (y - 0.6)^2 <= 3e-6\"]";

START_TEST(every_strategy_finds_points_where_hardly_any_is)
{
	for (size_t i = 0; hpo__strategy_name(i) != NULL; i++) {
		hpo_optimizer_t *opt;

		if (strcmp(hpo__strategy_name(i), "grid") == 0)
			continue; /* none of its points is there */
		opt = open_study(one_goal, tight, hpo__strategy_name(i));
		for (int k = 0; k < 14; k++) {
			hpo_trial_t *trial = NULL;
			double x;
			double y;

			ck_assert_msg(hpo_optimizer_ask(opt, &trial, &error) == HPO_OK, "%s: %s",
				      hpo__strategy_name(i), error.message);
			ck_assert_int_eq(hpo_trial_get_float(trial, "x", &x, &error), HPO_OK);
			ck_assert_int_eq(hpo_trial_get_float(trial, "y", &y, &error), HPO_OK);
			ck_assert_double_le(hypot(x - 0.3, y - 0.6), 0.00174);
			ck_assert_int_eq(hpo_trial_tell(trial, &x, 1, &error), HPO_OK);
			hpo_trial_free(trial);
		}
		hpo_optimizer_free(opt);
	}
}
END_TEST

START_TEST(constraints_that_nothing_keeps_are_said_to_be_so)
{
	static const char hopeless[] =
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}],"
		"\"constraints\":[\"x > 1\"]";
	hpo_optimizer_t *opt = open_study(one_goal, hopeless, "random");
	hpo_trial_t *trial = NULL;

	ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_EINVAL);

	ck_assert_ptr_nonnull(strstr(error.message, "no point was found that keeps"));
	ck_assert_ptr_null(trial);
	hpo_optimizer_free(opt);
}
END_TEST

/* A plane: what lies on it is met by luck, and then nothing more is. */
START_TEST(a_search_that_finds_no_more_does_not_say_that_all_is_tried)
{
	static const char thin[] =
		"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1},"
		"{\"name\":\"y\",\"type\":\"float\",\"low\":0,\"high\":1},"
		"{\"name\":\"z\",\"type\":\"float\",\"low\":0,\"high\":1}],"
		"\"constraints\":[\"x + y + z == 1\"]";
	hpo_optimizer_t *opt = open_study(one_goal, thin, "random");
	hpo_progress_t progress = { .struct_size = sizeof progress };
	hpo_trial_t *trial = NULL;
	const double loss = 1;

	ck_assert_int_eq(
		hpo_optimizer_enqueue_trial(opt, "{\"x\":1,\"y\":0,\"z\":0}", &error), HPO_OK);
	for (;;) {
		hpo_status_t status = hpo_optimizer_ask(opt, &trial, &error);

		if (status != HPO_OK) {
			ck_assert_int_eq(status, HPO_EXHAUSTED);
			break;
		}
		ck_assert_int_eq(hpo_trial_tell(trial, &loss, 1, &error), HPO_OK);
		hpo_trial_free(trial);
	}

	ck_assert_int_eq(hpo_optimizer_progress(opt, &progress, &error), HPO_OK);
	ck_assert_str_eq(progress.ended, "no further point was found that keeps the constraints");
	hpo_optimizer_free(opt);
}
END_TEST

START_TEST(an_enqueued_point_that_breaks_a_constraint_is_refused)
{
	hpo_optimizer_t *opt = open_study(one_goal, small, "random");

	ck_assert_int_eq(hpo_optimizer_enqueue_trial(opt, "{\"kind\":\"b\",\"m\":1,\"k\":4}", &error),
			 HPO_EINVAL);

	ck_assert_ptr_nonnull(strstr(error.message, "'k <= 3': k = 4"));
	hpo_optimizer_free(opt);
}
END_TEST

static const char line[] =
	"\"parameters\":[{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}]";

static void tell(hpo_optimizer_t *opt, const double *values, size_t count)
{
	hpo_trial_t *trial = NULL;

	ck_assert_int_eq(hpo_optimizer_ask(opt, &trial, &error), HPO_OK);
	ck_assert_int_eq(hpo_trial_tell(trial, values, count, &error), HPO_OK);
	hpo_trial_free(trial);
}

/* The bound comes first, so that the first objective is not the one that counts. */
START_TEST(the_best_keeps_the_measured_bounds)
{
	static const double told[][2] = {{9, 0.1}, {5, 0.8}, {4, 0.7}, {5.01, 0}};
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_optimizer_t *opt = open_study("{\"series\":\"ms\",\"bound\":5},"
					  "{\"series\":\"score\",\"goal\":\"max\"}",
					  line, "random");
	char *best;

	tell(opt, told[0], 2);
	ck_assert_ptr_null(hpo_optimizer_best_json(opt, &error));
	ck_assert_int_eq(error.code, HPO_ENOTFOUND);
	ck_assert_ptr_nonnull(strstr(error.message, "keeps its bounds"));
	for (int i = 1; i < 4; i++)
		tell(opt, told[i], 2);

	best = hpo_optimizer_best_json(opt, &error);
	ck_assert_ptr_nonnull(best);
	ck_assert_ptr_nonnull(strstr(best, "{\"number\":1,"));
	ck_assert_int_eq(hpo_optimizer_progress(opt, &progress, &error), HPO_OK);
	ck_assert_int_eq(progress.best_number, 1);
	ck_assert_double_eq(progress.best_value, 0.8);
	hpo_free(best);
	hpo_optimizer_free(opt);
}
END_TEST

enum { TOLD = 60 };

static int is_on_front(double told[TOLD][3], int i)
{
	for (int j = 0; j < TOLD; j++) {
		if (told[j][0] <= told[i][0] && told[j][1] <= told[i][1] &&
		    told[j][2] <= told[i][2] &&
		    (told[j][0] < told[i][0] || told[j][1] < told[i][1] || told[j][2] < told[i][2]))
			return 0;
	}
	return 1;
}

/* Values in tenths, so that some are equal. */
START_TEST(the_front_is_what_nothing_is_better_than)
{
	static double told[TOLD][3];
	hpo_optimizer_t *opt = open_study("{\"series\":\"a\",\"goal\":\"min\"},"
					  "{\"series\":\"b\",\"goal\":\"min\"},"
					  "{\"series\":\"c\",\"goal\":\"min\"}",
					  line, "random");
	hpo_rng_t rng;
	char *best;

	hpo_rng_init(&rng, 5, 0, 0);
	for (int i = 0; i < TOLD; i++) {
		for (int j = 0; j < 3; j++)
			told[i][j] = (double)hpo_rng_below(&rng, 10) / 10;
		tell(opt, told[i], 3);
	}

	best = hpo_optimizer_best_json(opt, &error);
	ck_assert_ptr_nonnull(best);
	for (int i = 0; i < TOLD; i++) {
		char number[32];

		snprintf(number, sizeof number, "{\"number\":%d,", i);
		ck_assert_msg((strstr(best, number) != NULL) == is_on_front(told, i), "%d", i);
	}
	hpo_free(best);
	hpo_optimizer_free(opt);
}
END_TEST

Suite *unit_optimizer_constraint(void)
{
	Suite *suite = suite_create("optimizer/constraint");
	TCase *tests = tcase_create("tests");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, a_small_finite_space_is_finished_without_repeats);
	tcase_add_test(tests, every_strategy_finds_points_where_hardly_any_is);
	tcase_add_test(tests, constraints_that_nothing_keeps_are_said_to_be_so);
	tcase_add_test(tests, a_search_that_finds_no_more_does_not_say_that_all_is_tried);
	tcase_add_test(tests, an_enqueued_point_that_breaks_a_constraint_is_refused);
	tcase_add_test(tests, the_best_keeps_the_measured_bounds);
	tcase_add_test(tests, the_front_is_what_nothing_is_better_than);
	suite_add_tcase(suite, tests);
	return suite;
}
