/*
 * The atoms of a tree, what its leaves hold of them, and how likely each leaf is.
 */
#include "model/anova_tree.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* The atom in which a coordinate lies. */
static uint32_t atom_of(const struct hpo_anova_tree *t, size_t axis, double coordinate)
{
	const struct hpo_anova_strip *strip = &t->strips[axis];
	size_t low = 0;
	size_t high = strip->count - 1;

	if (strip->is_category)
		return (uint32_t)hpo__forest_category(&t->forest->axes[axis], coordinate);
	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (coordinate <= strip->ends[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return (uint32_t)low;
}

/* How many atoms reach no farther than a cut. */
static uint32_t atoms_below(const struct hpo_anova_strip *strip, double cut)
{
	size_t low = 0;
	size_t high = strip->count;

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (strip->ends[middle] <= cut)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static int compare_reals(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* A continuum between the cuts that the tree makes on it. */
static void lay_continuum(const struct hpo_anova_tree *t, size_t axis,
			  struct hpo_anova_strip *strip)
{
	size_t count = 0;
	size_t kept = 0;

	for (size_t k = 0; k < t->node_count; k++) {
		if (t->nodes[k].axis == (int32_t)axis && t->nodes[k].cut < 1)
			strip->ends[count++] = t->nodes[k].cut;
	}
	strip->ends[count++] = 1;
	qsort(strip->ends, count, sizeof *strip->ends, compare_reals);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || strip->ends[i] > strip->ends[kept - 1])
			strip->ends[kept++] = strip->ends[i];
	}
	strip->count = kept;
	for (size_t i = 0; i < kept; i++)
		strip->weights[i] = strip->ends[i] - (i > 0 ? strip->ends[i - 1] : 0);
}

static void lay_category(const hpo_axis_t *axis, struct hpo_anova_strip *strip)
{
	strip->is_category = true;
	strip->count = hpo__forest_categories(axis);
	for (size_t c = 0; c < strip->count; c++) {
		/* Categories c, c + count, … are one atom. */
		const uint64_t folded = (axis->cells - c - 1) / strip->count + 1;

		strip->weights[c] = (double)folded / (double)axis->cells;
	}
}

/* The most atoms that an axis may have in a tree. */
static size_t most_atoms(const struct hpo_anova_tree *t, size_t axis)
{
	const size_t cuts = t->node_count / 2 + 1;

	if (t->forest->axes[axis].kind == HPO_AXIS_CATEGORICAL)
		return hpo__forest_categories(&t->forest->axes[axis]);
	return t->axes[axis].count > 0 ? t->axes[axis].count : cuts;
}

static void lay_strips(struct hpo_anova_tree *t)
{
	double *room = t->room;

	t->words = 0;
	for (size_t i = 0; i < t->dims; i++) {
		struct hpo_anova_strip *strip = &t->strips[i];
		const size_t most = most_atoms(t, i);

		*strip = (struct hpo_anova_strip){ .ends = room, .weights = room + most,
						   .word = t->words };
		room += 2 * most;
		if (t->forest->axes[i].kind == HPO_AXIS_CATEGORICAL) {
			lay_category(&t->forest->axes[i], strip);
			t->words += (strip->count + 63) / 64;
		} else if (t->axes[i].count > 0) {
			strip->count = most;
			memcpy(strip->ends, t->axes[i].centres, most * sizeof *strip->ends);
			memcpy(strip->weights, t->axes[i].weights, most * sizeof *strip->weights);
		} else {
			lay_continuum(t, i, strip);
		}
	}
}

/* What the two children of a node hold: all that it does, but for the axis that it asks about. */
static void divide(struct hpo_anova_tree *t, size_t parent)
{
	const struct hpo_forest_node *node = &t->nodes[parent];
	const size_t d = t->dims;
	const size_t axis = (size_t)node->axis;
	const struct hpo_anova_strip *strip = &t->strips[axis];
	const uint32_t below = strip->is_category ? 0 : atoms_below(strip, node->cut);

	for (size_t side = 0; side < 2; side++) {
		const size_t child = node->left + side - t->root;
		const bool is_left = side == 0;

		memcpy(t->low + child * d, t->low + parent * d, d * sizeof *t->low);
		memcpy(t->high + child * d, t->high + parent * d, d * sizeof *t->high);
		memcpy(t->inactive + child * d, t->inactive + parent * d, d);
		memcpy(t->sets + child * t->words, t->sets + parent * t->words,
		       t->words * sizeof *t->sets);
		if (node->inactive_left != is_left)
			t->inactive[child * d + axis] = 0;
		if (strip->is_category) {
			const uint64_t *set = t->forest->sets + node->set;

			for (size_t w = 0; w < (strip->count + 63) / 64; w++)
				t->sets[child * t->words + strip->word + w] &=
					is_left ? set[w] : ~set[w];
			continue;
		}
		if (is_left && t->high[child * d + axis] > below)
			t->high[child * d + axis] = below;
		if (!is_left && t->low[child * d + axis] < below)
			t->low[child * d + axis] = below;
	}
}

static double mass_of(const struct hpo_anova_tree *t, size_t node, size_t axis)
{
	const struct hpo_anova_strip *strip = &t->strips[axis];
	double mass = 0;

	for (size_t a = 0; a < strip->count; a++)
		mass += hpo__anova_holds(t, node, axis, a) ? strip->weights[a] : 0;
	return mass;
}

/* A child is numbered after its parent, so that one pass reaches the leaves. */
static void fill_boxes(struct hpo_anova_tree *t)
{
	for (size_t i = 0; i < t->dims; i++) {
		t->low[i] = 0;
		t->high[i] = (uint32_t)t->strips[i].count;
		t->inactive[i] = 1;
	}
	memset(t->sets, 0xff, t->words * sizeof *t->sets);
	for (size_t k = 0; k < t->node_count; k++) {
		if (t->nodes[k].axis >= 0) {
			divide(t, k);
			continue;
		}
		for (size_t i = 0; i < t->dims; i++)
			t->mass[k * t->dims + i] = mass_of(t, k, i);
	}
}

/* How much of an axis a leaf has in a scenario: its mass, or all or nothing. */
static double factor(const struct hpo_anova_tree *t, size_t leaf, size_t scenario, size_t axis)
{
	if (!hpo__anova_is_active(t, scenario, axis))
		return t->inactive[leaf * t->dims + axis];
	if (hpo__anova_is_pinned(t, scenario, axis))
		return hpo__anova_holds(t, leaf, axis, t->pins[scenario * t->dims + axis]);
	return t->mass[leaf * t->dims + axis];
}

static void fill_products(struct hpo_anova_tree *t)
{
	const size_t scenarios = t->scenarios->count;

	for (size_t s = 0; s < scenarios; s++) {
		for (size_t i = 0; i < t->dims; i++)
			t->pins[s * t->dims + i] =
				hpo__anova_is_pinned(t, s, i)
					? atom_of(t, i, t->scenarios->pinned[s * t->dims + i])
					: 0;
	}
	for (size_t k = 0; k < t->node_count; k++) {
		for (size_t s = 0; s < scenarios; s++) {
			double product = t->nodes[k].axis < 0 ? t->scenarios->weights[s] : 0;

			for (size_t i = 0; i < t->dims && product > 0; i++)
				product *= factor(t, k, s, i);
			t->product[k * scenarios + s] = product;
		}
	}
}

void hpo__anova_tree_lay(struct hpo_anova_tree *t)
{
	lay_strips(t);
	fill_boxes(t);
	fill_products(t);
}

hpo_status_t hpo__anova_tree_reserve(struct hpo_anova_tree *t, const struct hpo_anova *out,
				     hpo_error_t *error)
{
	const size_t d = t->dims;
	const size_t nodes = t->node_count;
	size_t atoms = 0;
	size_t most = 1;
	size_t grid = 1;
	size_t words = 1;

	for (size_t i = 0; i < d; i++) {
		const size_t count = most_atoms(t, i);

		atoms += 2 * count;
		words += (count + 63) / 64;
		most = count > most ? count : most;
	}
	for (size_t p = 0; p < out->pair_count; p++) {
		const size_t cells = most_atoms(t, out->pairs[p].first) *
				     most_atoms(t, out->pairs[p].second);

		grid = cells > grid ? cells : grid;
	}
	grid = grid > most ? grid : most;
	t->strips = hpo__calloc(d, sizeof *t->strips);
	t->room = hpo__calloc(atoms, sizeof *t->room);
	t->low = hpo__calloc(nodes, d * sizeof *t->low);
	t->high = hpo__calloc(nodes, d * sizeof *t->high);
	t->sets = hpo__calloc(nodes, words * sizeof *t->sets);
	t->inactive = hpo__calloc(nodes, d);
	t->mass = hpo__calloc(nodes, d * sizeof *t->mass);
	t->pins = hpo__calloc(t->scenarios->count, d * sizeof *t->pins);
	t->product = hpo__calloc(nodes, t->scenarios->count * sizeof *t->product);
	t->free = hpo__calloc(nodes, sizeof *t->free);
	t->means = hpo__calloc(2 * most, sizeof *t->means);
	t->sums = hpo__calloc(grid, sizeof *t->sums);
	t->odds = hpo__calloc(grid, sizeof *t->odds);
	if (t->strips == NULL || t->room == NULL || t->low == NULL || t->high == NULL ||
	    t->sets == NULL || t->inactive == NULL || t->mass == NULL || t->pins == NULL ||
	    t->product == NULL || t->free == NULL || t->means == NULL || t->sums == NULL ||
	    t->odds == NULL)
		return hpo__fail_memory(error);
	return HPO_OK;
}

void hpo__anova_tree_release(struct hpo_anova_tree *t)
{
	hpo__free(t->strips);
	hpo__free(t->room);
	hpo__free(t->low);
	hpo__free(t->high);
	hpo__free(t->sets);
	hpo__free(t->inactive);
	hpo__free(t->mass);
	hpo__free(t->pins);
	hpo__free(t->product);
	hpo__free(t->free);
	hpo__free(t->means);
	hpo__free(t->sums);
	hpo__free(t->odds);
}
