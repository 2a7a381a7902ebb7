/*
 * The process backend: commands on this machine, each under a guardian.
 *
 * The table holds a slot for each clone. Everything that a task says comes over
 * four descriptors which one epoll set watches, together with the waker; they
 * are read only inside poll(), a bounded piece of each at a time, so that a task
 * that prints without end delays no other and fills no memory. A slot is free
 * again when the driver has forgotten its clone and the guardian is collected.
 */
#include "backend/base_task.h"
#include "backend/ending.h"
#include "backend/output.h"
#include "backend/registry.h"
#include "backend/stream.h"
#include "base/alloc.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/process.h"
#include "os/thread.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
	PIECE_BYTES = 65536,	       /* read from one descriptor at a time: what a pipe holds */
	REST_BYTES = 16 * PIECE_BYTES, /* read at most after the end, should a pipe never run dry */
	EVENTS = 64		       /* heard of at a time */
};

/* Beyond the grace time a guardian needs a second at most; then it is itself in trouble. */
static const double guardian_slack_s = 3.0;

enum channel { OUT, ERR, REPORT, CONTROL, CHANNELS };

/* Channels of slot i have the keys i * CHANNELS + channel. */
static const uint64_t waker_key = UINT64_MAX;

static const size_t not_asked = SIZE_MAX;

struct task {
	uint64_t serial; /* 0: the slot is free */
	int64_t trial;
	int32_t attempt;
	struct hpo_clone clone;
	struct hpo_process process;
	struct hpo_output output;
	struct hpo_stream lines;   /* of its standard output */
	struct hpo_stream reports; /* of its report channel */
	hpo_task_state_t state;
	hpo_task_state_t told; /* as poll() last told it */
	double started_s, ended_s;
	double deadline_s; /* when its guardian must have answered; 0: none */
	size_t index;	   /* among the ids of this poll, or not_asked */
	bool listening;	   /* its descriptors are in the epoll set */
	bool launched, abort_asked, forgotten;
	char reason[160];
};

struct process_state {
	struct hpo_base_task base;
	struct hpo_log log;
	struct task **slots; /* [slot_count] */
	size_t slot_count, slot_capacity;
	uint64_t last_serial;
	int epoll_fd;
	struct hpo_waker waker;
	bool is_open;
	bool warned_of_logs;
	const hpo_task_sink_t *sink; /* of the poll under way, NULL outside */
	bool has_news;		     /* there is something to tell, or somebody woke us */
	char piece[PIECE_BYTES + 1];
};

static bool has_ended(const struct task *task)
{
	return task->state != HPO_TASK_QUEUED && task->state != HPO_TASK_RUNNING;
}

static struct task *find_task(struct process_state *s, const hpo_task_id_t *id)
{
	unsigned long long slot, serial;
	struct task *task;

	if (sscanf(id->text, "process-%llu-%llu", &slot, &serial) != 2 || slot >= s->slot_count)
		return NULL;
	task = s->slots[slot];
	return task->serial == serial && serial != 0 && !task->forgotten ? task : NULL;
}

static hpo_status_t no_clone(const hpo_task_id_t *id, hpo_error_t *error)
{
	return hpo__fail(error, HPO_ENOTFOUND, "no clone '%s'", id->text);
}

static void release_task(struct task *task)
{
	hpo__process_close(&task->process);
	hpo__output_close(&task->output);
	hpo__stream_release(&task->lines);
	hpo__stream_release(&task->reports);
	hpo__clone_release(&task->clone);
	task->serial = 0;
}

/* Collect guardians that have ended; their slots are free if nobody asks for them. */
static void sweep(struct process_state *s)
{
	for (size_t i = 0; i < s->slot_count; i++) {
		struct task *task = s->slots[i];

		if (task->serial != 0 && has_ended(task) &&
		    hpo__process_reap(&task->process, false) && task->forgotten)
			release_task(task);
	}
}

/* The index of a free slot; slot_count if memory is out. */
static size_t find_slot(struct process_state *s)
{
	struct task **slots;
	size_t i;

	for (i = 0; i < s->slot_count; i++)
		if (s->slots[i]->serial == 0)
			return i;
	slots = hpo__grow(s->slots, &s->slot_capacity, s->slot_count + 1, sizeof *slots);
	if (slots == NULL)
		return i;
	s->slots = slots;
	slots[i] = hpo__calloc(1, sizeof **slots);
	if (slots[i] != NULL)
		s->slot_count++;
	return i;
}

static int *channel_of(struct task *task, enum channel channel)
{
	switch (channel) {
	case OUT:
		return &task->process.out;
	case ERR:
		return &task->process.err;
	case REPORT:
		return &task->process.report;
	default:
		return &task->process.control;
	}
}

/* Put a task's open channels into the set, or take them out: a closed end is told unasked. */
static bool listen_to(struct process_state *s, size_t slot, bool listening)
{
	struct task *task = s->slots[slot];
	bool done = true;

	if (task->listening == listening || !task->launched || has_ended(task))
		return true;
	for (int channel = 0; channel < CHANNELS; channel++) {
		struct epoll_event event = {.events = EPOLLIN};
		int fd = *channel_of(task, (enum channel)channel);

		event.data.u64 = slot * CHANNELS + (uint64_t)channel;
		if (fd >= 0 && epoll_ctl(s->epoll_fd, listening ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd,
					 &event) != 0)
			done = false;
	}
	task->listening = listening;
	return done;
}

/* Taken from the set first: while another process shares the pipe, closing does not take it out. */
static void close_channel(struct process_state *s, struct task *task, enum channel channel)
{
	int *fd = channel_of(task, channel);

	if (*fd < 0)
		return;
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, *fd, NULL);
	close(*fd);
	*fd = -1;
}

struct speaker {
	struct process_state *state;
	struct task *task;
};

static void pass_on(void *user, int64_t iteration, const char *metric, double value)
{
	struct speaker *speaker = user;
	const hpo_task_sink_t *sink = speaker->state->sink;

	if (sink == NULL || speaker->task->index == not_asked)
		return;
	speaker->state->has_news = true;
	sink->report(sink->user, speaker->task->index, iteration, metric, value);
}

static void keep_log(struct process_state *s, struct task *task, size_t size)
{
	hpo__output_write(&task->output, s->piece, size);
	if (task->output.failure != 0 && !s->warned_of_logs) {
		s->warned_of_logs = true;
		hpo__log(&s->log, HPO_LOG_WARNING,
			 "the log of trial %lld in '%s' cannot be "
			 "written: %s; the trial goes on without",
			 (long long)task->trial, s->base.log_folder,
			 strerror(task->output.failure));
	}
}

/* Read one piece of a channel; returns its size, 0 when there is nothing more for now. */
static size_t read_piece(struct process_state *s, struct task *task, enum channel channel)
{
	struct speaker speaker = {s, task};
	int fd = *channel_of(task, channel);
	ssize_t got;

	if (fd < 0)
		return 0;
	got = read(fd, s->piece, PIECE_BYTES);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		close_channel(s, task, channel);
		return 0;
	}
	if (channel != REPORT)
		keep_log(s, task, (size_t)got);
	if (channel != ERR)
		hpo__stream_feed(channel == OUT ? &task->lines : &task->reports, s->piece,
				 (size_t)got, pass_on, &speaker);
	return (size_t)got;
}

/* Read what is there, without waiting for those who may still hold the other ends. */
static void read_rest(struct process_state *s, struct task *task)
{
	struct speaker speaker = {s, task};

	for (int channel = OUT; channel <= REPORT; channel++) {
		size_t total = 0;
		size_t got;

		do {
			got = read_piece(s, task, (enum channel)channel);
			total += got;
		} while (got > 0 && total < REST_BYTES);
	}
	hpo__stream_end(&task->lines, pass_on, &speaker);
	hpo__stream_end(&task->reports, pass_on, &speaker);
}

static void end_task(struct process_state *s, struct task *task, const struct hpo_news *news)
{
	if (news->kind == HPO__NEWS_GONE)
		hpo__process_kill(&task->process);
	read_rest(s, task);
	for (int channel = 0; channel < CHANNELS; channel++)
		close_channel(s, task, (enum channel)channel);
	hpo__output_close(&task->output);
	hpo__clone_release(&task->clone);
	task->state = hpo__ending_describe(news, task->reason, sizeof task->reason);
	if (task->abort_asked)
		task->state = HPO_TASK_ABORTED;
	task->ended_s = hpo__clock_monotonic();
	task->deadline_s = 0;
	s->has_news = true;
	hpo__log(&s->log, HPO_LOG_DEBUG,
		 "trial %lld: task ended, %s; %.3f s of processor, %lld "
		 "bytes of memory",
		 (long long)task->trial, task->reason[0] != '\0' ? task->reason : "exit status 0",
		 news->cpu_s, (long long)news->memory_bytes);
}

static void hear_news(struct process_state *s, struct task *task)
{
	struct hpo_news news = hpo__process_hear(&task->process);

	if (news.kind == HPO__NEWS_NONE)
		return;
	if (news.kind == HPO__NEWS_STARTED) {
		task->state = HPO_TASK_RUNNING;
		task->started_s = hpo__clock_monotonic();
		s->has_news = true;
		return;
	}
	end_task(s, task, &news);
}

/* A guardian that does not answer (somebody stopped it) is ended with its task. */
static void check_deadlines(struct process_state *s)
{
	const struct hpo_news gone = {.kind = HPO__NEWS_GONE};
	double now_s = hpo__clock_monotonic();

	for (size_t i = 0; i < s->slot_count; i++) {
		struct task *task = s->slots[i];

		if (task->serial != 0 && task->deadline_s > 0 && now_s >= task->deadline_s)
			end_task(s, task, &gone);
	}
}

/* Milliseconds to wait: until end_s, or until the first deadline before it. */
static int time_left_ms(const struct process_state *s, double end_s)
{
	double left_s;

	for (size_t i = 0; i < s->slot_count; i++) {
		const struct task *task = s->slots[i];

		if (task->serial != 0 && task->deadline_s > 0 && task->deadline_s < end_s)
			end_s = task->deadline_s;
	}
	left_s = end_s - hpo__clock_monotonic();
	return left_s > 0 ? (int)(left_s * 1000) + 1 : 0;
}

/* Wait for events until end_s at most, and act on them once. */
static void hear_events(struct process_state *s, double end_s)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(s->epoll_fd, events, EVENTS, time_left_ms(s, end_s));

	for (int i = 0; i < count; i++) {
		uint64_t key = events[i].data.u64;
		struct task *task;

		if (key == waker_key) {
			hpo__waker_clear(&s->waker);
			s->has_news = true;
			continue;
		}
		task = s->slots[key / CHANNELS];
		if (task->serial == 0 || has_ended(task))
			continue; /* it ended by an event before this one */
		if (key % CHANNELS == CONTROL)
			hear_news(s, task);
		else
			read_piece(s, task, (enum channel)(key % CHANNELS));
	}
	check_deadlines(s);
}

static hpo_status_t open_set(struct process_state *s, hpo_error_t *error)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = waker_key};

	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd >= 0 && hpo__waker_init(&s->waker) == HPO_OK) {
		if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->waker.read_fd, &event) == 0)
			return HPO_OK;
		hpo__waker_release(&s->waker);
	}
	hpo__fail(error, HPO_EBACKEND,
		  "cannot open a descriptor to wait on: %s; allow more open "
		  "files (ulimit -n)",
		  strerror(errno));
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	return HPO_EBACKEND;
}

static hpo_status_t process_open(void *state, const hpo_backend_setup_t *setup, hpo_error_t *error)
{
	const struct hpo_base_task empty = HPO__BASE_TASK_INIT;
	struct process_state *s = state;
	hpo_status_t status;

	s->base = empty;
	s->log.fn = setup->log;
	s->log.user = setup->log_user;
	status = hpo__base_task_read(&s->base, setup->task_json, setup->study, error);
	if (status >= 0)
		status = open_set(s, error);
	if (status < 0) {
		hpo__base_task_release(&s->base);
		return status;
	}
	s->is_open = true;
	return HPO_OK;
}

static hpo_status_t process_check(const char *study, const char *task_json, hpo_error_t *error)
{
	struct hpo_base_task base = HPO__BASE_TASK_INIT;
	hpo_status_t status = hpo__base_task_read(&base, task_json, study, error);

	hpo__base_task_release(&base);
	return status;
}

static hpo_status_t process_clone(void *state, hpo_trial_t *trial, int limit_ms, hpo_task_id_t *id,
				  hpo_error_t *error)
{
	const struct task fresh = {
		.process = HPO__PROCESS_INIT, .output = HPO__OUTPUT_INIT, .index = SIZE_MAX};
	struct process_state *s = state;
	struct task *task;
	hpo_status_t status;
	size_t slot;

	(void)limit_ms;
	sweep(s);
	slot = find_slot(s);
	if (slot == s->slot_count)
		return hpo__fail_memory(error);

	task = s->slots[slot];
	*task = fresh;
	status = hpo__clone_make(&task->clone, &s->base, trial, error);
	if (status < 0)
		return status;
	task->serial = ++s->last_serial;
	task->trial = hpo_trial_number(trial);
	task->attempt = hpo_trial_attempt(trial);
	snprintf(id->text, sizeof id->text, "process-%zu-%llu", slot,
		 (unsigned long long)task->serial);
	return HPO_OK;
}

static hpo_status_t launch(struct process_state *s, size_t slot, hpo_error_t *error)
{
	struct task *task = s->slots[slot];
	char title[48];
	struct hpo_process_plan plan = {
		.path = task->clone.path,
		.argv = task->clone.argv,
		.envp = task->clone.environment.list,
		.cwd = s->base.folder[0] != '\0' ? s->base.folder : NULL,
		.title = title,
		.grace_s = s->base.grace_s,
	};
	hpo_status_t status;

	snprintf(title, sizeof title, "guardian of trial %lld", (long long)task->trial);
	status = hpo__process_start(&task->process, &plan, error);
	if (status < 0)
		return status;
	task->launched = true;
	if (!listen_to(s, slot, true)) {
		task->launched = false;
		task->listening = false;
		hpo__process_close(&task->process); /* at which the guardian ends the task */
		hpo__process_reap(&task->process, true);
		return hpo__fail(error, HPO_EBACKEND, "cannot listen to a task: %s",
				 strerror(errno));
	}
	return HPO_OK;
}

static hpo_status_t process_enqueue(void *state, const hpo_task_id_t *id, int limit_ms,
				    hpo_error_t *error)
{
	struct process_state *s = state;
	struct task *task = find_task(s, id);
	hpo_status_t status;
	size_t slot = 0;

	(void)limit_ms;
	if (task == NULL)
		return no_clone(id, error);
	if (task->launched || has_ended(task))
		return HPO_OK;
	while (s->slots[slot] != task)
		slot++;
	status = launch(s, slot, error);
	if (status < 0)
		return status;
	hpo__output_open(&task->output, s->base.log_folder, task->trial, task->attempt);
	keep_log(s, task, 0); /* says so if it could not be opened */
	return HPO_OK;
}

static void tell_state(struct task *task, size_t index, const hpo_task_sink_t *sink)
{
	hpo_task_status_t status = {.state = HPO_TASK_LOST, .running_s = -1};
	double until_s;

	if (task == NULL) {
		status.reason = "there is no such clone";
		sink->state(sink->user, index, &status);
		return;
	}
	status.state = task->state;
	if (task->started_s > 0) {
		until_s = has_ended(task) ? task->ended_s : hpo__clock_monotonic();
		status.running_s = until_s - task->started_s;
	}
	if (task->state == HPO_TASK_FAILED || task->state == HPO_TASK_LOST)
		status.reason = task->reason;
	task->told = task->state;
	sink->state(sink->user, index, &status);
}

/* Hear those asked for, and those on their way out. True if there is something to tell already. */
static bool attend(struct process_state *s, const hpo_task_id_t *ids, size_t count)
{
	bool has_news = false;

	for (size_t i = 0; i < s->slot_count; i++)
		s->slots[i]->index = not_asked;
	for (size_t i = 0; i < count; i++) {
		struct task *task = find_task(s, &ids[i]);

		if (task != NULL)
			task->index = i;
		has_news = has_news || task == NULL || has_ended(task) || task->told != task->state;
	}
	for (size_t i = 0; i < s->slot_count; i++)
		if (s->slots[i]->serial != 0)
			listen_to(s, i, s->slots[i]->forgotten || s->slots[i]->index != not_asked);
	return has_news;
}

static hpo_status_t process_poll(void *state, const hpo_task_id_t *ids, size_t count, int limit_ms,
				 const hpo_task_sink_t *sink, hpo_error_t *error)
{
	struct process_state *s = state;
	double end_s = hpo__clock_monotonic() + (limit_ms > 0 ? limit_ms : 0) * 1e-3;

	(void)error;
	sweep(s);
	s->has_news = attend(s, ids, count);
	s->sink = sink;
	if (s->has_news)
		end_s = 0; /* hear what is there, but do not wait */
	do {
		hear_events(s, end_s);
	} while (!s->has_news && hpo__clock_monotonic() < end_s);
	s->sink = NULL;

	for (size_t i = 0; i < count; i++)
		tell_state(find_task(s, &ids[i]), i, sink);
	return HPO_OK;
}

static void ask_to_end(struct process_state *s, struct task *task)
{
	if (task->abort_asked || has_ended(task))
		return;
	task->abort_asked = true;
	if (!task->launched) {
		task->state = HPO_TASK_ABORTED;
		return;
	}
	task->deadline_s = hpo__clock_monotonic() + s->base.grace_s + guardian_slack_s;
	hpo__process_terminate(&task->process);
}

static hpo_status_t process_abort(void *state, const hpo_task_id_t *id, int limit_ms,
				  hpo_error_t *error)
{
	struct process_state *s = state;
	struct task *task = find_task(s, id);

	(void)limit_ms;
	if (task == NULL)
		return no_clone(id, error);
	ask_to_end(s, task);
	return HPO_OK;
}

static void process_forget(void *state, const hpo_task_id_t *id)
{
	struct process_state *s = state;
	struct task *task = find_task(s, id);

	if (task == NULL)
		return;
	ask_to_end(s, task); /* nobody would hear of one that ran on */
	task->forgotten = true;
	sweep(s);
}

static int process_descriptor(void *state)
{
	const struct process_state *s = state;

	return s->epoll_fd;
}

static void process_wake(void *state)
{
	const struct process_state *s = state;

	hpo__waker_set(&s->waker);
}

static bool all_ended(const struct process_state *s)
{
	for (size_t i = 0; i < s->slot_count; i++)
		if (s->slots[i]->serial != 0 && s->slots[i]->launched && !has_ended(s->slots[i]))
			return false;
	return true;
}

static void end_all(struct process_state *s)
{
	double end_s = hpo__clock_monotonic() + s->base.grace_s + guardian_slack_s;

	for (size_t i = 0; i < s->slot_count; i++) {
		if (s->slots[i]->serial == 0)
			continue;
		ask_to_end(s, s->slots[i]);
		s->slots[i]->index = not_asked;
		listen_to(s, i, true);
	}
	while (!all_ended(s) && hpo__clock_monotonic() < end_s)
		hear_events(s, end_s);
}

/* Leave no guardian behind: it ends within a moment of its last news, or else it is killed. */
static void collect(struct task *task)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	bool is_gone = hpo__process_reap(&task->process, false);

	for (int i = 0; i < 100 && !is_gone && has_ended(task); i++) {
		nanosleep(&moment, NULL);
		is_gone = hpo__process_reap(&task->process, false);
	}
	if (!is_gone) {
		hpo__process_kill(&task->process);
		hpo__process_reap(&task->process, true);
	}
}

static void process_close(void *state)
{
	struct process_state *s = state;

	if (!s->is_open)
		return;
	end_all(s);
	for (size_t i = 0; i < s->slot_count; i++) {
		struct task *task = s->slots[i];

		if (task->serial != 0) {
			collect(task);
			release_task(task);
		}
		hpo__free(task);
	}
	hpo__free(s->slots);
	close(s->epoll_fd);
	hpo__waker_release(&s->waker);
	hpo__base_task_release(&s->base);
	s->is_open = false;
}

const hpo_backend_ops_t hpo__backend_process = {
	.struct_size = sizeof(hpo_backend_ops_t),
	.name = "process",
	.state_size = sizeof(struct process_state),
	.open = process_open,
	.clone = process_clone,
	.enqueue = process_enqueue,
	.poll = process_poll,
	.abort = process_abort,
	.forget = process_forget,
	.archive = hpo__backend_default_archive,
	.attach = hpo__backend_default_attach,
	.publish = hpo__backend_default_publish,
	.descriptor = process_descriptor,
	.wake = process_wake,
	.close = process_close,
	.check = process_check,
};
