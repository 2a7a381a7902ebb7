/*
 * The trials of an SQLite store: how they end, come from elsewhere and are read.
 */
#include "os/clock.h"
#include "store/attributes.h"
#include "store/lease.h"
#include "store/sqlite.h"

#include <stddef.h>

#define TRIAL_COLUMNS                                                                              \
	"SELECT number, state, source, attempt, failures, late, epoch, worker, told,"              \
	" seen, revision, iteration, created_s, started_s, ended_s, compute_s, params,"            \
	" results, arm, reason, task, checkpoint, attributes, ran_by, stopping, proposal"               \
	" FROM trials "

static const char select_changes[] =
	TRIAL_COLUMNS "WHERE study = ?1 AND revision > ?2 ORDER BY revision, number";
static const char select_trials[] =
	TRIAL_COLUMNS "WHERE study = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number";
static const char select_standing[] =
	"SELECT state, epoch FROM trials WHERE study = ?1 AND number = ?2";
static const char select_attributes[] =
	"SELECT attributes FROM trials WHERE study = ?1 AND number = ?2";
static const char annotate_trial[] =
	"UPDATE trials SET task = coalesce(?3, task), checkpoint = coalesce(?4, checkpoint),"
	" attributes = coalesce(?5, attributes),"
	" revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
	" WHERE study = ?1 AND number = ?2 AND (?6 = 0 OR epoch = ?6)";
static const char bump_study[] = "UPDATE studies SET revision = revision + 1 WHERE id = ?1";
static const char stop_trial[] =
	"UPDATE trials SET stopping = 1, revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
	" WHERE study = ?1 AND number = ?2 AND state = 1";
static const char finish_trial[] =
	"UPDATE trials SET state = ?3, iteration = ?4, compute_s = compute_s + ?5,"
	" results = CASE WHEN ?3 = 0 AND ?11 = 0 AND told > 0 THEN results ELSE ?6 END,"
	" reason = ?7, attributes = coalesce(?8, attributes), failures = failures + ?9,"
	" ended_s = ?10, worker = 0, stopping = 0,"
	" told = CASE WHEN ?3 = 0 AND ?11 = 0 THEN told"
	" ELSE (SELECT told + 1 FROM studies WHERE id = ?1) END,"
	" revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
	" WHERE study = ?1 AND number = ?2";
static const char count_finished[] =
	"UPDATE studies SET revision = revision + 1, told = told + (?3 != 0 OR ?5),"
	" compute_s = compute_s + ?4, waiting = waiting - (?2 = 0) + (?3 = 0),"
	" running = running - (?2 = 1), completed = completed + (?3 = 2),"
	" pruned = pruned + (?3 = 3), failed = failed + (?3 = 4) WHERE id = ?1";
static const char mark_late[] = "UPDATE trials SET late = late + 1,"
				" revision = (SELECT revision + 1 FROM studies WHERE id = ?1)"
				" WHERE study = ?1 AND number = ?2";
static const char insert_late[] =
	"INSERT INTO late_results (study, number, epoch, state, received_s, iteration, compute_s,"
	" results, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char insert_trial[] =
	"INSERT INTO trials (study, number, state, source, attempt, failures, seen, iteration,"
	" created_s, started_s, ended_s, compute_s, params, params_hash, results, arm, reason, "
	"task,"
	" checkpoint, attributes, told, revision)"
	" SELECT id, waiting + running + completed + pruned + failed, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
	" ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
	" CASE WHEN ?2 = 0 THEN 0 ELSE told + 1 END, revision + 1 FROM studies WHERE id = ?1";
/* State 9 stands for none: what is inserted was not there before. */
enum { NO_STATE = 9 };

int64_t hpo__sqlite_hash(const char *text)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a, 64 bits; part of the schema */

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return (int64_t)hash;
}

/* Reading ------------------------------------------------------------------------ */

static int32_t small(struct sqlite3_stmt *q, int column)
{
	int64_t value = hpo__sql_integer(q, column);

	/* What no column of ours can hold stays recognisably wrong. */
	return value < INT32_MIN || value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

static hpo_status_t give_trial(struct sqlite3_stmt *q, hpo_trial_row_fn fn, void *user)
{
	hpo_trial_row_t row = {
		.struct_size = sizeof row,
		.number = hpo__sql_integer(q, 0),
		.state = small(q, 1),
		.source = small(q, 2),
		.attempt = small(q, 3),
		.failures = small(q, 4),
		.late = small(q, 5),
		.epoch = hpo__sql_integer(q, 6),
		.worker = hpo__sql_integer(q, 7),
		.told = hpo__sql_integer(q, 8),
		.seen = hpo__sql_integer(q, 9),
		.revision = hpo__sql_integer(q, 10),
		.iteration = hpo__sql_integer(q, 11),
		.created_s = hpo__sql_real(q, 12),
		.started_s = hpo__sql_real(q, 13),
		.ended_s = hpo__sql_real(q, 14),
		.compute_s = hpo__sql_real(q, 15),
		.params = hpo__sql_text(q, 16),
		.values = hpo__sql_text(q, 17),
		.arm = hpo__sql_text(q, 18),
		.reason = hpo__sql_text(q, 19),
		.task = hpo__sql_text(q, 20),
		.checkpoint = hpo__sql_text(q, 21),
		.attributes = hpo__sql_text(q, 22),
		.ran_by = hpo__sql_text(q, 23),
		.stopping = hpo__sql_integer(q, 24) != 0,
		.proposal = hpo__sql_text(q, 25),
	};

	return fn(&row, user);
}

static hpo_status_t give_trials(struct hpo_sqlite *s, struct sqlite3_stmt *q, hpo_trial_row_fn fn,
				void *user, hpo_error_t *error)
{
	hpo_status_t status;

	while ((status = hpo__sql_step(s, q, error)) == HPO_OK) {
		status = give_trial(q, fn, user);
		if (status < 0)
			break;
	}
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__sqlite_changes(void *state, int64_t study, int64_t since, hpo_trial_row_fn fn,
				 void *user, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_changes, "ii", study, since);

	if (status >= 0)
		status = give_trials(state, q, fn, user, error);
	hpo__sql_end(q);
	return status;
}

hpo_status_t hpo__sqlite_trials(void *state, int64_t study, int64_t first, int64_t last,
				hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status;

	status = hpo__sql_start(state, &q, error, select_trials, "iii", study, first, last);
	if (status >= 0)
		status = give_trials(state, q, fn, user, error);
	hpo__sql_end(q);
	return status;
}

/* Writing ------------------------------------------------------------------------ */

static hpo_status_t refuse_number(int64_t number, hpo_error_t *error)
{
	return hpo__fail(error, HPO_ENOTFOUND, "the study has no trial %lld", (long long)number);
}

/* The attributes of a trial with those of `json` over them, to `out`: nothing if that is NULL. */
static hpo_status_t merge_attributes(struct hpo_sqlite *s, int64_t study, int64_t number,
				     const char *json, struct hpo_buffer *out, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status;

	if (json == NULL)
		return HPO_OK;
	status = hpo__sql_start(s, &q, error, select_attributes, "ii", study, number);
	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	if (status == HPO_DONE)
		status = refuse_number(number, error);
	if (status == HPO_OK)
		status = hpo__attributes_merge(hpo__sql_text(q, 0), json, out, error);
	hpo__sql_end(q);
	return status;
}

hpo_status_t hpo__sqlite_annotate(void *state, int64_t study, const hpo_trial_row_t *row,
				  hpo_error_t *error)
{
	struct hpo_buffer merged = HPO__BUFFER_INIT;
	int64_t changed = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = merge_attributes(state, study, row->number, row->attributes, &merged, error);
	/* What a former holder says changes nothing, as its reports do not. */
	if (status >= 0)
		status = hpo__sql_run(state, &changed, error, annotate_trial, "iittti", study,
				      row->number, row->task, row->checkpoint, merged.text,
				      row->epoch);
	if (status >= 0 && changed > 0)
		status = hpo__sql_run(state, NULL, error, bump_study, "i", study);
	hpo__buffer_release(&merged);
	return hpo__sql_finish(state, status, error);
}

static hpo_status_t read_standing(struct hpo_sqlite *s, int64_t study, const hpo_finish_row_t *row,
				  int64_t *was, enum hpo_standing *standing, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status =
		hpo__sql_start(s, &q, error, select_standing, "ii", study, row->number);

	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	if (status == HPO_DONE)
		status = refuse_number(row->number, error);
	if (status == HPO_OK) {
		*was = hpo__sql_integer(q, 0);
		*standing = hpo__lease_standing(small(q, 0), hpo__sql_integer(q, 1), row->epoch);
	}
	hpo__sql_end(q);
	return status;
}

hpo_status_t hpo__sqlite_stop_trial(void *state, int64_t study, int64_t number, hpo_error_t *error)
{
	const hpo_finish_row_t asked = {.number = number};
	enum hpo_standing standing;
	int64_t changed = 0;
	int64_t was = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_SOON, error);

	if (status < 0)
		return status;
	status = read_standing(state, study, &asked, &was, &standing, error);
	if (status >= 0)
		status = hpo__sql_run(state, &changed, error, stop_trial, "ii", study, number);
	if (status >= 0 && changed == 0)
		status = hpo__fail(error, HPO_EINVAL, "trial %lld does not run",
				   (long long)number);
	if (status >= 0)
		status = hpo__sql_run(state, NULL, error, bump_study, "i", study);
	return hpo__sql_finish(state, status, error);
}

static hpo_status_t record_end(struct hpo_sqlite *s, int64_t study, const hpo_finish_row_t *row,
			       int64_t was, hpo_error_t *error)
{
	bool failed =
		row->state == HPO_TRIAL_FAILED || (row->state == HPO_TRIAL_WAITING && row->failed);
	bool paused = row->state == HPO_TRIAL_WAITING && row->paused;
	struct hpo_buffer merged = HPO__BUFFER_INIT;
	hpo_status_t status = merge_attributes(s, study, row->number, row->attributes, &merged, error);

	if (status >= 0)
		status = hpo__sql_run(s, NULL, error, finish_trial, "iiiidtttidi", study,
				      row->number, (int64_t)row->state, row->iteration,
				      row->compute_s, row->values, row->reason, merged.text,
				      (int64_t)failed, hpo__clock_wall(), (int64_t)paused);
	hpo__buffer_release(&merged);
	if (status < 0)
		return status;
	return hpo__sql_run(s, NULL, error, count_finished, "iiidi", study, was,
			    (int64_t)row->state, row->compute_s, (int64_t)paused);
}

static hpo_status_t record_late(struct hpo_sqlite *s, int64_t study, const hpo_finish_row_t *row,
				hpo_error_t *error)
{
	hpo_status_t status;

	status = hpo__sql_run(s, NULL, error, insert_late, "iiiididtt", study, row->number,
			      row->epoch, (int64_t)row->state, hpo__clock_wall(), row->iteration,
			      row->compute_s, row->values, row->reason);
	if (status >= 0)
		status = hpo__sql_run(s, NULL, error, mark_late, "ii", study, row->number);
	if (status >= 0)
		status = hpo__sql_run(s, NULL, error, bump_study, "i", study);
	return status;
}

hpo_status_t hpo__sqlite_finish(void *state, int64_t study, const hpo_finish_row_t *row, int *late,
				hpo_error_t *error)
{
	enum hpo_standing standing = HPO__LATE;
	int64_t was = 0;
	hpo_status_t status = hpo__finish_check(row, error);

	*late = 0;
	if (status >= 0)
		status = hpo__sql_begin(state, HPO__SQL_DURABLE, error);
	if (status < 0)
		return status;
	status = read_standing(state, study, row, &was, &standing, error);
	if (status >= 0 && standing == HPO__LATE)
		status = record_late(state, study, row, error);
	else if (status >= 0)
		status = record_end(state, study, row, was, error);
	status = hpo__sql_finish(state, status, error);
	*late = status >= 0 && standing == HPO__LATE;
	return status;
}

static hpo_status_t insert_one(struct hpo_sqlite *s, int64_t study, const hpo_trial_row_t *row,
			       hpo_error_t *error)
{
	bool ended = row->state != HPO_TRIAL_WAITING;
	double created = row->created_s > 0 ? row->created_s : hpo__clock_wall();
	int64_t changed = 0;
	hpo_status_t status;

	status = hpo__sql_run(s, &changed, error, insert_trial, "iiiiiiiddddtitttttt", study,
			      (int64_t)row->state, (int64_t)row->source, (int64_t)row->attempt,
			      (int64_t)row->failures, row->seen, row->iteration, created,
			      row->started_s, ended && row->ended_s <= 0 ? created : row->ended_s,
			      row->compute_s, row->params, hpo__sqlite_hash(row->params),
			      row->values, row->arm, row->reason, row->task, row->checkpoint,
			      row->attributes);
	if (status >= 0)
		status = hpo__sqlite_expect_study(changed, error);
	if (status < 0)
		return status;
	return hpo__sql_run(s, NULL, error, count_finished, "iiidi", study, (int64_t)NO_STATE,
			    (int64_t)row->state, ended ? row->compute_s : 0.0, (int64_t)0);
}

/* The highest number of the study. */
static hpo_status_t read_last(struct hpo_sqlite *s, int64_t study, int64_t *out,
			      hpo_error_t *error)
{
	static const char last_number[] = "SELECT max(number) FROM trials WHERE study = ?";
	struct sqlite3_stmt *q = NULL;
	hpo_status_t status = hpo__sql_start(s, &q, error, last_number, "i", study);

	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	if (status >= 0)
		*out = hpo__sql_integer(q, 0);
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__sqlite_insert(void *state, int64_t study, const hpo_trial_row_t *rows,
				size_t count, int64_t *first, hpo_error_t *error)
{
	int64_t last = 0;
	hpo_status_t status = hpo__insert_check(rows, count, error);

	if (status >= 0)
		status = hpo__sql_begin(state, HPO__SQL_DURABLE, error);
	if (status < 0)
		return status;
	for (size_t i = 0; i < count && status >= 0; i++)
		status = insert_one(state, study, &rows[i], error);
	if (status >= 0)
		status = read_last(state, study, &last, error);
	*first = last + 1 - (int64_t)count;
	return hpo__sql_finish(state, status, error);
}
