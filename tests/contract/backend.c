/*
 * What every backend owes its driver, shown on our own: the callback backend
 * with functions, the process backend with real processes and all that these
 * may do wrong.
 */
#include "backend/callback.h"
#include "backend/registry.h"
#include "hpo/optimizer.h"
#include "support/alloc.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CLONES = 64, MOST_REPORTS = 32, LIMIT_MS = 200 };

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

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void hear_log(hpo_log_level_t level, const char *message, void *user)
{
	struct rig *rig = user;

	(void)message;
	rig->warnings += level >= HPO_LOG_WARNING;
}

static void hear_report(void *user, size_t task, int64_t iteration, const char *metric,
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

static void hear_state(void *user, size_t task, const hpo_task_status_t *status)
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

static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char inner[400];

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
		if (unlink(inner) != 0)
			remove_folder(inner);
	}
	if (folder != NULL)
		closedir(folder);
	rmdir(path);
}

/* A study with an integer x and no task. */
static void open_study(struct rig *rig)
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

static hpo_status_t open_backend(struct rig *rig, const hpo_backend_ops_t *ops, void *state,
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
static hpo_status_t try_process(struct rig *rig, const char *script, const char *more,
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

static void open_process(struct rig *rig, const char *script, const char *more)
{
	hpo_error_t error;

	open_study(rig);
	ck_assert_msg(try_process(rig, script, more, &error) == HPO_OK, "%s", error.message);
}

static void open_callback(struct rig *rig, hpo_objective_fn fn, void *user, int concurrent)
{
	void *state = calloc(1, hpo__backend_callback.state_size);
	hpo_error_t error;

	ck_assert_ptr_nonnull(state);
	open_study(rig);
	hpo__callback_set(state, fn, user, 1);
	ck_assert_int_eq(open_backend(rig, &hpo__backend_callback, state, NULL, concurrent, &error),
			 HPO_OK);
}

static void close_backend(struct rig *rig)
{
	rig->ops->close(rig->state);
	free(rig->state);
	rig->state = NULL;
}

static void close_rig(struct rig *rig)
{
	if (rig->state != NULL)
		close_backend(rig);
	for (size_t i = 0; i < rig->count; i++)
		hpo_trial_free(rig->trials[i]);
	hpo_optimizer_free(rig->optimizer);
	remove_folder(rig->folder);
}

static size_t add_clone(struct rig *rig)
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

static size_t start_clone(struct rig *rig)
{
	size_t at = add_clone(rig);
	hpo_error_t error;

	ck_assert_msg(rig->ops->enqueue(rig->state, &rig->ids[at], LIMIT_MS, &error) == HPO_OK,
		      "%s", error.message);
	return at;
}

static void poll_once(struct rig *rig, int limit_ms)
{
	const hpo_task_sink_t sink = {sizeof sink, rig, hear_report, hear_state};

	ck_assert_int_eq(rig->ops->poll(rig->state, rig->ids, rig->count, limit_ms, &sink, NULL),
			 HPO_OK);
}

static bool has_ended(const struct heard *heard)
{
	return heard->states > 0 && heard->state >= HPO_TASK_COMPLETED;
}

/* Poll until all clones have ended; returns how long that took. */
static double run_to_end(struct rig *rig)
{
	double start_s = now_s();
	size_t ended;

	do {
		poll_once(rig, LIMIT_MS);
		ended = 0;
		for (size_t i = 0; i < rig->count; i++)
			ended += has_ended(&rig->heard[i]);
		ck_assert_msg(now_s() - start_s < 60, "clones do not end");
	} while (ended < rig->count);
	return now_s() - start_s;
}

/* Poll until a clone has reported `count` times. */
static void run_to_report(struct rig *rig, size_t clone, size_t count)
{
	double start_s = now_s();

	while (rig->heard[clone].report_count < count) {
		poll_once(rig, LIMIT_MS);
		ck_assert_msg(rig->heard[clone].report_count >= count ||
				      !has_ended(&rig->heard[clone]),
			      "ended: %s", rig->heard[clone].reason);
		ck_assert_msg(now_s() - start_s < 60, "no report comes");
	}
}

/* Run one clone of a script to its end. */
static struct heard *run_script(struct rig *rig, const char *script)
{
	open_process(rig, script, "");
	start_clone(rig);
	run_to_end(rig);
	return &rig->heard[0];
}

static size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static void read_log(const struct rig *rig, size_t clone, char *text, size_t size)
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

/* The process whose number a script wrote to a file; waits for it to be written. */
static pid_t read_pid(const struct rig *rig, const char *name)
{
	const struct timespec moment = {.tv_nsec = 5000000};
	double start_s = now_s();
	char path[128];
	int pid = 0;

	snprintf(path, sizeof path, "%s/%s", rig->folder, name);
	while (pid == 0 && now_s() - start_s < 30) {
		FILE *file = fopen(path, "r");

		if (file != NULL) {
			if (fscanf(file, "%d\n", &pid) != 1)
				pid = 0;
			fclose(file);
		}
		if (pid == 0)
			nanosleep(&moment, NULL);
	}
	ck_assert_int_gt(pid, 0);
	return (pid_t)pid;
}

/* Zombies are gone as well: they wait for a parent only. */
static bool is_gone(pid_t pid)
{
	char path[64];
	char text[512] = "";
	const char *state;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return true;
	if (fgets(text, sizeof text, file) == NULL)
		text[0] = '\0';
	fclose(file);
	state = strrchr(text, ')');
	return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

static bool is_gone_within(pid_t pid, double limit_s)
{
	const struct timespec moment = {.tv_nsec = 5000000};
	double start_s = now_s();

	while (!is_gone(pid)) {
		if (now_s() - start_s > limit_s)
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

/* Callback */

static hpo_status_t double_x(hpo_trial_t *trial, double *values, void *user)
{
	int64_t x;
	hpo_status_t status = hpo_trial_get_int(trial, "x", &x, NULL);

	(void)user;
	values[0] = 2.0 * (double)x;
	return status;
}

static hpo_status_t return_status(hpo_trial_t *trial, double *values, void *user)
{
	(void)trial;
	(void)values;
	return *(hpo_status_t *)user;
}

struct gate {
	atomic_int inside; /* functions that run */
	atomic_int most;
	atomic_bool open;
};

static hpo_status_t wait_at_gate(hpo_trial_t *trial, double *values, void *user)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct gate *gate = user;
	int inside = atomic_fetch_add(&gate->inside, 1) + 1;
	int most = atomic_load(&gate->most);

	(void)trial;
	while (inside > most && !atomic_compare_exchange_weak(&gate->most, &most, inside))
		;
	while (!atomic_load(&gate->open))
		nanosleep(&moment, NULL);
	atomic_fetch_sub(&gate->inside, 1);
	values[0] = 1.0;
	return HPO_OK;
}

static void wait_for_inside(struct gate *gate, int count)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	while (atomic_load(&gate->inside) < count)
		nanosleep(&moment, NULL);
}

START_TEST(callback_returns_the_values_of_the_function)
{
	struct rig rig;
	int64_t x;

	open_callback(&rig, double_x, NULL, 3);
	for (int i = 0; i < 10; i++)
		start_clone(&rig);
	run_to_end(&rig);

	for (size_t i = 0; i < rig.count; i++) {
		ck_assert_int_eq(hpo_trial_get_int(rig.trials[i], "x", &x, NULL), HPO_OK);
		ck_assert_int_eq(rig.heard[i].state, HPO_TASK_COMPLETED);
		ck_assert_uint_eq(rig.heard[i].value_count, 1);
		ck_assert_double_eq(rig.heard[i].values[0], 2.0 * (double)x);
		ck_assert_double_ge(rig.heard[i].running_s, 0);
	}
	close_rig(&rig);
}
END_TEST

START_TEST(callback_runs_as_many_as_allowed_at_once)
{
	struct gate gate = {0};
	struct rig rig;

	open_callback(&rig, wait_at_gate, &gate, 3);
	for (int i = 0; i < 5; i++)
		start_clone(&rig);
	wait_for_inside(&gate, 3);
	poll_once(&rig, 0);
	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_RUNNING);
	ck_assert_int_eq(rig.heard[4].state, HPO_TASK_QUEUED);
	atomic_store(&gate.open, true);
	run_to_end(&rig);

	ck_assert_int_eq(atomic_load(&gate.most), 3);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_tells_a_failed_function_with_its_status)
{
	hpo_status_t returned = HPO_ENOTFOUND;
	struct rig rig;

	open_callback(&rig, return_status, &returned, 1);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_str_eq(rig.heard[0].reason,
			 "the objective function returned -5: no such study or trial");
	ck_assert_int_eq(hpo__callback_status(rig.state), HPO_OK);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_tells_an_early_stop_as_pruned)
{
	hpo_status_t returned = HPO_DONE;
	struct rig rig;

	open_callback(&rig, return_status, &returned, 1);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_PRUNED);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_remembers_that_the_function_ended_the_run)
{
	hpo_status_t returned = HPO_EUSER;
	struct rig rig;

	open_callback(&rig, return_status, &returned, 1);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_int_eq(hpo__callback_status(rig.state), HPO_EUSER);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_never_begins_what_was_aborted_in_the_queue)
{
	struct gate gate = {0};
	struct rig rig;

	open_callback(&rig, wait_at_gate, &gate, 1);
	start_clone(&rig);
	start_clone(&rig);
	wait_for_inside(&gate, 1);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[1], LIMIT_MS, NULL), HPO_OK);
	poll_once(&rig, 0);
	ck_assert_int_eq(rig.heard[1].state, HPO_TASK_ABORTED);
	atomic_store(&gate.open, true);
	close_backend(&rig);

	ck_assert_int_eq(atomic_load(&gate.inside), 0);
	ck_assert_int_eq(atomic_load(&gate.most), 1);
	close_rig(&rig);
}
END_TEST

START_TEST(callback_refuses_to_open_without_a_function)
{
	void *state = calloc(1, hpo__backend_callback.state_size);
	hpo_error_t error = {0};
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(open_backend(&rig, &hpo__backend_callback, state, NULL, 1, &error),
			 HPO_EINVAL);

	close_rig(&rig);
}
END_TEST

/* Process: what a task is given, and what it tells */

START_TEST(process_reports_before_it_tells_the_end)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo iteration=1 loss=0.5; echo hello; "
					       "echo iteration=2 loss=0.25; printf loss=0.125");

	ck_assert_int_eq(heard->state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(heard->report_count, 3);
	ck_assert_int_eq(heard->reports[0].iteration, 1);
	ck_assert_str_eq(heard->reports[0].metric, "loss");
	ck_assert_double_eq(heard->reports[1].value, 0.25);
	ck_assert_int_eq(heard->reports[2].iteration, -1);
	ck_assert_double_eq(heard->reports[2].value, 0.125);
	ck_assert(!heard->reported_after_end);
	close_rig(&rig);
}
END_TEST

START_TEST(process_gives_the_values_as_arguments_and_in_the_environment)
{
	char wanted[64];
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=$1; echo $HPO_PARAMS $HPO_TRIAL "
					       "$HPO_STUDY $HPO_SLOT $HPO_ATTEMPT "
					       "$PYTHONUNBUFFERED");
	char log[512];
	int64_t x;

	ck_assert_int_eq(hpo_trial_get_int(rig.trials[0], "x", &x, NULL), HPO_OK);
	ck_assert_double_eq(heard->reports[0].value, (double)x);
	read_log(&rig, 0, log, sizeof log);
	snprintf(wanted, sizeof wanted, "{\"x\":%d} 0 contract 0 0 1\n", (int)x);
	ck_assert_msg(strstr(log, wanted) != NULL, "%s", log);
	close_rig(&rig);
}
END_TEST

START_TEST(process_sets_the_variables_of_the_task)
{
	struct rig rig;
	char log[512];

	open_process(&rig, "echo $A/$B/$C",
		     ", \"env\": {\"A\": \"one two\", \"B\": 2, \"C\": true}");
	start_clone(&rig);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "one two/2/true\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_works_in_the_folder_that_is_given)
{
	struct rig rig;
	char log[512];

	open_process(&rig, "pwd", ", \"cwd\": \"/usr\"");
	start_clone(&rig);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "/usr\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_hears_the_report_channel)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=0.5 >&$HPO_REPORT_FD");
	char log[64];

	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_double_eq(heard->reports[0].value, 0.5);
	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "");
	close_rig(&rig);
}
END_TEST

START_TEST(process_logs_output_and_errors)
{
	struct rig rig;
	char log[512];

	run_script(&rig, "echo out; echo err >&2");

	read_log(&rig, 0, log, sizeof log);
	ck_assert_ptr_nonnull(strstr(log, "out\n"));
	ck_assert_ptr_nonnull(strstr(log, "err\n"));
	close_rig(&rig);
}
END_TEST

START_TEST(process_appends_to_the_log_of_an_earlier_attempt)
{
	struct rig rig;
	char log[512];
	hpo_error_t error;

	open_process(&rig, "echo once", "");
	start_clone(&rig);
	run_to_end(&rig);
	rig.ops->forget(rig.state, &rig.ids[0]);
	ck_assert_int_eq(rig.ops->clone(rig.state, rig.trials[0], LIMIT_MS, &rig.ids[0], &error),
			 HPO_OK);
	ck_assert_int_eq(rig.ops->enqueue(rig.state, &rig.ids[0], LIMIT_MS, &error), HPO_OK);
	memset(rig.heard, 0, sizeof rig.heard);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "once\n\n# trial 0 again, attempt 0\nonce\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_goes_on_when_its_log_cannot_be_written)
{
	struct rig rig;
	hpo_error_t error;
	char script[] = "[\"/bin/sh\", \"-c\", \"echo loss=1\"]";
	char task[256];

	open_study(&rig);
	snprintf(task, sizeof task, "{\"command\": %s, \"log_dir\": \"/dev/null/logs\"}", script);
	ck_assert_int_eq(open_backend(&rig, &hpo__backend_process,
				      calloc(1, hpo__backend_process.state_size), task, 2, &error),
			 HPO_OK);
	start_clone(&rig);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(rig.heard[1].report_count, 1);
	ck_assert_int_eq(rig.warnings, 1);
	close_rig(&rig);
}
END_TEST

START_TEST(process_passes_on_values_that_are_not_finite)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=nan; echo '{\\\"loss\\\": NaN}'; "
					       "echo loss=-inf");

	ck_assert_uint_eq(heard->report_count, 3);
	ck_assert(isnan(heard->reports[0].value));
	ck_assert(isnan(heard->reports[1].value));
	ck_assert(isinf(heard->reports[2].value) && heard->reports[2].value < 0);
	close_rig(&rig);
}
END_TEST

/* Process: ends */

START_TEST(process_tells_the_exit_status)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "exit 3");

	ck_assert_int_eq(heard->state, HPO_TASK_FAILED);
	ck_assert_str_eq(heard->reason, "exit status 3");
	close_rig(&rig);
}
END_TEST

START_TEST(process_tells_the_signal_that_killed_it)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "kill -KILL $$");

	ck_assert_int_eq(heard->state, HPO_TASK_FAILED);
	ck_assert_str_eq(heard->reason, "killed by signal 9 (SIGKILL)");
	close_rig(&rig);
}
END_TEST

START_TEST(process_refuses_a_command_that_does_not_exist)
{
	hpo_error_t error = {0};
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(try_process(&rig, "[\"./no-such-program\"]", "", &error), HPO_EINVAL);
	ck_assert_str_eq(error.message, "task.command[0]: './no-such-program' cannot be executed: "
					"No such file or directory");
	free(rig.state);

	memset(&error, 0, sizeof error);
	ck_assert_int_eq(try_process(&rig, "[\"no-such-program\"]", "", &error), HPO_EINVAL);
	ck_assert_ptr_nonnull(strstr(error.message, "no program 'no-such-program' in PATH"));
	close_rig(&rig);
}
END_TEST

START_TEST(process_refuses_a_file_that_is_not_executable)
{
	hpo_error_t error = {0};
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(try_process(&rig, "[\"/etc/passwd\"]", "", &error), HPO_EINVAL);

	ck_assert_str_eq(error.message, "task.command[0]: '/etc/passwd' cannot be executed; allow "
					"it with 'chmod +x /etc/passwd'");
	close_rig(&rig);
}
END_TEST

static void write_program(const struct rig *rig, const char *name, const char *text, char *command,
			  size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", rig->folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0755), 0);
	snprintf(command, size, "[\"%s\", \"a b\"]", path);
}

START_TEST(process_runs_a_script_without_an_interpreter_line)
{
	hpo_error_t error;
	char command[160];
	char log[64];
	struct rig rig;

	open_study(&rig);
	write_program(&rig, "bare", "echo \"$1\"\n", command, sizeof command);
	ck_assert_int_eq(try_process(&rig, command, "", &error), HPO_OK);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	read_log(&rig, 0, log, sizeof log);
	ck_assert_str_eq(log, "a b\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_fails_a_trial_whose_interpreter_is_missing)
{
	hpo_error_t error;
	char command[160];
	struct rig rig;

	open_study(&rig);
	write_program(&rig, "lost", "#!/no/such/interpreter\n", command, sizeof command);
	ck_assert_int_eq(try_process(&rig, command, "", &error), HPO_OK);
	start_clone(&rig);
	run_to_end(&rig);

	/* Where a tool stands in for execve(), it words this differently. */
	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_str_ne(rig.heard[0].reason, "");
	close_rig(&rig);
}
END_TEST

START_TEST(process_fails_a_trial_whose_folder_is_gone)
{
	hpo_error_t error;
	char more[128];
	char path[96];
	struct rig rig;

	open_study(&rig);
	snprintf(path, sizeof path, "%s/work", rig.folder);
	snprintf(more, sizeof more, ", \"cwd\": \"%s\"", path);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(try_process(&rig, "exit 0", more, &error), HPO_OK);
	ck_assert_int_eq(rmdir(path), 0);
	start_clone(&rig);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_FAILED);
	ck_assert_str_eq(rig.heard[0].reason, "cannot be executed: No such file or directory");
	close_rig(&rig);
}
END_TEST

/* Process: output without measure */

START_TEST(process_survives_100_megabytes_of_garbage)
{
	struct rusage before, after;
	struct rig rig;
	struct stat log;
	char path[128];
	double took_s;

	open_process(&rig, "head -c 104857600 /dev/zero | tr '\\\\0' '{'; echo; echo loss=1", "");
	getrusage(RUSAGE_SELF, &before);
	start_clone(&rig);
	took_s = run_to_end(&rig);
	getrusage(RUSAGE_SELF, &after);

	ck_assert_uint_eq(rig.heard[0].report_count, 1);
	ck_assert_double_lt(took_s, 20);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 20 * 1024); /* KiB */
	snprintf(path, sizeof path, "%s/logs/0.log", rig.folder);
	ck_assert_int_eq(stat(path, &log), 0);
	ck_assert_int_lt(log.st_size, 17 * 1024 * 1024);
	close_rig(&rig);
}
END_TEST

START_TEST(process_hears_others_while_one_prints_without_end)
{
	struct rig rig;
	char log[64];

	open_process(&rig, "if [ $HPO_TRIAL = 0 ]; then yes 'y=not a report'; fi; echo loss=1", "");
	start_clone(&rig);
	start_clone(&rig);
	run_to_report(&rig, 1, 1);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_OK);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	ck_assert_int_eq(rig.heard[1].state, HPO_TASK_COMPLETED);
	read_log(&rig, 1, log, sizeof log);
	ck_assert_str_eq(log, "loss=1\n");
	close_rig(&rig);
}
END_TEST

START_TEST(process_takes_whatever_comes_on_standard_error)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "head -c 3000000 /dev/zero >&2; echo loss=1 >&2; "
					       "echo loss=2");

	ck_assert_int_eq(heard->state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_double_eq(heard->reports[0].value, 2);
	close_rig(&rig);
}
END_TEST

START_TEST(process_waits_for_a_task_that_closed_its_output)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "echo loss=1; exec >&- 2>&-; sleep 0.2; exit 4");

	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_str_eq(heard->reason, "exit status 4");
	close_rig(&rig);
}
END_TEST

/* Process: ends that are asked for, and what is left behind */

START_TEST(process_aborts_a_task_that_never_ends)
{
	double took_s;
	struct rig rig;

	open_process(&rig, "echo loss=1; while :; do sleep 0.05; done", "");
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_OK);
	took_s = run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	ck_assert_double_lt(took_s, 0.9); /* without waiting for the time of grace */
	close_rig(&rig);
}
END_TEST

START_TEST(process_kills_a_task_that_ignores_sigterm_with_its_children)
{
	char script[512];
	double took_s;
	pid_t child;
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script,
		 "trap '' TERM; sleep 1000 & echo $! > %s/child; "
		 "echo loss=1; while :; do sleep 0.1; done",
		 rig.folder);
	ck_assert_int_eq(try_process(&rig, script, "", NULL), HPO_OK);
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	child = read_pid(&rig, "child");
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_OK);
	took_s = run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	ck_assert(is_gone(child));
	ck_assert_double_gt(took_s, 0.9); /* the default time of grace is 1 s */
	ck_assert_double_lt(took_s, 2.0);
	close_rig(&rig);
}
END_TEST

START_TEST(process_gives_the_time_of_grace_to_tidy_up)
{
	struct rig rig;
	char log[64];

	open_process(&rig,
		     "trap 'sleep 0.2; echo tidy; exit 0' TERM; echo loss=1; "
		     "while :; do sleep 0.05; done",
		     "");
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL);
	run_to_end(&rig);

	read_log(&rig, 0, log, sizeof log);
	ck_assert_ptr_nonnull(strstr(log, "tidy"));
	close_rig(&rig);
}
END_TEST

START_TEST(process_leaves_no_grandchild_in_a_session_of_its_own)
{
	char script[512];
	double took_s;
	pid_t child;
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script,
		 "(setsid sh -c 'trap : TERM; echo $$ > %s/child; "
		 "while :; do sleep 0.1; done' &) ; while [ ! -s %s/child ]; do sleep 0.01; done; "
		 "echo loss=1",
		 rig.folder, rig.folder);
	ck_assert_int_eq(try_process(&rig, script, "", NULL), HPO_OK);
	start_clone(&rig);
	took_s = run_to_end(&rig);
	child = read_pid(&rig, "child");

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(rig.heard[0].report_count, 1);
	ck_assert(is_gone(child));
	ck_assert_double_lt(took_s, 3.0);
	close_rig(&rig);
}
END_TEST

START_TEST(process_hears_the_last_words_of_a_grandchild)
{
	struct rig rig;
	struct heard *heard = run_script(&rig, "(sleep 0.05; echo loss=7) & exit 0");

	ck_assert_int_eq(heard->state, HPO_TASK_COMPLETED);
	ck_assert_uint_eq(heard->report_count, 1);
	ck_assert_double_eq(heard->reports[0].value, 7);
	ck_assert(!heard->reported_after_end);
	close_rig(&rig);
}
END_TEST

START_TEST(process_tells_a_clone_lost_whose_guardian_was_killed)
{
	char script[256];
	pid_t child;
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script,
		 "echo $PPID > %s/guardian; echo $$ > %s/child; "
		 "echo loss=1; sleep 1000",
		 rig.folder, rig.folder);
	ck_assert_int_eq(try_process(&rig, script, "", NULL), HPO_OK);
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	child = read_pid(&rig, "child");
	ck_assert_int_eq(kill(read_pid(&rig, "guardian"), SIGKILL), 0);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_LOST);
	ck_assert_str_eq(rig.heard[0].reason, "its guardian process was killed");
	ck_assert(is_gone_within(child, 1.0));
	close_rig(&rig);
}
END_TEST

START_TEST(process_ends_an_aborted_task_though_its_guardian_is_stopped)
{
	char script[256];
	pid_t child;
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script,
		 "echo $PPID > %s/guardian; echo $$ > %s/child; "
		 "echo loss=1; sleep 1000",
		 rig.folder, rig.folder);
	ck_assert_int_eq(try_process(&rig, script, ", \"grace_seconds\": 0", NULL), HPO_OK);
	start_clone(&rig);
	run_to_report(&rig, 0, 1);
	child = read_pid(&rig, "child");
	ck_assert_int_eq(kill(read_pid(&rig, "guardian"), SIGSTOP), 0);
	rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	ck_assert(is_gone_within(child, 1.0));
	close_rig(&rig);
}
END_TEST

/* A driver of its own, that is killed while its task and a grandchild in another session run. */
static void drive_until_killed(struct rig *rig)
{
	char script[512];

	snprintf(script, sizeof script,
		 "trap '' TERM; (setsid sh -c 'trap : TERM; echo $$ > "
		 "%s/grandchild; while :; do sleep 0.1; done' &); echo $PPID > %s/guardian; "
		 "echo $$ > %s/task; while :; do sleep 0.1; done",
		 rig->folder, rig->folder, rig->folder);
	if (try_process(rig, script, "", NULL) < 0)
		_exit(1);
	start_clone(rig);
	for (;;)
		poll_once(rig, 1000);
}

START_TEST(process_leaves_nothing_behind_when_its_driver_is_killed)
{
	pid_t driver, task, grandchild, guardian;
	double killed_s;
	struct rig rig;

	open_study(&rig);
	driver = fork();
	if (driver == 0)
		drive_until_killed(&rig);
	task = read_pid(&rig, "task");
	grandchild = read_pid(&rig, "grandchild");
	guardian = read_pid(&rig, "guardian");
	ck_assert(!is_gone(task) && !is_gone(grandchild) && !is_gone(guardian));
	killed_s = now_s();
	ck_assert_int_eq(kill(driver, SIGKILL), 0);
	ck_assert_int_eq(waitpid(driver, NULL, 0), driver);

	ck_assert(is_gone_within(task, 2.0));
	ck_assert(is_gone_within(grandchild, 2.0));
	ck_assert(is_gone_within(guardian, 2.0));
	ck_assert_double_lt(now_s() - killed_s, 2.0); /* the time of grace and a second */
	close_rig(&rig);
}
END_TEST

START_TEST(process_close_ends_all_that_runs)
{
	pid_t task;
	double start_s;
	char script[128];
	struct rig rig;

	open_study(&rig);
	snprintf(script, sizeof script, "echo $$ > %s/task$HPO_TRIAL; sleep 1000", rig.folder);
	ck_assert_int_eq(try_process(&rig, script, "", NULL), HPO_OK);
	for (int i = 0; i < 4; i++)
		start_clone(&rig);
	task = read_pid(&rig, "task3");
	start_s = now_s();
	close_backend(&rig);

	ck_assert(is_gone(task));
	ck_assert_double_lt(now_s() - start_s, 2.0);
	close_rig(&rig);
}
END_TEST

START_TEST(process_shields_the_task_from_the_signals_of_the_host)
{
	unsigned long long masks[2]; /* blocked, ignored */
	sigset_t blocked, before;
	struct rig rig;
	char log[64];

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	run_script(&rig, "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -dc '0-9a-f \\\\n'");

	read_log(&rig, 0, log, sizeof log);
	ck_assert_int_eq(sscanf(log, "%llx %llx", &masks[0], &masks[1]), 2);
	ck_assert_uint_eq(masks[0], 0);
	ck_assert_uint_eq(masks[1] & 0x7FFFFFFF, 0); /* 32 and 33 are the C library's own */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_rig(&rig);
}
END_TEST

START_TEST(process_sends_no_sigchld_to_the_host)
{
	sigset_t child, before, pending;
	struct rig rig;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	run_script(&rig, "exit 0");
	close_backend(&rig);

	sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGCHLD), 0);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_rig(&rig);
}
END_TEST

START_TEST(process_gives_the_task_only_its_own_descriptors)
{
	struct rig rig;
	char log[256];

	open_process(&rig,
		     "for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do "
		     "if [ -e /proc/$$/fd/$n ]; then printf $n,; fi; done",
		     "");
	start_clone(&rig);
	start_clone(&rig);
	run_to_end(&rig);

	read_log(&rig, 1, log, sizeof log);
	ck_assert_str_eq(log, "0,1,2,3,");
	close_rig(&rig);
}
END_TEST

/* Process: many, and too many */

START_TEST(process_runs_50_at_once)
{
	struct rig rig;

	open_process(&rig, "sleep 0.2; echo loss=$HPO_TRIAL", "");
	for (int i = 0; i < 50; i++)
		start_clone(&rig);
	run_to_end(&rig);

	for (size_t i = 0; i < rig.count; i++) {
		ck_assert_int_eq(rig.heard[i].state, HPO_TASK_COMPLETED);
		ck_assert_uint_eq(rig.heard[i].report_count, 1);
		ck_assert_double_eq(rig.heard[i].reports[0].value,
				    (double)hpo_trial_number(rig.trials[i]));
	}
	close_rig(&rig);
}
END_TEST

START_TEST(process_leaks_no_descriptor)
{
	size_t before, after;
	struct rig rig;

	open_process(&rig, "echo loss=1", "");
	before = count_descriptors();
	for (int i = 0; i < 20; i++)
		start_clone(&rig);
	run_to_end(&rig);
	for (size_t i = 0; i < rig.count; i++)
		rig.ops->forget(rig.state, &rig.ids[i]);
	after = count_descriptors();

	ck_assert_uint_eq(after, before);
	close_rig(&rig);
}
END_TEST

START_TEST(process_tells_when_descriptors_run_out_and_leaks_none)
{
	struct rlimit limit, few;
	hpo_error_t error = {0};
	size_t before, clone;
	int first_free;
	struct rig rig;
	hpo_status_t status;

	open_process(&rig, "echo loss=1", "");
	clone = add_clone(&rig);
	before = count_descriptors();
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	first_free = dup(0);
	close(first_free);
	for (int spare = 0; spare < 8; spare++) { /* a task takes eight for a moment */
		few.rlim_cur = (rlim_t)(first_free + spare);
		setrlimit(RLIMIT_NOFILE, &few);
		memset(&error, 0, sizeof error);
		status = rig.ops->enqueue(rig.state, &rig.ids[clone], LIMIT_MS, &error);
		setrlimit(RLIMIT_NOFILE, &limit);
		ck_assert_int_eq(status, HPO_EBACKEND);
		ck_assert_ptr_nonnull(strstr(error.message, "ulimit -n"));
		ck_assert_uint_eq(count_descriptors(), before);
	}
	ck_assert_int_eq(rig.ops->enqueue(rig.state, &rig.ids[clone], LIMIT_MS, &error), HPO_OK);
	run_to_end(&rig);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_COMPLETED);
	close_rig(&rig);
}
END_TEST

/* Both */

START_TEST(a_poll_returns_when_woken)
{
	double start_s;
	struct rig rig;

	open_process(&rig, "sleep 1000", "");
	start_clone(&rig);
	poll_once(&rig, LIMIT_MS); /* it runs now */
	rig.ops->wake(rig.state);
	start_s = now_s();
	poll_once(&rig, 30000);

	ck_assert_double_lt(now_s() - start_s, 5);
	close_rig(&rig);
}
END_TEST

START_TEST(a_descriptor_is_readable_when_there_is_something_to_tell)
{
	struct pollfd wanted = {.events = POLLIN};
	struct rig rig;

	open_process(&rig, "read wait; echo loss=1", "");
	wanted.fd = rig.ops->descriptor(rig.state);
	start_clone(&rig);

	ck_assert_int_eq(poll(&wanted, 1, 10000), 1);
	close_rig(&rig);
}
END_TEST

START_TEST(a_clone_that_was_never_enqueued_is_aborted_at_once)
{
	struct rig rig;

	open_process(&rig, "echo loss=1", "");
	add_clone(&rig);
	poll_once(&rig, 0);
	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_QUEUED);
	rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL);
	poll_once(&rig, 0);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	close_rig(&rig);
}
END_TEST

START_TEST(a_forgotten_clone_is_no_more)
{
	struct rig rig;

	open_process(&rig, "sleep 1000", "");
	start_clone(&rig);
	rig.ops->forget(rig.state, &rig.ids[0]);
	poll_once(&rig, 0);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_LOST);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_ENOTFOUND);
	close_rig(&rig);
}
END_TEST

static hpo_status_t clone_and_abort(struct rig *rig, const hpo_backend_ops_t *ops, void *state,
				    const char *task)
{
	hpo_task_id_t id;
	hpo_status_t status = open_backend(rig, ops, state, task, 2, NULL);

	if (status < 0)
		return status;
	status = ops->clone(state, rig->trials[0], LIMIT_MS, &id, NULL);
	if (status >= 0)
		status = ops->abort(state, &id, LIMIT_MS, NULL);
	ops->close(state);
	return status;
}

static hpo_status_t clone_in_process(void *user)
{
	static const char task[] = "{\"command\": [\"sh\", \"{x}\"], \"env\": {\"A\": \"1\"}}";
	void *state = calloc(1, hpo__backend_process.state_size);
	hpo_status_t status;

	ck_assert_ptr_nonnull(state);
	status = clone_and_abort(user, &hpo__backend_process, state, task);
	free(state);
	return status;
}

static hpo_status_t clone_in_callback(void *user)
{
	void *state = calloc(1, hpo__backend_callback.state_size);
	hpo_status_t status;

	ck_assert_ptr_nonnull(state);
	hpo__callback_set(state, double_x, NULL, 1);
	status = clone_and_abort(user, &hpo__backend_callback, state, NULL);
	free(state);
	return status;
}

START_TEST(memory_that_runs_out_is_told_and_no_clone_is_left)
{
	struct rig rig;

	open_study(&rig);
	ck_assert_int_eq(hpo_optimizer_ask(rig.optimizer, &rig.trials[0], NULL), HPO_OK);
	rig.count = 1;

	hpo_test_each_allocation(clone_in_process, &rig);
	hpo_test_each_allocation(clone_in_callback, &rig);
	rig.state = NULL;
	close_rig(&rig);
}
END_TEST

Suite *contract_backend(void);
Suite *contract_backend(void)
{
	Suite *suite = suite_create("contract/backend");
	TCase *callback = tcase_create("callback");
	TCase *process = tcase_create("process");

	tcase_add_test(callback, callback_returns_the_values_of_the_function);
	tcase_add_test(callback, callback_runs_as_many_as_allowed_at_once);
	tcase_add_test(callback, callback_tells_a_failed_function_with_its_status);
	tcase_add_test(callback, callback_tells_an_early_stop_as_pruned);
	tcase_add_test(callback, callback_remembers_that_the_function_ended_the_run);
	tcase_add_test(callback, callback_never_begins_what_was_aborted_in_the_queue);
	tcase_add_test(callback, callback_refuses_to_open_without_a_function);
	suite_add_tcase(suite, callback);

	tcase_set_timeout(process, 60);
	tcase_add_test(process, process_reports_before_it_tells_the_end);
	tcase_add_test(process, process_gives_the_values_as_arguments_and_in_the_environment);
	tcase_add_test(process, process_sets_the_variables_of_the_task);
	tcase_add_test(process, process_works_in_the_folder_that_is_given);
	tcase_add_test(process, process_hears_the_report_channel);
	tcase_add_test(process, process_logs_output_and_errors);
	tcase_add_test(process, process_appends_to_the_log_of_an_earlier_attempt);
	tcase_add_test(process, process_goes_on_when_its_log_cannot_be_written);
	tcase_add_test(process, process_passes_on_values_that_are_not_finite);
	tcase_add_test(process, process_tells_the_exit_status);
	tcase_add_test(process, process_tells_the_signal_that_killed_it);
	tcase_add_test(process, process_refuses_a_command_that_does_not_exist);
	tcase_add_test(process, process_refuses_a_file_that_is_not_executable);
	tcase_add_test(process, process_runs_a_script_without_an_interpreter_line);
	tcase_add_test(process, process_fails_a_trial_whose_interpreter_is_missing);
	tcase_add_test(process, process_fails_a_trial_whose_folder_is_gone);
	tcase_add_test(process, process_survives_100_megabytes_of_garbage);
	tcase_add_test(process, process_hears_others_while_one_prints_without_end);
	tcase_add_test(process, process_takes_whatever_comes_on_standard_error);
	tcase_add_test(process, process_waits_for_a_task_that_closed_its_output);
	tcase_add_test(process, process_aborts_a_task_that_never_ends);
	tcase_add_test(process, process_kills_a_task_that_ignores_sigterm_with_its_children);
	tcase_add_test(process, process_gives_the_time_of_grace_to_tidy_up);
	tcase_add_test(process, process_leaves_no_grandchild_in_a_session_of_its_own);
	tcase_add_test(process, process_hears_the_last_words_of_a_grandchild);
	tcase_add_test(process, process_tells_a_clone_lost_whose_guardian_was_killed);
	tcase_add_test(process, process_ends_an_aborted_task_though_its_guardian_is_stopped);
	tcase_add_test(process, process_leaves_nothing_behind_when_its_driver_is_killed);
	tcase_add_test(process, process_close_ends_all_that_runs);
	tcase_add_test(process, process_shields_the_task_from_the_signals_of_the_host);
	tcase_add_test(process, process_sends_no_sigchld_to_the_host);
	tcase_add_test(process, process_gives_the_task_only_its_own_descriptors);
	tcase_add_test(process, process_runs_50_at_once);
	tcase_add_test(process, process_leaks_no_descriptor);
	tcase_add_test(process, process_tells_when_descriptors_run_out_and_leaks_none);
	tcase_add_test(process, a_poll_returns_when_woken);
	tcase_add_test(process, a_descriptor_is_readable_when_there_is_something_to_tell);
	tcase_add_test(process, a_clone_that_was_never_enqueued_is_aborted_at_once);
	tcase_add_test(process, a_forgotten_clone_is_no_more);
	tcase_add_test(process, memory_that_runs_out_is_told_and_no_clone_is_left);
	suite_add_tcase(suite, process);
	return suite;
}
