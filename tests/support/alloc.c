/*
 * Memory that runs out on demand. Blocks have no header of ours: one that was
 * taken before the allocator was installed can be freed after.
 */
#include "support/alloc.h"

#include "hpo/plugin/alloc.h"

#include <check.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_long live;      /* blocks held */
static atomic_long remaining; /* allocations until one fails; below 1 when none is to */
static atomic_bool lasts;     /* all after it fail as well */
static atomic_long failures;  /* how many did */

static bool is_refused(void)
{
	long before = atomic_load(&remaining);

	if (before <= 0)
		return false;
	if (before > 1 || !atomic_load(&lasts))
		atomic_fetch_sub(&remaining, 1);
	if (before > 1)
		return false;
	atomic_fetch_add(&failures, 1);
	return true;
}

static void *take(size_t bytes)
{
	void *memory = is_refused() ? NULL : malloc(bytes);

	if (memory != NULL)
		atomic_fetch_add(&live, 1);
	return memory;
}

static void give_back(void *memory)
{
	if (memory != NULL)
		atomic_fetch_sub(&live, 1);
	free(memory);
}

static void *library_alloc(size_t bytes, void *user)
{
	(void)user;
	return take(bytes);
}

static void *library_resize(void *memory, size_t bytes, void *user)
{
	(void)user;
	return is_refused() ? NULL : realloc(memory, bytes);
}

static void library_release(void *memory, void *user)
{
	(void)user;
	give_back(memory);
}

void hpo_test_alloc_install(void)
{
	static const hpo_allocator_t counting = {
		library_alloc,
		library_resize,
		library_release,
		NULL,
	};

	atomic_store(&live, 0);
	hpo_test_alloc_fail_at(0, 0);
	hpo_set_allocator(&counting);
	json_set_alloc_funcs(take, give_back);
}

void hpo_test_alloc_remove(void)
{
	hpo_test_alloc_fail_at(0, 0);
	hpo_set_allocator(NULL);
	json_set_alloc_funcs(malloc, free);
}

void hpo_test_alloc_fail_at(long n, int lasting)
{
	atomic_store(&failures, 0);
	atomic_store(&lasts, lasting != 0);
	atomic_store(&remaining, n);
}

long hpo_test_alloc_live(void)
{
	return atomic_load(&live);
}

/* True when an allocation was refused, so that a later one is worth a try. */
static bool run_failing(hpo_status_t (*operation)(void *user), void *user, long n, int lasting)
{
	long before = hpo_test_alloc_live();
	hpo_status_t status;
	bool failed;

	hpo_test_alloc_fail_at(n, lasting);
	status = operation(user);
	failed = atomic_load(&failures) > 0;
	hpo_test_alloc_fail_at(0, 0);

	ck_assert_msg(status == (failed ? HPO_ENOMEM : HPO_OK),
		      "allocation %ld %s: status %d", n, failed ? "failed" : "was not needed",
		      (int)status);
	ck_assert_msg(hpo_test_alloc_live() == before, "allocation %ld failed: %ld blocks are left",
		      n, hpo_test_alloc_live() - before);
	return failed;
}

void hpo_test_each_allocation(hpo_status_t (*operation)(void *user), void *user)
{
	hpo_test_alloc_install();
	ck_assert_int_eq(operation(user), HPO_OK);

	for (int lasting = 0; lasting <= 1; lasting++) {
		long n = 1;

		while (run_failing(operation, user, n, lasting))
			n++;
	}
	hpo_test_alloc_remove();
}
