/*
 * The strategies by name: our own, registered ones, and modules loaded on demand.
 */
#ifndef HPO_STRATEGY_REGISTRY_H
#define HPO_STRATEGY_REGISTRY_H

#include "hpo/plugin/strategy.h"

extern const hpo_strategy_ops_t hpo__strategy_random;
extern const hpo_strategy_ops_t hpo__strategy_grid;
extern const hpo_strategy_ops_t hpo__strategy_sobol;
extern const hpo_strategy_ops_t hpo__strategy_tpe;
extern const hpo_strategy_ops_t hpo__strategy_auto;
extern const hpo_strategy_ops_t hpo__strategy_gp;
extern const hpo_strategy_ops_t hpo__strategy_bohb;
extern const hpo_strategy_ops_t hpo__strategy_forest;
extern const hpo_strategy_ops_t hpo__strategy_cmaes;
extern const hpo_strategy_ops_t hpo__strategy_nsga2;
extern const hpo_strategy_ops_t hpo__strategy_nsga3;

/*
 * Find by name or alias (ClearML's class names too). Absent optional methods
 * are filled in, so that nobody tests for NULL. HPO_EINVAL names the nearest
 * and lists the known ones. *out lives as long as the process.
 */
hpo_status_t hpo__strategy_find(const hpo_strategy_ops_t **out, const char *name,
				hpo_error_t *error);

/* The name at `index` among the built-in and registered ones, NULL after the last. */
const char *hpo__strategy_name(size_t index);

#endif
