/*
 * Report lines, whole and cut in pieces: nothing that a task prints may do
 * harm, and where the pieces are cut may change nothing.
 */
#include "backend/stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	size_t count;
	uint64_t digest;
};

static void mix(struct told *told, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		told->digest = (told->digest ^ at[i]) * 1099511628211u; /* FNV-1a */
}

static void hear(void *user, int64_t iteration, const char *metric, double value)
{
	struct told *told = user;

	if (iteration < -1 || metric[0] == '\0')
		abort();
	told->count++;
	mix(told, &iteration, sizeof iteration);
	mix(told, metric, strlen(metric) + 1);
	if (value == value) /* the bits of a NaN do not matter */
		mix(told, &value, sizeof value);
}

static struct told feed(const uint8_t *data, size_t size, size_t piece)
{
	struct hpo_stream stream = {0};
	struct told told = {0, 14695981039346656037u};

	for (size_t at = 0; at < size; at += piece) {
		size_t length = size - at < piece ? size - at : piece;
		char *copy = malloc(length + 1);

		if (copy == NULL)
			abort();
		memcpy(copy, data + at, length);
		hpo__stream_feed(&stream, copy, length, hear, &told);
		free(copy);
	}
	hpo__stream_end(&stream, hear, &told);
	hpo__stream_release(&stream);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told whole = feed(data, size, size > 0 ? size : 1);
	struct told pieces = feed(data, size, size > 0 ? data[0] % 16 + 1u : 1);

	if (whole.count != pieces.count || whole.digest != pieces.digest)
		abort();
	return 0;
}
