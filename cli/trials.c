/*
 * hpo trials and hpo top: the trials of a study, by number or best first.
 */
#include "command.h"

#include <unistd.h>

enum { TOP = 10 /* trials that `hpo top` shows, as ClearML does */ };

static const struct option limit_options[] = {
	{ "limit", 'n', OPTION_VALUE, "N", "show at most so many" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static bool read_limit(const struct arguments *arguments, int64_t *limit, hpo_error_t *error)
{
	const struct option_use *use = arguments_last(arguments, "limit");

	return use == NULL || option_integer(use, 1, limit, error);
}

static int show_trials(const struct arguments *arguments, hpo_report_order_t order, int64_t limit)
{
	hpo_records_t *records = NULL;
	hpo_error_t error = { 0 };
	char *text;

	if (!expect_words(arguments, 1, 1, "STUDY", &error) ||
	    !read_limit(arguments, &limit, &error) ||
	    !open_records(&records, arguments, arguments->words[0], HPO_RECORDS_TRIALS, &error))
		return give_up(&error);
	if (!arguments_has(arguments, "json"))
		text = hpo_report_table(records, order, (size_t)limit,
					terminal_width(STDOUT_FILENO), &error);
	else if (order == HPO_REPORT_BEST_FIRST)
		text = hpo_report_top_json(records, (size_t)limit, &error);
	else
		text = hpo_report_trials_json(records, &error);
	hpo_records_free(records);
	return print_and_free(text, &error);
}

static int trials_run(const struct arguments *arguments)
{
	return show_trials(arguments, HPO_REPORT_BY_NUMBER, 0);
}

static int top_run(const struct arguments *arguments)
{
	return show_trials(arguments, HPO_REPORT_BEST_FIRST, TOP);
}

static const struct option *const trials_tables[] = { store_options, NULL };
static const struct option *const top_tables[] = { limit_options, store_options, NULL };

const struct command command_trials = {
	.name = "trials",
	.usage = "STUDY",
	.summary = "every trial of a study, by number",
	.tables = trials_tables,
	.run = trials_run,
};

const struct command command_top = {
	.name = "top",
	.usage = "STUDY [-n N]",
	.summary = "the best trials of a study, best first",
	.tables = top_tables,
	.run = top_run,
};
