/*
 * The random forest on cases whose answer is known in closed form.
 */
#include "model/forest.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 400, DIMS = 3 };

static const hpo_axis_t numeric = { HPO_AXIS_CONTINUOUS, 0, -1, NAN };
static const hpo_axis_t five = { HPO_AXIS_CATEGORICAL, 5, -1, NAN };

/* One tree of all rows, grown until leaves are pure. */
static const struct hpo_forest_options one_tree = { 1, 1, 1, DIMS, false };

static struct hpo_forest forest;
static hpo_axis_t axes[DIMS];
static double points[MOST * DIMS];
static uint8_t active[MOST * DIMS];
static double targets[MOST];

static void begin(const hpo_axis_t *a, const hpo_axis_t *b, const hpo_axis_t *c)
{
	axes[0] = *a;
	axes[1] = *b;
	axes[2] = *c;
	memset(active, 1, sizeof active);
	memset(targets, 0, sizeof targets);
}

/* Points that cover the cube evenly. */
static void draw_points(size_t count)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 4, 0, 0);
	for (size_t i = 0; i < count * DIMS; i++)
		points[i] = hpo_rng_uniform(&rng);
}

static void grow(const struct hpo_forest_options *options, size_t count)
{
	const struct hpo_forest_data data = { points, active, targets, count };
	hpo_rng_t rng;

	hpo_rng_init(&rng, 20, 1, 2);
	hpo__forest_release(&forest);
	ck_assert_int_eq(hpo__forest_init(&forest, axes, DIMS, options, NULL), HPO_OK);
	ck_assert_int_eq(hpo__forest_fit(&forest, &data, &rng, NULL), HPO_OK);
}

static double mean_at(double a, double b, double c)
{
	const double point[DIMS] = { a, b, c };
	const uint8_t all[DIMS] = { 1, 1, 1 };
	double mean;
	double variance;

	hpo__forest_predict(&forest, point, all, &mean, &variance);
	return mean;
}

static double variance_at(double a, double b, double c)
{
	const double point[DIMS] = { a, b, c };
	const uint8_t all[DIMS] = { 1, 1, 1 };
	double mean;
	double variance;

	hpo__forest_predict(&forest, point, all, &mean, &variance);
	return variance;
}

START_TEST(a_single_leaf_holds_mean_and_variance)
{
	static const double values[] = { 1, 2, 4, 9 };
	const struct hpo_forest_options stump = { 3, 4, 1, DIMS, false };

	begin(&numeric, &numeric, &numeric);
	draw_points(4);
	memcpy(targets, values, sizeof values);
	grow(&stump, 4);

	ck_assert_uint_eq(forest.node_count, 3);
	ck_assert_double_eq_tol(mean_at(0.2, 0.2, 0.2), 4, 1e-15);
	ck_assert_double_eq_tol(variance_at(0.2, 0.2, 0.2), 9.5, 1e-14);
}
END_TEST

START_TEST(equal_targets_make_one_leaf)
{
	begin(&numeric, &five, &numeric);
	draw_points(50);
	for (size_t i = 0; i < 50; i++)
		targets[i] = 2.385;
	grow(&one_tree, 50);

	ck_assert_uint_eq(forest.node_count, 1);
	ck_assert_double_eq(mean_at(0.9, 0.1, 0.4), 2.385);
	ck_assert_double_eq(variance_at(0.9, 0.1, 0.4), 0);
}
END_TEST

START_TEST(a_tree_that_is_fully_grown_knows_its_rows)
{
	begin(&numeric, &five, &numeric);
	draw_points(MOST);
	for (size_t i = 0; i < MOST; i++)
		targets[i] = sin(7 * points[3 * i]) + points[3 * i + 2];
	grow(&one_tree, MOST);

	for (size_t i = 0; i < MOST; i++)
		ck_assert_double_eq_tol(mean_at(points[3 * i], points[3 * i + 1],
						points[3 * i + 2]), targets[i], 1e-15);
}
END_TEST

START_TEST(a_step_is_found)
{
	const struct hpo_forest_options options = { 10, 1, 4, DIMS, true };

	begin(&numeric, &numeric, &numeric);
	draw_points(MOST);
	for (size_t i = 0; i < MOST; i++)
		targets[i] = points[3 * i + 1] > 0.5 ? 3 : -1;
	grow(&options, MOST);

	ck_assert_double_eq_tol(mean_at(0.3, 0.45, 0.9), -1, 1e-12);
	ck_assert_double_eq_tol(mean_at(0.3, 0.55, 0.9), 3, 1e-12);
}
END_TEST

/* No order of the categories parts {0, 2, 4} from {1, 3} with one cut, but a subset does. */
START_TEST(categories_are_split_by_the_best_subset)
{
	begin(&numeric, &five, &numeric);
	draw_points(MOST);
	for (size_t i = 0; i < MOST; i++)
		targets[i] = hpo__forest_category(&five, points[3 * i + 1]) % 2 == 0 ? 10 : 0;
	grow(&one_tree, MOST);

	ck_assert_uint_eq(forest.node_count, 3);
	ck_assert_int_eq(forest.nodes[0].axis, 1);
	for (int c = 0; c < 5; c++)
		ck_assert_double_eq(mean_at(0.5, (c + 0.5) / 5, 0.5), c % 2 == 0 ? 10 : 0);
}
END_TEST

static double mean_without(size_t axis, double other)
{
	double point[DIMS] = { other, 0.5, other };
	uint8_t some[DIMS] = { 1, 1, 1 };
	double mean;
	double variance;

	some[axis] = 0;
	hpo__forest_predict(&forest, point, some, &mean, &variance);
	return mean;
}

/* The axis matters only by being active, whatever its value. */
static void split_by_activity(size_t axis, const hpo_axis_t *kind)
{
	begin(axis == 0 ? kind : &numeric, axis == 1 ? kind : &numeric, &numeric);
	draw_points(MOST);
	for (size_t i = 0; i < MOST; i++) {
		active[3 * i + axis] = i % 3 != 0;
		targets[i] = i % 3 != 0 ? 1 : 5;
		if (i % 3 == 0)
			points[3 * i + axis] = 0.5;
	}
	grow(&one_tree, MOST);

	ck_assert_uint_eq(forest.node_count, 3);
	ck_assert_double_eq(mean_without(axis, 0.7), 5);
	ck_assert_double_eq(mean_at(0.5, 0.5, 0.5), 1);
}

START_TEST(being_inactive_is_a_side_of_its_own)
{
	split_by_activity(0, &numeric);
	split_by_activity(1, &five);
}
END_TEST

/* The inactive ones are like the small coordinates, so one node sends both the same way. */
START_TEST(inactive_rows_may_share_a_side_with_active_ones)
{
	const struct hpo_forest_options many_cuts = { 1, 1, 64, DIMS, false };

	begin(&numeric, &numeric, &numeric);
	for (size_t i = 0; i < 30; i++) {
		points[3 * i] = i % 3 == 0 ? 0.5 : i % 3 == 1 ? 0.1 : 0.9;
		points[3 * i + 1] = points[3 * i + 2] = 0.5;
		active[3 * i] = i % 3 != 0;
		targets[i] = i % 3 == 2 ? 7 : 2;
	}
	grow(&many_cuts, 30);

	ck_assert_uint_eq(forest.node_count, 3);
	ck_assert(forest.nodes[0].inactive_left);
	ck_assert_double_eq(mean_without(0, 0.5), 2);
	ck_assert_double_eq(mean_at(0.1, 0.5, 0.5), 2);
	ck_assert_double_eq(mean_at(0.9, 0.5, 0.5), 7);
}
END_TEST

/* Nobody has seen the category 4; half of the trees put it on either side. */
START_TEST(trees_disagree_about_unseen_categories)
{
	const struct hpo_forest_options options = { 64, 1, 1, DIMS, false };

	begin(&numeric, &five, &numeric);
	draw_points(MOST);
	for (size_t i = 0; i < MOST; i++) {
		const size_t c = i % 4;

		points[3 * i + 1] = ((double)c + 0.5) / 5;
		targets[i] = c < 2 ? 1 : -1;
	}
	grow(&options, MOST);

	ck_assert_double_eq(variance_at(0.5, 0.1, 0.5), 0);
	ck_assert_double_gt(variance_at(0.5, 0.9, 0.5), 0.8);
	ck_assert_double_le(variance_at(0.5, 0.9, 0.5), 1);
	ck_assert_double_lt(fabs(mean_at(0.5, 0.9, 0.5)), 0.4);
}
END_TEST

/* Trees of single leaves over samples with replacement: the variance of a mean is v / n. */
START_TEST(the_variance_is_total)
{
	const struct hpo_forest_options options = { 4000, 20, 1, DIMS, true };
	double v = 0;

	begin(&numeric, &numeric, &numeric);
	draw_points(20);
	for (size_t i = 0; i < 20; i++) {
		targets[i] = (double)i;
		v += ((double)i - 9.5) * ((double)i - 9.5) / 20;
	}
	grow(&options, 20);

	/* Within: v (1 - 1/n) on average; between: v / n. Together v. */
	ck_assert_double_eq_tol(mean_at(0, 0, 0), 9.5, 0.1);
	ck_assert_double_eq_tol(variance_at(0, 0, 0), v, 0.02 * v);
}
END_TEST

START_TEST(the_same_stream_grows_the_same_trees)
{
	const struct hpo_forest_options options = { 10, 1, 2, 2, true };
	double mean;

	begin(&numeric, &five, &numeric);
	draw_points(100);
	for (size_t i = 0; i < 100; i++)
		targets[i] = points[3 * i] * points[3 * i + 2];
	grow(&options, 100);
	mean = mean_at(0.3, 0.3, 0.6);
	grow(&options, 100);

	ck_assert_double_eq(mean_at(0.3, 0.3, 0.6), mean);
	ck_assert_double_eq_tol(mean, 0.18, 0.1);
}
END_TEST

START_TEST(categories_beyond_what_is_told_apart_share_a_side)
{
	const hpo_axis_t many = { HPO_AXIS_CATEGORICAL, 1500, -1, NAN };

	begin(&many, &numeric, &numeric);
	draw_points(MOST);
	for (size_t i = 0; i < MOST; i++)
		targets[i] = points[3 * i] < 0.5;
	grow(&one_tree, MOST);

	ck_assert_uint_eq(hpo__forest_categories(&many), HPO__FOREST_CATEGORIES);
	ck_assert_uint_eq(hpo__forest_category(&many, 1), 1499 % HPO__FOREST_CATEGORIES);
	ck_assert_double_eq(mean_at(0.5 / 1500, 0.5, 0.5), mean_at(1024.5 / 1500, 0.5, 0.5));
}
END_TEST

/* The depth is near log n, so that growing costs little more than a sort. */
START_TEST(trees_are_shallow)
{
	size_t deepest = 0;
	size_t depth[2 * MOST] = { 0 };

	begin(&numeric, &numeric, &numeric);
	draw_points(MOST);
	for (size_t i = 0; i < MOST; i++)
		targets[i] = points[3 * i] + points[3 * i + 1] + points[3 * i + 2];
	grow(&one_tree, MOST);
	ck_assert_uint_eq(forest.node_count, 2 * MOST - 1);
	for (size_t k = 0; k < forest.node_count; k++) {
		if (forest.nodes[k].axis < 0)
			continue;
		depth[forest.nodes[k].left] = depth[forest.nodes[k].left + 1] = depth[k] + 1;
		deepest = depth[k] + 1 > deepest ? depth[k] + 1 : deepest;
	}

	ck_assert_uint_lt(deepest, 40);
}
END_TEST

static void tear_down(void)
{
	hpo__forest_release(&forest);
}

Suite *unit_model_forest(void);
Suite *unit_model_forest(void)
{
	Suite *suite = suite_create("model/forest");
	TCase *tests = tcase_create("forest");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, a_single_leaf_holds_mean_and_variance);
	tcase_add_test(tests, equal_targets_make_one_leaf);
	tcase_add_test(tests, a_tree_that_is_fully_grown_knows_its_rows);
	tcase_add_test(tests, a_step_is_found);
	tcase_add_test(tests, categories_are_split_by_the_best_subset);
	tcase_add_test(tests, being_inactive_is_a_side_of_its_own);
	tcase_add_test(tests, inactive_rows_may_share_a_side_with_active_ones);
	tcase_add_test(tests, trees_disagree_about_unseen_categories);
	tcase_add_test(tests, the_variance_is_total);
	tcase_add_test(tests, the_same_stream_grows_the_same_trees);
	tcase_add_test(tests, categories_beyond_what_is_told_apart_share_a_side);
	tcase_add_test(tests, trees_are_shallow);
	suite_add_tcase(suite, tests);
	return suite;
}
