/*
 * Waiting for a backend, and clones that are ended or forgotten meanwhile.
 */
#include "contract/backend.h"

#include <poll.h>

START_TEST(a_poll_returns_when_woken)
{
	double start_s;
	struct rig rig;

	open_process(&rig, "sleep 1000", "");
	start_clone(&rig);
	poll_once(&rig, LIMIT_MS); /* it runs now */
	rig.ops->wake(rig.state);
	start_s = now_s();
	poll_once(&rig, 1000 * HANGS_S);

	ck_assert_double_lt(now_s() - start_s, HANGS_S / 2);
	close_rig(&rig);
}
END_TEST

START_TEST(a_descriptor_is_readable_when_there_is_something_to_tell)
{
	struct pollfd wanted = {.events = POLLIN};
	struct rig rig;

	open_process(&rig, "read wait; echo loss=1", "");
	wanted.fd = rig.ops->descriptor(rig.state);
	start_clone(&rig);

	ck_assert_int_eq(poll(&wanted, 1, 1000 * HANGS_S), 1);
	close_rig(&rig);
}
END_TEST

START_TEST(a_clone_that_was_never_enqueued_is_aborted_at_once)
{
	struct rig rig;

	open_process(&rig, "echo loss=1", "");
	add_clone(&rig);
	poll_once(&rig, 0);
	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_QUEUED);
	rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL);
	poll_once(&rig, 0);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_ABORTED);
	close_rig(&rig);
}
END_TEST

START_TEST(a_forgotten_clone_is_no_more)
{
	struct rig rig;

	open_process(&rig, "sleep 1000", "");
	start_clone(&rig);
	rig.ops->forget(rig.state, &rig.ids[0]);
	poll_once(&rig, 0);

	ck_assert_int_eq(rig.heard[0].state, HPO_TASK_LOST);
	ck_assert_int_eq(rig.ops->abort(rig.state, &rig.ids[0], LIMIT_MS, NULL), HPO_ENOTFOUND);
	close_rig(&rig);
}
END_TEST

Suite *contract_backend_poll(void);
Suite *contract_backend_poll(void)
{
	Suite *suite = suite_create("contract/backend_poll");
	TCase *tests = tcase_create("poll");

	tcase_set_timeout(tests, 60); /* times the multiplier: more than HANGS_S */
	tcase_add_test(tests, a_poll_returns_when_woken);
	tcase_add_test(tests, a_descriptor_is_readable_when_there_is_something_to_tell);
	tcase_add_test(tests, a_clone_that_was_never_enqueued_is_aborted_at_once);
	tcase_add_test(tests, a_forgotten_clone_is_no_more);
	suite_add_tcase(suite, tests);
	return suite;
}
