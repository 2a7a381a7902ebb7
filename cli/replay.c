/*
 * hpo replay: propose recorded trials again and compare.
 */
#include "command.h"

static void print_trial(const json_t *trial)
{
	long long number = (long long)json_integer_value(json_object_get(trial, "number"));
	json_t *arm = json_object_get(trial, "arm");
	char *name = plain(json_is_string(arm) ? json_string_value(arm) : "");
	const json_t *recorded = json_object_get(trial, "params");
	const json_t *replayed = json_object_get(trial, "replayed");

	printf("%6lld  %-12s  %s\n", number, name,
	       json_string_value(json_object_get(trial, "outcome")));
	hpo_free(name);
	if (recorded != NULL) {
		char *was = must(json_dumps(recorded, JSON_ENCODE_ANY));
		char *is = must(json_dumps(replayed, JSON_ENCODE_ANY));
		char *plain_was = plain(was);
		char *plain_is = plain(is);

		printf("        recorded  %s\n        replayed  %s\n", plain_was, plain_is);
		hpo_free(plain_was);
		hpo_free(plain_is);
		free(was);
		free(is);
	}
}

static int print_replay(const char *text, bool as_json)
{
	json_t *tree = must(json_loads(text, 0, NULL));
	long long different = (long long)json_integer_value(json_object_get(tree, "different"));
	json_t *trial;
	size_t index;

	if (as_json) {
		puts(text);
	} else {
		json_array_foreach(json_object_get(tree, "trials"), index, trial)
			print_trial(trial);
		printf("%lld the same, %lld different, %lld not replayed\n",
		       (long long)json_integer_value(json_object_get(tree, "same")), different,
		       (long long)json_integer_value(json_object_get(tree, "not_replayed")));
	}
	json_decref(tree);
	return different > 0 ? EXIT_TROUBLE : EXIT_FINE;
}

static bool read_trial(const struct arguments *arguments, int64_t *first, int64_t *last,
		       hpo_error_t *error)
{
	*first = 0;
	*last = -1;
	if (!expect_words(arguments, 1, 2, "STUDY [TRIAL]", error))
		return false;
	if (arguments->word_count < 2)
		return true;
	if (!read_integer(arguments->words[1], first) || *first < 0)
		return refuse(error, "trial '%s': expected its number", arguments->words[1]);
	*last = *first;
	return true;
}

static int replay_run(const struct arguments *arguments)
{
	hpo_optimizer_t *optimizer = NULL;
	hpo_error_t error = { 0 };
	int64_t first;
	int64_t last;
	char *text = NULL;
	int status = EXIT_FINE;

	if (read_trial(arguments, &first, &last, &error) &&
	    hpo_optimizer_open(&optimizer, store_url(arguments), arguments->words[0], &error) >= 0)
		text = hpo_optimizer_replay_json(optimizer, first, last, &error);
	status = text == NULL ? give_up(&error)
			      : print_replay(text, arguments_has(arguments, "json"));
	hpo_free(text);
	hpo_optimizer_free(optimizer);
	return status;
}

static const struct option *const replay_tables[] = { store_options, NULL };

const struct command command_replay = {
	.name = "replay",
	.usage = "STUDY [TRIAL]",
	.summary = "propose recorded trials again, and compare",
	.details = "Each trial notes what its proposal saw. From that its values follow again,\n"
		   "whichever process proposed it. The exit status is 4 when some come out\n"
		   "otherwise, as they may with another version of hpo.\n",
	.tables = replay_tables,
	.run = replay_run,
};
