/*
 * The web application's server, as the command starts it.
 */
#ifndef WEB_SERVER_WEB_H
#define WEB_SERVER_WEB_H

#include "hpo.h"

struct web_options {
	const char *store;          /* URL */
	const char *address;        /* to listen on: "127.0.0.1" */
	int port;                   /* 0: any that is free */
	const char *const *hosts;   /* further names by which it is asked for, ended by NULL */
	const char *token;          /* NULL: one is made */
	int allow_launch;           /* 1: whoever may read may command too */
	const char *program;        /* the hpo command, to run searches with */
	/* Called once it listens. `url` is what to open, the token in it. */
	void (*ready)(const char *url, void *user);
	void *user;
};

/*
 * Serve until SIGINT or SIGTERM; searches that it started go on. HPO_OK; HPO_EUNSUPPORTED
 * where this build has no server; else why it could not start.
 */
hpo_status_t web_serve(const struct web_options *options, hpo_error_t *error);

#endif
