/*
 * Analysis of variance of a forest, tree by tree.
 *
 * A tree is constant in its leaves, and a leaf is a product of subsets of the
 * axes. An axis is cut into atoms, which no leaf divides: the values of a
 * discrete one, and the stretches between the cuts of a continuum. So a leaf
 * holds, of each axis, some atoms, and perhaps the points in which it is not
 * active. The mean of the tree over all axes but j, as a function of the atom of
 * j, is a sum over leaves of its value times the mass that it has in the other
 * axes (Hutter et al., algorithm 2).
 */
#include "model/anova.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An axis within one tree. */
struct strip {
	bool is_category;
	size_t count;	    /* atoms */
	double *ends;	    /* [count]: the cuts or centres up to which atoms reach; numeric only */
	double *weights;    /* [count], which sum to 1 */
	size_t word;	    /* where its set begins in a node's words; categories only */
};

/* What is known of the tree that is looked at; arrays are by its nodes, from its root. */
struct tree {
	const struct hpo_forest *forest;
	const struct hpo_anova_axis *axes;
	const struct hpo_anova_scenarios *scenarios;
	size_t dims, node_count, words;
	const struct hpo_forest_node *nodes; /* [node_count], the root first */
	uint32_t root;
	struct strip *strips; /* [d] */
	double *room;	      /* ends and weights of all strips */
	uint32_t *low, *high; /* [node][d]: atoms low … high-1; numeric axes */
	uint64_t *sets;	      /* [node][words]: atoms as bits; category axes */
	uint8_t *inactive;    /* [node][d]: whether points without the axis get there */
	double *mass;	      /* [node][d]: of the atoms */
	uint32_t *pins;	      /* [scenario][d]: the atom at which an axis is pinned */
	double *product;      /* [node][scenario]: mass of a leaf there, by all axes */
	double *free;	      /* [node] scratch: what a leaf holds where nothing is pinned */
	double *means;	      /* scratch: of rows, then of columns */
	double *sums, *odds;  /* [atoms] or [atoms][atoms] of one effect: see sum_line() */
};

/* Two axes, and where a scenario pins them. */
struct cross {
	size_t axis[2];
	size_t columns; /* atoms of the second */
	bool pinned[2];
	uint32_t pin[2];
};

static bool is_pinned(const struct tree *t, size_t scenario, size_t axis)
{
	return !isnan(t->scenarios->pinned[scenario * t->dims + axis]);
}

static bool is_active(const struct tree *t, size_t scenario, size_t axis)
{
	return t->scenarios->active[scenario * t->dims + axis] != 0;
}

/* The atom in which a coordinate lies. */
static uint32_t atom_of(const struct tree *t, size_t axis, double coordinate)
{
	const struct strip *strip = &t->strips[axis];
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
static uint32_t atoms_below(const struct strip *strip, double cut)
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
static void lay_continuum(const struct tree *t, size_t axis, struct strip *strip)
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

static void lay_category(const hpo_axis_t *axis, struct strip *strip)
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
static size_t most_atoms(const struct tree *t, size_t axis)
{
	const size_t cuts = t->node_count / 2 + 1;

	if (t->forest->axes[axis].kind == HPO_AXIS_CATEGORICAL)
		return hpo__forest_categories(&t->forest->axes[axis]);
	return t->axes[axis].count > 0 ? t->axes[axis].count : cuts;
}

static void lay_strips(struct tree *t)
{
	double *room = t->room;

	t->words = 0;
	for (size_t i = 0; i < t->dims; i++) {
		struct strip *strip = &t->strips[i];
		const size_t most = most_atoms(t, i);

		*strip = (struct strip){ .ends = room, .weights = room + most, .word = t->words };
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
static void divide(struct tree *t, size_t parent)
{
	const struct hpo_forest_node *node = &t->nodes[parent];
	const size_t d = t->dims;
	const size_t axis = (size_t)node->axis;
	const struct strip *strip = &t->strips[axis];
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

static bool holds(const struct tree *t, size_t node, size_t axis, size_t atom)
{
	const struct strip *strip = &t->strips[axis];

	if (strip->is_category)
		return t->sets[node * t->words + strip->word + atom / 64] >> (atom % 64) & 1;
	return atom >= t->low[node * t->dims + axis] && atom < t->high[node * t->dims + axis];
}

static double mass_of(const struct tree *t, size_t node, size_t axis)
{
	const struct strip *strip = &t->strips[axis];
	double mass = 0;

	for (size_t a = 0; a < strip->count; a++)
		mass += holds(t, node, axis, a) ? strip->weights[a] : 0;
	return mass;
}

/* A child is numbered after its parent, so that one pass reaches the leaves. */
static void fill_boxes(struct tree *t)
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
static double factor(const struct tree *t, size_t leaf, size_t scenario, size_t axis)
{
	if (!is_active(t, scenario, axis))
		return t->inactive[leaf * t->dims + axis];
	if (is_pinned(t, scenario, axis))
		return holds(t, leaf, axis, t->pins[scenario * t->dims + axis]);
	return t->mass[leaf * t->dims + axis];
}

static void fill_products(struct tree *t)
{
	const size_t scenarios = t->scenarios->count;

	for (size_t s = 0; s < scenarios; s++) {
		for (size_t i = 0; i < t->dims; i++)
			t->pins[s * t->dims + i] =
				is_pinned(t, s, i)
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

/* How likely a leaf is. */
static double likelihood(const struct tree *t, size_t leaf)
{
	double sum = 0;

	for (size_t s = 0; s < t->scenarios->count; s++)
		sum += t->product[leaf * t->scenarios->count + s];
	return sum;
}

static double total_variance(const struct tree *t)
{
	double mean = 0;
	double variance = 0;

	for (size_t k = 0; k < t->node_count; k++)
		mean += likelihood(t, k) * t->nodes[k].mean;
	for (size_t k = 0; k < t->node_count; k++) {
		const double off = t->nodes[k].mean - mean;

		variance += likelihood(t, k) * off * off;
	}
	return variance;
}

/* Share an amount out over the atoms that a leaf has of an axis, by their weights. */
static void spread_line(const struct tree *t, size_t leaf, size_t axis, double amount,
			double *line)
{
	const struct strip *strip = &t->strips[axis];
	const double density = amount / t->mass[leaf * t->dims + axis];
	size_t begin = 0;
	size_t end = strip->count;

	if (!strip->is_category) {
		begin = t->low[leaf * t->dims + axis];
		end = t->high[leaf * t->dims + axis];
	}
	for (size_t a = begin; a < end; a++) {
		if (!strip->is_category || holds(t, leaf, axis, a))
			line[a] += density * strip->weights[a];
	}
}

/* What one axis shows: by its atoms, how likely they are, and the tree's value times that. */
static void sum_line(struct tree *t, size_t axis)
{
	const struct strip *strip = &t->strips[axis];
	const size_t scenarios = t->scenarios->count;

	memset(t->sums, 0, strip->count * sizeof *t->sums);
	memset(t->odds, 0, strip->count * sizeof *t->odds);
	memset(t->free, 0, t->node_count * sizeof *t->free);
	for (size_t s = 0; s < scenarios; s++) {
		const uint32_t pin = t->pins[s * t->dims + axis];
		const bool pinned = is_pinned(t, s, axis);

		if (!is_active(t, s, axis))
			continue;
		for (size_t a = 0; a < strip->count && !pinned; a++)
			t->odds[a] += t->scenarios->weights[s] * strip->weights[a];
		if (pinned)
			t->odds[pin] += t->scenarios->weights[s];
		for (size_t k = 0; k < t->node_count; k++) {
			const double amount = t->product[k * scenarios + s] * t->nodes[k].mean;

			if (pinned)
				t->sums[pin] += amount;
			else
				t->free[k] += amount;
		}
	}
	for (size_t k = 0; k < t->node_count; k++) {
		if (t->free[k] != 0)
			spread_line(t, k, axis, t->free[k], t->sums);
	}
}

/* The variance of what an axis shows where it is active, times how often that is. */
static double main_effect(struct tree *t, size_t axis)
{
	const size_t count = t->strips[axis].count;
	double often = 0;
	double sum = 0;
	double effect = 0;

	sum_line(t, axis);
	for (size_t a = 0; a < count; a++) {
		often += t->odds[a];
		sum += t->sums[a];
	}
	for (size_t a = 0; a < count; a++) {
		if (t->odds[a] > 0) {
			const double off = t->sums[a] / t->odds[a] - sum / often;

			effect += t->odds[a] * off * off;
		}
	}
	return effect;
}

/* One row of a grid, whose axis is pinned or not. */
static void fill_row(const struct tree *t, const struct cross *cross, size_t leaf, size_t a,
		     double amount)
{
	double *row = t->sums + a * cross->columns;

	if (cross->pinned[1])
		row[cross->pin[1]] += amount;
	else
		spread_line(t, leaf, cross->axis[1], amount, row);
}

static void fill_leaf(const struct tree *t, const struct cross *cross, size_t leaf, double amount)
{
	const struct strip *strip = &t->strips[cross->axis[0]];
	const double mass = t->mass[leaf * t->dims + cross->axis[0]];

	if (cross->pinned[0]) {
		fill_row(t, cross, leaf, cross->pin[0], amount);
		return;
	}
	for (size_t a = 0; a < strip->count; a++) {
		if (holds(t, leaf, cross->axis[0], a))
			fill_row(t, cross, leaf, a, amount * strip->weights[a] / mass);
	}
}

/* The odds of the atoms of two axes in a scenario. */
static void fill_odds(const struct tree *t, const struct cross *cross, double weight)
{
	const struct strip *first = &t->strips[cross->axis[0]];
	const struct strip *second = &t->strips[cross->axis[1]];
	const size_t a_end = cross->pinned[0] ? cross->pin[0] + 1 : first->count;
	const size_t b_end = cross->pinned[1] ? cross->pin[1] + 1 : second->count;

	for (size_t a = cross->pinned[0] ? cross->pin[0] : 0; a < a_end; a++) {
		const double row = weight * (cross->pinned[0] ? 1 : first->weights[a]);

		for (size_t b = cross->pinned[1] ? cross->pin[1] : 0; b < b_end; b++)
			t->odds[a * cross->columns + b] +=
				row * (cross->pinned[1] ? 1 : second->weights[b]);
	}
}

/* As sum_line(), for two axes. Scenarios that pin neither are taken together. */
static void sum_grid(struct tree *t, struct cross *cross)
{
	const size_t scenarios = t->scenarios->count;
	const size_t cells = t->strips[cross->axis[0]].count * cross->columns;
	double free_weight = 0;

	memset(t->sums, 0, cells * sizeof *t->sums);
	memset(t->odds, 0, cells * sizeof *t->odds);
	memset(t->free, 0, t->node_count * sizeof *t->free);
	for (size_t s = 0; s < scenarios; s++) {
		if (!is_active(t, s, cross->axis[0]) || !is_active(t, s, cross->axis[1]))
			continue;
		for (size_t e = 0; e < 2; e++) {
			cross->pinned[e] = is_pinned(t, s, cross->axis[e]);
			cross->pin[e] = t->pins[s * t->dims + cross->axis[e]];
		}
		if (!cross->pinned[0] && !cross->pinned[1])
			free_weight += t->scenarios->weights[s];
		else
			fill_odds(t, cross, t->scenarios->weights[s]);
		for (size_t k = 0; k < t->node_count; k++) {
			const double amount = t->product[k * scenarios + s] * t->nodes[k].mean;

			if (!cross->pinned[0] && !cross->pinned[1])
				t->free[k] += amount;
			else if (amount != 0)
				fill_leaf(t, cross, k, amount);
		}
	}
	cross->pinned[0] = cross->pinned[1] = false;
	fill_odds(t, cross, free_weight);
	for (size_t k = 0; k < t->node_count; k++) {
		if (t->free[k] != 0)
			fill_leaf(t, cross, k, t->free[k]);
	}
}

/* The weighted means of rows and columns; returns the one of all, NaN where nothing is likely. */
static double find_means(const struct tree *t, size_t rows, size_t columns)
{
	double *row_mean = t->means;
	double *column_mean = t->means + rows;
	double sum = 0;
	double often = 0;

	for (size_t a = 0; a < rows; a++) {
		double s = 0;
		double w = 0;

		for (size_t b = 0; b < columns; b++) {
			s += t->sums[a * columns + b];
			w += t->odds[a * columns + b];
		}
		row_mean[a] = w > 0 ? s / w : 0;
		sum += s;
		often += w;
	}
	for (size_t b = 0; b < columns; b++) {
		double s = 0;
		double w = 0;

		for (size_t a = 0; a < rows; a++) {
			s += t->sums[a * columns + b];
			w += t->odds[a * columns + b];
		}
		column_mean[b] = w > 0 ? s / w : 0;
	}
	return sum / often;
}

/* What two axes show together, beyond what either shows alone where both are active. */
static double pair_effect(struct tree *t, size_t first, size_t second)
{
	struct cross cross = { { first, second }, t->strips[second].count, { 0, 0 }, { 0, 0 } };
	const size_t rows = t->strips[first].count;
	double mean;
	double effect = 0;

	sum_grid(t, &cross);
	mean = find_means(t, rows, cross.columns);
	for (size_t a = 0; a < rows; a++) {
		for (size_t b = 0; b < cross.columns; b++) {
			const size_t at = a * cross.columns + b;

			if (t->odds[at] > 0) {
				const double off = t->sums[at] / t->odds[at] - t->means[a] -
						   t->means[rows + b] + mean;

				effect += t->odds[at] * off * off;
			}
		}
	}
	return effect;
}

/* Add the shares of one tree; the deviations are sums of squares for now. */
static void analyse(struct tree *t, struct hpo_anova *out)
{
	double variance;

	lay_strips(t);
	fill_boxes(t);
	fill_products(t);
	variance = total_variance(t);
	if (!(variance > 0))
		return;
	out->trees++;
	for (size_t i = 0; i < t->dims; i++) {
		const double share = main_effect(t, i) / variance;

		out->shares[i] += share;
		out->deviations[i] += share * share;
	}
	for (size_t p = 0; p < out->pair_count; p++)
		out->pairs[p].share +=
			pair_effect(t, out->pairs[p].first, out->pairs[p].second) / variance;
}

static void average(struct hpo_anova *out, size_t dims)
{
	const double trees = (double)out->trees;

	if (out->trees == 0)
		return;
	for (size_t i = 0; i < dims; i++) {
		const double mean = out->shares[i] / trees;

		out->deviations[i] = sqrt(fmax(out->deviations[i] / trees - mean * mean, 0));
		out->shares[i] = mean;
	}
	for (size_t p = 0; p < out->pair_count; p++)
		out->pairs[p].share /= trees;
}

/* Where the nodes of a tree end. */
static size_t end_of(const struct hpo_forest *forest, size_t tree)
{
	return tree + 1 < forest->options.trees ? forest->roots[tree + 1] : forest->node_count;
}

/* Work arrays for the largest tree. */
static hpo_status_t prepare(struct tree *t, const struct hpo_anova *out, hpo_error_t *error)
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

static void release(struct tree *t)
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

hpo_status_t hpo__anova(const struct hpo_forest *forest, const struct hpo_anova_axis *axes,
			const struct hpo_anova_scenarios *scenarios, struct hpo_anova *out,
			hpo_error_t *error)
{
	struct tree t = { .forest = forest, .axes = axes, .scenarios = scenarios,
			  .dims = forest->dims };
	hpo_status_t status;

	out->trees = 0;
	memset(out->shares, 0, forest->dims * sizeof *out->shares);
	memset(out->deviations, 0, forest->dims * sizeof *out->deviations);
	for (size_t p = 0; p < out->pair_count; p++)
		out->pairs[p].share = 0;
	for (size_t k = 0; k < forest->options.trees; k++) {
		const size_t count = end_of(forest, k) - forest->roots[k];

		t.node_count = count > t.node_count ? count : t.node_count;
	}
	status = prepare(&t, out, error);
	for (size_t k = 0; status == HPO_OK && k < forest->options.trees; k++) {
		t.root = forest->roots[k];
		t.nodes = forest->nodes + t.root;
		t.node_count = end_of(forest, k) - t.root;
		analyse(&t, out);
	}
	average(out, forest->dims);
	release(&t);
	return status;
}
