/*
 * The values of a trial on their way to a ClearML task: as its parameters, in
 * its configuration objects, in its name; and whether the base task has them.
 *
 * A study's parameter is named "Section/name", split at the first slash; one
 * without a slash is in General. A bare name, or a whole one, also stands for
 * an item of Args of the type "legacy", which ClearML shows without its section.
 *
 * `task` is the base task as tasks.get_by_id gave it, `params` the active
 * parameters of a trial, {"Args/lr":0.01,"act":"relu"}. Both are untrusted. What
 * is appended to `out` counts only if neither the status nor out->failed says otherwise.
 */
#ifndef HPO_BACKEND_CLEARML_VALUES_H
#define HPO_BACKEND_CLEARML_VALUES_H

#include "base/json.h"
#include "os/log.h"

/* One item of a task's parameters. All are texts, borrowed; `type` NULL is "str". */
struct hpo_clearml_item {
	const char *section, *name, *value, *type;
};

/*
 * Whether the study can be done with this base task; once, before anything is cloned. `study` is
 * the whole study file. HPO_EINVAL: a parameter or configuration object that the base task does
 * not have, the nearest suggested (with `allow_unknown` they are added to each clone); two
 * parameters that are one item; values that the type of the base task's item cannot hold; fields
 * that cannot be overridden. What is only doubtful is logged as a warning.
 */
hpo_status_t hpo__clearml_check(const hpo_json_t *task, const hpo_json_t *study,
				bool allow_unknown, const struct hpo_log *log, hpo_error_t *error);

/*
 * The text of a value for an item of the given type, as Python's str() would write it and as the
 * type can be cast from: 64 and not 64.0 for an int, True and False for a bool. `type` may be NULL
 * or unknown. HPO_EINVAL names the parameter when the type cannot hold the value.
 */
hpo_status_t hpo__clearml_value(const char *name, const hpo_json_t *value, const char *type,
				struct hpo_buffer *out, hpo_error_t *error);

/* The type that an item gets which the base task does not have: "int", "float", "bool", "str". */
const char *hpo__clearml_type(const hpo_json_t *value);

/*
 * The whole `hyperparams` of a clone: the base task's with the trial's values put in, each with
 * the type it had, and `extra` items, which win over both. Inactive parameters keep the base
 * task's value.
 */
hpo_status_t hpo__clearml_hyperparams(const hpo_json_t *task, const hpo_json_t *params,
				      const struct hpo_clearml_item *extra, size_t extra_count,
				      struct hpo_buffer *out, hpo_error_t *error);

/*
 * The whole `configuration` of a clone: the base task's with the texts of `configuration_json`,
 * {"OmegaConf":"lr: {Args/lr}"}, in the place of those so named. {name} is a parameter's value,
 * or the base task's when it is inactive; true, false and 1.0e-05 are written so that YAML, JSON
 * and HOCON read them alike. Any other brace is only a brace.
 */
hpo_status_t hpo__clearml_configuration(const hpo_json_t *task, const char *configuration_json,
					const hpo_json_t *params, struct hpo_buffer *out,
					hpo_error_t *error);

/*
 * The body of tasks.edit that overrides fields of the clone `id`: {"script.branch":"x"} or
 * {"script":{"branch":"x"}}; null empties a field. What the server would replace as a whole is
 * sent as a whole, with what the base task has. A branch without a version or a tag is
 * its head: the base task's own commit would hide it.
 */
hpo_status_t hpo__clearml_overrides(const hpo_json_t *task, const char *overrides_json,
				    const char *id, struct hpo_buffer *out, hpo_error_t *error);

/*
 * A clone's name and comment. Without a template "<base>: Args/lr=0.01 act=relu", names in order;
 * in a template {base}, {trial} and the parameters' names are replaced. At most 200 bytes; at
 * least the three characters that a server wants, else HPO_EINVAL. The comment has one name=value
 * a line.
 */
hpo_status_t hpo__clearml_name(const char *base_name, const char *name_template, int64_t trial,
			       const hpo_json_t *params, struct hpo_buffer *name,
			       struct hpo_buffer *comment, hpo_error_t *error);

#endif
