/*
 * The normal distribution and its truncations.
 *
 * Quantile: M. J. Wichura, "Algorithm AS 241: the percentage points of the
 * normal distribution", Applied Statistics 37 (1988), routine PPND16. Tails:
 * the asymptotic series of Mills' ratio, M. Abramowitz and I. A. Stegun,
 * "Handbook of mathematical functions" (1964), 26.2.12 (and 7.1.23 for erfcx).
 * Log expected improvement: S. Ament, S. Daulton, D. Eriksson, M. Balandat and
 * E. Bakshy, "Unexpected improvements to expected improvement for Bayesian
 * optimization", NeurIPS (2023), section 4.1.
 */
#include "math/normal.h"

#include <math.h>

static const double log_sqrt_2pi = 0.91893853320467274178;
static const double sqrt_half = 0.70710678118654752440;

/* Left of this the series, cut after its fifth term, is exact to 2e-14; right of it erfc() is. */
static const double series_below = -30.0;

/* An interval this narrow, by the local scale of the density, is taken by its midpoint: 5e-14. */
static const double narrow = 0.05;

double hpo__normal_log_pdf(double x)
{
	return -0.5 * x * x - log_sqrt_2pi;
}

double hpo__normal_cdf(double x)
{
	return 0.5 * erfc(-x * sqrt_half);
}

/* log(Phi(x) / phi(x)), for x far to the left. */
static double log_mills(double x)
{
	double t = 1 / (x * x);
	double series = t * (-1 + t * (3 + t * (-15 + t * (105 - t * 945))));

	return log1p(series) - log(-x);
}

double hpo__normal_log_cdf(double x)
{
	if (x < series_below)
		return hpo__normal_log_pdf(x) + log_mills(x);
	if (x > 0)
		return log1p(-hpo__normal_cdf(-x));
	return log(hpo__normal_cdf(x));
}

/* Value of the polynomial with coefficients c[0] … c[7], the lowest first. */
static double evaluate(const double c[8], double x)
{
	double sum = c[7];

	for (int i = 7; i-- > 0;)
		sum = sum * x + c[i];
	return sum;
}

static const double centre_above[8] = {
	3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
	1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
	3.3430575583588128105e+4, 2.5090809287301226727e+3,
};
static const double centre_below[8] = {
	1.0,                      4.2313330701600911252e+1, 6.8718700749205790830e+2,
	5.3941960214247511077e+3, 2.1213794301586595867e+4, 3.9307895800092710610e+4,
	2.8729085735721942674e+4, 5.2264952788528545610e+3,
};
static const double middle_above[8] = {
	1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,
	3.64784832476320460504e0, 1.27045825245236838258e0,  2.41780725177450611770e-1,
	2.27238449892691845833e-2, 7.74545014278341407640e-4,
};
static const double middle_below[8] = {
	1.0,                       2.05319162663775882187e0,  1.67638483018380384940e0,
	6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
	5.47593808499534494600e-4, 1.05075007164441684324e-9,
};
static const double tail_above[8] = {
	6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
	2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
	2.71155556874348757815e-5, 2.01033439929228813265e-7,
};
static const double tail_below[8] = {
	1.0,                       5.99832206555887937690e-1, 1.36929880922735805310e-1,
	1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
	1.42151175831644588870e-7, 2.04426310338993978564e-15,
};

double hpo__normal_quantile(double level)
{
	double q = level - 0.5;
	double r;
	double x;

	if (fabs(q) <= 0.425) {
		r = 0.180625 - q * q;
		return q * evaluate(centre_above, r) / evaluate(centre_below, r);
	}
	if (!(level > 0 && level < 1))
		return level == 0 ? -(double)INFINITY : level == 1 ? (double)INFINITY : (double)NAN;

	r = sqrt(-log(q < 0 ? level : 1 - level));
	if (r <= 5)
		x = evaluate(middle_above, r - 1.6) / evaluate(middle_below, r - 1.6);
	else
		x = evaluate(tail_above, r - 5) / evaluate(tail_below, r - 5);
	return q < 0 ? -x : x;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* How much the density can change over an interval: its width by the slope of log phi. */
static double measure_change(double low, double high)
{
	return (high - low) * larger(1, larger(fabs(low), fabs(high)));
}

/* By the midpoint m and the even derivatives of phi there, Hermite polynomials of m. */
static double log_mass_narrow(double low, double high)
{
	double m = low + 0.5 * (high - low);
	double w = high - low;
	double a = w * w;
	double b = m * m;

	return hpo__normal_log_pdf(m) + log(w) +
	       log1p(a * ((b - 1) / 24 + a * ((b - 6) * b + 3) / 1920));
}

/* log(Phi(low) / Phi(high)) for low < high <= 0, without the squares that cancel. */
static double log_ratio(double low, double high)
{
	if (high < series_below)
		return 0.5 * (high - low) * (high + low) + log_mills(low) - log_mills(high);
	return hpo__normal_log_cdf(low) - hpo__normal_log_cdf(high);
}

double hpo__normal_log_mass(double low, double high)
{
	if (low >= high)
		return -(double)INFINITY;
	if (low > 0)
		return hpo__normal_log_mass(-high, -low);
	if (measure_change(low, high) < narrow)
		return log_mass_narrow(low, high);
	if (high <= 0)
		return hpo__normal_log_cdf(high) + log(-expm1(log_ratio(low, high)));
	return log1p(-(hpo__normal_cdf(low) + hpo__normal_cdf(-high)));
}

/*
 * x where Phi(x) / Phi(high) = exp(log_share), high far to the left. Newton's
 * method on log Phi, which is concave and nearly a parabola here, so that a few
 * steps from the right are exact.
 */
static double tail_quantile(double log_share, double high)
{
	double x = -sqrt(high * high - 2 * log_share);

	for (int step = 0; step < 8; step++) {
		double slope = exp(-log_mills(x)); /* phi / Phi */
		double change = (log_ratio(x, high) - log_share) / slope;

		x -= change;
		if (x > high)
			x = high;
		if (fabs(change) <= 1e-16 * fabs(x))
			break;
	}
	return x;
}

/* The truncated quantile for an interval that is not wholly right of 0. */
static double invert(double level, double low, double high)
{
	double below;
	double above;

	if (high < series_below)
		return tail_quantile(log1p((1 - level) * expm1(log_ratio(low, high))), high);

	/* From the nearer tail, so that neither is lost against 1. */
	below = (1 - level) * hpo__normal_cdf(low) + level * hpo__normal_cdf(high);
	if (below <= 0.5)
		return hpo__normal_quantile(below);
	above = (1 - level) * hpo__normal_cdf(-low) + level * hpo__normal_cdf(-high);
	return -hpo__normal_quantile(above);
}

double hpo__normal_truncated(double level, double low, double high)
{
	const double flat = 1e-9; /* the density is constant to this; inverting would only add noise */
	double x;

	if (level <= 0 || !(low < high))
		return low;
	if (level >= 1)
		return high;

	if (measure_change(low, high) < flat)
		x = low + level * (high - low);
	else if (low > 0)
		x = -invert(1 - level, -high, -low);
	else
		x = invert(level, low, high);
	return x < low ? low : x > high ? high : x;
}

double hpo__erfcx(double x)
{
	const double asymptotic = 12; /* from here on the series, cut after its tenth term */
	const double sqrt_pi = 1.77245385090551602730;
	double square = x * x;
	double sum = 1;
	double t;

	/* What rounding took from the square, which the exponential would magnify. */
	if (x < asymptotic)
		return square < 1000 ? exp(square) * (1 + fma(x, x, -square)) * erfc(x)
				     : (double)INFINITY;
	t = 0.5 / square;
	for (int k = 10; k > 0; k--)
		sum = 1 - (2 * k - 1) * t * sum;
	return sum / (x * sqrt_pi);
}

/*
 * Mills' ratio Phi / phi at u <= -1, and *rest = 1 + u Phi / phi, which cancels far to
 * the left: from a series of its own there.
 */
static double mills(double u, double *rest)
{
	const double sqrt_half_pi = 1.25331413731550025121;
	double t = 1 / (u * u);
	double ratio;

	if (u >= series_below) {
		ratio = sqrt_half_pi * hpo__erfcx(-u * sqrt_half);
		*rest = 1 + u * ratio;
		return ratio;
	}
	*rest = t * (1 - t * (3 - t * (15 - t * (105 - t * (945 - t * 10395)))));
	return (*rest - 1) / u;
}

/* log h(u) with h(u) = phi(u) + u Phi(u), eq. (9) of Ament et al., and Phi / h and phi / h. */
static double log_improvement(double u, double *mean_share, double *sd_share)
{
	double ratio;
	double rest;

	if (u > -1) {
		double density = exp(hpo__normal_log_pdf(u));
		double h = density + u * hpo__normal_cdf(u);

		*mean_share = hpo__normal_cdf(u) / h;
		*sd_share = density / h;
		return log(h);
	}
	ratio = mills(u, &rest);
	*mean_share = ratio / rest;
	*sd_share = 1 / rest;
	return hpo__normal_log_pdf(u) + log(rest);
}

double hpo__log_ei_gradient(double mean, double sd, double best, double *d_mean, double *d_sd)
{
	double u = (best - mean) / sd;
	double mean_share;
	double sd_share;
	double value;

	if (!(sd > 0) || !(fabs(u) < 1e150)) {
		*d_mean = best > mean ? -1 / (best - mean) : 0;
		*d_sd = 0;
		return best > mean ? log(best - mean) : -(double)INFINITY;
	}
	value = log_improvement(u, &mean_share, &sd_share);
	*d_mean = -mean_share / sd;
	*d_sd = sd_share / sd;
	return log(sd) + value;
}

double hpo__log_ei(double mean, double sd, double best)
{
	double d_mean;
	double d_sd;

	return hpo__log_ei_gradient(mean, sd, best, &d_mean, &d_sd);
}

double hpo__log_sum_exp(const double *values, size_t count)
{
	double most = -(double)INFINITY;
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		most = larger(values[i], most);
	if (isinf(most))
		return most;
	for (size_t i = 0; i < count; i++)
		sum += exp(values[i] - most);
	return most + log(sum);
}
