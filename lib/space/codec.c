/*
 * Points of the unit cube to values and back, all axes at once; values as
 * text, JSON, numbers and hashes.
 */
#include "space/codec.h"

#include "space/inside.h"

#include <string.h>

void hpo__codec_decode(const hpo_space_t *space, const double *point, union hpo_value *values,
		       uint8_t *active)
{
	for (size_t t = 0; t < space->count; t++) {
		size_t axis = space->order[t];
		const struct hpo_param *param = &space->params[axis];

		active[axis] = hpo__condition_holds(param, values, active) ? 1 : 0;
		if (active[axis])
			values[axis] = hpo__scale_decode(param, point[axis]);
		else
			values[axis].integer = 0;
	}
}

void hpo__codec_encode(const hpo_space_t *space, const union hpo_value *values,
		       const uint8_t *active, double *point)
{
	for (size_t i = 0; i < space->count; i++)
		point[i] = active[i] ? hpo__scale_encode(&space->params[i], values[i]) : 0.5;
}

void hpo__codec_write(const hpo_space_t *space, const union hpo_value *values,
		      const uint8_t *active, struct hpo_buffer *out)
{
	const char *between = "";

	hpo__buffer_char(out, '{');
	for (size_t i = 0; i < space->count; i++) {
		const struct hpo_param *param = &space->params[i];

		if (!active[i] || param->hidden)
			continue;
		hpo__buffer_text(out, between);
		between = ",";
		hpo__buffer_json_text(out, param->name);
		hpo__buffer_char(out, ':');
		hpo__param_write_value(param, values[i], out);
	}
	hpo__buffer_char(out, '}');
}

void hpo__codec_text(const hpo_space_t *space, size_t axis, union hpo_value value,
		     struct hpo_buffer *out)
{
	const struct hpo_param *param = &space->params[axis];

	if (param->kind == HPO_PARAM_FLOAT)
		hpo__buffer_text(out, hpo__show(value.real).text);
	else if (param->kind == HPO_PARAM_INT)
		hpo__buffer_json_integer(out, value.integer);
	else
		hpo__buffer_text(out, param->choices[value.integer].text);
}

void hpo__codec_write_value(const hpo_space_t *space, size_t axis, union hpo_value value,
			    struct hpo_buffer *out)
{
	hpo__param_write_value(&space->params[axis], value, out);
}

bool hpo__codec_is_log(const hpo_space_t *space, size_t axis)
{
	const enum hpo_shape shape = space->params[axis].shape;

	return shape == HPO__SHAPE_LOG || shape == HPO__SHAPE_LOG_INT ||
	       shape == HPO__SHAPE_EXPONENT;
}

double hpo__codec_real(const hpo_space_t *space, size_t axis, union hpo_value value)
{
	const struct hpo_param *param = &space->params[axis];

	if (param->kind == HPO_PARAM_FLOAT)
		return value.real;
	if (param->kind == HPO_PARAM_INT)
		return (double)value.integer;
	return param->choices[value.integer].number;
}

const char *hpo__codec_choice(const hpo_space_t *space, size_t axis, union hpo_value value)
{
	const struct hpo_param *param = &space->params[axis];

	return param->choice_count > 0 ? param->choices[value.integer].text : NULL;
}

/*
 * S. Vigna's finaliser of splitmix64 (D. Stafford's variant 13): every bit of
 * the input changes half the bits of the output.
 */
static uint64_t mix(uint64_t bits)
{
	bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
	return bits ^ bits >> 31;
}

uint64_t hpo__codec_hash(const hpo_space_t *space, const union hpo_value *values,
			 const uint8_t *active)
{
	const uint64_t weyl = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */
	uint64_t hash = 0;

	for (size_t i = 0; i < space->count; i++) {
		uint64_t bits;

		if (!active[i])
			continue;
		memcpy(&bits, &values[i], sizeof bits);
		hash = mix(hash + weyl + i) ^ mix(bits + weyl * (i + 1));
	}
	return mix(hash + weyl);
}
