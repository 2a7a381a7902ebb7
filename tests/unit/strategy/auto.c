/*
 * The default strategy: who proposes, and what it repeats where there is noise.
 */
#include "math/rng.h"
#include "unit/strategy/bed.h"

#include <stdlib.h>

static const char *const numbers[] = { "x=float(0,1)", "y=float(0,1)", NULL };

struct counts {
	int repeats; /* proposals of the arm "replicate" */
	int near;    /* of them, at a point whose true loss is among the best */
	double best; /* the least true loss */
};

static double bowl(const double *point)
{
	return (point[0] - 0.3) * (point[0] - 0.3) + (point[1] - 0.6) * (point[1] - 0.6);
}

/* A study of `trials` with normal noise; where that is infinite, a repetition fails. */
static struct counts run_seeded(uint64_t seed, const char *options, int trials, double noise)
{
	struct bed *bed = malloc(sizeof *bed);
	struct counts counts = { 0, 0, INFINITY };
	double point[BED_DIMS];
	uint8_t active[BED_DIMS];
	hpo_rng_t rng;

	hpo_rng_init(&rng, seed, 0, 0);
	ck_assert_int_eq(bed_init(bed, "auto", bed_space(numbers), 1, options), HPO_OK);
	bed->seed = seed;
	bed->budget = trials;
	for (int i = 0; i < trials; i++) {
		double loss;
		double read;

		ck_assert_msg(bed_ask(bed, point, active) == HPO_OK, "%s", bed->error.message);
		loss = bowl(point);
		read = isfinite(noise) ? loss + noise * hpo_rng_normal(&rng) : loss;
		counts.best = loss < counts.best ? loss : counts.best;
		if (strcmp(bed->arm, "replicate") == 0) {
			counts.repeats++;
			counts.near += loss < 0.1;
			read = isfinite(noise) ? read : NAN;
		}
		ck_assert_int_eq(bed_tell(bed, point, active, read), HPO_OK);
	}
	bed_release(bed);
	free(bed);
	return counts;
}

static struct counts run(const char *options, int trials, double noise)
{
	return run_seeded(20, options, trials, noise);
}

/* Two that agree are enough; one may by chance. */
START_TEST(without_noise_two_readings_are_tried_again_at_most)
{
	struct counts counts = run("{}", 40, 0);

	ck_assert_int_le(counts.repeats, 2);
	ck_assert_double_lt(counts.best, 1e-3);
}
END_TEST

/* Three tenths of all points have a true loss below 0.1. */
START_TEST(with_noise_good_configurations_are_read_again)
{
	int repeats = 0;
	int near = 0;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct counts counts = run_seeded(seed, "{}", 60, 0.1);

		ck_assert_int_ge(counts.repeats, 5);
		ck_assert_int_le(counts.repeats, 24);
		repeats += counts.repeats;
		near += counts.near;
	}
	ck_assert_msg(4 * near >= 3 * repeats, "%d of %d", near, repeats);
}
END_TEST

/* After 25 readings, and once more after 50. */
START_TEST(what_fails_when_it_is_repeated_is_not_repeated_for_ever)
{
	struct counts counts = run("{}", 70, INFINITY);

	ck_assert_int_eq(counts.repeats, 2);
	ck_assert_double_lt(counts.best, 1e-3);
}
END_TEST

START_TEST(repetitions_can_be_turned_off)
{
	ck_assert_int_eq(run("{\"replicate\":false}", 40, 0.1).repeats, 0);
}
END_TEST

Suite *unit_strategy_auto(void);

Suite *unit_strategy_auto(void)
{
	Suite *suite = suite_create("strategy/auto");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, without_noise_two_readings_are_tried_again_at_most);
	tcase_add_test(tests, with_noise_good_configurations_are_read_again);
	tcase_add_test(tests, what_fails_when_it_is_repeated_is_not_repeated_for_ever);
	tcase_add_test(tests, repetitions_can_be_turned_off);
	suite_add_tcase(suite, tests);
	return suite;
}
