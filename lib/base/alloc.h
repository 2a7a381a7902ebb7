/*
 * Memory, behind the one allocator that the host may choose. Sizes of arrays
 * are multiplied by the checked forms only.
 */
#ifndef HPO_BASE_ALLOC_H
#define HPO_BASE_ALLOC_H

#include "hpo/plugin/alloc.h"

/* Uninitialised memory of at least 1 byte; NULL when there is none. */
void *hpo__alloc(size_t bytes);

/* Zeroed memory for `count` items of `bytes` each; NULL also when the product overflows. */
void *hpo__calloc(size_t count, size_t bytes);

/* Resize an array, which may be NULL, to `count` items; NULL leaves the old one as it was. */
void *hpo__resize(void *memory, size_t count, size_t bytes);

/*
 * Make room for at least `need` items in an array that grows geometrically.
 * Returns the array (maybe moved) and updates *capacity; NULL, with everything
 * as it was, when there is no memory.
 */
void *hpo__grow(void *memory, size_t *capacity, size_t need, size_t bytes);

/* A copy of a string; of NULL, NULL. */
char *hpo__strdup(const char *text);
char *hpo__strndup(const char *text, size_t length);

/* Free what the above gave; NULL is fine. */
void hpo__free(void *memory);

#endif
