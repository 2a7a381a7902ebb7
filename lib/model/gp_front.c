/*
 * The front of what is known, how far it may reach yet, and the region beyond it, in boxes
 * or along rays.
 *
 * K. Yang, M. Emmerich, A. Deutz and T. Bäck, "Efficient computation of expected
 * hypervolume improvement using box decomposition algorithms", J. Global
 * Optimization 75 (2019). Above three losses in polar coordinates, as D. Golovin and
 * Q. Zhang, "Random hypervolume scalarizations for provable multi-objective
 * black box optimization", ICML (2020): along a direction, what lies nearer to the
 * ideal than the front does. What is nearly dominated is left out in the sense of
 * M. Laumanns and others, "Combining convergence and diversity in evolutionary
 * multiobjective optimization", Evolutionary Computation 10 (2002).
 *
 * A model never knows for certain that a loss ends at 0: it sees small gains at the ends
 * of the front for ever. So a gain begins to count at a share of the gap between neighbours,
 * and an end that is no better than others by that much does not count as one.
 */
#include "model/gp_front.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/normal.h"
#include "math/pareto.h"
#include "math/sobol.h"

#include <math.h>
#include <string.h>

/* How far beyond the worst losses of the front the reference lies, in its extents. */
static const double beyond = 0.1;

/*
 * From what a gain counts, in mean gaps between neighbours. Of 0.1, 0.2, 0.3 and 0.7 on six
 * problems the second and third did best (doc/strategies.md).
 */
static const double slack = 0.2;

/* Extents below this are none: the losses are of variance 1. */
static const double least_extent = 1e-3;

/* Places on a ray behind the front, in lengths of the ray, and the length that each stands for. */
static const double depths[HPO__FRONT_DEPTHS] = { 0.02, 0.1, 0.4 };
static const double widths[HPO__FRONT_DEPTHS] = { 0.05, 0.15, 0.5 };

static int allocate_boxes(struct hpo_gp_front *f)
{
	const size_t edges = f->goals * HPO__FRONT_EDGES;

	f->boxes = hpo__calloc(hpo__boxes_most(HPO__FRONT_MOST), sizeof *f->boxes);
	f->strips = hpo__calloc(hpo__boxes_most(HPO__FRONT_MOST) + 1, sizeof *f->strips);
	f->order = hpo__calloc(HPO__FRONT_MOST, sizeof *f->order);
	f->gain = hpo__calloc(edges, 4 * sizeof *f->gain);
	f->share = hpo__calloc(hpo__boxes_most(HPO__FRONT_MOST), sizeof *f->share);
	f->by_mean = f->gain + edges;
	f->by_sd = f->gain + 2 * edges;
	f->weight = f->gain + 3 * edges;
	return f->boxes != NULL && f->strips != NULL && f->order != NULL && f->gain != NULL &&
	       f->share != NULL;
}

static int allocate_targets(struct hpo_gp_front *f)
{
	f->targets = hpo__calloc(HPO__FRONT_TARGETS, f->goals * sizeof *f->targets);
	f->volume = hpo__calloc(HPO__FRONT_TARGETS, sizeof *f->volume);
	f->share = hpo__calloc(HPO__FRONT_TARGETS, sizeof *f->share);
	return f->targets != NULL && f->volume != NULL && f->share != NULL;
}

hpo_status_t hpo__gp_front_init(struct hpo_gp_front *f, size_t goals, hpo_error_t *error)
{
	int done;

	memset(f, 0, sizeof *f);
	f->goals = goals;
	f->member = hpo__calloc(HPO__FRONT_MOST, sizeof *f->member);
	f->points = hpo__calloc(HPO__FRONT_MOST, goals * sizeof *f->points);
	f->reference = hpo__calloc(goals, 3 * sizeof *f->reference);
	done = f->member != NULL && f->points != NULL && f->reference != NULL &&
	       (goals > HPO__BOX_LOSSES ? allocate_targets(f) : allocate_boxes(f));
	if (!done)
		return hpo__fail_memory(error);
	f->ideal = f->reference + goals;
	f->worst = f->reference + 2 * goals;
	return HPO_OK;
}

void hpo__gp_front_release(struct hpo_gp_front *f)
{
	hpo__free(f->member);
	hpo__free(f->points);
	hpo__free(f->reference);
	hpo__free(f->boxes);
	hpo__free(f->strips);
	hpo__free(f->order);
	hpo__free(f->gain);
	hpo__free(f->share);
	hpo__free(f->targets);
	hpo__free(f->volume);
	memset(f, 0, sizeof *f);
}

static double squared_distance(const double *a, const double *b, size_t k)
{
	double sum = 0;

	for (size_t j = 0; j < k; j++)
		sum += (a[j] - b[j]) * (a[j] - b[j]);
	return sum;
}

/*
 * The rows that are in no other's shadow, or MOST of them: from the first on always the one that
 * is farthest from all that were taken. `near` [n] is scratch.
 */
static void take_members(struct hpo_gp_front *f, const double *losses, size_t n,
			 const uint32_t *rank, double *near)
{
	const size_t k = f->goals;

	f->count = 0;
	for (size_t i = 0; i < n; i++)
		near[i] = rank[i] == 0 ? (double)INFINITY : -1;
	while (f->count < HPO__FRONT_MOST) {
		size_t next = 0;

		for (size_t i = 1; i < n; i++)
			next = near[i] > near[next] ? i : next;
		if (!(near[next] > 0))
			break; /* what is left is equal to some that were taken */
		f->member[f->count] = next;
		memcpy(f->points + f->count * k, losses + next * k, k * sizeof *losses);
		f->count++;
		near[next] = -1;
		for (size_t i = 0; i < n; i++) {
			if (near[i] > 0)
				near[i] = fmin(near[i], squared_distance(losses + i * k,
									 losses + next * k, k));
		}
	}
}

/* The least of each loss over the front, and the largest. */
static void measure_extent(struct hpo_gp_front *f)
{
	const size_t k = f->goals;

	for (size_t j = 0; j < k; j++) {
		f->ideal[j] = INFINITY;
		f->reference[j] = -INFINITY;
		for (size_t i = 0; i < f->count; i++) {
			f->ideal[j] = fmin(f->ideal[j], f->points[i * k + j]);
			f->reference[j] = fmax(f->reference[j], f->points[i * k + j]);
		}
	}
}

/* A share of the extent: of the gap that so many points would leave between each other. */
static double least_gain(const struct hpo_gp_front *f)
{
	return slack * pow((double)f->count, -1 / (double)(f->goals - 1));
}

/* Whether member a is nowhere worse than member b by more than a share of the extent. */
static int nearly_dominates(const struct hpo_gp_front *f, size_t a, size_t b, double share)
{
	const size_t k = f->goals;

	for (size_t j = 0; j < k; j++) {
		if (f->points[a * k + j] >
		    f->points[b * k + j] + share * (f->reference[j] - f->ideal[j]))
			return 0;
	}
	return 1;
}

/* Leave out those that others nearly dominate; of two that do so to each other, the later one. */
static void thin(struct hpo_gp_front *f)
{
	const double share = least_gain(f);
	const size_t k = f->goals;
	uint8_t leaves[HPO__FRONT_MOST] = { 0 };
	size_t kept = 0;

	for (size_t b = 0; b < f->count; b++) {
		for (size_t a = 0; a < f->count && !leaves[b]; a++)
			leaves[b] = a != b && nearly_dominates(f, a, b, share) &&
				    (a < b || !nearly_dominates(f, b, a, share));
	}
	for (size_t i = 0; i < f->count; i++) {
		if (leaves[i])
			continue;
		memmove(f->points + kept * k, f->points + i * k, k * sizeof *f->points);
		f->member[kept++] = f->member[i];
	}
	f->count = kept;
}

/* The front moves to where an improvement on it begins to count. */
static void demand_gain(struct hpo_gp_front *f)
{
	const double share = least_gain(f);
	const size_t k = f->goals;

	for (size_t j = 0; j < k; j++) {
		double gain = share * (f->reference[j] - f->ideal[j]);

		for (size_t i = 0; i < f->count; i++)
			f->points[i * k + j] -= gain;
		f->ideal[j] -= gain;
	}
}

hpo_status_t hpo__gp_front_set(struct hpo_gp_front *f, const double *losses, size_t n,
			       hpo_error_t *error)
{
	uint32_t *rank = hpo__calloc(n, sizeof *rank);
	double *near = hpo__calloc(n, sizeof *near);
	hpo_status_t status = HPO_ENOMEM;

	if (rank != NULL && near != NULL)
		status = hpo__pareto_fronts(losses, n, f->goals, rank);
	if (status == HPO_OK) {
		take_members(f, losses, n, rank, near);
		measure_extent(f);
		thin(f);
		measure_extent(f);
		demand_gain(f);
		for (size_t j = 0; j < f->goals; j++) {
			f->worst[j] = -INFINITY;
			for (size_t i = 0; i < n; i++)
				f->worst[j] = fmax(f->worst[j], losses[i * f->goals + j]);
		}
	}
	hpo__free(rank);
	hpo__free(near);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

/* How far the front reaches along a direction from the reference on. */
static double reach(const struct hpo_gp_front *f, const double *direction)
{
	double most = 0;

	for (size_t i = 0; i < f->count; i++) {
		double least = INFINITY;

		for (size_t j = 0; j < f->goals; j++)
			least = fmin(least, (f->reference[j] - f->points[i * f->goals + j]) /
						    direction[j]);
		most = fmax(most, least);
	}
	return most;
}

/* Directions are uniform over the positive part of the sphere, the front's extents the units. */
static void set_targets(struct hpo_gp_front *f, uint64_t seed)
{
	const size_t k = f->goals;

	for (size_t r = 0; r < HPO__FRONT_RAYS; r++) {
		double *direction = f->targets + r * HPO__FRONT_DEPTHS * k;
		double length = 0;
		double from;

		for (size_t j = 0; j < k; j++) {
			double normal = hpo__normal_quantile(0.5 + 0.5 * hpo__sobol(r + 1, j, seed));

			direction[j] = fmin(fmax(normal, 1e-3), 10);
			length += direction[j] * direction[j];
		}
		for (size_t j = 0; j < k; j++)
			direction[j] *= (f->reference[j] - f->ideal[j]) / sqrt(length);
		from = reach(f, direction);
		for (size_t q = HPO__FRONT_DEPTHS; q-- > 0;) {
			double at = from + depths[q];
			double *target = direction + q * k;

			f->volume[r * HPO__FRONT_DEPTHS + q] =
				log(widths[q]) + (double)(k - 1) * log(at);
			for (size_t j = 0; j < k; j++)
				target[j] = f->reference[j] - at * direction[j];
		}
	}
}

/* Widen the extent by the chances that nothing dominates, neither the front nor another. */
static hpo_status_t widen(struct hpo_gp_front *f, const double *chances, size_t n)
{
	const size_t k = f->goals;
	double *all = hpo__calloc(f->count + n, k * sizeof *all);
	uint32_t *rank = hpo__calloc(f->count + n, sizeof *rank);
	hpo_status_t status = HPO_ENOMEM;

	if (all != NULL && rank != NULL) {
		memcpy(all, chances, n * k * sizeof *all);
		memcpy(all + n * k, f->points, f->count * k * sizeof *all);
		status = hpo__pareto_fronts(all, f->count + n, k, rank);
	}
	for (size_t i = 0; status == HPO_OK && i < n; i++) {
		for (size_t j = 0; rank[i] == 0 && j < k; j++)
			f->reference[j] = fmax(f->reference[j], chances[i * k + j]);
	}
	hpo__free(all);
	hpo__free(rank);
	return status;
}

hpo_status_t hpo__gp_front_close(struct hpo_gp_front *f, const double *chances, size_t n,
				 uint64_t seed, hpo_error_t *error)
{
	const size_t k = f->goals;

	if (n > 0 && widen(f, chances, n) < 0)
		return hpo__fail_memory(error);
	for (size_t j = 0; j < k; j++) {
		if (n == 0)
			f->reference[j] = fmax(f->reference[j], f->worst[j]);
		f->reference[j] += beyond * fmax(f->reference[j] - f->ideal[j], least_extent);
	}
	if (k > HPO__BOX_LOSSES)
		set_targets(f, seed);
	else
		f->box_count = hpo__boxes_make(f->points, f->count, k, f->reference, f->boxes,
					       f->strips, f->order);
	return HPO_OK;
}
