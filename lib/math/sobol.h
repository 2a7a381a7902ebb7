/*
 * The Sobol sequence, scrambled: points that cover the unit cube evenly,
 * whatever prefix of them is taken.
 */
#ifndef HPO_MATH_SOBOL_H
#define HPO_MATH_SOBOL_H

#include <stddef.h>
#include <stdint.h>

enum {
	HPO__SOBOL_DIMENSIONS = 256, /* those with direction numbers */
	HPO__SOBOL_DEGREE = 11       /* the highest degree of their polynomials */
};

/*
 * Coordinate `dimension` of point `index`, inside (0, 1), a function of its
 * arguments alone. Each seed gives another scramble. Every 2^32 points the
 * sequence begins again under another one. Dimensions from
 * HPO__SOBOL_DIMENSIONS on are plain random numbers.
 */
double hpo__sobol(uint64_t index, size_t dimension, uint64_t seed);

/* The same before scrambling, as 32 bits after the point; dimension < HPO__SOBOL_DIMENSIONS. */
uint32_t hpo__sobol_bits(uint32_t index, size_t dimension);

/* The direction numbers of one dimension. */
struct hpo_sobol_row {
	uint16_t polynomial;                 /* primitive, modulo 2; bit i is the coefficient of x^i */
	uint16_t initial[HPO__SOBOL_DEGREE]; /* m_1, m_2, …, as many as its degree */
};

extern const struct hpo_sobol_row hpo__sobol_table[HPO__SOBOL_DIMENSIONS];

#endif
