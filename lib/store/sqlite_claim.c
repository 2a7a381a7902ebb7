/*
 * Taking a trial, proposing for it, giving it back.
 *
 * Indexes are named in the statements: without statistics the planner takes the
 * primary key, and a claim would read the whole study.
 */
#include "os/clock.h"
#include "os/identity.h"
#include "store/sqlite.h"

#include <stddef.h>
#include <string.h>

static const char select_counts[] =
	"SELECT waiting, running + completed + pruned + failed, epoch, revision,"
	" (SELECT count(*) FROM trials INDEXED BY trials_waiting"
	" WHERE study = ?1 AND state = 0 AND told > 0) FROM studies WHERE id = ?1";
static const char select_waiting[] =
	"SELECT min(number) FROM trials INDEXED BY trials_waiting"
	" WHERE study = ?1 AND state = 0 AND told = 0";
static const char select_paused[] =
	"SELECT 1 FROM trials WHERE study = ?1 AND number = ?2 AND state = 0 AND told > 0";
static const char insert_waiting[] =
	"INSERT INTO trials (study, number, state, revision, created_s)"
	" VALUES (?1, ?2, 0, ?3, ?4)";
static const char claim_trial[] =
	"UPDATE trials SET state = 1, worker = ?3, epoch = ?4, revision = ?5, started_s = ?6,"
	" attempt = attempt + (started_s > 0 AND told = 0), ended_s = 0, reason = NULL, lease_host = ?7,"
	" lease_boot = ?8, lease_until = ?9, ran_by = ?10, stopping = 0 WHERE study = ?1 AND number = ?2";
static const char count_claimed[] =
	"UPDATE studies SET epoch = ?2, revision = ?3, running = running + 1,"
	" waiting = waiting - ?4 WHERE id = ?1";
static const char select_held[] =
	"SELECT params IS NULL, number = (SELECT max(number) FROM trials WHERE study = ?1)"
	" FROM trials WHERE study = ?1 AND number = ?2 AND state = 1 AND epoch = ?3";
static const char select_equal[] =
	"SELECT 1 FROM trials INDEXED BY trials_by_params WHERE study = ?1 AND params_hash = ?2"
	" AND params = ?3 AND number != ?4 LIMIT 1";
static const char propose_trial[] =
	"UPDATE trials SET params = ?3, params_hash = ?4, arm = ?5, seen = ?6, proposal = ?7,"
	" revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
	" WHERE study = ?1 AND number = ?2";
static const char bump_study[] = "UPDATE studies SET revision = revision + 1 WHERE id = ?1";
static const char unclaim_trial[] =
	"UPDATE trials SET state = 0, worker = 0, stopping = 0,"
	" started_s = CASE WHEN (attempt > 0 AND params IS NOT NULL) OR told > 0"
	" THEN started_s ELSE 0 END,"
	" attempt = CASE WHEN told > 0 THEN attempt ELSE max(attempt - 1, 0) END,"
	" revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
	" WHERE study = ?1 AND number = ?2";
static const char delete_trial[] = "DELETE FROM trials WHERE study = ?1 AND number = ?2";
static const char count_unclaimed[] =
	"UPDATE studies SET revision = revision + 1, running = running - 1,"
	" waiting = waiting + ?2 WHERE id = ?1";

/* What the row of the study says that a claim must know. Paused trials are among the others. */
struct counts {
	int64_t waiting, others, epoch, revision;
};

static hpo_status_t read_counts(struct hpo_sqlite *s, int64_t study, struct counts *out,
				hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(s, &q, error, select_counts, "i", study);

	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	if (status == HPO_DONE)
		status = hpo__sqlite_expect_study(0, error);
	if (status == HPO_OK) {
		out->waiting = hpo__sql_integer(q, 0) - hpo__sql_integer(q, 4);
		out->others = hpo__sql_integer(q, 1) + hpo__sql_integer(q, 4);
		out->epoch = hpo__sql_integer(q, 2);
		out->revision = hpo__sql_integer(q, 3);
	}
	hpo__sql_end(q);
	return status;
}

/* The lowest waiting number, or the next one as a new waiting row. */
static hpo_status_t choose(struct hpo_sqlite *s, int64_t study, const struct counts *counts,
			   int64_t *number, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status;

	if (counts->waiting == 0) {
		*number = counts->others;
		return hpo__sql_run(s, NULL, error, insert_waiting, "iiid", study, *number,
				    counts->revision + 1, hpo__clock_wall());
	}
	status = hpo__sql_start(s, &q, error, select_waiting, "i", study);
	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	if (status == HPO_OK)
		*number = hpo__sql_integer(q, 0);
	hpo__sql_end(q);
	return status;
}

static hpo_status_t hold(struct hpo_sqlite *s, int64_t study, int64_t number, int64_t worker,
			 double lease_s, const struct counts *counts, hpo_error_t *error)
{
	struct hpo_identity self = {.pid = 0};
	char name[HPO__IDENTITY_NAME];
	bool ownerless = worker == 0;
	hpo_status_t status;

	if (ownerless)
		hpo__identity_self(&self);
	hpo__identity_name(name, sizeof name);
	/* A process that only asked is gone before the trial ends: its machine is what is known. */
	if (ownerless)
		*strrchr(name, ':') = '\0';
	status = hpo__sql_run(s, NULL, error, claim_trial, "iiiiidttdt", study, number, worker,
			      counts->epoch + 1, counts->revision + 1, hpo__clock_wall(),
			      ownerless ? self.host : NULL, ownerless ? self.boot : NULL,
			      ownerless ? hpo__clock_boot() + lease_s : 0.0, name);
	if (status < 0)
		return status;
	return hpo__sql_run(s, NULL, error, count_claimed, "iiii", study, counts->epoch + 1,
			    counts->revision + 1, (int64_t)(counts->waiting > 0));
}

hpo_status_t hpo__sqlite_claim(void *state, int64_t study, int64_t worker, int64_t limit,
			       double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	struct counts counts;
	int64_t number = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = read_counts(state, study, &counts, error);
	if (status == HPO_OK && limit > 0 && counts.others >= limit)
		status = HPO_DONE;
	if (status == HPO_OK)
		status = choose(state, study, &counts, &number, error);
	if (status == HPO_OK)
		status = hold(state, study, number, worker, lease_s, &counts, error);
	/* Handed over before the end: a caller that cannot take it leaves no trace. */
	if (status == HPO_OK)
		status = hpo__sqlite_trials(state, study, number, number, fn, user, error);
	return hpo__sql_finish(state, status, error);
}

/* HPO_WAIT if it is not. */
static hpo_status_t expect_paused(struct hpo_sqlite *s, int64_t study, int64_t number,
				  hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(s, &q, error, select_paused, "ii", study, number);

	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	hpo__sql_end(q);
	return status == HPO_DONE ? HPO_WAIT : status;
}

hpo_status_t hpo__sqlite_resume(void *state, int64_t study, int64_t worker, int64_t number,
				double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	struct counts counts;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = read_counts(state, study, &counts, error);
	if (status == HPO_OK)
		status = expect_paused(state, study, number, error);
	counts.waiting = 1; /* the trial itself */
	if (status == HPO_OK)
		status = hold(state, study, number, worker, lease_s, &counts, error);
	if (status == HPO_OK)
		status = hpo__sqlite_trials(state, study, number, number, fn, user, error);
	return hpo__sql_finish(state, status, error);
}

/* Whether a trial is held under an epoch. */
static hpo_status_t is_held(struct hpo_sqlite *s, int64_t study, int64_t number, int64_t epoch,
			    bool *held, bool *is_bare, bool *is_last, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status =
		hpo__sql_start(s, &q, error, select_held, "iii", study, number, epoch);

	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	*held = status == HPO_OK;
	if (*held) {
		*is_bare = hpo__sql_integer(q, 0) != 0;
		*is_last = hpo__sql_integer(q, 1) != 0;
	}
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

static hpo_status_t find_equal(struct hpo_sqlite *s, int64_t study, const hpo_trial_row_t *row,
			       bool *found, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status;

	status = hpo__sql_start(s, &q, error, select_equal, "iiti", study,
				hpo__sqlite_hash(row->params), row->params, row->number);
	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	*found = status == HPO_OK;
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

static hpo_status_t propose(struct hpo_sqlite *s, int64_t study, const hpo_trial_row_t *row,
			    int unique, hpo_error_t *error)
{
	bool held = false;
	bool is_bare;
	bool is_last;
	bool found = false;
	hpo_status_t status;

	status = is_held(s, study, row->number, row->epoch, &held, &is_bare, &is_last, error);
	if (status >= 0 && !held)
		return hpo__fail(error, HPO_ENOTFOUND, "trial %lld is not held any more",
				 (long long)row->number);
	if (status >= 0 && unique)
		status = find_equal(s, study, row, &found, error);
	if (status < 0)
		return status;
	if (found)
		return HPO_WAIT;
	status = hpo__sql_run(s, NULL, error, propose_trial, "iititit", study, row->number,
			      row->params, hpo__sqlite_hash(row->params), row->arm, row->seen,
			      row->proposal);
	if (status < 0)
		return status;
	return hpo__sql_run(s, NULL, error, bump_study, "i", study);
}

hpo_status_t hpo__sqlite_propose(void *state, int64_t study, const hpo_trial_row_t *row, int unique,
				 hpo_error_t *error)
{
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = propose(state, study, row, unique, error);
	return hpo__sql_finish(state, status, error);
}

static hpo_status_t unclaim(struct hpo_sqlite *s, int64_t study, int64_t number, int64_t epoch,
			    hpo_error_t *error)
{
	bool held = false;
	bool is_bare = false;
	bool is_last = false;
	hpo_status_t status;

	status = is_held(s, study, number, epoch, &held, &is_bare, &is_last, error);
	if (status < 0 || !held)
		return status; /* it was taken from the caller before: nothing is to give back */
	if (is_bare && is_last)
		status = hpo__sql_run(s, NULL, error, delete_trial, "ii", study, number);
	else
		status = hpo__sql_run(s, NULL, error, unclaim_trial, "ii", study, number);
	if (status < 0)
		return status;
	return hpo__sql_run(s, NULL, error, count_unclaimed, "ii", study,
			    (int64_t) !(is_bare && is_last));
}

hpo_status_t hpo__sqlite_unclaim(void *state, int64_t study, int64_t number, int64_t epoch,
				 hpo_error_t *error)
{
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = unclaim(state, study, number, epoch, error);
	return hpo__sql_finish(state, status, error);
}
