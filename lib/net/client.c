/*
 * HTTP over libcurl's multi interface, so that a descriptor can end a request
 * at once.
 *
 * libcurl sends a request a second time by itself when a kept connection turns
 * out to be dead, whatever the method. What may be sent only once therefore
 * gets a connection of its own.
 */
#include "net/http.h"

#include "base/alloc.h"
#include "net/retry.h"

#include <curl/curl.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const double default_connect_s = 10.0;
static const double default_attempt_s = 60.0;
static const size_t default_largest = (size_t)64 << 20;

struct hpo_http {
	CURL *easy;
	CURLM *multi;
	char *user_agent, *ca_bundle;
	bool skip_verification, ca_is_folder;
	double connect_s, attempt_s;
	size_t largest;
	int cancel_fd;
	void (*retrying)(const char *why, double wait_s, void *user);
	void *user;
};

/* What one attempt came to, beside the answer. */
struct attempt {
	struct hpo_http_response *response;
	size_t largest;
	double retry_after_s; /* negative: the server did not say */
	bool too_large;
	bool cancelled;
	bool sent; /* the request may have reached the server */
	CURLcode code;
	char words[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_code;

static void init_global(void)
{
	global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_cancelled(const hpo_http_t *http)
{
	struct pollfd cancel = {.fd = http->cancel_fd, .events = POLLIN};

	return http->cancel_fd >= 0 && poll(&cancel, 1, 0) > 0;
}

/* Wait, but not when somebody cancels. */
static void pause_for(const hpo_http_t *http, double wait_s)
{
	struct pollfd cancel = {.fd = http->cancel_fd, .events = POLLIN};
	const double end = now_s() + wait_s;
	double left_s;

	while ((left_s = end - now_s()) > 0) {
		if (poll(&cancel, 1, (int)ceil(left_s * 1000.0)) > 0 || errno != EINTR)
			return;
	}
}

hpo_status_t hpo__http_new(hpo_http_t **out, const struct hpo_http_options *options,
			   hpo_error_t *error)
{
	hpo_http_t *http;

	*out = NULL;
	pthread_once(&once, init_global);
	if (global_code != CURLE_OK)
		return hpo__fail(error, HPO_EBACKEND, "libcurl cannot be used: %s",
				 curl_easy_strerror(global_code));
	http = hpo__calloc(1, sizeof *http);
	if (http == NULL)
		return hpo__fail_memory(error);
	http->easy = curl_easy_init();
	http->multi = curl_multi_init();
	http->user_agent = hpo__strdup(options->user_agent);
	http->ca_bundle = hpo__strdup(options->ca_bundle);
	http->skip_verification = options->skip_verification;
	http->connect_s = options->connect_s > 0 ? options->connect_s : default_connect_s;
	http->attempt_s = options->attempt_s > 0 ? options->attempt_s : default_attempt_s;
	http->largest = options->largest_response > 0 ? options->largest_response : default_largest;
	http->cancel_fd = options->cancel_fd;
	http->retrying = options->retrying;
	http->user = options->user;
	if (http->easy == NULL || http->multi == NULL ||
	    (options->user_agent != NULL && http->user_agent == NULL) ||
	    (options->ca_bundle != NULL && http->ca_bundle == NULL)) {
		hpo__http_free(http);
		return hpo__fail_memory(error);
	}
	*out = http;
	return HPO_OK;
}

void hpo__http_free(hpo_http_t *http)
{
	if (http == NULL)
		return;
	if (http->easy != NULL)
		curl_easy_cleanup(http->easy);
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	hpo__free(http->user_agent);
	hpo__free(http->ca_bundle);
	hpo__free(http);
}

static size_t take_body(char *bytes, size_t unit, size_t count, void *user)
{
	struct attempt *attempt = user;
	struct hpo_buffer *body = &attempt->response->body;
	const size_t size = unit * count;

	if (size > attempt->largest - body->size) {
		attempt->too_large = true;
		return 0;
	}
	hpo__buffer_append(body, bytes, size);
	return body->failed ? 0 : size;
}

/* The value of a header line if it has the name, which is in lower case; else NULL. */
static const char *value_of(const char *line, size_t size, const char *name)
{
	const size_t length = strlen(name);

	if (size <= length || line[length] != ':')
		return NULL;
	for (size_t i = 0; i < length; i++)
		if ((line[i] | 0x20) != name[i])
			return NULL;
	return line + length + 1;
}

static size_t take_header(char *bytes, size_t unit, size_t count, void *user)
{
	struct attempt *attempt = user;
	const size_t size = unit * count;
	const char *date = value_of(bytes, size, "date");
	const char *after = value_of(bytes, size, "retry-after");
	char copy[64];
	time_t when;

	if (date == NULL && after == NULL)
		return size;
	snprintf(copy, sizeof copy, "%.*s", (int)(bytes + size - (date != NULL ? date : after)),
		 date != NULL ? date : after);
	if (date != NULL) {
		when = curl_getdate(copy, NULL);
		attempt->response->date = when > 0 ? (double)when : 0.0;
	} else {
		attempt->retry_after_s = hpo__retry_after(copy);
	}
	return size;
}

static int is_folder(const char *path)
{
	const size_t length = strlen(path);

	return length > 0 && path[length - 1] == '/';
}

static void set_security(const hpo_http_t *http, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, http->skip_verification ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, http->skip_verification ? 0L : 2L);
	if (http->ca_bundle != NULL && is_folder(http->ca_bundle))
		curl_easy_setopt(easy, CURLOPT_CAPATH, http->ca_bundle);
	else if (http->ca_bundle != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_bundle);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
}

/* All options of one attempt; the handle was reset before. */
static void prepare(const hpo_http_t *http, const struct hpo_http_request *request,
		    struct curl_slist *headers, bool as_form, struct attempt *attempt,
		    double limit_s)
{
	CURL *easy = http->easy;
	const double attempt_s = limit_s < http->attempt_s ? limit_s : http->attempt_s;
	const double connect_s = attempt_s < http->connect_s ? attempt_s : http->connect_s;

	curl_easy_reset(easy);
	set_security(http, easy);
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, attempt->words);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, attempt);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, attempt);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)ceil(attempt_s * 1000.0));
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)ceil(connect_s * 1000.0));
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->repeat == HPO__HTTP_ONCE ? 1L : 0L);
	if (http->user_agent != NULL)
		curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent);
	if (request->body != NULL && !as_form) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Whether the request may be with the server, when there was no answer. */
static bool was_sent(CURL *easy, CURLcode code)
{
	curl_off_t ready_us = 0;

	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_SSL_CACERT_BADFILE:
		return false;
	default:
		curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
		return ready_us > 0;
	}
}

static void drive(hpo_http_t *http, struct attempt *attempt)
{
	struct curl_waitfd cancel = {.fd = http->cancel_fd, .events = CURL_WAIT_POLLIN};
	const unsigned extra = http->cancel_fd >= 0 ? 1 : 0;
	int running = 1;
	int left;
	CURLMsg *message;

	attempt->code = CURLE_AGAIN;
	if (curl_multi_add_handle(http->multi, http->easy) != CURLM_OK) {
		attempt->code = CURLE_OUT_OF_MEMORY;
		return;
	}
	while (running > 0 && !attempt->cancelled) {
		if (curl_multi_perform(http->multi, &running) != CURLM_OK)
			break;
		if (running > 0)
			curl_multi_poll(http->multi, &cancel, extra, 1000, NULL);
		attempt->cancelled = running > 0 && is_cancelled(http);
	}
	while ((message = curl_multi_info_read(http->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			attempt->code = message->data.result;
	attempt->sent = was_sent(http->easy, attempt->code);
	curl_multi_remove_handle(http->multi, http->easy);
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
	struct hpo_buffer line = HPO__BUFFER_INIT;
	struct curl_slist *grown = NULL;

	hpo__buffer_format(&line, "%s: %s", name, value);
	if (!line.failed)
		grown = curl_slist_append(*list, line.text);
	if (line.text != NULL)
		explicit_bzero(line.text, line.size);
	hpo__buffer_release(&line);
	if (grown != NULL)
		*list = grown;
	return grown != NULL;
}

/* The headers of a request; an Expect that would only cost a round trip is left out. */
static struct curl_slist *make_headers(const struct hpo_http_request *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	bool is_fine = list != NULL;

	if (is_fine && request->content_type != NULL)
		is_fine = add_header(&list, "Content-Type", request->content_type);
	if (is_fine && request->authorization != NULL)
		is_fine = add_header(&list, "Authorization", request->authorization);
	for (size_t i = 0; is_fine && request->headers != NULL && request->headers[i] != NULL;
	     i++) {
		struct curl_slist *grown = curl_slist_append(list, request->headers[i]);

		is_fine = grown != NULL;
		list = is_fine ? grown : list;
	}
	if (is_fine)
		return list;
	curl_slist_free_all(list);
	return NULL;
}

static void forget_headers(struct curl_slist *list)
{
	for (struct curl_slist *at = list; at != NULL; at = at->next)
		explicit_bzero(at->data, strlen(at->data));
	curl_slist_free_all(list);
}

/* A form of one file, the body of the request. */
static curl_mime *make_form(hpo_http_t *http, const struct hpo_http_request *request,
			    const char *field)
{
	curl_mime *form = curl_mime_init(http->easy);
	curl_mimepart *part = form != NULL ? curl_mime_addpart(form) : NULL;
	const char *slash = strrchr(field, '/');

	if (part != NULL && curl_mime_name(part, field) == CURLE_OK &&
	    curl_mime_filename(part, slash != NULL ? slash + 1 : field) == CURLE_OK &&
	    curl_mime_data(part, request->body, request->body_size) == CURLE_OK)
		return form;
	curl_mime_free(form);
	return NULL;
}

/*
 * One attempt, from the first byte to the last or to its failure. With a field, the body goes as
 * a form, which each attempt makes anew: one that was sent is at its end.
 */
static void try_once(hpo_http_t *http, const struct hpo_http_request *request,
		     struct curl_slist *headers, const char *field, double limit_s,
		     struct attempt *attempt)
{
	curl_mime *form = NULL;
	long status = 0;

	hpo__buffer_clear(&attempt->response->body);
	attempt->response->status = 0;
	attempt->retry_after_s = -1.0;
	attempt->too_large = attempt->cancelled = attempt->sent = false;
	attempt->words[0] = '\0';
	prepare(http, request, headers, field != NULL, attempt, limit_s);
	if (field != NULL)
		form = make_form(http, request, field);
	if (form != NULL)
		curl_easy_setopt(http->easy, CURLOPT_MIMEPOST, form);
	if (field != NULL && form == NULL)
		attempt->code = CURLE_OUT_OF_MEMORY;
	else
		drive(http, attempt);
	curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	/* The body of an answer that breaks off is no answer. */
	if (attempt->code == CURLE_OK)
		attempt->response->status = (int)status;
	curl_mime_free(form);
}

/* "scheme://host:port" of a URL, for sentences; credentials in it are left out. */
static void name_host(const char *url, char *out, size_t size)
{
	const char *host = strstr(url, "://");
	const char *start = host != NULL ? host + 3 : url;
	const size_t length = strcspn(start, "/?#");
	const char *at = memchr(start, '@', length);
	const char *from = at != NULL ? at + 1 : start;

	snprintf(out, size, "%.*s%.*s", host != NULL ? (int)(start - url) : 0, url,
		 (int)(start + length - from), from);
}

static bool is_hopeless(const struct attempt *attempt)
{
	switch (attempt->code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return true;
	default:
		return attempt->too_large;
	}
}

/* Why there is no answer, in a sentence that names the server. */
static void explain(const struct attempt *attempt, const char *host, size_t largest, char *out,
		    size_t size)
{
	const char *words =
		attempt->words[0] != '\0' ? attempt->words : curl_easy_strerror(attempt->code);

	if (attempt->cancelled)
		snprintf(out, size, "the request to %s was cancelled", host);
	else if (attempt->too_large)
		snprintf(out, size, "the answer of %s is larger than %zu bytes", host, largest);
	else if (attempt->code != CURLE_OK)
		snprintf(out, size, "%s cannot be reached: %s", host, words);
	else
		snprintf(out, size, "%s answered with HTTP status %d", host,
			 attempt->response->status);
}

/* Attempts until there is an answer that counts, or no time. */
static hpo_status_t attempts(hpo_http_t *http, const struct hpo_http_request *request,
			     struct curl_slist *headers, const char *field, struct attempt *attempt,
			     bool *sent, hpo_error_t *error)
{
	const double end = now_s() + request->limit_ms / 1000.0;
	char host[256], why[600];

	name_host(request->url, host, sizeof host);
	for (int count = 0;; count++) {
		struct hpo_retry_case found = {.repeat = request->repeat, .count = count};
		double wait_s;

		try_once(http, request, headers, field, end - now_s(), attempt);
		*sent = *sent || attempt->sent;
		if (attempt->response->body.failed || attempt->code == CURLE_OUT_OF_MEMORY)
			return hpo__fail_memory(error);
		found.status = attempt->response->status;
		found.sent = attempt->sent;
		found.retry_after_s = attempt->retry_after_s;
		found.wanted = found.status != 0 && request->again != NULL &&
			       request->again(attempt->response, request->user);
		if (found.status != 0 && !found.wanted && !hpo__retry_is_transient(found.status))
			return HPO_OK;

		explain(attempt, host, http->largest, why, sizeof why);
		if (is_hopeless(attempt))
			return hpo__fail(error, HPO_EBACKEND, "%s", why);
		wait_s = hpo__retry_wait(&found);
		if (attempt->cancelled || request->single || wait_s < 0 || now_s() + wait_s >= end)
			return hpo__fail(error, HPO_WAIT, "%s", why);
		if (http->retrying != NULL)
			http->retrying(why, wait_s, http->user);
		pause_for(http, wait_s);
		if (is_cancelled(http))
			return hpo__fail(error, HPO_WAIT, "the request to %s was cancelled", host);
		/* What a refusal says was not done was not sent. */
		if (found.status == 429 || found.status == 503)
			*sent = false;
	}
}

static hpo_status_t send_with(hpo_http_t *http, const struct hpo_http_request *request,
			      const char *field, struct hpo_http_response *response, bool *sent,
			      hpo_error_t *error)
{
	struct attempt attempt = {.response = response, .largest = http->largest};
	struct curl_slist *headers = make_headers(request);
	hpo_status_t status;

	*sent = false;
	if (headers == NULL)
		return hpo__fail_memory(error);
	status = attempts(http, request, headers, field, &attempt, sent, error);
	if (status == HPO_WAIT && (response->status == 429 || response->status == 503))
		*sent = false;
	curl_easy_reset(http->easy);
	forget_headers(headers);
	return status;
}

hpo_status_t hpo__http_send(hpo_http_t *http, const struct hpo_http_request *request,
			    struct hpo_http_response *response, bool *sent, hpo_error_t *error)
{
	return send_with(http, request, NULL, response, sent, error);
}

hpo_status_t hpo__http_upload(hpo_http_t *http, const struct hpo_http_request *request,
			      const char *field, struct hpo_http_response *response,
			      hpo_error_t *error)
{
	bool sent;

	return send_with(http, request, field, response, &sent, error);
}

void hpo__http_response_release(struct hpo_http_response *response)
{
	hpo__buffer_release(&response->body);
}
