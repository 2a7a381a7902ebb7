/*
 * The definition of a study: what a study file says, checked and filled in.
 */
#ifndef HPO_TRIAL_STUDY_H
#define HPO_TRIAL_STUDY_H

#include "space/space.h"
#include "trial/objective.h"

struct hpo_study {
	char *name;
	hpo_space_t *space;
	struct hpo_objectives objectives;
	char *strategy;      /* its name */
	uint64_t seed;
	char *strategy_json; /* the `strategy` object, whole; "{}" for none */
	char *pruner;
	char *pruner_json;
	bool names_pruner;   /* the file or the options say one, be it "none" */
	hpo_limits_t limits; /* 0 where not given; concurrent >= 1, failure_rate in (0, 1] */
	char *task_json;     /* the `task` object, whole; NULL for none */
	char *store;         /* URL; NULL when the file names none */
	bool warm_start;     /* begin with the best points of past studies: all that fit, or */
	char **warm_names;   /* [warm_count] these, if any are named */
	size_t warm_count;
};

/* Parse and check a study file. *out is the caller's: hpo__study_free(). */
hpo_status_t hpo__study_parse(struct hpo_study **out, const char *json, hpo_error_t *error);
/* The same from options. */
hpo_status_t hpo__study_from_options(struct hpo_study **out, const hpo_optimizer_options_t *options,
				     hpo_error_t *error);
void hpo__study_free(struct hpo_study *study);

/* The study file again, with defaults filled in; parse() of it gives the same study. */
void hpo__study_write(const struct hpo_study *study, struct hpo_buffer *out);

/* HPO_EMISMATCH naming the first difference of space or objectives; others may differ. */
hpo_status_t hpo__study_compare(const struct hpo_study *was, const struct hpo_study *is,
				hpo_error_t *error);

#endif
