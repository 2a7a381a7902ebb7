/*
 * Studies that were found in a store, kept beyond the callback, and their
 * records: what the functions that look into a store share.
 */
#ifndef HPO_STORE_FOUND_H
#define HPO_STORE_FOUND_H

#include "base/error.h"
#include "store/store.h"
#include "trial/record.h"

/* A study that was found, owned: what a callback must keep beyond its call. */
struct hpo_found {
	int64_t id;
	char *name;
	char *definition;
	char *attributes;
	hpo_study_row_t row; /* its texts are the three above */
};

struct hpo_found_list {
	struct hpo_found *list; /* [count] */
	size_t count, capacity;
};

void hpo__found_release(struct hpo_found *found);

/* Callbacks of the reading methods, into a struct hpo_found or a list of them. */
hpo_status_t hpo__found_keep(const hpo_study_row_t *row, void *user);
hpo_status_t hpo__found_keep_in_list(const hpo_study_row_t *row, void *user);
void hpo__found_list_release(struct hpo_found_list *all);

/* What a callback of ours returned is known only by its code: say it in words too. */
hpo_status_t hpo__store_explain(hpo_status_t status, hpo_error_t *error);

/* A study by its name; release `found` also after a failure. */
hpo_status_t hpo__store_find_study(hpo_store_t *store, const char *name, struct hpo_found *found,
				   hpo_error_t *error);

/* Read all of a study. The store is locked. */
hpo_status_t hpo__store_read(const hpo_store_ops_t *ops, void *state,
			     const struct hpo_found *found, hpo_records_parts_t parts,
			     hpo_records_t **out, hpo_error_t *error);

#endif
