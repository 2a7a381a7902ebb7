/*
 * Readings grouped by configuration, and what is believed of the best.
 */
#include "strategy/leaders.h"

#include "math/rng.h"
#include "support/alloc.h"
#include "unit/strategy/bed.h"

#include <stdlib.h>

static const char *const line[] = { "x=float(0,1)", NULL };

struct stand {
	hpo_space_t *space;
	struct hpo_log_of_trials log;
	struct hpo_leaders leaders;
	hpo_history_t *history;
};

static void stand_init(struct stand *stand)
{
	memset(stand, 0, sizeof *stand);
	stand->space = bed_space(line);
	ck_assert_int_eq(hpo__history_init(&stand->log, 1, 1), HPO_OK);
	ck_assert_int_eq(hpo__leaders_init(&stand->leaders, stand->space, NULL), HPO_OK);
}

static void stand_release(struct stand *stand)
{
	hpo__history_free(stand->history);
	hpo__leaders_release(&stand->leaders);
	hpo__history_release(&stand->log);
	hpo_space_free(stand->space);
}

/* Tell a loss at a coordinate, and fold it. */
static void read_loss(struct stand *stand, double x, double loss, hpo_trial_state_t state)
{
	const uint8_t active = 1;
	struct hpo_ended ended = { .number = (int64_t)stand->log.count, .iteration = -1,
				   .told = (int64_t)stand->log.count + 1, .state = state,
				   .point = &x, .active = &active, .losses = &loss };

	ck_assert_int_eq(hpo__history_append(&stand->log, &ended), HPO_OK);
	hpo__history_free(stand->history);
	ck_assert_int_eq(hpo__history_snapshot(&stand->history, &stand->log, NULL, 0), HPO_OK);
	ck_assert_int_eq(hpo__leaders_fold(&stand->leaders, stand->history, stand->log.count - 1,
					   NULL), HPO_OK);
}

static void believe(struct stand *stand)
{
	hpo__leaders_learn(&stand->leaders, stand->history);
	hpo__leaders_believe(&stand->leaders, stand->history);
}

START_TEST(readings_of_a_point_are_one_configuration)
{
	struct stand stand;
	const uint8_t active = 1;
	const double known = 0.25;
	const double unknown = 0.3;

	stand_init(&stand);
	read_loss(&stand, 0.25, 1, HPO_TRIAL_COMPLETED);
	read_loss(&stand, 0.5, 5, HPO_TRIAL_COMPLETED);
	read_loss(&stand, 0.25, 3, HPO_TRIAL_COMPLETED);
	read_loss(&stand, 0.25, 9, HPO_TRIAL_PRUNED);
	read_loss(&stand, 0.25, NAN, HPO_TRIAL_FAILED);

	ck_assert_uint_eq(stand.leaders.count, 2);
	ck_assert_uint_eq(stand.leaders.repeats, 1);
	ck_assert_uint_eq(stand.leaders.list[0].readings, 2);
	ck_assert_double_eq(stand.leaders.list[0].mean, 2);
	ck_assert_uint_eq(hpo__leaders_find(&stand.leaders, stand.history, &known, &active), 0);
	ck_assert_uint_eq(hpo__leaders_find(&stand.leaders, stand.history, &unknown, &active), 2);
	stand_release(&stand);
}
END_TEST

/* By hand: squares 2 + 18 + 0.5 over 1 + 1 + 1 repeats. */
START_TEST(noise_is_pooled_over_configurations)
{
	struct stand stand;
	static const double pairs[][2] = { { 1, 3 }, { 10, 16 }, { 5, 6 } };

	stand_init(&stand);
	ck_assert(isnan(hpo__leaders_noise(&stand.leaders)));
	for (size_t i = 0; i < 3; i++) {
		read_loss(&stand, 0.1 * (double)(i + 1), pairs[i][0], HPO_TRIAL_COMPLETED);
		read_loss(&stand, 0.1 * (double)(i + 1), pairs[i][1], HPO_TRIAL_COMPLETED);
	}

	ck_assert_double_eq_tol(hpo__leaders_noise(&stand.leaders), sqrt(20.5 / 3), 1e-12);
	stand_release(&stand);
}
END_TEST

START_TEST(a_lucky_reading_is_believed_less_than_many_good_ones)
{
	struct stand stand;
	hpo_rng_t rng;

	stand_init(&stand);
	hpo_rng_init(&rng, 20, 0, 0);
	for (int i = 0; i < 20; i++)
		read_loss(&stand, 0.05 * i, 1 + 0.5 * hpo_rng_normal(&rng), HPO_TRIAL_COMPLETED);
	for (int i = 0; i < 8; i++)
		read_loss(&stand, 0.333, 0.3 + (i % 2 ? 0.5 : -0.5), HPO_TRIAL_COMPLETED);
	read_loss(&stand, 0.777, 0.0, HPO_TRIAL_COMPLETED);

	believe(&stand);

	const struct hpo_leader *best = &stand.leaders.list[stand.leaders.modelled[0]];
	const struct hpo_leader *lucky = &stand.leaders.list[stand.leaders.count - 1];
	ck_assert_uint_eq(best->readings, 8);
	ck_assert_double_gt(lucky->belief, lucky->mean + 0.2);
	ck_assert_double_gt(lucky->sd, best->sd);
	stand_release(&stand);
}
END_TEST

START_TEST(readings_without_noise_are_believed)
{
	struct stand stand;

	stand_init(&stand);
	for (int i = 0; i < 15; i++)
		read_loss(&stand, 0.06 * i, sin(5 * 0.06 * i), HPO_TRIAL_COMPLETED);
	for (int i = 0; i < 4; i++)
		read_loss(&stand, 0.06 * i, sin(5 * 0.06 * i), HPO_TRIAL_COMPLETED);

	believe(&stand);

	for (size_t k = 0; k < stand.leaders.modelled_count; k++) {
		const struct hpo_leader *leader =
			&stand.leaders.list[stand.leaders.modelled[k]];

		ck_assert_double_eq_tol(leader->belief, leader->mean, 1e-4);
	}
	stand_release(&stand);
}
END_TEST

START_TEST(equal_and_extreme_losses_are_survived)
{
	static const double losses[][2] = { { 1, 1 }, { 1e308, -1e308 }, { 1e-308, 0 } };

	for (size_t c = 0; c < 3; c++) {
		struct stand stand;

		stand_init(&stand);
		for (int i = 0; i < 30; i++)
			read_loss(&stand, 0.1 * (i % 10), losses[c][i % 2], HPO_TRIAL_COMPLETED);
		believe(&stand);
		ck_assert_uint_gt(stand.leaders.modelled_count, 0);
		ck_assert(!isnan(stand.leaders.list[stand.leaders.modelled[0]].belief));
		stand_release(&stand);
	}
}
END_TEST

START_TEST(a_thousand_configurations_are_found_again)
{
	struct stand stand;

	stand_init(&stand);
	for (int i = 0; i < 1000; i++)
		read_loss(&stand, i / 1000.0, i, HPO_TRIAL_COMPLETED);
	for (int i = 999; i >= 0; i--)
		read_loss(&stand, i / 1000.0, i, HPO_TRIAL_COMPLETED);

	ck_assert_uint_eq(stand.leaders.count, 1000);
	ck_assert_uint_eq(stand.leaders.repeats, 1000);
	believe(&stand);
	ck_assert_uint_eq(stand.leaders.modelled_count, HPO__LEADERS_MOST);
	ck_assert_uint_eq(stand.leaders.modelled[0], 0);
	stand_release(&stand);
}
END_TEST

Suite *unit_strategy_leaders(void);

Suite *unit_strategy_leaders(void)
{
	Suite *suite = suite_create("strategy/leaders");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, readings_of_a_point_are_one_configuration);
	tcase_add_test(tests, noise_is_pooled_over_configurations);
	tcase_add_test(tests, a_lucky_reading_is_believed_less_than_many_good_ones);
	tcase_add_test(tests, readings_without_noise_are_believed);
	tcase_add_test(tests, equal_and_extreme_losses_are_survived);
	tcase_add_test(tests, a_thousand_configurations_are_found_again);
	suite_add_tcase(suite, tests);
	return suite;
}
