/*
 * The SQLite store: opening a file, and how its statements are run.
 *
 * The file is in WAL mode, so that readers and the one writer do not wait for
 * each other. Every change is one BEGIN IMMEDIATE transaction: it takes the
 * write lock first, and so never has to be undone because another was faster.
 */
#include "store/sqlite.h"

#include "base/alloc.h"
#include "os/clock.h"
#include "store/store.h"

#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* How long another process may hold the lock before we give up. */
static const double patience_s = 30.0;

hpo_status_t hpo__sql_fail(struct hpo_sqlite *s, hpo_error_t *error)
{
	int code = s->db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(s->db);

	if ((code & 0xff) == SQLITE_NOMEM)
		return hpo__fail_memory(error);
	if ((code & 0xff) == SQLITE_BUSY)
		return hpo__fail(error, HPO_ESTORE,
				 "'%s': another process has locked it for more than %g seconds",
				 s->path, patience_s);
	if ((code & 0xff) == SQLITE_FULL)
		return hpo__fail(error, HPO_ESTORE,
				 "'%s': the disk is full, and nothing was changed; make room there",
				 s->path);
	return hpo__fail(error, HPO_ESTORE, "'%s': %s", s->path, sqlite3_errmsg(s->db));
}

/* Called by SQLite while another holds the lock: 1 to try again. */
static int wait_for_lock(void *user, int tries)
{
	struct hpo_sqlite *s = user;
	struct timespec pause = {0, 0};
	double now = hpo__clock_monotonic();

	if (tries == 0)
		s->busy_until = now + patience_s;
	if (now >= s->busy_until)
		return 0;
	/* Transactions take well under a millisecond: begin with less, end at 20 ms. */
	pause.tv_nsec = tries < 100 ? 200000L * (tries + 1) : 20000000L;
	nanosleep(&pause, NULL);
	return 1;
}

/* Statements ----------------------------------------------------------------- */

static hpo_status_t prepare(struct hpo_sqlite *s, struct sqlite3_stmt **out, const char *text,
			    hpo_error_t *error)
{
	for (size_t i = 0; i < s->cached; i++) {
		if (s->cache[i].text == text) {
			*out = s->cache[i].statement;
			return HPO_OK;
		}
	}
	if (s->cached == HPO__SQL_CACHE)
		return hpo__fail(error, HPO_ESTORE, "'%s': too many statements", s->path);
	if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
		return hpo__sql_fail(s, error);
	s->cache[s->cached].text = text;
	s->cache[s->cached++].statement = *out;
	return HPO_OK;
}

static hpo_status_t bind(struct hpo_sqlite *s, struct sqlite3_stmt *statement, const char *types,
			 va_list values, hpo_error_t *error)
{
	for (int i = 1; *types != '\0'; i++, types++) {
		int code = SQLITE_OK;

		switch (*types) {
		case 'i':
			code = sqlite3_bind_int64(statement, i, va_arg(values, int64_t));
			break;
		case 'd':
			code = sqlite3_bind_double(statement, i, va_arg(values, double));
			break;
		default:
			/* The caller's text outlives the statement: nothing is copied. */
			code = sqlite3_bind_text(statement, i, va_arg(values, const char *), -1,
						 SQLITE_STATIC);
			break;
		}
		if (code != SQLITE_OK)
			return hpo__sql_fail(s, error);
	}
	return HPO_OK;
}

static hpo_status_t start(struct hpo_sqlite *s, struct sqlite3_stmt **out, hpo_error_t *error,
			  const char *text, const char *types, va_list values)
{
	hpo_status_t status;

	*out = NULL;
	status = prepare(s, out, text, error);
	if (status >= 0)
		status = bind(s, *out, types, values, error);
	if (status < 0) {
		hpo__sql_end(*out);
		*out = NULL;
	}
	return status;
}

hpo_status_t hpo__sql_start(struct hpo_sqlite *s, struct sqlite3_stmt **out, hpo_error_t *error,
			    const char *text, const char *types, ...)
{
	va_list values;
	hpo_status_t status;

	va_start(values, types);
	status = start(s, out, error, text, types, values);
	va_end(values);
	return status;
}

hpo_status_t hpo__sql_step(struct hpo_sqlite *s, struct sqlite3_stmt *statement, hpo_error_t *error)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return HPO_OK;
	case SQLITE_DONE:
		return HPO_DONE;
	default:
		return hpo__sql_fail(s, error);
	}
}

void hpo__sql_end(struct sqlite3_stmt *statement)
{
	if (statement == NULL)
		return;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement); /* what was bound is the caller's and goes away */
}

hpo_status_t hpo__sql_run(struct hpo_sqlite *s, int64_t *changed, hpo_error_t *error,
			  const char *text, const char *types, ...)
{
	struct sqlite3_stmt *statement;
	va_list values;
	hpo_status_t status;

	va_start(values, types);
	status = start(s, &statement, error, text, types, values);
	va_end(values);
	if (status >= 0)
		status = hpo__sql_step(s, statement, error);
	if (status >= 0 && changed != NULL)
		*changed = sqlite3_changes(s->db);
	hpo__sql_end(statement);
	return status < 0 ? status : HPO_OK;
}

int64_t hpo__sql_integer(struct sqlite3_stmt *statement, int column)
{
	return sqlite3_column_int64(statement, column);
}

double hpo__sql_real(struct sqlite3_stmt *statement, int column)
{
	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return NAN;
	return sqlite3_column_double(statement, column);
}

const char *hpo__sql_text(struct sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

/* Transactions ---------------------------------------------------------------- */

static hpo_status_t run_plain(struct hpo_sqlite *s, const char *text, hpo_error_t *error)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return hpo__sql_fail(s, error);
	return HPO_OK;
}

hpo_status_t hpo__sql_begin(struct hpo_sqlite *s, enum hpo_sqlite_durability durability,
			    hpo_error_t *error)
{
	bool full = durability == HPO__SQL_DURABLE;
	hpo_status_t status;

	if (full != s->is_full) {
		status = run_plain(
			s, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", error);
		if (status < 0)
			return status;
		s->is_full = full;
	}
	return hpo__sql_run(s, NULL, error, "BEGIN IMMEDIATE", "");
}

hpo_status_t hpo__sql_finish(struct hpo_sqlite *s, hpo_status_t status, hpo_error_t *error)
{
	if (status >= 0) {
		hpo_status_t committed = hpo__sql_run(s, NULL, error, "COMMIT", "");

		if (committed < 0)
			status = committed;
	}
	/* After some failures SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

/* Opening ---------------------------------------------------------------------- */

static hpo_status_t read_path(struct hpo_sqlite *s, const char *url, hpo_error_t *error)
{
	const char *path = url + strlen("sqlite:");

	if (*path == '\0')
		return hpo__fail(error, HPO_EINVAL, "'%s' names no file: write sqlite:PATH", url);
	if (*path == ':')
		return hpo__fail(error, HPO_EINVAL,
				 "'%s': a path cannot begin with a colon; a store in memory is "
				 "memory:",
				 url);
	s->path = hpo__strdup(path);
	return s->path == NULL ? hpo__fail_memory(error) : HPO_OK;
}

static hpo_status_t open_file(struct hpo_sqlite *s, int create, hpo_error_t *error)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
	struct stat found;
	int code;

	if (!create && stat(s->path, &found) != 0)
		return hpo__fail(error, HPO_ESTORE, "'%s': there is no such store", s->path);
	code = sqlite3_open_v2(s->path, &s->db, flags, NULL);
	if (code != SQLITE_OK)
		return hpo__sql_fail(s, error);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_handler(s->db, wait_for_lock, s);
	if (create && sqlite3_db_readonly(s->db, "main") == 1)
		return hpo__fail(error, HPO_ESTORE, "'%s': the file is read-only", s->path);
	return HPO_OK;
}

/*
 * Changing to WAL does not call the busy handler when two open a new file at
 * once, so it is tried again here.
 */
static hpo_status_t enter_wal(struct hpo_sqlite *s, hpo_error_t *error)
{
	int tries = 0;

	if (sqlite3_db_readonly(s->db, "main") == 1)
		return HPO_OK; /* for looking only: it stays as it is */
	while (sqlite3_exec(s->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) != SQLITE_OK) {
		if ((sqlite3_errcode(s->db) & 0xff) != SQLITE_BUSY || !wait_for_lock(s, tries++))
			return hpo__sql_fail(s, error);
	}
	return HPO_OK;
}

/* Half a megabyte of cache is enough for rows that are mostly appended. */
static const char settings[] = "PRAGMA cache_size=-512; PRAGMA mmap_size=0;"
			       "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"
			       "PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL";

static void sqlite_close(void *state)
{
	struct hpo_sqlite *s = state;

	for (size_t i = 0; i < s->cached; i++)
		sqlite3_finalize(s->cache[i].statement);
	sqlite3_close(s->db);
	hpo__free(s->sights);
	hpo__free(s->path);
	memset(s, 0, sizeof *s);
}

static hpo_status_t sqlite_open(void *state, const char *url, int create, hpo_error_t *error)
{
	struct hpo_sqlite *s = state;
	hpo_status_t status;

	status = read_path(s, url, error);
	if (status >= 0)
		status = open_file(s, create, error);
	if (status >= 0)
		status = run_plain(s, settings, error);
	s->is_full = true;
	if (status >= 0)
		status = hpo__sqlite_migrate(s, create, error);
	if (status >= 0)
		status = enter_wal(s, error);
	if (status < 0)
		sqlite_close(s);
	return status;
}

const hpo_store_ops_t hpo__store_sqlite = {
	.struct_size = sizeof(hpo_store_ops_t),
	.name = "sqlite",
	.state_size = sizeof(struct hpo_sqlite),
	.open = sqlite_open,
	.close = sqlite_close,
	.studies = hpo__sqlite_studies,
	.study = hpo__sqlite_study,
	.create = hpo__sqlite_create,
	.redefine = hpo__sqlite_redefine,
	.remove = hpo__sqlite_remove,
	.mark_stopped = hpo__sqlite_mark_stopped,
	.join = hpo__sqlite_join,
	.beat = hpo__sqlite_beat,
	.leave = hpo__sqlite_leave,
	.reap = hpo__sqlite_reap,
	.claim = hpo__sqlite_claim,
	.resume = hpo__sqlite_resume,
	.propose = hpo__sqlite_propose,
	.unclaim = hpo__sqlite_unclaim,
	.annotate = hpo__sqlite_annotate,
	.report = hpo__sqlite_report,
	.finish = hpo__sqlite_finish,
	.insert = hpo__sqlite_insert,
	.changes = hpo__sqlite_changes,
	.trials = hpo__sqlite_trials,
	.reports_since = hpo__sqlite_reports_since,
	.reports_of = hpo__sqlite_reports_of,
	.revision = hpo__sqlite_revision,
	.stop_trial = hpo__sqlite_stop_trial,
	.workers = hpo__sqlite_workers,
	.describe = hpo__sqlite_describe,
	.redefined = hpo__sqlite_redefined,
	.definitions = hpo__sqlite_definitions,
};
