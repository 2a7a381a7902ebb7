/*
 * The search for the largest acquisition from a point on: by slopes over the
 * numeric axes, value by value over the discrete ones, in turn.
 */
#include "strategy/gp.h"

#include <math.h>
#include <string.h>

enum {
	ROUNDS = 3,      /* of both kinds */
	EVALUATIONS = 20, /* of one climb */
	FEW_CELLS = 16,  /* an axis with more is climbed as if it were a continuum */
	MOST_SWEEP = 16  /* values of one axis that are tried in a sweep */
};

/* What makes a further round worth its cost: a gain of this in log EI. */
static const double least_gain = 1e-3;

static int is_climbed(const struct gp_state *s, size_t axis)
{
	const hpo_axis_t *about = &s->ground.axes[axis];

	return about->kind != HPO_AXIS_CATEGORICAL &&
	       (about->cells == 0 || about->cells > FEW_CELLS);
}

struct climb {
	struct gp_state *s;
	size_t count;  /* of free axes */
	double *point; /* [d] */
	const uint8_t *active;
	double *slope; /* [d] */
};

static double descend(const double *x, double *gradient, void *user)
{
	struct climb *climb = user;
	double value;

	for (size_t k = 0; k < climb->count; k++)
		climb->point[climb->s->axis[k]] = x[k];
	value = hpo__gp_acquisition_slope(climb->s, climb->point, climb->active, climb->slope);
	for (size_t k = 0; k < climb->count; k++)
		gradient[k] = -climb->slope[climb->s->axis[k]];
	return -value;
}

/* Take `other` in place of the point if it is allowed and better. */
static int take_better(struct gp_state *s, double *point, uint8_t *active, double *value)
{
	double found;

	if (!hpo__gp_settle(s, s->other, s->others))
		return 0;
	found = hpo__gp_acquisition(s, s->other, s->others);
	if (!(found > *value))
		return 0;
	*value = found;
	memcpy(point, s->other, s->dims * sizeof *point);
	memcpy(active, s->others, s->dims);
	return 1;
}

static void climb(struct gp_state *s, double *point, uint8_t *active, double *value)
{
	struct climb climb = { s, 0, s->other, active, s->at + s->dims };
	struct hpo_lbfgsb options = { 0, GP_MEMORY, EVALUATIONS, 1e-4, 1e-4 };

	for (size_t i = 0; i < s->dims; i++) {
		if (!is_climbed(s, i) || !active[i])
			continue;
		s->low[climb.count] = 0;
		s->high[climb.count] = 1;
		s->at[climb.count] = point[i];
		s->axis[climb.count++] = i;
	}
	if (climb.count == 0)
		return;
	options.n = climb.count;
	memcpy(s->other, point, s->dims * sizeof *point);
	hpo__lbfgsb(&options, s->low, s->high, s->at, s->work, descend, &climb);
	for (size_t k = 0; k < climb.count; k++)
		s->other[s->axis[k]] = s->at[k];
	take_better(s, point, active, value);
}

/* The coordinate of the k-th value to try on an axis; NaN after the last. */
static double sweep_value(const struct gp_state *s, size_t axis, size_t k, double now)
{
	const uint64_t cells = s->ground.axes[axis].cells;
	int64_t step;
	uint64_t cell;

	if (k >= MOST_SWEEP || k >= cells)
		return NAN;
	if (cells <= MOST_SWEEP)
		return hpo_space_cell_centre(s->ground.space, axis, k);
	if (s->ground.axes[axis].kind == HPO_AXIS_CATEGORICAL) /* evenly, from where we are on */
		return fmod(now + (double)(k + 1) / (MOST_SWEEP + 1), 1);
	/* Neighbours at distance 1, 2, 4, … on either side. */
	step = (int64_t)1 << (k / 2);
	cell = hpo_space_cell_index(s->ground.space, axis, now);
	if (k % 2 == 0)
		return cell + (uint64_t)step < cells
			       ? hpo_space_cell_centre(s->ground.space, axis, cell + (uint64_t)step)
			       : now;
	return cell >= (uint64_t)step
		       ? hpo_space_cell_centre(s->ground.space, axis, cell - (uint64_t)step)
		       : now;
}

static void sweep(struct gp_state *s, double *point, uint8_t *active, double *value)
{
	for (size_t i = 0; i < s->dims; i++) {
		const double now = point[i];

		if (s->ground.axes[i].cells < 2 || !active[i] ||
		    (s->rows.branch.is_on && s->rows.branch.axis == i))
			continue;
		for (size_t k = 0;; k++) {
			double to = sweep_value(s, i, k, now);

			if (isnan(to))
				break;
			if (to == point[i])
				continue;
			memcpy(s->other, point, s->dims * sizeof *point);
			s->other[i] = to;
			take_better(s, point, active, value);
		}
	}
}

double hpo__gp_refine(struct gp_state *s, double *point, uint8_t *active, double value)
{
	for (int round = 0; round < ROUNDS; round++) {
		double before = value;

		climb(s, point, active, &value);
		sweep(s, point, active, &value);
		if (!(value > before + least_gain))
			break;
	}
	return value;
}
