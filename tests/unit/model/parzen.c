/*
 * The Parzen estimator against integrals and closed forms.
 */
#include "model/parzen.h"

#include <check.h>
#include <math.h>

static const uint8_t all_active[] = { 1, 1, 1, 1 };

/* A space of the given parameters, a frame and a mixture on it. */
struct fixture {
	hpo_space_t *space;
	struct hpo_parzen_frame frame;
	struct hpo_parzen mixture;
};

static void set_up(struct fixture *f, const char *const *parameters, size_t most)
{
	hpo_error_t error;

	ck_assert_int_eq(hpo_space_new(&f->space, &error), HPO_OK);
	for (; *parameters != NULL; parameters++)
		ck_assert_int_eq(hpo_space_add_text(f->space, *parameters, &error), HPO_OK);
	ck_assert_int_eq(hpo__parzen_frame_init(&f->frame, f->space, &error), HPO_OK);
	ck_assert_int_eq(hpo__parzen_init(&f->mixture, &f->frame, most, &error), HPO_OK);
}

static void tear_down(struct fixture *f)
{
	hpo__parzen_release(&f->mixture);
	hpo__parzen_frame_release(&f->frame);
	hpo_space_free(f->space);
}

static double density(struct fixture *f, const double *point)
{
	uint64_t cells[4];
	struct hpo_parzen_point at = { point, cells, all_active };
	double log_density;

	for (size_t i = 0; i < f->frame.dims; i++)
		cells[i] = hpo_space_cell_index(f->space, i, point[i]);
	hpo__parzen_log_densities(&f->mixture, &at, 1, &log_density);
	return exp(log_density);
}

START_TEST(a_mixture_without_observations_is_uniform)
{
	static const char *const parameters[] = { "x=float(0,1)", "n=int(1,5)", "c=choice(a,b,c)",
						  NULL };
	const double sigma[] = { 0.2, 0.2, 0.2 };
	const double blur[] = { 0, 0, 0.5 };
	const struct hpo_parzen_widths widths = { 1, sigma, blur };
	const double point[] = { 0.385, 0.9, 0.5 };
	struct fixture f;

	set_up(&f, parameters, 4);
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);

	ck_assert_double_eq_tol(density(&f, point), 1, 1e-10);
	tear_down(&f);
}
END_TEST

/* One observation at 0.25 with weight 3 to the prior's 1, sigma on the ladder: 2^-2. */
START_TEST(a_smooth_kernel_is_the_truncated_normal)
{
	static const char *const parameters[] = { "x=float(0,1)", NULL };
	const double sigma[] = { 0.25 };
	const double blur[] = { 0 };
	const struct hpo_parzen_widths widths = { 1, sigma, blur };
	const double centre = 0.25;
	const double x = 0.385;
	struct fixture f;
	double mass;
	double expected;

	set_up(&f, parameters, 4);
	hpo__parzen_add(&f.mixture, &centre, all_active, 3);
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);

	/* Z = Phi(3) - Phi(-1), by the C library's erf. */
	mass = 0.5 * (erf(3 / sqrt(2)) + erf(1 / sqrt(2)));
	expected = 0.25 + 0.75 * exp(-0.5 * 0.54 * 0.54) / (0.25 * sqrt(2 * acos(-1.0)) * mass);
	ck_assert_double_eq_tol(density(&f, &x), expected, 1e-5);
	tear_down(&f);
}
END_TEST

START_TEST(a_density_of_mixed_axes_integrates_to_1)
{
	static const char *const parameters[] = { "x=float(1e-4,1,log)", "n=int(1,5)",
						  "c=choice(a,b,c)", "m=int(1,7,log)", NULL };
	const double sigma[] = { 0.06, 0.17, 0, 0.1 };
	const double blur[] = { 0, 0, 0.3, 0 };
	const struct hpo_parzen_widths widths = { 0.5, sigma, blur };
	const double points[][4] = { { 0.02, 0.1, 0.2, 0.9 }, { 0.97, 0.5, 0.9, 0.1 },
				     { 0.4, 0.9, 0.2, 0.5 } };
	struct fixture f;
	double sum = 0;
	hpo_rng_t rng;

	set_up(&f, parameters, 8);
	for (size_t k = 0; k < 3; k++)
		hpo__parzen_add(&f.mixture, points[k], all_active, 1 + (double)k);
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);

	/* Midpoints over x; the cells of the others are summed by their widths. */
	hpo_rng_init(&rng, 1, 0, 0);
	for (int i = 0; i < 500; i++) {
		for (uint64_t n = 0; n < 5; n++) {
			for (uint64_t c = 0; c < 3; c++) {
				for (uint64_t m = 0; m < 7; m++) {
					double p[4] = { (i + 0.5) / 500,
							hpo_space_cell_centre(f.space, 1, n),
							hpo_space_cell_centre(f.space, 2, c),
							hpo_space_cell_centre(f.space, 3, m) };
					double low;
					double centre;
					double high;

					hpo_space_cell(f.space, 3, p[3], &low, &centre, &high);
					sum += density(&f, p) * (high - low) / (500 * 5 * 3);
				}
			}
		}
	}
	ck_assert_double_eq_tol(sum, 1, 1e-4);
	tear_down(&f);
}
END_TEST

START_TEST(an_axis_inactive_in_the_observation_is_uniform)
{
	static const char *const parameters[] = { "x=float(0,1)", "y=float(0,1)", NULL };
	const double sigma[] = { 0.1, 0.1 };
	const double blur[] = { 0, 0 };
	const struct hpo_parzen_widths widths = { 1e-6, sigma, blur };
	const double seen[] = { 0.5, 0.5 };
	const uint8_t only_x[] = { 1, 0 };
	const double here[] = { 0.5, 0.1 };
	const double there[] = { 0.5, 0.9 };
	struct fixture f;

	set_up(&f, parameters, 2);
	hpo__parzen_add(&f.mixture, seen, only_x, 1);
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);

	ck_assert_double_eq(density(&f, here), density(&f, there));
	tear_down(&f);
}
END_TEST

/* The share of draws in each cell against its mass, 20,000 draws: 4 standard errors. */
START_TEST(draws_follow_the_density)
{
	static const char *const parameters[] = { "n=int(1,6)", "c=choice(a,b,c)", NULL };
	const double sigma[] = { 0.2, 0 };
	const double blur[] = { 0, 0.4 };
	const struct hpo_parzen_widths widths = { 1, sigma, blur };
	const double points[][2] = { { 0.1, 0.1 }, { 0.6, 0.9 } };
	int counts[6][3] = { { 0 } };
	const int draws = 20000;
	struct fixture f;
	hpo_rng_t rng;

	set_up(&f, parameters, 2);
	for (size_t k = 0; k < 2; k++)
		hpo__parzen_add(&f.mixture, points[k], all_active, 1);
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);

	hpo_rng_init(&rng, 3, 0, 0);
	for (int i = 0; i < draws; i++) {
		double p[2];

		hpo__parzen_sample(&f.mixture, &rng, p);
		counts[hpo_space_cell_index(f.space, 0, p[0])]
		      [hpo_space_cell_index(f.space, 1, p[1])]++;
	}
	for (uint64_t n = 0; n < 6; n++) {
		for (uint64_t c = 0; c < 3; c++) {
			double p[2] = { hpo_space_cell_centre(f.space, 0, n),
					hpo_space_cell_centre(f.space, 1, c) };
			double mass = density(&f, p) / 18;
			double error = sqrt(mass * (1 - mass) / draws);

			ck_assert_double_eq_tol((double)counts[n][c] / draws, mass, 4 * error);
		}
	}
	tear_down(&f);
}
END_TEST

START_TEST(a_narrow_kernel_far_away_leaves_the_uniform_part)
{
	static const char *const parameters[] = { "x=float(0,1)", "n=int(1,9)", NULL };
	const double sigma[] = { 1e-4, 1e-4 };
	const double blur[] = { 0, 0 };
	const struct hpo_parzen_widths widths = { 1, sigma, blur };
	const double seen[] = { 0, 0 };
	const double far[] = { 1, 0.95 };
	struct fixture f;

	set_up(&f, parameters, 1);
	hpo__parzen_add(&f.mixture, seen, all_active, 1);
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);

	ck_assert_double_eq_tol(density(&f, far), 0.5, 1e-9);
	tear_down(&f);
}
END_TEST

/*
 * Observations in two corners. Jointly the other corners are unlikely; with separate axes all
 * four are the same, the density is the product of those of the axes, and draws follow it.
 */
/* Seven of eight points, each with other axes active, and in a mixture on either side of a table. */
START_TEST(a_density_is_the_same_whatever_is_asked_beside_it)
{
	static const char *const parameters[] = { "x=float(0,1)", "y=float(0,1)", "n=int(1,5)",
						  "c=choice(a,b,c)", NULL };
	const double sigma[] = { 0.2, 0.1, 0.2, 0.2 };
	const double blur[] = { 0, 0, 0, 0.5 };
	const struct hpo_parzen_widths widths = { 1, sigma, blur };
	const size_t most = _i % 2 ? 200 : 20;
	double at[7][4];
	uint64_t cells[7][4];
	uint8_t active[7][4];
	struct hpo_parzen_point points[7];
	double together[7];
	struct fixture f;
	hpo_rng_t rng;

	hpo_rng_init(&rng, 5, 0, 0);
	set_up(&f, parameters, most);
	f.mixture.separate = _i / 2;
	for (size_t k = 0; k < 20; k++) {
		double p[4];

		for (size_t i = 0; i < 4; i++)
			p[i] = hpo_rng_uniform(&rng);
		hpo__parzen_add(&f.mixture, p, all_active, 1);
	}
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);
	for (size_t p = 0; p < 7; p++) {
		for (size_t i = 0; i < 4; i++) {
			at[p][i] = hpo_rng_uniform(&rng);
			cells[p][i] = hpo_space_cell_index(f.space, i, at[p][i]);
			active[p][i] = (p + 1) >> i & 1;
		}
		points[p] = (struct hpo_parzen_point){ at[p], cells[p], active[p] };
	}

	hpo__parzen_log_densities(&f.mixture, points, 7, together);

	for (size_t p = 0; p < 7; p++) {
		double alone;

		hpo__parzen_log_densities(&f.mixture, &points[p], 1, &alone);
		ck_assert_double_eq(together[p], alone);
	}
	tear_down(&f);
}
END_TEST

START_TEST(separate_axes_multiply)
{
	static const char *const parameters[] = { "x=float(0,1)", "y=float(0,1)", NULL };
	static const double observed[][2] = { { 0.1, 0.1 }, { 0.9, 0.9 } };
	static const double corners[][2] = { { 0.1, 0.1 }, { 0.1, 0.9 }, { 0.5, 0.1 }, { 0.5, 0.9 } };
	const double sigma[] = { 0.06, 0.06 };
	const double blur[] = { 0, 0 };
	const struct hpo_parzen_widths widths = { 0.1, sigma, blur };
	struct fixture f;
	double at[4];
	int crossed = 0;
	hpo_rng_t rng;

	set_up(&f, parameters, 8);
	for (size_t k = 0; k < 2; k++)
		hpo__parzen_add(&f.mixture, observed[k], all_active, 1);
	ck_assert_int_eq(hpo__parzen_finish(&f.mixture, &widths, NULL), HPO_OK);
	ck_assert_double_lt(density(&f, corners[1]), 0.1 * density(&f, corners[0]));

	f.mixture.separate = 1;
	for (size_t k = 0; k < 4; k++)
		at[k] = density(&f, corners[k]);
	ck_assert_double_eq_tol(at[0] * at[3], at[1] * at[2], 1e-9 * at[0] * at[3]);
	ck_assert_double_eq_tol(at[0] / at[1], 1, 1e-9);

	hpo_rng_init(&rng, 3, 0, 0);
	for (int i = 0; i < 400; i++) {
		double point[2];

		hpo__parzen_sample(&f.mixture, &rng, point);
		crossed += (point[0] < 0.5) != (point[1] < 0.5);
	}
	ck_assert_int_gt(crossed, 150);
	ck_assert_int_lt(crossed, 250);
	tear_down(&f);
}
END_TEST

Suite *unit_model_parzen(void);
Suite *unit_model_parzen(void)
{
	Suite *suite = suite_create("model/parzen");
	TCase *tests = tcase_create("parzen");

	tcase_add_test(tests, a_mixture_without_observations_is_uniform);
	tcase_add_test(tests, a_smooth_kernel_is_the_truncated_normal);
	tcase_add_test(tests, a_density_of_mixed_axes_integrates_to_1);
	tcase_add_test(tests, an_axis_inactive_in_the_observation_is_uniform);
	tcase_add_test(tests, draws_follow_the_density);
	tcase_add_test(tests, separate_axes_multiply);
	tcase_add_loop_test(tests, a_density_is_the_same_whatever_is_asked_beside_it, 0, 4);
	tcase_add_test(tests, a_narrow_kernel_far_away_leaves_the_uniform_part);
	suite_add_tcase(suite, tests);
	return suite;
}
