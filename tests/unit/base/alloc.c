/*
 * Memory: checked sizes, growth, and the host's allocator.
 */
#include "base/alloc.h"

#include "support/alloc.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

START_TEST(an_array_whose_size_overflows_is_refused)
{
	ck_assert_ptr_null(hpo__calloc(SIZE_MAX / 2, 3));
	ck_assert_ptr_null(hpo__resize(NULL, SIZE_MAX / 2, 3));
}
END_TEST

START_TEST(an_empty_request_is_memory_all_the_same)
{
	void *a = hpo__alloc(0);
	void *b = hpo__calloc(0, 8);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);

	hpo__free(a);
	hpo__free(b);
	hpo__free(NULL);
}
END_TEST

START_TEST(memory_for_plugins_is_zeroed)
{
	static const unsigned char zeros[100];
	unsigned char *memory = hpo_alloc(sizeof zeros);

	ck_assert_mem_eq(memory, zeros, sizeof zeros);

	hpo_free(memory);
}
END_TEST

START_TEST(growing_keeps_the_items_and_makes_the_room_it_says)
{
	size_t capacity = 0;
	int *items = NULL;

	for (int i = 0; i < 1000; i++) {
		items = hpo__grow(items, &capacity, (size_t)i + 1, sizeof *items);
		ck_assert_uint_gt(capacity, (size_t)i);
		items[i] = i * 7;
	}

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(items[i], i * 7);
	hpo__free(items);
}
END_TEST

START_TEST(growing_without_memory_changes_nothing)
{
	size_t capacity = 0;
	int *items;
	size_t before;

	hpo_test_alloc_install();
	items = hpo__grow(NULL, &capacity, 3, sizeof *items);
	items[2] = 41;
	before = capacity;
	hpo_test_alloc_fail_at(1, 0);

	ck_assert_ptr_null(hpo__grow(items, &capacity, 5000, sizeof *items));
	ck_assert_uint_eq(capacity, before);
	ck_assert_int_eq(items[2], 41);
	ck_assert_ptr_null(hpo__grow(items, &capacity, SIZE_MAX, sizeof *items));
	ck_assert_uint_eq(capacity, before);

	hpo__free(items);
	ck_assert_int_eq(hpo_test_alloc_live(), 0);
	hpo_test_alloc_remove();
}
END_TEST

START_TEST(a_copy_of_a_part_ends_where_the_string_does)
{
	char *whole = hpo__strndup("abc", 100);
	char *part = hpo__strndup("abcdef", 4);

	ck_assert_str_eq(whole, "abc");
	ck_assert_str_eq(part, "abcd");
	ck_assert_ptr_null(hpo__strdup(NULL));

	hpo__free(whole);
	hpo__free(part);
}
END_TEST

START_TEST(all_memory_comes_from_the_allocator_that_was_set)
{
	char *copy;

	hpo_test_alloc_install();
	copy = hpo__strdup("held");
	ck_assert_int_eq(hpo_test_alloc_live(), 1);

	hpo_free(copy);
	ck_assert_int_eq(hpo_test_alloc_live(), 0);
	hpo_test_alloc_remove();
}
END_TEST

Suite *unit_base_alloc(void);

Suite *unit_base_alloc(void)
{
	Suite *suite = suite_create("base/alloc");
	TCase *tests = tcase_create("alloc");

	tcase_add_test(tests, an_array_whose_size_overflows_is_refused);
	tcase_add_test(tests, an_empty_request_is_memory_all_the_same);
	tcase_add_test(tests, memory_for_plugins_is_zeroed);
	tcase_add_test(tests, growing_keeps_the_items_and_makes_the_room_it_says);
	tcase_add_test(tests, growing_without_memory_changes_nothing);
	tcase_add_test(tests, a_copy_of_a_part_ends_where_the_string_does);
	tcase_add_test(tests, all_memory_comes_from_the_allocator_that_was_set);
	suite_add_tcase(suite, tests);
	return suite;
}
