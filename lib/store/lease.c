/*
 * The rules of leases that all stores share.
 */
#include "store/lease.h"

#include "base/error.h"
#include "os/clock.h"
#include "os/identity.h"

#include <string.h>

enum hpo_standing hpo__lease_standing(int32_t state, int64_t epoch, int64_t epoch_of_result)
{
	/* Each holder has an epoch of its own: an equal one means that there was no other since. */
	if (epoch != epoch_of_result)
		return HPO__LATE;
	if (state == HPO_TRIAL_RUNNING)
		return HPO__HELD;
	return state == HPO_TRIAL_WAITING ? HPO__RELEASED : HPO__LATE;
}

bool hpo__lease_is_over(const char *host, const char *boot, double until_boot_s)
{
	struct hpo_identity self;

	if (host == NULL || boot == NULL)
		return true;
	hpo__identity_self(&self);
	if (strcmp(boot, self.boot) == 0)
		return hpo__clock_boot() >= until_boot_s;
	return strcmp(host, self.host) == 0;
}

hpo_status_t hpo__insert_check(const hpo_trial_row_t *rows, size_t count, hpo_error_t *error)
{
	for (size_t i = 0; i < count; i++) {
		const hpo_trial_row_t *row = &rows[i];

		if (row->state < HPO_TRIAL_WAITING || row->state > HPO_TRIAL_FAILED ||
		    row->state == HPO_TRIAL_RUNNING)
			return hpo__fail(error, HPO_EINVAL,
					 "a trial cannot be inserted in state %d: it waits or has "
					 "ended",
					 row->state);
		if (row->params == NULL)
			return hpo__fail(error, HPO_EINVAL,
					 "a trial cannot be inserted without parameters");
	}
	return HPO_OK;
}

hpo_status_t hpo__finish_check(const hpo_finish_row_t *row, hpo_error_t *error)
{
	if (row->state < HPO_TRIAL_WAITING || row->state > HPO_TRIAL_FAILED ||
	    row->state == HPO_TRIAL_RUNNING)
		return hpo__fail(
			error, HPO_EINVAL,
			"trial %lld cannot end in state %d: it completes, is pruned, fails "
			"or waits again",
			(long long)row->number, row->state);
	return HPO_OK;
}
