/*
 * Single values of a parameter: checked against it as they are read from JSON
 * or text, and written.
 */
#include "space/param.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool hpo__whole(const hpo_json_t *json, int64_t *out)
{
	const double limit = 9007199254740992.0; /* 2^53: beyond, a double is no exact integer */
	double real;

	if (json == NULL || !hpo__json_is_number(json))
		return false;
	if (hpo__json_kind(json) == HPO__JSON_INTEGER) {
		*out = hpo__json_integer(json);
		return true;
	}
	real = hpo__json_real(json);
	if (!(fabs(real) <= limit) || real != floor(real))
		return false;
	*out = (int64_t)real;
	return true;
}

/* "one of a, b, c …", cut where the room ends. */
static void describe_choices(const struct hpo_param *param, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "one of ");

	for (size_t i = 0; i < param->choice_count; i++) {
		const struct hpo_choice *choice = &param->choices[i];
		const char *quote = choice->type == HPO__CHOICE_TEXT ? "\"" : "";
		size_t need = strlen(choice->text) + 2 * strlen(quote) + 2;

		if (used + need + sizeof ", …" > size) {
			snprintf(text + used, size - used, "%s", i > 0 ? ", …" : "its choices");
			return;
		}
		used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", i > 0 ? ", " : "",
					 quote, choice->text, quote);
	}
}

void hpo__param_describe(const struct hpo_param *param, char *text, size_t size)
{
	switch (param->kind) {
	case HPO_PARAM_FLOAT:
		snprintf(text, size, "a number from %s to %s", hpo__show(param->low.real).text,
			 hpo__show(param->high.real).text);
		break;
	case HPO_PARAM_INT:
		snprintf(text, size, "an integer from %lld to %lld", (long long)param->low.integer,
			 (long long)param->high.integer);
		break;
	case HPO_PARAM_BOOL:
		snprintf(text, size, "true or false");
		break;
	default:
		describe_choices(param, text, size);
		break;
	}
}

static hpo_status_t refuse_value(const struct hpo_param *param, const char *value,
				 struct hpo_fault *fault)
{
	char wanted[160];

	hpo__param_describe(param, wanted, sizeof wanted);
	return hpo__fault(fault, "value", "%.*s is not %s", HPO__TEXT_MAX, value, wanted);
}

/*
 * A value on a ladder was written by somebody who rounded it: a millionth of a
 * step (or of a range that is shorter), or a few units in the last place, is
 * the same rung.
 */
static hpo_status_t snap_real(const struct hpo_param *param, union hpo_value *value,
			      struct hpo_fault *fault)
{
	union hpo_value rung = hpo__scale_value(param, hpo__scale_cell(param, *value));
	double slack = 4 * DBL_EPSILON * fabs(rung.real);

	if (param->shape == HPO__SHAPE_STEP)
		slack += 1e-6 * fmin(param->ladder.step, param->high.real - param->low.real);
	else
		slack +=
			1e-6 * rung.real * fmin(param->ladder.step * log(param->base), param->span);
	if (!(fabs(value->real - rung.real) <= slack))
		return hpo__fault(fault, "value", "%s is off the step; the nearest value is %s",
				  hpo__show(value->real).text, hpo__show(rung.real).text);
	*value = rung;
	return HPO_OK;
}

static hpo_status_t check_real(const struct hpo_param *param, double real, union hpo_value *out,
			       struct hpo_fault *fault)
{
	union hpo_value value = {.real = real + 0.0};

	if (isnan(real))
		return refuse_value(param, "nan", fault);
	if (real < param->low.real)
		return hpo__fault(fault, "value", "%s is below low %s", hpo__show(real).text,
				  hpo__show(param->low.real).text);
	if (param->ladder.step > 0 && isfinite(real)) {
		hpo_status_t status = snap_real(param, &value, fault);

		if (status < 0 && real <= param->high.real)
			return status;
	}
	if (value.real > param->high.real)
		return hpo__fault(fault, "value", "%s is above high %s", hpo__show(real).text,
				  hpo__show(param->high.real).text);
	*out = value;
	return HPO_OK;
}

static hpo_status_t check_integer(const struct hpo_param *param, int64_t integer,
				  union hpo_value *out, struct hpo_fault *fault)
{
	uint64_t above;

	if (integer < param->low.integer)
		return hpo__fault(fault, "value", "%lld is below low %lld", (long long)integer,
				  (long long)param->low.integer);
	if (integer > param->high.integer)
		return hpo__fault(fault, "value", "%lld is above high %lld", (long long)integer,
				  (long long)param->high.integer);
	above = (uint64_t)integer - (uint64_t)param->low.integer;
	if (above % (uint64_t)param->stride != 0)
		return hpo__fault(
			fault, "value", "%lld is off the step; %lld is on it", (long long)integer,
			(long long)(integer - (int64_t)(above % (uint64_t)param->stride)));
	out->integer = integer;
	return HPO_OK;
}

/* Whether a choice is what a JSON value says, its type included. */
static bool is_choice(const struct hpo_choice *choice, const hpo_json_t *json, const char *literal)
{
	int64_t integer;
	int64_t own;

	if (choice->type == HPO__CHOICE_TEXT)
		return hpo__json_kind(json) == HPO__JSON_TEXT &&
		       strcmp(hpo__json_text(json), choice->text) == 0;
	if (choice->type == HPO__CHOICE_LITERAL)
		return strcmp(literal, choice->text) == 0;
	if (!hpo__json_is_number(json) || choice->number != hpo__json_real(json))
		return false;
	if (hpo__json_kind(json) != HPO__JSON_INTEGER)
		return true;
	integer = hpo__json_integer(json);
	return !hpo__parse_integer(choice->text, &own) || own == integer;
}

static hpo_status_t choose(const struct hpo_param *param, const hpo_json_t *json,
			   union hpo_value *out, struct hpo_fault *fault)
{
	struct hpo_buffer literal = HPO__BUFFER_INIT;
	hpo_status_t status = HPO_ENOMEM;

	fault->key = NULL;
	hpo__json_write(json, &literal);
	if (literal.failed || literal.text == NULL)
		goto done;
	for (size_t i = 0; i < param->choice_count; i++) {
		if (is_choice(&param->choices[i], json, literal.text)) {
			out->integer = (int64_t)i;
			status = HPO_OK;
			goto done;
		}
	}
	status = refuse_value(param, literal.text, fault);
done:
	hpo__buffer_release(&literal);
	return status;
}

hpo_status_t hpo__param_from_json(const struct hpo_param *param, const hpo_json_t *json,
				  union hpo_value *out, struct hpo_fault *fault)
{
	char wanted[160];
	int64_t integer;

	if (param->choice_count > 0)
		return choose(param, json, out, fault);
	if (!hpo__json_is_number(json)) {
		hpo__param_describe(param, wanted, sizeof wanted);
		return hpo__fault(fault, "value", "is %s; give %s", hpo__json_kind_text(json),
				  wanted);
	}
	if (param->kind == HPO_PARAM_FLOAT)
		return check_real(param, hpo__json_real(json), out, fault);
	if (!hpo__whole(json, &integer))
		return refuse_value(param, hpo__show(hpo__json_real(json)).text, fault);
	return check_integer(param, integer, out, fault);
}

bool hpo__parse_whole(const char *text, int64_t *out)
{
	const double limit = 9007199254740992.0; /* 2^53, as in hpo__whole() */
	double real;

	if (hpo__parse_integer(text, out))
		return true;
	if (!hpo__parse_real(text, &real) || !(fabs(real) <= limit) || real != floor(real))
		return false;
	*out = (int64_t)real;
	return true;
}

hpo_status_t hpo__param_from_text(const struct hpo_param *param, const char *text,
				  union hpo_value *out, struct hpo_fault *fault)
{
	int64_t integer;
	double real;

	for (size_t i = 0; i < param->choice_count; i++) {
		if (strcmp(param->choices[i].text, text) == 0) {
			out->integer = (int64_t)i;
			return HPO_OK;
		}
	}
	if (param->kind == HPO_PARAM_FLOAT && hpo__parse_real(text, &real))
		return check_real(param, real, out, fault);
	if (param->kind == HPO_PARAM_INT && hpo__parse_whole(text, &integer))
		return check_integer(param, integer, out, fault);
	return refuse_value(param, text, fault);
}

void hpo__param_write_value(const struct hpo_param *param, union hpo_value value,
			    struct hpo_buffer *out)
{
	if (param->kind == HPO_PARAM_FLOAT)
		hpo__buffer_json_real(out, value.real);
	else if (param->kind == HPO_PARAM_INT)
		hpo__buffer_json_integer(out, value.integer);
	else if (param->choices[value.integer].type == HPO__CHOICE_TEXT)
		hpo__buffer_json_text(out, param->choices[value.integer].text);
	else
		hpo__buffer_text(out, param->choices[value.integer].text);
}
