/*
 * Choosing points of a front one by one.
 *
 * By volume the choice dominates at least 63 % of what the best choice would (G. L. Nemhauser,
 * L. A. Wolsey and M. L. Fisher, "An analysis of approximations for maximizing
 * submodular set functions", Mathematical Programming 14 (1978)). What a point adds only
 * shrinks as others are chosen, so that only those that may still be the first are measured
 * again (M. Minoux, "Accelerated greedy algorithms for maximizing submodular set
 * functions" (1978)).
 */
#include "math/subset.h"

#include "base/alloc.h"
#include "math/boxes.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* How far beyond the worst the reference lies, in extents of the front. */
static const double beyond = 0.1;

struct subset {
	size_t n, m, wanted;
	double *losses; /* [n][m], in extents of the front, from -1/2 to 1/2 or so */
	double *gain;	/* [n], what a point adds, at most; -1 once it is chosen */
	double *taken;	/* [wanted][m], losses of the chosen ones */
	size_t count;	/* of them */
	struct hpo_box *boxes;
	size_t box_count;
	struct hpo_box_strip *strips;
	uint32_t *order;
	double reference[HPO__BOX_LOSSES];
};

static void release(struct subset *s)
{
	hpo__free(s->losses);
	hpo__free(s->gain);
	hpo__free(s->taken);
	hpo__free(s->boxes);
	hpo__free(s->strips);
	hpo__free(s->order);
}

static int allocate(struct subset *s)
{
	s->losses = hpo__calloc(s->n, s->m * sizeof *s->losses);
	s->gain = hpo__calloc(s->n, sizeof *s->gain);
	s->taken = hpo__calloc(s->wanted, s->m * sizeof *s->taken);
	s->boxes = hpo__calloc(hpo__boxes_most(s->wanted), sizeof *s->boxes);
	s->strips = hpo__calloc(hpo__boxes_most(s->wanted) + 1, sizeof *s->strips);
	s->order = hpo__calloc(s->wanted, sizeof *s->order);
	return s->losses != NULL && s->gain != NULL && s->taken != NULL && s->boxes != NULL &&
	       s->strips != NULL && s->order != NULL;
}

/* The losses as shares of their extents; by halves, as no difference may overflow. */
static void scale(struct subset *s, const double *losses)
{
	for (size_t j = 0; j < s->m; j++) {
		double low = INFINITY;
		double high = -INFINITY;
		double half;

		for (size_t i = 0; i < s->n; i++) {
			low = fmin(low, losses[i * s->m + j]);
			high = fmax(high, losses[i * s->m + j]);
		}
		half = high / 2 - low / 2;
		for (size_t i = 0; i < s->n; i++)
			s->losses[i * s->m + j] =
				half > DBL_MIN
					? (losses[i * s->m + j] / 2 - low / 2) / half - 0.5
					: 0;
		if (j < HPO__BOX_LOSSES)
			s->reference[j] = (half > DBL_MIN ? 0.5 : 0) + beyond;
	}
}

static double edge(const struct subset *s, uint32_t number, size_t j)
{
	return number == s->count ? s->reference[j] : s->taken[number * s->m + j];
}

/* What a point adds to the volume of the chosen ones. */
static double added_volume(const struct subset *s, const double *point)
{
	double sum = 0;

	for (size_t b = 0; b < s->box_count; b++) {
		const struct hpo_box *box = &s->boxes[b];
		double part = 1;

		for (size_t j = 0; part > 0 && j < s->m; j++) {
			double low = point[j];

			if (box->low[j] != HPO__BOX_OPEN)
				low = fmax(low, edge(s, box->low[j], j));
			part *= fmax(0, edge(s, box->high[j], j) - low);
		}
		sum += part;
	}
	return sum;
}

static size_t find_by_volume(struct subset *s)
{
	double most = -0.5;
	size_t best = 0;

	s->box_count = hpo__boxes_make(s->taken, s->count, s->m, s->reference, s->boxes, s->strips,
				       s->order);
	for (size_t i = 0; i < s->n; i++) {
		if (s->gain[i] <= most)
			continue;
		s->gain[i] = added_volume(s, s->losses + i * s->m);
		if (s->gain[i] > most) {
			most = s->gain[i];
			best = i;
		}
	}
	return best;
}

/* `gain` is the distance to the nearest chosen one; the first is the best in the first loss. */
static size_t find_by_distance(struct subset *s)
{
	const double *last;
	size_t best = 0;

	for (size_t i = 1; s->count == 0 && i < s->n; i++)
		best = s->losses[i * s->m] < s->losses[best * s->m] ? i : best;
	if (s->count == 0)
		return best;
	last = s->taken + (s->count - 1) * s->m;
	for (size_t i = 0; i < s->n; i++) {
		double sum = 0;

		for (size_t j = 0; j < s->m; j++) {
			double off = s->losses[i * s->m + j] - last[j];

			sum += off * off;
		}
		s->gain[i] = fmin(s->gain[i], sum);
		best = s->gain[i] > s->gain[best] ? i : best;
	}
	return best;
}

hpo_status_t hpo__subset_choose(const double *losses, size_t n, size_t m, size_t wanted,
				size_t *chosen)
{
	struct subset s = { .n = n, .m = m, .wanted = wanted };
	const int has_room = allocate(&s);

	if (has_room) {
		scale(&s, losses);
		for (size_t i = 0; i < n; i++)
			s.gain[i] = INFINITY;
	}
	for (; has_room && s.count < wanted; s.count++) {
		size_t next = m <= HPO__BOX_LOSSES && m > 1 ? find_by_volume(&s)
							    : find_by_distance(&s);

		chosen[s.count] = next;
		memcpy(s.taken + s.count * m, s.losses + next * m, m * sizeof *s.losses);
		s.gain[next] = -1;
	}
	release(&s);
	return has_room ? HPO_OK : HPO_ENOMEM;
}
