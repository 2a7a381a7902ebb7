/*
 * hpo show: a study in short.
 */
#include "command.h"

#include <unistd.h>

/* The study file, as the store keeps it. */
static int show_definition(const struct arguments *arguments)
{
	hpo_store_t *store = NULL;
	hpo_error_t error = { 0 };
	char *text = NULL;

	if (open_store(&store, arguments, &error))
		text = hpo_store_study_json(store, arguments->words[0], &error);
	hpo_store_close(store);
	return print_and_free(text, &error);
}

static int show_run(const struct arguments *arguments)
{
	hpo_records_t *records = NULL;
	hpo_error_t error = { 0 };
	char *text;

	if (!expect_words(arguments, 1, 1, "STUDY", &error))
		return give_up(&error);
	if (arguments_has(arguments, "study"))
		return show_definition(arguments);
	if (!open_records(&records, arguments, arguments->words[0], HPO_RECORDS_TRIALS, &error))
		return give_up(&error);
	if (arguments_has(arguments, "json"))
		text = hpo_report_summary_json(records, &error);
	else
		text = hpo_report_summary(records, terminal_width(STDOUT_FILENO), &error);
	hpo_records_free(records);
	return print_and_free(text, &error);
}

static const struct option show_options[] = {
	{ "study", 0, OPTION_SWITCH, NULL, "print the study file (JSON) that the store keeps" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const show_tables[] = { show_options, store_options, NULL };

const struct command command_show = {
	.name = "show",
	.usage = "STUDY [--study]",
	.summary = "a study in short: its objective, its counts, its best trial",
	.tables = show_tables,
	.run = show_run,
};
