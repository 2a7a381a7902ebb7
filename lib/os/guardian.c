/*
 * The guardian of a task.
 *
 * It is forked from a process that may have threads and locks in any state, so
 * only async-signal-safe calls are made here, and no memory is allocated. It is
 * a subreaper: whatever descends from the task, double forks and sessions
 * of their own included, is below it to the end, and when wait() finds no child
 * there is nothing left. PDEATHSIG would end the task only.
 */
#include "os/guardian.h"

#include "os/descendant.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Where the descriptors are once they are in order; the first four are the task's. */
enum { INPUT = 0, OUT = 1, ERR = 2, REPORT = HPO__REPORT_FD, CONTROL = 4, FIRST_OTHER = 5 };

enum {
	SETTLE_MS = 200,   /* for what the task left behind to end by itself, as a tee does */
	REPEAT_MS = 10,	   /* between two rounds of SIGKILL */
	HOPELESS_MS = 1000 /* of SIGKILL, until the driver is told the end all the same */
};

enum phase {
	WATCHING,
	SETTLING, /* the task has ended by itself, something it started has not */
	ENDING,	  /* SIGTERM was sent */
	KILLING	  /* SIGKILL is sent again and again */
};

struct watch {
	const struct hpo_guard *guard;
	enum phase phase;
	int64_t until_ms; /* the end of this phase; WATCHING has none */
	int64_t killing_since_ms;
	int started; /* closed by execve(), or told its errno; -1 once that is known */
	int signals; /* signalfd */
	pid_t task;
	bool task_ended;
	bool alone; /* no descendant is left */
	bool told;
	struct hpo_news end;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell(int control, const struct hpo_news *news)
{
	ssize_t sent;

	do {
		sent = send(control, news, sizeof *news, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
}

static _Noreturn void give_up(int control, int error)
{
	struct hpo_news news = {.kind = HPO__NEWS_REFUSED, .error = error};

	tell(control, &news);
	_exit(1);
}

/* Close every descriptor from `first` on: other tasks' ends must not be held open here. */
static void close_from(int first)
{
	struct rlimit limit;
	int end = 65536;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
		return;
#endif
	/* Before Linux 5.9. Only a host that raised its limit by hand has more open. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)end)
		end = (int)limit.rlim_cur;
	for (int fd = first; fd < end; fd++)
		close(fd);
}

/* Put ours at their numbers, by way of higher ones, since any may be in another's place. */
static void order_descriptors(const struct hpo_guard *guard)
{
	enum { ABOVE_OURS = 8 };
	int fds[] = {open("/dev/null", O_RDONLY | O_CLOEXEC), guard->out, guard->err, guard->report,
		     guard->control};
	const int count = (int)(sizeof fds / sizeof *fds);

	for (int i = 0; i < count; i++) {
		fds[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, ABOVE_OURS);
		if (fds[i] < 0)
			give_up(guard->control, errno);
	}
	for (int i = 0; i < count; i++)
		dup3(fds[i], i, i == CONTROL ? O_CLOEXEC : 0);
	close_from(FIRST_OTHER);
}

static void reset_signals(void)
{
	struct sigaction standard;

	memset(&standard, 0, sizeof standard);
	standard.sa_handler = SIG_DFL;
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &standard, NULL); /* those that cannot be changed need not be */
}

/* The address in a field (from 3 on) of what follows the name in /proc/self/stat. */
static uintptr_t read_field(const char *text, int wanted)
{
	uintptr_t value = 0;

	for (int field = 3; field < wanted && text != NULL; field++) {
		text = strchr(text, ' ');
		text = text != NULL ? text + 1 : NULL;
	}
	for (; text != NULL && *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uintptr_t)(*text - '0');
	return value;
}

/*
 * Take another name than the driver's, or who kills that by its name would kill
 * the guardians with it, and nobody were left to end the tasks. The arguments
 * lie in our own copy of the driver's memory.
 */
static void set_title(const char *title)
{
	enum { ARGUMENTS_START = 48, ARGUMENTS_END = 49 }; /* proc(5) */
	char text[2048];
	const char *fields;
	uintptr_t start, end;
	size_t room;
	ssize_t got;
	int fd;

	prctl(PR_SET_NAME, title);
	fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	got = read(fd, text, sizeof text - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';

	fields = strrchr(text, ')');
	if (fields == NULL)
		return;
	start = read_field(fields + 2, ARGUMENTS_START);
	end = read_field(fields + 2, ARGUMENTS_END);
	if (start == 0 || end <= start)
		return;
	room = (size_t)(end - start);
	memset((void *)start, 0, room);
	memcpy((void *)start, title, strlen(title) < room ? strlen(title) : room - 1);
}

/* In the task: become the program. What fails is told on `started`. */
static _Noreturn void become(const struct hpo_guard *guard, pid_t guardian, int started)
{
	const struct hpo_process_plan *plan = guard->plan;
	const struct hpo_news born = {.kind = HPO__NEWS_BORN, .main = getpid()};
	sigset_t none;
	ssize_t told;
	int failure;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != guardian)
		_exit(1);
	/* Told from here, it is known before the program can do anything. */
	tell(CONTROL, &born);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	if (plan->cwd == NULL || chdir(plan->cwd) == 0) {
		execve(plan->path, plan->argv, plan->envp);
		if (errno == ENOEXEC)
			execve("/bin/sh", guard->shell_argv, plan->envp);
	}
	failure = errno;
	told = write(started, &failure, sizeof failure);
	(void)told;
	_exit(127); /* as a shell does */
}

static void start_task(struct watch *watch)
{
	pid_t guardian = getpid();
	sigset_t heard;
	int started[2];

	if (pipe2(started, O_CLOEXEC) != 0)
		give_up(CONTROL, errno);
	sigemptyset(&heard);
	sigaddset(&heard, SIGCHLD);
	sigaddset(&heard, SIGHUP);
	watch->signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->signals < 0)
		give_up(CONTROL, errno);

	/* fork() would run the handlers that the host's libraries registered for it. */
	watch->task = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (watch->task < 0)
		give_up(CONTROL, errno);
	if (watch->task == 0)
		become(watch->guard, guardian, started[1]);

	setpgid(watch->task, watch->task); /* both sides do, whoever is first */
	close(started[1]);
	close(OUT);
	close(ERR);
	close(REPORT);
	watch->started = started[0];
}

/* Whether the program runs, or why it does not. */
static void hear_start(struct watch *watch)
{
	struct hpo_news news = {.kind = HPO__NEWS_STARTED};
	int failure = 0;
	ssize_t got;

	do {
		got = read(watch->started, &failure, sizeof failure);
	} while (got < 0 && errno == EINTR);
	close(watch->started);
	watch->started = -1;

	watch->end.kind = HPO__NEWS_ENDED;
	if (got == (ssize_t)sizeof failure) {
		watch->end.kind = HPO__NEWS_REFUSED;
		watch->end.error = failure;
	} else {
		tell(CONTROL, &news);
	}
}

static void note_end(struct watch *watch, int wait_status, const struct rusage *usage)
{
	watch->task_ended = true;
	watch->end.wait_status = wait_status;
	watch->end.cpu_s = (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
			   (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1e-6;
	watch->end.memory_bytes = (int64_t)usage->ru_maxrss * 1024;
}

static void collect_children(struct watch *watch)
{
	struct rusage usage;
	int wait_status;
	pid_t pid;

	do {
		pid = wait4(-1, &wait_status, WNOHANG | __WALL, &usage);
		if (pid == watch->task && pid > 0)
			note_end(watch, wait_status, &usage);
	} while (pid > 0 || (pid < 0 && errno == EINTR));
	watch->alone = pid < 0;
}

static void signal_all(const struct watch *watch, int signal)
{
	/* The group at once, so that no member forks its way past the walk. */
	if (!watch->task_ended)
		kill(-watch->task, signal);
	hpo__descendants_signal(signal, watch->task_ended ? 0 : watch->task);
}

static void begin_ending(struct watch *watch)
{
	if (watch->phase >= ENDING)
		return;
	watch->phase = ENDING;
	watch->until_ms = now_ms() + (int64_t)(watch->guard->plan->grace_s * 1000);
	signal_all(watch, SIGTERM);
}

/* Go on to the next phase when the time for it has come. */
static void advance(struct watch *watch)
{
	int64_t now = now_ms();

	if (watch->phase == WATCHING && watch->task_ended) {
		watch->phase = SETTLING;
		watch->until_ms = now + SETTLE_MS;
	}
	if (watch->phase == SETTLING && now >= watch->until_ms)
		begin_ending(watch);
	if (watch->phase == ENDING && now >= watch->until_ms) {
		watch->phase = KILLING;
		watch->killing_since_ms = now;
	}
	if (watch->phase == KILLING) {
		signal_all(watch, SIGKILL);
		watch->until_ms = now + REPEAT_MS;
		if (!watch->told && now - watch->killing_since_ms >= HOPELESS_MS) {
			tell(CONTROL, &watch->end);
			watch->told = true;
		}
	}
}

/* A byte asks to stop; the end of the channel means that the driver is no more. */
static void hear_driver(struct watch *watch, int *control)
{
	char byte;
	ssize_t got = recv(CONTROL, &byte, 1, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0)
		*control = -1; /* it stays readable, and has no more to say */
	begin_ending(watch);
}

static void hear_signals(struct watch *watch)
{
	struct signalfd_siginfo received;

	while (read(watch->signals, &received, sizeof received) > 0)
		;
	/* SIGHUP: the thread that made us has ended; does its process live? A copy of
	 * the channel in another child of the host would hide its end. */
	if (getppid() != watch->guard->driver)
		begin_ending(watch);
}

static void watch_task(struct watch *watch)
{
	struct pollfd heard[] = {
		{.fd = CONTROL, .events = POLLIN},
		{.fd = watch->signals, .events = POLLIN},
		{.fd = watch->started, .events = POLLIN},
	};

	for (;;) {
		int64_t left_ms;
		int timeout_ms;

		collect_children(watch);
		if (watch->task_ended && watch->started >= 0)
			hear_start(watch);
		if (watch->alone)
			return;
		advance(watch);

		left_ms = watch->until_ms - now_ms();
		timeout_ms = watch->phase == WATCHING ? -1 : left_ms > 0 ? (int)left_ms : 0;
		heard[2].fd = watch->started;
		if (poll(heard, 3, timeout_ms) <= 0)
			continue;
		if (heard[0].revents != 0)
			hear_driver(watch, &heard[0].fd);
		if (heard[1].revents != 0)
			hear_signals(watch);
		if (heard[2].revents != 0)
			hear_start(watch);
	}
}

_Noreturn void hpo__guardian_run(const struct hpo_guard *guard)
{
	struct watch watch = {.guard = guard, .started = -1};

	setsid(); /* the terminal's signals are for the driver */
	reset_signals();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	order_descriptors(guard);
	set_title(guard->plan->title);

	start_task(&watch);
	watch_task(&watch);
	if (!watch.told)
		tell(CONTROL, &watch.end);
	_exit(0);
}
