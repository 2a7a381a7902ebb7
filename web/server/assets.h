/*
 * Files that were built into the command: scripts/embed writes the table.
 */
#ifndef WEB_SERVER_ASSETS_H
#define WEB_SERVER_ASSETS_H

#include <stddef.h>

struct asset {
	const char *name; /* "app.js"; NULL ends the table */
	const char *type; /* for Content-Type */
	const char *tag;  /* for ETag, quoted */
	int zipped;       /* the bytes are gzip's */
	const unsigned char *bytes; /* [size] */
	const unsigned char *end;
};

extern const struct asset web_assets[];

#endif
