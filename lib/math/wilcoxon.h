/*
 * Wilcoxon's signed-rank test on paired differences.
 */
#ifndef HPO_MATH_WILCOXON_H
#define HPO_MATH_WILCOXON_H

#include <stddef.h>

/* Doubles of work space that the test of n differences needs. */
size_t hpo__wilcoxon_work(size_t n);

/*
 * The p-value of "differences tend to be above 0": the chance of so large a sum
 * of the ranks of positive ones, were each as likely to be negative. Exact up to
 * 50 differences, ties included; normal above. Ranks of a zero are split.
 *
 * differences: [n], finite or infinite, not NaN. work: [hpo__wilcoxon_work(n)].
 */
double hpo__wilcoxon_greater(const double *differences, size_t n, double *work);

#endif
