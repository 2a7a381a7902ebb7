/*
 * Starting a task under its guardian, and the driver's side of their talk.
 */
#include "os/process.h"

#include "base/alloc.h"
#include "os/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* A pipe whose reading end is ours. */
static bool open_pipe(int *ours, int *theirs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	*ours = ends[0];
	*theirs = ends[1];
	return set_nonblocking(*ours);
}

static bool open_socket(int type, int *ours, int *theirs)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	*ours = ends[0];
	*theirs = ends[1];
	return set_nonblocking(*ours);
}

static bool open_channels(struct hpo_process *process, struct hpo_guard *guard)
{
	return open_pipe(&process->out, &guard->out) && open_pipe(&process->err, &guard->err) &&
	       open_socket(SOCK_STREAM, &process->report, &guard->report) &&
	       open_socket(SOCK_SEQPACKET, &process->control, &guard->control);
}

/* argv as /bin/sh takes it: itself, the script, the arguments. NULL when memory is out. */
static char **make_shell_argv(const struct hpo_process_plan *plan)
{
	static char shell[] = "/bin/sh";
	size_t count = 0;
	char **argv;

	while (plan->argv[count] != NULL)
		count++;
	argv = hpo__calloc(count + 2, sizeof *argv);
	if (argv == NULL)
		return NULL;
	argv[0] = shell;
	argv[1] = (char *)plan->path; /* execve() takes them as char *, and writes to none */
	for (size_t i = 1; i < count; i++)
		argv[i + 1] = plan->argv[i];
	return argv;
}

/* A child without an exit signal: unseen by the host's SIGCHLD handler and wait(). */
static pid_t start_guardian(const struct hpo_guard *guard)
{
	sigset_t all, before;
	pid_t pid;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
	if (pid == 0)
		hpo__guardian_run(guard);
	failure = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = failure;
	return pid;
}

hpo_status_t hpo__process_start(struct hpo_process *process, const struct hpo_process_plan *plan,
				hpo_error_t *error)
{
	const struct hpo_process none = HPO__PROCESS_INIT;
	struct hpo_guard guard = {.plan = plan, .out = -1, .err = -1, .report = -1, .control = -1};
	char **shell_argv = make_shell_argv(plan);
	hpo_status_t status = HPO_OK;
	pid_t pid;

	*process = none;
	if (shell_argv == NULL)
		return hpo__fail_memory(error);
	guard.shell_argv = shell_argv;
	guard.driver = getpid();

	if (!open_channels(process, &guard)) {
		status = hpo__fail(error, HPO_EBACKEND,
				   "cannot open the pipes of a task: %s; run "
				   "fewer at once or allow more open files (ulimit -n)",
				   strerror(errno));
		goto done;
	}
	pid = start_guardian(&guard);
	if (pid < 0) {
		status = hpo__fail(error, HPO_EBACKEND,
				   "cannot start a process for a task: %s; run "
				   "fewer at once or allow more processes (ulimit -u)",
				   strerror(errno));
		goto done;
	}
	process->guardian = pid;
done:
	close_end(&guard.out);
	close_end(&guard.err);
	close_end(&guard.report);
	close_end(&guard.control);
	if (status < 0)
		hpo__process_close(process);
	hpo__free(shell_argv);
	return status;
}

static struct hpo_news receive(struct hpo_process *process)
{
	struct hpo_news news = {.kind = HPO__NEWS_NONE};
	ssize_t got;

	do {
		got = recv(process->control, &news, sizeof news, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);

	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		news.kind = HPO__NEWS_NONE;
	else if (got != (ssize_t)sizeof news)
		news.kind = HPO__NEWS_GONE;
	return news;
}

struct hpo_news hpo__process_hear(struct hpo_process *process)
{
	struct hpo_news news = receive(process);

	if (news.kind == HPO__NEWS_BORN) {
		process->main = news.main;
		news = receive(process);
	}
	return news;
}

void hpo__process_terminate(struct hpo_process *process)
{
	/* If the guardian has just ended, its last news say so. */
	if (process->control >= 0)
		send(process->control, "T", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void hpo__process_kill(struct hpo_process *process)
{
	if (process->main > 0)
		kill(-process->main, SIGKILL);
	if (process->guardian > 0)
		kill(process->guardian, SIGKILL);
}

bool hpo__process_reap(struct hpo_process *process, bool wait)
{
	pid_t pid;

	if (process->guardian == 0)
		return true;
	do {
		pid = waitpid(process->guardian, NULL, __WALL | (wait ? 0 : WNOHANG));
	} while (pid < 0 && errno == EINTR);
	if (pid != 0)
		process->guardian = 0; /* or a host that waits for all children was first */
	return pid != 0;
}

void hpo__process_close(struct hpo_process *process)
{
	close_end(&process->out);
	close_end(&process->err);
	close_end(&process->report);
	close_end(&process->control);
}
