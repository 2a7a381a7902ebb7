/*
 * The backends by name.
 */
#include "backend/registry.h"

#include "base/registry.h"

static hpo_status_t check_table(const void *table, hpo_error_t *error)
{
	const hpo_backend_ops_t *ops = table;

	if (ops->open == NULL || ops->clone == NULL || ops->enqueue == NULL || ops->poll == NULL)
		return hpo__fail(error, HPO_EINVAL,
				 "backend '%s' lacks a required method: open, "
				 "clone, enqueue and poll must be there",
				 ops->name);
	if (ops->enter != NULL && (ops->report == NULL || ops->leave == NULL))
		return hpo__fail(error, HPO_EINVAL,
				 "backend '%s' has enter without report and leave", ops->name);
	return HPO_OK;
}

static void complete_table(void *table)
{
	hpo_backend_ops_t *ops = table;

	if (ops->abort == NULL)
		ops->abort = hpo__backend_default_abort;
	if (ops->forget == NULL)
		ops->forget = hpo__backend_default_forget;
	if (ops->archive == NULL)
		ops->archive = hpo__backend_default_archive;
	if (ops->attach == NULL)
		ops->attach = hpo__backend_default_attach;
	if (ops->publish == NULL)
		ops->publish = hpo__backend_default_publish;
	if (ops->descriptor == NULL)
		ops->descriptor = hpo__backend_default_descriptor;
	if (ops->wake == NULL)
		ops->wake = hpo__backend_default_wake;
	if (ops->close == NULL)
		ops->close = hpo__backend_default_close;
	if (ops->configure == NULL)
		ops->configure = hpo__backend_default_configure;
	if (ops->enter == NULL)
		ops->enter = hpo__backend_default_enter;
	if (ops->check == NULL)
		ops->check = hpo__backend_default_check;
}

static const void *const builtin[] = {&hpo__backend_process, NULL};

static struct hpo_registry registry = {
	.kind = "backend",
	.table_size = sizeof(hpo_backend_ops_t),
	.builtin = builtin,
	.check = check_table,
	.complete = complete_table,
};

hpo_status_t hpo_register_backend(const hpo_backend_ops_t *ops, hpo_error_t *error)
{
	hpo__error_clear(error);
	return hpo__registry_add(&registry, ops, error);
}

hpo_status_t hpo__backend_find(const hpo_backend_ops_t **out, const char *name, hpo_error_t *error)
{
	const void *table = NULL;
	hpo_status_t status = hpo__registry_find(&registry, name, &table, error);

	*out = table;
	return status;
}

const char *hpo__backend_name(size_t index)
{
	return hpo__registry_name(&registry, index);
}
