/*
 * Presets: strategies that are known together with a pruner. What a study names
 * itself stays.
 */
#include "optimizer/optimizer.h"

#include "base/alloc.h"
#include "strategy/registry.h"
#include "trial/definition.h"

#include <string.h>

static const struct preset {
	const hpo_strategy_ops_t *strategy;
	const char *pruner;
} presets[] = {
	{&hpo__strategy_bohb, "hyperband"},
};

/* The pruner that belongs to a strategy; NULL for none. An unknown one is refused where it is opened. */
static const char *find_pruner(const char *strategy)
{
	const hpo_strategy_ops_t *ops = NULL;

	if (hpo__strategy_find(&ops, strategy, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
		if (strcmp(presets[i].strategy->name, ops->name) == 0)
			return presets[i].pruner;
	}
	return NULL;
}

hpo_status_t hpo__preset_apply(struct hpo_study *study, hpo_error_t *error)
{
	const char *pruner = study->names_pruner ? NULL : find_pruner(study->strategy);
	char *name;
	char *json;

	if (pruner == NULL)
		return HPO_OK;
	name = hpo__strdup(pruner);
	json = hpo__study_choice_json(pruner, NULL, NULL);
	if (name == NULL || json == NULL) {
		hpo__free(name);
		hpo__free(json);
		return hpo__fail_memory(error);
	}
	hpo__free(study->pruner);
	hpo__free(study->pruner_json);
	study->pruner = name;
	study->pruner_json = json;
	return HPO_OK;
}
