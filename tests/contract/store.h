/*
 * What the tests of stores set up: an empty study in a store of each kind, and
 * steps of a trial's life that must succeed. What only a file can do (two processes,
 * kill -9, a full disk) is in tests/unit/store/.
 */
#ifndef HPO_TESTS_CONTRACT_STORE_H
#define HPO_TESTS_CONTRACT_STORE_H

#include "store/store.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static inline const char *keep(char *to, size_t size, const char *text)
{
	if (text == NULL)
		return NULL;
	snprintf(to, size, "%s", text);
	return to;
}

static inline hpo_status_t see_trial(const hpo_trial_row_t *row, void *user)
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

static inline hpo_status_t see_study(const hpo_study_row_t *row, void *user)
{
	static char definition[100], attributes[100];
	hpo_study_row_t *seen = user;

	*seen = *row;
	seen->definition = keep(definition, sizeof definition, row->definition);
	seen->attributes = keep(attributes, sizeof attributes, row->attributes);
	return HPO_OK;
}

static inline hpo_study_row_t study_row(void)
{
	hpo_study_row_t row = {0};
	hpo_error_t error = {0, ""};

	ck_assert_msg(ops->study(state, "s", see_study, &row, &error) == HPO_OK, "%s",
		      error.message);
	return row;
}

static inline hpo_trial_row_t trial_row(int64_t number)
{
	static struct seen seen;

	memset(&seen, 0, sizeof seen);
	ck_assert_int_eq(ops->trials(state, study, number, number, see_trial, &seen, NULL), HPO_OK);
	ck_assert_int_eq(seen.count, 1);
	return seen.row;
}

/* A claim that must succeed. */
static inline hpo_trial_row_t claim(int64_t worker)
{
	static struct seen seen;
	hpo_error_t error = {0, ""};

	memset(&seen, 0, sizeof seen);
	ck_assert_msg(ops->claim(state, study, worker, 0, 60, see_trial, &seen, &error) == HPO_OK,
		      "%s", error.message);
	ck_assert_int_eq(seen.count, 1);
	return seen.row;
}

static inline hpo_status_t propose(int64_t number, int64_t epoch, const char *params, int unique)
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

static inline int finish(int64_t number, int64_t epoch, int32_t how, const char *values)
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
static inline hpo_trial_row_t start(int64_t worker)
{
	hpo_trial_row_t row = claim(worker);
	char params[32];

	snprintf(params, sizeof params, "{\"x\":%lld}", (long long)row.number);
	if (row.params == NULL)
		ck_assert_int_eq(propose(row.number, row.epoch, params, 1), HPO_OK);
	return row;
}

static inline int64_t join(void)
{
	int64_t worker = 0;

	ck_assert_int_eq(ops->join(state, study, &worker, NULL), HPO_OK);
	ck_assert_int_gt(worker, 0);
	return worker;
}

static inline void check_counts(int waiting, int running, int completed, int pruned, int failed)
{
	hpo_study_row_t row = study_row();

	ck_assert_int_eq(row.counts[HPO_TRIAL_WAITING], waiting);
	ck_assert_int_eq(row.counts[HPO_TRIAL_RUNNING], running);
	ck_assert_int_eq(row.counts[HPO_TRIAL_COMPLETED], completed);
	ck_assert_int_eq(row.counts[HPO_TRIAL_PRUNED], pruned);
	ck_assert_int_eq(row.counts[HPO_TRIAL_FAILED], failed);
}

static inline void open_store(const char *kind)
{
	char url[100];
	hpo_error_t error = {0, ""};
	int created = 0;

	strcpy(folder, "/tmp/hpo-contract-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(url, sizeof url, "%s:", kind);
	if (strcmp(kind, "sqlite") == 0)
		snprintf(url, sizeof url, "sqlite:%s/t.db", folder);
	ck_assert_msg(hpo__store_open(&store, url, 1, &error) == HPO_OK, "%s", error.message);
	ops = hpo__store_lock(store, &state);
	hpo__store_unlock(store);
	ck_assert_int_eq(ops->create(state, "s", DEFINITION, &created, &error), HPO_OK);
	ck_assert_int_eq(created, 1);
	study = study_row().id;
}

static inline void open_memory(void)
{
	open_store("memory");
}

static inline void open_sqlite(void)
{
	open_store("sqlite");
}

static inline void close_store(void)
{
	char command[100];

	hpo_store_close(store);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* The tests that `add` adds to a case, once with each kind of store. */
static inline Suite *make_suite(const char *name, void (*add)(TCase *tests))
{
	Suite *suite = suite_create(name);
	TCase *memory = tcase_create("memory");
	TCase *sqlite = tcase_create("sqlite");

	tcase_add_checked_fixture(memory, open_memory, close_store);
	tcase_add_checked_fixture(sqlite, open_sqlite, close_store);
	tcase_set_timeout(memory, 60);
	tcase_set_timeout(sqlite, 60);
	add(memory);
	add(sqlite);
	suite_add_tcase(suite, memory);
	suite_add_tcase(suite, sqlite);
	return suite;
}

#endif
