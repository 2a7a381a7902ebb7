/*
 * Tables by name. Each is copied to its full length when it is registered or,
 * one of our own, when it is first asked for: so that the pointer handed out
 * stays, and absent methods are filled in once.
 */
#include "base/registry.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef HPO_MODULE_DIR
#define HPO_MODULE_DIR "/usr/local/lib/hpo"
#endif

enum { LONGEST_NAME = 64 };

typedef hpo_status_t (*module_init_fn)(hpo_error_t *error);

/* Guards the lists of all registries; never held while somebody else's code runs. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;

/* One thread at a time loads modules, so that none is initialised twice. */
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *name_of(const void *table)
{
	return ((const struct hpo_table_head *)table)->name;
}

/* Names become parts of file names: nothing in them may lead to another folder. */
static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return length > 0 && length <= LONGEST_NAME && name[length] == '\0';
}

static const void *find_builtin(const struct hpo_registry *registry, const char *name)
{
	for (size_t i = 0; registry->builtin != NULL && registry->builtin[i] != NULL; i++) {
		if (strcmp(name_of(registry->builtin[i]), name) == 0)
			return registry->builtin[i];
	}
	return NULL;
}

static const void *find_copy(const struct hpo_registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (strcmp(name_of(registry->tables[i]), name) == 0)
			return registry->tables[i];
	}
	return NULL;
}

static const char *find_alias(const struct hpo_registry *registry, const char *name)
{
	const struct hpo_alias *alias = registry->aliases;

	for (; alias != NULL && alias->name != NULL; alias++) {
		if (strcmp(alias->name, name) == 0)
			return alias->means;
	}
	return NULL;
}

/* Append a complete copy. The list lock is held. */
static hpo_status_t append_copy(struct hpo_registry *registry, const void *table, const void **out,
				hpo_error_t *error)
{
	const struct hpo_table_head *head = table;
	size_t size = head->struct_size;
	struct hpo_table_head *copy;
	void **tables;

	tables = hpo__grow(registry->tables, &registry->capacity, registry->count + 1,
			   sizeof *tables);
	if (tables == NULL)
		return hpo__fail_memory(error);
	registry->tables = tables;

	copy = hpo__calloc(1, registry->table_size);
	if (copy == NULL)
		return hpo__fail_memory(error);
	memcpy(copy, table, size < registry->table_size ? size : registry->table_size);
	copy->struct_size = (uint32_t)registry->table_size;
	if (registry->complete != NULL)
		registry->complete(copy);

	registry->tables[registry->count++] = copy;
	if (out != NULL)
		*out = copy;
	return HPO_OK;
}

/* A shorter table is checked as the full length that it will have. */
static hpo_status_t check_table(const struct hpo_registry *registry, const void *table,
				hpo_error_t *error)
{
	const struct hpo_table_head *head = table;
	struct hpo_table_head *whole;
	size_t size = head->struct_size;
	hpo_status_t status;

	if (size < sizeof *head)
		return hpo__fail(error, HPO_EINVAL,
				 "a %s's struct_size is %zu; set it to the size of its table",
				 registry->kind, size);
	if (head->name == NULL || !is_name(head->name))
		return hpo__fail(error, HPO_EINVAL,
				 "the name of a %s, '%.64s', is not 1 to %d of a-z, 0-9, _ and -",
				 registry->kind, head->name != NULL ? head->name : "",
				 LONGEST_NAME);
	if (registry->check == NULL)
		return HPO_OK;

	whole = hpo__calloc(1, registry->table_size);
	if (whole == NULL)
		return hpo__fail_memory(error);
	memcpy(whole, table, size < registry->table_size ? size : registry->table_size);
	status = registry->check(whole, error);
	hpo__free(whole);
	return status;
}

hpo_status_t hpo__registry_add(struct hpo_registry *registry, const void *table,
			       hpo_error_t *error)
{
	const char *name;
	hpo_status_t status;

	if (table == NULL)
		return hpo__fail(error, HPO_EINVAL, "the table of a %s is NULL", registry->kind);
	status = check_table(registry, table, error);
	if (status < 0)
		return status;

	name = name_of(table);
	pthread_mutex_lock(&list_lock);
	if (find_builtin(registry, name) != NULL || find_copy(registry, name) != NULL ||
	    find_alias(registry, name) != NULL)
		status = hpo__fail(error, HPO_EINVAL, "there is a %s '%s' already; choose another "
				   "name", registry->kind, name);
	else
		status = append_copy(registry, table, NULL, error);
	pthread_mutex_unlock(&list_lock);
	return status;
}

/* *out stays NULL when no table has this name. */
static hpo_status_t look_up(struct hpo_registry *registry, const char *name, const void **out,
			    hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;
	const void *builtin;

	pthread_mutex_lock(&list_lock);
	*out = find_copy(registry, name);
	if (*out == NULL) {
		builtin = find_builtin(registry, name);
		if (builtin != NULL)
			status = append_copy(registry, builtin, out, error);
	}
	pthread_mutex_unlock(&list_lock);
	return status;
}

/* Load the file and let it register its table. It stays loaded: tables point into it. */
static hpo_status_t load_file(const char *path, hpo_error_t *error)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	module_init_fn init;
	void *symbol;
	hpo_status_t status;

	if (module == NULL)
		return hpo__fail(error, HPO_EINVAL, "the module cannot be loaded: %s", dlerror());
	symbol = dlsym(module, "hpo_module_init");
	if (symbol == NULL)
		return hpo__fail(error, HPO_EINVAL, "the module '%s' has no hpo_module_init()",
				 path);

	memcpy(&init, &symbol, sizeof init); /* POSIX, dlsym: the way that C allows */
	status = init(error);
	if (status < 0) {
		hpo__fail(error, status, "%s", hpo_status_text(status));
		hpo__fail_within(error, "the module '%s' cannot be used", path);
	}
	return status;
}

/* Load hpo_<kind>_<name>.so from one folder; *found says whether it is there. */
static hpo_status_t load_from(const char *folder, size_t length, const char *kind, const char *name,
			      bool *found, hpo_error_t *error)
{
	struct hpo_buffer path = HPO__BUFFER_INIT;
	hpo_status_t status = HPO_OK;

	hpo__buffer_append(&path, folder, length);
	hpo__buffer_format(&path, "/hpo_%s_%s.so", kind, name);
	if (path.failed) {
		status = hpo__fail_memory(error);
	} else if (access(path.text, F_OK) == 0) {
		*found = true;
		status = load_file(path.text, error);
	}
	hpo__buffer_release(&path);
	return status;
}

/* The file of this library, or of the program that it is linked into; NULL: unknown. */
static const char *own_file(void)
{
	static const char anchor = 0;
	Dl_info info;

	return dladdr(&anchor, &info) != 0 ? info.dli_fname : NULL;
}

/* Beside the library, which may have been moved: in its hpo/, or as it was built. */
static hpo_status_t load_beside(const char *kind, const char *name, bool *found,
				hpo_error_t *error)
{
	struct hpo_buffer below = HPO__BUFFER_INIT;
	const char *file = own_file();
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;
	hpo_status_t status;

	if (slash == NULL)
		return HPO_OK;
	hpo__buffer_append(&below, file, (size_t)(slash - file));
	hpo__buffer_text(&below, "/hpo");
	if (below.failed)
		status = hpo__fail_memory(error);
	else
		status = load_from(below.text, below.size, kind, name, found, error);
	if (status >= 0 && !*found)
		status = load_from(file, (size_t)(slash - file), kind, name, found, error);
	hpo__buffer_release(&below);
	return status;
}

static hpo_status_t load_module(const char *kind, const char *name, hpo_error_t *error)
{
	const char *folder = getenv("HPO_MODULE_PATH");
	hpo_status_t status;
	bool found = false;

	while (folder != NULL && *folder != '\0') {
		size_t length = strcspn(folder, ":");

		/* An empty entry would be the root or the working directory: neither was meant. */
		if (length > 0) {
			status = load_from(folder, length, kind, name, &found, error);
			if (status < 0 || found)
				return status;
		}
		folder += length + (folder[length] == ':' ? 1 : 0);
	}
	status = load_beside(kind, name, &found, error);
	if (status < 0 || found)
		return status;
	return load_from(HPO_MODULE_DIR, strlen(HPO_MODULE_DIR), kind, name, &found, error);
}

static hpo_status_t look_up_or_load(struct hpo_registry *registry, const char *name,
				    const void **out, hpo_error_t *error)
{
	hpo_status_t status;

	pthread_mutex_lock(&load_lock);
	status = look_up(registry, name, out, error);
	if (status >= 0 && *out == NULL) {
		status = load_module(registry->kind, name, error);
		if (status >= 0)
			status = look_up(registry, name, out, error);
	}
	pthread_mutex_unlock(&load_lock);
	return status;
}

/* All names and then all aliases, ended by NULL; the caller's, the strings are not. */
static const char **list_names(struct hpo_registry *registry, size_t *count)
{
	const char **names;
	size_t aliases = 0;
	size_t n = 0;

	while (registry->aliases != NULL && registry->aliases[aliases].name != NULL)
		aliases++;
	while (hpo__registry_name(registry, n) != NULL)
		n++;

	names = hpo__calloc(n + aliases + 1, sizeof *names);
	if (names == NULL)
		return NULL;
	*count = n;
	for (size_t i = 0; i < n; i++)
		names[i] = hpo__registry_name(registry, i);
	for (size_t i = 0; i < aliases; i++)
		names[n + i] = registry->aliases[i].name;
	return names;
}

static hpo_status_t refuse_name(struct hpo_registry *registry, const char *name,
				hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status;
	size_t count = 0;
	const char **names = list_names(registry, &count);
	const char *near;

	if (names == NULL)
		return hpo__fail_memory(error);

	near = hpo__nearest(name, names);
	if (near != NULL)
		hpo__buffer_format(&text, "did you mean '%s'? ", near);
	hpo__buffer_text(&text, "known are");
	for (size_t i = 0; i < count; i++)
		hpo__buffer_format(&text, "%s %s", i > 0 ? "," : "", names[i]);
	if (count == 0)
		hpo__buffer_text(&text, " none");

	if (text.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__fail(error, HPO_EINVAL, "unknown %s '%.64s': %s", registry->kind,
				   name, text.text);
	hpo__buffer_release(&text);
	hpo__free(names);
	return status;
}

hpo_status_t hpo__registry_find(struct hpo_registry *registry, const char *name, const void **out,
				hpo_error_t *error)
{
	const char *meant;
	hpo_status_t status;

	*out = NULL;
	if (name == NULL)
		return hpo__fail(error, HPO_EINVAL, "the name of a %s is NULL", registry->kind);

	meant = find_alias(registry, name);
	if (meant == NULL)
		meant = name;
	status = look_up(registry, meant, out, error);
	if (status < 0 || *out != NULL)
		return status;

	if (is_name(meant)) {
		status = look_up_or_load(registry, meant, out, error);
		if (status < 0 || *out != NULL)
			return status;
	}
	return refuse_name(registry, name, error);
}

const char *hpo__registry_name(struct hpo_registry *registry, size_t index)
{
	const char *name = NULL;
	size_t builtins = 0;

	while (registry->builtin != NULL && registry->builtin[builtins] != NULL)
		builtins++;
	if (index < builtins)
		return name_of(registry->builtin[index]);

	index -= builtins;
	pthread_mutex_lock(&list_lock);
	for (size_t i = 0; i < registry->count && name == NULL; i++) {
		const char *candidate = name_of(registry->tables[i]);

		if (find_builtin(registry, candidate) == NULL && index-- == 0)
			name = candidate;
	}
	pthread_mutex_unlock(&list_lock);
	return name;
}
