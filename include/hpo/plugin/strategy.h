/**
 * @file
 * Writing a strategy: what proposes the next point.
 *
 * A strategy is a pure function of space, history and generator. It works in
 * the unit cube, one axis a parameter; it sees no store, backend, clock or
 * thread. examples/custom_strategy.c is the template.
 */
#ifndef HPO_PLUGIN_STRATEGY_H
#define HPO_PLUGIN_STRATEGY_H

#include "hpo/plugin/option.h"
#include "hpo/plugin/random.h"
#include "hpo/space.h"
#include "hpo/trial.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a model must know of an axis. */
typedef enum hpo_axis_kind {
	HPO_AXIS_CONTINUOUS = 0, /**< any coordinate is a value of its own */
	HPO_AXIS_ORDERED = 1,    /**< cells in an order: ints, steps, ordinals */
	HPO_AXIS_CATEGORICAL = 2 /**< cells without an order: choices and bools */
} hpo_axis_kind_t;

/** One axis of the unit cube. */
typedef struct hpo_axis {
	hpo_axis_kind_t kind;
	uint64_t cells;   /**< how many values it takes; 0 for a continuum */
	int64_t parent;   /**< the axis of its first condition, -1 when always active */
	double preferred; /**< coordinate of its default value; NaN when it has none */
} hpo_axis_t;

/** Describe an axis. `axis` is below hpo_space_dims(). Threads: any. Since 0.1. */
HPO_API void hpo_space_axis(const hpo_space_t *space, size_t axis, hpo_axis_t *out);

/**
 * The cell in which a coordinate lies: all coordinates in [*low, *high) are one
 * value, whose own coordinate is *centre. Cells of a log-scaled int are not
 * equally wide. For a continuum all three are the coordinate itself.
 */
HPO_API void hpo_space_cell(const hpo_space_t *space, size_t axis, double coordinate, double *low,
			    double *centre, double *high);

/** The cell number, 0 … cells-1, of a coordinate; 0 for a continuum. */
HPO_API uint64_t hpo_space_cell_index(const hpo_space_t *space, size_t axis, double coordinate);

/** The centre of cell number `index`, which is below the axis's `cells`. */
HPO_API double hpo_space_cell_centre(const hpo_space_t *space, size_t axis, uint64_t index);

/**
 * Which axes are active at a point.
 *
 * @param point   [d], unit cube.
 * @param active  [d], filled with 1 or 0.
 */
HPO_API void hpo_space_activate(const hpo_space_t *space, const double *point, uint8_t *active);

/** Whether the constraints between parameters hold at a point [d]: 1 or 0. */
HPO_API int hpo_space_is_feasible(const hpo_space_t *space, const double *point);

/**
 * What is known when a point is asked for: the ended trials in the order in
 * which they were told, and the trials still running. Immutable; any number of
 * threads may read it. Arrays are borrowed until suggest() returns. n is the
 * count, d the dims, m the objectives.
 */
typedef struct hpo_history hpo_history_t;

/** n: ended trials. */
HPO_API size_t hpo_history_count(const hpo_history_t *history);
/** d: axes. */
HPO_API size_t hpo_history_dims(const hpo_history_t *history);
/** m: objectives. */
HPO_API size_t hpo_history_objectives(const hpo_history_t *history);
/** [n][d], the values' own coordinates; 0.5 on an inactive axis. */
HPO_API const double *hpo_history_points(const hpo_history_t *history);
/** [n][d], 1 where the axis was active. */
HPO_API const uint8_t *hpo_history_active(const hpo_history_t *history);
/** [n][m], each to be made small; NaN where a trial has no value. */
HPO_API const double *hpo_history_losses(const hpo_history_t *history);
/** [n], trial numbers. */
HPO_API const int64_t *hpo_history_numbers(const hpo_history_t *history);
/** [n], hpo_trial_state_t: completed, pruned or failed. */
HPO_API const uint8_t *hpo_history_states(const hpo_history_t *history);
/** [n], the last iteration reported, -1 when none was. */
HPO_API const int64_t *hpo_history_iterations(const hpo_history_t *history);
/**
 * [m]: the bound under which a measured constraint must stay, as a loss; NaN for
 * an objective that is to be made small. A trial is feasible when no loss is
 * above its bound; at least one objective has none. Since 0.1.
 */
HPO_API const double *hpo_history_bounds(const hpo_history_t *history);
/**
 * Which arm proposed the ended trial at `index`: what hpo_proposal_t.arm said, or
 * the strategy's name; "" when it was not proposed (enqueued, imported), and for
 * names beyond the first 255 of a study. Borrowed as the arrays. Since 0.1.
 */
HPO_API const char *hpo_history_arm(const hpo_history_t *history, size_t index);
/** Running trials whose point is known. */
HPO_API size_t hpo_history_pending(const hpo_history_t *history);
/** [pending], trial numbers. Since 0.1. */
HPO_API const int64_t *hpo_history_pending_numbers(const hpo_history_t *history);
/** [pending][d]. */
HPO_API const double *hpo_history_pending_points(const hpo_history_t *history);
/** [pending][d]. */
HPO_API const uint8_t *hpo_history_pending_active(const hpo_history_t *history);
/** How many trials the study may have in all; 0 when that is not limited. */
HPO_API int64_t hpo_history_budget(const hpo_history_t *history);

/** What a strategy is asked for, and its answer. Zeroed by the core but for the first four. */
typedef struct hpo_proposal {
	uint32_t struct_size; /**< in: sizeof(hpo_proposal_t) of the core */
	uint32_t attempt;     /**< in: how often a proposal for this trial was refused,
	                           as a repeat or for a constraint; 0 at first */
	int64_t number;       /**< in: the number of the trial */
	uint64_t seed;        /**< in: the study's seed, for what all trials share */
	double *point;        /**< out: [d], unit cube; the core snaps it to values
	                           and masks what is inactive */
	const char *arm;      /**< out: which part of the strategy proposed, static
	                           storage; NULL for the strategy's own name */
	double fidelity;      /**< out: share of the full effort, 0 for all of it */
	int64_t resumes;      /**< out: number + 1 of the trial it continues, 0 for none */
	int64_t replicates;   /**< out: number + 1 of the trial it repeats on purpose, 0 for none */
} hpo_proposal_t;

/**
 * A strategy. Methods of one state are never called two at once, but on any
 * thread. The core allocates the state.
 */
typedef struct hpo_strategy_ops {
	uint32_t struct_size;        /**< sizeof(hpo_strategy_ops_t) */
	const char *name;            /**< lower case, unique, static storage */
	size_t state_size;           /**< bytes, zeroed by the core before init() */
	const hpo_option_t *options; /**< optional: its settings, ended by a NULL name */

	/** Required. Get ready for a space, which outlives the state. */
	hpo_status_t (*init)(void *state, const hpo_space_t *space, hpo_error_t *error);

	/**
	 * Required. Propose a point.
	 *
	 * @param history  all that this suggestion may depend on, with
	 * @param rng      the stream of this trial.
	 * @param out      see hpo_proposal_t.
	 * @return HPO_OK; HPO_WAIT if a running trial must be told first;
	 *         HPO_EXHAUSTED if there is no point left; negative on failure.
	 */
	hpo_status_t (*suggest)(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				hpo_proposal_t *out, hpo_error_t *error);

	/** Optional. Take the settings; called once, after init(). Default: none are taken. */
	hpo_status_t (*configure)(void *state, const hpo_settings_t *settings, hpo_error_t *error);

	/**
	 * Optional. Fold in the ended trial at `index` of the history; called once
	 * for each, in order, before the suggest() that may see it. It must not
	 * look beyond `index`. Default: nothing is kept.
	 */
	hpo_status_t (*observe)(void *state, const hpo_history_t *history, size_t index,
				hpo_error_t *error);

	/** Optional. Free what the state owns. Default: it owns nothing. */
	void (*release)(void *state);
} hpo_strategy_ops_t;

/**
 * Make a strategy known by its name, before the first optimizer is made.
 *
 * @param ops  copied; its strings and options must stay.
 * @return HPO_OK; HPO_EINVAL for a name that is taken or a missing method; HPO_ENOMEM.
 *
 * Threads: none may be inside the library. Since 0.1.
 */
HPO_API hpo_status_t hpo_register_strategy(const hpo_strategy_ops_t *ops, hpo_error_t *error);

#ifdef __cplusplus
}
#endif
#endif
