/*
 * The inside of an optimizer: a study that is open, and what is known of it.
 *
 * What is known is a fold over the store: sync reads the trials that changed
 * and appends the ended ones to the history in the order in which they were
 * told. Nothing else is state, so a search survives anything that its store
 * survives.
 *
 * Locks, in the order in which they are taken:
 *   thinking  one suggestion at a time; guards the strategy;
 *   syncing   one reader of changes and writer of reports at a time;
 *   lock      what is known; never held while a strategy computes, a store
 *             works or a callback runs.
 * The store has a lock of its own, inside all of these but `lock`.
 */
#ifndef HPO_OPTIMIZER_OPTIMIZER_H
#define HPO_OPTIMIZER_OPTIMIZER_H

#include "hpo/optimizer.h"
#include "hpo/plugin/backend.h"
#include "hpo/plugin/pruner.h"
#include "hpo/plugin/strategy.h"
#include "optimizer/search.h"
#include "optimizer/tried.h"
#include "os/log.h"
#include "os/thread.h"
#include "store/store.h"
#include "trial/goal.h"
#include "trial/history.h"
#include "trial/study.h"

#include <stdatomic.h>

struct hpo_driver;

/* One trial as far as counting needs it; indexed by number. */
struct hpo_entry {
	uint8_t state;     /* hpo_trial_state_t */
	uint8_t archived;  /* the backend was asked to hide it */
	uint8_t elsewhere; /* running, held by a worker that is not this process */
	uint8_t paused;    /* waiting with a checkpoint, until it is promoted */
	uint8_t stopping;  /* running, and somebody asked to stop it */
	int32_t attempt;
	int32_t observed;  /* 1 + the attempt whose reports went to the pruner directly */
	int64_t told;      /* of its last end or pause that is in the history */
	double compute_s;
};

/* A running trial whose point is known, ours or another's. */
struct hpo_pending {
	int64_t number;
	double *point;   /* [d] */
	uint8_t *active; /* [d], behind the point in one block */
};

struct hpo_optimizer {
	atomic_int references; /* the caller's, and one of each live trial */
	struct hpo_study *study;
	hpo_store_t *store;
	int64_t study_id;
	double created_s; /* of the study, seconds since 1970 */
	size_t dims;       /* d */
	size_t objectives; /* m */
	size_t first_goal; /* the first objective that is no bound */
	size_t goals;      /* how many are none */
	double cardinality;
	bool is_tight;     /* the constraints leave a small share of the space */
	uint64_t settings; /* hpo__search_settings() */
	char *checkpoints; /* the folder above those of the trials; NULL: they have none */
	struct hpo_log log;
	atomic_bool stopping; /* hpo_optimizer_stop() */

	struct hpo_lock thinking;
	/* guarded by `thinking`: */
	struct hpo_thinker thinker;

	struct hpo_lock syncing;
	/* guarded by `syncing`: */
	int64_t revision;        /* of the study, up to which we know it */
	int64_t report_sequence; /* of its reports */
	int64_t worker;          /* our id in the store, 0 before the first ask */
	double next_beat, next_reap, next_flush; /* monotonic seconds */

	struct hpo_lock lock;
	/* guarded by `lock`: */
	struct hpo_log_of_trials history;
	struct hpo_entry *entries; /* [entry_count] */
	size_t entry_count, entry_capacity;
	struct hpo_pending *pending; /* [pending_count], by number */
	size_t pending_count, pending_capacity;
	struct hpo_tried tried;
	const hpo_pruner_ops_t *pruner; /* with its state; NULL: nothing to ask */
	void *pruner_state;
	hpo_report_row_t *reports; /* [report_count], not written yet; metrics are copies */
	size_t report_count, report_capacity;
	hpo_trial_t *live; /* our own running trials, newest first */
	int64_t counts[5]; /* trials by state */
	int64_t paused;    /* of the waiting ones */
	double compute_s;  /* of all attempts that ended */
	bool stopped_in_store;
	bool redefined;      /* `limits` were read from the store and are not in force yet */
	hpo_limits_t limits; /* of the new definition */
	int64_t best_number; /* of the best completed trial by the first goal; -1: none */
	double best_loss;
	int64_t *front; /* [front_count], completed trials that none is better than, as told */
	double *front_losses; /* [front_count][goals], with several goals only */
	size_t front_count, front_capacity, front_losses_capacity;
	char goal[HPO__GOAL_SIZE];  /* why the study has what it was begun for; "" while it has not */
	struct hpo_aim aim;         /* that it is judged by */
	size_t judged;              /* trials of the history that are folded into it */
	char reason[HPO__GOAL_SIZE];/* why nothing more is started; "" while it goes on */
	double began; /* monotonic, of this run; 0: not yet */
	double run_minutes;

	_Atomic(struct hpo_driver *) driver; /* NULL until a run */
	hpo_ended_fn ended;
	void *ended_user;
	hpo_report_fn report;
	void *report_user;
	double report_minutes;
};

/* Why a running trial is to end early. */
enum hpo_cause {
	HPO__CAUSE_NONE,
	HPO__CAUSE_PRUNED,     /* the pruner says so */
	HPO__CAUSE_ITERATIONS, /* its iterations are done: completed */
	HPO__CAUSE_TIME,       /* its minutes are used up: failed */
	HPO__CAUSE_ASKED,      /* somebody asked to stop this one: pruned, or failed without a value */
	HPO__CAUSE_STOP        /* the run ends: it waits for the next one */
};

struct hpo_attribute {
	char *key;
	char *json;
};

struct hpo_trial {
	hpo_optimizer_t *optimizer;
	int64_t number;
	int64_t epoch;
	int32_t attempt;
	int32_t failures;
	int slot;
	bool detached; /* nobody's: it goes on when it is freed */
	bool ended;
	bool pausing;            /* its end is a pause */
	union hpo_value *values; /* [d] */
	uint8_t *active;         /* [d] */
	char *checkpoint;        /* or NULL */
	int64_t resume_iteration; /* after which it goes on; 0: it begins */
	char *task;              /* the backend's name of an earlier clone, or NULL */
	double started;          /* monotonic */
	double earlier_s;        /* seconds that it ran before we took it up */
	struct hpo_attribute *attributes;
	size_t attribute_count, attribute_capacity;

	/* guarded by the optimizer's lock: */
	struct hpo_metrics metrics;
	int64_t iteration; /* last of the first objective, -1: none */
	hpo_verdict_t verdict;
	hpo_trial_t *next; /* in the list of live ones */
};

/* optimizer.c */
void hpo__optimizer_hold(hpo_optimizer_t *optimizer);
void hpo__optimizer_drop(hpo_optimizer_t *optimizer);

/*
 * configure.c: what the backend of a study, if it is one that knows more, makes of the study
 * file. *out is the caller's, NULL for no change.
 */
hpo_status_t hpo__configure(const char *study_json, char **out, hpo_error_t *error);
/* The same for a study that was made from options; on failure it is freed. */
hpo_status_t hpo__configure_parsed(struct hpo_study **study, hpo_error_t *error);
/* The backend that the task of a study names; the one for commands where it names none. */
hpo_status_t hpo__study_backend(const struct hpo_study *study, const hpo_backend_ops_t **out,
				hpo_error_t *error);

/* preset.c: give a study the pruner that its strategy is known with, unless it names one. */
hpo_status_t hpo__preset_apply(struct hpo_study *study, hpo_error_t *error);

/* sync.c: learn what changed in the store. */
hpo_status_t hpo__optimizer_sync(hpo_optimizer_t *optimizer, hpo_error_t *error);
/* Put limits that were changed in the store into force; whether there were any. For the driver. */
bool hpo__optimizer_take_limits(hpo_optimizer_t *optimizer);
/* Enter as a worker if that has not happened, say that we live, take over from the dead. */
hpo_status_t hpo__optimizer_attend(hpo_optimizer_t *optimizer, hpo_error_t *error);
/* Trials that live workers of other processes hold. */
int64_t hpo__optimizer_elsewhere(hpo_optimizer_t *optimizer);

/* fold.c: one changed trial into what is known; the lock is held. */
hpo_status_t hpo__fold_row(hpo_optimizer_t *optimizer, const hpo_trial_row_t *row,
			   hpo_error_t *error);
void hpo__fold_release(hpo_optimizer_t *optimizer);

/* best.c: an ended trial into what is the best so far; the lock is held. */
hpo_status_t hpo__best_note(hpo_optimizer_t *optimizer, const struct hpo_ended *ended);
hpo_status_t hpo__fold_pending(hpo_optimizer_t *optimizer, int64_t number,
			       const union hpo_value *values, const uint8_t *active);

/* reports.c: reports on their way to the store. The lock is held for add. */
hpo_status_t hpo__reports_add(hpo_optimizer_t *optimizer, const hpo_trial_t *trial,
			      const char *metric, int64_t iteration, double value);
hpo_status_t hpo__reports_flush(hpo_optimizer_t *optimizer, hpo_error_t *error);
hpo_status_t hpo__reports_flush_if_due(hpo_optimizer_t *optimizer, hpo_error_t *error);
void hpo__reports_release(hpo_optimizer_t *optimizer);

/* suggest.c: a point for a claimed trial. */
hpo_status_t hpo__suggest(hpo_optimizer_t *optimizer, hpo_trial_t *trial, hpo_error_t *error);

/* ask.c */
hpo_status_t hpo__trial_ask(hpo_optimizer_t *optimizer, bool detached, double lease_s,
			    hpo_trial_t **out, hpo_error_t *error);

/* Fill a handle from its row. */
hpo_status_t hpo__trial_take_row(hpo_trial_t *trial, const hpo_trial_row_t *row,
				 hpo_error_t *error);
/* The trial is ours from here on: put it among the live ones. */
void hpo__trial_begin(hpo_trial_t *trial);

/* pause.c: whether a study's tasks have checkpoints from which they can go on. */
bool hpo__tasks_resume(const struct hpo_study *study);
hpo_status_t hpo__checkpoints_open(hpo_optimizer_t *optimizer, hpo_error_t *error);
/* Give a trial its folder, and record it. */
hpo_status_t hpo__checkpoint_give(hpo_trial_t *trial, hpo_error_t *error);

/* How a paused trial is wanted. */
struct hpo_paused_wish {
	bool last; /* there will be no new trials: one must complete, if none has */
	bool detached;
	double lease_s;
};
/* A paused trial that is to go on. HPO_DONE: none is. */
hpo_status_t hpo__paused_take(hpo_optimizer_t *optimizer, const struct hpo_paused_wish *wish,
			      hpo_trial_t **out, hpo_error_t *error);
/* The search is over: what is still paused ends as pruned. */
hpo_status_t hpo__paused_close(hpo_optimizer_t *optimizer, hpo_error_t *error);

/* limit.c: HPO_DONE if a limit over the whole study forbids to start anything, else HPO_OK. */
hpo_status_t hpo__limits_check(hpo_optimizer_t *optimizer, hpo_error_t *error);
/* Bring `goal` to the trials that are known; the lock is held. HPO_ENOMEM. */
hpo_status_t hpo__limits_look(hpo_optimizer_t *optimizer);
/* Judge all trials anew, by the study's limits as they are now; the lock is held. */
void hpo__limits_begin(hpo_optimizer_t *optimizer);
/* Say why an ask found nothing; `whole`: because nothing is left of the space. */
void hpo__limits_note_trials(hpo_optimizer_t *optimizer);
void hpo__limits_note_exhausted(hpo_optimizer_t *optimizer, bool whole);
/* Say so again, where a check forgot it. */
void hpo__limits_note(hpo_optimizer_t *optimizer, const char *reason);

/* trial.c: birth and death of a handle. */
hpo_trial_t *hpo__trial_new(hpo_optimizer_t *optimizer);
void hpo__trial_destroy(hpo_trial_t *trial);

/* end.c: how a trial ends. */
hpo_status_t hpo__trial_finish(hpo_trial_t *trial, hpo_trial_state_t state, const double *values,
			       const char *reason, bool failed, hpo_error_t *error);
/* End it by itself badly: tried again as the limits say. */
hpo_status_t hpo__trial_failed(hpo_trial_t *trial, const char *reason, hpo_error_t *error);
/* End it by why it was stopped. */
hpo_status_t hpo__trial_end_early(hpo_trial_t *trial, enum hpo_cause cause, hpo_error_t *error);
/* End it as completed with what it reported, failed if an objective is missing. */
hpo_status_t hpo__trial_end_reported(hpo_trial_t *trial, hpo_error_t *error);
/* Whether, and why, it should stop now. */
enum hpo_cause hpo__trial_cause(hpo_trial_t *trial);
double hpo__trial_elapsed(const hpo_trial_t *trial);

/* summary.c: JSON of trials as the store has them. */
hpo_status_t hpo__trial_write(hpo_optimizer_t *optimizer, int64_t number, bool with_metrics,
			      struct hpo_buffer *out, hpo_error_t *error);

/* run.c */
void hpo__driver_close(hpo_optimizer_t *optimizer);

#endif
