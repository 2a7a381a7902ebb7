/*
 * Studies as the server knows them. One look at the store says which changed;
 * the records of one are read when somebody wants them, follow its changes
 * while somebody does, and are let go a while after.
 */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A study that is asked for is looked at again after this at the earliest. */
static const double fresh_s = 0.2;
/* Records that nobody wanted for so long are let go. */
static const double keep_s = 60;
/* As many records are kept as have this many trials together; the last one wanted always is. */
enum { KEEP_TRIALS = 50000 };

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct study *)left)->name, ((const struct study *)right)->name);
}

struct study *find_study(struct web *web, const char *name)
{
	struct study key = {.name = (char *)name};

	if (web->study_count == 0)
		return NULL;
	return bsearch(&key, web->studies, web->study_count, sizeof key, by_name);
}

static void release_study(struct study *study)
{
	hpo_records_free(study->records);
	json_decref(study->pulse);
	json_decref(study->row);
	free(study->name);
}

void release_studies(struct web *web)
{
	for (size_t i = 0; i < web->study_count; i++)
		release_study(&web->studies[i]);
	free(web->studies);
}

void forget_studies(struct web *web)
{
	for (size_t i = 0; i < web->study_count; i++)
		release_study(&web->studies[i]);
	web->study_count = 0;
	web->has_looked = false;
	web->list_changed = ++web->clock;
}

static void mark_changed(struct web *web, struct study *study)
{
	study->changed = ++web->clock;
}

void touch_study(struct web *web, const char *name)
{
	struct study *study = find_study(web, name);

	if (study != NULL)
		mark_changed(web, study);
}

static bool is_archived(const json_t *pulse)
{
	return json_is_true(json_object_get(json_object_get(pulse, "attributes"), "archived"));
}

static void add_study(struct web *web, const char *name)
{
	if (web->study_count == web->study_capacity) {
		web->study_capacity = web->study_capacity == 0 ? 16 : 2 * web->study_capacity;
		web->studies = web_must(
			realloc(web->studies, web->study_capacity * sizeof *web->studies));
	}
	web->studies[web->study_count++] = (struct study){.name = web_copy(name), .id = -1};
}

/* What the look says of one study that is known. */
static void update_study(struct web *web, struct study *study, json_t *pulse)
{
	const int64_t id = json_integer_value(json_object_get(pulse, "id"));
	const int64_t revision = json_integer_value(json_object_get(pulse, "revision"));

	study->seen = true;
	if (study->id == id && study->revision == revision)
		return;
	if (study->id != id || is_archived(study->pulse) != is_archived(pulse))
		web->list_changed = web->clock + 1;
	study->id = id;
	study->revision = revision;
	json_decref(study->pulse);
	study->pulse = json_incref(pulse);
	mark_changed(web, study);
}

/* Those that the look did not find are gone. */
static void drop_unseen(struct web *web)
{
	size_t kept = 0;

	for (size_t i = 0; i < web->study_count; i++) {
		struct study *study = &web->studies[i];

		if (study->seen) {
			web->studies[kept++] = *study;
			continue;
		}
		snprintf(web->gone, sizeof web->gone, "%s", study->name);
		web->gone_at = ++web->clock;
		web->list_changed = web->clock;
		release_study(study);
	}
	web->study_count = kept;
}

static const char *name_of(const json_t *pulse)
{
	const char *name = json_string_value(json_object_get(pulse, "name"));

	return name != NULL ? name : "";
}

/* Make places for the studies that are new, in their order. */
static void add_new(struct web *web, const json_t *list)
{
	const size_t known = web->study_count;
	size_t total = known;
	json_t *pulse;
	size_t i;

	json_array_foreach(list, i, pulse)
	{
		web->study_count = known; /* those are sorted */
		if (find_study(web, name_of(pulse)) != NULL)
			continue;
		web->study_count = total;
		add_study(web, name_of(pulse));
		total = web->study_count;
	}
	web->study_count = total;
	if (total > known)
		qsort(web->studies, total, sizeof *web->studies, by_name);
}

bool look(struct web *web, hpo_error_t *error)
{
	json_t *list, *pulse;
	char *text;
	size_t i;

	web->looked = now_monotonic();
	text = keep_place(web, error) ? hpo_store_pulse_json(web->store, error) : NULL;
	if (text == NULL)
		return false;
	list = json_loads(text, 0, NULL);
	hpo_free(text);
	if (list == NULL) {
		*error = (hpo_error_t){.code = HPO_ESTORE};
		snprintf(error->message, sizeof error->message, "the store's list is no JSON");
		return false;
	}
	for (i = 0; i < web->study_count; i++)
		web->studies[i].seen = false;
	add_new(web, list);
	json_array_foreach(list, i, pulse)
		update_study(web, find_study(web, name_of(pulse)), pulse);
	drop_unseen(web);
	json_decref(list);
	web->has_looked = true;
	stop_again(web);
	return true;
}

void let_go(struct web *web)
{
	const double now = now_monotonic();
	double newest = 0;
	size_t trials = 0;

	for (size_t i = 0; i < web->study_count; i++) {
		struct study *study = &web->studies[i];

		if (study->records == NULL)
			continue;
		trials += hpo_records_count(study->records);
		newest = study->wanted > newest ? study->wanted : newest;
	}
	for (size_t i = 0; i < web->study_count; i++) {
		struct study *study = &web->studies[i];

		if (study->records == NULL || study->wanted >= newest)
			continue;
		if (now - study->wanted > keep_s || trials > KEEP_TRIALS) {
			trials -= hpo_records_count(study->records);
			hpo_records_free(study->records);
			study->records = NULL;
		}
	}
}

/* The records may be newer than the look: what is made of them is then another thing too. */
static void note_records(struct web *web, struct study *study)
{
	const int64_t revision = hpo_records_revision(study->records);

	if (revision == study->revision || revision == study->records_revision)
		return;
	study->records_revision = revision;
	mark_changed(web, study);
}

const hpo_records_t *want_records(struct web *web, struct study *study, hpo_records_parts_t parts,
				  hpo_error_t *error)
{
	hpo_status_t status;

	study->wanted = now_monotonic();
	status = hpo_store_refresh(web->store, study->name, parts, &study->records, error);
	if (status < 0)
		return NULL;
	study->looked = study->wanted;
	note_records(web, study);
	return study->records;
}

struct study *want_study(struct request *request, enum MHD_Result *result)
{
	struct web *web = request->web;
	const bool is_fresh = web->has_looked && now_monotonic() - web->looked < fresh_s;
	struct study *study = is_fresh ? find_study(web, request->study) : NULL;
	hpo_error_t error = {0};

	/* One that is not known may have come since. */
	if (study == NULL && !look(web, &error)) {
		*result = answer_failure(request, &error);
		return NULL;
	}
	if (study == NULL)
		study = find_study(web, request->study);
	if (study == NULL)
		*result = answer_error(request, MHD_HTTP_NOT_FOUND, "not_found",
				       "there is no study '%.200s'", request->study);
	return study;
}

void study_tag(const struct web *web, const struct study *study, char tag[TAG_TEXT])
{
	snprintf(tag, TAG_TEXT, "\"%s.%lld.%llu\"", web->birth, (long long)study->id,
		 (unsigned long long)study->changed);
}

/* Rows ------------------------------------------------------------------------------- */

static json_t *objectives_json(const json_t *summary)
{
	json_t *list = json_array();
	json_t *objective;
	size_t i;

	json_array_foreach(json_object_get(summary, "objectives"), i, objective)
	{
		const char *title = json_string_value(json_object_get(objective, "title"));
		const char *series = json_string_value(json_object_get(objective, "series"));
		json_t *bound = json_object_get(objective, "bound");
		json_t *goal = json_object_get(objective, "goal");
		char *key = title != NULL ? web_format("%s/%s", title, series)
					  : web_copy(series != NULL ? series : "");

		json_array_append_new(
			list, json_pack("{s:o?,s:s?,s:s,s:o,s:O?}", "title",
					title != NULL ? json_string(title) : json_null(), "series",
					series, "key", key, "goal",
					goal != NULL ? json_incref(goal) : json_string("bound"),
					"bound", bound != NULL ? bound : json_null()));
		free(key);
	}
	return list;
}

/* The best as a list, of at most twenty: a front may be long. */
static json_t *best_json(const json_t *summary)
{
	json_t *best = json_object_get(summary, "best");
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(best) && i < 20; i++)
		json_array_append(list, json_array_get(best, i));
	if (json_is_object(best))
		json_array_append(list, best);
	return list;
}

static const char *state_of(const struct study *study, const struct run *run,
			    const json_t *summary, const json_t *limit)
{
	json_t *counts = json_object_get(study->pulse, "trials");
	const json_int_t ended = json_integer_value(json_object_get(counts, "completed")) +
				 json_integer_value(json_object_get(counts, "pruned")) +
				 json_integer_value(json_object_get(counts, "failed"));
	json_t *attributes = json_object_get(study->pulse, "attributes");

	if ((run != NULL && run->ended_s == 0) ||
	    json_integer_value(json_object_get(counts, "running")) > 0)
		return "running";
	if (json_is_true(json_object_get(study->pulse, "stopped")))
		return json_is_true(json_object_get(attributes, "paused")) ? "paused" : "stopped";
	if (json_is_string(json_object_get(summary, "reason")) ||
	    (json_is_integer(limit) && ended >= json_integer_value(limit)))
		return "done";
	return "idle";
}

static json_t *make_row(struct web *web, struct study *study, json_t *summary)
{
	struct run *run = find_run(web, study->name);
	json_t *limit = json_object_get(json_object_get(summary, "limits"), "trials");
	json_t *attributes = json_object_get(study->pulse, "attributes");
	json_t *note = json_object_get(attributes, "note");

	limit = json_is_integer(limit) && json_integer_value(limit) > 0 ? limit : NULL;
	return json_pack(
		"{s:s,s:s,s:O,s:O,s:o,s:o,s:O,s:O?,s:I,s:b,s:O,s:o}", "name", study->name, "state",
		state_of(study, run, summary, limit), "trials", json_object_get(study->pulse, "trials"),
		"limit", limit != NULL ? limit : json_null(), "objectives",
		objectives_json(summary), "best", best_json(summary), "created_s",
		json_object_get(study->pulse, "created_s"), "changed_s",
		json_object_get(summary, "changed_s"), "revision", (json_int_t)study->revision,
		"archived", is_archived(study->pulse), "note",
		json_is_string(note) ? note : json_string(""), "run",
		run != NULL ? run_json(run) : json_null());
}

static json_t *read_summary(struct web *web, struct study *study, hpo_error_t *error)
{
	const hpo_records_t *records = want_records(web, study, HPO_RECORDS_TRIALS, error);
	json_t *summary;
	char *text;

	text = records != NULL ? hpo_report_summary_json(records, error) : NULL;
	if (text == NULL)
		return NULL;
	summary = web_must(json_loads(text, 0, NULL));
	hpo_free(text);
	return summary;
}

json_t *study_row(struct web *web, struct study *study, hpo_error_t *error)
{
	json_t *summary;

	if (study->row != NULL && study->row_changed == study->changed)
		return study->row;
	summary = read_summary(web, study, error);
	if (summary == NULL)
		return NULL;
	json_decref(study->row);
	study->row = web_must(make_row(web, study, summary));
	study->row_changed = study->changed;
	json_decref(summary);
	return study->row;
}

/* The whole study -------------------------------------------------------------------- */

static void add_budget(json_t *list, const char *name, double used, double limit)
{
	json_array_append_new(list, json_pack("{s:s,s:f,s:o}", "name", name, "used", used, "limit",
					      limit > 0 ? json_real(limit) : json_null()));
}

/* Of its last run where that is ours; of one from a shell we know the trials: the first to the last. */
static double minutes_used(const struct web *web, const struct study *study, const json_t *summary)
{
	const struct run *run = find_run((struct web *)web, study->name);
	double began = json_number_value(json_object_get(summary, "started_s"));
	double ended = json_number_value(json_object_get(summary, "ended_s"));

	if (run != NULL) {
		began = run->started_s;
		ended = run->ended_s;
	} else if (json_integer_value(json_object_get(json_object_get(summary, "trials"),
						      "running")) > 0)
		ended = 0;
	if (began <= 0)
		return 0;
	ended = ended > 0 ? ended : now_wall();
	return ended > began ? (ended - began) / 60 : 0;
}

static json_t *budget_json(const struct web *web, const struct study *study, const json_t *summary)
{
	json_t *limits = json_object_get(summary, "limits");
	json_t *counts = json_object_get(summary, "trials");
	const double trials = json_number_value(json_object_get(limits, "trials"));
	const double iterations = json_number_value(json_object_get(limits, "max_iterations"));
	json_t *list = json_array();

	add_budget(list, "trials",
		   json_number_value(json_object_get(counts, "total")) -
			   json_number_value(json_object_get(counts, "waiting")),
		   trials);
	add_budget(list, "iterations", json_number_value(json_object_get(summary, "iterations")),
		   trials * iterations);
	add_budget(list, "compute_minutes",
		   json_number_value(json_object_get(summary, "compute_seconds")) / 60,
		   json_number_value(json_object_get(limits, "compute_minutes")));
	add_budget(list, "minutes", minutes_used(web, study, summary),
		   json_number_value(json_object_get(limits, "minutes")));
	return list;
}

static json_t *parameters_json(const json_t *definition)
{
	json_t *list = json_array();
	json_t *parameter;
	size_t i;

	json_array_foreach(json_object_get(definition, "parameters"), i, parameter)
	{
		const char *scale = json_string_value(json_object_get(parameter, "scale"));

		json_array_append_new(
			list, json_pack("{s:O?,s:O?,s:b}", "name", json_object_get(parameter, "name"),
					"type", json_object_get(parameter, "type"), "log",
					scale != NULL && strcmp(scale, "log") == 0));
	}
	return list;
}

static void add_details(struct web *web, struct study *study, json_t *json, json_t *summary,
			json_t *definition)
{
	static const char *const copied[][2] = {
		{"strategy", "strategy"}, {"pruner", "pruner"},	      {"seed", "seed"},
		{"limits", "limits"},	  {"started_s", "started_s"}, {"ended_s", "ended_s"},
		{"compute_s", "compute_seconds"},
	};
	json_t *task = json_object_get(definition, "task");
	json_t *backend = json_object_get(task, "backend");
	json_t *counts = json_object_get(summary, "trials");

	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
		json_object_set(json, copied[i][0], json_object_get(summary, copied[i][1]));
	json_object_set(json, "count", json_object_get(counts, "total"));
	json_object_set(json, "attributes", json_object_get(study->pulse, "attributes"));
	json_object_set_new(json, "budget", budget_json(web, study, summary));
	json_object_set_new(json, "parameters", parameters_json(definition));
	json_object_set_new(json, "backend",
			    task == NULL      ? json_null()
			    : backend != NULL ? json_incref(backend)
					      : json_string("process"));
	json_object_set(json, "definition", definition);
}

json_t *study_json(struct web *web, struct study *study, hpo_error_t *error)
{
	char *text = hpo_store_study_json(web->store, study->name, error);
	json_t *definition = text != NULL ? json_loads(text, 0, NULL) : NULL;
	json_t *summary = NULL;
	json_t *json = NULL;
	json_t *row;

	hpo_free(text);
	if (definition != NULL)
		summary = read_summary(web, study, error);
	row = summary != NULL ? study_row(web, study, error) : NULL;
	if (row != NULL) {
		json = web_must(json_copy(row));
		add_details(web, study, json, summary, definition);
	}
	json_decref(summary);
	json_decref(definition);
	return json;
}
