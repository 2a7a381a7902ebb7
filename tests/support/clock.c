/*
 * A clock that stands still until a test moves it. It may be read by any
 * thread, and is moved by the test's own.
 */
#include "support/clock.h"

#include "os/clock.h"

#include <stdatomic.h>
#include <stddef.h>

enum { WALL = 2, CLOCKS = 3 };

static _Atomic double times[CLOCKS];

static double read_clock(int which)
{
	return atomic_load(&times[which]);
}

void hpo_test_clock_install(double now_s)
{
	for (int i = 0; i < CLOCKS; i++)
		atomic_store(&times[i], now_s);
	hpo__clock_replace(read_clock);
}

void hpo_test_clock_remove(void)
{
	hpo__clock_replace(NULL);
}

void hpo_test_clock_advance(double seconds)
{
	for (int i = 0; i < CLOCKS; i++)
		atomic_store(&times[i], atomic_load(&times[i]) + seconds);
}

void hpo_test_clock_set_wall(double now_s)
{
	atomic_store(&times[WALL], now_s);
}
