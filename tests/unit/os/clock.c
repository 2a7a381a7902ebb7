/*
 * Clocks: that they run, and that a test can replace them.
 */
#include "os/clock.h"

#include <check.h>
#include <stddef.h>

static double one_per_clock(int which)
{
	return 100.0 + which;
}

START_TEST(monotonic_time_never_goes_back)
{
	double before = hpo__clock_monotonic();
	double after = hpo__clock_monotonic();

	ck_assert_double_ge(after, before);
}
END_TEST

START_TEST(boot_time_counts_at_least_the_time_awake)
{
	double awake = hpo__clock_monotonic();
	double boot = hpo__clock_boot();

	ck_assert_double_ge(boot, awake);
}
END_TEST

START_TEST(wall_time_is_after_this_was_written)
{
	double now = hpo__clock_wall();

	ck_assert_double_gt(now, 1704067200.0); /* date -d 2024-01-01T00:00Z +%s */
}
END_TEST

START_TEST(a_replaced_clock_answers_for_all_three)
{
	hpo__clock_replace(one_per_clock);

	ck_assert_double_eq(hpo__clock_monotonic(), 100.0);
	ck_assert_double_eq(hpo__clock_boot(), 101.0);
	ck_assert_double_eq(hpo__clock_wall(), 102.0);

	hpo__clock_replace(NULL);
	ck_assert_double_gt(hpo__clock_wall(), 102.0);
}
END_TEST

Suite *unit_os_clock(void);
Suite *unit_os_clock(void)
{
	Suite *suite = suite_create("os/clock");
	TCase *cases = tcase_create("clock");

	tcase_add_test(cases, monotonic_time_never_goes_back);
	tcase_add_test(cases, boot_time_counts_at_least_the_time_awake);
	tcase_add_test(cases, wall_time_is_after_this_was_written);
	tcase_add_test(cases, a_replaced_clock_answers_for_all_three);
	suite_add_tcase(suite, cases);
	return suite;
}
