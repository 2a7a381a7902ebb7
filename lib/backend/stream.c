/*
 * Bytes cut into lines. A line that lies whole in what came is read where it is.
 */
#include "backend/stream.h"

#include "base/alloc.h"

#include <string.h>

enum { LONGEST_LINE = 65536 };

/* Keep a piece of a line until the rest of it comes. */
static void keep(struct hpo_stream *stream, const char *bytes, size_t size)
{
	char *start;

	if (stream->skipping || size == 0)
		return;
	if (stream->size + size > LONGEST_LINE) {
		stream->skipping = true;
		return;
	}
	start = hpo__grow(stream->start, &stream->capacity, stream->size + size + 1, 1);
	if (start == NULL) {
		stream->skipping = true;
		return;
	}
	stream->start = start;
	memcpy(start + stream->size, bytes, size);
	stream->size += size;
}

void hpo__stream_feed(struct hpo_stream *stream, char *bytes, size_t size, hpo_line_fn fn,
		      void *user)
{
	char *end = bytes + size;
	char *newline;

	for (; bytes < end; bytes = newline + 1) {
		newline = memchr(bytes, '\n', (size_t)(end - bytes));
		if (newline == NULL) {
			keep(stream, bytes, (size_t)(end - bytes));
			return;
		}
		if (stream->size == 0 && !stream->skipping) {
			if (newline - bytes <= LONGEST_LINE)
				hpo__line_read(bytes, (size_t)(newline - bytes), fn, user);
			continue;
		}
		keep(stream, bytes, (size_t)(newline - bytes));
		hpo__stream_end(stream, fn, user);
	}
}

void hpo__stream_end(struct hpo_stream *stream, hpo_line_fn fn, void *user)
{
	if (stream->size > 0 && !stream->skipping)
		hpo__line_read(stream->start, stream->size, fn, user);
	stream->size = 0;
	stream->skipping = false;
}

void hpo__stream_release(struct hpo_stream *stream)
{
	hpo__free(stream->start);
	memset(stream, 0, sizeof *stream);
}
