/*
 * A clock that stands still until a test moves it.
 */
#ifndef HPO_TESTS_SUPPORT_CLOCK_H
#define HPO_TESTS_SUPPORT_CLOCK_H

/* Put the fake clock in place, all three showing `now_s`; and give the real ones back. */
void hpo_test_clock_install(double now_s);
void hpo_test_clock_remove(void);

/* Let time pass on all three. */
void hpo_test_clock_advance(double seconds);

/* Set the wall clock alone, as an administrator or a time server does. */
void hpo_test_clock_set_wall(double now_s);

#endif
