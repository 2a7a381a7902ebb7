/*
 * Cells laid out as an aligned table.
 *
 * Cells are added row after row, each row `columns` of them, the header first.
 * A failed allocation is remembered by `text`, as in every buffer.
 */
#ifndef HPO_REPORT_GRID_H
#define HPO_REPORT_GRID_H

#include "report/text.h"

struct hpo_grid {
	struct hpo_buffer text; /* the cells, each terminated */
	size_t *starts;         /* [count]: where each begins in text */
	size_t count, capacity;
	size_t columns;         /* at least 1 */
};

void hpo__grid_init(struct hpo_grid *grid, size_t columns);
void hpo__grid_release(struct hpo_grid *grid);

/* Begin a cell; what is appended to the returned buffer until the next is in it. */
struct hpo_buffer *hpo__grid_cell(struct hpo_grid *grid);

/* Append the table, lines cut to `width` cells (0: never). HPO_ENOMEM. */
hpo_status_t hpo__grid_write(struct hpo_grid *grid, int width, struct hpo_buffer *out,
			     hpo_error_t *error);

#endif
