/*
 * Attributes of studies and trials: JSON objects that several write to, each
 * its own members.
 */
#ifndef HPO_STORE_ATTRIBUTES_H
#define HPO_STORE_ATTRIBUTES_H

#include "base/buffer.h"
#include "base/json.h"

/* Parse text that must be a JSON object; `what` names it. Free *out also when this fails. */
hpo_status_t hpo__object_parse(hpo_json_t **out, const char *text, const char *what,
			       hpo_error_t *error);

/* To `out`: the object `was` (NULL: none) with the members of `json` over it; null removes one. */
hpo_status_t hpo__attributes_merge(const char *was, const char *json, struct hpo_buffer *out,
				   hpo_error_t *error);

#endif
