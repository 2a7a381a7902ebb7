/*
 * hpo importance: which parameters of a study matter.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option importance_options[] = {
	{ "method", 0, OPTION_VALUE, "NAME",
	  "ped-anova: of being among the best trials (default); fanova: of all that varies" },
	{ "objective", 0, OPTION_VALUE, "NAME",
	  "of which objective; default: the only one, or all together" },
	{ "top-quantile", 0, OPTION_VALUE, "Q",
	  "look at the best so many of the trials, 0 … 1; default: 0.1, and all for fanova" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static bool read_method(const struct arguments *arguments, hpo_importance_options_t *options,
			hpo_error_t *error)
{
	const char *name = arguments_text(arguments, "method", "ped-anova");

	options->method = HPO_IMPORTANCE_FANOVA;
	if (strcmp(name, "fanova") == 0)
		return true;
	options->method = HPO_IMPORTANCE_PED_ANOVA;
	if (strcmp(name, "ped-anova") == 0)
		return true;
	return refuse(error, "--method '%s': expected ped-anova or fanova", name);
}

/* The index of the objective of a name: "title/series", the series alone, or a number. */
static bool find_objective(json_t *study, const char *name, int64_t *out)
{
	json_t *objective;
	size_t i;

	json_array_foreach(json_object_get(study, "objectives"), i, objective)
	{
		const char *title = json_string_value(json_object_get(objective, "title"));
		const char *series = json_string_value(json_object_get(objective, "series"));
		char *key = title == NULL ? copy_text(series)
					  : make_text("%s/%s", title, series);
		bool is_it = strcmp(key, name) == 0 || strcmp(series, name) == 0;

		free(key);
		*out = (int64_t)i;
		if (is_it)
			return true;
	}
	return read_integer(name, out) && *out >= 0 &&
	       *out < (int64_t)json_array_size(json_object_get(study, "objectives"));
}

static bool read_objective(const struct arguments *arguments, hpo_importance_options_t *options,
			   hpo_error_t *error)
{
	const char *name = arguments_text(arguments, "objective", NULL);
	hpo_store_t *store = NULL;
	char *text = NULL;
	json_t *study;
	bool is_found;

	if (name == NULL)
		return true;
	if (open_store(&store, arguments, error))
		text = hpo_store_study_json(store, arguments->words[0], error);
	hpo_store_close(store);
	if (text == NULL)
		return false;
	study = must(json_loads(text, 0, NULL));
	hpo_free(text);
	is_found = find_objective(study, name, &options->objective);
	json_decref(study);
	return is_found || refuse(error, "--objective '%s': the study has no such objective", name);
}

static int importance_run(const struct arguments *arguments)
{
	hpo_importance_options_t options = HPO_IMPORTANCE_OPTIONS_INIT;
	const struct option_use *top = arguments_last(arguments, "top-quantile");
	hpo_records_t *records = NULL;
	hpo_error_t error = { 0 };
	char *text;

	if (!expect_words(arguments, 1, 1, "STUDY", &error) ||
	    !read_method(arguments, &options, &error) ||
	    (top != NULL && !option_real(top, 0, 1, &options.top_quantile, &error)) ||
	    !read_objective(arguments, &options, &error) ||
	    !open_records(&records, arguments, arguments->words[0], HPO_RECORDS_TRIALS, &error))
		return give_up(&error);
	if (arguments_has(arguments, "json"))
		text = hpo_report_importance_json(records, &options, &error);
	else
		text = hpo_report_importance(records, &options, terminal_width(STDOUT_FILENO),
					     &error);
	hpo_records_free(records);
	return print_and_free(text, &error);
}

static const struct option *const importance_tables[] = { importance_options, store_options,
							  NULL };

const struct command command_importance = {
	.name = "importance",
	.usage = "STUDY [--method fanova|ped-anova] [--objective NAME] [--top-quantile Q]",
	.summary = "which parameters of a study matter",
	.tables = importance_tables,
	.run = importance_run,
};
