/*
 * Reading a command line against a table of flags. Pure: it looks at nothing
 * but its arguments, and prints nothing.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "hpo.h"

#include <stdbool.h>
#include <stdio.h>

enum option_kind {
	OPTION_SWITCH, /* --json */
	OPTION_VALUE,  /* --seed 1, --seed=1 */
	OPTION_MAYBE,  /* --fail, --fail 'too hot': a value or none */
	OPTION_PAIR,   /* --report 3 0.5 */
	OPTION_MANY    /* --args a=1 b=2: every value up to the next flag, at least one */
};

struct option {
	const char *name;     /* without its dashes; NULL ends a table */
	char letter;          /* -o, or 0 */
	enum option_kind kind;
	const char *argument; /* its value's name in the help; NULL for a switch */
	const char *help;     /* one phrase; NULL: not listed, as another name of the one before */
};

/* One value given to a flag; OPTION_MANY makes one of each of its values. */
struct option_use {
	const struct option *option;
	const char *first; /* NULL for a switch, or a value left out */
	const char *second;
};

/* What a command line says. Strings are those of argv. */
struct arguments {
	struct option_use *uses; /* [use_count], in the order of the command line */
	size_t use_count;
	const char **words; /* [word_count]: what is no flag, before "--" */
	size_t word_count;
	char **command; /* [command_count]: what follows "--" */
	size_t command_count;
	bool has_command; /* there was a "--" */
};

/*
 * Read argv[argc], which holds neither program nor subcommand. `tables` is
 * ended by NULL. False with a sentence in `error` if it is not understood.
 * Release also after a failure.
 */
bool arguments_parse(struct arguments *out, const struct option *const *tables, int argc,
		     char **argv, hpo_error_t *error);
void arguments_release(struct arguments *arguments);

/* The use of a flag that counts: the last. NULL if it was not given. */
const struct option_use *arguments_last(const struct arguments *arguments, const char *name);
bool arguments_has(const struct arguments *arguments, const char *name);
/* Its value, or `fallback`. */
const char *arguments_text(const struct arguments *arguments, const char *name,
			   const char *fallback);
/* The next use of a flag after the one at *index; start with *index 0. NULL after the last. */
const struct option_use *arguments_next(const struct arguments *arguments, const char *name,
					size_t *index);

/* The value as a whole number of at least `least`, or a real one; refused by the flag's name. */
bool option_integer(const struct option_use *use, int64_t least, int64_t *out, hpo_error_t *error);
bool option_real(const struct option_use *use, double least, double most, double *out,
		 hpo_error_t *error);

/* Text as a number, all of it; false if it is none. */
bool read_integer(const char *text, int64_t *out);
bool read_real(const char *text, double *out);

/* Of `names` (ended by NULL) the nearest to `text`, NULL when none is near. */
const char *nearest_name(const char *text, const char *const *names);

/* Write the flags of a table as the help shows them. */
void options_print(const struct option *table, FILE *out);

#endif
