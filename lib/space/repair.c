/*
 * Points that keep the constraints: drawn and repaired.
 *
 * Drawing is branch and prune, as in the solving of constraints over intervals
 * (F. Benhamou and L. Granvilliers, "Continuous and interval constraints",
 * Handbook of Constraint Programming, 2006), with random branches and restarts:
 * a bad first choice costs a short try, not the whole budget.
 */
#include "space/repair.h"

#include "base/alloc.h"
#include "space/region.h"

#include <string.h>

enum {
	RESTARTS = 6,
	FIRST_NODES = 64, /* of the first try; each further one has twice as many */
	MOST_NODES = FIRST_NODES << (RESTARTS - 1),
	TRUST = 8,      /* one branch in so many goes against what its samples say */
	BISECTIONS = 12 /* of the way to the anchor along one axis */
};

/* A continuum is not halved below this: constraints that hold on no wider set are not found. */
static const double narrowest = 1e-12;

/* One half that was taken, and the other that is left. */
struct branch {
	size_t axis;
	struct hpo_side before, other;
	bool has_other;
};

struct draw {
	const hpo_space_t *space;
	struct hpo_region *region;
	hpo_rng_t *rng;
	size_t *axes; /* [axis_count], on which the constraints depend */
	size_t axis_count;
	double *point;      /* [d], scratch */
	double *gaps[2];    /* [constraints] of a sample of either half */
	struct branch *path; /* [depth] of MOST_NODES */
	size_t depth;
};

/* Where cell number `cell` of an axis is. */
static double cell_coordinate(const hpo_space_t *space, size_t axis, uint64_t cell)
{
	return hpo_space_cell_centre(space, axis, cell);
}

static void sample(const struct draw *draw, double *point)
{
	for (size_t i = 0; i < draw->space->count; i++) {
		const struct hpo_side *side = &draw->region->sides[i];

		if (draw->space->params[i].cells == 0)
			point[i] = side->low + (side->high - side->low) * hpo_rng_uniform(draw->rng);
		else
			point[i] = cell_coordinate(
				draw->space, i,
				side->first +
					hpo_rng_below(draw->rng, side->last - side->first + 1));
	}
}

/* Halve a side; false when it cannot be. */
static bool halve(const struct draw *draw, size_t axis, struct hpo_side *low, struct hpo_side *high)
{
	const struct hpo_side side = draw->region->sides[axis];

	*low = *high = side;
	if (draw->region->active[axis] == HPO__NEVER)
		return false;
	if (draw->space->params[axis].cells == 0) {
		low->high = high->low = side.low + (side.high - side.low) / 2;
		return side.high - side.low > narrowest;
	}
	low->last = side.first + (side.last - side.first) / 2;
	high->first = low->last + 1;
	return side.last > side.first;
}

static bool take_side(struct draw *draw, size_t axis, struct hpo_side side)
{
	draw->region->sides[axis] = side;
	return !hpo__region_is_hopeless(draw->region);
}

static void sample_gaps(struct draw *draw, size_t axis, struct hpo_side side, double *gaps)
{
	const struct hpo_side before = draw->region->sides[axis];

	draw->region->sides[axis] = side;
	sample(draw, draw->point);
	draw->region->sides[axis] = before;
	hpo__constraint_gaps(draw->space, draw->point, gaps);
}

/*
 * Which half to enter: each constraint votes for the one whose sample is nearer
 * to keeping it, so the scales of the constraints do not matter.
 */
static bool prefers_high(struct draw *draw, size_t axis, struct hpo_side low, struct hpo_side high)
{
	int votes = 0;

	sample_gaps(draw, axis, low, draw->gaps[0]);
	sample_gaps(draw, axis, high, draw->gaps[1]);
	for (size_t i = 0; i < draw->space->constraint_count; i++)
		votes += (draw->gaps[0][i] > draw->gaps[1][i]) -
			 (draw->gaps[0][i] < draw->gaps[1][i]);
	if (votes == 0)
		return (hpo_rng_u32(draw->rng) & 1) != 0;
	return (votes > 0) != (hpo_rng_below(draw->rng, TRUST) == 0);
}

/* Go down into one half of the box along some axis; false when there is none to go to. */
static bool descend(struct draw *draw)
{
	const size_t start = (size_t)hpo_rng_below(draw->rng, draw->axis_count);

	for (size_t k = 0; k < draw->axis_count; k++) {
		const size_t axis = draw->axes[(start + k) % draw->axis_count];
		struct branch branch = {axis, draw->region->sides[axis], {0, 0, 0, 0}, true};
		struct hpo_side low;
		struct hpo_side high;
		bool up;

		if (!halve(draw, axis, &low, &high))
			continue;
		up = prefers_high(draw, axis, low, high);
		branch.other = up ? low : high;
		if (!take_side(draw, axis, up ? high : low)) {
			branch.has_other = false;
			if (!take_side(draw, axis, branch.other)) {
				draw->region->sides[axis] = branch.before;
				return false;
			}
		}
		draw->path[draw->depth++] = branch;
		return true;
	}
	return false;
}

/* Go back to the last half that was left, and into it; false when none was. */
static bool turn_back(struct draw *draw)
{
	while (draw->depth > 0) {
		struct branch *branch = &draw->path[draw->depth - 1];

		if (branch->has_other) {
			branch->has_other = false;
			if (take_side(draw, branch->axis, branch->other))
				return true;
		}
		draw->region->sides[branch->axis] = branch->before;
		draw->depth--;
	}
	return false;
}

static bool try_nodes(struct draw *draw, size_t nodes, double *point)
{
	hpo__region_reset(draw->region);
	draw->depth = 0;
	if (hpo__region_is_hopeless(draw->region))
		return false;
	for (size_t i = 0; i < nodes; i++) {
		sample(draw, point);
		if (hpo_space_is_feasible(draw->space, point))
			return true;
		if (!descend(draw) && !turn_back(draw))
			return false;
	}
	return false;
}

static size_t list_relevant(const hpo_space_t *space, size_t *axes)
{
	struct hpo_axes relevant;
	size_t count = 0;

	hpo__region_relevant(space, &relevant);
	for (size_t i = 0; i < space->count; i++) {
		if (hpo__axes_has(&relevant, i))
			axes[count++] = i;
	}
	return count;
}

hpo_status_t hpo__space_draw(const hpo_space_t *space, hpo_rng_t *rng, double *point)
{
	struct draw draw = {.space = space, .rng = rng};
	hpo_status_t status = HPO_EXHAUSTED;

	draw.region = hpo__region_new(space);
	draw.axes = hpo__calloc(space->count + 1, sizeof *draw.axes);
	draw.path = hpo__calloc(MOST_NODES, sizeof *draw.path);
	draw.point = hpo__calloc(space->count + 2 * space->constraint_count + 1,
				 sizeof *draw.point);
	if (draw.region == NULL || draw.axes == NULL || draw.path == NULL || draw.point == NULL) {
		status = HPO_ENOMEM;
		goto done;
	}
	draw.gaps[0] = draw.point + space->count;
	draw.gaps[1] = draw.gaps[0] + space->constraint_count;
	draw.axis_count = list_relevant(space, draw.axes);
	if (draw.axis_count == 0) { /* constraints of nothing but numbers, or none */
		sample(&draw, point);
		status = hpo_space_is_feasible(space, point) ? HPO_OK : HPO_EXHAUSTED;
		goto done;
	}
	for (size_t i = 0; i < RESTARTS && status == HPO_EXHAUSTED; i++) {
		if (try_nodes(&draw, (size_t)FIRST_NODES << i, point))
			status = HPO_OK;
	}
done:
	hpo__free(draw.point);
	hpo__free(draw.path);
	hpo__free(draw.axes);
	hpo__free(draw.region);
	return status;
}

double hpo__space_feasible_share(const hpo_space_t *space, size_t draws, hpo_rng_t *rng,
				 double *point)
{
	size_t kept = 0;

	for (size_t i = 0; i < draws; i++) {
		for (size_t j = 0; j < space->count; j++)
			point[j] = hpo_rng_uniform(rng);
		kept += hpo_space_is_feasible(space, point) != 0;
	}
	return (double)kept / (double)draws;
}

/* Fisher and Yates. */
static void shuffle(size_t *list, size_t count, hpo_rng_t *rng)
{
	for (size_t i = count; i-- > 1;) {
		size_t k = (size_t)hpo_rng_below(rng, i + 1);
		size_t swapped = list[i];

		list[i] = list[k];
		list[k] = swapped;
	}
}

/* Move one coordinate, which stands at the anchor's, back towards `wanted` as far as it may. */
static void move_back(const hpo_space_t *space, size_t axis, double wanted, double share,
		      double *point)
{
	const double anchor = point[axis];
	double kept = anchor;
	double broken = wanted;

	point[axis] = wanted;
	if (hpo_space_is_feasible(space, point))
		return;
	for (int i = 0; i < BISECTIONS; i++) {
		point[axis] = kept + (broken - kept) / 2;
		if (hpo_space_is_feasible(space, point))
			kept = point[axis];
		else
			broken = point[axis];
	}
	point[axis] = anchor + share * (kept - anchor);
	if (!hpo_space_is_feasible(space, point))
		point[axis] = kept;
}

hpo_status_t hpo__space_repair(const hpo_space_t *space, const double *anchor, hpo_rng_t *rng,
			       double *point)
{
	const bool to_edge = (hpo_rng_u32(rng) & 1) != 0;
	size_t *axes = NULL;
	double *wanted = NULL;
	size_t count;
	size_t moved = 0;
	hpo_status_t status = HPO_ENOMEM;

	axes = hpo__calloc(space->count + 1, sizeof *axes);
	wanted = hpo__calloc(space->count + 1, sizeof *wanted);
	if (axes == NULL || wanted == NULL)
		goto done;
	memcpy(wanted, point, space->count * sizeof *wanted);
	count = list_relevant(space, axes);
	shuffle(axes, count, rng);
	while (moved < count && !hpo_space_is_feasible(space, point)) {
		point[axes[moved]] = anchor[axes[moved]];
		moved++;
	}
	status = hpo_space_is_feasible(space, point) ? HPO_OK : HPO_EINVAL;
	for (size_t i = 0; i < moved && status == HPO_OK; i++)
		move_back(space, axes[i], wanted[axes[i]], to_edge ? 1 : hpo_rng_uniform(rng),
			  point);
done:
	hpo__free(wanted);
	hpo__free(axes);
	return status;
}
