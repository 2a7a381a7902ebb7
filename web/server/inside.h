/*
 * The inside of the server. Everything happens in one loop on one thread: no
 * lock, and no call that waits for a client.
 */
#ifndef WEB_SERVER_INSIDE_H
#define WEB_SERVER_INSIDE_H

#include "server/web.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <sys/types.h>

enum {
	SECRET_BYTES = 24,
	SECRET_TEXT = 2 * SECRET_BYTES + 1, /* hexadecimal */
	CONNECTIONS = 1000,                 /* at once */
	BODY_BYTES = 4 << 20,               /* of a request */
	TARGET_BYTES = 8000,                /* of its path and arguments */
	ARGUMENTS = 32,
	RUNS = 64,                          /* that are remembered */
	TAG_TEXT = 128
};

/* A study as far as it is known; found by name. */
struct study {
	char *name;
	int64_t id;
	int64_t revision;       /* as the last look at the store said */
	json_t *pulse;          /* its entry of hpo_store_pulse_json() */
	hpo_records_t *records; /* or NULL: not read, or let go */
	int64_t records_revision; /* theirs, where it was newer than the look's */
	double looked;          /* monotonic: when records were brought up to date */
	double wanted;          /* monotonic: when somebody last asked for them */
	uint64_t changed;       /* web.clock at its last change: what ETags are made of */
	json_t *row;            /* of the list, as of `row_changed`; NULL: to be made */
	uint64_t row_changed;
	bool seen;              /* in the look that goes on */
};

/* A search that this server started. */
struct run {
	struct run *next; /* newest first */
	int64_t id;
	char *study;
	pid_t pid;
	bool stopping;
	double started_s, ended_s; /* since 1970; 0: not yet */
	int exit;
	int output;  /* descriptor of what it printed */
	char message[256];
};

/* An open connection; see connections.c. */
struct connection {
	struct connection *older, *newer;
	int fd;
	double deadline; /* monotonic; 0: it may stay */
	bool proven;     /* it has sent a whole request */
};

/* A client that hears events. */
struct listener {
	struct listener *next, *before;
	struct web *web;
	struct MHD_Connection *connection;
	char *study;    /* only of this one; NULL: of all */
	uint64_t heard; /* web.clock up to which it knows */
	bool greeted, sleeping;
	double spoke;   /* monotonic: when something was last sent */
	char *text;     /* on its way [size], `sent` of it gone */
	size_t size, sent;
};

struct web {
	const struct web_options *options;
	hpo_store_t *store;
	dev_t device; /* of its file, and: */
	ino_t inode;
	bool lost;    /* its file is gone, or is no store */
	struct MHD_Daemon *daemon;
	int port;
	bool loopback; /* the address is of this machine alone */
	char token[256];
	char session[SECRET_TEXT]; /* the cookie's value */
	char birth[SECRET_TEXT];   /* of this process: ETags of another one do not match */
	json_t *choices;           /* hpo_choices_json() */

	struct study *studies; /* [study_count], by name */
	size_t study_count, study_capacity;
	uint64_t clock;        /* counts changes */
	uint64_t list_changed; /* clock when a study came, went or was filed */
	char gone[256];        /* name of the last that went, and when: */
	uint64_t gone_at;
	double looked;         /* monotonic: when the store was looked at */
	bool has_looked;

	struct run *runs;
	int64_t run_count;
	struct connection *oldest, *newest;
	size_t connection_count;
	struct listener *listeners;
	bool over; /* a signal came */
};

/* A request while it is heard and answered. */
struct request {
	struct web *web;
	struct MHD_Connection *connection;
	const char *method;
	char *path;           /* as it was sent, without the query */
	char *parts[8];       /* [part_count] its segments, decoded */
	size_t part_count;
	const char *study;    /* of the path, NULL: none */
	int64_t number;       /* of a trial */
	const char *name;     /* of a figure */
	char *body;           /* [size], terminated */
	size_t size, capacity;
	bool too_large, answered;
	bool refused;         /* answered by on_target() */
	json_t *json;         /* the body, where a handler wanted it */
};

typedef enum MHD_Result (*handler_fn)(struct request *request);

/* server.c */
double now_monotonic(void);
double now_wall(void);
/* Memory, or the end of the program: there is nothing to save that is not in the store. */
void *web_must(void *memory);
char *web_copy(const char *text);
char *web_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* answer.c: each answers the request once. Trees and texts are taken over. */
enum MHD_Result answer_json(struct request *request, unsigned status, json_t *json);
/* JSON text of the library (hpo_free), NULL for the error. */
enum MHD_Result answer_library(struct request *request, unsigned status, char *text,
			       const hpo_error_t *error);
/* The same with an ETag, which the request did not have. */
enum MHD_Result answer_tagged(struct request *request, char *text, const char *tag,
			      const hpo_error_t *error);
/* The same for text of ours (free). */
enum MHD_Result answer_tagged_own(struct request *request, char *text, const char *tag);
/* HTML of ours as a file to be kept: never shown as a page of this server. */
enum MHD_Result answer_page(struct request *request, char *html);
enum MHD_Result answer_file(struct request *request, char *text, const char *type,
			    const char *file_name);
enum MHD_Result answer_error(struct request *request, unsigned status, const char *code,
			     const char *format, ...) __attribute__((format(printf, 4, 5)));
enum MHD_Result answer_failure(struct request *request, const hpo_error_t *error);
enum MHD_Result answer_unchanged(struct request *request, const char *tag);
/* Queue and let go of a response, with the headers that all answers bear. */
enum MHD_Result answer_with(struct request *request, unsigned status,
			    struct MHD_Response *response);
/* Whether If-None-Match names the tag. */
bool has_tag(const struct request *request, const char *tag);

/* request.c */
void *on_target(void *user, const char *target, struct MHD_Connection *connection);
enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
			   const char *method, const char *version, const char *data,
			   size_t *size, void **state);
void on_request_ended(void *user, struct MHD_Connection *connection, void **state,
		      enum MHD_RequestTerminationCode code);
/* A query argument, decoded; NULL: absent. The caller's (free). */
char *query_text(const struct request *request, const char *name);
/* A whole number from low to high; false after an answer was given. */
bool query_number(struct request *request, const char *name, int64_t low, int64_t high,
		  int64_t *out, enum MHD_Result *result);
/* The body as an object whose members are known; false after an answer was given. */
bool read_body(struct request *request, const char *const *known, enum MHD_Result *result);

/* guard.c: who may do what. True, or false after an answer was given. */
bool guard_request(struct request *request, enum MHD_Result *result);
bool guard_command(struct request *request, enum MHD_Result *result);
bool may_command(const struct request *request);
bool make_secret(char text[SECRET_TEXT]);
bool is_loopback(const char *address);

/* route.c: find and call the handler. */
enum MHD_Result route(struct request *request);

/* place.c: whether the store's file is the one that is open; false with the error. */
void note_place(struct web *web);
bool keep_place(struct web *web, hpo_error_t *error);

/* studies.c */
/* All that is known of them, as if they were gone. */
void forget_studies(struct web *web);
bool look(struct web *web, hpo_error_t *error); /* at the store: what changed? */
void let_go(struct web *web);                   /* of records that nobody asked for lately */
struct study *find_study(struct web *web, const char *name);
/* The study of the request, looked at again if that is due; NULL after an answer was given. */
struct study *want_study(struct request *request, enum MHD_Result *result);
/* Its records up to date; NULL with the error. */
const hpo_records_t *want_records(struct web *web, struct study *study, hpo_records_parts_t parts,
				  hpo_error_t *error);
/* Something of it changed that the store's revision does not tell. */
void touch_study(struct web *web, const char *name);
/* Its row of the list; borrowed. NULL with the error. */
json_t *study_row(struct web *web, struct study *study, hpo_error_t *error);
void study_tag(const struct web *web, const struct study *study, char tag[TAG_TEXT]);
void release_studies(struct web *web);

/* runs.c */
struct run *start_run(struct web *web, const char *study, json_t *definition, hpo_error_t *error);
struct run *find_run(struct web *web, const char *study); /* its latest */
json_t *run_json(const struct run *run);
/* A search that was asked to stop before it had begun takes that back as it begins: ask again. */
void stop_again(struct web *web);
void reap_runs(struct web *web);
void release_runs(struct web *web);

/* connections.c */
void on_connection(void *user, struct MHD_Connection *connection, void **state,
		   enum MHD_ConnectionNotificationCode code);
/* Give the connection of a request so long from now, 0: for ever. */
void allow_time(struct MHD_Connection *connection, double seconds, bool proven);
void cut_overdue(struct web *web);

/* events.c */
enum MHD_Result get_events(struct request *request);
void wake_listeners(struct web *web);
void end_listeners(struct web *web);

/* assets.c: the page. */
enum MHD_Result get_asset(struct request *request);
const char *find_document(const char *name, size_t *size); /* openapi.json, study.schema.json */

/* read.c, logs.c, change.c, launch.c: the routes. */
enum MHD_Result get_info(struct request *request);
enum MHD_Result get_openapi(struct request *request);
enum MHD_Result get_schema(struct request *request);
enum MHD_Result get_studies(struct request *request);
enum MHD_Result get_study(struct request *request);
enum MHD_Result get_trials(struct request *request);
enum MHD_Result get_trial(struct request *request);
enum MHD_Result get_top(struct request *request);
enum MHD_Result get_figures(struct request *request);
enum MHD_Result get_figure(struct request *request);
enum MHD_Result get_resources(struct request *request);
enum MHD_Result get_export(struct request *request);
enum MHD_Result get_report(struct request *request);
enum MHD_Result get_runs(struct request *request);
enum MHD_Result get_log(struct request *request);
enum MHD_Result get_output(struct request *request);
enum MHD_Result post_validate(struct request *request);
enum MHD_Result post_study(struct request *request);
enum MHD_Result post_start(struct request *request);
enum MHD_Result post_pause(struct request *request);
enum MHD_Result post_stop(struct request *request);
enum MHD_Result post_clone(struct request *request);
enum MHD_Result post_import(struct request *request);
enum MHD_Result post_trial(struct request *request);
enum MHD_Result post_trial_stop(struct request *request);
enum MHD_Result patch_study(struct request *request);

/* Put the `limits` of a request, if it has any, into the store; false: *result has been answered. */
bool set_limits(struct request *request, const struct study *study, enum MHD_Result *result);

/* The name of a living process on the study, of one with trials if `busy`; free it. NULL: none. */
char *worker_of(struct web *web, const char *study, bool busy);

enum MHD_Result patch_trial(struct request *request);
enum MHD_Result delete_study(struct request *request);
/* The whole of a study for its page; with the error. */
json_t *study_json(struct web *web, struct study *study, hpo_error_t *error);

#endif
