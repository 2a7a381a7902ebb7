/*
 * Merging what one writer says into what others have said.
 */
#include "store/attributes.h"

#include "base/error.h"

#include <stdbool.h>
#include <string.h>

hpo_status_t hpo__object_parse(hpo_json_t **out, const char *text, const char *what,
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

hpo_status_t hpo__attributes_merge(const char *was, const char *json, struct hpo_buffer *out,
				   hpo_error_t *error)
{
	hpo_json_t *old = NULL;
	hpo_json_t *fresh = NULL;
	struct merging merging = {out, NULL, false};
	hpo_status_t status = hpo__object_parse(&fresh, json, "attributes", error);

	if (status >= 0)
		status = hpo__object_parse(&old, was == NULL ? "{}" : was, "the old attributes",
					   error);
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
