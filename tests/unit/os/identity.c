/*
 * Identity: whether a process that left its name still lives.
 */
#include "os/identity.h"

#include <check.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that has told who it is and waits until `release` is closed. */
static pid_t start_child(struct hpo_identity *who, int *release)
{
	int told[2];
	int held[2];
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(told), 0);
	ck_assert_int_eq(pipe(held), 0);
	pid = fork();
	if (pid == 0) {
		struct hpo_identity self;

		close(held[1]);
		hpo__identity_self(&self);
		if (write(told[1], &self, sizeof self) != (ssize_t)sizeof self)
			_exit(1);
		_exit(read(held[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(told[1]);
	close(held[0]);
	ck_assert_int_eq(read(told[0], who, sizeof *who), (ssize_t)sizeof *who);
	close(told[0]);
	*release = held[1];
	return pid;
}

START_TEST(this_process_lives)
{
	struct hpo_identity self;

	hpo__identity_self(&self);

	ck_assert_int_eq(self.pid, getpid());
	ck_assert_int_gt(self.started, 0);
	ck_assert_int_ne(self.host[0], '\0');
	ck_assert_int_ne(self.boot[0], '\0');
	ck_assert_int_eq(hpo__identity_check(&self), HPO__LIVES);
}
END_TEST

START_TEST(a_child_lives_until_it_ends_even_as_a_zombie)
{
	struct hpo_identity child;
	siginfo_t ended;
	int release;
	pid_t pid = start_child(&child, &release);

	ck_assert_int_eq(child.pid, pid);
	ck_assert_int_eq(hpo__identity_check(&child), HPO__LIVES);

	close(release);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(hpo__identity_check(&child), HPO__DEAD);

	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(hpo__identity_check(&child), HPO__DEAD);
}
END_TEST

START_TEST(a_later_process_of_the_same_number_is_another)
{
	struct hpo_identity earlier;

	hpo__identity_self(&earlier);
	earlier.started--;

	ck_assert_int_eq(hpo__identity_check(&earlier), HPO__DEAD);
}
END_TEST

START_TEST(nothing_survives_a_boot)
{
	struct hpo_identity earlier;

	hpo__identity_self(&earlier);
	snprintf(earlier.boot, sizeof earlier.boot, "00000000-0000-0000-0000-000000000000");

	ck_assert_int_eq(hpo__identity_check(&earlier), HPO__DEAD);
}
END_TEST

START_TEST(of_another_machine_nothing_is_known)
{
	struct hpo_identity elsewhere;

	hpo__identity_self(&elsewhere);
	snprintf(elsewhere.host, sizeof elsewhere.host, "a-machine-of-another-name");

	ck_assert_int_eq(hpo__identity_check(&elsewhere), HPO__UNKNOWN);
}
END_TEST

Suite *unit_os_identity(void);
Suite *unit_os_identity(void)
{
	Suite *suite = suite_create("os/identity");
	TCase *cases = tcase_create("identity");

	tcase_add_test(cases, this_process_lives);
	tcase_add_test(cases, a_child_lives_until_it_ends_even_as_a_zombie);
	tcase_add_test(cases, a_later_process_of_the_same_number_is_another);
	tcase_add_test(cases, nothing_survives_a_boot);
	tcase_add_test(cases, of_another_machine_nothing_is_known);
	suite_add_tcase(suite, cases);
	return suite;
}
