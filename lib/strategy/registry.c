/*
 * The strategies by name, over the registry of tables.
 */
#include "strategy/registry.h"

#include "base/registry.h"

static const void *const builtin[] = {
	&hpo__strategy_random,
	&hpo__strategy_grid,
	&hpo__strategy_sobol,
	&hpo__strategy_tpe,
	&hpo__strategy_auto,
	&hpo__strategy_gp,
	&hpo__strategy_bohb,
	&hpo__strategy_forest,
	&hpo__strategy_cmaes,
	&hpo__strategy_nsga2,
	&hpo__strategy_nsga3,
	NULL,
};

/*
 * ClearML's class names keep their meaning: OptimizerOptuna searches by Parzen
 * estimators, and the pruner is a setting of its own here.
 */
static const struct hpo_alias aliases[] = {
	{ "RandomSearch", "random" },
	{ "GridSearch", "grid" },
	{ "OptimizerOptuna", "tpe" },
	{ "OptimizerBOHB", "bohb" },
	{ NULL, NULL },
};

static hpo_status_t check_strategy(const void *table, hpo_error_t *error)
{
	const hpo_strategy_ops_t *ops = table;

	if (ops->init == NULL || ops->suggest == NULL)
		return hpo__fail(error, HPO_EINVAL, "strategy '%s' lacks %s(), which is required",
				 ops->name, ops->init == NULL ? "init" : "suggest");
	return HPO_OK;
}

static hpo_status_t take_no_settings(void *state, const hpo_settings_t *settings,
				     hpo_error_t *error)
{
	(void)state;
	(void)settings;
	(void)error;
	return HPO_OK;
}

static hpo_status_t fold_nothing(void *state, const hpo_history_t *history, size_t index,
				 hpo_error_t *error)
{
	(void)state;
	(void)history;
	(void)index;
	(void)error;
	return HPO_OK;
}

static void release_nothing(void *state)
{
	(void)state;
}

static void complete_strategy(void *table)
{
	hpo_strategy_ops_t *ops = table;

	if (ops->configure == NULL)
		ops->configure = take_no_settings;
	if (ops->observe == NULL)
		ops->observe = fold_nothing;
	if (ops->release == NULL)
		ops->release = release_nothing;
}

static struct hpo_registry strategies = {
	.kind = "strategy",
	.table_size = sizeof(hpo_strategy_ops_t),
	.builtin = builtin,
	.aliases = aliases,
	.check = check_strategy,
	.complete = complete_strategy,
};

hpo_status_t hpo_register_strategy(const hpo_strategy_ops_t *ops, hpo_error_t *error)
{
	hpo__error_clear(error);
	if (ops == NULL)
		return hpo__fail(error, HPO_EINVAL, "no strategy was given to register");
	return hpo__registry_add(&strategies, ops, error);
}

hpo_status_t hpo__strategy_find(const hpo_strategy_ops_t **out, const char *name,
				hpo_error_t *error)
{
	const void *table = NULL;
	hpo_status_t status;

	*out = NULL;
	status = hpo__registry_find(&strategies, name, &table, error);
	if (status == HPO_OK)
		*out = table;
	return status;
}

const char *hpo__strategy_name(size_t index)
{
	return hpo__registry_name(&strategies, index);
}
