/*
 * The store that is gone with its handle: studies in memory, private to it.
 *
 * Kept small, because ten thousand trials of a long search live here: a trial is
 * one row of about a hundred bytes in a chunk, and one block that holds its
 * texts behind one another. Rows are threaded by the order of their last change,
 * so that reading what changed costs what changed.
 */
#include "store/memory.h"
#include "base/alloc.h"
#include "base/error.h"
#include "os/clock.h"
#include "os/identity.h"
#include "store/store.h"

#include <string.h>

static void free_study(struct hpo_mem_study *study)
{
	if (study == NULL)
		return;
	for (uint32_t i = 0; i < study->count; i++)
		hpo__free(hpo__mem_row(study, i)->texts);
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
	hpo__free(study->attributes);
	hpo__free(study);
}

hpo_status_t hpo__mem_find(struct hpo_memory *s, int64_t id, struct hpo_mem_study **out,
			   hpo_error_t *error)
{
	for (*out = s->studies; *out != NULL; *out = (*out)->next) {
		if ((*out)->id == id)
			return HPO_OK;
	}
	return hpo__fail(error, HPO_ENOTFOUND, "the study was deleted from its store");
}

/* A trial by number; HPO_ENOTFOUND. */
hpo_status_t hpo__mem_find_trial(struct hpo_memory *s, int64_t id, int64_t number,
				 struct hpo_mem_study **out, hpo_error_t *error)
{
	hpo_status_t status = hpo__mem_find(s, id, out, error);

	if (status < 0)
		return status;
	if (number < 0 || number >= (*out)->count)
		return hpo__fail(error, HPO_ENOTFOUND, "study '%s' has no trial %lld", (*out)->name,
				 (long long)number);
	return HPO_OK;
}

static hpo_status_t give_study(const struct hpo_mem_study *study, hpo_study_row_fn fn, void *user)
{
	hpo_study_row_t row = {
		.struct_size = sizeof row,
		.stopped = study->stopped,
		.id = study->id,
		.name = study->name,
		.definition = study->definition,
		.attributes = study->attributes,
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
	struct hpo_memory *s = state;

	while (s->studies != NULL) {
		struct hpo_mem_study *next = s->studies->next;

		free_study(s->studies);
		s->studies = next;
	}
}

static hpo_status_t memory_studies(void *state, hpo_study_row_fn fn, void *user, hpo_error_t *error)
{
	struct hpo_memory *s = state;
	hpo_status_t status = HPO_OK;

	(void)error;
	for (struct hpo_mem_study *study = s->studies; study != NULL && status >= 0;
	     study = study->next)
		status = give_study(study, fn, user);
	return status;
}

static hpo_status_t memory_study(void *state, const char *name, hpo_study_row_fn fn, void *user,
				 hpo_error_t *error)
{
	struct hpo_memory *s = state;

	for (struct hpo_mem_study *study = s->studies; study != NULL; study = study->next) {
		if (strcmp(study->name, name) == 0)
			return give_study(study, fn, user);
	}
	return hpo__fail(error, HPO_ENOTFOUND, "the store has no study '%s'", name);
}

static hpo_status_t memory_create(void *state, const char *name, const char *definition,
				  int *created, hpo_error_t *error)
{
	struct hpo_memory *s = state;
	struct hpo_mem_study **place = &s->studies;
	struct hpo_mem_study *study;

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
	hpo__identity_name(study->worker, sizeof study->worker);
	study->id = ++s->last_id;
	study->created_s = hpo__clock_wall();
	study->oldest = study->newest = HPO__MEM_NONE;
	study->next = *place;
	*place = study;
	*created = 1;
	return HPO_OK;
}

static hpo_status_t memory_redefine(void *state, int64_t id, const char *definition,
				    hpo_error_t *error)
{
	struct hpo_mem_study *study;
	char *copy;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0 || strcmp(study->definition, definition) == 0)
		return status;
	copy = hpo__strdup(definition);
	if (copy == NULL)
		return hpo__fail_memory(error);
	/* The old one is not kept: nobody but this handle could ask for it. */
	hpo__free(study->definition);
	study->definition = copy;
	study->redefined = ++study->revision;
	return HPO_OK;
}

static hpo_status_t memory_remove(void *state, int64_t id, hpo_error_t *error)
{
	struct hpo_memory *s = state;
	struct hpo_mem_study **place = &s->studies;
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(s, id, &study, error);

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
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0 || study->stopped == (stopped != 0))
		return status;
	study->stopped = stopped != 0;
	study->revision++;
	return HPO_OK;
}

static hpo_status_t memory_revision(void *state, int64_t id, int64_t *revision, int *stopped,
				    hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0)
		return status;
	*revision = study->revision;
	*stopped = study->stopped;
	return HPO_OK;
}

static hpo_status_t memory_join(void *state, int64_t id, int64_t *worker, hpo_error_t *error)
{
	struct hpo_memory *s = state;
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(s, id, &study, error);

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

static hpo_status_t memory_describe(void *state, int64_t id, const char *attributes,
				    hpo_error_t *error)
{
	struct hpo_mem_study *study;
	char *copy;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0)
		return status;
	copy = hpo__strdup(attributes);
	if (copy == NULL)
		return hpo__fail_memory(error);
	hpo__free(study->attributes);
	study->attributes = copy;
	study->revision++;
	return HPO_OK;
}

static hpo_status_t memory_redefined(void *state, int64_t id, int64_t since, hpo_study_row_fn fn,
				     void *user, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0 || study->redefined <= since)
		return status;
	return give_study(study, fn, user);
}

/* Nobody else can see this store: all its workers are this process. */
static hpo_status_t memory_workers(void *state, int64_t id, hpo_worker_row_fn fn, void *user,
				   hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);
	hpo_worker_row_t row = {.struct_size = sizeof row, .alive = 1, .id = 1};

	if (status < 0 || ((struct hpo_memory *)state)->last_worker == 0)
		return status;
	row.name = study->worker;
	row.running = study->counts[HPO_TRIAL_RUNNING];
	return fn(&row, user);
}

static hpo_status_t memory_leave(void *state, int64_t id, int64_t worker, hpo_error_t *error)
{
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	if (status < 0)
		return status;
	for (uint32_t i = 0; i < study->count && study->counts[HPO_TRIAL_RUNNING] > 0; i++) {
		if (hpo__mem_row(study, i)->state == HPO_TRIAL_RUNNING &&
		    hpo__mem_row(study, i)->worker == worker)
			hpo__mem_release(study, i);
	}
	return HPO_OK;
}

/* Nobody else works here: only ownerless leases can be over. */
static hpo_status_t memory_reap(void *state, int64_t id, int64_t worker, int64_t *count,
				hpo_error_t *error)
{
	double now = hpo__clock_boot();
	int64_t running;
	struct hpo_mem_study *study;
	hpo_status_t status = hpo__mem_find(state, id, &study, error);

	(void)worker;
	*count = 0;
	if (status < 0)
		return status;
	running = study->counts[HPO_TRIAL_RUNNING];
	for (uint32_t i = study->count; i-- > 0 && running > 0;) {
		const struct hpo_mem_row *row = hpo__mem_row(study, i);

		if (row->state != HPO_TRIAL_RUNNING)
			continue;
		running--;
		if (row->worker != 0 || now < row->lease_until)
			continue;
		hpo__mem_release(study, i);
		++*count;
	}
	return HPO_OK;
}

const hpo_store_ops_t hpo__store_memory = {
	.struct_size = sizeof(hpo_store_ops_t),
	.name = "memory",
	.state_size = sizeof(struct hpo_memory),
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
	.claim = hpo__memory_claim,
	.resume = hpo__memory_resume,
	.propose = hpo__memory_propose,
	.unclaim = hpo__memory_unclaim,
	.annotate = hpo__memory_annotate,
	.report = hpo__memory_report,
	.finish = hpo__memory_finish,
	.insert = hpo__memory_insert,
	.changes = hpo__memory_changes,
	.trials = hpo__memory_trials,
	.reports_since = hpo__memory_reports_since,
	.reports_of = hpo__memory_reports_of,
	.revision = memory_revision,
	.stop_trial = hpo__memory_stop_trial,
	.workers = memory_workers,
	.describe = memory_describe,
	.redefined = memory_redefined,
};
