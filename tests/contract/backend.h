/*
 * What the tests of backends set up: a study to take trials from, a backend at
 * work, and what is heard of its clones.
 */
#ifndef HPO_TESTS_CONTRACT_BACKEND_H
#define HPO_TESTS_CONTRACT_BACKEND_H

#include "backend/registry.h"
#include "hpo/optimizer.h"

#include <check.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CLONES = 64, MOST_REPORTS = 32, LIMIT_MS = 200 };

/* For what would hang: no machine is so busy that it takes as long, and no task that ends by itself
 * is there for less than a thousand seconds. */
enum { HANGS_S = 200 };

struct heard {
	hpo_task_state_t state;
	char reason[200];
	double running_s;
	double values[4];
	size_t value_count;
	size_t states; /* how often the state was told */
	struct {
		int64_t iteration;
		char metric[64];
		double value;
	} reports[MOST_REPORTS];
	size_t report_count; /* all of them, also those beyond the array */
	bool reported_after_end;
};

/* A backend at work: a study to take trials from, and what was heard of each clone. */
struct rig {
	hpo_optimizer_t *optimizer;
	const hpo_backend_ops_t *ops;
	void *state;
	hpo_trial_t *trials[MOST_CLONES];
	hpo_task_id_t ids[MOST_CLONES];
	struct heard heard[MOST_CLONES];
	size_t count;
	char folder[64];
	int warnings;
};

static inline double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline void hear_log(hpo_log_level_t level, const char *message, void *user)
{
	struct rig *rig = user;

	(void)message;
	rig->warnings += level >= HPO_LOG_WARNING;
}

static inline void hear_report(void *user, size_t task, int64_t iteration, const char *metric,
			double value)
{
	struct rig *rig = user;
	struct heard *heard = &rig->heard[task];

	heard->reported_after_end |= heard->states > 0 && heard->state >= HPO_TASK_COMPLETED;
	if (heard->report_count < MOST_REPORTS) {
		size_t at = heard->report_count;

		heard->reports[at].iteration = iteration;
		heard->reports[at].value = value;
		snprintf(heard->reports[at].metric, sizeof heard->reports[at].metric, "%s", metric);
	}
	heard->report_count++;
}

static inline void hear_state(void *user, size_t task, const hpo_task_status_t *status)
{
	struct rig *rig = user;
	struct heard *heard = &rig->heard[task];

	heard->state = status->state;
	heard->running_s = status->running_s;
	snprintf(heard->reason, sizeof heard->reason, "%s",
		 status->reason != NULL ? status->reason : "");
	heard->value_count = status->values != NULL ? status->count : 0;
	for (size_t i = 0; i < heard->value_count && i < 4; i++)
		heard->values[i] = status->values[i];
	heard->states++;
}

/* A study with an integer x and no task. */
static inline void open_study(struct rig *rig)
{
	static const char study[] =
		"{\"name\": \"contract\", \"objectives\": [{\"series\": \"loss\", \"goal\": "
		"\"min\"}],"
		" \"parameters\": ["
		"  {\"name\": \"x\", \"type\": \"int\", \"low\": 0, \"high\": 1000000}],"
		" \"strategy\": {\"name\": \"random\", \"seed\": 1}, \"store\": \"memory:\"}";
	hpo_error_t error;

	memset(rig, 0, sizeof *rig);
	snprintf(rig->folder, sizeof rig->folder, "/tmp/hpo-contract-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig->folder));
	ck_assert_msg(hpo_optimizer_from_json(&rig->optimizer, study, &error) == HPO_OK, "%s",
		      error.message);
}

static inline hpo_status_t open_backend(struct rig *rig, const hpo_backend_ops_t *ops, void *state,
				 const char *task, int concurrent, hpo_error_t *error)
{
	const hpo_backend_setup_t setup = {
		.struct_size = sizeof setup,
		.study = "contract",
		.task_json = task,
		.concurrent = concurrent,
		.log = hear_log,
		.log_user = rig,
	};
	hpo_status_t status = ops->open(state, &setup, error);

	rig->ops = ops;
	rig->state = state;
	return status;
}

/* The task object for a shell script, or for a command if it begins with a bracket. */
static inline hpo_status_t try_process(struct rig *rig, const char *script, const char *more,
				hpo_error_t *error)
{
	char task[4096];
	void *state = calloc(1, hpo__backend_process.state_size);

	ck_assert_ptr_nonnull(state);
	if (script[0] == '[')
		snprintf(task, sizeof task, "{\"command\": %s, \"log_dir\": \"%s/logs\"%s}", script,
			 rig->folder, more);
	else
		snprintf(task, sizeof task,
			 "{\"command\": [\"/bin/sh\", \"-c\", \"%s\", \"task\", \"{x}\"],"
			 " \"log_dir\": \"%s/logs\"%s}",
			 script, rig->folder, more);
	return open_backend(rig, &hpo__backend_process, state, task, MOST_CLONES, error);
}

static inline void open_process(struct rig *rig, const char *script, const char *more)
{
	hpo_error_t error;

	open_study(rig);
	ck_assert_msg(try_process(rig, script, more, &error) == HPO_OK, "%s", error.message);
}

static inline void close_backend(struct rig *rig)
{
	rig->ops->close(rig->state);
	free(rig->state);
	rig->state = NULL;
}

static inline void close_rig(struct rig *rig)
{
	char command[100];

	if (rig->state != NULL)
		close_backend(rig);
	for (size_t i = 0; i < rig->count; i++)
		hpo_trial_free(rig->trials[i]);
	hpo_optimizer_free(rig->optimizer);
	snprintf(command, sizeof command, "rm -rf %s", rig->folder);
	ck_assert_int_eq(system(command), 0);
}

static inline size_t add_clone(struct rig *rig)
{
	size_t at = rig->count;
	hpo_error_t error;

	ck_assert_msg(hpo_optimizer_ask(rig->optimizer, &rig->trials[at], &error) == HPO_OK, "%s",
		      error.message);
	rig->count++;
	ck_assert_msg(rig->ops->clone(rig->state, rig->trials[at], LIMIT_MS, &rig->ids[at],
				      &error) == HPO_OK,
		      "%s", error.message);
	return at;
}

static inline size_t start_clone(struct rig *rig)
{
	size_t at = add_clone(rig);
	hpo_error_t error;

	ck_assert_msg(rig->ops->enqueue(rig->state, &rig->ids[at], LIMIT_MS, &error) == HPO_OK,
		      "%s", error.message);
	return at;
}

static inline void poll_once(struct rig *rig, int limit_ms)
{
	const hpo_task_sink_t sink = {sizeof sink, rig, hear_report, hear_state};

	ck_assert_int_eq(rig->ops->poll(rig->state, rig->ids, rig->count, limit_ms, &sink, NULL),
			 HPO_OK);
}

static inline bool has_ended(const struct heard *heard)
{
	return heard->states > 0 && heard->state >= HPO_TASK_COMPLETED;
}

/* Poll until all clones have ended; returns how long that took. */
static inline double run_to_end(struct rig *rig)
{
	double start_s = now_s();
	size_t ended;

	do {
		poll_once(rig, LIMIT_MS);
		ended = 0;
		for (size_t i = 0; i < rig->count; i++)
			ended += has_ended(&rig->heard[i]);
		ck_assert_msg(now_s() - start_s < HANGS_S, "clones do not end");
	} while (ended < rig->count);
	return now_s() - start_s;
}

/* Poll until a clone has reported `count` times. */
static inline void run_to_report(struct rig *rig, size_t clone, size_t count)
{
	double start_s = now_s();

	while (rig->heard[clone].report_count < count) {
		poll_once(rig, LIMIT_MS);
		ck_assert_msg(rig->heard[clone].report_count >= count ||
				      !has_ended(&rig->heard[clone]),
			      "ended: %s", rig->heard[clone].reason);
		ck_assert_msg(now_s() - start_s < HANGS_S, "no report comes");
	}
}

/* Run one clone of a script to its end. */
static inline struct heard *run_script(struct rig *rig, const char *script)
{
	open_process(rig, script, "");
	start_clone(rig);
	run_to_end(rig);
	return &rig->heard[0];
}

static inline size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static inline void read_log(const struct rig *rig, size_t clone, char *text, size_t size)
{
	char path[128];
	FILE *file;
	size_t got;

	snprintf(path, sizeof path, "%s/logs/%lld.log", rig->folder,
		 (long long)hpo_trial_number(rig->trials[clone]));
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "no log '%s'", path);
	got = fread(text, 1, size - 1, file);
	text[got] = '\0';
	fclose(file);
}

#endif
