/*
 * The inside of the SQLite store: one connection, its prepared statements, and
 * short words for what every method does with them.
 *
 * Text of statements is constant and values are bound: nothing is ever spliced
 * into SQL.
 */
#ifndef HPO_STORE_SQLITE_H
#define HPO_STORE_SQLITE_H

#include "base/error.h"
#include "hpo/plugin/store.h"

#include <stdbool.h>

struct sqlite3;
struct sqlite3_stmt;

enum { HPO__SQL_CACHE = 64 };

/* A statement by the address of its constant text, which is its key in the cache. */
struct hpo_sqlite_cached {
	const char *text;
	struct sqlite3_stmt *statement;
};

/* What we saw of a worker on another machine. */
struct hpo_sqlite_sight {
	int64_t worker;
	int64_t beats;
	double since; /* monotonic: when we saw this count first */
};

struct hpo_sqlite {
	struct sqlite3 *db;
	char *path;
	struct hpo_sqlite_cached cache[HPO__SQL_CACHE];
	size_t cached;
	bool is_full;	   /* synchronous is FULL now, not NORMAL */
	double busy_until; /* monotonic: when the present wait for a lock is given up */
	struct hpo_sqlite_sight *sights; /* [sight_count] */
	size_t sight_count, sight_capacity;
};

/* Fail with HPO_ESTORE (HPO_ENOMEM), naming the file and what SQLite says. */
hpo_status_t hpo__sql_fail(struct hpo_sqlite *s, hpo_error_t *error);

/*
 * Prepare (once) and bind: `types` has one letter a value: i int64_t, d double,
 * t const char * or NULL. *out is reset by hpo__sql_end().
 */
hpo_status_t hpo__sql_start(struct hpo_sqlite *s, struct sqlite3_stmt **out, hpo_error_t *error,
			    const char *text, const char *types, ...);
/* HPO_OK: a row is there. HPO_DONE: none is left. */
hpo_status_t hpo__sql_step(struct hpo_sqlite *s, struct sqlite3_stmt *statement,
			   hpo_error_t *error);
void hpo__sql_end(struct sqlite3_stmt *statement);
/* All at once, for statements that give no rows; *changed (may be NULL): how many it changed. */
hpo_status_t hpo__sql_run(struct hpo_sqlite *s, int64_t *changed, hpo_error_t *error,
			  const char *text, const char *types, ...);
/* Columns of the present row. */
int64_t hpo__sql_integer(struct sqlite3_stmt *statement, int column);
double hpo__sql_real(struct sqlite3_stmt *statement, int column); /* NaN for NULL */
const char *hpo__sql_text(struct sqlite3_stmt *statement, int column);

/*
 * Whether a transaction must reach the disk before it is over. A tell must: it
 * cost somebody hours. An ask, a report or a beat need not: with NORMAL in WAL
 * mode it survives the death of the process (the file has it), and a power cut
 * can take back only the last ones before the next durable one, whose sync
 * covers all that came before it.
 */
enum hpo_sqlite_durability { HPO__SQL_SOON, HPO__SQL_DURABLE };

/* Begin a writing transaction; end it by its outcome: committed unless `status` is negative. */
hpo_status_t hpo__sql_begin(struct hpo_sqlite *s, enum hpo_sqlite_durability durability,
			    hpo_error_t *error);
hpo_status_t hpo__sql_finish(struct hpo_sqlite *s, hpo_status_t status, hpo_error_t *error);

/* sqlite_schema.c: bring the file to our schema, or refuse it. */
hpo_status_t hpo__sqlite_migrate(struct hpo_sqlite *s, int create, hpo_error_t *error);
/*
 * The steps of migration: step i takes a file from version i to i + 1. For
 * tests: with a list of their own, of `count` steps.
 */
hpo_status_t hpo__sqlite_migrate_by(struct hpo_sqlite *s, const char *const *steps, int count,
				    hpo_error_t *error);

/* The methods, by file. sqlite_study.c: */
hpo_status_t hpo__sqlite_studies(void *state, hpo_study_row_fn fn, void *user, hpo_error_t *error);
hpo_status_t hpo__sqlite_study(void *state, const char *name, hpo_study_row_fn fn, void *user,
			       hpo_error_t *error);
hpo_status_t hpo__sqlite_create(void *state, const char *name, const char *definition, int *created,
				hpo_error_t *error);
hpo_status_t hpo__sqlite_redefine(void *state, int64_t study, const char *definition,
				  hpo_error_t *error);
hpo_status_t hpo__sqlite_remove(void *state, int64_t study, hpo_error_t *error);
hpo_status_t hpo__sqlite_mark_stopped(void *state, int64_t study, int stopped, hpo_error_t *error);
hpo_status_t hpo__sqlite_revision(void *state, int64_t study, int64_t *revision, int *stopped,
				  hpo_error_t *error);
hpo_status_t hpo__sqlite_redefined(void *state, int64_t study, int64_t since, hpo_study_row_fn fn,
				   void *user, hpo_error_t *error);
hpo_status_t hpo__sqlite_describe(void *state, int64_t study, const char *attributes,
				  hpo_error_t *error);
hpo_status_t hpo__sqlite_definitions(void *state, int64_t study, hpo_definition_fn fn, void *user,
				     hpo_error_t *error);
/* "the study was deleted" unless `changed`. */
hpo_status_t hpo__sqlite_expect_study(int64_t changed, hpo_error_t *error);

/* sqlite_worker.c */
hpo_status_t hpo__sqlite_join(void *state, int64_t study, int64_t *worker, hpo_error_t *error);
hpo_status_t hpo__sqlite_beat(void *state, int64_t worker, hpo_error_t *error);
hpo_status_t hpo__sqlite_leave(void *state, int64_t study, int64_t worker, hpo_error_t *error);
hpo_status_t hpo__sqlite_reap(void *state, int64_t study, int64_t worker, int64_t *count,
			      hpo_error_t *error);

hpo_status_t hpo__sqlite_workers(void *state, int64_t study, hpo_worker_row_fn fn, void *user,
				 hpo_error_t *error);

/* sqlite_claim.c */
hpo_status_t hpo__sqlite_claim(void *state, int64_t study, int64_t worker, int64_t limit,
			       double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error);
hpo_status_t hpo__sqlite_resume(void *state, int64_t study, int64_t worker, int64_t number,
				double lease_s, hpo_trial_row_fn fn, void *user,
				hpo_error_t *error);
hpo_status_t hpo__sqlite_propose(void *state, int64_t study, const hpo_trial_row_t *row, int unique,
				 hpo_error_t *error);
hpo_status_t hpo__sqlite_unclaim(void *state, int64_t study, int64_t number, int64_t epoch,
				 hpo_error_t *error);

/* sqlite_trial.c */
hpo_status_t hpo__sqlite_annotate(void *state, int64_t study, const hpo_trial_row_t *row,
				  hpo_error_t *error);
hpo_status_t hpo__sqlite_finish(void *state, int64_t study, const hpo_finish_row_t *row, int *late,
				hpo_error_t *error);
hpo_status_t hpo__sqlite_insert(void *state, int64_t study, const hpo_trial_row_t *rows,
				size_t count, int64_t *first, hpo_error_t *error);
hpo_status_t hpo__sqlite_changes(void *state, int64_t study, int64_t since, hpo_trial_row_fn fn,
				 void *user, hpo_error_t *error);
hpo_status_t hpo__sqlite_trials(void *state, int64_t study, int64_t first, int64_t last,
				hpo_trial_row_fn fn, void *user, hpo_error_t *error);
hpo_status_t hpo__sqlite_stop_trial(void *state, int64_t study, int64_t number, hpo_error_t *error);
int64_t hpo__sqlite_hash(const char *text);

/* sqlite_report.c */
hpo_status_t hpo__sqlite_report(void *state, int64_t study, const hpo_report_row_t *rows,
				size_t count, hpo_error_t *error);
hpo_status_t hpo__sqlite_reports_since(void *state, int64_t study, int64_t since,
				       hpo_report_row_fn fn, void *user, hpo_error_t *error);
hpo_status_t hpo__sqlite_reports_of(void *state, int64_t study, int64_t number,
				    hpo_report_row_fn fn, void *user, hpo_error_t *error);

#endif
