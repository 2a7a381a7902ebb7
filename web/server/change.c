/*
 * The routes that change a study that is there.
 */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum MHD_Result answer_row(struct request *request, const char *name)
{
	struct web *web = request->web;
	hpo_error_t error = {0};
	struct study *study;
	json_t *row;

	if (!look(web, &error))
		return answer_failure(request, &error);
	wake_listeners(web);
	study = find_study(web, name);
	row = study != NULL ? study_row(web, study, &error) : NULL;
	if (row == NULL)
		return answer_failure(request, &error);
	return answer_json(request, MHD_HTTP_ACCEPTED, json_incref(row));
}

static enum MHD_Result stop_study(struct request *request, bool pause)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	hpo_store_t *store = request->web->store;
	hpo_error_t error = {0};
	struct run *run;

	if (study == NULL)
		return result;
	if (hpo_store_annotate(store, study->name, pause ? "{\"paused\":true}" : "{\"paused\":null}",
			       &error) < 0 &&
	    error.code != HPO_EUNSUPPORTED)
		return answer_failure(request, &error);
	if (hpo_store_set_stopped(store, study->name, 1, &error) < 0)
		return answer_failure(request, &error);
	run = find_run(request->web, study->name);
	if (run != NULL && run->ended_s == 0)
		run->stopping = true;
	touch_study(request->web, study->name);
	return answer_row(request, request->study);
}

enum MHD_Result post_stop(struct request *request)
{
	return stop_study(request, false);
}

enum MHD_Result post_pause(struct request *request)
{
	return stop_study(request, true);
}

char *worker_of(struct web *web, const char *study, bool busy)
{
	hpo_error_t error = {0};
	char *text = hpo_store_workers_json(web->store, study, &error);
	json_t *workers = text != NULL ? json_loads(text, 0, NULL) : NULL;
	json_t *worker;
	char *name = NULL;
	size_t i;

	hpo_free(text);
	json_array_foreach(workers, i, worker)
	{
		if (!json_is_true(json_object_get(worker, "alive")) ||
		    (busy && json_integer_value(json_object_get(worker, "running")) == 0))
			continue;
		name = web_copy(json_string_value(json_object_get(worker, "name")));
		break;
	}
	json_decref(workers);
	return name;
}

/* Whether a living process, ours or one from a shell, runs trials of it. */
static bool is_worked_on(struct web *web, const char *study)
{
	const struct run *run = find_run(web, study);
	char *worker;
	bool found;

	if (run != NULL && run->ended_s == 0)
		return true;
	worker = worker_of(web, study, true);
	found = worker != NULL;
	free(worker);
	return found;
}

enum MHD_Result delete_study(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	hpo_error_t error = {0};

	if (study == NULL)
		return result;
	if (is_worked_on(request->web, study->name))
		return answer_error(request, MHD_HTTP_CONFLICT, "conflict",
				    "study '%.200s' runs: stop it first", study->name);
	if (hpo_store_delete_study(request->web->store, study->name, &error) < 0)
		return answer_failure(request, &error);
	look(request->web, &error);
	wake_listeners(request->web);
	return answer_json(request, MHD_HTTP_OK, json_pack("{ss}", "deleted", request->study));
}

/* note, archived and attributes of a body as one object of attributes; NULL after an answer. */
static json_t *read_attributes(struct request *request, enum MHD_Result *result)
{
	enum { NOTE_BYTES = 20000 };
	json_t *note = json_object_get(request->json, "note");
	json_t *archived = json_object_get(request->json, "archived");
	json_t *given = json_object_get(request->json, "attributes");
	json_t *merged;

	if ((note != NULL && (!json_is_string(note) || json_string_length(note) > NOTE_BYTES)) ||
	    (archived != NULL && !json_is_boolean(archived)) ||
	    (given != NULL && !json_is_object(given))) {
		*result = answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				       "note is a text of at most %d bytes, archived true or false, "
				       "attributes an object",
				       (int)NOTE_BYTES);
		return NULL;
	}
	merged = given != NULL ? json_copy(given) : json_object();
	if (note != NULL)
		json_object_set(merged, "note", note);
	if (archived != NULL)
		json_object_set(merged, "archived", archived);
	return web_must(merged);
}

bool set_limits(struct request *request, const struct study *study, enum MHD_Result *result)
{
	json_t *limits = json_object_get(request->json, "limits");
	hpo_error_t error = {0};
	hpo_status_t status;
	char *text;

	if (limits == NULL)
		return true;
	text = web_must(json_dumps(limits, JSON_COMPACT | JSON_ENCODE_ANY));
	status = hpo_store_set_limits(request->web->store, study->name, text, &error);
	free(text);
	if (status < 0)
		*result = answer_failure(request, &error);
	return status >= 0;
}

enum MHD_Result patch_study(struct request *request)
{
	static const char *const known[] = {"limits", "note", "archived", "attributes", NULL};
	enum MHD_Result result = MHD_YES;
	hpo_error_t error = {0};
	struct study *study;
	json_t *attributes, *json;
	char *text;

	if (!read_body(request, known, &result))
		return result;
	attributes = read_attributes(request, &result);
	if (attributes == NULL)
		return result;
	text = web_must(json_dumps(attributes, JSON_COMPACT));
	study = want_study(request, &result);
	if (study == NULL || !set_limits(request, study, &result))
		goto done;
	if (json_object_size(attributes) > 0 &&
	    hpo_store_annotate(request->web->store, study->name, text, &error) < 0) {
		result = answer_failure(request, &error);
		goto done;
	}
	look(request->web, &error);
	wake_listeners(request->web);
	study = find_study(request->web, request->study);
	json = study != NULL ? study_json(request->web, study, &error) : NULL;
	result = json != NULL ? answer_json(request, MHD_HTTP_OK, json)
			      : answer_failure(request, &error);
done:
	free(text);
	json_decref(attributes);
	return result;
}

static enum MHD_Result answer_trial(struct request *request, struct study *study, unsigned status)
{
	hpo_error_t error = {0};
	const hpo_records_t *records =
		want_records(request->web, study, HPO_RECORDS_REPORTS, &error);
	char *text = records != NULL ? hpo_report_trial_json(records, request->number, &error)
				     : NULL;

	wake_listeners(request->web);
	return answer_library(request, status, text, &error);
}

enum MHD_Result patch_trial(struct request *request)
{
	static const char *const known[] = {"note", "archived", "attributes", NULL};
	enum MHD_Result result = MHD_YES;
	hpo_error_t error = {0};
	struct study *study;
	json_t *attributes;
	char *text;

	if (!read_body(request, known, &result))
		return result;
	attributes = read_attributes(request, &result);
	if (attributes == NULL)
		return result;
	text = web_must(json_dumps(attributes, JSON_COMPACT));
	json_decref(attributes);
	study = want_study(request, &result);
	if (study != NULL &&
	    hpo_store_annotate_trial(request->web->store, study->name, request->number, text,
				     &error) < 0)
		result = answer_failure(request, &error);
	else if (study != NULL)
		result = answer_trial(request, study, MHD_HTTP_OK);
	free(text);
	return result;
}

enum MHD_Result post_trial_stop(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	hpo_error_t error = {0};

	if (study == NULL)
		return result;
	if (hpo_store_stop_trial(request->web->store, study->name, request->number, &error) < 0) {
		if (error.code == HPO_EINVAL)
			return answer_error(request, MHD_HTTP_CONFLICT, "conflict", "%s",
					    error.message);
		return answer_failure(request, &error);
	}
	return answer_trial(request, study, MHD_HTTP_ACCEPTED);
}

static hpo_optimizer_t *open_optimizer(struct request *request, const struct study *study,
				       enum MHD_Result *result)
{
	hpo_optimizer_t *optimizer = NULL;
	hpo_error_t error = {0};

	if (hpo_optimizer_open(&optimizer, request->web->options->store, study->name, &error) < 0)
		*result = answer_failure(request, &error);
	return optimizer;
}

enum MHD_Result post_trial(struct request *request)
{
	static const char *const known[] = {"params", NULL};
	enum MHD_Result result = MHD_YES;
	hpo_optimizer_t *optimizer = NULL;
	hpo_error_t error = {0};
	struct study *study;
	hpo_status_t status;
	char *text;

	if (!read_body(request, known, &result))
		return result;
	if (!json_is_object(json_object_get(request->json, "params")))
		return answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				    "expected {\"params\": {name: value}}");
	study = want_study(request, &result);
	if (study == NULL || (optimizer = open_optimizer(request, study, &result)) == NULL)
		return result;
	text = web_must(json_dumps(json_object_get(request->json, "params"), JSON_COMPACT));
	status = hpo_optimizer_enqueue_trial(optimizer, text, &error);
	free(text);
	hpo_optimizer_free(optimizer);
	if (status < 0)
		return answer_failure(request, &error);
	look(request->web, &error);
	wake_listeners(request->web);
	return answer_json(request, MHD_HTTP_CREATED, json_pack("{sb}", "queued", 1));
}

/* Each is one transaction, and others wait meanwhile: so there are few at a time. */
static enum MHD_Result import_trials(struct request *request, hpo_optimizer_t *optimizer,
				     const json_t *trials)
{
	hpo_error_t error = {0};
	hpo_status_t status = HPO_OK;
	json_int_t imported = 0;
	json_t *trial;
	size_t i;

	json_array_foreach(trials, i, trial)
	{
		char *text = web_must(json_dumps(trial, JSON_COMPACT | JSON_ENCODE_ANY));

		status = hpo_optimizer_import_trial(optimizer, text, &error);
		free(text);
		if (status < 0)
			return answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
					    "trials[%zu]: %s; those before it were added", i,
					    error.message);
		imported++;
	}
	look(request->web, &error);
	wake_listeners(request->web);
	return answer_json(request, MHD_HTTP_OK, json_pack("{sI}", "imported", imported));
}

enum MHD_Result post_import(struct request *request)
{
	enum { MOST = 200 };
	static const char *const known[] = {"trials", NULL};
	enum MHD_Result result = MHD_YES;
	hpo_optimizer_t *optimizer = NULL;
	struct study *study;
	json_t *trials;

	if (!read_body(request, known, &result))
		return result;
	trials = json_object_get(request->json, "trials");
	if (json_array_size(trials) < 1 || json_array_size(trials) > MOST)
		return answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				    "expected {\"trials\": [1 to %d of them]}", (int)MOST);
	study = want_study(request, &result);
	if (study == NULL || (optimizer = open_optimizer(request, study, &result)) == NULL)
		return result;
	result = import_trials(request, optimizer, trials);
	hpo_optimizer_free(optimizer);
	return result;
}
