/*
 * Where the models promise most: the search for the largest expected improvement.
 *
 * A forest has no gradient, and its surface is flat in places. So many random
 * points are looked at, and from the best of these and the best trials a local
 * search goes uphill among neighbours that differ in one axis: another category,
 * the next cells, or a normal step (F. Hutter, H. H. Hoos and K. Leyton-Brown,
 * LION 5 (2011), section 4.3). It may cross a flat stretch, a few steps long.
 */
#include "strategy/forest.h"

#include "math/normal.h"

#include <math.h>
#include <string.h>

enum {
	STARTS = 6,	   /* local searches from the best trials, and one from a random point */
	STEPS = 16,	   /* of one local search at most */
	FLAT_STEPS = 6,	   /* of them without a gain, in a row */
	NUMERIC_DRAWS = 4, /* neighbours on a numeric axis */
	CHOICE_DRAWS = 8,  /* on a category axis, unless it has fewer others */
	EVALUATIONS = 2000 /* of all local searches of one proposal */
};
static const double step_sd = 0.2;

/* What the models promise of a settled point; -inf of one that may not be proposed. */
static double score_of(const struct hpo_smac *s, const struct hpo_candidate *candidate)
{
	double score = 0;
	double mean;
	double variance;

	if (!hpo__candidate_is_allowed(&s->ground, candidate))
		return -INFINITY;
	if (s->uses_value) {
		hpo__forest_predict(&s->value, candidate->point, candidate->active, &mean,
				    &variance);
		score = hpo__log_ei(mean, sqrt(variance + 1e-10), s->lesson.best);
	}
	if (s->uses_margin) {
		hpo__forest_predict(&s->margin, candidate->point, candidate->active, &mean,
				    &variance);
		score += hpo__normal_log_cdf(-mean / sqrt(variance + 1e-6));
	}
	if (s->uses_success) {
		hpo__forest_predict(&s->success, candidate->point, candidate->active, &mean,
				    &variance);
		score += log(fmax(mean, 0.01));
	}
	return score;
}

/* Keep it if it is the best of all. */
static void offer(struct hpo_smac *s, const struct hpo_candidate *candidate, double score)
{
	if (score > s->best_score) {
		s->best_score = score;
		hpo__candidate_copy(candidate, &s->best, s->ground.dims);
	}
}

struct climb {
	struct hpo_smac *s;
	hpo_rng_t *rng;
	size_t *left; /* evaluations */
	double next_score;
};

/* Look at `now`, a neighbour; the best one of a step stays in `next`. */
static void look(struct climb *climb)
{
	struct hpo_smac *s = climb->s;
	double score;

	if (*climb->left == 0)
		return;
	(*climb->left)--;
	hpo__candidate_settle(&s->ground, &s->now);
	score = score_of(s, &s->now);
	if (score > climb->next_score) {
		climb->next_score = score;
		hpo__candidate_copy(&s->now, &s->next, s->ground.dims);
	}
}

static void look_at_choices(struct climb *climb, size_t axis)
{
	struct hpo_smac *s = climb->s;
	const uint64_t cells = s->ground.axes[axis].cells;
	const uint64_t own = s->here.cells[axis];
	const bool all = cells - 1 <= CHOICE_DRAWS;

	for (uint64_t k = 0; k < (all ? cells - 1 : CHOICE_DRAWS); k++) {
		const uint64_t other = all ? k : hpo_rng_below(climb->rng, cells - 1);

		hpo__candidate_copy(&s->here, &s->now, s->ground.dims);
		s->now.point[axis] = hpo_space_cell_centre(s->ground.space, axis,
							   other + (other >= own));
		look(climb);
	}
}

static void look_at_numbers(struct climb *climb, size_t axis)
{
	struct hpo_smac *s = climb->s;
	const uint64_t cells = s->ground.axes[axis].cells;

	for (int k = 0; k < NUMERIC_DRAWS; k++) {
		const double own = s->here.point[axis];
		const double step = step_sd * hpo_rng_normal(climb->rng);
		const double x = own + step < 0 || own + step > 1 ? own - step : own + step;

		hpo__candidate_copy(&s->here, &s->now, s->ground.dims);
		s->now.point[axis] = fmin(fmax(x, 0), 1);
		if (cells > 0 && hpo_space_cell_index(s->ground.space, axis,
						      s->now.point[axis]) == s->here.cells[axis]) {
			const uint64_t c = s->here.cells[axis];

			s->now.point[axis] = hpo_space_cell_centre(
				s->ground.space, axis,
				(k & 1 && c > 0) || c + 1 == cells ? c - 1 : c + 1);
		}
		look(climb);
	}
}

static void look_around(struct climb *climb)
{
	const struct hpo_smac *s = climb->s;

	climb->next_score = -INFINITY;
	for (size_t axis = 0; axis < s->ground.dims; axis++) {
		const hpo_axis_t *kind = &s->ground.axes[axis];

		if (!s->here.active[axis] || kind->cells == 1)
			continue;
		if (kind->kind == HPO_AXIS_CATEGORICAL)
			look_at_choices(climb, axis);
		else
			look_at_numbers(climb, axis);
	}
}

/* Go uphill from `here`, which is settled. */
static void climb_from(struct hpo_smac *s, hpo_rng_t *rng, size_t *left)
{
	struct climb climb = { s, rng, left, -INFINITY };
	double score = score_of(s, &s->here);
	int flat = 0;

	offer(s, &s->here, score);
	for (int step = 0; step < STEPS && *left > 0; step++) {
		look_around(&climb);
		if (climb.next_score == -INFINITY || climb.next_score < score)
			return;
		flat = climb.next_score > score ? 0 : flat + 1;
		if (flat > FLAT_STEPS)
			return;
		score = climb.next_score;
		hpo__candidate_copy(&s->next, &s->here, s->ground.dims);
		offer(s, &s->here, score);
	}
}

/* The rows with the smallest targets, best first; ties go to the earlier. */
static size_t find_best_rows(const struct hpo_lesson *lesson, size_t *best)
{
	size_t count = 0;

	for (size_t k = 0; k < lesson->rows; k++) {
		size_t at = count;

		while (at > 0 && lesson->y[best[at - 1]] > lesson->y[k])
			at--;
		if (at == STARTS)
			continue;
		count += count < STARTS;
		memmove(best + at + 1, best + at, (count - at - 1) * sizeof *best);
		best[at] = k;
	}
	return count;
}

static void climb_from_trials(struct hpo_smac *s, hpo_rng_t *rng, size_t *left)
{
	size_t best[STARTS];
	const size_t count = find_best_rows(&s->lesson, best);
	const size_t dims = s->ground.dims;

	for (size_t k = 0; k < count; k++) {
		const double *point = s->lesson.points + best[k] * dims;
		const uint8_t *active = s->lesson.active + best[k] * dims;

		for (size_t i = 0; i < dims; i++)
			s->here.point[i] = active[i] ? point[i] : hpo_rng_uniform(rng);
		hpo__candidate_settle(&s->ground, &s->here);
		climb_from(s, rng, left);
	}
}

void hpo__smac_search(struct hpo_smac *s, hpo_rng_t *rng, double *point)
{
	size_t left = EVALUATIONS;

	s->best_score = -INFINITY;
	for (size_t k = 0; k < s->random_candidates; k++) {
		if (!hpo__candidate_draw(&s->ground, rng, &s->now))
			break;
		offer(s, &s->now, score_of(s, &s->now));
	}
	if (s->best_score > -INFINITY) {
		hpo__candidate_copy(&s->best, &s->here, s->ground.dims);
		climb_from(s, rng, &left);
	}
	climb_from_trials(s, rng, &left);
	if (s->best_score == -INFINITY) {
		hpo__candidate_draw(&s->ground, rng, &s->now);
		hpo__candidate_copy(&s->now, &s->best, s->ground.dims);
	}
	memcpy(point, s->best.point, s->ground.dims * sizeof *point);
}
