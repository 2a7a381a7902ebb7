/*
 * The process that stands between a driver and its task: it notices the end of
 * either, leaves no descendant behind, and tells how it went.
 */
#ifndef HPO_OS_GUARDIAN_H
#define HPO_OS_GUARDIAN_H

#include "os/process.h"

/* What it needs, all of it in memory before it is forked. */
struct hpo_guard {
	const struct hpo_process_plan *plan;
	char *const *shell_argv; /* "/bin/sh", path, arguments: for a script without "#!" */
	int out, err, report;	 /* the task's ends */
	int control; /* to the driver: a byte asks to stop, its end means the driver died */
	pid_t driver;
};

/* Never returns. All signals are blocked when it is called. */
_Noreturn void hpo__guardian_run(const struct hpo_guard *guard);

#endif
