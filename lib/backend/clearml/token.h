/*
 * What a server's token says of itself: the middle part of a JWT. It is read,
 * not verified: it is the server that checks it.
 */
#ifndef HPO_BACKEND_CLEARML_TOKEN_H
#define HPO_BACKEND_CLEARML_TOKEN_H

#include "base/error.h"

struct hpo_clearml_token {
	double expires;    /* seconds since 1970; 0: never */
	double issued;     /* the same; 0: it does not say */
	int major, minor;  /* newest version of the API; 2.9 if it does not say */
};

/* Anything that is no such token is read as one that says nothing. HPO_ENOMEM only. */
hpo_status_t hpo__clearml_token_read(struct hpo_clearml_token *out, const char *token);

/* "2.13": the largest version that we know and that is not above the token's nor `highest`
   (0: no bound). */
const char *hpo__clearml_choose_version(const struct hpo_clearml_token *token, double highest);

#endif
