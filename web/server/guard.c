/*
 * Who may do what.
 *
 * The server listens on loopback, where any web page that the user visits could
 * send requests too. What keeps them out: a Host that is not ours (DNS
 * rebinding), an Origin or a Sec-Fetch-Site that is not ours, and a body that is
 * not JSON (which a form of another site cannot send) are refused; a cookie is
 * SameSite=Strict. And another user of this machine: commands need the token of
 * this start, unless it was started with --allow-launch.
 */
#include "server/inside.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

bool make_secret(char text[SECRET_TEXT])
{
	unsigned char bytes[SECRET_BYTES];

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return false;
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* In a time that does not tell how much of it was right. */
static bool is_secret(const char *given, size_t length, const char *secret)
{
	const size_t size = strlen(secret);
	unsigned char differs = length != size;

	for (size_t i = 0; i < size; i++)
		differs |= (unsigned char)((i < length ? given[i] : 0) ^ secret[i]);
	return differs == 0;
}

static const char *header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

enum { COOKIE_TEXT = 32 };

/* Browsers keep cookies by host: without the port in it, a second server would end our session. */
static void cookie_name(const struct web *web, char name[COOKIE_TEXT])
{
	snprintf(name, COOKIE_TEXT, "hpo_session_%d", web->port);
}

static bool has_secret(const struct request *request)
{
	const char *bearer = header(request, "Authorization");
	char name[COOKIE_TEXT];
	const char *cookie;

	cookie_name(request->web, name);
	cookie = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
	if (cookie != NULL && is_secret(cookie, strlen(cookie), request->web->session))
		return true;
	if (bearer == NULL || strncasecmp(bearer, "Bearer ", 7) != 0)
		return false;
	return is_secret(bearer + 7, strlen(bearer + 7), request->web->token);
}

static bool peer_is_here(const struct request *request)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char text[INET6_ADDRSTRLEN] = "";

	if (info == NULL || info->client_addr == NULL)
		return false;
	if (info->client_addr->sa_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)info->client_addr)->sin_addr, text,
			  sizeof text);
	else
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)info->client_addr)->sin6_addr, text,
			  sizeof text);
	return is_loopback(text) || strncmp(text, "::ffff:127.", 11) == 0;
}

static bool may_read(const struct request *request)
{
	return request->web->loopback || has_secret(request);
}

bool may_command(const struct request *request)
{
	if (request->web->options->allow_launch)
		return may_read(request);
	return has_secret(request) && peer_is_here(request);
}

/* "name:port" of a header is one of ours. */
static bool is_host(const struct web *web, const char *host)
{
	const char *end = strrchr(host, ':');
	char name[256];
	size_t length;

	if (end != NULL && (end[1] == '\0' || strspn(end + 1, "0123456789") != strlen(end + 1)))
		end = NULL;
	if (end == NULL ? web->port != 80
			: strlen(end + 1) > 5 || atoi(end + 1) != web->port)
		return false;
	length = end == NULL ? strlen(host) : (size_t)(end - host);
	if (length >= sizeof name)
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	if (name[0] == '[' && length > 2 && name[length - 1] == ']') {
		name[length - 1] = '\0';
		return strcmp(name + 1, web->options->address) == 0 ||
		       (web->loopback && strcmp(name + 1, "::1") == 0);
	}
	for (const char *const *known = web->options->hosts; known != NULL && *known != NULL;
	     known++) {
		if (strcasecmp(name, *known) == 0)
			return true;
	}
	return strcmp(name, web->options->address) == 0 ||
	       (web->loopback && (strcasecmp(name, "localhost") == 0 ||
				  strcmp(name, "127.0.0.1") == 0));
}

static bool is_own_origin(const struct web *web, const char *origin)
{
	return strncmp(origin, "http://", 7) == 0 && is_host(web, origin + 7);
}

static bool changes_something(const struct request *request)
{
	return strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0;
}

/* Whether another site sent it. Following a link to the page is no harm. */
static bool is_foreign(const struct request *request)
{
	const char *origin = header(request, "Origin");
	const char *site = header(request, "Sec-Fetch-Site");
	const bool is_page = strncmp(request->path, "/api/", 5) != 0;

	if (origin != NULL && !is_own_origin(request->web, origin))
		return true;
	if (site == NULL || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0)
		return false;
	return changes_something(request) || !is_page;
}

/* After the first use of the token in the URL: a cookie, and the URL without it. */
static enum MHD_Result answer_login(struct request *request)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
	char name[COOKIE_TEXT];
	char cookie[160];

	if (response == NULL)
		return MHD_NO;
	cookie_name(request->web, name);
	snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict", name,
		 request->web->session);
	MHD_add_response_header(response, "Set-Cookie", cookie);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "Location", request->path);
	return answer_with(request, MHD_HTTP_SEE_OTHER, response);
}

/* The token in the URL of the page. True when the request was answered by that. */
static bool is_login(struct request *request, enum MHD_Result *result)
{
	char *token;

	if (strncmp(request->path, "/api/", 5) == 0 || strncmp(request->path, "//", 2) == 0 ||
	    strchr(request->path, '\\') != NULL || changes_something(request))
		return false;
	token = query_text(request, "token");
	if (token == NULL)
		return false;
	if (is_secret(token, strlen(token), request->web->token))
		*result = answer_login(request);
	else
		*result = answer_error(request, MHD_HTTP_UNAUTHORIZED, "unauthorized",
				       "the token is not that of this start: 'hpo ui' printed a "
				       "new one");
	free(token);
	return true;
}

bool guard_request(struct request *request, enum MHD_Result *result)
{
	const char *host = header(request, "Host");

	if (host == NULL || !is_host(request->web, host))
		*result = answer_error(request, MHD_HTTP_MISDIRECTED_REQUEST, "host",
				       "this server does not go by the name that it was asked for; "
				       "start it with --host-name to give it one");
	else if (is_foreign(request))
		*result = answer_error(request, MHD_HTTP_FORBIDDEN, "forbidden",
				       "requests of other sites are refused");
	else if (is_login(request, result))
		return false;
	else if (!may_read(request))
		*result = answer_error(request, MHD_HTTP_UNAUTHORIZED, "unauthorized",
				       "this needs the token that 'hpo ui' printed: open the page "
				       "with ?token=…, or send it as a Bearer");
	else
		return true;
	return false;
}

bool guard_command(struct request *request, enum MHD_Result *result)
{
	if (may_command(request))
		return true;
	*result = answer_error(request, MHD_HTTP_FORBIDDEN, "forbidden",
			       "commands need the URL that 'hpo ui' printed, with its token, opened "
			       "on this machine; or start it with --allow-launch");
	return false;
}
