/*
 * Report lines: what a task prints to tell a metric. Either a JSON object,
 *
 *     {"iteration": 3, "validation/accuracy": 0.93}
 *
 * whose members that are numbers are metrics (NaN and Infinity included, as
 * Python prints them), or nothing but name=value tokens,
 *
 *     iteration=3 validation/accuracy=0.93
 *
 * Anything else is not a report.
 */
#ifndef HPO_BACKEND_LINES_H
#define HPO_BACKEND_LINES_H

#include <stddef.h>
#include <stdint.h>

/* One metric; iteration is -1 when the line does not say. `metric` is borrowed for the call. */
typedef void (*hpo_line_fn)(void *user, int64_t iteration, const char *metric, double value);

/*
 * Read one line of `size` bytes, its newline left off; line[size] must be
 * writable. The line is used as working memory. Returns how many metrics it
 * told, in their order; 0 if it is not a report, and then fn was not called.
 */
size_t hpo__line_read(char *line, size_t size, hpo_line_fn fn, void *user);

#endif
