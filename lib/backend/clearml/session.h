/*
 * A login at a ClearML server, and calls under it: tokens renewed in time, the
 * version chosen, the envelope opened, refusals told apart from silence.
 *
 * A session is for one thread at a time.
 */
#ifndef HPO_BACKEND_CLEARML_SESSION_H
#define HPO_BACKEND_CLEARML_SESSION_H

#include "backend/clearml/config.h"
#include "base/json.h"
#include "net/http.h"
#include "os/log.h"

typedef struct hpo_clearml_session hpo_clearml_session_t;

/* What a call came to, beside its status. */
struct hpo_clearml_outcome {
	int code, subcode; /* of the envelope; 0 without an answer */
	bool uncertain;    /* no answer, and the call may have had its effect */
};

/*
 * Log in within limit_ms. `config` is borrowed for the session's life. HPO_EBACKEND names the
 * server and what it said, or why it could not be reached; no secret is in it.
 */
hpo_status_t hpo__clearml_connect(hpo_clearml_session_t **out,
				  const struct hpo_clearml_config *config, int cancel_fd,
				  const struct hpo_log *log, int limit_ms, hpo_error_t *error);
void hpo__clearml_disconnect(hpo_clearml_session_t *session);

/*
 * Call `endpoint` ("tasks.clone") with a JSON body, whose `size` is given so that it need not
 * be measured. *data, when `data` is not NULL, is the caller's: hpo__json_free().
 *
 * HPO_OK: done. HPO_WAIT: no answer within limit_ms, or cancelled: the server is away or
 * overloaded, and outcome->uncertain says whether the call may have been carried out.
 * HPO_EBACKEND: refused; outcome has the codes and `error` the server's words. HPO_ENOMEM.
 * `outcome` may be NULL.
 */
hpo_status_t hpo__clearml_call(hpo_clearml_session_t *session, const char *endpoint,
			       const struct hpo_buffer *body, enum hpo_http_repeat repeat,
			       int limit_ms, hpo_json_t **data, struct hpo_clearml_outcome *outcome,
			       hpo_error_t *error);

/* The same with a body that is released; one that failed is HPO_ENOMEM. */
hpo_status_t hpo__clearml_ask(hpo_clearml_session_t *session, const char *endpoint,
			      struct hpo_buffer *body, enum hpo_http_repeat repeat, int limit_ms,
			      hpo_json_t **data, struct hpo_clearml_outcome *outcome,
			      hpo_error_t *error);

/* The same with a body of JSON lines: events.add_batch. */
hpo_status_t hpo__clearml_call_lines(hpo_clearml_session_t *session, const char *endpoint,
				     const struct hpo_buffer *lines, int limit_ms,
				     hpo_json_t **data, struct hpo_clearml_outcome *outcome,
				     hpo_error_t *error);

/* Put a file on the file server; *uri is the caller's. */
hpo_status_t hpo__clearml_upload(hpo_clearml_session_t *session, const char *path,
				 const struct hpo_buffer *content, int limit_ms, char **uri,
				 hpo_error_t *error);

/* Milliseconds until `end` on the monotonic clock, at least 1. */
int hpo__clearml_left_ms(double end);

/* Wait a little before something is tried again; false: cancelled. */
bool hpo__clearml_pause(const hpo_clearml_session_t *session, int ms);

/* Seconds since 1970 by the server's clock, as its last answer told; ours before the first. */
double hpo__clearml_now(const hpo_clearml_session_t *session);

const struct hpo_clearml_config *hpo__clearml_config(const hpo_clearml_session_t *session);

#endif
