/**
 * @file
 * Writing a store: what keeps studies.
 *
 * A store knows rows and texts; what a parameter or an objective is, it need
 * not know. Every method that changes something is one transaction: it happens
 * whole or not at all, also beside other processes.
 */
#ifndef HPO_PLUGIN_STORE_H
#define HPO_PLUGIN_STORE_H

#include "hpo/trial.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a trial came to be. */
typedef enum hpo_source {
	HPO_SOURCE_STRATEGY = 0, /**< proposed by a strategy */
	HPO_SOURCE_ENQUEUED = 1, /**< a point that the user wants tried */
	HPO_SOURCE_IMPORTED = 2  /**< finished elsewhere */
} hpo_source_t;

/**
 * One trial as a store keeps it. Strings are UTF-8 and NULL when absent; those
 * that a store hands out are borrowed for the callback.
 */
typedef struct hpo_trial_row {
	uint32_t struct_size;
	int32_t state;    /**< hpo_trial_state_t */
	int32_t source;   /**< hpo_source_t */
	int32_t attempt;  /**< 0, 1, …: how many starts went before */
	int32_t failures; /**< attempts that failed by themselves */
	int32_t late;     /**< results that came after the trial had been given to another */
	int64_t number;
	int64_t epoch;     /**< of the lease; grows with each holder */
	int64_t worker;    /**< id of its holder, 0: none */
	int64_t told;      /**< place in the total order of ends, from 1; 0: not ended. A waiting
	                        trial that has one is paused, its values are those of the pause */
	int64_t seen;      /**< the last `told` known to who proposed it */
	int64_t revision;  /**< of its last change */
	int64_t iteration; /**< last iteration of the first objective's reports, -1: none */
	double created_s, started_s, ended_s; /**< seconds since 1970, for people; 0: not yet */
	double compute_s;                     /**< seconds it ran, all attempts */
	const char *params;                   /**< JSON object of the active parameters */
	const char *values;                   /**< JSON array, one number or null an objective */
	const char *arm;                      /**< what proposed it */
	const char *reason;                   /**< why it ended */
	const char *task;                     /**< the backend's name of its clone */
	const char *checkpoint;               /**< directory that survives */
	const char *attributes;               /**< JSON object of user attributes */
	const char *ran_by;                   /**< "host:pid" of its last holder, also after its end */
	int32_t stopping;                     /**< 1: its driver is asked to stop it; only while it runs */
	const char *proposal;                 /**< JSON object: what was seen when it was proposed */
} hpo_trial_row_t;

/** One report of a trial. */
typedef struct hpo_report_row {
	int64_t sequence;   /**< place among all reports of the study, from 1; 0 when given in */
	int64_t trial;      /**< number */
	int64_t iteration;  /**< as the task counts */
	int32_t attempt;    /**< of the trial */
	const char *metric; /**< "title/series" */
	double value;       /**< may be non-finite */
} hpo_report_row_t;

/** One study. */
typedef struct hpo_study_row {
	uint32_t struct_size;
	int32_t stopped;        /**< 1: someone asked it to stop */
	int64_t id;             /**< the store's key */
	const char *name;       /**< unique within the store */
	const char *definition; /**< the study file, JSON */
	double created_s;       /**< seconds since 1970 */
	int64_t revision;       /**< of its last change */
	int64_t counts[5];      /**< trials by hpo_trial_state_t */
	double compute_s;       /**< seconds of all ended attempts */
	const char *attributes; /**< JSON object of the study's own notes, or NULL */
} hpo_study_row_t;

/** A process that works on a study, as a store knows it. */
typedef struct hpo_worker_row {
	uint32_t struct_size;
	int32_t alive;    /**< 0: it is known to be dead, or has been silent for long */
	int64_t id;       /**< as in hpo_trial_row_t.worker */
	const char *name; /**< "host:pid" */
	int64_t running;  /**< trials that it holds */
} hpo_worker_row_t;

/** How an attempt ended. */
typedef struct hpo_finish_row {
	int64_t number;
	int64_t epoch;          /**< of the lease under which it ran */
	int32_t state;          /**< COMPLETED, PRUNED, FAILED; WAITING: try it again */
	int32_t failed;         /**< with WAITING: 1 when it failed by itself, 0 when interrupted */
	int32_t paused;         /**< with WAITING: 1 when it is paused, and counts as told */
	int64_t iteration;      /**< last iteration, -1: none */
	double compute_s;       /**< seconds that this attempt ran */
	const char *values;     /**< JSON array or NULL */
	const char *reason;     /**< or NULL */
	const char *attributes; /**< JSON object as in annotate(), or NULL to leave them */
} hpo_finish_row_t;

/** Callbacks of the reading methods; a negative status ends the reading and is returned. */
typedef hpo_status_t (*hpo_study_row_fn)(const hpo_study_row_t *row, void *user);
typedef hpo_status_t (*hpo_trial_row_fn)(const hpo_trial_row_t *row, void *user);
typedef hpo_status_t (*hpo_report_row_fn)(const hpo_report_row_t *row, void *user);
typedef hpo_status_t (*hpo_worker_row_fn)(const hpo_worker_row_t *row, void *user);
typedef hpo_status_t (*hpo_definition_fn)(const char *definition, void *user);

/**
 * A store. Methods are never called two at once on one state. All are
 * required unless they say otherwise.
 */
typedef struct hpo_store_ops {
	uint32_t struct_size; /**< sizeof(hpo_store_ops_t) */
	const char *name;     /**< the scheme of its URLs: "sqlite" in "sqlite:PATH" */
	size_t state_size;    /**< bytes, zeroed by the core before open() */

	/** Open `url` (all of it, scheme included). create is 0 to refuse a store that is not there. */
	hpo_status_t (*open)(void *state, const char *url, int create, hpo_error_t *error);
	void (*close)(void *state);

	/** Every study, by name. */
	hpo_status_t (*studies)(void *state, hpo_study_row_fn fn, void *user, hpo_error_t *error);

	/** One study by name; HPO_ENOTFOUND. */
	hpo_status_t (*study)(void *state, const char *name, hpo_study_row_fn fn, void *user,
			      hpo_error_t *error);

	/** Make the study unless it is there. *created says which. */
	hpo_status_t (*create)(void *state, const char *name, const char *definition, int *created,
			       hpo_error_t *error);

	/** Replace the definition; the old one is kept in a log of changes. */
	hpo_status_t (*redefine)(void *state, int64_t study, const char *definition,
				 hpo_error_t *error);

	/** Remove the study and all of its trials and reports. */
	hpo_status_t (*remove)(void *state, int64_t study, hpo_error_t *error);

	/** Set or clear the mark that all its drivers obey. */
	hpo_status_t (*mark_stopped)(void *state, int64_t study, int stopped, hpo_error_t *error);

	/** Enter this process as a worker of the study; *worker is its id from here on. */
	hpo_status_t (*join)(void *state, int64_t study, int64_t *worker, hpo_error_t *error);

	/** Say that the worker lives. Called every few seconds. */
	hpo_status_t (*beat)(void *state, int64_t worker, hpo_error_t *error);

	/** The worker ends in order: its running trials wait again, at no cost. */
	hpo_status_t (*leave)(void *state, int64_t study, int64_t worker, hpo_error_t *error);

	/** Put the running trials of dead workers back to waiting; *count says how many. */
	hpo_status_t (*reap)(void *state, int64_t study, int64_t worker, int64_t *count,
			     hpo_error_t *error);

	/**
	 * Take the lowest waiting trial, or a new number. The trial is running
	 * and held by `worker` then, with a new epoch; its params are NULL unless
	 * it had some. worker 0 takes an ownerless lease of lease_s seconds. A
	 * paused trial is not taken.
	 *
	 * @param limit  trials that are not waiting, or are paused, at most; 0: no limit.
	 * @return HPO_OK; HPO_DONE at the limit.
	 */
	hpo_status_t (*claim)(void *state, int64_t study, int64_t worker, int64_t limit,
			      double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error);

	/**
	 * Record what was proposed for a claimed trial: params, arm, seen, proposal.
	 *
	 * @return HPO_OK; HPO_WAIT if another trial of the study has exactly these
	 *         params and `unique` is not 0 (nothing is recorded then);
	 *         HPO_ENOTFOUND if the lease is not held any more.
	 */
	hpo_status_t (*propose)(void *state, int64_t study, const hpo_trial_row_t *row, int unique,
				hpo_error_t *error);

	/** Give back a claimed trial. One without params and with the highest number vanishes. */
	hpo_status_t (*unclaim)(void *state, int64_t study, int64_t number, int64_t epoch,
				hpo_error_t *error);

	/**
	 * Set the `task` and `checkpoint` that are not NULL. Members of `attributes`
	 * are put over those that there are, of which null removes one: another
	 * process may have set others meanwhile.
	 */
	hpo_status_t (*annotate)(void *state, int64_t study, const hpo_trial_row_t *row,
				 hpo_error_t *error);

	/** Add reports [count]. Those of an attempt that is no longer running are dropped. */
	hpo_status_t (*report)(void *state, int64_t study, const hpo_report_row_t *rows,
			       size_t count, hpo_error_t *error);

	/**
	 * End an attempt, durably. If the lease was lost: with no successor and
	 * the trial still waiting, the result counts; otherwise it is recorded as
	 * late and *late is 1.
	 */
	hpo_status_t (*finish)(void *state, int64_t study, const hpo_finish_row_t *row, int *late,
			       hpo_error_t *error);

	/**
	 * Add trials [count], at least 1: waiting with params (enqueued), or ended
	 * (imported). They are numbered in a row; *first is the first number.
	 */
	hpo_status_t (*insert)(void *state, int64_t study, const hpo_trial_row_t *rows,
			       size_t count, int64_t *first, hpo_error_t *error);

	/** Every trial changed after revision `since`, by revision; `since` 0: all of them. */
	hpo_status_t (*changes)(void *state, int64_t study, int64_t since, hpo_trial_row_fn fn,
				void *user, hpo_error_t *error);

	/** Trials first … last (included), by number. */
	hpo_status_t (*trials)(void *state, int64_t study, int64_t first, int64_t last,
			       hpo_trial_row_fn fn, void *user, hpo_error_t *error);

	/** Every report after sequence `since`, in order. */
	hpo_status_t (*reports_since)(void *state, int64_t study, int64_t since, hpo_report_row_fn fn,
				      void *user, hpo_error_t *error);

	/** The reports of one trial's last attempt, in order. */
	hpo_status_t (*reports_of)(void *state, int64_t study, int64_t number, hpo_report_row_fn fn,
				   void *user, hpo_error_t *error);

	/** The study's revision, cheaply: unchanged means that nothing happened since. */
	hpo_status_t (*revision)(void *state, int64_t study, int64_t *revision, int *stopped,
				 hpo_error_t *error);

	/**
	 * Optional. Ask whoever runs a trial to stop it: its row says `stopping`
	 * until it ends or is taken up anew. Default: HPO_EUNSUPPORTED.
	 *
	 * @return HPO_OK; HPO_ENOTFOUND if there is no such trial; HPO_EINVAL if it
	 *         does not run.
	 */
	hpo_status_t (*stop_trial)(void *state, int64_t study, int64_t number, hpo_error_t *error);

	/** Optional. Everybody who joined and has not left. Default: HPO_EUNSUPPORTED. */
	hpo_status_t (*workers)(void *state, int64_t study, hpo_worker_row_fn fn, void *user,
				hpo_error_t *error);

	/** Optional. Replace the attributes of the study, a JSON object. Default: HPO_EUNSUPPORTED. */
	hpo_status_t (*describe)(void *state, int64_t study, const char *attributes,
				 hpo_error_t *error);

	/**
	 * Optional. The study, if its definition changed after revision `since`;
	 * else fn is not called. Default: fn is not called.
	 */
	hpo_status_t (*redefined)(void *state, int64_t study, int64_t since, hpo_study_row_fn fn,
				  void *user, hpo_error_t *error);

	/**
	 * Optional. Every definition that the study has had, oldest first.
	 * Default: none is kept but the present one, which study() gives.
	 */
	hpo_status_t (*definitions)(void *state, int64_t study, hpo_definition_fn fn, void *user,
				    hpo_error_t *error);

	/**
	 * Optional. Take a paused trial, as claim() takes a waiting one, but within
	 * the same attempt. It keeps `told` and its values until it ends or is paused
	 * anew; if its holder is lost, it is paused again. Default: HPO_EUNSUPPORTED.
	 *
	 * @return HPO_OK; HPO_WAIT if it is not paused.
	 */
	hpo_status_t (*resume)(void *state, int64_t study, int64_t worker, int64_t number,
			       double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error);
} hpo_store_ops_t;

/** Make a store known by its scheme; as hpo_register_strategy(). */
HPO_API hpo_status_t hpo_register_store(const hpo_store_ops_t *ops, hpo_error_t *error);

#ifdef __cplusplus
}
#endif
#endif
