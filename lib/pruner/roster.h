/*
 * What a pruner keeps a trial, found by the trial's number. Numbers come nearly
 * in order, so a sorted array is appended to almost always.
 */
#ifndef HPO_PRUNER_ROSTER_H
#define HPO_PRUNER_ROSTER_H

#include <stddef.h>
#include <stdint.h>

/* Items begin with their trial's number (int64_t), strictly ascending. */
struct hpo_roster {
	char *items; /* [count], each item_size bytes */
	size_t item_size;
	size_t count, capacity;
};

/* The item of `trial`, NULL if it has none; valid until the next add or remove. */
void *hpo__roster_find(const struct hpo_roster *roster, int64_t trial);

/* The item of `trial`, made zeroed but for its number if there was none; NULL: no memory. */
void *hpo__roster_add(struct hpo_roster *roster, int64_t trial);

/* Take the item of `trial` out; what it owns has been freed before. */
void hpo__roster_remove(struct hpo_roster *roster, int64_t trial);

void *hpo__roster_item(const struct hpo_roster *roster, size_t index);
void hpo__roster_release(struct hpo_roster *roster);

#endif
