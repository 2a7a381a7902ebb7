/*
 * Boxes of what nothing dominates: that each place of the region is in exactly one.
 */
#include "math/boxes.h"

#include "math/hypervolume.h"
#include "math/rng.h"

#include <check.h>
#include <math.h>

enum { MOST = 40 };

static struct hpo_box boxes[2 * MOST + 1];
static struct hpo_box_strip strips[2 * MOST + 2];
static uint32_t order[MOST];

static double edge(const double *points, size_t n, size_t m, uint32_t number, size_t j)
{
	if (number == HPO__BOX_OPEN)
		return -INFINITY;
	return number == n ? 1 : points[number * m + j];
}

static int is_inside(const struct hpo_box *box, const double *points, size_t n, size_t m,
		     const double *place)
{
	for (size_t j = 0; j < m; j++) {
		if (!(edge(points, n, m, box->low[j], j) <= place[j] &&
		      place[j] < edge(points, n, m, box->high[j], j)))
			return 0;
	}
	return 1;
}

static int is_dominated(const double *points, size_t n, size_t m, const double *place)
{
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < m && points[i * m + j] <= place[j])
			j++;
		if (j == m)
			return 1;
	}
	return 0;
}

/* Random places: in one box if no point dominates them, and else in none. */
static void check_places(const double *points, size_t n, size_t m, hpo_rng_t *rng)
{
	static const double reference[] = { 1, 1, 1 };
	size_t count = hpo__boxes_make(points, n, m, reference, boxes, strips, order);

	ck_assert_uint_ge(count, 1);
	ck_assert_uint_le(count, 2 * n + 1);
	for (int k = 0; k < 300; k++) {
		double place[3];
		size_t found = 0;

		for (size_t j = 0; j < m; j++)
			place[j] = hpo_rng_uniform(rng) * 1.2 - 0.2;
		if (place[0] >= 1 || place[1] >= 1 || place[m - 1] >= 1)
			continue;
		for (size_t b = 0; b < count; b++)
			found += (size_t)is_inside(&boxes[b], points, n, m, place);
		ck_assert_uint_eq(found, !is_dominated(points, n, m, place));
	}
}

START_TEST(random_points_of_two_and_three_losses_are_cut_round)
{
	double points[MOST * 3];
	hpo_rng_t rng;

	hpo_rng_init(&rng, 5, 0, 0);
	for (size_t n = 0; n <= MOST; n += 5) {
		for (size_t m = 2; m <= 3; m++) {
			for (size_t i = 0; i < n * m; i++)
				points[i] = hpo_rng_uniform(&rng);
			check_places(points, n, m, &rng);
		}
	}
}
END_TEST

/* On a grid many losses are equal, and some points. */
START_TEST(equal_losses_are_cut_round)
{
	double points[MOST * 3];
	hpo_rng_t rng;

	hpo_rng_init(&rng, 6, 0, 0);
	for (int round = 0; round < 20; round++) {
		for (size_t m = 2; m <= 3; m++) {
			for (size_t i = 0; i < 12 * m; i++)
				points[i] = (double)hpo_rng_below(&rng, 4) / 4;
			check_places(points, 12, m, &rng);
		}
	}
}
END_TEST

/* A front of 40 points in three losses: as many boxes as there may be at most, and one. */
START_TEST(the_volume_of_the_boxes_is_what_the_front_leaves)
{
	static const double reference[] = { 1, 1, 1 };
	double points[MOST * 3];
	double dominated;
	double sum = 0;
	size_t count;
	hpo_rng_t rng;

	hpo_rng_init(&rng, 7, 0, 0);
	for (size_t i = 0; i < MOST; i++) {
		double a = hpo_rng_uniform(&rng);
		double b = hpo_rng_uniform(&rng) * (1 - a);

		points[3 * i] = a;
		points[3 * i + 1] = b;
		points[3 * i + 2] = 1 - a - b;
	}
	count = hpo__boxes_make(points, MOST, 3, reference, boxes, strips, order);
	ck_assert_int_eq(hpo__hypervolume(points, MOST, 3, reference, &dominated), 0);
	for (size_t b = 0; b < count; b++) {
		double volume = 1;

		for (size_t j = 0; j < 3; j++)
			volume *= edge(points, MOST, 3, boxes[b].high[j], j) -
				  fmax(edge(points, MOST, 3, boxes[b].low[j], j), 0);
		sum += volume;
	}

	ck_assert_uint_eq(count, 2 * MOST + 1);
	ck_assert_double_eq_tol(sum, 1 - dominated, 1e-12);
}
END_TEST

Suite *unit_math_boxes(void);
Suite *unit_math_boxes(void)
{
	Suite *suite = suite_create("math/boxes");
	TCase *tests = tcase_create("boxes");

	tcase_add_test(tests, random_points_of_two_and_three_losses_are_cut_round);
	tcase_add_test(tests, equal_losses_are_cut_round);
	tcase_add_test(tests, the_volume_of_the_boxes_is_what_the_front_leaves);
	suite_add_tcase(suite, tests);
	return suite;
}
