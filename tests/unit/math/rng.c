/*
 * The generator: known answers, streams, and that its distributions have no bias.
 */
#include "math/rng.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* From the file kat_vectors of the Random123 distribution, philox4x32 with 10 rounds. */
START_TEST(philox_gives_the_known_answers)
{
	static const struct {
		uint32_t counter[4];
		uint32_t key[2];
		uint32_t answer[4];
	} cases[] = {
		{ { 0, 0, 0, 0 },
		  { 0, 0 },
		  { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
		  { 0xffffffff, 0xffffffff },
		  { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
		  { 0xa4093822, 0x299f31d0 },
		  { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t out[4];

		hpo__philox(cases[i].key, cases[i].counter, out);

		ck_assert_mem_eq(out, cases[i].answer, sizeof out);
	}
}
END_TEST

START_TEST(the_first_block_of_a_stream_is_that_of_its_key_and_counter)
{
	const uint32_t key[2] = { 0x89abcdef, 0x01234567 };
	const uint32_t counter[4] = { 0, 7, 0x00000005, 0x00000002 };
	const uint32_t next[4] = { 1, 7, 0x00000005, 0x00000002 };
	uint32_t block[4];
	hpo_rng_t rng;

	hpo_rng_init(&rng, 0x0123456789abcdef, 0x0000000200000005, 7);

	hpo__philox(key, counter, block);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(hpo_rng_u32(&rng), block[i]);
	hpo__philox(key, next, block);
	ck_assert_uint_eq(hpo_rng_u64(&rng), (uint64_t)block[1] << 32 | block[0]);
}
END_TEST

START_TEST(seed_trial_and_purpose_each_give_another_stream)
{
	hpo_rng_t streams[6];

	hpo_rng_init(&streams[0], 1, 2, 3);
	hpo_rng_init(&streams[1], 2, 2, 3);
	hpo_rng_init(&streams[2], 1, 3, 3);
	hpo_rng_init(&streams[3], 1, 2, 4);
	hpo_rng_init(&streams[4], UINT64_C(1) << 32 | 1, 2, 3);
	hpo_rng_init(&streams[5], 1, UINT64_C(1) << 32 | 2, 3);

	for (int i = 0; i < 6; i++)
		for (int j = 0; j < i; j++) {
			hpo_rng_t a = streams[i];
			hpo_rng_t b = streams[j];

			ck_assert_uint_ne(hpo_rng_u64(&a), hpo_rng_u64(&b));
		}
}
END_TEST

START_TEST(a_copy_goes_on_where_the_original_was)
{
	hpo_rng_t rng;
	hpo_rng_t copy;

	hpo_rng_init(&rng, 9, 9, 9);
	hpo_rng_u32(&rng);
	copy = rng;

	for (int i = 0; i < 20; i++)
		ck_assert_uint_eq(hpo_rng_u32(&copy), hpo_rng_u32(&rng));
}
END_TEST

/* Chi-square of counts against equal shares. */
static double measure_chi_square(const long *counts, size_t cells, long total)
{
	double expected = (double)total / (double)cells;
	double sum = 0;

	for (size_t i = 0; i < cells; i++)
		sum += (counts[i] - expected) * (counts[i] - expected) / expected;
	return sum;
}

/* 148.23 is the quantile at 0.999 of chi-square with 99 degrees of freedom (scipy 1.17). */
START_TEST(uniforms_fill_equal_cells_equally)
{
	long counts[100] = { 0 };
	hpo_rng_t rng;

	hpo_rng_init(&rng, 20, 0, 0);
	for (int i = 0; i < 1000000; i++) {
		double u = hpo_rng_uniform(&rng);

		ck_assert(u >= 0 && u < 1);
		ck_assert(u * 0x1p53 == floor(u * 0x1p53));
		counts[(int)(u * 100)]++;
	}

	ck_assert_double_lt(measure_chi_square(counts, 100, 1000000), 148.23);
}
END_TEST

/*
 * For a bound of 3 * 2^62 the remainder of 64 bits would give the lowest third
 * half of all draws. 13.82 is the quantile at 0.999 for 2 degrees of freedom.
 */
START_TEST(below_has_no_bias_for_an_awkward_bound)
{
	const uint64_t third = UINT64_C(1) << 62;
	long counts[3] = { 0 };
	hpo_rng_t rng;

	hpo_rng_init(&rng, 20, 1, 0);
	for (int i = 0; i < 300000; i++) {
		uint64_t x = hpo_rng_below(&rng, 3 * third);

		ck_assert(x < 3 * third);
		counts[x / third]++;
	}

	ck_assert_double_lt(measure_chi_square(counts, 3, 300000), 13.82);
}
END_TEST

/* 22.46 is the quantile at 0.999 of chi-square with 6 degrees of freedom (scipy 1.17). */
START_TEST(below_a_small_bound_gives_each_number)
{
	long counts[7] = { 0 };
	hpo_rng_t rng;

	hpo_rng_init(&rng, 20, 2, 0);
	for (int i = 0; i < 700000; i++)
		counts[hpo_rng_below(&rng, 7)]++;

	ck_assert_double_lt(measure_chi_square(counts, 7, 700000), 22.46);
	for (int i = 0; i < 10; i++)
		ck_assert_uint_eq(hpo_rng_below(&rng, 1), 0);
}
END_TEST

/* Five standard errors of n draws: 1, sqrt(2) and sqrt(15) over sqrt(n). */
START_TEST(normals_have_the_moments_of_a_normal)
{
	const int n = 400000;
	double sums[3] = { 0, 0, 0 };
	hpo_rng_t rng;

	hpo_rng_init(&rng, 20, 3, 0);
	for (int i = 0; i < n; i++) {
		double x = hpo_rng_normal(&rng);

		ck_assert(isfinite(x));
		sums[0] += x;
		sums[1] += x * x;
		sums[2] += x * x * x;
	}

	ck_assert_double_lt(fabs(sums[0] / n), 5 / sqrt(n));
	ck_assert_double_lt(fabs(sums[1] / n - 1), 5 * sqrt(2) / sqrt(n));
	ck_assert_double_lt(fabs(sums[2] / n), 5 * sqrt(15) / sqrt(n));
}
END_TEST

Suite *unit_math_rng(void);

Suite *unit_math_rng(void)
{
	Suite *suite = suite_create("math/rng");
	TCase *tests = tcase_create("rng");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, philox_gives_the_known_answers);
	tcase_add_test(tests, the_first_block_of_a_stream_is_that_of_its_key_and_counter);
	tcase_add_test(tests, seed_trial_and_purpose_each_give_another_stream);
	tcase_add_test(tests, a_copy_goes_on_where_the_original_was);
	tcase_add_test(tests, uniforms_fill_equal_cells_equally);
	tcase_add_test(tests, below_has_no_bias_for_an_awkward_bound);
	tcase_add_test(tests, below_a_small_bound_gives_each_number);
	tcase_add_test(tests, normals_have_the_moments_of_a_normal);
	suite_add_tcase(suite, tests);
	return suite;
}
