/*
 * A walk over a finite space: the axes count like the digits of a number, in
 * the order in which the space decides them, each from a random cell on and
 * round. A digit below which no point keeps the constraints is passed over.
 */
#include "space/repair.h"

#include "base/alloc.h"
#include "space/region.h"

hpo_status_t hpo__walk_init(struct hpo_walk *walk, const hpo_space_t *space, hpo_rng_t *rng)
{
	const size_t d = space->count;

	*walk = (struct hpo_walk){.space = space};
	walk->region = hpo__region_new(space);
	walk->offset = hpo__calloc(d + 1, sizeof *walk->offset);
	walk->digit = hpo__calloc(d + 1, sizeof *walk->digit);
	if (walk->region == NULL || walk->offset == NULL || walk->digit == NULL) {
		hpo__walk_release(walk);
		return HPO_ENOMEM;
	}
	for (size_t i = 0; i < d; i++) {
		if (space->params[i].cells > 0)
			walk->offset[i] = hpo_rng_below(rng, space->params[i].cells);
	}
	walk->over = hpo__region_is_hopeless(walk->region);
	return HPO_OK;
}

/* Set the digit of an axis; false when nothing below it is worth a look. */
static bool set_digit(struct hpo_walk *walk, size_t axis, uint64_t digit)
{
	const uint64_t cells = walk->space->params[axis].cells;
	struct hpo_side *side = &walk->region->sides[axis];

	walk->steps++;
	walk->digit[axis] = digit;
	side->first = digit < cells - walk->offset[axis] ? digit + walk->offset[axis]
							 : digit - (cells - walk->offset[axis]);
	side->last = side->first;
	return !hpo__region_is_hopeless(walk->region);
}

/* Set an axis to the next digit from `digit` on that is worth a look; false when there is none. */
static bool advance(struct hpo_walk *walk, size_t axis, uint64_t digit, uint64_t most)
{
	const uint64_t cells = walk->space->params[axis].cells;

	for (; digit < cells && walk->steps < most; digit++) {
		if (set_digit(walk, axis, digit))
			return true;
	}
	return false;
}

/* Undecide axes from the last one on until one goes on to its next digit; false at the end. */
static bool carry(struct hpo_walk *walk, uint64_t most)
{
	while (walk->depth > 0 && walk->steps < most) {
		const size_t axis = walk->space->order[walk->depth - 1];

		if (walk->digit[axis] != HPO__GRID_INACTIVE &&
		    advance(walk, axis, walk->digit[axis] + 1, most))
			return true;
		if (walk->steps >= most)
			return false;
		hpo__region_open(walk->region, axis);
		walk->depth--;
	}
	walk->over = walk->depth == 0;
	return false;
}

/* Decide the axes that are open, each by its first digit; carry on where there is none. */
static bool decide(struct hpo_walk *walk, uint64_t most)
{
	while (walk->depth < walk->space->count) {
		const size_t axis = walk->space->order[walk->depth++];

		/* Its parents are decided, so this is certain; the last look at the box renewed it. */
		if (walk->region->active[axis] == HPO__NEVER)
			walk->digit[axis] = HPO__GRID_INACTIVE;
		else if (!advance(walk, axis, 0, most)) {
			walk->digit[axis] = walk->space->params[axis].cells - 1;
			if (!carry(walk, most))
				return false;
		}
	}
	return true;
}

bool hpo__walk_next(struct hpo_walk *walk, uint64_t most, double *point)
{
	bool found = false;

	while (!found && !walk->over && walk->steps < most) {
		if (walk->depth == walk->space->count && !carry(walk, most))
			return false;
		if (!decide(walk, most))
			return false;
		for (size_t i = 0; i < walk->space->count; i++)
			point[i] = walk->digit[i] == HPO__GRID_INACTIVE
					   ? 0.5
					   : hpo_space_cell_centre(walk->space, i,
								   walk->region->sides[i].first);
		found = hpo_space_is_feasible(walk->space, point) != 0;
	}
	return found;
}

void hpo__walk_release(struct hpo_walk *walk)
{
	hpo__free(walk->region);
	hpo__free(walk->offset);
	hpo__free(walk->digit);
	*walk = (struct hpo_walk){0};
}
