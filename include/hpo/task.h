/**
 * @file
 * The other side: a training program that runs as a task of an optimizer.
 */
#ifndef HPO_TASK_H
#define HPO_TASK_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The task that this process is. */
typedef struct hpo_task hpo_task_t;

/**
 * The task that this process runs as, from its environment (HPO_PARAMS and
 * its kin), or from a ClearML server where CLEARML_TASK_ID names a task there: its
 * parameters are "Section/name" then, and found by the name alone where that is
 * clear. Where there is none, a task without values whose reports go to standard
 * output as lines, so that the program also runs by itself.
 *
 * @param out  yours: hpo_task_free().
 * @return HPO_OK; HPO_EINVAL if the environment is malformed; HPO_EBACKEND if the
 *         server of the task does not answer; HPO_ENOMEM.
 *
 * Threads: any; one task is for one thread at a time. Since 0.1. So for all below.
 */
HPO_API hpo_status_t hpo_task_current(hpo_task_t **out, hpo_error_t *error);

/** Flush and free; NULL is fine. */
HPO_API void hpo_task_free(hpo_task_t *task);

/** Whether an optimizer started this process: 1 or 0. */
HPO_API int hpo_task_is_managed(const hpo_task_t *task);

/** The trial's number, -1 outside a trial. */
HPO_API int64_t hpo_task_number(const hpo_task_t *task);

/**
 * The value of a parameter, `fallback` when this trial does not set it or it is no number.
 *
 * @param name  in full; or with its section left off, where only one parameter ends so.
 */
HPO_API double hpo_task_get_float(const hpo_task_t *task, const char *name, double fallback);

/** The value of a parameter, `fallback` when this trial does not set it or it is no integer. */
HPO_API int64_t hpo_task_get_int(const hpo_task_t *task, const char *name, int64_t fallback);

/** The value of a parameter as text; `fallback` when this trial does not set it. Borrowed from the task. */
HPO_API const char *hpo_task_get_text(const hpo_task_t *task, const char *name,
				      const char *fallback);

/**
 * Report a metric.
 *
 * @param metric     "title/series", or a series alone.
 * @param iteration  0 or more; -1: one more than the last.
 * @param value      may be non-finite.
 * @return HPO_OK; HPO_DONE when the task should end now, for somebody stopped it on its
 *         server; HPO_EBACKEND if the optimizer is gone.
 */
HPO_API hpo_status_t hpo_task_report(hpo_task_t *task, const char *metric, int64_t iteration,
				     double value, hpo_error_t *error);

/** The directory in which it may keep checkpoints; NULL for none. Borrowed. */
HPO_API const char *hpo_task_checkpoint(const hpo_task_t *task);

/**
 * The last iteration that the trial has reported before it was paused or interrupted: it
 * goes on after it, from what it finds in its checkpoint directory. 0 when it begins.
 */
HPO_API int64_t hpo_task_resume_iteration(const hpo_task_t *task);

#ifdef __cplusplus
}
#endif
#endif
