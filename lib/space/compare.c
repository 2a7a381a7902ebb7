/*
 * Whether two spaces are the same, and the first difference in words. The
 * default of a parameter is advice, not part of what its values mean, and may
 * change.
 */
#include "space/inside.h"

#include <string.h>

static hpo_status_t differ(hpo_error_t *error, const char *name, const char *what, const char *was,
			   const char *is)
{
	return hpo__fail(error, HPO_EMISMATCH, "parameter '%.200s': %s was %.100s and is %.100s",
			 name, what, was, is);
}

static hpo_status_t differ_value(hpo_error_t *error, const struct hpo_param *param,
				 const char *what, union hpo_value was, union hpo_value is)
{
	if (param->kind == HPO_PARAM_FLOAT)
		return differ(error, param->name, what, hpo__show(was.real).text,
			      hpo__show(is.real).text);
	return hpo__fail(error, HPO_EMISMATCH, "parameter '%.200s': %s was %lld and is %lld",
			 param->name, what, (long long)was.integer, (long long)is.integer);
}

static bool same_value(const struct hpo_param *param, union hpo_value was, union hpo_value is)
{
	return param->kind == HPO_PARAM_FLOAT ? was.real == is.real : was.integer == is.integer;
}

static double step_of(const struct hpo_param *param)
{
	return param->kind == HPO_PARAM_INT ? (double)param->stride : param->ladder.step;
}

static hpo_status_t compare_range(const struct hpo_param *was, const struct hpo_param *is,
				  hpo_error_t *error)
{
	if (!same_value(was, was->low, is->low))
		return differ_value(error, was, "low", was->low, is->low);
	if (!same_value(was, was->high, is->high))
		return differ_value(error, was, "high", was->high, is->high);
	if (was->scale != is->scale)
		return differ(error, was->name, "scale",
			      was->scale == HPO_SCALE_LOG ? "log" : "linear",
			      is->scale == HPO_SCALE_LOG ? "log" : "linear");
	if (step_of(was) != step_of(is) || was->stride != is->stride)
		return differ(error, was->name, "step", hpo__show(step_of(was)).text,
			      hpo__show(step_of(is)).text);
	if (was->base != is->base)
		return differ(error, was->name, "base", hpo__show(was->base).text,
			      hpo__show(is->base).text);
	if (was->cells != is->cells)
		return differ(error, was->name, "its number of values",
			      hpo__show((double)was->cells).text,
			      hpo__show((double)is->cells).text);
	return HPO_OK;
}

static hpo_status_t compare_choices(const struct hpo_param *was, const struct hpo_param *is,
				    hpo_error_t *error)
{
	for (size_t i = 0; i < was->choice_count && i < is->choice_count; i++) {
		const struct hpo_choice *a = &was->choices[i];
		const struct hpo_choice *b = &is->choices[i];

		if (a->type != b->type && strcmp(a->text, b->text) == 0)
			return hpo__fail(error, HPO_EMISMATCH,
					 "parameter '%.200s': choice '%.100s' is of another type",
					 was->name, a->text);
		if (!hpo__choice_same(a, b))
			return hpo__fail(error, HPO_EMISMATCH,
					 "parameter '%.150s': choice %zu was '%.100s' and is "
					 "'%.100s'",
					 was->name, i, a->text, b->text);
	}
	if (was->choice_count < is->choice_count)
		return hpo__fail(error, HPO_EMISMATCH,
				 "parameter '%.200s': choice '%.100s' was added", was->name,
				 is->choices[was->choice_count].text);
	if (was->choice_count > is->choice_count)
		return hpo__fail(error, HPO_EMISMATCH,
				 "parameter '%.200s': choice '%.100s' was removed", was->name,
				 was->choices[is->choice_count].text);
	return HPO_OK;
}

static bool same_condition(const struct hpo_condition *was, const struct hpo_condition *is)
{
	return was->parent == is->parent && was->count == is->count &&
	       memcmp(was->values, is->values, was->count * sizeof *was->values) == 0;
}

/* Conditions all hold together, so their order means nothing. */
static hpo_status_t compare_conditions(const struct hpo_param *was, const struct hpo_param *is,
				       hpo_error_t *error)
{
	bool same = was->condition_count == is->condition_count;

	for (size_t i = 0; i < was->condition_count && same; i++) {
		bool found = false;

		for (size_t k = 0; k < is->condition_count && !found; k++)
			found = same_condition(&was->conditions[i], &is->conditions[k]);
		same = found;
	}
	if (same)
		return HPO_OK;
	return hpo__fail(error, HPO_EMISMATCH,
			 "parameter '%.200s': the conditions under which it is active have "
			 "changed",
			 was->name);
}

static hpo_status_t compare_params(const struct hpo_param *was, const struct hpo_param *is,
				   hpo_error_t *error)
{
	static const char *const kinds[] = {"float", "int", "categorical", "ordinal", "bool"};
	hpo_status_t status;

	if (was->kind != is->kind)
		return differ(error, was->name, "type", kinds[was->kind], kinds[is->kind]);
	status = was->choice_count > 0 ? compare_choices(was, is, error)
				       : compare_range(was, is, error);
	return status < 0 ? status : compare_conditions(was, is, error);
}

static hpo_status_t compare_constraints(const hpo_space_t *was, const hpo_space_t *is,
					hpo_error_t *error)
{
	for (size_t i = 0; i < was->constraint_count || i < is->constraint_count; i++) {
		if (i >= is->constraint_count)
			return hpo__fail(error, HPO_EMISMATCH,
					 "the constraint '%.300s' was removed",
					 was->constraints[i].text);
		if (i >= was->constraint_count)
			return hpo__fail(error, HPO_EMISMATCH, "the constraint '%.300s' was added",
					 is->constraints[i].text);
		if (strcmp(was->constraints[i].text, is->constraints[i].text) != 0)
			return hpo__fail(error, HPO_EMISMATCH,
					 "a constraint was '%.200s' and is '%.200s'",
					 was->constraints[i].text, is->constraints[i].text);
	}
	return HPO_OK;
}

static bool has_name(const hpo_space_t *space, const struct hpo_param *param)
{
	for (size_t i = 0; i < space->count; i++)
		if (strcmp(space->params[i].name, param->name) == 0)
			return true;
	return false;
}

/* The names at one place differ, or one space has ended. */
static hpo_status_t differ_name(const hpo_space_t *was, const hpo_space_t *is, size_t i,
				hpo_error_t *error)
{
	if (i < is->count && !has_name(was, &is->params[i]))
		return hpo__fail(error, HPO_EMISMATCH, "parameter '%.200s' was added",
				 is->params[i].name);
	if (i < was->count && !has_name(is, &was->params[i]))
		return hpo__fail(error, HPO_EMISMATCH, "parameter '%.200s' was removed",
				 was->params[i].name);
	return hpo__fail(error, HPO_EMISMATCH,
			 "the parameters are in another order, from '%.200s' on",
			 i < was->count ? was->params[i].name : is->params[i].name);
}

hpo_status_t hpo__space_compare(const hpo_space_t *was, const hpo_space_t *is, hpo_error_t *error)
{
	for (size_t i = 0; i < was->count || i < is->count; i++) {
		hpo_status_t status;

		if (i >= was->count || i >= is->count ||
		    strcmp(was->params[i].name, is->params[i].name) != 0 ||
		    was->params[i].hidden != is->params[i].hidden)
			return differ_name(was, is, i, error);
		status = compare_params(&was->params[i], &is->params[i], error);
		if (status < 0)
			return status;
	}
	return compare_constraints(was, is, error);
}
