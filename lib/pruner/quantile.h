/*
 * What median and percentile share: a trial stops when the best that it has
 * reached is worse than a quantile of the best that whole trials had reached at
 * the same iteration.
 */
#ifndef HPO_PRUNER_QUANTILE_H
#define HPO_PRUNER_QUANTILE_H

#include "hpo/plugin/pruner.h"
#include "pruner/roster.h"

/* The state of such a pruner, zeroed before init. */
struct hpo_quantile {
	hpo_fidelity_t fidelity;
	double share;	   /* 0 … 1: of whole trials that were as good at the bar, or better */
	const char *label; /* of the bar, for people; static storage, or of the state */
	int64_t startup, warmup, interval;
	int64_t finished; /* whole trials in the columns */
	struct hpo_roster curves;
	struct hpo_roster columns;
};

/* The settings that both have; lines of an option table. */
#define HPO__QUANTILE_OPTIONS                                                                      \
	{ "startup_trials", HPO_OPTION_INT, 5, 1, 1e9,                                             \
	  "trials that must have ended by themselves before any is stopped" },                     \
	{ "warmup", HPO_OPTION_INT, 0, 0, 1e15, "iterations during which no trial is stopped" },   \
	{ "interval", HPO_OPTION_INT, 1, 1, 1e15, "iterations between two decisions" }

void hpo__quantile_init(struct hpo_quantile *state, const hpo_fidelity_t *fidelity, double share,
			const char *label);

/* Methods of a pruner whose state begins with a struct hpo_quantile. */
hpo_status_t hpo__quantile_configure(void *state, const hpo_settings_t *settings,
				     hpo_error_t *error);
hpo_status_t hpo__quantile_observe(void *state, int64_t trial, int64_t iteration, double loss,
				   hpo_error_t *error);
hpo_status_t hpo__quantile_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
				 hpo_error_t *error);
void hpo__quantile_finish(void *state, int64_t trial);
void hpo__quantile_forget(void *state, int64_t trial);
void hpo__quantile_release(void *state);

#endif
