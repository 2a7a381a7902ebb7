/*
 * Folding what the store says of a trial into what is known: counts, pending
 * points, the set of tried points, the history.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "space/codec.h"
#include "trial/record.h"

#include <math.h>
#include <string.h>

static bool is_ended(int32_t state)
{
	return state == HPO_TRIAL_COMPLETED || state == HPO_TRIAL_PRUNED ||
	       state == HPO_TRIAL_FAILED;
}

/* In the history a pause is an end as pruned, at the rung where it was: models learn from it. */
static hpo_trial_state_t shown_state(int32_t state)
{
	return is_ended(state) ? (hpo_trial_state_t)state : HPO_TRIAL_PRUNED;
}

/* Entries up to `number`; new ones count as waiting and are not in the counts yet. */
static hpo_status_t make_entry(hpo_optimizer_t *opt, int64_t number, bool *is_new)
{
	struct hpo_entry *grown;

	*is_new = (size_t)number >= opt->entry_count;
	if (!*is_new)
		return HPO_OK;
	grown = hpo__grow(opt->entries, &opt->entry_capacity, (size_t)number + 1, sizeof *grown);
	if (grown == NULL)
		return HPO_ENOMEM;
	opt->entries = grown;
	while (opt->entry_count <= (size_t)number) {
		grown[opt->entry_count++] = (struct hpo_entry){.state = HPO_TRIAL_WAITING};
		opt->counts[HPO_TRIAL_WAITING]++;
	}
	return HPO_OK;
}

/* Where a number is among the pending ones, or belongs. */
static size_t locate_pending(const hpo_optimizer_t *opt, int64_t number)
{
	size_t low = 0;
	size_t high = opt->pending_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (opt->pending[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct hpo_pending *find_pending(hpo_optimizer_t *opt, int64_t number)
{
	size_t at = locate_pending(opt, number);

	return at < opt->pending_count && opt->pending[at].number == number ? &opt->pending[at]
									      : NULL;
}

static void drop_pending(hpo_optimizer_t *opt, int64_t number)
{
	struct hpo_pending *found = find_pending(opt, number);

	if (found == NULL)
		return;
	hpo__free(found->point);
	memmove(found, found + 1,
		(size_t)(opt->pending + opt->pending_count - (found + 1)) * sizeof *found);
	opt->pending_count--;
}

hpo_status_t hpo__fold_pending(hpo_optimizer_t *opt, int64_t number,
			       const union hpo_value *values, const uint8_t *active)
{
	struct hpo_pending *grown;
	double *point;

	if (hpo__tried_add(&opt->tried, hpo__codec_hash(opt->study->space, values, active)) < 0)
		return HPO_ENOMEM;
	if (find_pending(opt, number) != NULL)
		return HPO_OK;

	grown = hpo__grow(opt->pending, &opt->pending_capacity, opt->pending_count + 1,
			  sizeof *grown);
	if (grown == NULL)
		return HPO_ENOMEM;
	opt->pending = grown;
	point = hpo__calloc(opt->dims + 1, sizeof *point + sizeof *active);
	if (point == NULL)
		return HPO_ENOMEM;

	/* By number, which is the same in every process: so that what was seen can be told. */
	grown += locate_pending(opt, number);
	memmove(grown + 1, grown,
		(size_t)(opt->pending + opt->pending_count - grown) * sizeof *grown);
	opt->pending_count++;
	grown->number = number;
	grown->point = point;
	grown->active = (uint8_t *)(point + opt->dims);
	hpo__codec_encode(opt->study->space, values, active, point);
	memcpy(grown->active, active, opt->dims);
	return HPO_OK;
}

/* Room for one ended trial, and what it is read into. */
struct ending {
	struct hpo_ended ended;
	double *losses; /* [m] */
	double *point;	/* [d] */
	union hpo_value *values;
	uint8_t *active;
};

static hpo_status_t read_losses(hpo_optimizer_t *opt, const hpo_trial_row_t *row, double *losses,
				hpo_error_t *error)
{
	bool has_values = false;
	hpo_status_t status = hpo__row_values(opt->study, row, losses, &has_values, error);

	for (size_t j = 0; status >= 0 && j < opt->objectives; j++)
		losses[j] = has_values ? hpo__objective_loss(&opt->study->objectives.list[j],
							     losses[j])
				       : (double)NAN;
	return status;
}

/* The point: remembered since it was pending, or read from the row. HPO_WAIT: there is none. */
static hpo_status_t read_point(hpo_optimizer_t *opt, const hpo_trial_row_t *row,
			       struct ending *ending, hpo_error_t *error)
{
	const struct hpo_pending *pending = find_pending(opt, row->number);
	bool has_params = true;
	hpo_status_t status;

	ending->ended.point = pending != NULL ? pending->point : ending->point;
	ending->ended.active = pending != NULL ? pending->active : ending->active;
	if (pending != NULL)
		return HPO_OK;
	status = hpo__row_params(opt->study, row, ending->values, ending->active, &has_params,
				 error);
	if (status < 0 || !has_params)
		return status < 0 ? status : HPO_WAIT;
	hpo__codec_encode(opt->study->space, ending->values, ending->active, ending->point);
	status = hpo__tried_add(&opt->tried, hpo__codec_hash(opt->study->space, ending->values,
							     ending->active));
	return status < 0 ? hpo__fail_memory(error) : HPO_OK;
}

static hpo_status_t append_ended(hpo_optimizer_t *opt, const hpo_trial_row_t *row,
				 hpo_error_t *error)
{
	struct ending ending = {
		.ended = {.number = row->number, .iteration = row->iteration, .told = row->told,
			  .state = shown_state(row->state), .arm = row->arm},
		.losses = hpo__calloc(opt->objectives + opt->dims + 1, sizeof *ending.losses),
		.values = hpo__calloc(opt->dims + 1, sizeof *ending.values),
		.active = hpo__calloc(opt->dims + 1, 1),
	};
	hpo_status_t status;

	if (ending.losses == NULL || ending.values == NULL || ending.active == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	ending.ended.losses = ending.losses;
	ending.point = ending.losses + opt->objectives;
	status = read_losses(opt, row, ending.losses, error);
	if (status >= 0)
		status = read_point(opt, row, &ending, error);
	if (status != HPO_OK)
		goto done;
	status = hpo__best_note(opt, &ending.ended);
	if (status >= 0)
		status = hpo__history_append(&opt->history, &ending.ended);
	if (status < 0)
		hpo__fail_memory(error);
done:
	hpo__free(ending.active);
	hpo__free(ending.values);
	hpo__free(ending.losses);
	return status < 0 ? status : HPO_OK;
}

/* A point that runs or waits is known to others as pending, or at least as tried. */
static hpo_status_t note_params(hpo_optimizer_t *opt, const hpo_trial_row_t *row,
				hpo_error_t *error)
{
	union hpo_value *values = NULL;
	uint8_t *active = NULL;
	bool has_params = false;
	hpo_status_t status = HPO_OK;

	if (row->params == NULL || find_pending(opt, row->number) != NULL)
		return HPO_OK;
	values = hpo__calloc(opt->dims + 1, sizeof *values);
	active = hpo__calloc(opt->dims + 1, 1);
	if (values == NULL || active == NULL)
		status = hpo__fail_memory(error);
	if (status >= 0)
		status = hpo__row_params(opt->study, row, values, active, &has_params, error);
	if (status >= 0 && has_params && row->state == HPO_TRIAL_RUNNING &&
	    hpo__fold_pending(opt, row->number, values, active) < 0)
		status = hpo__fail_memory(error);
	if (status >= 0 && has_params && row->state == HPO_TRIAL_WAITING &&
	    hpo__tried_add(&opt->tried, hpo__codec_hash(opt->study->space, values, active)) < 0)
		status = hpo__fail_memory(error);
	hpo__free(active);
	hpo__free(values);
	return status;
}

/* What a pruner must know of a trial that starts again, or goes on elsewhere. */
static void note_for_pruner(hpo_optimizer_t *opt, const struct hpo_entry *entry,
			    const hpo_trial_row_t *row)
{
	const bool waits = entry->state == HPO_TRIAL_RUNNING && row->state == HPO_TRIAL_WAITING;

	if (opt->pruner == NULL)
		return;
	if (row->state != HPO_TRIAL_COMPLETED &&
	    (row->attempt > entry->attempt || (waits && row->told == 0)))
		opt->pruner->forget(opt->pruner_state, row->number);
	else if (entry->paused && row->state == HPO_TRIAL_RUNNING)
		opt->pruner->resume(opt->pruner_state, row->number);
}

hpo_status_t hpo__fold_row(hpo_optimizer_t *opt, const hpo_trial_row_t *row, hpo_error_t *error)
{
	struct hpo_entry *entry;
	uint8_t is_paused;
	bool is_new;
	hpo_status_t status;

	if (row->number < 0 || row->number > INT32_MAX || row->state < HPO_TRIAL_WAITING ||
	    row->state > HPO_TRIAL_FAILED)
		return hpo__fail(error, HPO_ESTORE,
				 "study '%s': its store has a trial %lld in state %d, which cannot be",
				 opt->study->name, (long long)row->number, (int)row->state);
	if (make_entry(opt, row->number, &is_new) < 0)
		return hpo__fail_memory(error);

	entry = &opt->entries[row->number];
	if (!is_new && is_ended(entry->state))
		return HPO_OK; /* an end is for ever; only its notes changed */

	status = row->told > entry->told ? append_ended(opt, row, error) : HPO_OK;
	if (status >= 0 && !is_ended(row->state))
		status = note_params(opt, row, error);
	if (status < 0)
		return status;
	entry->told = row->told;

	if (row->state != HPO_TRIAL_RUNNING)
		drop_pending(opt, row->number);
	note_for_pruner(opt, entry, row);
	is_paused = row->state == HPO_TRIAL_WAITING && row->told > 0;
	opt->paused += is_paused - entry->paused;
	entry->paused = is_paused;

	opt->counts[entry->state]--;
	opt->counts[row->state]++;
	opt->compute_s += row->compute_s - entry->compute_s;
	entry->state = (uint8_t)row->state;
	entry->attempt = row->attempt;
	entry->compute_s = row->compute_s;
	entry->elsewhere = row->state == HPO_TRIAL_RUNNING && row->worker != 0 &&
			   row->worker != opt->worker;
	if (entry->elsewhere)
		entry->observed = 0; /* its reports come from the store now */
	entry->stopping = row->state == HPO_TRIAL_RUNNING && row->stopping != 0;
	return HPO_OK;
}

void hpo__fold_release(hpo_optimizer_t *opt)
{
	for (size_t i = 0; i < opt->pending_count; i++)
		hpo__free(opt->pending[i].point);
	hpo__free(opt->pending);
	hpo__free(opt->entries);
	hpo__free(opt->front);
	hpo__free(opt->front_losses);
	hpo__tried_release(&opt->tried);
}
