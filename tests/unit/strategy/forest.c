/*
 * The forest strategy: it finds what is good, in spaces with categories and
 * conditions, beside failures, bounds, running trials and several goals.
 */
#include "strategy/forest.h"

#include "support/alloc.h"
#include "unit/strategy/bed.h"

#include <stdlib.h>

static const char *const mixed[] = { "x=float(0,1)", "n=int(1,20)", "c=choice(a,b,c,d)", NULL };

static struct bed *bed;
static double point[BED_DIMS];
static uint8_t active[BED_DIMS];

static void begin(hpo_space_t *space, size_t objectives, const char *options)
{
	ck_assert_msg(bed_init(bed, "forest", space, objectives, options) == HPO_OK, "%s",
		      bed->error.message);
}

/* The lowest loss of `count` trials. */
static double search(int count, double (*loss)(const double *point, const uint8_t *active))
{
	double best = INFINITY;

	for (int i = 0; i < count; i++) {
		double value;

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		value = loss(point, active);
		ck_assert_int_eq(bed_tell(bed, point, active, value), HPO_OK);
		if (value < best)
			best = value;
	}
	return best;
}

/* Least at x = 0.3, n = 15, c = c. */
static double bowl(const double *p, const uint8_t *a)
{
	(void)a;
	return (p[0] - 0.3) * (p[0] - 0.3) + fabs(p[1] - 0.725) +
	       (p[2] > 0.5 && p[2] < 0.75 ? 0 : 0.5);
}

START_TEST(a_bowl_of_mixed_parameters_is_found)
{
	begin(bed_space(mixed), 1, "{}");

	/* 60 random points are not below 0.02 in 49 of 50 cases. */
	ck_assert_double_lt(search(60, bowl), 0.02);
}
END_TEST

static double penalised(const double *p, const uint8_t *a)
{
	return p[0] > 0.6 ? 1e30 : bowl(p, a);
}

START_TEST(beside_a_loss_that_stands_for_a_failure_others_differ)
{
	begin(bed_space(mixed), 1, "{}");

	ck_assert_double_lt(search(60, penalised), 0.02);
}
END_TEST

/* A branch of three, each with a number of its own; only in the second can it get below 1. */
static hpo_space_t *branches(void)
{
	static const char *const parameters[] = { "model=choice(tree,net,line)", "depth=float(0,1)",
						  "rate=float(0,1)", "slope=float(0,1)", NULL };
	static const char *const children[] = { "depth", "rate", "slope" };
	static const char *const values[] = { "tree", "net", "line" };
	hpo_space_t *space = bed_space(parameters);

	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(hpo_space_add_condition(space, children[i], "model", &values[i], 1,
							 NULL), HPO_OK);
	return space;
}

static double in_branch(const double *p, const uint8_t *a)
{
	return a[2] ? 4 * fabs(p[2] - 0.8) : 1 + (a[1] ? p[1] : p[3]);
}

START_TEST(the_good_branch_of_a_conditional_space_is_searched)
{
	int there = 0;

	begin(branches(), 1, "{\"random_share\": 0}");
	for (int i = 0; i < 40; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert_int_eq(active[1] + active[2] + active[3], 1);
		there += i >= 20 && active[2];
		ck_assert_int_eq(bed_tell(bed, point, active, in_branch(point, active)), HPO_OK);
	}

	ck_assert_int_ge(there, 12);
}
END_TEST

START_TEST(a_finite_space_is_searched_without_repeats)
{
	static const char *const parameters[] = { "n=int(1,6)", "c=choice(a,b,c,d,e,f)", NULL };
	bool seen[36] = { false };

	begin(bed_space(parameters), 1, "{}");
	for (int i = 0; i < 36; i++) {
		int cell;

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		cell = (int)(point[0] * 6) * 6 + (int)(point[1] * 6);
		ck_assert_msg(i < 10 || !seen[cell], "point %d again", cell);
		seen[cell] = true;
		ck_assert_int_eq(bed_tell(bed, point, active, point[0] * point[1]), HPO_OK);
	}
}
END_TEST

START_TEST(the_defaults_come_first)
{
	hpo_space_t *space = bed_space(mixed);

	ck_assert_int_eq(hpo_space_set_default(space, "x", "0.25", NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_set_default(space, "c", "d", NULL), HPO_OK);
	begin(space, 1, "{}");

	ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
	ck_assert_double_eq(point[0], 0.25);
	ck_assert_double_eq(point[2], 0.875);
	ck_assert_str_eq(bed->arm, "start");
	ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
	ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
	ck_assert_double_ne(point[0], 0.25);
}
END_TEST

/* What lies above x = 0.6 fails, and the losses get better towards it. */
static double cliff(const double *p, const uint8_t *a)
{
	(void)a;
	return p[0] > 0.6 ? NAN : 1 - p[0];
}

START_TEST(failures_are_learned_to_be_avoided)
{
	static const char *const line[] = { "x=float(0,1)", "y=float(0,1)", NULL };
	int failures = 0;

	begin(bed_space(line), 1, "{\"random_share\": 0}");
	for (int i = 0; i < 60; i++) {
		double loss;

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		loss = cliff(point, active);
		failures += i >= 30 && isnan(loss);
		ck_assert_int_eq(bed_tell(bed, point, active, loss), HPO_OK);
	}

	ck_assert_int_le(failures, 8);
}
END_TEST

/* Small x is good, but a second metric must stay under its bound: x + y >= 0.7. */
START_TEST(a_measured_constraint_is_kept)
{
	static const char *const square[] = { "x=float(0,1)", "y=float(0,1)", NULL };
	double best = INFINITY;

	begin(bed_space(square), 2, "{\"random_share\": 0}");
	bed_bound(bed, 1, -0.7);
	for (int i = 0; i < 60; i++) {
		double losses[2];

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		losses[0] = point[0] + 0.1 * point[1];
		losses[1] = -(point[0] + point[1]);
		if (losses[1] <= -0.7)
			best = fmin(best, losses[0]);
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active,
					     losses), HPO_OK);
	}

	/* The optimum is 0.07, at x = 0, y = 0.7; 60 random points are below 0.1 in one case of four. */
	ck_assert_double_lt(best, 0.1);
}
END_TEST

/* Before anything is feasible, the model looks for what breaks the bound least. */
START_TEST(without_a_feasible_trial_the_bound_is_what_counts)
{
	static const char *const square[] = { "x=float(0,1)", "y=float(0,1)", NULL };
	bool feasible = false;

	begin(bed_space(square), 2, "{}");
	bed_bound(bed, 1, -1.9);
	for (int i = 0; i < 50 && !feasible; i++) {
		double losses[2];

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		losses[0] = point[0] + point[1];
		losses[1] = -(point[0] + point[1]);
		feasible = losses[1] <= -1.9; /* one point in 200 */
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active,
					     losses), HPO_OK);
	}

	ck_assert(feasible);
}
END_TEST

/* Two goals that pull x apart: the front is y = 0, and all of x. */
START_TEST(several_goals_are_all_approached)
{
	static const char *const square[] = { "x=float(0,1)", "y=float(0,1)", NULL };
	int near_front = 0;
	double low = 1;
	double high = 0;

	begin(bed_space(square), 2, "{\"random_share\": 0}");
	for (int i = 0; i < 60; i++) {
		double losses[2];

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		losses[0] = point[0] + 2 * point[1];
		losses[1] = 1 - point[0] + 2 * point[1];
		if (i >= 30 && point[1] < 0.1) {
			near_front++;
			low = fmin(low, point[0]);
			high = fmax(high, point[0]);
		}
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active,
					     losses), HPO_OK);
	}

	ck_assert_int_ge(near_front, 18);
	ck_assert_double_gt(high - low, 0.5);
}
END_TEST

/* A trial that runs where the best is expected sends the next one elsewhere. */
START_TEST(running_trials_move_the_next_proposal)
{
	static const char *const line[] = { "x=int(1,1000)", NULL };
	double first[BED_DIMS];

	begin(bed_space(line), 1, "{\"random_share\": 0}");
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert_int_eq(bed_tell(bed, point, active, fabs(point[0] - 0.4)), HPO_OK);
	}
	ck_assert_int_eq(bed_ask_as(bed, 20, 0, first, active), HPO_OK);
	bed_hold(bed, first, active);
	ck_assert_int_eq(bed_ask_as(bed, 20, 0, point, active), HPO_OK);

	ck_assert_double_ne(point[0], first[0]);
}
END_TEST

START_TEST(a_pruned_trial_is_not_good)
{
	static const double completed[] = { 1, 2, 3, 4, 5 };
	const double early = 0.001; /* a loss that has not finished falling, or is no loss yet */
	struct hpo_lesson lesson = { 0 };
	hpo_history_t *history = NULL;
	hpo_rng_t rng;

	begin(bed_space(mixed), 1, "{}");
	memset(active, 1, sizeof active);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, 9, point, active,
					     &completed[i]), HPO_OK);
	ck_assert_int_eq(bed_tell_as(bed, 5, HPO_TRIAL_PRUNED, 1, point, active, &early), HPO_OK);
	ck_assert_int_eq(bed_tell_as(bed, 6, HPO_TRIAL_FAILED, 1, point, active, &early), HPO_OK);
	ck_assert_int_eq(hpo__history_snapshot(&history, &bed->log, NULL, 0), HPO_OK);
	ck_assert_int_eq(hpo__lesson_init(&lesson, 3, NULL), HPO_OK);
	ck_assert_int_eq(hpo__lesson_learn(&lesson, history, &rng, NULL), HPO_OK);

	ck_assert_double_eq(lesson.best, lesson.target[0]);
	for (int i = 0; i < 4; i++)
		ck_assert_double_lt(lesson.target[i], lesson.target[i + 1]);
	ck_assert_double_eq(lesson.target[5], lesson.target[3]);
	ck_assert_double_eq(lesson.target[6], lesson.target[4]);
	hpo__lesson_release(&lesson);
	hpo__history_free(history);
}
END_TEST

/* Of many trials, the model sees the best, the newest, and some of the others. */
START_TEST(what_is_learned_is_bounded)
{
	enum { MANY = 4 * HPO__SMAC_ROWS };
	struct hpo_lesson lesson = { 0 };
	hpo_history_t *history = NULL;
	hpo_rng_t rng;
	size_t middling = 0;

	begin(bed_space(mixed), 1, "{}");
	memset(active, 1, sizeof active);
	for (int i = 0; i < MANY; i++) {
		const double loss = (i * 7919) % MANY;

		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, 1, point, active, &loss),
				 HPO_OK);
	}
	ck_assert_int_eq(hpo__history_snapshot(&history, &bed->log, NULL, 0), HPO_OK);
	ck_assert_int_eq(hpo__lesson_init(&lesson, 3, NULL), HPO_OK);
	ck_assert_int_eq(hpo__lesson_learn(&lesson, history, &rng, NULL), HPO_OK);

	ck_assert_uint_eq(lesson.rows, HPO__SMAC_ROWS);
	ck_assert_uint_eq(lesson.row[lesson.rows - 1], MANY - 1);
	for (size_t k = 0; k < lesson.rows; k++) {
		const double loss = hpo_history_losses(history)[lesson.row[k]];

		ck_assert(k == 0 || lesson.row[k - 1] < lesson.row[k]);
		middling += loss >= MANY / 2.0;
	}
	ck_assert_uint_gt(middling, HPO__SMAC_ROWS / 8);
	hpo__lesson_release(&lesson);
	hpo__history_free(history);
}
END_TEST

static void set_up(void)
{
	bed = malloc(sizeof *bed);
	memset(point, 0, sizeof point);
}

static void tear_down(void)
{
	bed_release(bed);
	free(bed);
}

Suite *unit_strategy_forest(void);
Suite *unit_strategy_forest(void)
{
	Suite *suite = suite_create("strategy/forest");
	TCase *tests = tcase_create("forest");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_bowl_of_mixed_parameters_is_found);
	tcase_add_test(tests, beside_a_loss_that_stands_for_a_failure_others_differ);
	tcase_add_test(tests, the_good_branch_of_a_conditional_space_is_searched);
	tcase_add_test(tests, a_finite_space_is_searched_without_repeats);
	tcase_add_test(tests, the_defaults_come_first);
	tcase_add_test(tests, failures_are_learned_to_be_avoided);
	tcase_add_test(tests, a_measured_constraint_is_kept);
	tcase_add_test(tests, without_a_feasible_trial_the_bound_is_what_counts);
	tcase_add_test(tests, several_goals_are_all_approached);
	tcase_add_test(tests, running_trials_move_the_next_proposal);
	tcase_add_test(tests, a_pruned_trial_is_not_good);
	tcase_add_test(tests, what_is_learned_is_bounded);
	suite_add_tcase(suite, tests);
	return suite;
}
