/*
 * Wilcoxon's signed-rank test.
 *
 * F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin
 * 1 (1945). Equal magnitudes have their mean rank, and half of a zero's rank
 * counts as positive ("zsplit" of SciPy).
 *
 * Given the magnitudes, the sum of the positive ranks is a sum of independent
 * terms, r or 0 with the same chance. Its distribution is counted exactly, over
 * doubled ranks so that mean ranks are whole, also where there are ties; there
 * most programs give the table of the case without.
 */
#include "math/wilcoxon.h"

#include "math/normal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 2^50 sign patterns are still counted exactly in doubles. */
enum { EXACT_MOST = 50 };

size_t hpo__wilcoxon_work(size_t n)
{
	return 2 * n + (n <= EXACT_MOST ? n * (n + 1) + 1 : 0);
}

static int compare_magnitudes(const void *left, const void *right)
{
	const double a = fabs(*(const double *)left);
	const double b = fabs(*(const double *)right);

	return (a > b) - (a < b);
}

/* Doubled mean ranks of sorted[n]; returns the doubled sum of the positive ones. */
static double rank(const double *sorted, size_t n, double *ranks)
{
	double positive = 0;

	for (size_t i = 0; i < n;) {
		size_t end = i;

		while (end < n && fabs(sorted[end]) == fabs(sorted[i]))
			end++;
		for (size_t k = i; k < end; k++) {
			ranks[k] = (double)(i + end + 1); /* twice the mean of i + 1 … end */
			if (sorted[k] > 0)
				positive += ranks[k];
		}
		i = end;
	}
	return positive;
}

/* The share of sign patterns of ranks[n] whose positive sum is at least `sum`. */
static double exact_tail(const double *ranks, size_t n, double sum, double *counts)
{
	size_t top = 0;
	double tail = 0;

	counts[0] = 1;
	for (size_t i = 0; i < n; i++) {
		const size_t r = (size_t)ranks[i];

		memset(counts + top + 1, 0, r * sizeof *counts);
		top += r;
		for (size_t s = top; s >= r; s--)
			counts[s] += counts[s - r];
	}
	for (size_t s = (size_t)sum; s <= top; s++)
		tail += counts[s];
	return ldexp(tail, -(int)n);
}

static double normal_tail(const double *ranks, size_t n, double sum)
{
	double mean = 0;
	double squares = 0;

	for (size_t i = 0; i < n; i++) {
		mean += ranks[i] / 2;
		squares += ranks[i] * ranks[i] / 4;
	}
	return hpo__normal_cdf((mean - sum) / sqrt(squares));
}

/* Half of each zero's rank is on both sides of any comparison, so zeros only move the ranks. */
double hpo__wilcoxon_greater(const double *differences, size_t n, double *work)
{
	double *sorted = work;
	double *ranks = work + n;
	size_t zeros = 0;
	double positive;

	memcpy(sorted, differences, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, compare_magnitudes);
	positive = rank(sorted, n, ranks);
	while (zeros < n && sorted[zeros] == 0)
		zeros++;
	if (zeros == n)
		return 1.0;
	if (n <= EXACT_MOST)
		return exact_tail(ranks + zeros, n - zeros, positive, ranks + n);
	return normal_tail(ranks + zeros, n - zeros, positive);
}
