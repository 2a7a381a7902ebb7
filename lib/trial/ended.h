/*
 * When and why a study has ended, as far as its records tell.
 */
#ifndef HPO_TRIAL_ENDED_H
#define HPO_TRIAL_ENDED_H

#include "trial/goal.h"
#include "trial/record.h"

/* A phrase; "" while there is more to do. HPO_ENOMEM. */
hpo_status_t hpo__records_ended(const hpo_records_t *records, char reason[HPO__GOAL_SIZE],
			       hpo_error_t *error);

/* When a trial ended last, in seconds since 1970; 0: none has. */
double hpo__records_last_end(const hpo_records_t *records);

#endif
