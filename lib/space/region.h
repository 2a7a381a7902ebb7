/*
 * A box of the unit cube, and what is certain within it: which axes are active
 * and which constraints no point of it keeps.
 */
#ifndef HPO_SPACE_REGION_H
#define HPO_SPACE_REGION_H

#include "space/inside.h"

enum hpo_certainty { HPO__NEVER, HPO__SOMETIMES, HPO__ALWAYS };

/* The side of a box along one axis. */
struct hpo_side {
	double low, high;     /* coordinates of a continuum */
	uint64_t first, last; /* cells of any other axis */
};

struct hpo_region {
	const hpo_space_t *space;
	struct hpo_side *sides; /* [d] */
	uint8_t *active;        /* [d], hpo_certainty */
};

/* The whole cube. NULL when memory is out; hpo__free() it. */
struct hpo_region *hpo__region_new(const hpo_space_t *space);
void hpo__region_reset(struct hpo_region *region);
void hpo__region_open(struct hpo_region *region, size_t axis); /* the whole side again */
/*
 * Whether it is certain that no point of the box keeps the constraints. Renews
 * what is known of activity. False proves nothing.
 */
bool hpo__region_is_hopeless(struct hpo_region *region);
/* Mark the axes on which the constraints depend, by name or by condition. */
void hpo__region_relevant(const hpo_space_t *space, struct hpo_axes *out);

#endif
