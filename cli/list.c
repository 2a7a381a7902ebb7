/*
 * hpo list: the studies of a store.
 */
#include "command.h"

#include <stdlib.h>
#include <unistd.h>

static const char *const titles[] = { "study",  "state",  "completed", "pruned", "failed",
				      "running", "waiting", "objective", "best", "created" };

enum { TITLES = sizeof titles / sizeof *titles };

static char *text_of(const json_t *value)
{
	if (json_is_real(value))
		return make_text("%.5g", json_real_value(value));
	return value != NULL ? scalar_text(value) : copy_text("-");
}

static void add_row(char **cells, const json_t *study)
{
	const json_t *trials = json_object_get(study, "trials");

	cells[0] = text_of(json_object_get(study, "name"));
	cells[1] = text_of(json_object_get(study, "state"));
	for (size_t i = 2; i < 7; i++)
		cells[i] = text_of(json_object_get(trials, titles[i]));
	for (size_t i = 7; i < TITLES; i++)
		cells[i] = text_of(json_object_get(study, titles[i]));
}

static int print_table(const json_t *studies)
{
	size_t rows = json_array_size(studies) + 1;
	char **cells = must(calloc(rows * TITLES, sizeof *cells));
	hpo_error_t error;
	int code;

	for (size_t i = 0; i < TITLES; i++)
		cells[i] = copy_text(titles[i]);
	for (size_t i = 1; i < rows; i++)
		add_row(cells + i * TITLES, json_array_get(studies, i - 1));
	code = print_and_free(hpo_report_grid((const char *const *)cells, rows, TITLES,
					      terminal_width(STDOUT_FILENO), &error),
			      &error);
	for (size_t i = 0; i < rows * TITLES; i++)
		free(cells[i]);
	free(cells);
	return code;
}

static int list_run(const struct arguments *arguments)
{
	hpo_store_t *store = NULL;
	hpo_error_t error = { 0 };
	json_t *studies;
	char *text;
	int code;

	if (!expect_words(arguments, 0, 0, "", &error) || !open_store(&store, arguments, &error))
		return give_up(&error);
	text = hpo_store_studies_json(store, &error);
	hpo_store_close(store);
	if (text == NULL || arguments_has(arguments, "json"))
		return print_and_free(text, &error);

	studies = must(json_loads(text, 0, NULL));
	hpo_free(text);
	code = print_table(studies);
	json_decref(studies);
	return code;
}

static const struct option *const list_tables[] = { store_options, NULL };

const struct command command_list = {
	.name = "list",
	.usage = "[--store URL]",
	.summary = "the studies of a store",
	.tables = list_tables,
	.run = list_run,
};
