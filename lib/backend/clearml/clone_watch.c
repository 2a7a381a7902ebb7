/*
 * Clones that were told to stop before they had reported anything. An agent
 * takes a task from its queue, prepares it, and sets it running by force: one
 * that was stopped meanwhile runs after all. So these are looked at for a while.
 */
#include "backend/clearml/clones.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>

/* For how long one is looked at while the run goes on, and at its end. */
static const double watch_s = 30.0;
static const double last_watch_s = 1.5;
/* As many as go into a question beside those that live. */
enum { MOST = 100, LOOK_MS = 250 };

void hpo__clearml_watch(struct hpo_clearml *clearml, const struct hpo_clearml_clone *clone)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	struct hpo_clearml_watched *list;

	if (clearml->is_local || clone->iteration > 0 || clone->seen[0].any)
		return;
	if (clones->watched_count == MOST)
		memmove(clones->watched, clones->watched + 1,
			--clones->watched_count * sizeof *clones->watched);
	list = hpo__grow(clones->watched, &clones->watched_capacity, clones->watched_count + 1,
			 sizeof *list);
	if (list == NULL)
		return;
	clones->watched = list;
	snprintf(list[clones->watched_count].id, sizeof list->id, "%s", clone->id);
	list[clones->watched_count++].stopped = hpo__clock_monotonic();
}

void hpo__clearml_watch_row(struct hpo_clearml *clearml, const hpo_json_t *task, int limit_ms)
{
	struct hpo_clearml_clones *clones = clearml->clones;
	const char *id = hpo__json_text(hpo__json_get(task, "id"));
	const char *is = hpo__json_text(hpo__json_get(task, "status"));

	if (id == NULL || is == NULL || strcmp(is, "in_progress") != 0)
		return;
	for (size_t i = 0; i < clones->watched_count; i++) {
		if (strcmp(clones->watched[i].id, id) != 0)
			continue;
		hpo__clearml_stop(clearml, id, limit_ms, NULL, NULL);
		clones->watched[i].stopped = hpo__clock_monotonic();
	}
}

static void let_go(struct hpo_clearml_clones *clones, double age_s)
{
	const double now = hpo__clock_monotonic();
	size_t left = 0;

	for (size_t i = 0; i < clones->watched_count; i++)
		if (now - clones->watched[i].stopped < age_s)
			clones->watched[left++] = clones->watched[i];
	clones->watched_count = left;
}

void hpo__clearml_watch_sweep(struct hpo_clearml_clones *clones)
{
	let_go(clones, watch_s);
}

static hpo_status_t look(struct hpo_clearml *clearml, int limit_ms)
{
	const struct hpo_clearml_clones *clones = clearml->clones;
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	const hpo_json_t *tasks;
	hpo_status_t status = HPO_ENOMEM;

	hpo__buffer_text(&body, "{\"id\":[");
	for (size_t i = 0; i < clones->watched_count; i++) {
		if (i > 0)
			hpo__buffer_char(&body, ',');
		hpo__buffer_json_text(&body, clones->watched[i].id);
	}
	hpo__buffer_text(&body, "],\"only_fields\":[\"id\",\"status\"],\"search_hidden\":true}");
	if (!body.failed)
		status = hpo__clearml_call(clearml->session, "tasks.get_all", &body,
					   HPO__HTTP_REPEAT, limit_ms, &data, NULL, NULL);
	hpo__buffer_release(&body);
	tasks = hpo__json_get(data, "tasks");
	for (size_t i = 0; i < hpo__json_size(tasks); i++)
		hpo__clearml_watch_row(clearml, hpo__json_item(tasks, i), limit_ms);
	hpo__json_free(data);
	return status;
}

void hpo__clearml_watch_close(struct hpo_clearml *clearml, double end)
{
	struct hpo_clearml_clones *clones = clearml->clones;

	let_go(clones, last_watch_s);
	while (clones->watched_count > 0 && hpo__clock_monotonic() < end &&
	       hpo__clearml_pause(clearml->session, LOOK_MS) &&
	       look(clearml, hpo__clearml_left_ms(end)) == HPO_OK)
		let_go(clones, last_watch_s);
}
