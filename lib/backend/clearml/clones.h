/*
 * The clones of a run, on the server and in a table of those that live.
 */
#ifndef HPO_BACKEND_CLEARML_CLONES_H
#define HPO_BACKEND_CLEARML_CLONES_H

#include "backend/clearml/clearml.h"

/* What the server calls a task's status, as far as a clone's fate depends on it. */
enum hpo_clearml_status {
	HPO__CLEARML_DRAFT,   /* created */
	HPO__CLEARML_QUEUED,  /* queued */
	HPO__CLEARML_RUNNING, /* in_progress, unknown */
	HPO__CLEARML_STOPPED, /* stopped */
	HPO__CLEARML_FAILED,  /* failed */
	HPO__CLEARML_DONE     /* completed, closed, publishing, published */
};

/* The last that was reported of one metric of one clone. */
struct hpo_clearml_seen {
	bool any;
	double value;
	int64_t iteration;
};

struct hpo_clearml_clone {
	char id[64];
	int64_t trial;
	int slot;                      /* of the trial: where it runs when it runs here */
	bool released;                 /* it was let run */
	bool stopping;                 /* its end was asked for */
	bool removed;                  /* the server no longer has it, or only a draft of ours */
	bool absent;                   /* it was missing from one answer, not yet from two */
	enum hpo_clearml_status status; /* when last seen */
	int64_t iteration;             /* of the task, when last seen */
	struct hpo_clearml_seen *seen; /* [metrics * 2]: the last value, and the extreme */
};

/* One objective as the server keeps it. */
struct hpo_clearml_metric {
	char *title, *series; /* title NULL: any */
	char *key;            /* "title/series", as it is reported */
	char *path;           /* "last_metrics.<md5>.<md5>"; NULL without a title */
	bool is_minimum, is_maximum; /* whether the smallest or largest ever counts */
};

/* One that was told to stop before it had reported anything: see clone_watch.c. */
struct hpo_clearml_watched {
	char id[64];
	double stopped; /* monotonic: when it was told */
};

struct hpo_clearml_clones {
	struct hpo_clearml_clone *list; /* [count] */
	size_t count, capacity;
	struct hpo_clearml_metric *metrics; /* [metric_count] */
	size_t metric_count;
	struct hpo_clearml_watched *watched; /* [watched_count] */
	size_t watched_count, watched_capacity;
	char **doomed; /* [doomed_count], drafts to be deleted when the server answers */
	size_t doomed_count, doomed_capacity;
	bool strays;         /* a clone may have been made that we know nothing of */
	bool iterations_matter; /* a pruner or a limit looks at them */
	bool use_curves;     /* last_iteration is not the objective's */
	int agreements;      /* how often it was */
	double next_poll;    /* monotonic */
	bool is_away;        /* the server did not answer the last poll */
	int silences;        /* how many in a row */
	int optimizer_missed; /* answers in a row without the optimizer task */
	size_t running, pending; /* counts of the last poll, for reports */
	size_t polls, curves; /* requests so far, for the log */
};

hpo_status_t hpo__clearml_clones_open(struct hpo_clearml *clearml, hpo_error_t *error);
/* End those that are left, delete drafts of ours that nobody will use. */
void hpo__clearml_clones_close(struct hpo_clearml *clearml, int limit_ms);
void hpo__clearml_clones_release(struct hpo_clearml_clones *clones);

/* The methods of the backend; see hpo/plugin/backend.h. */
hpo_status_t hpo__clearml_clone(struct hpo_clearml *clearml, hpo_trial_t *trial, int limit_ms,
				hpo_task_id_t *id, hpo_error_t *error);
hpo_status_t hpo__clearml_enqueue(struct hpo_clearml *clearml, const char *id, int limit_ms,
				  hpo_error_t *error);
hpo_status_t hpo__clearml_attach(struct hpo_clearml *clearml, hpo_trial_t *trial,
				 hpo_task_id_t *id, int limit_ms, hpo_error_t *error);
hpo_status_t hpo__clearml_abort(struct hpo_clearml *clearml, const char *id, int limit_ms,
				hpo_error_t *error);
void hpo__clearml_forget(struct hpo_clearml *clearml, const char *id);
hpo_status_t hpo__clearml_archive(struct hpo_clearml *clearml, const hpo_task_id_t *ids,
				  size_t count, bool hidden, int limit_ms, hpo_error_t *error);

/* poll.c */
hpo_status_t hpo__clearml_poll(struct hpo_clearml *clearml, const hpo_task_id_t *ids,
			       size_t count, int limit_ms, const hpo_task_sink_t *sink,
			       hpo_error_t *error);

/* Shared between the files. */
struct hpo_clearml_clone *hpo__clearml_clone_find(struct hpo_clearml_clones *clones,
						  const char *id);
enum hpo_clearml_status hpo__clearml_status(const char *text);
/* Enter a clone into the table, unless it is there; NULL: no memory. */
struct hpo_clearml_clone *hpo__clearml_clone_enter(struct hpo_clearml *clearml, const char *id,
						   int64_t trial, int slot);
/* A call with {"task":id} and `more` members (",\"force\":true"), which may be empty. */
hpo_status_t hpo__clearml_call_task(struct hpo_clearml *clearml, const char *endpoint,
				    const char *task, const char *more, int limit_ms,
				    hpo_json_t **data, struct hpo_clearml_outcome *outcome,
				    hpo_error_t *error);
/* Whether it is a text that can be an id. */
bool hpo__clearml_has_id(const hpo_json_t *json);
/* A property of a task; NULL: it has none of this name. */
const char *hpo__clearml_property(const hpo_json_t *task, const char *name);
/* clone_watch.c: heed one that an agent may start although it was told to stop. */
void hpo__clearml_watch(struct hpo_clearml *clearml, const struct hpo_clearml_clone *clone);
/* What the server says of a task that may be a watched one: it is stopped again if it runs. */
void hpo__clearml_watch_row(struct hpo_clearml *clearml, const hpo_json_t *task, int limit_ms);
/* Let go of those that have been still for long enough. */
void hpo__clearml_watch_sweep(struct hpo_clearml_clones *clones);
/* Before the run is left: look after those that were told to stop a moment ago. */
void hpo__clearml_watch_close(struct hpo_clearml *clearml, double end);
/* Stop a clone that runs, or that an agent has taken from its queue. */
hpo_status_t hpo__clearml_stop(struct hpo_clearml *clearml, const char *id, int limit_ms,
			       struct hpo_clearml_outcome *outcome, hpo_error_t *error);
/* A draft that nobody will use: deleted at the next sweep. */
void hpo__clearml_doom(struct hpo_clearml *clearml, const char *id);
/* It is of use after all. */
void hpo__clearml_spare(struct hpo_clearml_clones *clones, const char *id);
/* End the clones that this driver made and nobody follows. */
void hpo__clearml_end_strays(struct hpo_clearml *clearml, double end);
/* Delete drafts that wait for it; the server's silence leaves them for the next time. */
void hpo__clearml_sweep(struct hpo_clearml *clearml, int limit_ms);
/* The metric's entry in a task's last_metrics; NULL when it has none yet. */
const hpo_json_t *hpo__clearml_metric_entry(const hpo_json_t *task,
					    const struct hpo_clearml_metric *metric);
/* Whether each objective has a finite value. */
bool hpo__clearml_has_values(const struct hpo_clearml_clones *clones, const hpo_json_t *task);

#endif
