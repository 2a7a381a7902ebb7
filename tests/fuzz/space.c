/*
 * Fuzzes the reader of spaces. What is accepted must be written, read again
 * as the same, and hold its promises at a few points.
 */
#include "space/codec.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

static hpo_space_t *read_space(const char *text, size_t size)
{
	hpo_space_t *space = NULL;
	hpo_error_t error = {0, ""};
	struct hpo_json_at root, parameters, constraints;
	hpo_json_t *tree;

	if (hpo__json_parse(&tree, text, size, "the input", &error) < 0)
		return NULL;
	root = hpo__json_root(tree);
	parameters = hpo__json_member(&root, "parameters");
	constraints = hpo__json_member(&root, "constraints");
	if (hpo__space_read(&space, &parameters, &constraints, &error) < 0)
		demand(space == NULL && error.code < 0 && error.message[0] != '\0');
	hpo__json_free(tree);
	return space;
}

static void check_written(const hpo_space_t *space)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	hpo_space_t *again;

	hpo__buffer_text(&out, "{\"parameters\":");
	hpo__space_write(space, &out);
	hpo__buffer_text(&out, ",\"constraints\":");
	hpo__space_write_constraints(space, &out);
	hpo__buffer_char(&out, '}');
	again = read_space(out.text, out.size);
	demand(again != NULL);
	demand(hpo__space_compare(space, again, &error) == HPO_OK);
	hpo__buffer_release(&out);
	hpo_space_free(again);
}

/* Values of a point are read back from their JSON as they are. */
static void check_point(const hpo_space_t *space, const double *point, union hpo_value *values,
			uint8_t *active)
{
	size_t dims = hpo_space_dims(space);
	union hpo_value *back = calloc(dims, sizeof *back);
	uint8_t *mask = calloc(dims, 1);
	double *own = calloc(dims, sizeof *own);
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	hpo_json_t *tree;

	hpo_space_activate(space, point, mask);
	hpo_space_is_feasible(space, point);
	hpo__codec_decode(space, point, values, active);
	hpo__codec_encode(space, values, active, own);
	for (size_t i = 0; i < dims; i++) {
		demand(mask[i] == active[i]);
		demand(own[i] >= 0 && own[i] <= 1);
	}
	hpo__codec_write(space, values, active, &out);
	demand(hpo__json_parse(&tree, out.text, out.size, "the values", &error) == HPO_OK);
	struct hpo_json_at at = hpo__json_root(tree);
	demand(hpo__codec_read(space, &at, 1, back, mask, &error) == HPO_OK);
	hpo__json_free(tree);
	hpo__buffer_release(&out);
	free(back);
	free(mask);
	free(own);
}

static void check_cells(const hpo_space_t *space, size_t axis, double coordinate)
{
	double low, centre, high;
	hpo_axis_t about;

	hpo_space_axis(space, axis, &about);
	hpo_space_cell(space, axis, coordinate, &low, &centre, &high);
	demand(low <= centre && centre <= high);
	demand(about.cells == 0 || hpo_space_cell_index(space, axis, coordinate) < about.cells);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const double coordinates[] = {0, 0.1, 0.385, 0.5, 1, -3, NAN};
	hpo_space_t *space = read_space((const char *)data, size);
	size_t dims;

	if (space == NULL)
		return 0;
	dims = hpo_space_dims(space);
	double *point = calloc(dims, sizeof *point);
	union hpo_value *values = calloc(dims, sizeof *values);
	uint8_t *active = calloc(dims, 1);
	uint64_t *index = calloc(dims, sizeof *index);

	check_written(space);
	demand(hpo_space_cardinality(space) >= 1);
	for (size_t c = 0; c < sizeof coordinates / sizeof *coordinates; c++) {
		for (size_t i = 0; i < dims; i++) {
			point[i] =
				coordinates[(c + i) % (sizeof coordinates / sizeof *coordinates)];
			check_cells(space, i, point[i]);
		}
		check_point(space, point, values, active);
	}
	hpo__space_grid_first(space, index);
	for (int n = 0; n < 20; n++) {
		hpo__space_grid_point(space, 3, index, point);
		hpo__codec_decode(space, point, values, active);
		for (size_t i = 0; i < dims; i++)
			demand((index[i] == HPO__GRID_INACTIVE) == !active[i]);
		if (!hpo__space_grid_next(space, 3, index))
			break;
	}
	free(point);
	free(values);
	free(active);
	free(index);
	hpo_space_free(space);
	return 0;
}
