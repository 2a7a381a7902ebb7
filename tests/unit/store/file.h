/*
 * What the tests of store files set up: a folder of their own, handles on a
 * study in it, steps of a trial, and SQL behind the store's back.
 */
#ifndef HPO_TESTS_UNIT_STORE_FILE_H
#define HPO_TESTS_UNIT_STORE_FILE_H

#include "store/store.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFINITION                                                                                 \
	"{\"name\":\"s\",\"objectives\":[{\"series\":\"loss\"}],"                                  \
	"\"parameters\":[{\"name\":\"x\",\"type\":\"int\",\"low\":0,\"high\":100000}]}"

static char folder[32];
static char path[64];
static char url[72];

static inline void make_folder(void)
{
	strcpy(folder, "/tmp/hpo-sqlite-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/t.db", folder);
	snprintf(url, sizeof url, "sqlite:%s", path);
}

static inline void remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* One open store and its study. */
struct handle {
	hpo_store_t *store;
	const hpo_store_ops_t *ops;
	void *state;
	int64_t study;
	int64_t worker;
};

static inline hpo_status_t keep_id(const hpo_study_row_t *row, void *user)
{
	*(int64_t *)user = row->id;
	return HPO_OK;
}

static inline struct handle open_handle(void)
{
	struct handle h = {0};
	hpo_error_t error = {0, ""};
	int created;

	ck_assert_msg(hpo__store_open(&h.store, url, 1, &error) == HPO_OK, "%s", error.message);
	h.ops = hpo__store_lock(h.store, &h.state);
	hpo__store_unlock(h.store);
	ck_assert_int_eq(h.ops->create(h.state, "s", DEFINITION, &created, &error), HPO_OK);
	ck_assert_int_eq(h.ops->study(h.state, "s", keep_id, &h.study, &error), HPO_OK);
	ck_assert_int_eq(h.ops->join(h.state, h.study, &h.worker, &error), HPO_OK);
	return h;
}

static inline void close_handle(struct handle *h)
{
	hpo_store_close(h->store);
}

struct held {
	int64_t number;
	int64_t epoch;
	int has_params;
};

static inline hpo_status_t keep_held(const hpo_trial_row_t *row, void *user)
{
	struct held *held = user;

	held->number = row->number;
	held->epoch = row->epoch;
	held->has_params = row->params != NULL;
	return HPO_OK;
}

static inline hpo_status_t claim(struct handle *h, int64_t worker, int64_t limit, struct held *held)
{
	return h->ops->claim(h->state, h->study, worker, limit, 60, keep_held, held, NULL);
}

static inline hpo_status_t propose(struct handle *h, const struct held *held)
{
	char params[40];
	hpo_trial_row_t row = {
		.struct_size = sizeof row,
		.number = held->number,
		.epoch = held->epoch,
		.params = params,
	};

	snprintf(params, sizeof params, "{\"x\":%lld}", (long long)held->number);
	return held->has_params ? HPO_OK : h->ops->propose(h->state, h->study, &row, 1, NULL);
}

static inline hpo_status_t finish(struct handle *h, const struct held *held, int *late, hpo_error_t *error)
{
	hpo_finish_row_t row = {
		.number = held->number,
		.epoch = held->epoch,
		.state = HPO_TRIAL_COMPLETED,
		.iteration = -1,
		.values = "[1.5]",
	};

	return h->ops->finish(h->state, h->study, &row, late, error);
}

static inline void run_one(struct handle *h, int64_t *number)
{
	struct held held = {0};
	int late = -1;

	ck_assert_int_eq(claim(h, h->worker, 0, &held), HPO_OK);
	ck_assert_int_eq(propose(h, &held), HPO_OK);
	ck_assert_int_eq(finish(h, &held, &late, NULL), HPO_OK);
	ck_assert_int_eq(late, 0);
	*number = held.number;
}

static inline void sql(const char *text)
{
	sqlite3 *db;
	char *message = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, &message) == SQLITE_OK, "%s", message);
	sqlite3_close(db);
}

static inline int64_t sql_number(const char *text)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	int64_t number;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	number = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return number;
}

/* Whole, without gaps, and with counters that are the truth. */
static inline void check_whole(void)
{
	ck_assert_int_eq(sql_number("SELECT count(*) = 1 AND max(integrity_check) = 'ok'"
				    " FROM pragma_integrity_check"),
			 1);
	ck_assert_int_eq(sql_number("SELECT count(*) - coalesce(max(number) + 1, 0) FROM trials"),
			 0);
	ck_assert_int_eq(sql_number("SELECT count(*) FROM studies WHERE"
				    " waiting != (SELECT count(*) FROM trials WHERE state = 0) OR"
				    " running != (SELECT count(*) FROM trials WHERE state = 1) OR"
				    " completed != (SELECT count(*) FROM trials WHERE state = 2) OR"
				    " pruned != (SELECT count(*) FROM trials WHERE state = 3) OR"
				    " failed != (SELECT count(*) FROM trials WHERE state = 4) OR"
				    " told != (SELECT count(*) FROM trials WHERE told > 0)"),
			 0);
	ck_assert_int_eq(sql_number("SELECT count(*) - count(DISTINCT told) FROM trials"
				    " WHERE told > 0"),
			 0);
}

/* Opening must fail with HPO_ESTORE and say `words` about the file. */
static inline void check_refused(int create, const char *words)
{
	hpo_store_t *store = NULL;
	hpo_error_t error = {0, ""};

	ck_assert_int_eq(hpo__store_open(&store, url, create, &error), HPO_ESTORE);
	ck_assert_ptr_null(store);
	ck_assert_msg(strstr(error.message, path) != NULL, "%s", error.message);
	ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
}

#endif
