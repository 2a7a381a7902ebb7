/*
 * Taking a space apart into scenarios.
 */
#include "report/scenario.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/sobol.h"

#include <math.h>
#include <string.h>

enum {
	SCENARIOS_MOST = 512, /* beyond, so many are drawn */
	VALUES_MOST = 1024    /* an axis with more cells counts as a continuum */
};

void hpo__scenes_release(struct hpo_scenes *scenes)
{
	hpo__free(scenes->kinds);
	hpo__free(scenes->axes);
	hpo__free(scenes->values);
	hpo__free(scenes->weights);
	hpo__free(scenes->pinned);
	hpo__free(scenes->active);
	memset(scenes, 0, sizeof *scenes);
}

/* How many values of an axis are listed. */
static size_t listed(const hpo_axis_t *axis)
{
	return axis->kind == HPO_AXIS_ORDERED && axis->cells <= VALUES_MOST ? (size_t)axis->cells
									    : 0;
}

static hpo_status_t list_values(struct hpo_scenes *scenes, const hpo_space_t *space,
				hpo_error_t *error)
{
	const size_t dims = hpo_space_dims(space);
	size_t count = 0;
	double *next;

	for (size_t i = 0; i < dims; i++) {
		hpo_space_axis(space, i, &scenes->kinds[i]);
		count += 2 * listed(&scenes->kinds[i]);
	}
	scenes->values = next = hpo__calloc(count + 1, sizeof *next);
	if (next == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < dims; i++) {
		const size_t cells = listed(&scenes->kinds[i]);

		scenes->axes[i] = (struct hpo_anova_axis){ cells, next, next + cells };
		for (size_t c = 0; c < cells; c++) {
			double low;
			double high;

			hpo_space_cell(space, i, hpo_space_cell_centre(space, i, c), &low, &next[c],
				       &high);
			next[cells + c] = high - low;
		}
		next += 2 * cells;
	}
	return HPO_OK;
}

/* How many combinations there are; 0 for too many. */
static size_t count_scenarios(const struct hpo_scenes *scenes, const hpo_space_t *space)
{
	size_t count = 1;

	for (size_t i = 0; i < hpo_space_dims(space); i++) {
		const uint64_t cells = scenes->kinds[i].cells;

		if (!hpo__space_is_parent(space, i))
			continue;
		if (cells == 0 || cells > SCENARIOS_MOST / count)
			return 0;
		count *= (size_t)cells;
	}
	return count;
}

/* Pin the parents of scenario `index`: its digits are their cells, or chance decides. */
static void pin(struct hpo_scenes *scenes, const hpo_space_t *space, size_t index, bool drawn)
{
	const size_t dims = hpo_space_dims(space);
	double *point = scenes->pinned + index * dims;
	size_t digits = index;
	size_t parents = 0;

	scenes->weights[index] = drawn ? 1.0 / SCENARIOS_MOST : 1;
	for (size_t i = 0; i < dims; i++) {
		double low;
		double high;

		point[i] = 0.5;
		if (!hpo__space_is_parent(space, i))
			continue;
		if (drawn) {
			point[i] = hpo__sobol(index, parents++, 0);
		} else {
			const size_t cells = (size_t)scenes->kinds[i].cells;

			point[i] = hpo_space_cell_centre(space, i, digits % cells);
			digits /= cells;
		}
		hpo_space_cell(space, i, point[i], &low, &point[i], &high);
		scenes->weights[index] *= drawn ? 1 : high - low;
	}
	hpo_space_activate(space, point, scenes->active + index * dims);
	for (size_t i = 0; i < dims; i++) {
		if (!hpo__space_is_parent(space, i))
			point[i] = NAN;
	}
}

hpo_status_t hpo__scenes_init(struct hpo_scenes *scenes, const hpo_space_t *space,
			      hpo_error_t *error)
{
	const size_t dims = hpo_space_dims(space);
	size_t count;
	bool drawn;
	hpo_status_t status;

	memset(scenes, 0, sizeof *scenes);
	scenes->kinds = hpo__calloc(dims + 1, sizeof *scenes->kinds);
	scenes->axes = hpo__calloc(dims + 1, sizeof *scenes->axes);
	if (scenes->kinds == NULL || scenes->axes == NULL)
		return hpo__fail_memory(error);
	status = list_values(scenes, space, error);
	if (status < 0)
		return status;

	count = count_scenarios(scenes, space);
	drawn = count == 0;
	count = drawn ? SCENARIOS_MOST : count;
	scenes->weights = hpo__calloc(count, sizeof *scenes->weights);
	scenes->pinned = hpo__calloc(count, (dims + 1) * sizeof *scenes->pinned);
	scenes->active = hpo__calloc(count, dims + 1);
	if (scenes->weights == NULL || scenes->pinned == NULL || scenes->active == NULL)
		return hpo__fail_memory(error);
	for (size_t s = 0; s < count; s++)
		pin(scenes, space, s, drawn);
	scenes->set = (struct hpo_anova_scenarios){ count, scenes->weights, scenes->pinned,
						    scenes->active };
	return HPO_OK;
}
