/*
 * hpo ask: the next trial of a study, for a script to run.
 */
#include "command.h"

#include <math.h>
#include <stdlib.h>

static const double default_lease_minutes = 1440;

static void print_trial(const hpo_trial_t *trial)
{
	char *params = must(hpo_trial_params_json(trial));
	json_t *name = must(json_string(hpo_trial_study(trial)));
	char *study = must(json_dumps(name, JSON_ENCODE_ANY));

	printf("{\"number\":%lld,\"params\":%s,\"study\":%s,\"attempt\":%d}\n",
	       (long long)hpo_trial_number(trial), params, study, (int)hpo_trial_attempt(trial));
	free(study);
	json_decref(name);
	hpo_free(params);
}

static int ask(hpo_optimizer_t *optimizer, double minutes)
{
	hpo_trial_t *trial = NULL;
	hpo_error_t error = { 0 };

	switch (hpo_optimizer_ask_detached(optimizer, minutes, &trial, &error)) {
	case HPO_OK:
		print_trial(trial);
		hpo_trial_free(trial);
		return EXIT_FINE;
	case HPO_WAIT:
		fputs("hpo: nothing to give until a running trial is told\n", stderr);
		return EXIT_WAIT;
	case HPO_DONE:
	case HPO_EXHAUSTED:
		fputs("hpo: the study is done\n", stderr);
		return EXIT_STUDY_DONE;
	default:
		return give_up(&error);
	}
}

static int ask_run(const struct arguments *arguments)
{
	const struct option_use *lease = arguments_last(arguments, "lease-minutes");
	hpo_optimizer_t *optimizer = NULL;
	hpo_error_t error = { 0 };
	double minutes = default_lease_minutes;
	int code;

	if (!expect_words(arguments, 1, 1, "STUDY", &error) ||
	    (lease != NULL && !option_real(lease, 0, HUGE_VAL, &minutes, &error)) ||
	    hpo_optimizer_open(&optimizer, store_url(arguments), arguments->words[0], &error) < 0)
		return give_up(&error);
	code = ask(optimizer, minutes);
	hpo_optimizer_free(optimizer);
	return code;
}

static const struct option ask_options[] = {
	{ "lease-minutes", 0, OPTION_VALUE, "MINUTES",
	  "after which a trial that was not told is given again; default 1440" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const ask_tables[] = { ask_options, store_options, NULL };

const struct command command_ask = {
	.name = "ask",
	.usage = "STUDY",
	.summary = "the next trial of a study as JSON, for a script to run",
	.details = "Prints {\"number\": …, \"params\": {…}, …}. Exit status: 0 with a trial,\n"
		   "3 the study is done, 5 wait: a running trial must be told first.\n",
	.tables = ask_tables,
	.run = ask_run,
};
