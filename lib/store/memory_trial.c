/*
 * The trials of the store in memory: how they end, come from elsewhere and are
 * read.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "store/attributes.h"
#include "store/lease.h"
#include "store/memory.h"

hpo_status_t hpo__memory_stop_trial(void *state, int64_t id, int64_t number, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	struct hpo_mem_row *row;
	hpo_status_t status = hpo__mem_find_trial(state, id, number, &study, error);

	if (status < 0)
		return status;
	row = hpo__mem_row(study, (uint32_t)number);
	if (row->state != HPO_TRIAL_RUNNING)
		return hpo__fail(error, HPO_EINVAL, "trial %lld does not run",
				 (long long)number);
	row->stopping = 1;
	hpo__mem_touch(study, (uint32_t)number);
	return HPO_OK;
}

/* Put attributes (NULL: none) into a row, whose text is that of `merged` from then on. */
static hpo_status_t merge_attributes(hpo_trial_row_t *whole, const char *json,
				     struct hpo_buffer *merged, hpo_error_t *error)
{
	hpo_status_t status;

	if (json == NULL)
		return HPO_OK;
	status = hpo__attributes_merge(whole->attributes, json, merged, error);
	if (status >= 0)
		whole->attributes = merged->text;
	return status;
}

hpo_status_t hpo__memory_annotate(void *state, int64_t id, const hpo_trial_row_t *row,
				  hpo_error_t *error)
{
	struct hpo_buffer merged = HPO__BUFFER_INIT;
	hpo_trial_row_t whole;
	struct hpo_mem_study *study;
	uint32_t number;
	hpo_status_t status = hpo__mem_find_trial(state, id, row->number, &study, error);

	if (status < 0)
		return status;
	number = (uint32_t)row->number;
	if (row->epoch != 0 && row->epoch != hpo__mem_row(study, number)->epoch)
		return HPO_OK; /* what a former holder says is dropped, as its reports are */
	hpo__mem_unpack(study, number, &whole);
	if (row->task != NULL)
		whole.task = row->task;
	if (row->checkpoint != NULL)
		whole.checkpoint = row->checkpoint;
	status = merge_attributes(&whole, row->attributes, &merged, error);
	if (status >= 0)
		status = hpo__mem_repack(hpo__mem_row(study, number), &whole, error);
	if (status >= 0)
		hpo__mem_touch(study, number);
	hpo__buffer_release(&merged);
	return status;
}

hpo_status_t hpo__memory_finish(void *state, int64_t id, const hpo_finish_row_t *end, int *late,
				hpo_error_t *error)
{
	struct hpo_buffer merged = HPO__BUFFER_INIT;
	hpo_trial_row_t whole;
	struct hpo_mem_study *study;
	struct hpo_mem_row *row;
	bool paused;
	hpo_status_t status = hpo__finish_check(end, error);

	*late = 0;
	if (status >= 0)
		status = hpo__mem_find_trial(state, id, end->number, &study, error);
	if (status < 0)
		return status;
	row = hpo__mem_row(study, (uint32_t)end->number);
	if (hpo__lease_standing(row->state, row->epoch, end->epoch) == HPO__LATE) {
		row->late++;
		*late = 1;
		hpo__mem_touch(study, (uint32_t)end->number);
		return HPO_OK;
	}

	hpo__mem_unpack(study, (uint32_t)end->number, &whole);
	paused = end->state == HPO_TRIAL_WAITING && end->paused;
	/* Interrupted after it went on, it is paused again, with the values of its last pause. */
	if (end->state != HPO_TRIAL_WAITING || paused || row->told == 0)
		whole.values = end->values;
	whole.reason = end->reason;
	status = merge_attributes(&whole, end->attributes, &merged, error);
	if (status >= 0)
		status = hpo__mem_repack(row, &whole, error);
	hpo__buffer_release(&merged);
	if (status < 0)
		return status;
	row->worker = 0;
	row->iteration = end->iteration;
	row->compute_s += end->compute_s;
	study->compute_s += end->compute_s;
	row->ended_s = hpo__clock_wall();
	if (end->state == HPO_TRIAL_FAILED || (end->state == HPO_TRIAL_WAITING && end->failed))
		row->failures++;
	study->pauses |= paused;
	if (end->state != HPO_TRIAL_WAITING || paused)
		row->told = ++study->told;
	hpo__mem_set_state(study, (uint32_t)end->number, end->state);
	return HPO_OK;
}

static hpo_status_t insert_one(struct hpo_mem_study *study, const hpo_trial_row_t *from,
			       hpo_error_t *error)
{
	struct hpo_mem_row *row;
	uint8_t present;
	char *texts;
	uint32_t number;

	if (hpo__mem_make_room(study) < 0 || hpo__mem_grow_slots(study) < 0 ||
	    hpo__mem_pack(from, &texts, &present) < 0)
		return hpo__fail_memory(error);
	number = hpo__mem_add(study, from->state);
	row = hpo__mem_row(study, number);
	row->texts = texts;
	row->present = present;
	row->source = (uint8_t)from->source;
	row->attempt = from->attempt;
	row->failures = from->failures;
	row->seen = from->seen;
	row->iteration = from->iteration;
	row->compute_s = from->compute_s;
	row->started_s = from->started_s;
	row->ended_s = from->ended_s;
	if (from->created_s > 0)
		row->created_s = from->created_s;
	hpo__mem_note_params(study, number, from->params);
	if (from->state != HPO_TRIAL_WAITING) {
		row->told = ++study->told;
		study->compute_s += from->compute_s;
		if (row->ended_s <= 0)
			row->ended_s = row->created_s;
	}
	return HPO_OK;
}

hpo_status_t hpo__memory_insert(void *state, int64_t id, const hpo_trial_row_t *rows, size_t count,
				int64_t *out, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	int64_t told;
	double compute_s;
	uint32_t first;
	hpo_status_t status = hpo__insert_check(rows, count, error);

	if (status >= 0)
		status = hpo__mem_find(state, id, &study, error);
	if (status < 0)
		return status;
	first = study->count;
	told = study->told;
	compute_s = study->compute_s;
	for (size_t i = 0; i < count && status >= 0; i++)
		status = insert_one(study, &rows[i], error);
	if (status < 0) {
		while (study->count > first)
			hpo__mem_drop_last(study);
		study->told = told;
		study->compute_s = compute_s;
	} else {
		*out = first;
	}
	return status;
}

hpo_status_t hpo__memory_changes(void *state, int64_t id, int64_t since, hpo_trial_row_fn fn,
				 void *user, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	uint32_t number;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0 || study->newest == HPO__MEM_NONE ||
	    hpo__mem_row(study, study->newest)->revision <= since)
		return status;
	number = study->newest;
	while (hpo__mem_row(study, number)->older != HPO__MEM_NONE &&
	       hpo__mem_row(study, hpo__mem_row(study, number)->older)->revision > since)
		number = hpo__mem_row(study, number)->older;
	for (; number != HPO__MEM_NONE && status >= 0;
	     number = hpo__mem_row(study, number)->newer) {
		hpo_trial_row_t row;

		hpo__mem_unpack(study, number, &row);
		status = fn(&row, user);
	}
	return status;
}

hpo_status_t hpo__memory_trials(void *state, int64_t id, int64_t first, int64_t last,
				hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0)
		return status;
	for (int64_t i = first < 0 ? 0 : first; i <= last && i < study->count && status >= 0; i++) {
		hpo_trial_row_t row;

		hpo__mem_unpack(study, (uint32_t)i, &row);
		status = fn(&row, user);
	}
	return status;
}
