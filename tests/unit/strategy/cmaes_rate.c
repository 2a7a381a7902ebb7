/*
 * Learning rates against the paper's equations, and in noise.
 */
#include "strategy/cmaes_rate.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { AXES = 3, LAMBDA = 6 };

static const double steps[LAMBDA][AXES] = { { 0.7, -1.2, 0.4 }, { -0.3, 0.9, 1.1 },
					    { 1.5, 0.2, -0.6 }, { -1.1, -0.4, 0.8 },
					    { 0.1, 1.3, -0.9 }, { -0.6, 0.5, 0.3 } };
static const uint8_t none_idle[LAMBDA][AXES];

static void begin(struct hpo_cmaes_gaussian *g, struct hpo_cmaes_rates *rates, bool separable)
{
	static const double mean[] = { 0.5, 0.4, 0.6 };

	ck_assert_int_eq(hpo__cmaes_gaussian_init(g, AXES, separable, NULL), HPO_OK);
	ck_assert_int_eq(hpo__cmaes_gaussian_reserve(g, LAMBDA, NULL), HPO_OK);
	hpo__cmaes_gaussian_set_lambda(g, LAMBDA);
	hpo__cmaes_gaussian_begin(g, mean, 0.2);
	ck_assert_int_eq(hpo__cmaes_rates_init(rates, g, NULL), HPO_OK);
}

static void end(struct hpo_cmaes_gaussian *g, struct hpo_cmaes_rates *rates)
{
	hpo__cmaes_rates_release(rates);
	hpo__cmaes_gaussian_release(g);
}

static void three_generations(struct hpo_cmaes_gaussian *g, struct hpo_cmaes_rates *rates)
{
	static const size_t orders[3][LAMBDA] = { { 2, 0, 5, 1, 4, 3 },
						  { 4, 3, 1, 0, 2, 5 },
						  { 0, 1, 2, 3, 4, 5 } };

	for (int k = 0; k < 3; k++) {
		struct hpo_cmaes_steps ranked = { steps[0], none_idle[0], orders[k] };

		hpo__cmaes_rates_update(rates, g, &ranked);
	}
}

/* What three generations lead to; C as an [AXES][AXES] triangle. */
struct state {
	double of_mean, of_covariance, sigma;
	double mean[AXES];
	double c[AXES][AXES];
};

static void check_three_generations(bool separable, const struct state *wanted)
{
	struct hpo_cmaes_gaussian g;
	struct hpo_cmaes_rates rates;

	begin(&g, &rates, separable);

	three_generations(&g, &rates);

	ck_assert_double_eq_tol(rates.of_mean.rate, wanted->of_mean, 1e-13);
	ck_assert_double_eq_tol(rates.of_covariance.rate, wanted->of_covariance, 1e-13);
	ck_assert_double_eq_tol(g.sigma, wanted->sigma, 1e-13);
	for (size_t i = 0; i < AXES; i++) {
		ck_assert_double_eq_tol(g.mean[i], wanted->mean[i], 1e-13);
		for (size_t j = separable ? i : 0; j <= i; j++)
			ck_assert_double_eq_tol(g.c[separable ? i : i * AXES + j],
						wanted->c[i][j], 1e-13);
	}
	end(&g, &rates);
}

/*
 * The equations of the paper on those of the tutorial, written with numpy (Sigma whole, its
 * factor by numpy.linalg.cholesky, its determinant from its eigenvalues).
 */
START_TEST(three_generations_agree_with_numpy)
{
	static const struct state wanted = {
		0.7639235382270314, 0.9159633540644639, 0.1831866595162001,
		{ 0.7270845461689417, 0.4272806164087076, 0.5901115512027784 },
		{ { 1.0717511094593999 },
		  { 0.03631874997738523, 0.975509261866928 },
		  { 0.12801172429039773, -0.03589397781217264, 0.974636817232131 } },
	};

	check_three_generations(false, &wanted);
}
END_TEST

START_TEST(a_diagonal_agrees_with_numpy)
{
	static const struct state wanted = {
		0.7639557830843002, 0.9159210898915806, 0.17287179082688445,
		{ 0.7253503994017575, 0.42764274651114875, 0.588115922258289 },
		{ { 1.1032653114591047 }, { 0, 0.9560876796975202 }, { 0, 0, 0.9480305110403823 } },
	};

	check_three_generations(true, &wanted);
}
END_TEST

struct reading {
	double value;
	size_t row;
};

static int compare_readings(const void *a, const void *b)
{
	double x = ((const struct reading *)a)->value;
	double y = ((const struct reading *)b)->value;

	return x < y ? -1 : x > y;
}

/* A generation on the sphere round 0.3, read with noise. Returns the mean's squared distance. */
static double generation(struct hpo_cmaes_gaussian *g, struct hpo_cmaes_rates *rates,
			 hpo_rng_t *rng)
{
	double drawn[LAMBDA][AXES];
	struct reading readings[LAMBDA];
	size_t order[LAMBDA];
	struct hpo_cmaes_steps ranked = { drawn[0], none_idle[0], order };
	double distance = 0;

	for (size_t r = 0; r < LAMBDA; r++) {
		hpo__cmaes_gaussian_sample(g, rng, drawn[r]);
		readings[r] = (struct reading){ 0.01 * hpo_rng_normal(rng), r };
		for (size_t i = 0; i < AXES; i++) {
			double off = g->mean[i] + g->sigma * drawn[r][i] - 0.3;

			readings[r].value += off * off;
		}
	}
	qsort(readings, LAMBDA, sizeof *readings, compare_readings);
	for (size_t r = 0; r < LAMBDA; r++)
		order[r] = readings[r].row;
	if (rates != NULL)
		hpo__cmaes_rates_update(rates, g, &ranked);
	else
		hpo__cmaes_gaussian_update(g, &ranked);
	for (size_t i = 0; i < AXES; i++)
		distance += (g->mean[i] - 0.3) * (g->mean[i] - 0.3);
	return distance;
}

/* The mean squared distance in the second half of 1,000 generations. */
static double settle(bool adapts)
{
	struct hpo_cmaes_gaussian g;
	struct hpo_cmaes_rates rates;
	double sum = 0;
	hpo_rng_t rng;

	hpo_rng_init(&rng, 3, 0, 0);
	begin(&g, &rates, false);
	for (int k = 0; k < 1000; k++) {
		double distance = generation(&g, adapts ? &rates : NULL, &rng);

		sum += k >= 500 ? distance / 500 : 0;
	}
	ck_assert(!g.broken);
	if (adapts)
		ck_assert_double_lt(rates.of_mean.rate, 0.1);
	end(&g, &rates);
	return sum;
}

/* At full rates noise alone shortens the steps, and far away they have shrunk to nothing. */
START_TEST(in_noise_the_mean_comes_nearer)
{
	ck_assert_double_lt(settle(true), settle(false) / 20);
}
END_TEST

START_TEST(a_run_begins_with_whole_rates)
{
	struct hpo_cmaes_gaussian g;
	struct hpo_cmaes_rates rates;

	begin(&g, &rates, false);
	three_generations(&g, &rates);

	hpo__cmaes_rates_begin(&rates);

	ck_assert_double_eq(rates.of_mean.rate, 1);
	ck_assert_double_eq(rates.of_covariance.rate, 1);
	ck_assert_double_eq(rates.of_mean.power, 0);
	end(&g, &rates);
}
END_TEST

Suite *unit_strategy_cmaes_rate(void);
Suite *unit_strategy_cmaes_rate(void)
{
	Suite *suite = suite_create("strategy/cmaes_rate");
	TCase *tests = tcase_create("rate");

	tcase_add_test(tests, three_generations_agree_with_numpy);
	tcase_add_test(tests, a_diagonal_agrees_with_numpy);
	tcase_add_test(tests, in_noise_the_mean_comes_nearer);
	tcase_add_test(tests, a_run_begins_with_whole_rates);
	suite_add_tcase(suite, tests);
	return suite;
}
