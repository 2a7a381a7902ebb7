/*
 * Events on their way to a task: scalars, plots, console lines. They are
 * gathered and sent as one batch of JSON lines.
 */
#ifndef HPO_BACKEND_CLEARML_EVENTS_H
#define HPO_BACKEND_CLEARML_EVENTS_H

#include "backend/clearml/session.h"

struct hpo_clearml_events {
	struct hpo_buffer lines;
	size_t count;
};

/* `milliseconds` since 1970 by the server's clock. A value that is not finite is left out. */
void hpo__clearml_event_scalar(struct hpo_clearml_events *events, const char *task,
			       const char *metric, const char *variant, int64_t iteration,
			       double value, int64_t milliseconds);
void hpo__clearml_event_plot(struct hpo_clearml_events *events, const char *task,
			     const char *metric, const char *variant, const char *figure_json,
			     int64_t milliseconds);
void hpo__clearml_event_log(struct hpo_clearml_events *events, const char *task,
			    const char *level, const char *worker, const char *text,
			    int64_t milliseconds);
/*
 * Send and forget them, in batches of at most 1 MiB. What could not be sent stays for the next
 * time (HPO_WAIT). A refused event is HPO_EBACKEND with the server's words, and is forgotten.
 */
hpo_status_t hpo__clearml_events_send(struct hpo_clearml_events *events,
				      hpo_clearml_session_t *session, int limit_ms,
				      hpo_error_t *error);
void hpo__clearml_events_release(struct hpo_clearml_events *events);

#endif
