#include "strategy/cmaes_gaussian.h"

#include <check.h>
#include <math.h>

static const double steps[6][3] = { { 0.7, -1.2, 0.4 }, { -0.3, 0.9, 1.1 }, { 1.5, 0.2, -0.6 },
				    { -1.1, -0.4, 0.8 }, { 0.1, 1.3, -0.9 }, { -0.6, 0.5, 0.3 } };
static const uint8_t none_idle[6][3];

static void begin(struct hpo_cmaes_gaussian *g, size_t n, bool separable, size_t lambda)
{
	static const double mean[] = { 0.5, 0.4, 0.6 };

	ck_assert_int_eq(hpo__cmaes_gaussian_init(g, n, separable, NULL), HPO_OK);
	ck_assert_int_eq(hpo__cmaes_gaussian_reserve(g, lambda, NULL), HPO_OK);
	hpo__cmaes_gaussian_set_lambda(g, lambda);
	hpo__cmaes_gaussian_begin(g, mean, 0.2);
}

/*
 * Two generations of six, against the equations of the tutorial written with
 * numpy (dense matrices, numpy.linalg.cholesky and solve).
 */
START_TEST(two_generations_agree_with_numpy)
{
	static const size_t orders[2][6] = { { 2, 0, 5, 1, 4, 3 }, { 4, 3, 1, 0, 2, 5 } };
	static const double mean[] = { 0.6697164232692362, 0.5141219781523019, 0.5017363039306204 };
	static const double p_sigma[] = { 0.4626844768628703, 0.8141386244332018,
					  -0.5312871251202935 };
	static const double p_c[] = { 0.27460146056995577, 0.9053496047214844,
				      -0.46966618242254643 };
	static const double c[] = { 0.9283671328941902,  0, 0, 0.03496905800410592,
				    0.8946789592656996,  0, 0.04256247216559909,
				    -0.04624546880266567, 0.8532858278533366 };
	struct hpo_cmaes_gaussian g;

	begin(&g, 3, false, 6);

	for (int k = 0; k < 2; k++) {
		struct hpo_cmaes_steps ranked = { steps[0], none_idle[0], orders[k] };

		hpo__cmaes_gaussian_update(&g, &ranked);
	}

	ck_assert_double_eq_tol(g.sigma, 0.1730312252541721, 1e-14);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_double_eq_tol(g.mean[i], mean[i], 1e-14);
		ck_assert_double_eq_tol(g.p_sigma[i], p_sigma[i], 1e-13);
		ck_assert_double_eq_tol(g.p_c[i], p_c[i], 1e-13);
		for (size_t j = 0; j <= i; j++)
			ck_assert_double_eq_tol(g.c[i * 3 + j], c[i * 3 + j], 1e-13);
	}
	ck_assert(!g.broken);
	hpo__cmaes_gaussian_release(&g);
}
END_TEST

START_TEST(an_idle_axis_keeps_its_mean)
{
	static const size_t order[] = { 0, 1, 2, 3, 4, 5 };
	static const uint8_t idle[6][3] = { { 0, 1, 0 }, { 0, 1, 0 }, { 0, 1, 0 },
					    { 0, 1, 0 }, { 0, 1, 0 }, { 0, 1, 0 } };
	struct hpo_cmaes_steps ranked = { steps[0], idle[0], order };
	struct hpo_cmaes_gaussian g;

	begin(&g, 3, false, 6);

	hpo__cmaes_gaussian_update(&g, &ranked);

	ck_assert_double_eq(g.mean[1], 0.4);
	ck_assert_double_ne(g.mean[0], 0.5);
	hpo__cmaes_gaussian_release(&g);
}
END_TEST

/* With a diagonal C, samples of a dense one and of a separable one are the same. */
START_TEST(a_separable_one_samples_as_a_diagonal_one)
{
	struct hpo_cmaes_gaussian dense;
	struct hpo_cmaes_gaussian diagonal;
	double a[3];
	double b[3];
	hpo_rng_t rng;

	begin(&dense, 3, false, 6);
	begin(&diagonal, 3, true, 6);
	for (size_t i = 0; i < 3; i++)
		dense.c[i * 3 + i] = diagonal.c[i] = 1 + (double)i;
	hpo__cmaes_gaussian_factor(&dense);
	hpo__cmaes_gaussian_factor(&diagonal);

	hpo_rng_init(&rng, 1, 2, 3);
	hpo__cmaes_gaussian_sample(&dense, &rng, a);
	hpo_rng_init(&rng, 1, 2, 3);
	hpo__cmaes_gaussian_sample(&diagonal, &rng, b);

	for (size_t i = 0; i < 3; i++) {
		ck_assert_double_eq_tol(a[i], b[i], 1e-15);
		ck_assert_double_eq_tol(hpo__cmaes_gaussian_deviation(&diagonal, i),
					0.2 * sqrt(1 + (double)i), 1e-15);
	}
	hpo__cmaes_gaussian_release(&dense);
	hpo__cmaes_gaussian_release(&diagonal);
}
END_TEST

/* Ros and Hansen: the rates of a diagonal are (N + 2) / 3 times those of a matrix. */
START_TEST(a_separable_one_learns_faster)
{
	struct hpo_cmaes_gaussian dense;
	struct hpo_cmaes_gaussian diagonal;

	begin(&dense, 3, false, 6);
	begin(&diagonal, 3, true, 6);

	ck_assert_double_eq_tol(diagonal.c1, dense.c1 * 5 / 3, 1e-15);
	ck_assert_double_eq_tol(diagonal.cmu, dense.cmu * 5 / 3, 1e-15);
	hpo__cmaes_gaussian_release(&dense);
	hpo__cmaes_gaussian_release(&diagonal);
}
END_TEST

START_TEST(no_matrix_that_is_not_positive_goes_unnoticed)
{
	struct hpo_cmaes_gaussian g;

	begin(&g, 3, false, 6);
	g.c[4] = -1;

	hpo__cmaes_gaussian_factor(&g);

	ck_assert(g.broken);
	hpo__cmaes_gaussian_release(&g);
}
END_TEST

Suite *unit_strategy_cmaes_gaussian(void);
Suite *unit_strategy_cmaes_gaussian(void)
{
	Suite *suite = suite_create("strategy/cmaes_gaussian");
	TCase *tcase = tcase_create("update");

	tcase_add_test(tcase, two_generations_agree_with_numpy);
	tcase_add_test(tcase, an_idle_axis_keeps_its_mean);
	tcase_add_test(tcase, a_separable_one_samples_as_a_diagonal_one);
	tcase_add_test(tcase, a_separable_one_learns_faster);
	tcase_add_test(tcase, no_matrix_that_is_not_positive_goes_unnoticed);
	suite_add_tcase(suite, tcase);
	return suite;
}
