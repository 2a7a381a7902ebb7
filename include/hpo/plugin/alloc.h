/**
 * @file
 * Where the library takes its memory from.
 */
#ifndef HPO_PLUGIN_ALLOC_H
#define HPO_PLUGIN_ALLOC_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A source of memory. All three are required, and follow malloc, realloc and
 * free of the C standard; `user` is passed on as it is.
 */
typedef struct hpo_allocator {
	void *(*alloc)(size_t bytes, void *user);
	void *(*resize)(void *memory, size_t bytes, void *user);
	void (*release)(void *memory, void *user);
	void *user;
} hpo_allocator_t;

/**
 * Choose the source of memory, before any other call of the library.
 *
 * jansson and SQLite keep their own allocators: they belong to the host.
 *
 * @param allocator  copied; NULL restores malloc.
 *
 * Threads: none may be inside the library. Since 0.1.
 */
HPO_API void hpo_set_allocator(const hpo_allocator_t *allocator);

/**
 * Memory from the chosen source, for plug-ins.
 *
 * @param bytes  how many; 0 counts as 1.
 * @return zeroed memory, free it with hpo_free(); NULL when there is none.
 *
 * Threads: any. Since 0.1.
 */
HPO_API void *hpo_alloc(size_t bytes);

/**
 * Change the size of memory from the same allocator, as realloc does: NULL
 * memory is allocated, uninitialised.
 *
 * @return the memory, maybe moved; NULL, with the old as it was, when there is none.
 *
 * Threads: any. Since 0.1.
 */
HPO_API void *hpo_resize(void *memory, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
