/*
 * The evolutionary strategies of several objectives, on problems whose fronts
 * are known, with thresholds that eight seeds passed: ZDT1 (E. Zitzler, K. Deb and L. Thiele, Evolutionary Computation 8 (2000))
 * and DTLZ2 (K. Deb and others, CEC (2002)).
 */
#include "math/hypervolume.h"
#include "unit/strategy/bed.h"

#include <stdlib.h>

enum { MOST = 2500, GOALS = 3 };

typedef void (*problem_fn)(const double *x, size_t dims, double *losses);

static double told[MOST * GOALS];

static void zdt1(const double *x, size_t dims, double *losses)
{
	double g = 1;

	for (size_t i = 1; i < dims; i++)
		g += 9 * x[i] / (double)(dims - 1);
	losses[0] = x[0];
	losses[1] = g * (1 - sqrt(x[0] / g));
}

static void dtlz2(const double *x, size_t dims, double *losses)
{
	const double quarter = acos(0);
	double g = 1;

	for (size_t i = 2; i < dims; i++)
		g += (x[i] - 0.5) * (x[i] - 0.5);
	losses[0] = g * cos(x[0] * quarter) * cos(x[1] * quarter);
	losses[1] = g * cos(x[0] * quarter) * sin(x[1] * quarter);
	losses[2] = g * sin(x[0] * quarter);
}

static void sphere(const double *x, size_t dims, double *losses)
{
	losses[0] = 0;
	for (size_t i = 0; i < dims; i++)
		losses[0] += (x[i] - 0.3) * (x[i] - 0.3);
}

static hpo_space_t *cube(size_t dims)
{
	hpo_space_t *space = NULL;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	for (size_t i = 0; i < dims; i++) {
		char text[40];

		snprintf(text, sizeof text, "x%zu=float(0,1)", i);
		ck_assert_int_eq(hpo_space_add_text(space, text, NULL), HPO_OK);
	}
	return space;
}

struct search {
	const char *strategy;
	problem_fn problem;
	size_t dims, goals;
	int count;
	uint64_t seed;
};

/* Search, leaving the losses in `told`; the volume up to `reference` in each goal. */
static double search(const struct search *s, double reference)
{
	const double corner[GOALS] = { reference, reference, reference };
	struct bed *bed = malloc(sizeof *bed);
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	double volume = 0;

	ck_assert_int_eq(bed_init(bed, s->strategy, cube(s->dims), s->goals, "{}"), HPO_OK);
	bed->seed = s->seed;
	for (int i = 0; i < s->count; i++) {
		double *losses = told + (size_t)i * s->goals;

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		s->problem(point, s->dims, losses);
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active, losses),
				 HPO_OK);
	}
	ck_assert_int_eq(hpo__hypervolume(told, (size_t)s->count, s->goals, corner, &volume),
			 HPO_OK);
	bed_release(bed);
	free(bed);
	return volume;
}

START_TEST(nsga2_approaches_the_front_of_zdt1)
{
	const struct search s = { "nsga2", zdt1, 30, 2, MOST, 1 };

	ck_assert_double_gt(search(&s, 1.1), 0.6); /* the front: 0.8767 */
}
END_TEST

START_TEST(nsga3_approaches_the_front_of_dtlz2)
{
	const struct search s = { "nsga3", dtlz2, 7, 3, 1500, 1 };

	ck_assert_double_gt(search(&s, 1.1), 0.7); /* the front: 1.331 - pi / 6 = 0.8074 */
}
END_TEST

START_TEST(either_copes_with_the_others_goals)
{
	const struct search three = { "nsga2", dtlz2, 7, 3, 1500, 2 };
	const struct search two = { "nsga3", zdt1, 10, 2, 1500, 2 };

	ck_assert_double_gt(search(&three, 1.1), 0.6);
	ck_assert_double_gt(search(&two, 1.1), 0.6);
}
END_TEST

START_TEST(one_goal_is_enough)
{
	static const char *const names[] = { "nsga2", "nsga3" };

	for (size_t c = 0; c < 2; c++) {
		const struct search s = { names[c], sphere, 5, 1, 800, 3 };

		ck_assert_double_gt(search(&s, 1), 1 - 1e-3);
	}
}
END_TEST

/* The goal falls with x; the bound holds x + y under 0.6, which a fifth of the square keeps. */
START_TEST(measured_bounds_are_kept_in_the_end)
{
	static const char *const names[] = { "nsga2", "nsga3" };

	for (size_t c = 0; c < 2; c++) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];
		double best = INFINITY;
		int kept = 0;

		ck_assert_int_eq(bed_init(bed, names[c], cube(2), 2, "{\"population\": 20}"),
				 HPO_OK);
		bed_bound(bed, 1, 0.6);
		for (int i = 0; i < 300; i++) {
			double losses[2];

			ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
			losses[0] = -point[0];
			losses[1] = point[0] + point[1];
			if (losses[1] <= 0.6) {
				best = fmin(best, losses[0]);
				kept += i >= 200;
			}
			ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active,
						     losses),
					 HPO_OK);
		}
		ck_assert_double_lt(best, -0.55);
		ck_assert_int_gt(kept, 40);
		bed_release(bed);
		free(bed);
	}
}
END_TEST

/* 480 values in all: 440 of them are found with no repeat. */
START_TEST(no_child_is_born_twice)
{
	static const char *const parameters[] = { "a=int(1,10)", "b=choice(x,y,z,w)",
						  "c=ordinal(s,m,l)", "d=int(1,4)", NULL };
	struct bed *bed = malloc(sizeof *bed);
	double points[440][4];
	uint8_t active[BED_DIMS];

	ck_assert_int_eq(bed_init(bed, "nsga2", bed_space(parameters), 2, "{}"), HPO_OK);
	for (int i = 0; i < 440; i++) {
		double losses[2];

		ck_assert_int_eq(bed_ask(bed, points[i], active), HPO_OK);
		for (int k = 0; k < i; k++)
			ck_assert(memcmp(points[k], points[i], sizeof *points) != 0);
		losses[0] = points[i][0] + points[i][1];
		losses[1] = points[i][2] - points[i][0];
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, points[i], active,
					     losses),
				 HPO_OK);
	}
	bed_release(bed);
	free(bed);
}
END_TEST

START_TEST(the_same_seed_proposes_the_same)
{
	const struct search s = { "nsga3", dtlz2, 7, 3, 300, 5 };
	const struct search other = { "nsga3", dtlz2, 7, 3, 300, 6 };
	double first = search(&s, 2);

	ck_assert_double_eq(search(&s, 2), first);
	ck_assert_double_ne(search(&other, 2), first);
}
END_TEST

/* With more goals than there are members, and with one member more than goals. */
START_TEST(many_goals_are_survived)
{
	for (size_t goals = 4; goals <= 12; goals += 4) {
		struct bed *bed = malloc(sizeof *bed);
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];

		ck_assert_int_eq(bed_init(bed, "nsga3", cube(3), goals, "{\"population\": 5}"),
				 HPO_OK);
		for (int i = 0; i < 60; i++) {
			double losses[12];

			ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
			for (size_t j = 0; j < goals; j++)
				losses[j] = fabs(point[j % 3] - (double)j / 12) *
					    (j % 4 == 0 ? 1e300 : 1e-300);
			ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active,
						     losses),
					 HPO_OK);
		}
		bed_release(bed);
		free(bed);
	}
}
END_TEST

Suite *unit_strategy_nsga(void);

Suite *unit_strategy_nsga(void)
{
	Suite *suite = suite_create("strategy/nsga");
	TCase *tests = tcase_create("nsga");

	tcase_add_test(tests, nsga2_approaches_the_front_of_zdt1);
	tcase_add_test(tests, nsga3_approaches_the_front_of_dtlz2);
	tcase_add_test(tests, either_copes_with_the_others_goals);
	tcase_add_test(tests, one_goal_is_enough);
	tcase_add_test(tests, measured_bounds_are_kept_in_the_end);
	tcase_add_test(tests, no_child_is_born_twice);
	tcase_add_test(tests, the_same_seed_proposes_the_same);
	tcase_add_test(tests, many_goals_are_survived);
	suite_add_tcase(suite, tests);
	return suite;
}
