/*
 * Dates as a ClearML server writes them.
 */
#ifndef HPO_BACKEND_CLEARML_DATES_H
#define HPO_BACKEND_CLEARML_DATES_H

#include <stdbool.h>

/*
 * Seconds since 1970 of "2025-01-31T10:20:30.123000+00:00". The fraction may be absent; the zone
 * may be Z, any offset, or absent for UTC; a space may stand for the T. False, with *seconds as it
 * was, for anything else, and for NULL.
 */
bool hpo__clearml_date(const char *text, double *seconds);

#endif
