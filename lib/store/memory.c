/*
 * The store that is gone with its handle: studies in memory, private to it.
 *
 * Kept small, because ten thousand trials of a long search live here: a trial is
 * one row of about a hundred bytes in a chunk, and one block that holds its
 * texts behind one another. Rows are threaded by the order of their last change,
 * so that reading what changed costs what changed.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "os/identity.h"
#include "store/lease.h"
#include "store/store.h"

#include <string.h>

enum { CHUNK_ROWS = 256, TEXTS = 7 };

/* "none" where a 32-bit index is kept. */
#define NONE UINT32_MAX

/* One trial. `texts` holds those of the seven texts whose bit is set in `present`. */
struct row {
	double created_s, started_s, ended_s, compute_s;
	double lease_until; /* of an ownerless lease, by the clock since boot */
	int64_t epoch, told, seen, revision, iteration;
	uint64_t hash; /* of params */
	char *texts;
	int32_t worker;
	int32_t attempt, failures, late;
	uint32_t older, newer; /* neighbours in the order of change */
	uint8_t state, source, present;
};

struct report {
	double value;
	int64_t iteration;
	uint32_t trial;
	uint32_t earlier; /* report of the same trial, NONE before the first */
	uint32_t metric;
	int32_t attempt;
};

struct study {
	struct study *next; /* by name */
	int64_t id;
	char *name;
	char *definition;
	double created_s, compute_s;
	int64_t revision, told, epoch;
	int64_t counts[5];
	int stopped;

	struct row **chunks; /* [chunk_capacity], CHUNK_ROWS rows each */
	size_t chunk_count, chunk_capacity;
	uint32_t count;          /* trials */
	uint32_t oldest, newest; /* ends of the order of change */
	uint32_t lowest_waiting; /* no waiting trial has a lower number */

	uint32_t *slots; /* [slot_count], a power of 2: open addressing over params */
	size_t slot_count, slots_used;

	struct report *reports; /* [report_count]; number i has the sequence i + 1 */
	size_t report_count, report_capacity;
	uint32_t *last_report; /* [last_capacity] by trial */
	size_t last_capacity;
	char **metrics; /* [metric_count] */
	size_t metric_count, metric_capacity;
};

struct memory_state {
	struct study *studies;
	int64_t last_id;
	int32_t last_worker;
};

/* Rows and their texts ----------------------------------------------------- */

static struct row *row_at(const struct study *study, uint32_t number)
{
	return &study->chunks[number / CHUNK_ROWS][number % CHUNK_ROWS];
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
}

/* The texts in one block; *present says which. An empty block is NULL, which is why it has a status. */
static hpo_status_t pack(const hpo_trial_row_t *row, char **out, uint8_t *present)
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

static const char *next_text(const struct row *row, int index, const char **from)
{
	const char *text = *from;

	if ((row->present & (1u << index)) == 0)
		return NULL;
	*from = text + strlen(text) + 1;
	return text;
}

/* The row as others see it; its texts are borrowed from the store. */
static void unpack(const struct study *study, uint32_t number, hpo_trial_row_t *out)
{
	const struct row *row = row_at(study, number);
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
	};
	out->params = next_text(row, 0, &text);
	out->values = next_text(row, 1, &text);
	out->arm = next_text(row, 2, &text);
	out->reason = next_text(row, 3, &text);
	out->task = next_text(row, 4, &text);
	out->checkpoint = next_text(row, 5, &text);
	out->attributes = next_text(row, 6, &text);
}

/* Replace the texts of a row by those of `with`; nothing changes when memory is out. */
static hpo_status_t repack(struct row *row, const hpo_trial_row_t *with, hpo_error_t *error)
{
	uint8_t present;
	char *texts;

	if (pack(with, &texts, &present) < 0)
		return hpo__fail_memory(error);
	hpo__free(row->texts);
	row->texts = texts;
	row->present = present;
	return HPO_OK;
}

/* The order of change ------------------------------------------------------ */

static void unlink_row(struct study *study, uint32_t number)
{
	struct row *row = row_at(study, number);

	if (row->older != NONE)
		row_at(study, row->older)->newer = row->newer;
	else
		study->oldest = row->newer;
	if (row->newer != NONE)
		row_at(study, row->newer)->older = row->older;
	else
		study->newest = row->older;
}

static void link_newest(struct study *study, uint32_t number)
{
	struct row *row = row_at(study, number);

	row->older = study->newest;
	row->newer = NONE;
	if (study->newest != NONE)
		row_at(study, study->newest)->newer = number;
	else
		study->oldest = number;
	study->newest = number;
}

/* The trial changed: it gets the next revision. */
static void touch(struct study *study, uint32_t number)
{
	unlink_row(study, number);
	link_newest(study, number);
	row_at(study, number)->revision = ++study->revision;
}

static void set_state(struct study *study, uint32_t number, int32_t state)
{
	struct row *row = row_at(study, number);

	study->counts[row->state]--;
	study->counts[state]++;
	row->state = (uint8_t)state;
	if (state == HPO_TRIAL_WAITING && number < study->lowest_waiting)
		study->lowest_waiting = number;
	touch(study, number);
}

/* Which params are taken ---------------------------------------------------- */

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

	while (slots[i] != NONE)
		i = (i + 1) & (count - 1);
	slots[i] = number;
}

/* Room for one more; numbers that lost their params are left out. */
static hpo_status_t grow_slots(struct study *study)
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
		if ((row_at(study, i)->present & 1) != 0) {
			put_slot(slots, count, row_at(study, i)->hash, i);
			study->slots_used++;
		}
	}
	hpo__free(study->slots);
	study->slots = slots;
	study->slot_count = count;
	return HPO_OK;
}

/* Whether a trial other than `number` has exactly these params. */
static bool is_taken(const struct study *study, const char *params, uint32_t number)
{
	uint64_t hash = hash_text(params);

	if (study->slot_count == 0)
		return false;
	for (size_t i = hash & (study->slot_count - 1); study->slots[i] != NONE;
	     i = (i + 1) & (study->slot_count - 1)) {
		uint32_t other = study->slots[i];
		const struct row *row = other < study->count ? row_at(study, other) : NULL;

		/* The params are the first of the texts. */
		if (row != NULL && other != number && row->hash == hash &&
		    (row->present & 1) != 0 && strcmp(row->texts, params) == 0)
			return true;
	}
	return false;
}

/* Note that `number` has these params; grow_slots() was called before. */
static void note_params(struct study *study, uint32_t number, const char *params)
{
	struct row *row = row_at(study, number);

	row->hash = hash_text(params);
	put_slot(study->slots, study->slot_count, row->hash, number);
	study->slots_used++;
}

/* Studies ------------------------------------------------------------------- */

static void free_study(struct study *study)
{
	if (study == NULL)
		return;
	for (uint32_t i = 0; i < study->count; i++)
		hpo__free(row_at(study, i)->texts);
	for (size_t i = 0; i < study->chunk_count; i++)
		hpo__free(study->chunks[i]);
	for (size_t i = 0; i < study->metric_count; i++)
		hpo__free(study->metrics[i]);
	hpo__free(study->chunks);
	hpo__free(study->slots);
	hpo__free(study->reports);
	hpo__free(study->last_report);
	hpo__free(study->metrics);
	hpo__free(study->name);
	hpo__free(study->definition);
	hpo__free(study);
}

static hpo_status_t find_study(struct memory_state *s, int64_t id, struct study **out,
			       hpo_error_t *error)
{
	for (*out = s->studies; *out != NULL; *out = (*out)->next) {
		if ((*out)->id == id)
			return HPO_OK;
	}
	return hpo__fail(error, HPO_ENOTFOUND, "the study was deleted from its store");
}

/* A trial by number; HPO_ENOTFOUND. */
static hpo_status_t find_trial(struct memory_state *s, int64_t id, int64_t number,
			       struct study **out, hpo_error_t *error)
{
	hpo_status_t status = find_study(s, id, out, error);

	if (status < 0)
		return status;
	if (number < 0 || number >= (*out)->count)
		return hpo__fail(error, HPO_ENOTFOUND, "study '%s' has no trial %lld",
				 (*out)->name, (long long)number);
	return HPO_OK;
}

static hpo_status_t give_study(const struct study *study, hpo_study_row_fn fn, void *user)
{
	hpo_study_row_t row = {
		.struct_size = sizeof row,
		.stopped = study->stopped,
		.id = study->id,
		.name = study->name,
		.definition = study->definition,
		.created_s = study->created_s,
		.revision = study->revision,
		.compute_s = study->compute_s,
	};

	memcpy(row.counts, study->counts, sizeof row.counts);
	return fn(&row, user);
}

static hpo_status_t memory_open(void *state, const char *url, int create, hpo_error_t *error)
{
	(void)state;
	(void)create;
	if (strcmp(url, "memory:") != 0)
		return hpo__fail(error, HPO_EINVAL,
				 "'%s': a store in memory has no path, write memory:", url);
	return HPO_OK;
}

static void memory_close(void *state)
{
	struct memory_state *s = state;

	while (s->studies != NULL) {
		struct study *next = s->studies->next;

		free_study(s->studies);
		s->studies = next;
	}
}

static hpo_status_t memory_studies(void *state, hpo_study_row_fn fn, void *user,
				   hpo_error_t *error)
{
	struct memory_state *s = state;
	hpo_status_t status = HPO_OK;

	(void)error;
	for (struct study *study = s->studies; study != NULL && status >= 0; study = study->next)
		status = give_study(study, fn, user);
	return status;
}

static hpo_status_t memory_study(void *state, const char *name, hpo_study_row_fn fn, void *user,
				 hpo_error_t *error)
{
	struct memory_state *s = state;

	for (struct study *study = s->studies; study != NULL; study = study->next) {
		if (strcmp(study->name, name) == 0)
			return give_study(study, fn, user);
	}
	return hpo__fail(error, HPO_ENOTFOUND, "the store has no study '%s'", name);
}

static hpo_status_t memory_create(void *state, const char *name, const char *definition,
				  int *created, hpo_error_t *error)
{
	struct memory_state *s = state;
	struct study **place = &s->studies;
	struct study *study;

	*created = 0;
	while (*place != NULL && strcmp((*place)->name, name) < 0)
		place = &(*place)->next;
	if (*place != NULL && strcmp((*place)->name, name) == 0)
		return HPO_OK;

	study = hpo__calloc(1, sizeof *study);
	if (study == NULL)
		return hpo__fail_memory(error);
	study->name = hpo__strdup(name);
	study->definition = hpo__strdup(definition);
	if (study->name == NULL || study->definition == NULL) {
		free_study(study);
		return hpo__fail_memory(error);
	}
	study->id = ++s->last_id;
	study->created_s = hpo__clock_wall();
	study->oldest = study->newest = NONE;
	study->next = *place;
	*place = study;
	*created = 1;
	return HPO_OK;
}

static hpo_status_t memory_redefine(void *state, int64_t id, const char *definition,
				    hpo_error_t *error)
{
	struct study *study;
	char *copy;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0 || strcmp(study->definition, definition) == 0)
		return status;
	copy = hpo__strdup(definition);
	if (copy == NULL)
		return hpo__fail_memory(error);
	/* The old one is not kept: nobody but this handle could ask for it. */
	hpo__free(study->definition);
	study->definition = copy;
	study->revision++;
	return HPO_OK;
}

static hpo_status_t memory_remove(void *state, int64_t id, hpo_error_t *error)
{
	struct memory_state *s = state;
	struct study **place = &s->studies;
	struct study *study;
	hpo_status_t status = find_study(s, id, &study, error);

	if (status < 0)
		return status;
	while (*place != study)
		place = &(*place)->next;
	*place = study->next;
	free_study(study);
	return HPO_OK;
}

static hpo_status_t memory_mark_stopped(void *state, int64_t id, int stopped, hpo_error_t *error)
{
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0 || study->stopped == (stopped != 0))
		return status;
	study->stopped = stopped != 0;
	study->revision++;
	return HPO_OK;
}

static hpo_status_t memory_revision(void *state, int64_t id, int64_t *revision, int *stopped,
				    hpo_error_t *error)
{
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0)
		return status;
	*revision = study->revision;
	*stopped = study->stopped;
	return HPO_OK;
}

/* Workers ------------------------------------------------------------------- */

static hpo_status_t memory_join(void *state, int64_t id, int64_t *worker, hpo_error_t *error)
{
	struct memory_state *s = state;
	struct study *study;
	hpo_status_t status = find_study(s, id, &study, error);

	if (status >= 0)
		*worker = ++s->last_worker;
	return status;
}

static hpo_status_t memory_beat(void *state, int64_t worker, hpo_error_t *error)
{
	(void)state;
	(void)worker;
	(void)error;
	return HPO_OK; /* whoever can see this store is the process that beats */
}

/* Its holder is gone: the trial waits again. One that never got params never ran. */
static void release_trial(struct study *study, uint32_t number)
{
	struct row *row = row_at(study, number);

	row->worker = 0;
	if ((row->present & 1) == 0)
		row->started_s = 0;
	set_state(study, number, HPO_TRIAL_WAITING);
}

static hpo_status_t memory_leave(void *state, int64_t id, int64_t worker, hpo_error_t *error)
{
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0)
		return status;
	for (uint32_t i = 0; i < study->count && study->counts[HPO_TRIAL_RUNNING] > 0; i++) {
		if (row_at(study, i)->state == HPO_TRIAL_RUNNING &&
		    row_at(study, i)->worker == worker)
			release_trial(study, i);
	}
	return HPO_OK;
}

/* Nobody else works here: only ownerless leases can be over. */
static hpo_status_t memory_reap(void *state, int64_t id, int64_t worker, int64_t *count,
				hpo_error_t *error)
{
	double now = hpo__clock_boot();
	int64_t running;
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);

	(void)worker;
	*count = 0;
	if (status < 0)
		return status;
	running = study->counts[HPO_TRIAL_RUNNING];
	for (uint32_t i = study->count; i-- > 0 && running > 0;) {
		const struct row *row = row_at(study, i);

		if (row->state != HPO_TRIAL_RUNNING)
			continue;
		running--;
		if (row->worker != 0 || now < row->lease_until)
			continue;
		release_trial(study, i);
		++*count;
	}
	return HPO_OK;
}

/* Trials -------------------------------------------------------------------- */

static hpo_status_t make_row_room(struct study *study)
{
	struct row **chunks;
	struct row *chunk;

	if (study->count == NONE)
		return HPO_ENOMEM;
	if (study->count < study->chunk_count * CHUNK_ROWS)
		return HPO_OK;
	chunks = hpo__grow(study->chunks, &study->chunk_capacity, study->chunk_count + 1,
			   sizeof *chunks);
	if (chunks == NULL)
		return HPO_ENOMEM;
	study->chunks = chunks;
	chunk = hpo__calloc(CHUNK_ROWS, sizeof *chunk);
	if (chunk == NULL)
		return HPO_ENOMEM;
	chunks[study->chunk_count++] = chunk;
	return HPO_OK;
}

/* A row at the end, without params; there is room for it. */
static uint32_t add_row(struct study *study, int32_t state)
{
	uint32_t number = study->count++;
	struct row *row = row_at(study, number);

	memset(row, 0, sizeof *row);
	row->created_s = hpo__clock_wall();
	row->iteration = -1;
	row->state = (uint8_t)state;
	study->counts[state]++;
	if (state == HPO_TRIAL_WAITING && number < study->lowest_waiting)
		study->lowest_waiting = number;
	link_newest(study, number);
	row->revision = ++study->revision;
	return number;
}

static void drop_last_row(struct study *study)
{
	uint32_t number = study->count - 1;
	struct row *row = row_at(study, number);

	unlink_row(study, number);
	study->counts[row->state]--;
	study->revision++;
	hpo__free(row->texts);
	row->texts = NULL;
	study->count = number;
	if (study->lowest_waiting > number)
		study->lowest_waiting = number;
}

static uint32_t lowest_waiting(struct study *study)
{
	while (row_at(study, study->lowest_waiting)->state != HPO_TRIAL_WAITING)
		study->lowest_waiting++;
	return study->lowest_waiting;
}

/* What a claim changes, so that it can be undone when the caller cannot take the trial. */
static void hold(struct study *study, uint32_t number, int64_t worker, double lease_s)
{
	struct row *row = row_at(study, number);

	if (row->started_s > 0)
		row->attempt++;
	row->started_s = hpo__clock_wall();
	row->ended_s = 0;
	row->epoch = ++study->epoch;
	row->worker = (int32_t)worker;
	row->lease_until = hpo__clock_boot() + lease_s;
	set_state(study, number, HPO_TRIAL_RUNNING);
}

static hpo_status_t claim_waiting(struct study *study, int64_t worker, double lease_s,
				  hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	uint32_t number = lowest_waiting(study);
	struct row *row = row_at(study, number);
	struct row before = *row;
	hpo_trial_row_t given;
	hpo_status_t status;

	/* Why its last attempt ended is no word about this one. */
	unpack(study, number, &given);
	given.reason = NULL;
	status = repack(row, &given, error);
	if (status < 0)
		return status;
	hold(study, number, worker, lease_s);
	unpack(study, number, &given);
	status = fn(&given, user);
	if (status < 0) {
		row->started_s = before.started_s;
		row->attempt = before.attempt;
		row->worker = 0;
		set_state(study, number, HPO_TRIAL_WAITING);
	}
	return status;
}

static hpo_status_t claim_new(struct study *study, int64_t worker, double lease_s,
			      hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	hpo_trial_row_t given;
	uint32_t number;
	hpo_status_t status;

	if (make_row_room(study) < 0)
		return hpo__fail_memory(error);
	number = add_row(study, HPO_TRIAL_WAITING);
	hold(study, number, worker, lease_s);
	unpack(study, number, &given);
	status = fn(&given, user);
	if (status < 0)
		drop_last_row(study);
	return status;
}

static hpo_status_t memory_claim(void *state, int64_t id, int64_t worker, int64_t limit,
				 double lease_s, hpo_trial_row_fn fn, void *user,
				 hpo_error_t *error)
{
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0)
		return status;
	if (limit > 0 && study->count - study->counts[HPO_TRIAL_WAITING] >= limit)
		return HPO_DONE;
	if (study->counts[HPO_TRIAL_WAITING] > 0)
		return claim_waiting(study, worker, lease_s, fn, user, error);
	return claim_new(study, worker, lease_s, fn, user, error);
}

static hpo_status_t memory_propose(void *state, int64_t id, const hpo_trial_row_t *row, int unique,
				   hpo_error_t *error)
{
	hpo_trial_row_t whole;
	struct study *study;
	struct row *mine;
	uint32_t number;
	hpo_status_t status = find_trial(state, id, row->number, &study, error);

	if (status < 0)
		return status;
	number = (uint32_t)row->number;
	mine = row_at(study, number);
	if (mine->state != HPO_TRIAL_RUNNING || mine->epoch != row->epoch)
		return hpo__fail(error, HPO_ENOTFOUND, "trial %u is not held any more", number);
	if (unique && is_taken(study, row->params, number))
		return HPO_WAIT;

	if (grow_slots(study) < 0)
		return hpo__fail_memory(error);
	unpack(study, number, &whole);
	whole.params = row->params;
	whole.arm = row->arm;
	status = repack(mine, &whole, error);
	if (status < 0)
		return status;
	mine->seen = row->seen;
	note_params(study, number, row->params);
	touch(study, number);
	return HPO_OK;
}

static hpo_status_t memory_unclaim(void *state, int64_t id, int64_t number, int64_t epoch,
				   hpo_error_t *error)
{
	struct study *study;
	struct row *row;
	hpo_status_t status = find_trial(state, id, number, &study, error);

	if (status < 0)
		return status;
	row = row_at(study, (uint32_t)number);
	if (row->state != HPO_TRIAL_RUNNING || row->epoch != epoch)
		return HPO_OK; /* it was taken from the caller before: there is nothing to give back */
	if ((row->present & 1) == 0 && number == study->count - 1) {
		drop_last_row(study);
		return HPO_OK;
	}
	if (row->attempt > 0)
		row->attempt--;
	else
		row->started_s = 0;
	release_trial(study, (uint32_t)number);
	return HPO_OK;
}

static hpo_status_t memory_annotate(void *state, int64_t id, const hpo_trial_row_t *row,
				    hpo_error_t *error)
{
	hpo_trial_row_t whole;
	struct study *study;
	uint32_t number;
	hpo_status_t status = find_trial(state, id, row->number, &study, error);

	if (status < 0)
		return status;
	number = (uint32_t)row->number;
	if (row->epoch != 0 && row->epoch != row_at(study, number)->epoch)
		return HPO_OK; /* what a former holder says is dropped, as its reports are */
	unpack(study, number, &whole);
	if (row->task != NULL)
		whole.task = row->task;
	if (row->checkpoint != NULL)
		whole.checkpoint = row->checkpoint;
	if (row->attributes != NULL)
		whole.attributes = row->attributes;
	status = repack(row_at(study, number), &whole, error);
	if (status >= 0)
		touch(study, number);
	return status;
}

static hpo_status_t memory_finish(void *state, int64_t id, const hpo_finish_row_t *end, int *late,
				  hpo_error_t *error)
{
	hpo_trial_row_t whole;
	struct study *study;
	struct row *row;
	hpo_status_t status = hpo__finish_check(end, error);

	*late = 0;
	if (status >= 0)
		status = find_trial(state, id, end->number, &study, error);
	if (status < 0)
		return status;
	row = row_at(study, (uint32_t)end->number);
	if (hpo__lease_standing(row->state, row->epoch, end->epoch) == HPO__LATE) {
		row->late++;
		*late = 1;
		touch(study, (uint32_t)end->number);
		return HPO_OK;
	}

	unpack(study, (uint32_t)end->number, &whole);
	whole.values = end->values;
	whole.reason = end->reason;
	if (end->attributes != NULL)
		whole.attributes = end->attributes;
	status = repack(row, &whole, error);
	if (status < 0)
		return status;
	row->worker = 0;
	row->iteration = end->iteration;
	row->compute_s += end->compute_s;
	study->compute_s += end->compute_s;
	row->ended_s = hpo__clock_wall();
	if (end->state == HPO_TRIAL_FAILED || (end->state == HPO_TRIAL_WAITING && end->failed))
		row->failures++;
	if (end->state != HPO_TRIAL_WAITING)
		row->told = ++study->told;
	set_state(study, (uint32_t)end->number, end->state);
	return HPO_OK;
}

static hpo_status_t insert_one(struct study *study, const hpo_trial_row_t *from,
			       hpo_error_t *error)
{
	struct row *row;
	uint8_t present;
	char *texts;
	uint32_t number;

	if (make_row_room(study) < 0 || grow_slots(study) < 0 || pack(from, &texts, &present) < 0)
		return hpo__fail_memory(error);
	number = add_row(study, from->state);
	row = row_at(study, number);
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
	note_params(study, number, from->params);
	if (from->state != HPO_TRIAL_WAITING) {
		row->told = ++study->told;
		study->compute_s += from->compute_s;
		if (row->ended_s <= 0)
			row->ended_s = row->created_s;
	}
	return HPO_OK;
}

static hpo_status_t memory_insert(void *state, int64_t id, const hpo_trial_row_t *rows,
				  size_t count, hpo_error_t *error)
{
	struct study *study;
	int64_t told;
	double compute_s;
	uint32_t first;
	hpo_status_t status = hpo__insert_check(rows, count, error);

	if (status >= 0)
		status = find_study(state, id, &study, error);
	if (status < 0)
		return status;
	first = study->count;
	told = study->told;
	compute_s = study->compute_s;
	for (size_t i = 0; i < count && status >= 0; i++)
		status = insert_one(study, &rows[i], error);
	if (status < 0) {
		while (study->count > first)
			drop_last_row(study);
		study->told = told;
		study->compute_s = compute_s;
	}
	return status;
}

static hpo_status_t memory_changes(void *state, int64_t id, int64_t since, hpo_trial_row_fn fn,
				   void *user, hpo_error_t *error)
{
	struct study *study;
	uint32_t number;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0 || study->newest == NONE || row_at(study, study->newest)->revision <= since)
		return status;
	number = study->newest;
	while (row_at(study, number)->older != NONE &&
	       row_at(study, row_at(study, number)->older)->revision > since)
		number = row_at(study, number)->older;
	for (; number != NONE && status >= 0; number = row_at(study, number)->newer) {
		hpo_trial_row_t row;

		unpack(study, number, &row);
		status = fn(&row, user);
	}
	return status;
}

static hpo_status_t memory_trials(void *state, int64_t id, int64_t first, int64_t last,
				  hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0)
		return status;
	for (int64_t i = first < 0 ? 0 : first; i <= last && i < study->count && status >= 0; i++) {
		hpo_trial_row_t row;

		unpack(study, (uint32_t)i, &row);
		status = fn(&row, user);
	}
	return status;
}

/* Reports ------------------------------------------------------------------- */

static hpo_status_t find_metric(struct study *study, const char *name, uint32_t *out)
{
	char **metrics;

	for (size_t i = 0; i < study->metric_count; i++) {
		if (strcmp(study->metrics[i], name) == 0) {
			*out = (uint32_t)i;
			return HPO_OK;
		}
	}
	metrics = hpo__grow(study->metrics, &study->metric_capacity, study->metric_count + 1,
			    sizeof *metrics);
	if (metrics == NULL)
		return HPO_ENOMEM;
	study->metrics = metrics;
	metrics[study->metric_count] = hpo__strdup(name);
	if (metrics[study->metric_count] == NULL)
		return HPO_ENOMEM;
	*out = (uint32_t)study->metric_count++;
	return HPO_OK;
}

static hpo_status_t make_report_room(struct study *study, size_t count)
{
	size_t had = study->last_capacity;
	struct report *reports;
	uint32_t *last;

	if (count >= NONE - study->report_count)
		return HPO_ENOMEM;
	reports = hpo__grow(study->reports, &study->report_capacity, study->report_count + count,
			    sizeof *reports);
	if (reports == NULL)
		return HPO_ENOMEM;
	study->reports = reports;
	last = hpo__grow(study->last_report, &study->last_capacity, study->count, sizeof *last);
	if (last == NULL)
		return HPO_ENOMEM;
	study->last_report = last;
	memset(last + had, 0xff, (study->last_capacity - had) * sizeof *last);
	return HPO_OK;
}

/* Imported trials have ended when their reports come. */
static bool takes_report(const struct study *study, const hpo_report_row_t *row)
{
	const struct row *trial;

	if (row->trial < 0 || row->trial >= study->count)
		return false;
	trial = row_at(study, (uint32_t)row->trial);
	return trial->attempt == row->attempt &&
	       (trial->state == HPO_TRIAL_RUNNING || trial->source == HPO_SOURCE_IMPORTED);
}

static hpo_status_t memory_report(void *state, int64_t id, const hpo_report_row_t *rows,
				  size_t count, hpo_error_t *error)
{
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);
	uint32_t metric;

	if (status < 0 || count == 0 || study->count == 0)
		return status;
	/* All that can fail comes first, so that the reports are added all or none. */
	if (make_report_room(study, count) < 0)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < count; i++) {
		if (find_metric(study, rows[i].metric, &metric) < 0)
			return hpo__fail_memory(error);
	}
	for (size_t i = 0; i < count; i++) {
		if (!takes_report(study, &rows[i]))
			continue;
		(void)find_metric(study, rows[i].metric, &metric); /* it is there */
		study->reports[study->report_count] = (struct report){
			.value = rows[i].value,
			.iteration = rows[i].iteration,
			.trial = (uint32_t)rows[i].trial,
			.earlier = study->last_report[rows[i].trial],
			.metric = metric,
			.attempt = rows[i].attempt,
		};
		study->last_report[rows[i].trial] = (uint32_t)study->report_count++;
	}
	study->revision++;
	return HPO_OK;
}

static hpo_status_t give_report(const struct study *study, size_t index, hpo_report_row_fn fn,
				void *user)
{
	const struct report *report = &study->reports[index];
	hpo_report_row_t row = {
		.sequence = (int64_t)index + 1,
		.trial = report->trial,
		.iteration = report->iteration,
		.attempt = report->attempt,
		.metric = study->metrics[report->metric],
		.value = report->value,
	};

	return fn(&row, user);
}

static hpo_status_t memory_reports_since(void *state, int64_t id, int64_t since,
					 hpo_report_row_fn fn, void *user, hpo_error_t *error)
{
	struct study *study;
	hpo_status_t status = find_study(state, id, &study, error);

	if (status < 0)
		return status;
	for (size_t i = since < 0 ? 0 : (size_t)since; i < study->report_count && status >= 0; i++)
		status = give_report(study, i, fn, user);
	return status;
}

static hpo_status_t memory_reports_of(void *state, int64_t id, int64_t number,
				      hpo_report_row_fn fn, void *user, hpo_error_t *error)
{
	struct study *study;
	uint32_t newest = NONE;
	uint32_t first = NONE;
	hpo_status_t status = find_trial(state, id, number, &study, error);
	int32_t attempt;

	if (status < 0 || (size_t)number >= study->last_capacity)
		return status;
	attempt = row_at(study, (uint32_t)number)->attempt;
	newest = study->last_report[number];
	/* The chain runs backwards and a caller reads forwards: find where the attempt began. */
	for (uint32_t i = newest; i != NONE && study->reports[i].attempt == attempt;
	     i = study->reports[i].earlier)
		first = i;
	for (size_t i = first; first != NONE && i <= newest && status >= 0; i++) {
		if (study->reports[i].trial == (uint32_t)number)
			status = give_report(study, i, fn, user);
	}
	return status;
}

const hpo_store_ops_t hpo__store_memory = {
	.struct_size = sizeof(hpo_store_ops_t),
	.name = "memory",
	.state_size = sizeof(struct memory_state),
	.open = memory_open,
	.close = memory_close,
	.studies = memory_studies,
	.study = memory_study,
	.create = memory_create,
	.redefine = memory_redefine,
	.remove = memory_remove,
	.mark_stopped = memory_mark_stopped,
	.join = memory_join,
	.beat = memory_beat,
	.leave = memory_leave,
	.reap = memory_reap,
	.claim = memory_claim,
	.propose = memory_propose,
	.unclaim = memory_unclaim,
	.annotate = memory_annotate,
	.report = memory_report,
	.finish = memory_finish,
	.insert = memory_insert,
	.changes = memory_changes,
	.trials = memory_trials,
	.reports_since = memory_reports_since,
	.reports_of = memory_reports_of,
	.revision = memory_revision,
};
