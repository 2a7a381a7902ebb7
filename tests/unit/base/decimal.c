#include "base/decimal.h"

#include "hpo/plugin/random.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first of 15, 16 and 17 digits of printf that strtod reads back, in the plain locale. */
static void check_against_printf(double value)
{
	char wanted[32];
	char text[32];
	size_t length = hpo__decimal_shortest(value, text);

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(wanted, sizeof wanted, "%.*g", digits, fabs(value));
		if (strtod(wanted, NULL) == fabs(value))
			break;
	}
	if (length == 0)
		return;
	ck_assert_str_eq(text, wanted);
	ck_assert_uint_eq(length, strlen(wanted));
}

START_TEST(decimals_are_those_of_printf)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, 1, 2, 3);
	for (int i = 0; i < 30000; i++) {
		double size = pow(10, -4 + 18 * hpo_rng_uniform(&rng));

		check_against_printf(size);
		check_against_printf(hpo_rng_uniform(&rng));
		check_against_printf(round(size * 1000) / 1000);
	}
}
END_TEST

/* Halves of the last digit, neighbours of powers of ten, and values with few digits. */
START_TEST(edges_are_those_of_printf)
{
	static const double values[] = { 0.1, 0.3, 1e-4, 0.5 + 0x1p-50, 123456789012345.5,
					 99999999999999.5, 4503599627370497.5, 1.5, 1000000, 7 };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		check_against_printf(values[i]);
	for (int power = -4; power <= 14; power++) {
		double ten = pow(10, power);

		check_against_printf(ten);
		check_against_printf(nextafter(ten, 0));
		check_against_printf(nextafter(ten, INFINITY));
	}
}
END_TEST

START_TEST(what_is_out_of_range_is_left_alone)
{
	static const double values[] = { 0, -0.0, 1e-5, 1e14, 1e300, 5e-324, 1, 2, 0.25,
					 NAN, INFINITY, -INFINITY };
	char text[32];

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		ck_assert_uint_eq(hpo__decimal_shortest(values[i], text), 0);
	ck_assert_uint_eq(hpo__decimal_shortest(-2.385, text), 5);
	ck_assert_str_eq(text, "2.385");
}
END_TEST

Suite *unit_base_decimal(void);
Suite *unit_base_decimal(void)
{
	Suite *suite = suite_create("base/decimal");
	TCase *tcase = tcase_create("decimal");

	tcase_add_test(tcase, decimals_are_those_of_printf);
	tcase_add_test(tcase, edges_are_those_of_printf);
	tcase_add_test(tcase, what_is_out_of_range_is_left_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}
