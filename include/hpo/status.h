/**
 * @file
 * Status codes, error texts and memory: what every other header builds on.
 */
#ifndef HPO_STATUS_H
#define HPO_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define HPO_API __attribute__((visibility("default")))
#else
#define HPO_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Every status with its number and its phrase. Zero is success, positive is an
 * answer that is not a failure, negative is a failure.
 */
#define HPO_STATUS_LIST(X)                                                        \
	X(HPO_DONE, 3, "a limit of the study is reached, or it was stopped")      \
	X(HPO_EXHAUSTED, 2, "the search space holds no further point")            \
	X(HPO_WAIT, 1, "nothing to give until a running trial is told")           \
	X(HPO_OK, 0, "success")                                                   \
	X(HPO_ENOMEM, -1, "out of memory")                                        \
	X(HPO_EINVAL, -2, "invalid argument")                                     \
	X(HPO_EUSER, -3, "a callback asked to stop")                              \
	X(HPO_ESTORE, -4, "the store could not be read or written")               \
	X(HPO_ENOTFOUND, -5, "no such study or trial")                            \
	X(HPO_EMISMATCH, -6, "the study exists with another definition")          \
	X(HPO_EBACKEND, -7, "the backend could not run a task")                   \
	X(HPO_EUNSUPPORTED, -8, "left out of this build")

/** The outcome of a call: test `status < 0` for failure. */
typedef enum hpo_status {
#define HPO_STATUS_ENUM(name, number, phrase) name = number,
	HPO_STATUS_LIST(HPO_STATUS_ENUM)
#undef HPO_STATUS_ENUM
} hpo_status_t;

/**
 * What went wrong, for the person who must fix it. Owned by the caller, fixed
 * size, never allocated. Every call that takes one clears it first; NULL is
 * always allowed.
 */
typedef struct hpo_error {
	int32_t code;      /**< an hpo_status_t; HPO_OK when nothing went wrong */
	char message[508]; /**< one sentence, UTF-8, always terminated */
} hpo_error_t;

/**
 * The fixed phrase of a status.
 *
 * @param status  any hpo_status_t.
 * @return a static string; "unknown status" for a number not in the list.
 *
 * Threads: any. Since 0.1.
 */
HPO_API const char *hpo_status_text(hpo_status_t status);

/**
 * Free a `char *` that a call of this library returned.
 *
 * @param memory  what was returned, or NULL.
 *
 * Threads: any. Since 0.1.
 */
HPO_API void hpo_free(void *memory);

/** How much a log line matters. */
typedef enum hpo_log_level {
	HPO_LOG_DEBUG = 0,
	HPO_LOG_INFO = 1,
	HPO_LOG_WARNING = 2,
	HPO_LOG_ERROR = 3
} hpo_log_level_t;

/**
 * Receives the library's log lines; the library itself never prints.
 *
 * It runs on whichever thread has something to say, with no lock held, and
 * must not call back into the handle that it was given to.
 *
 * @param level    how much it matters.
 * @param message  one line without a newline, borrowed for the call.
 * @param user     what was registered with the callback.
 */
typedef void (*hpo_log_fn)(hpo_log_level_t level, const char *message, void *user);

#ifdef __cplusplus
}
#endif
#endif
