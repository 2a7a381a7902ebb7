/*
 * The points that are taken, by their hashes: a set of numbers other than 0.
 */
#ifndef HPO_STRATEGY_SEEN_H
#define HPO_STRATEGY_SEEN_H

#include "hpo/status.h"

#include <stdbool.h>

/* At most half of the places are taken; 0 marks an empty one. */
struct hpo_seen {
	uint64_t *places; /* [size], a power of two or 0 */
	size_t size, count;
};

/* The hash of cell numbers [d]; inactive axes count as one value. Never 0. */
uint64_t hpo__seen_hash(const uint64_t *cells, const uint8_t *active, size_t dims);

/* Make room for `need` hashes in all; on failure nothing has changed. */
hpo_status_t hpo__seen_reserve(struct hpo_seen *seen, size_t need, hpo_error_t *error);

/* Put a hash, for which there is room; putting it twice is fine. */
void hpo__seen_put(struct hpo_seen *seen, uint64_t hash);

/* Whether the hash was put. */
bool hpo__seen_has(const struct hpo_seen *seen, uint64_t hash);

/* Empty it but keep the memory. */
void hpo__seen_clear(struct hpo_seen *seen);

void hpo__seen_release(struct hpo_seen *seen);

#endif
