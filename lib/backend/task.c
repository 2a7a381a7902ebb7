/*
 * The other side: the task that this process is, from its environment.
 *
 * Reports go over the socket whose number is in HPO_REPORT_FD, or are appended
 * to the file that HPO_REPORT_FILE names (where no descriptor reaches, as through
 * a batch system), or else are printed: each a whole report line at once.
 */
#include "hpo/task.h"

#include "backend/command.h"
#include "backend/registry.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_METRIC = 512 }; /* what the reader of report lines takes */

struct value {
	char *name;
	char *text;
	double real; /* NaN if it is no number */
	int64_t integer;
	bool is_integer;
};

/* The last iteration of one metric, for reports that do not say theirs. */
struct counter {
	char *metric;
	int64_t last;
};

struct hpo_task {
	const hpo_backend_ops_t *inside_of; /* where it reports to, if by calls; else NULL */
	hpo_inside_t inside;
	int64_t number;	      /* -1 outside a trial */
	struct value *values; /* [value_count] */
	size_t value_count, value_capacity;
	char *checkpoint;	  /* or NULL */
	int64_t resume_iteration; /* 0: it begins */
	int fd;			  /* where reports go; -1: standard output */
	bool is_socket;		  /* the one we were given, which stays open; else a file of ours */
	struct counter *counters; /* [counter_count] */
	size_t counter_count, counter_capacity;
};

static char *make_text(const hpo_json_t *json)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (hpo__json_kind(json) == HPO__JSON_TEXT)
		return hpo__strdup(hpo__json_text(json));
	hpo__json_write(json, &text);
	return hpo__buffer_take(&text);
}

static hpo_status_t add_value(const char *name, const hpo_json_t *json, void *user)
{
	hpo_task_t *task = user;
	hpo_json_kind_t kind = hpo__json_kind(json);
	struct value *values = hpo__grow(task->values, &task->value_capacity, task->value_count + 1,
					 sizeof *values);
	struct value *value;

	if (values == NULL)
		return HPO_ENOMEM;
	task->values = values;
	value = &values[task->value_count++];
	value->name = hpo__strdup(name);
	value->text = make_text(json);
	value->real = hpo__json_real(json);
	value->integer = kind == HPO__JSON_BOOL ? hpo__json_is_true(json) : hpo__json_integer(json);
	value->is_integer = kind == HPO__JSON_BOOL || kind == HPO__JSON_INTEGER;
	/* A server's task may hold numbers whose type was never said. */
	if (kind == HPO__JSON_TEXT && value->text != NULL) {
		value->is_integer = hpo__parse_integer(value->text, &value->integer);
		if (!hpo__parse_real(value->text, &value->real))
			value->real = NAN;
	}
	return value->name != NULL && value->text != NULL ? HPO_OK : HPO_ENOMEM;
}

static hpo_status_t read_values(hpo_task_t *task, const char *params, hpo_error_t *error)
{
	hpo_json_t *json = NULL;
	hpo_status_t status = hpo__json_parse(&json, params, strlen(params), "HPO_PARAMS", error);

	if (status < 0)
		return status;
	if (hpo__json_kind(json) != HPO__JSON_OBJECT)
		status = hpo__fail(error, HPO_EINVAL, "HPO_PARAMS: expected an object, got %s",
				   hpo__json_kind_text(json));
	else
		status = hpo__json_each(json, add_value, task);
	if (status == HPO_ENOMEM)
		hpo__fail_memory(error);
	hpo__json_free(json);
	return status;
}

/* Whether a number from the environment is still the socket that we were given. */
static bool is_report_socket(const char *text, int *fd)
{
	struct stat found;
	int64_t number;

	if (!hpo__parse_integer(text, &number) || number < 0 || number > INT32_MAX)
		return false;
	*fd = (int)number;
	return fstat(*fd, &found) == 0 && S_ISSOCK(found.st_mode);
}

static hpo_status_t open_channel(hpo_task_t *task, hpo_error_t *error)
{
	const char *fd = getenv("HPO_REPORT_FD");
	const char *file = getenv("HPO_REPORT_FILE");

	/* A program between may have closed the socket; printed lines arrive as well. */
	if (fd != NULL && is_report_socket(fd, &task->fd)) {
		task->is_socket = true;
		return HPO_OK;
	}
	task->fd = -1;
	if (file == NULL || file[0] == '\0')
		return HPO_OK;
	task->fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (task->fd < 0)
		return hpo__fail(error, HPO_EINVAL, "HPO_REPORT_FILE: cannot write '%s': %s", file,
				 strerror(errno));
	return HPO_OK;
}

/* A task of a ClearML server knows its values from there. */
static hpo_status_t enter_server(hpo_task_t *task, hpo_error_t *error)
{
	const char *id = getenv("CLEARML_TASK_ID");
	const hpo_backend_ops_t *ops;
	hpo_status_t status;

	if (id == NULL || *id == '\0')
		return HPO_OK; /* nobody's task */
	status = hpo__backend_find(&ops, "clearml", error);
	if (status < 0)
		return hpo__fail_within(error, "CLEARML_TASK_ID is set");
	status = ops->enter(&task->inside, error);
	if (status < 0)
		return status;
	task->inside_of = ops;
	task->number = task->inside.number;
	status = read_values(task, task->inside.params_json, error);
	hpo_free(task->inside.params_json);
	return status;
}

static hpo_status_t read_environment(hpo_task_t *task, hpo_error_t *error)
{
	const char *params = getenv("HPO_PARAMS");
	const char *number = getenv("HPO_TRIAL");
	const char *checkpoint = getenv("HPO_CHECKPOINT");
	const char *resume = getenv("HPO_RESUME_ITERATION");
	hpo_status_t status;

	if (params == NULL || number == NULL)
		return enter_server(task, error);
	if (!hpo__parse_integer(number, &task->number) || task->number < 0)
		return hpo__fail(error, HPO_EINVAL, "HPO_TRIAL: '%s' is not a trial's number",
				 number);
	status = read_values(task, params, error);
	if (status >= 0 && checkpoint != NULL && checkpoint[0] != '\0') {
		task->checkpoint = hpo__strdup(checkpoint);
		if (task->checkpoint == NULL)
			status = hpo__fail_memory(error);
	}
	if (resume != NULL && (!hpo__parse_integer(resume, &task->resume_iteration) ||
			       task->resume_iteration < 0))
		task->resume_iteration = 0; /* not from us: it begins */
	if (status >= 0)
		status = open_channel(task, error);
	return status;
}

hpo_status_t hpo_task_current(hpo_task_t **out, hpo_error_t *error)
{
	hpo_task_t *task;
	hpo_status_t status;

	hpo__error_clear(error);
	*out = NULL;
	task = hpo__calloc(1, sizeof *task);
	if (task == NULL)
		return hpo__fail_memory(error);
	task->number = -1;
	task->fd = -1;

	status = read_environment(task, error);
	if (status < 0) {
		hpo_task_free(task);
		return status;
	}
	*out = task;
	return HPO_OK;
}

void hpo_task_free(hpo_task_t *task)
{
	if (task == NULL)
		return;
	for (size_t i = 0; i < task->value_count; i++) {
		hpo__free(task->values[i].name);
		hpo__free(task->values[i].text);
	}
	for (size_t i = 0; i < task->counter_count; i++)
		hpo__free(task->counters[i].metric);
	if (task->inside_of != NULL)
		task->inside_of->leave(task->inside.task);
	if (task->fd >= 0 && !task->is_socket)
		close(task->fd);
	hpo__free(task->values);
	hpo__free(task->counters);
	hpo__free(task->checkpoint);
	hpo__free(task);
}

int hpo_task_is_managed(const hpo_task_t *task)
{
	return task->number >= 0 || task->inside_of != NULL;
}

int64_t hpo_task_number(const hpo_task_t *task)
{
	return task->number;
}

/* By the name in full, or else with its section left off; NULL for none, and for several. */
static const struct value *find_value(const hpo_task_t *task, const char *name)
{
	const struct value *found = NULL;

	for (size_t i = 0; i < task->value_count; i++)
		if (strcmp(task->values[i].name, name) == 0)
			return &task->values[i];
	for (size_t i = 0; i < task->value_count; i++)
		if (strcmp(hpo__command_short_name(task->values[i].name), name) == 0) {
			if (found != NULL)
				return NULL;
			found = &task->values[i];
		}
	return found;
}

double hpo_task_get_float(const hpo_task_t *task, const char *name, double fallback)
{
	const struct value *value = find_value(task, name);

	return value != NULL && !isnan(value->real) ? value->real : fallback;
}

int64_t hpo_task_get_int(const hpo_task_t *task, const char *name, int64_t fallback)
{
	const struct value *value = find_value(task, name);

	return value != NULL && value->is_integer ? value->integer : fallback;
}

const char *hpo_task_get_text(const hpo_task_t *task, const char *name, const char *fallback)
{
	const struct value *value = find_value(task, name);

	return value != NULL ? value->text : fallback;
}

const char *hpo_task_checkpoint(const hpo_task_t *task)
{
	return task->checkpoint;
}

int64_t hpo_task_resume_iteration(const hpo_task_t *task)
{
	return task->resume_iteration;
}

/* The counter of a metric, made if it is new; NULL when memory is out. */
static struct counter *count_metric(hpo_task_t *task, const char *metric)
{
	struct counter *counters;
	struct counter *counter;

	for (size_t i = 0; i < task->counter_count; i++)
		if (strcmp(task->counters[i].metric, metric) == 0)
			return &task->counters[i];

	counters = hpo__grow(task->counters, &task->counter_capacity, task->counter_count + 1,
			     sizeof *counters);
	if (counters == NULL)
		return NULL;
	task->counters = counters;
	counter = &counters[task->counter_count];
	counter->last = 0;
	counter->metric = hpo__strdup(metric);
	if (counter->metric == NULL)
		return NULL;
	task->counter_count++;
	return counter;
}

static void write_value(struct hpo_buffer *line, double value)
{
	if (isfinite(value))
		hpo__buffer_json_real(line, value);
	else
		hpo__buffer_text(line, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
}

/* For people who run the program by itself, tokens, if the name allows it; else JSON. */
static void write_line(struct hpo_buffer *line, const hpo_task_t *task, const char *metric,
		       int64_t iteration, double value)
{
	if (task->fd < 0 && strpbrk(metric, " \t\r\n={") == NULL) {
		hpo__buffer_format(line, "iteration=%lld %s=", (long long)iteration, metric);
		write_value(line, value);
		hpo__buffer_char(line, '\n');
		return;
	}
	hpo__buffer_format(line, "{\"iteration\":%lld,", (long long)iteration);
	hpo__buffer_json_text(line, metric);
	hpo__buffer_char(line, ':');
	write_value(line, value);
	hpo__buffer_text(line, "}\n");
}

static bool send_line(const hpo_task_t *task, const char *text, size_t size)
{
	ssize_t sent;

	if (task->fd < 0)
		return fwrite(text, 1, size, stdout) == size && fflush(stdout) == 0;
	while (size > 0) {
		/* Without MSG_NOSIGNAL a driver that is gone would be a signal to the host. */
		sent = task->is_socket ? send(task->fd, text, size, MSG_NOSIGNAL)
				       : write(task->fd, text, size);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		text += sent;
		size -= (size_t)sent;
	}
	return true;
}

hpo_status_t hpo_task_report(hpo_task_t *task, const char *metric, int64_t iteration, double value,
			     hpo_error_t *error)
{
	struct hpo_buffer line = HPO__BUFFER_INIT;
	struct counter *counter;
	hpo_status_t status = HPO_OK;

	hpo__error_clear(error);
	if (metric == NULL || metric[0] == '\0' || strlen(metric) > LONGEST_METRIC ||
	    strcmp(metric, "iteration") == 0)
		return hpo__fail(error, HPO_EINVAL,
				 "'%.40s' cannot be the name of a metric; it has "
				 "1 to %d bytes, and is not 'iteration'",
				 metric != NULL ? metric : "", (int)LONGEST_METRIC);
	if (iteration < -1)
		return hpo__fail(error, HPO_EINVAL,
				 "iteration %lld of metric '%s' is below 0; -1 "
				 "counts on from the last",
				 (long long)iteration, metric);

	counter = count_metric(task, metric);
	if (counter == NULL)
		return hpo__fail_memory(error);
	counter->last = iteration >= 0 ? iteration : counter->last + 1;
	if (task->inside_of != NULL)
		return task->inside_of->report(task->inside.task, metric, counter->last, value,
					       error);
	write_line(&line, task, metric, counter->last, value);
	if (line.failed)
		status = hpo__fail_memory(error);
	else if (!send_line(task, line.text, line.size))
		status = hpo__fail(error, HPO_EBACKEND,
				   "the optimizer does not take the report of "
				   "metric '%s': %s",
				   metric, strerror(errno));
	hpo__buffer_release(&line);
	return status;
}
