/*
 * Reading a space from the `parameters` and `constraints` of a study file, in
 * two passes: a condition may name a parent that is declared after it.
 */
#include "base/json.h"

#include "base/alloc.h"
#include "space/inside.h"

#include <string.h>

hpo_status_t hpo__refuse_fault(const struct hpo_json_at *at, const struct hpo_fault *fault,
			       hpo_error_t *error)
{
	struct hpo_json_at guilty;

	if (fault->key == NULL)
		return hpo__fail_memory(error);
	guilty = hpo__json_member(at, fault->key);
	return hpo__json_refuse(&guilty, error, "%s", fault->text);
}

hpo_status_t hpo__param_add_json(struct hpo_param *param, const hpo_json_t *json,
				 struct hpo_fault *fault)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	enum hpo_choice_type type = HPO__CHOICE_LITERAL;
	hpo_status_t status = HPO_ENOMEM;

	if (hpo__json_kind(json) == HPO__JSON_TEXT)
		return hpo__param_add_choice(param, HPO__CHOICE_TEXT, hpo__json_text(json), fault);
	if (hpo__json_is_number(json))
		type = HPO__CHOICE_NUMBER;
	fault->key = NULL;
	hpo__json_write(json, &text);
	if (!text.failed && text.text != NULL)
		status = hpo__param_add_choice(param, type, text.text, fault);
	hpo__buffer_release(&text);
	return status;
}

static hpo_status_t read_scale(const struct hpo_json_at *at, hpo_scale_t *out, hpo_error_t *error)
{
	static const char *const scales[] = {"linear", "log", NULL};
	struct hpo_json_at scale = hpo__json_member(at, "scale");
	const char *text = "linear";
	const char *nearest;
	hpo_status_t status = hpo__json_read_text(&scale, &text, error);

	if (status < 0)
		return status;
	*out = strcmp(text, "log") == 0 ? HPO_SCALE_LOG : HPO_SCALE_LINEAR;
	if (*out == HPO_SCALE_LOG || strcmp(text, "linear") == 0)
		return HPO_OK;
	nearest = hpo__nearest(text, scales);
	return hpo__json_refuse(&scale, error, "'%.*s' is neither linear nor log%s%s%s",
				HPO__TEXT_MAX, text, nearest != NULL ? "; did you mean '" : "",
				nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static hpo_status_t require(const struct hpo_json_at *at, const char *wanted, hpo_error_t *error)
{
	if (at->node != NULL)
		return HPO_OK;
	return hpo__json_refuse(at, error, "is missing; give %s", wanted);
}

static hpo_status_t read_real(const struct hpo_json_at *at, struct hpo_param *param,
			      hpo_error_t *error)
{
	struct hpo_json_at low_at = hpo__json_member(at, "low");
	struct hpo_json_at high_at = hpo__json_member(at, "high");
	struct hpo_json_at step_at = hpo__json_member(at, "step");
	struct hpo_fault fault;
	hpo_scale_t scale;
	double low;
	double high;
	double step = 0;
	hpo_status_t status = read_scale(at, &scale, error);

	if (status == HPO_OK)
		status = require(&low_at, "the lowest value", error);
	if (status == HPO_OK)
		status = require(&high_at, "the highest value", error);
	if (status == HPO_OK)
		status = hpo__json_read_real(&low_at, &low, error);
	if (status == HPO_OK)
		status = hpo__json_read_real(&high_at, &high, error);
	if (status == HPO_OK)
		status = hpo__json_read_real(&step_at, &step, error);
	if (status < 0)
		return status;
	status = hpo__param_set_real(param, low, high, scale, &fault);
	if (status == HPO_OK && step_at.node != NULL)
		status = hpo__param_set_step(param, step, &fault);
	return status == HPO_OK ? HPO_OK : hpo__refuse_fault(at, &fault, error);
}

static hpo_status_t read_integer(const struct hpo_json_at *at, struct hpo_param *param,
				 hpo_error_t *error)
{
	struct hpo_json_at low_at = hpo__json_member(at, "low");
	struct hpo_json_at high_at = hpo__json_member(at, "high");
	struct hpo_json_at step_at = hpo__json_member(at, "step");
	struct hpo_fault fault;
	hpo_scale_t scale;
	int64_t low;
	int64_t high;
	int64_t step = 1;
	hpo_status_t status = read_scale(at, &scale, error);

	if (status == HPO_OK)
		status = require(&low_at, "the lowest integer", error);
	if (status == HPO_OK)
		status = require(&high_at, "the highest integer", error);
	if (status == HPO_OK)
		status = hpo__json_read_integer(&low_at, &low, error);
	if (status == HPO_OK)
		status = hpo__json_read_integer(&high_at, &high, error);
	if (status == HPO_OK)
		status = hpo__json_read_integer(&step_at, &step, error);
	if (status < 0)
		return status;
	status = hpo__param_set_integer(param, low, high, scale, &fault);
	if (status == HPO_OK && step_at.node != NULL)
		status = hpo__param_set_stride(param, step, &fault);
	return status == HPO_OK ? HPO_OK : hpo__refuse_fault(at, &fault, error);
}

static hpo_status_t read_choices(const struct hpo_json_at *at, struct hpo_param *param,
				 hpo_param_kind_t kind, hpo_error_t *error)
{
	struct hpo_json_at choices = hpo__json_member(at, "choices");
	struct hpo_fault fault;
	hpo_status_t status = require(&choices, "a list of them", error);

	if (status == HPO_OK)
		status = hpo__json_expect(&choices, HPO__JSON_ARRAY, error);
	for (size_t i = 0; status == HPO_OK && i < hpo__json_size(choices.node); i++) {
		struct hpo_json_at item = hpo__json_element(&choices, i);

		switch (hpo__json_kind(item.node)) {
		case HPO__JSON_NULL:
		case HPO__JSON_ARRAY:
		case HPO__JSON_OBJECT:
			return hpo__json_refuse(&item, error,
						"a choice is a string, a number, true or false, "
						"not %s",
						hpo__json_kind_text(item.node));
		default:
			break;
		}
		status = hpo__param_add_json(param, item.node, &fault);
		if (status < 0 && fault.key != NULL)
			return hpo__json_refuse(&item, error, "the choices %s", fault.text);
		if (status < 0)
			return hpo__fail_memory(error);
	}
	if (status < 0)
		return status;
	status = hpo__param_set_choices(param, kind, &fault);
	return status == HPO_OK ? HPO_OK : hpo__refuse_fault(at, &fault, error);
}

static hpo_status_t read_bool(const struct hpo_json_at *at, struct hpo_param *param,
			      hpo_error_t *error)
{
	struct hpo_fault fault;
	hpo_status_t status = hpo__param_set_bool(param, &fault);

	return status == HPO_OK ? HPO_OK : hpo__refuse_fault(at, &fault, error);
}

static hpo_status_t read_categorical(const struct hpo_json_at *at, struct hpo_param *param,
				     hpo_error_t *error)
{
	return read_choices(at, param, HPO_PARAM_CATEGORICAL, error);
}

static hpo_status_t read_ordinal(const struct hpo_json_at *at, struct hpo_param *param,
				 hpo_error_t *error)
{
	return read_choices(at, param, HPO_PARAM_ORDINAL, error);
}

/* What each native type may say of itself, and who reads it. */
static const char *const number_keys[] = {"name", "type",    "low",  "high", "scale",
					  "step", "default", "when", NULL};
static const char *const choice_keys[] = {"name", "type", "choices", "default", "when", NULL};
static const char *const bool_keys[] = {"name", "type", "default", "when", NULL};

static const struct native {
	const char *type;
	const char *const *keys;
	hpo_status_t (*read)(const struct hpo_json_at *at, struct hpo_param *param,
			     hpo_error_t *error);
} natives[] = {
	{"float", number_keys, read_real},
	{"int", number_keys, read_integer},
	{"categorical", choice_keys, read_categorical},
	{"ordinal", choice_keys, read_ordinal},
	{"bool", bool_keys, read_bool},
};
enum { NATIVES = sizeof natives / sizeof *natives };

static hpo_status_t refuse_type(const struct hpo_json_at *at, const char *type, hpo_error_t *error)
{
	const char *known[NATIVES + 8] = {NULL};
	const char *nearest;
	size_t count = 0;

	for (; count < NATIVES; count++)
		known[count] = natives[count].type;
	for (size_t i = 0; hpo__clearml_types[i] != NULL; i++)
		known[count++] = hpo__clearml_types[i];
	nearest = hpo__nearest(type, known);
	if (nearest != NULL)
		return hpo__json_refuse(at, error, "'%.*s' is unknown; did you mean '%s'?",
					HPO__TEXT_MAX, type, nearest);
	return hpo__json_refuse(at, error,
				"'%.*s' is unknown; give float, int, categorical, ordinal or bool",
				HPO__TEXT_MAX, type);
}

static hpo_status_t read_default(const struct hpo_json_at *at, struct hpo_param *param,
				 hpo_error_t *error)
{
	struct hpo_json_at preset = hpo__json_member(at, "default");
	struct hpo_fault fault;
	hpo_status_t status;

	if (preset.node == NULL)
		return HPO_OK;
	status = hpo__param_from_json(param, preset.node, &param->preset, &fault);
	param->has_preset = status == HPO_OK;
	if (status < 0 && fault.key != NULL)
		return hpo__json_refuse(&preset, error, "%s", fault.text);
	return status < 0 ? hpo__fail_memory(error) : HPO_OK;
}

/* All of a native parameter but its conditions. */
static hpo_status_t read_native(hpo_space_t *space, const struct hpo_json_at *at,
				const struct native *native, hpo_error_t *error)
{
	struct hpo_json_at name_at = hpo__json_member(at, "name");
	struct hpo_param param = {0};
	struct hpo_fault fault;
	const char *name = "";
	hpo_status_t status = hpo__json_only(at, native->keys, error);

	if (status == HPO_OK)
		status = require(&name_at, "the parameter a name", error);
	if (status == HPO_OK)
		status = hpo__json_read_text(&name_at, &name, error);
	if (status == HPO_OK)
		status = native->read(at, &param, error);
	if (status == HPO_OK)
		status = read_default(at, &param, error);
	if (status < 0)
		goto done;
	param.name = hpo__strdup(name);
	if (param.name == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	status = hpo__space_add(space, &param, &fault);
	if (status < 0)
		hpo__refuse_fault(at, &fault, error);
done:
	hpo__param_release(&param);
	return status;
}

static hpo_status_t read_param(hpo_space_t *space, const struct hpo_json_at *at, hpo_error_t *error)
{
	struct hpo_json_at type_at = hpo__json_member(at, "type");
	const char *type = "";
	hpo_status_t status = hpo__json_expect(at, HPO__JSON_OBJECT, error);

	if (status == HPO_OK)
		status = require(&type_at, "float, int, categorical, ordinal or bool", error);
	if (status == HPO_OK)
		status = hpo__json_read_text(&type_at, &type, error);
	if (status < 0)
		return status;
	for (size_t i = 0; i < NATIVES; i++)
		if (strcmp(type, natives[i].type) == 0)
			return read_native(space, at, &natives[i], error);
	if (hpo__clearml_is(type))
		return hpo__clearml_read(space, at, error);
	return refuse_type(&type_at, type, error);
}

/* The conditions of one parameter while they are read. */
struct when {
	hpo_space_t *space;
	size_t child;
	const struct hpo_json_at *at; /* of the object of conditions */
	hpo_error_t *error;
};

static hpo_status_t find_parent(const struct when *when, const struct hpo_json_at *at,
				const char *name, size_t *out)
{
	size_t bearers = hpo__space_bearers(when->space, name, out);
	const char *nearest;

	if (bearers > 1)
		return hpo__json_refuse(at, when->error,
					"this parameter is set by several combinations of a "
					"ParameterSet; let a combination hold what depends on it");
	if (bearers == 0) {
		nearest = hpo__space_nearest(when->space, name);
		return hpo__json_refuse(at, when->error, "there is no such parameter%s%s%s",
					nearest != NULL ? "; did you mean '" : "",
					nearest != NULL ? nearest : "",
					nearest != NULL ? "'?" : "");
	}
	if (when->space->params[*out].kind == HPO_PARAM_FLOAT)
		return hpo__json_refuse(at, when->error,
					"a float cannot be a condition; give an int, a bool or "
					"a choice");
	return HPO_OK;
}

static hpo_status_t read_values(const struct when *when, const struct hpo_json_at *at,
				struct hpo_condition *condition)
{
	const struct hpo_param *parent = &when->space->params[condition->parent];
	struct hpo_fault fault;

	if (hpo__json_kind(at->node) != HPO__JSON_ARRAY)
		return hpo__json_refuse(
			at, when->error, "expected a list of values, as in [%s], got %s",
			parent->choice_count > 0 ? "\"sgd\"" : "1", hpo__json_kind_text(at->node));
	if (hpo__json_size(at->node) == 0)
		return hpo__json_refuse(at, when->error, "is empty; give at least one value");
	for (size_t i = 0; i < hpo__json_size(at->node); i++) {
		struct hpo_json_at item = hpo__json_element(at, i);
		union hpo_value value;
		hpo_status_t status = hpo__param_from_json(parent, item.node, &value, &fault);

		if (status < 0 && fault.key != NULL)
			return hpo__json_refuse(&item, when->error, "%s", fault.text);
		if (status < 0 || hpo__condition_add_value(condition, value.integer) < 0)
			return hpo__fail_memory(when->error);
	}
	return HPO_OK;
}

static hpo_status_t read_condition(const char *key, const hpo_json_t *value, void *user)
{
	const struct when *when = user;
	struct hpo_json_at at = hpo__json_member(when->at, key);
	struct hpo_condition condition = {0, NULL, 0};
	hpo_status_t status = find_parent(when, &at, key, &condition.parent);

	(void)value;
	if (status == HPO_OK)
		status = read_values(when, &at, &condition);
	if (status == HPO_OK)
		status = hpo__condition_append(&when->space->params[when->child], &condition);
	if (status == HPO_ENOMEM)
		hpo__fail_memory(when->error);
	hpo__condition_release(&condition);
	return status;
}

/* The conditions of every native parameter; all parameters are there. */
static hpo_status_t read_conditions(hpo_space_t *space, const struct hpo_json_at *parameters,
				    hpo_error_t *error)
{
	for (size_t i = 0; i < hpo__json_size(parameters->node); i++) {
		struct hpo_json_at at = hpo__json_element(parameters, i);
		struct hpo_json_at when_at = hpo__json_member(&at, "when");
		struct hpo_json_at name_at = hpo__json_member(&at, "name");
		struct when when = {space, 0, &when_at, error};
		hpo_status_t status;

		if (when_at.node == NULL)
			continue;
		status = hpo__json_expect(&when_at, HPO__JSON_OBJECT, error);
		if (status < 0)
			return status;
		hpo__space_bearers(space, hpo__json_text(name_at.node), &when.child);
		status = hpo__json_each(when_at.node, read_condition, &when);
		if (status < 0)
			return status;
	}
	return HPO_OK;
}

/* Order the axes; a circle is refused at the conditions of one in it. */
static hpo_status_t sort(hpo_space_t *space, const struct hpo_json_at *parameters,
			 hpo_error_t *error)
{
	hpo_error_t cause = {0, ""};
	size_t guilty = 0;
	hpo_status_t status = hpo__condition_sort(space, &guilty, &cause);

	if (status != HPO_EINVAL)
		return status < 0 ? hpo__fail_memory(error) : HPO_OK;
	for (size_t i = 0; i < hpo__json_size(parameters->node); i++) {
		struct hpo_json_at at = hpo__json_element(parameters, i);
		struct hpo_json_at when_at = hpo__json_member(&at, "when");
		const char *name = hpo__json_text(hpo__json_get(at.node, "name"));

		if (name != NULL && strcmp(name, space->params[guilty].name) == 0)
			return hpo__json_refuse(&when_at, error, "%s", cause.message);
	}
	return hpo__fail(error, HPO_EINVAL, "%s", cause.message);
}

static hpo_status_t read_constraints(hpo_space_t *space, const struct hpo_json_at *at,
				     hpo_error_t *error)
{
	hpo_status_t status = hpo__json_expect(at, HPO__JSON_ARRAY, error);

	for (size_t i = 0; status == HPO_OK && i < hpo__json_size(at->node); i++) {
		struct hpo_json_at item = hpo__json_element(at, i);
		hpo_error_t cause = {0, ""};
		const char *text = "";

		status = hpo__json_expect(&item, HPO__JSON_TEXT, error);
		if (status == HPO_OK)
			status = hpo__json_read_text(&item, &text, error);
		if (status < 0)
			return status;
		status = hpo__constraint_add(space, text, &cause);
		if (status == HPO_ENOMEM)
			return hpo__fail_memory(error);
		if (status < 0)
			return hpo__json_refuse(&item, error, "%s", cause.message);
	}
	return status;
}

hpo_status_t hpo__space_read(hpo_space_t **out, const struct hpo_json_at *parameters,
			     const struct hpo_json_at *constraints, hpo_error_t *error)
{
	hpo_space_t *space = hpo__calloc(1, sizeof *space);
	hpo_status_t status;

	*out = NULL;
	if (space == NULL)
		return hpo__fail_memory(error);
	status = require(parameters, "a list of what may vary", error);
	if (status == HPO_OK)
		status = hpo__json_expect(parameters, HPO__JSON_ARRAY, error);
	if (status == HPO_OK && hpo__json_size(parameters->node) == 0)
		status = hpo__json_refuse(parameters, error,
					  "is empty; give at least one parameter");
	for (size_t i = 0; status == HPO_OK && i < hpo__json_size(parameters->node); i++) {
		struct hpo_json_at at = hpo__json_element(parameters, i);

		status = read_param(space, &at, error);
	}
	if (status == HPO_OK)
		status = read_conditions(space, parameters, error);
	if (status == HPO_OK)
		status = sort(space, parameters, error);
	if (status == HPO_OK && constraints != NULL && constraints->node != NULL)
		status = read_constraints(space, constraints, error);
	if (status < 0) {
		hpo_space_free(space);
		return status;
	}
	*out = space;
	return HPO_OK;
}

hpo_status_t hpo_space_from_json(hpo_space_t **out, const char *json, hpo_error_t *error)
{
	hpo_json_t *tree = NULL;
	struct hpo_json_at at;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	status = hpo__json_parse(&tree, json, strlen(json), "the parameters", error);
	if (status < 0)
		return status;
	at = hpo__json_root(tree);
	at.key = "parameters";
	status = hpo__space_read(out, &at, NULL, error);
	hpo__json_free(tree);
	return status;
}
