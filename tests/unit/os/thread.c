/*
 * Threads, conditions and wakers.
 */
#include "os/thread.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

struct meeting {
	struct hpo_lock lock;
	struct hpo_event arrived;
	bool there;
	sigset_t mask;
};

static void *arrive(void *argument)
{
	struct meeting *meeting = argument;

	hpo__lock_take(&meeting->lock);
	pthread_sigmask(SIG_SETMASK, NULL, &meeting->mask);
	meeting->there = true;
	hpo__event_broadcast(&meeting->arrived);
	hpo__lock_drop(&meeting->lock);
	return NULL;
}

static bool is_readable(int fd)
{
	struct pollfd wanted = {.fd = fd, .events = POLLIN};

	return poll(&wanted, 1, 0) == 1;
}

START_TEST(a_condition_wakes_the_one_who_waits)
{
	struct meeting meeting = {.there = false};
	struct hpo_thread thread;

	ck_assert_int_eq(hpo__lock_init(&meeting.lock), HPO_OK);
	ck_assert_int_eq(hpo__event_init(&meeting.arrived), HPO_OK);
	hpo__lock_take(&meeting.lock);
	ck_assert_int_eq(hpo__thread_start(&thread, arrive, &meeting), HPO_OK);
	while (!meeting.there)
		ck_assert(hpo__event_wait(&meeting.arrived, &meeting.lock, 60.0));
	hpo__lock_drop(&meeting.lock);
	hpo__thread_join(&thread);

	ck_assert(sigismember(&meeting.mask, SIGINT) == 1);
	ck_assert(sigismember(&meeting.mask, SIGTERM) == 1);
	hpo__event_release(&meeting.arrived);
	hpo__lock_release(&meeting.lock);
}
END_TEST

START_TEST(starting_a_thread_leaves_the_mask_of_the_host)
{
	struct meeting meeting = {.there = false};
	struct hpo_thread thread;
	sigset_t after;

	ck_assert_int_eq(hpo__lock_init(&meeting.lock), HPO_OK);
	ck_assert_int_eq(hpo__event_init(&meeting.arrived), HPO_OK);
	ck_assert_int_eq(hpo__thread_start(&thread, arrive, &meeting), HPO_OK);
	hpo__thread_join(&thread);
	pthread_sigmask(SIG_SETMASK, NULL, &after);

	ck_assert_int_eq(sigismember(&after, SIGINT), 0);
	hpo__event_release(&meeting.arrived);
	hpo__lock_release(&meeting.lock);
}
END_TEST

START_TEST(a_wait_ends_at_its_timeout)
{
	struct meeting meeting = {.there = false};
	bool woken;

	ck_assert_int_eq(hpo__lock_init(&meeting.lock), HPO_OK);
	ck_assert_int_eq(hpo__event_init(&meeting.arrived), HPO_OK);
	hpo__lock_take(&meeting.lock);
	do {
		woken = hpo__event_wait(&meeting.arrived, &meeting.lock, 0.001);
	} while (woken); /* a spurious wake is legal */
	hpo__lock_drop(&meeting.lock);

	ck_assert(!woken);
	hpo__event_release(&meeting.arrived);
	hpo__lock_release(&meeting.lock);
}
END_TEST

START_TEST(a_waker_is_readable_from_set_to_clear)
{
	struct hpo_waker waker;

	ck_assert_int_eq(hpo__waker_init(&waker), HPO_OK);
	ck_assert(!is_readable(waker.read_fd));

	hpo__waker_set(&waker);
	hpo__waker_set(&waker);
	ck_assert(is_readable(waker.read_fd));

	hpo__waker_clear(&waker);
	ck_assert(!is_readable(waker.read_fd));
	hpo__waker_clear(&waker); /* does not block */
	hpo__waker_release(&waker);
	ck_assert_int_eq(waker.read_fd, -1);
}
END_TEST

Suite *unit_os_thread(void);
Suite *unit_os_thread(void)
{
	Suite *suite = suite_create("os/thread");
	TCase *cases = tcase_create("thread");

	tcase_add_test(cases, a_condition_wakes_the_one_who_waits);
	tcase_add_test(cases, starting_a_thread_leaves_the_mask_of_the_host);
	tcase_add_test(cases, a_wait_ends_at_its_timeout);
	tcase_add_test(cases, a_waker_is_readable_from_set_to_clear);
	suite_add_tcase(suite, cases);
	return suite;
}
