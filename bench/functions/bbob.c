/*
 * The definitions, section by section of the report. Names are the report's:
 * T_osz and T_asy are its transformations, Lambda^alpha the diagonal matrix of
 * conditioning alpha.
 */
#include "bbob.h"

#include "hpo/plugin/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static double square(double x)
{
	return x * x;
}

static double sign(double x)
{
	return (x > 0) - (x < 0);
}

/* (i - 1) / (D - 1) with i counted from 1. */
static double share(size_t i, size_t dims)
{
	return (double)i / (double)(dims - 1);
}

/* Entry i of the diagonal of Lambda^alpha. */
static double conditioning(double alpha, size_t i, size_t dims)
{
	return pow(alpha, share(i, dims) / 2);
}

static double oscillate(double x)
{
	double c1 = x > 0 ? 10 : 5.5;
	double c2 = x > 0 ? 7.9 : 3.1;
	double hat;

	if (x == 0)
		return 0;
	hat = log(fabs(x));
	return sign(x) * exp(hat + 0.049 * (sin(c1 * hat) + sin(c2 * hat)));
}

static void oscillate_all(double *x, size_t dims)
{
	for (size_t i = 0; i < dims; i++)
		x[i] = oscillate(x[i]);
}

static void skew_all(double *x, size_t dims, double beta)
{
	for (size_t i = 0; i < dims; i++) {
		if (x[i] > 0)
			x[i] = pow(x[i], 1 + beta * share(i, dims) * sqrt(x[i]));
	}
}

/* f_pen */
static double penalty(const double *x, size_t dims)
{
	double sum = 0;

	for (size_t i = 0; i < dims; i++)
		sum += square(fmax(0, fabs(x[i]) - 5));
	return sum;
}

static void multiply(const double *matrix, const double *x, size_t dims, double *out)
{
	for (size_t i = 0; i < dims; i++) {
		out[i] = 0;
		for (size_t j = 0; j < dims; j++)
			out[i] += matrix[i * dims + j] * x[j];
	}
}

/* An orthogonal matrix: Gram and Schmidt on normal numbers. */
static void draw_rotation(double *matrix, size_t dims, hpo_rng_t *rng)
{
	for (size_t i = 0; i < dims; i++) {
		double *row = matrix + i * dims;
		double length = 0;

		for (size_t j = 0; j < dims; j++)
			row[j] = hpo_rng_normal(rng);
		for (size_t k = 0; k < i; k++) {
			const double *other = matrix + k * dims;
			double dot = 0;

			for (size_t j = 0; j < dims; j++)
				dot += row[j] * other[j];
			for (size_t j = 0; j < dims; j++)
				row[j] -= dot * other[j];
		}
		for (size_t j = 0; j < dims; j++)
			length += square(row[j]);
		for (size_t j = 0; j < dims; j++)
			row[j] /= sqrt(length);
	}
}

/* middle := left Lambda^alpha right */
static void compose(struct bbob *p, const double *left, double alpha, const double *right)
{
	size_t d = p->dims;

	for (size_t i = 0; i < d; i++) {
		for (size_t j = 0; j < d; j++) {
			double sum = 0;

			for (size_t k = 0; k < d; k++)
				sum += left[i * d + k] * conditioning(alpha, k, d) * right[k * d + j];
			p->middle[i * d + j] = sum;
		}
	}
}

/* z := x - x_opt */
static void shift(const struct bbob *p, const double *x, double *z)
{
	for (size_t i = 0; i < p->dims; i++)
		z[i] = x[i] - p->optimum[i];
}

/* z := matrix (x - x_opt) */
static void shift_and_turn(const struct bbob *p, const double *matrix,
			   const double *x, double *z)
{
	double shifted[BBOB_DIMS] = { 0 };

	shift(p, x, shifted);
	multiply(matrix, shifted, p->dims, z);
}

/* Separable: f1 to f5 -------------------------------------------------------- */

static double sphere(const struct bbob *p, const double *x)
{
	double sum = 0;

	for (size_t i = 0; i < p->dims; i++)
		sum += square(x[i] - p->optimum[i]);
	return sum;
}

static double ellipsoid_of(const double *z, size_t dims)
{
	double sum = 0;

	for (size_t i = 0; i < dims; i++)
		sum += pow(1e6, share(i, dims)) * square(z[i]);
	return sum;
}

static double ellipsoid(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	shift(p, x, z);
	oscillate_all(z, p->dims);
	return ellipsoid_of(z, p->dims);
}

static double rastrigin_of(const double *z, size_t dims)
{
	double cosines = 0;
	double sum = 0;

	for (size_t i = 0; i < dims; i++) {
		cosines += cos(2 * pi * z[i]);
		sum += square(z[i]);
	}
	return 10 * ((double)dims - cosines) + sum;
}

static double rastrigin(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	shift(p, x, z);
	oscillate_all(z, p->dims);
	skew_all(z, p->dims, 0.2);
	for (size_t i = 0; i < p->dims; i++)
		z[i] *= conditioning(10, i, p->dims);
	return rastrigin_of(z, p->dims);
}

static double bueche_rastrigin(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	shift(p, x, z);
	oscillate_all(z, p->dims);
	for (size_t i = 0; i < p->dims; i++) {
		double scale = conditioning(10, i, p->dims);

		z[i] *= z[i] > 0 && i % 2 == 0 ? 10 * scale : scale;
	}
	return rastrigin_of(z, p->dims) + 100 * penalty(x, p->dims);
}

static double linear_slope(const struct bbob *p, const double *x)
{
	double sum = 0;

	for (size_t i = 0; i < p->dims; i++) {
		double slope = sign(p->optimum[i]) * pow(10, share(i, p->dims));
		double z = p->optimum[i] * x[i] < 25 ? x[i] : p->optimum[i];

		sum += 5 * fabs(slope) - slope * z;
	}
	return sum;
}

/* Low or moderate conditioning: f6 to f9 -------------------------------------- */

static double attractive_sector(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };
	double sum = 0;

	shift_and_turn(p, p->middle, x, z);
	for (size_t i = 0; i < p->dims; i++)
		sum += square(z[i] * p->optimum[i] > 0 ? 100 * z[i] : z[i]);
	return pow(oscillate(sum), 0.9);
}

static double step_ellipsoid(const struct bbob *p, const double *x)
{
	double hat[BBOB_DIMS] = { 0 };
	double z[BBOB_DIMS] = { 0 };
	double first;
	double sum = 0;

	shift_and_turn(p, p->r, x, hat);
	for (size_t i = 0; i < p->dims; i++)
		hat[i] *= conditioning(10, i, p->dims);
	first = fabs(hat[0]);
	for (size_t i = 0; i < p->dims; i++)
		hat[i] = fabs(hat[i]) > 0.5 ? floor(0.5 + hat[i]) : floor(0.5 + 10 * hat[i]) / 10;
	multiply(p->q, hat, p->dims, z);
	for (size_t i = 0; i < p->dims; i++)
		sum += pow(10, 2 * share(i, p->dims)) * square(z[i]);
	return 0.1 * fmax(first / 1e4, sum) + penalty(x, p->dims);
}

static double stretch(size_t dims)
{
	return fmax(1, sqrt((double)dims) / 8);
}

/* One term of the Rosenbrock function. */
static double valley(double z, double next)
{
	return 100 * square(square(z) - next) + square(z - 1);
}

static double rosenbrock_of(const double *z, size_t dims)
{
	double sum = 0;

	for (size_t i = 0; i + 1 < dims; i++)
		sum += valley(z[i], z[i + 1]);
	return sum;
}

static double rosenbrock(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	for (size_t i = 0; i < p->dims; i++)
		z[i] = stretch(p->dims) * (x[i] - p->optimum[i]) + 1;
	return rosenbrock_of(z, p->dims);
}

static void turn_to_valley(const struct bbob *p, const double *x, double *z)
{
	multiply(p->r, x, p->dims, z);
	for (size_t i = 0; i < p->dims; i++)
		z[i] = stretch(p->dims) * z[i] + 0.5;
}

static double rosenbrock_turned(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	turn_to_valley(p, x, z);
	return rosenbrock_of(z, p->dims);
}

/* High conditioning and one basin: f10 to f14 --------------------------------- */

static double ellipsoid_turned(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	shift_and_turn(p, p->r, x, z);
	oscillate_all(z, p->dims);
	return ellipsoid_of(z, p->dims);
}

/* first * z_1^2 + rest * the sum of the other squares */
static double two_axes(const double *z, size_t dims, double first, double rest)
{
	double sum = first * square(z[0]);

	for (size_t i = 1; i < dims; i++)
		sum += rest * square(z[i]);
	return sum;
}

static double discus(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	shift_and_turn(p, p->r, x, z);
	oscillate_all(z, p->dims);
	return two_axes(z, p->dims, 1e6, 1);
}

static double bent_cigar(const struct bbob *p, const double *x)
{
	double turned[BBOB_DIMS] = { 0 };
	double z[BBOB_DIMS] = { 0 };

	shift_and_turn(p, p->r, x, turned);
	skew_all(turned, p->dims, 0.5);
	multiply(p->r, turned, p->dims, z);
	return two_axes(z, p->dims, 1, 1e6);
}

static double sharp_ridge(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };

	shift_and_turn(p, p->middle, x, z);
	return square(z[0]) + 100 * sqrt(two_axes(z, p->dims, 0, 1));
}

static double different_powers(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };
	double sum = 0;

	shift_and_turn(p, p->r, x, z);
	for (size_t i = 0; i < p->dims; i++)
		sum += pow(fabs(z[i]), 2 + 4 * share(i, p->dims));
	return sqrt(sum);
}

/* Many basins with a global structure: f15 to f19 ------------------------------ */

static double rastrigin_turned(const struct bbob *p, const double *x)
{
	double turned[BBOB_DIMS] = { 0 };
	double z[BBOB_DIMS] = { 0 };

	shift_and_turn(p, p->r, x, turned);
	oscillate_all(turned, p->dims);
	skew_all(turned, p->dims, 0.2);
	multiply(p->middle, turned, p->dims, z);
	return rastrigin_of(z, p->dims);
}

static double weierstrass(const struct bbob *p, const double *x)
{
	double turned[BBOB_DIMS] = { 0 };
	double z[BBOB_DIMS] = { 0 };
	double least = 0;
	double sum = 0;

	shift_and_turn(p, p->r, x, turned);
	oscillate_all(turned, p->dims);
	multiply(p->middle, turned, p->dims, z);
	for (int k = 0; k < 12; k++) {
		double frequency = 2 * pi * pow(3, k);

		least += cos(frequency / 2) / pow(2, k);
		for (size_t i = 0; i < p->dims; i++)
			sum += cos(frequency * (z[i] + 0.5)) / pow(2, k);
	}
	return 10 * pow(sum / (double)p->dims - least, 3) +
	       10 / (double)p->dims * penalty(x, p->dims);
}

static double schaffer(const struct bbob *p, const double *x)
{
	double turned[BBOB_DIMS] = { 0 };
	double z[BBOB_DIMS] = { 0 };
	double sum = 0;

	shift_and_turn(p, p->r, x, turned);
	skew_all(turned, p->dims, 0.5);
	multiply(p->middle, turned, p->dims, z);
	for (size_t i = 0; i + 1 < p->dims; i++) {
		double s = sqrt(square(z[i]) + square(z[i + 1]));

		sum += sqrt(s) * (1 + square(sin(50 * pow(s, 0.2))));
	}
	return square(sum / (double)(p->dims - 1)) + 10 * penalty(x, p->dims);
}

static double griewank_rosenbrock(const struct bbob *p, const double *x)
{
	double z[BBOB_DIMS] = { 0 };
	double sum = 0;

	turn_to_valley(p, x, z);
	for (size_t i = 0; i + 1 < p->dims; i++) {
		double s = valley(z[i], z[i + 1]);

		sum += s / 4000 - cos(s);
	}
	return 10 * sum / (double)(p->dims - 1) + 10;
}

/* Many basins without a global structure: f20 to f24 ---------------------------- */

static double schwefel(const struct bbob *p, const double *x)
{
	double beyond[BBOB_DIMS];
	double hat[BBOB_DIMS] = { 0 };
	double sum = 0;

	for (size_t i = 0; i < p->dims; i++)
		hat[i] = 2 * sign(p->optimum[i]) * x[i];
	for (size_t i = 0; i < p->dims; i++) {
		double twice = 2 * fabs(p->optimum[i]);
		double before = i > 0 ? 0.25 * (hat[i - 1] - 2 * fabs(p->optimum[i - 1])) : 0;
		double z = 100 * (conditioning(10, i, p->dims) * (hat[i] + before - twice) + twice);

		sum += z * sin(sqrt(fabs(z)));
		beyond[i] = z / 100;
	}
	return 4.189828872724339 - sum / (100 * (double)p->dims) + 100 * penalty(beyond, p->dims);
}

static double gallagher(const struct bbob *p, const double *x)
{
	double turned[BBOB_DIMS] = { 0 };
	double highest = 0;

	multiply(p->r, x, p->dims, turned);
	for (size_t k = 0; k < p->peak_count; k++) {
		double sum = 0;

		for (size_t i = 0; i < p->dims; i++)
			sum += p->widths[k][i] * square(turned[i] - p->peaks[k][i]);
		highest = fmax(highest, p->heights[k] * exp(-sum / (2 * (double)p->dims)));
	}
	return square(oscillate(10 - highest)) + penalty(x, p->dims);
}

static double katsuura(const struct bbob *p, const double *x)
{
	double d = (double)p->dims;
	double z[BBOB_DIMS] = { 0 };
	double product = 1;

	shift_and_turn(p, p->middle, x, z);
	for (size_t i = 0; i < p->dims; i++) {
		double sum = 0;

		for (int j = 1; j <= 32; j++) {
			double scaled = ldexp(z[i], j);

			sum += ldexp(fabs(scaled - round(scaled)), -j);
		}
		product *= pow(1 + (double)(i + 1) * sum, 10 / pow(d, 1.2));
	}
	return 10 / square(d) * (product - 1) + penalty(x, p->dims);
}

static double lunacek(const struct bbob *p, const double *x)
{
	double d = (double)p->dims;
	double s = 1 - 1 / (2 * sqrt(d + 20) - 8.2);
	double mu0 = 2.5;
	double mu1 = -sqrt((square(mu0) - 1) / s);
	double hat[BBOB_DIMS] = { 0 };
	double z[BBOB_DIMS] = { 0 };
	double cosines = 0;
	double near = 0;
	double far = 0;

	for (size_t i = 0; i < p->dims; i++) {
		double folded = 2 * sign(p->optimum[i]) * x[i];

		near += square(folded - mu0);
		far += square(folded - mu1);
		hat[i] = folded - mu0;
	}
	multiply(p->middle, hat, p->dims, z);
	for (size_t i = 0; i < p->dims; i++)
		cosines += cos(2 * pi * z[i]);
	return fmin(near, d + s * far) + 10 * (d - cosines) + 1e4 * penalty(x, p->dims);
}

/* Instances ---------------------------------------------------------------------- */

typedef double (*function_fn)(const struct bbob *p, const double *x);

static const struct {
	const char *name;
	function_fn value;
} functions[BBOB_FUNCTIONS + 1] = {
	{ "none", NULL },
	{ "sphere", sphere },
	{ "ellipsoid", ellipsoid },
	{ "rastrigin", rastrigin },
	{ "bueche-rastrigin", bueche_rastrigin },
	{ "linear slope", linear_slope },
	{ "attractive sector", attractive_sector },
	{ "step ellipsoid", step_ellipsoid },
	{ "rosenbrock", rosenbrock },
	{ "rosenbrock, turned", rosenbrock_turned },
	{ "ellipsoid, turned", ellipsoid_turned },
	{ "discus", discus },
	{ "bent cigar", bent_cigar },
	{ "sharp ridge", sharp_ridge },
	{ "different powers", different_powers },
	{ "rastrigin, turned", rastrigin_turned },
	{ "weierstrass", weierstrass },
	{ "schaffer F7", schaffer },
	{ "schaffer F7, ill", schaffer },
	{ "griewank-rosenbrock", griewank_rosenbrock },
	{ "schwefel", schwefel },
	{ "gallagher 101", gallagher },
	{ "gallagher 21", gallagher },
	{ "katsuura", katsuura },
	{ "lunacek", lunacek },
};

static double draw_between(double low, double high, hpo_rng_t *rng)
{
	return low + (high - low) * hpo_rng_uniform(rng);
}

static void shuffle(size_t *order, size_t count, hpo_rng_t *rng)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i-- > 1;) {
		size_t k = (size_t)hpo_rng_below(rng, i + 1);
		size_t swap = order[i];

		order[i] = order[k];
		order[k] = swap;
	}
}

/* Where the optimum lies; some functions fix it up to signs or a rotation. */
static void draw_optimum(struct bbob *p, hpo_rng_t *rng)
{
	for (size_t i = 0; i < p->dims; i++) {
		double side = hpo_rng_below(rng, 2) ? 1 : -1;
		double place = draw_between(-4, 4, rng);
		double turned = 0;

		for (size_t j = 0; j < p->dims; j++)
			turned += p->r[j * p->dims + i] * 0.5 / stretch(p->dims);
		switch (p->function) {
		case 4: place = i % 2 == 0 ? fabs(place) : place; break;
		case 5: place = 5 * side; break;
		case 8: place *= 0.75; break;
		case 9:
		case 19: place = turned; break;
		case 20: place = side * 4.2096874633 / 2; break;
		case 24: place = side * 1.25; break;
		default: break;
		}
		p->optimum[i] = place;
	}
}

/* Peaks of f21 (101 of them) and f22 (21): the first is the optimum. */
static void draw_peaks(struct bbob *p, hpo_rng_t *rng)
{
	size_t count = p->function == 21 ? 101 : 21;
	double spread = p->function == 21 ? 5 : 4.9;
	size_t order[BBOB_PEAKS];
	size_t axes[BBOB_DIMS];

	p->peak_count = count;
	shuffle(order, count - 1, rng);
	for (size_t k = 0; k < count; k++) {
		double place[BBOB_DIMS];
		double level = k > 0 ? (double)order[k - 1] / (double)(count - 2) : 0;
		double alpha = k > 0 ? pow(1000, 2 * level) : p->function == 21 ? 1000 : 1e6;

		for (size_t i = 0; i < p->dims; i++) {
			place[i] = draw_between(-spread, spread, rng);
			if (k == 0)
				place[i] = p->optimum[i] *= p->function == 21 ? 1 : 0.98;
		}
		multiply(p->r, place, p->dims, p->peaks[k]);
		shuffle(axes, p->dims, rng);
		for (size_t i = 0; i < p->dims; i++)
			p->widths[k][i] = conditioning(alpha, axes[i], p->dims) / pow(alpha, 0.25);
		p->heights[k] = k > 0 ? 1.1 + 8 * (double)(k - 1) / (double)(count - 2) : 10;
	}
}

static void compose_middle(struct bbob *p)
{
	switch (p->function) {
	case 6:
	case 13: compose(p, p->q, 10, p->r); break;
	case 15: compose(p, p->r, 10, p->q); break;
	case 16: compose(p, p->r, 0.01, p->q); break;
	case 23:
	case 24: compose(p, p->q, 100, p->r); break;
	default: break;
	}
}

/* Schaffer's functions scale the rows after the second rotation. */
static void compose_schaffer(struct bbob *p)
{
	double alpha = p->function == 17 ? 10 : 1000;

	size_t d = p->dims;

	for (size_t i = 0; i < d; i++) {
		for (size_t j = 0; j < d; j++)
			p->middle[i * d + j] = conditioning(alpha, i, d) * p->q[i * d + j];
	}
}

void bbob_init(struct bbob *problem, int function, size_t dims, uint64_t seed)
{
	hpo_rng_t rng;

	memset(problem, 0, sizeof *problem);
	problem->function = function;
	problem->dims = dims;
	hpo_rng_init(&rng, seed, (uint64_t)function, (uint32_t)dims);
	draw_rotation(problem->q, dims, &rng);
	draw_rotation(problem->r, dims, &rng);
	draw_optimum(problem, &rng);
	compose_middle(problem);
	if (function == 17 || function == 18)
		compose_schaffer(problem);
	if (function == 21 || function == 22)
		draw_peaks(problem, &rng);
}

double bbob_value(const struct bbob *problem, const double *x)
{
	return functions[problem->function].value(problem, x);
}

const char *bbob_name(int function)
{
	return functions[function].name;
}
