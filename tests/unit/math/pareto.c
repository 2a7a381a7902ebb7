/*
 * Sorting by domination, against the definition applied point by point, and
 * crowding against sums made by hand.
 */
#include "math/pareto.h"

#include "hpo/plugin/random.h"

#include <check.h>
#include <math.h>

enum { MOST = 300, LOSSES = 5 };

static double losses[MOST * LOSSES];
static uint32_t front[MOST];

/* On a coarse grid, so that equal losses and equal points occur. */
static void fill(size_t n, size_t m, uint64_t cells)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 5, n * LOSSES + m, 0);
	for (size_t i = 0; i < n * m; i++)
		losses[i] = (double)hpo_rng_below(&rng, cells) / 3;
}

/* A front k > 0 is dominated by some point of front k - 1, and by none of k or later. */
static void check_fronts(size_t n, size_t m)
{
	for (size_t i = 0; i < n; i++) {
		int held = front[i] == 0;

		for (size_t j = 0; j < n; j++) {
			int below = hpo__pareto_dominates(losses + j * m, losses + i * m, m);

			ck_assert(!below || front[j] < front[i]);
			held |= below && front[j] + 1 == front[i];
		}
		ck_assert(held);
	}
}

START_TEST(domination_needs_one_loss_smaller_and_none_larger)
{
	const double a[] = { 1, 2 };
	const double b[] = { 1, 3 };
	const double c[] = { 0, 4 };
	const double nan[] = { 1, NAN };

	ck_assert(hpo__pareto_dominates(a, b, 2));
	ck_assert(!hpo__pareto_dominates(b, a, 2));
	ck_assert(!hpo__pareto_dominates(a, a, 2));
	ck_assert(!hpo__pareto_dominates(a, c, 2) && !hpo__pareto_dominates(c, a, 2));
	ck_assert(hpo__pareto_dominates(a, nan, 2));
	ck_assert(!hpo__pareto_dominates(nan, nan, 2));
}
END_TEST

START_TEST(each_front_is_dominated_by_the_one_before)
{
	static const size_t counts[] = { 1, 2, 17, 300 };

	for (size_t c = 0; c < 4; c++) {
		for (size_t m = 1; m <= LOSSES; m++) {
			fill(counts[c], m, 12);
			ck_assert_int_eq(hpo__pareto_fronts(losses, counts[c], m, front), HPO_OK);
			check_fronts(counts[c], m);
		}
	}
}
END_TEST

START_TEST(many_fronts_and_one_front_are_found)
{
	for (size_t i = 0; i < MOST; i++)
		losses[2 * i] = losses[2 * i + 1] = (double)(i * 7 % MOST);
	ck_assert_int_eq(hpo__pareto_fronts(losses, MOST, 2, front), HPO_OK);
	for (size_t i = 0; i < MOST; i++)
		ck_assert_uint_eq(front[i], i * 7 % MOST);

	for (size_t i = 0; i < MOST; i++)
		losses[2 * i + 1] = -losses[2 * i];
	ck_assert_int_eq(hpo__pareto_fronts(losses, MOST, 2, front), HPO_OK);
	for (size_t i = 0; i < MOST; i++)
		ck_assert_uint_eq(front[i], 0);
}
END_TEST

START_TEST(equal_points_share_a_front)
{
	for (size_t i = 0; i < 40; i++)
		losses[i] = 2.385;
	ck_assert_int_eq(hpo__pareto_fronts(losses, 20, 2, front), HPO_OK);
	for (size_t i = 0; i < 20; i++)
		ck_assert_uint_eq(front[i], 0);
	ck_assert_int_eq(hpo__pareto_fronts(losses, 0, 2, front), HPO_OK);
}
END_TEST

START_TEST(what_has_no_value_comes_last)
{
	const double some[] = { 1, 2, NAN, NAN, 2, 1, INFINITY, INFINITY, 3, 3 };
	static const uint32_t wanted[] = { 0, 2, 0, 2, 1 };

	ck_assert_int_eq(hpo__pareto_fronts(some, 5, 2, front), HPO_OK);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(front[i], wanted[i]);
}
END_TEST

/* (0, 10), (1, 6), (3, 4), (10, 0): the inner ones have 3 / 10 + 6 / 10 and 9 / 10 + 6 / 10. */
START_TEST(crowding_adds_the_distances_between_neighbours)
{
	const double points[] = { 3, 4, 99, 99, 0, 10, 10, 0, 1, 6 };
	const size_t members[] = { 0, 2, 3, 4 };
	double crowding[4];

	hpo__pareto_crowding(points, members, 4, 2, crowding);

	ck_assert_double_eq_tol(crowding[0], 1.5, 1e-15);
	ck_assert(isinf(crowding[1]) && isinf(crowding[2]));
	ck_assert_double_eq_tol(crowding[3], 0.9, 1e-15);
}
END_TEST

START_TEST(crowding_of_equal_or_infinite_losses_is_a_number)
{
	const double equal[] = { 1, 1, 1, 1, 1, 1 };
	const double infinite[] = { 0, INFINITY, 1, 3, 2, 2, 3, 1 };
	const size_t members[] = { 0, 1, 2, 3 };
	double crowding[4];

	hpo__pareto_crowding(equal, members, 3, 2, crowding);
	for (size_t i = 0; i < 3; i++)
		ck_assert_double_eq(crowding[i], 0);
	hpo__pareto_crowding(infinite, members, 4, 2, crowding);
	for (size_t i = 0; i < 4; i++)
		ck_assert(!isnan(crowding[i]));
	ck_assert_double_eq_tol(crowding[1], 2.0 / 3, 1e-15);
}
END_TEST

Suite *unit_math_pareto(void);

Suite *unit_math_pareto(void)
{
	Suite *suite = suite_create("math/pareto");
	TCase *tests = tcase_create("pareto");

	tcase_add_test(tests, domination_needs_one_loss_smaller_and_none_larger);
	tcase_add_test(tests, each_front_is_dominated_by_the_one_before);
	tcase_add_test(tests, many_fronts_and_one_front_are_found);
	tcase_add_test(tests, equal_points_share_a_front);
	tcase_add_test(tests, what_has_no_value_comes_last);
	tcase_add_test(tests, crowding_adds_the_distances_between_neighbours);
	tcase_add_test(tests, crowding_of_equal_or_infinite_losses_is_a_number);
	suite_add_tcase(suite, tests);
	return suite;
}
