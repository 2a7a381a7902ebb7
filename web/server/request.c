/*
 * A request from its first line to its end: its path in decoded segments, its
 * arguments, its body within limits.
 */
#include "server/inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* A whole request must have come within this, and its answer be taken within that. */
static const double hear_s = 20;
static const double answer_s = 120;

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decode in place; false for what is no encoding, or a zero byte. */
static bool decode(char *text, bool plus_is_space)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from == '%') {
			const int high = hex_digit(from[1]);
			const int low = high < 0 ? -1 : hex_digit(from[2]);

			if (low < 0 || high * 16 + low == 0)
				return false;
			*to++ = (char)(high * 16 + low);
			from += 2;
		} else {
			*to++ = *from == '+' && plus_is_space ? ' ' : *from;
		}
	}
	*to = '\0';
	return true;
}

/* Cut the path into its decoded segments; false where it is none of ours. */
static bool split_path(struct request *request)
{
	const char *at = request->path;

	if (*at != '/')
		return false;
	while (*at == '/') {
		const size_t length = strcspn(at + 1, "/");

		if (request->part_count == sizeof request->parts / sizeof *request->parts)
			return false;
		request->parts[request->part_count] = web_must(strndup(at + 1, length));
		if (!decode(request->parts[request->part_count++], false))
			return false;
		at += length + 1;
	}
	return true;
}

char *query_text(const struct request *request, const char *name)
{
	const char *given = MHD_lookup_connection_value(request->connection,
							MHD_GET_ARGUMENT_KIND, name);
	char *text;

	if (given == NULL)
		return NULL;
	text = web_copy(given);
	if (decode(text, true))
		return text;
	free(text);
	return web_copy("");
}

bool query_number(struct request *request, const char *name, int64_t low, int64_t high,
		  int64_t *out, enum MHD_Result *result)
{
	char *text = query_text(request, name);
	char *end = NULL;
	long long value;

	if (text == NULL)
		return true;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || errno != 0 ||
	    value < low || value > high) {
		*result = answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				       "%s is not a whole number from %lld to %lld", name,
				       (long long)low, (long long)high);
		free(text);
		return false;
	}
	free(text);
	*out = value;
	return true;
}

static bool is_known(const char *key, const char *const *known)
{
	for (; known != NULL && *known != NULL; known++) {
		if (strcmp(key, *known) == 0)
			return true;
	}
	return known == NULL;
}

bool read_body(struct request *request, const char *const *known, enum MHD_Result *result)
{
	json_error_t where;
	const char *key;
	json_t *value;

	request->json = json_loadb(request->body != NULL ? request->body : "", request->size,
				   JSON_REJECT_DUPLICATES, &where);
	if (request->json == NULL) {
		*result = answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				       "the body is not JSON: line %d, column %d: %s", where.line,
				       where.column, where.text);
		return false;
	}
	if (!json_is_object(request->json)) {
		*result = answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				       "the body must be a JSON object");
		return false;
	}
	json_object_foreach(request->json, key, value)
	{
		if (is_known(key, known))
			continue;
		*result = answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				       "the body has a member '%.60s', which is not known", key);
		return false;
	}
	return true;
}

static bool has_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PATCH") == 0 ||
	       strcmp(method, "PUT") == 0;
}

/* What can be refused before the body comes. */
static bool check_body(struct request *request, enum MHD_Result *result)
{
	const char *type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
						       "Content-Type");
	const char *length = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							 "Content-Length");
	const char *coding = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							 "Transfer-Encoding");
	const bool is_empty = coding == NULL && (length == NULL || atoll(length) == 0);

	if (!has_body(request->method))
		return true;
	if (length != NULL && (strlen(length) > 9 || atoll(length) > BODY_BYTES))
		*result = answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
				       "the body is over %d bytes", (int)BODY_BYTES);
	/* Also where it is empty: a form of another site cannot send this type. */
	else if (type == NULL || strncasecmp(type, "application/json", 16) != 0 ||
		 (type[16] != '\0' && type[16] != ';' && type[16] != ' '))
		*result = answer_error(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "media_type",
				       "the body must be application/json%s",
				       is_empty ? ", also when it is empty" : "");
	else
		return true;
	return false;
}

static void keep_data(struct request *request, const char *data, size_t size)
{
	if (request->too_large || request->size + size > BODY_BYTES) {
		request->too_large = true;
		return;
	}
	if (request->size + size + 1 > request->capacity) {
		request->capacity = 2 * (request->size + size + 1);
		request->body = web_must(realloc(request->body, request->capacity));
	}
	memcpy(request->body + request->size, data, size);
	request->size += size;
	request->body[request->size] = '\0';
}

static size_t count_arguments(const char *target)
{
	size_t count = 1;

	for (const char *at = strchr(target, '?'); at != NULL; at = strchr(at + 1, '&'))
		count++;
	return count - 1;
}

/*
 * Where the arguments of a request use up the room that MHD has for it, MHD ends the connection
 * without a word. It shows us the target before that. MHD itself takes no answer yet, so that ours
 * goes straight to the socket; on_request() ends the connection after it.
 */
void *on_target(void *user, const char *target, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct request *request;
	char *body, *answer;

	(void)user;
	if (info == NULL || (strlen(target) <= TARGET_BYTES && count_arguments(target) <= ARGUMENTS))
		return NULL;
	body = web_format("{\"error\":{\"code\":\"too_large\",\"message\":\"the address of a request has "
			  "at most %d bytes and %d arguments\",\"path\":null}}",
			  (int)TARGET_BYTES, (int)ARGUMENTS);
	answer = web_format("HTTP/1.1 414 URI Too Long\r\nConnection: close\r\n"
			    "Content-Type: application/json; charset=utf-8\r\n"
			    "X-Content-Type-Options: nosniff\r\nContent-Length: %zu\r\n\r\n%s",
			    strlen(body), body);
	send(info->connect_fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	free(answer);
	free(body);
	request = web_must(calloc(1, sizeof *request));
	request->refused = true;
	return request;
}

/* The first call: only the head has come. */
static enum MHD_Result begin(struct request *request)
{
	enum MHD_Result result = MHD_YES;

	allow_time(request->connection, hear_s, false);
	if (!guard_request(request, &result) || !check_body(request, &result))
		return result;
	return MHD_YES;
}

enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
			   const char *method, const char *version, const char *data, size_t *size,
			   void **state)
{
	struct request *request = *state;

	(void)version;
	if (request != NULL && request->refused)
		return MHD_NO;
	if (request == NULL) {
		request = web_must(calloc(1, sizeof *request));
		*state = request;
		request->web = user;
		request->connection = connection;
		request->method = method;
		request->path = web_copy(url);
		return begin(request);
	}
	if (*size > 0) {
		keep_data(request, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (request->answered)
		return MHD_YES;
	allow_time(connection, answer_s, true);
	if (request->too_large)
		return answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
				    "the body is over %d bytes", (int)BODY_BYTES);
	if (!split_path(request))
		return answer_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
				    "the path is not one of this server");
	return route(request);
}

void on_request_ended(void *user, struct MHD_Connection *connection, void **state,
		      enum MHD_RequestTerminationCode code)
{
	struct request *request = *state;

	(void)user;
	(void)connection;
	(void)code;
	if (request == NULL)
		return;
	for (size_t i = 0; i < request->part_count; i++)
		free(request->parts[i]);
	json_decref(request->json);
	free(request->body);
	free(request->path);
	free(request);
	*state = NULL;
}
