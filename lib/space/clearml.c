/*
 * The five parameter classes of ClearML, as their to_dict() writes them, read
 * into native parameters.
 *
 * Kept apart from ClearML's own sampling: the highest value is reached where
 * it is included and never exceeded, no rung of a ladder is lost to rounding,
 * and no bound is added that the step does not meet. A ParameterSet becomes a
 * hidden choice among its combinations, on which their parameters depend.
 */
#include "space/inside.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

/* Where an object stands: in which combination of which hidden selector, if in any. */
struct branch {
	bool in_set;
	size_t selector;
	int64_t combination;
	size_t source;	  /* of hpo_param */
	int depth;	  /* of ParameterSets around it */
	const char *name; /* when the object has none of its own */
};

typedef hpo_status_t (*reader)(const struct hpo_json_at *at, struct hpo_param *param,
			       struct hpo_fault *fault, hpo_error_t *error);

static hpo_status_t read_object(hpo_space_t *space, const struct hpo_json_at *at,
				const struct branch *branch, hpo_error_t *error);

/* A member that may also be null, which is the same as absent. */
static struct hpo_json_at optional(const struct hpo_json_at *at, const char *key)
{
	struct hpo_json_at member = hpo__json_member(at, key);

	if (member.node != NULL && hpo__json_kind(member.node) == HPO__JSON_NULL)
		member.node = NULL;
	return member;
}

/* What a fault of a native key is called in ClearML's object. */
static const char *clearml_key(const char *key)
{
	static const char *const names[][2] = {
		{"low", "min_value"},
		{"high", "max_value"},
		{"step", "step_size"},
		{"choices", "values"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (key != NULL && strcmp(key, names[i][0]) == 0)
			return names[i][1];
	return key;
}

static hpo_status_t require_bounds(const struct hpo_json_at *low, const struct hpo_json_at *high,
				   hpo_error_t *error)
{
	const struct hpo_json_at *missing = low->node == NULL ? low : high;

	if (missing->node != NULL)
		return HPO_OK;
	return hpo__json_refuse(missing, error, "is missing; give a number");
}

/* The flag has two names: that of the constructor and that of to_dict(). */
static hpo_status_t read_include(const struct hpo_json_at *at, bool *out, hpo_error_t *error)
{
	struct hpo_json_at written = optional(at, "include_max");
	struct hpo_json_at given = optional(at, "include_max_value");
	hpo_status_t status;

	*out = true;
	status = hpo__json_read_bool(&written, out, error);
	return status < 0 ? status : hpo__json_read_bool(&given, out, error);
}

static hpo_status_t read_real_range(const struct hpo_json_at *at, double range[3], bool *included,
				    hpo_error_t *error)
{
	struct hpo_json_at low = optional(at, "min_value");
	struct hpo_json_at high = optional(at, "max_value");
	struct hpo_json_at step = optional(at, "step_size");
	hpo_status_t status = require_bounds(&low, &high, error);

	range[2] = 0;
	if (status == HPO_OK)
		status = hpo__json_read_real(&low, &range[0], error);
	if (status == HPO_OK)
		status = hpo__json_read_real(&high, &range[1], error);
	if (status == HPO_OK)
		status = hpo__json_read_real(&step, &range[2], error);
	if (status == HPO_OK && step.node != NULL && !(range[2] > 0))
		status = hpo__json_refuse(&step, error, "%s is not above 0; leave it out for none",
					  hpo__show(range[2]).text);
	return status < 0 ? status : read_include(at, included, error);
}

static hpo_status_t read_uniform(const struct hpo_json_at *at, struct hpo_param *param,
				 struct hpo_fault *fault, hpo_error_t *error)
{
	double range[3];
	bool included;
	hpo_status_t status = read_real_range(at, range, &included, error);

	if (status < 0)
		return status;
	status = hpo__param_set_real(param, range[0], range[1], HPO_SCALE_LINEAR, fault);
	if (status == HPO_OK && range[2] > 0)
		status = hpo__param_set_step(param, range[2], fault);
	if (status == HPO_OK && !included)
		status = hpo__param_exclude_high(param, fault);
	return status;
}

static hpo_status_t read_log_uniform(const struct hpo_json_at *at, struct hpo_param *param,
				     struct hpo_fault *fault, hpo_error_t *error)
{
	struct hpo_json_at base_at = optional(at, "base");
	double range[3];
	double base = 10;
	bool included;
	hpo_status_t status = read_real_range(at, range, &included, error);

	if (status == HPO_OK)
		status = hpo__json_read_real(&base_at, &base, error);
	if (status < 0)
		return status;
	status = hpo__param_set_power(param, base, range[0], range[1], range[2], fault);
	if (status == HPO_OK && !included)
		status = hpo__param_exclude_high(param, fault);
	return status;
}

static hpo_status_t read_uniform_integer(const struct hpo_json_at *at, struct hpo_param *param,
					 struct hpo_fault *fault, hpo_error_t *error)
{
	struct hpo_json_at low_at = optional(at, "min_value");
	struct hpo_json_at high_at = optional(at, "max_value");
	struct hpo_json_at step_at = optional(at, "step_size");
	int64_t low = 0;
	int64_t high = 0;
	int64_t step = 1;
	bool included;
	hpo_status_t status = require_bounds(&low_at, &high_at, error);

	if (status == HPO_OK)
		status = hpo__json_read_integer(&low_at, &low, error);
	if (status == HPO_OK)
		status = hpo__json_read_integer(&high_at, &high, error);
	if (status == HPO_OK)
		status = hpo__json_read_integer(&step_at, &step, error);
	if (status == HPO_OK)
		status = read_include(at, &included, error);
	if (status < 0)
		return status;
	if (!included && low == high)
		return hpo__fault(fault, "high",
				  "is left out and equals the lowest value: nothing "
				  "is left");
	if (!included && low < high)
		high--;
	status = hpo__param_set_integer(param, low, high, HPO_SCALE_LINEAR, fault);
	return status < 0 ? status : hpo__param_set_stride(param, step, fault);
}

/* A value that stands there twice counts once: a strategy weighs values by itself. */
static hpo_status_t read_discrete(const struct hpo_json_at *at, struct hpo_param *param,
				  struct hpo_fault *fault, hpo_error_t *error)
{
	struct hpo_json_at values = hpo__json_member(at, "values");
	hpo_status_t status = hpo__json_expect(&values, HPO__JSON_ARRAY, error);

	if (status < 0)
		return status;
	for (size_t i = 0; i < hpo__json_size(values.node); i++) {
		status = hpo__param_add_json(param, hpo__json_item(values.node, i), fault);
		if (status == HPO_ENOMEM)
			return status;
	}
	return hpo__param_set_choices(param, HPO_PARAM_CATEGORICAL, fault);
}

static const char *const real_keys[] = {
	"type",	     "name",	    "min_value",	 "max_value",
	"step_size", "include_max", "include_max_value", NULL};
static const char *const log_keys[] = {"type", "name",	    "min_value",   "max_value",
				       "base", "step_size", "include_max", "include_max_value",
				       NULL};
static const char *const discrete_keys[] = {"type", "name", "values", NULL};
static const char *const set_keys[] = {"type", "name", "values", "parameter_combinations", NULL};

const char *const hpo__clearml_types[] = {"UniformParameterRange",
					  "LogUniformParameterRange",
					  "UniformIntegerParameterRange",
					  "DiscreteParameterRange",
					  "ParameterSet",
					  NULL};

/* In the order of the names above; a ParameterSet is no parameter itself. */
static const struct class
{
	const char *const *keys;
	reader read;
} classes[] = {
	{real_keys, read_uniform},
	{log_keys, read_log_uniform},
	{real_keys, read_uniform_integer},
	{discrete_keys, read_discrete},
	{set_keys, NULL},
};

static const struct class *find_class(const char *type)
{
	for (size_t i = 0; hpo__clearml_types[i] != NULL; i++)
		if (strcmp(hpo__clearml_types[i], type) == 0)
			return &classes[i];
	return NULL;
}

bool hpo__clearml_is(const char *type)
{
	return find_class(type) != NULL;
}

/* Give a parameter its name and its branch, and add it. */
static hpo_status_t add(hpo_space_t *space, struct hpo_param *param, const char *name,
			const struct branch *branch, struct hpo_fault *fault)
{
	struct hpo_condition condition = {branch->selector, NULL, 0};
	hpo_status_t status = HPO_ENOMEM;

	fault->key = NULL;
	param->name = hpo__strdup(name);
	if (param->name == NULL)
		return HPO_ENOMEM;
	param->source = branch->source;
	param->in_set = branch->in_set || param->hidden;
	if (branch->in_set) {
		status = hpo__condition_add_value(&condition, branch->combination);
		if (status == HPO_OK)
			status = hpo__condition_append(param, &condition);
		hpo__condition_release(&condition);
		if (status < 0)
			return status;
	}
	return hpo__space_add(space, param, fault);
}

static hpo_status_t read_single(hpo_space_t *space, const struct hpo_json_at *at,
				const struct class *class, const struct branch *branch,
				hpo_error_t *error)
{
	struct hpo_json_at name_at = optional(at, "name");
	struct hpo_param param = {0};
	struct hpo_fault fault = {"", ""};
	const char *name = branch->name;
	hpo_error_t cause = {0, ""};
	hpo_status_t status = hpo__json_read_text(&name_at, &name, &cause);

	if (status == HPO_OK && name == NULL)
		status =
			hpo__json_refuse(&name_at, &cause, "is missing; give the parameter a name");
	if (status == HPO_OK)
		status = class->read(at, &param, &fault, &cause);
	if (status == HPO_OK)
		status = add(space, &param, name, branch, &fault);
	if (status < 0 && cause.code < 0) {
		hpo__fail(error, status, "%s", cause.message);
	} else if (status < 0) {
		fault.key = clearml_key(fault.key);
		hpo__refuse_fault(at, &fault, error);
	}
	hpo__param_release(&param);
	return status;
}

/* A constant of a combination is a choice of one. */
static hpo_status_t read_constant(hpo_space_t *space, const struct hpo_json_at *at,
				  const struct branch *branch, hpo_error_t *error)
{
	struct hpo_param param = {0};
	struct hpo_fault fault;
	hpo_status_t status = hpo__param_add_json(&param, at->node, &fault);

	if (status == HPO_OK)
		status = hpo__param_set_choices(&param, HPO_PARAM_CATEGORICAL, &fault);
	if (status == HPO_OK)
		status = add(space, &param, branch->name, branch, &fault);
	if (status < 0 && fault.key != NULL)
		hpo__json_refuse(at, error, "the name %s", fault.text);
	else if (status < 0)
		hpo__fail_memory(error);
	hpo__param_release(&param);
	return status;
}

/* One combination while its members are read. */
struct combination {
	hpo_space_t *space;
	const struct hpo_json_at *at;
	struct branch branch;
	hpo_error_t *error;
};

static hpo_status_t read_member(const char *key, const hpo_json_t *value, void *user)
{
	const struct combination *c = user;
	struct hpo_json_at at = hpo__json_member(c->at, key);
	struct branch branch = c->branch;

	branch.name = key;
	if (hpo__json_kind(value) == HPO__JSON_OBJECT)
		return read_object(c->space, &at, &branch, c->error);
	return read_constant(c->space, &at, &branch, c->error);
}

/* The hidden parameter that selects a combination. */
static hpo_status_t add_selector(hpo_space_t *space, size_t combinations,
				 const struct branch *branch, hpo_error_t *error)
{
	struct hpo_param param = {0};
	struct hpo_fault fault;
	char text[40];
	hpo_status_t status = HPO_OK;

	for (size_t i = 0; i < combinations && status == HPO_OK; i++) {
		snprintf(text, sizeof text, "%zu", i);
		status = hpo__param_add_choice(&param, HPO__CHOICE_NUMBER, text, &fault);
	}
	if (status == HPO_OK)
		status = hpo__param_set_choices(&param, HPO_PARAM_CATEGORICAL, &fault);
	param.hidden = true;
	snprintf(text, sizeof text, "ParameterSet %zu", space->count);
	if (status == HPO_OK)
		status = add(space, &param, text, branch, &fault);
	if (status < 0)
		hpo__fail_fault(error, text, &fault);
	hpo__param_release(&param);
	return status;
}

static hpo_status_t read_set(hpo_space_t *space, const struct hpo_json_at *at,
			     const struct branch *branch, hpo_error_t *error)
{
	struct hpo_json_at list = hpo__json_member(at, "values");
	struct branch below = {true, space->count, 0, branch->source, branch->depth + 1, NULL};
	hpo_status_t status;

	if (list.node == NULL && hpo__json_get(at->node, "parameter_combinations") != NULL)
		list = hpo__json_member(at, "parameter_combinations");
	status = hpo__json_expect(&list, HPO__JSON_ARRAY, error);
	if (status < 0)
		return status;
	if (hpo__json_size(list.node) == 0)
		return hpo__json_refuse(&list, error, "is empty; give at least one combination");
	if (below.depth > HPO__SETS_DEPTH_MAX)
		return hpo__json_refuse(at, error, "is more than %d ParameterSets deep",
					HPO__SETS_DEPTH_MAX);
	status = add_selector(space, hpo__json_size(list.node), branch, error);
	for (size_t i = 0; status == HPO_OK && i < hpo__json_size(list.node); i++) {
		struct hpo_json_at item = hpo__json_element(&list, i);
		struct combination c = {space, &item, below, error};

		c.branch.combination = (int64_t)i;
		status = hpo__json_expect(&item, HPO__JSON_OBJECT, error);
		if (status == HPO_OK)
			status = hpo__json_each(item.node, read_member, &c);
	}
	if (status == HPO_OK)
		space->params[below.selector].extent = space->count - below.selector - 1;
	return status;
}

static hpo_status_t read_object(hpo_space_t *space, const struct hpo_json_at *at,
				const struct branch *branch, hpo_error_t *error)
{
	struct hpo_json_at type_at = hpo__json_member(at, "type");
	const char *type = hpo__json_text(type_at.node);
	const struct class *class = type != NULL ? find_class(type) : NULL;
	const char *nearest;
	hpo_status_t status;

	if (class == NULL) {
		nearest = type != NULL ? hpo__nearest(type, hpo__clearml_types) : NULL;
		return hpo__json_refuse(&type_at, error,
					"an object in a ParameterSet is one of ClearML's "
					"parameters; give its type%s%s",
					nearest != NULL ? ", such as " : "",
					nearest != NULL ? nearest : "");
	}
	status = hpo__json_only(at, class->keys, error);
	if (status < 0)
		return status;
	if (class->read == NULL)
		return read_set(space, at, branch, error);
	return read_single(space, at, class, branch, error);
}

hpo_status_t hpo__clearml_read(hpo_space_t *space, const struct hpo_json_at *at, hpo_error_t *error)
{
	struct branch branch = {false, 0, 0, 0, 0, NULL};
	hpo_status_t status = hpo__space_add_source(space, at->node, &branch.source, error);

	return status < 0 ? status : read_object(space, at, &branch, error);
}
