/*
 * Records that follow a study: after any change they are those that a full
 * reading gives.
 */
#include "hpo/report.h"
#include "store/store.h"
#include "support/alloc.h"
#include "trial/record.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *unit_store_refresh(void);

#define DEFINITION                                                                                 \
	"{\"name\":\"s\",\"objectives\":[{\"series\":\"loss\",\"goal\":\"min\"}],"                   \
	"\"parameters\":[{\"name\":\"x\",\"type\":\"int\",\"low\":0,\"high\":999}]}"

static hpo_store_t *store;
static const hpo_store_ops_t *ops;
static void *state;
static int64_t study, worker;
static hpo_records_t *records;

static hpo_status_t keep_id(const hpo_study_row_t *row, void *user)
{
	*(int64_t *)user = row->id;
	return HPO_OK;
}

static hpo_status_t keep_row(const hpo_trial_row_t *row, void *user)
{
	*(hpo_trial_row_t *)user = *row;
	return HPO_OK;
}

static void open_store(void)
{
	int created;

	ck_assert_int_eq(hpo__store_open(&store, "memory:", 1, NULL), HPO_OK);
	ops = hpo__store_lock(store, &state);
	hpo__store_unlock(store);
	ck_assert_int_eq(ops->create(state, "s", DEFINITION, &created, NULL), HPO_OK);
	ck_assert_int_eq(ops->study(state, "s", keep_id, &study, NULL), HPO_OK);
	ck_assert_int_eq(ops->join(state, study, &worker, NULL), HPO_OK);
}

static void close_store(void)
{
	hpo_records_free(records);
	records = NULL;
	hpo_store_close(store);
}

static hpo_trial_row_t claim(void)
{
	hpo_trial_row_t row;

	ck_assert_int_eq(ops->claim(state, study, worker, 0, 1, keep_row, &row, NULL), HPO_OK);
	return row;
}

static hpo_trial_row_t start(int x)
{
	char params[32];
	hpo_trial_row_t row = claim();

	snprintf(params, sizeof params, "{\"x\":%d}", x);
	row.params = params;
	ck_assert_int_eq(ops->propose(state, study, &row, 0, NULL), HPO_OK);
	return row;
}

static void report(const hpo_trial_row_t *row, int64_t iteration, double value)
{
	const hpo_report_row_t rows[] = {{.trial = row->number, .iteration = iteration,
					  .attempt = row->attempt, .metric = "loss",
					  .value = value}};

	ck_assert_int_eq(ops->report(state, study, rows, 1, NULL), HPO_OK);
}

static void finish(const hpo_trial_row_t *row, const char *values)
{
	const hpo_finish_row_t end = {.number = row->number, .epoch = row->epoch,
				      .state = HPO_TRIAL_COMPLETED, .iteration = 1,
				      .values = values};
	int late;

	ck_assert_int_eq(ops->finish(state, study, &end, &late, NULL), HPO_OK);
}

static hpo_status_t refresh(void)
{
	return hpo_store_refresh(store, "s", HPO_RECORDS_REPORTS, &records, NULL);
}

/* What follows is what a full reading gives. */
static void check_whole(void)
{
	hpo_records_t *fresh = NULL;
	char *is, *wanted;

	ck_assert_int_eq(hpo_store_records(store, "s", HPO_RECORDS_REPORTS, &fresh, NULL), HPO_OK);
	is = hpo_report_trials_json(records, NULL);
	wanted = hpo_report_trials_json(fresh, NULL);
	ck_assert_str_eq(is, wanted);
	hpo_free(is);
	hpo_free(wanted);
	ck_assert_int_eq(hpo_records_revision(records), hpo_records_revision(fresh));
	hpo_records_free(fresh);
}

START_TEST(records_follow_every_change)
{
	hpo_trial_row_t a, b, c;

	open_store();
	ck_assert_int_eq(refresh(), HPO_OK);
	ck_assert_uint_eq(hpo_records_count(records), 0);
	a = start(1);
	b = start(2);
	report(&b, 1, 0.5);
	ck_assert_int_eq(refresh(), HPO_OK);
	check_whole();

	c = start(3);
	report(&c, 1, 0.25);
	report(&a, 1, 0.75);
	finish(&a, "[0.75]");
	ck_assert_int_eq(refresh(), HPO_OK);
	check_whole();
	report(&c, 2, 0.125);
	ck_assert_int_eq(refresh(), HPO_OK);
	check_whole();
	close_store();
}
END_TEST

START_TEST(without_a_change_nothing_is_read)
{
	hpo_records_t *before;

	open_store();
	start(1);
	ck_assert_int_eq(refresh(), HPO_OK);
	before = records;

	ck_assert_int_eq(refresh(), HPO_DONE);

	ck_assert_ptr_eq(records, before);
	close_store();
}
END_TEST

START_TEST(a_change_is_read_into_the_same_records)
{
	hpo_records_t *before;
	hpo_trial_row_t row;

	open_store();
	row = start(1);
	ck_assert_int_eq(refresh(), HPO_OK);
	before = records;
	finish(&row, "[1]");

	ck_assert_int_eq(refresh(), HPO_OK);

	ck_assert_ptr_eq(records, before);
	check_whole();
	close_store();
}
END_TEST

START_TEST(a_trial_that_was_given_back_is_gone)
{
	hpo_trial_row_t row;

	open_store();
	start(1);
	row = claim();
	ck_assert_int_eq(refresh(), HPO_OK);
	ck_assert_uint_eq(hpo_records_count(records), 2);
	ck_assert_int_eq(ops->unclaim(state, study, row.number, row.epoch, NULL), HPO_OK);

	ck_assert_int_eq(refresh(), HPO_OK);

	ck_assert_uint_eq(hpo_records_count(records), 1);
	check_whole();
	close_store();
}
END_TEST

START_TEST(another_study_of_the_same_name_is_read_anew)
{
	int created;

	open_store();
	start(1);
	ck_assert_int_eq(refresh(), HPO_OK);
	ck_assert_int_eq(hpo_store_delete_study(store, "s", NULL), HPO_OK);
	ck_assert_int_eq(refresh(), HPO_ENOTFOUND);
	ck_assert_ptr_null(records);
	ck_assert_int_eq(ops->create(state, "s", DEFINITION, &created, NULL), HPO_OK);

	ck_assert_int_eq(refresh(), HPO_OK);

	ck_assert_uint_eq(hpo_records_count(records), 0);
	close_store();
}
END_TEST

START_TEST(new_limits_are_seen)
{
	char *text;

	open_store();
	ck_assert_int_eq(refresh(), HPO_OK);
	ck_assert_int_eq(hpo_store_set_limits(store, "s", "{\"trials\":77}", NULL), HPO_OK);
	ck_assert_int_eq(hpo_store_set_limits(store, "s", "{\"concurrent\":3}", NULL), HPO_OK);

	ck_assert_int_eq(refresh(), HPO_OK);

	text = hpo_report_summary_json(records, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"limits\":{\"trials\":77,\"concurrent\":3"));
	hpo_free(text);
	close_store();
}
END_TEST

START_TEST(a_target_is_set_to_any_value_and_taken_away_by_null)
{
	char *text;

	open_store();
	ck_assert_int_eq(hpo_store_set_limits(store, "s", "{\"target\":0}", NULL), HPO_OK);
	ck_assert_int_eq(hpo_store_set_limits(store, "s", "{\"patience\":9}", NULL), HPO_OK);
	text = hpo_store_study_json(store, "s", NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"target\":0"));
	hpo_free(text);

	ck_assert_int_eq(hpo_store_set_limits(store, "s", "{\"target\":null}", NULL), HPO_OK);

	text = hpo_store_study_json(store, "s", NULL);
	ck_assert_ptr_null(strstr(text, "target"));
	ck_assert_ptr_nonnull(strstr(text, "\"patience\":9"));
	hpo_free(text);
	close_store();
}
END_TEST

START_TEST(limits_that_cannot_be_are_refused)
{
	hpo_error_t error = {0, ""};

	open_store();
	ck_assert_int_eq(hpo_store_set_limits(store, "s", "{\"trials\":-1}", &error), HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "limits.trials"));
	ck_assert_int_eq(hpo_store_set_limits(store, "s", "{\"trails\":1}", &error), HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "trials"));
	ck_assert_int_eq(hpo_store_set_limits(store, "s", "[]", &error), HPO_EINVAL);
	ck_assert_int_eq(hpo_store_set_limits(store, "t", "{}", &error), HPO_ENOTFOUND);
	close_store();
}
END_TEST

START_TEST(attributes_are_merged_and_null_removes_one)
{
	hpo_trial_row_t row;
	char *text;

	open_store();
	row = start(1);
	ck_assert_int_eq(hpo_store_annotate_trial(store, "s", 0, "{\"a\":1,\"b\":[2]}", NULL),
			 HPO_OK);
	ck_assert_int_eq(hpo_store_annotate_trial(store, "s", 0, "{\"a\":null,\"c\":\"d\"}", NULL),
			 HPO_OK);
	ck_assert_int_eq(hpo_store_annotate(store, "s", "{\"note\":\"n\"}", NULL), HPO_OK);

	ck_assert_int_eq(refresh(), HPO_OK);
	text = hpo_report_trial_json(records, row.number, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"attributes\":{\"b\":[2],\"c\":\"d\"}"));
	hpo_free(text);
	text = hpo_store_pulse_json(store, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"attributes\":{\"note\":\"n\"}}]"));
	hpo_free(text);
	ck_assert_int_eq(hpo_store_annotate_trial(store, "s", 9, "{}", NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(hpo_store_annotate_trial(store, "s", 0, "[]", NULL), HPO_EINVAL);
	close_store();
}
END_TEST

START_TEST(a_refresh_without_memory_fails_and_leaks_nothing)
{
	hpo_trial_row_t row;
	bool done = false;

	open_store();
	row = start(1);
	report(&row, 1, 0.5);
	for (long n = 1; !done; n++) {
		hpo_status_t status;

		hpo_records_free(records);
		records = NULL;
		ck_assert_int_eq(refresh(), HPO_OK);
		report(&row, n + 1, 0.5);
		ck_assert_int_eq(hpo_store_annotate_trial(store, "s", 0, "{\"a\":1}", NULL), HPO_OK);
		hpo_test_alloc_install();
		hpo_test_alloc_fail_at(n, 1);
		status = refresh();
		hpo_test_alloc_fail_at(0, 0);
		hpo_test_alloc_remove();
		done = status == HPO_OK;
		ck_assert(done || (status == HPO_ENOMEM && records == NULL));
	}
	check_whole();
	close_store();
}
END_TEST

Suite *unit_store_refresh(void)
{
	Suite *suite = suite_create("store/refresh");
	TCase *all = tcase_create("all");

	tcase_add_test(all, records_follow_every_change);
	tcase_add_test(all, without_a_change_nothing_is_read);
	tcase_add_test(all, a_change_is_read_into_the_same_records);
	tcase_add_test(all, a_trial_that_was_given_back_is_gone);
	tcase_add_test(all, another_study_of_the_same_name_is_read_anew);
	tcase_add_test(all, new_limits_are_seen);
	tcase_add_test(all, a_target_is_set_to_any_value_and_taken_away_by_null);
	tcase_add_test(all, limits_that_cannot_be_are_refused);
	tcase_add_test(all, attributes_are_merged_and_null_removes_one);
	tcase_add_test(all, a_refresh_without_memory_fails_and_leaks_nothing);
	suite_add_tcase(suite, all);
	return suite;
}
