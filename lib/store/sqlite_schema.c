/*
 * The schema of the SQLite store, and how an older file is brought to it.
 *
 * A file of ours bears our application id, and its user_version is the number of
 * steps below that it has gone through. A step that has been released never
 * changes; what comes later is a new step.
 */
#include "store/sqlite.h"

#include <sqlite3.h>
#include <stddef.h>

/*
 * Version 1. The row of a study carries the counters that the rules of claiming
 * need, changed in the transaction that changes the trials, so that no limit is
 * ever checked by counting rows. `epoch` numbers leases over the whole study: a
 * number that is given out again cannot be mistaken for its former self.
 *
 * Definitions are a log: the study's own is the last. Texts of trials are as they
 * were given; params_hash finds equal ones. NULL in reports.value is not a number.
 */
static const char version_1[] =
	"CREATE TABLE studies ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" name TEXT NOT NULL UNIQUE,"
	" created_s REAL NOT NULL,"
	" revision INTEGER NOT NULL DEFAULT 0,"
	" told INTEGER NOT NULL DEFAULT 0,"
	" epoch INTEGER NOT NULL DEFAULT 0,"
	" sequence INTEGER NOT NULL DEFAULT 0,"
	" stopped INTEGER NOT NULL DEFAULT 0,"
	" waiting INTEGER NOT NULL DEFAULT 0,"
	" running INTEGER NOT NULL DEFAULT 0,"
	" completed INTEGER NOT NULL DEFAULT 0,"
	" pruned INTEGER NOT NULL DEFAULT 0,"
	" failed INTEGER NOT NULL DEFAULT 0,"
	" compute_s REAL NOT NULL DEFAULT 0);"

	"CREATE TABLE definitions ("
	" study INTEGER NOT NULL,"
	" revision INTEGER NOT NULL,"
	" changed_s REAL NOT NULL,"
	" definition TEXT NOT NULL,"
	" PRIMARY KEY (study, revision)) WITHOUT ROWID;"

	"CREATE TABLE workers ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" study INTEGER NOT NULL,"
	" host TEXT NOT NULL,"
	" boot TEXT NOT NULL,"
	" pid INTEGER NOT NULL,"
	" started INTEGER NOT NULL,"
	" beats INTEGER NOT NULL DEFAULT 0,"
	" beat_boot_s REAL NOT NULL);"
	"CREATE INDEX workers_of_study ON workers (study);"

	"CREATE TABLE trials ("
	" study INTEGER NOT NULL,"
	" number INTEGER NOT NULL,"
	" state INTEGER NOT NULL,"
	" source INTEGER NOT NULL DEFAULT 0,"
	" attempt INTEGER NOT NULL DEFAULT 0,"
	" failures INTEGER NOT NULL DEFAULT 0,"
	" late INTEGER NOT NULL DEFAULT 0,"
	" epoch INTEGER NOT NULL DEFAULT 0,"
	" worker INTEGER NOT NULL DEFAULT 0,"
	" told INTEGER NOT NULL DEFAULT 0,"
	" seen INTEGER NOT NULL DEFAULT 0,"
	" revision INTEGER NOT NULL,"
	" iteration INTEGER NOT NULL DEFAULT -1,"
	" created_s REAL NOT NULL,"
	" started_s REAL NOT NULL DEFAULT 0,"
	" ended_s REAL NOT NULL DEFAULT 0,"
	" compute_s REAL NOT NULL DEFAULT 0,"
	" params TEXT,"
	" params_hash INTEGER,"
	" results TEXT,"
	" arm TEXT,"
	" reason TEXT,"
	" task TEXT,"
	" checkpoint TEXT,"
	" attributes TEXT,"
	" lease_host TEXT,"
	" lease_boot TEXT,"
	" lease_until REAL,"
	" PRIMARY KEY (study, number)) WITHOUT ROWID;"
	"CREATE INDEX trials_by_revision ON trials (study, revision);"
	"CREATE INDEX trials_by_params ON trials (study, params_hash)"
	" WHERE params_hash IS NOT NULL;"
	"CREATE INDEX trials_waiting ON trials (study, number) WHERE state = 0;"
	"CREATE INDEX trials_running ON trials (study, worker) WHERE state = 1;"

	"CREATE TABLE reports ("
	" study INTEGER NOT NULL,"
	" sequence INTEGER NOT NULL,"
	" trial INTEGER NOT NULL,"
	" attempt INTEGER NOT NULL,"
	" iteration INTEGER NOT NULL,"
	" metric TEXT NOT NULL,"
	" value REAL,"
	" PRIMARY KEY (study, sequence)) WITHOUT ROWID;"
	"CREATE INDEX reports_of_trial ON reports (study, trial);"

	"CREATE TABLE late_results ("
	" id INTEGER PRIMARY KEY,"
	" study INTEGER NOT NULL,"
	" number INTEGER NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" state INTEGER NOT NULL,"
	" received_s REAL NOT NULL,"
	" iteration INTEGER NOT NULL,"
	" compute_s REAL NOT NULL,"
	" results TEXT,"
	" reason TEXT);"
	"CREATE INDEX late_results_of_study ON late_results (study);";

/*
 * Version 2. Who ran a trial is kept after its end, for the timeline; one running
 * trial may be asked to stop; a study has attributes of its own.
 */
static const char version_2[] =
	"ALTER TABLE trials ADD COLUMN ran_by TEXT;"
	"ALTER TABLE trials ADD COLUMN stopping INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE studies ADD COLUMN attributes TEXT;";

/* Version 3: what a proposal saw beside `seen`, so that it can be made again. */
static const char version_3[] = "ALTER TABLE trials ADD COLUMN proposal TEXT;";

static const char *const steps_to_now[] = {version_1, version_2, version_3};

/* "hpo" and a zero byte, as a number: what file(1) and we know our files by. */
enum { APPLICATION_ID = 0x68706f00 };

static hpo_status_t read_number(struct hpo_sqlite *s, const char *text, int64_t *out,
				hpo_error_t *error)
{
	sqlite3_stmt *statement = NULL;
	hpo_status_t status = HPO_OK;

	/* Not from the cache: what a pragma says is compiled in by some versions of SQLite. */
	if (sqlite3_prepare_v2(s->db, text, -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		status = hpo__sql_fail(s, error);
	else
		*out = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return status;
}

static hpo_status_t run(struct hpo_sqlite *s, const char *text, hpo_error_t *error)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return hpo__sql_fail(s, error);
	return HPO_OK;
}

/* What stands in the file's head, and how many tables it has. */
struct head {
	int64_t tables, application, version;
};

/*
 * The three must come from one moment: another process may be making the store.
 * A savepoint is a transaction of its own, or part of the one around it.
 */
static hpo_status_t read_head(struct hpo_sqlite *s, struct head *head, hpo_error_t *error)
{
	hpo_status_t status = run(s, "SAVEPOINT head", error);

	if (status < 0)
		return status;
	status = read_number(s, "SELECT count(*) FROM sqlite_master", &head->tables, error);
	if (status >= 0)
		status = read_number(s, "PRAGMA application_id", &head->application, error);
	if (status >= 0)
		status = read_number(s, "PRAGMA user_version", &head->version, error);
	sqlite3_exec(s->db, "RELEASE head", NULL, NULL, NULL);
	return status;
}

/* *version is 0 for an empty file. */
static hpo_status_t read_version(struct hpo_sqlite *s, int64_t *version, hpo_error_t *error)
{
	struct head head = {0};
	hpo_status_t status = read_head(s, &head, error);

	if (status < 0)
		return status;
	*version = head.version;
	if (head.tables == 0 && head.application == 0 && head.version == 0)
		return HPO_OK;
	if (head.application != APPLICATION_ID)
		return hpo__fail(error, HPO_ESTORE,
				 "'%s': this is an SQLite database of another program, not a store",
				 s->path);
	return HPO_OK;
}

/* PRAGMA takes no bound values; the number is ours, and small. */
static hpo_status_t write_version(struct hpo_sqlite *s, int version, hpo_error_t *error)
{
	char text[64];

	sqlite3_snprintf(sizeof text, text, "PRAGMA user_version=%d", version);
	return run(s, text, error);
}

static hpo_status_t check_version(struct hpo_sqlite *s, int64_t version, int count,
				  hpo_error_t *error)
{
	if (version <= count && version >= 0)
		return HPO_OK;
	return hpo__fail(
		error, HPO_ESTORE,
		"'%s': its schema has version %lld, and this libhpo knows up to %d: open it "
		"with the newer libhpo that made it",
		s->path, (long long)version, count);
}

hpo_status_t hpo__sqlite_migrate_by(struct hpo_sqlite *s, const char *const *steps, int count,
				    hpo_error_t *error)
{
	int64_t version = 0;
	hpo_status_t status;

	status = read_version(s, &version, error);
	if (status >= 0)
		status = check_version(s, version, count, error);
	if (status < 0 || version == count)
		return status;

	/* The lock is taken before looking again: another process may be migrating right now. */
	status = hpo__sql_begin(s, HPO__SQL_DURABLE, error);
	if (status < 0)
		return status;
	status = read_version(s, &version, error);
	if (status >= 0)
		status = check_version(s, version, count, error);
	for (int i = (int)version; i < count && status >= 0; i++)
		status = run(s, steps[i], error);
	if (status >= 0)
		status = run(s, "PRAGMA application_id=0x68706f00", error);
	if (status >= 0)
		status = write_version(s, count, error);
	return hpo__sql_finish(s, status, error);
}

hpo_status_t hpo__sqlite_migrate(struct hpo_sqlite *s, int create, hpo_error_t *error)
{
	int64_t version = 0;

	if (!create) {
		hpo_status_t status = read_version(s, &version, error);

		if (status < 0)
			return status;
		if (version == 0)
			return hpo__fail(error, HPO_ESTORE, "'%s': there is no store in this file",
					 s->path);
	}
	return hpo__sqlite_migrate_by(s, steps_to_now,
				      (int)(sizeof steps_to_now / sizeof *steps_to_now), error);
}
