/*
 * Eigenvalues and eigenvectors of a symmetric matrix.
 */
#ifndef HPO_MATH_EIGEN_H
#define HPO_MATH_EIGEN_H

#include "hpo/status.h"

#include <stddef.h>

/*
 * A [n][n], both triangles filled, is destroyed: its rows become orthonormal
 * eigenvectors, and values [n] the eigenvalues in ascending order, row k
 * belonging to value k. `scratch` is [2 n].
 *
 * Returns HPO_EINVAL, A and values being of no use then, where an element is
 * not finite. Of a vector and its opposite it is not said which one comes, but
 * the same matrix gives the same.
 */
hpo_status_t hpo__eigen_symmetric(double *a, double *values, double *scratch, size_t n);

#endif
