/*
 * Filling in an hpo_error_t. The first failure wins: a later one while
 * unwinding does not overwrite the cause.
 */
#ifndef HPO_BASE_ERROR_H
#define HPO_BASE_ERROR_H

#include "hpo/status.h"

#if defined(__GNUC__)
#define HPO__PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define HPO__PRINTF(text, first)
#endif

/* Record `status` and a sentence unless `error` is NULL or holds one already. Returns `status`. */
hpo_status_t hpo__fail(hpo_error_t *error, hpo_status_t status, const char *format, ...)
	HPO__PRINTF(3, 4);

/* "out of memory", HPO_ENOMEM. */
hpo_status_t hpo__fail_memory(hpo_error_t *error);

/*
 * Put words before the sentence that is there: "reading 'a.json': …". Returns
 * its code, and HPO_EINVAL when `error` is NULL and the code thus unknown.
 */
hpo_status_t hpo__fail_within(hpo_error_t *error, const char *format, ...) HPO__PRINTF(2, 3);

/* Forget what was there: the first act of every public call that takes an error. */
void hpo__error_clear(hpo_error_t *error);

#endif
