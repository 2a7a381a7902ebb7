#include "unit/strategy/bed.h"

#include <stdlib.h>

enum { DIMS = 4 };

typedef double (*value_fn)(const double *point, size_t dims);

static const char *const four_reals[] = { "a=float(0,1)", "b=float(0,1)", "c=float(0,1)",
					  "d=float(0,1)", NULL };

static double sphere(const double *point, size_t dims)
{
	double sum = 0;

	for (size_t i = 0; i < dims; i++)
		sum += (point[i] - 0.3) * (point[i] - 0.3);
	return sum;
}

static double ellipsoid(const double *point, size_t dims)
{
	double sum = 0;

	for (size_t i = 0; i < dims; i++)
		sum += pow(1e4, (double)i / (double)(dims - 1)) * (point[i] - 0.3) *
		       (point[i] - 0.3);
	return sum;
}

/* On [-2, 2], with its minimum of 0 at 1. */
static double rosenbrock(const double *point, size_t dims)
{
	double sum = 0;

	for (size_t i = 0; i + 1 < dims; i++) {
		double x = 4 * point[i] - 2;
		double next = 4 * point[i + 1] - 2;

		sum += 100 * (x * x - next) * (x * x - next) + (1 - x) * (1 - x);
	}
	return sum;
}

/* On [-5, 5], shifted. */
static double rastrigin(const double *point, size_t dims)
{
	double sum = 0;

	for (size_t i = 0; i < dims; i++) {
		double x = 10 * (point[i] - 0.37);

		sum += x * x + 10 * (1 - cos(2 * 3.14159265358979323846 * x));
	}
	return sum;
}

/* Ask and tell; the best value. */
static double search(struct bed *bed, value_fn value, int trials)
{
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	double best = INFINITY;

	for (int i = 0; i < trials; i++) {
		double loss;

		if (bed_ask(bed, point, active) != HPO_OK)
			break;
		loss = value(point, hpo_space_dims(bed->space));
		best = loss < best ? loss : best;
		ck_assert_int_eq(bed_tell(bed, point, active, loss), HPO_OK);
	}
	return best;
}

static double search_anew(const char *const *parameters, const char *options, value_fn value,
			  int trials)
{
	struct bed *bed = malloc(sizeof *bed);
	double best;

	ck_assert_int_eq(bed_init(bed, "cmaes", bed_space(parameters), 1, options), HPO_OK);
	best = search(bed, value, trials);
	bed_release(bed);
	free(bed);
	return best;
}

START_TEST(a_sphere_is_solved)
{
	ck_assert_double_lt(search_anew(four_reals, "{}", sphere, 600), 1e-8);
}
END_TEST

START_TEST(an_ill_conditioned_ellipsoid_is_solved)
{
	ck_assert_double_lt(search_anew(four_reals, "{}", ellipsoid, 1000), 1e-6);
}
END_TEST

START_TEST(a_bent_valley_is_followed)
{
	ck_assert_double_lt(search_anew(four_reals, "{}", rosenbrock, 1800), 1e-6);
}
END_TEST

START_TEST(restarts_find_the_best_of_many_basins)
{
	static const char *const two_reals[] = { "a=float(0,1)", "b=float(0,1)", NULL };

	ck_assert_double_lt(search_anew(two_reals, "{}", rastrigin, 4000), 1e-6);
	ck_assert_double_gt(search_anew(two_reals, "{\"restarts\": false}", rastrigin, 4000), 0.9);
}
END_TEST

/* Above 100 axes, where a covariance matrix would not be learnt; random points lie at 1e4. */
START_TEST(many_axes_are_searched_apart)
{
	char texts[BED_DIMS][32];
	const char *parameters[121];

	for (int i = 0; i < 120; i++) {
		snprintf(texts[i], sizeof texts[i], "p%d=float(0,1)", i);
		parameters[i] = texts[i];
	}
	parameters[120] = NULL;

	ck_assert_double_lt(search_anew(parameters, "{}", ellipsoid, 6000), 50);
}
END_TEST

static const char *const integers[] = { "a=int(0,100)", "b=int(0,100)", "c=int(0,10)", "x=float(0,1)",
					"y=float(0,1)", NULL };

/* The nearest cell to 0.3 is 0.3020 of 101 and 0.3182 of 11. */
START_TEST(integers_are_found_to_the_unit)
{
	double at = (30.5 / 101 - 0.3) * (30.5 / 101 - 0.3);
	double least = 2 * at + (3.5 / 11 - 0.3) * (3.5 / 11 - 0.3);

	ck_assert_double_lt(search_anew(integers, "{}", sphere, 900), least + 1e-6);
}
END_TEST

/* How many of 16 bits are not set. */
static double zeros(const double *point, size_t dims)
{
	double count = 0;

	for (size_t i = 0; i < dims; i++)
		count += point[i] < 0.5;
	return count;
}

START_TEST(bits_are_set_one_after_the_other)
{
	char texts[16][32];
	const char *parameters[17];

	for (int i = 0; i < 16; i++) {
		snprintf(texts[i], sizeof texts[i], i % 2 ? "p%d=bool" : "p%d=int(0,1)", i);
		parameters[i] = texts[i];
	}
	parameters[16] = NULL;

	ck_assert_double_eq(search_anew(parameters, "{}", zeros, 300), 0);
}
END_TEST

static const char *const with_choices[] = { "k=choice(a,b,c,d,e)", "l=choice(a,b,c)",
					    "x=float(0,1)", "y=float(0,1)", NULL };

/* Categories that are far from the right one cost more than all the rest. */
static double choosy(const double *point, size_t dims)
{
	double k = floor(5 * point[0]) == 3 ? 0 : 1;
	double l = floor(3 * point[1]) == 0 ? 0 : 1;

	return k + l + sphere(point + 2, dims - 2);
}

START_TEST(choices_and_reals_are_found_together)
{
	ck_assert_double_lt(search_anew(with_choices, "{}", choosy, 600), 1e-6);
}
END_TEST

/* What is known of the same problem from elsewhere: 60 random points of it. */
START_TEST(a_past_from_elsewhere_is_begun_from)
{
	double warm = 0;
	double cold = 0;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS] = { 1, 1, 1, 1 };
		hpo_rng_t rng;

		ck_assert_int_eq(bed_init(bed, "cmaes", bed_space(four_reals), 1, "{}"), HPO_OK);
		hpo_rng_init(&rng, seed, 0, 0);
		bed_arm(bed, "");
		for (int k = 0; k < 60; k++) {
			for (size_t i = 0; i < DIMS; i++)
				point[i] = 0.3 + 0.1 * hpo_rng_normal(&rng);
			bed_snap(bed, point, active);
			bed->number++;
			ck_assert_int_eq(bed_tell(bed, point, active, sphere(point, DIMS)), HPO_OK);
		}
		bed->seed = seed;
		warm += log(search(bed, sphere, 60));
		bed_release(bed);

		ck_assert_int_eq(bed_init(bed, "cmaes", bed_space(four_reals), 1, "{}"), HPO_OK);
		bed->seed = seed;
		cold += log(search(bed, sphere, 60));
		bed_release(bed);
		free(bed);
	}
	ck_assert_double_lt(warm, cold - 5);
}
END_TEST

/* The last trials of a known budget lie ever nearer to the best. */
START_TEST(the_end_of_a_budget_is_spent_round_the_best)
{
	struct bed *bed = malloc(sizeof *bed);
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	double before;
	double distance = 0;

	ck_assert_int_eq(bed_init(bed, "cmaes", bed_space(four_reals), 1, "{}"), HPO_OK);
	bed->budget = 100;
	before = search(bed, sphere, 75);

	for (int i = 0; i < 25; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert_str_eq(bed->arm, "refine");
		distance = sqrt(sphere(point, DIMS));
		before = fmin(before, sphere(point, DIMS));
		ck_assert_int_eq(bed_tell(bed, point, active, sphere(point, DIMS)), HPO_OK);
	}

	ck_assert_double_lt(distance, sqrt(before) + 0.005);
	bed_release(bed);
	free(bed);
}
END_TEST

/* A measured constraint: the first two coordinates must sum to at least 1. */
START_TEST(a_measured_bound_is_kept_by_the_best)
{
	struct bed *bed = malloc(sizeof *bed);
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	double best = INFINITY;

	ck_assert_int_eq(bed_init(bed, "cmaes", bed_space(four_reals), 2, "{}"), HPO_OK);
	bed_bound(bed, 1, 0);
	for (int i = 0; i < 500; i++) {
		double losses[2];

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		losses[0] = sphere(point, DIMS);
		losses[1] = 1 - point[0] - point[1];
		if (losses[1] <= 0)
			best = fmin(best, losses[0]);
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active, losses),
				 HPO_OK);
	}

	ck_assert_double_lt(best, 2 * 0.2 * 0.2 + 1e-3);
	bed_release(bed);
	free(bed);
}
END_TEST

/* Four workers whose results come back in another order than they went out. */
START_TEST(results_in_any_order_are_learnt_from)
{
	struct bed *bed = malloc(sizeof *bed);
	double points[4][BED_DIMS];
	uint8_t active[BED_DIMS] = { 1, 1, 1, 1 };
	double best = INFINITY;

	ck_assert_int_eq(bed_init(bed, "cmaes", bed_space(four_reals), 1, "{}"), HPO_OK);
	for (int round = 0; round < 200; round++) {
		bed->pending = 0;
		for (int k = 0; k < 4; k++) {
			ck_assert_int_eq(bed_ask_as(bed, 4 * round + k, 0, points[k], active),
					 HPO_OK);
			bed_hold(bed, points[k], active);
		}
		for (int k = 4; k-- > 0;) {
			double loss = sphere(points[k], DIMS);

			best = fmin(best, loss);
			ck_assert_int_eq(bed_tell_as(bed, 4 * round + k, HPO_TRIAL_COMPLETED, -1,
						     points[k], active, &loss),
					 HPO_OK);
		}
	}
	ck_assert_double_lt(best, 1e-8);
	bed_release(bed);
	free(bed);
}
END_TEST

START_TEST(another_seed_searches_elsewhere)
{
	struct bed *bed = malloc(sizeof *bed);
	double found[2];

	for (uint64_t seed = 0; seed < 2; seed++) {
		ck_assert_int_eq(bed_init(bed, "cmaes", bed_space(four_reals), 1, "{}"), HPO_OK);
		bed->seed = seed;
		found[seed] = search(bed, rastrigin, 100);
		bed_release(bed);
	}
	ck_assert_double_ne(found[0], found[1]);
	free(bed);
}
END_TEST

Suite *unit_strategy_cmaes(void);
Suite *unit_strategy_cmaes(void)
{
	Suite *suite = suite_create("strategy/cmaes");
	TCase *reals = tcase_create("reals");
	TCase *mixed = tcase_create("mixed");
	TCase *studies = tcase_create("studies");

	tcase_set_timeout(reals, 60);
	tcase_add_test(reals, a_sphere_is_solved);
	tcase_add_test(reals, an_ill_conditioned_ellipsoid_is_solved);
	tcase_add_test(reals, a_bent_valley_is_followed);
	tcase_add_test(reals, restarts_find_the_best_of_many_basins);
	tcase_add_test(reals, many_axes_are_searched_apart);
	suite_add_tcase(suite, reals);

	tcase_add_test(mixed, integers_are_found_to_the_unit);
	tcase_add_test(mixed, bits_are_set_one_after_the_other);
	tcase_add_test(mixed, choices_and_reals_are_found_together);
	suite_add_tcase(suite, mixed);

	tcase_add_test(studies, a_past_from_elsewhere_is_begun_from);
	tcase_add_test(studies, the_end_of_a_budget_is_spent_round_the_best);
	tcase_add_test(studies, a_measured_bound_is_kept_by_the_best);
	tcase_add_test(studies, results_in_any_order_are_learnt_from);
	tcase_add_test(studies, another_seed_searches_elsewhere);
	suite_add_tcase(suite, studies);
	return suite;
}
