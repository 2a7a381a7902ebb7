/*
 * Looking into a store: lists, definitions, records.
 */
#include "store/store.h"
#include "support/alloc.h"
#include "trial/record.h"

#include <check.h>
#include <math.h>
#include <string.h>

Suite *unit_store_look(void);

static int64_t inserted; /* the number that insert() gave */

#define DEFINITION(name, limit)                                                                    \
	"{\"name\":\"" name "\",\"objectives\":[{\"title\":\"v\",\"series\":\"acc\","              \
	"\"goal\":\"max\"}],\"parameters\":[{\"name\":\"x\",\"type\":\"int\",\"low\":0,"           \
	"\"high\":9},{\"name\":\"k\",\"type\":\"categorical\",\"choices\":[\"a\",\"b\"]}],"        \
	"\"limits\":{\"trials\":" limit "}}"

static hpo_store_t *store;
static const hpo_store_ops_t *ops;
static void *state;
static int64_t study;
static int64_t worker;

static hpo_status_t keep_id(const hpo_study_row_t *row, void *user)
{
	*(int64_t *)user = row->id;
	return HPO_OK;
}

static void close_store(void)
{
	hpo_store_close(store);
	store = NULL;
}

static void open_store(const char *name, const char *definition)
{
	int created;

	if (store == NULL)
		ck_assert_int_eq(hpo__store_open(&store, "memory:", 1, NULL), HPO_OK);
	ops = hpo__store_lock(store, &state);
	hpo__store_unlock(store);
	ck_assert_int_eq(ops->create(state, name, definition, &created, NULL), HPO_OK);
	ck_assert_int_eq(ops->study(state, name, keep_id, &study, NULL), HPO_OK);
	ck_assert_int_eq(ops->join(state, study, &worker, NULL), HPO_OK);
}

static hpo_status_t keep_row(const hpo_trial_row_t *row, void *user)
{
	hpo_trial_row_t *kept = user;

	kept->number = row->number;
	kept->epoch = row->epoch;
	return HPO_OK;
}

static void start(const char *params, hpo_trial_row_t *row)
{
	*row = (hpo_trial_row_t){.struct_size = sizeof *row};
	ck_assert_int_eq(ops->claim(state, study, worker, 0, 1, keep_row, row, NULL), HPO_OK);
	row->params = params;
	row->arm = "tpe";
	if (params != NULL)
		ck_assert_int_eq(ops->propose(state, study, row, 0, NULL), HPO_OK);
}

static void finish(const hpo_trial_row_t *row, int32_t how, const char *values)
{
	hpo_finish_row_t end = {
		.number = row->number,
		.epoch = row->epoch,
		.state = how,
		.iteration = 3,
		.compute_s = 1.5,
		.values = values,
		.reason = how == HPO_TRIAL_COMPLETED ? NULL : "why",
	};
	int late;

	ck_assert_int_eq(ops->finish(state, study, &end, &late, NULL), HPO_OK);
}

START_TEST(a_list_says_state_counts_and_best)
{
	hpo_trial_row_t row;
	char *list;

	open_store("s", DEFINITION("s", "3"));
	start("{\"x\":1,\"k\":\"a\"}", &row);
	finish(&row, HPO_TRIAL_COMPLETED, "[0.25]");
	start("{\"x\":2,\"k\":\"a\"}", &row);
	finish(&row, HPO_TRIAL_COMPLETED, "[0.75]");
	list = hpo_store_studies_json(store, NULL);
	ck_assert_ptr_nonnull(strstr(list, "[{\"name\":\"s\",\"state\":\"idle\",\"trials\":{"
					   "\"waiting\":0,\"running\":0,\"completed\":2,"
					   "\"pruned\":0,\"failed\":0},\"objective\":\"v/acc\","
					   "\"best\":0.75,\"best_number\":1,\"created\":\"20"));
	hpo_free(list);

	start("{\"x\":3,\"k\":\"a\"}", &row);
	list = hpo_store_studies_json(store, NULL);
	ck_assert_ptr_nonnull(strstr(list, "\"state\":\"running\""));
	hpo_free(list);
	finish(&row, HPO_TRIAL_FAILED, NULL);
	list = hpo_store_studies_json(store, NULL);
	ck_assert_ptr_nonnull(strstr(list, "\"state\":\"done\""));
	hpo_free(list);
	ck_assert_int_eq(hpo_store_set_stopped(store, "s", 1, NULL), HPO_OK);
	list = hpo_store_studies_json(store, NULL);
	ck_assert_ptr_nonnull(strstr(list, "\"state\":\"stopped\""));
	hpo_free(list);
	close_store();
}
END_TEST

START_TEST(an_empty_study_has_no_best)
{
	char *list;

	open_store("b", DEFINITION("b", "0"));
	open_store("a", DEFINITION("a", "0"));

	list = hpo_store_studies_json(store, NULL);

	ck_assert_ptr_nonnull(strstr(list, "\"best\":null,\"best_number\":null"));
	ck_assert(strstr(list, "\"a\"") < strstr(list, "\"b\""));
	ck_assert_ptr_nonnull(strstr(list, "\"state\":\"idle\""));
	hpo_free(list);
	close_store();
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	hpo_error_t error = {0, ""};
	hpo_records_t *records;

	open_store("s", DEFINITION("s", "0"));

	ck_assert_ptr_null(hpo_store_study_json(store, "t", &error));
	ck_assert_int_eq(error.code, HPO_ENOTFOUND);
	ck_assert_ptr_nonnull(strstr(error.message, "'t'"));
	ck_assert_int_eq(hpo_store_set_stopped(store, "t", 1, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(hpo_store_delete_study(store, "t", NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(hpo_store_records(store, "t", HPO_RECORDS_TRIALS, &records, NULL),
			 HPO_ENOTFOUND);
	ck_assert_int_eq(hpo_store_delete_study(store, "s", NULL), HPO_OK);
	ck_assert_int_eq(hpo_store_delete_study(store, "s", NULL), HPO_ENOTFOUND);
	close_store();
}
END_TEST

START_TEST(the_definition_is_given_as_it_is_kept)
{
	char *definition;

	open_store("s", DEFINITION("s", "7"));

	definition = hpo_store_study_json(store, "s", NULL);

	ck_assert_str_eq(definition, DEFINITION("s", "7"));
	hpo_free(definition);
	close_store();
}
END_TEST

static void report(int64_t trial, int64_t iteration, double value)
{
	hpo_report_row_t row = {
		.trial = trial,
		.iteration = iteration,
		.metric = "v/acc",
		.value = value,
	};

	ck_assert_int_eq(ops->report(state, study, &row, 1, NULL), HPO_OK);
}

/* Trials 0 completed, 1 pruned, 2 failed, 3 running, 4 claimed, 5 waiting. */
static void fill_study(void)
{
	hpo_trial_row_t rows[5];
	hpo_trial_row_t waiting = {
		.struct_size = sizeof waiting,
		.source = HPO_SOURCE_ENQUEUED,
		.params = "{\"x\":9,\"k\":\"b\"}",
		.attributes = "{\"note\":\"n\"}",
		.iteration = -1,
	};

	for (int i = 0; i < 5; i++)
		start(i == 4 ? NULL : "{\"x\":1,\"k\":\"a\"}", &rows[i]);
	report(1, 1, 0.5);
	report(0, 1, 0.125);
	report(1, 2, NAN);
	finish(&rows[0], HPO_TRIAL_COMPLETED, "[0.5]");
	finish(&rows[1], HPO_TRIAL_PRUNED, "[null]");
	finish(&rows[2], HPO_TRIAL_FAILED, NULL);
	ck_assert_int_eq(ops->insert(state, study, &waiting, 1, &inserted, NULL), HPO_OK);
}

static char *write_record(const hpo_records_t *records, size_t index)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__record_write(records, &records->trials[index], &out);
	return hpo__buffer_take(&out);
}

START_TEST(records_hold_all_that_is_known_of_the_trials)
{
	hpo_records_t *records = NULL;

	open_store("s", DEFINITION("s", "0"));
	fill_study();

	ck_assert_int_eq(hpo_store_records(store, "s", HPO_RECORDS_REPORTS, &records, NULL),
			 HPO_OK);
	close_store(); /* they live on without it */

	ck_assert_uint_eq(records->count, 6);
	ck_assert_str_eq(records->study->name, "s");
	ck_assert_int_eq(records->trials[0].params[0].integer, 1);
	ck_assert_uint_eq(records->trials[0].active[1], 1);
	ck_assert_double_eq(records->trials[0].values[0], 0.5);
	ck_assert_double_nan(records->trials[1].values[0]);
	ck_assert_ptr_null(records->trials[2].values);
	ck_assert_str_eq(records->trials[2].row.reason, "why");
	ck_assert_ptr_null(records->trials[4].params);
	ck_assert_int_eq(records->trials[5].params[1].integer, 1);
	ck_assert_uint_eq(records->trials[1].report_count, 2);
	ck_assert_int_eq(records->reports[records->trials[1].first_report + 1].iteration, 2);
	ck_assert_uint_eq(records->trials[5].report_count, 0);
	hpo_records_free(records);
}
END_TEST

START_TEST(a_record_is_written_as_json)
{
	hpo_records_t *records = NULL;
	char *text;
	char *started;

	open_store("s", DEFINITION("s", "0"));
	fill_study();
	ck_assert_int_eq(hpo_store_records(store, "s", HPO_RECORDS_REPORTS, &records, NULL),
			 HPO_OK);

	text = write_record(records, 1);
	started = strstr(text, "\"started\":\"20");
	ck_assert_ptr_nonnull(started);
	ck_assert_ptr_nonnull(strstr(text, "{\"number\":1,\"state\":\"pruned\",\"params\":{\"x\":1,"
					   "\"k\":\"a\"},\"values\":[null],\"attempt\":0,"
					   "\"source\":\"strategy\",\"arm\":\"tpe\",\"seen\":0,"
					   "\"proposal\":null,\"started\":"));
	ck_assert_ptr_nonnull(strstr(text, "\"seconds\":1.5,\"iteration\":3,\"reason\":\"why\","
					   "\"task\":null,\"checkpoint\":null,"
					   "\"attributes\":{},\"reports\":[[1,\"v/acc\",0.5],"
					   "[2,\"v/acc\",null]]}"));
	hpo_free(text);
	text = write_record(records, 5);

	ck_assert_str_eq(text, "{\"number\":5,\"state\":\"waiting\",\"params\":{\"x\":9,"
			       "\"k\":\"b\"},\"values\":null,\"attempt\":0,"
			       "\"source\":\"enqueued\",\"arm\":null,\"seen\":0,"
			       "\"proposal\":null,\"started\":null,"
			       "\"ended\":null,\"worker\":null,\"stopping\":false,"
			       "\"revision\":21,\"seconds\":0.0,\"iteration\":null,"
			       "\"reason\":null,\"task\":null,\"checkpoint\":null,"
			       "\"attributes\":{\"note\":\"n\"},\"reports\":[]}");
	hpo_free(text);
	hpo_records_free(records);
	close_store();
}
END_TEST

START_TEST(reports_that_were_not_read_are_not_written)
{
	hpo_records_t *records = NULL;
	char *text;

	open_store("s", DEFINITION("s", "0"));
	fill_study();
	ck_assert_int_eq(hpo_store_records(store, "s", HPO_RECORDS_TRIALS, &records, NULL), HPO_OK);

	text = write_record(records, 0);

	ck_assert_ptr_null(strstr(text, "reports"));
	hpo_free(text);
	hpo_records_free(records);
	close_store();
}
END_TEST

/* Everything that a store in memory can be asked to do, once. */
static hpo_status_t live(void *user)
{
	hpo_trial_row_t row = {.struct_size = sizeof row, .params = "{\"x\":1,\"k\":\"a\"}"};
	hpo_report_row_t reported = {.metric = "v/acc", .iteration = 1, .value = 2};
	hpo_finish_row_t end = {.state = HPO_TRIAL_COMPLETED, .values = "[1]"};
	hpo_records_t *records = NULL;
	hpo_store_t *mine = NULL;
	char *list = NULL;
	const hpo_store_ops_t *o;
	hpo_error_t error = {0, ""};
	int64_t id = 0;
	int64_t count;
	void *s;
	int created, late;
	hpo_status_t status = hpo__store_open(&mine, "memory:", 1, &error);

	(void)user;
	if (status < 0)
		return status;
	o = hpo__store_lock(mine, &s);
	hpo__store_unlock(mine);
	status = o->create(s, "s", DEFINITION("s", "0"), &created, &error);
	if (status >= 0)
		status = o->study(s, "s", keep_id, &id, &error);
	if (status >= 0)
		status = o->claim(s, id, 1, 0, 1, keep_row, &row, &error);
	if (status >= 0)
		status = o->propose(s, id, &row, 1, &error);
	if (status >= 0)
		status = o->annotate(s, id, &row, &error);
	if (status >= 0)
		status = o->report(s, id, &reported, 1, &error);
	end.epoch = row.epoch;
	if (status >= 0)
		status = o->finish(s, id, &end, &late, &error);
	if (status >= 0)
		status = o->insert(s, id, &row, 1, &inserted, &error);
	if (status >= 0)
		status = o->redefine(s, id, DEFINITION("s", "5"), &error);
	if (status >= 0)
		status = o->reap(s, id, 0, &count, &error);
	if (status >= 0)
		status = hpo_store_records(mine, "s", HPO_RECORDS_REPORTS, &records, &error);
	if (status >= 0) {
		list = hpo_store_studies_json(mine, &error);
		status = list == NULL ? (hpo_status_t)error.code : HPO_OK;
	}
	ck_assert(status < 0 ? error.code == status : 1);
	hpo_free(list);
	hpo_records_free(records);
	hpo_store_close(mine);
	return status;
}

START_TEST(no_allocation_that_fails_leaks_or_passes_for_success)
{
	hpo_test_alloc_install();

	hpo_test_each_allocation(live, NULL);

	hpo_test_alloc_remove();
}
END_TEST

START_TEST(what_memory_refused_may_be_repeated)
{
	hpo_trial_row_t rows[300];
	int64_t count = 0;

	open_store("s", DEFINITION("s", "0"));
	for (int i = 0; i < 300; i++)
		rows[i] = (hpo_trial_row_t){.struct_size = sizeof *rows,
					    .state = HPO_TRIAL_COMPLETED,
					    .params = "{\"x\":1,\"k\":\"a\"}",
					    .values = "[1]"};
	hpo_test_alloc_install();
	for (long n = 1; count == 0; n++) {
		hpo_study_row_t row;

		hpo_test_alloc_fail_at(n, 1);
		if (ops->insert(state, study, rows, 300, &inserted, NULL) == HPO_OK)
			count = n;
		hpo_test_alloc_fail_at(0, 0);
		ck_assert_int_eq(ops->study(state, "s", keep_id, &row.id, NULL), HPO_OK);
		ck_assert_int_eq(ops->trials(state, study, 0, 9, keep_row, &rows[0], NULL), HPO_OK);
		rows[0].epoch = 0;
		rows[0].number = 0;
	}
	hpo_test_alloc_remove();

	ck_assert_int_gt(count, 300);
	start("{\"x\":2,\"k\":\"a\"}", &rows[0]);
	ck_assert_int_eq(rows[0].number, 300);
	close_store();
}
END_TEST

Suite *unit_store_look(void)
{
	Suite *suite = suite_create("store/look");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_test(all, a_list_says_state_counts_and_best);
	tcase_add_test(all, an_empty_study_has_no_best);
	tcase_add_test(all, what_is_not_there_is_not_found);
	tcase_add_test(all, the_definition_is_given_as_it_is_kept);
	tcase_add_test(all, records_hold_all_that_is_known_of_the_trials);
	tcase_add_test(all, a_record_is_written_as_json);
	tcase_add_test(all, reports_that_were_not_read_are_not_written);
	tcase_add_test(all, no_allocation_that_fails_leaks_or_passes_for_success);
	tcase_add_test(all, what_memory_refused_may_be_repeated);
	suite_add_tcase(suite, all);
	return suite;
}
