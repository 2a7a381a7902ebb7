/*
 * A store that is open: its table, its state and a lock around them. These
 * wrappers are all that the optimizer uses; each takes the lock.
 */
#ifndef HPO_STORE_STORE_H
#define HPO_STORE_STORE_H

#include "hpo/plugin/store.h"
#include "hpo/store.h"

extern const hpo_store_ops_t hpo__store_memory;
extern const hpo_store_ops_t hpo__store_sqlite;

/* Find by the scheme of a URL. As hpo__strategy_find(). */
hpo_status_t hpo__store_find(const hpo_store_ops_t **out, const char *url, hpo_error_t *error);

/* Open; create 1 makes what is not there. *out is the caller's: hpo_store_close(). */
hpo_status_t hpo__store_open(hpo_store_t **out, const char *url, int create, hpo_error_t *error);

/* The table and the state, between lock and unlock. */
const hpo_store_ops_t *hpo__store_lock(hpo_store_t *store, void **state);
void hpo__store_unlock(hpo_store_t *store);

#endif
