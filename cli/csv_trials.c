/*
 * Trials as a CSV file gives them: its cells get the types that the study says.
 */
#include "csv_trials.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum meaning { NOTHING, PARAM, VALUE, STATE, REASON, SECONDS, KNOWN };

struct column {
	enum meaning meaning;
	const char *name; /* of the parameter */
	size_t objective; /* of the value */
};

static char *objective_key(const json_t *objective)
{
	const char *title = json_string_value(json_object_get(objective, "title"));
	const char *series = json_string_value(json_object_get(objective, "series"));

	if (title == NULL || title[0] == '\0')
		return copy_text(series != NULL ? series : "");
	return make_text("%s/%s", title, series != NULL ? series : "");
}

static bool find_objective(const json_t *study, const char *name, size_t *index)
{
	const json_t *objectives = json_object_get(study, "objectives");

	for (size_t i = 0; i < json_array_size(objectives); i++) {
		char *key = objective_key(json_array_get(objectives, i));
		bool found = strcmp(key, name) == 0;

		free(key);
		if (found) {
			*index = i;
			return true;
		}
	}
	return false;
}

static bool has_parameter(const hpo_space_t *space, const char *name)
{
	for (size_t i = 0; i < hpo_space_dims(space); i++) {
		if (strcmp(hpo_space_name(space, i), name) == 0)
			return true;
	}
	return false;
}

/* What a header means. Our own columns come first: an export prefixes what clashes with them. */
static struct column understand(const char *header, const json_t *study, const hpo_space_t *space)
{
	static const char *const known[] = { "number",  "iteration", "attempt",
					     "started", "ended",     "arm" };
	struct column out = { NOTHING, header, 0 };

	if (strcmp(header, "state") == 0)
		out.meaning = STATE;
	else if (strcmp(header, "reason") == 0)
		out.meaning = REASON;
	else if (strcmp(header, "seconds") == 0)
		out.meaning = SECONDS;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(header, known[i]) == 0)
			out.meaning = KNOWN;
	}
	if (out.meaning != NOTHING)
		return out;

	if (strncmp(header, "param:", 6) == 0 && has_parameter(space, header + 6)) {
		out.meaning = PARAM;
		out.name = header + 6;
	} else if (find_objective(study, strncmp(header, "value:", 6) == 0 ? header + 6 : header,
				  &out.objective)) {
		out.meaning = VALUE;
	} else if (has_parameter(space, header)) {
		out.meaning = PARAM;
	}
	return out;
}

static bool is_same(const json_t *value, const char *text)
{
	char *own;
	double number;
	bool same;

	if (value == NULL || json_is_object(value) || json_is_array(value) || json_is_null(value))
		return false;
	own = scalar_text(value);
	same = strcmp(own, text) == 0 || (json_is_number(value) && read_real(text, &number) &&
					  number == json_number_value(value));
	free(own);
	return same;
}

static json_t *find_among(const json_t *values, const char *text)
{
	if (is_same(values, text))
		return (json_t *)values;
	for (size_t i = 0; i < json_array_size(values); i++) {
		if (is_same(json_array_get(values, i), text))
			return json_array_get(values, i);
	}
	return NULL;
}

/*
 * The choice of parameter `name` that `text` stands for, with the type that it
 * has in the study: 1, "1" and true are three choices. It may stand deep in a
 * ParameterSet, as a member of that name. Borrowed; NULL for none.
 */
static json_t *find_choice(const json_t *node, const char *name, const char *text)
{
	const char *own = json_string_value(json_object_get(node, "name"));
	json_t *found = find_among(json_object_get(node, name), text);
	const char *key;
	json_t *member;

	if (found != NULL)
		return found;
	if (own != NULL && strcmp(own, name) == 0) {
		found = find_among(json_object_get(node, "choices"), text);
		return found != NULL ? found : find_among(json_object_get(node, "values"), text);
	}
	for (size_t i = 0; i < json_array_size(node) && found == NULL; i++)
		found = find_choice(json_array_get(node, i), name, text);
	json_object_foreach((json_t *)node, key, member) {
		if (found == NULL)
			found = find_choice(member, name, text);
	}
	return found;
}

static json_t *param_value(const json_t *study, const char *name, const char *text)
{
	json_t *choice = find_choice(json_object_get(study, "parameters"), name, text);
	int64_t whole;
	double real;

	if (choice != NULL)
		return json_deep_copy(choice);
	if (read_integer(text, &whole))
		return json_integer(whole);
	if (read_real(text, &real) && isfinite(real))
		return json_real(real);
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return json_boolean(text[0] == 't');
	return json_string(text);
}

static bool read_number(const char *text, size_t line, const char *what, json_t **out,
			hpo_error_t *error)
{
	double real;

	if (!read_real(text, &real))
		return refuse(error, "line %zu, column '%s': '%s' is not a number", line,
			      what, text);
	*out = isfinite(real) ? json_real(real) : json_null();
	return true;
}

/* Put one cell where it belongs in the trial. */
static bool place(json_t *trial, const struct column *column, const char *header,
		  const struct csv_cell *cell, size_t line, const json_t *study, hpo_error_t *error)
{
	json_t *number = NULL;
	json_t *value;

	if (cell->text[0] == '\0' && !cell->is_quoted)
		return true;
	switch (column->meaning) {
	case PARAM:
		value = param_value(study, column->name, cell->text);
		if (value == NULL)
			return refuse(error, "line %zu, column '%s': not valid UTF-8", line,
				      header);
		json_object_set_new(json_object_get(trial, "params"), column->name, value);
		return true;
	case VALUE:
		if (!read_number(cell->text, line, header, &number, error))
			return false;
		json_array_set_new(json_object_get(trial, "values"), column->objective, number);
		return true;
	case SECONDS:
		return read_number(cell->text, line, header, &number, error) &&
		       json_object_set_new(trial, "seconds", number) == 0;
	case STATE:
	case REASON:
		value = json_string(cell->text);
		if (value == NULL)
			return refuse(error, "line %zu, column '%s': not valid UTF-8", line,
				      header);
		json_object_set_new(trial, column->meaning == STATE ? "state" : "reason", value);
		return true;
	default:
		return true;
	}
}

static json_t *row_trial(const struct csv *csv, size_t row, const struct column *columns,
			 const json_t *study, hpo_error_t *error)
{
	const struct csv_cell *cells = &csv->cells[row * csv->columns];
	size_t objectives = json_array_size(json_object_get(study, "objectives"));
	json_t *trial = must(json_pack("{s{} s[]}", "params", "values"));

	for (size_t i = 0; i < objectives; i++)
		json_array_append_new(json_object_get(trial, "values"), json_null());
	for (size_t i = 0; i < csv->columns; i++) {
		if (!place(trial, &columns[i], csv->cells[i].text, &cells[i], csv->lines[row],
			   study, error)) {
			json_decref(trial);
			return NULL;
		}
	}
	return trial;
}

static void note_ignored(char **ignored, const char *header)
{
	char *longer = make_text("%s%s'%s'", *ignored != NULL ? *ignored : "",
				 *ignored != NULL ? ", " : "", header);

	free(*ignored);
	*ignored = longer;
}

static hpo_space_t *read_space(const json_t *study, hpo_error_t *error)
{
	char *text = must(json_dumps(json_object_get(study, "parameters"), JSON_COMPACT));
	hpo_space_t *space = NULL;

	hpo_space_from_json(&space, text, error);
	free(text);
	return space;
}

json_t *csv_trials(const struct csv *csv, const json_t *study, char **ignored, hpo_error_t *error)
{
	hpo_space_t *space = read_space(study, error);
	struct column *columns = must(calloc(csv->columns, sizeof *columns));
	json_t *trials = must(json_array());

	*ignored = NULL;
	for (size_t i = 0; space != NULL && i < csv->columns; i++) {
		columns[i] = understand(csv->cells[i].text, study, space);
		if (columns[i].meaning == NOTHING)
			note_ignored(ignored, csv->cells[i].text);
	}
	for (size_t row = 1; space != NULL && row < csv->rows && trials != NULL; row++) {
		json_t *trial = row_trial(csv, row, columns, study, error);

		if (trial == NULL) {
			json_decref(trials);
			trials = NULL;
		} else {
			json_array_append_new(trials, trial);
		}
	}
	if (space == NULL) {
		json_decref(trials);
		trials = NULL;
	}
	free(columns);
	hpo_space_free(space);
	return trials;
}
