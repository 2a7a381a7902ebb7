/*
 * Comma-separated values (RFC 4180), read into cells. Pure.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include "command.h"

struct csv_cell {
	const char *text; /* without its quotes, terminated */
	bool is_quoted;   /* "" is an empty text, and nothing at all is no value */
};

struct csv {
	char *text;             /* what the cells point into; owned */
	struct csv_cell *cells; /* [rows][columns], row-major; owned */
	size_t *lines;          /* [rows]: the line each begins on, from 1; owned */
	size_t rows, columns;   /* the header is row 0 */
};

/*
 * Read text[size], which csv_release() frees, also after a failure. A row of
 * another length than the header, or a quote that is not closed, is refused
 * with its line. Empty lines are skipped.
 */
bool csv_parse(struct csv *out, char *text, size_t size, hpo_error_t *error);
void csv_release(struct csv *csv);

#endif
