/*
 * Lines out of pieces, wherever these are cut.
 */
#include "backend/stream.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct sum {
	size_t count;
	double total;
};

static void add(void *user, int64_t iteration, const char *metric, double value)
{
	struct sum *sum = user;

	(void)iteration;
	(void)metric;
	sum->count++;
	sum->total += value;
}

static void feed(struct hpo_stream *stream, const char *text, struct sum *sum)
{
	char *copy = malloc(strlen(text) + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, strlen(text));
	hpo__stream_feed(stream, copy, strlen(text), add, sum);
	free(copy);
}

START_TEST(lines_are_the_same_wherever_they_are_cut)
{
	const char *text = "a=1\nnoise\n{\"b\": 2}\n\nc=4\n";
	size_t size = strlen(text);

	for (size_t cut = 0; cut <= size; cut++) {
		struct hpo_stream stream = {0};
		struct sum sum = {0};
		char first[64];

		memcpy(first, text, cut);
		first[cut] = '\0';
		feed(&stream, first, &sum);
		feed(&stream, text + cut, &sum);

		ck_assert_uint_eq(sum.count, 3);
		ck_assert_double_eq(sum.total, 7);
		hpo__stream_release(&stream);
	}
}
END_TEST

START_TEST(a_last_line_without_a_newline_counts_at_the_end)
{
	struct hpo_stream stream = {0};
	struct sum sum = {0};

	feed(&stream, "a=1\nb=2", &sum);
	ck_assert_uint_eq(sum.count, 1);
	hpo__stream_end(&stream, add, &sum);

	ck_assert_uint_eq(sum.count, 2);
	hpo__stream_release(&stream);
}
END_TEST

START_TEST(an_endless_line_is_left_out_and_takes_no_memory)
{
	struct hpo_stream stream = {0};
	struct sum sum = {0};
	char *blanks = malloc(40001);

	ck_assert_ptr_nonnull(blanks);
	memset(blanks, ' ', 40000);
	blanks[40000] = '\0';
	feed(&stream, "a=1", &sum);
	for (int i = 0; i < 100; i++)
		feed(&stream, blanks, &sum);
	ck_assert_uint_le(stream.capacity, 131072);
	feed(&stream, " b=2\nc=3\n", &sum);

	ck_assert_uint_eq(sum.count, 1);
	ck_assert_double_eq(sum.total, 3);
	free(blanks);
	hpo__stream_release(&stream);
}
END_TEST

Suite *unit_backend_stream(void);
Suite *unit_backend_stream(void)
{
	Suite *suite = suite_create("backend/stream");
	TCase *cases = tcase_create("stream");

	tcase_add_test(cases, lines_are_the_same_wherever_they_are_cut);
	tcase_add_test(cases, a_last_line_without_a_newline_counts_at_the_end);
	tcase_add_test(cases, an_endless_line_is_left_out_and_takes_no_memory);
	suite_add_tcase(suite, cases);
	return suite;
}
