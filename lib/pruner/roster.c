/*
 * A sorted array of items, one a trial.
 */
#include "pruner/roster.h"

#include "base/alloc.h"

#include <string.h>

static int64_t trial_at(const struct hpo_roster *roster, size_t index)
{
	int64_t trial;

	memcpy(&trial, roster->items + index * roster->item_size, sizeof trial);
	return trial;
}

/* The first index whose trial is not below `trial`. */
static size_t lower_bound(const struct hpo_roster *roster, int64_t trial)
{
	size_t low = 0;
	size_t high = roster->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trial_at(roster, middle) < trial)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *hpo__roster_item(const struct hpo_roster *roster, size_t index)
{
	return roster->items + index * roster->item_size;
}

void *hpo__roster_find(const struct hpo_roster *roster, int64_t trial)
{
	size_t index = lower_bound(roster, trial);

	if (index == roster->count || trial_at(roster, index) != trial)
		return NULL;
	return hpo__roster_item(roster, index);
}

void *hpo__roster_add(struct hpo_roster *roster, int64_t trial)
{
	size_t index = lower_bound(roster, trial);
	char *items;
	char *item;

	if (index < roster->count && trial_at(roster, index) == trial)
		return hpo__roster_item(roster, index);

	items = hpo__grow(roster->items, &roster->capacity, roster->count + 1, roster->item_size);
	if (items == NULL)
		return NULL;
	roster->items = items;

	item = items + index * roster->item_size;
	memmove(item + roster->item_size, item, (roster->count - index) * roster->item_size);
	memset(item, 0, roster->item_size);
	memcpy(item, &trial, sizeof trial);
	roster->count++;
	return item;
}

void hpo__roster_remove(struct hpo_roster *roster, int64_t trial)
{
	size_t index = lower_bound(roster, trial);
	char *item;

	if (index == roster->count || trial_at(roster, index) != trial)
		return;
	item = roster->items + index * roster->item_size;
	memmove(item, item + roster->item_size,
		(roster->count - index - 1) * roster->item_size);
	roster->count--;
}

void hpo__roster_release(struct hpo_roster *roster)
{
	hpo__free(roster->items);
	roster->items = NULL;
	roster->count = 0;
	roster->capacity = 0;
}
