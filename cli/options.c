/*
 * Reading a command line against a table of flags.
 */
#include "options.h"
#include "command.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMES = 128 /* flags of one command; far more than any has */ };

bool read_integer(const char *text, int64_t *out)
{
	char *end;
	long long value;

	if (text[0] == '\0' || strspn(text, "+-0123456789") != strlen(text))
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	*out = value;
	return true;
}

bool read_real(const char *text, double *out)
{
	char *end;

	if (text[0] == '\0' || strspn(text, "+-.0123456789eEinfatyINFATY") != strlen(text))
		return false;
	*out = strtod(text, &end);
	return *end == '\0';
}

static size_t least_of(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance, of texts of at most 63 bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64];
	size_t length = strlen(b);

	if (length >= 64 || strlen(a) >= 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];

			row[j] = least_of(above + 1, row[j - 1] + 1,
					  diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

const char *nearest_name(const char *text, const char *const *names)
{
	const char *nearest = NULL;
	size_t best = strlen(text) / 3 + 2;

	for (size_t i = 0; names[i] != NULL; i++) {
		size_t d = strlen(text) >= 3 && strncmp(names[i], text, strlen(text)) == 0
				   ? 1
				   : distance(text, names[i]);

		if (d < best) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}

static bool is_number(const char *text)
{
	double ignored;

	return read_real(text, &ignored);
}

/* A flag and not a negative number, nor "-", which stands for standard input. */
static bool is_flag(const char *text)
{
	return text[0] == '-' && text[1] != '\0' && !is_number(text);
}

static const struct option *find_option(const struct option *const *tables, const char *name,
					size_t length)
{
	for (; *tables != NULL; tables++) {
		for (const struct option *o = *tables; o->name != NULL; o++) {
			if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
				return o;
		}
	}
	return NULL;
}

static const struct option *find_letter(const struct option *const *tables, char letter)
{
	for (; *tables != NULL; tables++) {
		for (const struct option *o = *tables; o->name != NULL; o++) {
			if (o->letter == letter)
				return o;
		}
	}
	return NULL;
}

static bool refuse_unknown(const struct option *const *tables, const char *text,
			   hpo_error_t *error)
{
	const char *names[MOST_NAMES + 1];
	const char *nearest;
	char name[64];
	size_t count = 0;

	for (; *tables != NULL; tables++) {
		for (const struct option *o = *tables; o->name != NULL && count < MOST_NAMES; o++)
			names[count++] = o->name;
	}
	names[count] = NULL;
	snprintf(name, sizeof name, "%.*s", (int)strcspn(text + strspn(text, "-"), "="),
		 text + strspn(text, "-"));
	nearest = nearest_name(name, names);
	if (nearest != NULL)
		return refuse(error, "unknown flag '%s': did you mean '--%s'?", text, nearest);
	return refuse(error, "unknown flag '%s': --help lists the known ones", text);
}

static void add_use(struct arguments *out, const struct option *option, const char *first,
		    const char *second)
{
	out->uses = grow_array(out->uses, out->use_count, sizeof *out->uses);
	out->uses[out->use_count++] = (struct option_use){ option, first, second };
}

static void add_word(struct arguments *out, const char *word)
{
	out->words = grow_array(out->words, out->word_count, sizeof *out->words);
	out->words[out->word_count++] = word;
}

/* Take the values that follow a flag at argv[*at]; *at is left on the last one. */
static bool take_values(struct arguments *out, const struct option *option, int argc, char **argv,
			int *at, hpo_error_t *error)
{
	int first = *at + 1;
	int count = 0;

	while (first + count < argc && !is_flag(argv[first + count]))
		count++;
	if (count == 0 && option->kind == OPTION_MAYBE) {
		add_use(out, option, NULL, NULL);
		return true;
	}
	if (count == 0)
		return refuse(error, "--%s needs a value: --%s %s", option->name, option->name,
			      option->argument);
	if (option->kind == OPTION_PAIR && count < 2)
		return refuse(error, "--%s needs two values: --%s %s", option->name, option->name,
			      option->argument);
	if (option->kind == OPTION_PAIR) {
		add_use(out, option, argv[first], argv[first + 1]);
		*at += 2;
		return true;
	}
	if (option->kind == OPTION_VALUE || option->kind == OPTION_MAYBE)
		count = 1;
	for (int i = 0; i < count; i++)
		add_use(out, option, argv[first + i], NULL);
	*at += count;
	return true;
}

static bool take_flag(struct arguments *out, const struct option *const *tables, int argc,
		      char **argv, int *at, hpo_error_t *error)
{
	const char *text = argv[*at];
	const char *value = text[1] == '-' ? strchr(text, '=') : NULL;
	const struct option *option;

	if (text[1] == '-')
		option = find_option(tables, text + 2,
				     value != NULL ? (size_t)(value - text - 2) : strlen(text + 2));
	else
		option = text[2] == '\0' ? find_letter(tables, text[1]) : NULL;
	if (option == NULL)
		return refuse_unknown(tables, text, error);

	if (option->kind == OPTION_SWITCH) {
		if (value != NULL)
			return refuse(error, "--%s takes no value, but was given '%s'",
				      option->name, value + 1);
		add_use(out, option, NULL, NULL);
		return true;
	}
	if (value == NULL)
		return take_values(out, option, argc, argv, at, error);
	if (option->kind == OPTION_PAIR)
		return refuse(error, "--%s needs two values: --%s %s", option->name, option->name,
			      option->argument);
	add_use(out, option, value + 1, NULL);
	return true;
}

bool arguments_parse(struct arguments *out, const struct option *const *tables, int argc,
		     char **argv, hpo_error_t *error)
{
	*out = (struct arguments){ 0 };
	for (int at = 0; at < argc; at++) {
		if (strcmp(argv[at], "--") == 0) {
			out->has_command = true;
			out->command = argv + at + 1;
			out->command_count = (size_t)(argc - at - 1);
			return true;
		}
		if (!is_flag(argv[at]))
			add_word(out, argv[at]);
		else if (!take_flag(out, tables, argc, argv, &at, error))
			return false;
	}
	return true;
}

void arguments_release(struct arguments *arguments)
{
	free(arguments->uses);
	free(arguments->words);
	*arguments = (struct arguments){ 0 };
}

const struct option_use *arguments_next(const struct arguments *arguments, const char *name,
					size_t *index)
{
	while (*index < arguments->use_count) {
		const struct option_use *use = &arguments->uses[(*index)++];

		if (strcmp(use->option->name, name) == 0)
			return use;
	}
	return NULL;
}

const struct option_use *arguments_last(const struct arguments *arguments, const char *name)
{
	const struct option_use *last = NULL;
	const struct option_use *use;
	size_t index = 0;

	while ((use = arguments_next(arguments, name, &index)) != NULL)
		last = use;
	return last;
}

bool arguments_has(const struct arguments *arguments, const char *name)
{
	return arguments_last(arguments, name) != NULL;
}

const char *arguments_text(const struct arguments *arguments, const char *name,
			   const char *fallback)
{
	const struct option_use *use = arguments_last(arguments, name);

	return use != NULL ? use->first : fallback;
}

bool option_integer(const struct option_use *use, int64_t least, int64_t *out, hpo_error_t *error)
{
	if (!read_integer(use->first, out) || *out < least)
		return refuse(error, "--%s '%s': expected a whole number of at least %lld",
			      use->option->name, use->first, (long long)least);
	return true;
}

bool option_real(const struct option_use *use, double least, double most, double *out,
		 hpo_error_t *error)
{
	if (read_real(use->first, out) && isfinite(*out) && *out >= least && *out <= most)
		return true;
	if (isfinite(most))
		return refuse(error, "--%s '%s': expected a number from %g to %g",
			      use->option->name, use->first, least, most);
	if (!isfinite(least))
		return refuse(error, "--%s '%s': expected a number", use->option->name, use->first);
	return refuse(error, "--%s '%s': expected a number of at least %g", use->option->name,
		      use->first, least);
}

void options_print(const struct option *table, FILE *out)
{
	for (const struct option *o = table; o->name != NULL; o++) {
		char left[128];

		if (o->help == NULL)
			continue;
		snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter != 0 ? "-" : "",
			 o->letter != 0 ? o->letter : ' ', o->letter != 0 ? ", " : "   ", o->name,
			 o->argument != NULL ? " " : "", o->argument != NULL ? o->argument : "");
		if (strlen(left) > 30)
			fprintf(out, "  %s\n  %30s  %s\n", left, "", o->help);
		else
			fprintf(out, "  %-30s  %s\n", left, o->help);
	}
}
