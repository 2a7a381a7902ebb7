#include "strategy/cmaes_restart.h"

#include <check.h>

static const struct hpo_cmaes_rank good = { HPO_CMAES_COMPLETED, 1, 0 };
static const struct hpo_cmaes_rank bad = { HPO_CMAES_COMPLETED, 2, 0 };

static void spend(struct hpo_cmaes_restart *r, int generations)
{
	for (int k = 0; k < generations; k++)
		hpo__cmaes_restart_note(r, &good, &bad);
}

START_TEST(populations_double_and_small_runs_spend_as_much)
{
	struct hpo_cmaes_restart r;
	hpo_rng_t rng;

	hpo_rng_init(&rng, 1, 1, 1);
	hpo__cmaes_restart_init(&r, 10, 0.2);
	spend(&r, 100);

	hpo__cmaes_restart_next(&r, &rng);
	ck_assert_uint_eq(r.lambda, 20);
	ck_assert(!r.small);
	ck_assert_double_eq(r.sigma, 0.2);

	spend(&r, 50);
	hpo__cmaes_restart_next(&r, &rng);
	while (r.small) {
		ck_assert_uint_ge(r.lambda, 10);
		ck_assert_uint_le(r.lambda, 20);
		ck_assert_double_le(r.sigma, 0.2);
		ck_assert_double_ge(r.sigma, 0.002);
		ck_assert_double_lt(r.spent_small, r.spent_large);
		spend(&r, 10);
		hpo__cmaes_restart_next(&r, &rng);
	}
	ck_assert_uint_eq(r.lambda, 40);
	ck_assert_double_ge(r.spent_small, r.spent_large);
}
END_TEST

static struct hpo_cmaes_gaussian *gaussian(void)
{
	static struct hpo_cmaes_gaussian g;
	static const double mean[] = { 0.5, 0.5 };

	ck_assert_int_eq(hpo__cmaes_gaussian_init(&g, 2, false, NULL), HPO_OK);
	hpo__cmaes_gaussian_begin(&g, mean, 0.2);
	return &g;
}

START_TEST(a_run_that_improves_goes_on)
{
	struct hpo_cmaes_gaussian *g = gaussian();
	struct hpo_cmaes_restart r;

	hpo__cmaes_restart_init(&r, 10, 0.2);
	for (int k = 0; k < 1000; k++) {
		struct hpo_cmaes_rank best = { HPO_CMAES_COMPLETED, 1.0 / (k + 1), 0 };

		hpo__cmaes_restart_note(&r, &best, &bad);
		ck_assert(!hpo__cmaes_restart_is_due(&r, g));
	}
	hpo__cmaes_gaussian_release(g);
}
END_TEST

START_TEST(a_run_on_a_plain_ends)
{
	struct hpo_cmaes_gaussian *g = gaussian();
	struct hpo_cmaes_restart r;

	hpo__cmaes_restart_init(&r, 10, 0.2);
	hpo__cmaes_restart_note(&r, &good, &bad);
	for (int k = 0; k < 20; k++)
		hpo__cmaes_restart_note(&r, &good, &good);

	ck_assert(hpo__cmaes_restart_is_due(&r, g));
	hpo__cmaes_gaussian_release(g);
}
END_TEST

START_TEST(a_run_that_no_longer_improves_ends)
{
	struct hpo_cmaes_gaussian *g = gaussian();
	struct hpo_cmaes_restart r;

	hpo__cmaes_restart_init(&r, 10, 0.2);
	spend(&r, 60);
	ck_assert(!hpo__cmaes_restart_is_due(&r, g));
	spend(&r, 140);

	ck_assert(hpo__cmaes_restart_is_due(&r, g));
	hpo__cmaes_gaussian_release(g);
}
END_TEST

START_TEST(a_run_with_nothing_to_step_on_ends)
{
	struct hpo_cmaes_gaussian *g = gaussian();
	struct hpo_cmaes_restart r;

	hpo__cmaes_restart_init(&r, 10, 0.2);
	spend(&r, 1);
	g->sigma = 1e-12;
	ck_assert(hpo__cmaes_restart_is_due(&r, g));

	g->sigma = 0.2;
	ck_assert(!hpo__cmaes_restart_is_due(&r, g));
	g->l[3] = 1e-8;
	ck_assert(hpo__cmaes_restart_is_due(&r, g));
	hpo__cmaes_gaussian_release(g);
}
END_TEST

Suite *unit_strategy_cmaes_restart(void);
Suite *unit_strategy_cmaes_restart(void)
{
	Suite *suite = suite_create("strategy/cmaes_restart");
	TCase *tcase = tcase_create("restart");

	tcase_add_test(tcase, populations_double_and_small_runs_spend_as_much);
	tcase_add_test(tcase, a_run_that_improves_goes_on);
	tcase_add_test(tcase, a_run_on_a_plain_ends);
	tcase_add_test(tcase, a_run_that_no_longer_improves_ends);
	tcase_add_test(tcase, a_run_with_nothing_to_step_on_ends);
	suite_add_tcase(suite, tcase);
	return suite;
}
