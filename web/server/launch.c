/*
 * Making and starting studies.
 */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a study file may hold here: reading it compares names and choices with each other. */
enum { VALUES = 20000 };

/* How many values stand in JSON; jansson has bounded its depth. */
static size_t count_values(json_t *json)
{
	size_t count = 1;
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(json, key, value)
		count += count_values(value);
	json_array_foreach(json, i, value)
		count += count_values(value);
	return count;
}

/*
 * Read a study file with the library's own reader; of one that is to be run, what would end its
 * search as it begins is an error too. The definition, or NULL and the error.
 */
static json_t *open_study(json_t *file, const char *store, bool run, hpo_error_t *error)
{
	hpo_optimizer_t *optimizer = NULL;
	json_t *definition = NULL;
	json_t *copy;
	char *text;

	if (count_values(file) > VALUES) {
		*error = (hpo_error_t){.code = HPO_EINVAL};
		snprintf(error->message, sizeof error->message,
			 "the study holds over %d values: make it with 'hpo create --study FILE'",
			 (int)VALUES);
		return NULL;
	}
	copy = web_must(json_copy(file));
	json_object_set_new(copy, "store", json_string(store));
	text = web_must(json_dumps(copy, JSON_COMPACT));
	json_decref(copy);
	if ((!run || hpo_optimizer_check_task(text, error) >= 0) &&
	    hpo_optimizer_from_json(&optimizer, text, error) >= 0) {
		char *whole = hpo_optimizer_study_json(optimizer, error);

		definition = whole != NULL ? json_loads(whole, 0, NULL) : NULL;
		hpo_free(whole);
	}
	free(text);
	hpo_optimizer_free(optimizer);
	return definition;
}

static json_t *path_of(const char *message)
{
	const size_t length = strspn(message, "abcdefghijklmnopqrstuvwxyz"
					      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]");

	if (length == 0 || strncmp(message + length, ": ", 2) != 0)
		return json_null();
	return json_stringn(message, length);
}

static json_t *plain_json(const char *text)
{
	char *plain = hpo_report_plain(text, NULL);
	json_t *json = json_string(plain != NULL ? plain : "");

	hpo_free(plain);
	return json;
}

enum MHD_Result post_validate(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	hpo_error_t error = {0};
	json_t *definition;
	const char *name;
	bool exists;

	if (!read_body(request, NULL, &result))
		return result;
	definition = open_study(request->json, "memory:", false, &error);
	if (definition != NULL)
		json_object_del(definition, "store");
	name = json_string_value(
		json_object_get(definition != NULL ? definition : request->json, "name"));
	exists = name != NULL && find_study(request->web, name) != NULL;
	return answer_json(request, MHD_HTTP_OK,
			   json_pack("{s:b,s:o,s:o,s:o,s:b}", "valid", definition != NULL,
				     "message",
				     definition != NULL ? json_null() : plain_json(error.message),
				     "path", definition != NULL ? json_null() : path_of(error.message),
				     "definition", definition != NULL ? definition : json_null(),
				     "exists", exists));
}

static enum MHD_Result answer_study(struct request *request, unsigned status, const char *name)
{
	hpo_error_t error = {0};
	struct study *study;
	json_t *json;

	if (!look(request->web, &error))
		return answer_failure(request, &error);
	wake_listeners(request->web);
	study = find_study(request->web, name);
	if (study == NULL)
		return answer_error(request, MHD_HTTP_NOT_FOUND, "not_found",
				    "there is no study '%.200s' any more", name);
	json = study_json(request->web, study, &error);
	return json != NULL ? answer_json(request, status, json) : answer_failure(request, &error);
}

static const char *name_of(const json_t *study)
{
	const char *name = json_string_value(json_object_get(study, "name"));

	return name != NULL ? name : "study";
}

static bool is_running(struct web *web, const char *study)
{
	const struct run *run = find_run(web, study);

	return run != NULL && run->ended_s == 0;
}

/* More than one process may run a study: it is asked for by "join", lest it happen unawares. */
static bool may_start(struct request *request, const char *study, enum MHD_Result *result)
{
	const json_t *join = json_object_get(request->json, "join");
	char *worker;

	if (join != NULL && !json_is_boolean(join)) {
		*result = answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				       "join is true or false");
		return false;
	}
	if (is_running(request->web, study)) {
		*result = answer_error(request, MHD_HTTP_CONFLICT, "conflict",
				       "study '%.200s' runs already", study);
		return false;
	}
	worker = json_is_true(join) ? NULL : worker_of(request->web, study, false);
	if (worker == NULL)
		return true;
	*result = answer_error(request, MHD_HTTP_CONFLICT, "elsewhere",
			       "study '%.200s' is run by %.200s already, which a second process "
			       "would join",
			       study, worker);
	free(worker);
	return false;
}

/* Made in the store before its search starts, so that what is wrong is said here. */
static enum MHD_Result make_study(struct request *request, json_t *file, bool start)
{
	struct web *web = request->web;
	hpo_error_t error = {0};
	enum MHD_Result result = MHD_YES;
	json_t *definition;
	char *name;

	if (!look(web, &error))
		return answer_failure(request, &error);
	if (!start && find_study(web, name_of(file)) != NULL)
		return answer_error(request, MHD_HTTP_CONFLICT, "conflict",
				    "there is a study '%.200s' already", name_of(file));
	if (start && !may_start(request, name_of(file), &result))
		return result;
	definition = open_study(file, web->options->store, start, &error);
	if (definition == NULL)
		return answer_failure(request, &error);
	name = web_copy(name_of(definition));
	look(web, &error);
	if (start && start_run(web, name, definition, &error) == NULL)
		result = answer_failure(request, &error);
	else
		result = answer_study(request, MHD_HTTP_CREATED, name);
	free(name);
	json_decref(definition);
	return result;
}

enum MHD_Result post_study(struct request *request)
{
	static const char *const known[] = {"study", "start", "join", NULL};
	enum MHD_Result result = MHD_YES;
	json_t *start;

	if (!read_body(request, known, &result))
		return result;
	start = json_object_get(request->json, "start");
	if (!json_is_object(json_object_get(request->json, "study")) ||
	    (start != NULL && !json_is_boolean(start)))
		return answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				    "expected {\"study\": a study file, \"start\": true or false}");
	return make_study(request, json_object_get(request->json, "study"), json_is_true(start));
}

static json_t *read_definition(struct web *web, const struct study *study, hpo_error_t *error)
{
	char *text = hpo_store_study_json(web->store, study->name, error);
	json_t *definition = text != NULL ? json_loads(text, 0, NULL) : NULL;

	hpo_free(text);
	return definition;
}

enum MHD_Result post_clone(struct request *request)
{
	static const char *const known[] = {"name", NULL};
	enum MHD_Result result = MHD_YES;
	struct study *study;
	hpo_error_t error = {0};
	json_t *definition;
	json_t *name;

	if (!read_body(request, known, &result))
		return result;
	name = json_object_get(request->json, "name");
	if (!json_is_string(name) || json_string_length(name) == 0)
		return answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				    "expected {\"name\": of the new study}");
	study = want_study(request, &result);
	if (study == NULL)
		return result;
	definition = read_definition(request->web, study, &error);
	if (definition == NULL)
		return answer_failure(request, &error);
	json_object_set(definition, "name", name);
	result = make_study(request, definition, false);
	json_decref(definition);
	return result;
}

static bool check_task(const json_t *study, hpo_error_t *error)
{
	char *text = web_must(json_dumps(study, JSON_COMPACT));
	const hpo_status_t status = hpo_optimizer_check_task(text, error);

	free(text);
	return status >= 0;
}

static enum MHD_Result start_study(struct request *request, struct study *study)
{
	struct web *web = request->web;
	hpo_error_t error = {0};
	json_t *definition = read_definition(web, study, &error);
	struct run *run = NULL;

	if (definition != NULL && check_task(definition, &error) &&
	    (hpo_store_annotate(web->store, study->name, "{\"paused\":null}", &error) >= 0 ||
	     error.code == HPO_EUNSUPPORTED) &&
	    hpo_store_set_stopped(web->store, study->name, 0, &error) >= 0)
		run = start_run(web, study->name, definition, &error);
	json_decref(definition);
	if (run == NULL)
		return answer_failure(request, &error);
	wake_listeners(web);
	return answer_json(request, MHD_HTTP_ACCEPTED, run_json(run));
}

enum MHD_Result post_start(struct request *request)
{
	static const char *const known[] = {"limits", "join", NULL};
	enum MHD_Result result = MHD_YES;
	struct study *study;

	if (request->size > 0 && !read_body(request, known, &result))
		return result;
	study = want_study(request, &result);
	if (study == NULL)
		return result;
	if (!may_start(request, study->name, &result) || !set_limits(request, study, &result))
		return result;
	return start_study(request, study);
}
