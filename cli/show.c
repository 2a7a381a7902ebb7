/*
 * hpo show: a study in short.
 */
#include "command.h"

#include <unistd.h>

static int show_run(const struct arguments *arguments)
{
	hpo_records_t *records = NULL;
	hpo_error_t error = { 0 };
	char *text;

	if (!expect_words(arguments, 1, 1, "STUDY", &error) ||
	    !open_records(&records, arguments, arguments->words[0], HPO_RECORDS_TRIALS, &error))
		return give_up(&error);
	if (arguments_has(arguments, "json"))
		text = hpo_report_summary_json(records, &error);
	else
		text = hpo_report_summary(records, terminal_width(STDOUT_FILENO), &error);
	hpo_records_free(records);
	return print_and_free(text, &error);
}

static const struct option *const show_tables[] = { store_options, NULL };

const struct command command_show = {
	.name = "show",
	.usage = "STUDY",
	.summary = "a study in short: its objective, its counts, its best trial",
	.tables = show_tables,
	.run = show_run,
};
