/**
 * @file
 * One trial: its values, its reports, its end.
 *
 * A trial is asked from an optimizer and ends exactly once, by tell, prune or
 * fail. It keeps what it needs of its optimizer alive: the order in which both
 * are freed does not matter. One trial belongs to one thread at a time.
 */
#ifndef HPO_TRIAL_H
#define HPO_TRIAL_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A trial that is being evaluated. */
typedef struct hpo_trial hpo_trial_t;

/** Where a trial stands. */
typedef enum hpo_trial_state {
	HPO_TRIAL_WAITING = 0,   /**< enqueued, or to be tried again; nobody runs it */
	HPO_TRIAL_RUNNING = 1,   /**< asked for, not ended */
	HPO_TRIAL_COMPLETED = 2, /**< ended with its values */
	HPO_TRIAL_PRUNED = 3,    /**< stopped early, with its value so far */
	HPO_TRIAL_FAILED = 4     /**< ended without a usable value */
} hpo_trial_state_t;

/** The word for a state, as in `hpo trials --json`: "waiting" … "failed"; NULL for no state. */
HPO_API const char *hpo_trial_state_text(hpo_trial_state_t state);

/** The trial's number: 0, 1, 2, … without gaps in its study. */
HPO_API int64_t hpo_trial_number(const hpo_trial_t *trial);

/** How many attempts at this trial went before: 0 for the first. */
HPO_API int32_t hpo_trial_attempt(const hpo_trial_t *trial);

/** Which of the `concurrent` places it runs in, from 0; 0 outside a managed run. */
HPO_API int hpo_trial_slot(const hpo_trial_t *trial);

/** The name of its study, borrowed from the trial. */
HPO_API const char *hpo_trial_study(const hpo_trial_t *trial);

/** Its checkpoint directory, borrowed from the trial; NULL when the study has none. */
HPO_API const char *hpo_trial_checkpoint(const hpo_trial_t *trial);

/** The iteration after which it goes on, from its checkpoint; 0 when it begins. */
HPO_API int64_t hpo_trial_resume_iteration(const hpo_trial_t *trial);

/**
 * The active parameters as a JSON object, {"lr":0.01,"layers":2}.
 *
 * @return yours, free it with hpo_free(); NULL when memory is out.
 *
 * Threads: the trial's. Since 0.1.
 */
HPO_API char *hpo_trial_params_json(const hpo_trial_t *trial);

/**
 * The value of a float parameter, or of an int or numeric choice as a float.
 *
 * @param name  of an active parameter.
 * @return HPO_OK; HPO_EINVAL if the parameter is inactive in this trial or is
 *         not a number; HPO_ENOTFOUND if the space has no such parameter.
 *
 * Threads: the trial's. Since 0.1. So for the next two.
 */
HPO_API hpo_status_t hpo_trial_get_float(const hpo_trial_t *trial, const char *name, double *out,
					 hpo_error_t *error);

/** The value of an int or bool parameter, or of an integral numeric choice; exact. */
HPO_API hpo_status_t hpo_trial_get_int(const hpo_trial_t *trial, const char *name, int64_t *out,
				       hpo_error_t *error);

/** The chosen text of a categorical, ordinal or bool parameter; borrowed from the trial. */
HPO_API hpo_status_t hpo_trial_get_choice(const hpo_trial_t *trial, const char *name,
					  const char **out, hpo_error_t *error);

/**
 * One active parameter as the text that a command line takes: a number, a
 * choice, "true" or "false".
 *
 * @param fn  called for each active parameter in the order of the space; both
 *            strings are borrowed for the call; a negative status ends it.
 * @return HPO_OK, or what fn returned.
 */
HPO_API hpo_status_t hpo_trial_each_param(const hpo_trial_t *trial,
					  hpo_status_t (*fn)(const char *name, const char *value,
							     void *user),
					  void *user, hpo_error_t *error);

/**
 * Whether the study's space has a parameter of this name, with or without its
 * section ("Args/lr" or "lr"), active in this trial or not: 1 or 0.
 */
HPO_API int hpo_trial_has_param(const hpo_trial_t *trial, const char *name);

/**
 * Report the first objective's value at an iteration.
 *
 * Reports are grouped on their way to the store; they are there at the latest
 * when the trial ends.
 *
 * @param iteration  0 or more: epochs, steps, as the program counts.
 * @param value      may be non-finite: it is kept, and informs no model.
 * @return HPO_OK; HPO_EINVAL if the trial has ended; HPO_ESTORE.
 *
 * Threads: the trial's. Since 0.1.
 */
HPO_API hpo_status_t hpo_trial_report(hpo_trial_t *trial, int64_t iteration, double value,
				      hpo_error_t *error);

/**
 * Report any metric. `metric` is "title/series", or a series alone; which
 * objective it feeds is decided as for the report lines of a task.
 */
HPO_API hpo_status_t hpo_trial_report_metric(hpo_trial_t *trial, const char *metric,
					     int64_t iteration, double value, hpo_error_t *error);

/**
 * Whether it should end early: the pruner says so, its iterations or its time
 * are used up, or the study was stopped.
 *
 * @return 1 or 0. After 1 end it with hpo_trial_prune() (or tell what it has).
 */
HPO_API int hpo_trial_should_stop(hpo_trial_t *trial);

/**
 * Keep a user attribute: `json` is any JSON value; null removes what another process set.
 * Stored when the attempt ends.
 */
HPO_API hpo_status_t hpo_trial_set_attribute(hpo_trial_t *trial, const char *key, const char *json,
					     hpo_error_t *error);

/**
 * End it with its values: completed, and durable before this returns.
 *
 * A value that is not finite makes it failed instead; that is HPO_OK too.
 *
 * @param values  [count], in the order of the objectives, as measured.
 * @param count   the number of objectives.
 * @return HPO_OK; HPO_EINVAL for a wrong count or a trial that has ended;
 *         HPO_ESTORE if it could not be kept: it is still running then, and
 *         may be told again.
 *
 * Threads: the trial's. Since 0.1. So for the next two.
 */
HPO_API hpo_status_t hpo_trial_tell(hpo_trial_t *trial, const double *values, size_t count,
				    hpo_error_t *error);

/**
 * End it as pruned, with the value that decided, or its last report. As a
 * failed trial if it never reported.
 */
HPO_API hpo_status_t hpo_trial_prune(hpo_trial_t *trial, hpo_error_t *error);

/** End it as failed; `reason` is a phrase for people, NULL for none. It is tried again as the limits say. */
HPO_API hpo_status_t hpo_trial_fail(hpo_trial_t *trial, const char *reason, hpo_error_t *error);

/**
 * Free it; NULL is fine. A trial that has not ended is recorded as failed,
 * "abandoned"; a detached one stays running.
 */
HPO_API void hpo_trial_free(hpo_trial_t *trial);

#ifdef __cplusplus
}
#endif
#endif
