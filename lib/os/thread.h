/*
 * Locks, condition variables and threads: pthreads, with errors that cannot
 * happen asserted away.
 */
#ifndef HPO_OS_THREAD_H
#define HPO_OS_THREAD_H

#include "hpo/status.h"

#include <pthread.h>
#include <stdbool.h>

struct hpo_lock { pthread_mutex_t mutex; };
struct hpo_event { pthread_cond_t cond; };
struct hpo_thread { pthread_t id; };

hpo_status_t hpo__lock_init(struct hpo_lock *lock);
void hpo__lock_release(struct hpo_lock *lock);
void hpo__lock_take(struct hpo_lock *lock);
void hpo__lock_drop(struct hpo_lock *lock);

hpo_status_t hpo__event_init(struct hpo_event *event);
void hpo__event_release(struct hpo_event *event);
/* Wait until signalled, or timeout_s on the monotonic clock (negative: for ever). False on timeout. */
bool hpo__event_wait(struct hpo_event *event, struct hpo_lock *lock, double timeout_s);
void hpo__event_signal(struct hpo_event *event);
void hpo__event_broadcast(struct hpo_event *event);

/* Start a thread with all signals blocked: they belong to the host's threads. */
hpo_status_t hpo__thread_start(struct hpo_thread *thread, void *(*run)(void *), void *argument);
void hpo__thread_join(struct hpo_thread *thread);

/*
 * A waker: a descriptor that becomes readable when somebody, a signal handler
 * included, has called set().
 */
struct hpo_waker { int read_fd, write_fd; };
hpo_status_t hpo__waker_init(struct hpo_waker *waker);
void hpo__waker_release(struct hpo_waker *waker);
void hpo__waker_set(const struct hpo_waker *waker);
void hpo__waker_clear(const struct hpo_waker *waker);

#endif
