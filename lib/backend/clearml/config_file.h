/*
 * The files in which ClearML's settings stand.
 */
#ifndef HPO_BACKEND_CLEARML_CONFIG_FILE_H
#define HPO_BACKEND_CLEARML_CONFIG_FILE_H

#include "backend/clearml/hocon.h"

struct hpo_clearml_files {
	struct hpo_hocon values;
	char *name; /* for sentences: the file that was read last, or that could be written */
};

/*
 * Read the file `path`, or ~/trains.conf and ~/clearml.conf, as far as they are there, when it is
 * NULL. HPO_EINVAL names file and line.
 */
hpo_status_t hpo__clearml_files_read(struct hpo_clearml_files *files, const char *path,
				     hpo_error_t *error);
void hpo__clearml_files_release(struct hpo_clearml_files *files);

/* A path with a leading ~ replaced by the home folder; the caller's, NULL without memory. */
char *hpo__clearml_expand(const char *path);

#endif
