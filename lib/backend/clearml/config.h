/*
 * Where the server is and who we are: arguments, then the environment, then
 * ~/trains.conf and ~/clearml.conf, then defaults.
 */
#ifndef HPO_BACKEND_CLEARML_CONFIG_H
#define HPO_BACKEND_CLEARML_CONFIG_H

#include "base/error.h"

#include <stdbool.h>

enum { HPO__CLEARML_RETRY_MAX = 32 };

struct hpo_clearml_config {
	char *api, *web, *files;  /* addresses without a slash at the end, never NULL */
	char *access_key;         /* NULL when a token is used */
	char *secret_key;         /* secret */
	char *token;              /* secret: CLEARML_AUTH_TOKEN; or NULL */
	bool skip_verification;
	char *ca_bundle;          /* or NULL */
	char *worker;             /* X-ClearML-Worker: host name if nothing says otherwise */
	char *task;               /* CLEARML_TASK_ID; or NULL */
	double highest_version;   /* CLEARML_FORCE_MAX_API_VERSION; 0: none. Major and a hundredth
	                             of minor, so that they can be compared: 2.9 is 2.09 */
	double expiration_threshold_s; /* renew a token that lives no longer than this */
	int64_t token_lifetime_s; /* to be asked for; 0: the server's default */
	int retry[HPO__CLEARML_RETRY_MAX]; /* [retry_count], more HTTP statuses to try again after */
	size_t retry_count;
	char *from;               /* where the credentials came from, for sentences */
};

/*
 * Read it all. `api` and `config_file` are arguments that win over everything, or NULL.
 * HPO_EINVAL: a file that cannot be read (path and line), an address that is none; and when
 * there are no credentials, a sentence that says what to set. No secret is in any sentence.
 */
hpo_status_t hpo__clearml_config_read(struct hpo_clearml_config *config, const char *api,
				      const char *config_file, hpo_error_t *error);

/* Overwrites what is secret before it is freed. */
void hpo__clearml_config_release(struct hpo_clearml_config *config);

/* "2.9" as a number that compares, 2.09; 0 when it is no version. */
double hpo__clearml_version(const char *text);

#endif
