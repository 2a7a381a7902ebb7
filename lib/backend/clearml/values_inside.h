/*
 * Values on their way to a ClearML task, as the values*.c files share them.
 */
#ifndef HPO_BACKEND_CLEARML_VALUES_INSIDE_H
#define HPO_BACKEND_CLEARML_VALUES_INSIDE_H

#include "backend/clearml/values.h"

/* Where a parameter of the study stands in a task. */
struct hpo_clearml_place {
	char *section, *name;	/* without spaces around */
	const hpo_json_t *item; /* the task's own, an object; NULL when it has none */
};

/* HPO_ENOMEM. Whether section and name are not empty is for the caller to see. */
hpo_status_t hpo__clearml_find(struct hpo_clearml_place *place, const hpo_json_t *task,
			       const char *name, hpo_error_t *error);
void hpo__clearml_place_release(struct hpo_clearml_place *place);

/* The text of a member of an object; NULL when it is absent or no text. */
const char *hpo__clearml_text_of(const hpo_json_t *object, const char *key);

/* The name of a task for sentences: its id when it has none. */
const char *hpo__clearml_task_name(const hpo_json_t *task);

/* How a value is written where no type of an item says it. */
enum hpo_clearml_style {
	HPO__CLEARML_PYTHON, /* True, 1e-05 */
	HPO__CLEARML_CONFIG  /* true, 1.0e-05: YAML, JSON and HOCON read these */
};

void hpo__clearml_write_plain(const hpo_json_t *value, enum hpo_clearml_style style,
			      struct hpo_buffer *out);

/* What types of items matter to how a value is written. */
enum hpo_clearml_cast {
	HPO__CLEARML_CAST_NONE, /* any text */
	HPO__CLEARML_CAST_INT,
	HPO__CLEARML_CAST_FLOAT,
	HPO__CLEARML_CAST_BOOL
};

enum hpo_clearml_cast hpo__clearml_cast(const char *type);

/* values_suggest.c: HPO_EINVAL, and what was meant as far as that can be guessed. */
hpo_status_t hpo__clearml_refuse_unknown(const hpo_json_t *task, const char *name,
					 const struct hpo_clearml_place *place, hpo_error_t *error);

/* values_name.c: a value for a placeholder's name; false leaves the brace alone. */
typedef bool (*hpo_clearml_lookup)(const char *name, struct hpo_buffer *out, void *user);

/* Append `text` with each {name} replaced that `lookup` knows. */
void hpo__clearml_fill(const char *text, hpo_clearml_lookup lookup, void *user,
		       struct hpo_buffer *out);

/* The value of an active parameter named in full, or else without its section; or NULL. */
const hpo_json_t *hpo__clearml_param(const hpo_json_t *params, const char *name);

#endif
