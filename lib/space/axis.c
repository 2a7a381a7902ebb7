/*
 * Axes as a strategy sees them.
 */
#include "space/inside.h"

#include <math.h>

void hpo_space_axis(const hpo_space_t *space, size_t axis, hpo_axis_t *out)
{
	const struct hpo_param *param = &space->params[axis];
	bool unordered = param->kind == HPO_PARAM_CATEGORICAL || param->kind == HPO_PARAM_BOOL;

	out->kind = unordered		? HPO_AXIS_CATEGORICAL
		    : param->cells == 0 ? HPO_AXIS_CONTINUOUS
					: HPO_AXIS_ORDERED;
	out->cells = param->cells;
	out->parent = param->condition_count > 0 ? (int64_t)param->conditions[0].parent : -1;
	out->preferred = param->has_preset ? hpo__scale_encode(param, param->preset) : NAN;
}

bool hpo__space_is_parent(const hpo_space_t *space, size_t axis)
{
	for (size_t i = 0; i < space->count; i++) {
		const struct hpo_param *param = &space->params[i];

		for (size_t c = 0; c < param->condition_count; c++) {
			if (param->conditions[c].parent == axis)
				return true;
		}
	}
	return false;
}

uint64_t hpo_space_cell_index(const hpo_space_t *space, size_t axis, double coordinate)
{
	const struct hpo_param *param = &space->params[axis];

	if (param->cells <= 1)
		return 0;
	return hpo__scale_cell(param, hpo__scale_decode(param, coordinate));
}

double hpo_space_cell_centre(const hpo_space_t *space, size_t axis, uint64_t index)
{
	const struct hpo_param *param = &space->params[axis];

	if (param->cells <= 1)
		return 0.5;
	return hpo__scale_encode(param, hpo__scale_value(param, index));
}

void hpo_space_cell(const hpo_space_t *space, size_t axis, double coordinate, double *low,
		    double *centre, double *high)
{
	const struct hpo_param *param = &space->params[axis];
	uint64_t index;

	if (param->cells == 0) {
		*low = *centre = *high = hpo__scale_clamp(coordinate);
		return;
	}
	index = hpo_space_cell_index(space, axis, coordinate);
	*low = hpo__scale_edge(param, index);
	*centre = hpo_space_cell_centre(space, axis, index);
	*high = hpo__scale_edge(param, index + 1);
}

void hpo_space_activate(const hpo_space_t *space, const double *point, uint8_t *active)
{
	struct hpo_axes axes;

	hpo__condition_at_point(space, point, &axes);
	for (size_t i = 0; i < space->count; i++)
		active[i] = hpo__axes_has(&axes, i) ? 1 : 0;
}
