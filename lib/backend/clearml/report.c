/*
 * The state of the study, shown on the optimizer task in ClearML's own event
 * formats, so that its web pages draw it; and its summary, kept as an artifact.
 */
#include "backend/clearml/clones.h"
#include "backend/clearml/optimizer_task.h"
#include "base/alloc.h"
#include "os/clock.h"

#include <math.h>
#include <sha2.h>
#include <string.h>

enum { LONGEST_PREVIEW = 65536, TASK_COLUMN = 0, WRONG_STATUS = 110 };

/* One report on its way. */
struct showing {
	struct hpo_clearml *clearml;
	const hpo_json_t *report;
	int64_t number, now_ms;
};

static void scalar(struct showing *showing, const char *metric, const char *variant, double value)
{
	struct hpo_clearml_optimizer *optimizer = &showing->clearml->optimizer;

	hpo__clearml_event_scalar(&optimizer->events, optimizer->id, metric, variant,
				  showing->number, value, showing->now_ms);
}

static hpo_status_t show_budget(const char *name, const hpo_json_t *value, void *user)
{
	scalar(user, "remaining budget", name, hpo__json_real(value));
	return HPO_OK;
}

/* How many agents listen on the queue; -1: not known. */
static double count_agents(struct hpo_clearml *clearml, int limit_ms)
{
	struct hpo_buffer body = HPO__BUFFER_INIT;
	hpo_json_t *data = NULL;
	const hpo_json_t *agents;
	double count = 0;

	hpo__buffer_text(&body, "{\"last_seen\":600}");
	if (body.failed ||
	    hpo__clearml_call(clearml->session, "workers.get_all", &body, HPO__HTTP_REPEAT,
			      limit_ms, &data, NULL, NULL) != HPO_OK) {
		hpo__buffer_release(&body);
		return -1;
	}
	agents = hpo__json_get(data, "workers");
	for (size_t i = 0; i < hpo__json_size(agents); i++) {
		const hpo_json_t *queues = hpo__json_get(hpo__json_item(agents, i), "queues");

		for (size_t k = 0; k < hpo__json_size(queues); k++) {
			const char *id =
				hpo__json_text(hpo__json_get(hpo__json_item(queues, k), "id"));

			count += id != NULL && strcmp(id, clearml->queue_id) == 0;
		}
	}
	hpo__json_free(data);
	hpo__buffer_release(&body);
	return count;
}

static void show_resources(struct showing *showing, int limit_ms)
{
	struct hpo_clearml *clearml = showing->clearml;
	double agents;

	if (!clearml->is_local) {
		agents = count_agents(clearml, limit_ms);
		if (agents >= 0)
			scalar(showing, "resources", "queue workers", agents);
	}
	scalar(showing, "resources", "running tasks", (double)clearml->clones->running);
	scalar(showing, "resources", "pending tasks", (double)clearml->clones->pending);
}

static void show_objectives(struct showing *showing)
{
	const hpo_json_t *list = hpo__json_get(showing->report, "objectives");

	for (size_t i = 0; i < hpo__json_size(list); i++) {
		const hpo_json_t *objective = hpo__json_item(list, i);
		const char *key = hpo__json_text(hpo__json_get(objective, "key"));
		const char *goal = hpo__json_text(hpo__json_get(objective, "goal"));

		if (key == NULL || goal == NULL)
			continue;
		scalar(showing, key, strncmp(goal, "max", 3) == 0 ? "max" : "min",
		       hpo__json_real(hpo__json_get(objective, "best")));
		scalar(showing, key, "last reported",
		       hpo__json_real(hpo__json_get(objective, "last")));
	}
}

static void plot(struct showing *showing, const char *metric, const char *variant,
		 const struct hpo_buffer *figure)
{
	struct hpo_clearml_optimizer *optimizer = &showing->clearml->optimizer;

	if (figure->failed)
		optimizer->events.lines.failed = true;
	else
		hpo__clearml_event_plot(&optimizer->events, optimizer->id, metric, variant,
					figure->text, showing->now_ms);
}

static void show_figures(struct showing *showing)
{
	const hpo_json_t *list = hpo__json_get(showing->report, "figures");

	for (size_t i = 0; i < hpo__json_size(list); i++) {
		const hpo_json_t *entry = hpo__json_item(list, i);
		const char *title = hpo__json_text(hpo__json_get(entry, "title"));
		const char *series = hpo__json_text(hpo__json_get(entry, "series"));
		const hpo_json_t *figure = hpo__json_get(entry, "figure");
		struct hpo_buffer text = HPO__BUFFER_INIT;

		if (title == NULL || figure == NULL)
			continue;
		hpo__json_write(figure, &text);
		plot(showing, title, series != NULL ? series : "", &text);
		hpo__buffer_release(&text);
	}
}

/* Text as HTML shows it: names come from users. */
static void write_escaped(struct hpo_buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			hpo__buffer_text(out, "&lt;");
		else if (*text == '>')
			hpo__buffer_text(out, "&gt;");
		else if (*text == '&')
			hpo__buffer_text(out, "&amp;");
		else if (*text == '"')
			hpo__buffer_text(out, "&quot;");
		else
			hpo__buffer_char(out, *text);
	}
}

/* A clone's id as a link to its page. */
static void write_link(const struct hpo_clearml *clearml, const char *id, struct hpo_buffer *out)
{
	const char *project = clearml->settings.project == NULL ? clearml->base.project : NULL;
	struct hpo_buffer link = HPO__BUFFER_INIT;

	hpo__buffer_text(&link, "<a href=\"");
	write_escaped(&link, clearml->config.web);
	hpo__buffer_text(&link, "/projects/");
	write_escaped(&link, project != NULL ? project : "*");
	hpo__buffer_text(&link, "/experiments/");
	write_escaped(&link, id);
	hpo__buffer_text(&link, "/output/log\">");
	write_escaped(&link, id);
	hpo__buffer_text(&link, "</a>");
	out->failed = out->failed || link.failed;
	if (!link.failed)
		hpo__buffer_json_text(out, link.text);
	hpo__buffer_release(&link);
}

static void write_cell(const struct hpo_clearml *clearml, const hpo_json_t *cell, size_t column,
		       struct hpo_buffer *out)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (column == TASK_COLUMN && hpo__json_text(cell) != NULL) {
		write_link(clearml, hpo__json_text(cell), out);
	} else if (hpo__json_text(cell) != NULL) {
		write_escaped(&text, hpo__json_text(cell));
		out->failed = out->failed || text.failed;
		hpo__buffer_json_text(out, text.text != NULL ? text.text : "");
	} else if (cell == NULL || hpo__json_kind(cell) == HPO__JSON_NULL) {
		hpo__buffer_text(out, "\"\"");
	} else {
		hpo__json_write(cell, out);
	}
	hpo__buffer_release(&text);
}

/* The columns of the table, one after another, as Plotly wants them. */
static void write_cells(const struct hpo_clearml *clearml, const hpo_json_t *columns,
			const hpo_json_t *rows, struct hpo_buffer *out)
{
	for (size_t k = 0; k < hpo__json_size(columns); k++) {
		hpo__buffer_text(out, k > 0 ? ",[" : "[");
		for (size_t i = 0; i < hpo__json_size(rows); i++) {
			if (i > 0)
				hpo__buffer_char(out, ',');
			write_cell(clearml, hpo__json_item(hpo__json_item(rows, i), k), k, out);
		}
		hpo__buffer_char(out, ']');
	}
}

static void write_title(const hpo_json_t *report, struct hpo_buffer *out)
{
	const hpo_json_t *list = hpo__json_get(report, "objectives");
	struct hpo_buffer title = HPO__BUFFER_INIT;

	hpo__buffer_text(&title, "objective: ");
	for (size_t i = 0; i < hpo__json_size(list); i++) {
		const char *key = hpo__json_text(hpo__json_get(hpo__json_item(list, i), "key"));

		hpo__buffer_format(&title, "%s%s", i > 0 ? ", " : "", key != NULL ? key : "");
	}
	out->failed = out->failed || title.failed;
	if (!title.failed)
		hpo__buffer_json_text(out, title.text);
	hpo__buffer_release(&title);
}

static void show_table(struct showing *showing)
{
	const hpo_json_t *table = hpo__json_get(showing->report, "table");
	const hpo_json_t *columns = hpo__json_get(table, "columns");
	const hpo_json_t *rows = hpo__json_get(table, "rows");
	struct hpo_buffer figure = HPO__BUFFER_INIT;

	if (hpo__json_kind(columns) != HPO__JSON_ARRAY || hpo__json_kind(rows) != HPO__JSON_ARRAY)
		return;
	hpo__buffer_text(&figure, "{\"data\":[{\"type\":\"table\",\"header\":{\"align\":\"left\","
				  "\"values\":");
	hpo__json_write(columns, &figure);
	hpo__buffer_text(&figure, "},\"cells\":{\"align\":\"left\",\"height\":30,\"values\":[");
	write_cells(showing->clearml, columns, rows, &figure);
	hpo__buffer_text(&figure, "]}}],\"layout\":{\"title\":");
	write_title(showing->report, &figure);
	hpo__buffer_text(&figure, "}}");
	plot(showing, "summary", "job", &figure);
	hpo__buffer_release(&figure);
}

static void show_lines(struct showing *showing)
{
	struct hpo_clearml_optimizer *optimizer = &showing->clearml->optimizer;
	const hpo_json_t *list = hpo__json_get(showing->report, "lines");

	for (size_t i = 0; i < hpo__json_size(list); i++) {
		const char *line = hpo__json_text(hpo__json_item(list, i));

		/* One millisecond apart, so that the page keeps their order. */
		if (line != NULL)
			hpo__clearml_event_log(&optimizer->events, optimizer->id, "INFO",
					       showing->clearml->config.worker, line,
					       showing->now_ms + (int64_t)i);
	}
}

/* {"table":[[columns],[row],…]} */
static void write_summary(const hpo_json_t *report, struct hpo_buffer *out)
{
	const hpo_json_t *table = hpo__json_get(report, "table");
	const hpo_json_t *columns = hpo__json_get(table, "columns");
	const hpo_json_t *rows = hpo__json_get(table, "rows");

	hpo__buffer_text(out, "{\"table\":[");
	if (columns != NULL)
		hpo__json_write(columns, out);
	for (size_t i = 0; i < hpo__json_size(rows); i++) {
		hpo__buffer_char(out, ',');
		hpo__json_write(hpo__json_item(rows, i), out);
	}
	hpo__buffer_text(out, "]}");
}

/* A preview of at most so many bytes, cut between two characters. */
static void write_preview(const struct hpo_buffer *summary, struct hpo_buffer *out)
{
	size_t size = summary->size;
	struct hpo_buffer cut = HPO__BUFFER_INIT;

	if (size > LONGEST_PREVIEW) {
		size = LONGEST_PREVIEW;
		while (size > 0 && ((unsigned char)summary->text[size] & 0xc0) == 0x80)
			size--;
	}
	hpo__buffer_append(&cut, summary->text, size);
	out->failed = out->failed || cut.failed;
	if (!cut.failed)
		hpo__buffer_json_text(out, cut.text);
	hpo__buffer_release(&cut);
}

/* A task takes artifacts while it runs: one that somebody stopped is opened for this once. */
static hpo_status_t add_artifact(struct hpo_clearml *clearml, const char *more, int limit_ms,
				 hpo_error_t *error)
{
	static const char endpoint[] = "tasks.add_or_update_artifacts";
	const char *id = clearml->optimizer.id;
	struct hpo_clearml_outcome outcome = {0, 0, false};
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	status =
		hpo__clearml_call_task(clearml, endpoint, id, more, limit_ms, NULL, &outcome, &why);
	if (status == HPO_EBACKEND && outcome.code == 400 && outcome.subcode == WRONG_STATUS)
		status = hpo__clearml_call_task(clearml, "tasks.started", id, ",\"force\":true",
						limit_ms, NULL, NULL, error);
	else
		return status == HPO_OK ? status : hpo__fail(error, status, "%s", why.message);
	if (status == HPO_OK)
		status = hpo__clearml_call_task(clearml, endpoint, id, more, limit_ms, NULL, NULL,
						error);
	return status;
}

/* The artifact `summary`; where no file server takes it, it is whole in its own preview. */
static hpo_status_t keep_summary(struct showing *showing, int limit_ms, hpo_error_t *error)
{
	struct hpo_clearml *clearml = showing->clearml;
	struct hpo_buffer summary = HPO__BUFFER_INIT, path = HPO__BUFFER_INIT;
	struct hpo_buffer more = HPO__BUFFER_INIT;
	char sum[SHA256_DIGEST_STRING_LENGTH];
	char *uri = NULL;
	hpo_error_t why = {0, ""};
	hpo_status_t status;

	write_summary(showing->report, &summary);
	hpo__buffer_format(&path, "HPO/%s/artifacts/summary/summary.json", clearml->optimizer.id);
	if (summary.failed || path.failed) {
		status = hpo__fail_memory(error);
		goto done;
	}
	if (hpo__clearml_upload(clearml->session, path.text, &summary, limit_ms, &uri, &why) !=
	    HPO_OK)
		hpo__log(&clearml->log, HPO_LOG_WARNING,
			 "the summary is kept in the task itself: %s", why.message);
	SHA256Data((const uint8_t *)summary.text, summary.size, sum);
	hpo__buffer_format(&more,
			   ",\"force\":true,\"artifacts\":[{\"key\":\"summary\",\"type\":\"dict\","
			   "\"mode\":\"output\",\"content_size\":%zu,\"hash\":\"%s\","
			   "\"timestamp\":%lld",
			   summary.size, sum, (long long)(showing->now_ms / 1000));
	if (uri != NULL) {
		hpo__buffer_text(&more, ",\"uri\":");
		hpo__buffer_json_text(&more, uri);
	}
	hpo__buffer_text(&more, ",\"type_data\":{\"content_type\":\"application/json\","
				"\"preview\":");
	if (uri != NULL)
		write_preview(&summary, &more);
	else
		hpo__buffer_json_text(&more, summary.text);
	hpo__buffer_text(&more, "}}]");
	if (more.failed)
		status = hpo__fail_memory(error);
	else
		status = add_artifact(clearml, more.text, limit_ms, error);
done:
	hpo__free(uri);
	hpo__buffer_release(&more);
	hpo__buffer_release(&path);
	hpo__buffer_release(&summary);
	return status;
}

/* The last report: its artifact goes before its end, for an ended task takes none. */
static hpo_status_t end_task(struct showing *showing, const hpo_json_t *ended, int limit_ms,
			     hpo_error_t *error)
{
	const char *how = hpo__json_text(hpo__json_get(ended, "status"));
	const char *reason = hpo__json_text(hpo__json_get(ended, "reason"));
	hpo_error_t why = {0, ""};
	hpo_status_t status = keep_summary(showing, limit_ms, &why);

	if (status == HPO_WAIT)
		return hpo__fail(error, status, "%s", why.message);
	if (status != HPO_OK)
		hpo__log(&showing->clearml->log, HPO_LOG_WARNING,
			 "the summary could not be kept as an artifact: %s", why.message);
	return hpo__clearml_optimizer_end(showing->clearml, how != NULL ? how : "stopped", reason,
					  limit_ms, error);
}

static hpo_status_t show(struct hpo_clearml *clearml, const hpo_json_t *report, int limit_ms,
			 hpo_error_t *error)
{
	struct showing showing = {.clearml = clearml, .report = report};
	const hpo_json_t *ended = hpo__json_get(report, "ended");
	const hpo_json_t *budget = hpo__json_get(report, "budget");
	hpo_status_t status;

	showing.number = hpo__json_integer(hpo__json_get(report, "report"));
	showing.now_ms = (int64_t)(hpo__clearml_now(clearml->session) * 1000.0);
	if (hpo__json_kind(budget) == HPO__JSON_OBJECT)
		hpo__json_each(budget, show_budget, &showing);
	show_resources(&showing, limit_ms);
	show_objectives(&showing);
	show_figures(&showing);
	show_table(&showing);
	show_lines(&showing);
	status = hpo__clearml_events_send(&clearml->optimizer.events, clearml->session, limit_ms,
					  error);
	if (status == HPO_OK)
		clearml->optimizer.next_ping = hpo__clock_monotonic() + 60.0;
	if (status != HPO_WAIT && hpo__json_kind(ended) == HPO__JSON_OBJECT)
		status = end_task(&showing, ended, limit_ms, error);
	/* The same report is given again then, with what came since. */
	if (status == HPO_WAIT)
		hpo__clearml_events_release(&clearml->optimizer.events);
	return status;
}

hpo_status_t hpo__clearml_optimizer_publish(struct hpo_clearml *clearml, const char *report_json,
					    int limit_ms, hpo_error_t *error)
{
	hpo_json_t *report = NULL;
	hpo_status_t status;

	if (clearml->optimizer.read_only || clearml->optimizer.ended)
		return HPO_OK;
	status = hpo__json_parse(&report, report_json, strlen(report_json), "the report", error);
	if (status >= 0)
		status = show(clearml, report, limit_ms, error);
	hpo__json_free(report);
	return status;
}
