/*
 * Log lines on their way to the host's callback.
 */
#include "os/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE = 1001 };

void hpo__log(const struct hpo_log *log, hpo_log_level_t level, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;

	if (log == NULL || log->fn == NULL)
		return;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);

	/* The callback is promised one line, and a path or a foreign message may hold several. */
	for (char *c = line; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	log->fn(level, line, log->user);
}
