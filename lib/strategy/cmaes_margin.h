/*
 * Axes of ordered cells in the Gaussian of an evolution strategy: a margin of
 * probability keeps every such axis moving, however small the step size gets.
 */
#ifndef HPO_STRATEGY_CMAES_MARGIN_H
#define HPO_STRATEGY_CMAES_MARGIN_H

#include "hpo/space.h"
#include "strategy/cmaes_gaussian.h"

/* Which axes of the space the Gaussian has. */
struct hpo_cmaes_frame {
	const hpo_space_t *space;
	size_t n;          /* N */
	size_t *axis;      /* [N], of the space */
	uint64_t *cells;   /* [N], 0 for a continuum */
	double alpha;      /* the margin of probability */
};

/*
 * A coordinate that a sample with this cell may have had before it was snapped:
 * drawn from the Gaussian of the axis, given the cell of `coordinate`.
 */
double hpo__cmaes_margin_latent(const struct hpo_cmaes_frame *frame,
				const struct hpo_cmaes_gaussian *g, size_t i, double coordinate,
				hpo_rng_t *rng);

/* Whether a point of the axis lies in another cell than the mean; *centre of its own cell. */
bool hpo__cmaes_margin_leaves(const struct hpo_cmaes_frame *frame,
			      const struct hpo_cmaes_gaussian *g, size_t i, double coordinate,
			      double *centre);

/* After an update: see that each axis of cells leaves its cell with the margin's probability. */
void hpo__cmaes_margin_correct(const struct hpo_cmaes_frame *frame, struct hpo_cmaes_gaussian *g);

#endif
