/*
 * What a point promises to a front: against draws of it, and its slopes against
 * differences.
 */
#include "model/gp_front.h"

#include "hpo/plugin/random.h"
#include "math/hypervolume.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const double two[] = { 0, 1, 0.2, 0.5, 0.6, 0.2, 1, 0, 1, 1 };
static const double three[] = { 0, 1, 0.4, 1, 0, 0.4, 0.5, 0.5, 0, 0.2, 0.3, 0.9, 1, 1, 1 };

/* By how much the volume grows in the mean over draws of a point. */
static double draw_growth(const struct hpo_gp_front *f, const double *mean, const double *sd)
{
	enum { DRAWS = 20000 };
	double points[(HPO__FRONT_MOST + 1) * 3];
	double before;
	double after;
	double sum = 0;
	hpo_rng_t rng;

	memcpy(points, f->points, f->count * f->goals * sizeof *points);
	ck_assert_int_eq(hpo__hypervolume(points, f->count, f->goals, f->reference, &before), 0);
	hpo_rng_init(&rng, 1, 0, 0);
	for (int i = 0; i < DRAWS; i++) {
		for (size_t j = 0; j < f->goals; j++)
			points[f->count * f->goals + j] = mean[j] + sd[j] * hpo_rng_normal(&rng);
		ck_assert_int_eq(hpo__hypervolume(points, f->count + 1, f->goals, f->reference,
						  &after), 0);
		sum += (after - before) / DRAWS;
	}
	return sum;
}

static void check_growth(const double *losses, size_t n, size_t goals)
{
	static const double means[][3] = { { 0.3, 0.3, 0.3 }, { 0.8, 0.1, 0.2 }, { 0.6, 0.5, 0.6 } };
	static const double sd[] = { 0.2, 0.3, 0.1 };
	struct hpo_gp_front f;

	ck_assert_int_eq(hpo__gp_front_init(&f, goals, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_set(&f, losses, n, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_close(&f, NULL, 0, 1, NULL), HPO_OK);
	for (int i = 0; i < 3; i++) {
		double promise = exp(hpo__gp_front_promise(&f, means[i], sd, NULL, NULL));
		double drawn = draw_growth(&f, means[i], sd);

		ck_assert_double_eq_tol(promise / drawn, 1, 0.04);
	}
	hpo__gp_front_release(&f);
}

START_TEST(the_promise_is_the_expected_growth)
{
	check_growth(two, 5, 2);
	check_growth(three, 5, 3);
}
END_TEST

static void check_slopes(size_t goals, double at)
{
	double losses[5 * 6];
	double mean[5];
	double sd[5];
	double d_mean[5];
	double d_sd[5];
	const double h = 1e-6;
	struct hpo_gp_front f;

	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < goals; j++)
			losses[i * goals + j] = (i + j) % goals == 0 ? 0.1 : 0.5 + 0.1 * (double)j;
	}
	for (size_t j = 0; j < goals; j++) {
		mean[j] = at + 0.05 * (double)j;
		sd[j] = 0.1 + 0.02 * (double)j;
	}
	ck_assert_int_eq(hpo__gp_front_init(&f, goals, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_set(&f, losses, 6, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_close(&f, losses, 6, 3, NULL), HPO_OK);
	ck_assert(isfinite(hpo__gp_front_promise(&f, mean, sd, d_mean, d_sd)));
	for (size_t j = 0; j < 2 * goals; j++) {
		double *moved = j < goals ? &mean[j] : &sd[j - goals];
		double slope = j < goals ? d_mean[j] : d_sd[j - goals];
		double was = *moved;
		double up;
		double down;

		*moved = was + h;
		up = hpo__gp_front_promise(&f, mean, sd, NULL, NULL);
		*moved = was - h;
		down = hpo__gp_front_promise(&f, mean, sd, NULL, NULL);
		*moved = was;
		ck_assert_double_eq_tol(slope, (up - down) / (2 * h), 1e-4 * (1 + fabs(slope)));
	}
	hpo__gp_front_release(&f);
}

/* The last one is 60 deviations from a growth, which is 0 to rounding. */
START_TEST(slopes_agree_with_differences)
{
	for (size_t goals = 2; goals <= 5; goals++) {
		check_slopes(goals, 0.2);
		check_slopes(goals, 0.6);
		check_slopes(goals, 7);
	}
}
END_TEST

/* Six losses, on rays: what is nearer to the ideal promises more. */
START_TEST(many_goals_are_told_apart)
{
	double losses[4 * 6];
	double sd[6];
	double last = INFINITY;
	struct hpo_gp_front f;

	for (size_t i = 0; i < 24; i++)
		losses[i] = i % 6 == i / 6 ? 0 : 1;
	for (size_t j = 0; j < 6; j++)
		sd[j] = 0.1;
	ck_assert_int_eq(hpo__gp_front_init(&f, 6, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_set(&f, losses, 4, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_close(&f, NULL, 0, 1, NULL), HPO_OK);
	for (int i = 1; i < 10; i++) {
		double mean[6];
		double promise;

		for (size_t j = 0; j < 6; j++)
			mean[j] = 0.1 * i;
		promise = hpo__gp_front_promise(&f, mean, sd, NULL, NULL);
		ck_assert(promise < last);
		last = promise;
	}
	hpo__gp_front_release(&f);
}
END_TEST

/* 300 points on a line, and one that they dominate. */
START_TEST(a_large_front_is_thinned_evenly)
{
	double losses[301 * 2];
	double widest = 0;
	struct hpo_gp_front f;

	for (size_t i = 0; i < 300; i++) {
		losses[2 * i] = (double)i / 299;
		losses[2 * i + 1] = 1 - (double)i / 299;
	}
	losses[600] = losses[601] = 2;
	ck_assert_int_eq(hpo__gp_front_init(&f, 2, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_set(&f, losses, 301, NULL), HPO_OK);
	ck_assert_uint_le(f.count, HPO__FRONT_MOST);
	for (size_t i = 0; i < f.count; i++) {
		double next = INFINITY;

		ck_assert_uint_lt(f.member[i], 300);
		for (size_t k = 0; k < f.count; k++) {
			if (f.member[k] > f.member[i])
				next = fmin(next, losses[2 * f.member[k]] - losses[2 * f.member[i]]);
		}
		widest = isfinite(next) ? fmax(widest, next) : widest;
	}
	ck_assert_double_lt(widest, 0.03);

	/* The reference: beyond the worst that the front may reach, or beyond all there is. */
	ck_assert_int_eq(hpo__gp_front_close(&f, losses, 301, 1, NULL), HPO_OK);
	ck_assert_double_lt(f.reference[0], 1.2);
	ck_assert_int_eq(hpo__gp_front_set(&f, losses, 301, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_front_close(&f, NULL, 0, 1, NULL), HPO_OK);
	ck_assert_double_gt(f.reference[0], 2);
	hpo__gp_front_release(&f);
}
END_TEST

Suite *unit_model_gp_front(void);
Suite *unit_model_gp_front(void)
{
	Suite *suite = suite_create("model/gp_front");
	TCase *tests = tcase_create("front");

	tcase_add_test(tests, the_promise_is_the_expected_growth);
	tcase_add_test(tests, slopes_agree_with_differences);
	tcase_add_test(tests, many_goals_are_told_apart);
	tcase_add_test(tests, a_large_front_is_thinned_evenly);
	suite_add_tcase(suite, tests);
	return suite;
}
