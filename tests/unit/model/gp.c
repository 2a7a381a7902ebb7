/*
 * The Gaussian process against closed forms, finite differences and itself.
 */
#include "model/gp.h"

#include "hpo/plugin/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIMS = 4, ROWS = 30, LINES = 2, THETA = DIMS + 2 + LINES };

/* A line, an axis that one category switches on, the category, and an ordered axis. */
static const hpo_axis_t axes[DIMS] = {
	{ HPO_AXIS_CONTINUOUS, 0, -1, NAN },
	{ HPO_AXIS_CONTINUOUS, 0, 2, NAN },
	{ HPO_AXIS_CATEGORICAL, 4, -1, NAN },
	{ HPO_AXIS_ORDERED, 3, -1, NAN },
};

static const double theta[THETA] = { -0.7, -0.2, 0.3, 0.1, 0.2, -3 };

/* Bends of the line and of the ordered axis. */
static const double bends[][LINES] = { { 0, 0 }, { 1e-7, -1e-4 }, { 0.9, -1.4 }, { -5, 5 } };
enum { BENDS = sizeof bends / sizeof bends[0] };

/* theta with some of them. */
static const double *bent(size_t which)
{
	static double at[THETA];

	memcpy(at, theta, sizeof at);
	memcpy(at + DIMS + 2, bends[which], sizeof bends[which]);
	return at;
}

struct fixture {
	struct hpo_gp_frame frame;
	struct hpo_gp gp;
	double points[ROWS][DIMS];
	uint8_t active[ROWS][DIMS];
	double values[ROWS];
};

/* Values with structure and noise; readings 1, 2, 3 in turn. */
static void set_up(struct fixture *f, size_t rows, size_t capacity)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 5, 0, 0);
	ck_assert_int_eq(hpo__gp_frame_init(&f->frame, axes, DIMS, NULL), HPO_OK);
	ck_assert_int_eq(hpo__gp_init(&f->gp, &f->frame, capacity, NULL), HPO_OK);
	for (size_t i = 0; i < ROWS; i++) {
		double *x = f->points[i];

		x[0] = hpo_rng_uniform(&rng);
		x[1] = hpo_rng_uniform(&rng);
		x[2] = ((double)hpo_rng_below(&rng, 4) + 0.5) / 4;
		x[3] = ((double)hpo_rng_below(&rng, 3) + 0.5) / 3;
		memset(f->active[i], 1, DIMS);
		f->active[i][1] = x[2] < 0.5;
		if (!f->active[i][1])
			x[1] = 0.5;
		f->values[i] = sin(5 * x[0]) + x[1] + (x[2] > 0.5) + 0.1 * hpo_rng_normal(&rng);
		if (i < rows)
			hpo__gp_add(&f->gp, x, f->active[i], f->values[i], (double)(i % 3 + 1));
	}
}

static void tear_down(struct fixture *f)
{
	hpo__gp_release(&f->gp);
	hpo__gp_frame_release(&f->frame);
}

static void predict_at(struct fixture *f, const double *point, const uint8_t *active, double *mean,
		       double *sd)
{
	double feature[2 * DIMS];

	hpo__gp_embed(&f->frame, point, active, feature);
	hpo__gp_predict(&f->gp, feature, mean, sd);
}

START_TEST(the_gradient_of_the_posterior_is_that_of_finite_differences)
{
	const double *from = bent((size_t)_i);
	struct fixture f;
	double gradient[THETA];
	double at[THETA];

	set_up(&f, ROWS, ROWS);
	hpo__gp_log_posterior(&f.gp, from, gradient);
	for (size_t g = 0; g < THETA; g++) {
		const double step = 1e-5;
		double up;
		double down;

		memcpy(at, from, sizeof at);
		at[g] = from[g] + step;
		up = hpo__gp_log_posterior(&f.gp, at, NULL);
		at[g] = from[g] - step;
		down = hpo__gp_log_posterior(&f.gp, at, NULL);
		ck_assert_double_eq_tol(gradient[g], (up - down) / (2 * step), 1e-5);
	}
	tear_down(&f);
}
END_TEST

START_TEST(the_slopes_of_a_prediction_are_those_of_finite_differences)
{
	struct fixture f;
	double d_mean[DIMS];
	double d_sd[DIMS];
	struct hpo_gp_slope slope = { 0, 0, d_mean, d_sd };
	double point[DIMS] = { 0.31, 0.62, 0.125, 0.5 };
	const uint8_t active[DIMS] = { 1, 1, 1, 1 };
	const double step = 1e-6;

	set_up(&f, ROWS, ROWS);
	hpo__gp_set(&f.gp, bent((size_t)_i));
	hpo__gp_predict_slope(&f.gp, point, active, &slope);
	for (size_t i = 0; i < DIMS; i++) {
		double mean[2];
		double sd[2];
		double keep = point[i];

		point[i] = keep + step;
		predict_at(&f, point, active, &mean[0], &sd[0]);
		point[i] = keep - step;
		predict_at(&f, point, active, &mean[1], &sd[1]);
		point[i] = keep;
		if (i == 2) {
			ck_assert_double_eq(d_mean[i], 0);
			continue;
		}
		ck_assert_double_eq_tol(d_mean[i], (mean[0] - mean[1]) / (2 * step), 1e-6);
		ck_assert_double_eq_tol(d_sd[i], (sd[0] - sd[1]) / (2 * step), 1e-6);
	}
	tear_down(&f);
}
END_TEST

/*
 * Four rows whose kernel, mean and variance were computed with numpy from
 * Rasmussen and Williams, eqs. (2.25), (2.26) and (4.17), by explicit inverses.
 */
static void set_up_four(struct fixture *f)
{
	static const double points[4][DIMS] = { { 0.1, 0.2, 0.125, 0.5 / 3 },
						{ 0.5, 0.7, 0.375, 0.5 },
						{ 0.8, 0.5, 0.625, 2.5 / 3 },
						{ 0.35, 0.5, 0.875, 0.5 } };
	static const uint8_t active[4][DIMS] = {
		{ 1, 1, 1, 1 }, { 1, 1, 1, 1 }, { 1, 0, 1, 1 }, { 1, 0, 1, 1 }
	};
	static const double values[4] = { 0.4, -0.6, 1.1, 0.2 };
	static const double readings[4] = { 1, 2, 1, 3 };

	set_up(f, 0, 5);
	for (size_t i = 0; i < 4; i++)
		hpo__gp_add(&f->gp, points[i], active[i], values[i], readings[i]);
}

START_TEST(a_prediction_is_that_of_the_closed_form)
{
	static const double point[DIMS] = { 0.3, 0.6, 0.125, 0.5 };
	static const uint8_t active[DIMS] = { 1, 1, 1, 1 };
	struct fixture f;
	double mean;
	double sd;

	set_up_four(&f);
	ck_assert_double_eq_tol(hpo__gp_set(&f.gp, theta), -2.77662592831672, 1e-10);
	predict_at(&f, point, active, &mean, &sd);

	ck_assert_double_eq_tol(f.gp.level, 0.230746164386798, 1e-12);
	ck_assert_double_eq_tol(mean, 0.238418397882111, 1e-12);
	ck_assert_double_eq_tol(sd, 0.701067104424726, 1e-12);
	tear_down(&f);
}
END_TEST

START_TEST(leaving_one_out_is_as_if_it_had_never_been_there)
{
	static const double means[4] = { 0.103929199798328, 0.41157511771651, 0.0442861307178533,
					 0.146609991585 };
	static const double sds[4] = { 1.04427982155133, 0.994647802492128, 1.05071490332862,
				       0.990612515260254 };
	struct fixture f;
	double mean[4];
	double sd[4];

	set_up_four(&f);
	hpo__gp_set(&f.gp, theta);
	hpo__gp_leave_one_out(&f.gp, mean, sd);

	for (size_t i = 0; i < 4; i++) {
		ck_assert_double_eq_tol(mean[i], means[i], 1e-11);
		ck_assert_double_eq_tol(sd[i], sds[i], 1e-11);
	}
	tear_down(&f);
}
END_TEST

START_TEST(three_readings_at_a_point_are_one_row_of_their_mean)
{
	static const double point[DIMS] = { 0.3, 0.6, 0.125, 0.5 };
	static const uint8_t active[DIMS] = { 1, 1, 1, 1 };
	struct fixture pooled;
	struct fixture apart;
	double mean[2];
	double sd[2];

	set_up(&pooled, 3, 4);
	hpo__gp_add(&pooled.gp, point, active, 0.5, 3);
	set_up(&apart, 3, 6);
	hpo__gp_add(&apart.gp, point, active, 0.2, 1);
	hpo__gp_add(&apart.gp, point, active, 0.3, 1);
	hpo__gp_add(&apart.gp, point, active, 1.0, 1);
	hpo__gp_set(&pooled.gp, theta);
	hpo__gp_set(&apart.gp, theta);
	predict_at(&pooled, pooled.points[7], pooled.active[7], &mean[0], &sd[0]);
	predict_at(&apart, apart.points[7], apart.active[7], &mean[1], &sd[1]);

	ck_assert_double_eq_tol(mean[0], mean[1], 1e-11);
	ck_assert_double_eq_tol(sd[0], sd[1], 1e-11);
	tear_down(&pooled);
	tear_down(&apart);
}
END_TEST

START_TEST(a_believed_point_moves_deviations_and_no_mean)
{
	struct fixture believed;
	struct fixture told;
	double mean[3];
	double sd[3];

	set_up(&believed, 20, 21);
	hpo__gp_set(&believed.gp, theta);
	predict_at(&believed, believed.points[20], believed.active[20], &mean[0], &sd[0]);
	set_up(&told, 20, 21);
	hpo__gp_add(&told.gp, told.points[20], told.active[20], mean[0], 1);
	hpo__gp_set(&told.gp, theta);
	predict_at(&believed, believed.points[25], believed.active[25], &mean[0], &sd[0]);
	ck_assert_int_eq(hpo__gp_believe(&believed.gp, believed.points[20], believed.active[20]),
			 1);
	predict_at(&believed, believed.points[25], believed.active[25], &mean[1], &sd[1]);
	predict_at(&told, told.points[25], told.active[25], &mean[2], &sd[2]);

	ck_assert_double_eq_tol(mean[0], mean[1], 1e-12);
	ck_assert(sd[1] < sd[0]);
	ck_assert_double_eq_tol(sd[1], sd[2], 1e-10);
	ck_assert_int_eq(hpo__gp_believe(&believed.gp, believed.points[22], believed.active[22]),
			 0);
	tear_down(&believed);
	tear_down(&told);
}
END_TEST

START_TEST(the_cheap_bound_is_never_below_the_deviation)
{
	struct fixture f;
	double feature[2 * DIMS];

	set_up(&f, 20, 20);
	hpo__gp_set(&f.gp, theta);
	for (size_t i = 0; i < ROWS; i++) {
		double mean[2];
		double sd;
		double bound;

		hpo__gp_embed(&f.frame, f.points[i], f.active[i], feature);
		hpo__gp_predict(&f.gp, feature, &mean[0], &sd);
		mean[1] = hpo__gp_predict_mean(&f.gp, feature, &bound);
		ck_assert_double_eq(mean[0], mean[1]);
		ck_assert(bound >= sd);
	}
	tear_down(&f);
}
END_TEST

START_TEST(a_fit_is_at_a_peak_and_finds_what_made_the_values)
{
	struct fixture f;
	double gradient[THETA];
	double value;

	set_up(&f, ROWS, ROWS);
	value = hpo__gp_fit(&f.gp, NULL, 200);

	ck_assert(value > hpo__gp_log_posterior(&f.gp, theta, NULL));
	hpo__gp_log_posterior(&f.gp, f.gp.found, gradient);
	for (size_t g = 0; g < DIMS + 2; g++)
		ck_assert_double_eq_tol(gradient[g], 0, 0.01);
	/* The noise was 0.1. The ordered axis does nothing, the line much. */
	ck_assert(hpo__gp_noise(&f.gp) > 0.05 && hpo__gp_noise(&f.gp) < 0.2);
	ck_assert(f.gp.theta[1] > f.gp.theta[0] + 1);
	tear_down(&f);
}
END_TEST

/* The line with this surface over it, and the ordered axis. */
static void set_up_surface(struct fixture *f, double (*surface)(double))
{
	set_up(f, 0, ROWS);
	for (size_t i = 0; i < ROWS; i++)
		hpo__gp_add(&f->gp, f->points[i], f->active[i], surface(f->points[i][0]), 1);
	f->gp.prior.is_bent = 1;
	hpo__gp_fit(&f->gp, NULL, 60);
}

static double even(double x)
{
	return sin(6 * x);
}

static double crowded_above(double x)
{
	return sin(8 * exp(4 * (x - 1)));
}

START_TEST(an_axis_is_bent_where_the_values_crowd)
{
	struct fixture f;
	double gain;

	set_up_surface(&f, crowded_above);
	ck_assert_double_gt(f.gp.theta[DIMS + 2], 2);
	ck_assert_double_lt(fabs(f.gp.theta[DIMS + 3]), 0.5);
	gain = hpo__gp_log_posterior(&f.gp, f.gp.found, NULL);
	f.gp.prior.is_bent = 0;
	gain -= hpo__gp_fit(&f.gp, NULL, 60);
	ck_assert_double_gt(gain, 10);
	tear_down(&f);
}
END_TEST

START_TEST(an_axis_stays_straight_where_bending_explains_nothing)
{
	struct fixture f;

	set_up_surface(&f, even);
	ck_assert_double_eq(f.gp.theta[DIMS + 2], 0);
	ck_assert_double_eq(f.gp.theta[DIMS + 3], 0);
	tear_down(&f);
}
END_TEST

START_TEST(equal_rows_without_noise_are_survived)
{
	static const double sure[THETA] = { 0, 0, 0, 0, 0, -40 };
	struct fixture f;
	double mean;
	double sd;

	set_up(&f, 0, 8);
	for (size_t i = 0; i < 8; i++)
		hpo__gp_add(&f.gp, f.points[0], f.active[0], 0.5, 1);
	ck_assert(isfinite(hpo__gp_set(&f.gp, sure)));
	predict_at(&f, f.points[0], f.active[0], &mean, &sd);

	ck_assert(f.gp.jitter > 0);
	ck_assert_double_eq_tol(mean, 0.5, 1e-3);
	ck_assert(sd < 1e-3);
	tear_down(&f);
}
END_TEST

/* One row says nothing of lengths and noise: they are where their priors are largest. */
START_TEST(a_prior_decides_where_nothing_is_known)
{
	struct fixture f;
	double usual[THETA];

	set_up(&f, 1, ROWS);
	f.gp.y[0] = 0;
	hpo__gp_fit(&f.gp, NULL, 60);
	memcpy(usual, f.gp.theta, sizeof usual);
	f.gp.prior = (struct hpo_gp_prior){ -10, 1, 0 };
	hpo__gp_fit(&f.gp, NULL, 60);
	for (size_t g = 0; g < DIMS; g++)
		ck_assert_double_eq_tol(f.gp.theta[g], usual[g] - 1, 0.01);
	ck_assert_double_lt(f.gp.theta[DIMS + 1], -9.5);
	ck_assert_double_gt(usual[DIMS + 1], -4.5);
	tear_down(&f);
}
END_TEST

Suite *unit_model_gp(void);
Suite *unit_model_gp(void)
{
	Suite *suite = suite_create("model/gp");
	TCase *tests = tcase_create("gp");

	tcase_add_loop_test(tests, the_gradient_of_the_posterior_is_that_of_finite_differences, 0,
			    BENDS);
	tcase_add_loop_test(tests, the_slopes_of_a_prediction_are_those_of_finite_differences, 0,
			    BENDS);
	tcase_add_test(tests, a_prediction_is_that_of_the_closed_form);
	tcase_add_test(tests, leaving_one_out_is_as_if_it_had_never_been_there);
	tcase_add_test(tests, three_readings_at_a_point_are_one_row_of_their_mean);
	tcase_add_test(tests, a_believed_point_moves_deviations_and_no_mean);
	tcase_add_test(tests, the_cheap_bound_is_never_below_the_deviation);
	tcase_add_test(tests, a_fit_is_at_a_peak_and_finds_what_made_the_values);
	tcase_add_test(tests, an_axis_is_bent_where_the_values_crowd);
	tcase_add_test(tests, an_axis_stays_straight_where_bending_explains_nothing);
	tcase_add_test(tests, equal_rows_without_noise_are_survived);
	tcase_add_test(tests, a_prior_decides_where_nothing_is_known);
	suite_add_tcase(suite, tests);
	return suite;
}
