/*
 * The routes of web/server/openapi.json.
 */
#include "server/inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* {s} is a study, {n} the number of a trial, {f} the name of a figure. */
static const struct route {
	const char *method;
	const char *path;
	handler_fn handler;
	bool is_command;
} routes[] = {
	{"GET", "/api/info", get_info, false},
	{"GET", "/api/openapi.json", get_openapi, false},
	{"GET", "/api/schema.json", get_schema, false},
	{"GET", "/api/events", get_events, false},
	{"GET", "/api/runs", get_runs, false},
	{"POST", "/api/validate", post_validate, false},
	{"GET", "/api/studies", get_studies, false},
	{"POST", "/api/studies", post_study, true},
	{"GET", "/api/studies/{s}", get_study, false},
	{"PATCH", "/api/studies/{s}", patch_study, true},
	{"DELETE", "/api/studies/{s}", delete_study, true},
	{"POST", "/api/studies/{s}/start", post_start, true},
	{"POST", "/api/studies/{s}/pause", post_pause, true},
	{"POST", "/api/studies/{s}/stop", post_stop, true},
	{"POST", "/api/studies/{s}/clone", post_clone, true},
	{"POST", "/api/studies/{s}/import", post_import, true},
	{"GET", "/api/studies/{s}/export", get_export, false},
	{"GET", "/api/studies/{s}/report.html", get_report, false},
	{"GET", "/api/studies/{s}/trials", get_trials, false},
	{"POST", "/api/studies/{s}/trials", post_trial, true},
	{"GET", "/api/studies/{s}/top", get_top, false},
	{"GET", "/api/studies/{s}/figures", get_figures, false},
	{"GET", "/api/studies/{s}/figures/{f}", get_figure, false},
	{"GET", "/api/studies/{s}/resources", get_resources, false},
	{"GET", "/api/studies/{s}/output", get_output, false},
	{"GET", "/api/studies/{s}/trials/{n}", get_trial, false},
	{"PATCH", "/api/studies/{s}/trials/{n}", patch_trial, true},
	{"POST", "/api/studies/{s}/trials/{n}/stop", post_trial_stop, true},
	{"GET", "/api/studies/{s}/trials/{n}/log", get_log, false},
};

enum { ROUTES = sizeof routes / sizeof *routes };

/* A study's name of a segment: a "~" guards names that a browser would take for a step. */
static bool take_study(struct request *request, const char *part)
{
	request->study = part[0] == '~' ? part + 1 : part;
	return request->study[0] != '\0';
}

static bool take_number(struct request *request, const char *part)
{
	if (part[0] == '\0' || strspn(part, "0123456789") != strlen(part) || strlen(part) > 15)
		return false;
	request->number = atoll(part);
	return true;
}

static bool match_part(struct request *request, const char *pattern, size_t length,
		       const char *part)
{
	if (strncmp(pattern, "{s}", length) == 0)
		return take_study(request, part);
	if (strncmp(pattern, "{n}", length) == 0)
		return take_number(request, part);
	if (strncmp(pattern, "{f}", length) == 0) {
		request->name = part;
		return true;
	}
	return strlen(part) == length && strncmp(pattern, part, length) == 0;
}

static bool match(struct request *request, const char *pattern)
{
	size_t part = 0;

	while (*pattern == '/') {
		const size_t length = strcspn(pattern + 1, "/");

		if (part == request->part_count ||
		    !match_part(request, pattern + 1, length, request->parts[part]))
			return false;
		part++;
		pattern += length + 1;
	}
	return part == request->part_count;
}

static bool serves(const struct route *route, const char *method)
{
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	return strcmp(route->method, method) == 0;
}

/* The path is ours, the method is not: say which are. */
static enum MHD_Result refuse_method(struct request *request, const char *allowed)
{
	char message[160];
	json_t *json;
	struct MHD_Response *response;
	char *text;

	snprintf(message, sizeof message, "this path knows %s", allowed);
	json = json_pack("{s{sssssn}}", "error", "code", "method", "message", message, "path");
	text = web_must(json_dumps(web_must(json), JSON_COMPACT));
	json_decref(json);
	response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (response != NULL) {
		MHD_add_response_header(response, "Allow", allowed);
		MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
		MHD_add_response_header(response, "Cache-Control", "no-store");
	}
	return answer_with(request, MHD_HTTP_METHOD_NOT_ALLOWED, response);
}

static enum MHD_Result route_api(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	char allowed[64] = "";

	for (size_t i = 0; i < ROUTES; i++) {
		if (!match(request, routes[i].path))
			continue;
		if (serves(&routes[i], request->method)) {
			if (routes[i].is_command && !guard_command(request, &result))
				return result;
			return routes[i].handler(request);
		}
		snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), "%s%s",
			 allowed[0] != '\0' ? ", " : "", routes[i].method);
	}
	if (allowed[0] != '\0')
		return refuse_method(request, allowed);
	return answer_error(request, MHD_HTTP_NOT_FOUND, "not_found", "there is no such path");
}

enum MHD_Result route(struct request *request)
{
	if (request->part_count > 0 && strcmp(request->parts[0], "api") == 0)
		return route_api(request);
	if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
		return refuse_method(request, "GET");
	return get_asset(request);
}
