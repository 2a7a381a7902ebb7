/*
 * The envelope that every answer of a ClearML server comes in. The bytes are
 * untrusted: they may be a proxy's page, or half of what was sent.
 */
#ifndef HPO_BACKEND_CLEARML_ENVELOPE_H
#define HPO_BACKEND_CLEARML_ENVELOPE_H

#include "base/json.h"

struct hpo_clearml_envelope {
	hpo_json_t *json; /* the whole, owned; NULL when it is no envelope */
	const hpo_json_t *data;
	int code, subcode;
	const char *message; /* the server's words, "" for none */
};

/*
 * Open an answer. What is no envelope leaves json NULL: that is no failure. Bare NaN and Infinity,
 * which the server may write and JSON does not know, become null. HPO_ENOMEM is the only failure.
 */
hpo_status_t hpo__clearml_envelope_open(struct hpo_clearml_envelope *envelope, const char *text,
					size_t size);
void hpo__clearml_envelope_release(struct hpo_clearml_envelope *envelope);

#endif
