/*
 * Texts of values, as ClearML's own SDK writes them, and the parameters of a
 * clone: the base task's with a trial's values put in.
 *
 * A server takes the parameters of a clone whole or not at all, every value as a
 * text, and a script casts that text by the item's type: "64.0" for an int fails
 * and stays a text. So types are kept, and values are written as the types want.
 */
#include "backend/clearml/values_inside.h"

#include "base/alloc.h"
#include "base/number.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static const char default_section[] = "General"; /* of a name without a slash */
static const char legacy_section[] = "Args";	 /* of items from before there were sections */

const char *hpo__clearml_text_of(const hpo_json_t *object, const char *key)
{
	return hpo__json_text(hpo__json_get(object, key));
}

const char *hpo__clearml_task_name(const hpo_json_t *task)
{
	const char *name = hpo__clearml_text_of(task, "name");
	const char *id = hpo__clearml_text_of(task, "id");

	return name != NULL ? name : id != NULL ? id : "";
}

enum hpo_clearml_cast hpo__clearml_cast(const char *type)
{
	static const struct {
		const char *type;
		enum hpo_clearml_cast cast;
	} casts[] = {
		{"int", HPO__CLEARML_CAST_INT},	    {"integer", HPO__CLEARML_CAST_INT},
		{"float", HPO__CLEARML_CAST_FLOAT}, {"bool", HPO__CLEARML_CAST_BOOL},
		{"boolean", HPO__CLEARML_CAST_BOOL},
	};

	for (size_t i = 0; type != NULL && i < sizeof casts / sizeof *casts; i++)
		if (strcasecmp(type, casts[i].type) == 0)
			return casts[i].cast;
	return HPO__CLEARML_CAST_NONE;
}

const char *hpo__clearml_type(const hpo_json_t *value)
{
	switch (hpo__json_kind(value)) {
	case HPO__JSON_BOOL:
		return "bool";
	case HPO__JSON_INTEGER:
		return "int";
	case HPO__JSON_REAL:
		return "float";
	case HPO__JSON_ARRAY:
		return "list";
	case HPO__JSON_OBJECT:
		return "dict";
	case HPO__JSON_TEXT:
	case HPO__JSON_NULL:
		break;
	}
	return "str";
}

/* A real taken apart: 0.d1 d2 d3 … times ten to the `point`. */
struct decimal {
	bool negative;
	char digits[HPO__NUMBER_SIZE]; /* [count], without zeros around; none for 0 */
	int count;
	int point;
};

static void take_apart(double value, struct decimal *out)
{
	char text[HPO__NUMBER_SIZE];
	const char *c = text;
	const char *exponent;
	bool past_point = false;
	int64_t power = 0;

	memset(out, 0, sizeof *out);
	hpo__format_real(value, text);
	out->negative = *c == '-';
	exponent = strchr(text, 'e');
	if (exponent != NULL)
		hpo__parse_integer(exponent + 1, &power);
	out->point = (int)power;

	for (c += out->negative; *c != '\0' && *c != 'e'; c++) {
		if (*c == '.') {
			past_point = true;
		} else if (out->count > 0 || *c != '0') {
			out->digits[out->count++] = *c;
			out->point += past_point ? 0 : 1;
		} else {
			out->point -= past_point ? 1 : 0;
		}
	}
	while (out->count > 0 && out->digits[out->count - 1] == '0')
		out->count--;
}

static void write_zeros(struct hpo_buffer *out, int count)
{
	for (; count > 0; count--)
		hpo__buffer_char(out, '0');
}

static void write_positional(const struct decimal *decimal, struct hpo_buffer *out)
{
	const int count = decimal->count;
	const int whole = decimal->point > 0 ? decimal->point : 0;
	const int known = whole < count ? whole : count;

	hpo__buffer_append(out, decimal->digits, (size_t)known);
	write_zeros(out, whole - known);
	hpo__buffer_text(out, whole == 0 ? "0." : ".");
	write_zeros(out, -decimal->point);
	hpo__buffer_append(out, decimal->digits + known, (size_t)(count - known));
	if (known == count)
		hpo__buffer_char(out, '0');
}

static void write_scientific(const struct decimal *decimal, enum hpo_clearml_style style,
			     struct hpo_buffer *out)
{
	const int power = decimal->point - 1;

	hpo__buffer_char(out, decimal->digits[0]);
	if (decimal->count > 1) {
		hpo__buffer_char(out, '.');
		hpo__buffer_append(out, decimal->digits + 1, (size_t)(decimal->count - 1));
	} else if (style == HPO__CLEARML_CONFIG) {
		hpo__buffer_text(out, ".0"); /* YAML takes 1e-05 for a text */
	}
	hpo__buffer_format(out, "e%c%02d", power < 0 ? '-' : '+', power < 0 ? -power : power);
}

/* As Python's repr(): 0.0001 and 1e-05, 1000000000000000.0 and 1e+16. */
static void write_real(double value, enum hpo_clearml_style style, struct hpo_buffer *out)
{
	struct decimal decimal;

	if (!isfinite(value)) {
		hpo__buffer_text(out, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
		return;
	}
	take_apart(value, &decimal);
	if (decimal.negative)
		hpo__buffer_char(out, '-');
	if (decimal.count == 0)
		hpo__buffer_text(out, "0.0");
	else if (decimal.point > -4 && decimal.point <= 16)
		write_positional(&decimal, out);
	else
		write_scientific(&decimal, style, out);
}

static void write_bool(bool truth, enum hpo_clearml_style style, struct hpo_buffer *out)
{
	if (style == HPO__CLEARML_PYTHON)
		hpo__buffer_text(out, truth ? "True" : "False");
	else
		hpo__buffer_text(out, truth ? "true" : "false");
}

void hpo__clearml_write_plain(const hpo_json_t *value, enum hpo_clearml_style style,
			      struct hpo_buffer *out)
{
	switch (hpo__json_kind(value)) {
	case HPO__JSON_NULL:
		break;
	case HPO__JSON_BOOL:
		write_bool(hpo__json_is_true(value), style, out);
		break;
	case HPO__JSON_REAL:
		write_real(hpo__json_real(value), style, out);
		break;
	case HPO__JSON_TEXT:
		hpo__buffer_text(out, hpo__json_text(value));
		break;
	case HPO__JSON_INTEGER:
	case HPO__JSON_ARRAY:
	case HPO__JSON_OBJECT:
		hpo__json_write(value, out);
		break;
	}
}

/* A number that is whole, in digits alone. False: it is not. */
static bool write_whole(double value, struct hpo_buffer *out)
{
	if (!isfinite(value) || floor(value) != value)
		return false;
	hpo__buffer_format(out, "%.0f", value == 0 ? 0.0 : value);
	return true;
}

static bool write_as_int(const hpo_json_t *value, struct hpo_buffer *out)
{
	const char *text = hpo__json_text(value);
	double real;

	if (hpo__json_kind(value) == HPO__JSON_REAL)
		return write_whole(hpo__json_real(value), out);
	if (hpo__json_kind(value) == HPO__JSON_BOOL)
		hpo__buffer_char(out, hpo__json_is_true(value) ? '1' : '0');
	else if (text == NULL || strpbrk(text, ".eE") == NULL || !hpo__parse_real(text, &real) ||
		 !write_whole(real, out))
		hpo__clearml_write_plain(value, HPO__CLEARML_PYTHON, out);
	return true;
}

static bool write_as_float(const hpo_json_t *value, struct hpo_buffer *out)
{
	if (hpo__json_kind(value) == HPO__JSON_BOOL)
		hpo__buffer_text(out, hpo__json_is_true(value) ? "1.0" : "0.0");
	else
		hpo__clearml_write_plain(value, HPO__CLEARML_PYTHON, out);
	return true;
}

/* Any other text would be cast to False without a word. */
static bool write_as_bool(const hpo_json_t *value, struct hpo_buffer *out)
{
	const char *text = hpo__json_text(value);
	const double number = hpo__json_real(value);
	bool truth = hpo__json_is_true(value);

	if (hpo__json_kind(value) == HPO__JSON_NULL)
		return true;
	if (text != NULL)
		truth = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
	else if (hpo__json_is_number(value))
		truth = number == 1;
	else if (hpo__json_kind(value) != HPO__JSON_BOOL)
		return false;
	if (!truth && text != NULL && strcasecmp(text, "false") != 0 && strcmp(text, "0") != 0)
		return false;
	if (!truth && text == NULL && hpo__json_is_number(value) && number != 0)
		return false;
	write_bool(truth, HPO__CLEARML_PYTHON, out);
	return true;
}

static hpo_status_t refuse_value(const char *name, const hpo_json_t *value, const char *type,
				 const char *remedy, hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	hpo_status_t status;

	hpo__clearml_write_plain(value, HPO__CLEARML_PYTHON, &text);
	if (text.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__fail(error, HPO_EINVAL,
				   "parameter '%s': the base task has it as %s, which cannot be "
				   "'%.60s'; %s, or change its type in the base task",
				   name, type, text.text != NULL ? text.text : "", remedy);
	hpo__buffer_release(&text);
	return status;
}

hpo_status_t hpo__clearml_value(const char *name, const hpo_json_t *value, const char *type,
				struct hpo_buffer *out, hpo_error_t *error)
{
	bool fits = true;

	switch (hpo__clearml_cast(type)) {
	case HPO__CLEARML_CAST_INT:
		fits = write_as_int(value, out);
		break;
	case HPO__CLEARML_CAST_FLOAT:
		fits = write_as_float(value, out);
		break;
	case HPO__CLEARML_CAST_BOOL:
		fits = write_as_bool(value, out);
		break;
	case HPO__CLEARML_CAST_NONE:
		hpo__clearml_write_plain(value, HPO__CLEARML_PYTHON, out);
		break;
	}
	if (out->failed)
		return hpo__fail_memory(error);
	if (fits)
		return HPO_OK;
	return hpo__clearml_cast(type) == HPO__CLEARML_CAST_INT
		       ? refuse_value(name, value, "an int", "make it an int parameter", error)
		       : refuse_value(name, value, "a bool", "give it true and false", error);
}

/* A copy without the spaces around, which the server would strip. */
static char *copy_trimmed(const char *text, size_t length)
{
	while (length > 0 && text[0] == ' ') {
		text++;
		length--;
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	return hpo__strndup(text, length);
}

static const hpo_json_t *find_item(const hpo_json_t *task, const char *section, const char *name)
{
	const hpo_json_t *all = hpo__json_get(task, "hyperparams");
	const hpo_json_t *item = hpo__json_get(hpo__json_get(all, section), name);

	return item != NULL && hpo__json_kind(item) == HPO__JSON_OBJECT ? item : NULL;
}

/* An item from before there were sections: its whole name is in Args, and it comes first. */
static hpo_status_t find_legacy(struct hpo_clearml_place *place, const hpo_json_t *task,
				const char *name, hpo_error_t *error)
{
	const hpo_json_t *item = find_item(task, legacy_section, name);
	const char *type = hpo__clearml_text_of(item, "type");
	char *section, *whole;

	if (type == NULL || strcmp(type, "legacy") != 0)
		return HPO_OK;
	section = hpo__strdup(legacy_section);
	whole = hpo__strdup(name);
	if (section == NULL || whole == NULL) {
		hpo__free(section);
		hpo__free(whole);
		return hpo__fail_memory(error);
	}
	hpo__clearml_place_release(place);
	*place = (struct hpo_clearml_place){section, whole, item};
	return HPO_OK;
}

hpo_status_t hpo__clearml_find(struct hpo_clearml_place *place, const hpo_json_t *task,
			       const char *name, hpo_error_t *error)
{
	const char *slash = strchr(name, '/');
	const char *rest = slash != NULL ? slash + 1 : name;
	hpo_status_t status = HPO_OK;

	place->item = NULL;
	place->section = slash != NULL ? copy_trimmed(name, (size_t)(slash - name))
				       : hpo__strdup(default_section);
	place->name = copy_trimmed(rest, strlen(rest));
	if (place->section == NULL || place->name == NULL)
		status = hpo__fail_memory(error);
	if (status >= 0)
		place->item = find_item(task, place->section, place->name);
	if (status >= 0)
		status = find_legacy(place, task, name, error);
	if (status < 0)
		hpo__clearml_place_release(place);
	return status;
}

void hpo__clearml_place_release(struct hpo_clearml_place *place)
{
	hpo__free(place->section);
	hpo__free(place->name);
	*place = (struct hpo_clearml_place){NULL, NULL, NULL};
}
