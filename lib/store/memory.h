/*
 * The inside of the store in memory: its rows, and what its files share.
 */
#ifndef HPO_STORE_MEMORY_H
#define HPO_STORE_MEMORY_H

#include "hpo/plugin/store.h"

#include <stdbool.h>

enum { HPO__MEM_CHUNK = 256 }; /* rows */

/* "none" where a 32-bit index is kept. */
#define HPO__MEM_NONE UINT32_MAX

/* One trial. `texts` holds those of the eight texts whose bit is set in `present`. */
struct hpo_mem_row {
	double created_s, started_s, ended_s, compute_s;
	double lease_until; /* of an ownerless lease, by the clock since boot */
	int64_t epoch, told, seen, revision, iteration;
	uint64_t hash; /* of params */
	char *texts;
	int32_t worker;
	int32_t attempt, failures, late;
	uint32_t older, newer; /* neighbours in the order of change */
	uint8_t state, source, present;
	uint8_t stopping; /* its driver is asked to stop it */
};

struct hpo_mem_report {
	double value;
	int64_t iteration;
	uint32_t trial;
	uint32_t earlier; /* report of the same trial, HPO__MEM_NONE before the first */
	uint32_t metric;
	int32_t attempt;
};

struct hpo_mem_study {
	struct hpo_mem_study *next; /* by name */
	int64_t id;
	char *name;
	char *definition;
	char *attributes; /* or NULL */
	char worker[96];  /* "host:pid" of this process, which is everybody */
	int64_t redefined; /* revision of the last change of the definition */
	double created_s, compute_s;
	int64_t revision, told, epoch;
	int64_t counts[5];
	int stopped;

	struct hpo_mem_row **chunks; /* [chunk_capacity], HPO__MEM_CHUNK rows each */
	size_t chunk_count, chunk_capacity;
	uint32_t count;		 /* trials */
	uint32_t oldest, newest; /* ends of the order of change */
	uint32_t lowest_waiting; /* no waiting trial that is not paused has a lower number */
	bool pauses;             /* a trial was paused, at least once */

	uint32_t *slots; /* [slot_count], a power of 2: open addressing over params */
	size_t slot_count, slots_used;

	struct hpo_mem_report *reports; /* [report_count]; number i has the sequence i + 1 */
	size_t report_count, report_capacity;
	uint32_t *last_report; /* [last_capacity] by trial */
	size_t last_capacity;
	char **metrics; /* [metric_count] */
	size_t metric_count, metric_capacity;
};

struct hpo_memory {
	struct hpo_mem_study *studies;
	int64_t last_id;
	int32_t last_worker;
};

/* memory_row.c. The row of a trial. */
struct hpo_mem_row *hpo__mem_row(const struct hpo_mem_study *study, uint32_t number);

/* The texts of a row in one block (NULL for none); *present says which. */
hpo_status_t hpo__mem_pack(const hpo_trial_row_t *row, char **out, uint8_t *present);
/* The row as others see it; its texts are borrowed from the store. */
void hpo__mem_unpack(const struct hpo_mem_study *study, uint32_t number, hpo_trial_row_t *out);
/* Replace the texts of a row by those of `with`; nothing changes when memory is out. */
hpo_status_t hpo__mem_repack(struct hpo_mem_row *row, const hpo_trial_row_t *with,
			     hpo_error_t *error);

/* Out of the order of change, and in as its newest. */
void hpo__mem_unlink(struct hpo_mem_study *study, uint32_t number);
void hpo__mem_link(struct hpo_mem_study *study, uint32_t number);
/* The trial changed: it gets the next revision. */
void hpo__mem_touch(struct hpo_mem_study *study, uint32_t number);
/* The same, into another state; the counts follow. */
void hpo__mem_set_state(struct hpo_mem_study *study, uint32_t number, int32_t state);
/* Its holder is gone: it waits again. One that never got params never ran. */
void hpo__mem_release(struct hpo_mem_study *study, uint32_t number);

/* Room for one more row; a row at the end, without params; that row away again. */
hpo_status_t hpo__mem_make_room(struct hpo_mem_study *study);
uint32_t hpo__mem_add(struct hpo_mem_study *study, int32_t state);
void hpo__mem_drop_last(struct hpo_mem_study *study);

/* Room in the index of params for one more. */
hpo_status_t hpo__mem_grow_slots(struct hpo_mem_study *study);
/* Whether a trial other than `number` has exactly these params. */
bool hpo__mem_is_taken(const struct hpo_mem_study *study, const char *params, uint32_t number);
/* Note that `number` has these params; there is room for it. */
void hpo__mem_note_params(struct hpo_mem_study *study, uint32_t number, const char *params);

/* memory.c. A study by its id, a trial by its number; HPO_ENOTFOUND. */
hpo_status_t hpo__mem_find(struct hpo_memory *s, int64_t id, struct hpo_mem_study **out,
			   hpo_error_t *error);
hpo_status_t hpo__mem_find_trial(struct hpo_memory *s, int64_t id, int64_t number,
				 struct hpo_mem_study **out, hpo_error_t *error);

/* The methods, by file. memory_claim.c: */
hpo_status_t hpo__memory_claim(void *state, int64_t id, int64_t worker, int64_t limit,
			       double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error);
hpo_status_t hpo__memory_resume(void *state, int64_t study, int64_t worker, int64_t number,
				double lease_s, hpo_trial_row_fn fn, void *user,
				hpo_error_t *error);
hpo_status_t hpo__memory_propose(void *state, int64_t id, const hpo_trial_row_t *row, int unique,
				 hpo_error_t *error);
hpo_status_t hpo__memory_unclaim(void *state, int64_t id, int64_t number, int64_t epoch,
				 hpo_error_t *error);

/* memory_trial.c */
hpo_status_t hpo__memory_stop_trial(void *state, int64_t id, int64_t number, hpo_error_t *error);
hpo_status_t hpo__memory_annotate(void *state, int64_t id, const hpo_trial_row_t *row,
				  hpo_error_t *error);
hpo_status_t hpo__memory_finish(void *state, int64_t id, const hpo_finish_row_t *end, int *late,
				hpo_error_t *error);
hpo_status_t hpo__memory_insert(void *state, int64_t id, const hpo_trial_row_t *rows, size_t count,
				int64_t *out, hpo_error_t *error);
hpo_status_t hpo__memory_changes(void *state, int64_t id, int64_t since, hpo_trial_row_fn fn,
				 void *user, hpo_error_t *error);
hpo_status_t hpo__memory_trials(void *state, int64_t id, int64_t first, int64_t last,
				hpo_trial_row_fn fn, void *user, hpo_error_t *error);

/* memory_report.c */
hpo_status_t hpo__memory_report(void *state, int64_t id, const hpo_report_row_t *rows, size_t count,
				hpo_error_t *error);
hpo_status_t hpo__memory_reports_since(void *state, int64_t id, int64_t since, hpo_report_row_fn fn,
				       void *user, hpo_error_t *error);
hpo_status_t hpo__memory_reports_of(void *state, int64_t id, int64_t number, hpo_report_row_fn fn,
				    void *user, hpo_error_t *error);

#endif
