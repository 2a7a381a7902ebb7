/*
 * The retry rule: which outcome of a request is worth another attempt, and
 * after how long. Pure, so that it can be read and tested by itself.
 */
#ifndef HPO_NET_RETRY_H
#define HPO_NET_RETRY_H

#include "net/http.h"

struct hpo_retry_case {
	enum hpo_http_repeat repeat;
	int status;           /* of HTTP; 0: there was no answer */
	bool sent;            /* without an answer: the request may have had its effect */
	bool wanted;          /* who asked thinks the answer worth another attempt */
	double retry_after_s; /* what the server asks for; negative: nothing */
	int count;            /* attempts that were repeated before */
};

/* Whether a status says "not now": 429, 502, 503, 504, 509. */
bool hpo__retry_is_transient(int status);

/* Seconds until the next attempt; negative: there is none. */
double hpo__retry_wait(const struct hpo_retry_case *outcome);

/* The seconds of a Retry-After header; -1 for a date or anything else. */
double hpo__retry_after(const char *text);

#endif
