/*
 * A strategy at work without an optimizer: a space, a history, a state, and the
 * folding in between.
 */
#ifndef HPO_TESTS_UNIT_STRATEGY_BED_H
#define HPO_TESTS_UNIT_STRATEGY_BED_H

#include "base/alloc.h"
#include "base/option.h"
#include "space/codec.h"
#include "strategy/registry.h"
#include "trial/history.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BED_DIMS = 200, BED_PENDING = 64 };

struct bed {
	hpo_space_t *space;
	const hpo_strategy_ops_t *ops;
	hpo_settings_t *settings;
	void *state;
	struct hpo_log_of_trials log;
	size_t folded;
	uint64_t seed;
	int64_t number; /* of the next trial */
	int64_t budget; /* of the study, 0: not limited */
	const char *arm; /* of the last proposal; what bed_tell() records */
	size_t pending;
	int64_t pending_numbers[BED_PENDING];
	double points[BED_PENDING * BED_DIMS];
	uint8_t active[BED_PENDING * BED_DIMS];
	hpo_error_t error;
};

static inline hpo_space_t *bed_space(const char *const *parameters)
{
	hpo_space_t *space = NULL;
	hpo_error_t error;

	ck_assert_int_eq(hpo_space_new(&space, &error), HPO_OK);
	for (; *parameters != NULL; parameters++)
		ck_assert_msg(hpo_space_add_text(space, *parameters, &error) == HPO_OK, "%s: %s",
			      *parameters, error.message);
	return space;
}

static inline hpo_status_t bed_settle(struct bed *bed, const char *options)
{
	hpo_json_t *json = NULL;
	struct hpo_json_at at;
	hpo_status_t status;

	status = hpo__json_parse(&json, options, strlen(options), "options", &bed->error);
	if (status < 0)
		return status;
	at = hpo__json_root(json);
	status = hpo__settings_new(&bed->settings, bed->ops->options, &at, NULL, &bed->error);
	hpo__json_free(json);
	return status;
}

static inline void bed_release(struct bed *bed)
{
	if (bed->state != NULL)
		bed->ops->release(bed->state);
	hpo__free(bed->state);
	hpo__settings_free(bed->settings);
	hpo__history_release(&bed->log);
	hpo_space_free(bed->space);
	memset(bed, 0, sizeof *bed);
}

/* Takes the space over, also when it fails. */
static inline hpo_status_t bed_init(struct bed *bed, const char *strategy, hpo_space_t *space,
				    size_t objectives, const char *options)
{
	hpo_status_t status;

	memset(bed, 0, sizeof *bed);
	bed->space = space;
	bed->seed = 20;
	status = hpo__strategy_find(&bed->ops, strategy, &bed->error);
	if (status == HPO_OK)
		status = hpo__history_init(&bed->log, hpo_space_dims(space), objectives);
	if (status == HPO_OK)
		status = bed_settle(bed, options);
	if (status == HPO_OK) {
		bed->state = hpo__calloc(1, bed->ops->state_size + 1);
		status = bed->state != NULL ? bed->ops->init(bed->state, space, &bed->error)
					    : HPO_ENOMEM;
	}
	if (status == HPO_OK)
		status = bed->ops->configure(bed->state, bed->settings, &bed->error);
	return status;
}

/* Snap a point to its values and see what is active there. */
static inline void bed_snap(const struct bed *bed, double *point, uint8_t *active)
{
	union hpo_value values[BED_DIMS];

	hpo__codec_decode(bed->space, point, values, active);
	hpo__codec_encode(bed->space, values, active, point);
}

/* Ask for a point of trial `number`, snapped; the strategy sees all that was told. */
static inline hpo_status_t bed_ask_as(struct bed *bed, int64_t number, uint32_t attempt,
				      double *point, uint8_t *active)
{
	hpo_proposal_t proposal = { .struct_size = sizeof proposal, .attempt = attempt,
				    .number = number, .seed = bed->seed, .point = point };
	const struct hpo_running running = { bed->pending, bed->pending_numbers, bed->points,
					     bed->active };
	hpo_history_t *history = NULL;
	hpo_rng_t rng;
	hpo_status_t status;

	status = hpo__history_snapshot(&history, &bed->log, &running, bed->budget);
	while (status == HPO_OK && bed->folded < bed->log.count) {
		status = bed->ops->observe(bed->state, history, bed->folded, &bed->error);
		bed->folded += status == HPO_OK;
	}
	hpo_rng_init(&rng, bed->seed, (uint64_t)number, attempt);
	if (status == HPO_OK)
		status = bed->ops->suggest(bed->state, history, &rng, &proposal, &bed->error);
	hpo__history_free(history);
	if (status == HPO_OK) {
		bed->arm = proposal.arm != NULL ? proposal.arm : bed->ops->name;
		for (size_t i = 0; i < hpo_space_dims(bed->space); i++)
			ck_assert_msg(point[i] >= 0 && point[i] <= 1, "%s: coordinate %zu is %g",
				      bed->ops->name, i, point[i]);
		bed_snap(bed, point, active);
	}
	return status;
}

static inline hpo_status_t bed_ask(struct bed *bed, double *point, uint8_t *active)
{
	return bed_ask_as(bed, bed->number++, 0, point, active);
}

static inline hpo_status_t bed_tell_as(struct bed *bed, int64_t number, hpo_trial_state_t state,
				       int64_t iteration, const double *point,
				       const uint8_t *active, const double *losses)
{
	struct hpo_ended ended = { .number = number, .iteration = iteration,
				   .told = (int64_t)bed->log.count + 1, .state = state,
				   .point = point, .active = active, .losses = losses,
				   .arm = bed->arm };

	return hpo__history_append(&bed->log, &ended);
}

/* Tell the loss of a completed trial, or NaN for one that failed. */
static inline hpo_status_t bed_tell(struct bed *bed, const double *point, const uint8_t *active,
				    double loss)
{
	return bed_tell_as(bed, bed->number - 1, isnan(loss) ? HPO_TRIAL_FAILED
							    : HPO_TRIAL_COMPLETED,
			   -1, point, active, &loss);
}

/* Declare an objective a measured constraint; before the first tell. */
static inline void bed_bound(struct bed *bed, size_t objective, double bound)
{
	hpo__history_set_bound(&bed->log, objective, bound);
}

/* Say which arm proposed what is told from now on, until the next ask. */
static inline void bed_arm(struct bed *bed, const char *arm)
{
	bed->arm = arm;
}

/* Add a running trial. */
static inline void bed_hold(struct bed *bed, const double *point, const uint8_t *active)
{
	size_t dims = hpo_space_dims(bed->space);

	ck_assert_uint_lt(bed->pending, BED_PENDING);
	memcpy(bed->points + bed->pending * dims, point, dims * sizeof *point);
	memcpy(bed->active + bed->pending * dims, active, dims);
	bed->pending_numbers[bed->pending] = bed->number - 1;
	bed->pending++;
}

#endif
