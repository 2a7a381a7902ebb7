/*
 * A point for a claimed trial: the strategy proposes, the space snaps, and
 * repeats and broken constraints are sent back.
 *
 * A suggestion depends on the seed, the number of the trial and the history
 * that it saw, and on nothing else. Each refusal draws from a stream of its
 * own, so what came before does not move what comes after.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "space/codec.h"
#include "trial/record.h"

#include <math.h>
#include <string.h>

/*
 * How often a strategy may propose what is refused, and then how often chance
 * may. After that a small space is walked from end to end.
 */
enum { STRATEGY_TRIES = 16, RANDOM_TRIES = 1000 };
static const double walkable = 200000.0;

/* Streams of one trial: the strategy's attempts, and what follows them. */
enum { PURPOSE_SUGGEST = 0, PURPOSE_FALLBACK = 1000000 };

/* What a suggestion works on; arrays are [d]. */
struct search {
	hpo_optimizer_t *optimizer;
	hpo_trial_t *trial;
	hpo_history_t *history;
	double *point;
	hpo_proposal_t proposal;
};

/* What runs, copied into arrays of the caller's; the lock is held. */
static void copy_pending(const hpo_optimizer_t *opt, int64_t *numbers, double *points,
			 uint8_t *active)
{
	const size_t d = opt->dims;

	for (size_t i = 0; i < opt->pending_count; i++) {
		numbers[i] = opt->pending[i].number;
		memcpy(points + i * d, opt->pending[i].point, d * sizeof *points);
		memcpy(active + i * d, opt->pending[i].active, d);
	}
}

/* A snapshot of what is known, with the trials that run. The thinking lock is held. */
static hpo_status_t take_snapshot(hpo_optimizer_t *opt, hpo_history_t **out, hpo_error_t *error)
{
	const size_t d = opt->dims;
	hpo_status_t status = HPO_OK;
	struct hpo_running running;
	int64_t *numbers;
	double *points;
	uint8_t *active;

	hpo__lock_take(&opt->lock);
	numbers = hpo__calloc(opt->pending_count + 1, sizeof *numbers);
	points = hpo__calloc(opt->pending_count * d + 1, sizeof *points);
	active = hpo__calloc(opt->pending_count * d + 1, 1);
	if (numbers == NULL || points == NULL || active == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	copy_pending(opt, numbers, points, active);
	running = (struct hpo_running){opt->pending_count, numbers, points, active};
	status = hpo__history_snapshot(out, &opt->history, &running, opt->study->limits.trials);
	if (status < 0)
		hpo__fail_memory(error);
done:
	hpo__lock_drop(&opt->lock);
	hpo__free(numbers);
	hpo__free(points);
	hpo__free(active);
	return status;
}

/* Let the strategy see every ended trial that it has not seen. The thinking lock is held. */
static hpo_status_t fold_history(hpo_optimizer_t *opt, const hpo_history_t *history,
				 hpo_error_t *error)
{
	const size_t n = hpo_history_count(history);
	hpo_status_t status;

	while (opt->folded < n) {
		status = opt->strategy->observe(opt->strategy_state, history, opt->folded, error);
		if (status < 0)
			return status;
		opt->folded++;
	}
	return HPO_OK;
}

static bool is_tried(hpo_optimizer_t *opt, const hpo_trial_t *trial)
{
	const uint64_t hash = hpo__codec_hash(opt->study->space, trial->values, trial->active);
	bool tried;

	hpo__lock_take(&opt->lock);
	tried = hpo__tried_has(&opt->tried, hash);
	hpo__lock_drop(&opt->lock);
	return tried;
}

/* Record the trial's values as proposed. HPO_WAIT: another process was faster with them. */
static hpo_status_t record(struct search *search, bool unique, hpo_error_t *error)
{
	hpo_optimizer_t *opt = search->optimizer;
	hpo_trial_t *trial = search->trial;
	struct hpo_buffer params = HPO__BUFFER_INIT;
	hpo_trial_row_t row = {.struct_size = sizeof row, .number = trial->number,
			       .epoch = trial->epoch};
	const hpo_store_ops_t *ops;
	hpo_status_t status;
	char *text;
	void *state;

	hpo__codec_write(opt->study->space, trial->values, trial->active, &params);
	text = hpo__buffer_take(&params);
	if (text == NULL)
		return hpo__fail_memory(error);
	row.params = text;
	row.arm = search->proposal.arm != NULL ? search->proposal.arm : opt->strategy->name;
	row.seen = search->history != NULL ? hpo__history_seen(search->history) : 0;

	ops = hpo__store_lock(opt->store, &state);
	status = ops->propose(state, opt->study_id, &row, unique, error);
	hpo__store_unlock(opt->store);
	hpo__free(text);
	if (status != HPO_OK)
		return status;

	hpo__lock_take(&opt->lock);
	status = hpo__fold_pending(opt, trial->number, trial->values, trial->active);
	hpo__lock_drop(&opt->lock);
	return status < 0 ? hpo__fail_memory(error) : HPO_OK;
}

/* Take a point if it is allowed and new. HPO_WAIT: refused, try another. */
static hpo_status_t take_point(struct search *search, hpo_error_t *error)
{
	hpo_optimizer_t *opt = search->optimizer;
	hpo_trial_t *trial = search->trial;
	const bool unique = search->proposal.replicates == 0;
	hpo_status_t status;

	hpo__codec_decode(opt->study->space, search->point, trial->values, trial->active);
	hpo__codec_encode(opt->study->space, trial->values, trial->active, search->point);
	if (!hpo_space_is_feasible(opt->study->space, search->point))
		return HPO_WAIT;
	if (unique && is_tried(opt, trial))
		return HPO_WAIT;

	status = record(search, unique, error);
	if (status == HPO_WAIT) /* remember it, so that it is not proposed again */
		status = hpo__optimizer_sync(opt, error) < 0 ? HPO_ESTORE : HPO_WAIT;
	return status;
}

/* One proposal of the strategy, under its lock. */
static hpo_status_t ask_strategy(struct search *search, uint32_t attempt, hpo_error_t *error)
{
	hpo_optimizer_t *opt = search->optimizer;
	hpo_rng_t rng;
	hpo_status_t status;

	hpo_rng_init(&rng, opt->study->seed, (uint64_t)search->trial->number,
		     PURPOSE_SUGGEST + attempt);
	search->proposal = (hpo_proposal_t){
		.struct_size = sizeof search->proposal,
		.attempt = attempt,
		.number = search->trial->number,
		.seed = opt->study->seed,
		.point = search->point,
	};

	hpo__lock_take(&opt->thinking);
	hpo__history_free(search->history);
	search->history = NULL;
	status = take_snapshot(opt, &search->history, error);
	if (status >= 0)
		status = fold_history(opt, search->history, error);
	if (status >= 0)
		status = opt->strategy->suggest(opt->strategy_state, search->history, &rng,
						&search->proposal, error);
	hpo__lock_drop(&opt->thinking);
	return status;
}

static hpo_status_t try_strategy(struct search *search, hpo_error_t *error)
{
	hpo_status_t status;

	for (uint32_t attempt = 0; attempt < STRATEGY_TRIES; attempt++) {
		status = ask_strategy(search, attempt, error);
		if (status != HPO_OK)
			return status;
		status = take_point(search, error);
		if (status != HPO_WAIT)
			return status;
	}
	return HPO_WAIT;
}

static hpo_status_t try_chance(struct search *search, hpo_error_t *error)
{
	hpo_optimizer_t *opt = search->optimizer;
	hpo_status_t status = HPO_WAIT;
	hpo_rng_t rng;

	hpo_rng_init(&rng, opt->study->seed, (uint64_t)search->trial->number, PURPOSE_FALLBACK);
	search->proposal.arm = "random";
	search->proposal.replicates = 0;
	for (int i = 0; i < RANDOM_TRIES && status == HPO_WAIT; i++) {
		for (size_t j = 0; j < opt->dims; j++)
			search->point[j] = hpo_rng_uniform(&rng);
		status = take_point(search, error);
	}
	return status;
}

/* Every point of a small space in grid order: what is left is found, or there is nothing. */
static hpo_status_t try_all(struct search *search, hpo_error_t *error)
{
	hpo_optimizer_t *opt = search->optimizer;
	uint64_t *index = hpo__calloc(opt->dims + 1, sizeof *index);
	hpo_status_t status = HPO_WAIT;

	if (index == NULL)
		return hpo__fail_memory(error);
	search->proposal.arm = "walk";
	hpo__space_grid_first(opt->study->space, index);
	do {
		hpo__space_grid_point(opt->study->space, 2, index, search->point);
		status = take_point(search, error);
	} while (status == HPO_WAIT && hpo__space_grid_next(opt->study->space, 2, index));
	hpo__free(index);
	return status == HPO_WAIT ? HPO_EXHAUSTED : status;
}

/* Whether every point of a finite space has been tried. */
static bool is_exhausted(hpo_optimizer_t *opt)
{
	bool exhausted;

	hpo__lock_take(&opt->lock);
	exhausted = (double)opt->tried.count >= opt->cardinality;
	hpo__lock_drop(&opt->lock);
	return exhausted;
}

hpo_status_t hpo__suggest(hpo_optimizer_t *opt, hpo_trial_t *trial, hpo_error_t *error)
{
	struct search search = {.optimizer = opt, .trial = trial};
	hpo_status_t status;

	if (is_exhausted(opt))
		return HPO_EXHAUSTED;
	search.point = hpo__calloc(opt->dims + 1, sizeof *search.point);
	if (search.point == NULL)
		return hpo__fail_memory(error);

	status = try_strategy(&search, error);
	if (status == HPO_WAIT && search.proposal.attempt == STRATEGY_TRIES - 1) {
		status = try_chance(&search, error);
		if (status == HPO_WAIT)
			status = opt->cardinality <= walkable ? try_all(&search, error)
							      : HPO_EXHAUSTED;
	}
	hpo__history_free(search.history);
	hpo__free(search.point);
	return status;
}
