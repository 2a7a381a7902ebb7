/*
 * Which store a command looks into, and opening it.
 */
#include "command.h"

#include <stdlib.h>

const struct option store_options[] = {
	{ "store", 0, OPTION_VALUE, "URL", "the store; default $HPO_STORE or sqlite:hpo.db" },
	{ "json", 0, OPTION_SWITCH, NULL, "print JSON" },
	{ "help", 'h', OPTION_SWITCH, NULL, "show this" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

const char *store_url(const struct arguments *arguments)
{
	const char *from_environment = getenv("HPO_STORE");

	if (from_environment == NULL || from_environment[0] == '\0')
		from_environment = "sqlite:hpo.db";
	return arguments_text(arguments, "store", from_environment);
}

bool open_store(hpo_store_t **out, const struct arguments *arguments, hpo_error_t *error)
{
	return hpo_store_open(out, store_url(arguments), error) >= 0;
}

bool open_records(hpo_records_t **out, const struct arguments *arguments, const char *study,
		  hpo_records_parts_t parts, hpo_error_t *error)
{
	hpo_store_t *store = NULL;
	bool is_open;

	*out = NULL;
	is_open = open_store(&store, arguments, error) &&
		  hpo_store_records(store, study, parts, out, error) >= 0;
	hpo_store_close(store);
	return is_open;
}

bool expect_words(const struct arguments *arguments, size_t least, size_t most, const char *names,
		  hpo_error_t *error)
{
	if (arguments->has_command)
		return refuse(error, "'--' begins a command, and only search and create take one");
	if (arguments->word_count < least)
		return refuse(error, "expected %s", names);
	if (arguments->word_count > most)
		return refuse(error, "unexpected argument '%s': expected %s",
			      arguments->words[most], most == 0 ? "none" : names);
	return true;
}
