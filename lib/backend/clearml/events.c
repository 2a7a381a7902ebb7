/*
 * Events on their way to a task.
 */
#include "backend/clearml/events.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <math.h>
#include <string.h>

/* A batch is cut at a line end near this size, as ClearML's agent does. */
static const size_t largest_batch = (size_t)1 << 20;
/* What waits for a server that is away: the oldest is dropped beyond this. */
static const size_t largest_wait = (size_t)16 << 20;

static void begin(struct hpo_clearml_events *events, const char *type, const char *task,
		  int64_t milliseconds)
{
	struct hpo_buffer *out = &events->lines;

	hpo__buffer_format(out, "{\"type\":\"%s\",\"task\":", type);
	hpo__buffer_json_text(out, task);
	hpo__buffer_format(out, ",\"timestamp\":%lld", (long long)milliseconds);
}

static void member(struct hpo_clearml_events *events, const char *key, const char *text)
{
	hpo__buffer_format(&events->lines, ",\"%s\":", key);
	hpo__buffer_json_text(&events->lines, text);
}

static void end(struct hpo_clearml_events *events)
{
	hpo__buffer_text(&events->lines, "}\n");
	events->count++;
}

void hpo__clearml_event_scalar(struct hpo_clearml_events *events, const char *task,
			       const char *metric, const char *variant, int64_t iteration,
			       double value, int64_t milliseconds)
{
	if (!isfinite(value))
		return;
	begin(events, "training_stats_scalar", task, milliseconds);
	member(events, "metric", metric);
	member(events, "variant", variant);
	hpo__buffer_format(&events->lines, ",\"iter\":%lld,\"value\":", (long long)iteration);
	hpo__buffer_json_real(&events->lines, value);
	end(events);
}

void hpo__clearml_event_plot(struct hpo_clearml_events *events, const char *task,
			     const char *metric, const char *variant, const char *figure_json,
			     int64_t milliseconds)
{
	begin(events, "plot", task, milliseconds);
	member(events, "metric", metric);
	member(events, "variant", variant);
	hpo__buffer_text(&events->lines, ",\"iter\":0");
	member(events, "plot_str", figure_json);
	end(events);
}

void hpo__clearml_event_log(struct hpo_clearml_events *events, const char *task, const char *level,
			    const char *worker, const char *text, int64_t milliseconds)
{
	begin(events, "log", task, milliseconds);
	member(events, "level", level);
	member(events, "worker", worker);
	member(events, "msg", text);
	end(events);
}

/* Take the first `size` bytes away. */
static void drop(struct hpo_buffer *lines, size_t size)
{
	memmove(lines->text, lines->text + size, lines->size - size);
	lines->size -= size;
	lines->text[lines->size] = '\0';
}

/* The size of the lines that make the next batch: at least one. */
static size_t batch_size(const struct hpo_buffer *lines)
{
	const char *cut;

	if (lines->size <= largest_batch)
		return lines->size;
	cut = memrchr(lines->text, '\n', largest_batch);
	if (cut == NULL)
		cut = memchr(lines->text, '\n', lines->size);
	return cut != NULL ? (size_t)(cut + 1 - lines->text) : lines->size;
}

static void bound_wait(struct hpo_buffer *lines)
{
	const char *cut;

	if (lines->size <= largest_wait)
		return;
	cut = memchr(lines->text + lines->size - largest_wait, '\n', largest_wait);
	drop(lines, cut != NULL ? (size_t)(cut + 1 - lines->text) : lines->size);
}

hpo_status_t hpo__clearml_events_send(struct hpo_clearml_events *events,
				      hpo_clearml_session_t *session, int limit_ms,
				      hpo_error_t *error)
{
	const double deadline = hpo__clock_monotonic() + limit_ms / 1000.0;
	hpo_status_t status = HPO_OK;

	if (events->lines.failed) {
		hpo__clearml_events_release(events);
		return hpo__fail_memory(error);
	}
	while (events->lines.size > 0) {
		struct hpo_buffer batch = HPO__BUFFER_INIT;
		const size_t size = batch_size(&events->lines);
		const double left_ms = (deadline - hpo__clock_monotonic()) * 1000.0;
		hpo_error_t why = {0, ""};
		hpo_status_t sent;

		hpo__buffer_append(&batch, events->lines.text, size);
		if (batch.failed)
			sent = hpo__fail_memory(&why);
		else
			sent = hpo__clearml_call_lines(session, "events.add_batch", &batch,
						       left_ms > 1 ? (int)left_ms : 1, NULL, NULL,
						       &why);
		hpo__buffer_release(&batch);
		if (sent != HPO_OK)
			status = hpo__fail(error, sent, "%s", why.message);
		if (sent == HPO_WAIT || sent == HPO_ENOMEM)
			break;
		drop(&events->lines, size);
	}
	bound_wait(&events->lines);
	if (events->lines.size == 0)
		events->count = 0;
	return status;
}

void hpo__clearml_events_release(struct hpo_clearml_events *events)
{
	hpo__buffer_release(&events->lines);
	events->count = 0;
}
