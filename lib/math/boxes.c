/*
 * A sweep along the last of three losses: the slice of the region at a level is a
 * staircase, strips of the first loss each with a roof in the second. A point changes
 * those to its right with a higher roof; each that ends leaves a box. So there are at
 * most two boxes a point, and one.
 *
 * R. Lacour, K. Klamroth and C. M. Fonseca, "A box decomposition algorithm to
 * compute the hypervolume indicator", Computers & Operations Research 79 (2017);
 * K. Yang, M. Emmerich, A. Deutz and T. Bäck, "Efficient computation of expected
 * hypervolume improvement using box decomposition algorithms", J. Global
 * Optimization 75 (2019), for the bound.
 */
#include "math/boxes.h"

#include <string.h>

struct sweep {
	const double *points, *reference;
	size_t n, m;
	struct hpo_box *boxes;
	size_t count;
	struct hpo_box_strip *strips;
	size_t strip_count;
};

static double edge(const struct sweep *s, uint32_t number, size_t loss)
{
	return number == s->n ? s->reference[loss] : s->points[number * s->m + loss];
}

/* A strip ends at a level of the last loss. */
static void leave_box(struct sweep *s, size_t strip, uint32_t level)
{
	const struct hpo_box_strip *it = &s->strips[strip];
	struct hpo_box *box = &s->boxes[s->count];

	if (it->since != HPO__BOX_OPEN && !(edge(s, it->since, 2) < edge(s, level, 2)))
		return;
	box->low[0] = it->from;
	box->high[0] = strip + 1 < s->strip_count ? s->strips[strip + 1].from : (uint32_t)s->n;
	box->low[1] = HPO__BOX_OPEN;
	box->high[1] = it->roof;
	box->low[2] = it->since;
	box->high[2] = level;
	s->count++;
}

/* The last strip that begins at or before x. */
static size_t strip_at(const struct sweep *s, double x)
{
	size_t low = 0;
	size_t high = s->strip_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (edge(s, s->strips[middle].from, 0) <= x)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void add_point(struct sweep *s, uint32_t number)
{
	const double x = edge(s, number, 0);
	const double y = edge(s, number, 1);
	const uint32_t since = s->m == 3 ? number : HPO__BOX_OPEN;
	const size_t first = strip_at(s, x);
	const struct hpo_box_strip cut = s->strips[first];
	struct hpo_box_strip now[2];
	size_t parts = 0;
	size_t end = first;

	while (end < s->strip_count && edge(s, s->strips[end].roof, 1) > y)
		end++;
	if (end == first)
		return;
	for (size_t k = first; s->m == 3 && k < end; k++)
		leave_box(s, k, number);

	if (cut.from == HPO__BOX_OPEN || edge(s, cut.from, 0) < x)
		now[parts++] = (struct hpo_box_strip){ cut.from, cut.roof, since };
	now[parts++] = (struct hpo_box_strip){ number, (uint32_t)number, since };
	memmove(s->strips + first + parts, s->strips + end,
		(s->strip_count - end) * sizeof *s->strips);
	memcpy(s->strips + first, now, parts * sizeof *now);
	s->strip_count += parts;
	s->strip_count -= end - first;
}

/* Numbers in ascending order of the last loss, of equal ones the first before. */
static void sort_numbers(const struct sweep *s, uint32_t *order)
{
	for (uint32_t i = 0; i < s->n; i++) {
		size_t at = i;

		for (; at > 0 && edge(s, order[at - 1], s->m - 1) > edge(s, i, s->m - 1); at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

size_t hpo__boxes_make(const double *points, size_t n, size_t m, const double *reference,
		       struct hpo_box *boxes, struct hpo_box_strip *strips, uint32_t *order)
{
	struct sweep s = { points, reference, n, m, boxes, 0, strips, 1 };

	strips[0] = (struct hpo_box_strip){ HPO__BOX_OPEN, (uint32_t)n, HPO__BOX_OPEN };
	sort_numbers(&s, order);
	for (size_t i = 0; i < n; i++)
		add_point(&s, order[i]);
	for (size_t k = 0; k < s.strip_count; k++)
		leave_box(&s, k, (uint32_t)n);
	return s.count;
}
