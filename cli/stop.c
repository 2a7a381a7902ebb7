/*
 * hpo stop and hpo delete: end a study's runs, or the study.
 */
#include "command.h"

#include <string.h>
#include <unistd.h>

static int stop_run(const struct arguments *arguments)
{
	hpo_store_t *store = NULL;
	hpo_error_t error = { 0 };
	int code = EXIT_FINE;

	if (!expect_words(arguments, 1, 1, "STUDY", &error) ||
	    !open_store(&store, arguments, &error) ||
	    hpo_store_set_stopped(store, arguments->words[0], 1, &error) < 0)
		code = give_up(&error);
	else if (arguments_has(arguments, "json"))
		print_json(json_pack("{ss sb}", "study", arguments->words[0], "stopped", 1));
	hpo_store_close(store);
	return code;
}

/* Whether the person at the terminal says yes; without one, --yes must have. */
static bool confirm(const struct arguments *arguments, hpo_error_t *error)
{
	char answer[16] = "";
	char *name;

	if (arguments_has(arguments, "yes"))
		return true;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return refuse(error, "deleting study '%s' cannot be undone: say --yes",
			      arguments->words[0]);
	name = plain(arguments->words[0]);
	fprintf(stderr, "Delete study '%s' and all of its trials? [y/N] ", name);
	hpo_free(name);
	if (fgets(answer, sizeof answer, stdin) != NULL && strchr("yY", answer[0]) != NULL &&
	    answer[0] != '\0')
		return true;
	return refuse(error, "nothing was deleted");
}

static int delete_run(const struct arguments *arguments)
{
	hpo_store_t *store = NULL;
	hpo_error_t error = { 0 };
	char *definition = NULL;
	int code = EXIT_FINE;

	if (expect_words(arguments, 1, 1, "STUDY", &error) &&
	    open_store(&store, arguments, &error))
		definition = hpo_store_study_json(store, arguments->words[0], &error);
	if (definition == NULL || !confirm(arguments, &error) ||
	    hpo_store_delete_study(store, arguments->words[0], &error) < 0)
		code = give_up(&error);
	else if (arguments_has(arguments, "json"))
		print_json(json_pack("{ss sb}", "study", arguments->words[0], "deleted", 1));
	hpo_free(definition);
	hpo_store_close(store);
	return code;
}

static const struct option delete_options[] = {
	{ "yes", 'y', OPTION_SWITCH, NULL, "do not ask" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const stop_tables[] = { store_options, NULL };
static const struct option *const delete_tables[] = { delete_options, store_options, NULL };

const struct command command_stop = {
	.name = "stop",
	.usage = "STUDY",
	.summary = "end every run of a study in order; a new search takes it up again",
	.tables = stop_tables,
	.run = stop_run,
};

const struct command command_delete = {
	.name = "delete",
	.usage = "STUDY [--yes]",
	.summary = "remove a study and all of its trials",
	.tables = delete_tables,
	.run = delete_run,
};
