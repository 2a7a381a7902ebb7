/*
 * Parameters: their bounds, steps and choices, checked as they are set.
 */
#include "space/param.h"

#include "base/alloc.h"
#include "space/inside.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Integers beyond it are not all doubles: no ladder has more steps. */
static const double exact_limit = 9007199254740992.0; /* 2^53 */
static const int64_t integer_limit = INT64_C(1) << 62;

struct hpo_shown hpo__show(double value)
{
	struct hpo_shown shown;

	hpo__format_real(value, shown.text);
	return shown;
}

hpo_status_t hpo__fault(struct hpo_fault *fault, const char *key, const char *format, ...)
{
	va_list arguments;

	fault->key = key;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof fault->text, format, arguments);
	va_end(arguments);
	return HPO_EINVAL;
}

static hpo_status_t no_memory(struct hpo_fault *fault)
{
	fault->key = NULL;
	return HPO_ENOMEM;
}

hpo_status_t hpo__fail_fault(hpo_error_t *error, const char *name, const struct hpo_fault *fault)
{
	if (fault->key == NULL)
		return hpo__fail_memory(error);
	return hpo__fail(error, HPO_EINVAL, "parameter '%.255s': %s %s", name, fault->key,
			 fault->text);
}

void hpo__param_release(struct hpo_param *param)
{
	for (size_t i = 0; i < param->choice_count; i++)
		hpo__free(param->choices[i].text);
	for (size_t i = 0; i < param->condition_count; i++)
		hpo__condition_release(&param->conditions[i]);
	hpo__free(param->choices);
	hpo__free(param->conditions);
	hpo__free(param->name);
	memset(param, 0, sizeof *param);
}

static hpo_status_t copy_choices(struct hpo_param *out, const struct hpo_param *param)
{
	if (param->choice_count == 0)
		return HPO_OK;
	out->choices = hpo__calloc(param->choice_count, sizeof *out->choices);
	if (out->choices == NULL)
		return HPO_ENOMEM;
	for (size_t i = 0; i < param->choice_count; i++) {
		out->choices[i] = param->choices[i];
		out->choices[i].text = hpo__strdup(param->choices[i].text);
		if (out->choices[i].text == NULL)
			return HPO_ENOMEM;
		out->choice_count++;
	}
	return HPO_OK;
}

static hpo_status_t copy_conditions(struct hpo_param *out, const struct hpo_param *param)
{
	if (param->condition_count == 0)
		return HPO_OK;
	out->conditions = hpo__calloc(param->condition_count, sizeof *out->conditions);
	if (out->conditions == NULL)
		return HPO_ENOMEM;
	for (size_t i = 0; i < param->condition_count; i++) {
		const struct hpo_condition *from = &param->conditions[i];
		struct hpo_condition *to = &out->conditions[i];

		to->values = hpo__calloc(from->count, sizeof *to->values);
		if (to->values == NULL)
			return HPO_ENOMEM;
		memcpy(to->values, from->values, from->count * sizeof *to->values);
		to->parent = from->parent;
		to->count = from->count;
		out->condition_count++;
	}
	return HPO_OK;
}

hpo_status_t hpo__param_copy(struct hpo_param *out, const struct hpo_param *param)
{
	hpo_status_t status = HPO_ENOMEM;

	*out = *param;
	out->choices = NULL;
	out->choice_count = 0;
	out->conditions = NULL;
	out->condition_count = 0;
	out->name = hpo__strdup(param->name);
	if (out->name == NULL && param->name != NULL)
		goto done;
	status = copy_choices(out, param);
	if (status < 0)
		goto done;
	status = copy_conditions(out, param);
done:
	if (status < 0)
		hpo__param_release(out);
	return status;
}

static hpo_status_t check_reals(double low, double high, hpo_scale_t scale, struct hpo_fault *fault)
{
	if (scale != HPO_SCALE_LINEAR && scale != HPO_SCALE_LOG)
		return hpo__fault(fault, "scale", "is neither linear nor log");
	if (!isfinite(low))
		return hpo__fault(fault, "low", "%s is not a finite number", hpo__show(low).text);
	if (!isfinite(high))
		return hpo__fault(fault, "high", "%s is not a finite number", hpo__show(high).text);
	if (low > high)
		return hpo__fault(fault, "low", "%s is above high %s; exchange them",
				  hpo__show(low).text, hpo__show(high).text);
	if (scale == HPO_SCALE_LOG && !(low > 0))
		return hpo__fault(fault, "low",
				  "%s is not above 0, as a log scale needs; raise it, or use "
				  "the linear scale",
				  hpo__show(low).text);
	if (!isfinite(high - low))
		return hpo__fault(fault, "high",
				  "%s is so far from low %s that no double holds the difference",
				  hpo__show(high).text, hpo__show(low).text);
	return HPO_OK;
}

hpo_status_t hpo__param_set_real(struct hpo_param *param, double low, double high,
				 hpo_scale_t scale, struct hpo_fault *fault)
{
	hpo_status_t status = check_reals(low, high, scale, fault);

	if (status < 0)
		return status;
	param->kind = HPO_PARAM_FLOAT;
	param->scale = scale;
	param->low.real = low + 0.0; /* turns -0 into 0 */
	param->high.real = high + 0.0;
	param->cells = low == high ? 1 : 0;
	param->shape = scale == HPO_SCALE_LOG ? HPO__SHAPE_LOG : HPO__SHAPE_LINEAR;
	param->origin = scale == HPO_SCALE_LOG ? log(low) : low;
	param->span = scale == HPO_SCALE_LOG ? log(high) - log(low) : high - low;
	return HPO_OK;
}

hpo_status_t hpo__param_set_integer(struct hpo_param *param, int64_t low, int64_t high,
				    hpo_scale_t scale, struct hpo_fault *fault)
{
	static const char beyond[] = "%lld is beyond 2^62, the largest size of an int";

	if (scale != HPO_SCALE_LINEAR && scale != HPO_SCALE_LOG)
		return hpo__fault(fault, "scale", "is neither linear nor log");
	if (low < -integer_limit || low > integer_limit)
		return hpo__fault(fault, "low", beyond, (long long)low);
	if (high < -integer_limit || high > integer_limit)
		return hpo__fault(fault, "high", beyond, (long long)high);
	if (low > high)
		return hpo__fault(fault, "low", "%lld is above high %lld; exchange them",
				  (long long)low, (long long)high);
	if (scale == HPO_SCALE_LOG && low < 1)
		return hpo__fault(fault, "low",
				  "%lld is below 1, as a log scale needs of an int; raise it, or "
				  "use the linear scale",
				  (long long)low);
	param->kind = HPO_PARAM_INT;
	param->scale = scale;
	param->low.integer = low;
	param->high.integer = high;
	param->stride = 1;
	param->cells = (uint64_t)high - (uint64_t)low + 1;
	param->shape = HPO__SHAPE_INT;
	if (scale == HPO_SCALE_LOG) {
		param->shape = HPO__SHAPE_LOG_INT;
		param->origin = log((double)low - 0.5);
		param->span = log((double)high + 0.5) - param->origin;
	}
	return HPO_OK;
}

hpo_status_t hpo__param_set_stride(struct hpo_param *param, int64_t step, struct hpo_fault *fault)
{
	if (param->scale == HPO_SCALE_LOG)
		return hpo__fault(fault, "step", "does not go with a log scale; leave it out");
	if (step < 1)
		return hpo__fault(fault, "step", "%lld is not above 0", (long long)step);
	param->stride = step;
	param->cells =
		((uint64_t)param->high.integer - (uint64_t)param->low.integer) / (uint64_t)step + 1;
	return HPO_OK;
}

/* How many decimals a number is written with; -1 when too many to be meant as a decimal. */
static int decimals(double value)
{
	char text[HPO__NUMBER_SIZE];
	const char *point;
	const char *exponent;
	int64_t power = 0;
	long digits;

	hpo__format_real(value, text);
	exponent = strchr(text, 'e');
	if (exponent != NULL && !hpo__parse_integer(exponent + 1 + (exponent[1] == '+'), &power))
		return -1;
	point = strchr(text, '.');
	digits = 0;
	if (point != NULL)
		digits = (long)((exponent != NULL ? exponent : point + strlen(point)) - point) - 1;
	digits -= (long)power;
	if (digits > 15)
		return -1;
	return digits < 0 ? 0 : (int)digits;
}

/* Set the decimal form of a ladder of `last` + 1 rungs, if it has one in exact integers. */
static void find_unit(struct hpo_ladder *ladder, double last)
{
	int first = decimals(ladder->first);
	int step = decimals(ladder->step);
	double unit = 1;

	ladder->unit = 0;
	if (first < 0 || step < 0)
		return;
	for (int i = 0; i < (first > step ? first : step); i++)
		unit *= 10;
	if (fabs(ladder->first) * unit + (last + 1) * ladder->step * unit >= exact_limit)
		return;
	ladder->scaled_first = llround(ladder->first * unit);
	ladder->scaled_step = llround(ladder->step * unit);
	ladder->unit = unit;
}

/*
 * The number of the last rung not above `high`. Each of the three numbers is
 * rounded to half a unit in its last place, so the quotient may miss a whole
 * number by some of these units, as 0.3/0.1 does; as much is forgiven.
 */
static hpo_status_t build_ladder(struct hpo_ladder *ladder, double low, double high, double step,
				 const char *key, uint64_t *cells, struct hpo_fault *fault)
{
	const double units = 4; /* three roundings of the operands and one of the quotient */
	double last;
	double slack;

	if (!isfinite(step) || !(step > 0))
		return hpo__fault(fault, key, "%s is not above 0", hpo__show(step).text);
	last = (high - low) / step;
	if (!(last < exact_limit))
		return hpo__fault(fault, key, "%s is too small for a range of %s",
				  hpo__show(step).text, hpo__show(high - low).text);
	slack = units * DBL_EPSILON * (last + (fabs(low) + fabs(high)) / step);
	last = floor(last + (slack < 0.01 ? slack : 0.01));
	ladder->first = low;
	ladder->step = step;
	*cells = (uint64_t)last + 1;
	find_unit(ladder, last);
	if (last > 0 && !(hpo__ladder_value(ladder, 1) > low))
		return hpo__fault(fault, key, "%s is too small to be told from 0 beside %s",
				  hpo__show(step).text, hpo__show(low).text);
	return HPO_OK;
}

hpo_status_t hpo__param_set_step(struct hpo_param *param, double step, struct hpo_fault *fault)
{
	struct hpo_ladder ladder;
	uint64_t cells;
	hpo_status_t status;

	if (param->kind != HPO_PARAM_FLOAT && param->kind != HPO_PARAM_INT)
		return hpo__fault(fault, "step", "is for floats and ints; leave it out");
	if (param->scale == HPO_SCALE_LOG)
		return hpo__fault(fault, "step", "does not go with a log scale; leave it out");
	if (param->kind == HPO_PARAM_INT) {
		if (!isfinite(step) || !(step > 0) || step != floor(step))
			return hpo__fault(fault, "step", "%s is not a whole number above 0",
					  hpo__show(step).text);
		return hpo__param_set_stride(param, step < 0x1p62 ? (int64_t)step : INT64_MAX,
					     fault);
	}
	status = build_ladder(&ladder, param->low.real, param->high.real, step, "step", &cells,
			      fault);
	if (status < 0)
		return status;
	param->ladder = ladder;
	param->cells = cells;
	param->shape = HPO__SHAPE_STEP;
	return HPO_OK;
}

hpo_status_t hpo__param_set_power(struct hpo_param *param, double base, double low, double high,
				  double step, struct hpo_fault *fault)
{
	double first = pow(base, low);
	double last = pow(base, high);
	hpo_status_t status;

	if (!isfinite(base) || !(base > 1))
		return hpo__fault(fault, "base", "%s is not above 1", hpo__show(base).text);
	status = check_reals(low, high, HPO_SCALE_LINEAR, fault);
	if (status < 0)
		return status;
	if (!(first > 0))
		return hpo__fault(fault, "low", "%s is an exponent, and base %s to its power is 0",
				  hpo__show(low).text, hpo__show(base).text);
	if (!isfinite(last))
		return hpo__fault(fault, "high",
				  "%s is an exponent, and base %s to its power is not finite",
				  hpo__show(high).text, hpo__show(base).text);
	status = hpo__param_set_real(param, first, last, HPO_SCALE_LOG, fault);
	if (status < 0 || step == 0)
		return status;
	status = build_ladder(&param->ladder, low, high, step, "step", &param->cells, fault);
	if (status < 0)
		return status;
	param->base = base;
	param->shape = HPO__SHAPE_EXPONENT;
	return HPO_OK;
}

/* Whether the highest value is the upper bound: on a ladder, to a millionth of its step. */
static bool reaches_high(const struct hpo_param *param)
{
	double value = hpo__scale_value(param, param->cells - 1).real;
	double high = param->high.real;

	if (param->shape == HPO__SHAPE_EXPONENT) {
		value = log(value) / log(param->base);
		high = log(high) / log(param->base);
	}
	return fabs(high - value) <= 1e-6 * param->ladder.step;
}

hpo_status_t hpo__param_exclude_high(struct hpo_param *param, struct hpo_fault *fault)
{
	if (param->low.real == param->high.real)
		return hpo__fault(fault, "high",
				  "is left out and equals the lowest value: nothing is left");
	if (param->cells > 0) {
		if (param->cells > 1 && reaches_high(param))
			param->cells--;
		return HPO_OK;
	}
	return hpo__param_set_real(param, param->low.real, nextafter(param->high.real, -INFINITY),
				   param->scale, fault);
}

bool hpo__choice_same(const struct hpo_choice *a, const struct hpo_choice *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == HPO__CHOICE_NUMBER && a->number != b->number)
		return false;
	/* Integers beyond 2^53 may share their double; only their text tells. */
	if (a->type == HPO__CHOICE_NUMBER && fabs(a->number) < exact_limit)
		return true;
	return strcmp(a->text, b->text) == 0;
}

hpo_status_t hpo__param_add_choice(struct hpo_param *param, enum hpo_choice_type type,
				   const char *text, struct hpo_fault *fault)
{
	struct hpo_choice choice = {NULL, type, NAN};
	struct hpo_choice *grown;
	size_t room = param->choice_count;
	double number;

	if (hpo__parse_real(text, &number) && isfinite(number) && type != HPO__CHOICE_LITERAL)
		choice.number = number;
	choice.text = (char *)text; /* borrowed while it is compared */
	for (size_t i = 0; i < param->choice_count; i++)
		if (hpo__choice_same(&param->choices[i], &choice))
			return hpo__fault(fault, "choices", "name '%.*s' twice", HPO__TEXT_MAX,
					  text);
	choice.text = hpo__strdup(text);
	/* Room is a power of two, or what a copy took: it need not be stored. */
	if (choice.text == NULL)
		return no_memory(fault);
	if ((room & (room - 1)) == 0) {
		grown = hpo__resize(param->choices, room == 0 ? 1 : 2 * room, sizeof *grown);
		if (grown == NULL) {
			hpo__free(choice.text);
			return no_memory(fault);
		}
		param->choices = grown;
	}
	param->choices[param->choice_count++] = choice;
	return HPO_OK;
}

hpo_status_t hpo__param_set_choices(struct hpo_param *param, hpo_param_kind_t kind,
				    struct hpo_fault *fault)
{
	if (param->choice_count == 0)
		return hpo__fault(fault, "choices", "are empty; give at least one");
	param->kind = kind;
	param->shape = HPO__SHAPE_CHOICE;
	param->cells = param->choice_count;
	return HPO_OK;
}

hpo_status_t hpo__param_set_bool(struct hpo_param *param, struct hpo_fault *fault)
{
	hpo_status_t status = hpo__param_add_choice(param, HPO__CHOICE_LITERAL, "false", fault);

	if (status == HPO_OK)
		status = hpo__param_add_choice(param, HPO__CHOICE_LITERAL, "true", fault);
	if (status == HPO_OK)
		status = hpo__param_set_choices(param, HPO_PARAM_BOOL, fault);
	if (status == HPO_OK) {
		param->choices[0].number = 0;
		param->choices[1].number = 1;
	}
	return status;
}

bool hpo__param_is_numeric(const struct hpo_param *param)
{
	for (size_t i = 0; i < param->choice_count; i++)
		if (isnan(param->choices[i].number))
			return false;
	return true;
}
