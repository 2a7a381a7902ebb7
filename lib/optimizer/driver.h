/*
 * The driver: one step function over a backend, and what a run remembers
 * between two steps. Only the driving thread touches it, the last five fields
 * aside.
 */
#ifndef HPO_OPTIMIZER_DRIVER_H
#define HPO_OPTIMIZER_DRIVER_H

#include "hpo/plugin/backend.h"
#include "optimizer/optimizer.h"

/* One of the places in which a clone runs. */
struct hpo_slot {
	hpo_trial_t *trial; /* NULL: free */
	hpo_task_id_t id;
	enum hpo_cause cause;   /* why it was asked to end early */
	bool ended;             /* the backend told its end, in the next three */
	hpo_task_state_t state;
	char reason[256];
	double *values;         /* [objectives], when the clone returned them; else NULL */
	double retry_at;        /* monotonic: when to try again to record its end */
	int failures;           /* how often that failed */
};

/* What the backend was shown of a run; publish.c. */
struct hpo_published {
	int64_t reports;  /* so many */
	int64_t told;     /* trials whose end was shown, by their place among all ends */
	int64_t ends;     /* trials that ended in this run, while `told` is not known */
	int64_t revision; /* of the study, as shown; -1: nothing yet */
	char **lines;     /* [line_count] for the console, not shown yet */
	size_t line_count, line_capacity;
	bool begun;       /* `told` is known */
	bool top_shown;   /* what an earlier run hid and is among the best was brought back */
	bool over;        /* the last report was given */
};

struct hpo_driver {
	hpo_optimizer_t *optimizer;
	const hpo_backend_ops_t *ops;
	void *state;
	bool opened;     /* ops->close is due */
	bool in_process; /* the trials belong to the threads of the callback backend */
	struct hpo_slot *slots; /* [width] */
	size_t width;
	size_t target; /* slots to be filled: fewer than `width` after the limit was lowered */
	hpo_task_id_t *ids; /* [width], of the live ones, for a poll */
	size_t *slot_of;    /* [width], from an index of ids to a slot */
	size_t live;        /* slots in use */
	hpo_status_t over;  /* HPO_OK while it goes on; else how it ends */
	hpo_error_t why;    /* for a negative `over` */
	double next_ask;    /* monotonic: not to be asked before */
	double next_report;
	int start_failures; /* clones in a row that could not be started */
	bool local;         /* the clones run on this machine, whatever queue the study names */
	double away_since;  /* monotonic: what the backend talks to does not answer; 0: it does */
	struct hpo_published published;

	struct hpo_thread thread; /* of start() */
	bool threaded;            /* it was started and not joined */
	struct hpo_lock lock;     /* guards: */
	struct hpo_event finished;
	bool done;                /* the run has ended: `over` and `why` are final */
};

/* Make a driver; the backend is opened by hpo__driver_open(). */
hpo_status_t hpo__driver_new(struct hpo_driver **out, hpo_optimizer_t *optimizer,
			     const hpo_backend_ops_t *ops, size_t width, hpo_error_t *error);
/* Set `local` before, if that is wanted. */
hpo_status_t hpo__driver_open(struct hpo_driver *driver, hpo_error_t *error);
void hpo__driver_free(struct hpo_driver *driver);

/* Do what is to do now, waiting at most timeout_ms. HPO_OK: again; else the run has ended. */
hpo_status_t hpo__driver_step(struct hpo_driver *driver, int timeout_ms);

/* slots.c: clones from their start to their end. */
hpo_status_t hpo__slots_fill(struct hpo_driver *driver, hpo_error_t *error);
hpo_status_t hpo__slots_poll(struct hpo_driver *driver, int limit_ms, hpo_error_t *error);
/* Stop what is over its limits, record what has ended. */
hpo_status_t hpo__slots_settle(struct hpo_driver *driver, hpo_error_t *error);
/* Ask every clone to end; it waits for the next run then. */
void hpo__slots_interrupt(struct hpo_driver *driver);

/*
 * publish.c: what a run tells while it goes on. That the backend could not be shown something
 * is logged and is no failure; what a callback of the host says is.
 */
hpo_status_t hpo__publish_ended(struct hpo_driver *driver, int64_t number, hpo_error_t *error);
hpo_status_t hpo__publish_if_due(struct hpo_driver *driver, bool last, hpo_error_t *error);
/*
 * Show how the run ended, by `over` and `why`: the last report. Once, whoever calls it again.
 * While the backend does not answer, it is asked for up to half a minute, unless it had been
 * silent before.
 */
void hpo__publish_last(struct hpo_driver *driver);
/* Log a warning, and show it to those who watch the backend with the next report. */
void hpo__publish_warning(struct hpo_driver *driver, const char *format, ...) HPO__PRINTF(2, 3);
void hpo__publish_release(struct hpo_driver *driver);

/* publish_top.c: whether this run hides clones; hide what is not among the best of the records. */
bool hpo__publish_hides(const struct hpo_driver *driver);
hpo_status_t hpo__publish_top(struct hpo_driver *driver, const hpo_records_t *records,
			      hpo_error_t *error);

#endif
