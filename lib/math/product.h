/*
 * The kernel under the dense matrix routines: C := C - A B for a strip of at
 * most PRODUCT_STRIP columns, B packed by rows of exactly that many.
 *
 * Four rows by eight columns of C stay in registers while the depth runs. Each
 * element is one sum in the order of the depth.
 */
#ifndef HPO_MATH_PRODUCT_H
#define HPO_MATH_PRODUCT_H

#include "math/lanes.h"

enum {
	PRODUCT_TILE = 2 * HPO__LANES, /* columns that are in registers at once */
	PRODUCT_STRIP = 32, /* columns of a packed strip */
	PRODUCT_DEPTH = 64  /* its rows, at most: 16 KB, half of a small first-level cache */
};

struct hpo_product {
	double *c;	/* [rows][columns] */
	size_t c_stride;
	const double *a; /* [rows][depth] */
	size_t a_stride;
	const double *b; /* [depth][PRODUCT_STRIP] */
	size_t rows, depth, columns;
};

/* Columns j … j + 7 of rows i … i + 3. */
HPO__LANES_INLINE void product_four(const struct hpo_product *p, size_t i, size_t j)
{
	const double *a0 = p->a + i * p->a_stride;
	const double *a1 = a0 + p->a_stride;
	const double *a2 = a1 + p->a_stride;
	const double *a3 = a2 + p->a_stride;
	const double *b = p->b + j;
	size_t depth = p->depth;
	double *row0 = p->c + i * p->c_stride + j;
	double *row1 = row0 + p->c_stride;
	double *row2 = row1 + p->c_stride;
	double *row3 = row2 + p->c_stride;
	hpo_lanes_t c00 = HPO__LANES_READ(row0);
	hpo_lanes_t c01 = HPO__LANES_READ(row0 + HPO__LANES);
	hpo_lanes_t c10 = HPO__LANES_READ(row1);
	hpo_lanes_t c11 = HPO__LANES_READ(row1 + HPO__LANES);
	hpo_lanes_t c20 = HPO__LANES_READ(row2);
	hpo_lanes_t c21 = HPO__LANES_READ(row2 + HPO__LANES);
	hpo_lanes_t c30 = HPO__LANES_READ(row3);
	hpo_lanes_t c31 = HPO__LANES_READ(row3 + HPO__LANES);

	for (size_t k = 0; k < depth; k++, b += PRODUCT_STRIP) {
		hpo_lanes_t b0 = HPO__LANES_READ(b);
		hpo_lanes_t b1 = HPO__LANES_READ(b + HPO__LANES);

		c00 -= a0[k] * b0;
		c01 -= a0[k] * b1;
		c10 -= a1[k] * b0;
		c11 -= a1[k] * b1;
		c20 -= a2[k] * b0;
		c21 -= a2[k] * b1;
		c30 -= a3[k] * b0;
		c31 -= a3[k] * b1;
	}
	HPO__LANES_AT(row0) = c00;
	HPO__LANES_AT(row0 + HPO__LANES) = c01;
	HPO__LANES_AT(row1) = c10;
	HPO__LANES_AT(row1 + HPO__LANES) = c11;
	HPO__LANES_AT(row2) = c20;
	HPO__LANES_AT(row2 + HPO__LANES) = c21;
	HPO__LANES_AT(row3) = c30;
	HPO__LANES_AT(row3 + HPO__LANES) = c31;
}

/* Columns j … j + 7 of row i. */
HPO__LANES_INLINE void product_one(const struct hpo_product *p, size_t i, size_t j)
{
	const double *a = p->a + i * p->a_stride;
	const double *b = p->b + j;
	double *c = p->c + i * p->c_stride + j;
	hpo_lanes_t c0 = HPO__LANES_READ(c);
	hpo_lanes_t c1 = HPO__LANES_READ(c + HPO__LANES);

	for (size_t k = 0; k < p->depth; k++, b += PRODUCT_STRIP) {
		c0 -= a[k] * HPO__LANES_READ(b);
		c1 -= a[k] * HPO__LANES_READ(b + HPO__LANES);
	}
	HPO__LANES_AT(c) = c0;
	HPO__LANES_AT(c + HPO__LANES) = c1;
}

/* The columns from j on, fewer than eight, of row i: through a copy that is whole. */
HPO__LANES_INLINE void product_edge(const struct hpo_product *p, size_t i, size_t j)
{
	size_t bytes = (p->columns - j) * sizeof(double);
	double whole[PRODUCT_TILE] = { 0 };
	struct hpo_product edge = *p;

	edge.a = p->a + i * p->a_stride;
	edge.b = p->b + j;
	edge.c = whole;
	memcpy(whole, p->c + i * p->c_stride + j, bytes);
	product_one(&edge, 0, 0);
	memcpy(p->c + i * p->c_stride + j, whole, bytes);
}

/* The same of rows i … i + 3. */
HPO__LANES_INLINE void product_edge_four(const struct hpo_product *p, size_t i, size_t j)
{
	size_t bytes = (p->columns - j) * sizeof(double);
	double whole[4 * PRODUCT_TILE] = { 0 };
	struct hpo_product edge = *p;

	edge.a = p->a + i * p->a_stride;
	edge.b = p->b + j;
	edge.c = whole;
	edge.c_stride = PRODUCT_TILE;
	for (size_t r = 0; r < 4; r++)
		memcpy(whole + r * PRODUCT_TILE, p->c + (i + r) * p->c_stride + j, bytes);
	product_four(&edge, 0, 0);
	for (size_t r = 0; r < 4; r++)
		memcpy(p->c + (i + r) * p->c_stride + j, whole + r * PRODUCT_TILE, bytes);
}

/* C := C - A B. */
HPO__LANES_INLINE void product_subtract(const struct hpo_product *p)
{
	size_t whole = p->columns / PRODUCT_TILE * PRODUCT_TILE;
	size_t i = 0;

	for (; i + 4 <= p->rows; i += 4) {
		for (size_t j = 0; j < whole; j += PRODUCT_TILE)
			product_four(p, i, j);
		if (whole < p->columns)
			product_edge_four(p, i, whole);
	}
	for (; i < p->rows; i++) {
		for (size_t j = 0; j < whole; j += PRODUCT_TILE)
			product_one(p, i, j);
		if (whole < p->columns)
			product_edge(p, i, whole);
	}
}

/* b [depth][PRODUCT_STRIP] := rows of `from`, columns beyond `columns` 0. */
HPO__LANES_INLINE void product_pack(double *b, const double *from, size_t stride, size_t depth,
				    size_t columns)
{
	for (size_t k = 0; k < depth; k++) {
		memcpy(b + k * PRODUCT_STRIP, from + k * stride, columns * sizeof(double));
		for (size_t j = columns; j < PRODUCT_STRIP; j++)
			b[k * PRODUCT_STRIP + j] = 0;
	}
}

/* b [depth][PRODUCT_STRIP] := `from` [columns][depth] transposed, columns beyond that 0. */
HPO__LANES_INLINE void product_pack_transposed(double *b, const double *from, size_t stride,
					       size_t depth, size_t columns)
{
	for (size_t j = 0; j < columns; j++) {
		for (size_t k = 0; k < depth; k++)
			b[k * PRODUCT_STRIP + j] = from[j * stride + k];
	}
	for (size_t k = 0; k < depth; k++) {
		for (size_t j = columns; j < PRODUCT_STRIP; j++)
			b[k * PRODUCT_STRIP + j] = 0;
	}
}

#endif
