#include "strategy/cmaes_choices.h"

#include <check.h>

static const size_t cells[] = { 3, 2 };
static const size_t order[] = { 0, 1, 2 };
static const double weights[] = { 0.6, 0.3, 0.1 };

/* Two generations, against the same equations written with numpy. */
START_TEST(two_generations_agree_with_numpy)
{
	static const uint32_t first[] = { 0, 1, 2, 1, 0, 0 };
	static const uint32_t second[] = { 1, 1, 0, 1, 1, 0 };
	static const double q[] = { 0.546747559263814, 0.23533882979001142, 0.21791361094617456,
				    0.14253250121768207, 0.8574674987823179 };
	static const double path[] = { 0.12474550944071862, 0.6108865977001452,
				       -0.18151142213475455, -0.2641760896907356,
				       0.2399737773428255 };
	struct hpo_cmaes_picks picks = { first, order, weights, 3 };
	struct hpo_cmaes_choices choices;

	ck_assert_int_eq(hpo__cmaes_choices_init(&choices, cells, 2, 0.1, NULL), HPO_OK);

	hpo__cmaes_choices_update(&choices, &picks);
	picks.cells = second;
	hpo__cmaes_choices_update(&choices, &picks);

	for (size_t k = 0; k < 5; k++) {
		ck_assert_double_eq_tol(choices.q[k], q[k], 1e-13);
		ck_assert_double_eq_tol(choices.path[k], path[k], 1e-13);
	}
	ck_assert_double_eq_tol(choices.gamma, 0.9540708105666322, 1e-14);
	ck_assert_double_eq_tol(choices.Delta, 1.5650704685639483, 1e-13);
	hpo__cmaes_choices_release(&choices);
}
END_TEST

START_TEST(what_always_wins_becomes_likely_and_nothing_impossible)
{
	static const uint32_t rows[] = { 2, 0, 2, 0, 2, 0 };
	struct hpo_cmaes_picks picks = { rows, order, weights, 3 };
	struct hpo_cmaes_choices choices;

	ck_assert_int_eq(hpo__cmaes_choices_init(&choices, cells, 2, 0.1, NULL), HPO_OK);

	for (int k = 0; k < 200; k++)
		hpo__cmaes_choices_update(&choices, &picks);

	ck_assert_double_eq_tol(choices.q[0], 0.05, 1e-12);
	ck_assert_double_eq_tol(choices.q[1], 0.05, 1e-12);
	ck_assert_double_eq_tol(choices.q[2], 0.9, 1e-12);
	ck_assert_double_eq_tol(choices.q[3], 0.9, 1e-12);
	ck_assert_double_eq_tol(choices.q[4], 0.1, 1e-12);
	hpo__cmaes_choices_release(&choices);
}
END_TEST

START_TEST(an_idle_axis_learns_nothing)
{
	static const uint32_t rows[] = { HPO_CMAES_IDLE, 0, HPO_CMAES_IDLE, 0, HPO_CMAES_IDLE, 1 };
	struct hpo_cmaes_picks picks = { rows, order, weights, 3 };
	struct hpo_cmaes_choices choices;

	ck_assert_int_eq(hpo__cmaes_choices_init(&choices, cells, 2, 0.1, NULL), HPO_OK);

	hpo__cmaes_choices_update(&choices, &picks);

	for (size_t k = 0; k < 3; k++)
		ck_assert_double_eq_tol(choices.q[k], 1.0 / 3, 1e-15);
	ck_assert_double_gt(choices.q[3], 0.5);
	hpo__cmaes_choices_release(&choices);
}
END_TEST

/* 10,000 draws: the standard error of a share is below 0.005. */
START_TEST(draws_follow_the_probabilities)
{
	struct hpo_cmaes_choices choices;
	int counts[3] = { 0 };
	hpo_rng_t rng;

	ck_assert_int_eq(hpo__cmaes_choices_init(&choices, cells, 2, 0.1, NULL), HPO_OK);
	hpo__cmaes_choices_lean(&choices, 0, 1, 0.4);
	hpo_rng_init(&rng, 1, 1, 1);

	for (int k = 0; k < 10000; k++)
		counts[hpo__cmaes_choices_sample(&choices, 0, &rng)]++;

	ck_assert_double_eq_tol(counts[0] / 1e4, 0.2, 0.02);
	ck_assert_double_eq_tol(counts[1] / 1e4, 0.6, 0.02);
	ck_assert_double_eq_tol(counts[2] / 1e4, 0.2, 0.02);
	hpo__cmaes_choices_release(&choices);
}
END_TEST

Suite *unit_strategy_cmaes_choices(void);
Suite *unit_strategy_cmaes_choices(void)
{
	Suite *suite = suite_create("strategy/cmaes_choices");
	TCase *tcase = tcase_create("choices");

	tcase_add_test(tcase, two_generations_agree_with_numpy);
	tcase_add_test(tcase, what_always_wins_becomes_likely_and_nothing_impossible);
	tcase_add_test(tcase, an_idle_axis_learns_nothing);
	tcase_add_test(tcase, draws_follow_the_probabilities);
	suite_add_tcase(suite, tcase);
	return suite;
}
