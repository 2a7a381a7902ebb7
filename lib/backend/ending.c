/*
 * How a process ended, in words.
 */
#include "backend/ending.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* strsignal() speaks the host's language. */
static const char *signal_name(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},
		{SIGILL, "SIGILL"},   {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
		{SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"},
		{SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
		{SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},
		{SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}, {SIGSYS, "SIGSYS"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].number == number)
			return names[i].name;
	return "a signal of its own";
}

hpo_task_state_t hpo__ending_describe(const struct hpo_news *news, char *reason, size_t room)
{
	int status = news->wait_status;

	if (news->kind == HPO__NEWS_GONE) {
		snprintf(reason, room, "its guardian process was killed");
		return HPO_TASK_LOST;
	}
	if (news->kind == HPO__NEWS_REFUSED) {
		snprintf(reason, room, "cannot be executed: %s", strerror(news->error));
		return HPO_TASK_FAILED;
	}
	if (WIFSIGNALED(status)) {
		snprintf(reason, room, "killed by signal %d (%s)", WTERMSIG(status),
			 signal_name(WTERMSIG(status)));
		return HPO_TASK_FAILED;
	}
	if (WEXITSTATUS(status) != 0) {
		snprintf(reason, room, "exit status %d", WEXITSTATUS(status));
		return HPO_TASK_FAILED;
	}
	return HPO_TASK_COMPLETED;
}
