/*
 * A tree of a forest as the analysis of variance sees it: axes cut into atoms,
 * and leaves that are products of subsets of them.
 *
 * An axis is cut into atoms, which no leaf divides: the values of a discrete one,
 * and the stretches between the cuts of a continuum. So a leaf holds, of each
 * axis, some atoms, and perhaps the points in which it is not active.
 */
#ifndef HPO_MODEL_ANOVA_TREE_H
#define HPO_MODEL_ANOVA_TREE_H

#include "model/anova.h"

#include <math.h>
#include <stdbool.h>

/* An axis within one tree. */
struct hpo_anova_strip {
	bool is_category;
	size_t count;	    /* atoms */
	double *ends;	    /* [count]: the cuts or centres up to which atoms reach; numeric only */
	double *weights;    /* [count], which sum to 1 */
	size_t word;	    /* where its set begins in a node's words; categories only */
};

/* What is known of the tree that is looked at; arrays are by its nodes, from its root. */
struct hpo_anova_tree {
	const struct hpo_forest *forest;
	const struct hpo_anova_axis *axes;
	const struct hpo_anova_scenarios *scenarios;
	size_t dims, node_count, words;
	const struct hpo_forest_node *nodes; /* [node_count], the root first */
	uint32_t root;
	struct hpo_anova_strip *strips; /* [d] */
	double *room;	      /* ends and weights of all strips */
	uint32_t *low, *high; /* [node][d]: atoms low … high-1; numeric axes */
	uint64_t *sets;	      /* [node][words]: atoms as bits; category axes */
	uint8_t *inactive;    /* [node][d]: whether points without the axis get there */
	double *mass;	      /* [node][d]: of the atoms */
	uint32_t *pins;	      /* [scenario][d]: the atom at which an axis is pinned */
	double *product;      /* [node][scenario]: mass of a leaf there, by all axes */
	double *free;	      /* [node] scratch: what a leaf holds where nothing is pinned */
	double *means;	      /* scratch: of rows, then of columns */
	double *sums, *odds;  /* [atoms] or [atoms][atoms] of one effect */
};

static inline bool hpo__anova_is_pinned(const struct hpo_anova_tree *t, size_t scenario,
					size_t axis)
{
	return !isnan(t->scenarios->pinned[scenario * t->dims + axis]);
}

static inline bool hpo__anova_is_active(const struct hpo_anova_tree *t, size_t scenario,
					size_t axis)
{
	return t->scenarios->active[scenario * t->dims + axis] != 0;
}

/* Whether a node holds an atom of an axis. */
static inline bool hpo__anova_holds(const struct hpo_anova_tree *t, size_t node, size_t axis,
				    size_t atom)
{
	const struct hpo_anova_strip *strip = &t->strips[axis];

	if (strip->is_category)
		return t->sets[node * t->words + strip->word + atom / 64] >> (atom % 64) & 1;
	return atom >= t->low[node * t->dims + axis] && atom < t->high[node * t->dims + axis];
}

/*
 * Make room for a tree of t->node_count nodes, and for the effects that `out` asks for. The
 * forest, the axes, the scenarios and dims are set before.
 */
hpo_status_t hpo__anova_tree_reserve(struct hpo_anova_tree *t, const struct hpo_anova *out,
				     hpo_error_t *error);
/* Look at the tree of t->nodes: its strips, its leaves, and how likely these are. */
void hpo__anova_tree_lay(struct hpo_anova_tree *t);
void hpo__anova_tree_release(struct hpo_anova_tree *t);

#endif
