/*
 * Log lines on their way to the host's callback.
 */
#ifndef HPO_OS_LOG_H
#define HPO_OS_LOG_H

#include "base/error.h"

struct hpo_log {
	hpo_log_fn fn; /* NULL: nowhere */
	void *user;
};

/* Format one line and hand it over. Long lines are cut at 1,000 bytes. */
void hpo__log(const struct hpo_log *log, hpo_log_level_t level, const char *format, ...)
	HPO__PRINTF(3, 4);

#endif
