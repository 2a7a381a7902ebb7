/*
 * The kernel: Matérn with nu = 5/2 over the numeric features times exp(-d) over
 * the categories.
 *
 * C. E. Rasmussen and C. K. I. Williams, "Gaussian processes for machine
 * learning" (2006), eq. (4.17), with one length-scale an axis:
 * k = s (1 + sqrt5 r + 5/3 r^2) exp(-sqrt5 r - h), r^2 = sum of (x - x')^2 / l^2,
 * h = sum of 1 / l^2 over the categories that differ.
 *
 * Rows are handled in groups of fixed length, which compile to vectors. The
 * exponential is our own: it is a vector too, and the same on every machine,
 * where that of the C library depends on the processor.
 */
#include "model/gp_inside.h"

#include <math.h>
#include <string.h>

enum { LANES = HPO__GP_LANES };

/*
 * out[l] = exp(-x[l]) for x >= 0. With y = -x, exp(y) = 2^n exp(r),
 * y = n log 2 + r and |r| at most log(2)/2: the Taylor polynomial of degree 12
 * in r, whose remainder is below 2e-16, and n added to the exponent. Beyond
 * 700 it is 1e-304 rather than 0.
 */
static void exponentials(const double *restrict x, double *restrict out)
{
	static const double magic = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
	static const double log2_high = 6.93147180369123816490e-01; /* its last 20 bits are 0 */
	static const double log2_low = 1.90821492927058770002e-10;
	double shifted[LANES];
	double p[LANES];
	double power[LANES];
	uint64_t bits[LANES];

	for (size_t l = 0; l < LANES; l++) {
		double y = x[l] < 700 ? -x[l] : -700;
		double n;
		double r;

		shifted[l] = y * 1.44269504088896340736 + magic;
		n = shifted[l] - magic;
		r = (y - n * log2_high) - n * log2_low;
		p[l] = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 +
		       r * (1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320 + r * (1.0 / 362880 +
		       r * (1.0 / 3628800 + r * (1.0 / 39916800 + r * (1.0 / 479001600))))))))))));
	}
	memcpy(bits, shifted, sizeof bits);
	for (size_t l = 0; l < LANES; l++)
		bits[l] = (bits[l] + 1023) << 52;
	memcpy(power, bits, sizeof power);
	for (size_t l = 0; l < LANES; l++)
		out[l] = p[l] * power[l];
}

/* Squared scaled distances over numeric features, and the categories' sum. */
static void distances(const struct hpo_gp *gp, const double *feature, size_t row,
		      double *restrict squared, double *restrict apart)
{
	const struct hpo_gp_frame *frame = gp->frame;
	const double *x = gp->x + row;

	for (size_t l = 0; l < LANES; l++)
		squared[l] = apart[l] = 0;
	for (size_t f = 0; f < frame->numeric; f++, x += gp->stride) {
		double at = feature[f];
		double scale = gp->scale[f];

		for (size_t l = 0; l < LANES; l++)
			squared[l] += (at - x[l]) * (at - x[l]) * scale;
	}
	for (size_t f = frame->numeric; f < frame->features; f++, x += gp->stride) {
		for (size_t l = 0; l < LANES; l++)
			apart[l] += x[l] != feature[f] ? gp->scale[f] : 0;
	}
}

void hpo__gp_kernel(const struct hpo_gp *gp, const double *feature, size_t rows, double *k,
		    double *slope)
{
	for (size_t row = 0; row < rows; row += LANES) {
		double squared[LANES];
		double apart[LANES];
		double root[LANES]; /* sqrt5 r */
		double sum[LANES];
		double decay[LANES];

		distances(gp, feature, row, squared, apart);
		for (size_t l = 0; l < LANES; l++) {
			root[l] = sqrt(5 * squared[l]);
			sum[l] = root[l] + apart[l];
		}
		exponentials(sum, decay);
		for (size_t l = 0; l < LANES; l++)
			k[row + l] = gp->signal * decay[l] *
				     (1 + root[l] + squared[l] * (5.0 / 3));
		if (slope == NULL)
			continue;
		for (size_t l = 0; l < LANES; l++)
			slope[row + l] = gp->signal * decay[l] * (1 + root[l]) * (5.0 / 3);
	}
}
