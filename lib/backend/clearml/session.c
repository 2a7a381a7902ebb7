/*
 * A login at a ClearML server, and calls under it.
 *
 * The token is renewed before it ends and once when the server refuses it. An
 * answer that cannot be read is no answer: a call that may be repeated is, the
 * others are uncertain.
 */
#include "backend/clearml/session.h"

#include "backend/clearml/envelope.h"
#include "backend/clearml/token.h"
#include "base/alloc.h"
#include "hpo/version.h"
#include "os/clock.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* An answer that broke off is asked for again after so long. */
enum { AGAIN_MS = 250 };

struct hpo_clearml_session {
	const struct hpo_clearml_config *config;
	struct hpo_log log;
	hpo_http_t *http;
	int cancel_fd;
	char *bearer;	      /* "Bearer <token>", secret; NULL: no login yet */
	double renew;	      /* monotonic: when the token is to be renewed; 0: never */
	const char *version;  /* "2.13" */
	char worker[300];     /* header lines */
	bool silent;	      /* the last call had no answer: the next is tried once only */
	double clock_ahead_s; /* the server's clock before ours */
};

static void forget_secret(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	hpo__free(text);
}

/* A buffer that held a secret. */
static void forget_buffer(struct hpo_buffer *buffer)
{
	if (buffer->text != NULL)
		explicit_bzero(buffer->text, buffer->size);
	hpo__buffer_release(buffer);
}

static void say_retrying(const char *why, double wait_s, void *user)
{
	const hpo_clearml_session_t *session = user;

	hpo__log(&session->log, HPO_LOG_INFO, "%s; again in %.2g s", why, wait_s);
}

static void append_base64(struct hpo_buffer *out, const char *text, size_t size)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		const size_t left = size - i;
		const unsigned a = (unsigned char)text[i];
		const unsigned b = left > 1 ? (unsigned char)text[i + 1] : 0;
		const unsigned c = left > 2 ? (unsigned char)text[i + 2] : 0;

		hpo__buffer_char(out, letters[a >> 2]);
		hpo__buffer_char(out, letters[(a & 3) << 4 | b >> 4]);
		hpo__buffer_char(out, left > 1 ? letters[(b & 15) << 2 | c >> 6] : '=');
		hpo__buffer_char(out, left > 2 ? letters[c & 63] : '=');
	}
}

/* The Authorization of a login: the key pair, or else the token that there is. */
static char *login_authorization(const hpo_clearml_session_t *session)
{
	const struct hpo_clearml_config *config = session->config;
	struct hpo_buffer pair = HPO__BUFFER_INIT, out = HPO__BUFFER_INIT;
	const bool has_pair = config->access_key != NULL && config->secret_key != NULL;

	/* The token that an agent gives is good for the first login; later it is too old. */
	if (session->bearer == NULL && config->token != NULL) {
		hpo__buffer_format(&out, "Bearer %s", config->token);
	} else if (has_pair) {
		hpo__buffer_format(&pair, "%s:%s", config->access_key, config->secret_key);
		hpo__buffer_text(&out, "Basic ");
		if (!pair.failed)
			append_base64(&out, pair.text, pair.size);
		out.failed = out.failed || pair.failed;
		forget_buffer(&pair);
	} else if (session->bearer != NULL) {
		hpo__buffer_text(&out, session->bearer);
	}
	return hpo__buffer_take(&out);
}

/* Take the token of a login: when it is to be renewed, and the version that it allows. */
static hpo_status_t take_token(hpo_clearml_session_t *session, const char *text, hpo_error_t *error)
{
	const double now = hpo__clearml_now(session);
	struct hpo_buffer bearer = HPO__BUFFER_INIT;
	struct hpo_clearml_token token;
	double life_s;

	if (hpo__clearml_token_read(&token, text) < 0)
		return hpo__fail_memory(error);
	hpo__buffer_format(&bearer, "Bearer %s", text);
	if (bearer.failed)
		return hpo__fail_memory(error);
	forget_secret(session->bearer);
	session->bearer = hpo__buffer_take(&bearer);
	session->version = hpo__clearml_choose_version(&token, session->config->highest_version);
	session->renew = 0;
	if (token.expires <= 0)
		return HPO_OK;
	/* One that lives shorter than the threshold is renewed at half of its life. */
	life_s = fmax(token.expires - now, 0.0);
	session->renew = hpo__clock_monotonic() +
			 fmax(life_s - session->config->expiration_threshold_s, life_s / 2);
	return HPO_OK;
}

static void note_date(hpo_clearml_session_t *session, const struct hpo_http_response *response)
{
	/* The header has whole seconds: in the mean it is half a second behind. */
	if (response->date > 0)
		session->clock_ahead_s = response->date + 0.5 - hpo__clock_wall();
}

/* Whether an answer with the status of a failing server is worth another attempt. */
static bool is_passing(const struct hpo_http_response *response, void *user)
{
	const hpo_clearml_session_t *session = user;

	for (size_t i = 0; i < session->config->retry_count; i++)
		if (response->status == session->config->retry[i])
			return true;
	return response->status >= 500;
}

static void write_login(const hpo_clearml_session_t *session, struct hpo_buffer *body)
{
	if (session->config->token_lifetime_s > 0)
		hpo__buffer_format(body, "{\"expiration_sec\":%lld}",
				   (long long)session->config->token_lifetime_s);
	else
		hpo__buffer_text(body, "{}");
}

/* Whether an answer that is no envelope looks like one that broke off. */
static bool is_torn(const struct hpo_http_response *response)
{
	const char *text = response->body.text;

	return response->status == 200 && text != NULL && text[strspn(text, " \t\r\n")] == '{';
}

static hpo_status_t send_login(hpo_clearml_session_t *session, const char *authorization,
			       const char *url, const struct hpo_buffer *body, int limit_ms,
			       bool *torn, hpo_error_t *error)
{
	const char *const headers[] = {session->worker, "X-ClearML-Client: hpo-" HPO_VERSION, NULL};
	const struct hpo_http_request request = {
		.method = "POST",
		.url = url,
		.content_type = "application/json",
		.authorization = authorization,
		.headers = headers,
		.body = body->text,
		.body_size = body->size,
		.repeat = HPO__HTTP_REPEAT,
		.limit_ms = limit_ms,
		.again = is_passing,
		.user = session,
	};
	struct hpo_http_response response = {0, HPO__BUFFER_INIT, 0};
	struct hpo_clearml_envelope envelope = {.message = ""};
	const char *token;
	bool sent;
	hpo_status_t status;

	status = hpo__http_send(session->http, &request, &response, &sent, error);
	if (status != HPO_OK)
		goto done;
	note_date(session, &response);
	if (hpo__clearml_envelope_open(&envelope, response.body.text, response.body.size) < 0) {
		status = hpo__fail_memory(error);
		goto done;
	}
	token = hpo__json_text(hpo__json_get(envelope.data, "token"));
	*torn = envelope.json == NULL && is_torn(&response);
	if (envelope.json == NULL)
		status = hpo__fail(error, HPO_EBACKEND,
				   "%s is no ClearML API server: it answered the login with HTTP "
				   "status %d and no envelope",
				   session->config->api, response.status);
	else if (envelope.code != 200)
		status = hpo__fail(error, HPO_EBACKEND,
				   "%s refused the login with the credentials of %s: %s",
				   session->config->api, session->config->from, envelope.message);
	else if (token == NULL || *token == '\0')
		status = hpo__fail(error, HPO_EBACKEND, "%s answered the login without a token",
				   session->config->api);
	else
		status = take_token(session, token, error);
done:
	hpo__clearml_envelope_release(&envelope);
	forget_buffer(&response.body);
	return status;
}

int hpo__clearml_left_ms(double end)
{
	const double ms = ceil((end - hpo__clock_monotonic()) * 1000.0);

	return ms > 1.0 ? (int)ms : 1;
}

bool hpo__clearml_pause(const hpo_clearml_session_t *session, int ms)
{
	struct pollfd cancel = {.fd = session->cancel_fd, .events = POLLIN};

	return poll(&cancel, session->cancel_fd >= 0 ? 1 : 0, ms) == 0;
}

static hpo_status_t login(hpo_clearml_session_t *session, int limit_ms, hpo_error_t *error)
{
	struct hpo_buffer url = HPO__BUFFER_INIT, body = HPO__BUFFER_INIT;
	char *authorization = login_authorization(session);
	const double end = hpo__clock_monotonic() + limit_ms / 1000.0;
	hpo_error_t why;
	hpo_status_t status;
	bool torn;

	hpo__buffer_format(&url, "%s/auth.login", session->config->api);
	write_login(session, &body);
	do {
		torn = false;
		why = (hpo_error_t){0, ""};
		if (authorization == NULL || url.failed || body.failed)
			status = hpo__fail_memory(&why);
		else
			status = send_login(session, authorization, url.text, &body, hpo__clearml_left_ms(end),
					    &torn, &why);
	} while (torn && hpo__clearml_left_ms(end) > AGAIN_MS && hpo__clearml_pause(session, AGAIN_MS));
	if (status != HPO_OK)
		hpo__fail(error, status, "%s", why.message);
	hpo__buffer_release(&body);
	hpo__buffer_release(&url);
	forget_secret(authorization);
	return status;
}

hpo_status_t hpo__clearml_connect(hpo_clearml_session_t **out,
				  const struct hpo_clearml_config *config, int cancel_fd,
				  const struct hpo_log *log, int limit_ms, hpo_error_t *error)
{
	hpo_clearml_session_t *session = hpo__calloc(1, sizeof *session);
	const struct hpo_http_options options = {
		.user_agent = "hpo/" HPO_VERSION,
		.cancel_fd = cancel_fd,
		.skip_verification = config->skip_verification,
		.ca_bundle = config->ca_bundle,
		.retrying = say_retrying,
		.user = session,
	};
	hpo_status_t status;

	*out = NULL;
	if (session == NULL)
		return hpo__fail_memory(error);
	session->config = config;
	session->cancel_fd = cancel_fd;
	session->version = "2.13";
	if (log != NULL)
		session->log = *log;
	snprintf(session->worker, sizeof session->worker, "X-ClearML-Worker: %s", config->worker);
	status = hpo__http_new(&session->http, &options, error);
	if (status == HPO_OK)
		status = login(session, limit_ms, error);
	if (status == HPO_WAIT) {
		status = HPO_EBACKEND;
		if (error != NULL)
			error->code = HPO_EBACKEND;
	}
	if (status < 0) {
		hpo__clearml_disconnect(session);
		return status;
	}
	*out = session;
	return HPO_OK;
}

void hpo__clearml_disconnect(hpo_clearml_session_t *session)
{
	if (session == NULL)
		return;
	hpo__http_free(session->http);
	forget_secret(session->bearer);
	hpo__free(session);
}

/* A call under way. */
struct call {
	const char *endpoint, *type;
	const struct hpo_buffer *body;
	enum hpo_http_repeat repeat;
	double end; /* monotonic */
	hpo_json_t **data;
	struct hpo_clearml_outcome *outcome;
	bool torn; /* the answer could not be read */
};

/* What an answer says. */
static hpo_status_t take_answer(hpo_clearml_session_t *session, struct call *call,
				const struct hpo_http_response *response, hpo_error_t *error)
{
	struct hpo_clearml_envelope envelope;
	hpo_status_t status = HPO_OK;

	note_date(session, response);
	if (hpo__clearml_envelope_open(&envelope, response->body.text, response->body.size) < 0)
		return hpo__fail_memory(error);
	call->outcome->code = envelope.json != NULL ? envelope.code : response->status;
	call->outcome->subcode = envelope.subcode;
	if (envelope.json == NULL) {
		call->torn = response->status == 200;
		call->outcome->uncertain = call->torn;
		status = hpo__fail(error, call->torn ? HPO_WAIT : HPO_EBACKEND,
				   "%s: %s answered with HTTP status %d and no envelope that could "
				   "be read",
				   call->endpoint, session->config->api, response->status);
	} else if (envelope.code != 200) {
		status = hpo__fail(error, HPO_EBACKEND, "%s: the server refused: %s (%d/%d)",
				   call->endpoint, envelope.message, envelope.code,
				   envelope.subcode);
	} else if (call->data != NULL) {
		*call->data = envelope.data != NULL ? hpo__json_keep(envelope.data) : NULL;
	}
	hpo__clearml_envelope_release(&envelope);
	return status;
}

static hpo_status_t send_call(hpo_clearml_session_t *session, struct call *call, hpo_error_t *error)
{
	const char *const headers[] = {session->worker, "X-ClearML-Client: hpo-" HPO_VERSION, NULL};
	struct hpo_http_response response = {0, HPO__BUFFER_INIT, 0};
	struct hpo_buffer url = HPO__BUFFER_INIT;
	struct hpo_http_request request = {
		.method = "POST",
		.content_type = call->type,
		.authorization = session->bearer,
		.headers = headers,
		.body = call->body->text,
		.body_size = call->body->size,
		.repeat = call->repeat,
		.limit_ms = hpo__clearml_left_ms(call->end),
		.again = is_passing,
		.user = session,
	};
	bool sent = false;
	hpo_status_t status;

	request.single = session->silent;
	hpo__buffer_format(&url, "%s/v%s/%s", session->config->api, session->version,
			   call->endpoint);
	if (url.failed)
		return hpo__fail_memory(error);
	request.url = url.text;
	status = hpo__http_send(session->http, &request, &response, &sent, error);
	session->silent = status == HPO_WAIT && hpo__clearml_pause(session, 0);
	if (status == HPO_OK)
		status = take_answer(session, call, &response, error);
	else
		call->outcome->uncertain = sent;
	hpo__http_response_release(&response);
	hpo__buffer_release(&url);
	return status;
}

/* Wait a little before a torn answer is asked for again; false: there is no time left. */
static bool pause_before_again(const hpo_clearml_session_t *session, const struct call *call)
{
	if (call->repeat != HPO__HTTP_REPEAT || hpo__clearml_left_ms(call->end) <= AGAIN_MS)
		return false;
	return hpo__clearml_pause(session, AGAIN_MS);
}

static hpo_status_t make_call(hpo_clearml_session_t *session, struct call *call, hpo_error_t *error)
{
	bool renewed = false;

	for (;;) {
		hpo_error_t why = {0, ""};
		hpo_status_t status = HPO_OK;

		*call->outcome = (struct hpo_clearml_outcome){0, 0, false};
		call->torn = false;
		if (session->renew > 0 && hpo__clock_monotonic() >= session->renew)
			status = login(session, hpo__clearml_left_ms(call->end), &why);
		if (status == HPO_OK)
			status = send_call(session, call, &why);
		if (status == HPO_OK)
			return status;
		if (status == HPO_EBACKEND && call->outcome->code == 401 && !renewed) {
			renewed = true;
			why = (hpo_error_t){0, ""};
			status = login(session, hpo__clearml_left_ms(call->end), &why);
			if (status == HPO_OK)
				continue;
			call->outcome->code = status == HPO_EBACKEND ? 401 : 0;
		}
		if (call->torn && pause_before_again(session, call))
			continue;
		return hpo__fail(error, status, "%s", why.message);
	}
}

static hpo_status_t begin_call(hpo_clearml_session_t *session, struct call *call, int limit_ms,
			       hpo_error_t *error)
{
	struct hpo_clearml_outcome unasked;

	call->end = hpo__clock_monotonic() + limit_ms / 1000.0;
	if (call->outcome == NULL)
		call->outcome = &unasked;
	if (call->data != NULL)
		*call->data = NULL;
	return make_call(session, call, error);
}

hpo_status_t hpo__clearml_call(hpo_clearml_session_t *session, const char *endpoint,
			       const struct hpo_buffer *body, enum hpo_http_repeat repeat,
			       int limit_ms, hpo_json_t **data, struct hpo_clearml_outcome *outcome,
			       hpo_error_t *error)
{
	struct call call = {.endpoint = endpoint,
			    .type = "application/json",
			    .body = body,
			    .repeat = repeat,
			    .data = data,
			    .outcome = outcome};

	return begin_call(session, &call, limit_ms, error);
}

hpo_status_t hpo__clearml_ask(hpo_clearml_session_t *session, const char *endpoint,
			      struct hpo_buffer *body, enum hpo_http_repeat repeat, int limit_ms,
			      hpo_json_t **data, struct hpo_clearml_outcome *outcome,
			      hpo_error_t *error)
{
	hpo_status_t status;

	if (body->failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__clearml_call(session, endpoint, body, repeat, limit_ms, data, outcome,
					   error);
	hpo__buffer_release(body);
	return status;
}

hpo_status_t hpo__clearml_call_lines(hpo_clearml_session_t *session, const char *endpoint,
				     const struct hpo_buffer *lines, int limit_ms,
				     hpo_json_t **data, struct hpo_clearml_outcome *outcome,
				     hpo_error_t *error)
{
	struct call call = {.endpoint = endpoint,
			    .type = "application/json-lines",
			    .body = lines,
			    .repeat = HPO__HTTP_REPEAT,
			    .data = data,
			    .outcome = outcome};

	return begin_call(session, &call, limit_ms, error);
}

hpo_status_t hpo__clearml_upload(hpo_clearml_session_t *session, const char *path,
				 const struct hpo_buffer *content, int limit_ms, char **uri,
				 hpo_error_t *error)
{
	struct hpo_http_response response = {0, HPO__BUFFER_INIT, 0};
	struct hpo_buffer url = HPO__BUFFER_INIT, name = HPO__BUFFER_INIT;
	const struct hpo_http_request base = {
		.method = "POST",
		.authorization = session->bearer,
		.body = content->text,
		.body_size = content->size,
		.repeat = HPO__HTTP_REPEAT,
		.limit_ms = limit_ms,
	};
	struct hpo_http_request request = base;
	hpo_status_t status;

	*uri = NULL;
	hpo__buffer_format(&url, "%s/", session->config->files);
	hpo__buffer_format(&name, "%s/%s", session->config->files, path);
	request.url = url.text;
	if (url.failed || name.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__http_upload(session->http, &request, path, &response, error);
	if (status == HPO_OK && response.status != 200)
		status = hpo__fail(error, HPO_EBACKEND,
				   "the file server %s did not take '%s': HTTP status %d",
				   session->config->files, path, response.status);
	if (status == HPO_OK) {
		*uri = hpo__buffer_take(&name);
		if (*uri == NULL)
			status = hpo__fail_memory(error);
	}
	hpo__http_response_release(&response);
	hpo__buffer_release(&name);
	hpo__buffer_release(&url);
	return status;
}

double hpo__clearml_now(const hpo_clearml_session_t *session)
{
	return hpo__clock_wall() + session->clock_ahead_s;
}

const struct hpo_clearml_config *hpo__clearml_config(const hpo_clearml_session_t *session)
{
	return session->config;
}
