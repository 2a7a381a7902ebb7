/*
 * hpo ui: the web application.
 */
#include "command.h"
#include "server/web.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_url(const char *url, void *user)
{
	const bool *wants_json = user;

	if (*wants_json) {
		print_json(json_pack("{ss}", "url", url));
	} else {
		fputs("hpo ui: open this in a browser; the token in it is what allows commands\n\n",
		      stdout);
		printf("  %s\n\n", url);
	}
	fflush(stdout);
}

/* This very program: searches are started with it. */
static char *own_path(void)
{
	char path[4096];
	ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

	if (size <= 0)
		return copy_text("hpo");
	path[size] = '\0';
	return copy_text(path);
}

static bool read_port(const struct arguments *arguments, int *port, hpo_error_t *error)
{
	const char *text = arguments_text(arguments, "port", "8080");
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < 0 || value > 65535)
		return refuse(error, "--port %s: expected a number from 0 to 65535", text);
	*port = (int)value;
	return true;
}

static int ui_run(const struct arguments *arguments)
{
	const char *hosts[] = { arguments_text(arguments, "host-name", NULL), NULL };
	bool wants_json = arguments_has(arguments, "json");
	struct web_options options = {
		.store = store_url(arguments),
		.address = arguments_text(arguments, "address", "127.0.0.1"),
		.hosts = hosts,
		.token = getenv("HPO_UI_TOKEN"),
		.allow_launch = arguments_has(arguments, "allow-launch"),
		.ready = say_url,
		.user = &wants_json,
	};
	hpo_error_t error = { 0 };
	char *program = own_path();
	int code = EXIT_FINE;

	options.program = program;
	if (!expect_words(arguments, 0, 0, "nothing", &error) ||
	    !read_port(arguments, &options.port, &error))
		code = give_up(&error);
	else if (options.token != NULL && strlen(options.token) < 16) {
		refuse(&error, "HPO_UI_TOKEN is too short: at least 16 characters");
		code = give_up(&error);
	} else if (web_serve(&options, &error) < 0)
		code = give_up(&error);
	free(program);
	return code;
}

static const struct option ui_options[] = {
	{ "port", 0, OPTION_VALUE, "N", "to listen on; default 8080, 0 for any that is free" },
	{ "address", 0, OPTION_VALUE, "ADDRESS", "to listen on; default 127.0.0.1" },
	{ "host-name", 0, OPTION_VALUE, "NAME", "a further name by which browsers ask for it" },
	{ "allow-launch", 0, OPTION_SWITCH, NULL,
	  "whoever may read may also start and stop studies, which runs commands" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const ui_tables[] = { ui_options, store_options, NULL };

const struct command command_ui = {
	.name = "ui",
	.usage = "[--port N] [--allow-launch]",
	.summary = "the web application: launch, watch, understand, compare",
	.details =
		"It listens on this machine alone. Reading needs nothing; starting and stopping\n"
		"studies needs the URL that it prints, with its token. On another --address all\n"
		"of it needs the token. HPO_UI_TOKEN in the environment sets the token.\n"
		"Searches that it started go on when it ends.\n",
	.tables = ui_tables,
	.run = ui_run,
};
