/*
 * What a run came to, for people and as JSON.
 */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include "command.h"

struct result {
	json_t *study;           /* its definition; owned */
	char *best_text;         /* as the library says it; NULL for none; owned */
	json_t *best;            /* the same: a trial, or for several objectives a list; owned */
	hpo_progress_t progress; /* at the end */
	const char *ended;       /* "finished", "exhausted", "interrupted" or "failed" */
	const hpo_error_t *error; /* what failed, or NULL */
};

/* Ask an optimizer how its run came out. Release also after a failure. */
bool result_init(struct result *result, hpo_optimizer_t *optimizer, hpo_error_t *error);
void result_release(struct result *result);

/* Print it on standard output. */
void result_print(const struct result *result);
void result_print_json(const struct result *result);

/* "trial 17 completed 0.0312 (best) lr=0.01 layers=2"; free with free(). */
char *trial_line(const json_t *trial, bool is_best);

#endif
