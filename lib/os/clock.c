/*
 * The three clocks, over clock_gettime().
 */
#include "os/clock.h"

#include <assert.h>
#include <stddef.h>
#include <time.h>

static double (*replacement)(int which);

static double read_clock(clockid_t id)
{
	struct timespec now;
	int status = clock_gettime(id, &now);

	assert(status == 0);
	(void)status;
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double hpo__clock_monotonic(void)
{
	return replacement != NULL ? replacement(0) : read_clock(CLOCK_MONOTONIC);
}

double hpo__clock_boot(void)
{
	return replacement != NULL ? replacement(1) : read_clock(CLOCK_BOOTTIME);
}

double hpo__clock_wall(void)
{
	return replacement != NULL ? replacement(2) : read_clock(CLOCK_REALTIME);
}

void hpo__clock_replace(double (*clock)(int which))
{
	replacement = clock;
}
