/**
 * @file
 * Summaries of a study: pure functions of its records.
 *
 * Every `char *` is yours: hpo_free(). NULL means failure, and `error` says
 * why. Threads: any. Since 0.1.
 */
#ifndef HPO_REPORT_H
#define HPO_REPORT_H

#include "hpo/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** {"study": …, "trials": [{"number", "state", "params", "values", …}, …]}, by number. */
HPO_API char *hpo_report_trials_json(const hpo_records_t *records, hpo_error_t *error);

/** The best `count` trials, best first: as the `trials` array above; ranked by front for several objectives. */
HPO_API char *hpo_report_top_json(const hpo_records_t *records, size_t count, hpo_error_t *error);

/** One trial with its reports, as an element of `trials` above. HPO_ENOTFOUND. */
HPO_API char *hpo_report_trial_json(const hpo_records_t *records, int64_t number,
				    hpo_error_t *error);

/**
 * Trials as columns, for a table of many thousands: {"study", "revision",
 * "count", "next", "more", "reset", "number":[…], "state":[…],
 * "values":[[…] for each objective], "params":{name:[…]}, "started_s":[…], …};
 * doc/guide.md and the server's OpenAPI document list them.
 *
 * @param since  `next` of an earlier answer: only what changed after it, by
 *               revision. NULL or "": all. Where it is of another study,
 *               `reset` is true and all come.
 * @param limit  rows at most; 0: no limit. `more` says whether some are left.
 */
HPO_API char *hpo_report_columns_json(const hpo_records_t *records, const char *since, size_t limit,
				      hpo_error_t *error);

/** One object: study, counts by state, objectives, best, limits, times, compute. */
HPO_API char *hpo_report_summary_json(const hpo_records_t *records, hpo_error_t *error);

/** Comma-separated (RFC 4180): a header, then one line a trial, by number. */
HPO_API char *hpo_report_csv(const hpo_records_t *records, hpo_error_t *error);

/** Which trials a table shows, and in which order. */
typedef enum hpo_report_order {
	HPO_REPORT_BY_NUMBER = 0, /**< all, by number */
	HPO_REPORT_BEST_FIRST = 1 /**< those with a value, best first */
} hpo_report_order_t;

/**
 * A table for a terminal: number, state, values, parameters.
 *
 * @param limit    rows at most; 0: all.
 * @param columns  width of the terminal in cells; 0: as wide as it needs.
 */
HPO_API char *hpo_report_table(const hpo_records_t *records, hpo_report_order_t order,
			       size_t limit, int columns, hpo_error_t *error);

/**
 * Any cells as such a table: the first row is its header, columns of numbers
 * are aligned at their end, long lines are cut with an ellipsis.
 *
 * @param cells    [rows][columns], row-major; NULL counts as "".
 * @param width    of the terminal in cells; 0: as wide as it needs.
 */
HPO_API char *hpo_report_grid(const char *const *cells, size_t rows, size_t columns, int width,
			      hpo_error_t *error);

/**
 * Text from elsewhere, made harmless for a terminal: control characters become
 * their hexadecimal codes, invalid UTF-8 and what changes the direction of
 * writing "?".
 */
HPO_API char *hpo_report_plain(const char *text, hpo_error_t *error);

/**
 * A figure as Plotly's JSON, {"data":[…],"layout":{…}}. Of a study of 10,000
 * trials it takes some 200 KB: the best are shown, and others evenly.
 *
 * @param name       "objective", over the trials; "parallel" coordinates;
 *                   "importance" of the parameters (PED-ANOVA); "slice", the
 *                   objective over each parameter; "timeline" of the trials.
 * @param objective  index of the objective that objective and slice show; 0 for the others.
 * @return HPO_EINVAL in `error` for a name or objective that there is not.
 */
HPO_API char *hpo_report_figure(const hpo_records_t *records, const char *name, size_t objective,
				hpo_error_t *error);

/** What a figure shows; start from zero and set struct_size. */
typedef struct hpo_figure_options {
	uint32_t struct_size;
	size_t objective;  /**< index of the objective, where the figure is of one */
	const char *x, *y; /**< parameters of a figure of two; NULL: the most important ones */
} hpo_figure_options_t;

/** As hpo_report_figure(), with all that may be chosen; options NULL: nothing. */
HPO_API char *hpo_report_figure_with(const hpo_records_t *records, const char *name,
				     const hpo_figure_options_t *options, hpo_error_t *error);

/**
 * The figures that this study can have, as a JSON array: name, title,
 * per_objective, pair (takes x and y), objectives (indices that it can show).
 */
HPO_API char *hpo_report_figures_json(const hpo_records_t *records, hpo_error_t *error);

/** How the importance of parameters is measured. */
typedef enum hpo_importance_method {
	/**
	 * What a parameter alone tells of whether a trial is among the best (S. Watanabe,
	 * A. Bansal and F. Hutter, IJCAI 2023). Shares sum to 1. It looks at the trials as
	 * they are, so it is quick, and pruned ones count.
	 */
	HPO_IMPORTANCE_PED_ANOVA = 0,
	/**
	 * What a parameter alone, and each pair of the most important ones, explains of the
	 * variance of an objective over the whole space, as a random forest has learned it
	 * (F. Hutter, H. H. Hoos and K. Leyton-Brown, ICML 2014). With what larger groups
	 * explain the shares sum to 1.
	 */
	HPO_IMPORTANCE_FANOVA = 1
} hpo_importance_method_t;

/** What importance is asked for. Start from HPO_IMPORTANCE_OPTIONS_INIT. */
typedef struct hpo_importance_options {
	uint32_t struct_size;
	hpo_importance_method_t method;
	int64_t objective;   /**< its index; -1: of the study's one goal, or all of them together */
	double top_quantile; /**< above 0, at most 1: PED-ANOVA: the share of the trials that
	                          counts as the best, 0 for a tenth; fANOVA: losses beyond
	                          those of so many trials are taken as equal, 0 for none */
} hpo_importance_options_t;

/** The start of every options value: all defaults. */
#define HPO_IMPORTANCE_OPTIONS_INIT                                                                 \
	{                                                                                          \
		sizeof(hpo_importance_options_t), HPO_IMPORTANCE_PED_ANOVA, -1, 0                  \
	}

/**
 * {"study", "method", "objective" (its key, or null for all), "trials" (that were
 * looked at), "parameters": [{"name", "share", "deviation"}, …], "pairs": [{"names":
 * [a, b], "share"}, …], "rest"}, the most important first. A conditional parameter
 * counts by how often it is active. All shares are 0 where too few trials ended, or
 * nothing varies. `deviation` (over the trees), `pairs` and `rest` (what larger
 * groups explain) are of fANOVA.
 *
 * With several goals and none chosen, PED-ANOVA takes as the best those of the first
 * fronts, and fANOVA the mean of the goals' shares.
 *
 * @param options  NULL: all defaults.
 * @return HPO_EINVAL in `error` for an objective or quantile that there is not.
 */
HPO_API char *hpo_report_importance_json(const hpo_records_t *records,
					 const hpo_importance_options_t *options,
					 hpo_error_t *error);

/** The same as a table for a terminal of `columns` cells; 0: as wide as it needs. */
HPO_API char *hpo_report_importance(const hpo_records_t *records,
				    const hpo_importance_options_t *options, int columns,
				    hpo_error_t *error);

/** A summary for a terminal: the study, its counts, its best trial. */
HPO_API char *hpo_report_summary(const hpo_records_t *records, int columns, hpo_error_t *error);

#ifdef __cplusplus
}
#endif
#endif
