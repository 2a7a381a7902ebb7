/*
 * The processes below this one, whatever group or session they moved to.
 */
#ifndef HPO_OS_DESCENDANT_H
#define HPO_OS_DESCENDANT_H

#include <sys/types.h>

/*
 * Send a signal to every descendant but the members of process group
 * `skip_group` (0: to all). One that is born meanwhile may be missed: repeat
 * until wait() finds no child. Async-signal-safe.
 */
void hpo__descendants_signal(int signal, pid_t skip_group);

#endif
