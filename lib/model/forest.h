/*
 * A random forest for regression on the unit cube, with mixed and conditional axes.
 *
 * L. Breiman, "Random forests", Machine Learning 45 (2001); P. Geurts, D. Ernst
 * and L. Wehenkel, "Extremely randomized trees", Machine Learning 63 (2006);
 * F. Hutter, H. H. Hoos and K. Leyton-Brown, "Sequential model-based
 * optimization for general algorithm configuration", LION 5 (2011), for the
 * variance.
 *
 * A node either is a leaf or asks about one axis: whether a coordinate is at
 * most a cut, or whether a category is in a set. Where an axis is not active
 * there is no coordinate; the node then sends the point to the side that it
 * keeps for such points, so that "is it active?" is a question as any other.
 */
#ifndef HPO_MODEL_FOREST_H
#define HPO_MODEL_FOREST_H

#include "hpo/plugin/random.h"
#include "hpo/plugin/strategy.h"

#include <stdbool.h>

/* Categories are told apart up to so many; those beyond share the sides of others. */
enum { HPO__FOREST_CATEGORIES = 1024 };

struct hpo_forest_options {
	size_t trees;	   /* at least 1 */
	size_t leaf_least; /* rows in a leaf, at least 1 */
	size_t cuts;	   /* random cuts tried on an axis, at least 1 */
	size_t axes_most;  /* axes tried at a node, drawn anew each time; at least 1 */
	bool bootstrap;	   /* each tree sees n rows drawn with replacement, or else all */
};

struct hpo_forest_node {
	int32_t axis;	    /* that is asked about; -1 for a leaf */
	uint32_t left;	    /* the first child; the second is the next node */
	uint32_t set;	    /* of a category: where the words of its set begin */
	uint32_t count;	    /* rows that reached it when it was fitted */
	bool inactive_left; /* where points go in which the axis is not active */
	double cut;	    /* coordinates up to it go left */
	double mean;	    /* of its rows' targets */
	double variance;    /* of the same */
};

struct hpo_forest_scratch; /* private */

struct hpo_forest {
	const hpo_axis_t *axes; /* [d], borrowed */
	size_t dims;
	struct hpo_forest_options options;
	struct hpo_forest_node *nodes; /* all trees, one after the other */
	size_t node_count, node_capacity;
	uint32_t *roots; /* [trees]; before the first fit, none */
	uint64_t *sets;	 /* bit c of a set: category c goes left */
	size_t set_count, set_capacity;
	struct hpo_forest_scratch *scratch;
};

/* What is fitted: points [n][d], active [n][d], finite targets [n]. */
struct hpo_forest_data {
	const double *points;
	const uint8_t *active;
	const double *targets;
	size_t count;
};

/* A forest that is not fitted yet. `axes` [d] must outlive it. Release it also when this fails. */
hpo_status_t hpo__forest_init(struct hpo_forest *forest, const hpo_axis_t *axes, size_t dims,
			      const struct hpo_forest_options *options, hpo_error_t *error);
void hpo__forest_release(struct hpo_forest *forest);

/*
 * Grow the trees anew, from at least 1 row: O(n log n) a tree, for the depth of
 * a tree is near log n. All that is random comes from `rng`. When memory runs
 * out the forest may be fitted again but not asked.
 */
hpo_status_t hpo__forest_fit(struct hpo_forest *forest, const struct hpo_forest_data *data,
			     hpo_rng_t *rng, hpo_error_t *error);

/*
 * The mean of the trees at a point [d], and the variance by the law of total
 * variance: that of the trees' means, and the mean of the variance in their leaves.
 */
void hpo__forest_predict(const struct hpo_forest *forest, const double *point,
			 const uint8_t *active, double *mean, double *variance);

/* Of a category axis: how many categories are told apart, and which one a coordinate is in. */
size_t hpo__forest_categories(const hpo_axis_t *axis);
size_t hpo__forest_category(const hpo_axis_t *axis, double coordinate);

/* Whether a category goes left at a node. */
bool hpo__forest_has(const struct hpo_forest *forest, const struct hpo_forest_node *node,
		     size_t category);

#endif
