/*
 * Finding clones again: those of a driver that died, and those whose making was
 * never answered.
 */
#include "backend/clearml/clones.h"

#include "backend/clearml/metric_path.h"
#include "base/number.h"
#include "os/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows that one answer of the server has at most. */
enum { PAGE = 500 };

const hpo_json_t *hpo__clearml_metric_entry(const hpo_json_t *task,
					    const struct hpo_clearml_metric *metric)
{
	char title[HPO__MD5_SIZE], series[HPO__MD5_SIZE];

	if (metric->title == NULL)
		return NULL;
	hpo__clearml_md5(metric->title, title);
	hpo__clearml_md5(metric->series, series);
	return hpo__json_get(hpo__json_get(hpo__json_get(task, "last_metrics"), title), series);
}

/* Whether one entry of last_metrics has a finite value. */
static bool is_measured(const hpo_json_t *entry)
{
	return isfinite(hpo__json_real(hpo__json_get(entry, "value")));
}

struct series_search {
	const char *series;
	bool found;
};

static hpo_status_t look_at_variant(const char *key, const hpo_json_t *entry, void *user)
{
	struct series_search *search = user;
	const char *variant = hpo__json_text(hpo__json_get(entry, "variant"));

	(void)key;
	if (variant != NULL && strcmp(variant, search->series) == 0 && is_measured(entry))
		search->found = true;
	return HPO_OK;
}

static hpo_status_t look_at_metric(const char *key, const hpo_json_t *variants, void *user)
{
	(void)key;
	if (hpo__json_kind(variants) != HPO__JSON_OBJECT)
		return HPO_OK;
	return hpo__json_each(variants, look_at_variant, user);
}

bool hpo__clearml_has_values(const struct hpo_clearml_clones *clones, const hpo_json_t *task)
{
	const hpo_json_t *all = hpo__json_get(task, "last_metrics");

	if (hpo__json_kind(all) != HPO__JSON_OBJECT)
		return false;
	for (size_t i = 0; i < clones->metric_count; i++) {
		const struct hpo_clearml_metric *metric = &clones->metrics[i];
		struct series_search search = {metric->series, false};

		if (metric->title != NULL)
			search.found = is_measured(hpo__clearml_metric_entry(task, metric));
		else
			hpo__json_each(all, look_at_metric, &search);
		if (!search.found)
			return false;
	}
	return true;
}

const char *hpo__clearml_property(const hpo_json_t *task, const char *name)
{
	const hpo_json_t *params = hpo__json_get(task, "hyperparams");
	const hpo_json_t *item = hpo__json_get(hpo__json_get(params, "properties"), name);

	return hpo__json_text(hpo__json_get(item, "value"));
}

/* Whether a task is a clone of this study for a trial. */
static bool is_ours(const struct hpo_clearml *clearml, const hpo_json_t *task, int64_t number)
{
	const char *study = hpo__clearml_property(task, HPO__CLEARML_STUDY);
	const char *trial = hpo__clearml_property(task, HPO__CLEARML_TRIAL);
	int64_t found;

	return study != NULL && strcmp(study, clearml->study_id) == 0 && trial != NULL &&
	       hpo__parse_integer(trial, &found) && found == number;
}

/*
 * Whether a clone of an earlier attempt is still good for this one. A process that ran here died
 * with its driver; one that ended without its objectives would only fail again.
 */
static bool is_good(const struct hpo_clearml *clearml, const hpo_json_t *task)
{
	const char *text = hpo__json_text(hpo__json_get(task, "status"));

	switch (hpo__clearml_status(text)) {
	case HPO__CLEARML_DRAFT:
	case HPO__CLEARML_QUEUED:
	case HPO__CLEARML_RUNNING:
		return !clearml->is_local;
	case HPO__CLEARML_DONE:
		return hpo__clearml_has_values(clearml->clones, task);
	case HPO__CLEARML_STOPPED:
	case HPO__CLEARML_FAILED:
		break;
	}
	return false;
}

/* The fields that are looked at when a clone is looked for. */
static void write_fields(const struct hpo_clearml *clearml, struct hpo_buffer *out)
{
	bool whole = false;

	hpo__buffer_text(out, "\"only_fields\":[\"id\",\"status\",\"hyperparams.properties\"");
	for (size_t i = 0; i < clearml->clones->metric_count; i++) {
		const char *path = clearml->clones->metrics[i].path;

		whole = whole || path == NULL;
		if (path != NULL)
			hpo__buffer_format(out, ",\"%s\"", path);
	}
	if (whole)
		hpo__buffer_text(out, ",\"last_metrics\"");
	hpo__buffer_char(out, ']');
}

/* One page of the clones of the study, newest first. */
static hpo_status_t read_page(struct hpo_clearml *clearml, const char *statuses, int page,
			      int limit_ms, hpo_json_t **data, hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_text(&body, "{\"parent\":[");
	hpo__buffer_json_text(&body, clearml->optimizer.id);
	hpo__buffer_format(&body, "],%s\"order_by\":[\"-created\"],\"page\":%d,\"page_size\":%d,",
			   statuses, page, (int)PAGE);
	hpo__buffer_text(&body, "\"search_hidden\":true,");
	write_fields(clearml, &body);
	hpo__buffer_char(&body, '}');
	status = hpo__clearml_ask(clearml->session, "tasks.get_all", &body, HPO__HTTP_REPEAT,
				  limit_ms, data, NULL, error);
	return status;
}

/* A process that ran here died with its driver: its task is ended, one that never ran deleted. */
static void end_orphan(struct hpo_clearml *clearml, const hpo_json_t *task, int limit_ms)
{
	const char *id = hpo__json_text(hpo__json_get(task, "id"));
	const char *text = hpo__json_text(hpo__json_get(task, "status"));
	const enum hpo_clearml_status status = hpo__clearml_status(text);

	if (!clearml->is_local || !hpo__clearml_has_id(hpo__json_get(task, "id")))
		return;
	if (status == HPO__CLEARML_DRAFT)
		hpo__clearml_doom(clearml, id);
	else if (status == HPO__CLEARML_QUEUED || status == HPO__CLEARML_RUNNING)
		hpo__clearml_call_task(clearml, "tasks.stopped", id,
				       ",\"force\":true,\"status_reason\":"
				       "\"its process died with the optimizer\"",
				       limit_ms, NULL, NULL, NULL);
}

/* The newest good clone of a trial, by its properties. HPO_ENOTFOUND: there is none. */
static hpo_status_t look_for(struct hpo_clearml *clearml, int64_t number, int limit_ms,
			     hpo_task_id_t *id, bool *is_draft, hpo_error_t *error)
{
	for (int page = 0;; page++) {
		hpo_json_t *data = NULL;
		hpo_status_t status = read_page(clearml, "", page, limit_ms, &data, error);
		const hpo_json_t *tasks = hpo__json_get(data, "tasks");
		const size_t count = hpo__json_size(tasks);

		for (size_t i = 0; status == HPO_OK && i < count; i++) {
			const hpo_json_t *task = hpo__json_item(tasks, i);
			const hpo_json_t *name = hpo__json_get(task, "id");
			const char *text = hpo__json_text(hpo__json_get(task, "status"));

			if (!hpo__clearml_has_id(name) || !is_ours(clearml, task, number))
				continue;
			if (!is_good(clearml, task)) {
				end_orphan(clearml, task, limit_ms);
				continue;
			}
			snprintf(id->text, sizeof id->text, "%s", hpo__json_text(name));
			*is_draft = hpo__clearml_status(text) == HPO__CLEARML_DRAFT;
			hpo__json_free(data);
			return HPO_OK;
		}
		hpo__json_free(data);
		if (status != HPO_OK)
			return status;
		if (count < PAGE)
			return HPO_ENOTFOUND;
	}
}

/* A named clone of an earlier attempt, if it is still good. */
static hpo_status_t look_at(struct hpo_clearml *clearml, int64_t number, const char *id,
			    int limit_ms, bool *is_draft, hpo_error_t *error)
{
	hpo_json_t *data = NULL;
	const hpo_json_t *task;
	hpo_status_t status;

	status = hpo__clearml_call_task(clearml, "tasks.get_by_id", id, "", limit_ms, &data, NULL,
					error);
	task = hpo__json_get(data, "task");
	if (status == HPO_OK && is_ours(clearml, task, number) && is_good(clearml, task)) {
		*is_draft = hpo__clearml_status(hpo__json_text(hpo__json_get(task, "status"))) ==
			    HPO__CLEARML_DRAFT;
	} else if (status != HPO_WAIT && status != HPO_ENOMEM) {
		if (status == HPO_OK && is_ours(clearml, task, number))
			end_orphan(clearml, task, limit_ms);
		status = HPO_ENOTFOUND;
	}
	hpo__json_free(data);
	return status;
}

hpo_status_t hpo__clearml_attach(struct hpo_clearml *clearml, hpo_trial_t *trial, hpo_task_id_t *id,
				 int limit_ms, hpo_error_t *error)
{
	const int64_t number = hpo_trial_number(trial);
	struct hpo_clearml_clone *clone;
	bool is_draft = false;
	hpo_status_t status;

	if (id->text[0] != '\0')
		status = look_at(clearml, number, id->text, limit_ms, &is_draft, error);
	else
		status = look_for(clearml, number, limit_ms, id, &is_draft, error);
	if (status != HPO_OK)
		return status;

	clone = hpo__clearml_clone_enter(clearml, id->text, hpo_trial_number(trial),
					 hpo_trial_slot(trial));
	if (clone == NULL)
		return hpo__fail_memory(error);
	/* It may be a draft that could not be started before. */
	hpo__clearml_spare(clearml->clones, id->text);
	clone->released = true;
	clone->status = HPO__CLEARML_RUNNING;
	hpo__log(&clearml->log, HPO_LOG_INFO, "trial %lld goes on as task %s", (long long)number,
		 id->text);
	if (!is_draft)
		return HPO_OK;
	status = hpo__clearml_enqueue(clearml, id->text, limit_ms, error);
	if (status != HPO_OK)
		hpo__clearml_forget(clearml, id->text);
	return status;
}

/* End one clone that this driver made and nobody follows. */
static void end_stray(struct hpo_clearml *clearml, const hpo_json_t *task, int limit_ms)
{
	const char *id = hpo__json_text(hpo__json_get(task, "id"));
	const char *driver = hpo__clearml_property(task, HPO__CLEARML_DRIVER);
	struct hpo_clearml_clone *clone;

	if (!hpo__clearml_has_id(hpo__json_get(task, "id")) || driver == NULL ||
	    strcmp(driver, clearml->driver_id) != 0 ||
	    hpo__clearml_clone_find(clearml->clones, id) != NULL)
		return;
	clone = hpo__clearml_clone_enter(clearml, id, -1, 0);
	if (clone == NULL)
		return;
	clone->status = hpo__clearml_status(hpo__json_text(hpo__json_get(task, "status")));
	clone->released = clone->status != HPO__CLEARML_DRAFT;
	if (clone->released)
		hpo__clearml_abort(clearml, id, limit_ms, NULL);
	hpo__clearml_forget(clearml, id);
}

void hpo__clearml_end_strays(struct hpo_clearml *clearml, double end)
{
	static const char alive[] = "\"status\":[\"created\",\"queued\",\"in_progress\"],";
	size_t count = PAGE;

	for (int page = 0; count == PAGE; page++) {
		const double left_s = end - hpo__clock_monotonic();
		hpo_json_t *data = NULL;
		const hpo_json_t *tasks;

		if (left_s <= 0 || read_page(clearml, alive, page, (int)(left_s * 1000.0) + 1,
					     &data, NULL) != HPO_OK)
			return;
		tasks = hpo__json_get(data, "tasks");
		count = hpo__json_size(tasks);
		for (size_t i = 0; i < count; i++)
			end_stray(clearml, hpo__json_item(tasks, i), 5000);
		hpo__json_free(data);
	}
}
