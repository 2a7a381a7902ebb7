/*
 * Flags that describe parameters: --param, --params-search, --params-override
 * and --constraint.
 */
#include "clearml.h"
#include "study_flags.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(const json_t *parameter)
{
	return json_string_value(json_object_get(parameter, "name"));
}

/* Where `parameters` holds the one of that name among its first `count`; `count` if nowhere. */
static size_t find_parameter(const json_t *parameters, const char *name, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *other = name_of(json_array_get(parameters, i));

		if (other != NULL && strcmp(other, name) == 0)
			return i;
	}
	return count;
}

/*
 * Take the place of the file's parameter of the same name, or come last. Two
 * flags with one name both stay, for the library to refuse. The file's
 * parameters are the first *from_file.
 */
static void put_parameter(json_t *parameters, json_t *parameter, size_t *from_file)
{
	const char *name = name_of(parameter);
	size_t at = name != NULL ? find_parameter(parameters, name, *from_file) : *from_file;

	if (at < *from_file) {
		json_array_remove(parameters, at);
		(*from_file)--;
	}
	json_array_append(parameters, parameter);
}

static json_t *parse_value(const struct option_use *use, hpo_error_t *error)
{
	json_error_t why;
	json_t *value = json_loads(use->first, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

	if (value == NULL)
		refuse(error, "--%s '%s': not JSON: %s (column %d)", use->option->name, use->first,
		       why.text, why.column);
	return value;
}

static bool add_search(json_t *parameters, const struct option_use *use, size_t *from_file,
		       hpo_error_t *error)
{
	json_t *value = parse_value(use, error);
	bool is_fine = value != NULL;
	json_t *item;
	size_t i;

	if (json_is_object(value)) {
		put_parameter(parameters, value, from_file);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item)
			put_parameter(parameters, item, from_file);
	} else if (is_fine) {
		is_fine = refuse(error, "--params-search '%s': expected an object or an array of "
				 "objects", use->first);
	}
	json_decref(value);
	return is_fine;
}

/* The short notation is the library's; its JSON form joins the study. */
static bool add_text(json_t *parameters, const struct option_use *use, size_t *from_file,
		     hpo_error_t *error)
{
	hpo_space_t *space = NULL;
	hpo_error_t why;
	json_t *list;
	char *text;

	if (hpo_space_new(&space, error) < 0)
		return false;
	if (hpo_space_add_text(space, use->first, &why) < 0) {
		hpo_space_free(space);
		return refuse(error, "--param '%s': %s", use->first, why.message);
	}
	text = must(hpo_space_to_json(space));
	list = must(json_loads(text, 0, NULL));
	put_parameter(parameters, json_array_get(list, 0), from_file);
	json_decref(list);
	hpo_free(text);
	hpo_space_free(space);
	return true;
}

/* Whether the values of a condition name `value`, which is compared as text. */
static bool allows(const json_t *condition, const json_t *value)
{
	char *wanted = scalar_text(value);
	bool found = false;

	for (size_t i = 0; i < json_array_size(condition) && !found; i++) {
		char *text = scalar_text(json_array_get(condition, i));

		found = strcmp(text, wanted) == 0;
		free(text);
	}
	free(wanted);
	return found;
}

/*
 * A parent that has one value left can no longer take the others that
 * conditions name: a child that waits for one of those goes, and its own
 * children after it.
 */
static void settle_children(json_t *parameters, const char *parent, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(parameters); i++) {
		json_t *child = json_array_get(parameters, i);
		json_t *when = json_object_get(child, "when");
		json_t *condition = json_object_get(when, parent);

		if (!json_is_array(condition))
			continue;
		if (value != NULL && allows(condition, value)) {
			json_object_set_new(when, parent, json_pack("[O]", value));
		} else {
			char *name = copy_text(name_of(child) != NULL ? name_of(child) : "");

			json_array_remove(parameters, i);
			settle_children(parameters, name, NULL);
			free(name);
			i = (size_t)-1;
		}
	}
}

static bool override(json_t *parameters, json_t *object, hpo_error_t *error)
{
	const char *name = name_of(object);
	json_t *value = json_object_get(object, "value");
	size_t count = json_array_size(parameters);
	json_t *choice;
	size_t at;

	if (name == NULL || value == NULL || json_is_object(value) || json_is_array(value) ||
	    json_is_null(value))
		return refuse(error, "--params-override: expected {\"name\":\"NAME\",\"value\":"
			      "a text, a number, true or false}");
	choice = must(json_pack("{ss ss s[O]}", "name", name, "type", "categorical", "choices",
				value));
	at = find_parameter(parameters, name, count);
	if (at < count) {
		json_t *when = json_object_get(json_array_get(parameters, at), "when");

		if (when != NULL)
			json_object_set(choice, "when", when);
		json_array_set_new(parameters, at, choice);
		settle_children(parameters, name, value);
	} else {
		json_array_append_new(parameters, choice);
	}
	return true;
}

static bool add_override(json_t *parameters, const struct option_use *use, hpo_error_t *error)
{
	json_t *value = parse_value(use, error);
	bool is_fine = value != NULL;

	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value) && is_fine; i++)
			is_fine = override(parameters, json_array_get(value, i), error);
	} else if (is_fine) {
		is_fine = override(parameters, value, error);
	}
	json_decref(value);
	return is_fine;
}

static bool add_constraints(json_t *study, const struct arguments *arguments)
{
	const struct option_use *use;
	size_t index = 0;

	while ((use = arguments_next(arguments, "constraint", &index)) != NULL) {
		json_t *constraints = array_in(study, "constraints");

		if (constraints != NULL)
			json_array_append_new(constraints, json_string(use->first));
	}
	return true;
}

bool parameters_from_arguments(json_t *study, const struct arguments *arguments,
			       hpo_error_t *error)
{
	json_t *parameters = array_in(study, "parameters");
	size_t from_file = json_array_size(parameters);

	if (parameters == NULL)
		return true; /* of the wrong type, which the library refuses by its path */
	for (size_t i = 0; i < arguments->use_count; i++) {
		const struct option_use *use = &arguments->uses[i];

		if (strcmp(use->option->name, "param") == 0 &&
		    !add_text(parameters, use, &from_file, error))
			return false;
		if (strcmp(use->option->name, "params-search") == 0 &&
		    !add_search(parameters, use, &from_file, error))
			return false;
	}
	for (size_t i = 0; i < arguments->use_count; i++) {
		const struct option_use *use = &arguments->uses[i];

		if (strcmp(use->option->name, "params-override") == 0 &&
		    !add_override(parameters, use, error))
			return false;
	}
	if (json_array_size(parameters) == 0 && runs_as_task(arguments))
		json_object_del(study, "parameters");
	else if (json_array_size(parameters) == 0)
		return refuse(error, "no parameters: give --param 'lr=float(1e-5,0.1,log)', "
			      "--params-search or --study FILE");
	return add_constraints(study, arguments);
}
