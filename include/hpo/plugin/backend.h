/**
 * @file
 * Writing a backend: what runs clones of a base task somewhere.
 */
#ifndef HPO_PLUGIN_BACKEND_H
#define HPO_PLUGIN_BACKEND_H

#include "hpo/trial.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What names a clone, from clone() on. Chosen by the backend. */
typedef struct hpo_task_id {
	char text[128]; /**< terminated */
} hpo_task_id_t;

/** Where a clone stands. */
typedef enum hpo_task_state {
	HPO_TASK_QUEUED = 0,    /**< not started yet */
	HPO_TASK_RUNNING = 1,   /**< at work */
	HPO_TASK_COMPLETED = 2, /**< ended by itself, well */
	HPO_TASK_FAILED = 3,    /**< ended by itself, badly: `reason` says how */
	HPO_TASK_ABORTED = 4,   /**< ended because abort() asked for it */
	HPO_TASK_PRUNED = 5,    /**< ended itself because it was told to stop early */
	HPO_TASK_LOST = 6       /**< gone without an answer (its machine died, somebody deleted it) */
} hpo_task_state_t;

/** The state of a clone as poll() tells it. */
typedef struct hpo_task_status {
	hpo_task_state_t state;
	double running_s;     /**< seconds since it began to run; negative when unknown or queued */
	const char *reason;   /**< one phrase for FAILED and LOST, else NULL; borrowed for the call */
	const double *values; /**< [count] final objective values, when the clone returns them
	                           itself rather than by reports; else NULL */
	size_t count;
} hpo_task_status_t;

/** Where poll() delivers what it learned. `task` is an index into its `ids`. */
typedef struct hpo_task_sink {
	uint32_t struct_size;
	void *user;
	/** One report. iteration is -1 when the task did not say. Non-finite values are passed on. */
	void (*report)(void *user, size_t task, int64_t iteration, const char *metric,
		       double value);
	/** The state of a clone, at most once a poll; ended states at least once, until it is closed. */
	void (*state)(void *user, size_t task, const hpo_task_status_t *status);
} hpo_task_sink_t;

/** What a backend is opened with. Borrowed for the call. */
typedef struct hpo_backend_setup {
	uint32_t struct_size;
	const char *study;     /**< name of the study */
	const char *task_json; /**< the `task` object of the study file */
	int concurrent;        /**< clones alive at once, at most */
	hpo_log_fn log;        /**< never NULL */
	void *log_user;
	const char *study_json; /**< the whole study file, defaults filled in */
	const char *study_id;   /**< names this study for ever, and no other one in any store */
	int local;              /**< 1: run the clones on this machine, whatever queue it names */
} hpo_backend_setup_t;

/**
 * A task that this process runs as, seen from inside: what hpo_task_current()
 * asks of a backend whose tasks are not told their values by the environment.
 */
typedef struct hpo_inside {
	char *params_json; /**< JSON object of its parameters; hpo_alloc()ed by the backend */
	int64_t number;    /**< of the trial, -1 outside a study */
	void *task;        /**< the backend's own */
} hpo_inside_t;

/**
 * A backend. All methods but wake() are called on the thread that drives the
 * optimizer, never two at once. None may block longer than the limit_ms that
 * it is given. A method may return HPO_WAIT for "not now, what I talk to is
 * away": it is asked again, for as long as the limits of the run allow.
 */
typedef struct hpo_backend_ops {
	uint32_t struct_size; /**< sizeof(hpo_backend_ops_t) */
	const char *name;     /**< lower case, unique, static storage */
	size_t state_size;    /**< bytes, zeroed by the core before open() */

	/**
	 * Required. Check the base task and get ready. HPO_EINVAL if the `task`
	 * object is wrong or the base task does not exist.
	 */
	hpo_status_t (*open)(void *state, const hpo_backend_setup_t *setup, hpo_error_t *error);

	/**
	 * Required. Clone the base task with the values of `trial`, which stays
	 * valid until the clone is closed. Fills `id`. If it fails, no clone is
	 * left behind. HPO_EINVAL fails this trial for good, HPO_EBACKEND may be
	 * retried, HPO_WAIT is retried without being counted.
	 */
	hpo_status_t (*clone)(void *state, hpo_trial_t *trial, int limit_ms, hpo_task_id_t *id,
			      hpo_error_t *error);

	/** Required. Let a clone run. */
	hpo_status_t (*enqueue)(void *state, const hpo_task_id_t *id, int limit_ms,
				hpo_error_t *error);

	/**
	 * Required. Learn about `count` clones at once and tell `sink`. Returns as
	 * soon as there is something to tell, or after limit_ms, or on wake().
	 * HPO_DONE: somebody who watches the backend wants the run to stop.
	 */
	hpo_status_t (*poll)(void *state, const hpo_task_id_t *ids, size_t count, int limit_ms,
			     const hpo_task_sink_t *sink, hpo_error_t *error);

	/** Optional. Ask a clone to end early; poll() tells it as ABORTED, later. */
	hpo_status_t (*abort)(void *state, const hpo_task_id_t *id, int limit_ms,
			      hpo_error_t *error);

	/** Optional. The driver is done with an ended clone: forget it. */
	void (*forget)(void *state, const hpo_task_id_t *id);

	/**
	 * Optional. Put clones that did not make the top out of sight, or back:
	 * hidden is 1 or 0.
	 */
	hpo_status_t (*archive)(void *state, const hpo_task_id_t *ids, size_t count, int hidden,
				int limit_ms, hpo_error_t *error);

	/**
	 * Optional. Take up a clone of an earlier driver again. An empty `id` says
	 * that the earlier driver may have died before it noted the name: the
	 * backend looks whether there is one, and fills it in. HPO_ENOTFOUND if it
	 * is gone. Default: clones die with their driver.
	 */
	hpo_status_t (*attach)(void *state, hpo_trial_t *trial, hpo_task_id_t *id, int limit_ms,
			       hpo_error_t *error);

	/**
	 * Optional. Show the state of the study to those who watch the backend;
	 * report_json is described in doc/backends.md. The last one of a run has
	 * its `ended` set.
	 */
	hpo_status_t (*publish)(void *state, const char *report_json, int limit_ms,
				hpo_error_t *error);

	/** Optional. A descriptor that is readable when poll() has something to tell; -1: none. */
	int (*descriptor)(void *state);

	/** Optional. Let a poll() under way return. Any thread, and a signal handler. */
	void (*wake)(void *state);

	/** Optional. End every clone that is left and free what the state owns. */
	void (*close)(void *state);

	/**
	 * Optional. The study file as it is to be for this process, before the study
	 * is opened: where the process itself runs as a task of the backend, that
	 * task's settings win over the program's. *out stays NULL when there is
	 * nothing to change; else it is hpo_alloc()ed.
	 */
	hpo_status_t (*configure)(const char *study_json, char **out, hpo_error_t *error);

	/**
	 * Optional. The task of this backend that this process runs as.
	 * HPO_ENOTFOUND when it is none.
	 */
	hpo_status_t (*enter)(hpo_inside_t *out, hpo_error_t *error);
	/** With enter(): one report of that task. iteration is never negative. */
	hpo_status_t (*report)(void *task, const char *metric, int64_t iteration, double value,
			       hpo_error_t *error);
	/** With enter(): send what is left and free. */
	void (*leave)(void *task);

	/**
	 * Optional. Whether open() would find the base task of a study, asked before
	 * the study is made: nothing is started, and no server is asked. HPO_EINVAL as
	 * open() gives it. Default: open() will say.
	 */
	hpo_status_t (*check)(const char *study, const char *task_json, hpo_error_t *error);
} hpo_backend_ops_t;

/** Make a backend known by its name; as hpo_register_strategy(). */
HPO_API hpo_status_t hpo_register_backend(const hpo_backend_ops_t *ops, hpo_error_t *error);

#ifdef __cplusplus
}
#endif
#endif
