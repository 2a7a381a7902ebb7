/*
 * Growing trees, and asking them.
 *
 * A tree is grown by splitting the rows of a node in two until they are too
 * few or all alike. The split is the one that leaves the least variance among
 * those tried: on a numeric axis a few cuts drawn uniformly between the rows'
 * coordinates, which need no sorting, and, where only some rows have the axis,
 * whether it is active; on a category axis the best of all cuts of the
 * categories in the order of their means, which for the squared error is the
 * best subset (L. Breiman et al., "Classification and regression trees", 1984,
 * section 4.2.2).
 * To be inactive counts as one more category there.
 *
 * What a split says of categories, or of inactivity, that none of its rows has
 * is decided by a coin: trees then disagree about what they have not seen,
 * and the variance shows it.
 */
#include "model/forest.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A node's rows: rows[begin, end). */
struct part {
	uint32_t node;
	uint32_t begin, end;
};

/* One category among a node's rows. The last one stands for "not active". */
struct group {
	uint32_t category;
	uint32_t count;
	double sum;
};

struct hpo_forest_scratch {
	size_t capacity;       /* rows that fit */
	uint32_t *rows;	       /* [n], each node has a stretch of it */
	double *x, *y;	       /* [n], of the rows that a split is tried on */
	struct part *stack;    /* [n + 1] */
	uint32_t *order;       /* [d], axes in the order in which they are tried */
	struct group *groups;  /* [categories + 1] */
	uint32_t *place;       /* [categories + 1]: 1 + the group of a category, 0 for none */
	uint64_t *best_set;    /* [words] of the best split so far */
};

/* The best split found at a node. */
struct split {
	int32_t axis;	    /* -1: none */
	bool inactive_left;
	double cut;
	double score;	    /* sum^2 / n of either side: the more, the less variance is left */
};

/* What the functions of one fit share. */
struct growth {
	struct hpo_forest *forest;
	const struct hpo_forest_data *data;
	hpo_rng_t *rng;
};

struct side {
	double count, sum;
};

size_t hpo__forest_categories(const hpo_axis_t *axis)
{
	return axis->cells < HPO__FOREST_CATEGORIES ? (size_t)axis->cells : HPO__FOREST_CATEGORIES;
}

size_t hpo__forest_category(const hpo_axis_t *axis, double coordinate)
{
	uint64_t cell = (uint64_t)(coordinate * (double)axis->cells);

	cell = cell < axis->cells ? cell : axis->cells - 1;
	return (size_t)(cell % HPO__FOREST_CATEGORIES);
}

bool hpo__forest_has(const struct hpo_forest *forest, const struct hpo_forest_node *node,
		     size_t category)
{
	return forest->sets[node->set + category / 64] >> (category % 64) & 1;
}

static bool is_category(const struct hpo_forest *forest, size_t axis)
{
	return forest->axes[axis].kind == HPO_AXIS_CATEGORICAL;
}

static size_t words_of(const struct hpo_forest *forest, size_t axis)
{
	return (hpo__forest_categories(&forest->axes[axis]) + 63) / 64;
}

void hpo__forest_release(struct hpo_forest *forest)
{
	if (forest->scratch != NULL) {
		hpo__free(forest->scratch->rows);
		hpo__free(forest->scratch->x);
		hpo__free(forest->scratch->y);
		hpo__free(forest->scratch->stack);
		hpo__free(forest->scratch->order);
		hpo__free(forest->scratch->groups);
		hpo__free(forest->scratch->place);
		hpo__free(forest->scratch->best_set);
	}
	hpo__free(forest->scratch);
	hpo__free(forest->nodes);
	hpo__free(forest->roots);
	hpo__free(forest->sets);
	memset(forest, 0, sizeof *forest);
}

hpo_status_t hpo__forest_init(struct hpo_forest *forest, const hpo_axis_t *axes, size_t dims,
			      const struct hpo_forest_options *options, hpo_error_t *error)
{
	size_t most = 1;
	struct hpo_forest_scratch *scratch;

	memset(forest, 0, sizeof *forest);
	forest->axes = axes;
	forest->dims = dims;
	forest->options = *options;
	for (size_t i = 0; i < dims; i++) {
		if (is_category(forest, i) && hpo__forest_categories(&axes[i]) > most)
			most = hpo__forest_categories(&axes[i]);
	}
	forest->roots = hpo__calloc(options->trees, sizeof *forest->roots);
	forest->scratch = scratch = hpo__calloc(1, sizeof *scratch);
	if (forest->roots == NULL || scratch == NULL)
		return hpo__fail_memory(error);
	scratch->order = hpo__calloc(dims, sizeof *scratch->order);
	scratch->groups = hpo__calloc(most + 1, sizeof *scratch->groups);
	scratch->place = hpo__calloc(most + 1, sizeof *scratch->place);
	scratch->best_set = hpo__calloc((most + 63) / 64, sizeof *scratch->best_set);
	if (scratch->order == NULL || scratch->groups == NULL || scratch->place == NULL ||
	    scratch->best_set == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < dims; i++)
		scratch->order[i] = (uint32_t)i;
	return HPO_OK;
}

static hpo_status_t reserve_rows(struct hpo_forest_scratch *scratch, size_t count,
				 hpo_error_t *error)
{
	uint32_t *rows;
	struct part *stack;
	double *grown;

	if (count <= scratch->capacity)
		return HPO_OK;
	rows = hpo__resize(scratch->rows, count, sizeof *rows);
	if (rows == NULL)
		return hpo__fail_memory(error);
	scratch->rows = rows;
	if ((grown = hpo__resize(scratch->x, count, sizeof *grown)) == NULL)
		return hpo__fail_memory(error);
	scratch->x = grown;
	if ((grown = hpo__resize(scratch->y, count, sizeof *grown)) == NULL)
		return hpo__fail_memory(error);
	scratch->y = grown;
	stack = hpo__resize(scratch->stack, count + 1, sizeof *stack);
	if (stack == NULL)
		return hpo__fail_memory(error);
	scratch->stack = stack;
	scratch->capacity = count;
	return HPO_OK;
}

/* Room for the 2 n - 1 nodes that a tree may have. */
static hpo_status_t reserve_nodes(struct hpo_forest *forest, size_t count, hpo_error_t *error)
{
	struct hpo_forest_node *nodes;

	nodes = hpo__grow(forest->nodes, &forest->node_capacity, forest->node_count + 2 * count,
			  sizeof *nodes);
	if (nodes == NULL)
		return hpo__fail_memory(error);
	forest->nodes = nodes;
	return HPO_OK;
}

static double score_of(struct side left, struct side right)
{
	return left.sum * left.sum / left.count + right.sum * right.sum / right.count;
}

/* Whether both sides have enough rows, and the split is the best so far. */
static bool is_better(const struct growth *g, const struct split *best, struct side left,
		      struct side right)
{
	const double least = (double)g->forest->options.leaf_least;

	return left.count >= least && right.count >= least && score_of(left, right) > best->score;
}

/* Try a cut of the `count` coordinates gathered; those without one are on the better side. */
static void try_cut(const struct growth *g, size_t axis, double cut, size_t count,
		    const struct side *inactive, const struct side *all, struct split *best)
{
	const double *x = g->forest->scratch->x;
	const double *y = g->forest->scratch->y;
	struct side left = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		const bool is_left = x[i] <= cut;

		left.count += is_left;
		left.sum += is_left ? y[i] : 0;
	}
	for (int inactive_left = inactive->count > 0; inactive_left >= 0; inactive_left--) {
		struct side a = left;
		struct side b;

		a.count += inactive_left ? inactive->count : 0;
		a.sum += inactive_left ? inactive->sum : 0;
		b.count = all->count - a.count;
		b.sum = all->sum - a.sum;
		if (is_better(g, best, a, b)) {
			best->axis = (int32_t)axis;
			best->cut = cut;
			best->score = score_of(a, b);
			best->inactive_left = inactive_left != 0;
			if (inactive->count == 0)
				best->inactive_left = hpo_rng_u32(g->rng) & 1;
		}
	}
}

/* Gather the coordinates and targets of the rows that have the axis; returns how many. */
static size_t gather(const struct growth *g, const struct part *part, size_t axis,
		     struct side *inactive)
{
	struct hpo_forest_scratch *s = g->forest->scratch;
	const size_t dims = g->forest->dims;
	const double centre = g->forest->nodes[part->node].mean;
	size_t count = 0;

	for (size_t i = part->begin; i < part->end; i++) {
		const size_t at = s->rows[i] * dims + axis;
		const double y = g->data->targets[s->rows[i]] - centre;

		if (g->data->active[at]) {
			s->x[count] = g->data->points[at];
			s->y[count++] = y;
		} else {
			inactive->count++;
			inactive->sum += y;
		}
	}
	return count;
}

static void try_numeric(const struct growth *g, const struct part *part, size_t axis,
			const struct side *all, struct split *best)
{
	const double *x = g->forest->scratch->x;
	struct side inactive = { 0, 0 };
	const size_t count = gather(g, part, axis, &inactive);
	double low = INFINITY;
	double high = -INFINITY;

	for (size_t i = 0; i < count; i++) {
		low = x[i] < low ? x[i] : low;
		high = x[i] > high ? x[i] : high;
	}
	if (inactive.count > 0 && count > 0) /* active ones left, the others right */
		try_cut(g, axis, 1, count, &inactive, all, best);
	for (size_t c = 0; low < high && c < g->forest->options.cuts; c++) {
		const double cut = low + hpo_rng_uniform(g->rng) * (high - low);

		try_cut(g, axis, cut < high ? cut : low, count, &inactive, all, best);
	}
}

/* By mean, then by category. */
static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left;
	const struct group *b = right;
	const double mean_a = a->sum / a->count;
	const double mean_b = b->sum / b->count;

	if (mean_a != mean_b)
		return mean_a < mean_b ? -1 : 1;
	return (a->category > b->category) - (a->category < b->category);
}

/* The categories that the node's rows have, in the order of their means. */
static size_t sort_groups(const struct growth *g, const struct part *part, size_t axis)
{
	const hpo_axis_t *kind = &g->forest->axes[axis];
	const size_t none = hpo__forest_categories(kind);
	const struct hpo_forest_scratch *s = g->forest->scratch;
	const double centre = g->forest->nodes[part->node].mean;
	size_t count = 0;

	for (size_t i = part->begin; i < part->end; i++) {
		const size_t at = s->rows[i] * g->forest->dims + axis;
		const size_t c = g->data->active[at]
					 ? hpo__forest_category(kind, g->data->points[at])
					 : none;

		if (s->place[c] == 0) {
			s->groups[count] = (struct group){ (uint32_t)c, 0, 0 };
			s->place[c] = (uint32_t)++count;
		}
		s->groups[s->place[c] - 1].count++;
		s->groups[s->place[c] - 1].sum += g->data->targets[s->rows[i]] - centre;
	}
	for (size_t k = 0; k < count; k++)
		s->place[s->groups[k].category] = 0;
	qsort(s->groups, count, sizeof *s->groups, compare_groups);
	return count;
}

/* The first `cut` of `count` groups go left, the other ones right, those unseen by a coin. */
static void note_set(const struct growth *g, size_t axis, size_t cut, size_t count,
		     struct split *best)
{
	const struct hpo_forest_scratch *s = g->forest->scratch;
	const size_t none = hpo__forest_categories(&g->forest->axes[axis]);

	for (size_t w = 0; w < words_of(g->forest, axis); w++)
		s->best_set[w] = hpo_rng_u64(g->rng);
	best->inactive_left = hpo_rng_u32(g->rng) & 1;
	for (size_t k = 0; k < count; k++) {
		const size_t c = s->groups[k].category;
		const uint64_t bit = (uint64_t)1 << (c % 64);

		if (c == none)
			best->inactive_left = k < cut;
		else if (k < cut)
			s->best_set[c / 64] |= bit;
		else
			s->best_set[c / 64] &= ~bit;
	}
}

static void try_category(const struct growth *g, const struct part *part, size_t axis,
			 const struct side *all, struct split *best)
{
	const size_t count = sort_groups(g, part, axis);
	struct side left = { 0, 0 };
	size_t cut = 0;

	for (size_t k = 0; k + 1 < count; k++) {
		struct side right;

		left.count += g->forest->scratch->groups[k].count;
		left.sum += g->forest->scratch->groups[k].sum;
		right.count = all->count - left.count;
		right.sum = all->sum - left.sum;
		if (is_better(g, best, left, right)) {
			best->axis = (int32_t)axis;
			best->score = score_of(left, right);
			cut = k + 1;
		}
	}
	if (cut > 0)
		note_set(g, axis, cut, count, best);
}

/* The best split among axes tried in random order. */
static struct split find_split(const struct growth *g, const struct part *part)
{
	uint32_t *order = g->forest->scratch->order;
	const size_t dims = g->forest->dims;
	const struct hpo_forest_node *node = &g->forest->nodes[part->node];
	const struct side all = { node->count, 0 };
	struct split best = { -1, false, 0, -1 };

	for (size_t k = 0; k < dims && k < g->forest->options.axes_most; k++) {
		const size_t j = k + (size_t)hpo_rng_below(g->rng, dims - k);
		const uint32_t axis = order[j];

		order[j] = order[k];
		order[k] = axis;
		if (g->forest->axes[axis].cells == 1)
			continue;
		if (is_category(g->forest, axis))
			try_category(g, part, axis, &all, &best);
		else
			try_numeric(g, part, axis, &all, &best);
	}
	return best;
}

/* Where a row goes. */
static bool goes_left(const struct hpo_forest *forest, const struct hpo_forest_node *node,
		      const double *point, const uint8_t *active)
{
	const size_t axis = (size_t)node->axis;

	if (!active[axis])
		return node->inactive_left;
	if (!is_category(forest, axis))
		return point[axis] <= node->cut;
	return hpo__forest_has(forest, node,
			       hpo__forest_category(&forest->axes[axis], point[axis]));
}

/* A leaf so far: the mean and the variance of its rows, in two passes, so that nothing cancels. */
static void fill_node(const struct growth *g, const struct part *part)
{
	struct hpo_forest_node *node = &g->forest->nodes[part->node];
	const uint32_t *rows = g->forest->scratch->rows;
	const double first = g->data->targets[rows[part->begin]];
	double sum = 0;
	double square = 0;

	node->axis = -1;
	node->count = part->end - part->begin;
	for (size_t i = part->begin; i < part->end; i++)
		sum += g->data->targets[rows[i]] - first;
	node->mean = first + sum / node->count;
	for (size_t i = part->begin; i < part->end; i++) {
		const double off = g->data->targets[rows[i]] - node->mean;

		square += off * off;
	}
	node->variance = square / node->count;
}

/* Put the rows that go left before the others; returns where these begin. */
static uint32_t divide(const struct growth *g, const struct part *part)
{
	const struct hpo_forest_node *node = &g->forest->nodes[part->node];
	const size_t dims = g->forest->dims;
	uint32_t *rows = g->forest->scratch->rows;
	uint32_t middle = part->begin;

	for (uint32_t i = part->begin; i < part->end; i++) {
		const uint32_t row = rows[i];

		if (goes_left(g->forest, node, g->data->points + row * dims,
			      g->data->active + row * dims)) {
			rows[i] = rows[middle];
			rows[middle++] = row;
		}
	}
	return middle;
}

static hpo_status_t keep_set(struct hpo_forest *forest, struct hpo_forest_node *node,
			     hpo_error_t *error)
{
	const size_t words = words_of(forest, (size_t)node->axis);
	uint64_t *sets;

	sets = hpo__grow(forest->sets, &forest->set_capacity, forest->set_count + words,
			 sizeof *sets);
	if (sets == NULL)
		return hpo__fail_memory(error);
	forest->sets = sets;
	memcpy(sets + forest->set_count, forest->scratch->best_set, words * sizeof *sets);
	node->set = (uint32_t)forest->set_count;
	forest->set_count += words;
	return HPO_OK;
}

/* Split a node; *middle is where the rows of its second child begin, or 0 for a leaf. */
static hpo_status_t split_node(const struct growth *g, const struct part *part, uint32_t *middle,
			       hpo_error_t *error)
{
	struct hpo_forest_node *node = &g->forest->nodes[part->node];
	struct split best;

	*middle = 0;
	if (node->count < 2 * g->forest->options.leaf_least || !(node->variance > 0))
		return HPO_OK;
	best = find_split(g, part);
	if (best.axis < 0)
		return HPO_OK;

	node->axis = best.axis;
	node->cut = best.cut;
	node->inactive_left = best.inactive_left;
	node->left = (uint32_t)g->forest->node_count;
	if (is_category(g->forest, (size_t)best.axis) && keep_set(g->forest, node, error) < 0)
		return HPO_ENOMEM;
	g->forest->node_count += 2;
	*middle = divide(g, part);
	return HPO_OK;
}

/* The rows that a tree sees. */
static void draw_rows(const struct growth *g)
{
	uint32_t *rows = g->forest->scratch->rows;

	for (size_t i = 0; i < g->data->count; i++)
		rows[i] = g->forest->options.bootstrap
				  ? (uint32_t)hpo_rng_below(g->rng, g->data->count)
				  : (uint32_t)i;
}

static hpo_status_t grow_tree(const struct growth *g, size_t tree, hpo_error_t *error)
{
	struct part *stack = g->forest->scratch->stack;
	size_t depth = 0;
	hpo_status_t status = reserve_nodes(g->forest, g->data->count, error);

	if (status < 0)
		return status;
	draw_rows(g);
	g->forest->roots[tree] = (uint32_t)g->forest->node_count++;
	stack[depth++] = (struct part){ g->forest->roots[tree], 0, (uint32_t)g->data->count };
	while (depth > 0) {
		const struct part part = stack[--depth];
		uint32_t left;
		uint32_t middle;

		fill_node(g, &part);
		status = split_node(g, &part, &middle, error);
		if (status < 0)
			return status;
		if (middle == 0)
			continue;
		left = g->forest->nodes[part.node].left;
		stack[depth++] = (struct part){ left, part.begin, middle };
		stack[depth++] = (struct part){ left + 1, middle, part.end };
	}
	return HPO_OK;
}

hpo_status_t hpo__forest_fit(struct hpo_forest *forest, const struct hpo_forest_data *data,
			     hpo_rng_t *rng, hpo_error_t *error)
{
	const struct growth g = { forest, data, rng };
	hpo_status_t status = reserve_rows(forest->scratch, data->count, error);

	forest->node_count = 0;
	forest->set_count = 0;
	for (size_t i = 0; i < forest->dims; i++)
		forest->scratch->order[i] = (uint32_t)i;
	for (size_t t = 0; status == HPO_OK && t < forest->options.trees; t++)
		status = grow_tree(&g, t, error);
	return status;
}

void hpo__forest_predict(const struct hpo_forest *forest, const double *point,
			 const uint8_t *active, double *mean, double *variance)
{
	const double trees = (double)forest->options.trees;
	const double first = forest->nodes[forest->roots[0]].mean;
	double sum = 0;
	double square = 0;
	double within = 0;

	for (size_t t = 0; t < forest->options.trees; t++) {
		const struct hpo_forest_node *node = &forest->nodes[forest->roots[t]];

		while (node->axis >= 0)
			node = &forest->nodes[node->left + !goes_left(forest, node, point, active)];
		sum += node->mean - first;
		square += (node->mean - first) * (node->mean - first);
		within += node->variance;
	}
	*mean = first + sum / trees;
	*variance = fmax(square / trees - sum / trees * (sum / trees), 0) + within / trees;
}
