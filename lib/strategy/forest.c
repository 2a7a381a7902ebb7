/*
 * Optimisation with a random forest as the model of the losses.
 *
 * F. Hutter, H. H. Hoos and K. Leyton-Brown, "Sequential model-based
 * optimization for general algorithm configuration", LION 5 (2011): fit a
 * forest to what ended, propose the point of the largest expected improvement,
 * and now and then a random one, for the model may be wrong everywhere.
 *
 * A forest needs no notion of distance, so categories and conditions cost it
 * nothing: whether an axis is active is a question that a tree may ask. It
 * has one for values; one for measured constraints, if there are any, which
 * gives the probability that all hold; and one for failures, from the first
 * failure on. A running trial is believed to end as the model predicts.
 *
 * Nothing is kept from tell to tell but which points are taken: each
 * suggestion fits anew, to a bounded number of trials.
 */
#include "strategy/forest.h"

#include "base/error.h"
#include "strategy/registry.h"

#include <string.h>

enum {
	TREES = 20,
	TREES_LEAST = 10,
	TREES_ROWS = 200, /* from here on there are fewer trees, down to the least */
	RANDOM = 500,	  /* candidates */
	WILD_ATTEMPT = 3, /* from this refusal on, a proposal is a random point */
	AXES_MOST = 32	  /* tried at a node in spaces of very many axes */
};

static const hpo_option_t forest_options[] = {
	{ "startup_trials", HPO_OPTION_INT, 10, 2, 1e6,
	  "trials with a value before the model proposes; until then points cover the space evenly" },
	{ "trees", HPO_OPTION_INT, TREES, 1, 200, "trees of a forest" },
	{ "candidates", HPO_OPTION_INT, RANDOM, 1, 100000,
	  "random points looked at for one proposal, besides the local searches" },
	{ "random_share", HPO_OPTION_FLOAT, 0.05, 0, 1, "share of proposals that are random" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static void forest_release(void *state)
{
	struct hpo_smac *s = state;

	hpo__ground_release(&s->ground);
	hpo__lesson_release(&s->lesson);
	hpo__forest_release(&s->value);
	hpo__forest_release(&s->margin);
	hpo__forest_release(&s->success);
	hpo__candidate_release(&s->now);
	hpo__candidate_release(&s->next);
	hpo__candidate_release(&s->here);
	hpo__candidate_release(&s->best);
}

/*
 * One random cut an axis, and every tree sees all rows: they differ by their cuts alone,
 * and their mean is near to piecewise linear (Geurts et al. 2006). Samples with
 * replacement, as SMAC takes them, found worse points on our problems at the same cost.
 */
static hpo_status_t make_forests(struct hpo_smac *s, hpo_error_t *error)
{
	const size_t dims = s->ground.dims;
	const struct hpo_forest_options options = { s->trees, 1, 1, dims < AXES_MOST ? dims : AXES_MOST,
						    false };
	struct hpo_forest_options gentle = options;
	hpo_status_t status;

	gentle.leaf_least = 2;
	hpo__forest_release(&s->value);
	hpo__forest_release(&s->margin);
	hpo__forest_release(&s->success);
	status = hpo__forest_init(&s->value, s->ground.axes, dims, &options, error);
	if (status == HPO_OK)
		status = hpo__forest_init(&s->margin, s->ground.axes, dims, &options, error);
	if (status == HPO_OK)
		status = hpo__forest_init(&s->success, s->ground.axes, dims, &gentle, error);
	return status;
}

static hpo_status_t forest_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct hpo_smac *s = state;
	struct hpo_candidate *candidates[] = { &s->now, &s->next, &s->here, &s->best };
	hpo_status_t status = hpo__ground_init(&s->ground, space, error);

	s->startup = 10;
	s->trees = TREES;
	s->random_candidates = RANDOM;
	s->random_share = 0.05;
	if (status == HPO_OK)
		status = hpo__lesson_init(&s->lesson, s->ground.dims, error);
	if (status == HPO_OK)
		status = make_forests(s, error);
	for (size_t i = 0; status == HPO_OK && i < sizeof candidates / sizeof *candidates; i++)
		status = hpo__candidate_init(candidates[i], s->ground.dims, error);
	return status;
}

static hpo_status_t forest_configure(void *state, const hpo_settings_t *settings,
				     hpo_error_t *error)
{
	struct hpo_smac *s = state;

	s->startup = (size_t)hpo_settings_number(settings, "startup_trials");
	s->random_candidates = (size_t)hpo_settings_number(settings, "candidates");
	s->random_share = hpo_settings_number(settings, "random_share");
	s->trees = (size_t)hpo_settings_number(settings, "trees");
	return make_forests(s, error);
}

static hpo_status_t forest_observe(void *state, const hpo_history_t *history, size_t index,
				   hpo_error_t *error)
{
	struct hpo_smac *s = state;
	hpo_status_t status = hpo__ground_observe(&s->ground, history, index, error);

	if (status < 0)
		return status;
	s->observed++;
	s->valued += hpo__outcome(history, index) != HPO__OUTCOME_FAILED;
	return HPO_OK;
}

static hpo_status_t fit_value(struct hpo_smac *s, size_t count, hpo_rng_t *rng, hpo_error_t *error)
{
	const struct hpo_forest_data data = { s->lesson.points, s->lesson.active, s->lesson.y,
					      count };

	return hpo__forest_fit(&s->value, &data, rng, error);
}

/* Fit; predict what runs; fit again as if that had come true (kriging believer). */
static hpo_status_t fit_believing(struct hpo_smac *s, const hpo_history_t *history,
				  hpo_rng_t *rng, hpo_error_t *error)
{
	struct hpo_lesson *lesson = &s->lesson;
	const size_t pending = hpo_history_pending(history);
	const size_t count = pending < HPO__SMAC_BELIEVERS ? pending : HPO__SMAC_BELIEVERS;
	const size_t first = pending - count;
	const size_t dims = s->ground.dims;
	hpo_status_t status = fit_value(s, lesson->rows, rng, error);

	if (status < 0 || count == 0)
		return status;
	memcpy(lesson->points + lesson->rows * dims,
	       hpo_history_pending_points(history) + first * dims,
	       count * dims * sizeof *lesson->points);
	memcpy(lesson->active + lesson->rows * dims,
	       hpo_history_pending_active(history) + first * dims, count * dims);
	for (size_t k = 0; k < count; k++) {
		const size_t row = lesson->rows + k;
		double variance;

		hpo__forest_predict(&s->value, lesson->points + row * dims,
				    lesson->active + row * dims, &lesson->y[row], &variance);
	}
	return fit_value(s, lesson->rows + count, rng, error);
}

/* Fit the forest of margins, in which a failed trial is as far beyond its bounds as can be. */
static hpo_status_t fit_margin(struct hpo_smac *s, hpo_rng_t *rng, hpo_error_t *error)
{
	struct hpo_lesson *lesson = &s->lesson;
	const struct hpo_forest_data data = { lesson->points, lesson->active, lesson->y,
					      lesson->rows };

	for (size_t k = 0; k < lesson->rows; k++)
		lesson->y[k] = lesson->outcome[lesson->row[k]] == HPO__OUTCOME_FAILED
				       ? 1
				       : lesson->margin[lesson->row[k]];
	return hpo__forest_fit(&s->margin, &data, rng, error);
}

static hpo_status_t fit_success(struct hpo_smac *s, hpo_rng_t *rng, hpo_error_t *error)
{
	struct hpo_lesson *lesson = &s->lesson;
	const struct hpo_forest_data data = { lesson->points, lesson->active, lesson->y,
					      lesson->rows };

	for (size_t k = 0; k < lesson->rows; k++)
		lesson->y[k] = lesson->outcome[lesson->row[k]] != HPO__OUTCOME_FAILED;
	return hpo__forest_fit(&s->success, &data, rng, error);
}

/* Larger trees are smoother, and dearer: there may be fewer of them. */
static size_t count_trees(const struct hpo_smac *s)
{
	const size_t fewer = s->lesson.rows > TREES_ROWS ? s->trees * TREES_ROWS / s->lesson.rows
							 : s->trees;
	const size_t least = s->trees < TREES_LEAST ? s->trees : TREES_LEAST;

	return fewer > least ? fewer : least;
}

/* The value forest comes last, for the search begins at the rows with the best targets. */
static hpo_status_t fit(struct hpo_smac *s, const hpo_history_t *history, hpo_rng_t *rng,
			hpo_error_t *error)
{
	struct hpo_lesson *lesson = &s->lesson;
	hpo_status_t status = hpo__lesson_learn(lesson, history, rng, error);

	if (status < 0)
		return status;
	s->value.options.trees = count_trees(s);
	s->uses_margin = lesson->bounded;
	s->uses_success = lesson->failed > 0;
	s->uses_value = lesson->has_best;
	if (s->uses_margin)
		status = fit_margin(s, rng, error);
	if (status == HPO_OK && s->uses_success)
		status = fit_success(s, rng, error);
	for (size_t k = 0; k < lesson->rows; k++)
		lesson->y[k] = lesson->target[lesson->row[k]];
	if (status == HPO_OK)
		status = fit_believing(s, history, rng, error);
	return status;
}

/* Where most trials fail, the model has to do with fewer values. */
static bool is_starting(const struct hpo_smac *s)
{
	return s->valued < s->startup && (s->valued < 2 || s->observed < 4 * s->startup);
}

static hpo_status_t forest_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				   hpo_proposal_t *out, hpo_error_t *error)
{
	struct hpo_smac *s = state;
	hpo_status_t status = hpo__ground_hold(&s->ground, history, error);

	if (status < 0)
		return status;
	if (out->attempt < WILD_ATTEMPT && is_starting(s)) {
		out->arm = "start";
		hpo__candidate_begin(&s->ground, history, rng, out);
		return HPO_OK;
	}
	if (out->attempt >= WILD_ATTEMPT || hpo_rng_uniform(rng) < s->random_share) {
		out->arm = "random";
		hpo__candidate_draw(&s->ground, rng, &s->now);
		memcpy(out->point, s->now.point, s->ground.dims * sizeof *out->point);
		return HPO_OK;
	}
	status = fit(s, history, rng, error);
	if (status == HPO_OK)
		hpo__smac_search(s, rng, out->point);
	return status;
}

const hpo_strategy_ops_t hpo__strategy_forest = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "forest",
	.state_size = sizeof(struct hpo_smac),
	.options = forest_options,
	.init = forest_init,
	.suggest = forest_suggest,
	.configure = forest_configure,
	.observe = forest_observe,
	.release = forest_release,
};
