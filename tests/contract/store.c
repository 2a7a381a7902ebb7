/*
 * What every store must do, run over those that we have. What only a file can
 * do (two processes, kill -9, a full disk) is in tests/unit/store/.
 */
#include "store/store.h"
#include "support/clock.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *contract_store(void);

static int64_t inserted; /* the number that insert() gave */

#define DEFINITION "{\"name\":\"s\"}"

static char folder[sizeof "/tmp/hpo-contract-XXXXXX"];
static hpo_store_t *store;
static const hpo_store_ops_t *ops;
static void *state;
static int64_t study;

/* The last row that a callback saw, its texts copied. */
struct seen {
	hpo_trial_row_t row;
	char params[200], values[200], reason[100], task[100], attributes[100], arm[40], ran_by[100];
	char proposal[40];
	int count;
	int64_t numbers[64];
};

static const char *keep(char *to, size_t size, const char *text)
{
	if (text == NULL)
		return NULL;
	snprintf(to, size, "%s", text);
	return to;
}

static hpo_status_t see_trial(const hpo_trial_row_t *row, void *user)
{
	struct seen *seen = user;

	seen->row = *row;
	seen->row.params = keep(seen->params, sizeof seen->params, row->params);
	seen->row.values = keep(seen->values, sizeof seen->values, row->values);
	seen->row.reason = keep(seen->reason, sizeof seen->reason, row->reason);
	seen->row.task = keep(seen->task, sizeof seen->task, row->task);
	seen->row.arm = keep(seen->arm, sizeof seen->arm, row->arm);
	seen->row.attributes = keep(seen->attributes, sizeof seen->attributes, row->attributes);
	seen->row.ran_by = keep(seen->ran_by, sizeof seen->ran_by, row->ran_by);
	seen->row.proposal = keep(seen->proposal, sizeof seen->proposal, row->proposal);
	if (seen->count < 64)
		seen->numbers[seen->count] = row->number;
	seen->count++;
	return HPO_OK;
}

static hpo_status_t see_study(const hpo_study_row_t *row, void *user)
{
	static char definition[100], attributes[100];
	hpo_study_row_t *seen = user;

	*seen = *row;
	seen->definition = keep(definition, sizeof definition, row->definition);
	seen->attributes = keep(attributes, sizeof attributes, row->attributes);
	return HPO_OK;
}

static hpo_study_row_t study_row(void)
{
	hpo_study_row_t row = {0};
	hpo_error_t error = {0, ""};

	ck_assert_msg(ops->study(state, "s", see_study, &row, &error) == HPO_OK, "%s",
		      error.message);
	return row;
}

static hpo_trial_row_t trial_row(int64_t number)
{
	static struct seen seen;

	memset(&seen, 0, sizeof seen);
	ck_assert_int_eq(ops->trials(state, study, number, number, see_trial, &seen, NULL), HPO_OK);
	ck_assert_int_eq(seen.count, 1);
	return seen.row;
}

/* A claim that must succeed. */
static hpo_trial_row_t claim(int64_t worker)
{
	static struct seen seen;
	hpo_error_t error = {0, ""};

	memset(&seen, 0, sizeof seen);
	ck_assert_msg(ops->claim(state, study, worker, 0, 60, see_trial, &seen, &error) == HPO_OK,
		      "%s", error.message);
	ck_assert_int_eq(seen.count, 1);
	return seen.row;
}

static hpo_status_t propose(int64_t number, int64_t epoch, const char *params, int unique)
{
	hpo_trial_row_t row = {.struct_size = sizeof row,
			       .number = number,
			       .epoch = epoch,
			       .params = params,
			       .arm = "tpe",
			       .seen = 3,
			       .proposal = "{\"try\":2}"};

	return ops->propose(state, study, &row, unique, NULL);
}

static int finish(int64_t number, int64_t epoch, int32_t how, const char *values)
{
	hpo_finish_row_t row = {.number = number,
				.epoch = epoch,
				.state = how,
				.iteration = 5,
				.compute_s = 2.5,
				.values = values,
				.reason = "r"};
	hpo_error_t error = {0, ""};
	int late = -1;

	ck_assert_msg(ops->finish(state, study, &row, &late, &error) == HPO_OK, "%s",
		      error.message);
	return late;
}

/* A claimed trial with params of its own. */
static hpo_trial_row_t start(int64_t worker)
{
	hpo_trial_row_t row = claim(worker);
	char params[32];

	snprintf(params, sizeof params, "{\"x\":%lld}", (long long)row.number);
	if (row.params == NULL)
		ck_assert_int_eq(propose(row.number, row.epoch, params, 1), HPO_OK);
	return row;
}

static int64_t join(void)
{
	int64_t worker = 0;

	ck_assert_int_eq(ops->join(state, study, &worker, NULL), HPO_OK);
	ck_assert_int_gt(worker, 0);
	return worker;
}

static void check_counts(int waiting, int running, int completed, int pruned, int failed)
{
	hpo_study_row_t row = study_row();

	ck_assert_int_eq(row.counts[HPO_TRIAL_WAITING], waiting);
	ck_assert_int_eq(row.counts[HPO_TRIAL_RUNNING], running);
	ck_assert_int_eq(row.counts[HPO_TRIAL_COMPLETED], completed);
	ck_assert_int_eq(row.counts[HPO_TRIAL_PRUNED], pruned);
	ck_assert_int_eq(row.counts[HPO_TRIAL_FAILED], failed);
}

static const char *const kinds[] = {"memory", "sqlite"};

static void open_kind(int kind)
{
	char url[100];
	hpo_error_t error = {0, ""};
	int created = 0;

	strcpy(folder, "/tmp/hpo-contract-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(url, sizeof url, "%s:", kinds[kind]);
	if (strcmp(kinds[kind], "sqlite") == 0)
		snprintf(url, sizeof url, "sqlite:%s/t.db", folder);
	ck_assert_msg(hpo__store_open(&store, url, 1, &error) == HPO_OK, "%s", error.message);
	ops = hpo__store_lock(store, &state);
	hpo__store_unlock(store);
	ck_assert_int_eq(ops->create(state, "s", DEFINITION, &created, &error), HPO_OK);
	ck_assert_int_eq(created, 1);
	study = study_row().id;
}

static void close_kind(void)
{
	char command[100];

	hpo_store_close(store);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(a_study_is_created_once)
{
	int created = 1;

	open_kind(_i);

	ck_assert_int_eq(ops->create(state, "s", "{\"other\":1}", &created, NULL), HPO_OK);

	ck_assert_int_eq(created, 0);
	ck_assert_str_eq(study_row().definition, DEFINITION);
	close_kind();
}
END_TEST

static hpo_status_t append_name(const hpo_study_row_t *row, void *user)
{
	strcat(user, row->name);
	return HPO_OK;
}

START_TEST(studies_come_by_name)
{
	char names[32] = "";
	int created;

	open_kind(_i);
	ops->create(state, "z", DEFINITION, &created, NULL);
	ops->create(state, "a", DEFINITION, &created, NULL);

	ck_assert_int_eq(ops->studies(state, append_name, names, NULL), HPO_OK);

	ck_assert_str_eq(names, "asz");
	close_kind();
}
END_TEST

START_TEST(a_removed_study_is_not_found)
{
	hpo_study_row_t row;
	struct seen seen = {0};
	hpo_trial_row_t waiting = {.struct_size = sizeof waiting, .params = "{}"};
	int64_t id;
	int64_t revision;
	int stopped;

	open_kind(_i);
	start(join());

	ck_assert_int_eq(ops->remove(state, study, NULL), HPO_OK);

	ck_assert_int_eq(ops->study(state, "s", see_study, &row, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->remove(state, study, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->join(state, study, &id, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->claim(state, study, 1, 0, 1, see_trial, &seen, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->insert(state, study, &waiting, 1, &inserted, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->redefine(state, study, "{}", NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->mark_stopped(state, study, 1, NULL), HPO_ENOTFOUND);
	ck_assert_int_eq(ops->revision(state, study, &revision, &stopped, NULL), HPO_ENOTFOUND);
	close_kind();
}
END_TEST

START_TEST(numbers_have_no_gaps)
{
	int64_t worker;

	open_kind(_i);
	worker = join();

	for (int i = 0; i < 600; i++)
		ck_assert_int_eq(start(worker).number, i);

	check_counts(0, 600, 0, 0, 0);
	close_kind();
}
END_TEST

START_TEST(a_claim_stops_at_the_limit_of_trials_that_do_not_wait)
{
	struct seen seen = {0};
	hpo_trial_row_t first;
	int64_t worker;

	open_kind(_i);
	worker = join();
	first = start(worker);
	start(worker);

	ck_assert_int_eq(ops->claim(state, study, worker, 2, 1, see_trial, &seen, NULL), HPO_DONE);
	ck_assert_int_eq(seen.count, 0);
	finish(first.number, first.epoch, HPO_TRIAL_WAITING, NULL);
	ck_assert_int_eq(ops->claim(state, study, worker, 2, 1, see_trial, &seen, NULL), HPO_OK);

	ck_assert_int_eq(seen.row.number, 0);
	check_counts(0, 2, 0, 0, 0);
	close_kind();
}
END_TEST

START_TEST(a_new_attempt_keeps_number_and_params_and_has_a_new_epoch)
{
	hpo_trial_row_t first;
	hpo_trial_row_t again;
	int64_t worker;

	open_kind(_i);
	worker = join();
	first = start(worker);
	start(worker);
	finish(0, first.epoch, HPO_TRIAL_WAITING, NULL);

	again = claim(worker);

	ck_assert_int_eq(first.attempt, 0);
	ck_assert_int_eq(again.number, 0);
	ck_assert_int_eq(again.attempt, 1);
	ck_assert_int_gt(again.epoch, first.epoch);
	ck_assert_str_eq(again.params, "{\"x\":0}");
	ck_assert_ptr_null(again.reason);
	ck_assert_double_gt(again.started_s, 1e9);
	close_kind();
}
END_TEST

START_TEST(only_an_attempt_that_failed_by_itself_counts_as_a_failure)
{
	hpo_finish_row_t row = {.state = HPO_TRIAL_WAITING, .failed = 1, .iteration = -1};
	hpo_trial_row_t trial;
	int64_t worker;
	int late;

	open_kind(_i);
	worker = join();
	trial = start(worker);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);
	ck_assert_int_eq(trial_row(0).failures, 0);

	row.epoch = claim(worker).epoch;
	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_OK);

	ck_assert_int_eq(trial_row(0).failures, 1);
	ck_assert_int_eq(trial_row(0).told, 0);
	ck_assert_double_eq(trial_row(0).compute_s, 2.5);
	close_kind();
}
END_TEST

START_TEST(equal_params_are_refused_where_they_must_be_unique)
{
	hpo_trial_row_t first;
	hpo_trial_row_t second;
	int64_t worker;

	open_kind(_i);
	worker = join();
	first = claim(worker);
	ck_assert_int_eq(propose(first.number, first.epoch, "{\"x\":1}", 1), HPO_OK);
	second = claim(worker);

	ck_assert_int_eq(propose(second.number, second.epoch, "{\"x\":1}", 1), HPO_WAIT);
	ck_assert_ptr_null(trial_row(1).params);
	ck_assert_int_eq(propose(second.number, second.epoch, "{\"x\":1}", 0), HPO_OK);

	ck_assert_str_eq(trial_row(1).params, "{\"x\":1}");
	ck_assert_str_eq(trial_row(1).arm, "tpe");
	ck_assert_int_eq(trial_row(1).seen, 3);
	ck_assert_str_eq(trial_row(1).proposal, "{\"try\":2}");
	ck_assert_int_eq(propose(first.number, first.epoch, "{\"x\":1}", 0), HPO_OK);
	close_kind();
}
END_TEST

START_TEST(many_params_stay_unique)
{
	int64_t worker;
	char params[32];
	hpo_trial_row_t last;

	open_kind(_i);
	worker = join();
	for (int i = 0; i < 2000; i++)
		start(worker);
	last = claim(worker);

	for (int i = 0; i < 2000; i += 97) {
		snprintf(params, sizeof params, "{\"x\":%d}", i);
		ck_assert_int_eq(propose(last.number, last.epoch, params, 1), HPO_WAIT);
	}

	ck_assert_int_eq(propose(last.number, last.epoch, "{\"x\":-1}", 1), HPO_OK);
	close_kind();
}
END_TEST

START_TEST(a_proposal_without_the_lease_is_refused)
{
	hpo_trial_row_t trial;

	open_kind(_i);
	trial = start(join());

	ck_assert_int_eq(propose(trial.number, trial.epoch + 1, "{}", 0), HPO_ENOTFOUND);
	finish(trial.number, trial.epoch, HPO_TRIAL_COMPLETED, "[1]");
	ck_assert_int_eq(propose(trial.number, trial.epoch, "{}", 0), HPO_ENOTFOUND);
	ck_assert_int_eq(propose(77, 1, "{}", 0), HPO_ENOTFOUND);

	ck_assert_str_eq(trial_row(0).params, "{\"x\":0}");
	close_kind();
}
END_TEST

START_TEST(the_last_trial_vanishes_when_it_is_given_back_without_params)
{
	hpo_trial_row_t trial;
	hpo_trial_row_t next;
	int64_t worker;

	open_kind(_i);
	worker = join();
	trial = claim(worker);

	ck_assert_int_eq(ops->unclaim(state, study, trial.number, trial.epoch, NULL), HPO_OK);
	check_counts(0, 0, 0, 0, 0);
	next = claim(worker);

	ck_assert_int_eq(next.number, 0);
	ck_assert_int_ne(next.epoch, trial.epoch);
	ck_assert_int_eq(next.attempt, 0);
	close_kind();
}
END_TEST

START_TEST(a_trial_given_back_in_the_middle_is_the_next_to_be_claimed)
{
	hpo_trial_row_t trial;
	int64_t worker;

	open_kind(_i);
	worker = join();
	trial = claim(worker);
	start(worker);

	ck_assert_int_eq(ops->unclaim(state, study, 0, trial.epoch, NULL), HPO_OK);
	ck_assert_int_eq(ops->unclaim(state, study, 0, trial.epoch, NULL), HPO_OK);
	check_counts(1, 1, 0, 0, 0);
	trial = claim(worker);

	ck_assert_int_eq(trial.number, 0);
	ck_assert_int_eq(trial.attempt, 0);
	close_kind();
}
END_TEST

START_TEST(a_claim_given_back_is_no_attempt)
{
	hpo_trial_row_t trial;
	int64_t worker;

	open_kind(_i);
	worker = join();
	trial = start(worker);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);
	trial = claim(worker);

	ck_assert_int_eq(ops->unclaim(state, study, 0, trial.epoch, NULL), HPO_OK);

	ck_assert_int_eq(claim(worker).attempt, 1);
	close_kind();
}
END_TEST

static hpo_status_t refuse_row(const hpo_trial_row_t *row, void *user)
{
	(void)row;
	(void)user;
	return HPO_EUSER;
}

START_TEST(a_claim_that_the_caller_cannot_take_leaves_no_trace)
{
	hpo_trial_row_t trial;
	int64_t worker;

	open_kind(_i);
	worker = join();
	ck_assert_int_eq(ops->claim(state, study, worker, 0, 1, refuse_row, NULL, NULL), HPO_EUSER);
	check_counts(0, 0, 0, 0, 0);
	trial = start(worker);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);

	ck_assert_int_eq(ops->claim(state, study, worker, 0, 1, refuse_row, NULL, NULL), HPO_EUSER);

	check_counts(1, 0, 0, 0, 0);
	ck_assert_int_eq(claim(worker).attempt, 1);
	close_kind();
}
END_TEST

START_TEST(ends_are_counted_in_one_total_order)
{
	static const int32_t ends[] = {HPO_TRIAL_COMPLETED, HPO_TRIAL_FAILED, HPO_TRIAL_PRUNED};
	hpo_trial_row_t trials[3];
	hpo_trial_row_t row;
	int64_t worker;

	open_kind(_i);
	worker = join();
	for (int i = 0; i < 3; i++)
		trials[i] = start(worker);

	for (int i = 3; i-- > 0;)
		ck_assert_int_eq(finish(i, trials[i].epoch, ends[i], "[0.25,null]"), 0);

	for (int i = 0; i < 3; i++) {
		row = trial_row(i);
		ck_assert_int_eq(row.told, 3 - i);
		ck_assert_int_eq(row.state, ends[i]);
		ck_assert_int_eq(row.iteration, 5);
		ck_assert_int_eq(row.worker, 0);
		ck_assert_str_eq(row.values, "[0.25,null]");
		ck_assert_str_eq(row.reason, "r");
		ck_assert_double_ge(row.ended_s, row.started_s);
	}
	check_counts(0, 0, 1, 1, 1);
	ck_assert_double_eq(study_row().compute_s, 7.5);
	close_kind();
}
END_TEST

START_TEST(a_late_tell_without_a_successor_counts)
{
	hpo_trial_row_t trial;
	int64_t worker;

	open_kind(_i);
	worker = join();
	trial = start(worker);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);
	check_counts(1, 0, 0, 0, 0);

	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]"), 0);

	check_counts(0, 0, 1, 0, 0);
	ck_assert_int_eq(trial_row(0).told, 1);
	ck_assert_int_eq(claim(join()).number, 1);
	close_kind();
}
END_TEST

START_TEST(a_late_tell_with_a_successor_is_recorded_as_late)
{
	hpo_trial_row_t trial;
	hpo_trial_row_t next;
	int64_t worker;

	open_kind(_i);
	worker = join();
	trial = start(worker);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);
	next = claim(join());

	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]"), 1);
	check_counts(0, 1, 0, 0, 0);
	ck_assert_int_eq(finish(0, next.epoch, HPO_TRIAL_COMPLETED, "[2]"), 0);

	ck_assert_str_eq(trial_row(0).values, "[2]");
	ck_assert_int_eq(trial_row(0).late, 1);
	ck_assert_int_eq(trial_row(0).failures, 0);
	close_kind();
}
END_TEST

START_TEST(a_second_tell_changes_nothing_but_the_count_of_late_ones)
{
	hpo_trial_row_t trial;

	open_kind(_i);
	trial = start(join());
	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]"), 0);

	ck_assert_int_eq(finish(0, trial.epoch, HPO_TRIAL_FAILED, NULL), 1);

	ck_assert_str_eq(trial_row(0).values, "[1]");
	ck_assert_int_eq(trial_row(0).late, 1);
	ck_assert_int_eq(trial_row(0).told, 1);
	ck_assert_double_eq(study_row().compute_s, 2.5);
	check_counts(0, 0, 1, 0, 0);
	close_kind();
}
END_TEST

START_TEST(an_attempt_cannot_end_as_running)
{
	hpo_finish_row_t row = {.state = HPO_TRIAL_RUNNING};
	hpo_trial_row_t trial;
	int late;

	open_kind(_i);
	trial = start(join());
	row.epoch = trial.epoch;

	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_EINVAL);
	row.state = 99;
	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_EINVAL);
	row.state = HPO_TRIAL_FAILED;
	row.number = 5;
	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_ENOTFOUND);

	check_counts(0, 1, 0, 0, 0);
	close_kind();
}
END_TEST

START_TEST(a_worker_that_leaves_costs_its_trials_nothing)
{
	int64_t first;
	int64_t second;

	open_kind(_i);
	first = join();
	second = join();
	start(first);
	start(second);
	claim(first);

	ck_assert_int_eq(ops->beat(state, first, NULL), HPO_OK);
	ck_assert_int_eq(ops->leave(state, study, first, NULL), HPO_OK);

	check_counts(2, 1, 0, 0, 0);
	ck_assert_int_eq(trial_row(0).failures, 0);
	ck_assert_str_eq(trial_row(0).params, "{\"x\":0}");
	ck_assert_int_eq(claim(second).number, 0);
	ck_assert_int_eq(trial_row(0).attempt, 1);
	ck_assert_int_eq(claim(second).number, 2);
	ck_assert_int_eq(trial_row(2).attempt, 0); /* it never had params: it never ran */
	close_kind();
}
END_TEST

START_TEST(an_ownerless_lease_ends_by_the_clock_since_boot_alone)
{
	int64_t count = -1;

	open_kind(_i);
	hpo_test_clock_install(1000);
	start(0); /* for 60 seconds */

	hpo_test_clock_advance(59);
	hpo_test_clock_set_wall(1e9);
	ck_assert_int_eq(ops->reap(state, study, 0, &count, NULL), HPO_OK);
	ck_assert_int_eq(count, 0);
	hpo_test_clock_set_wall(1);
	hpo_test_clock_advance(1.5);
	ck_assert_int_eq(ops->reap(state, study, 0, &count, NULL), HPO_OK);

	ck_assert_int_eq(count, 1);
	check_counts(1, 0, 0, 0, 0);
	hpo_test_clock_remove();
	close_kind();
}
END_TEST

START_TEST(live_workers_are_not_reaped)
{
	int64_t worker;
	int64_t count = -1;

	open_kind(_i);
	worker = join();
	start(worker);

	ck_assert_int_eq(ops->reap(state, study, join(), &count, NULL), HPO_OK);

	ck_assert_int_eq(count, 0);
	check_counts(0, 1, 0, 0, 0);
	close_kind();
}
END_TEST

/* Reports as one text, "iteration:value ". */
static hpo_status_t append_report(const hpo_report_row_t *row, void *user)
{
	char *text = user;

	sprintf(text + strlen(text), "%lld:%lld:%g ", (long long)row->trial,
		(long long)row->iteration, row->value);
	return HPO_OK;
}

static void report(int64_t trial, int32_t attempt, int64_t iteration, double value)
{
	hpo_report_row_t row = {.trial = trial,
				.attempt = attempt,
				.iteration = iteration,
				.metric = "loss",
				.value = value};

	ck_assert_int_eq(ops->report(state, study, &row, 1, NULL), HPO_OK);
}

START_TEST(reports_keep_their_order_and_values)
{
	hpo_report_row_t rows[3] = {
		{.trial = 0, .iteration = 1, .metric = "a", .value = 0.1},
		{.trial = 1, .iteration = 1, .metric = "b", .value = INFINITY},
		{.trial = 0, .iteration = 2, .metric = "a", .value = NAN},
	};
	char all[200] = "";
	char rest[200] = "";
	char one[200] = "";
	int64_t worker;

	open_kind(_i);
	worker = join();
	start(worker);
	start(worker);

	ck_assert_int_eq(ops->report(state, study, rows, 3, NULL), HPO_OK);

	ops->reports_since(state, study, 0, append_report, all, NULL);
	ops->reports_since(state, study, 1, append_report, rest, NULL);
	ops->reports_of(state, study, 0, append_report, one, NULL);
	ck_assert_str_eq(all, "0:1:0.1 1:1:inf 0:2:nan ");
	ck_assert_str_eq(rest, "1:1:inf 0:2:nan ");
	ck_assert_str_eq(one, "0:1:0.1 0:2:nan ");
	close_kind();
}
END_TEST

START_TEST(reports_of_an_attempt_that_is_over_are_dropped)
{
	hpo_trial_row_t trial;
	char all[200] = "";
	char last[200] = "";
	int64_t worker;

	open_kind(_i);
	worker = join();
	trial = start(worker);
	report(0, 0, 1, 0.5);
	finish(0, trial.epoch, HPO_TRIAL_WAITING, NULL);
	report(0, 0, 2, 0.25);
	claim(worker);
	report(0, 0, 3, 0.125);
	report(0, 1, 1, 9);
	report(44, 0, 1, 9);

	ops->reports_since(state, study, 0, append_report, all, NULL);
	ops->reports_of(state, study, 0, append_report, last, NULL);

	ck_assert_str_eq(all, "0:1:0.5 0:1:9 ");
	ck_assert_str_eq(last, "0:1:9 ");
	close_kind();
}
END_TEST

START_TEST(inserted_trials_wait_or_have_ended)
{
	hpo_trial_row_t rows[2] = {
		{.struct_size = sizeof *rows,
		 .state = HPO_TRIAL_WAITING,
		 .source = HPO_SOURCE_ENQUEUED,
		 .params = "{\"x\":1}",
		 .iteration = -1},
		{.struct_size = sizeof *rows,
		 .state = HPO_TRIAL_COMPLETED,
		 .source = HPO_SOURCE_IMPORTED,
		 .params = "{\"x\":2}",
		 .values = "[3]",
		 .attributes = "{\"a\":1}",
		 .iteration = 7,
		 .compute_s = 4},
	};
	char reports[100] = "";
	hpo_trial_row_t row;

	open_kind(_i);

	ck_assert_int_eq(ops->insert(state, study, rows, 2, &inserted, NULL), HPO_OK);
	ck_assert_int_eq(inserted, 0);

	check_counts(1, 0, 1, 0, 0);
	row = trial_row(1);
	ck_assert_int_eq(row.told, 1);
	ck_assert_int_eq(row.source, HPO_SOURCE_IMPORTED);
	ck_assert_str_eq(row.values, "[3]");
	ck_assert_str_eq(row.attributes, "{\"a\":1}");
	ck_assert_int_eq(row.iteration, 7);
	ck_assert_double_gt(row.ended_s, 0);
	row = claim(join());
	ck_assert_int_eq(row.number, 0);
	ck_assert_int_eq(row.attempt, 0);
	ck_assert_int_eq(row.source, HPO_SOURCE_ENQUEUED);
	ck_assert_str_eq(row.params, "{\"x\":1}");
	report(1, 0, 1, 3); /* an imported trial brings its reports after it */
	ops->reports_of(state, study, 1, append_report, reports, NULL);
	ck_assert_str_eq(reports, "1:1:3 ");
	close_kind();
}
END_TEST

START_TEST(an_insertion_happens_whole_or_not_at_all)
{
	hpo_trial_row_t rows[2] = {
		{.struct_size = sizeof *rows, .state = HPO_TRIAL_WAITING, .params = "{}"},
		{.struct_size = sizeof *rows, .state = HPO_TRIAL_RUNNING, .params = "{}"},
	};

	open_kind(_i);

	ck_assert_int_eq(ops->insert(state, study, rows, 2, &inserted, NULL), HPO_EINVAL);
	rows[1].state = HPO_TRIAL_FAILED;
	rows[1].params = NULL;
	ck_assert_int_eq(ops->insert(state, study, rows, 2, &inserted, NULL), HPO_EINVAL);

	check_counts(0, 0, 0, 0, 0);
	close_kind();
}
END_TEST

START_TEST(only_what_changed_is_read_again)
{
	struct seen seen = {0};
	hpo_trial_row_t trial;
	int64_t revision = 0;
	int64_t worker;
	int stopped = 1;

	open_kind(_i);
	worker = join();
	trial = start(worker);
	start(worker);
	start(worker);
	ck_assert_int_eq(ops->revision(state, study, &revision, &stopped, NULL), HPO_OK);
	ck_assert_int_eq(stopped, 0);
	ops->changes(state, study, revision, see_trial, &seen, NULL);
	ck_assert_int_eq(seen.count, 0);

	finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]");
	ops->changes(state, study, revision, see_trial, &seen, NULL);
	ck_assert_int_eq(seen.count, 1);
	ck_assert_int_eq(seen.row.number, 0);
	ck_assert_int_gt(seen.row.revision, revision);
	memset(&seen, 0, sizeof seen);
	ops->changes(state, study, 0, see_trial, &seen, NULL);

	ck_assert_int_eq(seen.count, 3);
	ck_assert_int_eq(seen.numbers[0], 1);
	ck_assert_int_eq(seen.numbers[1], 2);
	ck_assert_int_eq(seen.numbers[2], 0);
	close_kind();
}
END_TEST

START_TEST(every_change_shows_in_the_revision)
{
	hpo_trial_row_t note = {.struct_size = sizeof note, .task = "t1"};
	int64_t was = 0;
	int64_t is = 0;
	int stopped = 0;

	open_kind(_i);
	start(join());
	ops->revision(state, study, &was, &stopped, NULL);

	report(0, 0, 1, 1);
	ops->revision(state, study, &is, &stopped, NULL);
	ck_assert_int_gt(is, was);
	was = is;
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);
	ops->revision(state, study, &is, &stopped, NULL);
	ck_assert_int_gt(is, was);
	was = is;
	ck_assert_int_eq(ops->redefine(state, study, "{\"b\":2}", NULL), HPO_OK);
	ops->revision(state, study, &is, &stopped, NULL);
	ck_assert_int_gt(is, was);
	ck_assert_str_eq(study_row().definition, "{\"b\":2}");
	was = is;
	ck_assert_int_eq(ops->mark_stopped(state, study, 1, NULL), HPO_OK);
	ops->revision(state, study, &is, &stopped, NULL);

	ck_assert_int_gt(is, was);
	ck_assert_int_eq(stopped, 1);
	close_kind();
}
END_TEST

/* "{}{\"b\":2}": what was given, one after the other. */
static hpo_status_t join_definition(const char *definition, void *user)
{
	char *text = user;

	ck_assert_uint_lt(strlen(text) + strlen(definition), 256);
	strcat(text, definition);
	return HPO_OK;
}

START_TEST(former_definitions_are_kept_or_none)
{
	char all[256] = "";

	open_kind(_i);
	ck_assert_int_eq(ops->redefine(state, study, "{\"b\":2}", NULL), HPO_OK);
	ck_assert_int_eq(ops->redefine(state, study, "{\"b\":2}", NULL), HPO_OK);
	ck_assert_int_eq(ops->redefine(state, study, "{\"c\":3}", NULL), HPO_OK);

	ck_assert_int_eq(ops->definitions(state, study, join_definition, all, NULL), HPO_OK);

	if (all[0] != '\0') {
		size_t size = strlen(all);

		ck_assert_uint_gt(size, 14);
		ck_assert_str_eq(all + size - 14, "{\"b\":2}{\"c\":3}");
	}
	close_kind();
}
END_TEST

START_TEST(annotations_are_kept_and_those_of_a_former_holder_dropped)
{
	hpo_trial_row_t note = {.struct_size = sizeof note, .task = "t1"};
	hpo_trial_row_t trial;

	open_kind(_i);
	trial = start(join());
	note.epoch = trial.epoch;
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);

	note.epoch = trial.epoch + 1;
	note.task = "t2";
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);
	note.epoch = trial.epoch;
	note.task = NULL;
	note.attributes = "{\"k\":[1]}";
	ck_assert_int_eq(ops->annotate(state, study, &note, NULL), HPO_OK);

	ck_assert_str_eq(trial_row(0).task, "t1");
	ck_assert_str_eq(trial_row(0).attributes, "{\"k\":[1]}");
	finish(0, trial.epoch, HPO_TRIAL_COMPLETED, "[1]");
	ck_assert_str_eq(trial_row(0).attributes, "{\"k\":[1]}");
	close_kind();
}
END_TEST

START_TEST(a_reader_that_has_enough_ends_the_reading)
{
	int64_t worker;

	open_kind(_i);
	worker = join();
	start(worker);
	start(worker);

	ck_assert_int_eq(ops->trials(state, study, 0, 9, refuse_row, NULL, NULL), HPO_EUSER);
	ck_assert_int_eq(ops->changes(state, study, 0, refuse_row, NULL, NULL), HPO_EUSER);

	ck_assert_int_eq(start(worker).number, 2);
	close_kind();
}
END_TEST

START_TEST(who_ran_a_trial_is_kept_after_its_end)
{
	hpo_trial_row_t row;
	char pid[32];
	int64_t worker;

	open_kind(_i);
	worker = join();
	row = start(worker);
	snprintf(pid, sizeof pid, ":%ld", (long)getpid());

	ck_assert_ptr_nonnull(strstr(trial_row(row.number).ran_by, pid));
	finish(row.number, row.epoch, HPO_TRIAL_COMPLETED, "[1]");

	ck_assert_int_eq(trial_row(row.number).worker, 0);
	ck_assert_ptr_nonnull(strstr(trial_row(row.number).ran_by, pid));
	close_kind();
}
END_TEST

START_TEST(a_running_trial_is_asked_to_stop_until_it_ends)
{
	hpo_trial_row_t row;
	int64_t revision;
	int64_t worker;

	open_kind(_i);
	worker = join();
	row = start(worker);
	revision = study_row().revision;

	ck_assert_int_eq(ops->stop_trial(state, study, row.number, NULL), HPO_OK);
	ck_assert_int_eq(trial_row(row.number).stopping, 1);
	ck_assert_int_gt(study_row().revision, revision);
	ck_assert_int_gt(trial_row(row.number).revision, revision);
	finish(row.number, row.epoch, HPO_TRIAL_PRUNED, "[1]");

	ck_assert_int_eq(trial_row(row.number).stopping, 0);
	ck_assert_int_eq(ops->stop_trial(state, study, row.number, NULL), HPO_EINVAL);
	ck_assert_int_eq(ops->stop_trial(state, study, 7, NULL), HPO_ENOTFOUND);
	close_kind();
}
END_TEST

START_TEST(a_new_attempt_is_not_asked_to_stop)
{
	int64_t worker;
	int64_t number;

	open_kind(_i);
	worker = join();
	number = start(worker).number;
	ck_assert_int_eq(ops->stop_trial(state, study, number, NULL), HPO_OK);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);

	ck_assert_int_eq(trial_row(number).stopping, 0);
	worker = join();
	ck_assert_int_eq(claim(worker).number, number);
	ck_assert_int_eq(trial_row(number).stopping, 0);
	close_kind();
}
END_TEST

START_TEST(attributes_of_a_study_are_kept)
{
	int64_t revision;

	open_kind(_i);
	ck_assert_ptr_null(study_row().attributes);
	revision = study_row().revision;

	ck_assert_int_eq(ops->describe(state, study, "{\"note\":\"n\"}", NULL), HPO_OK);

	ck_assert_str_eq(study_row().attributes, "{\"note\":\"n\"}");
	ck_assert_int_gt(study_row().revision, revision);
	ck_assert_int_eq(ops->describe(state, study + 99, "{}", NULL), HPO_ENOTFOUND);
	close_kind();
}
END_TEST

START_TEST(a_definition_that_changed_is_seen_since_a_revision)
{
	hpo_study_row_t row = {0};
	int64_t revision;

	open_kind(_i);
	revision = study_row().revision;
	ck_assert_int_eq(ops->redefined(state, study, revision, see_study, &row, NULL), HPO_OK);
	ck_assert_ptr_null(row.definition);

	ck_assert_int_eq(ops->redefine(state, study, "{\"name\":\"s\",\"a\":1}", NULL), HPO_OK);
	ck_assert_int_eq(ops->redefined(state, study, revision, see_study, &row, NULL), HPO_OK);
	ck_assert_str_eq(row.definition, "{\"name\":\"s\",\"a\":1}");

	row = (hpo_study_row_t){0};
	revision = study_row().revision;
	ck_assert_int_eq(ops->redefined(state, study, revision, see_study, &row, NULL), HPO_OK);
	ck_assert_ptr_null(row.definition);
	close_kind();
}
END_TEST

static hpo_status_t see_worker(const hpo_worker_row_t *row, void *user)
{
	hpo_worker_row_t *seen = user;

	ck_assert_ptr_nonnull(strchr(row->name, ':'));
	*seen = *row;
	seen->name = NULL;
	return HPO_OK;
}

START_TEST(workers_say_what_they_hold)
{
	hpo_worker_row_t row = {0};
	int64_t worker;

	open_kind(_i);
	ck_assert_int_eq(ops->workers(state, study, see_worker, &row, NULL), HPO_OK);
	ck_assert_int_eq(row.id, 0);
	worker = join();
	start(worker);
	start(worker);

	ck_assert_int_eq(ops->workers(state, study, see_worker, &row, NULL), HPO_OK);

	ck_assert_int_eq(row.alive, 1);
	ck_assert_int_eq(row.running, 2);
	close_kind();
}
END_TEST

static int pause_trial(int64_t number, int64_t epoch)
{
	hpo_finish_row_t row = {.number = number,
				.epoch = epoch,
				.state = HPO_TRIAL_WAITING,
				.paused = 1,
				.iteration = 3,
				.values = "[0.5]",
				.reason = "rung 3"};
	int late = -1;

	ck_assert_int_eq(ops->finish(state, study, &row, &late, NULL), HPO_OK);
	return late;
}

static hpo_status_t resume(int64_t worker, int64_t number, hpo_trial_row_t *row)
{
	static struct seen seen;
	hpo_status_t status;

	memset(&seen, 0, sizeof seen);
	status = ops->resume(state, study, worker, number, 60, see_trial, &seen, NULL);
	*row = seen.row;
	return status;
}

START_TEST(a_paused_trial_waits_but_is_not_claimed)
{
	struct seen seen = {0};
	hpo_trial_row_t row;
	int64_t worker;

	open_kind(_i);
	worker = join();
	row = start(worker);
	ck_assert_int_eq(pause_trial(row.number, row.epoch), 0);

	check_counts(1, 0, 0, 0, 0);
	row = trial_row(0);
	ck_assert_int_eq(row.state, HPO_TRIAL_WAITING);
	ck_assert_int_eq(row.told, 1);
	ck_assert_str_eq(row.values, "[0.5]");
	ck_assert_int_eq(start(worker).number, 1);
	ck_assert_int_eq(ops->claim(state, study, worker, 2, 60, see_trial, &seen, NULL), HPO_DONE);
	close_kind();
}
END_TEST

START_TEST(a_paused_trial_goes_on_in_the_same_attempt)
{
	hpo_trial_row_t row;
	int64_t worker;

	open_kind(_i);
	worker = join();
	row = start(worker);
	pause_trial(row.number, row.epoch);

	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(row.state, HPO_TRIAL_RUNNING);
	ck_assert_int_eq(row.attempt, 0);
	ck_assert_int_eq(row.iteration, 3);
	check_counts(0, 1, 0, 0, 0);
	ck_assert_int_eq(finish(0, row.epoch, HPO_TRIAL_COMPLETED, "[0.25]"), 0);
	ck_assert_int_eq(trial_row(0).told, 2);
	ck_assert_int_eq(resume(worker, 0, &row), HPO_WAIT);
	close_kind();
}
END_TEST

START_TEST(only_one_takes_a_paused_trial)
{
	hpo_trial_row_t row;
	hpo_trial_row_t other;
	int64_t worker;

	open_kind(_i);
	worker = join();
	row = start(worker);
	ck_assert_int_eq(resume(worker, 0, &other), HPO_WAIT); /* it runs */
	pause_trial(row.number, row.epoch);

	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(resume(worker, 0, &other), HPO_WAIT);
	close_kind();
}
END_TEST

START_TEST(one_that_went_on_is_paused_again_when_its_holder_goes)
{
	hpo_trial_row_t row;
	int64_t worker;

	open_kind(_i);
	worker = join();
	row = start(worker);
	pause_trial(row.number, row.epoch);
	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(ops->leave(state, study, worker, NULL), HPO_OK);

	row = trial_row(0);
	ck_assert_int_eq(row.state, HPO_TRIAL_WAITING);
	ck_assert_int_eq(row.told, 1);
	ck_assert_str_eq(row.values, "[0.5]");
	worker = join();
	ck_assert_int_eq(resume(worker, 0, &row), HPO_OK);
	ck_assert_int_eq(row.attempt, 0);
	ck_assert_int_eq(finish(0, row.epoch, HPO_TRIAL_WAITING, NULL), 0); /* interrupted */
	row = trial_row(0);
	ck_assert_int_eq(row.told, 1);
	ck_assert_str_eq(row.values, "[0.5]");
	close_kind();
}
END_TEST

Suite *contract_store(void)
{
	Suite *suite = suite_create("contract_store");
	TCase *both = tcase_create("both");
	int n = (int)(sizeof kinds / sizeof *kinds);

	tcase_set_timeout(both, 60);
	tcase_add_loop_test(both, a_study_is_created_once, 0, n);
	tcase_add_loop_test(both, studies_come_by_name, 0, n);
	tcase_add_loop_test(both, a_removed_study_is_not_found, 0, n);
	tcase_add_loop_test(both, numbers_have_no_gaps, 0, n);
	tcase_add_loop_test(both, a_claim_stops_at_the_limit_of_trials_that_do_not_wait, 0, n);
	tcase_add_loop_test(both, a_new_attempt_keeps_number_and_params_and_has_a_new_epoch, 0, n);
	tcase_add_loop_test(both, only_an_attempt_that_failed_by_itself_counts_as_a_failure, 0, n);
	tcase_add_loop_test(both, equal_params_are_refused_where_they_must_be_unique, 0, n);
	tcase_add_loop_test(both, many_params_stay_unique, 0, n);
	tcase_add_loop_test(both, a_proposal_without_the_lease_is_refused, 0, n);
	tcase_add_loop_test(both, the_last_trial_vanishes_when_it_is_given_back_without_params, 0,
			    n);
	tcase_add_loop_test(both, a_trial_given_back_in_the_middle_is_the_next_to_be_claimed, 0, n);
	tcase_add_loop_test(both, a_claim_given_back_is_no_attempt, 0, n);
	tcase_add_loop_test(both, a_claim_that_the_caller_cannot_take_leaves_no_trace, 0, n);
	tcase_add_loop_test(both, ends_are_counted_in_one_total_order, 0, n);
	tcase_add_loop_test(both, a_late_tell_without_a_successor_counts, 0, n);
	tcase_add_loop_test(both, a_late_tell_with_a_successor_is_recorded_as_late, 0, n);
	tcase_add_loop_test(both, a_second_tell_changes_nothing_but_the_count_of_late_ones, 0, n);
	tcase_add_loop_test(both, an_attempt_cannot_end_as_running, 0, n);
	tcase_add_loop_test(both, a_worker_that_leaves_costs_its_trials_nothing, 0, n);
	tcase_add_loop_test(both, an_ownerless_lease_ends_by_the_clock_since_boot_alone, 0, n);
	tcase_add_loop_test(both, live_workers_are_not_reaped, 0, n);
	tcase_add_loop_test(both, reports_keep_their_order_and_values, 0, n);
	tcase_add_loop_test(both, reports_of_an_attempt_that_is_over_are_dropped, 0, n);
	tcase_add_loop_test(both, inserted_trials_wait_or_have_ended, 0, n);
	tcase_add_loop_test(both, an_insertion_happens_whole_or_not_at_all, 0, n);
	tcase_add_loop_test(both, only_what_changed_is_read_again, 0, n);
	tcase_add_loop_test(both, every_change_shows_in_the_revision, 0, n);
	tcase_add_loop_test(both, former_definitions_are_kept_or_none, 0, n);
	tcase_add_loop_test(both, annotations_are_kept_and_those_of_a_former_holder_dropped, 0, n);
	tcase_add_loop_test(both, a_reader_that_has_enough_ends_the_reading, 0, n);
	tcase_add_loop_test(both, who_ran_a_trial_is_kept_after_its_end, 0, n);
	tcase_add_loop_test(both, a_running_trial_is_asked_to_stop_until_it_ends, 0, n);
	tcase_add_loop_test(both, a_new_attempt_is_not_asked_to_stop, 0, n);
	tcase_add_loop_test(both, attributes_of_a_study_are_kept, 0, n);
	tcase_add_loop_test(both, a_definition_that_changed_is_seen_since_a_revision, 0, n);
	tcase_add_loop_test(both, workers_say_what_they_hold, 0, n);
	tcase_add_loop_test(both, a_paused_trial_waits_but_is_not_claimed, 0, n);
	tcase_add_loop_test(both, a_paused_trial_goes_on_in_the_same_attempt, 0, n);
	tcase_add_loop_test(both, only_one_takes_a_paused_trial, 0, n);
	tcase_add_loop_test(both, one_that_went_on_is_paused_again_when_its_holder_goes, 0, n);
	suite_add_tcase(suite, both);
	return suite;
}
