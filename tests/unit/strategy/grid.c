/*
 * Grid search: every point once, whatever else happens.
 */
#include "unit/strategy/bed.h"

#include <stdlib.h>

static struct bed *bed;
static double point[BED_DIMS];
static uint8_t active[BED_DIMS];

static void make_bed(void)
{
	bed = malloc(sizeof *bed);
	memset(bed, 0, sizeof *bed);
}

static void drop_bed(void)
{
	bed_release(bed);
	free(bed);
}

static void begin(hpo_space_t *space, const char *options)
{
	ck_assert_int_eq(bed_init(bed, "grid", space, 1, options), HPO_OK);
}

/* Whether `point` is among the told ones or the running ones, by its bytes. */
static bool is_repeat(double (*seen)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (memcmp(seen[i], point, sizeof seen[i]) == 0)
			return true;
	}
	return false;
}

START_TEST(every_point_comes_once_and_then_no_more)
{
	static const char *const parameters[] = { "n=int(1,4)", "x=float(0,1)", NULL };
	double seen[12][2];

	begin(bed_space(parameters), "{\"points\": 3}");
	for (size_t i = 0; i < 12; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert(!is_repeat(seen, i));
		memcpy(seen[i], point, sizeof seen[i]);
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
	}
	ck_assert_int_eq(bed_ask(bed, point, active), HPO_EXHAUSTED);
}
END_TEST

START_TEST(a_continuum_is_cut_evenly_with_its_ends)
{
	static const char *const parameters[] = { "x=float(1e-4,1,log)", NULL };
	static const double expected[] = { 0, 0.25, 0.5, 0.75, 1 };

	begin(bed_space(parameters), "{\"points\": 5}");

	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert_double_eq_tol(point[0], expected[i], 1e-12);
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
	}
	ck_assert_int_eq(bed_ask(bed, point, active), HPO_EXHAUSTED);
}
END_TEST

START_TEST(running_trials_hold_their_points)
{
	static const char *const parameters[] = { "n=int(1,3)", "c=choice(a,b)", NULL };
	double seen[6][2];

	begin(bed_space(parameters), "{}");
	for (size_t i = 0; i < 6; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert(!is_repeat(seen, i));
		memcpy(seen[i], point, sizeof seen[i]);
		bed_hold(bed, point, active);
	}
	ck_assert_int_eq(bed_ask(bed, point, active), HPO_EXHAUSTED);
}
END_TEST

/* Enqueued trials take numbers; one lies on the grid, the other beside it. */
START_TEST(trials_that_were_enqueued_cost_no_point)
{
	static const char *const parameters[] = { "x=float(0,1)", "y=float(0,1)", NULL };
	const double on_grid[] = { 0.5, 1 };
	const double beside[] = { 0.3, 0.385 };
	static const uint8_t both[] = { 1, 1 };
	const double loss = 1;
	double seen[9][2];
	size_t count = 1;

	begin(bed_space(parameters), "{\"points\": 3}");
	memcpy(seen[0], on_grid, sizeof on_grid);
	ck_assert_int_eq(bed_tell_as(bed, 0, HPO_TRIAL_COMPLETED, -1, on_grid, both, &loss),
			 HPO_OK);
	ck_assert_int_eq(bed_tell_as(bed, 1, HPO_TRIAL_COMPLETED, -1, beside, both, &loss), HPO_OK);
	bed->number = 2;
	while (bed_ask(bed, point, active) == HPO_OK) {
		ck_assert_uint_lt(count, 9);
		ck_assert(!is_repeat(seen, count));
		memcpy(seen[count++], point, sizeof seen[0]);
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
	}
	ck_assert_uint_eq(count, 9);
}
END_TEST

/* Two processes that do not see each other's newest trial still take different points. */
START_TEST(processes_that_ask_at_once_do_not_collide)
{
	static const char *const parameters[] = { "n=int(1,30)", "m=int(1,30)", NULL };
	double other[2];

	begin(bed_space(parameters), "{}");
	for (int64_t i = 0; i < 40; i += 2) {
		ck_assert_int_eq(bed_ask_as(bed, i, 0, other, active), HPO_OK);
		ck_assert_int_eq(bed_ask_as(bed, i + 1, 0, point, active), HPO_OK);
		ck_assert_mem_ne(other, point, sizeof other);
		bed->number = i + 2;
		ck_assert_int_eq(bed_tell(bed, other, active, 1), HPO_OK);
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
	}
}
END_TEST

/* model=net has 3 x 2 = 6 points, tree and line one each. */
START_TEST(conditions_leave_each_point_once)
{
	static const char *const parameters[] = { "model=choice(tree,net,line)", "layers=int(1,3)",
						  "deep=bool", NULL };
	const char *net = "net";
	hpo_space_t *space = bed_space(parameters);
	size_t count = 0;

	ck_assert_int_eq(hpo_space_add_condition(space, "layers", "model", &net, 1, NULL), HPO_OK);
	ck_assert_int_eq(hpo_space_add_condition(space, "deep", "model", &net, 1, NULL), HPO_OK);
	begin(space, "{}");
	while (bed_ask(bed, point, active) == HPO_OK) {
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
		count++;
	}
	ck_assert_uint_eq(count, 8);
}
END_TEST

/* Pairs of 1 … 4 whose sum is at most 5: 4 + 3 + 2 + 1. */
START_TEST(points_that_break_a_constraint_are_left_out)
{
	static const char *const parameters[] = { "a=int(1,4)", "b=int(1,4)", NULL };
	hpo_space_t *space = bed_space(parameters);
	size_t count = 0;

	ck_assert_int_eq(hpo_space_add_constraint(space, "a + b <= 5", NULL), HPO_OK);
	begin(space, "{}");
	while (bed_ask(bed, point, active) == HPO_OK) {
		ck_assert(hpo_space_is_feasible(space, point));
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
		count++;
	}
	ck_assert_uint_eq(count, 10);
}
END_TEST

START_TEST(a_grid_of_10_to_the_40_is_walked_at_once)
{
	char text[32];
	hpo_space_t *space = NULL;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof text, "p%d=float(0,1)", i);
		ck_assert_int_eq(hpo_space_add_text(space, text, NULL), HPO_OK);
	}
	begin(space, "{}");

	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(bed_ask(bed, point, active), HPO_OK);
		ck_assert_int_eq(bed_tell(bed, point, active, 1), HPO_OK);
	}
}
END_TEST

/* A refused proposal, asked again, becomes another one; in the end all are refused. */
START_TEST(what_is_refused_is_not_proposed_again)
{
	static const char *const parameters[] = { "n=int(1,3)", "c=bool", NULL };
	double seen[6][2];

	begin(bed_space(parameters), "{}");
	for (uint32_t attempt = 0; attempt < 6; attempt++) {
		ck_assert_int_eq(bed_ask_as(bed, 0, attempt, point, active), HPO_OK);
		ck_assert(!is_repeat(seen, attempt));
		memcpy(seen[attempt], point, sizeof seen[0]);
	}
	ck_assert_int_eq(bed_ask_as(bed, 0, 6, point, active), HPO_EXHAUSTED);
}
END_TEST

Suite *unit_strategy_grid(void);
Suite *unit_strategy_grid(void)
{
	Suite *suite = suite_create("strategy/grid");
	TCase *tests = tcase_create("grid");

	tcase_add_checked_fixture(tests, make_bed, drop_bed);
	tcase_add_test(tests, every_point_comes_once_and_then_no_more);
	tcase_add_test(tests, a_continuum_is_cut_evenly_with_its_ends);
	tcase_add_test(tests, running_trials_hold_their_points);
	tcase_add_test(tests, trials_that_were_enqueued_cost_no_point);
	tcase_add_test(tests, processes_that_ask_at_once_do_not_collide);
	tcase_add_test(tests, conditions_leave_each_point_once);
	tcase_add_test(tests, points_that_break_a_constraint_are_left_out);
	tcase_add_test(tests, a_grid_of_10_to_the_40_is_walked_at_once);
	tcase_add_test(tests, what_is_refused_is_not_proposed_again);
	suite_add_tcase(suite, tests);
	return suite;
}
