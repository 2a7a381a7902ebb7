/*
 * When a study has what it was begun for, worked out by hand.
 */
#include "math/rng.h"
#include "trial/goal.h"

#include <check.h>
#include <math.h>
#include <string.h>

static struct hpo_objective_spec spec;
static const struct hpo_objectives objectives = { &spec, 1 };
static char reason[HPO__GOAL_SIZE];

static int is_over(const hpo_limits_t *limits, const double *losses, size_t count)
{
	struct hpo_aim aim;

	hpo__goal_begin(&aim, limits, &objectives);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(hpo__goal_add(&aim, (int64_t)i, losses[i]), HPO_OK);
	hpo__goal_judge(&aim, reason);
	hpo__goal_release(&aim);
	return reason[0] != '\0';
}

START_TEST(without_a_goal_a_study_goes_on)
{
	static const double losses[] = { 1, 1, 1, 1 };
	const hpo_limits_t limits = { .concurrent = 1 };

	ck_assert(!hpo__goal_is_set(&limits));
	ck_assert(!is_over(&limits, losses, 4));
}
END_TEST

START_TEST(the_target_itself_is_enough)
{
	static const double losses[] = { 1, 0.5, NAN, 0.25 };
	const hpo_limits_t limits = { .has_target = 1, .target = 0.25 };

	ck_assert(!is_over(&limits, losses, 3));
	ck_assert(is_over(&limits, losses, 4));
	ck_assert_str_eq(reason, "the target 0.25 is reached by trial 3");
}
END_TEST

START_TEST(a_target_of_zero_is_a_target)
{
	static const double losses[] = { 1, -0.5 };
	const hpo_limits_t limits = { .has_target = 1 };

	ck_assert(!is_over(&limits, losses, 1));
	ck_assert(is_over(&limits, losses, 2));
}
END_TEST

/* An accuracy of 0.9 is a loss of -0.9. */
START_TEST(a_target_is_above_where_more_is_better)
{
	static const double losses[] = { -0.8, -0.95 };
	const hpo_limits_t limits = { .has_target = 1, .target = 0.9 };

	spec.goal = HPO_GOAL_MAX;
	ck_assert(!is_over(&limits, losses, 1));
	ck_assert(is_over(&limits, losses, 2));
	spec.goal = HPO_GOAL_MIN;
}
END_TEST

START_TEST(patience_counts_trials_since_the_best)
{
	static const double losses[] = { 5, 4, 3, 4, NAN, 3, 2 };
	const hpo_limits_t limits = { .patience = 3 };

	ck_assert(!is_over(&limits, losses, 5));
	ck_assert(is_over(&limits, losses, 6));
	ck_assert_str_eq(reason, "the last 3 trials gained nothing");
	ck_assert(!is_over(&limits, losses, 7));
}
END_TEST

START_TEST(patience_waits_for_a_first_value)
{
	static const double losses[] = { NAN, NAN, NAN, NAN, 1 };
	const hpo_limits_t limits = { .patience = 2 };

	ck_assert(!is_over(&limits, losses, 4));
	ck_assert(!is_over(&limits, losses, 5));
}
END_TEST

/* The median of 9 8 7 1 0.9 is 7; 0.1 was gained, of 6.1. */
START_TEST(a_small_gain_is_held_against_the_median)
{
	static const double losses[] = { 9, 8, 1, 7, 0.9 };
	hpo_limits_t limits = { .patience = 2, .min_gain = 0.017 };

	ck_assert(is_over(&limits, losses, 5));
	ck_assert_str_eq(reason, "the last 2 trials gained less than 0.017 of what the search had");
	limits.min_gain = 0.016;
	ck_assert(!is_over(&limits, losses, 5));
}
END_TEST

START_TEST(extreme_losses_do_not_overflow)
{
	static const double losses[] = { 1.7e308, 1.7e308, -1.7e308, 1e308, -1.7e308 };
	const hpo_limits_t limits = { .patience = 3, .min_gain = 0.5 };

	ck_assert(!is_over(&limits, losses, 5));
}
END_TEST

/* Whether the last ones gained less than a share, by looking at all of them. */
static int is_over_by_definition(const double *losses, size_t count, size_t patience, double share)
{
	double sorted[200];
	double before = INFINITY;
	double best = INFINITY;

	for (size_t i = 0; i < count; i++) {
		size_t place = i;

		for (; place > 0 && sorted[place - 1] > losses[i]; place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = losses[i];
		best = fmin(best, losses[i]);
		before = i + patience < count ? best : before;
	}
	return isfinite(before) && before - best <= share * (sorted[(count - 1) / 2] - best);
}

START_TEST(each_trial_is_judged_as_the_definition_says)
{
	const hpo_limits_t limits = { .patience = 6, .min_gain = 0.2 };
	double losses[200];
	int over = 0;
	hpo_rng_t rng;

	hpo_rng_init(&rng, 3, 0, 0);
	for (size_t n = 1; n <= 200; n++) {
		losses[n - 1] = hpo_rng_uniform(&rng) / (double)n;
		over += is_over(&limits, losses, n);
		ck_assert_int_eq(is_over(&limits, losses, n),
				 is_over_by_definition(losses, n, 6, 0.2));
	}
	ck_assert_int_gt(over, 10);
	ck_assert_int_lt(over, 190);
}
END_TEST

/* The second objective is a bound of 10. */
START_TEST(a_trial_over_a_bound_has_no_loss)
{
	struct hpo_objective_spec both[2] = { { .goal = HPO_GOAL_MIN }, { .is_bound = true } };
	const struct hpo_objectives two = { both, 2 };
	static const double kept[] = { 0.5, 10 };
	static const double broken[] = { 0.5, 10.5 };

	both[1].bound = 10;
	ck_assert_double_eq(hpo__goal_loss(&two, kept), 0.5);
	ck_assert(isnan(hpo__goal_loss(&two, broken)));
}
END_TEST

/* A bound of 10 comes first: its value is neither the loss nor near the target. */
START_TEST(a_bound_that_comes_first_is_passed_over)
{
	struct hpo_objective_spec both[2] = { { .is_bound = true, .bound = 10 },
					      { .goal = HPO_GOAL_MAX } };
	const struct hpo_objectives two = { both, 2 };
	const hpo_limits_t limits = { .has_target = 1, .target = 20 };
	static const double values[][2] = { { 5, -15 }, { 5, -25 } };
	double losses[2];
	struct hpo_aim aim;

	for (size_t i = 0; i < 2; i++)
		losses[i] = hpo__goal_loss(&two, values[i]);
	ck_assert_double_eq(losses[0], -15);

	hpo__goal_begin(&aim, &limits, &two);
	ck_assert_int_eq(hpo__goal_add(&aim, 0, losses[0]), HPO_OK);
	hpo__goal_judge(&aim, reason);
	ck_assert_str_eq(reason, "");
	ck_assert_int_eq(hpo__goal_add(&aim, 1, losses[1]), HPO_OK);
	hpo__goal_judge(&aim, reason);
	ck_assert_str_eq(reason, "the target 20 is reached by trial 1");
	hpo__goal_release(&aim);
}
END_TEST

Suite *unit_trial_goal(void);
Suite *unit_trial_goal(void)
{
	Suite *suite = suite_create("trial/goal");
	TCase *tests = tcase_create("goal");

	tcase_add_test(tests, without_a_goal_a_study_goes_on);
	tcase_add_test(tests, the_target_itself_is_enough);
	tcase_add_test(tests, a_target_of_zero_is_a_target);
	tcase_add_test(tests, a_target_is_above_where_more_is_better);
	tcase_add_test(tests, patience_counts_trials_since_the_best);
	tcase_add_test(tests, patience_waits_for_a_first_value);
	tcase_add_test(tests, a_small_gain_is_held_against_the_median);
	tcase_add_test(tests, extreme_losses_do_not_overflow);
	tcase_add_test(tests, each_trial_is_judged_as_the_definition_says);
	tcase_add_test(tests, a_trial_over_a_bound_has_no_loss);
	tcase_add_test(tests, a_bound_that_comes_first_is_passed_over);
	suite_add_tcase(suite, tests);
	return suite;
}
