/*
 * Comma-separated values (RFC 4180), read into cells. Lines may end in LF as
 * well, and a byte order mark is passed over.
 */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

/* A reader in the middle of a text that it unquotes in place. */
struct reader {
	char *at;
	size_t line;
	char ended; /* what ended the last cell: ',' or '\n', or '\0' at the end of the text */
};

/* Pass over what ends a cell, leaving it terminated at `end`. */
static bool end_cell(struct reader *reader, char *end, hpo_error_t *error)
{
	if (reader->at[0] == '\r' && reader->at[1] == '\n')
		reader->at++;
	reader->ended = *reader->at;
	if (reader->ended != ',' && reader->ended != '\n' && reader->ended != '\0')
		return refuse(error, "line %zu: expected a comma or the end of the line after a "
			      "closing quote", reader->line);
	if (reader->ended != '\0')
		reader->at++;
	*end = '\0';
	return true;
}

static bool read_quoted(struct reader *reader, struct csv_cell *out, hpo_error_t *error)
{
	size_t first = reader->line;
	char *from = reader->at + 1;
	char *to = from;

	out->text = to;
	out->is_quoted = true;
	for (;; from++) {
		if (*from == '\0')
			return refuse(error, "line %zu: a quote is not closed", first);
		if (*from == '"' && from[1] != '"')
			break;
		if (*from == '"')
			from++;
		reader->line += *from == '\n';
		*to++ = *from;
	}
	reader->at = from + 1;
	return end_cell(reader, to, error);
}

static bool read_cell(struct reader *reader, struct csv_cell *out, hpo_error_t *error)
{
	char *end;

	if (*reader->at == '"')
		return read_quoted(reader, out, error);
	out->text = reader->at;
	out->is_quoted = false;
	reader->at += strcspn(reader->at, ",\n");
	end = reader->at;
	if (*end != ',' && end > out->text && end[-1] == '\r')
		end--;
	return end_cell(reader, end, error);
}

static bool is_empty_line(const struct reader *reader)
{
	return reader->at[0] == '\n' || (reader->at[0] == '\r' && reader->at[1] == '\n');
}

/* Read one row behind the cells that are there. */
static bool read_row(struct csv *csv, struct reader *reader, size_t *count, hpo_error_t *error)
{
	size_t begun = reader->line;
	size_t before = *count;

	csv->lines = grow_array(csv->lines, csv->rows, sizeof *csv->lines);
	csv->lines[csv->rows] = begun;
	do {
		csv->cells = grow_array(csv->cells, *count, sizeof *csv->cells);
		if (!read_cell(reader, &csv->cells[(*count)++], error))
			return false;
	} while (reader->ended == ',');
	reader->line++;
	if (csv->rows == 0)
		csv->columns = *count;
	csv->rows++;
	if (*count - before == csv->columns)
		return true;
	return refuse(error, "line %zu: %zu cells, but the header has %zu", begun, *count - before,
		      csv->columns);
}

bool csv_parse(struct csv *out, char *text, size_t size, hpo_error_t *error)
{
	struct reader reader = { text, 1, '\n' };
	size_t count = 0;

	*out = (struct csv){ .text = text };
	if (strlen(text) != size)
		return refuse(error, "a zero byte after %zu bytes: this is no text",
			      strlen(text));
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		reader.at += 3;
	while (*reader.at != '\0') {
		if (is_empty_line(&reader)) {
			reader.at = strchr(reader.at, '\n') + 1;
			reader.line++;
		} else if (!read_row(out, &reader, &count, error)) {
			return false;
		}
	}
	if (out->rows == 0)
		return refuse(error, "there is no header");
	return true;
}

void csv_release(struct csv *csv)
{
	free(csv->text);
	free(csv->cells);
	free(csv->lines);
	*csv = (struct csv){ 0 };
}
