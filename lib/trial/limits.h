/*
 * The limits of a study: read, checked, written.
 */
#ifndef HPO_TRIAL_LIMITS_H
#define HPO_TRIAL_LIMITS_H

#include "base/json.h"
#include "hpo/optimizer.h"

/* No limit but one trial at a time. */
void hpo__limits_init(hpo_limits_t *limits);
/* Read the `limits` object over what is there; absent is fine. */
hpo_status_t hpo__limits_read(hpo_limits_t *limits, const struct hpo_json_at *at,
			      hpo_error_t *error);
/* Check limits that a program gave, and put the defaults where it gave 0. */
hpo_status_t hpo__limits_complete(hpo_limits_t *limits, hpo_error_t *error);
void hpo__limits_write(const hpo_limits_t *limits, struct hpo_buffer *out);

#endif
