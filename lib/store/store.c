/*
 * Stores by the scheme of their URL, and a store that is open.
 */
#include "store/store.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/registry.h"
#include "os/thread.h"

#include <string.h>

struct hpo_store {
	const hpo_store_ops_t *ops;
	struct hpo_lock lock;
	void *state; /* guarded by the lock; NULL until opened */
};

/* All methods of the first version are required. */
static hpo_status_t check_table(const void *table, hpo_error_t *error)
{
	const hpo_store_ops_t *ops = table;

	if (ops->open == NULL || ops->close == NULL || ops->studies == NULL || ops->study == NULL ||
	    ops->create == NULL || ops->redefine == NULL || ops->remove == NULL ||
	    ops->mark_stopped == NULL || ops->join == NULL || ops->beat == NULL ||
	    ops->leave == NULL || ops->reap == NULL || ops->claim == NULL || ops->propose == NULL ||
	    ops->unclaim == NULL || ops->annotate == NULL || ops->report == NULL ||
	    ops->finish == NULL || ops->insert == NULL || ops->changes == NULL ||
	    ops->trials == NULL || ops->reports_since == NULL || ops->reports_of == NULL ||
	    ops->revision == NULL)
		return hpo__fail(error, HPO_EINVAL, "store '%s' lacks a method: all of the first version are required",
				 ops->name);
	return HPO_OK;
}

static hpo_status_t give_no_definitions(void *state, int64_t study, hpo_definition_fn fn,
					void *user, hpo_error_t *error)
{
	(void)state;
	(void)study;
	(void)fn;
	(void)user;
	(void)error;
	return HPO_OK;
}

static hpo_status_t lacks(const char *what, hpo_error_t *error)
{
	return hpo__fail(error, HPO_EUNSUPPORTED, "this store cannot %s", what);
}

static hpo_status_t no_stop_trial(void *state, int64_t study, int64_t number, hpo_error_t *error)
{
	(void)state;
	(void)study;
	(void)number;
	return lacks("stop a single trial", error);
}

static hpo_status_t no_workers(void *state, int64_t study, hpo_worker_row_fn fn, void *user,
			       hpo_error_t *error)
{
	(void)state;
	(void)study;
	(void)fn;
	(void)user;
	return lacks("list workers", error);
}

static hpo_status_t no_describe(void *state, int64_t study, const char *attributes,
				hpo_error_t *error)
{
	(void)state;
	(void)study;
	(void)attributes;
	return lacks("keep attributes of a study", error);
}

static hpo_status_t no_resume(void *state, int64_t study, int64_t worker, int64_t number,
			      double lease_s, hpo_trial_row_fn fn, void *user, hpo_error_t *error)
{
	(void)state;
	(void)study;
	(void)worker;
	(void)number;
	(void)lease_s;
	(void)fn;
	(void)user;
	return lacks("pause a trial", error);
}

static hpo_status_t no_redefined(void *state, int64_t study, int64_t since, hpo_study_row_fn fn,
				 void *user, hpo_error_t *error)
{
	(void)state;
	(void)study;
	(void)since;
	(void)fn;
	(void)user;
	(void)error;
	return HPO_OK;
}

static void complete_table(void *table)
{
	hpo_store_ops_t *ops = table;

	if (ops->stop_trial == NULL)
		ops->stop_trial = no_stop_trial;
	if (ops->workers == NULL)
		ops->workers = no_workers;
	if (ops->describe == NULL)
		ops->describe = no_describe;
	if (ops->resume == NULL)
		ops->resume = no_resume;
	if (ops->redefined == NULL)
		ops->redefined = no_redefined;
	if (ops->definitions == NULL)
		ops->definitions = give_no_definitions;
}

static const void *const builtin[] = {&hpo__store_memory, &hpo__store_sqlite, NULL};

static const struct hpo_alias aliases[] = {
	{"postgres", "postgresql"},
	{NULL, NULL},
};

static struct hpo_registry registry = {
	.kind = "store",
	.table_size = sizeof(hpo_store_ops_t),
	.builtin = builtin,
	.aliases = aliases,
	.check = check_table,
	.complete = complete_table,
};

hpo_status_t hpo_register_store(const hpo_store_ops_t *ops, hpo_error_t *error)
{
	hpo__error_clear(error);
	return hpo__registry_add(&registry, ops, error);
}

hpo_status_t hpo__store_find(const hpo_store_ops_t **out, const char *url, hpo_error_t *error)
{
	hpo_error_t cause = {0, ""};
	const void *table = NULL;
	const char *colon = strchr(url, ':');
	char scheme[32];
	size_t length;
	hpo_status_t status;

	*out = NULL;
	length = colon == NULL ? 0 : (size_t)(colon - url);
	if (length == 0 || length >= sizeof scheme)
		return hpo__fail(
			error, HPO_EINVAL,
			"'%s' is not the URL of a store: write sqlite:PATH or memory:", url);
	memcpy(scheme, url, length);
	scheme[length] = '\0';

	status = hpo__registry_find(&registry, scheme, &table, &cause);
	if (status < 0 && strncmp(scheme, "postgres", 8) == 0)
		return hpo__fail(error, HPO_EUNSUPPORTED,
				 "'%s': the PostgreSQL store is not installed here", url);
	if (status < 0)
		return hpo__fail(error, status, "'%s': %s", url, cause.message);
	*out = table;
	return HPO_OK;
}

static hpo_status_t make_store(hpo_store_t **out, const hpo_store_ops_t *ops, hpo_error_t *error)
{
	hpo_store_t *store = hpo__calloc(1, sizeof *store);
	hpo_status_t status;

	if (store == NULL)
		return hpo__fail_memory(error);
	store->ops = ops;
	status = hpo__lock_init(&store->lock);
	if (status < 0) {
		hpo__free(store);
		return hpo__fail_memory(error);
	}
	*out = store;
	return HPO_OK;
}

hpo_status_t hpo__store_open(hpo_store_t **out, const char *url, int create, hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	hpo_store_t *store = NULL;
	void *state = NULL;
	hpo_status_t status;

	*out = NULL;
	status = hpo__store_find(&ops, url, error);
	if (status < 0)
		goto done;
	status = make_store(&store, ops, error);
	if (status < 0)
		goto done;
	state = hpo__calloc(1, ops->state_size);
	if (state == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	status = ops->open(state, url, create, error);
	if (status < 0)
		goto done;
	store->state = state;
	state = NULL;
	*out = store;
	store = NULL;
done:
	hpo__free(state);
	hpo_store_close(store);
	return status;
}

static hpo_status_t open_url(hpo_store_t **out, const char *url, int create, hpo_error_t *error)
{
	hpo__error_clear(error);
	*out = NULL;
	if (url == NULL)
		return hpo__fail(error, HPO_EINVAL, "the URL of the store is NULL");
	return hpo__store_open(out, url, create, error);
}

hpo_status_t hpo_store_open(hpo_store_t **out, const char *url, hpo_error_t *error)
{
	return open_url(out, url, 0, error);
}

hpo_status_t hpo_store_create(hpo_store_t **out, const char *url, hpo_error_t *error)
{
	return open_url(out, url, 1, error);
}

void hpo_store_close(hpo_store_t *store)
{
	if (store == NULL)
		return;
	if (store->state != NULL)
		store->ops->close(store->state);
	hpo__free(store->state);
	hpo__lock_release(&store->lock);
	hpo__free(store);
}

const hpo_store_ops_t *hpo__store_lock(hpo_store_t *store, void **state)
{
	hpo__lock_take(&store->lock);
	*state = store->state;
	return store->ops;
}

void hpo__store_unlock(hpo_store_t *store)
{
	hpo__lock_drop(&store->lock);
}
