/*
 * The pruners by name: our own, registered ones, and modules loaded on demand.
 */
#ifndef HPO_PRUNER_REGISTRY_H
#define HPO_PRUNER_REGISTRY_H

#include "hpo/plugin/pruner.h"

extern const hpo_pruner_ops_t hpo__pruner_none;
extern const hpo_pruner_ops_t hpo__pruner_median;
extern const hpo_pruner_ops_t hpo__pruner_percentile;
extern const hpo_pruner_ops_t hpo__pruner_asha;
extern const hpo_pruner_ops_t hpo__pruner_hyperband;
extern const hpo_pruner_ops_t hpo__pruner_threshold;
extern const hpo_pruner_ops_t hpo__pruner_patient;
extern const hpo_pruner_ops_t hpo__pruner_wilcoxon;

/*
 * Find by name or alias. Absent optional methods
 * are filled in, so that nobody tests for NULL. HPO_EINVAL names the nearest
 * and lists the known ones. *out lives as long as the process.
 */
hpo_status_t hpo__pruner_find(const hpo_pruner_ops_t **out, const char *name,
				hpo_error_t *error);

/* The name at `index` among the built-in and registered ones, NULL after the last. */
const char *hpo__pruner_name(size_t index);

#endif
