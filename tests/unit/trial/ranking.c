/*
 * Ranking against the definition of dominance, computed the slow way.
 */
#include "trial/ranking.h"
#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

Suite *unit_trial_ranking(void);

enum { MOST = 200 };

static struct hpo_objective_spec specs[4];

static struct hpo_objectives objectives(size_t count)
{
	struct hpo_objectives o = {specs, count};

	for (size_t i = 0; i < 4; i++)
		specs[i] = (struct hpo_objective_spec){.goal = HPO_GOAL_MIN};
	return o;
}

START_TEST(one_objective_is_sorted_by_loss_then_number)
{
	const double losses[6] = {3, 1, NAN, 2, 1, -INFINITY};
	const size_t expected[6] = {5, 1, 4, 3, 0, 2};
	const uint32_t fronts[6] = {3, 1, 4, 2, 1, 0};
	struct hpo_objectives o = objectives(1);
	size_t order[6];
	uint32_t front[6];

	ck_assert_int_eq(hpo__rank(&o, losses, 6, order, front), HPO_OK);

	for (int i = 0; i < 6; i++) {
		ck_assert_uint_eq(order[i], expected[i]);
		ck_assert_uint_eq(front[i], fronts[i]);
	}
}
END_TEST

START_TEST(nothing_to_rank_is_fine)
{
	struct hpo_objectives o = objectives(2);
	size_t order[1];

	ck_assert_int_eq(hpo__rank(&o, NULL, 0, order, NULL), HPO_OK);
}
END_TEST

static int dominates(const double *a, const double *b, size_t m)
{
	int less = 0;

	for (size_t j = 0; j < m; j++) {
		if (a[j] > b[j])
			return 0;
		less |= a[j] < b[j];
	}
	return less;
}

/* Peel off what nobody left dominates, again and again. */
static void peel(const double *losses, size_t n, size_t m, uint32_t *front)
{
	size_t left = n;

	for (size_t i = 0; i < n; i++)
		front[i] = UINT32_MAX;
	for (uint32_t f = 0; left > 0; f++) {
		for (size_t i = 0; i < n; i++) {
			int free = front[i] == UINT32_MAX;

			for (size_t k = 0; k < n && free; k++)
				free = front[k] < f ||
				       !dominates(losses + k * m, losses + i * m, m);
			if (free) {
				front[i] = f;
				left--;
			}
		}
	}
}

START_TEST(fronts_are_those_of_the_definition)
{
	size_t m = 2 + (size_t)_i % 3;
	size_t n = 1 + (size_t)(_i * 37) % MOST;
	struct hpo_objectives o = objectives(m);
	double losses[MOST * 4];
	uint32_t expected[MOST];
	uint32_t front[MOST];
	size_t order[MOST];

	srand((unsigned)_i);
	for (size_t i = 0; i < n * m; i++)
		losses[i] = _i % 2 ? rand() % 7 : rand() / 1e6; /* with ties, and without */
	peel(losses, n, m, expected);

	ck_assert_int_eq(hpo__rank(&o, losses, n, order, front), HPO_OK);

	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(front[i], expected[i]);
	for (size_t i = 1; i < n; i++) {
		ck_assert_uint_le(front[order[i - 1]], front[order[i]]);
		if (front[order[i - 1]] == front[order[i]])
			ck_assert_uint_lt(order[i - 1], order[i]);
	}
}
END_TEST

START_TEST(what_breaks_a_bound_comes_after_what_keeps_it_and_unknown_last)
{
	/* loss, latency (at most 10) */
	const double losses[10] = {5, 10, 1, 30, 2, 11, NAN, 1, 9, 3};
	const size_t expected[5] = {0, 4, 2, 1, 3};
	struct hpo_objectives o = objectives(2);
	size_t order[5];
	uint32_t front[5];

	specs[1].is_bound = true;
	specs[1].bound = 10;

	ck_assert_int_eq(hpo__rank(&o, losses, 5, order, front), HPO_OK);

	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(order[i], expected[i]);
		ck_assert_uint_eq(front[expected[i]], i);
	}
}
END_TEST

static hpo_status_t rank_some(void *user)
{
	static const double losses[6] = {3, 1, 2, 2, 1, 3};
	struct hpo_objectives o = objectives(2);
	size_t order[3];

	(void)user;
	return hpo__rank(&o, losses, 3, order, NULL);
}

START_TEST(no_allocation_that_fails_leaks)
{
	hpo_test_alloc_install();

	hpo_test_each_allocation(rank_some, NULL);

	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_trial_ranking(void)
{
	Suite *suite = suite_create("trial/ranking");
	TCase *all = tcase_create("all");

	tcase_add_test(all, one_objective_is_sorted_by_loss_then_number);
	tcase_add_test(all, nothing_to_rank_is_fine);
	tcase_add_loop_test(all, fronts_are_those_of_the_definition, 0, 24);
	tcase_add_test(all, what_breaks_a_bound_comes_after_what_keeps_it_and_unknown_last);
	tcase_add_test(all, no_allocation_that_fails_leaks);
	suite_add_tcase(suite, all);
	return suite;
}
