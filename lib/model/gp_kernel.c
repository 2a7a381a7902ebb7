/*
 * The kernel: Matérn with nu = 5/2 over the numeric features times exp(-d) over
 * the categories.
 *
 * C. E. Rasmussen and C. K. I. Williams, "Gaussian processes for machine
 * learning" (2006), eq. (4.17), with one length-scale an axis:
 * k = s (1 + sqrt5 r + 5/3 r^2) exp(-sqrt5 r - h), r^2 = sum of (x - x')^2 / l^2,
 * h = sum of 1 / l^2 over the categories that differ.
 *
 * Eight rows are handled at once. The exponential is our own: it takes eight
 * as well, and is the same on every machine, where that of the C library
 * depends on the processor.
 */
#include "math/lanes.h"
#include "model/gp_inside.h"

#include <math.h>
#include <stdint.h>

typedef int64_t bits_t __attribute__((vector_size(HPO__LANES * sizeof(int64_t))));

/* What the loop over rows needs, side by side. */
struct task {
	const double *x, *feature, *scale;
	size_t stride, numeric, features, rows;
	double signal;
	double *k, *slope;
};

/*
 * x := exp(-x) for x >= 0. With y = -x, exp(y) = 2^n exp(r), y = n log 2 + r and |r|
 * at most log(2)/2: the Taylor polynomial of degree 12 in r, whose remainder is
 * below 2e-16, and n added to the exponent. Beyond 700 it is 1e-304 rather than 0.
 */
HPO__LANES_INLINE void exponentials(hpo_lanes_t *x)
{
	const double magic = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
	const double log2_high = 6.93147180369123816490e-01; /* its last 20 bits are 0 */
	const double log2_low = 1.90821492927058770002e-10;
	const bits_t far = (bits_t)(*x > 700);
	hpo_lanes_t y = -(hpo_lanes_t)(((bits_t)*x & ~far) | ((bits_t)(*x * 0 + 700) & far));
	hpo_lanes_t shifted = y * 1.44269504088896340736 + magic;
	hpo_lanes_t n = shifted - magic;
	hpo_lanes_t r = (y - n * log2_high) - n * log2_low;
	hpo_lanes_t p = r * (1.0 / 479001600) + 1.0 / 39916800;

	p = p * r + 1.0 / 3628800;
	p = p * r + 1.0 / 362880;
	p = p * r + 1.0 / 40320;
	p = p * r + 1.0 / 5040;
	p = p * r + 1.0 / 720;
	p = p * r + 1.0 / 120;
	p = p * r + 1.0 / 24;
	p = p * r + 1.0 / 6;
	p = p * r + 1.0 / 2;
	p = p * r + 1;
	p = p * r + 1;
	*x = p * (hpo_lanes_t)(((bits_t)shifted + 1023) << 52);
}

/* Lane by lane: the instruction is found by the compiler where the build has it. */
HPO__LANES_INLINE void roots(hpo_lanes_t *x)
{
	for (size_t l = 0; l < HPO__LANES; l++)
		(*x)[l] = sqrt((*x)[l]);
}

/* The kernel between one point and eight rows. */
HPO__LANES_INLINE void kernel_lanes(const struct task *t, size_t row)
{
	const double *x = t->x + row;
	hpo_lanes_t squared = { 0 };
	hpo_lanes_t apart = { 0 };
	hpo_lanes_t root;
	hpo_lanes_t decay;

	for (size_t f = 0; f < t->numeric; f++, x += t->stride) {
		hpo_lanes_t off = HPO__LANES_READ(x) - t->feature[f];

		squared += off * off * t->scale[f];
	}
	for (size_t f = t->numeric; f < t->features; f++, x += t->stride) {
		bits_t differs = (bits_t)(HPO__LANES_READ(x) != t->feature[f]);

		apart += (hpo_lanes_t)(differs & (bits_t)(squared * 0 + t->scale[f]));
	}
	root = 5 * squared;
	roots(&root);
	decay = root + apart;
	exponentials(&decay);
	decay *= t->signal;
	HPO__LANES_AT(t->k + row) = decay * (1 + root + squared * (5.0 / 3));
	if (t->slope != NULL)
		HPO__LANES_AT(t->slope + row) = decay * (1 + root) * (5.0 / 3);
}

/* Returns how many rows were written. */
HPO__LANES_INLINE size_t kernel_rows_body(const struct task *t)
{
	size_t row = 0;

	for (; row < t->rows; row += HPO__LANES)
		kernel_lanes(t, row);
	return row;
}

HPO__LANES_FUNCTION(size_t, kernel_rows, (const struct task *t), (t))

void hpo__gp_kernel(const struct hpo_gp *gp, const double *feature, size_t rows, double *k,
		    double *slope)
{
	const struct hpo_gp_frame *frame = gp->frame;
	const struct task task = { gp->x, feature, gp->scale, gp->stride, frame->numeric,
				   frame->features, rows, gp->signal, k, slope };

	kernel_rows(&task);
}
