/*
 * The 24 noiseless functions of the black-box optimization benchmark, with
 * seeded instances. Written from their published definitions:
 *
 * N. Hansen, S. Finck, R. Ros and A. Auger, "Real-parameter black-box
 * optimization benchmarking 2009: noiseless functions definitions", INRIA
 * research report RR-6829 (2009).
 *
 * An instance has an optimum and rotations of its own, drawn from its seed. The
 * value at the optimum is 0: a value is a regret.
 */
#ifndef HPO_BENCH_FUNCTIONS_BBOB_H
#define HPO_BENCH_FUNCTIONS_BBOB_H

#include <stddef.h>
#include <stdint.h>

enum { BBOB_FUNCTIONS = 24, BBOB_DIMS = 40 /* at most */, BBOB_PEAKS = 101 };

/* The search domain is [-5, 5] on every axis. */
struct bbob {
	int function;  /* 1 … 24, as in the report */
	size_t dims;   /* D, 2 … BBOB_DIMS */
	double optimum[BBOB_DIMS];
	double q[BBOB_DIMS * BBOB_DIMS], r[BBOB_DIMS * BBOB_DIMS]; /* [D][D], rotations */
	double middle[BBOB_DIMS * BBOB_DIMS]; /* [D][D], between x and z, where there is one */
	double peaks[BBOB_PEAKS][BBOB_DIMS];  /* rotated centres, f21 and f22 */
	double widths[BBOB_PEAKS][BBOB_DIMS]; /* diagonals of C_i */
	double heights[BBOB_PEAKS];           /* w_i */
	size_t peak_count;
};

/* Set up an instance; it is large, so keep it off the stack. */
void bbob_init(struct bbob *problem, int function, size_t dims, uint64_t seed);

/* The regret at x [D]. */
double bbob_value(const struct bbob *problem, const double *x);

/* Short name of a function, 1 … 24. */
const char *bbob_name(int function);

#endif
