/*
 * Study files: whatever comes is refused or read, and what is read is written so
 * that it reads back as the same.
 */
#include "trial/study.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *write_study(const struct hpo_study *study)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__study_write(study, &out);
	return hpo__buffer_take(&out);
}

static void read_back(const struct hpo_study *study)
{
	struct hpo_study *again = NULL;
	char *once = write_study(study);
	char *twice;

	if (once == NULL || hpo__study_parse(&again, once, NULL) < 0)
		abort();
	twice = write_study(again);
	if (twice == NULL || strcmp(once, twice) != 0 || hpo__study_compare(study, again, NULL) < 0)
		abort();
	hpo__free(once);
	hpo__free(twice);
	hpo__study_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hpo_study *study = NULL;
	hpo_error_t error = {0, ""};
	char *text = malloc(size + 1);
	hpo_status_t status;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	status = hpo__study_parse(&study, text, &error);
	if (status >= 0)
		read_back(study);
	else if (study != NULL || error.message[0] == '\0')
		abort();
	hpo__study_free(study);
	free(text);
	return 0;
}
