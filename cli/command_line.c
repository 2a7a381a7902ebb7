/*
 * The command line of a trial, for a person to run again: placeholders are
 * replaced as the process backend does, and words quoted for a shell.
 */
#include "command_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The names of all parameters, active or not: what else stands in braces is the command's own. */
static hpo_space_t *study_space(const json_t *study)
{
	hpo_space_t *space = NULL;
	char *text = json_dumps(json_object_get(study, "parameters"), JSON_COMPACT);

	if (text != NULL)
		hpo_space_from_json(&space, text, NULL);
	free(text);
	return space;
}

/* What an option on a command line is called: Args/lr without its section. */
static const char *short_name(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : name;
}

static bool is_parameter(const hpo_space_t *space, const char *name)
{
	for (size_t i = 0; space != NULL && i < hpo_space_dims(space); i++) {
		const char *own = hpo_space_name(space, i);

		if (strcmp(own, name) == 0 || strcmp(short_name(own), name) == 0)
			return true;
	}
	return false;
}

/* A parameter named in full, or else by its short name. */
static const json_t *find_value(const json_t *params, const char *name)
{
	const json_t *value = json_object_get(params, name);
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)params, key, member) {
		if (value == NULL && strcmp(short_name(key), name) == 0)
			value = member;
	}
	return value;
}

enum filled { NO_PLACEHOLDER, FILLED, INACTIVE };

/* Write one argument with its placeholders replaced. */
static enum filled fill(FILE *out, const char *text, const hpo_space_t *space, const json_t *params)
{
	enum filled filled = NO_PLACEHOLDER;

	while (*text != '\0') {
		size_t length = *text == '{' ? strcspn(text + 1, "{}") : 0;
		char *name = length > 0 && text[1 + length] == '}'
				     ? must(strndup(text + 1, length))
				     : NULL;
		const json_t *value = name != NULL ? find_value(params, name) : NULL;

		if (name == NULL || (value == NULL && !is_parameter(space, name))) {
			fputc(*text++, out);
		} else if (value == NULL) {
			free(name);
			return INACTIVE;
		} else {
			char *shown = scalar_text(value);

			fputs(shown, out);
			free(shown);
			filled = FILLED;
			text += length + 2;
		}
		free(name);
	}
	return filled;
}

static void write_quoted(FILE *out, const char *text)
{
	bool is_safe = text[0] != '\0';

	for (const char *c = text; *c != '\0'; c++)
		is_safe = is_safe && (isalnum((unsigned char)*c) || strchr("_-./=:,+@%", *c));
	if (is_safe) {
		fputs(text, out);
		return;
	}
	fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
	fputc('\'', out);
}

/* The words of a command line that is being made; owned. */
struct words {
	char **list;
	size_t count;
};

static void add(struct words *words, char *word)
{
	words->list = grow_array(words->list, words->count, sizeof *words->list);
	words->list[words->count++] = word;
}

/* Whether an argument is an option that takes the next one: -m or --momentum, not -3 or --m=3. */
static bool is_option(const char *text)
{
	if (text[0] != '-' || strchr(text, '=') != NULL)
		return false;
	if (text[1] == '-')
		return text[2] != '\0';
	return text[1] != '\0' && strchr("0123456789.", text[1]) == NULL;
}

/* Returns whether any argument has a placeholder. */
static bool add_template(struct words *words, const json_t *command, const hpo_space_t *space,
			 const json_t *params)
{
	enum filled before = FILLED; /* the program follows no option */
	bool has_placeholder = false;

	for (size_t i = 0; i < json_array_size(command); i++) {
		const char *text = json_string_value(json_array_get(command, i));
		char *word = NULL;
		size_t size;
		FILE *out = must(open_memstream(&word, &size));
		enum filled filled = fill(out, text != NULL ? text : "", space, params);

		fclose(out);
		must(word);
		has_placeholder = has_placeholder || filled != NO_PLACEHOLDER;
		if (filled != INACTIVE) {
			add(words, word);
		} else {
			free(word);
			if (before == NO_PLACEHOLDER && words->count > 1 &&
			    is_option(words->list[words->count - 1]))
				free(words->list[--words->count]);
		}
		before = filled;
	}
	return has_placeholder;
}

static void add_params(struct words *words, const json_t *params)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)params, name, value) {
		char *text = scalar_text(value);

		add(words, make_text("--%s=%s", short_name(name), text));
		free(text);
	}
}

char *command_line(const json_t *study, const json_t *params)
{
	const json_t *command = json_object_get(json_object_get(study, "task"), "command");
	struct words words = { NULL, 0 };
	hpo_space_t *space;
	char *line = NULL;
	size_t size;
	FILE *out;

	if (json_array_size(command) == 0)
		return NULL;

	space = study_space(study);
	if (!add_template(&words, command, space, params))
		add_params(&words, params);
	out = must(open_memstream(&line, &size));
	for (size_t i = 0; i < words.count; i++) {
		if (i > 0)
			fputc(' ', out);
		write_quoted(out, words.list[i]);
		free(words.list[i]);
	}
	fclose(out);
	free(words.list);
	hpo_space_free(space);
	return must(line);
}
