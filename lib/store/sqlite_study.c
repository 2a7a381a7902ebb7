/*
 * The studies of an SQLite store.
 */
#include "os/clock.h"
#include "store/sqlite.h"

#include <stddef.h>

#define STUDY_COLUMNS                                                                              \
	"SELECT id, name, stopped, created_s, revision, waiting, running, completed,"              \
	" pruned, failed, compute_s, (SELECT definition FROM definitions d"                        \
	" WHERE d.study = s.id ORDER BY d.revision DESC LIMIT 1), attributes FROM studies s "

static const char select_studies[] = STUDY_COLUMNS "ORDER BY name";
static const char select_study[] = STUDY_COLUMNS "WHERE name = ?1";
static const char select_redefined[] =
	STUDY_COLUMNS "WHERE id = ?1 AND EXISTS (SELECT 1 FROM definitions"
		      " WHERE study = ?1 AND revision > ?2)";
static const char describe_study[] =
	"UPDATE studies SET revision = revision + 1, attributes = ?2 WHERE id = ?1";
static const char select_revision[] = "SELECT revision, stopped FROM studies WHERE id = ?1";
static const char select_definition[] =
	"SELECT definition = ?2 FROM definitions WHERE study = ?1 ORDER BY revision DESC LIMIT 1";
static const char select_definitions[] =
	"SELECT definition FROM definitions WHERE study = ?1 ORDER BY revision";
static const char insert_study[] =
	"INSERT INTO studies (name, created_s) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
static const char insert_definition[] =
	"INSERT INTO definitions (study, revision, changed_s, definition)"
	" SELECT id, revision, ?2, ?3 FROM studies WHERE name = ?1";
static const char insert_change[] =
	"INSERT INTO definitions (study, revision, changed_s, definition)"
	" SELECT id, revision, ?2, ?3 FROM studies WHERE id = ?1";
static const char bump_study[] = "UPDATE studies SET revision = revision + 1 WHERE id = ?1";
static const char mark_study[] =
	"UPDATE studies SET revision = revision + (stopped != ?2), stopped = ?2 WHERE id = ?1";

hpo_status_t hpo__sqlite_expect_study(int64_t changed, hpo_error_t *error)
{
	if (changed > 0)
		return HPO_OK;
	return hpo__fail(error, HPO_ENOTFOUND, "the study was deleted from its store");
}

static hpo_status_t give_study(struct hpo_sqlite *s, struct sqlite3_stmt *q, hpo_study_row_fn fn,
			       void *user, hpo_error_t *error)
{
	hpo_study_row_t row = {
		.struct_size = sizeof row,
		.id = hpo__sql_integer(q, 0),
		.name = hpo__sql_text(q, 1),
		.stopped = hpo__sql_integer(q, 2) != 0,
		.created_s = hpo__sql_real(q, 3),
		.revision = hpo__sql_integer(q, 4),
		.compute_s = hpo__sql_real(q, 10),
		.definition = hpo__sql_text(q, 11),
		.attributes = hpo__sql_text(q, 12),
	};

	for (int i = 0; i < 5; i++)
		row.counts[i] = hpo__sql_integer(q, 5 + i);
	if (row.name == NULL || row.definition == NULL)
		return hpo__fail(error, HPO_ESTORE, "'%s': study %lld has no definition", s->path,
				 (long long)row.id);
	return fn(&row, user);
}

hpo_status_t hpo__sqlite_studies(void *state, hpo_study_row_fn fn, void *user, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_studies, "");

	while (status >= 0) {
		status = hpo__sql_step(state, q, error);
		if (status != HPO_OK)
			break;
		status = give_study(state, q, fn, user, error);
	}
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__sqlite_study(void *state, const char *name, hpo_study_row_fn fn, void *user,
			       hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_study, "t", name);

	if (status >= 0)
		status = hpo__sql_step(state, q, error);
	if (status == HPO_DONE)
		status = hpo__fail(error, HPO_ENOTFOUND, "'%s' has no study '%s'",
				   ((struct hpo_sqlite *)state)->path, name);
	else if (status == HPO_OK)
		status = give_study(state, q, fn, user, error);
	hpo__sql_end(q);
	return status;
}

hpo_status_t hpo__sqlite_redefined(void *state, int64_t study, int64_t since, hpo_study_row_fn fn,
				   void *user, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status;

	status = hpo__sql_start(state, &q, error, select_redefined, "ii", study, since);
	if (status >= 0)
		status = hpo__sql_step(state, q, error);
	if (status == HPO_OK)
		status = give_study(state, q, fn, user, error);
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__sqlite_describe(void *state, int64_t study, const char *attributes,
				  hpo_error_t *error)
{
	int64_t changed = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_DURABLE, error);

	if (status < 0)
		return status;
	status = hpo__sql_run(state, &changed, error, describe_study, "it", study, attributes);
	if (status >= 0)
		status = hpo__sqlite_expect_study(changed, error);
	return hpo__sql_finish(state, status, error);
}

hpo_status_t hpo__sqlite_create(void *state, const char *name, const char *definition, int *created,
				hpo_error_t *error)
{
	double now = hpo__clock_wall();
	int64_t changed = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_DURABLE, error);

	*created = 0;
	if (status < 0)
		return status;
	status = hpo__sql_run(state, &changed, error, insert_study, "td", name, now);
	if (status >= 0 && changed > 0)
		status = hpo__sql_run(state, NULL, error, insert_definition, "tdt", name, now,
				      definition);
	status = hpo__sql_finish(state, status, error);
	*created = status >= 0 && changed > 0;
	return status;
}

/* Whether the study's definition is this one already; HPO_ENOTFOUND. */
static hpo_status_t is_defined(struct hpo_sqlite *s, int64_t study, const char *definition,
			       bool *same, hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status =
		hpo__sql_start(s, &q, error, select_definition, "it", study, definition);

	if (status >= 0)
		status = hpo__sql_step(s, q, error);
	if (status == HPO_DONE)
		status = hpo__sqlite_expect_study(0, error);
	*same = status == HPO_OK && hpo__sql_integer(q, 0) != 0;
	hpo__sql_end(q);
	return status;
}

hpo_status_t hpo__sqlite_redefine(void *state, int64_t study, const char *definition,
				  hpo_error_t *error)
{
	bool same = false;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_DURABLE, error);

	if (status < 0)
		return status;
	status = is_defined(state, study, definition, &same, error);
	if (status >= 0 && !same) {
		status = hpo__sql_run(state, NULL, error, bump_study, "i", study);
		if (status >= 0)
			status = hpo__sql_run(state, NULL, error, insert_change, "idt", study,
					      hpo__clock_wall(), definition);
	}
	return hpo__sql_finish(state, status, error);
}

hpo_status_t hpo__sqlite_definitions(void *state, int64_t study, hpo_definition_fn fn, void *user,
				     hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_definitions, "i", study);

	while (status >= 0) {
		const char *definition;

		status = hpo__sql_step(state, q, error);
		if (status != HPO_OK)
			break;
		definition = hpo__sql_text(q, 0);
		if (definition != NULL)
			status = fn(definition, user);
	}
	hpo__sql_end(q);
	return status < 0 ? status : HPO_OK;
}

hpo_status_t hpo__sqlite_remove(void *state, int64_t study, hpo_error_t *error)
{
	static const char *const removals[] = {
		"DELETE FROM reports WHERE study = ?1",	     "DELETE FROM trials WHERE study = ?1",
		"DELETE FROM late_results WHERE study = ?1", "DELETE FROM workers WHERE study = ?1",
		"DELETE FROM definitions WHERE study = ?1",  "DELETE FROM studies WHERE id = ?1",
	};
	int64_t changed = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_DURABLE, error);

	if (status < 0)
		return status;
	for (size_t i = 0; i < sizeof removals / sizeof *removals && status >= 0; i++)
		status = hpo__sql_run(state, &changed, error, removals[i], "i", study);
	if (status >= 0)
		status = hpo__sqlite_expect_study(changed, error);
	return hpo__sql_finish(state, status, error);
}

hpo_status_t hpo__sqlite_mark_stopped(void *state, int64_t study, int stopped, hpo_error_t *error)
{
	int64_t changed = 0;
	hpo_status_t status = hpo__sql_begin(state, HPO__SQL_DURABLE, error);

	if (status < 0)
		return status;
	status = hpo__sql_run(state, &changed, error, mark_study, "ii", study,
			      (int64_t)(stopped != 0));
	if (status >= 0)
		status = hpo__sqlite_expect_study(changed, error);
	return hpo__sql_finish(state, status, error);
}

hpo_status_t hpo__sqlite_revision(void *state, int64_t study, int64_t *revision, int *stopped,
				  hpo_error_t *error)
{
	struct sqlite3_stmt *q;
	hpo_status_t status = hpo__sql_start(state, &q, error, select_revision, "i", study);

	if (status >= 0)
		status = hpo__sql_step(state, q, error);
	if (status == HPO_DONE)
		status = hpo__sqlite_expect_study(0, error);
	if (status == HPO_OK) {
		*revision = hpo__sql_integer(q, 0);
		*stopped = hpo__sql_integer(q, 1) != 0;
	}
	hpo__sql_end(q);
	return status;
}
