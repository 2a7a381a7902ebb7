/*
 * hpo report: a study as one page.
 */
#include "command.h"
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool write_file(const char *path, const char *text, hpo_error_t *error)
{
	FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	bool is_fine = file != NULL && fputs(text, file) >= 0;

	if (file != NULL && file != stdout)
		is_fine = fclose(file) == 0 && is_fine;
	if (!is_fine) {
		refuse(error, "cannot write '%s': %s", path, strerror(errno));
		error->code = HPO_ESTORE;
	}
	return is_fine;
}

static int report_run(const struct arguments *arguments)
{
	const char *path = arguments_text(arguments, "output", NULL);
	hpo_records_t *records = NULL;
	hpo_error_t error = { 0 };
	int code = EXIT_FINE;
	char *page = NULL;

	if (!expect_words(arguments, 1, 1, "STUDY", &error))
		return give_up(&error);
	if (path == NULL) {
		refuse(&error, "say where to: -o page.html");
		return give_up(&error);
	}
	if (open_records(&records, arguments, arguments->words[0], HPO_RECORDS_REPORTS, &error))
		page = web_report_page(records, &error);
	hpo_records_free(records);
	if (page == NULL || !write_file(path, page, &error))
		code = give_up(&error);
	else if (arguments_has(arguments, "json"))
		print_json(json_pack("{ss ss}", "study", arguments->words[0], "page", path));
	free(page);
	return code;
}

static const struct option report_options[] = {
	{ "output", 'o', OPTION_VALUE, "FILE", "the page to write; - for standard output" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const report_tables[] = { report_options, store_options, NULL };

const struct command command_report = {
	.name = "report",
	.usage = "STUDY -o FILE.html",
	.summary = "all figures of a study as one page that opens without a network",
	.tables = report_tables,
	.run = report_run,
};
