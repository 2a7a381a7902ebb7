/*
 * Changing a study from outside, without driving it: its mark, its limits, its
 * attributes, one of its trials.
 */
#include "store/attributes.h"
#include "store/found.h"
#include "trial/limits.h"

#include "base/alloc.h"

#include <string.h>

/* One change of a study that was found; the store is locked. */
typedef hpo_status_t (*change_fn)(const hpo_store_ops_t *ops, void *state,
				  const struct hpo_found *found, const void *what,
				  hpo_error_t *error);

static hpo_status_t change(hpo_store_t *store, const char *name, change_fn fn, const void *what,
			   hpo_error_t *error)
{
	const hpo_store_ops_t *ops;
	struct hpo_found found;
	hpo_status_t status;
	void *state;

	hpo__error_clear(error);
	status = hpo__store_find_study(store, name, &found, error);
	if (status >= 0) {
		ops = hpo__store_lock(store, &state);
		status = fn(ops, state, &found, what, error);
		hpo__store_unlock(store);
	}
	hpo__found_release(&found);
	return status;
}

static hpo_status_t set_stopped(const hpo_store_ops_t *ops, void *state,
				const struct hpo_found *found, const void *what,
				hpo_error_t *error)
{
	return ops->mark_stopped(state, found->id, *(const int *)what, error);
}

hpo_status_t hpo_store_set_stopped(hpo_store_t *store, const char *name, int stopped,
				   hpo_error_t *error)
{
	return change(store, name, set_stopped, &stopped, error);
}

static hpo_status_t delete_study(const hpo_store_ops_t *ops, void *state,
				 const struct hpo_found *found, const void *what,
				 hpo_error_t *error)
{
	(void)what;
	return ops->remove(state, found->id, error);
}

hpo_status_t hpo_store_delete_study(hpo_store_t *store, const char *name, hpo_error_t *error)
{
	return change(store, name, delete_study, NULL, error);
}

static hpo_status_t stop_trial(const hpo_store_ops_t *ops, void *state,
			       const struct hpo_found *found, const void *what,
			       hpo_error_t *error)
{
	return ops->stop_trial(state, found->id, *(const int64_t *)what, error);
}

hpo_status_t hpo_store_stop_trial(hpo_store_t *store, const char *name, int64_t number,
				  hpo_error_t *error)
{
	return change(store, name, stop_trial, &number, error);
}

static hpo_status_t annotate(const hpo_store_ops_t *ops, void *state,
			     const struct hpo_found *found, const void *what, hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status = hpo__attributes_merge(found->attributes, what, &text, error);

	if (status >= 0)
		status = ops->describe(state, found->id, text.text, error);
	hpo__buffer_release(&text);
	return status;
}

hpo_status_t hpo_store_annotate(hpo_store_t *store, const char *name, const char *json,
				hpo_error_t *error)
{
	return change(store, name, annotate, json, error);
}

struct note {
	int64_t number;
	const char *json;
};

static hpo_status_t annotate_trial(const hpo_store_ops_t *ops, void *state,
				   const struct hpo_found *found, const void *what,
				   hpo_error_t *error)
{
	const struct note *note = what;
	const hpo_trial_row_t row = {.struct_size = sizeof row,
				     .number = note->number,
				     .attributes = note->json};
	hpo_json_t *object = NULL;
	hpo_status_t status = hpo__object_parse(&object, note->json, "attributes", error);

	hpo__json_free(object);
	return status < 0 ? status : ops->annotate(state, found->id, &row, error);
}

hpo_status_t hpo_store_annotate_trial(hpo_store_t *store, const char *name, int64_t number,
				      const char *json, hpo_error_t *error)
{
	const struct note note = {number, json};

	return change(store, name, annotate_trial, &note, error);
}

/*
 * The limits as an attribute too: so a run knows that they were set for all drivers, and are not
 * those with which another process opened the study.
 */
static hpo_status_t mark_limits(const hpo_store_ops_t *ops, void *state,
				const struct hpo_found *found, const hpo_limits_t *limits,
				hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__buffer_text(&text, "{\"limits\":");
	hpo__limits_write(limits, &text);
	hpo__buffer_char(&text, '}');
	status = text.failed ? hpo__fail_memory(error)
			     : annotate(ops, state, found, text.text, error);
	hpo__buffer_release(&text);
	return status;
}

static hpo_status_t set_limits(const hpo_store_ops_t *ops, void *state,
			       const struct hpo_found *found, const void *what, hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct hpo_study *study = NULL;
	hpo_json_t *limits = NULL;
	const struct hpo_json_at root = {NULL, NULL, NULL, 0};
	struct hpo_json_at at = {NULL, &root, "limits", 0};
	hpo_status_t status = hpo__object_parse(&limits, what, "limits", error);

	if (status >= 0)
		status = hpo__study_parse(&study, found->definition, error);
	if (status >= 0) {
		at.node = limits;
		status = hpo__limits_read(&study->limits, &at, error);
	}
	if (status >= 0) {
		hpo__study_write(study, &text);
		status = text.failed ? hpo__fail_memory(error)
				     : mark_limits(ops, state, found, &study->limits, error);
	}
	if (status >= 0)
		status = ops->redefine(state, found->id, text.text, error);
	hpo__buffer_release(&text);
	hpo__study_free(study);
	hpo__json_free(limits);
	return status;
}

hpo_status_t hpo_store_set_limits(hpo_store_t *store, const char *name, const char *limits_json,
				  hpo_error_t *error)
{
	return change(store, name, set_limits, limits_json, error);
}
