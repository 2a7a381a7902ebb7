/*
 * hpo create: put a study into a store, for `hpo ask` and `hpo tell`.
 */
#include "study_flags.h"

#include <stdlib.h>

static int create_run(const struct arguments *arguments)
{
	hpo_optimizer_t *optimizer = NULL;
	hpo_error_t error = { 0 };
	json_t *study = NULL;
	char *text;
	char *name;
	hpo_status_t status;
	int code;

	if (!study_from_arguments(&study, arguments, false, &error))
		return give_up(&error);
	if (json_object_get(study, "name") == NULL) {
		json_decref(study);
		refuse(&error, "the study has no name: give --name NAME");
		return give_up(&error);
	}

	text = must(json_dumps(study, JSON_COMPACT));
	status = hpo_optimizer_from_json(&optimizer, text, &error);
	free(text);
	hpo_optimizer_free(optimizer);
	if (status >= 0 && arguments_has(arguments, "json")) {
		print_json(json_pack("{sO sO}", "study", json_object_get(study, "name"), "store",
				     json_object_get(study, "store")));
	} else if (status >= 0) {
		name = plain(json_string_value(json_object_get(study, "name")));
		printf("study '%s' is ready: 'hpo ask' gives its trials\n", name);
		hpo_free(name);
	}
	code = status < 0 ? give_up_study(study, &error) : EXIT_FINE;
	json_decref(study);
	return code;
}

static const struct option *const create_tables[] = { study_options, store_options, NULL };

const struct command command_create = {
	.name = "create",
	.usage = "[--study FILE] [FLAG...] [-- COMMAND ARG...]",
	.summary = "put a study into a store, for ask and tell",
	.tables = create_tables,
	.run = create_run,
};
