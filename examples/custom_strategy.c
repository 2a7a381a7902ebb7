/*
 * Adds a strategy of its own, and searches with it. Start yours from this file.
 *
 * This one climbs: it takes a step from the best point so far, shorter each
 * time. All it knows is in the history, so a resumed search goes on as it was.
 */
#include <hpo.h>
#include <hpo/plugin/strategy.h>
#include <stdio.h>
#include <stdlib.h>

struct climb_state {
	size_t dims; /* d */
	double step; /* standard deviation of the first step, in widths of the space */
};

static hpo_status_t climb_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct climb_state *s = state;

	(void)error;
	s->dims = hpo_space_dims(space);
	return HPO_OK;
}

static hpo_status_t climb_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct climb_state *s = state;

	(void)error;
	s->step = hpo_settings_number(settings, "step");
	return HPO_OK;
}

/* The row of the smallest first loss; n when no trial has one. NaN compares as larger. */
static size_t find_best(const hpo_history_t *history)
{
	const double *losses = hpo_history_losses(history); /* [n][m] */
	size_t n = hpo_history_count(history);
	size_t m = hpo_history_objectives(history);
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		double loss = losses[i * m];

		if (loss == loss && (best == n || loss < losses[best * m]))
			best = i;
	}
	return best;
}

static hpo_status_t climb_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				  hpo_proposal_t *out, hpo_error_t *error)
{
	const struct climb_state *s = state;
	size_t n = hpo_history_count(history);
	size_t best = find_best(history);
	const double *centre = hpo_history_points(history) + best * s->dims; /* [d] */
	double step = s->step / (1 + (double)n / 8);

	(void)error;
	for (size_t i = 0; i < s->dims; i++) {
		double x = best == n ? hpo_rng_uniform(rng) : centre[i] + step * hpo_rng_normal(rng);

		out->point[i] = x < 0 ? 0 : x > 1 ? 1 : x; /* the unit cube */
	}
	return HPO_OK;
}

static const hpo_option_t climb_options[] = {
	{"step", HPO_OPTION_FLOAT, 0.2, 0.001, 1, "First step, in widths of the space."},
	{NULL, HPO_OPTION_FLOAT, 0, 0, 0, NULL},
};

static const hpo_strategy_ops_t climb = {
	.struct_size = sizeof climb,
	.name = "climb",
	.state_size = sizeof(struct climb_state),
	.options = climb_options,
	.init = climb_init,
	.configure = climb_configure,
	.suggest = climb_suggest,
};

static hpo_status_t hill(hpo_trial_t *trial, double *values, void *user)
{
	double x, y;

	(void)user;
	if (hpo_trial_get_float(trial, "x", &x, NULL) < 0 ||
	    hpo_trial_get_float(trial, "y", &y, NULL) < 0)
		return HPO_EUSER;
	values[0] = 1 - (x - 1) * (x - 1) - (y + 2) * (y + 2);
	return HPO_OK;
}

int main(void)
{
	hpo_optimizer_t *optimizer = NULL;
	hpo_progress_t progress = {.struct_size = sizeof progress};
	hpo_error_t error;

	if (hpo_register_strategy(&climb, &error) < 0 ||
	    hpo_optimizer_from_json(&optimizer,
		"{\"objectives\": [{\"series\": \"height\", \"goal\": \"max\"}],"
		" \"parameters\": [{\"name\": \"x\", \"type\": \"float\", \"low\": -5, \"high\": 5},"
		"                {\"name\": \"y\", \"type\": \"float\", \"low\": -5, \"high\": 5}],"
		" \"strategy\": {\"name\": \"climb\", \"seed\": 1, \"step\": 0.3},"
		" \"limits\": {\"trials\": 100}}", &error) < 0 ||
	    hpo_optimizer_run(optimizer, hill, NULL, 1, &error) < 0 ||
	    hpo_optimizer_progress(optimizer, &progress, &error) < 0) {
		fprintf(stderr, "%s\n", error.message);
		return EXIT_FAILURE;
	}
	printf("%d steps, the highest point is at %.4f of 1\n", (int)progress.completed,
	       progress.best_value);
	hpo_optimizer_free(optimizer);
	return EXIT_SUCCESS;
}
