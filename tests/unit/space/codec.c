/*
 * Values as text, numbers and hashes; points of whole spaces.
 */
#include "hpo/plugin/random.h"
#include "unit/space/make.h"

#include <math.h>

Suite *unit_space_codec(void);

static const char mixed[] = "[{'name':'x','type':'float','low':0.25,'high':64},"
			    "{'name':'k','type':'int','low':-3,'high':3},"
			    "{'name':'c','type':'categorical','choices':['sgd','2.5',16,true]},"
			    "{'name':'b','type':'bool'},"
			    "{'name':'m','type':'float','low':1,'high':2,'when':{'b':[true]}}]";

static void check_text(const hpo_space_t *space, size_t axis, union hpo_value value,
		       const char *expected)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__codec_text(space, axis, value, &out);
	ck_assert_str_eq(out.text, expected);
	hpo__buffer_release(&out);
}

START_TEST(values_are_written_for_a_command_line)
{
	hpo_space_t *space = make_space(mixed);

	check_text(space, 0, (union hpo_value){.real = 64}, "64");
	check_text(space, 0, (union hpo_value){.real = 0.1}, "0.1");
	check_text(space, 1, (union hpo_value){.integer = -3}, "-3");
	check_text(space, 2, (union hpo_value){.integer = 0}, "sgd");
	check_text(space, 2, (union hpo_value){.integer = 2}, "16");
	check_text(space, 3, (union hpo_value){.integer = 1}, "true");
	hpo_space_free(space);
}
END_TEST

START_TEST(values_that_are_numbers_have_one)
{
	hpo_space_t *space = make_space(mixed);

	ck_assert_double_eq(hpo__codec_real(space, 0, (union hpo_value){.real = 1.5}), 1.5);
	ck_assert_double_eq(hpo__codec_real(space, 1, (union hpo_value){.integer = -2}), -2);
	ck_assert(isnan(hpo__codec_real(space, 2, (union hpo_value){.integer = 0})));
	ck_assert_double_eq(hpo__codec_real(space, 2, (union hpo_value){.integer = 1}), 2.5);
	ck_assert_double_eq(hpo__codec_real(space, 2, (union hpo_value){.integer = 2}), 16);
	ck_assert_double_eq(hpo__codec_real(space, 3, (union hpo_value){.integer = 1}), 1);
	ck_assert_ptr_null(hpo__codec_choice(space, 1, (union hpo_value){.integer = 1}));
	ck_assert_str_eq(hpo__codec_choice(space, 3, (union hpo_value){.integer = 0}), "false");
	hpo_space_free(space);
}
END_TEST

START_TEST(an_axis_says_whether_its_scale_is_logarithmic)
{
	hpo_space_t *space = make_space(
		"[{'name':'a','type':'float','low':1,'high':9,'scale':'log'},"
		"{'name':'b','type':'float','low':1,'high':9},"
		"{'name':'c','type':'int','low':1,'high':9,'scale':'log'},"
		"{'name':'d','type':'categorical','choices':[1,10,100]}]");

	ck_assert(hpo__codec_is_log(space, 0));
	ck_assert(!hpo__codec_is_log(space, 1));
	ck_assert(hpo__codec_is_log(space, 2));
	ck_assert(!hpo__codec_is_log(space, 3));
	hpo_space_free(space);
}
END_TEST

START_TEST(one_value_is_written_with_its_type)
{
	hpo_space_t *space = make_space("[{'name':'a','type':'float','low':1,'high':9},"
					"{'name':'b','type':'int','low':1,'high':9},"
					"{'name':'c','type':'categorical','choices':['x',7]},"
					"{'name':'d','type':'bool'}]");
	static const char *const wanted[] = {"64.0", "3", "7", "true"};
	const union hpo_value values[] = {{.real = 64}, {.integer = 3}, {.integer = 1},
					  {.integer = 1}};

	for (size_t i = 0; i < 4; i++) {
		struct hpo_buffer out = HPO__BUFFER_INIT;

		hpo__codec_write_value(space, i, values[i], &out);
		ck_assert_str_eq(out.text, wanted[i]);
		hpo__buffer_release(&out);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(an_inactive_axis_is_a_half_and_its_value_0)
{
	hpo_space_t *space = make_space(mixed);
	const double point[] = {0.1, 0.1, 0.1, 0.2, 0.9};
	struct values values;
	double own[5];

	hpo__codec_decode(space, point, values.list, values.active);
	hpo__codec_encode(space, values.list, values.active, own);

	ck_assert_int_eq(values.active[4], 0);
	ck_assert_double_eq(values.list[4].real, 0);
	ck_assert_double_eq(own[4], 0.5);
	hpo_space_free(space);
}
END_TEST

START_TEST(written_values_are_read_back_to_the_bit)
{
	hpo_space_t *space = make_space(mixed);
	hpo_rng_t rng;

	hpo_rng_init(&rng, 6, 0, 0);
	for (int i = 0; i < 2000; i++) {
		struct hpo_buffer out = HPO__BUFFER_INIT;
		struct values values, back;
		hpo_error_t error;
		double point[5];

		for (size_t a = 0; a < 5; a++)
			point[a] = hpo_rng_uniform(&rng);
		hpo__codec_decode(space, point, values.list, values.active);
		hpo__codec_write(space, values.list, values.active, &out);

		ck_assert_msg(read_values(space, out.text, 1, &back, &error) == HPO_OK, "%s",
			      error.message);
		ck_assert_mem_eq(back.active, values.active, 5);
		ck_assert_mem_eq(back.list, values.list, 5 * sizeof *back.list);
		hpo__buffer_release(&out);
	}
	hpo_space_free(space);
}
END_TEST

/* The number was computed by a Python program of the same definition. */
START_TEST(a_hash_is_the_same_in_every_version)
{
	hpo_space_t *space = make_space(mixed);
	struct values values;
	hpo_error_t error;

	ck_assert_int_eq(
		read_values(space, "{'x':0.5,'k':2,'c':'sgd','b':false}", 1, &values, &error),
		HPO_OK);

	ck_assert_uint_eq(hpo__codec_hash(space, values.list, values.active),
			  UINT64_C(3890924184255260998));
	hpo_space_free(space);
}
END_TEST

START_TEST(a_hash_tells_values_and_axes_apart)
{
	hpo_space_t *space = make_space("[{'name':'a','type':'int','low':0,'high':9},"
					"{'name':'b','type':'int','low':0,'high':9}]");
	uint64_t seen[100];

	for (int64_t i = 0; i < 100; i++) {
		struct values values = {{{.integer = i / 10}, {.integer = i % 10}}, {1, 1}};

		seen[i] = hpo__codec_hash(space, values.list, values.active);
		for (int64_t k = 0; k < i; k++)
			ck_assert_uint_ne(seen[i], seen[k]);
	}
	hpo_space_free(space);
}
END_TEST

Suite *unit_space_codec(void)
{
	Suite *suite = suite_create("space/codec");
	TCase *tests = tcase_create("codec");

	tcase_add_test(tests, values_are_written_for_a_command_line);
	tcase_add_test(tests, values_that_are_numbers_have_one);
	tcase_add_test(tests, an_axis_says_whether_its_scale_is_logarithmic);
	tcase_add_test(tests, one_value_is_written_with_its_type);
	tcase_add_test(tests, an_inactive_axis_is_a_half_and_its_value_0);
	tcase_add_test(tests, written_values_are_read_back_to_the_bit);
	tcase_add_test(tests, a_hash_is_the_same_in_every_version);
	tcase_add_test(tests, a_hash_tells_values_and_axes_apart);
	suite_add_tcase(suite, tests);
	return suite;
}
