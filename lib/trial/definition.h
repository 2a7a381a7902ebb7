/*
 * The pieces from which a study is made, whether a file or a program gives it.
 */
#ifndef HPO_TRIAL_DEFINITION_H
#define HPO_TRIAL_DEFINITION_H

#include "trial/study.h"

/* What is wrong with a name, as a sentence; NULL for nothing. */
const char *hpo__study_name_fault(const char *name);

/*
 * {"name":…,"seed":…, and the other members of `settings`}: a `strategy` or
 * (`seed` NULL) a `pruner` object. The caller's; NULL: no memory.
 */
char *hpo__study_choice_json(const char *name, const uint64_t *seed, const hpo_json_t *settings);

/* Check and keep the `task` object; absent is fine. */
hpo_status_t hpo__study_read_task(struct hpo_study *study, const struct hpo_json_at *at,
				  hpo_error_t *error);

#endif
