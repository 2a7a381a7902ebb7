/*
 * Looking settings up, as the config*.c files share it.
 */
#ifndef HPO_BACKEND_CLEARML_CONFIG_INSIDE_H
#define HPO_BACKEND_CLEARML_CONFIG_INSIDE_H

#include "backend/clearml/config.h"
#include "backend/clearml/config_file.h"

/* What is being read, and from what. */
struct hpo_clearml_reader {
	struct hpo_clearml_config *config;
	struct hpo_clearml_files files;
	hpo_error_t *error;
};

/* One setting: the variable's name without its prefix, and the paths in the file. */
struct hpo_clearml_setting {
	const char *variable, *path, *old_path;
};

/* A value and where it came from: "CLEARML_API_HOST", "/home/x/clearml.conf: api.api_server". */
struct hpo_clearml_found {
	char *value; /* without spaces around, not empty; NULL for none */
	char where[300];
	bool in_file;
};

/* Look in the environment, then in the files. *found is the caller's, also when this fails. */
hpo_status_t hpo__clearml_find_setting(struct hpo_clearml_reader *reader,
				       const struct hpo_clearml_setting *setting,
				       struct hpo_clearml_found *found);
/* Look in the files only; *found starts zeroed. */
hpo_status_t hpo__clearml_find_in_file(struct hpo_clearml_reader *reader,
				       const struct hpo_clearml_setting *setting,
				       struct hpo_clearml_found *found);
/* Make a copy of `value` the value that was found. */
hpo_status_t hpo__clearml_take(struct hpo_clearml_reader *reader, struct hpo_clearml_found *found,
			       const char *value);

/* Whether all bytes of a text can stand in a header or an address. */
bool hpo__clearml_is_plain(const char *text);

/* config_address.c: the addresses of the configuration; `api` is an argument, or NULL. */
hpo_status_t hpo__clearml_read_addresses(struct hpo_clearml_reader *reader, const char *api);

#endif
