/*
 * The reports of an SQLite store: appended in groups, read in their order.
 */
#include "store/sqlite.h"

#include <stddef.h>

static const char select_sequence[] = "SELECT sequence FROM studies WHERE id = ?1";
static const char select_open[] =
	"SELECT 1 FROM trials WHERE study = ?1 AND number = ?2 AND attempt = ?3"
	" AND (state = 1 OR source = 2)";
static const char insert_report[] =
	"INSERT INTO reports (study, sequence, trial, attempt, iteration, metric, value)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char set_sequence[] =
	"UPDATE studies SET revision = revision + 1, sequence = ?2 WHERE id = ?1";

#define REPORT_COLUMNS "SELECT sequence, trial, iteration, attempt, metric, value FROM reports r "

static const char select_since[] =
	REPORT_COLUMNS "WHERE study = ?1 AND sequence > ?2 ORDER BY sequence";
static const char select_of[] =
	REPORT_COLUMNS "WHERE study = ?1 AND trial = ?2 AND attempt = (SELECT attempt FROM trials t"
		       " WHERE t.study = ?1 AND t.number = ?2) ORDER BY sequence";

static hpo_status_t read_sequence(struct hpo_sqlite *s, int64_t study, int64_t *out,
				  hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(s, &q, error, select_sequence, "i", study);

	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	if (status == HPO_DONE)
		status = hpo__sqlite_expect_study(0, error);
	if (status == HPO_OK)
		*out = hpo__sql_integer(q, 0);
	hpo__sql_end(q);
	return status;
}

/* Whether the trial takes reports of this attempt: it runs it, or it was imported. */
static hpo_status_t is_open(struct hpo_sqlite *s, int64_t study, const hpo_report_row_t *row,
			    bool *open, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status;

	status = hpo__sql_start(s, &q, error, select_open, "iii", study, row->trial,
				(int64_t)row->attempt);
	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	*open = status == HPO_OK;
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

static hpo_status_t add_reports(struct hpo_sqlite *s, int64_t study, const hpo_report_row_t *rows,
				size_t count, hpo_error_t *error)
{
	int64_t sequence = 0;
	bool open = false;
	hpo_status_t status = read_sequence(s, study, &sequence, error);

	for (size_t i = 0; i < count && status >= 0; i++) {
		const hpo_report_row_t *row = &rows[i];

		/* Reports come in runs of one trial: it is asked about once a run. */
		if (i == 0 || row->trial != rows[i - 1].trial ||
		    row->attempt != rows[i - 1].attempt)
			status = is_open(s, study, row, &open, error);
		if (status >= 0 && open)
			status = hpo__sql_run(s, NULL, error, insert_report, "iiiiitd", study,
					      ++sequence, row->trial, (int64_t)row->attempt,
					      row->iteration, row->metric, row->value);
	}
	if (status < 0)
		return status;
	return hpo__sql_run(s, NULL, error, set_sequence, "ii", study, sequence);
}

hpo_status_t hpo__sqlite_report(void *state, int64_t study, const hpo_report_row_t *rows,
				size_t count, hpo_error_t *error)
{
	hpo_status_t status;

	if (count == 0)
		return HPO_OK;
	status = hpo__sql_begin(state, HPO__SQL_SOON, error);
	if (status < 0)
		return status;
	status = add_reports(state, study, rows, count, error);
	return hpo__sql_finish(state, status, error);
}

static hpo_status_t give_reports(struct hpo_sqlite *s, struct sqlite3_stmt *q, hpo_report_row_fn fn,
				 void *user, hpo_error_t *error)
{
	hpo_status_t status;

	while ((status = hpo__sql_step(s, q, error)) == HPO_OK) {
		hpo_report_row_t row = {
			.sequence = hpo__sql_integer(q, 0),
			.trial = hpo__sql_integer(q, 1),
			.iteration = hpo__sql_integer(q, 2),
			.attempt = (int32_t)hpo__sql_integer(q, 3),
			.metric = hpo__sql_text(q, 4),
			.value = hpo__sql_real(q, 5),
		};

		status = fn(&row, user);
		if (status < 0)
			break;
	}
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__sqlite_reports_since(void *state, int64_t study, int64_t since,
				       hpo_report_row_fn fn, void *user, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_since, "ii", study, since);

	if (status >= 0)
		status = give_reports(state, q, fn, user, error);
	hpo__sql_end(q);
	return status;
}

hpo_status_t hpo__sqlite_reports_of(void *state, int64_t study, int64_t number,
				    hpo_report_row_fn fn, void *user, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_of, "ii", study, number);

	if (status >= 0)
		status = give_reports(state, q, fn, user, error);
	hpo__sql_end(q);
	return status;
}
