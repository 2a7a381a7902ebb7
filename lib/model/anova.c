/*
 * Analysis of variance of a forest, tree by tree.
 *
 * A tree is constant in its leaves. The mean of the tree over all axes but j, as
 * a function of the atom of j, is a sum over leaves of its value times the mass
 * that it has in the other axes (Hutter et al., algorithm 2).
 */
#include "model/anova.h"

#include "model/anova_tree.h"

#include <math.h>
#include <string.h>

/* Two axes, and where a scenario pins them. */
struct cross {
	size_t axis[2];
	size_t columns; /* atoms of the second */
	bool pinned[2];
	uint32_t pin[2];
};

/* How likely a leaf is. */
static double likelihood(const struct hpo_anova_tree *t, size_t leaf)
{
	double sum = 0;

	for (size_t s = 0; s < t->scenarios->count; s++)
		sum += t->product[leaf * t->scenarios->count + s];
	return sum;
}

static double total_variance(const struct hpo_anova_tree *t)
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
static void spread_line(const struct hpo_anova_tree *t, size_t leaf, size_t axis, double amount,
			double *line)
{
	const struct hpo_anova_strip *strip = &t->strips[axis];
	const double density = amount / t->mass[leaf * t->dims + axis];
	size_t begin = 0;
	size_t end = strip->count;

	if (!strip->is_category) {
		begin = t->low[leaf * t->dims + axis];
		end = t->high[leaf * t->dims + axis];
	}
	for (size_t a = begin; a < end; a++) {
		if (!strip->is_category || hpo__anova_holds(t, leaf, axis, a))
			line[a] += density * strip->weights[a];
	}
}

/* What one axis shows: by its atoms, how likely they are, and the tree's value times that. */
static void sum_line(struct hpo_anova_tree *t, size_t axis)
{
	const struct hpo_anova_strip *strip = &t->strips[axis];
	const size_t scenarios = t->scenarios->count;

	memset(t->sums, 0, strip->count * sizeof *t->sums);
	memset(t->odds, 0, strip->count * sizeof *t->odds);
	memset(t->free, 0, t->node_count * sizeof *t->free);
	for (size_t s = 0; s < scenarios; s++) {
		const uint32_t pin = t->pins[s * t->dims + axis];
		const bool pinned = hpo__anova_is_pinned(t, s, axis);

		if (!hpo__anova_is_active(t, s, axis))
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
static double main_effect(struct hpo_anova_tree *t, size_t axis)
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
static void fill_row(const struct hpo_anova_tree *t, const struct cross *cross, size_t leaf,
		     size_t a, double amount)
{
	double *row = t->sums + a * cross->columns;

	if (cross->pinned[1])
		row[cross->pin[1]] += amount;
	else
		spread_line(t, leaf, cross->axis[1], amount, row);
}

static void fill_leaf(const struct hpo_anova_tree *t, const struct cross *cross, size_t leaf,
		      double amount)
{
	const struct hpo_anova_strip *strip = &t->strips[cross->axis[0]];
	const double mass = t->mass[leaf * t->dims + cross->axis[0]];

	if (cross->pinned[0]) {
		fill_row(t, cross, leaf, cross->pin[0], amount);
		return;
	}
	for (size_t a = 0; a < strip->count; a++) {
		if (hpo__anova_holds(t, leaf, cross->axis[0], a))
			fill_row(t, cross, leaf, a, amount * strip->weights[a] / mass);
	}
}

/* The odds of the atoms of two axes in a scenario. */
static void fill_odds(const struct hpo_anova_tree *t, const struct cross *cross, double weight)
{
	const struct hpo_anova_strip *first = &t->strips[cross->axis[0]];
	const struct hpo_anova_strip *second = &t->strips[cross->axis[1]];
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
static void sum_grid(struct hpo_anova_tree *t, struct cross *cross)
{
	const size_t scenarios = t->scenarios->count;
	const size_t cells = t->strips[cross->axis[0]].count * cross->columns;
	double free_weight = 0;

	memset(t->sums, 0, cells * sizeof *t->sums);
	memset(t->odds, 0, cells * sizeof *t->odds);
	memset(t->free, 0, t->node_count * sizeof *t->free);
	for (size_t s = 0; s < scenarios; s++) {
		if (!hpo__anova_is_active(t, s, cross->axis[0]) ||
		    !hpo__anova_is_active(t, s, cross->axis[1]))
			continue;
		for (size_t e = 0; e < 2; e++) {
			cross->pinned[e] = hpo__anova_is_pinned(t, s, cross->axis[e]);
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
static double find_means(const struct hpo_anova_tree *t, size_t rows, size_t columns)
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
static double pair_effect(struct hpo_anova_tree *t, size_t first, size_t second)
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
static void analyse(struct hpo_anova_tree *t, struct hpo_anova *out)
{
	double variance;

	hpo__anova_tree_lay(t);
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

hpo_status_t hpo__anova(const struct hpo_forest *forest, const struct hpo_anova_axis *axes,
			const struct hpo_anova_scenarios *scenarios, struct hpo_anova *out,
			hpo_error_t *error)
{
	struct hpo_anova_tree t = { .forest = forest, .axes = axes, .scenarios = scenarios,
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
	status = hpo__anova_tree_reserve(&t, out, error);
	for (size_t k = 0; status == HPO_OK && k < forest->options.trees; k++) {
		t.root = forest->roots[k];
		t.nodes = forest->nodes + t.root;
		t.node_count = end_of(forest, k) - t.root;
		analyse(&t, out);
	}
	average(out, forest->dims);
	hpo__anova_tree_release(&t);
	return status;
}
