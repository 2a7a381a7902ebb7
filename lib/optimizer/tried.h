/*
 * The points that a study has tried, as a set of 64-bit hashes: so that no
 * strategy has to remember what must not be repeated.
 *
 * Open addressing with linear probing, at most half full. A collision of two
 * hashes costs one needless new proposal, nothing else.
 */
#ifndef HPO_OPTIMIZER_TRIED_H
#define HPO_OPTIMIZER_TRIED_H

#include "hpo/status.h"

#include <stdbool.h>

struct hpo_tried {
	uint64_t *slots; /* [capacity], 0 is empty */
	size_t capacity; /* a power of two, or 0 */
	size_t count;    /* distinct hashes */
};

hpo_status_t hpo__tried_add(struct hpo_tried *tried, uint64_t hash);
bool hpo__tried_has(const struct hpo_tried *tried, uint64_t hash);
void hpo__tried_release(struct hpo_tried *tried);

#endif
