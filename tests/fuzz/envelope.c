/*
 * Fuzzes the reader of a server's answers, and of the token in one.
 */
#include "backend/clearml/envelope.h"

#include "backend/clearml/token.h"
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hpo_clearml_envelope envelope;
	struct hpo_clearml_token token;
	char *text = hpo__strndup((const char *)data, size);

	demand(hpo__clearml_envelope_open(&envelope, (const char *)data, size) == HPO_OK);
	demand(envelope.message != NULL);
	demand(envelope.json != NULL || envelope.data == NULL);
	hpo__clearml_envelope_release(&envelope);

	demand(text != NULL);
	demand(hpo__clearml_token_read(&token, text) == HPO_OK);
	demand(token.expires >= 0 && token.major >= 2);
	demand(hpo__clearml_choose_version(&token, 0) != NULL);
	hpo__free(text);
	return 0;
}
