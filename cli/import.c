/*
 * hpo import: finished trials from elsewhere, CSV or JSON.
 */
#include "csv_trials.h"

#include <stdlib.h>
#include <string.h>

/* What a file holds: by --format, or its name, or its first character. */
static bool is_json(const struct arguments *arguments, const char *path, const char *text,
		    bool *out, hpo_error_t *error)
{
	const char *format = arguments_text(arguments, "format", NULL);
	size_t length = strlen(path);

	if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
		return refuse(error, "--format '%s': expected csv or json", format);
	if (format != NULL)
		*out = strcmp(format, "json") == 0;
	else if (length > 4 && strcmp(path + length - 4, ".csv") == 0)
		*out = false;
	else
		*out = strchr("{[", text[strspn(text, " \t\r\n")]) != NULL && text[0] != '\0';
	return true;
}

/* The trials of a JSON file: an array of them, or an export's object around one. */
static json_t *json_trials(const char *text, size_t size, hpo_error_t *error)
{
	json_error_t why;
	json_t *whole = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	json_t *trials = json_is_object(whole) ? json_object_get(whole, "trials") : whole;

	if (whole == NULL) {
		refuse(error, "line %d, column %d: %s", why.line, why.column, why.text);
		return NULL;
	}
	if (json_is_array(trials))
		json_incref(trials);
	else
		trials = NULL;
	json_decref(whole);
	if (trials == NULL)
		refuse(error, "expected an array of trials, or {\"trials\": […]} as in an "
		       "export");
	return trials;
}

/* Whether an export's trial is over and says what was tried: others cannot be imported. */
static bool is_finished(const json_t *trial)
{
	const char *state = json_string_value(json_object_get(trial, "state"));
	const json_t *params = json_object_get(trial, "params");

	if (params != NULL && json_is_null(params))
		return false;
	return state == NULL || (strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0);
}

/* A trial that failed may have values, none of which counts: all null is none. */
static void drop_null_values(json_t *trial)
{
	const json_t *values = json_object_get(trial, "values");
	size_t nulls = 0;

	for (size_t i = 0; i < json_array_size(values); i++)
		nulls += json_is_null(json_array_get(values, i));
	if (json_is_array(values) && nulls == json_array_size(values))
		json_object_del(trial, "values");
}

static bool import_one(hpo_optimizer_t *optimizer, json_t *trial, size_t index,
		       size_t imported, hpo_error_t *error)
{
	hpo_error_t why = { 0 };
	hpo_status_t status;
	char *text;

	drop_null_values(trial);
	text = must(json_dumps(trial, JSON_COMPACT | JSON_ENCODE_ANY));
	status = hpo_optimizer_import_trial(optimizer, text, &why);
	free(text);
	if (status >= 0)
		return true;
	refuse(error, "trial %zu of the file: %s (the %zu before it are imported)", index,
	       why.message, imported);
	error->code = why.code;
	return false;
}

static int import_all(hpo_optimizer_t *optimizer, json_t *trials, bool wants_json)
{
	hpo_error_t error = { 0 };
	size_t imported = 0;
	size_t skipped = 0;

	for (size_t i = 0; i < json_array_size(trials); i++) {
		json_t *trial = json_array_get(trials, i);

		if (!is_finished(trial)) {
			skipped++;
			continue;
		}
		if (!import_one(optimizer, trial, i, imported, &error))
			return give_up(&error);
		imported++;
	}
	if (wants_json)
		print_json(json_pack("{sI sI}", "imported", (json_int_t)imported, "skipped",
				     (json_int_t)skipped));
	else if (skipped > 0)
		printf("%zu trials imported, %zu unfinished ones left out\n", imported, skipped);
	else
		printf("%zu trials imported\n", imported);
	return EXIT_FINE;
}

static json_t *load_trials(const struct arguments *arguments, const json_t *study,
			   hpo_error_t *error)
{
	const char *path = arguments->words[1];
	size_t size = 0;
	char *text = read_file(path, &size, error);
	json_t *trials = NULL;
	char *ignored = NULL;
	hpo_error_t why = { 0 };
	struct csv csv = { 0 };
	bool from_json = false;

	if (text == NULL)
		return NULL;
	if (!is_json(arguments, path, text, &from_json, error)) {
		free(text);
		return NULL;
	}
	if (from_json) {
		trials = json_trials(text, size, &why);
		free(text);
	} else {
		if (csv_parse(&csv, text, size, &why))
			trials = csv_trials(&csv, study, &ignored, &why);
		csv_release(&csv);
	}
	if (trials == NULL)
		refuse(error, "'%s': %s", path, why.message);
	if (ignored != NULL) {
		char *harmless = plain(ignored);

		fprintf(stderr, "hpo: columns that mean nothing to the study: %s\n", harmless);
		hpo_free(harmless);
		free(ignored);
	}
	return trials;
}

static int import_run(const struct arguments *arguments)
{
	hpo_optimizer_t *optimizer = NULL;
	hpo_error_t error = { 0 };
	json_t *study = NULL;
	json_t *trials = NULL;
	char *text = NULL;
	int code;

	if (expect_words(arguments, 2, 2, "STUDY FILE", &error) &&
	    hpo_optimizer_open(&optimizer, store_url(arguments), arguments->words[0], &error) >= 0)
		text = hpo_optimizer_study_json(optimizer, &error);
	if (text != NULL) {
		study = must(json_loads(text, 0, NULL));
		trials = load_trials(arguments, study, &error);
	}
	if (trials == NULL)
		code = give_up(&error);
	else
		code = import_all(optimizer, trials, arguments_has(arguments, "json"));
	json_decref(trials);
	json_decref(study);
	hpo_free(text);
	hpo_optimizer_free(optimizer);
	return code;
}

static const struct option import_options[] = {
	{ "format", 0, OPTION_VALUE, "csv|json", "default: as the file looks" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const import_tables[] = { import_options, store_options, NULL };

const struct command command_import = {
	.name = "import",
	.usage = "STUDY FILE",
	.summary = "add finished trials from elsewhere, CSV or JSON",
	.details =
		"CSV: a header with the names of parameters and objectives, as 'hpo export' writes\n"
		"it; 'state' and 'reason' may be there too. FILE - is standard input.\n",
	.tables = import_tables,
	.run = import_run,
};
