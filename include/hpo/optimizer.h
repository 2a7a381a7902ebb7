/**
 * @file
 * The optimizer: ask and tell on a study, and over it the managed run.
 *
 * One optimizer may be asked and told by any number of threads. A host drives
 * it in one of four ways: ask and tell by itself; hpo_optimizer_run() for an
 * objective function; start and wait for tasks of a backend; or step, from an
 * event loop of its own.
 */
#ifndef HPO_OPTIMIZER_H
#define HPO_OPTIMIZER_H

#include "hpo/space.h"
#include "hpo/status.h"
#include "hpo/trial.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A study that is open for asking and telling. */
typedef struct hpo_optimizer hpo_optimizer_t;

/** Which way an objective is good, and which of its reports counts. */
typedef enum hpo_goal {
	HPO_GOAL_MIN = 0,        /**< the last report, small is good */
	HPO_GOAL_MAX = 1,        /**< the last report, large is good */
	HPO_GOAL_MIN_GLOBAL = 2, /**< the smallest report ever */
	HPO_GOAL_MAX_GLOBAL = 3  /**< the largest report ever */
} hpo_goal_t;

/** One objective. Strings are copied by who takes it. */
typedef struct hpo_objective {
	const char *title;  /**< NULL or "" for none */
	const char *series; /**< the metric's name */
	hpo_goal_t goal;
} hpo_objective_t;

/** The limits of a study; 0 always means: no limit, or the default. */
typedef struct hpo_limits {
	int64_t trials;         /**< over the whole study and all processes */
	int concurrent;         /**< trials alive at once in this process; default 1 */
	double minutes;         /**< of this run */
	double compute_minutes; /**< summed over all trials of the study */
	double trial_minutes;   /**< of one trial, since it began to run */
	int64_t min_iterations; /**< no pruning before */
	int64_t max_iterations; /**< a trial that reports it is complete */
	int64_t keep_top;       /**< archive all others; default: keep all */
	int retries;            /**< of a trial that failed by itself; default 0 */
	double failure_rate;    /**< give up when more than this share of the ended trials
	                             failed, from the tenth on; default 1: never */
	int has_target;         /**< 1: the study ends once a trial has reached `target` */
	double target;          /**< a value of the first objective that is no bound */
	int64_t patience;       /**< end after so many trials that gained nothing */
	double min_gain;        /**< share, 0 to 1, of the distance of the best trial from the
	                             median one; what `patience` trials gain must be more */
} hpo_limits_t;

/** What a study is, without JSON. Start from HPO_OPTIMIZER_OPTIONS_INIT. */
typedef struct hpo_optimizer_options {
	uint32_t struct_size;
	const char *name;                  /**< of the study; default "study" */
	const hpo_space_t *space;          /**< required; copied */
	const hpo_objective_t *objectives; /**< [objective_count]; default: one, "objective", min */
	size_t objective_count;
	const char *strategy; /**< default "auto" */
	uint64_t seed;        /**< of everything random */
	const char *pruner;   /**< default "none" */
	hpo_limits_t limits;
	const char *store;     /**< URL; default "memory:" */
	const char *task_json; /**< the `task` object of a study file, or NULL */
	hpo_log_fn log;        /**< or NULL */
	void *log_user;
} hpo_optimizer_options_t;

/** The start of every options value: all defaults. */
#define HPO_OPTIMIZER_OPTIONS_INIT                                                                  \
	{                                                                                           \
		sizeof(hpo_optimizer_options_t), NULL, NULL, NULL, 0, NULL, 0, NULL,                \
			{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, NULL, NULL, NULL, NULL                      \
	}

/** The same, as a function, for callers without the macro. */
HPO_API void hpo_optimizer_options_init(hpo_optimizer_options_t *options);

/**
 * Open or create a study.
 *
 * @param out      yours: hpo_optimizer_free(). NULL unless HPO_OK.
 * @param options  copied.
 * @return HPO_OK; HPO_EINVAL; HPO_EMISMATCH if the store has the study with
 *         another space or other objectives, naming the first difference;
 *         HPO_ESTORE; HPO_ENOMEM.
 *
 * Threads: any. Since 0.1. So for the next three.
 */
HPO_API hpo_status_t hpo_optimizer_new(hpo_optimizer_t **out,
				       const hpo_optimizer_options_t *options,
				       hpo_error_t *error);

/**
 * Open or create a study that is given as a study file (its JSON text).
 *
 * Its store is "memory:" unless it names one. Errors in it are HPO_EINVAL and
 * name the path, as in "parameters[3].low".
 */
HPO_API hpo_status_t hpo_optimizer_from_json(hpo_optimizer_t **out, const char *study_json,
					     hpo_error_t *error);

/**
 * Whether the task of a study file can be run from here, before the study is
 * made of it: that its backend is there and, for a command, its program and its
 * folder are. Nothing is started or stored. HPO_EINVAL names the path, as in
 * "task.command[0]"; HPO_EUNSUPPORTED if the backend is not part of this build.
 * Of a backend that may have settings of its own for the study, such as
 * "clearml", nothing is asked here: hpo_optimizer_from_json() will say.
 */
HPO_API hpo_status_t hpo_optimizer_check_task(const char *study_json, hpo_error_t *error);

/** Open a study that is in a store; HPO_ENOTFOUND if it is not. */
HPO_API hpo_status_t hpo_optimizer_open(hpo_optimizer_t **out, const char *store_url,
					const char *name, hpo_error_t *error);

/** Stop what runs, end it in order, and free; NULL is fine. Trials still held live on without it. */
HPO_API void hpo_optimizer_free(hpo_optimizer_t *optimizer);

/** Set where log lines go; before the first ask or start. NULL: nowhere. */
HPO_API void hpo_optimizer_set_log(hpo_optimizer_t *optimizer, hpo_log_fn log, void *user);

/** The study's definition as JSON, with all defaults filled in; free with hpo_free(). */
HPO_API char *hpo_optimizer_study_json(hpo_optimizer_t *optimizer, hpo_error_t *error);

/**
 * What there is to choose from, with plug-ins: {"strategies":[{"name",
 * "settings":[{"name","type","default","low","high","summary"}]}],"pruners":[…],
 * "backends":[names]}; yours, hpo_free(). Threads: any. Since 0.1.
 */
HPO_API char *hpo_choices_json(hpo_error_t *error);

/**
 * Have a point tried before anything is proposed.
 *
 * @param params_json  {"lr":0.01,…}: every parameter that is active under these
 *                     values; one with a default may be left out.
 * @return HPO_OK; HPO_EINVAL names the parameter that is missing, unknown or
 *         out of range; HPO_ESTORE.
 *
 * Threads: any number. Since 0.1.
 */
HPO_API hpo_status_t hpo_optimizer_enqueue_trial(hpo_optimizer_t *optimizer,
						 const char *params_json, hpo_error_t *error);

/**
 * Add a finished trial from elsewhere.
 *
 * @param trial_json  {"params":{…},"values":[…]}, and if wanted "state",
 *                    "reason", "attributes", "reports":[[iteration,value],…].
 */
HPO_API hpo_status_t hpo_optimizer_import_trial(hpo_optimizer_t *optimizer, const char *trial_json,
						hpo_error_t *error);

/**
 * Propose the next trial to run.
 *
 * The trial is recorded in the store before this returns, so that a crash
 * after it loses work but never repeats a number.
 *
 * @param out  the trial; yours, also after it has ended: hpo_trial_free(). NULL unless HPO_OK.
 * @return HPO_OK; HPO_WAIT if nothing can be proposed until a running trial is
 *         told; HPO_EXHAUSTED if the space holds no further point; HPO_DONE if
 *         a limit is reached or the study was stopped; HPO_ESTORE if it could
 *         not be recorded, in which case nothing has changed.
 *
 * Threads: any number may ask and tell on one optimizer. Since 0.1.
 */
HPO_API hpo_status_t hpo_optimizer_ask(hpo_optimizer_t *optimizer, hpo_trial_t **out,
				       hpo_error_t *error);

/**
 * As hpo_optimizer_ask(), for a trial that outlives this process: nobody holds
 * it, and it waits again when `lease_minutes` have gone by without an end.
 */
HPO_API hpo_status_t hpo_optimizer_ask_detached(hpo_optimizer_t *optimizer, double lease_minutes,
						hpo_trial_t **out, hpo_error_t *error);

/** Take up a detached running trial by its number; HPO_ENOTFOUND, or HPO_EINVAL saying why not. */
HPO_API hpo_status_t hpo_optimizer_open_trial(hpo_optimizer_t *optimizer, int64_t number,
					      hpo_trial_t **out, hpo_error_t *error);

/**
 * The best completed trial, which we recommend.
 *
 * It is the one with the best value, unless the strategy read some configurations
 * again because values are noisy: then the one whose loss is believed to be the
 * least, with "by":"belief", the "estimate" of its value, the standard "error" of
 * that, and the number of its "readings"; "values" is its first reading.
 *
 * @return {"number":17,"values":[0.031],"params":{…}}; for several objectives
 *         a JSON list of the Pareto front; yours, hpo_free(). NULL with
 *         HPO_ENOTFOUND when no trial has completed.
 *
 * Threads: any number. Since 0.1.
 */
HPO_API char *hpo_optimizer_best_json(hpo_optimizer_t *optimizer, hpo_error_t *error);

/**
 * The best trials, best first, with all that is known of them.
 *
 * @param count          how many at most.
 * @param completed_only 1: completed ones; 0: pruned and running ones with a value too, after them.
 * @return a JSON array of objects with number, state, values, params, metrics
 *         (each with its last, least and largest value), iteration, task,
 *         reason, attributes; yours, hpo_free(). NULL on failure.
 */
HPO_API char *hpo_optimizer_top_json(hpo_optimizer_t *optimizer, size_t count, int completed_only,
				     hpo_error_t *error);

/** The running trials of this process as a JSON array (number, params, iteration, value, seconds). */
HPO_API char *hpo_optimizer_running_json(hpo_optimizer_t *optimizer, hpo_error_t *error);

/**
 * Propose recorded trials again, from what the store says that they saw, and
 * compare. Nothing is changed; it costs what the proposals cost.
 *
 * @param first  the first trial, from 0.
 * @param last   the last, included; negative: the last of the study.
 * @return {"study":…,"trials":[{"number":0,"outcome":"same",…},…],"same":1,"different":0,
 *         "not_replayed":0}; yours, hpo_free(). An outcome is "same"; "different",
 *         with params as recorded and as replayed; "not proposed" for what was
 *         enqueued or imported; "not recorded" for trials of versions that did
 *         not note what they saw; "other settings" when the store has no
 *         definition with the settings by which it was proposed. NULL on failure.
 *
 * Threads: any number. Since 0.1.
 */
HPO_API char *hpo_optimizer_replay_json(hpo_optimizer_t *optimizer, int64_t first, int64_t last,
					hpo_error_t *error);

/** How far a study is. */
typedef struct hpo_progress {
	uint32_t struct_size;  /**< in: sizeof(hpo_progress_t) */
	int64_t waiting, running, completed, pruned, failed; /**< trials of the study */
	int64_t total;         /**< the limit of trials; 0: none */
	int active;            /**< trials that this process runs */
	int has_best;          /**< 1 when the next two are set */
	int64_t best_number;   /**< of the first objective */
	double best_value;     /**< as measured */
	double elapsed_s;      /**< of this run */
	double remaining_s;    /**< estimated until a limit is reached; negative: unknown */
	double compute_s;      /**< summed over the study's trials */
	int64_t paused;        /**< of the waiting trials: they have a checkpoint and may go on */
	char ended[160];       /**< why nothing more is started, a phrase; "" while it goes on */
} hpo_progress_t;

/** Fill `out` with how far the study is. Threads: any number. */
HPO_API hpo_status_t hpo_optimizer_progress(hpo_optimizer_t *optimizer, hpo_progress_t *out,
					    hpo_error_t *error);

/**
 * An objective function. It runs on a thread of the library, several at once.
 *
 * @param trial   read its values, report, ask whether to stop; not to be ended or freed.
 * @param values  [objectives], to be filled.
 * @param user    what was given with the function.
 * @return HPO_OK with the values filled; HPO_DONE if it stopped early because
 *         the trial should stop; negative: it failed (HPO_EUSER ends the whole
 *         run as well).
 */
typedef hpo_status_t (*hpo_objective_fn)(hpo_trial_t *trial, double *values, void *user);

/**
 * Run the study to its end in this process.
 *
 * @param fn       the objective function.
 * @param threads  how many at once; 0: the study's `concurrent`.
 * @return HPO_DONE when a limit was reached or it was stopped; HPO_EXHAUSTED;
 *         HPO_EUSER if fn asked for it; other negatives on failure.
 *
 * Threads: one. Since 0.1.
 */
HPO_API hpo_status_t hpo_optimizer_run(hpo_optimizer_t *optimizer, hpo_objective_fn fn, void *user,
				       int threads, hpo_error_t *error);

/**
 * Open the backend that the study's `task` names and drive it on a thread of
 * its own until a limit is reached. Calling it twice is harmless.
 *
 * @return HPO_OK; HPO_EINVAL if the base task is missing or wrong; HPO_EBACKEND.
 */
HPO_API hpo_status_t hpo_optimizer_start(hpo_optimizer_t *optimizer, hpo_error_t *error);

/** As hpo_optimizer_start(), but the tasks run on this machine, whatever queue the study names. */
HPO_API hpo_status_t hpo_optimizer_start_locally(hpo_optimizer_t *optimizer, hpo_error_t *error);

/**
 * Wait for the run to end.
 *
 * @param timeout_s  seconds; negative: for ever.
 * @return HPO_DONE or HPO_EXHAUSTED when it has ended; HPO_WAIT when it goes
 *         on; negative if it ended by a failure.
 */
HPO_API hpo_status_t hpo_optimizer_wait(hpo_optimizer_t *optimizer, double timeout_s,
					hpo_error_t *error);

/**
 * End the run: nothing new starts, what runs is ended and waits to be resumed.
 * Returns at once. May be called from any thread and from a signal handler.
 */
HPO_API void hpo_optimizer_stop(hpo_optimizer_t *optimizer);

/** Whether a run is under way: 1 or 0. */
HPO_API int hpo_optimizer_is_running(const hpo_optimizer_t *optimizer);

/**
 * Do what is to do now: hear from the tasks, stop, record, start. For a host
 * with an event loop; the first call opens the backend as start() does.
 *
 * @param timeout_ms  how long it may wait for something to happen; 0: not at all.
 * @return HPO_OK: call again; HPO_DONE or HPO_EXHAUSTED: the run has ended;
 *         negative: it ended by a failure.
 *
 * Threads: one, and not beside start(). Since 0.1.
 */
HPO_API hpo_status_t hpo_optimizer_step(hpo_optimizer_t *optimizer, int timeout_ms,
					hpo_error_t *error);

/** A descriptor that is readable when step() has something to do; -1: none. */
HPO_API int hpo_optimizer_descriptor(hpo_optimizer_t *optimizer);

/** Milliseconds after which step() should be called even if nothing happened. */
HPO_API int hpo_optimizer_timeout_ms(hpo_optimizer_t *optimizer);

/** Limit this run, counted from now; 0: no limit. */
HPO_API void hpo_optimizer_set_time_limit(hpo_optimizer_t *optimizer, double minutes);

/**
 * Receives each trial of this process that ends. It is called on the driving
 * thread, with no lock held.
 *
 * @param number      of the trial.
 * @param trial_json  as an element of hpo_optimizer_top_json(), borrowed.
 * @param is_best     1 when it is the best so far.
 * @param user        what was set with the callback.
 * @return HPO_OK; a negative status ends the run, which returns it.
 */
typedef hpo_status_t (*hpo_ended_fn)(int64_t number, const char *trial_json, int is_best,
				     void *user);

/** Be told of each trial of this process that ends; NULL: of none. Before the run begins. */
HPO_API void hpo_optimizer_set_ended(hpo_optimizer_t *optimizer, hpo_ended_fn fn, void *user);

/** Be told regularly how far the run is; also publishes to the backend. On the driving thread. */
typedef hpo_status_t (*hpo_report_fn)(const hpo_progress_t *progress, void *user);
HPO_API void hpo_optimizer_set_report(hpo_optimizer_t *optimizer, double period_minutes,
				      hpo_report_fn fn, void *user);

#ifdef __cplusplus
}
#endif
#endif
