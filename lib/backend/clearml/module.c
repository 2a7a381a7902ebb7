/*
 * The door by which the library loads this backend.
 */
#include "backend/clearml/backend.h"

HPO_API hpo_status_t hpo_module_init(hpo_error_t *error);

hpo_status_t hpo_module_init(hpo_error_t *error)
{
	return hpo_register_backend(&hpo__backend_clearml, error);
}
