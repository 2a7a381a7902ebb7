/*
 * Tables of functions found by name: our own, those a program registered, and
 * modules loaded on demand. One mechanism for strategies, pruners, backends and
 * stores.
 *
 * A module is the file hpo_<kind>_<name>.so in one of the folders of
 * HPO_MODULE_PATH (separated by colons), beside the library or in $libdir/hpo. Its
 * `hpo_status_t hpo_module_init(hpo_error_t *)` registers its table.
 */
#ifndef HPO_BASE_REGISTRY_H
#define HPO_BASE_REGISTRY_H

#include "base/error.h"

struct hpo_alias {
	const char *name;  /* NULL ends a list */
	const char *means; /* the registered name */
};

/* What every table begins with. */
struct hpo_table_head {
	uint32_t struct_size;
	const char *name;
};

struct hpo_registry {
	const char *kind;                /* "strategy", for sentences and files */
	size_t table_size;               /* of the whole table, as this build knows it */
	const void *const *builtin;      /* tables, ended by NULL */
	const struct hpo_alias *aliases; /* or NULL */
	/* Refuse a table that lacks a required method. */
	hpo_status_t (*check)(const void *table, hpo_error_t *error);
	/* Put named defaults where optional methods are NULL. */
	void (*complete)(void *table);
	void **tables; /* [count], complete copies: those in use so far */
	size_t count, capacity;
};

/* Make a table known, as a copy of table_size bytes; a shorter one is extended by NULL. */
hpo_status_t hpo__registry_add(struct hpo_registry *registry, const void *table,
			       hpo_error_t *error);

/*
 * The complete table for a name or alias; it lives as long as the process.
 * HPO_EINVAL names the nearest and lists the known ones. Threads: any.
 */
hpo_status_t hpo__registry_find(struct hpo_registry *registry, const char *name, const void **out,
				hpo_error_t *error);

/* The name at `index` among built-in and registered ones; NULL after the last. */
const char *hpo__registry_name(struct hpo_registry *registry, size_t index);

#endif
