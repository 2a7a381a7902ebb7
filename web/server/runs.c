/*
 * Searches as child processes: `hpo search --study - --store URL`, in a session
 * of their own, so that they outlive this server whatever happens to it.
 */
#include "server/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* An open file without a name, that ends with those who hold it. */
static int make_file(const char *text)
{
	FILE *file = tmpfile();
	int fd = file != NULL ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) : -1;

	if (file != NULL)
		fclose(file);
	if (fd >= 0 && text != NULL &&
	    (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int spawn(const struct web *web, int input, int output, pid_t *pid)
{
	const char *const arguments[] = {web->options->program, "search", "--quiet", "--store",
					 web->options->store,	"--study", "-",	     NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int failure;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, input, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, output, 2);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	failure = posix_spawn(pid, web->options->program, &actions, &attributes,
			      (char *const *)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failure;
}

static void release_run(struct run *run)
{
	if (run->output >= 0)
		close(run->output);
	free(run->study);
	free(run);
}

/* Forget the oldest of those that have ended. */
static void forget_old(struct web *web)
{
	struct run **oldest = NULL;
	size_t count = 0;

	for (struct run **at = &web->runs; *at != NULL; at = &(*at)->next) {
		count++;
		if ((*at)->ended_s > 0)
			oldest = at;
	}
	if (count > RUNS && oldest != NULL) {
		struct run *gone = *oldest;

		*oldest = gone->next;
		release_run(gone);
	}
}

static struct run *keep_run(struct web *web, const char *study, pid_t pid, int output)
{
	struct run *run = web_must(calloc(1, sizeof *run));

	run->id = ++web->run_count;
	run->study = web_copy(study);
	run->pid = pid;
	run->started_s = now_wall();
	run->output = output;
	run->next = web->runs;
	web->runs = run;
	forget_old(web);
	touch_study(web, study);
	return run;
}

struct run *start_run(struct web *web, const char *study, json_t *definition, hpo_error_t *error)
{
	char *text = web_must(json_dumps(definition, JSON_COMPACT));
	const int input = make_file(text);
	const int output = make_file(NULL);
	int failure = errno;
	pid_t pid = 0;

	free(text);
	if (input >= 0 && output >= 0)
		failure = spawn(web, input, output, &pid);
	if (input >= 0)
		close(input);
	if (failure == 0 && pid > 0)
		return keep_run(web, study, pid, output);
	if (output >= 0)
		close(output);
	*error = (hpo_error_t){.code = HPO_EBACKEND};
	snprintf(error->message, sizeof error->message, "the search could not be started: %s",
		 strerror(failure));
	return NULL;
}

struct run *find_run(struct web *web, const char *study)
{
	for (struct run *run = web->runs; run != NULL; run = run->next) {
		if (strcmp(run->study, study) == 0)
			return run;
	}
	return NULL;
}

void stop_again(struct web *web)
{
	hpo_error_t error;

	for (struct run *run = web->runs; run != NULL; run = run->next) {
		const struct study *study = find_study(web, run->study);

		if (run->ended_s == 0 && run->stopping && study != NULL &&
		    !json_is_true(json_object_get(study->pulse, "stopped")))
			hpo_store_set_stopped(web->store, run->study, 1, &error);
	}
}

static void read_message(struct run *run)
{
	const char *line;
	char text[sizeof run->message];
	off_t size = lseek(run->output, 0, SEEK_END);
	ssize_t got;

	if (size <= 0)
		return;
	got = pread(run->output, text, sizeof text - 1,
		    size > (off_t)sizeof text - 1 ? size - (off_t)sizeof text + 1 : 0);
	if (got <= 0)
		return;
	text[got] = '\0';
	while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == '\r'))
		text[--got] = '\0';
	line = strrchr(text, '\n');
	snprintf(run->message, sizeof run->message, "%s", line != NULL ? line + 1 : text);
}

void reap_runs(struct web *web)
{
	int status;

	for (struct run *run = web->runs; run != NULL; run = run->next) {
		if (run->ended_s > 0 || waitpid(run->pid, &status, WNOHANG) != run->pid)
			continue;
		run->ended_s = now_wall();
		run->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		read_message(run);
		touch_study(web, run->study);
	}
	wake_listeners(web);
}

static json_t *message_json(const struct run *run)
{
	char *plain;
	json_t *json;

	if (run->message[0] == '\0')
		return json_null();
	plain = hpo_report_plain(run->message, NULL);
	json = json_string(plain != NULL ? plain : "");
	hpo_free(plain);
	return json;
}

json_t *run_json(const struct run *run)
{
	const bool ended = run->ended_s > 0;
	char id[32];

	snprintf(id, sizeof id, "%lld", (long long)run->id);
	return json_pack("{s:s,s:s,s:I,s:s,s:f,s:o,s:o,s:o}", "id", id, "study", run->study, "pid",
			 (json_int_t)run->pid, "state",
			 ended		  ? "ended"
			 : run->stopping ? "stopping"
					  : "running",
			 "started_s", run->started_s, "ended_s",
			 ended ? json_real(run->ended_s) : json_null(), "exit",
			 ended ? json_integer(run->exit) : json_null(), "message",
			 message_json(run));
}

void release_runs(struct web *web)
{
	while (web->runs != NULL) {
		struct run *next = web->runs->next;

		release_run(web->runs);
		web->runs = next;
	}
}
