/*
 * Workers of an SQLite store: who holds trials, and who has died.
 *
 * A worker of this machine is known to be dead by looking at its process. One of
 * another machine (a shared folder, another container) is taken for dead when
 * its count of beats stood still for a minute of our own monotonic clock: no
 * wall clock, ours or theirs, has a say in it.
 */
#include "base/alloc.h"
#include "os/clock.h"
#include "os/identity.h"
#include "store/lease.h"
#include "store/sqlite.h"

#include <stdio.h>
#include <string.h>

/* Beats come every few seconds; this many without one, and the worker is gone. */
static const double silence_s = 60.0;

static const char insert_worker[] =
	"INSERT INTO workers (study, host, boot, pid, started, beat_boot_s)"
	" SELECT id, ?2, ?3, ?4, ?5, ?6 FROM studies WHERE id = ?1";
static const char select_rowid[] = "SELECT last_insert_rowid()";
static const char beat_worker[] =
	"UPDATE workers SET beats = beats + 1, beat_boot_s = ?2 WHERE id = ?1";
static const char delete_worker[] = "DELETE FROM workers WHERE id = ?1";
static const char select_workers[] =
	"SELECT id, host, boot, pid, started, beats FROM workers WHERE study = ?1 AND id != ?2";
static const char select_busy[] =
	"SELECT id, host, boot, pid, started, beats, (SELECT count(*) FROM trials t INDEXED BY"
	" trials_running WHERE t.study = ?1 AND t.worker = w.id AND t.state = 1)"
	" FROM workers w WHERE study = ?1 ORDER BY id";
static const char select_leases[] =
	"SELECT number, lease_host, lease_boot, lease_until FROM trials INDEXED BY trials_running"
	" WHERE study = ?1 AND worker = 0 AND state = 1";
static const char release_one[] = "UPDATE trials SET state = 0, worker = 0, stopping = 0,"
				  " started_s = CASE WHEN params IS NULL THEN 0 ELSE started_s END,"
				  " revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
				  " WHERE study = ?1 AND state = 1 AND number = ?2";
static const char release_all[] =
	"UPDATE trials INDEXED BY trials_running SET state = 0, worker = 0, stopping = 0,"
	" started_s = CASE WHEN params IS NULL THEN 0 ELSE started_s END,"
	" revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
	" WHERE study = ?1 AND state = 1 AND worker = ?2";
static const char count_released[] =
	"UPDATE studies SET revision = revision + 1, running = running - ?2,"
	" waiting = waiting + ?2 WHERE id = ?1";

hpo_status_t hpo__sqlite_join(void *state, int64_t study, int64_t *worker, hpo_error_t *error)
{
	struct hpo_identity self;
	struct sqlite3_stmt *q = NULL;
	int64_t changed = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	hpo__identity_self(&self);
	status = hpo__sql_run(state, &changed, error, insert_worker, "ittiid", study, self.host,
			      self.boot, self.pid, self.started, hpo__clock_boot());
	if (status >= 0)
		status = hpo__sqlite_expect_study(changed, error);
	if (status >= 0)
		status = hpo__sql_start(state, &q, error, select_rowid, "");
	if (status >= 0)
		status = hpo__sql_step(state, q, error);
	if (status == HPO_OK)
		*worker = hpo__sql_integer(q, 0);
	hpo__sql_end(q);
	return hpo__sql_finish(state, status, error);
}

hpo_status_t hpo__sqlite_beat(void *state, int64_t worker, hpo_error_t *error)
{
	int64_t changed = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = hpo__sql_run(state, &changed, error, beat_worker, "id", worker, hpo__clock_boot());
	if (status >= 0)
		status = hpo__sqlite_expect_study(changed, error);
	return hpo__sql_finish(state, status, error);
}

/* Trials of one holder, or one trial, wait again; within a transaction. */
static hpo_status_t release(struct hpo_sqlite *s, const char *update, int64_t study, int64_t key,
			    int64_t *released, hpo_error_t *error)
{
	hpo_status_t status = hpo__sql_run(s, released, error, update, "ii", study, key);

	if (status < 0 || *released == 0)
		return status;
	return hpo__sql_run(s, NULL, error, count_released, "ii", study, *released);
}

hpo_status_t hpo__sqlite_leave(void *state, int64_t study, int64_t worker, hpo_error_t *error)
{
	int64_t released = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = release(state, release_all, study, worker, &released, error);
	if (status >= 0)
		status = hpo__sql_run(state, NULL, error, delete_worker, "i", worker);
	return hpo__sql_finish(state, status, error);
}

/* Whether the beats of a worker elsewhere have stood still for too long. */
static hpo_status_t is_silent(struct hpo_sqlite *s, int64_t worker, int64_t beats, bool *silent)
{
	struct hpo_sqlite_sight *sight = NULL;
	double now = hpo__clock_monotonic();

	*silent = false;
	for (size_t i = 0; i < s->sight_count; i++) {
		if (s->sights[i].worker == worker)
			sight = &s->sights[i];
	}
	if (sight == NULL) {
		struct hpo_sqlite_sight *grown;

		grown = hpo__grow(s->sights, &s->sight_capacity, s->sight_count + 1, sizeof *grown);
		if (grown == NULL)
			return HPO_ENOMEM;
		s->sights = grown;
		sight = &grown[s->sight_count++];
		*sight = (struct hpo_sqlite_sight){worker, beats, now};
	}
	if (sight->beats != beats) {
		sight->beats = beats;
		sight->since = now;
	}
	*silent = now - sight->since >= silence_s;
	return HPO_OK;
}

/* Dead keys that were found: workers that died, or trials whose lease is over. */
struct dead {
	int64_t *keys; /* [count] */
	bool *certain; /* [count] the worker's process is gone: it cannot come back */
	size_t count, key_capacity, certain_capacity;
};

static hpo_status_t note_dead(struct dead *dead, int64_t key, bool certain, hpo_error_t *error)
{
	int64_t *keys = hpo__grow(dead->keys, &dead->key_capacity, dead->count + 1, sizeof *keys);
	bool *flags;

	if (keys == NULL)
		return hpo__fail_memory(error);
	dead->keys = keys;
	flags = hpo__grow(dead->certain, &dead->certain_capacity, dead->count + 1, sizeof *flags);
	if (flags == NULL)
		return hpo__fail_memory(error);
	dead->certain = flags;
	keys[dead->count] = key;
	flags[dead->count++] = certain;
	return HPO_OK;
}

static void release_dead(struct dead *dead)
{
	hpo__free(dead->keys);
	hpo__free(dead->certain);
}

enum verdict { LIVES, SILENT, DEAD };

static hpo_status_t look_at_worker(struct hpo_sqlite *s, struct sqlite3_stmt *q,
				   enum verdict *verdict)
{
	struct hpo_identity who = {.pid = hpo__sql_integer(q, 3),
				   .started = hpo__sql_integer(q, 4)};
	const char *host = hpo__sql_text(q, 1);
	const char *boot = hpo__sql_text(q, 2);
	bool silent = false;

	snprintf(who.host, sizeof who.host, "%s", host == NULL ? "" : host);
	snprintf(who.boot, sizeof who.boot, "%s", boot == NULL ? "" : boot);
	*verdict = LIVES;
	switch (hpo__identity_check(&who)) {
	case HPO__LIVES:
		return HPO_OK;
	case HPO__DEAD:
		*verdict = DEAD;
		return HPO_OK;
	case HPO__UNKNOWN:
		break;
	}
	if (is_silent(s, hpo__sql_integer(q, 0), hpo__sql_integer(q, 5), &silent) < 0)
		return HPO_ENOMEM;
	*verdict = silent ? SILENT : LIVES;
	return HPO_OK;
}

static hpo_status_t judge_worker(struct hpo_sqlite *s, struct sqlite3_stmt *q, struct dead *dead,
				 hpo_error_t *error)
{
	enum verdict verdict;

	if (look_at_worker(s, q, &verdict) < 0)
		return hpo__fail_memory(error);
	if (verdict == LIVES)
		return HPO_OK;
	return note_dead(dead, hpo__sql_integer(q, 0), verdict == DEAD, error);
}

static hpo_status_t give_worker(struct hpo_sqlite *s, struct sqlite3_stmt *q, hpo_worker_row_fn fn,
				void *user, hpo_error_t *error)
{
	const char *host = hpo__sql_text(q, 1);
	char name[HPO__IDENTITY_NAME];
	enum verdict verdict;
	hpo_worker_row_t row = {.struct_size = sizeof row, .id = hpo__sql_integer(q, 0),
				.name = name, .running = hpo__sql_integer(q, 6)};

	if (look_at_worker(s, q, &verdict) < 0)
		return hpo__fail_memory(error);
	row.alive = verdict == LIVES;
	/* What follows the name of the machine tells machines apart, not people. */
	snprintf(name, sizeof name, "%.*s:%lld", host == NULL ? 0 : (int)strcspn(host, "#"), host,
		 (long long)hpo__sql_integer(q, 3));
	return fn(&row, user);
}

hpo_status_t hpo__sqlite_workers(void *state, int64_t study, hpo_worker_row_fn fn, void *user,
				 hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_busy, "i", study);

	while (status >= 0 && (status = hpo__sql_step(state, q, error)) == HPO_OK) {
		status = give_worker(state, q, fn, user, error);
		if (status < 0)
			break;
	}
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

static hpo_status_t judge_lease(struct sqlite3_stmt *q, struct dead *dead, hpo_error_t *error)
{
	if (!hpo__lease_is_over(hpo__sql_text(q, 1), hpo__sql_text(q, 2), hpo__sql_real(q, 3)))
		return HPO_OK;
	return note_dead(dead, hpo__sql_integer(q, 0), true, error);
}

static hpo_status_t find_dead(struct hpo_sqlite *s, int64_t study, int64_t worker,
			      struct dead *workers, struct dead *leases, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status;

	status = hpo__sql_start(s, &q, error, select_workers, "ii", study, worker);
	while (status >= 0 && (status = hpo__sql_step(s, q, error)) == HPO_OK)
		status = judge_worker(s, q, workers, error);
	hpo__sql_end(q);
	if (status < 0)
		return status;
	status = hpo__sql_start(s, &q, error, select_leases, "i", study);
	while (status >= 0 && (status = hpo__sql_step(s, q, error)) == HPO_OK)
		status = judge_lease(q, leases, error);
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

static hpo_status_t bury(struct hpo_sqlite *s, int64_t study, const struct dead *workers,
			 const struct dead *leases, int64_t *count, hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;
	int64_t released = 0;

	for (size_t i = 0; i < workers->count && status >= 0; i++) {
		status = release(s, release_all, study, workers->keys[i], &released, error);
		*count += released;
		/* One that only fell silent keeps its row: when it beats again, it lives. */
		if (status >= 0 && workers->certain[i])
			status = hpo__sql_run(s, NULL, error, delete_worker, "i", workers->keys[i]);
	}
	for (size_t i = 0; i < leases->count && status >= 0; i++) {
		status = release(s, release_one, study, leases->keys[i], &released, error);
		*count += released;
	}
	return status;
}

hpo_status_t hpo__sqlite_reap(void *state, int64_t study, int64_t worker, int64_t *count,
			      hpo_error_t *error)
{
	struct dead workers = {0};
	struct dead leases = {0};
	hpo_status_t status;

	*count = 0;
	/* Most of the time nobody has died, and then no lock is taken. */
	status = find_dead(state, study, worker, &workers, &leases, error);
	if (status < 0 || workers.count + leases.count == 0)
		goto done;

	/* With the lock held it is looked at again: a lease may have been renewed since. */
	release_dead(&workers);
	release_dead(&leases);
	workers = leases = (struct dead){0};
	status = hpo__sql_begin(state, HPO__SQL_SOON, error);
	if (status < 0)
		goto done;
	status = find_dead(state, study, worker, &workers, &leases, error);
	if (status >= 0)
		status = bury(state, study, &workers, &leases, count, error);
	status = hpo__sql_finish(state, status, error);
	if (status < 0)
		*count = 0;
done:
	release_dead(&leases);
	release_dead(&workers);
	return status;
}
