/*
 * Tables for a terminal: the trials of a study, and any cells.
 */
#include "report/grid.h"
#include "report/order.h"

#include "base/alloc.h"
#include "hpo/report.h"
#include "space/codec.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A table of trials. `axes` are the parameters shown; branches that share a name, once. */
struct shape {
	const hpo_records_t *records;
	size_t *axes; /* [count] */
	size_t count;
	bool has_reasons;
};

static hpo_status_t shape_init(struct shape *shape, const hpo_records_t *records,
			       hpo_error_t *error)
{
	const hpo_space_t *space = records->study->space;
	size_t dims = hpo_space_dims(space);

	*shape = (struct shape){ .records = records };
	shape->axes = hpo__calloc(dims + 1, sizeof *shape->axes);
	if (shape->axes == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < dims; i++) {
		if (!hpo__space_is_hidden(space, i) && !hpo__space_is_named_before(space, i))
			shape->axes[shape->count++] = i;
	}
	for (size_t i = 0; i < records->count; i++)
		shape->has_reasons = shape->has_reasons || records->trials[i].row.reason != NULL;
	return HPO_OK;
}

static void write_header(const struct shape *shape, struct hpo_grid *grid)
{
	const struct hpo_study *study = shape->records->study;

	hpo__buffer_text(hpo__grid_cell(grid), "trial");
	hpo__buffer_text(hpo__grid_cell(grid), "state");
	for (size_t i = 0; i < study->objectives.count; i++)
		hpo__plain_text(hpo__grid_cell(grid), study->objectives.list[i].key);
	for (size_t i = 0; i < shape->count; i++)
		hpo__plain_text(hpo__grid_cell(grid), hpo_space_name(study->space, shape->axes[i]));
	if (shape->has_reasons)
		hpo__buffer_text(hpo__grid_cell(grid), "reason");
}

/* The value of the parameter `name` in a trial, whichever branch of it is active; "-" for none. */
static void write_param(const hpo_space_t *space, const struct hpo_record *trial, size_t shown,
			struct hpo_buffer *out)
{
	const char *name = hpo_space_name(space, shown);
	struct hpo_buffer text = HPO__BUFFER_INIT;
	bool known;
	ptrdiff_t axis = -1;

	if (trial->params != NULL)
		axis = hpo__space_find(space, name, trial->active, &known);
	if (axis < 0) {
		hpo__buffer_char(out, '-');
	} else if (hpo_space_kind(space, (size_t)axis) == HPO_PARAM_FLOAT) {
		hpo__plain_real(out, trial->params[axis].real);
	} else {
		hpo__codec_text(space, (size_t)axis, trial->params[axis], &text);
		hpo__plain_text(out, text.text != NULL ? text.text : "");
		out->failed = out->failed || text.failed;
	}
	hpo__buffer_release(&text);
}

static void write_trial(const struct shape *shape, const struct hpo_record *trial,
			struct hpo_grid *grid)
{
	const struct hpo_study *study = shape->records->study;

	hpo__buffer_format(hpo__grid_cell(grid), "%" PRId64, trial->row.number);
	hpo__buffer_text(hpo__grid_cell(grid),
			 hpo__record_is_paused(trial)
				 ? "paused"
				 : hpo_trial_state_text((hpo_trial_state_t)trial->row.state));
	for (size_t i = 0; i < study->objectives.count; i++)
		hpo__plain_real(hpo__grid_cell(grid),
				trial->values != NULL ? trial->values[i] : NAN);
	for (size_t i = 0; i < shape->count; i++)
		write_param(study->space, trial, shape->axes[i], hpo__grid_cell(grid));
	if (shape->has_reasons)
		hpo__plain_text(hpo__grid_cell(grid),
				trial->row.reason != NULL ? trial->row.reason : "");
}

static hpo_status_t write_rows(const struct shape *shape, hpo_report_order_t order, size_t limit,
			       struct hpo_grid *grid, hpo_error_t *error)
{
	const hpo_records_t *records = shape->records;
	struct hpo_order best = { 0 };
	size_t count = records->count;
	hpo_status_t status = HPO_OK;

	if (order == HPO_REPORT_BEST_FIRST) {
		status = hpo__order_init(&best, records, error);
		if (status < 0)
			goto done;
		count = best.count;
	}
	if (limit > 0 && limit < count)
		count = limit;
	for (size_t i = 0; i < count; i++)
		write_trial(shape, &records->trials[best.list != NULL ? best.list[i] : i], grid);
done:
	hpo__order_release(&best);
	return status;
}

char *hpo_report_table(const hpo_records_t *records, hpo_report_order_t order, size_t limit,
		       int columns, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_grid grid = { 0 };
	struct shape shape;
	hpo_status_t status;

	hpo__error_clear(error);
	status = shape_init(&shape, records, error);
	if (status < 0)
		goto done;

	hpo__grid_init(&grid, 2 + records->study->objectives.count + shape.count +
				      shape.has_reasons);
	write_header(&shape, &grid);
	status = write_rows(&shape, order, limit, &grid, error);
	if (status >= 0)
		status = hpo__grid_write(&grid, columns, &out, error);
done:
	hpo__grid_release(&grid);
	hpo__free(shape.axes);
	return hpo__buffer_finish(&out, status, error);
}

char *hpo_report_grid(const char *const *cells, size_t rows, size_t columns, int width,
		      hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	struct hpo_grid grid;
	hpo_status_t status;

	hpo__error_clear(error);
	hpo__grid_init(&grid, columns > 0 ? columns : 1);
	for (size_t i = 0; i < rows * columns; i++)
		hpo__plain_text(hpo__grid_cell(&grid), cells[i] != NULL ? cells[i] : "");
	status = hpo__grid_write(&grid, width, &out, error);
	hpo__grid_release(&grid);
	return hpo__buffer_finish(&out, status, error);
}

char *hpo_report_plain(const char *text, hpo_error_t *error)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__error_clear(error);
	hpo__plain_text(&out, text);
	return hpo__buffer_finish(&out, HPO_OK, error);
}
