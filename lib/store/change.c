/*
 * Changing a study from outside, without driving it: its mark, its limits, its
 * attributes, one of its trials.
 */
#include "base/json.h"
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

/* Parse text that must be a JSON object; `what` names it. */
static hpo_status_t parse_object(hpo_json_t **out, const char *text, const char *what,
				 hpo_error_t *error)
{
	struct hpo_json_at root;
	hpo_status_t status;

	*out = NULL;
	if (text == NULL)
		return hpo__fail(error, HPO_EINVAL, "%s is NULL", what);
	status = hpo__json_parse(out, text, strlen(text), what, error);
	if (status < 0)
		return status;
	root = hpo__json_root(*out);
	root.key = what;
	return hpo__json_expect(&root, HPO__JSON_OBJECT, error);
}

/* Two objects becoming one. */
struct merging {
	struct hpo_buffer *out;
	const hpo_json_t *over; /* its members hide those of the other; NULL: they are written */
	bool any;
};

static hpo_status_t merge_member(const char *key, const hpo_json_t *value, void *user)
{
	struct merging *merging = user;

	if (merging->over != NULL ? hpo__json_get(merging->over, key) != NULL
				  : hpo__json_kind(value) == HPO__JSON_NULL)
		return HPO_OK;
	if (merging->any)
		hpo__buffer_char(merging->out, ',');
	merging->any = true;
	hpo__buffer_json_text(merging->out, key);
	hpo__buffer_char(merging->out, ':');
	hpo__json_write(value, merging->out);
	return HPO_OK;
}

/* `was` (NULL: none) with the members of `json` over it; null removes one. */
static hpo_status_t merge(const char *was, const char *json, struct hpo_buffer *out,
			  hpo_error_t *error)
{
	hpo_json_t *old = NULL;
	hpo_json_t *fresh = NULL;
	struct merging merging = {out, NULL, false};
	hpo_status_t status = parse_object(&fresh, json, "attributes", error);

	if (status >= 0)
		status = parse_object(&old, was == NULL ? "{}" : was, "the old attributes", error);
	hpo__buffer_char(out, '{');
	merging.over = fresh;
	if (status >= 0)
		status = hpo__json_each(old, merge_member, &merging);
	merging.over = NULL;
	if (status >= 0)
		status = hpo__json_each(fresh, merge_member, &merging);
	hpo__buffer_char(out, '}');
	if (status >= 0 && out->failed)
		status = hpo__fail_memory(error);
	hpo__json_free(old);
	hpo__json_free(fresh);
	return status;
}

static hpo_status_t annotate(const hpo_store_ops_t *ops, void *state,
			     const struct hpo_found *found, const void *what, hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status = merge(found->attributes, what, &text, error);

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
	bool found;
	struct hpo_buffer text; /* merged */
	hpo_error_t *error;
};

static hpo_status_t merge_into_trial(const hpo_trial_row_t *row, void *user)
{
	struct note *note = user;

	note->found = true;
	return merge(row->attributes, note->json, &note->text, note->error);
}

static hpo_status_t annotate_trial(const hpo_store_ops_t *ops, void *state,
				   const struct hpo_found *found, const void *what,
				   hpo_error_t *error)
{
	struct note note = *(const struct note *)what;
	hpo_trial_row_t row = {.struct_size = sizeof row, .number = note.number};
	hpo_status_t status;

	note.error = error;
	status = ops->trials(state, found->id, note.number, note.number, merge_into_trial, &note,
			     error);
	if (status >= 0 && !note.found)
		status = hpo__fail(error, HPO_ENOTFOUND, "study '%s' has no trial %lld",
				   found->name, (long long)note.number);
	row.attributes = note.text.text;
	if (status >= 0)
		status = ops->annotate(state, found->id, &row, error);
	hpo__buffer_release(&note.text);
	return status;
}

hpo_status_t hpo_store_annotate_trial(hpo_store_t *store, const char *name, int64_t number,
				      const char *json, hpo_error_t *error)
{
	const struct note note = {.number = number, .json = json, .text = HPO__BUFFER_INIT};

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
	hpo_status_t status = parse_object(&limits, what, "limits", error);

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
