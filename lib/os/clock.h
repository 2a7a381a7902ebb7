/*
 * Clocks. Durations are measured on the monotonic clock only; the wall clock
 * is for people.
 */
#ifndef HPO_OS_CLOCK_H
#define HPO_OS_CLOCK_H

/* Seconds on a clock that never jumps; its zero means nothing. */
double hpo__clock_monotonic(void);

/* Seconds since the machine booted, sleep included. */
double hpo__clock_boot(void);

/* Seconds since 1970, as the machine believes. */
double hpo__clock_wall(void);

/*
 * Replace all three by a function of (which: 0, 1, 2); NULL restores them. For
 * tests, before any thread is started.
 */
void hpo__clock_replace(double (*clock)(int which));

#endif
