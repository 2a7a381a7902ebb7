/*
 * The checked forms over the allocator that the host chose. They go through the
 * public calls, so that a module with its own copy of this file shares the
 * host's allocator.
 */
#include "base/alloc.h"

#include <stdbool.h>
#include <string.h>

void *hpo__alloc(size_t bytes)
{
	return hpo_resize(NULL, bytes);
}

/* False when the product does not fit. */
static bool multiply(size_t count, size_t bytes, size_t *out)
{
	if (bytes != 0 && count > SIZE_MAX / bytes)
		return false;
	*out = count * bytes;
	return true;
}

void *hpo__calloc(size_t count, size_t bytes)
{
	void *memory;
	size_t total;

	if (!multiply(count, bytes, &total))
		return NULL;

	memory = hpo__alloc(total);
	if (memory != NULL)
		memset(memory, 0, total);
	return memory;
}

void *hpo__resize(void *memory, size_t count, size_t bytes)
{
	size_t total;

	if (!multiply(count, bytes, &total))
		return NULL;
	return hpo_resize(memory, total);
}

void *hpo__grow(void *memory, size_t *capacity, size_t need, size_t bytes)
{
	const size_t fewest = 8; /* below this, growing costs more than the room it saves */
	size_t room = *capacity;
	void *grown;

	if (memory != NULL && need <= room)
		return memory;

	/* By half again: old blocks can be reused by later ones, unlike with doubling. */
	room = room > SIZE_MAX / 2 ? SIZE_MAX : room + room / 2;
	if (room < need)
		room = need;
	if (room < fewest)
		room = fewest;

	grown = hpo__resize(memory, room, bytes);
	if (grown != NULL)
		*capacity = room;
	return grown;
}

char *hpo__strdup(const char *text)
{
	return text != NULL ? hpo__strndup(text, strlen(text)) : NULL;
}

char *hpo__strndup(const char *text, size_t length)
{
	const char *end;
	char *copy;

	if (text == NULL)
		return NULL;

	end = memchr(text, '\0', length);
	if (end != NULL)
		length = (size_t)(end - text);

	copy = length < SIZE_MAX ? hpo__alloc(length + 1) : NULL;
	if (copy != NULL) {
		memcpy(copy, text, length);
		copy[length] = '\0';
	}
	return copy;
}

void hpo__free(void *memory)
{
	hpo_free(memory);
}
