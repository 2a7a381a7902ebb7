/*
 * hpo tell: how a trial came out, or how it goes.
 */
#include "command.h"

#include <stdlib.h>

static bool check_way(const struct arguments *arguments, hpo_error_t *error)
{
	int ways = (arguments->word_count > 2) + arguments_has(arguments, "fail") +
		   arguments_has(arguments, "prune") + arguments_has(arguments, "report");
	int64_t ignored;

	if (!expect_words(arguments, 2, SIZE_MAX, "STUDY TRIAL VALUE...", error))
		return false;
	if (!read_integer(arguments->words[1], &ignored) || ignored < 0)
		return refuse(error, "trial '%s': expected its number", arguments->words[1]);
	if (ways == 0)
		return refuse(error, "nothing to tell: give its VALUE, --fail, --prune or "
			      "--report");
	if (ways > 1)
		return refuse(error, "a trial ends once: give its VALUE, --fail, --prune or "
			      "--report, and not several of them");
	return true;
}

static bool tell_values(hpo_trial_t *trial, const struct arguments *arguments, hpo_error_t *error)
{
	size_t count = arguments->word_count - 2;
	double *values = must(calloc(count, sizeof *values));
	bool is_fine = true;

	for (size_t i = 0; i < count && is_fine; i++) {
		if (!read_real(arguments->words[i + 2], &values[i]))
			is_fine = refuse(error, "value '%s': expected a number",
					 arguments->words[i + 2]);
	}
	is_fine = is_fine && hpo_trial_tell(trial, values, count, error) >= 0;
	free(values);
	return is_fine;
}

static bool report(hpo_trial_t *trial, const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *use;
	size_t index = 0;

	while ((use = arguments_next(arguments, "report", &index)) != NULL) {
		int64_t iteration;
		double value;

		if (!read_integer(use->first, &iteration) || iteration < 0)
			return refuse(error, "--report %s %s: expected an iteration, 0 or more",
				      use->first, use->second);
		if (!read_real(use->second, &value))
			return refuse(error, "--report %s %s: expected a number for the value",
				      use->first, use->second);
		if (hpo_trial_report(trial, iteration, value, error) < 0)
			return false;
	}
	return true;
}

static int answer(hpo_trial_t *trial, bool wants_json)
{
	int stop = hpo_trial_should_stop(trial);

	if (wants_json)
		print_json(json_pack("{sI sb}", "number", (json_int_t)hpo_trial_number(trial),
				     "stop", stop));
	else
		puts(stop ? "stop" : "go on");
	return stop ? EXIT_STUDY_DONE : EXIT_FINE;
}

static int tell(hpo_trial_t *trial, const struct arguments *arguments, hpo_error_t *error)
{
	const struct option_use *fail = arguments_last(arguments, "fail");
	bool is_fine;

	if (arguments_has(arguments, "report")) {
		if (!report(trial, arguments, error))
			return give_up(error);
		return answer(trial, arguments_has(arguments, "json"));
	}
	if (fail != NULL)
		is_fine = hpo_trial_fail(trial, fail->first, error) >= 0;
	else if (arguments_has(arguments, "prune"))
		is_fine = hpo_trial_prune(trial, error) >= 0;
	else
		is_fine = tell_values(trial, arguments, error);
	return is_fine ? EXIT_FINE : give_up(error);
}

static int tell_run(const struct arguments *arguments)
{
	hpo_optimizer_t *optimizer = NULL;
	hpo_trial_t *trial = NULL;
	hpo_error_t error = { 0 };
	int64_t number;
	int code;

	if (!check_way(arguments, &error) || !read_integer(arguments->words[1], &number) ||
	    hpo_optimizer_open(&optimizer, store_url(arguments), arguments->words[0], &error) < 0 ||
	    hpo_optimizer_open_trial(optimizer, number, &trial, &error) < 0)
		code = give_up(&error);
	else
		code = tell(trial, arguments, &error);
	hpo_trial_free(trial);
	hpo_optimizer_free(optimizer);
	return code;
}

static const struct option tell_options[] = {
	{ "fail", 0, OPTION_MAYBE, "[REASON]", "it failed; it is tried again as the limits say" },
	{ "prune", 0, OPTION_SWITCH, NULL, "it was stopped early; its last report counts" },
	{ "report", 0, OPTION_PAIR, "ITERATION VALUE",
	  "it goes on, and has this value; repeatable" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const tell_tables[] = { tell_options, store_options, NULL };

const struct command command_tell = {
	.name = "tell",
	.usage = "STUDY TRIAL VALUE... | --fail [REASON] | --prune | --report ITERATION VALUE",
	.summary = "how a trial came out, or how it goes",
	.details = "One VALUE an objective, in their order. --report prints 'go on', or 'stop' and\n"
		   "exits with status 3 when the pruner would end the trial: end it with --prune then.\n",
	.tables = tell_tables,
	.run = tell_run,
};
