/*
 * hpo: hyperparameter optimisation from the shell. This file finds the
 * subcommand; each has a file of its own.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&command_search, &command_create, &command_list,   &command_show,
	&command_trials, &command_top,    &command_export, &command_import,
	&command_ask,    &command_tell,   &command_stop,   &command_delete,
	&command_replay, &command_importance, &command_report, &command_ui,
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static void print_overview(FILE *out)
{
	fputs("usage: hpo COMMAND [ARGUMENT...]\n\n"
	      "Find the hyperparameters that give the best result in the fewest trials.\n\n",
	      out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n'hpo help COMMAND' tells more, 'hpo --version' the version.\n", out);
}

static void print_help(const struct command *command)
{
	printf("usage: hpo %s %s\n\n%s.\n", command->name, command->usage, command->summary);
	if (command->details != NULL)
		printf("\n%s", command->details);
	puts("");
	for (const struct option *const *table = command->tables; *table != NULL; table++)
		options_print(*table, stdout);
}

static int refuse_command(const char *name)
{
	const char *names[COMMANDS + 1] = { NULL };
	const char *nearest;
	hpo_error_t error;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	nearest = nearest_name(name, names);
	if (nearest != NULL)
		refuse(&error, "unknown command '%s': did you mean '%s'?", name, nearest);
	else
		refuse(&error, "unknown command '%s': 'hpo help' lists the known ones", name);
	return give_up(&error);
}

static int help_on(const char *name)
{
	const struct command *command;

	if (name == NULL) {
		print_overview(stdout);
		return EXIT_FINE;
	}
	command = find_command(name);
	if (command == NULL)
		return refuse_command(name);
	print_help(command);
	return EXIT_FINE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct arguments arguments;
	hpo_error_t error = { 0 };
	int status = EXIT_FINE;

	if (!arguments_parse(&arguments, command->tables, argc, argv, &error)) {
		status = give_up(&error);
		fprintf(stderr, "'hpo help %s' shows how it is used\n", command->name);
	} else if (arguments_has(&arguments, "help")) {
		print_help(command);
	} else {
		status = command->run(&arguments);
	}
	arguments_release(&arguments);
	return status;
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *command;

	if (name == NULL) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
		printf("hpo %s\n", hpo_version());
		return EXIT_FINE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return help_on(argc > 2 ? argv[2] : NULL);
	command = find_command(name);
	if (command == NULL)
		return refuse_command(name);
	return run_command(command, argc - 2, argv + 2);
}

/*
 * A standard descriptor that the caller closed would be given to the next file
 * that is opened, a database for one, and be printed into. A read-only one in
 * its place makes printing fail as it should.
 */
static void keep_standard_descriptors(void)
{
	for (int descriptor = 0; descriptor <= 2; descriptor++) {
		if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", O_RDONLY);
	}
}

/* What was printed must have arrived: a full disk or a closed pipe is a failure. */
static int close_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "hpo: cannot write to standard output: %s\n", strerror(errno));
	return status == EXIT_FINE ? EXIT_TROUBLE : status;
}

int main(int argc, char **argv)
{
	keep_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	return close_output(dispatch(argc, argv));
}
