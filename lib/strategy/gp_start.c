/*
 * Which points the strategy `gp` may propose, and the first ones, before there
 * is a model.
 */
#include "math/sobol.h"
#include "strategy/gp.h"

#include <math.h>
#include <string.h>

/* Nearer than this to a running trial on every axis, a point tells nothing that it will not. */
static const double apart = 0.01;

static int is_next_to(const struct gp_state *s, const double *point, const uint8_t *active,
		      const double *other, const uint8_t *others)
{
	for (size_t i = 0; i < s->dims; i++) {
		double limit = s->ground.axes[i].cells == 0 ? apart : 0;

		if (active[i] != others[i] || (active[i] && fabs(point[i] - other[i]) > limit))
			return 0;
	}
	return 1;
}

int hpo__gp_settle(struct gp_state *s, double *point, uint8_t *active)
{
	struct hpo_candidate candidate = { point, s->cells, active };
	const double *pending = hpo_history_pending_points(s->history);
	const uint8_t *running = hpo_history_pending_active(s->history);

	hpo__candidate_settle(&s->ground, &candidate);
	if (!hpo__candidate_is_allowed(&s->ground, &candidate))
		return 0;
	for (size_t k = 0; k < hpo_history_pending(s->history); k++) {
		if (is_next_to(s, point, active, pending + k * s->dims, running + k * s->dims))
			return 0;
	}
	return 1;
}

void hpo__gp_draw(struct gp_state *s, hpo_rng_t *rng, double *point)
{
	struct hpo_candidate candidate = { point, s->cells, s->active };

	hpo__candidate_draw(&s->ground, rng, &candidate);
}

/* Whether some ended trial is at this settled point, inactive axes aside. */
static int is_tried(const struct gp_state *s, const double *point, const uint8_t *active)
{
	const double *ended = hpo_history_points(s->history);

	for (size_t k = 0; k < hpo_history_count(s->history); k++, ended += s->dims) {
		size_t i = 0;

		while (i < s->dims && (!active[i] || point[i] == ended[i]))
			i++;
		if (i == s->dims)
			return 1;
	}
	return 0;
}

/* The default of each parameter, or the middle of its range. */
static int place_centre(struct gp_state *s, double *point)
{
	struct hpo_candidate candidate = { point, s->cells, s->active };

	hpo__candidate_default(&s->ground, &candidate);
	return hpo__gp_settle(s, point, s->active) && !is_tried(s, point, s->active);
}

/*
 * The cell of a category in the trial of this number: as many trials as there
 * are categories have each of them once, in an order that the seed chooses.
 */
static uint64_t category(size_t axis, uint64_t cells, uint64_t number, uint64_t seed)
{
	hpo_rng_t rng;
	uint64_t place = number % cells;
	uint64_t it = place;

	/* Fisher and Yates backwards: where does `place` of the shuffled order come from? */
	hpo_rng_init(&rng, seed, number / cells, (uint32_t)axis);
	for (uint64_t i = 0; i + 1 < cells; i++) {
		uint64_t with = i + hpo_rng_below(&rng, cells - i);

		if (it == i)
			it = with;
		else if (it == with)
			it = i;
	}
	return it;
}

static void place_cover(struct gp_state *s, uint64_t number, uint64_t seed, double *point)
{
	for (size_t i = 0; i < s->dims; i++) {
		const hpo_axis_t *axis = &s->ground.axes[i];

		point[i] = hpo__sobol(number + 1, i, seed);
		if (axis->kind == HPO_AXIS_CATEGORICAL)
			point[i] = hpo_space_cell_centre(
				s->ground.space, i, category(i, axis->cells, number, seed));
	}
}

void hpo__gp_start(struct gp_state *s, hpo_rng_t *rng, hpo_proposal_t *out)
{
	out->arm = "start";
	if (out->attempt == 0 && place_centre(s, out->point))
		return;
	place_cover(s, (uint64_t)out->number, out->seed, out->point);
	if (out->attempt > 0 || !hpo__gp_settle(s, out->point, s->active))
		hpo__gp_draw(s, rng, out->point);
}
