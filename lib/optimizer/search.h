/*
 * How a point is found for a trial, in stages; each is a function of the study,
 * the number of the trial, the history and how often it was tried before. So a
 * point can be found again from what is recorded with it.
 */
#ifndef HPO_OPTIMIZER_SEARCH_H
#define HPO_OPTIMIZER_SEARCH_H

#include "hpo/plugin/strategy.h"
#include "space/repair.h"
#include "trial/history.h"
#include "trial/study.h"

typedef enum hpo_stage {
	HPO__STAGE_STRATEGY, /* proposed as it is */
	HPO__STAGE_REPAIR,   /* proposed, and moved until it kept the constraints */
	HPO__STAGE_CHANCE,   /* uniform over the cube */
	HPO__STAGE_DRAW,     /* drawn where the constraints hold */
	HPO__STAGE_WALK      /* met on a walk over a finite space */
} hpo_stage_t;

/* A strategy with the settings of a study, and how far it has folded the history. */
struct hpo_thinker {
	const hpo_strategy_ops_t *ops;
	void *state;
	size_t folded; /* ended trials that it has observed */
};

/* Optimizer.c: read the settings of a strategy or pruner against its table. */
hpo_status_t hpo__read_settings(hpo_settings_t **out, const char *json, const char *what,
				const hpo_option_t *options, hpo_error_t *error);
hpo_status_t hpo__thinker_open(struct hpo_thinker *thinker, const struct hpo_study *study,
			       hpo_error_t *error);
void hpo__thinker_close(struct hpo_thinker *thinker);

/* What a proposal may depend on, beside the history. */
struct hpo_question {
	const hpo_space_t *space;
	uint64_t seed;
	int64_t number;
	hpo_stage_t stage;
	uint32_t attempt; /* of the stage; of the strategy for a repair; the place on a walk */
};

/* Fold what is new in the history and ask; proposal->point is given. Results as of suggest(). */
hpo_status_t hpo__search_think(struct hpo_thinker *thinker, const struct hpo_question *question,
			       const hpo_history_t *history, hpo_proposal_t *proposal,
			       hpo_error_t *error);
/*
 * Move a proposed point to keep the constraints, towards the nearest point of
 * the history, or a drawn one. HPO_EXHAUSTED: no point that keeps them is known.
 */
hpo_status_t hpo__search_repair(const struct hpo_question *question, const hpo_history_t *history,
				double *point, hpo_error_t *error);
/* A point of the stages CHANCE and DRAW. HPO_EXHAUSTED: none was found. */
hpo_status_t hpo__search_draw(const struct hpo_question *question, double *point,
			      hpo_error_t *error);
/* Begin the walk of a trial. */
hpo_status_t hpo__search_walk(const struct hpo_question *question, struct hpo_walk *walk,
			      hpo_error_t *error);

/* What a proposal depends on in a study beside its space: a hash of its text. */
uint64_t hpo__search_settings(const struct hpo_study *study, bool *failed);

/* What was seen, as it is kept with the trial: hpo_trial_row_t.proposal. */
struct hpo_note {
	hpo_stage_t stage;
	uint32_t attempt;
	uint64_t settings;
	int64_t replicates, resumes; /* number + 1, 0 for none */
	int64_t *running;            /* [running_count], ascending */
	size_t running_count;
};

void hpo__note_write(const struct hpo_note *note, struct hpo_buffer *out);
/* HPO_ESTORE when it is not one; `running` is the caller's to free. */
hpo_status_t hpo__note_read(struct hpo_note *out, const char *json, hpo_error_t *error);

#endif
