/*
 * The evolution strategy: covariance matrix adaptation over real, integer and
 * categorical axes at once.
 *
 * R. Hamano and others, "CatCMA with margin: stochastic optimization for
 * continuous, integer, and categorical variables", GECCO (2025), over N. Hansen's
 * CMA-ES. The parts, each with its citation: cmaes_gaussian.c, cmaes_margin.c,
 * cmaes_choices.c, cmaes_rate.c, cmaes_restart.c, cmaes_start.c, cmaes_fold.c,
 * cmaes_draw.c.
 *
 * A few points that cover the space come first, the distribution begins round
 * the best of them, and the last part of a known budget is spent on ever smaller
 * steps round the best point of all.
 */
#include "strategy/cmaes_inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

enum {
	WILD_ATTEMPT = 8,   /* from this refusal on, a proposal is a random point */
	SEPARABLE_FROM = 101 /* axes from which C is its diagonal */
};

/* An axis with more cells than this is a continuum to a Gaussian. */
static const double most_cells = 1e9;

const char hpo__cmaes_arm[] = "cmaes";

static const hpo_option_t cmaes_options[] = {
	{ "population", HPO_OPTION_INT, 0, 0, 4096,
	  "trials of a generation; 0 for 4 + 3 ln(axes), and grown by restarts" },
	{ "sigma", HPO_OPTION_FLOAT, 0.2, 0.001, 1,
	  "standard deviation at the start, as a share of a parameter's range" },
	{ "startup_trials", HPO_OPTION_INT, 8, 0, 1e6,
	  "trials with a value before the first generation, which begins at the best of them" },
	{ "restarts", HPO_OPTION_BOOL, 1, 0, 1,
	  "begin again elsewhere when a run has nothing more to give" },
	{ "refinement", HPO_OPTION_FLOAT, 0.25, 0, 0.9,
	  "share of a known limit of trials, its last, for small steps round the best point" },
	{ "adapt_rates", HPO_OPTION_BOOL, 0, 0, 1,
	  "learn more slowly the noisier or more rugged the objective is, for thousands of trials" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static void cmaes_release(void *state)
{
	struct hpo_cmaes_state *s = state;

	hpo__ground_release(&s->ground);
	hpo__cmaes_gaussian_release(&s->gaussian);
	hpo__cmaes_rates_release(&s->rates);
	hpo__cmaes_choices_release(&s->choices);
	hpo__candidate_release(&s->candidate);
	hpo__free(s->generation.steps);
	hpo__free(s->generation.idle);
	hpo__free(s->generation.cells);
	hpo__free(s->generation.ranks);
	hpo__free(s->generation.order);
	hpo__free(s->frame.axis);
	hpo__free(s->frame.cells);
	hpo__free(s->choice_axis);
	hpo__free(s->best_point);
	hpo__free(s->mean);
}

/* Which axes are real, and which are choices: categories, and what has two values. */
static void sort_axes(struct hpo_cmaes_state *s, size_t *choice_cells, size_t *margined)
{
	*margined = 0;
	for (size_t i = 0; i < s->dims; i++) {
		const hpo_axis_t *axis = &s->ground.axes[i];

		if (axis->cells == 1)
			continue;
		if (axis->kind == HPO_AXIS_CATEGORICAL || axis->cells == 2) {
			choice_cells[s->choice_count] = (size_t)axis->cells;
			s->choice_axis[s->choice_count++] = i;
			continue;
		}
		s->frame.cells[s->frame.n] = (double)axis->cells <= most_cells ? axis->cells : 0;
		*margined += s->frame.cells[s->frame.n] > 0;
		s->frame.axis[s->frame.n++] = i;
	}
	*margined += s->choice_count;
}

/* The margin of "CatCMA with margin": a sample leaves some cell with probability 0.27. */
static double margin_of(size_t margined)
{
	return margined > 0 ? 1 - pow(0.73, 1 / (double)margined) : 0;
}

static hpo_status_t lay_out(struct hpo_cmaes_state *s, size_t *choice_cells, hpo_error_t *error)
{
	size_t margined;
	hpo_status_t status;

	sort_axes(s, choice_cells, &margined);
	s->frame.space = s->ground.space;
	s->frame.alpha = margin_of(margined);
	status = hpo__cmaes_gaussian_init(&s->gaussian, s->frame.n, s->frame.n >= SEPARABLE_FROM,
					  error);
	if (status == HPO_OK)
		status = hpo__cmaes_choices_init(&s->choices, choice_cells, s->choice_count,
						 s->frame.alpha, error);
	return status;
}

static size_t usual_population(const struct hpo_cmaes_state *s)
{
	double axes = (double)(s->frame.n + s->choice_count);

	return 4 + (size_t)(3 * log(axes > 1 ? axes : 1));
}

static hpo_status_t cmaes_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct hpo_cmaes_state *s = state;
	size_t *choice_cells;
	hpo_status_t status;

	s->best = (struct hpo_cmaes_rank){ HPO_CMAES_FAILED, INFINITY, INFINITY };
	s->newest = s->stale = -1;
	s->dims = hpo_space_dims(space);
	choice_cells = hpo__calloc(s->dims, sizeof *choice_cells);
	s->frame.axis = hpo__calloc(s->dims, sizeof *s->frame.axis);
	s->frame.cells = hpo__calloc(s->dims, sizeof *s->frame.cells);
	s->choice_axis = hpo__calloc(s->dims, sizeof *s->choice_axis);
	s->best_point = hpo__calloc(s->dims, sizeof *s->best_point);
	s->mean = hpo__calloc(2 * s->dims, sizeof *s->mean);
	if (choice_cells == NULL || s->frame.axis == NULL || s->frame.cells == NULL ||
	    s->choice_axis == NULL || s->best_point == NULL || s->mean == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	s->step = s->mean + s->dims;
	status = hpo__ground_init(&s->ground, space, error);
	if (status == HPO_OK)
		status = hpo__candidate_init(&s->candidate, s->dims, error);
	if (status == HPO_OK)
		status = lay_out(s, choice_cells, error);
	if (status == HPO_OK)
		hpo__cmaes_restart_init(&s->restart, usual_population(s), 0.2);
done:
	hpo__free(choice_cells);
	return status;
}

static hpo_status_t cmaes_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct hpo_cmaes_state *s = state;
	size_t population = (size_t)hpo_settings_number(settings, "population");

	s->sigma = hpo_settings_number(settings, "sigma");
	s->startup = (size_t)hpo_settings_number(settings, "startup_trials");
	s->restarts = hpo_settings_number(settings, "restarts") > 0;
	s->refinement = hpo_settings_number(settings, "refinement");
	s->adapts_rates = hpo_settings_number(settings, "adapt_rates") > 0;
	if (population == 0)
		population = usual_population(s);
	hpo__cmaes_restart_init(&s->restart, population < 4 ? 4 : population, s->sigma);
	return s->adapts_rates ? hpo__cmaes_rates_init(&s->rates, &s->gaussian, error) : HPO_OK;
}

static hpo_status_t cmaes_observe(void *state, const hpo_history_t *history, size_t index,
				  hpo_error_t *error)
{
	return hpo__cmaes_fold(state, history, index, error);
}

/* How far the last part of the budget is spent, 0 … 1; negative before it. */
static double refined(const struct hpo_cmaes_state *s, const hpo_history_t *history, int64_t number)
{
	double budget = (double)hpo_history_budget(history);
	double begin = budget - floor(s->refinement * budget);

	if (budget <= 0 || begin >= budget || s->best.grade != HPO_CMAES_COMPLETED)
		return -1;
	return ((double)number - begin) / (budget - begin);
}

static hpo_status_t cmaes_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				  hpo_proposal_t *out, hpo_error_t *error)
{
	struct hpo_cmaes_state *s = state;
	hpo_status_t status = hpo__ground_hold(&s->ground, history, error);
	double progress = refined(s, history, out->number);
	bool found = false;

	if (status < 0)
		return status;
	if (s->valued < s->startup && !s->started) {
		out->arm = "start";
		hpo__candidate_begin(&s->ground, history, rng, out);
		return HPO_OK;
	}
	if (!s->started)
		status = hpo__cmaes_start(s, history, hpo_history_count(history), error);
	if (status < 0)
		return status;

	if (out->attempt < WILD_ATTEMPT && progress >= 0) {
		out->arm = "refine";
		found = hpo__cmaes_refine(s, progress, rng, out->point);
	} else if (out->attempt < WILD_ATTEMPT) {
		out->arm = hpo__cmaes_arm;
		found = hpo__cmaes_draw(s, rng, out->point);
	}
	if (!found) {
		out->arm = "random";
		hpo__candidate_draw(&s->ground, rng, &s->candidate);
		memcpy(out->point, s->candidate.point, s->dims * sizeof *out->point);
	}
	return HPO_OK;
}

const hpo_strategy_ops_t hpo__strategy_cmaes = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "cmaes",
	.state_size = sizeof(struct hpo_cmaes_state),
	.options = cmaes_options,
	.init = cmaes_init,
	.suggest = cmaes_suggest,
	.configure = cmaes_configure,
	.observe = cmaes_observe,
	.release = cmaes_release,
};
