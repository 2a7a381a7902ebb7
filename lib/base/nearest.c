/*
 * What somebody may have meant: the known word at the smallest edit distance.
 *
 * V. I. Levenshtein, "Binary codes capable of correcting deletions, insertions,
 * and reversals", Soviet Physics Doklady 10 (1966).
 */
#include "base/json.h"

#include <string.h>

/* Longer words are not compared: nobody mistypes them, and rows stay on the stack. */
enum { LONGEST = 63 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The fewest insertions, deletions and replacements between two short words; case is nothing. */
static size_t measure_distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1];
	size_t width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < width; j++) {
			size_t replaced = diagonal + (lower(a[i]) != lower(b[j]) ? 1 : 0);

			diagonal = row[j + 1];
			row[j + 1] = least(replaced, least(row[j], row[j + 1]) + 1);
		}
	}
	return row[width];
}

const char *hpo__nearest(const char *text, const char *const *known)
{
	size_t length = strlen(text);
	size_t best = length / 3 + 2; /* a third of the letters and one may be wrong */
	const char *near = NULL;

	if (length > LONGEST)
		return NULL;
	for (size_t i = 0; known[i] != NULL; i++) {
		size_t distance;

		if (strlen(known[i]) > LONGEST)
			continue;
		distance = measure_distance(text, known[i]);
		if (distance < best && distance < strlen(known[i])) {
			best = distance;
			near = known[i];
		}
	}
	return near;
}
