/*
 * hpo export: the trials of a study as CSV or JSON.
 */
#include "command.h"

#include <errno.h>
#include <string.h>

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* What --format or --json says, or the name of the file, or CSV. */
static bool wants_json(const struct arguments *arguments, bool *out, hpo_error_t *error)
{
	const char *format = arguments_text(arguments, "format", NULL);
	const char *path = arguments_text(arguments, "output", "");

	*out = arguments_has(arguments, "json") || (format == NULL && ends_in(path, ".json"));
	if (format == NULL)
		return true;
	*out = strcmp(format, "json") == 0;
	if (!*out && strcmp(format, "csv") != 0)
		return refuse(error, "--format '%s': expected csv or json", format);
	return true;
}

static int write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");
	hpo_error_t error;
	bool is_fine;

	if (file == NULL) {
		refuse(&error, "cannot write '%s': %s", path, strerror(errno));
		complain(&error);
		return EXIT_TROUBLE;
	}
	is_fine = fputs(text, file) >= 0;
	is_fine = fclose(file) == 0 && is_fine;
	if (is_fine)
		return EXIT_FINE;
	refuse(&error, "cannot write '%s': %s", path, strerror(errno));
	complain(&error);
	return EXIT_TROUBLE;
}

static int export_run(const struct arguments *arguments)
{
	const char *path = arguments_text(arguments, "output", "-");
	hpo_records_t *records = NULL;
	hpo_error_t error = { 0 };
	bool is_json;
	char *text;
	int code;

	if (!expect_words(arguments, 1, 1, "STUDY", &error) ||
	    !wants_json(arguments, &is_json, &error) ||
	    !open_records(&records, arguments, arguments->words[0], HPO_RECORDS_REPORTS, &error))
		return give_up(&error);
	text = is_json ? hpo_report_trials_json(records, &error) : hpo_report_csv(records, &error);
	hpo_records_free(records);
	if (text == NULL || strcmp(path, "-") == 0)
		return print_and_free(text, &error);
	code = write_file(path, text);
	hpo_free(text);
	return code;
}

static const struct option export_options[] = {
	{ "format", 0, OPTION_VALUE, "csv|json", "default: as the file's name ends, or csv" },
	{ "output", 'o', OPTION_VALUE, "FILE", "write there; default: standard output" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const export_tables[] = { export_options, store_options, NULL };

const struct command command_export = {
	.name = "export",
	.usage = "STUDY [--format csv|json] [-o FILE]",
	.summary = "the trials of a study as CSV or JSON",
	.tables = export_tables,
	.run = export_run,
};
