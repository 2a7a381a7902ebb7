/*
 * The rows of the store in memory: their texts, their order of change, and the
 * index of their params.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "store/memory.h"

#include <string.h>

enum { TEXTS = 8 }; /* a bit each in hpo_mem_row.present */

struct hpo_mem_row *hpo__mem_row(const struct hpo_mem_study *study, uint32_t number)
{
	return &study->chunks[number / HPO__MEM_CHUNK][number % HPO__MEM_CHUNK];
}

static void list_texts(const hpo_trial_row_t *row, const char *texts[TEXTS])
{
	texts[0] = row->params;
	texts[1] = row->values;
	texts[2] = row->arm;
	texts[3] = row->reason;
	texts[4] = row->task;
	texts[5] = row->checkpoint;
	texts[6] = row->attributes;
	texts[7] = row->proposal;
}

/* The texts in one block; *present says which. An empty block is NULL, which is why it has a
 * status. */
hpo_status_t hpo__mem_pack(const hpo_trial_row_t *row, char **out, uint8_t *present)
{
	const char *texts[TEXTS];
	size_t size = 0;
	char *end;

	*out = NULL;
	*present = 0;
	list_texts(row, texts);
	for (int i = 0; i < TEXTS; i++)
		size += texts[i] == NULL ? 0 : strlen(texts[i]) + 1;
	if (size == 0)
		return HPO_OK;
	end = hpo__alloc(size);
	if (end == NULL)
		return HPO_ENOMEM;
	*out = end;
	for (int i = 0; i < TEXTS; i++) {
		if (texts[i] == NULL)
			continue;
		*present |= (uint8_t)(1u << i);
		size = strlen(texts[i]) + 1;
		memcpy(end, texts[i], size);
		end += size;
	}
	return HPO_OK;
}

static const char *next_text(const struct hpo_mem_row *row, int index, const char **from)
{
	const char *text = *from;

	if ((row->present & (1u << index)) == 0)
		return NULL;
	*from = text + strlen(text) + 1;
	return text;
}

/* The row as others see it; its texts are borrowed from the store. */
void hpo__mem_unpack(const struct hpo_mem_study *study, uint32_t number, hpo_trial_row_t *out)
{
	const struct hpo_mem_row *row = hpo__mem_row(study, number);
	const char *text = row->texts;

	*out = (hpo_trial_row_t){
		.struct_size = sizeof *out,
		.state = row->state,
		.source = row->source,
		.attempt = row->attempt,
		.failures = row->failures,
		.late = row->late,
		.number = number,
		.epoch = row->epoch,
		.worker = row->worker,
		.told = row->told,
		.seen = row->seen,
		.revision = row->revision,
		.iteration = row->iteration,
		.created_s = row->created_s,
		.started_s = row->started_s,
		.ended_s = row->ended_s,
		.compute_s = row->compute_s,
		.ran_by = row->epoch > 0 ? study->worker : NULL,
		.stopping = row->stopping,
	};
	out->params = next_text(row, 0, &text);
	out->values = next_text(row, 1, &text);
	out->arm = next_text(row, 2, &text);
	out->reason = next_text(row, 3, &text);
	out->task = next_text(row, 4, &text);
	out->checkpoint = next_text(row, 5, &text);
	out->attributes = next_text(row, 6, &text);
	out->proposal = next_text(row, 7, &text);
}

/* Replace the texts of a row by those of `with`; nothing changes when memory is out. */
hpo_status_t hpo__mem_repack(struct hpo_mem_row *row, const hpo_trial_row_t *with,
			     hpo_error_t *error)
{
	uint8_t present;
	char *texts;

	if (hpo__mem_pack(with, &texts, &present) < 0)
		return hpo__fail_memory(error);
	hpo__free(row->texts);
	row->texts = texts;
	row->present = present;
	return HPO_OK;
}

void hpo__mem_unlink(struct hpo_mem_study *study, uint32_t number)
{
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	if (row->older != HPO__MEM_NONE)
		hpo__mem_row(study, row->older)->newer = row->newer;
	else
		study->oldest = row->newer;
	if (row->newer != HPO__MEM_NONE)
		hpo__mem_row(study, row->newer)->older = row->older;
	else
		study->newest = row->older;
}

void hpo__mem_link(struct hpo_mem_study *study, uint32_t number)
{
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	row->older = study->newest;
	row->newer = HPO__MEM_NONE;
	if (study->newest != HPO__MEM_NONE)
		hpo__mem_row(study, study->newest)->newer = number;
	else
		study->oldest = number;
	study->newest = number;
}

/* The trial changed: it gets the next revision. */
void hpo__mem_touch(struct hpo_mem_study *study, uint32_t number)
{
	hpo__mem_unlink(study, number);
	hpo__mem_link(study, number);
	hpo__mem_row(study, number)->revision = ++study->revision;
}

void hpo__mem_set_state(struct hpo_mem_study *study, uint32_t number, int32_t state)
{
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	study->counts[row->state]--;
	study->counts[state]++;
	row->state = (uint8_t)state;
	row->stopping = 0;
	if (state == HPO_TRIAL_WAITING && number < study->lowest_waiting)
		study->lowest_waiting = number;
	hpo__mem_touch(study, number);
}

/* Its holder is gone: the trial waits again. One that never got params never ran. */
void hpo__mem_release(struct hpo_mem_study *study, uint32_t number)
{
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	row->worker = 0;
	if ((row->present & 1) == 0)
		row->started_s = 0;
	hpo__mem_set_state(study, number, HPO_TRIAL_WAITING);
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash ^ hash >> 29;
}

static void put_slot(uint32_t *slots, size_t count, uint64_t hash, uint32_t number)
{
	size_t i = hash & (count - 1);

	while (slots[i] != HPO__MEM_NONE)
		i = (i + 1) & (count - 1);
	slots[i] = number;
}

/* Room for one more; numbers that lost their params are left out. */
hpo_status_t hpo__mem_grow_slots(struct hpo_mem_study *study)
{
	size_t count = study->slot_count == 0 ? 256 : study->slot_count * 2;
	uint32_t *slots;

	if (study->slots_used * 2 < study->slot_count)
		return HPO_OK;
	slots = hpo__calloc(count, sizeof *slots);
	if (slots == NULL)
		return HPO_ENOMEM;
	memset(slots, 0xff, count * sizeof *slots);
	study->slots_used = 0;
	for (uint32_t i = 0; i < study->count; i++) {
		if ((hpo__mem_row(study, i)->present & 1) != 0) {
			put_slot(slots, count, hpo__mem_row(study, i)->hash, i);
			study->slots_used++;
		}
	}
	hpo__free(study->slots);
	study->slots = slots;
	study->slot_count = count;
	return HPO_OK;
}

/* Whether a trial other than `number` has exactly these params. */
bool hpo__mem_is_taken(const struct hpo_mem_study *study, const char *params, uint32_t number)
{
	uint64_t hash = hash_text(params);

	if (study->slot_count == 0)
		return false;
	for (size_t i = hash & (study->slot_count - 1); study->slots[i] != HPO__MEM_NONE;
	     i = (i + 1) & (study->slot_count - 1)) {
		uint32_t other = study->slots[i];
		const struct hpo_mem_row *row =
			other < study->count ? hpo__mem_row(study, other) : NULL;

		/* The params are the first of the texts. */
		if (row != NULL && other != number && row->hash == hash &&
		    (row->present & 1) != 0 && strcmp(row->texts, params) == 0)
			return true;
	}
	return false;
}

/* Note that `number` has these params; hpo__mem_grow_slots() was called before. */
void hpo__mem_note_params(struct hpo_mem_study *study, uint32_t number, const char *params)
{
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	row->hash = hash_text(params);
	put_slot(study->slots, study->slot_count, row->hash, number);
	study->slots_used++;
}

hpo_status_t hpo__mem_make_room(struct hpo_mem_study *study)
{
	struct hpo_mem_row **chunks;
	struct hpo_mem_row *chunk;

	if (study->count == HPO__MEM_NONE)
		return HPO_ENOMEM;
	if (study->count < study->chunk_count * HPO__MEM_CHUNK)
		return HPO_OK;
	chunks = hpo__grow(study->chunks, &study->chunk_capacity, study->chunk_count + 1,
			   sizeof *chunks);
	if (chunks == NULL)
		return HPO_ENOMEM;
	study->chunks = chunks;
	chunk = hpo__calloc(HPO__MEM_CHUNK, sizeof *chunk);
	if (chunk == NULL)
		return HPO_ENOMEM;
	chunks[study->chunk_count++] = chunk;
	return HPO_OK;
}

/* A row at the end, without params; there is room for it. */
uint32_t hpo__mem_add(struct hpo_mem_study *study, int32_t state)
{
	uint32_t number = study->count++;
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	memset(row, 0, sizeof *row);
	row->created_s = hpo__clock_wall();
	row->iteration = -1;
	row->state = (uint8_t)state;
	study->counts[state]++;
	if (state == HPO_TRIAL_WAITING && number < study->lowest_waiting)
		study->lowest_waiting = number;
	hpo__mem_link(study, number);
	row->revision = ++study->revision;
	return number;
}

void hpo__mem_drop_last(struct hpo_mem_study *study)
{
	uint32_t number = study->count - 1;
	struct hpo_mem_row *row = hpo__mem_row(study, number);

	hpo__mem_unlink(study, number);
	study->counts[row->state]--;
	study->revision++;
	hpo__free(row->texts);
	row->texts = NULL;
	study->count = number;
	if (study->lowest_waiting > number)
		study->lowest_waiting = number;
}
