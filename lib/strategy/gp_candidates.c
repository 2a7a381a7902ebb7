/*
 * Where the search for the best proposal begins: points over the whole space
 * and points near what has been good.
 */
#include "math/sobol.h"
#include "strategy/gp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOP = 5,           /* points that others are drawn near */
	FRONT_TOP = 24,    /* of a front */
	EXACT = 64,        /* candidates whose bound is worth the exact value */
	MOVED_AXES = 20,   /* at most so many axes move at once, in the mean */
	EXCHANGED = 96     /* neighbours of the best that differ from it in one axis */
};

/* How far numeric axes move from a good point, as deviations. */
static const double scales[] = { 0.2, 0.07, 0.02, 0.005 };

/* A place for one more candidate: filled by the caller, then kept by `accept`. */
static double *next_point(struct gp_candidates *c, size_t dims)
{
	return c->points + c->count * dims;
}

static void hold_to_branch(const struct gp_state *s, double *point)
{
	const struct hpo_gp_branch *branch = &s->rows.branch;

	if (branch->is_on)
		point[branch->axis] =
			hpo_space_cell_centre(s->ground.space, branch->axis, branch->cell);
}

static void accept(struct gp_state *s)
{
	struct gp_candidates *c = &s->candidates;
	double *point = next_point(c, s->dims);
	uint8_t *active = c->active + c->count * s->dims;

	hold_to_branch(s, point);
	c->count += (size_t)hpo__gp_settle(s, point, active);
}

static void add_cover(struct gp_state *s, size_t count, uint64_t seed)
{
	for (size_t k = 0; k < count; k++) {
		double *point = next_point(&s->candidates, s->dims);

		for (size_t i = 0; i < s->dims; i++)
			point[i] = hpo__sobol(k + 1, i, seed);
		accept(s);
	}
}

/* The rows of the lowest rank, best first. Returns how many. */
static size_t find_top(const struct gp_state *s, size_t *top)
{
	const size_t most = s->goals > 1 ? FRONT_TOP : TOP;
	size_t count = 0;

	for (size_t i = 0; i < s->rows.chosen_count; i++) {
		size_t place = count < most ? count++ : most;

		while (place > 0 && s->rank[i] < s->rank[top[place - 1]]) {
			if (place < most)
				top[place] = top[place - 1];
			place--;
		}
		if (place < most)
			top[place] = i;
	}
	return count;
}

static const double *row_point(const struct gp_state *s, size_t row)
{
	return hpo_history_points(s->history) + s->rows.first[s->rows.chosen[row]] * s->dims;
}

/* Another value of one axis: any category, or a step of this deviation, at least one cell. */
static double move(const struct gp_state *s, size_t axis, double from, double scale, hpo_rng_t *rng)
{
	const hpo_axis_t *about = &s->ground.axes[axis];
	double step = hpo_rng_normal(rng) * scale;
	double to;

	if (about->kind == HPO_AXIS_CATEGORICAL)
		return hpo_rng_uniform(rng);
	if (about->cells > 0 && fabs(step) * (double)about->cells < 1)
		step = (step < 0 ? -1.0 : 1.0) / (double)about->cells;
	to = from + step;
	if (to < 0 || to > 1)
		to = from - step;
	return fmin(fmax(to, 0), 1);
}

/* A good point with some of its axes moved. */
static void add_near(struct gp_state *s, const double *from, double scale, hpo_rng_t *rng)
{
	double *point = next_point(&s->candidates, s->dims);
	const double d = (double)s->dims;
	/* All numeric axes, or a few: both kinds of step are needed in many dimensions. */
	const double share = hpo_rng_uniform(rng) < 0.5 ? fmin(1, MOVED_AXES / d) : fmin(1, 2 / d);
	const size_t certain = (size_t)hpo_rng_below(rng, s->dims);

	for (size_t i = 0; i < s->dims; i++) {
		double odds = s->ground.axes[i].kind == HPO_AXIS_CATEGORICAL ? fmin(share, 1.5 / d)
									      : share;

		point[i] = from[i];
		if (i == certain || hpo_rng_uniform(rng) < odds)
			point[i] = move(s, i, from[i], scale, rng);
	}
	accept(s);
}

static void add_cross(struct gp_state *s, const double *a, const double *b, hpo_rng_t *rng)
{
	double *point = next_point(&s->candidates, s->dims);

	for (size_t i = 0; i < s->dims; i++)
		point[i] = hpo_rng_uniform(rng) < 0.5 ? a[i] : b[i];
	accept(s);
}

/* Neighbours that differ in one axis from a point. */
static void add_exchanges(struct gp_state *s, const double *from, hpo_rng_t *rng)
{
	for (size_t k = 0; k < EXCHANGED; k++) {
		double *point = next_point(&s->candidates, s->dims);
		size_t axis = k % s->dims;

		memcpy(point, from, s->dims * sizeof *point);
		point[axis] = hpo_rng_uniform(rng);
		accept(s);
	}
}

/* Put the first `count` of the order in descending order of value; ties by index. */
static void sort_order(struct gp_candidates *c, size_t count)
{
	for (size_t gap = count / 2; gap > 0; gap /= 2) {
		for (size_t i = gap; i < count; i++) {
			size_t it = c->order[i];
			size_t k = i;

			for (; k >= gap; k -= gap) {
				size_t other = c->order[k - gap];

				if (c->value[other] > c->value[it] ||
				    (c->value[other] == c->value[it] && other < it))
					break;
				c->order[k] = other;
			}
			c->order[k] = it;
		}
	}
}

void hpo__gp_candidates_rank(struct gp_state *s)
{
	struct gp_candidates *c = &s->candidates;
	size_t exact;

	for (size_t i = 0; i < c->count; i++) {
		c->value[i] = hpo__gp_acquisition_bound(s, c->points + i * s->dims,
							c->active + i * s->dims);
		c->order[i] = i;
	}
	sort_order(c, c->count);
	exact = c->count < EXACT ? c->count : EXACT;
	for (size_t k = 0; k < exact; k++) {
		size_t i = c->order[k];

		c->value[i] = hpo__gp_acquisition(s, c->points + i * s->dims,
						  c->active + i * s->dims);
	}
	sort_order(c, exact);
	c->count = exact;
}

void hpo__gp_candidates_make(struct gp_state *s, hpo_rng_t *rng)
{
	const size_t most = s->candidates.capacity - EXCHANGED - 1;
	size_t top[FRONT_TOP];
	size_t tops = find_top(s, top);

	s->candidates.count = 0;
	add_cover(s, most / 2, hpo_rng_u64(rng));
	for (size_t k = 0; tops > 0 && k < most / 2; k++) {
		const double *good = row_point(s, top[k % tops]);

		if (k % 8 == 7)
			add_cross(s, good, row_point(s, top[hpo_rng_below(rng, tops)]),
				  rng);
		else
			add_near(s, good, scales[k % (sizeof scales / sizeof *scales)], rng);
	}
	if (tops > 0)
		add_exchanges(s, row_point(s, top[0]), rng);
}
