/*
 * The median rule: a trial stops when the best it has reached is worse than the
 * median of the best that whole trials had reached at the same iteration.
 *
 * D. Golovin, B. Solnik, S. Moitra, G. Kochanski, J. Karro and D. Sculley,
 * "Google Vizier: a service for black-box optimization", KDD (2017), section
 * 3.2.2. The warm-up options are those of Optuna.
 */
#include "pruner/quantile.h"
#include "pruner/registry.h"

static const hpo_option_t median_options[] = {
	HPO__QUANTILE_OPTIONS,
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t median_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	(void)error;
	hpo__quantile_init(state, fidelity, 0.5, "median");
	return HPO_OK;
}

const hpo_pruner_ops_t hpo__pruner_median = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "median",
	.state_size = sizeof(struct hpo_quantile),
	.options = median_options,
	.init = median_init,
	.judge = hpo__quantile_judge,
	.configure = hpo__quantile_configure,
	.observe = hpo__quantile_observe,
	.finish = hpo__quantile_finish,
	.forget = hpo__quantile_forget,
	.release = hpo__quantile_release,
};
