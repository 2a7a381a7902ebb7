/*
 * Points that keep the constraints: drawn, repaired, walked.
 */
#include "space/repair.h"
#include "base/alloc.h"
#include "space/region.h"
#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Suite *unit_space_repair(void);

enum { MOST = 8 }; /* axes of a test */

static hpo_space_t *make(const char *const *parameters, const char *const *constraints)
{
	hpo_space_t *space = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(hpo_space_new(&space, &error), HPO_OK);
	for (; *parameters != NULL; parameters++)
		ck_assert_msg(hpo_space_add_text(space, *parameters, &error) == HPO_OK, "%s",
			      error.message);
	for (; *constraints != NULL; constraints++)
		ck_assert_msg(hpo_space_add_constraint(space, *constraints, &error) == HPO_OK, "%s",
			      error.message);
	return space;
}

static hpo_rng_t stream(uint64_t trial)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 11, trial, 0);
	return rng;
}

/* Of the cube, each keeps a ten thousandth or less; the last holds on whole numbers alone. */
static const struct {
	const char *parameters[MOST];
	const char *constraints[4];
} tight[] = {
	{{"x=float(0,1)", "y=float(0,1)", NULL}, {"x * y <= 0.000005", "x > 0.001", NULL}},
	{{"x=float(-5,5)", "y=float(-5,5)", NULL}, {"x^2 + y^2 <= 0.001", NULL}},
	{{"a=float(0,1)", "b=float(0,1)", "c=float(0,1)", "d=float(0,1)", NULL},
	 {"a + b + c + d <= 0.2", NULL}},
	{{"lr=float(1e-8,1,log)", "min=float(1e-8,1,log)", NULL},
	 {"lr / min > 1e7", "min < 2e-8", NULL}},
	{{"m=int(1,1000)", "n=int(1,1000)", NULL}, {"m * n == 1024", NULL}},
	{{"m=int(1,2000000000)", "n=int(1,2000000000)", NULL}, {"m - n == 77", NULL}},
	{{"s=choice(1,2,3,5,7,11)", "n=int(1,100000)", NULL}, {"s^5 == n", NULL}},
};

enum { TIGHT = sizeof tight / sizeof *tight };

START_TEST(a_point_is_drawn_where_hardly_any_is)
{
	hpo_space_t *space = make(tight[_i].parameters, tight[_i].constraints);
	double point[MOST];

	for (uint64_t i = 0; i < 20; i++) {
		hpo_rng_t rng = stream(i);

		ck_assert_msg(hpo__space_draw(space, &rng, point) == HPO_OK, "%d", _i);
		ck_assert(hpo_space_is_feasible(space, point));
		for (size_t j = 0; j < hpo_space_dims(space); j++)
			ck_assert(point[j] >= 0 && point[j] <= 1);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(a_repaired_point_keeps_the_constraints_and_what_they_do_not_name)
{
	hpo_space_t *space = make(tight[_i].parameters, tight[_i].constraints);
	size_t d;
	double anchor[MOST];
	double point[MOST];

	ck_assert_int_eq(hpo_space_add_text(space, "free=float(0,1)", NULL), HPO_OK);
	d = hpo_space_dims(space);
	for (uint64_t i = 0; i < 20; i++) {
		hpo_rng_t rng = stream(i);
		double kept;

		ck_assert_int_eq(hpo__space_draw(space, &rng, anchor), HPO_OK);
		for (size_t j = 0; j < d; j++)
			point[j] = hpo_rng_uniform(&rng);
		kept = point[d - 1];

		ck_assert_int_eq(hpo__space_repair(space, anchor, &rng, point), HPO_OK);

		ck_assert(hpo_space_is_feasible(space, point));
		ck_assert_double_eq(point[d - 1], kept);
	}
	hpo_space_free(space);
}
END_TEST

/* From (0.9, 0.5) to where the sum is 1: on the edge, or further along to the anchor. */
START_TEST(a_repair_is_short_every_other_time)
{
	static const char *const parameters[] = {"x=float(0,1)", "y=float(0,1)", NULL};
	static const char *const constraints[] = {"x + y <= 1", NULL};
	const double anchor[2] = {0.05, 0.05};
	hpo_space_t *space = make(parameters, constraints);
	int at_edge = 0;

	for (uint64_t i = 0; i < 100; i++) {
		double point[2] = {0.9, 0.5};
		hpo_rng_t rng = stream(i);

		ck_assert_int_eq(hpo__space_repair(space, anchor, &rng, point), HPO_OK);

		ck_assert_double_le(point[0] + point[1], 1);
		at_edge += point[0] + point[1] > 0.999;
	}

	ck_assert_int_gt(at_edge, 35);
	ck_assert_int_lt(at_edge, 65);
	hpo_space_free(space);
}
END_TEST

START_TEST(what_cannot_be_is_not_drawn)
{
	static const char *const parameters[] = {"x=float(0,1)", "n=int(1,9)", NULL};
	static const char *const constraints[] = {"x + n < 1", NULL};
	hpo_space_t *space = make(parameters, constraints);
	const double anchor[2] = {0.5, 0.5};
	double point[2] = {0.5, 0.5};
	hpo_rng_t rng = stream(0);

	ck_assert_int_eq(hpo__space_draw(space, &rng, point), HPO_EXHAUSTED);
	ck_assert_int_eq(hpo__space_repair(space, anchor, &rng, point), HPO_EINVAL);

	hpo_space_free(space);
}
END_TEST

/* Conditions, an order of decisions that is not that of the axes, three kinds of constraint. */
static hpo_space_t *walked_space(void)
{
	static const char *const parameters[] = {"n=int(1,6)",		"m=int(1,6)",
						 "kind=choice(a,b,c)",	"z=choice(1,2,4)",
						 "deep=bool",		NULL};
	static const char *const constraints[] = {"n * m <= 12", "n != z", "m >= z - 1", NULL};
	const char *const kinds[] = {"a", "b"};
	const char *const yes[] = {"true"};
	hpo_space_t *space = make(parameters, constraints);

	ck_assert_int_eq(hpo_space_add_condition(space, "n", "kind", kinds, 2, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_condition(space, "z", "deep", yes, 1, NULL), HPO_OK);
	return space;
}

/* The bits of the cells and the mask: which point it is, among at most 2^20. */
static size_t code_of(const hpo_space_t *space, const double *point)
{
	uint8_t active[MOST];
	size_t code = 0;

	hpo_space_activate(space, point, active);
	for (size_t i = 0; i < hpo_space_dims(space); i++)
		code = code * 8 + (active[i] ? 1 + hpo_space_cell_index(space, i, point[i]) : 0);
	return code;
}

static uint8_t met[1 << 15];

static size_t count_feasible(const hpo_space_t *space)
{
	uint64_t index[MOST];
	double point[MOST];
	size_t count = 0;

	hpo__space_grid_first(space, index);
	do {
		hpo__space_grid_point(space, 1, index, point);
		count += hpo_space_is_feasible(space, point) != 0;
	} while (hpo__space_grid_next(space, 1, index));
	return count;
}

START_TEST(a_walk_meets_every_point_that_keeps_the_constraints_once)
{
	hpo_space_t *space = walked_space();
	const size_t expected = count_feasible(space);

	for (uint64_t i = 0; i < 30; i++) {
		struct hpo_walk walk;
		hpo_rng_t rng = stream(i);
		double point[MOST];
		size_t count = 0;

		memset(met, 0, sizeof met);
		ck_assert_int_eq(hpo__walk_init(&walk, space, &rng), HPO_OK);
		while (hpo__walk_next(&walk, 100000, point)) {
			size_t code = code_of(space, point);

			ck_assert(hpo_space_is_feasible(space, point));
			ck_assert_uint_eq(met[code], 0);
			met[code] = 1;
			count++;
		}

		ck_assert(walk.over);
		ck_assert_uint_eq(count, expected);
		hpo__walk_release(&walk);
	}
	hpo_space_free(space);
}
END_TEST

/* 9 million points, four of which keep the constraints: found in 60,000 steps. */
START_TEST(a_walk_passes_over_what_cannot_be)
{
	static const char *const parameters[] = {"a=int(1,3000)", "b=int(1,3000)", NULL};
	static const char *const constraints[] = {"a * b == 15", NULL};
	hpo_space_t *space = make(parameters, constraints);
	struct hpo_walk walk;
	hpo_rng_t rng = stream(3);
	double point[MOST];
	size_t count = 0;

	ck_assert_int_eq(hpo__walk_init(&walk, space, &rng), HPO_OK);
	while (hpo__walk_next(&walk, 60000, point))
		count++;

	ck_assert(walk.over);
	ck_assert_uint_eq(count, 4);
	hpo__walk_release(&walk);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_walk_ends_when_its_steps_are_taken)
{
	static const char *const parameters[] = {"a=int(1,3000)", "b=int(1,3000)", NULL};
	static const char *const constraints[] = {NULL};
	hpo_space_t *space = make(parameters, constraints);
	struct hpo_walk walk;
	hpo_rng_t rng = stream(3);
	double point[MOST];
	size_t count = 0;

	ck_assert_int_eq(hpo__walk_init(&walk, space, &rng), HPO_OK);
	while (hpo__walk_next(&walk, 100, point))
		count++;

	ck_assert(!walk.over);
	ck_assert_uint_eq(count, 99); /* the first step decides the first axis */
	hpo__walk_release(&walk);
	hpo_space_free(space);
}
END_TEST

static const char *const sides[] = {
	"x", "-n", "x * n", "n / x", "x - y", "(x + y)^2", "n^3", "2^n", "x^y", "y / (x - 1)",
	"s * y", "-(x * y)^3",
};
static const char *const signs[] = {"<=", "<", ">=", ">", "==", "!="};

/* Boxes of random bounds: what is said to be hopeless holds no point, of 60 looked at. */
START_TEST(intervals_never_rule_a_point_out)
{
	static const char *const parameters[] = {"x=float(-2,3)", "y=float(0.001,10,log)",
						 "n=int(-3,4)", "s=choice(-4,0,7)", NULL};
	hpo_rng_t rng = stream((uint64_t)_i);
	char text[64];
	const char *const constraints[] = {text, NULL};
	struct hpo_region *region;
	hpo_space_t *space;
	double point[MOST];

	snprintf(text, sizeof text, "%s %s %s", sides[hpo_rng_below(&rng, 12)],
		 signs[hpo_rng_below(&rng, 6)], sides[hpo_rng_below(&rng, 12)]);
	space = make(parameters, constraints);
	region = hpo__region_new(space);
	for (int box = 0; box < 40; box++) {
		for (size_t i = 0; i < 4; i++) {
			double a = hpo_rng_uniform(&rng);
			double b = hpo_rng_uniform(&rng);
			uint64_t cells = space->params[i].cells;

			region->sides[i].low = fmin(a, b);
			region->sides[i].high = fmax(a, b);
			region->sides[i].first = (uint64_t)(fmin(a, b) * (double)cells);
			region->sides[i].last = (uint64_t)(fmax(a, b) * (double)cells);
		}
		if (!hpo__region_is_hopeless(region))
			continue;
		for (int k = 0; k < 60; k++) {
			for (size_t i = 0; i < 4; i++) {
				const struct hpo_side *s = &region->sides[i];
				double u = hpo_rng_uniform(&rng);

				u = k % 4 == 0 ? 0 : k % 4 == 1 ? 1 : u;
				point[i] = s->low + u * (s->high - s->low);
				if (space->params[i].cells > 0)
					point[i] = hpo_space_cell_centre(
						space, i,
						s->first + (uint64_t)(u * (double)(s->last -
										   s->first)));
			}
			ck_assert_msg(!hpo_space_is_feasible(space, point), "%s", text);
		}
	}
	hpo__free(region);
	hpo_space_free(space);
}
END_TEST

static hpo_status_t draw_and_walk(void *user)
{
	hpo_space_t *space = user;
	struct hpo_walk walk = {.region = NULL};
	double anchor[MOST];
	double point[MOST] = {0.9, 0.9, 0.1, 0.9, 0.9};
	hpo_rng_t rng = stream(1);
	hpo_status_t status = hpo__space_draw(space, &rng, anchor);

	if (status == HPO_OK)
		status = hpo__space_repair(space, anchor, &rng, point);
	if (status == HPO_OK)
		status = hpo__walk_init(&walk, space, &rng);
	if (status == HPO_OK)
		ck_assert(hpo__walk_next(&walk, 1000, point));
	hpo__walk_release(&walk);
	return status;
}

START_TEST(every_failing_allocation_is_survived)
{
	hpo_space_t *space;

	hpo_test_alloc_install();
	space = walked_space();

	hpo_test_each_allocation(draw_and_walk, space);

	hpo_space_free(space);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_space_repair(void)
{
	Suite *suite = suite_create("space/repair");
	TCase *tests = tcase_create("tests");

	tcase_add_loop_test(tests, a_point_is_drawn_where_hardly_any_is, 0, TIGHT);
	tcase_add_loop_test(tests, a_repaired_point_keeps_the_constraints_and_what_they_do_not_name,
			    0, TIGHT);
	tcase_add_test(tests, a_repair_is_short_every_other_time);
	tcase_add_test(tests, what_cannot_be_is_not_drawn);
	tcase_add_test(tests, a_walk_meets_every_point_that_keeps_the_constraints_once);
	tcase_add_test(tests, a_walk_passes_over_what_cannot_be);
	tcase_add_test(tests, a_walk_ends_when_its_steps_are_taken);
	tcase_add_loop_test(tests, intervals_never_rule_a_point_out, 0, 60);
	tcase_add_test(tests, every_failing_allocation_is_survived);
	suite_add_tcase(suite, tests);
	return suite;
}
