/*
 * The analysis of variance where its shares are known in closed form.
 */
#include "model/anova.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { DIMS = 3, MOST = 1000 };

static const double pi = 3.14159265358979323846;

static struct hpo_forest forest;
static hpo_axis_t axes[DIMS];
static struct hpo_anova_axis values[DIMS];
static double points[MOST * DIMS];
static uint8_t active[MOST * DIMS];
static double targets[MOST];
static size_t count;

static double shares[DIMS];
static double deviations[DIMS];
static struct hpo_anova_pair pairs[] = { { 0, 1, 0 }, { 0, 2, 0 }, { 1, 2, 0 } };
static struct hpo_anova result = { shares, deviations, pairs, 3, 0 };

/* One scenario: nothing is pinned, all is active. */
static const double one = 1;
static const double free_axes[DIMS] = { NAN, NAN, NAN };
static const uint8_t all_active[DIMS] = { 1, 1, 1 };
static const struct hpo_anova_scenarios plain = { 1, &one, free_axes, all_active };

static void add(double a, double b, double c, double target)
{
	ck_assert_uint_lt(count, MOST);
	points[count * DIMS] = a;
	points[count * DIMS + 1] = b;
	points[count * DIMS + 2] = c;
	memset(active + count * DIMS, 1, DIMS);
	targets[count++] = target;
}

static void begin(hpo_axis_kind_t first, uint64_t first_cells, hpo_axis_kind_t second,
		  uint64_t second_cells)
{
	axes[0] = (hpo_axis_t){ first, first_cells, -1, NAN };
	axes[1] = (hpo_axis_t){ second, second_cells, -1, NAN };
	axes[2] = (hpo_axis_t){ HPO_AXIS_CONTINUOUS, 0, -1, NAN };
	memset(values, 0, sizeof values);
	count = 0;
}

static void analyse(const struct hpo_forest_options *options,
		    const struct hpo_anova_scenarios *scenarios)
{
	const struct hpo_forest_data data = { points, active, targets, count };
	hpo_rng_t rng;

	hpo_rng_init(&rng, 20, 1, 2);
	ck_assert_int_eq(hpo__forest_init(&forest, axes, DIMS, options, NULL), HPO_OK);
	ck_assert_int_eq(hpo__forest_fit(&forest, &data, &rng, NULL), HPO_OK);
	ck_assert_int_eq(hpo__anova(&forest, values, scenarios, &result, NULL), HPO_OK);
}

/* Trees that know every point of a finite space are the function itself. */
static const struct hpo_forest_options exact = { 4, 1, 1, DIMS, false };

START_TEST(an_additive_function_of_categories_is_parted_exactly)
{
	static const double a[] = { 0, 1, 4, 9 };
	static const double b[] = { 2.385, -1, 0.5 };

	begin(HPO_AXIS_CATEGORICAL, 4, HPO_AXIS_CATEGORICAL, 3);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 3; j++)
			add((i + 0.5) / 4, (j + 0.5) / 3, 0.5, a[i] + b[j]);
	}
	analyse(&exact, &plain);

	/* Var(a) = 24.5 - 12.25 = 12.25; Var(b) = 1.917938889. */
	ck_assert_uint_eq(result.trees, 4);
	ck_assert_double_eq_tol(shares[0], 12.25 / 14.16793888888889, 1e-12);
	ck_assert_double_eq_tol(shares[1], 1.917938888888889 / 14.16793888888889, 1e-12);
	ck_assert_double_eq_tol(shares[2], 0, 1e-12);
	ck_assert_double_eq_tol(pairs[0].share, 0, 1e-12);
	ck_assert_double_eq_tol(deviations[0], 0, 1e-7);
}
END_TEST

START_TEST(what_only_two_axes_together_explain_is_theirs)
{
	static const double centres[] = { 0.25, 0.75 };
	static const double halves[] = { 0.5, 0.5 };

	begin(HPO_AXIS_CATEGORICAL, 2, HPO_AXIS_ORDERED, 2);
	values[1] = (struct hpo_anova_axis){ 2, centres, halves };
	for (int i = 0; i < 4; i++)
		add(centres[i / 2], centres[i % 2], 0.5, i == 1 || i == 2);
	analyse(&exact, &plain);

	ck_assert_double_eq_tol(shares[0] + shares[1] + shares[2], 0, 1e-12);
	ck_assert_double_eq_tol(pairs[0].share, 1, 1e-12);
	ck_assert_double_eq_tol(pairs[1].share + pairs[2].share, 0, 1e-12);
}
END_TEST

/* Cells of unequal widths count by these, as random search would draw them. */
START_TEST(values_count_by_their_weights)
{
	static const double centres[] = { 0.35, 0.85 };
	static const double weights[] = { 0.7, 0.3 };

	begin(HPO_AXIS_ORDERED, 2, HPO_AXIS_CATEGORICAL, 2);
	values[0] = (struct hpo_anova_axis){ 2, centres, weights };
	for (int i = 0; i < 4; i++)
		add(centres[i / 2], 0.25 + 0.5 * (i % 2), 0.5, i / 2 + i % 2);
	analyse(&exact, &plain);

	/* 0.7 * 0.3 beside 0.5 * 0.5. */
	ck_assert_double_eq_tol(shares[0], 0.21 / 0.46, 1e-12);
	ck_assert_double_eq_tol(shares[1], 0.25 / 0.46, 1e-12);
}
END_TEST

/* The second axis is active where the first is "a", a third of the time, and does all there. */
START_TEST(a_conditional_axis_counts_where_it_is_active)
{
	static const double weights[] = { 1 / 3.0, 1 / 3.0, 1 / 3.0 };
	static const double pinned[] = { 1 / 6.0, NAN, NAN, 0.5, NAN, NAN, 5 / 6.0, NAN, NAN };
	static const uint8_t where[] = { 1, 1, 1, 1, 0, 1, 1, 0, 1 };
	static const struct hpo_anova_scenarios scenarios = { 3, weights, pinned, where };
	static const double b[] = { 1, 2, 6 };

	begin(HPO_AXIS_CATEGORICAL, 3, HPO_AXIS_CATEGORICAL, 3);
	for (int j = 0; j < 3; j++)
		add(1 / 6.0, (j + 0.5) / 3, 0.5, b[j]);
	for (int i = 1; i < 3; i++) {
		add((i + 0.5) / 3, 0.5, 0.5, 0);
		active[(count - 1) * DIMS + 1] = 0;
	}
	analyse(&exact, &scenarios);

	/* The first: means 3, 0, 0, variance 2. The second: variance 14 / 3, a third of the time. */
	ck_assert_double_eq_tol(shares[0], 2 / (2 + 14 / 9.0), 1e-12);
	ck_assert_double_eq_tol(shares[1], 14 / 9.0 / (2 + 14 / 9.0), 1e-12);
	ck_assert_double_eq_tol(pairs[0].share, 0, 1e-12);
}
END_TEST

/*
 * The Ishigami function, a = 7, b = 0.1: S1 = 0.3139, S2 = 0.4424, S3 = 0, S13 = 0.2437
 * (A. Saltelli, K. Chan, E. M. Scott, "Sensitivity analysis", Wiley (2000), section 2.9).
 * Trees learn it from 1,000 points, and what they get wrong they give to all three together.
 */
START_TEST(the_ishigami_function_has_its_sobol_indices)
{
	const struct hpo_forest_options options = { 16, 3, 16, DIMS, true };
	hpo_rng_t rng;

	hpo_rng_init(&rng, 3, 0, 0);
	begin(HPO_AXIS_CONTINUOUS, 0, HPO_AXIS_CONTINUOUS, 0);
	for (int i = 0; i < MOST - 1; i++) {
		double x[DIMS];

		for (int j = 0; j < DIMS; j++)
			x[j] = hpo_rng_uniform(&rng);
		add(x[0], x[1], x[2],
		    sin(2 * pi * x[0] - pi) + 7 * pow(sin(2 * pi * x[1] - pi), 2) +
			    0.1 * pow(2 * pi * x[2] - pi, 4) * sin(2 * pi * x[0] - pi));
	}
	analyse(&options, &plain);

	ck_assert_double_eq_tol(shares[0], 0.3139, 0.06);
	ck_assert_double_eq_tol(shares[1], 0.4424, 0.12);
	ck_assert_double_eq_tol(shares[2], 0, 0.03);
	ck_assert_double_eq_tol(pairs[1].share, 0.2437, 0.06);
	ck_assert_double_lt(pairs[0].share, 0.05);
	ck_assert_double_lt(pairs[2].share, 0.08);
}
END_TEST

START_TEST(a_constant_explains_nothing)
{
	begin(HPO_AXIS_CONTINUOUS, 0, HPO_AXIS_CATEGORICAL, 2);
	for (int i = 0; i < 20; i++)
		add(i / 20.0, i % 2, 0.3, 5);
	analyse(&exact, &plain);

	ck_assert_uint_eq(result.trees, 0);
	for (int i = 0; i < DIMS; i++)
		ck_assert_double_eq(shares[i], 0);
}
END_TEST

/* 1,500 categories are told apart as 1,024, most of which then hold one and some two. */
START_TEST(folded_categories_keep_their_weight)
{
	begin(HPO_AXIS_CATEGORICAL, 1500, HPO_AXIS_CONTINUOUS, 0);
	for (int i = 0; i < 500; i++)
		add((i + 0.5) / 1500, 0.5, 0.5, i % 2);
	analyse(&exact, &plain);

	ck_assert_double_eq_tol(shares[0], 1, 1e-9);
}
END_TEST

static void tear_down(void)
{
	hpo__forest_release(&forest);
}

Suite *unit_model_anova(void);
Suite *unit_model_anova(void)
{
	Suite *suite = suite_create("model/anova");
	TCase *tests = tcase_create("anova");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, an_additive_function_of_categories_is_parted_exactly);
	tcase_add_test(tests, what_only_two_axes_together_explain_is_theirs);
	tcase_add_test(tests, values_count_by_their_weights);
	tcase_add_test(tests, a_conditional_axis_counts_where_it_is_active);
	tcase_add_test(tests, the_ishigami_function_has_its_sobol_indices);
	tcase_add_test(tests, a_constant_explains_nothing);
	tcase_add_test(tests, folded_categories_keep_their_weight);
	suite_add_tcase(suite, tests);
	return suite;
}
