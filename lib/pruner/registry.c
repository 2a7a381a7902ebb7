/*
 * The pruners by name, over the registry of tables.
 */
#include "pruner/registry.h"

#include "base/registry.h"

static const void *const builtin[] = {
	&hpo__pruner_none,
	&hpo__pruner_median,
	&hpo__pruner_percentile,
	&hpo__pruner_asha,
	&hpo__pruner_hyperband,
	&hpo__pruner_threshold,
	&hpo__pruner_patient,
	&hpo__pruner_wilcoxon,
	NULL,
};

static hpo_status_t check_pruner(const void *table, hpo_error_t *error)
{
	const hpo_pruner_ops_t *ops = table;

	if (ops->init == NULL || ops->judge == NULL)
		return hpo__fail(error, HPO_EINVAL, "pruner '%s' lacks %s(), which is required",
				 ops->name, ops->init == NULL ? "init" : "judge");
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

static hpo_status_t note_nothing(void *state, int64_t trial, int64_t iteration, double loss,
				 hpo_error_t *error)
{
	(void)state;
	(void)trial;
	(void)iteration;
	(void)loss;
	(void)error;
	return HPO_OK;
}

static void ignore_trial(void *state, int64_t trial)
{
	(void)state;
	(void)trial;
}

static int64_t promote_none(void *state, const int64_t *paused, size_t count, int last)
{
	(void)state;
	(void)paused;
	(void)count;
	(void)last;
	return -1;
}

static void release_nothing(void *state)
{
	(void)state;
}

static void complete_pruner(void *table)
{
	hpo_pruner_ops_t *ops = table;

	if (ops->configure == NULL)
		ops->configure = take_no_settings;
	if (ops->observe == NULL)
		ops->observe = note_nothing;
	if (ops->finish == NULL)
		ops->finish = ignore_trial;
	if (ops->forget == NULL)
		ops->forget = ignore_trial;
	if (ops->release == NULL)
		ops->release = release_nothing;
	if (ops->diverge == NULL)
		ops->diverge = note_nothing;
	if (ops->promote == NULL)
		ops->promote = promote_none;
	if (ops->resume == NULL)
		ops->resume = ignore_trial;
}

static struct hpo_registry pruners = {
	.kind = "pruner",
	.table_size = sizeof(hpo_pruner_ops_t),
	.builtin = builtin,
	.check = check_pruner,
	.complete = complete_pruner,
};

hpo_status_t hpo_register_pruner(const hpo_pruner_ops_t *ops, hpo_error_t *error)
{
	hpo__error_clear(error);
	if (ops == NULL)
		return hpo__fail(error, HPO_EINVAL, "no pruner was given to register");
	return hpo__registry_add(&pruners, ops, error);
}

hpo_status_t hpo__pruner_find(const hpo_pruner_ops_t **out, const char *name, hpo_error_t *error)
{
	const void *table = NULL;
	hpo_status_t status;

	*out = NULL;
	status = hpo__registry_find(&pruners, name, &table, error);
	if (status == HPO_OK)
		*out = table;
	return status;
}

const char *hpo__pruner_name(size_t index)
{
	return hpo__registry_name(&pruners, index);
}
