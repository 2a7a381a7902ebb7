/*
 * What the Gaussian process is given of a history: rows of points, and whether their
 * readings have noise.
 */
#include "strategy/gp_rows.h"
#include "unit/strategy/bed.h"

#include <stdlib.h>

static const char *const parameters[] = { "model=choice(one,two)", "x=float(0,1)", NULL };

/* A history of trials whose losses and x are given, models in turn by pairs. */
struct fixture {
	struct bed bed;
	struct hpo_gp_rows rows;
};

static void set_up(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	ck_assert_int_eq(bed_init(&f->bed, "random", bed_space(parameters), 1, "{}"), HPO_OK);
}

static void tear_down(struct fixture *f)
{
	hpo__gp_rows_release(&f->rows);
	bed_release(&f->bed);
}

static void tell(struct fixture *f, double model, double x, double loss)
{
	const double point[2] = { model, x };
	const uint8_t active[2] = { 1, 1 };

	f->bed.number++;
	f->bed.arm = "test";
	ck_assert_int_eq(bed_tell(&f->bed, point, active, loss), HPO_OK);
}

static void gather(struct fixture *f)
{
	hpo_history_t *history = NULL;

	ck_assert_int_eq(hpo__history_snapshot(&history, &f->bed.log, NULL, 0), HPO_OK);
	ck_assert_int_eq(hpo__gp_rows_gather(&f->rows, f->bed.space, history, SIZE_MAX, NULL),
			 HPO_OK);
	hpo__history_free(history);
}

START_TEST(readings_of_a_point_are_one_row)
{
	struct fixture *f = malloc(sizeof *f);

	set_up(f);
	tell(f, 0.25, 0.5, 1);
	tell(f, 0.75, 0.5, 2);
	tell(f, 0.25, 0.5, 4);
	tell(f, 0.25, 0.1, NAN);
	gather(f);
	ck_assert_uint_eq(f->rows.count, 2);
	ck_assert_double_eq_tol(f->rows.loss[0], 2.5, 1e-12);
	ck_assert_double_eq(f->rows.readings[0], 2);
	ck_assert_double_eq(f->rows.loss[1], 2);
	ck_assert_uint_eq(f->rows.trials, 3);
	tear_down(f);
	free(f);
}
END_TEST

START_TEST(two_agreeing_repetitions_are_certain_and_one_is_not)
{
	struct fixture *f = malloc(sizeof *f);

	set_up(f);
	tell(f, 0.25, 0.5, 0.1);
	tell(f, 0.25, 0.5, 0.1);
	gather(f);
	ck_assert(!hpo__gp_rows_are_exact(&f->rows));
	ck_assert(!hpo__gp_rows_are_noisy(&f->rows));
	tell(f, 0.25, 0.5, 0.1 * (1 + 1e-12));
	gather(f);
	ck_assert(hpo__gp_rows_are_exact(&f->rows));
	ck_assert(!hpo__gp_rows_are_noisy(&f->rows));
	tell(f, 0.25, 0.5, 0.1001);
	gather(f);
	ck_assert(!hpo__gp_rows_are_exact(&f->rows));
	ck_assert(hpo__gp_rows_are_noisy(&f->rows));
	tear_down(f);
	free(f);
}
END_TEST

START_TEST(many_trials_without_a_repetition_are_taken_for_noisy)
{
	struct fixture *f = malloc(sizeof *f);

	set_up(f);
	for (int i = 0; i < 39; i++)
		tell(f, 0.25, i / 40.0, 0.1);
	gather(f);
	ck_assert(!hpo__gp_rows_are_noisy(&f->rows));
	tell(f, 0.25, 39 / 40.0, 0.1);
	gather(f);
	ck_assert(hpo__gp_rows_are_noisy(&f->rows));
	tell(f, 0.25, 39 / 40.0, 0.1);
	gather(f);
	ck_assert(!hpo__gp_rows_are_noisy(&f->rows));
	tear_down(f);
	free(f);
}
END_TEST

START_TEST(a_branch_has_the_trials_of_one_choice)
{
	struct fixture *f = malloc(sizeof *f);

	set_up(f);
	for (int i = 0; i < 6; i++)
		tell(f, i % 3 == 0 ? 0.75 : 0.25, i / 10.0, i);
	f->rows.branch = (struct hpo_gp_branch){ 1, 0, 1 };
	gather(f);
	ck_assert_uint_eq(f->rows.chosen_count, 2);
	ck_assert_uint_eq(f->rows.first[0], 0);
	ck_assert_uint_eq(f->rows.first[1], 3);
	tear_down(f);
	free(f);
}
END_TEST

/* The best of 400 points in a plane is among those that are kept. */
START_TEST(of_many_points_the_best_are_chosen)
{
	struct fixture *f = malloc(sizeof *f);
	int has_best = 0;

	set_up(f);
	for (int i = 0; i < 400; i++)
		tell(f, 0.25, i / 400.0, fabs(i - 317.0));
	gather(f);
	ck_assert_uint_eq(f->rows.count, 400);
	ck_assert_uint_eq(f->rows.chosen_count, GP_MOST_ROWS);
	for (size_t i = 0; i < f->rows.chosen_count; i++)
		has_best |= f->rows.first[f->rows.chosen[i]] == 317;
	ck_assert(has_best);
	tear_down(f);
	free(f);
}
END_TEST

Suite *unit_strategy_gp_rows(void);
Suite *unit_strategy_gp_rows(void)
{
	Suite *suite = suite_create("strategy/gp_rows");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, readings_of_a_point_are_one_row);
	tcase_add_test(tests, two_agreeing_repetitions_are_certain_and_one_is_not);
	tcase_add_test(tests, many_trials_without_a_repetition_are_taken_for_noisy);
	tcase_add_test(tests, a_branch_has_the_trials_of_one_choice);
	tcase_add_test(tests, of_many_points_the_best_are_chosen);
	suite_add_tcase(suite, tests);
	return suite;
}
