/*
 * One HTTP client over libcurl, and its retry rule. A client keeps its
 * connections open between requests; it is for one thread at a time.
 *
 * What is secret (the `authorization` of a request) is never part of an error
 * text or a log line.
 */
#ifndef HPO_NET_HTTP_H
#define HPO_NET_HTTP_H

#include "base/buffer.h"

typedef struct hpo_http hpo_http_t;

struct hpo_http_options {
	const char *user_agent;
	bool skip_verification;  /* take any certificate */
	const char *ca_bundle;   /* file or folder of certificates; NULL: the system's */
	double connect_s;        /* to get a connection; 0: 10 s */
	double attempt_s;        /* for one attempt, all of it; 0: 60 s */
	size_t largest_response; /* bytes after decompression; 0: 64 MiB */
	int cancel_fd;           /* readable: give up at once; -1: none */
	/* Told of each attempt that is to be repeated, in words without secrets; or NULL. */
	void (*retrying)(const char *why, double wait_s, void *user);
	void *user;
};

/* Whether the same request may be sent again when it may have had its effect already. */
enum hpo_http_repeat { HPO__HTTP_ONCE, HPO__HTTP_REPEAT };

struct hpo_http_response {
	int status;             /* of HTTP; 0: there was no answer */
	struct hpo_buffer body; /* terminated */
	double date;            /* the Date header, seconds since 1970; 0: none */
};

struct hpo_http_request {
	const char *method;        /* "POST", "GET", "DELETE" */
	const char *url;
	const char *content_type;  /* or NULL */
	const char *authorization; /* the value of that header, secret; or NULL */
	const char *const *headers; /* more "Name: value", ended by NULL; or NULL */
	const void *body;
	size_t body_size;
	enum hpo_http_repeat repeat;
	int limit_ms;              /* for all attempts together */
	bool single;               /* one attempt only: the server was silent before */
	/* Whether an answer with this status and body is worth another attempt, beside 429, 502,
	   503, 504 and 509; or NULL. */
	bool (*again)(const struct hpo_http_response *response, void *user);
	void *user;
};

hpo_status_t hpo__http_new(hpo_http_t **out, const struct hpo_http_options *options,
			   hpo_error_t *error);
void hpo__http_free(hpo_http_t *http);

/*
 * Send a request, again with backoff where the rule allows, until there is an
 * answer, limit_ms are over or cancel_fd is readable.
 *
 * HPO_OK: there is an answer, of whatever status. HPO_WAIT: none within the
 * limit, or cancelled; `error` names host and cause (and *sent says whether the
 * request may have had its effect). HPO_EBACKEND: none ever will (certificate
 * refused, malformed URL, answer too large). HPO_ENOMEM.
 */
hpo_status_t hpo__http_send(hpo_http_t *http, const struct hpo_http_request *request,
			    struct hpo_http_response *response, bool *sent, hpo_error_t *error);

/* The same with a multipart form of one file field, as ClearML's file server takes it. */
hpo_status_t hpo__http_upload(hpo_http_t *http, const struct hpo_http_request *request,
			      const char *field, struct hpo_http_response *response,
			      hpo_error_t *error);

void hpo__http_response_release(struct hpo_http_response *response);

#endif
