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

static bool is_parameter(const hpo_space_t *space, const char *name)
{
	for (size_t i = 0; space != NULL && i < hpo_space_dims(space); i++) {
		if (strcmp(hpo_space_name(space, i), name) == 0)
			return true;
	}
	return false;
}

enum filled { NO_PLACEHOLDER, FILLED, INACTIVE };

/* Write one argument with its placeholders replaced. */
static enum filled fill(FILE *out, const char *text, const hpo_space_t *space, const json_t *params)
{
	enum filled filled = NO_PLACEHOLDER;

	while (*text != '\0') {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		char *name = end != NULL ? must(strndup(text + 1, (size_t)(end - text - 1))) : NULL;
		const json_t *value = name != NULL ? json_object_get(params, name) : NULL;

		if (name == NULL || !is_parameter(space, name)) {
			fputc(*text++, out);
		} else if (value == NULL) {
			free(name);
			return INACTIVE;
		} else {
			char *shown = scalar_text(value);

			fputs(shown, out);
			free(shown);
			filled = FILLED;
			text = end + 1;
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

static void drop_option(struct words *words)
{
	if (words->count > 1 && words->list[words->count - 1][0] == '-')
		free(words->list[--words->count]);
}

static bool add_template(struct words *words, const json_t *command, const hpo_space_t *space,
			 const json_t *params)
{
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
		if (filled == INACTIVE) {
			free(word);
			drop_option(words);
		} else {
			add(words, word);
		}
	}
	return has_placeholder;
}

static void add_params(struct words *words, const json_t *params)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)params, name, value) {
		const char *slash = strchr(name, '/');
		char *text = scalar_text(value);

		add(words, make_text("--%s=%s", slash != NULL ? slash + 1 : name, text));
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
