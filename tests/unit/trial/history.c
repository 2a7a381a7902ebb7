/*
 * The columns of a history and its snapshots.
 */
#include "trial/history.h"
#include "support/alloc.h"

#include <check.h>
#include <math.h>
#include <stdio.h>

Suite *unit_trial_history(void);

/* Trial i has the point (i, -i), the loss i / 2 and is told as i + 1. */
static hpo_status_t append(struct hpo_log_of_trials *log, int64_t i)
{
	const double point[2] = {(double)i, (double)-i};
	const uint8_t active[2] = {1, (uint8_t)(i % 2)};
	const double loss = (double)i / 2;
	static const char *const arms[] = {"tpe", NULL, "gp"};
	const struct hpo_ended ended = {
		.number = 1000 + i,
		.iteration = 3 * i,
		.told = i + 1,
		.state = i % 5 == 4 ? HPO_TRIAL_FAILED : HPO_TRIAL_COMPLETED,
		.point = point,
		.active = active,
		.losses = &loss,
		.arm = arms[i % 3],
	};

	return hpo__history_append(log, &ended);
}

static hpo_history_t *snapshot(const struct hpo_log_of_trials *log)
{
	hpo_history_t *history = NULL;

	ck_assert_int_eq(hpo__history_snapshot(&history, log, NULL, 77), HPO_OK);
	return history;
}

static void check_rows(const hpo_history_t *history, size_t n)
{
	ck_assert_uint_eq(hpo_history_count(history), n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_double_eq(hpo_history_points(history)[2 * i], (double)i);
		ck_assert_double_eq(hpo_history_points(history)[2 * i + 1], -(double)i);
		ck_assert_uint_eq(hpo_history_active(history)[2 * i + 1], i % 2);
		ck_assert_double_eq(hpo_history_losses(history)[i], (double)i / 2);
		ck_assert_int_eq(hpo_history_numbers(history)[i], 1000 + (int64_t)i);
		ck_assert_int_eq(hpo_history_iterations(history)[i], 3 * (int64_t)i);
		ck_assert_uint_eq(hpo_history_states(history)[i],
				  i % 5 == 4 ? HPO_TRIAL_FAILED : HPO_TRIAL_COMPLETED);
		ck_assert_str_eq(hpo_history_arm(history, i),
				 i % 3 == 0 ? "tpe" : i % 3 == 1 ? "" : "gp");
	}
}

START_TEST(rows_keep_what_was_appended)
{
	struct hpo_log_of_trials log;
	hpo_history_t *history;

	ck_assert_int_eq(hpo__history_init(&log, 2, 1), HPO_OK);
	for (int64_t i = 0; i < 1000; i++)
		ck_assert_int_eq(append(&log, i), HPO_OK);

	history = snapshot(&log);

	check_rows(history, 1000);
	ck_assert_uint_eq(hpo_history_dims(history), 2);
	ck_assert_uint_eq(hpo_history_objectives(history), 1);
	ck_assert_int_eq(hpo_history_budget(history), 77);
	ck_assert_int_eq(hpo__history_seen(history), 1000);
	hpo__history_free(history);
	hpo__history_release(&log);
}
END_TEST

START_TEST(a_snapshot_stays_while_the_columns_grow)
{
	struct hpo_log_of_trials log;
	hpo_history_t *empty;
	hpo_history_t *early;

	ck_assert_int_eq(hpo__history_init(&log, 2, 1), HPO_OK);
	empty = snapshot(&log);
	for (int64_t i = 0; i < 60; i++)
		append(&log, i);
	early = snapshot(&log);

	for (int64_t i = 60; i < 5000; i++)
		append(&log, i);
	hpo__history_release(&log);

	check_rows(empty, 0);
	ck_assert_int_eq(hpo__history_seen(empty), 0);
	check_rows(early, 60);
	ck_assert_int_eq(hpo__history_seen(early), 60);
	hpo__history_free(early);
	hpo__history_free(empty);
	hpo__history_free(NULL);
}
END_TEST

START_TEST(pending_points_are_copies)
{
	double points[4] = {0.1, 0.2, 0.3, 0.4};
	uint8_t active[4] = {1, 0, 1, 1};
	int64_t numbers[2] = {7, 3};
	const struct hpo_running running = {2, numbers, points, active};
	struct hpo_log_of_trials log;
	hpo_history_t *history;

	ck_assert_int_eq(hpo__history_init(&log, 2, 1), HPO_OK);
	ck_assert_int_eq(hpo__history_snapshot(&history, &log, &running, 0), HPO_OK);

	points[2] = 9;
	active[1] = 9;
	numbers[1] = 9;

	ck_assert_uint_eq(hpo_history_pending(history), 2);
	ck_assert_double_eq(hpo_history_pending_points(history)[2], 0.3);
	ck_assert_uint_eq(hpo_history_pending_active(history)[1], 0);
	ck_assert_int_eq(hpo_history_pending_numbers(history)[0], 7);
	ck_assert_int_eq(hpo_history_pending_numbers(history)[1], 3);
	hpo__history_free(history);
	hpo__history_release(&log);
}
END_TEST

START_TEST(bounds_are_kept_while_the_columns_grow)
{
	const double point[2] = {0, 0};
	const uint8_t active[2] = {1, 1};
	const double losses[2] = {0, 0};
	const struct hpo_ended ended = {.point = point, .active = active, .losses = losses};
	struct hpo_log_of_trials log;
	hpo_history_t *history;

	ck_assert_int_eq(hpo__history_init(&log, 2, 2), HPO_OK);
	hpo__history_set_bound(&log, 1, 0.25);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(hpo__history_append(&log, &ended), HPO_OK);
	history = snapshot(&log);

	ck_assert_double_nan(hpo_history_bounds(history)[0]);
	ck_assert_double_eq(hpo_history_bounds(history)[1], 0.25);
	hpo__history_free(history);
	hpo__history_release(&log);
}
END_TEST

START_TEST(the_256th_arm_has_no_name)
{
	const double point[2] = {0, 0};
	const uint8_t active[2] = {1, 1};
	const double loss = 0;
	char name[16];
	struct hpo_ended ended = {.point = point, .active = active, .losses = &loss, .arm = name};
	struct hpo_log_of_trials log;
	hpo_history_t *history;

	ck_assert_int_eq(hpo__history_init(&log, 2, 1), HPO_OK);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "arm %d", i);
		ck_assert_int_eq(hpo__history_append(&log, &ended), HPO_OK);
	}
	history = snapshot(&log);

	ck_assert_str_eq(hpo_history_arm(history, 254), "arm 254");
	ck_assert_str_eq(hpo_history_arm(history, 255), "");
	hpo__history_free(history);
	hpo__history_release(&log);
}
END_TEST

static hpo_status_t live_through_it(void *user)
{
	struct hpo_log_of_trials log;
	hpo_history_t *history = NULL;
	hpo_status_t status = hpo__history_init(&log, 2, 1);

	(void)user;
	if (status < 0)
		return status;
	for (int64_t i = 0; i < 300 && status >= 0; i++)
		status = append(&log, i);
	if (status >= 0)
		status = hpo__history_snapshot(&history, &log, NULL, 0);
	if (status >= 0)
		check_rows(history, 300);
	hpo__history_free(history);
	hpo__history_release(&log);
	return status;
}

START_TEST(no_allocation_that_fails_leaks_or_harms)
{
	hpo_test_alloc_install();

	hpo_test_each_allocation(live_through_it, NULL);

	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_trial_history(void)
{
	Suite *suite = suite_create("trial/history");
	TCase *all = tcase_create("all");

	tcase_add_test(all, rows_keep_what_was_appended);
	tcase_add_test(all, a_snapshot_stays_while_the_columns_grow);
	tcase_add_test(all, pending_points_are_copies);
	tcase_add_test(all, bounds_are_kept_while_the_columns_grow);
	tcase_add_test(all, the_256th_arm_has_no_name);
	tcase_add_test(all, no_allocation_that_fails_leaks_or_harms);
	suite_add_tcase(suite, all);
	return suite;
}
