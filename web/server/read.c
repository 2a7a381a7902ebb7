/*
 * The routes that read: studies, trials, figures, exports.
 */
#include "report.h"
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "postgresql://user:secret@host/db" without the secret. */
static json_t *plain_store(const char *url)
{
	const char *slashes = strstr(url, "://");
	const char *at = slashes != NULL ? strchr(slashes, '@') : NULL;
	const char *colon = slashes != NULL ? strchr(slashes + 3, ':') : NULL;
	char *plain;
	json_t *json;

	if (at == NULL || colon == NULL || colon > at)
		return json_string(url);
	plain = web_format("%.*s:***%s", (int)(colon - url), url, at);
	json = json_string(plain);
	free(plain);
	return json;
}

enum MHD_Result get_info(struct request *request)
{
	const struct web *web = request->web;
	const bool can_launch = may_command(request);
	char cwd[4096] = "";
	json_t *json;

	if (getcwd(cwd, sizeof cwd) == NULL)
		cwd[0] = '\0';
	json = json_pack("{s:s,s:o,s:b,s:o,s:b,s:f,s:s}", "version", hpo_version(), "store",
			 plain_store(web->options->store), "can_launch", can_launch,
			 "launch_hint",
			 can_launch ? json_null()
				    : json_string("Open the URL that 'hpo ui' printed, with its "
						  "token, or start it with --allow-launch."),
			 "writable", can_launch, "now_s", now_wall(), "cwd", cwd);
	json_object_update(json, web->choices);
	return answer_json(request, MHD_HTTP_OK, json);
}

static enum MHD_Result answer_document(struct request *request, const char *name)
{
	struct MHD_Response *response;
	size_t size;
	const char *text = find_document(name, &size);
	char tag[64];

	if (text == NULL)
		return answer_error(request, MHD_HTTP_NOT_FOUND, "not_found", "it is not there");
	snprintf(tag, sizeof tag, "\"%s.%zu\"", request->web->birth, size);
	if (has_tag(request, tag))
		return answer_unchanged(request, tag);
	response = MHD_create_response_from_buffer(size, (void *)text, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
	MHD_add_response_header(response, "Cache-Control", "no-cache");
	MHD_add_response_header(response, "ETag", tag);
	return answer_with(request, MHD_HTTP_OK, response);
}

enum MHD_Result get_openapi(struct request *request)
{
	return answer_document(request, "openapi.json");
}

enum MHD_Result get_schema(struct request *request)
{
	return answer_document(request, "study.schema.json");
}

/* A row even for a study that cannot be read: a list must not fail for one of it. */
static json_t *row_or_error(struct web *web, struct study *study)
{
	hpo_error_t error = {0};
	json_t *row = study_row(web, study, &error);

	if (row != NULL)
		return json_incref(row);
	return json_pack("{s:s,s:s,s:O,s:n,s:[],s:[],s:O,s:n,s:I,s:b,s:s,s:n,s:o}", "name",
			 study->name, "state", "idle", "trials",
			 json_object_get(study->pulse, "trials"), "limit", "objectives", "best",
			 "created_s", json_object_get(study->pulse, "created_s"), "changed_s",
			 "revision", (json_int_t)study->revision, "archived", 0, "note", "", "run",
			 "error", json_string(error.message));
}

enum MHD_Result get_studies(struct request *request)
{
	struct web *web = request->web;
	hpo_error_t error = {0};
	json_t *list;
	char tag[96];
	char *text;

	if (!look(web, &error))
		return answer_failure(request, &error);
	snprintf(tag, sizeof tag, "\"%s.%llu\"", web->birth, (unsigned long long)web->clock);
	if (has_tag(request, tag))
		return answer_unchanged(request, tag);
	list = json_array();
	for (size_t i = 0; i < web->study_count; i++)
		json_array_append_new(list, row_or_error(web, &web->studies[i]));
	list = json_pack("{so}", "studies", list);
	text = web_must(json_dumps(list, JSON_COMPACT));
	json_decref(list);
	return answer_tagged_own(request, text, tag);
}

enum MHD_Result get_study(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	hpo_error_t error = {0};
	json_t *json;
	char tag[TAG_TEXT];
	char *text;

	if (study == NULL)
		return result;
	study_tag(request->web, study, tag);
	if (has_tag(request, tag))
		return answer_unchanged(request, tag);
	json = study_json(request->web, study, &error);
	if (json == NULL)
		return answer_failure(request, &error);
	text = web_must(json_dumps(json, JSON_COMPACT));
	json_decref(json);
	study_tag(request->web, study, tag);
	return answer_tagged_own(request, text, tag);
}

/* Records for an answer: NULL after one was given, also where the client has what there is. */
static const hpo_records_t *records_for(struct request *request, hpo_records_parts_t parts,
					char tag[TAG_TEXT], enum MHD_Result *result)
{
	struct study *study = want_study(request, result);
	const hpo_records_t *records;
	hpo_error_t error = {0};

	if (study == NULL)
		return NULL;
	study_tag(request->web, study, tag);
	if (has_tag(request, tag)) {
		*result = answer_unchanged(request, tag);
		return NULL;
	}
	records = want_records(request->web, study, parts, &error);
	if (records == NULL)
		*result = answer_failure(request, &error);
	study_tag(request->web, study, tag);
	return records;
}

enum MHD_Result get_trials(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	const hpo_records_t *records;
	hpo_error_t error = {0};
	int64_t limit = 20000;
	char tag[TAG_TEXT];
	char *since;
	char *text;

	if (!query_number(request, "limit", 1, 20000, &limit, &result))
		return result;
	since = query_text(request, "since");
	records = records_for(request, HPO_RECORDS_TRIALS, tag, &result);
	if (records == NULL) {
		free(since);
		return result;
	}
	text = hpo_report_columns_json(records, since, (size_t)limit, &error);
	free(since);
	return answer_tagged(request, text, tag, &error);
}

enum MHD_Result get_trial(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	const hpo_records_t *records;
	hpo_error_t error = {0};
	char tag[TAG_TEXT];

	records = records_for(request, HPO_RECORDS_REPORTS, tag, &result);
	if (records == NULL)
		return result;
	return answer_tagged(request, hpo_report_trial_json(records, request->number, &error), tag,
			     &error);
}

enum MHD_Result get_top(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	const hpo_records_t *records;
	hpo_error_t error = {0};
	int64_t count = 10;
	char tag[TAG_TEXT];
	char *text, *whole;

	if (!query_number(request, "count", 1, 1000, &count, &result))
		return result;
	records = records_for(request, HPO_RECORDS_TRIALS, tag, &result);
	if (records == NULL)
		return result;
	text = hpo_report_top_json(records, (size_t)count, &error);
	if (text == NULL)
		return answer_failure(request, &error);
	whole = web_format("{\"trials\":%s}", text);
	hpo_free(text);
	return answer_tagged_own(request, whole, tag);
}

enum MHD_Result get_figures(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	const hpo_records_t *records;
	hpo_error_t error = {0};
	char tag[TAG_TEXT];
	char *text, *whole;

	records = records_for(request, HPO_RECORDS_TRIALS, tag, &result);
	if (records == NULL)
		return result;
	text = hpo_report_figures_json(records, &error);
	if (text == NULL)
		return answer_failure(request, &error);
	whole = web_format("{\"figures\":%s}", text);
	hpo_free(text);
	return answer_tagged_own(request, whole, tag);
}

static bool is_figure(const char *name)
{
	static const char *const names[] = {
		"history", "objective", "parallel",	"slice",  "contour",	 "importance",
		"edf",	   "timeline",	"intermediate", "pareto", "hypervolume", "rank",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

enum MHD_Result get_figure(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	hpo_figure_options_t options = {.struct_size = sizeof options};
	const hpo_records_t *records;
	hpo_error_t error = {0};
	int64_t objective = 0;
	char *x, *y, *text = NULL;
	char tag[TAG_TEXT];

	if (!is_figure(request->name))
		return answer_error(request, MHD_HTTP_NOT_FOUND, "not_found",
				    "there is no figure '%.60s'", request->name);
	if (!query_number(request, "objective", 0, 1000000, &objective, &result))
		return result;
	x = query_text(request, "x");
	y = query_text(request, "y");
	options.objective = (size_t)objective;
	options.x = x;
	options.y = y;
	records = records_for(request, HPO_RECORDS_REPORTS, tag, &result);
	if (records != NULL) {
		text = hpo_report_figure_with(records, request->name, &options, &error);
		result = answer_tagged(request, text, tag, &error);
	}
	free(x);
	free(y);
	return result;
}

enum MHD_Result get_resources(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	hpo_error_t error = {0};
	json_t *workers, *worker, *definition;
	json_int_t running = 0, slots = 0, alive = 0;
	char *text;
	size_t i;

	if (study == NULL)
		return result;
	text = hpo_store_workers_json(request->web->store, study->name, &error);
	if (text == NULL)
		return answer_failure(request, &error);
	workers = web_must(json_loads(text, 0, NULL));
	hpo_free(text);
	text = hpo_store_study_json(request->web->store, study->name, &error);
	definition = text != NULL ? json_loads(text, 0, NULL) : NULL;
	hpo_free(text);
	json_array_foreach(workers, i, worker)
	{
		running += json_integer_value(json_object_get(worker, "running"));
		alive += json_is_true(json_object_get(worker, "alive"));
	}
	slots = json_integer_value(
		json_object_get(json_object_get(definition, "limits"), "concurrent"));
	slots = (slots > 0 ? slots : 1) * alive;
	json_decref(definition);
	return answer_json(request, MHD_HTTP_OK,
			   json_pack("{s:o,s:I,s:I,s:I}", "workers", workers, "running", running,
				     "slots", slots, "free", slots > running ? slots - running : 0));
}

enum MHD_Result get_export(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	char *format = query_text(request, "format");
	const bool is_csv = format != NULL && strcmp(format, "csv") == 0;
	const bool is_study = format != NULL && strcmp(format, "study") == 0;
	const bool is_known = format == NULL || is_csv || is_study || strcmp(format, "json") == 0;
	const hpo_records_t *records;
	hpo_error_t error = {0};
	struct study *study;
	char *text;

	free(format);
	if (!is_known)
		return answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				    "format is study, json or csv");
	study = want_study(request, &result);
	if (study == NULL)
		return result;
	if (is_study)
		text = hpo_store_study_json(request->web->store, study->name, &error);
	else {
		records = want_records(request->web, study, HPO_RECORDS_REPORTS, &error);
		text = records == NULL ? NULL
		       : is_csv	       ? hpo_report_csv(records, &error)
				       : hpo_report_trials_json(records, &error);
	}
	if (text == NULL)
		return answer_failure(request, &error);
	return answer_file(request, text, is_csv ? "text/csv; charset=utf-8" : "application/json",
			   is_csv ? "trials.csv" : is_study ? "study.json" : "trials.json");
}

enum MHD_Result get_report(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	const hpo_records_t *records;
	hpo_error_t error = {0};
	char *page;

	if (study == NULL)
		return result;
	records = want_records(request->web, study, HPO_RECORDS_REPORTS, &error);
	page = records != NULL ? web_report_page(records, &error) : NULL;
	if (page == NULL && error.code == HPO_EUNSUPPORTED)
		return answer_error(request, MHD_HTTP_NOT_IMPLEMENTED, "unsupported", "%s",
				    error.message);
	if (page == NULL)
		return answer_failure(request, &error);
	return answer_page(request, page);
}

enum MHD_Result get_runs(struct request *request)
{
	json_t *list = json_array();

	for (const struct run *run = request->web->runs; run != NULL; run = run->next)
		json_array_append_new(list, run_json(run));
	return answer_json(request, MHD_HTTP_OK, json_pack("{so}", "runs", list));
}
