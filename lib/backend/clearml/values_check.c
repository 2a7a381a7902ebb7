/*
 * Whether a study can be done with a base task: once, before anything is cloned.
 *
 * A parameter that a base task does not have is stored in each clone and read by
 * none, so that every trial trains the same model. It is the commonest mistake
 * there is with ClearML, and mostly a wrong section: it is refused here.
 */
#include "backend/clearml/values_inside.h"

#include "base/alloc.h"
#include "space/codec.h"

#include <string.h>

/* How many values of an axis are tried on the type of its item. */
enum { MOST_VALUES = 1000 };

struct check {
	const hpo_json_t *task;
	const hpo_space_t *space;
	struct hpo_clearml_place *places; /* [d], of each axis */
	bool allow_unknown;
	const struct hpo_log *log;
	hpo_error_t *error;
};

/* A parameter without an item: an error, or fine for a reason. */
static hpo_status_t judge_unknown(const struct check *check, const char *name,
				  const struct hpo_clearml_place *place)
{
	const hpo_json_t *sections = hpo__json_get(check->task, "hyperparams");

	if (strcmp(place->section, "properties") == 0)
		return HPO_OK;
	/* An override of Hydra's configuration need not have been one in the base task. */
	if (strcmp(place->section, "Hydra") == 0 && hpo__json_get(sections, "Hydra") != NULL)
		return HPO_OK;
	if (!check->allow_unknown)
		return hpo__clearml_refuse_unknown(check->task, name, place, check->error);
	hpo__log(check->log, HPO_LOG_WARNING,
		 "parameter '%s': base task '%s' has no '%s/%s'; it is added to each clone", name,
		 hpo__clearml_task_name(check->task), place->section, place->name);
	return HPO_OK;
}

static hpo_status_t find_place(struct check *check, size_t axis)
{
	const char *name = hpo_space_name(check->space, axis);
	struct hpo_clearml_place *place = &check->places[axis];
	hpo_status_t status = hpo__clearml_find(place, check->task, name, check->error);

	if (status < 0)
		return status;
	if (*place->section == '\0' || *place->name == '\0')
		return hpo__fail(check->error, HPO_EINVAL,
				 "parameter '%s': expected 'section/name', both not empty", name);
	if (strcmp(place->section, "properties") == 0 && strncmp(place->name, "hpo_", 4) == 0)
		return hpo__fail(check->error, HPO_EINVAL,
				 "parameter '%s': properties that begin with hpo_ are the "
				 "optimizer's own: choose another name",
				 name);
	return place->item != NULL ? HPO_OK : judge_unknown(check, name, place);
}

/* Two names of one item would overwrite each other. */
static hpo_status_t check_distinct(const struct check *check, size_t axis)
{
	const struct hpo_clearml_place *place = &check->places[axis];
	const char *name = hpo_space_name(check->space, axis);

	for (size_t i = 0; i < axis; i++) {
		const struct hpo_clearml_place *other = &check->places[i];

		if (other->name == NULL || strcmp(other->name, place->name) != 0 ||
		    strcmp(other->section, place->section) != 0 ||
		    strcmp(hpo_space_name(check->space, i), name) == 0)
			continue;
		return hpo__fail(check->error, HPO_EINVAL,
				 "parameters '%.80s' and '%.80s' are both '%.80s/%.80s' of the base "
				 "task: drop one",
				 hpo_space_name(check->space, i), name, place->section,
				 place->name);
	}
	return HPO_OK;
}

/* One axis as its own trial: the value at a coordinate, when the axis is active there. */
struct sample {
	double *point;		 /* [d] */
	union hpo_value *values; /* [d] */
	uint8_t *active;	 /* [d] */
	struct hpo_buffer json, text;
};

static void release_sample(struct sample *sample)
{
	hpo__free(sample->point);
	hpo__free(sample->values);
	hpo__free(sample->active);
	hpo__buffer_release(&sample->json);
	hpo__buffer_release(&sample->text);
}

/* Whether the type of an item holds the value in `sample`. */
static hpo_status_t try_value(const struct check *check, struct sample *sample, size_t axis)
{
	const char *name = hpo_space_name(check->space, axis);
	const char *type = hpo__clearml_text_of(check->places[axis].item, "type");
	hpo_json_t *params = NULL;
	hpo_status_t status;

	hpo__buffer_clear(&sample->json);
	hpo__buffer_clear(&sample->text);
	memset(sample->active, 0, hpo_space_dims(check->space));
	sample->active[axis] = 1;
	hpo__codec_write(check->space, sample->values, sample->active, &sample->json);
	if (sample->json.failed)
		return hpo__fail_memory(check->error);
	status = hpo__json_parse(&params, sample->json.text, sample->json.size, "a value",
				 check->error);
	if (status >= 0)
		status = hpo__clearml_value(name, hpo__json_get(params, name), type, &sample->text,
					    check->error);
	hpo__json_free(params);
	return status;
}

static hpo_status_t try_values(const struct check *check, struct sample *sample, size_t axis,
			       uint64_t cells)
{
	const size_t dims = hpo_space_dims(check->space);
	const hpo_param_kind_t kind = hpo_space_kind(check->space, axis);
	hpo_status_t status = HPO_OK;

	for (uint64_t cell = 0; status >= 0 && cell < cells && cell < MOST_VALUES; cell++) {
		for (size_t i = 0; i < dims; i++)
			sample->point[i] = 0.5;
		sample->point[axis] = hpo_space_cell_centre(check->space, axis, cell);
		hpo__codec_decode(check->space, sample->point, sample->values, sample->active);
		if (kind == HPO_PARAM_FLOAT && !sample->active[axis])
			return HPO_OK; /* another parameter's value decides: clone() refuses it */
		if (kind != HPO_PARAM_FLOAT)
			sample->values[axis].integer = (int64_t)cell;
		status = try_value(check, sample, axis);
	}
	return status;
}

static hpo_status_t check_type(const struct check *check, struct sample *sample, size_t axis)
{
	const char *name = hpo_space_name(check->space, axis);
	const char *type = hpo__clearml_text_of(check->places[axis].item, "type");
	const enum hpo_clearml_cast cast = hpo__clearml_cast(type);
	const hpo_param_kind_t kind = hpo_space_kind(check->space, axis);
	hpo_axis_t about;

	if (cast != HPO__CLEARML_CAST_INT && cast != HPO__CLEARML_CAST_BOOL)
		return HPO_OK;
	if (kind == HPO_PARAM_INT && cast == HPO__CLEARML_CAST_INT)
		return HPO_OK;
	hpo_space_axis(check->space, axis, &about);
	if (about.kind == HPO_AXIS_CONTINUOUS || kind == HPO_PARAM_INT)
		return hpo__fail(check->error, HPO_EINVAL,
				 "parameter '%s': the base task has it as %s: make it %s parameter, "
				 "or change its type in the base task",
				 name, cast == HPO__CLEARML_CAST_INT ? "an int" : "a bool",
				 cast == HPO__CLEARML_CAST_INT ? "an int" : "a bool");
	return try_values(check, sample, axis, about.cells);
}

static hpo_status_t check_axes(struct check *check)
{
	const size_t dims = hpo_space_dims(check->space);
	struct sample sample = {
		.point = hpo__calloc(dims + 1, sizeof *sample.point),
		.values = hpo__calloc(dims + 1, sizeof *sample.values),
		.active = hpo__calloc(dims + 1, 1),
	};
	hpo_status_t status = HPO_OK;

	if (sample.point == NULL || sample.values == NULL || sample.active == NULL)
		status = hpo__fail_memory(check->error);
	for (size_t i = 0; status >= 0 && i < dims; i++) {
		if (hpo__space_is_hidden(check->space, i))
			continue;
		status = find_place(check, i);
		if (status >= 0)
			status = check_distinct(check, i);
		if (status >= 0)
			status = check_type(check, &sample, i);
	}
	release_sample(&sample);
	return status;
}

static hpo_status_t check_parameters(const hpo_json_t *task, const hpo_json_t *study,
				     bool allow_unknown, const struct hpo_log *log,
				     hpo_error_t *error)
{
	struct hpo_json_at root = hpo__json_root(study);
	struct hpo_json_at parameters = hpo__json_member(&root, "parameters");
	struct hpo_json_at none = {NULL, &root, "constraints", 0};
	struct check check = {task, NULL, NULL, allow_unknown, log, error};
	hpo_space_t *space = NULL;
	hpo_status_t status;
	size_t dims = 0;

	status = hpo__json_expect(&parameters, HPO__JSON_ARRAY, error);
	if (status >= 0)
		status = hpo__space_read(&space, &parameters, &none, error);
	if (status < 0)
		goto done;
	dims = hpo_space_dims(space);
	check.space = space;
	check.places = hpo__calloc(dims + 1, sizeof *check.places);
	status = check.places != NULL ? check_axes(&check) : hpo__fail_memory(error);
done:
	for (size_t i = 0; check.places != NULL && i < dims; i++)
		hpo__clearml_place_release(&check.places[i]);
	hpo__free(check.places);
	hpo_space_free(space);
	return status;
}

/* Hydra ignores the parameters of a task in which its whole configuration may be edited. */
static void warn_of_hydra(const hpo_json_t *task, const struct hpo_log *log)
{
	const hpo_json_t *sections = hpo__json_get(task, "hyperparams");
	const hpo_json_t *item =
		hpo__json_get(hpo__json_get(sections, "Hydra"), "_allow_omegaconf_edit_");
	const char *value = hpo__clearml_text_of(item, "value");

	if (value != NULL && (strcmp(value, "True") == 0 || strcmp(value, "true") == 0))
		hpo__log(log, HPO_LOG_WARNING,
			 "base task '%s': Hydra/_allow_omegaconf_edit_ is True, so that its clones "
			 "take no notice of the other parameters in Hydra; set it to False there",
			 hpo__clearml_task_name(task));
}

struct object_check {
	const hpo_json_t *task;
	const char **known; /* ended by NULL */
	size_t count;
	hpo_error_t *error;
};

static hpo_status_t add_known(const char *name, const hpo_json_t *value, void *user)
{
	struct object_check *check = user;

	(void)value;
	check->known[check->count++] = name;
	return HPO_OK;
}

static hpo_status_t check_object(const char *name, const hpo_json_t *value, void *user)
{
	struct object_check *check = user;
	const char *near;

	(void)value;
	for (size_t i = 0; i < check->count; i++)
		if (strcmp(check->known[i], name) == 0)
			return HPO_OK;
	near = hpo__nearest(name, check->known);
	if (near != NULL)
		return hpo__fail(check->error, HPO_EINVAL,
				 "task.configuration: base task '%.80s' has no configuration object "
				 "'%.80s'; did you mean '%.80s'?",
				 hpo__clearml_task_name(check->task), name, near);
	return hpo__fail(check->error, HPO_EINVAL,
			 "task.configuration: base task '%.80s' has no configuration object "
			 "'%.80s'; task.allow_unknown adds what is not there",
			 hpo__clearml_task_name(check->task), name);
}

static hpo_status_t check_configuration(const hpo_json_t *task, const hpo_json_t *texts,
					bool allow_unknown, hpo_error_t *error)
{
	const hpo_json_t *objects = hpo__json_get(task, "configuration");
	struct object_check check = {.task = task, .error = error};
	hpo_status_t status;

	if (allow_unknown || texts == NULL)
		return HPO_OK;
	check.known = hpo__calloc(hpo__json_size(objects) + 1, sizeof *check.known);
	if (check.known == NULL)
		return hpo__fail_memory(error);
	hpo__json_each(objects, add_known, &check);
	status = hpo__json_each(texts, check_object, &check);
	hpo__free(check.known);
	return status;
}

/* What tells whether a part of the study's `task` object can be used: the use itself. */
static hpo_status_t try_part(const hpo_json_t *task, const hpo_json_t *part, bool is_fields,
			     hpo_error_t *error)
{
	struct hpo_buffer json = HPO__BUFFER_INIT, out = HPO__BUFFER_INIT;
	hpo_status_t status;

	if (part == NULL)
		return HPO_OK;
	hpo__json_write(part, &json);
	if (json.failed)
		status = hpo__fail_memory(error);
	else if (is_fields)
		status = hpo__clearml_overrides(task, json.text, "", &out, error);
	else
		status = hpo__clearml_configuration(task, json.text, NULL, &out, error);
	hpo__buffer_release(&json);
	hpo__buffer_release(&out);
	return status;
}

hpo_status_t hpo__clearml_check(const hpo_json_t *task, const hpo_json_t *study,
				bool allow_unknown, const struct hpo_log *log, hpo_error_t *error)
{
	const hpo_json_t *settings = hpo__json_get(study, "task");
	const hpo_json_t *texts = hpo__json_get(settings, "configuration");
	hpo_status_t status;

	status = check_parameters(task, study, allow_unknown, log, error);
	if (status >= 0)
		status = try_part(task, texts, false, error);
	if (status >= 0)
		status = check_configuration(task, texts, allow_unknown, error);
	if (status >= 0)
		status = try_part(task, hpo__json_get(settings, "overrides"), true, error);
	if (status >= 0)
		warn_of_hydra(task, log);
	return status;
}
