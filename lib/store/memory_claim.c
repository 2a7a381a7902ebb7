/*
 * Taking a trial of the store in memory, proposing for it, giving it back.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "store/memory.h"

static bool is_paused(const struct hpo_mem_row *row)
{
	return row->state == HPO_TRIAL_WAITING && row->told > 0;
}

/* Few studies pause, and those have few trials waiting: they are counted when asked for. */
static int64_t count_paused(struct hpo_mem_study *study)
{
	int64_t count = 0;

	for (uint32_t i = 0; study->pauses && i < study->count; i++)
		count += is_paused(hpo__mem_row(study, i));
	return count;
}

/* There is one. */
static uint32_t lowest_waiting(struct hpo_mem_study *study)
{
	for (;; study->lowest_waiting++) {
		const struct hpo_mem_row *row = hpo__mem_row(study, study->lowest_waiting);

		if (row->state == HPO_TRIAL_WAITING && !is_paused(row))
			return study->lowest_waiting;
	}
}

/* What a claim changes, so that it can be undone when the caller cannot take the trial. */
static void hold(struct hpo_mem_study *study, uint32_t number, int64_t worker, double lease_s)
{
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	if (row->started_s > 0 && row->told == 0)
		row->attempt++; /* one that was paused goes on */
	row->started_s = hpo__clock_wall();
	row->ended_s = 0;
	row->epoch = ++study->epoch;
	row->worker = (int32_t)worker;
	row->lease_until = hpo__clock_boot() + lease_s;
	hpo__mem_set_state(study, number, HPO_TRIAL_RUNNING);
}

static hpo_status_t claim_waiting(struct hpo_mem_study *study, uint32_t number, int64_t worker,
				  double lease_s, hpo_trial_row_fn fn, void *user,
				  hpo_error_t *error)
{
	struct hpo_mem_row *row = hpo__mem_row(study, number);
	struct hpo_mem_row before = *row;
	hpo_trial_row_t given;
	hpo_status_t status;

	/* Why its last attempt ended is no word about this one. */
	hpo__mem_unpack(study, number, &given);
	given.reason = NULL;
	status = hpo__mem_repack(row, &given, error);
	if (status < 0)
		return status;
	hold(study, number, worker, lease_s);
	hpo__mem_unpack(study, number, &given);
	status = fn(&given, user);
	if (status < 0) {
		row->started_s = before.started_s;
		row->attempt = before.attempt;
		row->worker = 0;
		hpo__mem_set_state(study, number, HPO_TRIAL_WAITING);
	}
	return status;
}

static hpo_status_t claim_new(struct hpo_mem_study *study, int64_t worker, double lease_s,
			      hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	hpo_trial_row_t given;
	uint32_t number;
	hpo_status_t status;

	if (hpo__mem_make_room(study) < 0)
		return hpo__fail_memory(error);
	number = hpo__mem_add(study, HPO_TRIAL_WAITING);
	hold(study, number, worker, lease_s);
	hpo__mem_unpack(study, number, &given);
	status = fn(&given, user);
	if (status < 0)
		hpo__mem_drop_last(study);
	return status;
}

hpo_status_t hpo__memory_claim(void *state, int64_t id, int64_t worker, int64_t limit,
			       double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	int64_t waiting;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0)
		return status;
	waiting = study->counts[HPO_TRIAL_WAITING] - count_paused(study);
	if (limit > 0 && study->count - waiting >= limit)
		return HPO_DONE;
	if (waiting > 0)
		return claim_waiting(study, lowest_waiting(study), worker, lease_s, fn, user,
				     error);
	return claim_new(study, worker, lease_s, fn, user, error);
}

hpo_status_t hpo__memory_resume(void *state, int64_t id, int64_t worker, int64_t number,
				double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find_trial(state, id, number, &study, error);

	if (status < 0)
		return status;
	if (!is_paused(hpo__mem_row(study, (uint32_t)number)))
		return HPO_WAIT;
	return claim_waiting(study, (uint32_t)number, worker, lease_s, fn, user, error);
}

hpo_status_t hpo__memory_propose(void *state, int64_t id, const hpo_trial_row_t *row, int unique,
				 hpo_error_t *error)
{
	hpo_trial_row_t whole;
	struct hpo_mem_study *study;
	struct hpo_mem_row *mine;
	uint32_t number;
	hpo_status_t status = hpo__mem_find_trial(state, id, row->number, &study, error);

	if (status < 0)
		return status;
	number = (uint32_t)row->number;
	mine = hpo__mem_row(study, number);
	if (mine->state != HPO_TRIAL_RUNNING || mine->epoch != row->epoch)
		return hpo__fail(error, HPO_ENOTFOUND, "trial %u is not held any more", number);
	if (unique && hpo__mem_is_taken(study, row->params, number))
		return HPO_WAIT;

	if (hpo__mem_grow_slots(study) < 0)
		return hpo__fail_memory(error);
	hpo__mem_unpack(study, number, &whole);
	whole.params = row->params;
	whole.arm = row->arm;
	whole.proposal = row->proposal;
	status = hpo__mem_repack(mine, &whole, error);
	if (status < 0)
		return status;
	mine->seen = row->seen;
	hpo__mem_note_params(study, number, row->params);
	hpo__mem_touch(study, number);
	return HPO_OK;
}

hpo_status_t hpo__memory_unclaim(void *state, int64_t id, int64_t number, int64_t epoch,
				 hpo_error_t *error)
{
	struct hpo_mem_study *study;
	struct hpo_mem_row *row;
	hpo_status_t status = hpo__mem_find_trial(state, id, number, &study, error);

	if (status < 0)
		return status;
	row = hpo__mem_row(study, (uint32_t)number);
	if (row->state != HPO_TRIAL_RUNNING || row->epoch != epoch)
		return HPO_OK; /* it was taken from the caller before: there is nothing to give back
				*/
	if ((row->present & 1) == 0 && number == study->count - 1) {
		hpo__mem_drop_last(study);
		return HPO_OK;
	}
	if (row->told == 0 && row->attempt > 0)
		row->attempt--;
	else if (row->told == 0)
		row->started_s = 0;
	hpo__mem_release(study, (uint32_t)number);
	return HPO_OK;
}
