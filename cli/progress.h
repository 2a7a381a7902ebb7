/*
 * How a run shows itself on standard error: one line that is drawn again and
 * again on a terminal, plain lines elsewhere.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "command.h"

#include <pthread.h>

struct progress {
	pthread_mutex_t lock; /* guards the fields below: log lines come from any thread */
	bool is_terminal;
	bool is_utf8; /* the locale can show the bar's blocks */
	bool is_quiet;
	bool is_shown; /* the line is on the screen now */
	double drawn;  /* when, in seconds on the monotonic clock; 0: never */
};

void progress_init(struct progress *progress, bool is_quiet);

/* Draw the line, unless it was drawn less than a tenth of a second ago or there is no terminal. */
void progress_draw(struct progress *progress, hpo_optimizer_t *optimizer);

/* Whether a drawing is due. */
bool progress_is_due(const struct progress *progress);

/* Take the line away. */
void progress_clear(struct progress *progress);

/* Print a line of its own, made harmless, with the drawn line out of its way. */
void progress_line(struct progress *progress, const char *text);

/*
 * The line itself, of at most `width` cells (at least 1): what matters most is
 * kept when not everything fits. Pure.
 */
void progress_format(char *out, size_t size, const hpo_progress_t *state, int width, bool is_utf8);

#endif
