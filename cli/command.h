/*
 * What the subcommands share: their table, exit statuses, sentences, output.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "options.h"

#include <jansson.h>

/* Exit statuses, as the manual pins them. */
enum {
	EXIT_FINE = 0,
	EXIT_USAGE = 1,       /* bad usage or configuration; nothing was started */
	EXIT_NO_TRIAL = 2,    /* no trial completed */
	EXIT_STUDY_DONE = 3,  /* ask: there is no further trial; tell: the trial should stop */
	EXIT_TROUBLE = 4,     /* a failure at run time */
	EXIT_WAIT = 5,        /* ask: nothing to give now */
	EXIT_INTERRUPTED = 130
};

struct command {
	const char *name;
	const char *usage;   /* what follows the name */
	const char *summary; /* one line */
	const char *details; /* more for its help, or NULL */
	const struct option *const *tables; /* ended by NULL */
	int (*run)(const struct arguments *arguments); /* returns the exit status */
};

extern const struct command command_ask, command_create, command_delete, command_export,
	command_import, command_importance, command_list, command_replay, command_report,
	command_search, command_show, command_stop, command_tell, command_top, command_trials,
	command_ui;

/* --store, --json and --help: of every command that looks into a store. */
extern const struct option store_options[];

/* Write a sentence into `error`, HPO_EINVAL; returns false. */
bool refuse(hpo_error_t *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print the sentence on standard error, made harmless. */
void complain(const hpo_error_t *error);
/* The same, and the exit status that its code means. */
int give_up(const hpo_error_t *error);

/* The same, of a study that could not be opened: names it when the store has another. */
int give_up_study(const json_t *study, const hpo_error_t *error);

/* Memory or the end of the program: a command has nothing to save. */
void *grow_array(void *array, size_t count, size_t bytes);
char *copy_text(const char *text);
/* printf into new memory. */
char *make_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A `char *` or tree that must be there. */
void *must(void *memory);

/* hpo_report_plain(), which must succeed; free with hpo_free(). */
char *plain(const char *text);

/* The width of the terminal that a descriptor is, 0 if it is none. */
int terminal_width(int descriptor);

/* Print text that the library gave on standard output, and free it; NULL is a failure. */
int print_and_free(char *text, const hpo_error_t *error);
/* Print a tree as one line of JSON on standard output, and let go of it. */
void print_json(json_t *json);

/* All of a file, "-" for standard input, terminated; *size may be NULL. NULL with the sentence. */
char *read_file(const char *path, size_t *size, hpo_error_t *error);

/* The store that flags and environment name. */
const char *store_url(const struct arguments *arguments);
/* Open it. */
bool open_store(hpo_store_t **out, const struct arguments *arguments, hpo_error_t *error);
/* Open it and read one study. */
bool open_records(hpo_records_t **out, const struct arguments *arguments, const char *study,
		  hpo_records_parts_t parts, hpo_error_t *error);

/* Demand `least` to `most` words, which `names` describes: "STUDY TRIAL". */
bool expect_words(const struct arguments *arguments, size_t least, size_t most, const char *names,
		  hpo_error_t *error);

/* A number as the shortest text that reads back the same; a JSON scalar as an argument. */
void format_real(double value, char text[32]);
char *scalar_text(const json_t *json);

#endif
