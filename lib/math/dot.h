/*
 * Inner products, in an order of their own that is the same on every processor.
 */
#ifndef HPO_MATH_DOT_H
#define HPO_MATH_DOT_H

#include "math/lanes.h"

/* The sum of the lanes. */
HPO__LANES_INLINE double sum_lanes(const hpo_lanes_t *lanes)
{
	const double *v = (const double *)lanes;

	return (v[0] + v[2]) + (v[1] + v[3]);
}

/* Dot products of four rows with x, over the first `count` columns. */
HPO__LANES_INLINE void dot_four(const double *row, size_t stride, const double *x, size_t count,
				double sums[4])
{
	const double *r1 = row + stride;
	const double *r2 = r1 + stride;
	const double *r3 = r2 + stride;
	hpo_lanes_t s0 = { 0 };
	hpo_lanes_t s1 = { 0 };
	hpo_lanes_t s2 = { 0 };
	hpo_lanes_t s3 = { 0 };
	size_t k = 0;

	for (; k + HPO__LANES <= count; k += HPO__LANES) {
		hpo_lanes_t xk = HPO__LANES_READ(x + k);

		s0 += HPO__LANES_READ(row + k) * xk;
		s1 += HPO__LANES_READ(r1 + k) * xk;
		s2 += HPO__LANES_READ(r2 + k) * xk;
		s3 += HPO__LANES_READ(r3 + k) * xk;
	}
	sums[0] = sum_lanes(&s0);
	sums[1] = sum_lanes(&s1);
	sums[2] = sum_lanes(&s2);
	sums[3] = sum_lanes(&s3);
	for (; k < count; k++) {
		sums[0] += row[k] * x[k];
		sums[1] += r1[k] * x[k];
		sums[2] += r2[k] * x[k];
		sums[3] += r3[k] * x[k];
	}
}

/* The inner product of x and y. */
HPO__LANES_INLINE double dot_one(const double *x, const double *y, size_t count)
{
	hpo_lanes_t even = { 0 };
	hpo_lanes_t odd = { 0 };
	size_t k = 0;
	double sum;

	for (; k + 2 * HPO__LANES <= count; k += 2 * HPO__LANES) {
		even += HPO__LANES_READ(x + k) * HPO__LANES_READ(y + k);
		odd += HPO__LANES_READ(x + k + HPO__LANES) * HPO__LANES_READ(y + k + HPO__LANES);
	}
	even += odd;
	sum = sum_lanes(&even);
	for (; k < count; k++)
		sum += x[k] * y[k];
	return sum;
}

#endif
