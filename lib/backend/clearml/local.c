/*
 * Clones that run on this machine: each as a process under a guardian, with
 * what ClearML's own local jobs find in their environment. The program reports
 * to the server by itself; this tells the server how it started and ended.
 */
#include "backend/clearml/local.h"

#include "backend/clearml/clones.h"
#include "backend/ending.h"
#include "backend/environment.h"
#include "backend/output.h"
#include "base/alloc.h"
#include "os/clock.h"
#include "os/path.h"
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { OUT, ERR, REPORT, CONTROL, CHANNELS, MOST_WORDS = 64, CALL_MS = 10000 };
static const double guardian_slack_s = 3.0;

/* One process. */
struct job {
	char task[64];
	struct hpo_process process;
	struct hpo_output output;
	bool ended;   /* the process is gone */
	bool told;    /* the server knows */
	bool asked;   /* to end */
	bool is_well; /* how it ended */
	char reason[160];
};

struct hpo_clearml_local {
	char *here; /* where the run was started */
	char *log_folder;
	char *cwd;    /* where the programs run */
	char *folder; /* of the script, to be removed; NULL: it is in a repository here */
	char *script; /* its file there */
	char *words[MOST_WORDS]; /* [word_count], the command */
	size_t word_count;
	char *program;			    /* the file that is executed */
	struct hpo_environment environment; /* what all have in common */
	struct job **jobs;		    /* [job_count] */
	size_t job_count, job_capacity;
};

static const char *script_member(const struct hpo_clearml *clearml, const char *key)
{
	const hpo_json_t *script = hpo__json_get(clearml->base.task, "script");
	const char *text = hpo__json_text(hpo__json_get(script, key));

	return text != NULL ? text : "";
}

/* A stand-alone script is kept as the text of a change to no repository. */
static bool is_alone(const struct hpo_clearml *clearml)
{
	const char *diff = script_member(clearml, "diff");

	return *script_member(clearml, "repository") == '\0' && *diff != '\0' &&
	       strncmp(diff, "diff --git", 10) != 0;
}

static hpo_status_t add_word(struct hpo_clearml_local *local, const char *text, size_t length,
			     hpo_error_t *error)
{
	if (local->word_count + 1 >= MOST_WORDS)
		return hpo__fail(error, HPO_EINVAL,
				 "the base task's entry point has more than %d words",
				 MOST_WORDS - 2);
	local->words[local->word_count] = hpo__strndup(text, length);
	if (local->words[local->word_count] == NULL)
		return hpo__fail_memory(error);
	local->word_count++;
	return HPO_OK;
}

static hpo_status_t add_words(struct hpo_clearml_local *local, const char *text, hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;

	for (text += strspn(text, " "); *text != '\0' && status >= 0; text += strspn(text, " ")) {
		const size_t length = strcspn(text, " ");

		status = add_word(local, text, length, error);
		text += length;
	}
	return status;
}

/* The last part of a name: a script is written into a folder of ours and nowhere else. */
static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? slash + 1 : name;
}

static hpo_status_t write_file(const char *path, const char *text, hpo_error_t *error)
{
	FILE *file = fopen(path, "wxb");
	bool is_fine;

	if (file == NULL)
		return hpo__fail(error, HPO_EBACKEND, "'%s' cannot be written: %s", path,
				 strerror(errno));
	is_fine = fputs(text, file) >= 0;
	is_fine = fclose(file) == 0 && is_fine;
	return is_fine ? HPO_OK
		       : hpo__fail(error, HPO_EBACKEND, "'%s' cannot be written: %s", path,
				   strerror(errno));
}

/* The text of the script in a private folder. */
static hpo_status_t unpack_script(struct hpo_clearml *clearml, hpo_error_t *error)
{
	struct hpo_clearml_local *local = clearml->local;
	const char *name = last_part(script_member(clearml, "entry_point"));
	const char *base = getenv("TMPDIR");
	struct hpo_buffer folder = HPO__BUFFER_INIT;

	hpo__buffer_format(&folder, "%s/hpo-clearml-XXXXXX",
			   base != NULL && *base == '/' ? base : "/tmp");
	local->folder = hpo__buffer_take(&folder);
	if (local->folder == NULL)
		return hpo__fail_memory(error);
	if (mkdtemp(local->folder) == NULL) {
		hpo__fail(error, HPO_EBACKEND, "no folder '%s' can be made: %s", local->folder,
			  strerror(errno));
		hpo__free(local->folder);
		local->folder = NULL;
		return HPO_EBACKEND;
	}
	local->script = hpo__path_join(local->folder, *name != '\0' ? name : "script.py");
	if (local->script == NULL)
		return hpo__fail_memory(error);
	return write_file(local->script, script_member(clearml, "diff"), error);
}

/* The command: the program that the task names, and what it runs. */
static hpo_status_t make_command(struct hpo_clearml *clearml, hpo_error_t *error)
{
	struct hpo_clearml_local *local = clearml->local;
	const char *entry = script_member(clearml, "entry_point");
	const char *binary = last_part(script_member(clearml, "binary"));
	hpo_status_t status;

	status = add_words(local, *binary != '\0' ? binary : "python3", error);
	if (status >= 0 && is_alone(clearml)) {
		status = unpack_script(clearml, error);
		if (status >= 0)
			status = add_word(local, local->script, strlen(local->script), error);
	} else if (status >= 0 && *entry == '\0') {
		status = hpo__fail(error, HPO_EINVAL,
				   "base task '%s' has no script: it cannot run here",
				   clearml->base.name);
	} else if (status >= 0) {
		status = add_words(local, entry, error);
	}
	return status;
}

static hpo_status_t find_program(struct hpo_clearml *clearml, hpo_error_t *error)
{
	struct hpo_clearml_local *local = clearml->local;
	hpo_status_t status;

	status = hpo__path_find_program(&local->program, local->words[0], local->cwd,
					getenv("PATH"), "the base task's program", NULL);
	/* "python3.11" of another machine is python3 here. */
	if (status < 0 && strncmp(local->words[0], "python", 6) == 0)
		status = hpo__path_find_program(&local->program, "python3", local->cwd,
						getenv("PATH"), "the base task's program", error);
	else if (status < 0)
		status = hpo__path_find_program(&local->program, local->words[0], local->cwd,
						getenv("PATH"), "the base task's program", error);
	return status;
}

/* Credentials go by the environment: what stands in an argv, anybody can read. */
static void fill_environment(struct hpo_clearml *clearml)
{
	struct hpo_environment *environment = &clearml->local->environment;
	const struct hpo_clearml_config *config = &clearml->config;
	const char *path;
	struct hpo_buffer joined = HPO__BUFFER_INIT;

	hpo__environment_add(environment, environ);
	hpo__environment_unset(environment, "CLEARML_PROC_MASTER_ID");
	hpo__environment_unset(environment, "TRAINS_PROC_MASTER_ID");
	hpo__environment_set(environment, "CLEARML_LOG_TASK_TO_BACKEND", "1");
	hpo__environment_set(environment, "CLEARML_SIMULATE_REMOTE_TASK", "1");
	hpo__environment_set(environment, "PYTHONUNBUFFERED", "1");
	hpo__environment_set(environment, "HPO_STUDY", clearml->study_name);
	hpo__environment_set(environment, "CLEARML_API_HOST", config->api);
	hpo__environment_set(environment, "CLEARML_WEB_HOST", config->web);
	hpo__environment_set(environment, "CLEARML_FILES_HOST", config->files);
	if (config->access_key != NULL && config->secret_key != NULL) {
		hpo__environment_set(environment, "CLEARML_API_ACCESS_KEY", config->access_key);
		hpo__environment_set(environment, "CLEARML_API_SECRET_KEY", config->secret_key);
	}
	path = hpo__environment_get(environment, "PYTHONPATH");
	hpo__buffer_format(&joined, "%s%s%s", clearml->local->cwd,
			   path != NULL && *path != '\0' ? ":" : "", path != NULL ? path : "");
	environment->failed = environment->failed || joined.failed;
	if (!joined.failed)
		hpo__environment_set(environment, "PYTHONPATH", joined.text);
	hpo__buffer_release(&joined);
}

static hpo_status_t make_places(struct hpo_clearml *clearml, hpo_error_t *error)
{
	struct hpo_clearml_local *local = clearml->local;
	const char *working = script_member(clearml, "working_dir");
	const char *logs = clearml->settings.log_dir;
	struct hpo_buffer folder = HPO__BUFFER_INIT;

	local->here = hpo__path_current();
	if (logs != NULL)
		hpo__buffer_text(&folder, logs);
	else
		hpo__buffer_format(&folder, "hpo-logs/%s", clearml->study_name);
	if (local->here == NULL || folder.failed) {
		hpo__buffer_release(&folder);
		return hpo__fail_memory(error);
	}
	local->log_folder = hpo__path_join(local->here, folder.text);
	hpo__buffer_release(&folder);
	local->cwd =
		hpo__path_join(local->here, is_alone(clearml) || *working == '\0' ? "." : working);
	if (local->log_folder == NULL || local->cwd == NULL)
		return hpo__fail_memory(error);
	if (access(local->cwd, X_OK) != 0)
		return hpo__fail(
			error, HPO_EINVAL,
			"base task '%s' runs in '%s' of its repository, which is not below "
			"'%s': start the search where the repository is checked out",
			clearml->base.name, working, local->here);
	return HPO_OK;
}

hpo_status_t hpo__clearml_local_open(struct hpo_clearml *clearml, hpo_error_t *error)
{
	hpo_status_t status;

	clearml->local = hpo__calloc(1, sizeof *clearml->local);
	if (clearml->local == NULL)
		return hpo__fail_memory(error);
	status = make_places(clearml, error);
	if (status >= 0)
		status = make_command(clearml, error);
	if (status >= 0)
		status = find_program(clearml, error);
	if (status >= 0) {
		fill_environment(clearml);
		if (clearml->local->environment.failed)
			status = hpo__fail_memory(error);
	}
	return status;
}

static struct job *find_job(struct hpo_clearml_local *local, const char *task)
{
	for (size_t i = 0; i < local->job_count; i++)
		if (strcmp(local->jobs[i]->task, task) == 0)
			return local->jobs[i];
	return NULL;
}

static struct job *add_job(struct hpo_clearml_local *local, const char *task)
{
	struct job **jobs =
		hpo__grow(local->jobs, &local->job_capacity, local->job_count + 1, sizeof *jobs);
	struct job *job;

	if (jobs == NULL)
		return NULL;
	local->jobs = jobs;
	job = hpo__calloc(1, sizeof *job);
	if (job == NULL)
		return NULL;
	*job = (struct job){.process = HPO__PROCESS_INIT, .output = HPO__OUTPUT_INIT};
	snprintf(job->task, sizeof job->task, "%s", task);
	jobs[local->job_count++] = job;
	return job;
}

static void remove_job(struct hpo_clearml_local *local, struct job *job)
{
	hpo__process_close(&job->process);
	hpo__output_close(&job->output);
	for (size_t i = 0; i < local->job_count; i++) {
		if (local->jobs[i] != job)
			continue;
		local->jobs[i] = local->jobs[--local->job_count];
		break;
	}
	hpo__free(job);
}

static hpo_status_t spawn(struct hpo_clearml *clearml, struct job *job, int64_t trial, int slot,
			  hpo_error_t *error)
{
	struct hpo_clearml_local *local = clearml->local;
	struct hpo_environment environment = HPO__ENVIRONMENT_INIT;
	struct hpo_process_plan plan = {.path = local->program,
					.argv = local->words,
					.cwd = local->cwd,
					.title = "hpo-guardian",
					.grace_s = clearml->settings.grace_s};
	hpo_status_t status;

	hpo__environment_add(&environment, local->environment.list);
	hpo__environment_set(&environment, "CLEARML_TASK_ID", job->task);
	hpo__environment_set_number(&environment, "HPO_SLOT", slot);
	plan.envp = environment.list;
	if (environment.failed)
		status = hpo__fail_memory(error);
	else
		status = hpo__process_start(&job->process, &plan, error);
	hpo__environment_release(&environment);
	if (status >= 0)
		hpo__output_open(&job->output, local->log_folder, trial, 0);
	return status;
}

hpo_status_t hpo__clearml_local_start(struct hpo_clearml *clearml, const char *task, int64_t trial,
				      int slot, int limit_ms, hpo_error_t *error)
{
	struct job *job;
	hpo_status_t status;

	status = hpo__clearml_call_task(clearml, "tasks.started", task,
					",\"status_reason\":\"started on the optimizer's machine\"",
					limit_ms, NULL, NULL, error);
	if (status != HPO_OK)
		return status;
	job = add_job(clearml->local, task);
	if (job == NULL)
		return hpo__fail_memory(error);
	status = spawn(clearml, job, trial, slot, error);
	if (status < 0)
		remove_job(clearml->local, job);
	return status;
}

static int *channel_of(struct job *job, int channel)
{
	int *const channels[CHANNELS] = {&job->process.out, &job->process.err, &job->process.report,
					 &job->process.control};

	return channels[channel];
}

/* Read what a channel has; what it printed goes to its log. */
static void drain(struct job *job, int channel)
{
	int *fd = channel_of(job, channel);
	char piece[4096];
	ssize_t got = 1;

	while (*fd >= 0 && got > 0) {
		got = read(*fd, piece, sizeof piece);
		if (got > 0 && channel != REPORT)
			hpo__output_write(&job->output, piece, (size_t)got);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
			close(*fd);
			*fd = -1;
		}
	}
}

static void hear(struct job *job)
{
	const struct hpo_news news = hpo__process_hear(&job->process);

	if (news.kind != HPO__NEWS_ENDED && news.kind != HPO__NEWS_REFUSED &&
	    news.kind != HPO__NEWS_GONE)
		return;
	if (news.kind == HPO__NEWS_GONE)
		hpo__process_kill(&job->process);
	drain(job, OUT);
	drain(job, ERR);
	snprintf(job->reason, sizeof job->reason, "exit status 0");
	job->is_well =
		hpo__ending_describe(&news, job->reason, sizeof job->reason) == HPO_TASK_COMPLETED;
	job->ended = true;
}

/* Wait for whatever the processes say, at most limit_ms, and hear it. */
static void hear_all(struct hpo_clearml *clearml, int limit_ms)
{
	struct hpo_clearml_local *local = clearml->local;
	const size_t most = local->job_count * CHANNELS + 1;
	struct pollfd *fds = hpo__calloc(most, sizeof *fds);
	size_t count = 0;

	if (fds == NULL)
		return;
	fds[count++] = (struct pollfd){.fd = clearml->waker.read_fd, .events = POLLIN};
	for (size_t i = 0; i < local->job_count; i++)
		for (int channel = 0; channel < CHANNELS && !local->jobs[i]->ended; channel++)
			fds[count++] = (struct pollfd){.fd = *channel_of(local->jobs[i], channel),
						       .events = POLLIN};
	if (poll(fds, (nfds_t)count, limit_ms) > 0) {
		for (size_t i = 0; i < local->job_count; i++) {
			struct job *job = local->jobs[i];

			for (int channel = OUT; channel < CONTROL && !job->ended; channel++)
				drain(job, channel);
			if (!job->ended)
				hear(job);
		}
	}
	hpo__free(fds);
}

/* Tell the server how a process ended, unless its task was stopped or ended itself. */
static bool tell_end(struct hpo_clearml *clearml, struct job *job, int limit_ms)
{
	struct hpo_clearml_outcome outcome = {0, 0, false};
	struct hpo_buffer more = HPO__BUFFER_INIT;
	hpo_status_t status = HPO_WAIT;

	if (job->asked)
		return true;
	hpo__buffer_text(&more, ",\"status_reason\":");
	hpo__buffer_json_text(&more, job->reason);
	if (!more.failed)
		status = hpo__clearml_call_task(
			clearml, job->is_well ? "tasks.completed" : "tasks.failed", job->task,
			more.text, limit_ms, NULL, &outcome, NULL);
	hpo__buffer_release(&more);
	return status != HPO_WAIT;
}

hpo_status_t hpo__clearml_local_attend(struct hpo_clearml *clearml, int limit_ms,
				       hpo_error_t *error)
{
	struct hpo_clearml_local *local = clearml->local;

	(void)error;
	hear_all(clearml, limit_ms);
	for (size_t i = local->job_count; i > 0; i--) {
		struct job *job = local->jobs[i - 1];

		if (job->ended && !job->told) {
			job->told = tell_end(clearml, job, CALL_MS);
			clearml->clones->next_poll = 0;
		}
		if (job->told && hpo__process_reap(&job->process, false))
			remove_job(local, job);
	}
	return HPO_OK;
}

hpo_status_t hpo__clearml_local_stop(struct hpo_clearml *clearml, const char *task)
{
	struct job *job = find_job(clearml->local, task);

	if (job == NULL)
		return HPO_ENOTFOUND;
	job->asked = true;
	hpo__process_terminate(&job->process);
	return HPO_OK;
}

static bool all_ended(const struct hpo_clearml_local *local)
{
	for (size_t i = 0; i < local->job_count; i++)
		if (!local->jobs[i]->ended)
			return false;
	return true;
}

void hpo__clearml_local_close(struct hpo_clearml *clearml)
{
	struct hpo_clearml_local *local = clearml->local;
	const double end = hpo__clock_monotonic() + clearml->settings.grace_s + guardian_slack_s;

	for (size_t i = 0; i < local->job_count; i++)
		hpo__process_terminate(&local->jobs[i]->process);
	while (!all_ended(local) && hpo__clock_monotonic() < end) {
		hpo__waker_clear(&clearml->waker);
		hear_all(clearml, 100);
	}
	while (local->job_count > 0) {
		struct job *job = local->jobs[local->job_count - 1];

		if (!hpo__process_reap(&job->process, false)) {
			hpo__process_kill(&job->process);
			hpo__process_reap(&job->process, true);
		}
		remove_job(local, job);
	}
	if (local->script != NULL)
		unlink(local->script);
	if (local->folder != NULL)
		rmdir(local->folder);
	for (size_t i = 0; i < local->word_count; i++)
		hpo__free(local->words[i]);
	hpo__environment_release(&local->environment);
	hpo__free(local->program);
	hpo__free(local->script);
	hpo__free(local->folder);
	hpo__free(local->cwd);
	hpo__free(local->log_folder);
	hpo__free(local->here);
	hpo__free(local->jobs);
	hpo__free(local);
	clearml->local = NULL;
}
