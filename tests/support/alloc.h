/*
 * Memory that runs out on demand, and a count of what is still held.
 */
#ifndef HPO_TESTS_SUPPORT_ALLOC_H
#define HPO_TESTS_SUPPORT_ALLOC_H

#include "hpo/status.h"

/* Put the counting allocator under the library and under jansson, or take it away again. */
void hpo_test_alloc_install(void);
void hpo_test_alloc_remove(void);

/*
 * Let the n-th allocation from now on fail, 1 for the next; 0 for none. `lasting`
 * 1: all after it too, as when memory is really spent; 0: that one alone.
 */
void hpo_test_alloc_fail_at(long n, int lasting);

/* How many blocks are held that were taken since the allocator was installed. */
long hpo_test_alloc_live(void);

/*
 * Run an operation with its n-th allocation failing, for every n until it gets
 * by with fewer, each alone and with all after it. It must say HPO_ENOMEM
 * whenever one failed and HPO_OK in the end, and hold nothing afterwards. It
 * runs once before, so that what is made only once is not taken for a leak.
 */
void hpo_test_each_allocation(hpo_status_t (*operation)(void *user), void *user);

#endif
