/*
 * Dates of a ClearML server, and where it keeps metrics.
 */
#include "backend/clearml/dates.h"

#include "backend/clearml/metric_path.h"
#include "base/alloc.h"

#include <check.h>
#include <string.h>

/* Expected seconds are from `date -u -d … +%s` of GNU coreutils. */
static const struct {
	const char *text;
	double seconds;
} dates[] = {
	{"1970-01-01T00:00:00+00:00", 0},
	{"2025-01-31T10:20:30+00:00", 1738318830},
	{"2025-01-31T10:20:30.123000+00:00", 1738318830.123},
	{"2025-01-31T10:20:30.5Z", 1738318830.5},
	{"2025-01-31T10:20:30", 1738318830},
	{"2025-01-31 10:20:30+0000", 1738318830},
	{"2025-01-31T12:20:30+02:00", 1738318830},
	{"2025-01-31T04:50:30-05:30", 1738318830},
	{"2024-02-29T23:59:59Z", 1709251199},
	{"2000-02-29T00:00:00Z", 951782400},
	{"1969-12-31T23:59:59Z", -1},
	{"0001-01-01T00:00:00Z", -62135596800},
	{"9999-12-31T23:59:59Z", 253402300799},
	{"2016-12-31T23:59:60Z", 1483228800},
};

START_TEST(a_date_is_read_as_seconds_since_1970)
{
	double seconds = -7;

	ck_assert(hpo__clearml_date(dates[_i].text, &seconds));

	ck_assert_double_eq_tol(seconds, dates[_i].seconds, 1e-6);
}
END_TEST

static const char *const wrong[] = {
	"",
	"2025",
	"2025-01-31",
	"2025-01-31T10:20",
	"2025-1-31T10:20:30Z",
	"2025-02-29T10:20:30Z",
	"2100-02-29T00:00:00Z",
	"2025-13-01T00:00:00Z",
	"2025-00-01T00:00:00Z",
	"2025-01-00T00:00:00Z",
	"0000-01-01T00:00:00Z",
	"2025-01-31T24:00:00Z",
	"2025-01-31T10:60:00Z",
	"2025-01-31T10:20:61Z",
	"2025-01-31T10:20:30.Z",
	"2025-01-31T10:20:30Zx",
	"2025-01-31T10:20:30+1",
	"2025-01-31T10:20:30+00:0",
	"2025-01-31T10:20:30+25:00",
	" 2025-01-31T10:20:30Z",
	"2025-01-31x10:20:30Z",
};

START_TEST(what_is_no_date_leaves_the_seconds_alone)
{
	double seconds = -7;

	ck_assert(!hpo__clearml_date(wrong[_i], &seconds));

	ck_assert_double_eq(seconds, -7);
}
END_TEST

START_TEST(no_text_is_no_date)
{
	double seconds = -7;

	ck_assert(!hpo__clearml_date(NULL, &seconds));
	ck_assert_double_eq(seconds, -7);
}
END_TEST

START_TEST(digits_beyond_those_of_a_double_do_not_disturb_a_date)
{
	double seconds = 0;

	ck_assert(hpo__clearml_date("1970-01-01T00:00:01.2500000000000000000000000000000001Z",
				    &seconds));
	ck_assert_double_eq_tol(seconds, 1.25, 1e-9);
}
END_TEST

/* Sums are from md5sum of GNU coreutils; the first is RFC 1321's. */
static const struct {
	const char *text, *sum;
} sums[] = {
	{"", "d41d8cd98f00b204e9800998ecf8427e"},
	{"validation", "a617908b172c473cb8e8cda059e55bf0"},
	{"loss", "81513effdf5790b79549208838404407"},
	{"accuracy", "5d6db9a1dc722586187fc2db530f8388"},
	{"total", "fbb44b4487415b134bce9c790a27fe5e"},
	{"Summary", "290612199861c31d1036b185b4e69b75"},
	{"Verlust \xc3\xa4", "cc44421bcffe61fb805387f6cafe6d2f"},
};

START_TEST(the_sum_of_a_text_is_its_md5)
{
	char sum[HPO__MD5_SIZE];

	hpo__clearml_md5(sums[_i].text, sum);

	ck_assert_str_eq(sum, sums[_i].sum);
}
END_TEST

START_TEST(the_path_of_a_metric_is_made_of_two_sums)
{
	char *path = hpo__clearml_metric_path("validation", "loss");

	ck_assert_str_eq(path, "last_metrics.a617908b172c473cb8e8cda059e55bf0."
			       "81513effdf5790b79549208838404407");
	hpo__free(path);
}
END_TEST

Suite *unit_backend_clearml_dates(void);
Suite *unit_backend_clearml_dates(void)
{
	Suite *suite = suite_create("backend/clearml_dates");
	TCase *cases = tcase_create("dates");

	tcase_add_loop_test(cases, a_date_is_read_as_seconds_since_1970, 0,
			    sizeof dates / sizeof *dates);
	tcase_add_loop_test(cases, what_is_no_date_leaves_the_seconds_alone, 0,
			    sizeof wrong / sizeof *wrong);
	tcase_add_test(cases, no_text_is_no_date);
	tcase_add_test(cases, digits_beyond_those_of_a_double_do_not_disturb_a_date);
	tcase_add_loop_test(cases, the_sum_of_a_text_is_its_md5, 0, sizeof sums / sizeof *sums);
	tcase_add_test(cases, the_path_of_a_metric_is_made_of_two_sums);
	suite_add_tcase(suite, cases);
	return suite;
}
