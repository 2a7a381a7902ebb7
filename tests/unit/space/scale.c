/*
 * Coordinates to values and back, for single parameters.
 */
#include "hpo/plugin/random.h"
#include "unit/space/make.h"

#include <math.h>

Suite *unit_space_scale(void);

static double decode_real(const hpo_space_t *space, double x)
{
	struct values values;

	hpo__codec_decode(space, &x, values.list, values.active);
	return values.list[0].real;
}

static int64_t decode_integer(const hpo_space_t *space, double x)
{
	struct values values;

	hpo__codec_decode(space, &x, values.list, values.active);
	return values.list[0].integer;
}

static double encode(const hpo_space_t *space, union hpo_value value)
{
	const uint8_t active = 1;
	double x;

	hpo__codec_encode(space, &value, &active, &x);
	return x;
}

START_TEST(linear_scale_maps_0_and_1_to_its_bounds)
{
	hpo_space_t *space = make_space("[{'name':'x','type':'float','low':-2.385,'high':0.7}]");

	ck_assert_double_eq(decode_real(space, 0), -2.385);
	ck_assert_double_eq(decode_real(space, 1), 0.7);
	ck_assert_double_eq_tol(decode_real(space, 0.5), -0.8425, 1e-15);
	hpo_space_free(space);
}
END_TEST

START_TEST(log_scale_maps_its_bounds_to_0_and_1)
{
	hpo_space_t *space =
		make_space("[{'name':'x','type':'float','low':1e-5,'high':0.1,'scale':'log'}]");
	union hpo_value low = {.real = 1e-5};
	union hpo_value high = {.real = 0.1};

	ck_assert_double_eq(encode(space, low), 0);
	ck_assert_double_eq(encode(space, high), 1);
	ck_assert_double_eq(decode_real(space, 0), 1e-5);
	ck_assert_double_eq(decode_real(space, 1), 0.1);
	ck_assert_double_eq_tol(decode_real(space, 0.5), 1e-3, 1e-17); /* the geometric mean */
	hpo_space_free(space);
}
END_TEST

START_TEST(coordinates_outside_the_cube_are_brought_in)
{
	hpo_space_t *space = make_space("[{'name':'k','type':'int','low':3,'high':9}]");

	ck_assert_int_eq(decode_integer(space, -1), 3);
	ck_assert_int_eq(decode_integer(space, 1), 9);
	ck_assert_int_eq(decode_integer(space, INFINITY), 9);
	ck_assert_int_eq(decode_integer(space, NAN), 6);
	hpo_space_free(space);
}
END_TEST

START_TEST(forty_decades_of_a_log_scale_come_back)
{
	hpo_space_t *space =
		make_space("[{'name':'x','type':'float','low':1e-20,'high':1e20,'scale':'log'}]");
	hpo_rng_t rng;

	hpo_rng_init(&rng, 1, 0, 0);
	for (int i = 0; i < 10000; i++) {
		union hpo_value value = {.real = pow(10, 40 * hpo_rng_uniform(&rng) - 20)};
		double back = decode_real(space, encode(space, value));

		/* log and exp lose half a unit each, of numbers up to log 1e20 = 46. */
		ck_assert_double_le(fabs(back - value.real), 200 * 0x1p-53 * value.real);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(ints_come_back_from_their_coordinate)
{
	static const char *const spaces[] = {
		"[{'name':'k','type':'int','low':-1000000007,'high':999999937}]",
		"[{'name':'k','type':'int','low':0,'high':1125899906842624}]", /* 2^50 */
		"[{'name':'k','type':'int','low':-5,'high':1000,'step':3}]",
		"[{'name':'k','type':'int','low':1,'high':1000000,'scale':'log'}]",
	};
	static const int64_t lows[] = {-1000000007, 0, -5, 1};
	static const int64_t highs[] = {999999937, INT64_C(1125899906842624), 1000, 1000000};
	static const int64_t steps[] = {1, 1, 3, 1};

	for (size_t s = 0; s < sizeof lows / sizeof *lows; s++) {
		hpo_space_t *space = make_space(spaces[s]);
		uint64_t count = (uint64_t)((highs[s] - lows[s]) / steps[s]) + 1;
		hpo_rng_t rng;

		hpo_rng_init(&rng, 2, s, 0);
		for (int i = 0; i < 20000; i++) {
			int64_t k = (int64_t)hpo_rng_below(&rng, count);
			union hpo_value value = {.integer = lows[s] + k * steps[s]};

			ck_assert_int_eq(decode_integer(space, encode(space, value)),
					 value.integer);
		}
		hpo_space_free(space);
	}
}
END_TEST

START_TEST(ints_of_2_to_the_62_stay_in_bounds_and_near)
{
	const int64_t limit = INT64_C(1) << 62;
	hpo_space_t *space = make_space("[{'name':'k','type':'int','low':-4611686018427387904,"
					"'high':4611686018427387904}]");
	union hpo_value low = {.integer = -limit};
	union hpo_value high = {.integer = limit};
	hpo_rng_t rng;

	ck_assert_int_eq(decode_integer(space, 0), -limit);
	ck_assert_int_eq(decode_integer(space, 1), limit);
	ck_assert_double_ge(encode(space, low), 0);
	ck_assert_double_le(encode(space, high), 1);
	hpo_rng_init(&rng, 3, 0, 0);
	for (int i = 0; i < 20000; i++) {
		union hpo_value value = {.integer = (int64_t)(hpo_rng_u64(&rng) >> 1) - limit};
		int64_t back = decode_integer(space, encode(space, value));
		int64_t off = back > value.integer ? back - value.integer : value.integer - back;

		/* A double has 53 bits, the axis 63: what lies between is kept beside the cube. */
		ck_assert_int_ge(back, -limit);
		ck_assert_int_le(back, limit);
		ck_assert_int_le(off, 1 << 12);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(a_log_int_of_2_to_the_62_stays_in_bounds)
{
	const int64_t limit = INT64_C(1) << 62;
	hpo_space_t *space = make_space("[{'name':'k','type':'int','low':1,"
					"'high':4611686018427387904,'scale':'log'}]");

	ck_assert_int_eq(decode_integer(space, 0), 1);
	ck_assert_int_eq(decode_integer(space, 1), limit);
	for (int i = 0; i <= 1000; i++) {
		int64_t value = decode_integer(space, i / 1000.0);

		ck_assert_int_ge(value, 1);
		ck_assert_int_le(value, limit);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(a_log_int_has_cells_of_logarithmic_measure)
{
	hpo_space_t *space =
		make_space("[{'name':'k','type':'int','low':1,'high':8,'scale':'log'}]");
	const int draws = 1000000;
	int seen[9] = {0};

	for (int i = 0; i < draws; i++)
		seen[decode_integer(space, (i + 0.5) / draws)]++;

	for (int v = 1; v <= 8; v++) {
		/* log((v + 1/2)/(v - 1/2)) / log(8.5/0.5), by the definition of the cells. */
		double share = log((v + 0.5) / (v - 0.5)) / log(17);

		ck_assert_double_eq_tol((double)seen[v] / draws, share, 3e-6);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(a_step_of_a_tenth_is_without_noise)
{
	hpo_space_t *space =
		make_space("[{'name':'x','type':'float','low':0.1,'high':0.3,'step':0.1}]");

	ck_assert_double_eq(hpo_space_cardinality(space), 3);
	ck_assert_double_eq(decode_real(space, 0.1), 0.1);
	ck_assert_double_eq(decode_real(space, 0.5), 0.2);
	ck_assert_double_eq(decode_real(space, 0.9), 0.3); /* 0.1 + 2 * 0.1 > 0.3 in doubles */
	hpo_space_free(space);
}
END_TEST

START_TEST(every_rung_of_a_decimal_ladder_is_the_nearest_double)
{
	hpo_space_t *space =
		make_space("[{'name':'x','type':'float','low':-1.7,'high':8.3,'step':0.001}]");

	ck_assert_double_eq(hpo_space_cardinality(space), 10001);
	for (uint64_t k = 0; k <= 10000; k++) {
		double value = decode_real(space, hpo_space_cell_centre(space, 0, k));
		char text[32];

		snprintf(text, sizeof text, "%.3f", -1.7 + (double)k * 0.001);
		ck_assert_double_eq(value, strtod(text, NULL));
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(a_step_that_does_not_meet_its_high_bound_stops_below)
{
	hpo_space_t *space = make_space("[{'name':'x','type':'float','low':0,'high':1,'step':0.3},"
					"{'name':'k','type':'int','low':1,'high':10,'step':4}]");
	double point[2] = {1, 1};
	struct values values;

	hpo__codec_decode(space, point, values.list, values.active);

	ck_assert_double_eq(values.list[0].real, 0.9);
	ck_assert_int_eq(values.list[1].integer, 9);
	hpo_space_free(space);
}
END_TEST

START_TEST(a_thousand_categories_come_back)
{
	char names[1000][8];
	const char *choices[1000];
	hpo_space_t *space;

	ck_assert_int_eq(hpo_space_new(&space, NULL), HPO_OK);
	for (int i = 0; i < 1000; i++) {
		snprintf(names[i], sizeof names[i], "c%d", i);
		choices[i] = names[i];
	}
	ck_assert_int_eq(hpo_space_add_categorical(space, "c", choices, 1000, NULL), HPO_OK);

	for (int64_t i = 0; i < 1000; i++) {
		union hpo_value value = {.integer = i};

		ck_assert_int_eq(decode_integer(space, encode(space, value)), i);
		ck_assert_str_eq(hpo__codec_choice(space, 0, value), names[i]);
	}
	hpo_space_free(space);
}
END_TEST

START_TEST(a_range_of_one_value_has_that_value)
{
	hpo_space_t *space =
		make_space("[{'name':'x','type':'float','low':3,'high':3,'scale':'log'}]");
	union hpo_value value = {.real = 3};

	ck_assert_double_eq(decode_real(space, 0.123), 3);
	ck_assert_double_eq(encode(space, value), 0.5);
	ck_assert_double_eq(hpo_space_cardinality(space), 1);
	hpo_space_free(space);
}
END_TEST

Suite *unit_space_scale(void)
{
	Suite *suite = suite_create("space/scale");
	TCase *tests = tcase_create("scale");

	tcase_add_test(tests, linear_scale_maps_0_and_1_to_its_bounds);
	tcase_add_test(tests, log_scale_maps_its_bounds_to_0_and_1);
	tcase_add_test(tests, coordinates_outside_the_cube_are_brought_in);
	tcase_add_test(tests, forty_decades_of_a_log_scale_come_back);
	tcase_add_test(tests, ints_come_back_from_their_coordinate);
	tcase_add_test(tests, ints_of_2_to_the_62_stay_in_bounds_and_near);
	tcase_add_test(tests, a_log_int_of_2_to_the_62_stays_in_bounds);
	tcase_add_test(tests, a_log_int_has_cells_of_logarithmic_measure);
	tcase_add_test(tests, a_step_of_a_tenth_is_without_noise);
	tcase_add_test(tests, every_rung_of_a_decimal_ladder_is_the_nearest_double);
	tcase_add_test(tests, a_step_that_does_not_meet_its_high_bound_stops_below);
	tcase_add_test(tests, a_thousand_categories_come_back);
	tcase_add_test(tests, a_range_of_one_value_has_that_value);
	suite_add_tcase(suite, tests);
	return suite;
}
