/*
 * The words for the states of a trial, in every output and every store.
 */
#include "hpo/trial.h"

static const char *const words[] = {
	[HPO_TRIAL_WAITING] = "waiting",     [HPO_TRIAL_RUNNING] = "running",
	[HPO_TRIAL_COMPLETED] = "completed", [HPO_TRIAL_PRUNED] = "pruned",
	[HPO_TRIAL_FAILED] = "failed",
};

const char *hpo_trial_state_text(hpo_trial_state_t state)
{
	int index = (int)state; /* what a caller casts may be below 0 */

	if (index < 0 || index > HPO_TRIAL_FAILED)
		return NULL;
	return words[index];
}
