/*
 * The percentile rule: the median rule with another bar than the half. A trial
 * stops unless the best it has reached is among the best so many per cent of
 * what whole trials had reached at the same iteration.
 *
 * D. Golovin, B. Solnik, S. Moitra, G. Kochanski, J. Karro and D. Sculley,
 * "Google Vizier: a service for black-box optimization", KDD (2017), section
 * 3.2.2, for the rule; the percentile as in Optuna. Between two trials the bar
 * lies in proportion (type 7 of R. Hyndman and Y. Fan, "Sample quantiles in
 * statistical packages", The American Statistician 50 (1996)).
 */
#include "pruner/quantile.h"
#include "pruner/registry.h"

#include <stdio.h>

struct percentile_state {
	struct hpo_quantile quantile; /* first: its methods are given the whole */
	char label[32];
};

static const hpo_option_t percentile_options[] = {
	{ "percentile", HPO_OPTION_FLOAT, 25, 0, 100,
	  "per cent of whole trials that a trial must be among; the less, the more are stopped" },
	HPO__QUANTILE_OPTIONS,
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static void set_percentile(struct percentile_state *s, double percentile)
{
	s->quantile.share = percentile / 100;
	snprintf(s->label, sizeof s->label, "percentile %g", percentile);
}

static hpo_status_t percentile_init(void *state, const hpo_fidelity_t *fidelity,
				    hpo_error_t *error)
{
	struct percentile_state *s = state;

	(void)error;
	hpo__quantile_init(&s->quantile, fidelity, 0.25, s->label);
	set_percentile(s, 25);
	return HPO_OK;
}

static hpo_status_t percentile_configure(void *state, const hpo_settings_t *settings,
					 hpo_error_t *error)
{
	set_percentile(state, hpo_settings_number(settings, "percentile"));
	return hpo__quantile_configure(state, settings, error);
}

const hpo_pruner_ops_t hpo__pruner_percentile = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "percentile",
	.state_size = sizeof(struct percentile_state),
	.options = percentile_options,
	.init = percentile_init,
	.judge = hpo__quantile_judge,
	.configure = percentile_configure,
	.observe = hpo__quantile_observe,
	.finish = hpo__quantile_finish,
	.forget = hpo__quantile_forget,
	.release = hpo__quantile_release,
};
