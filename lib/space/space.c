/*
 * A search space: building it parameter by parameter, and looking things up.
 */
#include "space/inside.h"

#include "base/alloc.h"
#include "base/json.h"

#include <string.h>

hpo_status_t hpo_space_new(hpo_space_t **out, hpo_error_t *error)
{
	hpo__error_clear(error);
	*out = hpo__calloc(1, sizeof **out);
	return *out != NULL ? HPO_OK : hpo__fail_memory(error);
}

void hpo_space_free(hpo_space_t *space)
{
	if (space == NULL)
		return;
	for (size_t i = 0; i < space->count; i++)
		hpo__param_release(&space->params[i]);
	for (size_t i = 0; i < space->source_count; i++)
		hpo__free(space->sources[i]);
	for (size_t i = 0; i < space->constraint_count; i++)
		hpo__constraint_release(&space->constraints[i]);
	hpo__free(space->constraints);
	hpo__free(space->sources);
	hpo__free(space->params);
	hpo__free(space->order);
	hpo__free(space);
}

static hpo_status_t reserve(hpo_space_t *space, size_t axes, size_t sources, size_t constraints)
{
	void *grown;

	grown = hpo__grow(space->params, &space->capacity, axes, sizeof *space->params);
	if (grown == NULL)
		return HPO_ENOMEM;
	space->params = grown;
	grown = hpo__grow(space->order, &space->order_capacity, axes, sizeof *space->order);
	if (grown == NULL)
		return HPO_ENOMEM;
	space->order = grown;
	grown = hpo__grow(space->sources, &space->source_capacity, sources, sizeof *space->sources);
	if (grown == NULL)
		return HPO_ENOMEM;
	space->sources = grown;
	grown = hpo__grow(space->constraints, &space->constraint_capacity, constraints,
			  sizeof *space->constraints);
	if (grown == NULL)
		return HPO_ENOMEM;
	space->constraints = grown;
	return HPO_OK;
}

static hpo_status_t copy_into(hpo_space_t *out, const hpo_space_t *space)
{
	if (reserve(out, space->count + 1, space->source_count + 1, space->constraint_count + 1) <
	    0)
		return HPO_ENOMEM;
	for (; out->count < space->count; out->count++)
		if (hpo__param_copy(&out->params[out->count], &space->params[out->count]) < 0)
			return HPO_ENOMEM;
	for (; out->source_count < space->source_count; out->source_count++) {
		char *source = hpo__strdup(space->sources[out->source_count]);

		if (source == NULL)
			return HPO_ENOMEM;
		out->sources[out->source_count] = source;
	}
	for (; out->constraint_count < space->constraint_count; out->constraint_count++)
		if (hpo__constraint_copy(&out->constraints[out->constraint_count],
					 &space->constraints[out->constraint_count]) < 0)
			return HPO_ENOMEM;
	memcpy(out->order, space->order, space->count * sizeof *space->order);
	out->is_conditional = space->is_conditional;
	return HPO_OK;
}

hpo_space_t *hpo__space_clone(const hpo_space_t *space)
{
	hpo_space_t *out = hpo__calloc(1, sizeof *out);

	if (out == NULL)
		return NULL;
	if (space->count + space->constraint_count == 0)
		return out;
	if (copy_into(out, space) < 0) {
		hpo_space_free(out);
		return NULL;
	}
	return out;
}

/* A name is free, or borne by axes of which none can be active beside this one. */
static hpo_status_t check_name(const hpo_space_t *space, size_t axis, struct hpo_fault *fault)
{
	const struct hpo_param *param = &space->params[axis];

	if (param->hidden)
		return HPO_OK;
	for (size_t i = 0; i < axis; i++) {
		const struct hpo_param *other = &space->params[i];

		if (other->hidden || strcmp(other->name, param->name) != 0)
			continue;
		if (param->in_set && other->in_set && hpo__condition_exclude(space, i, axis))
			continue;
		return hpo__fault(fault, "name",
				  "'%.200s' is taken by an earlier parameter; choose another",
				  param->name);
	}
	return HPO_OK;
}

hpo_status_t hpo__space_add(hpo_space_t *space, struct hpo_param *param, struct hpo_fault *fault)
{
	size_t length = param->name != NULL ? strlen(param->name) : 0;
	hpo_status_t status;

	if (length == 0)
		return hpo__fault(fault, "name", "is empty; every parameter needs one");
	if (length > HPO__NAME_MAX)
		return hpo__fault(fault, "name", "has %zu bytes; at most %d are allowed", length,
				  HPO__NAME_MAX);
	if (space->count == HPO__AXES_MAX)
		return hpo__fault(fault, "name", "is one too many; a space has at most %d axes",
				  HPO__AXES_MAX);
	if (reserve(space, space->count + 1, 1, 1) < 0) {
		fault->key = NULL;
		return HPO_ENOMEM;
	}
	space->params[space->count] = *param;
	status = check_name(space, space->count, fault);
	if (status < 0)
		return status;
	space->order[space->count] = space->count;
	space->is_conditional |= param->condition_count > 0;
	space->count++;
	memset(param, 0, sizeof *param);
	return HPO_OK;
}

hpo_status_t hpo__space_add_source(hpo_space_t *space, const hpo_json_t *json, size_t *out,
				   hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	char *source;

	if (reserve(space, 1, space->source_count + 1, 1) < 0)
		return hpo__fail_memory(error);
	hpo__json_write(json, &text);
	source = hpo__buffer_take(&text);
	hpo__buffer_release(&text);
	if (source == NULL)
		return hpo__fail_memory(error);
	space->sources[space->source_count++] = source;
	*out = space->source_count;
	return HPO_OK;
}

size_t hpo__space_bearers(const hpo_space_t *space, const char *name, size_t *out)
{
	size_t bearers = 0;

	for (size_t i = 0; i < space->count; i++) {
		if (space->params[i].hidden || strcmp(space->params[i].name, name) != 0)
			continue;
		if (bearers++ == 0)
			*out = i;
	}
	return bearers;
}

const char *hpo__space_nearest(const hpo_space_t *space, const char *name)
{
	const char **known = hpo__calloc(space->count + 1, sizeof *known);
	const char *nearest;
	size_t count = 0;

	if (known == NULL)
		return NULL;
	for (size_t i = 0; i < space->count; i++)
		if (!space->params[i].hidden)
			known[count++] = space->params[i].name;
	nearest = hpo__nearest(name, known);
	hpo__free(known);
	return nearest;
}

hpo_status_t hpo__space_lookup(const hpo_space_t *space, const char *name, size_t *out,
			       hpo_error_t *error)
{
	size_t bearers = hpo__space_bearers(space, name, out);
	const char *nearest;

	if (bearers == 1)
		return HPO_OK;
	if (bearers > 1)
		return hpo__fail(error, HPO_EINVAL,
				 "parameter '%.200s' is set by several combinations of a "
				 "ParameterSet and cannot be meant alone",
				 name);
	nearest = hpo__space_nearest(space, name);
	if (nearest == NULL)
		return hpo__fail(error, HPO_ENOTFOUND, "there is no parameter '%.200s'", name);
	return hpo__fail(error, HPO_ENOTFOUND,
			 "there is no parameter '%.200s'; did you mean '%.200s'?", name, nearest);
}

hpo_status_t hpo__space_open(hpo_space_t *space, size_t axis, hpo_error_t *error)
{
	struct hpo_param *param = &space->params[axis];

	if (param->in_set || param->shape == HPO__SHAPE_EXPONENT)
		return hpo__fail(error, HPO_EINVAL,
				 "parameter '%.200s' comes from a ClearML object that has no "
				 "place for this; define it in the native form",
				 param->name);
	return HPO_OK;
}

/* Name a parameter and add it, or take it down again. */
static hpo_status_t finish(hpo_space_t *space, struct hpo_param *param, const char *name,
			   hpo_status_t status, struct hpo_fault *fault, hpo_error_t *error)
{
	if (name == NULL)
		name = "";
	if (status == HPO_OK) {
		param->name = hpo__strdup(name);
		if (param->name == NULL) {
			fault->key = NULL;
			status = HPO_ENOMEM;
		}
	}
	if (status == HPO_OK)
		status = hpo__space_add(space, param, fault);
	if (status < 0)
		hpo__fail_fault(error, name, fault);
	hpo__param_release(param);
	return status;
}

hpo_status_t hpo_space_add_float(hpo_space_t *space, const char *name, double low, double high,
				 hpo_scale_t scale, hpo_error_t *error)
{
	struct hpo_param param = {0};
	struct hpo_fault fault;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__param_set_real(&param, low, high, scale, &fault);
	return finish(space, &param, name, status, &fault, error);
}

hpo_status_t hpo_space_add_int(hpo_space_t *space, const char *name, int64_t low, int64_t high,
			       hpo_scale_t scale, hpo_error_t *error)
{
	struct hpo_param param = {0};
	struct hpo_fault fault;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__param_set_integer(&param, low, high, scale, &fault);
	return finish(space, &param, name, status, &fault, error);
}

static hpo_status_t add_choices(hpo_space_t *space, const char *name, hpo_param_kind_t kind,
				const char *const *choices, size_t count, hpo_error_t *error)
{
	struct hpo_param param = {0};
	struct hpo_fault fault;
	hpo_status_t status = HPO_OK;

	hpo__error_clear(error);
	for (size_t i = 0; i < count && status == HPO_OK; i++)
		status = hpo__param_add_choice(&param, HPO__CHOICE_TEXT, choices[i], &fault);
	if (status == HPO_OK)
		status = hpo__param_set_choices(&param, kind, &fault);
	return finish(space, &param, name, status, &fault, error);
}

hpo_status_t hpo_space_add_categorical(hpo_space_t *space, const char *name,
				       const char *const *choices, size_t count, hpo_error_t *error)
{
	return add_choices(space, name, HPO_PARAM_CATEGORICAL, choices, count, error);
}

hpo_status_t hpo_space_add_ordinal(hpo_space_t *space, const char *name, const char *const *choices,
				   size_t count, hpo_error_t *error)
{
	return add_choices(space, name, HPO_PARAM_ORDINAL, choices, count, error);
}

hpo_status_t hpo_space_add_bool(hpo_space_t *space, const char *name, hpo_error_t *error)
{
	struct hpo_param param = {0};
	struct hpo_fault fault;
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__param_set_bool(&param, &fault);
	return finish(space, &param, name, status, &fault, error);
}

/* The value of a condition or default must be one still after a step was set. */
static hpo_status_t check_uses(const hpo_space_t *space, size_t axis,
			       const struct hpo_param *changed, struct hpo_fault *fault)
{
	for (size_t i = 0; i < space->count; i++) {
		const struct hpo_param *child = &space->params[i];

		for (size_t c = 0; c < child->condition_count; c++)
			if (child->conditions[c].parent == axis)
				return hpo__fault(fault, "step",
						  "must be set before other parameters depend on "
						  "this one");
	}
	if (changed->has_preset)
		return hpo__fault(fault, "step", "must be set before the default");
	return HPO_OK;
}

hpo_status_t hpo_space_set_step(hpo_space_t *space, const char *name, double step,
				hpo_error_t *error)
{
	struct hpo_param changed;
	struct hpo_fault fault;
	hpo_status_t status;
	size_t axis;

	hpo__error_clear(error);
	status = hpo__space_lookup(space, name, &axis, error);
	if (status == HPO_OK)
		status = hpo__space_open(space, axis, error);
	if (status < 0)
		return status;
	changed = space->params[axis];
	status = hpo__param_set_step(&changed, step, &fault);
	if (status == HPO_OK)
		status = check_uses(space, axis, &changed, &fault);
	if (status < 0)
		return hpo__fail_fault(error, name, &fault);
	changed.source = 0;
	space->params[axis] = changed;
	return HPO_OK;
}

hpo_status_t hpo_space_set_default(hpo_space_t *space, const char *name, const char *value,
				   hpo_error_t *error)
{
	union hpo_value preset;
	struct hpo_fault fault;
	hpo_status_t status;
	size_t axis;

	hpo__error_clear(error);
	status = hpo__space_lookup(space, name, &axis, error);
	if (status == HPO_OK)
		status = hpo__space_open(space, axis, error);
	if (status < 0)
		return status;
	status = hpo__param_from_text(&space->params[axis], value, &preset, &fault);
	if (status < 0) {
		fault.key = fault.key != NULL ? "default" : NULL;
		return hpo__fail_fault(error, name, &fault);
	}
	space->params[axis].preset = preset;
	space->params[axis].has_preset = true;
	space->params[axis].source = 0;
	return HPO_OK;
}

/* Fill a condition from values as text. */
static hpo_status_t read_values(struct hpo_condition *out, const struct hpo_param *parent,
				const char *const *values, size_t count, hpo_error_t *error)
{
	struct hpo_fault fault;

	if (parent->kind == HPO_PARAM_FLOAT)
		return hpo__fail(error, HPO_EINVAL,
				 "parameter '%.200s' is a float; a condition needs an int, a bool "
				 "or a choice",
				 parent->name);
	if (count == 0)
		return hpo__fail(error, HPO_EINVAL,
				 "a condition on '%.200s' needs at least one of its values",
				 parent->name);
	for (size_t i = 0; i < count; i++) {
		union hpo_value value;
		hpo_status_t status = hpo__param_from_text(parent, values[i], &value, &fault);

		if (status < 0)
			return hpo__fail_fault(error, parent->name, &fault);
		if (hpo__condition_add_value(out, value.integer) < 0)
			return hpo__fail_memory(error);
	}
	return HPO_OK;
}

hpo_status_t hpo_space_add_condition(hpo_space_t *space, const char *child, const char *parent,
				     const char *const *values, size_t count, hpo_error_t *error)
{
	struct hpo_condition condition = {0, NULL, 0};
	struct hpo_param *param;
	hpo_status_t status;
	size_t axis;

	hpo__error_clear(error);
	status = hpo__space_lookup(space, child, &axis, error);
	if (status == HPO_OK)
		status = hpo__space_lookup(space, parent, &condition.parent, error);
	if (status == HPO_OK)
		status = hpo__space_open(space, axis, error);
	if (status == HPO_OK)
		status = read_values(&condition, &space->params[condition.parent], values, count,
				     error);
	if (status < 0)
		goto done;
	param = &space->params[axis];
	if (hpo__condition_append(param, &condition) < 0) {
		status = hpo__fail_memory(error);
		goto done;
	}
	status = hpo__condition_sort(space, NULL, error);
	if (status < 0)
		hpo__condition_release(&param->conditions[--param->condition_count]);
	else
		param->source = 0;
done:
	hpo__condition_release(&condition);
	return status;
}

size_t hpo_space_dims(const hpo_space_t *space)
{
	return space->count;
}

const char *hpo_space_name(const hpo_space_t *space, size_t axis)
{
	return space->params[axis].name;
}

hpo_param_kind_t hpo_space_kind(const hpo_space_t *space, size_t axis)
{
	return space->params[axis].kind;
}

bool hpo__space_is_hidden(const hpo_space_t *space, size_t axis)
{
	return space->params[axis].hidden;
}

bool hpo__space_is_named_before(const hpo_space_t *space, size_t axis)
{
	for (size_t i = 0; i < axis; i++) {
		if (!hpo__space_is_hidden(space, i) &&
		    strcmp(hpo_space_name(space, i), hpo_space_name(space, axis)) == 0)
			return true;
	}
	return false;
}

ptrdiff_t hpo__space_find(const hpo_space_t *space, const char *name, const uint8_t *active,
			  bool *known)
{
	*known = false;
	for (size_t i = 0; i < space->count; i++) {
		if (space->params[i].hidden || strcmp(space->params[i].name, name) != 0)
			continue;
		*known = true;
		if (active[i])
			return (ptrdiff_t)i;
	}
	return -1;
}
