/*
 * Points from the distribution, and round the best point.
 */
#include "strategy/cmaes_inside.h"

#include <math.h>
#include <string.h>

enum {
	INSIDE_DRAWS = 10, /* after so many that leave the cube, they are moved to its surface */
	ALLOWED_DRAWS = 64,
	PLAIN_DRAWS = 16   /* from then on repeats are driven apart, one axis more every few draws */
};

static double clip(double x)
{
	return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* s->mean := a sample, moved to the cube if it stays outside. */
static void draw_reals(struct hpo_cmaes_state *s, hpo_rng_t *rng)
{
	const struct hpo_cmaes_gaussian *g = &s->gaussian;
	bool inside = false;

	for (int tries = 0; !inside && tries < INSIDE_DRAWS; tries++) {
		hpo__cmaes_gaussian_sample(&s->gaussian, rng, s->step);
		inside = true;
		for (size_t i = 0; i < g->n; i++) {
			double x = g->mean[i] + g->sigma * g->scale[i] * s->step[i];

			inside &= s->frame.cells[i] > 0 || (x >= 0 && x <= 1);
			s->mean[i] = clip(x);
		}
	}
}

/* Give `count` axes of cells, by chance, a value by chance. */
static void scatter(struct hpo_cmaes_state *s, size_t count, hpo_rng_t *rng)
{
	for (size_t k = 0; k < count; k++) {
		size_t axis = (size_t)hpo_rng_below(rng, s->dims);
		uint64_t cells = s->ground.axes[axis].cells;

		if (cells > 0)
			s->candidate.point[axis] = hpo_space_cell_centre(
				s->ground.space, axis, hpo_rng_below(rng, cells));
	}
}

static void fill_reals(struct hpo_cmaes_state *s)
{
	for (size_t i = 0; i < s->frame.n; i++)
		s->candidate.point[s->frame.axis[i]] = s->mean[i];
}

bool hpo__cmaes_draw(struct hpo_cmaes_state *s, hpo_rng_t *rng, double *point)
{
	for (size_t tries = 0; tries < ALLOWED_DRAWS; tries++) {
		draw_reals(s, rng);
		fill_reals(s);
		for (size_t k = 0; k < s->choice_count; k++) {
			size_t axis = s->choice_axis[k];
			uint32_t cell = hpo__cmaes_choices_sample(&s->choices, k, rng);

			s->candidate.point[axis] = hpo_space_cell_centre(s->ground.space, axis, cell);
		}
		if (tries >= PLAIN_DRAWS)
			scatter(s, 1 + (tries - PLAIN_DRAWS) / 8, rng);
		hpo__candidate_settle(&s->ground, &s->candidate);
		if (hpo__candidate_is_allowed(&s->ground, &s->candidate)) {
			memcpy(point, s->candidate.point, s->dims * sizeof *point);
			return true;
		}
	}
	return false;
}

/*
 * Gaussian steps whose deviation falls from 0.13 by a factor of exp(6.6) in the
 * end; as published for a budget of 200 trials with 60 steps, E. Munk, "CMA-ES
 * with quasi-random refinement", OptunaHub (2026).
 */
bool hpo__cmaes_refine(struct hpo_cmaes_state *s, double progress, hpo_rng_t *rng, double *point)
{
	double deviation = 0.13 * exp(-6.6 * progress);

	for (size_t tries = 0; tries < ALLOWED_DRAWS; tries++) {
		memcpy(s->candidate.point, s->best_point, s->dims * sizeof *point);
		for (size_t i = 0; i < s->frame.n; i++) {
			double *x = &s->candidate.point[s->frame.axis[i]];

			*x = clip(*x + deviation * hpo_rng_normal(rng));
		}
		/* An axis of cells hardly leaves its cell by such steps: now and then it is made to. */
		if (tries > 0 || hpo_rng_below(rng, 2) == 0)
			scatter(s, 1 + tries / 8, rng);
		hpo__candidate_settle(&s->ground, &s->candidate);
		if (hpo__candidate_is_allowed(&s->ground, &s->candidate)) {
			memcpy(point, s->candidate.point, s->dims * sizeof *point);
			return true;
		}
	}
	return false;
}
