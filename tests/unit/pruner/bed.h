/*
 * What the tests of pruners set up: one pruner with settings, fed by hand.
 */
#ifndef HPO_TESTS_UNIT_PRUNER_BED_H
#define HPO_TESTS_UNIT_PRUNER_BED_H

#include "base/alloc.h"
#include "base/option.h"
#include "pruner/registry.h"

#include <check.h>
#include <string.h>

struct bed {
	const hpo_pruner_ops_t *ops;
	void *state;
	hpo_verdict_t verdict; /* of the last report */
	hpo_error_t error;
};

/* As an optimizer makes it; `settings` is a JSON object, NULL for the defaults. */
static inline hpo_status_t bed_open(struct bed *bed, const char *name,
				    const hpo_fidelity_t *fidelity, const char *settings)
{
	hpo_json_t *tree = NULL;
	hpo_settings_t *read = NULL;
	struct hpo_json_at at;
	hpo_status_t status;

	memset(bed, 0, sizeof *bed);
	status = hpo__pruner_find(&bed->ops, name, &bed->error);
	if (status >= 0 && settings != NULL)
		status = hpo__json_parse(&tree, settings, strlen(settings), "settings",
					 &bed->error);
	at = hpo__json_root(tree);
	if (status >= 0)
		status = hpo__settings_new(&read, bed->ops->options, &at, NULL, &bed->error);
	if (status >= 0) {
		bed->state = hpo__calloc(1, bed->ops->state_size + 1);
		status = bed->state != NULL ? bed->ops->init(bed->state, fidelity, &bed->error)
					    : HPO_ENOMEM;
	}
	if (status >= 0)
		status = bed->ops->configure(bed->state, read, &bed->error);
	hpo__settings_free(read);
	hpo__json_free(tree);
	return status;
}

static inline void bed_begin(struct bed *bed, const char *name, int64_t min_iteration,
			     int64_t max_iteration, const char *settings)
{
	const hpo_fidelity_t fidelity = { min_iteration, max_iteration, 0, 1 };

	ck_assert_msg(bed_open(bed, name, &fidelity, settings) == HPO_OK, "%s",
		      bed->error.message);
}

static inline void bed_end(struct bed *bed)
{
	if (bed->state != NULL)
		bed->ops->release(bed->state);
	hpo__free(bed->state);
	bed->state = NULL;
}

static inline hpo_status_t bed_try_report(struct bed *bed, int64_t trial, int64_t iteration,
					  double loss)
{
	hpo_status_t status =
		bed->ops->observe(bed->state, trial, iteration, loss, &bed->error);

	memset(&bed->verdict, 0, sizeof bed->verdict);
	if (status >= 0)
		status = bed->ops->judge(bed->state, trial, &bed->verdict, &bed->error);
	return status;
}

/* Whether the pruner would stop the trial after this report. */
static inline int bed_report(struct bed *bed, int64_t trial, int64_t iteration, double loss)
{
	ck_assert_int_eq(bed_try_report(bed, trial, iteration, loss), HPO_OK);
	return bed->verdict.stop;
}

/* The iteration, from 1 on, at which losses reported one after the other stop; 0 if none does. */
static inline size_t bed_run(struct bed *bed, int64_t trial, const double *losses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bed_report(bed, trial, (int64_t)i + 1, losses[i]))
			return i + 1;
	}
	return 0;
}

#endif
