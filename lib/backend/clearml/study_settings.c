/*
 * The settings of a study on its way to a ClearML task and back.
 */
#include "backend/clearml/study_settings.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

/* What kind of text a setting is. */
enum kind { TEXT, NUMBER };

/* Each setting that has an item: its name there, and where it is in the study file. */
static const struct setting {
	const char *item;
	const char *object, *key; /* of the study file */
	enum kind kind;
	double factor; /* of the item, to make the study file's number; 0: as it is */
} settings[] = {
	{"opt/base_task_id", "task", "base_task", TEXT, 0},
	{"opt/execution_queue", "task", "queue", TEXT, 0},
	{"opt/spawn_project", "task", "project", TEXT, 0},
	{"opt/max_number_of_concurrent_tasks", "limits", "concurrent", NUMBER, 0},
	{"opt/optimization_time_limit", "limits", "minutes", NUMBER, 0},
	{"opt/compute_time_limit", "limits", "compute_minutes", NUMBER, 0},
	{"opt/save_top_k_tasks_only", "limits", "keep_top", NUMBER, 0},
	{"opt/optimizer_kwargs/total_max_jobs", "limits", "trials", NUMBER, 0},
	{"opt/optimizer_kwargs/min_iteration_per_job", "limits", "min_iterations", NUMBER, 0},
	{"opt/optimizer_kwargs/max_iteration_per_job", "limits", "max_iterations", NUMBER, 0},
	{"opt/optimizer_kwargs/time_limit_per_job", "limits", "trial_minutes", NUMBER, 0},
	{"opt/optimizer_kwargs/pool_period_min", "task", "poll_seconds", NUMBER, 60.0},
	{"opt/strategy", "strategy", "name", TEXT, 0},
	{"opt/seed", "strategy", "seed", NUMBER, 0},
	{"opt/pruner", "pruner", "name", TEXT, 0},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

/* What ClearML's own optimizer writes, and we only read. */
static const char class_item[] = "opt/optimizer_class";

static const char *const objective_items[] = {
	"opt/objective_metric_title",
	"opt/objective_metric_series",
	"opt/objective_metric_sign",
};
static const char *const objective_keys[] = {"title", "series", "goal"};

/* Writing ----------------------------------------------------------------- */

/* Where items are written to. */
struct items {
	struct hpo_buffer *out;
	bool as_list, first;
};

static void write_item(struct items *items, const char *name, const char *value, const char *type)
{
	struct hpo_buffer *out = items->out;

	if (!items->first)
		hpo__buffer_char(out, ',');
	items->first = false;
	if (!items->as_list)
		hpo__buffer_format(out, "\"%s\":", name);
	hpo__buffer_format(out,
			   "{\"section\":\"General\",\"name\":\"%s\",\"type\":\"%s\","
			   "\"value\":",
			   name, type);
	hpo__buffer_json_text(out, value);
	hpo__buffer_char(out, '}');
}

/* A number or text of the study file as an item's text; nothing when it is absent. */
static void write_setting(struct items *items, const struct setting *setting,
			  const hpo_json_t *value)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;
	const char *type = "str";

	if (hpo__json_text(value) != NULL) {
		hpo__buffer_text(&text, hpo__json_text(value));
	} else if (strcmp(setting->object, "limits") == 0 && hpo__json_real(value) == 0) {
		type = "str"; /* no limit: an empty field on the page */
	} else if (hpo__json_kind(value) == HPO__JSON_INTEGER && setting->factor == 0) {
		hpo__buffer_json_integer(&text, hpo__json_integer(value));
		type = "int";
	} else if (hpo__json_is_number(value)) {
		hpo__buffer_json_real(&text, hpo__json_real(value) /
						     (setting->factor > 0 ? setting->factor : 1.0));
		type = "float";
	}
	items->out->failed = items->out->failed || text.failed;
	write_item(items, setting->item, text.text != NULL ? text.text : "", type);
	hpo__buffer_release(&text);
}

/* Whether all objectives are what ClearML's three settings can say. */
static bool are_plain(const hpo_json_t *objectives)
{
	const size_t count = hpo__json_size(objectives);

	for (size_t i = 0; i < count; i++) {
		const hpo_json_t *objective = hpo__json_item(objectives, i);

		if (hpo__json_text(hpo__json_get(objective, "title")) == NULL ||
		    hpo__json_text(hpo__json_get(objective, "goal")) == NULL ||
		    hpo__json_get(objective, "bound") != NULL)
			return false;
	}
	return count > 0;
}

/* One objective's word as it is, several as a JSON list. */
static void write_objectives(struct items *items, const hpo_json_t *objectives, size_t which)
{
	const size_t count = hpo__json_size(objectives);
	struct hpo_buffer text = HPO__BUFFER_INIT;

	for (size_t i = 0; i < count; i++) {
		const hpo_json_t *objective = hpo__json_item(objectives, i);
		const char *word = hpo__json_text(hpo__json_get(objective, objective_keys[which]));

		if (count == 1) {
			hpo__buffer_text(&text, word);
			break;
		}
		hpo__buffer_char(&text, i > 0 ? ',' : '[');
		hpo__buffer_json_text(&text, word);
	}
	if (count > 1)
		hpo__buffer_char(&text, ']');
	items->out->failed = items->out->failed || text.failed;
	write_item(items, objective_items[which], text.text != NULL ? text.text : "",
		   count > 1 ? "list" : "str");
	hpo__buffer_release(&text);
}

void hpo__clearml_settings_items(const hpo_json_t *study, bool as_list, struct hpo_buffer *out)
{
	const hpo_json_t *objectives = hpo__json_get(study, "objectives");
	struct items items = {out, as_list, true};

	for (size_t i = 0; i < SETTINGS; i++) {
		const hpo_json_t *object = hpo__json_get(study, settings[i].object);

		write_setting(&items, &settings[i], hpo__json_get(object, settings[i].key));
	}
	for (size_t i = 0; i < 3 && are_plain(objectives); i++)
		write_objectives(&items, objectives, i);
}

/* A bound as an exponent of ten, if that gives the bound back exactly. */
static bool exponent(const hpo_json_t *bound, double *out)
{
	const double value = hpo__json_real(bound);

	*out = round(log10(value));
	return value > 0 && pow(10.0, *out) == value;
}

static bool is_plain_type(const hpo_json_t *param, const char *type)
{
	const char *is = hpo__json_text(hpo__json_get(param, "type"));

	return is != NULL && strcmp(is, type) == 0;
}

static bool is_log(const hpo_json_t *param)
{
	const char *scale = hpo__json_text(hpo__json_get(param, "scale"));

	return scale != NULL && strcmp(scale, "log") == 0;
}

static void write_range(struct hpo_buffer *out, const char *class_name, const hpo_json_t *name)
{
	hpo__buffer_format(out, "{\"type\":\"%s\",\"name\":", class_name);
	hpo__json_write(name, out);
}

static void write_bound(struct hpo_buffer *out, const char *key, const hpo_json_t *value)
{
	hpo__buffer_format(out, ",\"%s\":", key);
	if (value == NULL)
		hpo__buffer_text(out, "null");
	else
		hpo__json_write(value, out);
}

/* A parameter as an object of ClearML's; false when none of its classes can say it. */
static bool write_parameter(struct hpo_buffer *out, const hpo_json_t *param)
{
	const hpo_json_t *name = hpo__json_get(param, "name");
	const hpo_json_t *low = hpo__json_get(param, "low");
	const hpo_json_t *high = hpo__json_get(param, "high");
	const hpo_json_t *step = hpo__json_get(param, "step");
	double from, to;

	if (hpo__json_get(param, "when") != NULL || hpo__json_get(param, "default") != NULL)
		return false;
	if (is_plain_type(param, "categorical")) {
		write_range(out, "DiscreteParameterRange", name);
		write_bound(out, "values", hpo__json_get(param, "choices"));
		hpo__buffer_char(out, '}');
		return true;
	}
	if (is_plain_type(param, "float") && is_log(param) && step == NULL &&
	    exponent(low, &from) && exponent(high, &to)) {
		write_range(out, "LogUniformParameterRange", name);
		hpo__buffer_text(out, ",\"min_value\":");
		hpo__buffer_json_real(out, from);
		hpo__buffer_text(out, ",\"max_value\":");
		hpo__buffer_json_real(out, to);
		hpo__buffer_text(out, ",\"base\":10,\"step_size\":null,\"include_max\":true}");
		return true;
	}
	if (is_log(param) || (!is_plain_type(param, "float") && !is_plain_type(param, "int")))
		return false;
	write_range(out,
		    is_plain_type(param, "int") ? "UniformIntegerParameterRange"
						: "UniformParameterRange",
		    name);
	write_bound(out, "min_value", low);
	write_bound(out, "max_value", high);
	if (step != NULL || !is_plain_type(param, "int"))
		write_bound(out, "step_size", step);
	hpo__buffer_text(out, ",\"include_max\":true}");
	return true;
}

/* The space in ClearML's classes; false when they cannot say it. */
static bool write_space(struct hpo_buffer *out, const hpo_json_t *params)
{
	hpo__buffer_text(out, "{\"parameter_optimization_space\":[");
	for (size_t i = 0; i < hpo__json_size(params); i++) {
		if (i > 0)
			hpo__buffer_char(out, ',');
		if (!write_parameter(out, hpo__json_item(params, i)))
			return false;
	}
	hpo__buffer_text(out, "]}");
	return true;
}

/* What the study file says beside the settings that have a place elsewhere. */
struct rest {
	struct hpo_buffer *out;
	const char *object; /* its settings are left out; NULL: the study file itself */
	bool skip_space, skip_objectives;
	bool first;
};

static bool has_item(const char *object, const char *key)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].object, object) == 0 && strcmp(settings[i].key, key) == 0)
			return true;
	return false;
}

static hpo_status_t write_rest(const char *key, const hpo_json_t *value, void *user)
{
	struct rest *rest = user;
	const bool is_parted = rest->object == NULL && hpo__json_kind(value) == HPO__JSON_OBJECT;
	struct rest inner = {rest->out, key, false, false, true};

	if (rest->object != NULL && has_item(rest->object, key))
		return HPO_OK;
	if (rest->object == NULL && ((rest->skip_space && strcmp(key, "parameters") == 0) ||
				     (rest->skip_objectives && strcmp(key, "objectives") == 0) ||
				     strcmp(key, "store") == 0))
		return HPO_OK;
	if (!rest->first)
		hpo__buffer_char(rest->out, ',');
	rest->first = false;
	hpo__buffer_json_text(rest->out, key);
	hpo__buffer_char(rest->out, ':');
	if (!is_parted) {
		hpo__json_write(value, rest->out);
		return HPO_OK;
	}
	hpo__buffer_char(rest->out, '{');
	hpo__json_each(value, write_rest, &inner);
	hpo__buffer_char(rest->out, '}');
	return HPO_OK;
}

static void write_object(struct hpo_buffer *out, bool as_list, const char *name, const char *type,
			 const struct hpo_buffer *value)
{
	if (!as_list)
		hpo__buffer_format(out, "\"%s\":", name);
	hpo__buffer_format(out, "{\"name\":\"%s\",\"type\":\"%s\",\"value\":", name, type);
	hpo__buffer_json_text(out, value->text != NULL ? value->text : "{}");
	hpo__buffer_char(out, '}');
	out->failed = out->failed || value->failed;
}

void hpo__clearml_settings_objects(const hpo_json_t *study, bool as_list, struct hpo_buffer *out)
{
	struct hpo_buffer space = HPO__BUFFER_INIT, file = HPO__BUFFER_INIT;
	struct rest rest = {&file, NULL, false, false, true};

	rest.skip_space = write_space(&space, hpo__json_get(study, "parameters"));
	rest.skip_objectives = are_plain(hpo__json_get(study, "objectives"));
	hpo__buffer_char(&file, '{');
	hpo__json_each(study, write_rest, &rest);
	hpo__buffer_char(&file, '}');

	if (rest.skip_space) {
		write_object(out, as_list, "General", "dictionary", &space);
		hpo__buffer_char(out, ',');
	}
	write_object(out, as_list, "study", "json", &file);
	hpo__buffer_release(&file);
	hpo__buffer_release(&space);
}

/* Reading ----------------------------------------------------------------- */

/* The text of General/<name>; NULL when it is absent or says that it is not set. */
static const char *item_text(const hpo_json_t *task, const char *name)
{
	const hpo_json_t *section = hpo__json_get(hpo__json_get(task, "hyperparams"), "General");
	const char *text = hpo__json_text(hpo__json_get(hpo__json_get(section, name), "value"));

	if (text == NULL || *text == '\0' || strcmp(text, "None") == 0 || strcmp(text, "null") == 0)
		return NULL;
	return text;
}

static const char *object_text(const hpo_json_t *task, const char *name)
{
	const hpo_json_t *object = hpo__json_get(hpo__json_get(task, "configuration"), name);

	return hpo__json_text(hpo__json_get(object, "value"));
}

bool hpo__clearml_settings_there(const hpo_json_t *task)
{
	const char *space = object_text(task, "General");

	for (size_t i = 0; i < SETTINGS; i++)
		if (item_text(task, settings[i].item) != NULL)
			return true;
	return object_text(task, "study") != NULL ||
	       (space != NULL && strstr(space, "parameter_optimization_space") != NULL);
}

/* ClearML's class names are names of strategies too. A dotted path ends in the name. */
static const char *strategy_of(const hpo_json_t *task)
{
	const char *name = item_text(task, class_item);
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;

	return dot != NULL ? dot + 1 : name;
}

static hpo_status_t write_value(struct hpo_buffer *out, const struct setting *setting,
				const char *text, hpo_error_t *error)
{
	double number;
	int64_t whole;

	if (setting->kind == TEXT) {
		hpo__buffer_json_text(out, text);
		return HPO_OK;
	}
	if (setting->factor == 0 && hpo__parse_integer(text, &whole)) {
		/* -1 is ClearML's word for "no such limit". */
		hpo__buffer_json_integer(out, whole < 0 ? 0 : whole);
		return HPO_OK;
	}
	if (!hpo__parse_real(text, &number) || !isfinite(number))
		return hpo__fail(error, HPO_EINVAL,
				 "the task's setting General/%s is '%s': expected a number, or "
				 "nothing for no limit",
				 setting->item, text);
	if (number < 0)
		number = 0;
	number *= setting->factor > 0 ? setting->factor : 1.0;
	if (number == floor(number) && number < 1e15)
		hpo__buffer_json_integer(out, (int64_t)number);
	else
		hpo__buffer_json_real(out, number);
	return HPO_OK;
}

/* One member of a merged object, after what is already there. */
struct merge {
	struct hpo_buffer *out;
	const hpo_json_t *task;
	const char *object; /* of the study file */
	bool first;
};

static void begin_member(struct merge *merge, const char *key)
{
	if (!merge->first)
		hpo__buffer_char(merge->out, ',');
	merge->first = false;
	hpo__buffer_json_text(merge->out, key);
	hpo__buffer_char(merge->out, ':');
}

static bool is_overridden(const struct merge *merge, const char *key)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].object, merge->object) == 0 &&
		    strcmp(settings[i].key, key) == 0 &&
		    item_text(merge->task, settings[i].item) != NULL)
			return true;
	return strcmp(merge->object, "strategy") == 0 && strcmp(key, "name") == 0 &&
	       strategy_of(merge->task) != NULL;
}

static hpo_status_t copy_member(const char *key, const hpo_json_t *value, void *user)
{
	struct merge *merge = user;

	if (is_overridden(merge, key))
		return HPO_OK;
	begin_member(merge, key);
	hpo__json_write(value, merge->out);
	return HPO_OK;
}

/* An object of the study file: the first of those given, with the task's items over it. */
static hpo_status_t write_merged(struct hpo_buffer *out, const hpo_json_t *task, const char *object,
				 const hpo_json_t *below, hpo_error_t *error)
{
	struct merge merge = {out, task, object, true};
	const bool has_class = strcmp(object, "strategy") == 0 &&
			       item_text(task, "opt/strategy") == NULL && strategy_of(task) != NULL;
	hpo_status_t status = HPO_OK;

	hpo__buffer_char(out, '{');
	if (hpo__json_kind(below) == HPO__JSON_OBJECT)
		hpo__json_each(below, copy_member, &merge);
	for (size_t i = 0; i < SETTINGS && status >= 0; i++) {
		const char *text = item_text(task, settings[i].item);

		if (text == NULL || strcmp(settings[i].object, object) != 0)
			continue;
		begin_member(&merge, settings[i].key);
		status = write_value(out, &settings[i], text, error);
	}
	if (has_class) {
		begin_member(&merge, "name");
		hpo__buffer_json_text(out, strategy_of(task));
	}
	hpo__buffer_char(out, '}');
	return status;
}

/* The words of one objective setting: a list in JSON or as Python prints one, or a single word. */
struct words {
	hpo_json_t *list; /* owned; NULL: one word */
	const char *text;
};

static hpo_status_t read_words(struct words *words, const hpo_json_t *task, size_t which,
			       hpo_error_t *error)
{
	struct hpo_buffer json = HPO__BUFFER_INIT;
	hpo_status_t status;

	words->list = NULL;
	words->text = item_text(task, objective_items[which]);
	if (words->text == NULL || words->text[0] != '[')
		return HPO_OK;
	for (const char *c = words->text; *c != '\0'; c++)
		hpo__buffer_char(&json, *c == '\'' ? '"' : *c);
	if (json.failed)
		return hpo__fail_memory(error);
	status = hpo__json_parse(&words->list, json.text, json.size, objective_items[which], NULL);
	hpo__buffer_release(&json);
	if (status == HPO_ENOMEM)
		return hpo__fail_memory(error);
	if (status < 0)
		return hpo__fail(error, HPO_EINVAL,
				 "the task's setting General/%s is '%s': expected a word, or a "
				 "list of words such as [\"loss\", \"accuracy\"]",
				 objective_items[which], words->text);
	return HPO_OK;
}

static const char *word_at(const struct words *words, size_t i)
{
	if (words->list != NULL)
		return hpo__json_text(hpo__json_item(words->list, i));
	return i == 0 ? words->text : NULL;
}

static hpo_status_t write_objective_list(struct hpo_buffer *out, const struct words words[3],
					 hpo_error_t *error)
{
	const size_t count = words[1].list != NULL ? hpo__json_size(words[1].list) : 1;

	hpo__buffer_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		hpo__buffer_text(out, i > 0 ? ",{" : "{");
		for (size_t which = 0; which < 3; which++) {
			const char *word = word_at(&words[which], i);

			if (word == NULL)
				return hpo__fail(error, HPO_EINVAL,
						 "the task's setting General/%s has no word for "
						 "objective %zu of %zu",
						 objective_items[which], i + 1, count);
			hpo__buffer_format(out, "%s\"%s\":", which > 0 ? "," : "",
					   objective_keys[which]);
			hpo__buffer_json_text(out, word);
		}
		hpo__buffer_char(out, '}');
	}
	hpo__buffer_char(out, ']');
	return HPO_OK;
}

/* The objectives of the settings; nothing is written when there are none. */
static hpo_status_t write_set_objectives(struct hpo_buffer *out, const hpo_json_t *task,
					 hpo_error_t *error)
{
	struct words words[3] = {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
	hpo_status_t status = HPO_OK;

	for (size_t i = 0; i < 3 && status >= 0; i++)
		status = read_words(&words[i], task, i, error);
	if (status >= 0 && words[1].text != NULL)
		status = write_objective_list(out, words, error);
	for (size_t i = 0; i < 3; i++)
		hpo__json_free(words[i].list);
	return status;
}

/* The space of the configuration object General; *out NULL when it has none. */
static hpo_status_t read_space(hpo_json_t **out, const hpo_json_t *task, hpo_error_t *error)
{
	const char *text = object_text(task, "General");
	hpo_status_t status;

	*out = NULL;
	if (text == NULL || strstr(text, "parameter_optimization_space") == NULL)
		return HPO_OK;
	status = hpo__json_parse(out, text, strlen(text), "the configuration object 'General'",
				 error);
	if (status == HPO_EINVAL)
		hpo__fail_within(error, "the task's parameter_optimization_space is to be JSON");
	return status;
}

/* The study file of the configuration object; *out NULL when there is none. */
static hpo_status_t read_file(hpo_json_t **out, const hpo_json_t *task, hpo_error_t *error)
{
	const char *text = object_text(task, "study");

	*out = NULL;
	if (text == NULL || *text == '\0')
		return HPO_OK;
	return hpo__json_parse(out, text, strlen(text), "the configuration object 'study'", error);
}

/*
 * The members of the study file that are settled by themselves, and not copied. A clone of a task
 * is another study: it may not take the name of the first, whose trials a store may still have.
 */
static bool is_settled(const char *key)
{
	static const char *const keys[] = {"parameters", "objectives", "task",
					   "limits",	 "strategy",   "pruner", "name"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

struct others {
	struct hpo_buffer *out;
	const hpo_json_t *above; /* its members win */
};

static hpo_status_t copy_other(const char *key, const hpo_json_t *value, void *user)
{
	const struct others *others = user;

	if (is_settled(key) || hpo__json_get(others->above, key) != NULL)
		return HPO_OK;
	hpo__buffer_char(others->out, ',');
	hpo__buffer_json_text(others->out, key);
	hpo__buffer_char(others->out, ':');
	hpo__json_write(value, others->out);
	return HPO_OK;
}

static void write_list(struct hpo_buffer *out, const char *key, const hpo_json_t *first,
		       const hpo_json_t *second)
{
	const hpo_json_t *list = first != NULL ? first : second;

	if (list == NULL)
		return;
	hpo__buffer_format(out, ",\"%s\":", key);
	hpo__json_write(list, out);
}

static hpo_status_t write_study(struct hpo_buffer *out, const hpo_json_t *task,
				const hpo_json_t *study, const hpo_json_t *file,
				const hpo_json_t *space, hpo_error_t *error)
{
	static const char *const objects[] = {"task", "limits", "strategy", "pruner"};
	const hpo_json_t *params = hpo__json_get(space, "parameter_optimization_space");
	struct others of_file = {out, NULL}, of_study = {out, file};
	struct hpo_buffer objectives = HPO__BUFFER_INIT;
	hpo_status_t status = write_set_objectives(&objectives, task, error);

	for (size_t i = 0; i < 4 && status >= 0; i++) {
		const hpo_json_t *below = hpo__json_get(file, objects[i]);

		if (below == NULL)
			below = hpo__json_get(study, objects[i]);
		if (strcmp(objects[i], "pruner") == 0 && below == NULL &&
		    item_text(task, "opt/pruner") == NULL)
			continue;
		hpo__buffer_format(out, "%s\"%s\":", i > 0 ? "," : "{", objects[i]);
		status = write_merged(out, task, objects[i], below, error);
	}
	if (params == NULL)
		params = hpo__json_get(file, "parameters");
	write_list(out, "parameters", params, hpo__json_get(study, "parameters"));
	if (objectives.size > 0)
		hpo__buffer_format(out, ",\"objectives\":%s", objectives.text);
	else
		write_list(out, "objectives", hpo__json_get(file, "objectives"),
			   hpo__json_get(study, "objectives"));
	write_list(out, "name", hpo__json_get(study, "name"), hpo__json_get(task, "id"));
	if (hpo__json_kind(file) == HPO__JSON_OBJECT)
		hpo__json_each(file, copy_other, &of_file);
	if (hpo__json_kind(study) == HPO__JSON_OBJECT)
		hpo__json_each(study, copy_other, &of_study);
	hpo__buffer_char(out, '}');
	out->failed = out->failed || objectives.failed;
	hpo__buffer_release(&objectives);
	return status;
}

hpo_status_t hpo__clearml_settings_apply(const hpo_json_t *task, const hpo_json_t *study,
					 struct hpo_buffer *out, hpo_error_t *error)
{
	hpo_json_t *space = NULL, *file = NULL;
	hpo_status_t status = read_space(&space, task, error);

	if (status >= 0)
		status = read_file(&file, task, error);
	if (status >= 0)
		status = write_study(out, task, study, file, space, error);
	if (status >= 0 && out->failed)
		status = hpo__fail_memory(error);
	hpo__json_free(file);
	hpo__json_free(space);
	return status;
}
