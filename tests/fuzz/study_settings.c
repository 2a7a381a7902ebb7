/*
 * Fuzzes the settings of a study on a ClearML task: what is made of them is JSON
 * or is refused with a sentence.
 */
#include "backend/clearml/study_settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char own[] = "{\"parameters\":[],\"task\":{\"backend\":\"clearml\",\"queue\":\"q\"},"
			  "\"limits\":{\"trials\":3},\"objectives\":[{\"series\":\"s\"}]}";

static void demand(bool truth)
{
	if (!truth)
		abort();
}

/* What was made reads as JSON, and makes a task again. */
static void check_study(const struct hpo_buffer *text)
{
	struct hpo_buffer items = HPO__BUFFER_INIT, objects = HPO__BUFFER_INIT;
	hpo_json_t *study = NULL;

	demand(hpo__json_parse(&study, text->text, text->size, "study", NULL) == HPO_OK);
	hpo__clearml_settings_items(study, true, &items);
	hpo__clearml_settings_objects(study, true, &objects);
	demand(!items.failed && !objects.failed);
	hpo__buffer_release(&objects);
	hpo__buffer_release(&items);
	hpo__json_free(study);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_json_t *task = NULL, *study = NULL;
	hpo_error_t error = {0, ""};

	if (hpo__json_parse(&task, (const char *)data, size, "task", NULL) < 0)
		return 0;
	demand(hpo__json_parse(&study, own, strlen(own), "own", NULL) == HPO_OK);
	hpo__clearml_settings_there(task);
	if (hpo__clearml_settings_apply(task, study, &out, &error) < 0)
		demand(error.message[0] != '\0');
	else
		check_study(&out);
	hpo__buffer_release(&out);
	hpo__json_free(study);
	hpo__json_free(task);
	return 0;
}
