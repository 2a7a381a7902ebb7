/*
 * The subset of HOCON that clearml.conf is written in, read into flat paths:
 * "api.credentials.access_key". Input is untrusted.
 */
#ifndef HPO_BACKEND_CLEARML_HOCON_H
#define HPO_BACKEND_CLEARML_HOCON_H

#include "base/error.h"

#include <stddef.h>

struct hpo_hocon {
	struct hpo_hocon_entry {
		char *path;  /* keys joined by dots */
		char *value; /* text of a scalar; NULL for null, and for an array, which is skipped */
	} *entries;          /* [count], in the order of the text */
	size_t count, capacity;
};

/*
 * Add what `text` says to `hocon`, which starts zeroed; later values override. `what` names the
 * text in "<what>:<line>: <sentence>", in which no value is repeated. ${NAME} is a path that was
 * read before, or else what `variable` knows, which gives NULL for one that is unset. What was
 * read before a failure stays.
 */
hpo_status_t hpo__hocon_read(struct hpo_hocon *hocon, const char *text, size_t size,
			     const char *what, const char *(*variable)(const char *name),
			     hpo_error_t *error);
/* The text of a path; NULL when it is absent or null, or when something above it is. */
const char *hpo__hocon_get(const struct hpo_hocon *hocon, const char *path);
/* Overwrites every value before it is freed: some are secret. */
void hpo__hocon_release(struct hpo_hocon *hocon);

#endif
