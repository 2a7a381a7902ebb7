/*
 * Points that stand for a front.
 */
#include "math/subset.h"

#include "math/hypervolume.h"
#include "math/rng.h"

#include <check.h>
#include <math.h>

enum { MOST = 60 };

/* Random points of the front of `m` losses whose sum is 1. */
static void fill_front(double *losses, size_t n, size_t m, uint64_t seed)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, seed, 0, 0);
	for (size_t i = 0; i < n; i++) {
		double sum = 0;

		for (size_t j = 0; j < m; j++)
			sum += losses[i * m + j] = -log1p(-hpo_rng_uniform(&rng));
		for (size_t j = 0; j < m; j++)
			losses[i * m + j] /= sum;
	}
}

/* The volume of some points, by the reference of the choice. */
static double volume_of(const double *losses, size_t n, size_t m, const size_t *chosen, size_t count)
{
	double points[MOST * 3];
	double reference[3];
	double volume;

	for (size_t j = 0; j < m; j++) {
		double low = INFINITY;
		double high = -INFINITY;

		for (size_t i = 0; i < n; i++) {
			low = fmin(low, losses[i * m + j]);
			high = fmax(high, losses[i * m + j]);
		}
		reference[j] = high + 0.1 * (high - low);
		for (size_t k = 0; k < count; k++)
			points[k * m + j] = losses[chosen[k] * m + j];
	}
	ck_assert_int_eq(hpo__hypervolume(points, count, m, reference, &volume), 0);
	return volume;
}

/* Each choice adds at least as much as any other point would have. */
START_TEST(each_adds_the_most)
{
	double losses[MOST * 3];
	size_t chosen[8];

	for (size_t m = 2; m <= 3; m++) {
		fill_front(losses, MOST, m, m);
		ck_assert_int_eq(hpo__subset_choose(losses, MOST, m, 8, chosen), HPO_OK);
		for (size_t k = 0; k < 8; k++) {
			double volume = volume_of(losses, MOST, m, chosen, k + 1);
			size_t kept = chosen[k];

			for (size_t i = 0; i < MOST; i++) {
				chosen[k] = i;
				ck_assert_double_le(volume_of(losses, MOST, m, chosen, k + 1),
						    volume * (1 + 1e-9));
			}
			chosen[k] = kept;
		}
	}
}
END_TEST

/* Also when all are wanted, or all are equal, or beyond what a difference holds. */
START_TEST(none_is_chosen_twice)
{
	double losses[MOST * 4];
	size_t chosen[MOST];

	for (size_t m = 2; m <= 4; m++) {
		for (int kind = 0; kind < 3; kind++) {
			int seen[MOST] = { 0 };

			fill_front(losses, MOST, m, 9);
			for (size_t i = 0; i < MOST * m; i++) {
				if (kind == 1)
					losses[i] = 1;
				else if (kind == 2)
					losses[i] = (losses[i] - 0.5) * 2 * 1.7e308;
			}
			ck_assert_int_eq(hpo__subset_choose(losses, MOST, m, MOST, chosen), HPO_OK);
			for (size_t k = 0; k < MOST; k++)
				ck_assert_int_eq(seen[chosen[k]]++, 0);
		}
	}
}
END_TEST

/* The ends of four losses, and not what lies next to one of them. */
START_TEST(four_losses_are_spread)
{
	static const double losses[] = { 0, 1, 1, 1, 0.01, 1, 1, 0.99, 1, 0, 1, 1,
					 1, 1, 0, 1, 1,	   1, 1, 0,    1, 1, 0.99, 0.01 };
	size_t chosen[4];
	size_t sum = 0;

	ck_assert_int_eq(hpo__subset_choose(losses, 6, 4, 4, chosen), HPO_OK);
	for (size_t k = 0; k < 4; k++)
		sum += chosen[k];
	ck_assert_uint_eq(chosen[0], 0);
	ck_assert(sum == 0 + 2 + 3 + 4 || sum == 0 + 2 + 3 + 5);
}
END_TEST

Suite *unit_math_subset(void);
Suite *unit_math_subset(void)
{
	Suite *suite = suite_create("math/subset");
	TCase *tests = tcase_create("subset");

	tcase_add_test(tests, each_adds_the_most);
	tcase_add_test(tests, none_is_chosen_twice);
	tcase_add_test(tests, four_losses_are_spread);
	suite_add_tcase(suite, tests);
	return suite;
}
