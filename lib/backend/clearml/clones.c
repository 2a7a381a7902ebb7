/*
 * The clones of a run: let run, ended, put out of sight.
 */
#include "backend/clearml/clones.h"

#include "backend/clearml/local.h"
#include "backend/clearml/metric_path.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>

/* Ids that one call takes at most. */
enum { PAGE = 500 };

/* A status that somebody changes at the same moment is tried so often, after so long. */
enum { RACES = 5, RACE_MS = 100 };

/* Codes of the server's refusals (subcodes of 400). */
enum { NO_SUCH_TASK = 101, WRONG_STATUS = 110, STATUS_CHANGED = 121, QUEUED_ALREADY = 706 };

enum hpo_clearml_status hpo__clearml_status(const char *text)
{
	static const struct {
		const char *text;
		enum hpo_clearml_status status;
	} table[] = {
		{"created", HPO__CLEARML_DRAFT},   {"queued", HPO__CLEARML_QUEUED},
		{"stopped", HPO__CLEARML_STOPPED}, {"failed", HPO__CLEARML_FAILED},
		{"completed", HPO__CLEARML_DONE},  {"closed", HPO__CLEARML_DONE},
		{"publishing", HPO__CLEARML_DONE}, {"published", HPO__CLEARML_DONE},
	};

	for (size_t i = 0; text != NULL && i < sizeof table / sizeof *table; i++)
		if (strcmp(text, table[i].text) == 0)
			return table[i].status;
	return HPO__CLEARML_RUNNING;
}

struct hpo_clearml_clone *hpo__clearml_clone_find(struct hpo_clearml_clones *clones, const char *id)
{
	for (size_t i = 0; i < clones->count; i++)
		if (strcmp(clones->list[i].id, id) == 0)
			return &clones->list[i];
	return NULL;
}

struct hpo_clearml_clone *hpo__clearml_clone_enter(struct hpo_clearml *clearml, const char *id,
						   int64_t trial, int slot)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	struct hpo_clearml_clone *clone = hpo__clearml_clone_find(clones, id);
	struct hpo_clearml_clone *list;

	if (clone != NULL)
		return clone;
	list = hpo__grow(clones->list, &clones->capacity, clones->count + 1, sizeof *list);
	if (list == NULL)
		return NULL;
	clones->list = list;
	clone = &list[clones->count];
	memset(clone, 0, sizeof *clone);
	clone->seen = hpo__calloc(2 * clones->metric_count + 1, sizeof *clone->seen);
	if (clone->seen == NULL)
		return NULL;
	snprintf(clone->id, sizeof clone->id, "%s", id);
	clone->trial = trial;
	clone->slot = slot;
	clones->count++;
	return clone;
}

hpo_status_t hpo__clearml_call_task(struct hpo_clearml *clearml, const char *endpoint,
				    const char *task, const char *more, int limit_ms,
				    hpo_json_t **data, struct hpo_clearml_outcome *outcome,
				    hpo_error_t *error)
{
	struct hpo_clearml_outcome unasked = {0, 0, false};
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_error_t why;
	hpo_status_t status;
	int races = 0;

	hpo__buffer_text(&body, "{\"task\":");
	hpo__buffer_json_text(&body, task);
	hpo__buffer_text(&body, more);
	hpo__buffer_char(&body, '}');
	if (outcome == NULL)
		outcome = &unasked;
	do {
		why = (hpo_error_t){0, ""};
		if (body.failed)
			status = hpo__fail_memory(&why);
		else
			status = hpo__clearml_call(clearml->session, endpoint, &body,
						   HPO__HTTP_REPEAT, limit_ms, data, outcome, &why);
	} while (status == HPO_EBACKEND && outcome->code == 400 &&
		 outcome->subcode == STATUS_CHANGED && ++races < RACES &&
		 hpo__clearml_pause(clearml->session, RACE_MS));
	if (status != HPO_OK)
		hpo__fail(error, status, "%s", why.message);
	hpo__buffer_release(&body);
	return status;
}

bool hpo__clearml_has_id(const hpo_json_t *json)
{
	const char *text = hpo__json_text(json);
	struct hpo_clearml_clone *none = NULL;

	return text != NULL && *text != '\0' && strlen(text) < sizeof none->id;
}

void hpo__clearml_doom(struct hpo_clearml *clearml, const char *id)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	char **doomed = hpo__grow(clones->doomed, &clones->doomed_capacity,
				  clones->doomed_count + 1, sizeof *doomed);

	if (doomed == NULL) {
		clones->strays = true; /* close() finds it by its properties */
		return;
	}
	clones->doomed = doomed;
	doomed[clones->doomed_count] = hpo__strdup(id);
	if (doomed[clones->doomed_count] != NULL)
		clones->doomed_count++;
	else
		clones->strays = true;
}

void hpo__clearml_spare(struct hpo_clearml_clones *clones, const char *id)
{
	for (size_t i = clones->doomed_count; i-- > 0;) {
		if (strcmp(clones->doomed[i], id) != 0)
			continue;
		hpo__free(clones->doomed[i]);
		clones->doomed[i] = clones->doomed[--clones->doomed_count];
	}
}

void hpo__clearml_sweep(struct hpo_clearml *clearml, int limit_ms)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	const double end = hpo__clock_monotonic() + limit_ms / 1000.0;

	while (clones->doomed_count > 0) {
		char *id = clones->doomed[clones->doomed_count - 1];
		const double left_s = end - hpo__clock_monotonic();

		if (left_s <= 0 ||
		    hpo__clearml_call_task(clearml, "tasks.delete", id, ",\"force\":true",
					   (int)(left_s * 1000.0) + 1, NULL, NULL,
					   NULL) == HPO_WAIT)
			return;
		hpo__free(id);
		clones->doomed_count--;
	}
}

static hpo_status_t start_here(struct hpo_clearml *clearml, struct hpo_clearml_clone *clone,
			       int limit_ms, hpo_error_t *error)
{
	hpo_status_t status = hpo__clearml_local_start(clearml, clone->id, clone->trial,
						       clone->slot, limit_ms, error);

	if (status == HPO_OK) {
		clone->released = true;
		clone->status = HPO__CLEARML_RUNNING;
	}
	return status;
}

hpo_status_t hpo__clearml_enqueue(struct hpo_clearml *clearml, const char *id, int limit_ms,
				  hpo_error_t *error)
{
	struct hpo_clearml_clone *clone = hpo__clearml_clone_find(clearml->clones, id);
	struct hpo_clearml_outcome outcome = {0, 0, false};
	struct hpo_buffer more = HPO__BUFFER_INIT;
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	if (clone == NULL)
		return hpo__fail(error, HPO_EBACKEND, "task %s is not a clone of this run", id);
	if (clearml->is_local)
		return start_here(clearml, clone, limit_ms, error);

	hpo__buffer_text(&more, ",\"queue\":");
	hpo__buffer_json_text(&more, clearml->queue_id);
	if (more.failed)
		status = hpo__fail_memory(&why);
	else
		status = hpo__clearml_call_task(clearml, "tasks.enqueue", id, more.text, limit_ms,
						NULL, &outcome, &why);
	hpo__buffer_release(&more);
	/* After a lost answer it may be in the queue already, or an agent may have taken it. */
	if (status == HPO_EBACKEND && outcome.code == 400 &&
	    (outcome.subcode == QUEUED_ALREADY || outcome.subcode == WRONG_STATUS))
		status = HPO_OK;
	/* Whether it is in the queue is seen when its trial comes again, or at the end of the run.
	 */
	if (outcome.uncertain)
		clone->released = clearml->clones->strays = true;
	if (status != HPO_OK)
		return hpo__fail(error, status, "%s", why.message);
	clone->released = true;
	clone->status = HPO__CLEARML_QUEUED;
	return HPO_OK;
}

/*
 * A queued clone goes out of its queue before its status is touched: once it is out, no agent
 * can take it, and to take a running one back to a draft would lose what it did.
 */
static hpo_status_t take_back(struct hpo_clearml *clearml, struct hpo_clearml_clone *clone,
			      int limit_ms, hpo_error_t *error)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_text(&body, "{\"queue\":");
	hpo__buffer_json_text(&body, clearml->queue_id);
	hpo__buffer_text(&body, ",\"task\":");
	hpo__buffer_json_text(&body, clone->id);
	hpo__buffer_char(&body, '}');
	status = hpo__clearml_ask(clearml->session, "queues.remove_task", &body, HPO__HTTP_REPEAT,
				  limit_ms, NULL, NULL, error);
	return status;
}

/* Without "worker" in the message, or what runs in the task would take it for the agent's. */
static const char stop_words[] = ",\"status_reason\":\"stopped by the optimizer\","
				 "\"status_message\":\"stopped by the optimizer\"";

hpo_status_t hpo__clearml_stop(struct hpo_clearml *clearml, const char *id, int limit_ms,
			       struct hpo_clearml_outcome *outcome, hpo_error_t *error)
{
	return hpo__clearml_call_task(clearml, "tasks.stopped", id, stop_words, limit_ms, NULL,
				      outcome, error);
}

hpo_status_t hpo__clearml_abort(struct hpo_clearml *clearml, const char *id, int limit_ms,
				hpo_error_t *error)
{
	struct hpo_clearml_clone *clone = hpo__clearml_clone_find(clearml->clones, id);
	struct hpo_clearml_outcome outcome = {0, 0, false};
	hpo_error_t why = {0, ""};
	hpo_status_t status = HPO_EBACKEND;

	if (clone == NULL)
		return HPO_OK;
	if (clearml->clones->is_away)
		return HPO_WAIT; /* the next poll tells whether it is back */
	if (clone->status == HPO__CLEARML_QUEUED && !clearml->is_local) {
		status = take_back(clearml, clone, limit_ms, &why);
		if (status == HPO_OK)
			clone->removed = true; /* poll tells its end, forget() deletes it */
		if (status == HPO_OK || status == HPO_WAIT || status == HPO_ENOMEM)
			goto done;
		why = (hpo_error_t){0, ""}; /* it is in no queue any more: it runs */
	}
	status = hpo__clearml_stop(clearml, id, limit_ms, &outcome, &why);
	if (status == HPO_OK)
		hpo__clearml_watch(clearml, clone);
	/* It ended, or is gone, meanwhile: the next poll tells which. */
	if (status == HPO_EBACKEND && outcome.code == 400 &&
	    (outcome.subcode == WRONG_STATUS || outcome.subcode == STATUS_CHANGED ||
	     outcome.subcode == NO_SUCH_TASK))
		status = HPO_OK;
	if (clearml->is_local && status != HPO_WAIT)
		hpo__clearml_local_stop(clearml, id);
done:
	clearml->clones->is_away = clearml->clones->is_away || status == HPO_WAIT;
	if (status != HPO_OK)
		return hpo__fail(error, status, "%s", why.message);
	clone->stopping = true;
	clearml->clones->next_poll = 0;
	return HPO_OK;
}

/* A clone that no agent may ever take again is deleted: it was never run. */
void hpo__clearml_forget(struct hpo_clearml *clearml, const char *id)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	struct hpo_clearml_clone *clone = hpo__clearml_clone_find(clones, id);

	if (clone == NULL)
		return;
	if (clone->removed || !clone->released)
		hpo__clearml_doom(clearml, clone->id);
	hpo__free(clone->seen);
	*clone = clones->list[--clones->count];
}

hpo_status_t hpo__clearml_archive(struct hpo_clearml *clearml, const hpo_task_id_t *ids,
				  size_t count, bool hidden, int limit_ms, hpo_error_t *error)
{
	const char *endpoint = hidden ? "tasks.archive_many" : "tasks.unarchive_many";
	hpo_status_t status = HPO_OK;

	for (size_t first = 0; status == HPO_OK && first < count; first += PAGE) {
		struct hpo_buffer body = HPO__BUFFER_INIT;

		hpo__buffer_text(&body, "{\"ids\":[");
		for (size_t i = first; i < count && i < first + PAGE; i++) {
			if (i > first)
				hpo__buffer_char(&body, ',');
			hpo__buffer_json_text(&body, ids[i].text);
		}
		hpo__buffer_text(&body, "]}");
		status = hpo__clearml_ask(clearml->session, endpoint, &body, HPO__HTTP_REPEAT,
					  limit_ms, NULL, NULL, error);
	}
	return status;
}

static hpo_status_t read_metric(struct hpo_clearml_metric *metric, const hpo_json_t *objective,
				hpo_error_t *error)
{
	const char *title = hpo__json_text(hpo__json_get(objective, "title"));
	const char *series = hpo__json_text(hpo__json_get(objective, "series"));
	const char *goal = hpo__json_text(hpo__json_get(objective, "goal"));
	struct hpo_buffer key = HPO__BUFFER_INIT;

	metric->series = hpo__strdup(series != NULL ? series : "");
	hpo__buffer_format(&key, "%s%s%s", title != NULL ? title : "", title != NULL ? "/" : "",
			   metric->series != NULL ? metric->series : "");
	metric->key = hpo__buffer_take(&key);
	metric->is_minimum = goal != NULL && strcmp(goal, "min_global") == 0;
	metric->is_maximum = goal != NULL && strcmp(goal, "max_global") == 0;
	if (metric->series == NULL || metric->key == NULL)
		return hpo__fail_memory(error);
	if (title == NULL)
		return HPO_OK;
	metric->title = hpo__strdup(title);
	metric->path = hpo__clearml_metric_path(title, metric->series);
	if (metric->title == NULL || metric->path == NULL)
		return hpo__fail_memory(error);
	return HPO_OK;
}

/* Whether anything in the study looks at the iterations of reports. */
static bool need_iterations(const hpo_json_t *study)
{
	const hpo_json_t *limits = hpo__json_get(study, "limits");
	const char *pruner = hpo__json_text(hpo__json_get(hpo__json_get(study, "pruner"), "name"));

	return hpo__json_real(hpo__json_get(limits, "max_iterations")) > 0 ||
	       (pruner != NULL && strcmp(pruner, "none") != 0);
}

hpo_status_t hpo__clearml_clones_open(struct hpo_clearml *clearml, hpo_error_t *error)
{
	const hpo_json_t *objectives = hpo__json_get(clearml->study, "objectives");
	const size_t count = hpo__json_size(objectives);
	struct hpo_clearml_clones *clones = hpo__calloc(1, sizeof *clones);
	hpo_status_t status = HPO_OK;

	if (clones == NULL)
		return hpo__fail_memory(error);
	clearml->clones = clones;
	clones->iterations_matter = need_iterations(clearml->study);
	clones->metrics = hpo__calloc(count + 1, sizeof *clones->metrics);
	if (clones->metrics == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < count && status >= 0; i++) {
		clones->metric_count = i + 1;
		status = read_metric(&clones->metrics[i], hpo__json_item(objectives, i), error);
	}
	return status;
}

void hpo__clearml_clones_release(struct hpo_clearml_clones *clones)
{
	if (clones == NULL)
		return;
	for (size_t i = 0; i < clones->count; i++)
		hpo__free(clones->list[i].seen);
	for (size_t i = 0; i < clones->metric_count; i++) {
		struct hpo_clearml_metric *metric = &clones->metrics[i];

		hpo__free(metric->title);
		hpo__free(metric->series);
		hpo__free(metric->key);
		hpo__free(metric->path);
	}
	for (size_t i = 0; i < clones->doomed_count; i++)
		hpo__free(clones->doomed[i]);
	hpo__free(clones->doomed);
	hpo__free(clones->watched);
	hpo__free(clones->metrics);
	hpo__free(clones->list);
	hpo__free(clones);
}

void hpo__clearml_clones_close(struct hpo_clearml *clearml, int limit_ms)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	const double end = hpo__clock_monotonic() + limit_ms / 1000.0;

	if (clones == NULL)
		return;
	while (clones->count > 0) {
		const double left_s = end - hpo__clock_monotonic();
		struct hpo_clearml_clone *clone = &clones->list[clones->count - 1];

		if (left_s <= 0 || hpo__clearml_abort(clearml, clone->id,
						      (int)(left_s * 1000.0) + 1, NULL) == HPO_WAIT)
			break;
		hpo__clearml_forget(clearml, clone->id);
	}
	if (clones->count > 0)
		hpo__log(&clearml->log, HPO_LOG_WARNING,
			 "%zu tasks could not be stopped, for the server does not answer; the next "
			 "run of this study finds them",
			 clones->count);
	else if (clones->strays)
		hpo__clearml_end_strays(clearml, end);
	if (clones->count == 0)
		hpo__clearml_watch_close(clearml, end);
	if (end > hpo__clock_monotonic())
		hpo__clearml_sweep(clearml, (int)((end - hpo__clock_monotonic()) * 1000.0) + 1);
}
