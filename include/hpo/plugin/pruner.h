/**
 * @file
 * Writing a pruner: what decides from its reports whether a running trial
 * should stop.
 *
 * Losses are to be made small, whatever the objective's sign. A pruner sees the
 * first objective only, and none when a study has several.
 */
#ifndef HPO_PLUGIN_PRUNER_H
#define HPO_PLUGIN_PRUNER_H

#include "hpo/plugin/option.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How far a trial runs, in iterations of its own reports. 0: not limited. */
typedef struct hpo_fidelity {
	int64_t min_iteration; /**< no trial is stopped before it has reported this iteration */
	int64_t max_iteration; /**< a trial that reports it is complete */
	int maximize;          /**< 1: a loss is the negated value of the objective; 0: it is the value */
	int resumable;         /**< 1: a trial that is paused can go on from its checkpoint */
} hpo_fidelity_t;

/** A pruner's answer. */
typedef struct hpo_verdict {
	int stop;          /**< 1: end it now */
	int64_t iteration; /**< when stopped: the iteration that decided */
	double loss;       /**< when stopped: the trial's loss there */
	char reason[160];  /**< when stopped: a short phrase for people */
	int pause;         /**< when stopped: 1 if it may go on later, see promote() */
} hpo_verdict_t;

/** A pruner. Methods of one state are never called two at once. */
typedef struct hpo_pruner_ops {
	uint32_t struct_size;        /**< sizeof(hpo_pruner_ops_t) */
	const char *name;            /**< lower case, unique, static storage */
	size_t state_size;           /**< bytes, zeroed by the core before init() */
	const hpo_option_t *options; /**< optional: its settings, ended by a NULL name */

	/** Required. Get ready. */
	hpo_status_t (*init)(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error);

	/** Required. Whether `trial` should stop; *verdict is zeroed before. */
	hpo_status_t (*judge)(void *state, int64_t trial, hpo_verdict_t *verdict,
			      hpo_error_t *error);

	/** Optional. Take the settings; called once, after init(). */
	hpo_status_t (*configure)(void *state, const hpo_settings_t *settings, hpo_error_t *error);

	/**
	 * Optional. `trial` reported a finite `loss`; called in the order in which
	 * reports arrive, also for trials of other processes and earlier runs.
	 */
	hpo_status_t (*observe)(void *state, int64_t trial, int64_t iteration, double loss,
				hpo_error_t *error);

	/** Optional. `trial` ended by itself: its curve is whole. */
	void (*finish)(void *state, int64_t trial);

	/** Optional. `trial` starts again: what it reported no longer counts. */
	void (*forget)(void *state, int64_t trial);

	/** Optional. Free what the state owns. */
	void (*release)(void *state);

	/**
	 * Optional. `trial` reported a `loss` that is NaN or infinite. A verdict of
	 * such a loss fails the trial.
	 */
	hpo_status_t (*diverge)(void *state, int64_t trial, int64_t iteration, double loss,
				hpo_error_t *error);

	/**
	 * Optional. Which of the paused trials is to go on, rather than a new one
	 * to begin. Required of a pruner whose verdicts pause.
	 *
	 * @param paused  [count], trial numbers, ascending.
	 * @param last    1: there will be no new trials, and none has completed:
	 *                name the one that is to be the best.
	 * @return the number; -1 for none.
	 */
	int64_t (*promote)(void *state, const int64_t *paused, size_t count, int last);

	/** Optional. A paused trial goes on, with what it has reported. */
	void (*resume)(void *state, int64_t trial);
} hpo_pruner_ops_t;

/** Make a pruner known by its name; as hpo_register_strategy(). */
HPO_API hpo_status_t hpo_register_pruner(const hpo_pruner_ops_t *ops, hpo_error_t *error);

#ifdef __cplusplus
}
#endif
#endif
