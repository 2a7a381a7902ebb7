/*
 * BOHB's model: which budget it looks at, and where it searches then.
 */
#include "unit/strategy/bed.h"

static struct bed bed;

static void begin(const char *options)
{
	static const char *const parameters[] = { "x=float(0,1)", "y=float(0,1)", NULL };

	ck_assert_int_eq(bed_init(&bed, "bohb", bed_space(parameters), 1, options), HPO_OK);
}

/* A trial at (x, 0.5) that stopped at an iteration. */
static void tell_at(double x, int64_t iteration, hpo_trial_state_t state, double loss)
{
	const double point[] = { x, 0.5 };
	static const uint8_t active[] = { 1, 1 };

	ck_assert_int_eq(bed_tell_as(&bed, bed.number++, state, iteration, point, active, &loss),
			 HPO_OK);
}

/* How many of forty proposals of the model lie within 0.25 of x. */
static int count_near(double x)
{
	double point[2];
	uint8_t active[2];
	int near = 0;

	for (int64_t k = 0; k < 40; k++) {
		ck_assert_int_eq(bed_ask_as(&bed, 1000 + k, 0, point, active), HPO_OK);
		ck_assert_str_eq(bed.arm, "bohb");
		near += fabs(point[0] - x) < 0.25;
	}
	return near;
}

/* min_points is 3 for two parameters: six trials make a model. */
START_TEST(it_begins_without_a_model)
{
	double point[2];
	uint8_t active[2];

	begin("{\"random_fraction\":0}");
	for (int i = 0; i < 5; i++)
		tell_at(0.1 * i, 1, HPO_TRIAL_PRUNED, i);
	ck_assert_int_eq(bed_ask(&bed, point, active), HPO_OK);
	ck_assert_str_eq(bed.arm, "start");

	tell_at(0.9, 1, HPO_TRIAL_PRUNED, 9);
	ck_assert_int_eq(bed_ask(&bed, point, active), HPO_OK);
	ck_assert_str_eq(bed.arm, "bohb");
	bed_release(&bed);
}
END_TEST

/* At iteration 1 small x looks good, at 9 large x: nine decides once it has six trials. */
START_TEST(the_largest_budget_with_enough_trials_decides)
{
	begin("{\"random_fraction\":0}");
	for (int i = 0; i < 30; i++)
		tell_at(i / 30.0, 1, HPO_TRIAL_PRUNED, i);
	ck_assert_int_ge(count_near(0.05), 30);

	for (int i = 0; i < 12; i++)
		tell_at(i / 12.0, 9, HPO_TRIAL_PRUNED, -i);
	ck_assert_int_ge(count_near(0.95), 30);
	bed_release(&bed);
}
END_TEST

/* Four whole trials are too few, but they are good among those that were stopped before. */
START_TEST(who_ran_on_is_better_than_who_was_stopped)
{
	begin("{\"random_fraction\":0}");
	for (int i = 0; i < 30; i++)
		tell_at(i / 30.0, 1, HPO_TRIAL_PRUNED, 1);
	for (int i = 0; i < 4; i++)
		tell_at(0.48 + 0.01 * i, 27, HPO_TRIAL_COMPLETED, 5);

	ck_assert_int_ge(count_near(0.5), 30);
	bed_release(&bed);
}
END_TEST

START_TEST(a_share_is_random)
{
	double point[2];
	uint8_t active[2];
	int random = 0;

	begin("{}");
	for (int i = 0; i < 30; i++)
		tell_at(i / 30.0, 1, HPO_TRIAL_COMPLETED, i);
	for (int64_t k = 0; k < 300; k++) {
		ck_assert_int_eq(bed_ask_as(&bed, 1000 + k, 0, point, active), HPO_OK);
		random += strcmp(bed.arm, "random") == 0;
	}

	ck_assert_int_ge(random, 75); /* a third, three standard deviations off */
	ck_assert_int_le(random, 125);
	bed_release(&bed);
}
END_TEST

START_TEST(failed_trials_make_no_model)
{
	double point[2];
	uint8_t active[2];

	begin("{\"random_fraction\":0}");
	for (int i = 0; i < 30; i++)
		tell_at(i / 30.0, 1, HPO_TRIAL_FAILED, (double)NAN);
	ck_assert_int_eq(bed_ask(&bed, point, active), HPO_OK);
	ck_assert_str_eq(bed.arm, "start");
	bed_release(&bed);
}
END_TEST

START_TEST(categories_of_good_trials_are_kept)
{
	static const char *const parameters[] = { "c=choice(a,b,c,d)", "x=float(0,1)", NULL };
	double point[2];
	uint8_t active[2];
	int kept = 0;

	ck_assert_int_eq(bed_init(&bed, "bohb", bed_space(parameters), 1,
				  "{\"random_fraction\":0}"),
			 HPO_OK);
	for (int i = 0; i < 40; i++) {
		point[0] = (double)(i % 4) / 4 + 0.125;
		point[1] = (double)i / 40;
		bed_snap(&bed, point, active);
		bed.number++;
		ck_assert_int_eq(bed_tell(&bed, point, active, i % 4 == 2 ? 0 : 1), HPO_OK);
	}
	for (int64_t k = 0; k < 40; k++) {
		ck_assert_int_eq(bed_ask_as(&bed, 1000 + k, 0, point, active), HPO_OK);
		kept += hpo_space_cell_index(bed.space, 0, point[0]) == 2;
	}
	ck_assert_int_ge(kept, 30);
	bed_release(&bed);
}
END_TEST

Suite *unit_strategy_bohb(void);
Suite *unit_strategy_bohb(void)
{
	Suite *suite = suite_create("strategy/bohb");
	TCase *tests = tcase_create("bohb");

	tcase_add_test(tests, it_begins_without_a_model);
	tcase_add_test(tests, the_largest_budget_with_enough_trials_decides);
	tcase_add_test(tests, who_ran_on_is_better_than_who_was_stopped);
	tcase_add_test(tests, a_share_is_random);
	tcase_add_test(tests, failed_trials_make_no_model);
	tcase_add_test(tests, categories_of_good_trials_are_kept);
	suite_add_tcase(suite, tests);
	return suite;
}
