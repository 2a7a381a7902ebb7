/*
 * Bytes that come in pieces, cut into lines. Lines longer than 64 KiB are left
 * out whole; a last line without a newline counts.
 */
#ifndef HPO_BACKEND_STREAM_H
#define HPO_BACKEND_STREAM_H

#include "backend/lines.h"

#include <stdbool.h>

struct hpo_stream {
	char *start; /* [capacity], of a line whose end has not come */
	size_t size; /* bytes in it */
	size_t capacity;
	bool skipping; /* the line is too long, or memory was out: until its newline */
};

/* Tell the metrics in the lines that end in these bytes. They are written over, bytes[size] too. */
void hpo__stream_feed(struct hpo_stream *stream, char *bytes, size_t size, hpo_line_fn fn,
		      void *user);
/* No more will come. */
void hpo__stream_end(struct hpo_stream *stream, hpo_line_fn fn, void *user);
void hpo__stream_release(struct hpo_stream *stream);

#endif
