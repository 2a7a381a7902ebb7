/*
 * Child processes that do not outlive us, with all that descends from them.
 *
 * Each has a guardian, a process of its own between us and it. The guardian
 * adopts what the task leaves behind; when it is asked to, when the task ends or when
 * we die, it ends every descendant: SIGTERM, a time of grace, SIGKILL.
 * The host sees neither SIGCHLD nor an unknown child in wait(): guardians are
 * made without an exit signal.
 */
#ifndef HPO_OS_PROCESS_H
#define HPO_OS_PROCESS_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct hpo_process_plan {
	const char *path;  /* the file to execute, absolute unless cwd is NULL */
	char *const *argv; /* ended by NULL */
	char *const *envp; /* ended by NULL */
	const char *cwd;   /* or NULL: ours */
	const char *title; /* what ps shows for the guardian */
	double grace_s;
};

/* The descriptor on which the task finds its report channel, a stream socket. */
enum { HPO__REPORT_FD = 3 };

struct hpo_process {
	pid_t guardian; /* 0: none, or reaped */
	pid_t main;	/* the task, 0 until it is known */
	int out, err;	/* what it prints; non-blocking, -1 when closed. So are the next two */
	int report;
	int control;
};

#define HPO__PROCESS_INIT                                                                          \
	{                                                                                          \
		0, 0, -1, -1, -1, -1                                                               \
	}

enum hpo_news_kind {
	HPO__NEWS_NONE,	   /* nothing yet */
	HPO__NEWS_BORN,	   /* its process exists and is about to execute; never handed out */
	HPO__NEWS_STARTED, /* it executes */
	HPO__NEWS_REFUSED, /* it could not be executed: `error` says why */
	HPO__NEWS_ENDED,   /* it and all its descendants are gone */
	HPO__NEWS_GONE	   /* the guardian was killed before it could tell */
};

struct hpo_news {
	enum hpo_news_kind kind;
	int error;	 /* an errno */
	int wait_status; /* as wait() gives it */
	pid_t main;	 /* of BORN */
	double cpu_s;
	int64_t memory_bytes; /* the largest resident size */
};

/* HPO_EBACKEND, with nothing left open, if descriptors or processes are short. */
hpo_status_t hpo__process_start(struct hpo_process *process, const struct hpo_process_plan *plan,
				hpo_error_t *error);

/* The next piece of news; does not wait. */
struct hpo_news hpo__process_hear(struct hpo_process *process);

/* Ask the guardian to end the task; the news will tell. */
void hpo__process_terminate(struct hpo_process *process);

/* End it without the guardian's help, when that does not answer. */
void hpo__process_kill(struct hpo_process *process);

/* Collect the guardian if it has ended: true when there is none left. `wait` waits for it. */
bool hpo__process_reap(struct hpo_process *process, bool wait);

/* Close the descriptors. */
void hpo__process_close(struct hpo_process *process);

#endif
