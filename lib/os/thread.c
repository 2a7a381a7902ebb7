/*
 * Locks, condition variables, threads and wakers, over pthreads and eventfd.
 */
#include "os/thread.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* A wait this long is for ever; beyond it time_t could overflow on small machines. */
static const double longest_wait_s = 1e8;

/* For calls that can fail only by a mistake of ours. */
static void must(int error)
{
	assert(error == 0);
	(void)error;
}

hpo_status_t hpo__lock_init(struct hpo_lock *lock)
{
	return pthread_mutex_init(&lock->mutex, NULL) == 0 ? HPO_OK : HPO_ENOMEM;
}

void hpo__lock_release(struct hpo_lock *lock)
{
	must(pthread_mutex_destroy(&lock->mutex));
}

void hpo__lock_take(struct hpo_lock *lock)
{
	must(pthread_mutex_lock(&lock->mutex));
}

void hpo__lock_drop(struct hpo_lock *lock)
{
	must(pthread_mutex_unlock(&lock->mutex));
}

hpo_status_t hpo__event_init(struct hpo_event *event)
{
	pthread_condattr_t attributes;
	int error;

	if (pthread_condattr_init(&attributes) != 0)
		return HPO_ENOMEM;

	must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
	error = pthread_cond_init(&event->cond, &attributes);
	must(pthread_condattr_destroy(&attributes));
	return error == 0 ? HPO_OK : HPO_ENOMEM;
}

void hpo__event_release(struct hpo_event *event)
{
	must(pthread_cond_destroy(&event->cond));
}

static struct timespec time_after(double timeout_s)
{
	const long second_ns = 1000000000L;
	struct timespec at;
	double whole_s = floor(timeout_s);

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)whole_s;
	at.tv_nsec += (long)((timeout_s - whole_s) * 1e9);
	if (at.tv_nsec >= second_ns) {
		at.tv_sec++;
		at.tv_nsec -= second_ns;
	}
	return at;
}

bool hpo__event_wait(struct hpo_event *event, struct hpo_lock *lock, double timeout_s)
{
	struct timespec until;
	int error;

	if (timeout_s < 0 || timeout_s > longest_wait_s) {
		must(pthread_cond_wait(&event->cond, &lock->mutex));
		return true;
	}

	until = time_after(timeout_s);
	error = pthread_cond_timedwait(&event->cond, &lock->mutex, &until);
	assert(error == 0 || error == ETIMEDOUT);
	return error == 0;
}

void hpo__event_signal(struct hpo_event *event)
{
	must(pthread_cond_signal(&event->cond));
}

void hpo__event_broadcast(struct hpo_event *event)
{
	must(pthread_cond_broadcast(&event->cond));
}

hpo_status_t hpo__thread_start(struct hpo_thread *thread, void *(*run)(void *), void *argument)
{
	sigset_t all;
	sigset_t before;
	int error;

	/* A thread inherits the mask of the one that starts it. */
	sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &before));
	error = pthread_create(&thread->id, NULL, run, argument);
	must(pthread_sigmask(SIG_SETMASK, &before, NULL));
	return error == 0 ? HPO_OK : HPO_ENOMEM;
}

void hpo__thread_join(struct hpo_thread *thread)
{
	must(pthread_join(thread->id, NULL));
}

hpo_status_t hpo__waker_init(struct hpo_waker *waker)
{
	/* One descriptor serves both ends. */
	waker->read_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	waker->write_fd = waker->read_fd;
	return waker->read_fd >= 0 ? HPO_OK : HPO_EBACKEND;
}

void hpo__waker_release(struct hpo_waker *waker)
{
	if (waker->read_fd >= 0)
		close(waker->read_fd);
	waker->read_fd = -1;
	waker->write_fd = -1;
}

void hpo__waker_set(const struct hpo_waker *waker)
{
	const uint64_t one = 1;
	int interrupted_errno = errno; /* we may be in a signal handler */
	ssize_t written;

	do {
		written = write(waker->write_fd, &one, sizeof one);
	} while (written < 0 && errno == EINTR);
	errno = interrupted_errno; /* a full counter is set already */
}

void hpo__waker_clear(const struct hpo_waker *waker)
{
	uint64_t count;
	ssize_t got;

	do {
		got = read(waker->read_fd, &count, sizeof count);
	} while (got < 0 && errno == EINTR);
}
