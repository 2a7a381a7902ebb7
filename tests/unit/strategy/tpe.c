#include "unit/strategy/bed.h"

#include <stdlib.h>

static const char *const reals[] = { "a=float(0,1)", "b=float(0,1)", "c=float(0,1)", NULL };

static double sphere(const double *point)
{
	return (point[0] - 0.3) * (point[0] - 0.3) + (point[1] - 0.6) * (point[1] - 0.6) +
	       (point[2] - 0.45) * (point[2] - 0.45);
}

/* The best of 100 trials, in the mean over five seeds, on a logarithm. */
static double search(const char *strategy)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct bed *bed = malloc(sizeof *bed);
		double best = INFINITY;
		double point[BED_DIMS];
		uint8_t active[BED_DIMS];

		ck_assert_int_eq(bed_init(bed, strategy, bed_space(reals), 1, "{}"), HPO_OK);
		bed->seed = seed;
		for (int i = 0; i < 100; i++) {
			ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
			best = fmin(best, sphere(point));
			ck_assert_int_eq(bed_tell(bed, point, active, sphere(point)), HPO_OK);
		}
		sum += log10(best) / 5;
		bed_release(bed);
		free(bed);
	}
	return sum;
}

/* Kernels that narrow with the good ones go on where those of a fixed width stop. */
START_TEST(a_hundred_trials_come_far_nearer_than_chance)
{
	ck_assert_double_lt(search("tpe"), search("random") - 1);
}
END_TEST

/* A measured constraint: the first coordinate must be at least 0.5, which costs 0.04. */
START_TEST(the_best_under_a_measured_bound_is_found)
{
	struct bed *bed = malloc(sizeof *bed);
	double best = INFINITY;
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];

	ck_assert_int_eq(bed_init(bed, "tpe", bed_space(reals), 2, "{}"), HPO_OK);
	bed_bound(bed, 1, -0.5);
	for (int i = 0; i < 100; i++) {
		double losses[2];

		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		losses[0] = sphere(point);
		losses[1] = -point[0];
		if (losses[1] <= -0.5)
			best = fmin(best, losses[0]);
		ck_assert_int_eq(bed_tell_as(bed, i, HPO_TRIAL_COMPLETED, -1, point, active, losses),
				 HPO_OK);
	}
	ck_assert_double_lt(best, 0.045);
	bed_release(bed);
	free(bed);
}
END_TEST

Suite *unit_strategy_tpe(void);
Suite *unit_strategy_tpe(void)
{
	Suite *suite = suite_create("strategy/tpe");
	TCase *tcase = tcase_create("tpe");

	tcase_add_test(tcase, a_hundred_trials_come_far_nearer_than_chance);
	tcase_add_test(tcase, the_best_under_a_measured_bound_is_found);
	suite_add_tcase(suite, tcase);
	return suite;
}
