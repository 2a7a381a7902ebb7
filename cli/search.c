/*
 * hpo search: run an optimisation to its end, or resume it.
 */
#include "clearml.h"
#include "progress.h"
#include "result.h"
#include "study_flags.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STEP_MS = 500,       /* how long a step may wait; it returns as soon as something happens */
	STEP_TERMINAL_MS = 100
};

/* How often those who watch a server see where the search is: as ClearML's command line does. */
static const double report_minutes = 0.5;

/* What the signal handler needs: there is one run in a process. */
static hpo_optimizer_t *volatile interruptible;
static atomic_bool is_interrupted; /* two threads may be told at once */

static void on_interrupt(int number)
{
	int saved = errno;

	(void)number;
	if (atomic_exchange(&is_interrupted, true))
		_exit(EXIT_INTERRUPTED);
	hpo_optimizer_stop(interruptible);
	errno = saved;
}

/*
 * SIGINT is caught even where a shell ignored it for a background job: ended in
 * order is what was asked for then too. SIGHUP stays ignored under nohup.
 */
static void catch_interruptions(hpo_optimizer_t *optimizer)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	interruptible = optimizer;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct sigaction old;
		struct sigaction action = { .sa_handler = on_interrupt };

		sigemptyset(&action.sa_mask);
		sigaction(numbers[i], NULL, &old);
		if (numbers[i] != SIGHUP || old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

static void on_log(hpo_log_level_t level, const char *message, void *user)
{
	struct progress *progress = user;
	static const char *const words[] = { "", "", "warning: ", "error: " };
	char *line;

	if (level < (progress->is_quiet ? HPO_LOG_ERROR : HPO_LOG_WARNING))
		return;
	line = make_text("hpo: %s%s", words[level], message);
	progress_line(progress, line);
	free(line);
}

static hpo_status_t on_ended(int64_t number, const char *trial_json, int is_best, void *user)
{
	struct progress *progress = user;
	json_t *trial;
	char *line;

	(void)number;
	if (progress->is_quiet || progress->is_terminal)
		return HPO_OK;
	trial = must(json_loads(trial_json, 0, NULL));
	line = trial_line(trial, is_best);
	progress_line(progress, line);
	free(line);
	json_decref(trial);
	return HPO_OK;
}

/* Someone may have stopped the study; that it is searched again takes the mark away. */
static bool clear_stop(const json_t *study, hpo_error_t *error)
{
	const char *url = json_string_value(json_object_get(study, "store"));
	const char *name = json_string_value(json_object_get(study, "name"));
	hpo_store_t *store = NULL;
	bool is_fine;

	if (url == NULL || name == NULL || strncmp(url, "memory:", 7) == 0)
		return true;
	is_fine = hpo_store_open(&store, url, error) >= 0 &&
		  hpo_store_set_stopped(store, name, 0, error) >= 0;
	hpo_store_close(store);
	return is_fine;
}

static hpo_status_t run(hpo_optimizer_t *optimizer, struct progress *progress, hpo_error_t *error)
{
	int timeout_ms = progress->is_terminal ? STEP_TERMINAL_MS : STEP_MS;
	hpo_status_t status;

	do {
		progress_draw(progress, optimizer);
		status = hpo_optimizer_step(optimizer, timeout_ms, error);
	} while (status == HPO_OK || status == HPO_WAIT);
	progress_clear(progress);
	return status;
}

static const char *ended_text(hpo_status_t status)
{
	if (status < 0)
		return "failed";
	if (is_interrupted)
		return "interrupted";
	return status == HPO_EXHAUSTED ? "exhausted" : "finished";
}

static void say_interrupted(const struct result *result)
{
	const hpo_progress_t *p = &result->progress;
	const char *name = json_string_value(json_object_get(result->study, "name"));
	char *line = make_text("hpo: interrupted after %lld ended trials; the same command resumes "
			       "study '%s'", (long long)(p->completed + p->pruned + p->failed),
			       name != NULL ? name : "");
	char *harmless = plain(line);

	fprintf(stderr, "%s\n", harmless);
	hpo_free(harmless);
	free(line);
}

/* A failure before any trial of the study was started is one of configuration. */
static int exit_status(hpo_status_t status, const struct result *result, const hpo_error_t *error)
{
	const hpo_progress_t *p = &result->progress;
	int64_t trials = p->waiting + p->running + p->completed + p->pruned + p->failed;
	bool is_broken = status == HPO_ESTORE || status == HPO_ENOMEM;

	if (status < 0) {
		int given = give_up(error);

		if (trials == 0 || is_broken)
			return given;
	}
	if (is_interrupted && status >= 0)
		return EXIT_INTERRUPTED;
	if (p->completed == 0)
		return EXIT_NO_TRIAL;
	return status < 0 ? EXIT_TROUBLE : EXIT_FINE;
}

static int report_end(hpo_optimizer_t *optimizer, hpo_status_t status, const hpo_error_t *why,
		      bool wants_json)
{
	struct result result;
	hpo_error_t error = { 0 };
	int code;

	if (!result_init(&result, optimizer, &error)) {
		code = give_up(status < 0 ? why : &error);
		result_release(&result);
		return code == EXIT_USAGE ? EXIT_TROUBLE : code;
	}
	result.ended = ended_text(status);
	result.error = status < 0 ? why : NULL;
	code = exit_status(status, &result, why);
	if (wants_json && code != EXIT_USAGE)
		result_print_json(&result);
	else if (code != EXIT_USAGE)
		result_print(&result);
	if (!wants_json && code != EXIT_USAGE)
		print_top_tasks(optimizer, result.study);
	fflush(stdout);
	if (code == EXIT_INTERRUPTED)
		say_interrupted(&result);
	result_release(&result);
	return code;
}

static int search_study(json_t *study, const struct arguments *arguments)
{
	hpo_optimizer_t *optimizer = NULL;
	struct progress progress;
	hpo_error_t error = { 0 };
	char *text = must(json_dumps(study, JSON_COMPACT));
	hpo_status_t status;
	int code;

	progress_init(&progress, arguments_has(arguments, "quiet"));
	status = hpo_optimizer_check_task(text, &error);
	if (status >= 0)
		status = hpo_optimizer_from_json(&optimizer, text, &error);
	free(text);
	if (status < 0 || !clear_stop(study, &error)) {
		code = give_up_study(study, &error);
		goto done;
	}

	hpo_optimizer_set_log(optimizer, on_log, &progress);
	hpo_optimizer_set_ended(optimizer, on_ended, &progress);
	hpo_optimizer_set_report(optimizer, report_minutes, NULL, NULL);
	catch_interruptions(optimizer);
	status = run(optimizer, &progress, &error);
	code = report_end(optimizer, status, &error, arguments_has(arguments, "json"));
done:
	hpo_optimizer_free(optimizer);
	return code;
}

static int search_run(const struct arguments *arguments)
{
	hpo_error_t error = { 0 };
	json_t *study = NULL;
	int code;

	if (!study_from_arguments(&study, arguments, true, &error))
		return give_up(&error);
	code = search_study(study, arguments);
	json_decref(study);
	return code;
}

static const struct option search_options[] = {
	{ "quiet", 'q', OPTION_SWITCH, NULL, "say nothing while it runs but what fails" },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL }
};

static const struct option *const search_tables[] = { study_options, search_options, store_options,
						      NULL };

const struct command command_search = {
	.name = "search",
	.usage = "[--study FILE] [FLAG...] [-- COMMAND ARG...]",
	.summary = "run an optimisation to its end, or resume it where it stopped",
	.details =
		"{NAME} in an argument of the command is replaced by the parameter's value; where\n"
		"no argument has one, --NAME=VALUE is appended for each parameter. The command\n"
		"prints its metrics, as in 'loss=0.03' or 'iteration=3 loss=0.03'.\n\n"
		"Exit status: 0 there is a best trial, 1 bad usage, 2 no trial completed,\n"
		"4 a failure at run time, 130 interrupted (the same command resumes).\n",
	.tables = search_tables,
	.run = search_run,
};
