/*
 * A set of hashes, by open addressing.
 */
#include "strategy/seen.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

uint64_t hpo__seen_hash(const uint64_t *cells, const uint8_t *active, size_t dims)
{
	uint64_t hash = 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < dims; i++) {
		hash ^= active[i] ? cells[i] + 1 : 0;
		hash *= 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
		hash *= 0xc4ceb9fe1a85ec53u;
		hash ^= hash >> 29;
	}
	return hash != 0 ? hash : 1;
}

static uint64_t *place_of(const struct hpo_seen *seen, uint64_t hash)
{
	size_t i = (size_t)hash & (seen->size - 1);

	while (seen->places[i] != 0 && seen->places[i] != hash)
		i = (i + 1) & (seen->size - 1);
	return &seen->places[i];
}

hpo_status_t hpo__seen_reserve(struct hpo_seen *seen, size_t need, hpo_error_t *error)
{
	struct hpo_seen larger = { NULL, 64, seen->count };

	if (need <= seen->size / 2)
		return HPO_OK;
	while (larger.size / 2 < need)
		larger.size *= 2;
	larger.places = hpo__calloc(larger.size, sizeof *larger.places);
	if (larger.places == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < seen->size; i++) {
		if (seen->places[i] != 0)
			*place_of(&larger, seen->places[i]) = seen->places[i];
	}
	hpo__free(seen->places);
	*seen = larger;
	return HPO_OK;
}

void hpo__seen_put(struct hpo_seen *seen, uint64_t hash)
{
	uint64_t *place = place_of(seen, hash);

	seen->count += *place == 0;
	*place = hash;
}

bool hpo__seen_has(const struct hpo_seen *seen, uint64_t hash)
{
	return seen->count > 0 && *place_of(seen, hash) == hash;
}

void hpo__seen_clear(struct hpo_seen *seen)
{
	if (seen->count > 0)
		memset(seen->places, 0, seen->size * sizeof *seen->places);
	seen->count = 0;
}

void hpo__seen_release(struct hpo_seen *seen)
{
	hpo__free(seen->places);
	memset(seen, 0, sizeof *seen);
}
