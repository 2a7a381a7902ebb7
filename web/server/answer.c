/*
 * Answers: their headers, their errors, their tags.
 */
#include "server/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char type_json[] = "application/json; charset=utf-8";

enum MHD_Result answer_with(struct request *request, unsigned status, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(response, "X-Frame-Options", "DENY");
	MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
	result = MHD_queue_response(request->connection, status, response);
	MHD_destroy_response(response);
	request->answered = true;
	return result;
}

/* A body that `release` frees; for a HEAD request too, which MHD sends without it. */
static struct MHD_Response *make_response(char *text, void (*release)(void *), const char *type,
					  const char *cache)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer_with_free_callback(strlen(text), text, release);
	if (response == NULL)
		return NULL;
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", cache);
	return response;
}

enum MHD_Result answer_json(struct request *request, unsigned status, json_t *json)
{
	char *text = web_must(json_dumps(web_must(json), JSON_COMPACT | JSON_ENCODE_ANY));

	json_decref(json);
	return answer_with(request, status, make_response(text, free, type_json, "no-store"));
}

enum MHD_Result answer_library(struct request *request, unsigned status, char *text,
			       const hpo_error_t *error)
{
	if (text == NULL)
		return answer_failure(request, error);
	return answer_with(request, status, make_response(text, hpo_free, type_json, "no-store"));
}

static enum MHD_Result tagged(struct request *request, struct MHD_Response *response,
			      const char *tag)
{
	if (response != NULL)
		MHD_add_response_header(response, "ETag", tag);
	return answer_with(request, MHD_HTTP_OK, response);
}

enum MHD_Result answer_tagged(struct request *request, char *text, const char *tag,
			      const hpo_error_t *error)
{
	if (text == NULL)
		return answer_failure(request, error);
	return tagged(request, make_response(text, hpo_free, type_json, "no-cache"), tag);
}

enum MHD_Result answer_tagged_own(struct request *request, char *text, const char *tag)
{
	return tagged(request, make_response(text, free, type_json, "no-cache"), tag);
}

enum MHD_Result answer_file(struct request *request, char *text, const char *type,
			    const char *file_name)
{
	struct MHD_Response *response = make_response(text, hpo_free, type, "no-store");
	char header[160];

	snprintf(header, sizeof header, "attachment; filename=\"%s\"", file_name);
	if (response != NULL)
		MHD_add_response_header(response, "Content-Disposition", header);
	return answer_with(request, MHD_HTTP_OK, response);
}

enum MHD_Result answer_page(struct request *request, char *html)
{
	struct MHD_Response *response =
		make_response(html, free, "text/html; charset=utf-8", "no-store");

	if (response != NULL) {
		MHD_add_response_header(response, "Content-Disposition",
					"attachment; filename=\"report.html\"");
		MHD_add_response_header(response, "Content-Security-Policy", "sandbox");
	}
	return answer_with(request, MHD_HTTP_OK, response);
}

enum MHD_Result answer_unchanged(struct request *request, const char *tag)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);

	if (response != NULL) {
		MHD_add_response_header(response, "ETag", tag);
		MHD_add_response_header(response, "Cache-Control", "no-cache");
	}
	return answer_with(request, MHD_HTTP_NOT_MODIFIED, response);
}

bool has_tag(const struct request *request, const char *tag)
{
	const char *given = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							"If-None-Match");

	return given != NULL && strstr(given, tag) != NULL;
}

/* "parameters[3].low" of "parameters[3].low: is not …"; null where a sentence has no path. */
static json_t *path_of(const char *message)
{
	const size_t length = strspn(message, "abcdefghijklmnopqrstuvwxyz"
					      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]");

	if (length == 0 || strncmp(message + length, ": ", 2) != 0)
		return json_null();
	return json_stringn(message, length);
}

/* Messages quote what was given: what is not UTF-8 there must not spoil the answer. */
static json_t *text_json(const char *text)
{
	char *plain = hpo_report_plain(text, NULL);
	json_t *json = json_string(plain != NULL ? plain : "");

	hpo_free(plain);
	return json != NULL ? json : json_string("");
}

static enum MHD_Result answer_message(struct request *request, unsigned status, const char *code,
				      const char *message)
{
	return answer_json(request, status,
			   json_pack("{s{sssoso}}", "error", "code", code, "message",
				     text_json(message), "path", path_of(message)));
}

enum MHD_Result answer_error(struct request *request, unsigned status, const char *code,
			     const char *format, ...)
{
	char message[600];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	return answer_message(request, status, code, message);
}

enum MHD_Result answer_failure(struct request *request, const hpo_error_t *error)
{
	switch ((hpo_status_t)error->code) {
	case HPO_ENOTFOUND:
		return answer_message(request, MHD_HTTP_NOT_FOUND, "not_found", error->message);
	case HPO_EINVAL:
	case HPO_EBACKEND:
		return answer_message(request, MHD_HTTP_BAD_REQUEST, "invalid", error->message);
	case HPO_EMISMATCH:
		return answer_message(request, MHD_HTTP_CONFLICT, "conflict", error->message);
	case HPO_EUNSUPPORTED:
		return answer_message(request, MHD_HTTP_CONFLICT, "unsupported", error->message);
	case HPO_ESTORE:
		return answer_message(request, MHD_HTTP_SERVICE_UNAVAILABLE, "store",
				      error->message);
	default:
		return answer_message(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal",
				      error->message);
	}
}
