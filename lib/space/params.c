/*
 * Reading the values of a trial from a JSON object, as they are enqueued,
 * imported or taken from a store: every name and value is checked.
 */
#include "space/codec.h"

#include "space/inside.h"

#include <string.h>

static int64_t select_combination(const hpo_space_t *space, size_t selector,
				  const hpo_json_t *object, size_t *matched);

/*
 * Whether the axis and, of a selector, some combination below it agree with the
 * object; *matched grows by the members that they account for.
 */
static bool fits(const hpo_space_t *space, size_t axis, const hpo_json_t *object, size_t *matched)
{
	const struct hpo_param *param = &space->params[axis];
	const hpo_json_t *member;
	struct hpo_fault fault;
	union hpo_value value;

	if (param->hidden)
		return select_combination(space, axis, object, matched) >= 0;
	member = hpo__json_get(object, param->name);
	if (member == NULL || hpo__param_from_json(param, member, &value, &fault) < 0)
		return false;
	(*matched)++;
	return true;
}

/*
 * The axes below a selector follow it, combination after combination. Of all
 * that fit, the one that accounts for the most members is meant.
 */
static int64_t select_combination(const hpo_space_t *space, size_t selector,
				  const hpo_json_t *object, size_t *matched)
{
	const struct hpo_param *param = &space->params[selector];
	size_t end = selector + 1 + param->extent;
	size_t axis = selector + 1;
	size_t best_matched = 0;
	int64_t best = -1;

	for (size_t c = 0; c < param->choice_count; c++) {
		bool fitting = true;
		size_t own = 0;

		for (; axis < end; axis++) {
			const struct hpo_condition *above = &space->params[axis].conditions[0];

			if (above->parent != selector)
				continue; /* of a selector below, who asks for it itself */
			if (above->values[0] != (int64_t)c)
				break;
			fitting = fitting && fits(space, axis, object, &own);
		}
		if (fitting && (best < 0 || own > best_matched)) {
			best = (int64_t)c;
			best_matched = own;
		}
	}
	*matched += best_matched;
	return best;
}

/* A member of the object, against all names of the space. */
struct reading {
	const hpo_space_t *space;
	const uint8_t *active;
	hpo_error_t *error;
};

static hpo_status_t check_known(const char *key, const hpo_json_t *value, void *user)
{
	const struct reading *reading = user;
	size_t axis;
	const char *nearest;

	(void)value;
	if (hpo__space_bearers(reading->space, key, &axis) > 0)
		return HPO_OK;
	nearest = hpo__space_nearest(reading->space, key);
	if (nearest == NULL)
		return hpo__fail(reading->error, HPO_EINVAL,
				 "the study has no parameter '%.200s'; leave it out", key);
	return hpo__fail(reading->error, HPO_EINVAL,
			 "the study has no parameter '%.200s'; did you mean '%.200s'?", key,
			 nearest);
}

static hpo_status_t check_active(const char *key, const hpo_json_t *value, void *user)
{
	const struct reading *reading = user;
	char why[160];
	size_t axis = 0;
	bool known;

	(void)value;
	if (hpo__space_find(reading->space, key, reading->active, &known) >= 0)
		return HPO_OK;
	hpo__space_bearers(reading->space, key, &axis);
	hpo__condition_describe(reading->space, axis, why, sizeof why);
	return hpo__fail(reading->error, HPO_EINVAL,
			 "parameter '%.200s' is inactive here: it needs %s; leave it out", key,
			 why);
}

static hpo_status_t select_branch(const hpo_space_t *space, size_t axis, const hpo_json_t *object,
				  union hpo_value *out, hpo_error_t *error)
{
	size_t matched = 0;
	size_t first = axis + 1;

	out->integer = select_combination(space, axis, object, &matched);
	if (out->integer >= 0)
		return HPO_OK;
	while (first < axis + space->params[axis].extent && space->params[first].hidden)
		first++;
	return hpo__fail(error, HPO_EINVAL,
			 "the values fit no combination of the ParameterSet that sets '%.200s'; "
			 "give all the values of one",
			 space->params[first].name);
}

static hpo_status_t read_axis(const hpo_space_t *space, size_t axis, const hpo_json_t *object,
			      union hpo_value *out, hpo_error_t *error)
{
	const struct hpo_param *param = &space->params[axis];
	const hpo_json_t *member;
	struct hpo_fault fault;
	char wanted[160];

	if (param->hidden)
		return select_branch(space, axis, object, out, error);
	member = hpo__json_get(object, param->name);
	if (member != NULL) {
		hpo_status_t status = hpo__param_from_json(param, member, out, &fault);

		return status < 0 ? hpo__fail_fault(error, param->name, &fault) : HPO_OK;
	}
	if (!param->has_preset) {
		hpo__param_describe(param, wanted, sizeof wanted);
		return hpo__fail(error, HPO_EINVAL,
				 "parameter '%.200s' is missing and has no default; give %s",
				 param->name, wanted);
	}
	*out = param->preset;
	return HPO_OK;
}

/* Names the constraint, and the values that it is about. */
static hpo_status_t refuse_broken(const hpo_space_t *space, const struct hpo_constraint *broken,
				  const union hpo_value *values, const uint8_t *active,
				  hpo_error_t *error)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	struct hpo_axes named;
	const char *before = "";

	hpo__constraint_axes(space, broken, &named);
	for (size_t i = 0; i < space->count; i++) {
		if (!hpo__axes_has(&named, i) || !active[i])
			continue;
		hpo__buffer_format(&text, "%s%.60s = ", before, space->params[i].name);
		hpo__param_write_value(&space->params[i], values[i], &text);
		before = ", ";
	}
	hpo__fail(error, HPO_EINVAL, "the values break the constraint '%.200s': %.250s",
		  broken->text, text.text != NULL ? text.text : "");
	hpo__buffer_release(&text);
	return HPO_EINVAL;
}

hpo_status_t hpo__codec_read(const hpo_space_t *space, const struct hpo_json_at *at, int lenient,
			     union hpo_value *values, uint8_t *active, hpo_error_t *error)
{
	struct reading reading = {space, active, error};
	const struct hpo_constraint *broken;
	hpo_status_t status = hpo__json_expect(at, HPO__JSON_OBJECT, error);

	if (status == HPO_OK)
		status = hpo__json_each(at->node, check_known, &reading);
	for (size_t t = 0; status == HPO_OK && t < space->count; t++) {
		size_t axis = space->order[t];

		active[axis] = hpo__condition_holds(&space->params[axis], values, active) ? 1 : 0;
		values[axis].integer = 0;
		if (active[axis])
			status = read_axis(space, axis, at->node, &values[axis], error);
	}
	if (status == HPO_OK)
		status = hpo__json_each(at->node, check_active, &reading);
	if (status < 0 || lenient)
		return status;
	broken = hpo__constraint_broken(space, values, active);
	if (broken != NULL)
		return refuse_broken(space, broken, values, active, error);
	return HPO_OK;
}
