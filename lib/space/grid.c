/*
 * Every point of a space once. The axes count like the digits of a number, in
 * the order in which the space decides them: what is active depends on the
 * digits before it alone, so no point is met twice and none is missed.
 */
#include "space/codec.h"

#include "space/inside.h"

static uint64_t count_cells(const struct hpo_param *param, uint64_t points)
{
	if (param->cells > 0)
		return param->cells;
	return points > 0 ? points : 1;
}

static bool is_active(const hpo_space_t *space, const struct hpo_param *param,
		      const uint64_t *index)
{
	for (size_t i = 0; i < param->condition_count; i++) {
		const struct hpo_condition *condition = &param->conditions[i];
		uint64_t cell = index[condition->parent];
		const struct hpo_param *parent = &space->params[condition->parent];

		if (cell == HPO__GRID_INACTIVE ||
		    !hpo__condition_has(condition, hpo__scale_value(parent, cell).integer))
			return false;
	}
	return true;
}

/* Set the digits from position `from` of the order on to their first values. */
static void begin(const hpo_space_t *space, size_t from, uint64_t *index)
{
	for (size_t t = from; t < space->count; t++) {
		size_t axis = space->order[t];
		bool active = is_active(space, &space->params[axis], index);

		index[axis] = active ? 0 : HPO__GRID_INACTIVE;
	}
}

void hpo__space_grid_first(const hpo_space_t *space, uint64_t *index)
{
	begin(space, 0, index);
}

bool hpo__space_grid_next(const hpo_space_t *space, uint64_t points, uint64_t *index)
{
	for (size_t t = space->count; t-- > 0;) {
		size_t axis = space->order[t];

		if (index[axis] == HPO__GRID_INACTIVE ||
		    index[axis] + 1 >= count_cells(&space->params[axis], points))
			continue;
		index[axis]++;
		begin(space, t + 1, index);
		return true;
	}
	return false;
}

void hpo__space_grid_point(const hpo_space_t *space, uint64_t points, const uint64_t *index,
			   double *point)
{
	for (size_t i = 0; i < space->count; i++) {
		if (index[i] == HPO__GRID_INACTIVE)
			point[i] = 0.5;
		else if (space->params[i].cells > 0)
			point[i] = hpo_space_cell_centre(space, i, index[i]);
		else
			point[i] = points > 1 ? (double)index[i] / (double)(points - 1) : 0.5;
	}
}
