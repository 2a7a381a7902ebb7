/*
 * The allocator that the host chose, malloc until it does.
 */
#include "hpo/plugin/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *system_alloc(size_t bytes, void *user)
{
	(void)user;
	return malloc(bytes);
}

static void *system_resize(void *memory, size_t bytes, void *user)
{
	(void)user;
	return realloc(memory, bytes);
}

static void system_release(void *memory, void *user)
{
	(void)user;
	free(memory);
}

static const hpo_allocator_t system_allocator = {
	system_alloc,
	system_resize,
	system_release,
	NULL,
};

/* Set before any other call of the library, and so read without a lock. */
static hpo_allocator_t current = {
	system_alloc,
	system_resize,
	system_release,
	NULL,
};

void hpo_set_allocator(const hpo_allocator_t *allocator)
{
	current = allocator != NULL ? *allocator : system_allocator;
}

void *hpo_resize(void *memory, size_t bytes)
{
	const size_t some = bytes > 0 ? bytes : 1;

	if (memory == NULL)
		return current.alloc(some, current.user);
	return current.resize(memory, some, current.user);
}

void *hpo_alloc(size_t bytes)
{
	void *memory = hpo_resize(NULL, bytes);

	if (memory != NULL)
		memset(memory, 0, bytes);
	return memory;
}

void hpo_free(void *memory)
{
	if (memory != NULL)
		current.release(memory, current.user);
}
