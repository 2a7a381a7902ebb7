/*
 * Writing a space as the `parameters` and `constraints` of a study file.
 * Reading it again gives the same space; what came as a ClearML object goes
 * out as the same object.
 */
#include "space/inside.h"

#include "base/alloc.h"

static void write_key(struct hpo_buffer *out, const char *key)
{
	hpo__buffer_text(out, ",\"");
	hpo__buffer_text(out, key);
	hpo__buffer_text(out, "\":");
}

static void write_range(const struct hpo_param *param, struct hpo_buffer *out)
{
	write_key(out, "low");
	hpo__param_write_value(param, param->low, out);
	write_key(out, "high");
	hpo__param_write_value(param, param->high, out);
	if (param->scale == HPO_SCALE_LOG) {
		write_key(out, "scale");
		hpo__buffer_text(out, "\"log\"");
	}
	if (param->kind == HPO_PARAM_FLOAT && param->ladder.step > 0) {
		write_key(out, "step");
		hpo__buffer_json_real(out, param->ladder.step);
	}
	if (param->kind == HPO_PARAM_INT && param->stride > 1) {
		write_key(out, "step");
		hpo__buffer_json_integer(out, param->stride);
	}
}

static void write_choices(const struct hpo_param *param, struct hpo_buffer *out)
{
	write_key(out, "choices");
	for (size_t i = 0; i < param->choice_count; i++) {
		union hpo_value value = {.integer = (int64_t)i};

		hpo__buffer_char(out, i == 0 ? '[' : ',');
		hpo__param_write_value(param, value, out);
	}
	hpo__buffer_char(out, ']');
}

static void write_condition(const hpo_space_t *space, const struct hpo_condition *condition,
			    struct hpo_buffer *out)
{
	const struct hpo_param *parent = &space->params[condition->parent];

	hpo__buffer_json_text(out, parent->name);
	hpo__buffer_char(out, ':');
	for (size_t i = 0; i < condition->count; i++) {
		union hpo_value value = {.integer = condition->values[i]};

		hpo__buffer_char(out, i == 0 ? '[' : ',');
		hpo__param_write_value(parent, value, out);
	}
	hpo__buffer_char(out, ']');
}

/* Two conditions on one parent cannot stand in one object: what both allow is written. */
static bool merge(const struct hpo_param *param, size_t index, struct hpo_condition *merged)
{
	const struct hpo_condition *own = &param->conditions[index];

	for (size_t i = 0; i < index; i++)
		if (param->conditions[i].parent == own->parent)
			return false;
	merged->parent = own->parent;
	merged->count = 0;
	for (size_t v = 0; v < own->count; v++) {
		bool everywhere = true;

		for (size_t i = index + 1; i < param->condition_count && everywhere; i++)
			everywhere = param->conditions[i].parent != own->parent ||
				     hpo__condition_has(&param->conditions[i], own->values[v]);
		if (everywhere)
			merged->values[merged->count++] = own->values[v];
	}
	return true;
}

static void write_conditions(const hpo_space_t *space, const struct hpo_param *param,
			     struct hpo_buffer *out)
{
	const char *between = "";

	write_key(out, "when");
	hpo__buffer_char(out, '{');
	for (size_t i = 0; i < param->condition_count; i++) {
		struct hpo_condition merged = {0, NULL, 0};

		merged.values = hpo__calloc(param->conditions[i].count, sizeof *merged.values);
		if (merged.values == NULL) {
			out->failed = true;
			return;
		}
		if (merge(param, i, &merged)) {
			hpo__buffer_text(out, between);
			between = ",";
			write_condition(space, &merged, out);
		}
		hpo__free(merged.values);
	}
	hpo__buffer_char(out, '}');
}

static void write_param(const hpo_space_t *space, const struct hpo_param *param,
			struct hpo_buffer *out)
{
	static const char *const types[] = {"float", "int", "categorical", "ordinal", "bool"};

	hpo__buffer_text(out, "{\"name\":");
	hpo__buffer_json_text(out, param->name);
	write_key(out, "type");
	hpo__buffer_json_text(out, types[param->kind]);
	if (param->kind == HPO_PARAM_FLOAT || param->kind == HPO_PARAM_INT)
		write_range(param, out);
	else if (param->kind != HPO_PARAM_BOOL)
		write_choices(param, out);
	if (param->has_preset) {
		write_key(out, "default");
		hpo__param_write_value(param, param->preset, out);
	}
	if (param->condition_count > 0)
		write_conditions(space, param, out);
	hpo__buffer_char(out, '}');
}

void hpo__space_write(const hpo_space_t *space, struct hpo_buffer *out)
{
	const char *between = "";
	size_t written = 0; /* the source that was written last: its axes follow each other */

	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < space->count; i++) {
		const struct hpo_param *param = &space->params[i];

		if (param->source != 0 && param->source == written)
			continue;
		written = param->source;
		hpo__buffer_text(out, between);
		between = ",";
		if (param->source != 0)
			hpo__buffer_text(out, space->sources[param->source - 1]);
		else
			write_param(space, param, out);
	}
	hpo__buffer_char(out, ']');
}

void hpo__space_write_constraints(const hpo_space_t *space, struct hpo_buffer *out)
{
	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < space->constraint_count; i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		hpo__buffer_json_text(out, space->constraints[i].text);
	}
	hpo__buffer_char(out, ']');
}

char *hpo_space_to_json(const hpo_space_t *space)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	char *text;

	hpo__space_write(space, &out);
	text = hpo__buffer_take(&out);
	hpo__buffer_release(&out);
	return text;
}
