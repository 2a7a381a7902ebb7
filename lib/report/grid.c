/*
 * Cells laid out as an aligned table. Columns of nothing but numbers are
 * aligned at their end, others at their start; two spaces lie between.
 */
#include "report/grid.h"

#include "base/alloc.h"

#include <string.h>

enum {
	GAP = 2,       /* cells between columns */
	WIDEST = 32    /* cells of a column, when the width is limited and it is not the last */
};

static const char ellipsis[] = "\xe2\x80\xa6";

struct layout {
	size_t width;
	bool is_number;
};

void hpo__grid_init(struct hpo_grid *grid, size_t columns)
{
	*grid = (struct hpo_grid){ .text = HPO__BUFFER_INIT, .columns = columns };
}

void hpo__grid_release(struct hpo_grid *grid)
{
	hpo__buffer_release(&grid->text);
	hpo__free(grid->starts);
	grid->starts = NULL;
}

struct hpo_buffer *hpo__grid_cell(struct hpo_grid *grid)
{
	size_t *grown = hpo__grow(grid->starts, &grid->capacity, grid->count + 1, sizeof *grown);

	if (grown == NULL) {
		grid->text.failed = true;
		return &grid->text;
	}
	grid->starts = grown;
	if (grid->count > 0)
		hpo__buffer_char(&grid->text, '\0');
	grid->starts[grid->count++] = grid->text.size;
	return &grid->text;
}

static const char *cell(const struct hpo_grid *grid, size_t row, size_t column)
{
	return grid->text.text + grid->starts[row * grid->columns + column];
}

static bool looks_numeric(const char *text)
{
	return strspn(text, "0123456789+-.einfax") == strlen(text) &&
	       (strpbrk(text, "0123456789") != NULL || strcmp(text, "-") == 0 ||
		text[0] == '\0' || strstr(text, "inf") != NULL);
}

static struct layout measure(const struct hpo_grid *grid, size_t rows, size_t column, int width)
{
	struct layout out = { hpo__plain_cells(cell(grid, 0, column)), rows > 1 };

	for (size_t row = 1; row < rows; row++) {
		const char *text = cell(grid, row, column);
		size_t cells = hpo__plain_cells(text);

		out.width = cells > out.width ? cells : out.width;
		out.is_number = out.is_number && looks_numeric(text);
	}
	if (width > 0 && column + 1 < grid->columns && out.width > WIDEST)
		out.width = WIDEST;
	return out;
}

static void write_spaces(struct hpo_buffer *out, size_t count)
{
	while (count-- > 0)
		hpo__buffer_char(out, ' ');
}

/* Append at most `width` cells of text, the last of them an ellipsis if it was longer. */
static void write_cut(struct hpo_buffer *out, const char *text, size_t width)
{
	if (hpo__plain_cells(text) <= width) {
		hpo__buffer_text(out, text);
	} else if (width > 0) {
		hpo__buffer_append(out, text, hpo__plain_prefix(text, width - 1));
		hpo__buffer_text(out, ellipsis);
	}
}

static void write_row(const struct hpo_grid *grid, size_t row, const struct layout *layout,
		      struct hpo_buffer *line)
{
	for (size_t column = 0; column < grid->columns; column++) {
		const char *text = cell(grid, row, column);
		size_t cells = hpo__plain_cells(text);
		size_t pad = cells < layout[column].width ? layout[column].width - cells : 0;

		if (column > 0)
			write_spaces(line, GAP);
		if (layout[column].is_number)
			write_spaces(line, pad);
		write_cut(line, text, layout[column].width);
		if (!layout[column].is_number)
			write_spaces(line, pad);
	}
	while (line->size > 0 && line->text[line->size - 1] == ' ')
		line->text[--line->size] = '\0';
}

hpo_status_t hpo__grid_write(struct hpo_grid *grid, int width, struct hpo_buffer *out,
			     hpo_error_t *error)
{
	struct hpo_buffer line = HPO__BUFFER_INIT;
	size_t rows = grid->count / grid->columns;
	struct layout *layout = hpo__calloc(grid->columns, sizeof *layout);
	hpo_status_t status = HPO_OK;

	hpo__buffer_char(&grid->text, '\0');
	if (layout == NULL || grid->text.failed) {
		status = hpo__fail_memory(error);
		goto done;
	}

	for (size_t column = 0; rows > 0 && column < grid->columns; column++)
		layout[column] = measure(grid, rows, column, width);
	for (size_t row = 0; row < rows; row++) {
		hpo__buffer_clear(&line);
		write_row(grid, row, layout, &line);
		if (line.size > 0)
			write_cut(out, line.text, width > 0 ? (size_t)width : SIZE_MAX);
		hpo__buffer_char(out, '\n');
		out->failed = out->failed || line.failed; /* clearing forgets it */
	}
	if (out->failed)
		status = hpo__fail_memory(error);
done:
	hpo__buffer_release(&line);
	hpo__free(layout);
	return status;
}
