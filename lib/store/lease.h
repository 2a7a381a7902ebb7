/*
 * The rules of leases that all stores share, in one place.
 */
#ifndef HPO_STORE_LEASE_H
#define HPO_STORE_LEASE_H

#include "hpo/plugin/store.h"

#include <stdbool.h>

/* How an attempt stands to its trial when its result comes. */
enum hpo_standing {
	HPO__HELD,     /* it still holds the trial: the result counts */
	HPO__RELEASED, /* it lost the trial and nobody took it: the result counts */
	HPO__LATE      /* the trial has ended or has another holder */
};

enum hpo_standing hpo__lease_standing(int32_t state, int64_t epoch, int64_t epoch_of_result);

/*
 * Whether an ownerless lease is over. Time is counted from boot, so that no
 * change of the wall clock ends one early or late; after a reboot of the machine
 * that gave it, it is over. What another machine gave is never ours to end.
 */
bool hpo__lease_is_over(const char *host, const char *boot, double until_boot_s);

/* Refuse what cannot be inserted: HPO_EINVAL. */
hpo_status_t hpo__insert_check(const hpo_trial_row_t *rows, size_t count, hpo_error_t *error);
/* Refuse a state in which no attempt ends: HPO_EINVAL. */
hpo_status_t hpo__finish_check(const hpo_finish_row_t *row, hpo_error_t *error);

#endif
