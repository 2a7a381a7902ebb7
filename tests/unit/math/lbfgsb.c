/*
 * Bounded minima that are known in closed form. HS numbers are those of W. Hock
 * and K. Schittkowski, "Test examples for nonlinear programming codes" (1981).
 */
#include "math/lbfgsb.h"

#include <check.h>
#include <math.h>

enum { MOST = 25, MEMORY = 8 };

static double work[5 * MOST + MEMORY * (2 * MOST + 1)];

struct count {
	size_t calls;
	double most; /* the largest x[0] seen */
};

static double rosenbrock(const double *x, double *gradient, void *user)
{
	struct count *count = user;
	double a = x[1] - x[0] * x[0];
	double b = 1 - x[0];

	count->calls++;
	count->most = fmax(count->most, x[0]);
	gradient[0] = -400 * a * x[0] - 2 * b;
	gradient[1] = 200 * a;
	return 100 * a * a + b * b;
}

/* The driver's problem of C. Zhu and others, "Algorithm 778: L-BFGS-B", TOMS 23 (1997). */
static double chained(const double *x, double *gradient, void *user)
{
	double sum = 0.25 * (x[0] - 1) * (x[0] - 1);

	(void)user;
	for (size_t i = 0; i < MOST; i++)
		gradient[i] = 0;
	gradient[0] = 0.5 * (x[0] - 1);
	for (size_t i = 1; i < MOST; i++) {
		double a = x[i] - x[i - 1] * x[i - 1];

		sum += a * a;
		gradient[i] += 2 * a;
		gradient[i - 1] -= 4 * a * x[i - 1];
	}
	for (size_t i = 0; i < MOST; i++)
		gradient[i] *= 4;
	return 4 * sum;
}

static double hs5(const double *x, double *gradient, void *user)
{
	(void)user;
	gradient[0] = cos(x[0] + x[1]) + 2 * (x[0] - x[1]) - 1.5;
	gradient[1] = cos(x[0] + x[1]) - 2 * (x[0] - x[1]) + 2.5;
	return sin(x[0] + x[1]) + (x[0] - x[1]) * (x[0] - x[1]) - 1.5 * x[0] + 2.5 * x[1] + 1;
}

static double hs45(const double *x, double *gradient, void *user)
{
	double product = 1;

	(void)user;
	for (size_t i = 0; i < 5; i++)
		product *= x[i];
	for (size_t i = 0; i < 5; i++) {
		gradient[i] = -1.0 / 120;
		for (size_t j = 0; j < 5; j++)
			gradient[i] *= j == i ? 1 : x[j];
	}
	return 2 - product / 120;
}

/* Not a number right of 0.8, as a likelihood whose matrix cannot be factored. */
static double walled(const double *x, double *gradient, void *user)
{
	struct count *count = user;

	count->calls++;
	gradient[0] = x[0] < 0.8 ? -1 : (double)NAN;
	return x[0] < 0.8 ? -x[0] : (double)NAN;
}

static double nowhere(const double *x, double *gradient, void *user)
{
	(void)x;
	(void)user;
	gradient[0] = 1;
	return (double)NAN;
}

static double minimise(size_t n, const double *low, const double *high, double *x,
		       hpo__objective_fn f, void *user)
{
	struct hpo_lbfgsb options = { n, MEMORY, 500, 1e-9, 1e-15 };

	return hpo__lbfgsb(&options, low, high, x, work, f, user);
}

START_TEST(the_valley_is_followed_to_its_end)
{
	const double low[] = { -(double)INFINITY, -1.5 }; /* HS1 */
	const double high[] = { (double)INFINITY, (double)INFINITY };
	struct count count = { 0, -10 };
	double x[] = { -2, 1 };

	ck_assert_double_lt(minimise(2, low, high, x, rosenbrock, &count), 1e-15);
	ck_assert_double_eq_tol(x[0], 1, 1e-7);
	ck_assert_double_eq_tol(x[1], 1, 1e-7);
	ck_assert_uint_lt(count.calls, 100);
}
END_TEST

/* HS2: x = (2 a cos(acos(1 / b) / 3), 1.5) with a = sqrt(598 / 1200), b = 400 a^3. */
START_TEST(a_bound_holds_the_minimum)
{
	const double low[] = { -(double)INFINITY, 1.5 };
	const double high[] = { (double)INFINITY, (double)INFINITY };
	const double a = sqrt(598.0 / 1200);
	const double wanted = 2 * a * cos(acos(1 / (400 * a * a * a)) / 3);
	struct count count = { 0, -10 };
	double x[] = { 2, 1 }; /* from -2 a worse one is near, 4.94 */
	double value = minimise(2, low, high, x, rosenbrock, &count);

	ck_assert_double_eq_tol(value, 0.0504261879, 1e-9);
	ck_assert_double_eq_tol(x[0], wanted, 1e-7);
	ck_assert_double_eq(x[1], 1.5);
}
END_TEST

/* Along x0 = 0.5 the best is x1 = 0.25, where both terms leave 0.25. */
START_TEST(no_point_outside_the_bounds_is_evaluated)
{
	const double low[] = { -2, -2 };
	const double high[] = { 0.5, 2 };
	struct count count = { 0, -10 };
	double x[] = { 17, -9 };
	double value = minimise(2, low, high, x, rosenbrock, &count);

	ck_assert_double_eq_tol(value, 0.25, 1e-12);
	ck_assert_double_eq(x[0], 0.5);
	ck_assert_double_eq_tol(x[1], 0.25, 1e-7);
	ck_assert_double_le(count.most, 0.5);
}
END_TEST

START_TEST(equal_bounds_hold_a_variable)
{
	const double low[] = { 0.3, -2 };
	const double high[] = { 0.3, 2 };
	struct count count = { 0, -10 };
	double x[] = { 0, 0 };
	double value = minimise(2, low, high, x, rosenbrock, &count);

	ck_assert_double_eq_tol(value, 0.49, 1e-12);
	ck_assert_double_eq_tol(x[1], 0.09, 1e-8);
}
END_TEST

START_TEST(bounds_on_every_other_variable_are_kept)
{
	double low[MOST];
	double high[MOST];
	double x[MOST];

	for (size_t i = 0; i < MOST; i++) {
		low[i] = i % 2 == 0 ? 1 : -100;
		high[i] = 100;
		x[i] = 3;
	}
	ck_assert_double_lt(minimise(MOST, low, high, x, chained, NULL), 1e-9);
	for (size_t i = 0; i < 18; i++) /* an error doubles from one variable to the next */
		ck_assert_double_eq_tol(x[i], 1, 0.01);
}
END_TEST

START_TEST(a_minimum_between_the_bounds_is_found)
{
	const double low[] = { -1.5, -3 };
	const double high[] = { 4, 3 };
	const double pi = acos(-1);
	double x[] = { 0, 0 };
	double value = minimise(2, low, high, x, hs5, NULL);

	ck_assert_double_eq_tol(value, -sqrt(3) / 2 - pi / 3, 1e-12);
	ck_assert_double_eq_tol(x[0], 0.5 - pi / 3, 1e-6);
	ck_assert_double_eq_tol(x[1], -0.5 - pi / 3, 1e-6);
}
END_TEST

START_TEST(a_corner_is_found)
{
	const double low[] = { 0, 0, 0, 0, 0 };
	const double high[] = { 1, 2, 3, 4, 5 };
	double x[] = { 2, 2, 2, 2, 2 };

	ck_assert_double_eq_tol(minimise(5, low, high, x, hs45, NULL), 1, 1e-12);
	for (size_t i = 0; i < 5; i++)
		ck_assert_double_eq(x[i], high[i]);
}
END_TEST

START_TEST(a_step_to_where_there_is_no_value_is_taken_back)
{
	const double low[] = { 0 };
	const double high[] = { 5 };
	struct count count = { 0, 0 };
	double x[] = { 0.1 };
	double value = minimise(1, low, high, x, walled, &count);

	ck_assert_double_lt(value, -0.7);
	ck_assert_double_lt(x[0], 0.8);
	ck_assert_double_eq(value, -x[0]);
}
END_TEST

START_TEST(a_start_without_a_value_stays)
{
	const double low[] = { 0 };
	const double high[] = { 5 };
	double x[] = { 7 };

	ck_assert(!isfinite(minimise(1, low, high, x, nowhere, NULL)));
	ck_assert_double_eq(x[0], 5);
}
END_TEST

START_TEST(the_budget_of_evaluations_is_kept)
{
	const double low[] = { -5, -5 };
	const double high[] = { 5, 5 };

	for (size_t most = 1; most < 40; most++) {
		struct hpo_lbfgsb options = { 2, 3, most, 0, 0 };
		struct count count = { 0, 0 };
		double x[] = { -1.2, 1 };
		double slope[2];
		double value = hpo__lbfgsb(&options, low, high, x, work, rosenbrock, &count);

		ck_assert_uint_le(count.calls, most);
		ck_assert_double_le(value, 24.2);
		ck_assert_double_eq(value, rosenbrock(x, slope, &count));
	}
}
END_TEST

Suite *unit_math_lbfgsb(void);

Suite *unit_math_lbfgsb(void)
{
	Suite *suite = suite_create("math/lbfgsb");
	TCase *tests = tcase_create("lbfgsb");

	tcase_add_test(tests, the_valley_is_followed_to_its_end);
	tcase_add_test(tests, a_bound_holds_the_minimum);
	tcase_add_test(tests, no_point_outside_the_bounds_is_evaluated);
	tcase_add_test(tests, equal_bounds_hold_a_variable);
	tcase_add_test(tests, bounds_on_every_other_variable_are_kept);
	tcase_add_test(tests, a_minimum_between_the_bounds_is_found);
	tcase_add_test(tests, a_corner_is_found);
	tcase_add_test(tests, a_step_to_where_there_is_no_value_is_taken_back);
	tcase_add_test(tests, a_start_without_a_value_stays);
	tcase_add_test(tests, the_budget_of_evaluations_is_kept);
	suite_add_tcase(suite, tests);
	return suite;
}
