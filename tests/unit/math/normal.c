/*
 * The normal distribution. Expected numbers were computed by mpmath 1.3 with 60
 * digits (500 for masses), from erfc and its inverse, at the doubles that these
 * literals are.
 */
#include "math/normal.h"

#include <check.h>
#include <math.h>

static void check_relative(double got, double wanted, double tolerance)
{
	ck_assert_msg(fabs(got - wanted) <= tolerance * fabs(wanted), "%.17g, not %.17g", got,
		      wanted);
}

START_TEST(the_distribution_function_has_its_known_values)
{
	check_relative(hpo__normal_cdf(-8), 6.2209605742717841e-16, 1e-13);
	check_relative(hpo__normal_cdf(-1.25), 0.10564977366685526, 1e-15);
	check_relative(hpo__normal_cdf(0.3), 0.61791142218895263, 1e-15);
	check_relative(hpo__normal_cdf(2.385), 0.991460439323318, 1e-15);
	ck_assert_double_eq(hpo__normal_cdf(0), 0.5);
}
END_TEST

/* On both sides of the place where the series takes over, and where Phi itself is 0. */
START_TEST(its_logarithm_is_accurate_in_the_tail)
{
	check_relative(hpo__normal_log_cdf(-1000), -500007.82669481218, 1e-15);
	check_relative(hpo__normal_log_cdf(-40), -804.60844201375379, 1e-15);
	check_relative(hpo__normal_log_cdf(-30.5), -469.46273732291211, 1e-15);
	check_relative(hpo__normal_log_cdf(-29.5), -439.42947460915023, 1e-15);
	check_relative(hpo__normal_log_cdf(-3.7), -9.1352353718728765, 1e-15);
	check_relative(hpo__normal_log_cdf(0.3), -0.48141016158848121, 1e-15);
	check_relative(hpo__normal_log_cdf(6), -9.8658764552437573e-10, 1e-13);
	ck_assert_double_eq(hpo__normal_log_cdf(-(double)INFINITY), -(double)INFINITY);
	ck_assert_double_eq(hpo__normal_log_cdf((double)INFINITY), 0);
}
END_TEST

START_TEST(the_quantile_has_its_known_values)
{
	check_relative(hpo__normal_quantile(1e-300), -37.047096299361199, 1e-15);
	check_relative(hpo__normal_quantile(1e-20), -9.2623400897984076, 1e-15);
	check_relative(hpo__normal_quantile(1e-5), -4.2648907939228246, 1e-15);
	check_relative(hpo__normal_quantile(0.02), -2.053748910631823, 1e-15);
	check_relative(hpo__normal_quantile(0.3), -0.52440051270804082, 1e-15);
	check_relative(hpo__normal_quantile(0.7699), 0.73851756063418681, 1e-15);
	check_relative(hpo__normal_quantile(0.999), 3.0902323061678133, 1e-15);
	ck_assert_double_eq(hpo__normal_quantile(0.5), 0);
	ck_assert_double_eq(hpo__normal_quantile(0), -(double)INFINITY);
	ck_assert_double_eq(hpo__normal_quantile(1), (double)INFINITY);
	ck_assert(isnan(hpo__normal_quantile(-0.1)));
	ck_assert(isnan(hpo__normal_quantile(1.1)));
}
END_TEST

START_TEST(the_mass_of_an_interval_is_accurate_anywhere)
{
	static const double cases[][3] = {
		{ -1, 1, -0.38171514630212607 },       { 0.3, 0.30001, -12.476865498190193 },
		{ 5, 5.1, -15.962590193561618 },       { -40, -39, -765.08315656437754 },
		{ -31, -29, -424.78741990973016 },     { -1000, -999.9, -499907.83159480736 },
		{ 30, 30.003, -456.77274551265188 },   { -0.01, 0.03, -4.1379310162954739 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		check_relative(hpo__normal_log_mass(cases[i][0], cases[i][1]), cases[i][2], 1e-13);
		check_relative(hpo__normal_log_mass(-cases[i][1], -cases[i][0]), cases[i][2],
			       1e-13);
	}
}
END_TEST

START_TEST(an_open_interval_has_the_mass_of_its_tail)
{
	const double infinity = (double)INFINITY;

	ck_assert_double_eq(hpo__normal_log_mass(-infinity, infinity), 0);
	ck_assert_double_eq(hpo__normal_log_mass(-infinity, -50), hpo__normal_log_cdf(-50));
	ck_assert_double_eq(hpo__normal_log_mass(50, infinity), hpo__normal_log_cdf(-50));
	ck_assert_double_eq(hpo__normal_log_mass(2, 2), -infinity);
	ck_assert_double_eq(hpo__normal_log_mass(3, 2), -infinity);
}
END_TEST

/* The share of the mass that lies below the answer is the level that was asked for. */
START_TEST(the_truncated_quantile_inverts_the_mass)
{
	static const double intervals[][2] = {
		{ -1, 1 },     { -0.2, 7 },     { 5, 5.5 },     { -40, -39 }, { -31, -29 },
		{ 29.9, 30.3 }, { -300, -299.9 }, { 1000, 1000.1 }, { -8, 9 }, { 0.5, 0.5001 },
	};
	static const double levels[] = { 1e-6, 0.1, 0.37, 0.5, 0.9, 0.99 };

	for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
		double low = intervals[i][0];
		double high = intervals[i][1];
		double whole = hpo__normal_log_mass(low, high);

		for (size_t j = 0; j < sizeof levels / sizeof *levels; j++) {
			double x = hpo__normal_truncated(levels[j], low, high);
			double share = exp(hpo__normal_log_mass(low, x) - whole);

			ck_assert(x >= low && x <= high);
			ck_assert_msg(fabs(share - levels[j]) < 2e-9, "[%g, %g] %g: %.17g", low,
				      high, levels[j], share);
		}
	}
}
END_TEST

START_TEST(the_truncated_quantile_stays_between_its_bounds)
{
	ck_assert_double_eq(hpo__normal_truncated(0, -3, 2), -3);
	ck_assert_double_eq(hpo__normal_truncated(1, -3, 2), 2);
	ck_assert_double_eq(hpo__normal_truncated(0.5, 2, 2), 2);
	ck_assert_double_eq_tol(hpo__normal_truncated(0.25, 3, 3 + 1e-12), 3 + 0.25e-12, 1e-15);
	ck_assert_double_eq(hpo__normal_truncated(0.5, -(double)INFINITY, (double)INFINITY), 0);
}
END_TEST

START_TEST(the_truncated_quantile_rises_with_its_level)
{
	static const double intervals[][2] = { { -2, 3 }, { -35, -28 }, { 31, 40 } };

	for (size_t i = 0; i < 3; i++) {
		double before = intervals[i][0];

		for (int j = 1; j < 1000; j++) {
			double x = hpo__normal_truncated(j / 1000.0, intervals[i][0],
							 intervals[i][1]);

			ck_assert_double_gt(x, before);
			before = x;
		}
	}
}
END_TEST

START_TEST(erfcx_has_its_known_values)
{
	static const double cases[][2] = {
		{ -26, 7.6577249314905683515e+293 },
		{ -5.5, 27443409954929.709659 },
		{ -1, 5.0089800807622834663 },
		{ -0.25, 1.3586423701047221152 },
		{ 0, 1 },
		{ 1e-10, 0.9999999998871620833 },
		{ 0.3, 0.73459933456765514992 },
		{ 1, 0.42758357615580700441 },
		{ 2.385, 0.21969873008595452362 },
		{ 5, 0.11070463773306862637 },
		{ 9.9, 0.056702456938832268241 },
		{ 11.9, 0.047245232484087668552 },
		{ 12.1, 0.04646960733983501168 },
		{ 15, 0.037529606388505765746 },
		{ 26, 0.021683584850562906616 },
		{ 100, 0.0056416137829894329036 },
		{ 1e6, 5.6418958354747419216e-7 },
		{ 1e150, 5.6418958354775629776e-151 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_relative(hpo__erfcx(cases[i][0]), cases[i][1], 2e-15);
	ck_assert_double_eq(hpo__erfcx(-40), (double)INFINITY);
	ck_assert_double_eq(hpo__erfcx((double)INFINITY), 0);
}
END_TEST

/* mean, sd, best; log EI, its slopes by mean and by sd. */
static const double improvements[][6] = {
	{ 0.3, 1, 0.3, -0.91893853320467274178, -1.2533141373155002512, 1 },
	{ 0, 1, 2.385, 0.87039168631305995893, -0.4152112226646708025, 0.0097212339447602245366 },
	{ 1, 0.5, 0, -5.4619307044770594663, -5.3588337679111719678, 12.717667535822343936 },
	{ 2, 1, 1.001, -2.4832171154475856525, -1.903549317358959506, 2.9016457680416007562 },
	{ 2, 1, 0.999, -2.4870256579553894244, -1.9049932727342130922, 2.906898266006947307 },
	{ 3, 0.7, -4, -55.909796980061094837, -14.563404333446506536, 147.06261476303650326 },
	{ 29.9, 1, 0, -454.7229981194962739, -29.966666911139964664, 897.00334064308490087 },
	{ 30.1, 1, 0, -460.73628739874303834, -30.166226849616996054, 909.00342817347162411 },
	{ 5, 0.01, 0, -125017.95333691586395, -50000.399995200132313, 25000299.997600065636 },
	{ 1, 1e-6, 0, -500000000042.36551546, -1000000000002.0000905, 1000000000003000135.8 },
	{ 1, 1e-12, 0, -5.0000000000000002011e+23, -1.0000000000000000402e+24,
	  1.0000000000000000603e+36 },
	{ 1e3, 1e-9, -7, -5.0702449999999993684e+23, -1.0069999999999998746e+21,
	  1.0140489999999998105e+33 },
	{ -3, 1e-3, 5, 2.0794415416798359283, -0.125, 0 },
	{ 0, 1e-200, 1e-200, -460.43699237995982988, -7.7663872520173927365e+199,
	  2.2336127479826074425e+199 },
};

START_TEST(log_ei_and_its_slopes_are_accurate_in_the_tail)
{
	for (size_t i = 0; i < sizeof improvements / sizeof *improvements; i++) {
		const double *c = improvements[i];
		double d_mean;
		double d_sd;

		check_relative(hpo__log_ei_gradient(c[0], c[1], c[2], &d_mean, &d_sd), c[3], 2e-14);
		check_relative(d_mean, c[4], 1e-12);
		check_relative(d_sd, c[5], 1e-12);
		ck_assert_double_eq(hpo__log_ei(c[0], c[1], c[2]),
				    hpo__log_ei_gradient(c[0], c[1], c[2], &d_mean, &d_sd));
	}
}
END_TEST

START_TEST(log_ei_without_a_deviation_is_sure)
{
	double d_mean;
	double d_sd;

	ck_assert_double_eq(hpo__log_ei_gradient(1, 0, 3, &d_mean, &d_sd), log(2));
	ck_assert_double_eq(d_mean, -0.5);
	ck_assert_double_eq(d_sd, 0);
	ck_assert_double_eq(hpo__log_ei(3, 0, 1), -(double)INFINITY);
	ck_assert_double_eq(hpo__log_ei(3, 0, 3), -(double)INFINITY);
	ck_assert_double_eq(hpo__log_ei(3, 1e-300, 1), -(double)INFINITY);
}
END_TEST

START_TEST(a_sum_of_logarithms_neither_overflows_nor_vanishes)
{
	const double large[] = { 1000, 1000, 1000 + log(2) };
	const double small[] = { -2000, -2000 };
	const double none[] = { -(double)INFINITY, -(double)INFINITY };
	const double mixed[] = { -(double)INFINITY, 2.385 };

	check_relative(hpo__log_sum_exp(large, 3), 1000 + log(4), 1e-15);
	check_relative(hpo__log_sum_exp(small, 2), -2000 + log(2), 1e-15);
	ck_assert_double_eq(hpo__log_sum_exp(none, 2), -(double)INFINITY);
	ck_assert_double_eq(hpo__log_sum_exp(none, 0), -(double)INFINITY);
	ck_assert_double_eq(hpo__log_sum_exp(mixed, 2), 2.385);
}
END_TEST

Suite *unit_math_normal(void);

Suite *unit_math_normal(void)
{
	Suite *suite = suite_create("math/normal");
	TCase *tests = tcase_create("normal");

	tcase_add_test(tests, the_distribution_function_has_its_known_values);
	tcase_add_test(tests, its_logarithm_is_accurate_in_the_tail);
	tcase_add_test(tests, the_quantile_has_its_known_values);
	tcase_add_test(tests, the_mass_of_an_interval_is_accurate_anywhere);
	tcase_add_test(tests, an_open_interval_has_the_mass_of_its_tail);
	tcase_add_test(tests, the_truncated_quantile_inverts_the_mass);
	tcase_add_test(tests, the_truncated_quantile_stays_between_its_bounds);
	tcase_add_test(tests, the_truncated_quantile_rises_with_its_level);
	tcase_add_test(tests, erfcx_has_its_known_values);
	tcase_add_test(tests, log_ei_and_its_slopes_are_accurate_in_the_tail);
	tcase_add_test(tests, log_ei_without_a_deviation_is_sure);
	tcase_add_test(tests, a_sum_of_logarithms_neither_overflows_nor_vanishes);
	suite_add_tcase(suite, tests);
	return suite;
}
