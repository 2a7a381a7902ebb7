/*
 * Quasi-random search: even coverage, told apart by seed and number alone.
 */
#include "unit/strategy/bed.h"

#include <stdlib.h>

static const char *const square[] = { "x=float(0,1)", "y=float(0,1)", NULL };

/* Any 64 points of a (0, 2)-sequence that start at a multiple of 64 hit each of 64 squares once. */
START_TEST(sixty_four_points_hit_every_square_of_an_8_by_8_board)
{
	struct bed *bed = malloc(sizeof *bed);
	int hits[64] = { 0 };
	double point[2];
	uint8_t active[2];

	ck_assert_int_eq(bed_init(bed, "sobol", bed_space(square), 1, "{}"), HPO_OK);
	for (int64_t i = 63; i < 127; i++) {
		ck_assert_int_eq(bed_ask_as(bed, i, 0, point, active), HPO_OK);
		hits[(int)(point[0] * 8) * 8 + (int)(point[1] * 8)]++;
	}
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(hits[i], 1);
	bed_release(bed);
	free(bed);
}
END_TEST

START_TEST(a_refused_point_gives_way_to_a_random_one)
{
	struct bed *bed = malloc(sizeof *bed);
	double first[2];
	double second[2];
	uint8_t active[2];

	ck_assert_int_eq(bed_init(bed, "sobol", bed_space(square), 1, "{}"), HPO_OK);
	ck_assert_int_eq(bed_ask_as(bed, 5, 0, first, active), HPO_OK);
	ck_assert_int_eq(bed_ask_as(bed, 5, 1, second, active), HPO_OK);
	ck_assert_mem_ne(first, second, sizeof first);
	bed_release(bed);
	free(bed);
}
END_TEST

START_TEST(another_seed_gives_other_points)
{
	struct bed *bed = malloc(sizeof *bed);
	double first[2];
	double second[2];
	uint8_t active[2];

	ck_assert_int_eq(bed_init(bed, "sobol", bed_space(square), 1, "{}"), HPO_OK);
	ck_assert_int_eq(bed_ask_as(bed, 5, 0, first, active), HPO_OK);
	bed->seed++;
	ck_assert_int_eq(bed_ask_as(bed, 5, 0, second, active), HPO_OK);
	ck_assert_mem_ne(first, second, sizeof first);
	bed_release(bed);
	free(bed);
}
END_TEST

Suite *unit_strategy_sobol(void);
Suite *unit_strategy_sobol(void)
{
	Suite *suite = suite_create("strategy/sobol");
	TCase *tests = tcase_create("sobol");

	tcase_add_test(tests, sixty_four_points_hit_every_square_of_an_8_by_8_board);
	tcase_add_test(tests, a_refused_point_gives_way_to_a_random_one);
	tcase_add_test(tests, another_seed_gives_other_points);
	suite_add_tcase(suite, tests);
	return suite;
}
