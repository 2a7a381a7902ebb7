/*
 * Fuzzes the short notation of the command line. What is accepted is a
 * parameter that the study file can say as well.
 */
#include "base/alloc.h"
#include "space/space.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
	if (!truth)
		abort();
}

/* Whether a text can stand in JSON as it is: no broken UTF-8, which writing replaces. */
static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	hpo_error_t error = {0, ""};
	hpo_space_t *space;
	hpo_space_t *again;
	char *json;

	memcpy(text, data, size);
	text[size] = '\0';
	demand(hpo_space_new(&space, &error) == HPO_OK);
	if (hpo_space_add_text(space, text, &error) < 0) {
		demand(error.code < 0 && error.message[0] != '\0');
		demand(hpo_space_dims(space) == 0);
	} else if (is_plain(text)) {
		json = hpo_space_to_json(space);
		demand(json != NULL);
		demand(hpo_space_from_json(&again, json, &error) == HPO_OK);
		demand(hpo__space_compare(space, again, &error) == HPO_OK);
		hpo_free(json);
		hpo_space_free(again);
	}
	hpo_space_free(space);
	free(text);
	return 0;
}
