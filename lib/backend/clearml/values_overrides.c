/*
 * Fields of a task that a study overrides in its clones, such as script.branch.
 *
 * The server merges `script` and `execution` one level deep and replaces all else
 * as a whole, and it takes no null.
 */
#include "backend/clearml/values_inside.h"

#include "base/alloc.h"

#include <string.h>

/* The fields that can be overridden. One that ends in a dot stands for all below it. */
static const char *const fields[] = {
	"script.binary",
	"script.repository",
	"script.tag",
	"script.branch",
	"script.version_num",
	"script.entry_point",
	"script.working_dir",
	"script.diff",
	"script.requirements.",
	"container.image",
	"container.arguments",
	"container.setup_shell_script",
	"execution.framework",
	"execution.docker_cmd",
	"output.destination",
	"output_dest",
	"type",
	"runtime.",
	NULL,
};

/* One field that is overridden. */
struct override {
	char *path;
	const hpo_json_t *value;
};

struct overrides {
	struct override *list; /* [count], in the order of the study; a later one wins */
	size_t count, capacity;
	const char *prefix; /* of what is being read: "script." */
	hpo_error_t *error;
};

static const char *find_field(const char *path)
{
	for (size_t i = 0; fields[i] != NULL; i++) {
		const size_t length = strlen(fields[i]);

		if (strcmp(fields[i], path) == 0 ||
		    (fields[i][length - 1] == '.' && strncmp(fields[i], path, length) == 0 &&
		     path[length] != '\0'))
			return fields[i];
	}
	return NULL;
}

static hpo_status_t refuse_field(const char *path, hpo_error_t *error)
{
	const char *near = hpo__nearest(path, fields);

	if (strncmp(path, "hyperparams", strlen("hyperparams")) == 0)
		return hpo__fail(error, HPO_EINVAL,
				 "task.overrides: '%s': a parameter is set by the study's "
				 "parameters: give it one choice",
				 path);
	if (strncmp(path, "configuration", strlen("configuration")) == 0)
		return hpo__fail(error, HPO_EINVAL,
				 "task.overrides: '%s': set it by task.configuration", path);
	if (near != NULL)
		return hpo__fail(error, HPO_EINVAL,
				 "task.overrides: '%s' is no field that can be overridden; did "
				 "you mean '%s'?",
				 path, near);
	return hpo__fail(error, HPO_EINVAL,
			 "task.overrides: '%s' is no field that can be overridden: expected "
			 "script.…, container.…, execution.…, output_dest, type or runtime.…",
			 path);
}

static hpo_status_t take_field(struct overrides *overrides, char *path, const hpo_json_t *value)
{
	struct override *list = hpo__grow(overrides->list, &overrides->capacity,
					  overrides->count + 1, sizeof *list);

	if (list == NULL) {
		hpo__free(path);
		return hpo__fail_memory(overrides->error);
	}
	overrides->list = list;
	for (size_t i = 0; i < overrides->count; i++) {
		if (strcmp(list[i].path, path) != 0)
			continue;
		list[i].value = value;
		hpo__free(path);
		return HPO_OK;
	}
	list[overrides->count++] = (struct override){path, value};
	return HPO_OK;
}

/* Whether fields stand below this one, so that an object is more of them. */
static bool is_outer(const char *path)
{
	const size_t length = strlen(path);

	for (size_t i = 0; fields[i] != NULL; i++)
		if (strncmp(fields[i], path, length) == 0 && fields[i][length] == '.')
			return true;
	return false;
}

static char *join(const char *prefix, const char *rest)
{
	struct hpo_buffer path = HPO__BUFFER_INIT;

	hpo__buffer_text(&path, prefix);
	hpo__buffer_text(&path, rest);
	return hpo__buffer_take(&path);
}

static hpo_status_t read_override(const char *key, const hpo_json_t *value, void *user);

static hpo_status_t read_inner(const char *path, const hpo_json_t *value,
			       struct overrides *overrides)
{
	const char *outer = overrides->prefix;
	char *prefix = join(path, ".");
	hpo_status_t status;

	if (prefix == NULL)
		return hpo__fail_memory(overrides->error);
	overrides->prefix = prefix;
	status = hpo__json_each(value, read_override, overrides);
	overrides->prefix = outer;
	hpo__free(prefix);
	return status;
}

static hpo_status_t read_override(const char *key, const hpo_json_t *value, void *user)
{
	struct overrides *overrides = user;
	const hpo_json_kind_t kind = hpo__json_kind(value);
	char *path = join(overrides->prefix, key);
	const char *field;
	hpo_status_t status;

	if (path == NULL)
		return hpo__fail_memory(overrides->error);
	field = find_field(path);
	if (field == NULL && kind == HPO__JSON_OBJECT && is_outer(path))
		status = read_inner(path, value, overrides);
	else if (field == NULL)
		status = refuse_field(path, overrides->error);
	else if (field[strlen(field) - 1] != '.' && kind != HPO__JSON_TEXT &&
		 kind != HPO__JSON_NULL)
		status = hpo__fail(overrides->error, HPO_EINVAL,
				   "task.overrides: '%s': expected a string, got %s", path,
				   hpo__json_kind_text(value));
	else
		return take_field(overrides, path, value);
	hpo__free(path);
	return status;
}

static const struct override *find_override(const struct overrides *overrides, const char *path)
{
	for (size_t i = 0; i < overrides->count; i++)
		if (strcmp(overrides->list[i].path, path) == 0)
			return &overrides->list[i];
	return NULL;
}

/* Whether a field is given a text that is not empty. */
static bool is_given(const struct overrides *overrides, const char *path)
{
	const struct override *override = find_override(overrides, path);
	const char *text = override != NULL ? hpo__json_text(override->value) : NULL;

	return text != NULL && *text != '\0';
}

/* An object that is being written. */
struct object {
	const struct overrides *overrides;
	const char *prefix; /* of the fields that are in it: "container." */
	const char *between;
	struct hpo_buffer *out;
};

static void write_key(struct object *object, const char *key)
{
	hpo__buffer_text(object->out, object->between);
	object->between = ",";
	hpo__buffer_json_text(object->out, key);
	hpo__buffer_char(object->out, ':');
}

/* What the base task has and nobody overrides. */
static hpo_status_t write_kept(const char *key, const hpo_json_t *value, void *user)
{
	struct object *object = user;
	char *path = join(object->prefix, key);

	if (path == NULL)
		object->out->failed = true;
	else if (find_override(object->overrides, path) == NULL &&
		 hpo__json_kind(value) != HPO__JSON_NULL) {
		write_key(object, key);
		hpo__json_write(value, object->out);
	}
	hpo__free(path);
	return HPO_OK;
}

/* The overridden fields of an object; those of an object within it go there. */
static void write_fields(struct object *object)
{
	static const char requirements[] = "requirements.";
	const size_t length = strlen(object->prefix);

	for (size_t i = 0; i < object->overrides->count; i++) {
		const struct override *override = &object->overrides->list[i];
		const char *key = override->path + length;

		if (strncmp(override->path, object->prefix, length) != 0 ||
		    (strcmp(object->prefix, "script.") == 0 &&
		     strncmp(key, requirements, strlen(requirements)) == 0))
			continue;
		write_key(object, key);
		if (hpo__json_kind(override->value) == HPO__JSON_NULL)
			hpo__buffer_text(object->out, "\"\"");
		else
			hpo__json_write(override->value, object->out);
	}
}

static bool has_any(const struct overrides *overrides, const char *prefix)
{
	for (size_t i = 0; i < overrides->count; i++)
		if (strncmp(overrides->list[i].path, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

/* The member `key` of `body`: the overridden fields below `prefix` and what `was` has beside. */
static void write_merged(struct object *body, const char *key, const char *prefix,
			 const hpo_json_t *was)
{
	struct object inner = {body->overrides, prefix, "", body->out};

	if (!has_any(body->overrides, prefix))
		return;
	write_key(body, key);
	hpo__buffer_char(body->out, '{');
	hpo__json_each(was, write_kept, &inner);
	write_fields(&inner);
	hpo__buffer_char(body->out, '}');
}

/* The commit or tag of the base task would be checked out in the place of another branch. */
static void write_script(struct object *body, const hpo_json_t *was)
{
	const struct overrides *overrides = body->overrides;
	struct object script = {overrides, "script.", "", body->out};
	const bool has_branch = is_given(overrides, "script.branch");
	const bool has_tag = is_given(overrides, "script.tag");

	if (!has_any(overrides, "script."))
		return;
	write_key(body, "script");
	hpo__buffer_char(body->out, '{');
	write_fields(&script);
	write_merged(&script, "requirements", "script.requirements.",
		     hpo__json_get(was, "requirements"));
	if ((has_branch || has_tag) && find_override(overrides, "script.version_num") == NULL) {
		write_key(&script, "version_num");
		hpo__buffer_text(body->out, "\"\"");
	}
	if (has_branch && find_override(overrides, "script.tag") == NULL) {
		write_key(&script, "tag");
		hpo__buffer_text(body->out, "\"\"");
	}
	hpo__buffer_char(body->out, '}');
}

/* A field that is no part of an object, under the name that tasks.edit has for it. */
static void write_alone(struct object *body, const char *path, const char *key)
{
	const struct override *override = find_override(body->overrides, path);
	const char *text = override != NULL ? hpo__json_text(override->value) : NULL;

	if (override == NULL)
		return;
	write_key(body, key);
	hpo__buffer_json_text(body->out, text != NULL ? text : "");
}

static void write_body(struct object *body, const hpo_json_t *task, const char *id)
{
	hpo__buffer_char(body->out, '{');
	write_key(body, "task");
	hpo__buffer_json_text(body->out, id);
	write_script(body, hpo__json_get(task, "script"));
	write_merged(body, "container", "container.", hpo__json_get(task, "container"));
	write_merged(body, "execution", "execution.", NULL);
	write_merged(body, "runtime", "runtime.", NULL); /* a clone's is empty */
	write_alone(body, "type", "type");
	if (find_override(body->overrides, "output_dest") != NULL)
		write_alone(body, "output_dest", "output_dest");
	else
		write_alone(body, "output.destination", "output_dest");
	hpo__buffer_char(body->out, '}');
}

hpo_status_t hpo__clearml_overrides(const hpo_json_t *task, const char *overrides_json,
				    const char *id, struct hpo_buffer *out, hpo_error_t *error)
{
	struct overrides overrides = {.prefix = "", .error = error};
	struct object body = {&overrides, "", "", out};
	hpo_json_t *json = NULL;
	struct hpo_json_at at;
	hpo_status_t status;

	status = hpo__json_parse(&json, overrides_json, strlen(overrides_json), "task.overrides",
				 error);
	at = hpo__json_root(json);
	at.key = "task.overrides";
	if (status >= 0)
		status = hpo__json_expect(&at, HPO__JSON_OBJECT, error);
	if (status >= 0)
		status = hpo__json_each(json, read_override, &overrides);
	if (status >= 0)
		write_body(&body, task, id);
	if (status >= 0 && out->failed)
		status = hpo__fail_memory(error);

	for (size_t i = 0; i < overrides.count; i++)
		hpo__free(overrides.list[i].path);
	hpo__free(overrides.list);
	hpo__json_free(json);
	return status;
}
