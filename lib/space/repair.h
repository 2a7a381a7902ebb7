/*
 * Points that keep the constraints, also where next to none do: drawn, repaired
 * and walked. Each costs a bounded number of looks at the constraints.
 */
#ifndef HPO_SPACE_REPAIR_H
#define HPO_SPACE_REPAIR_H

#include "space/space.h"

/* Which share of `draws` uniform points keeps the constraints; point[d] is scratch. */
double hpo__space_feasible_share(const hpo_space_t *space, size_t draws, hpo_rng_t *rng,
				 double *point);

/*
 * Draw a point [d] that keeps the constraints: the cube is halved along random
 * axes, and halves in which interval arithmetic finds no such point are left out.
 *
 * HPO_OK; HPO_EXHAUSTED when none was found; HPO_ENOMEM.
 */
hpo_status_t hpo__space_draw(const hpo_space_t *space, hpo_rng_t *rng, double *point);

/*
 * Move a point [d] to one that keeps the constraints, as little as it takes,
 * along the axes that they name towards `anchor` [d], which keeps them. Every
 * other time, by the toss of `rng`, it goes on a random part of the way: what
 * is repaired would lie on the constraints' edge otherwise.
 *
 * HPO_OK, HPO_EINVAL when the anchor breaks a constraint, HPO_ENOMEM.
 */
hpo_status_t hpo__space_repair(const hpo_space_t *space, const double *anchor, hpo_rng_t *rng,
			       double *point);

/*
 * A walk over the points of a finite space from a random one on, each once:
 * branches in which no point keeps the constraints are left out.
 */
struct hpo_walk {
	const hpo_space_t *space;
	struct hpo_region *region;
	uint64_t *offset; /* [d], the cell with which an axis begins */
	uint64_t *digit;  /* [d], cells past the offset; HPO__GRID_INACTIVE */
	size_t depth;     /* axes of the order that are decided */
	uint64_t steps;   /* taken so far */
	bool over;
};

hpo_status_t hpo__walk_init(struct hpo_walk *walk, const hpo_space_t *space, hpo_rng_t *rng);
/*
 * The next point [d]. False after the last, and when `most` steps are taken:
 * walk->over tells the first from the second.
 */
bool hpo__walk_next(struct hpo_walk *walk, uint64_t most, double *point);
void hpo__walk_release(struct hpo_walk *walk);

#endif
