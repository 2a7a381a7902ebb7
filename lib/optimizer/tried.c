/*
 * The set of points that a study has tried.
 */
#include "optimizer/tried.h"

#include "base/alloc.h"

enum { SMALLEST = 64 };

/* The slot of `hash`, or the empty one where it belongs. */
static size_t find_slot(const struct hpo_tried *tried, uint64_t hash)
{
	size_t slot = (size_t)hash & (tried->capacity - 1);

	while (tried->slots[slot] != 0 && tried->slots[slot] != hash)
		slot = (slot + 1) & (tried->capacity - 1);
	return slot;
}

static hpo_status_t enlarge(struct hpo_tried *tried)
{
	struct hpo_tried larger = {0};

	larger.capacity = tried->capacity == 0 ? SMALLEST : 2 * tried->capacity;
	larger.slots = hpo__calloc(larger.capacity, sizeof *larger.slots);
	if (larger.slots == NULL)
		return HPO_ENOMEM;

	for (size_t i = 0; i < tried->capacity; i++) {
		if (tried->slots[i] != 0)
			larger.slots[find_slot(&larger, tried->slots[i])] = tried->slots[i];
	}
	larger.count = tried->count;
	hpo__free(tried->slots);
	*tried = larger;
	return HPO_OK;
}

hpo_status_t hpo__tried_add(struct hpo_tried *tried, uint64_t hash)
{
	size_t slot;

	hash = hash == 0 ? 1 : hash;
	if (2 * (tried->count + 1) > tried->capacity && enlarge(tried) < 0)
		return HPO_ENOMEM;

	slot = find_slot(tried, hash);
	tried->count += tried->slots[slot] == 0;
	tried->slots[slot] = hash;
	return HPO_OK;
}

bool hpo__tried_has(const struct hpo_tried *tried, uint64_t hash)
{
	hash = hash == 0 ? 1 : hash;
	return tried->capacity != 0 && tried->slots[find_slot(tried, hash)] == hash;
}

void hpo__tried_release(struct hpo_tried *tried)
{
	hpo__free(tried->slots);
	*tried = (struct hpo_tried){0};
}
