/*
 * Server-sent events. A client has no queue: it is remembered up to which change
 * it has heard, and hears what is newer when it can take more. So a slow client
 * costs nothing, and what changed twice meanwhile is told once.
 */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A comment now and then: so that both sides notice when the other is gone. */
static const double silence_s = 15;
enum { LISTENERS = 500, PIECE = 16384 };

struct text {
	char *bytes;
	size_t size, capacity;
};

static void add(struct text *text, const char *bytes)
{
	const size_t size = strlen(bytes);

	if (text->size + size + 1 > text->capacity) {
		text->capacity = 2 * (text->size + size + 1);
		text->bytes = web_must(realloc(text->bytes, text->capacity));
	}
	memcpy(text->bytes + text->size, bytes, size + 1);
	text->size += size;
}

/* JSON in one line has no newline: it needs no further care. */
static void add_event(struct text *text, const char *event, json_t *data)
{
	char *json = web_must(json_dumps(data, JSON_COMPACT));

	add(text, "event: ");
	add(text, event);
	add(text, "\ndata: ");
	add(text, json);
	add(text, "\n\n");
	free(json);
	json_decref(data);
}

static bool concerns(const struct listener *listener, const char *study)
{
	return listener->study == NULL || strcmp(listener->study, study) == 0;
}

/* Everything that the client has not heard. */
static void compose(struct listener *listener, struct text *text)
{
	struct web *web = listener->web;
	hpo_error_t error;

	if (!listener->greeted)
		add_event(text, "hello", json_pack("{sf}", "now_s", now_wall()));
	listener->greeted = true;
	if (web->gone_at > listener->heard && concerns(listener, web->gone))
		add_event(text, "gone", json_pack("{ss}", "name", web->gone));
	if (web->list_changed > listener->heard)
		add_event(text, "studies", json_object());
	for (size_t i = 0; i < web->study_count; i++) {
		struct study *study = &web->studies[i];
		json_t *row;

		if (study->changed <= listener->heard || !concerns(listener, study->name))
			continue;
		row = study_row(web, study, &error);
		if (row != NULL)
			add_event(text, "study", json_incref(row));
	}
	listener->heard = web->clock;
	if (text->size == 0 && now_monotonic() - listener->spoke >= silence_s)
		add(text, ": still here\n\n");
}

static void load(struct listener *listener)
{
	struct text text = {NULL, 0, 0};

	free(listener->text);
	listener->text = NULL;
	listener->size = listener->sent = 0;
	compose(listener, &text);
	listener->text = text.bytes;
	listener->size = text.size;
}

static ssize_t read_events(void *user, uint64_t position, char *out, size_t room)
{
	struct listener *listener = user;
	size_t size;

	(void)position;
	if (listener->web->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (listener->sent == listener->size)
		load(listener);
	size = listener->size - listener->sent;
	if (size == 0) {
		listener->sleeping = true;
		MHD_suspend_connection(listener->connection);
		return 0;
	}
	size = size < room ? size : room;
	memcpy(out, listener->text + listener->sent, size);
	listener->sent += size;
	listener->spoke = now_monotonic();
	return (ssize_t)size;
}

static void release_listener(void *user)
{
	struct listener *listener = user;

	if (listener->before != NULL)
		listener->before->next = listener->next;
	else
		listener->web->listeners = listener->next;
	if (listener->next != NULL)
		listener->next->before = listener->before;
	free(listener->study);
	free(listener->text);
	free(listener);
}

static size_t count_listeners(const struct web *web)
{
	size_t count = 0;

	for (const struct listener *l = web->listeners; l != NULL; l = l->next)
		count++;
	return count;
}

static struct listener *make_listener(struct request *request)
{
	struct web *web = request->web;
	struct listener *listener = web_must(calloc(1, sizeof *listener));

	listener->web = web;
	listener->connection = request->connection;
	listener->study = query_text(request, "study");
	listener->heard = web->clock;
	listener->spoke = now_monotonic();
	listener->next = web->listeners;
	if (web->listeners != NULL)
		web->listeners->before = listener;
	web->listeners = listener;
	return listener;
}

enum MHD_Result get_events(struct request *request)
{
	struct MHD_Response *response;
	struct listener *listener;
	hpo_error_t error;

	if (strcmp(request->method, "HEAD") == 0)
		return answer_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method",
				    "events are for GET");
	if (count_listeners(request->web) >= LISTENERS)
		return answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
				    "%d pages are open: that is all this server follows",
				    (int)LISTENERS);
	/* What is new from here on: what was before, the client asks for. */
	look(request->web, &error);
	listener = make_listener(request);
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, read_events,
						     listener, release_listener);
	if (response == NULL) {
		release_listener(listener);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", "text/event-stream");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Accel-Buffering", "no");
	allow_time(request->connection, 0, true);
	return answer_with(request, MHD_HTTP_OK, response);
}

void wake_listeners(struct web *web)
{
	const double now = now_monotonic();

	for (struct listener *l = web->listeners; l != NULL; l = l->next) {
		if (!l->sleeping || (l->heard >= web->clock && now - l->spoke < silence_s))
			continue;
		l->sleeping = false;
		MHD_resume_connection(l->connection);
	}
}

void end_listeners(struct web *web)
{
	web->over = true;
	for (struct listener *l = web->listeners; l != NULL; l = l->next) {
		if (l->sleeping)
			MHD_resume_connection(l->connection);
		l->sleeping = false;
	}
}
