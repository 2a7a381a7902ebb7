/*
 * A point for a claimed trial: the strategy proposes, the space snaps, and
 * repeats and broken constraints are sent back, or repaired.
 *
 * A suggestion depends on the seed, the number of the trial and the history
 * that it saw, and on nothing else. What it saw is recorded with the trial.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "space/codec.h"
#include "trial/record.h"

#include <math.h>
#include <string.h>

/*
 * How often a strategy may propose what is refused, and then how often chance
 * may. After that points are drawn where the constraints hold, and a finite
 * space is walked for so many steps.
 */
enum { STRATEGY_TRIES = 16, RANDOM_TRIES = 1000, DRAW_TRIES = 64 };
static const uint64_t longest_walk = 200000;

/* Drawing in vain is dear: what was not found so often is given up. */
enum { VAIN_DRAWS = 3 };

/* What a suggestion works on. */
struct search {
	hpo_optimizer_t *optimizer;
	hpo_trial_t *trial;
	hpo_history_t *history;
	double *point; /* [d] */
	struct hpo_question question;
	hpo_proposal_t proposal;
	bool broken;    /* what was refused last breaks a constraint */
	bool any_whole; /* some point kept the constraints */
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

static bool is_tried(hpo_optimizer_t *opt, const hpo_trial_t *trial)
{
	const uint64_t hash = hpo__codec_hash(opt->study->space, trial->values, trial->active);
	bool tried;

	hpo__lock_take(&opt->lock);
	tried = hpo__tried_has(&opt->tried, hash);
	hpo__lock_drop(&opt->lock);
	return tried;
}

static char *write_note(const struct search *search)
{
	const struct hpo_note note = {
		.stage = search->question.stage,
		.attempt = search->question.attempt,
		.settings = search->optimizer->settings,
		.replicates = search->proposal.replicates,
		.resumes = search->proposal.resumes,
		.running = (int64_t *)hpo_history_pending_numbers(search->history),
		.running_count = hpo_history_pending(search->history),
	};
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__note_write(&note, &out);
	return hpo__buffer_take(&out);
}

/* Who proposed, as the trial keeps it. */
static const char *arm_of(const struct search *search)
{
	switch (search->question.stage) {
	case HPO__STAGE_CHANCE:
	case HPO__STAGE_DRAW:
		return "chance";
	case HPO__STAGE_WALK:
		return "walk";
	default:
		return search->proposal.arm != NULL ? search->proposal.arm
						    : search->optimizer->thinker.ops->name;
	}
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
	char *note;
	void *state;

	hpo__codec_write(opt->study->space, trial->values, trial->active, &params);
	text = hpo__buffer_take(&params);
	note = write_note(search);
	if (text == NULL || note == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	row.params = text;
	row.proposal = note;
	row.arm = arm_of(search);
	row.seen = hpo__history_seen(search->history);

	ops = hpo__store_lock(opt->store, &state);
	status = ops->propose(state, opt->study_id, &row, unique, error);
	hpo__store_unlock(opt->store);
	if (status != HPO_OK)
		goto done;

	hpo__lock_take(&opt->lock);
	status = hpo__fold_pending(opt, trial->number, trial->values, trial->active);
	hpo__lock_drop(&opt->lock);
	if (status < 0)
		hpo__fail_memory(error);
done:
	hpo__free(note);
	hpo__free(text);
	return status;
}

/* Take a point if it is allowed and new. HPO_WAIT: refused, try another. */
static hpo_status_t take_point(struct search *search, hpo_stage_t stage, uint32_t attempt,
			       hpo_error_t *error)
{
	hpo_optimizer_t *opt = search->optimizer;
	hpo_trial_t *trial = search->trial;
	const bool unique = search->proposal.replicates == 0;
	hpo_status_t status;

	search->question.stage = stage;
	search->question.attempt = attempt;
	hpo__codec_decode(opt->study->space, search->point, trial->values, trial->active);
	hpo__codec_encode(opt->study->space, trial->values, trial->active, search->point);
	search->broken = !hpo_space_is_feasible(opt->study->space, search->point);
	if (search->broken)
		return HPO_WAIT;
	search->any_whole = true;
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
	hpo_status_t status;

	search->question.stage = HPO__STAGE_STRATEGY;
	search->question.attempt = attempt;
	search->proposal.point = search->point;

	hpo__lock_take(&opt->thinking);
	hpo__history_free(search->history);
	search->history = NULL;
	status = take_snapshot(opt, &search->history, error);
	if (status >= 0)
		status = hpo__search_think(&opt->thinker, &search->question, search->history,
					   &search->proposal, error);
	hpo__lock_drop(&opt->thinking);
	return status;
}

/* Mend what the strategy proposed. HPO_WAIT: in vain. */
static hpo_status_t try_repair(struct search *search, uint32_t attempt, hpo_error_t *error)
{
	hpo_status_t status = hpo__search_repair(&search->question, search->history,
						 search->point, error);

	if (status < 0 && status != HPO_EINVAL)
		return status;
	return status == HPO_OK ? take_point(search, HPO__STAGE_REPAIR, attempt, error)
				: HPO_WAIT;
}

/* *refused says that the strategy had its tries; else the status is its own answer. */
static hpo_status_t try_strategy(struct search *search, bool *refused, hpo_error_t *error)
{
	hpo_status_t status;

	for (uint32_t attempt = 0; attempt < STRATEGY_TRIES; attempt++) {
		status = ask_strategy(search, attempt, error);
		if (status != HPO_OK)
			return status;
		status = take_point(search, HPO__STAGE_STRATEGY, attempt, error);
		/* Where the constraints leave little, trying again is hopeless, and dear. */
		if (status == HPO_WAIT && search->broken &&
		    (search->optimizer->is_tight || attempt + 1 == STRATEGY_TRIES))
			status = try_repair(search, attempt, error);
		if (status != HPO_WAIT)
			return status;
	}
	*refused = true;
	search->proposal.replicates = search->proposal.resumes = 0;
	return HPO_WAIT;
}

static hpo_status_t try_draws(struct search *search, hpo_stage_t stage, uint32_t tries,
			      hpo_error_t *error)
{
	hpo_status_t status = HPO_WAIT;
	int vain = 0;

	search->question.stage = stage;
	for (uint32_t i = 0; i < tries && status == HPO_WAIT && vain < VAIN_DRAWS; i++) {
		search->question.attempt = i;
		status = hpo__search_draw(&search->question, search->point, error);
		if (status == HPO_OK)
			status = take_point(search, stage, i, error);
		else if (status == HPO_EXHAUSTED) {
			vain++;
			status = HPO_WAIT;
		}
	}
	return status;
}

/* Walk over a finite space. HPO_EXHAUSTED: nothing is left, or nothing that was met in time. */
static hpo_status_t try_walk(struct search *search, hpo_error_t *error)
{
	struct hpo_walk walk;
	uint32_t place = 0;
	hpo_status_t status = hpo__search_walk(&search->question, &walk, error);

	if (status < 0)
		return status;
	status = HPO_WAIT;
	while (status == HPO_WAIT && hpo__walk_next(&walk, longest_walk, search->point))
		status = take_point(search, HPO__STAGE_WALK, place++, error);
	hpo__walk_release(&walk);
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

/* Whether a walk that found nothing has seen all of the space. */
static bool is_walked(const hpo_optimizer_t *opt)
{
	return hpo__space_constraints(opt->study->space) == 0 ||
	       opt->cardinality <= (double)longest_walk;
}

static bool nothing_tried(hpo_optimizer_t *opt)
{
	bool nothing;

	hpo__lock_take(&opt->lock);
	nothing = opt->tried.count == 0;
	hpo__lock_drop(&opt->lock);
	return nothing;
}

/* What the strategy did not find: by chance, where the constraints hold, from end to end. */
static hpo_status_t try_others(struct search *search, hpo_error_t *error)
{
	hpo_optimizer_t *opt = search->optimizer;
	hpo_status_t status;

	status = try_draws(search, HPO__STAGE_CHANCE, opt->is_tight ? DRAW_TRIES : RANDOM_TRIES,
			   error);
	if (status == HPO_WAIT && hpo__space_constraints(opt->study->space) > 0)
		status = try_draws(search, HPO__STAGE_DRAW, DRAW_TRIES, error);
	if (status == HPO_WAIT)
		status = isfinite(opt->cardinality) ? try_walk(search, error) : HPO_EXHAUSTED;
	if (status == HPO_EXHAUSTED && !search->any_whole && nothing_tried(opt))
		return hpo__fail(error, HPO_EINVAL,
				 "study '%s': no point was found that keeps its constraints; "
				 "loosen them, or enqueue a point that keeps them",
				 opt->study->name);
	return status;
}

hpo_status_t hpo__suggest(hpo_optimizer_t *opt, hpo_trial_t *trial, hpo_error_t *error)
{
	struct search search = {.optimizer = opt, .trial = trial};
	bool refused = false;
	hpo_status_t status;

	if (is_exhausted(opt)) {
		hpo__limits_note_exhausted(opt, true);
		return HPO_EXHAUSTED;
	}
	search.question.space = opt->study->space;
	search.question.seed = opt->study->seed;
	search.question.number = trial->number;
	search.point = hpo__calloc(opt->dims + 1, sizeof *search.point);
	if (search.point == NULL)
		return hpo__fail_memory(error);

	status = try_strategy(&search, &refused, error);
	if (refused)
		status = try_others(&search, error);
	if (status == HPO_EXHAUSTED)
		hpo__limits_note_exhausted(opt, !refused || is_walked(opt));
	hpo__history_free(search.history);
	hpo__free(search.point);
	return status;
}
