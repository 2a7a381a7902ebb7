/*
 * The default strategy: a portfolio that needs no choosing.
 *
 * No method wins on every problem (C. Benjamins et al., "carps: a framework for
 * comparing N hyperparameter optimizers on M benchmarks", arXiv:2506.06143), so
 * several propose and those that do well propose more. How much each has to say
 * before anything is known follows from the space and the number of trials: a
 * Gaussian process as long as its cost allows, a forest beside it where there
 * are choices and conditions, evolution where trials are many. In a noisy study
 * some trials repeat good configurations (replicate.h).
 */
#include "base/alloc.h"
#include "base/error.h"
#include "strategy/portfolio.h"
#include "strategy/registry.h"
#include "strategy/replicate.h"

#include <math.h>

enum arm { ARM_GP, ARM_TPE, ARM_FOREST, ARM_CMAES, ARM_NSGA2, ARM_COUNT };

static const struct hpo_member members[ARM_COUNT] = {
	[ARM_GP] = { &hpo__strategy_gp, "gp, in place of another" },
	[ARM_TPE] = { &hpo__strategy_tpe, "tpe, in place of another" },
	[ARM_FOREST] = { &hpo__strategy_forest, "forest, in place of another" },
	[ARM_CMAES] = { &hpo__strategy_cmaes, "cmaes, in place of another" },
	[ARM_NSGA2] = { &hpo__strategy_nsga2, "nsga2, in place of another" },
};

/* What a space is like, as far as it decides who proposes. */
enum terrain {
	TERRAIN_SMOOTH,   /* mostly numbers with many values */
	TERRAIN_BRANCHED, /* choices, conditions, or numbers with few values */
	TERRAIN_COUNT
};

/* Numbers with at most so many values are steps rather than a slope. */
enum { FEW_CELLS = 24 };

/*
 * Shares of the arms up to a number of trials with a value: by what the surrogates cost, and by
 * what algorithms won at that number in the comparisons that doc/strategies.md reports.
 */
struct period {
	size_t below;
	double shares[ARM_COUNT];
};

static const struct period smooth_periods[] = {
	{ 400, { 0.80, 0.05, 0.00, 0.15, 0 } },
	{ 1500, { 0.55, 0.15, 0.00, 0.30, 0 } },
	{ SIZE_MAX, { 0.05, 0.25, 0.00, 0.70, 0 } },
};

static const struct period branched_periods[] = {
	{ 40, { 1.00, 0.00, 0.00, 0.00, 0 } },
	{ 400, { 0.75, 0.05, 0.20, 0.00, 0 } },
	{ 1500, { 0.40, 0.35, 0.25, 0.00, 0 } },
	{ SIZE_MAX, { 0.05, 0.60, 0.15, 0.20, 0 } },
};

/* With several objectives evolution passes on at little cost what the Gaussian process found. */
static const struct period several_periods[] = {
	{ 400, { 0.75, 0.10, 0.00, 0.00, 0.15 } },
	{ 1000, { 0.25, 0.10, 0.00, 0.00, 0.65 } },
	{ SIZE_MAX, { 0.02, 0.05, 0.00, 0.00, 0.93 } },
};

struct auto_state {
	struct hpo_portfolio arms;
	struct hpo_replicate replicate;
	enum terrain terrain;
};

static const hpo_option_t auto_options[] = {
	{ "effort", HPO_OPTION_FLOAT, 1, 0.1, 10,
	  "how much is computed for a proposal, in multiples of the usual" },
	{ "replicate", HPO_OPTION_BOOL, 1, 0, 1,
	  "1: in a noisy study, repeat good configurations to tell which is best; 0: never" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static enum terrain survey(const hpo_space_t *space)
{
	const size_t dims = hpo_space_dims(space);
	size_t coarse = 0;

	for (size_t i = 0; i < dims; i++) {
		hpo_axis_t axis;

		hpo_space_axis(space, i, &axis);
		if (axis.parent >= 0 || (axis.kind == HPO_AXIS_CATEGORICAL && axis.cells > 1))
			return TERRAIN_BRANCHED;
		coarse += axis.cells > 1 && axis.cells <= FEW_CELLS;
	}
	return 2 * coarse > dims ? TERRAIN_BRANCHED : TERRAIN_SMOOTH;
}

static void auto_release(void *state)
{
	struct auto_state *s = state;

	hpo__portfolio_release(&s->arms);
	hpo__replicate_release(&s->replicate);
}

static hpo_status_t auto_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct auto_state *s = state;
	hpo_status_t status;

	s->terrain = survey(space);
	status = hpo__replicate_init(&s->replicate, space, error);
	if (status < 0)
		return status;
	return hpo__portfolio_init(&s->arms, members, ARM_COUNT, space, error);
}

static hpo_status_t auto_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct auto_state *s = state;

	s->replicate.enabled = hpo_settings_number(settings, "replicate") != 0;
	return hpo__portfolio_configure(&s->arms, settings, error);
}

static hpo_status_t auto_observe(void *state, const hpo_history_t *history, size_t index,
				 hpo_error_t *error)
{
	struct auto_state *s = state;
	hpo_status_t status = hpo__replicate_observe(&s->replicate, history, index, error);

	if (status < 0)
		return status;
	return hpo__portfolio_observe(&s->arms, history, index, error);
}

/* How many objectives are to be made small, bounds not counted. */
static size_t count_goals(const hpo_history_t *history)
{
	size_t goals = 0;

	for (size_t j = 0; j < hpo_history_objectives(history); j++)
		goals += isnan(hpo_history_bounds(history)[j]);
	return goals;
}

static const double *shares_at(const struct auto_state *s, const hpo_history_t *history)
{
	const struct period *period = count_goals(history) > 1         ? several_periods
				      : s->terrain == TERRAIN_BRANCHED ? branched_periods
								       : smooth_periods;

	while (s->arms.ranks.valued >= period->below)
		period++;
	return period->shares;
}

static hpo_status_t auto_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				 hpo_proposal_t *out, hpo_error_t *error)
{
	struct auto_state *s = state;

	if (out->attempt == 0 && count_goals(history) == 1 &&
	    hpo__replicate_suggest(&s->replicate, history, out))
		return HPO_OK;
	return hpo__portfolio_suggest(&s->arms, shares_at(s, history), history, rng, out, error);
}

const hpo_strategy_ops_t hpo__strategy_auto = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "auto",
	.state_size = sizeof(struct auto_state),
	.options = auto_options,
	.init = auto_init,
	.suggest = auto_suggest,
	.configure = auto_configure,
	.observe = auto_observe,
	.release = auto_release,
};
