/*
 * Dates as a ClearML server writes them (ISO 8601, in the form of Python's
 * isoformat()), read without the host's time zone.
 */
#include "backend/clearml/dates.h"

#include <stddef.h>
#include <stdint.h>

/* Exactly `count` digits; false when there are fewer. */
static bool read_digits(const char **at, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		const char c = (*at)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*at += count;
	*out = value;
	return true;
}

static bool read_mark(const char **at, char mark)
{
	if (**at != mark)
		return false;
	(*at)++;
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970-01-01 to a day of the Gregorian calendar, whose year is at least 1. */
static int64_t count_days(int year, int month, int day)
{
	const int64_t past = year - 1;
	int64_t days = past * 365 + past / 4 - past / 100 + past / 400 - 719162;

	for (int i = 1; i < month; i++)
		days += days_of_month(year, i);
	return days + day - 1;
}

static bool read_day(const char **at, int64_t *days)
{
	int year, month, day;

	if (!read_digits(at, 4, &year) || !read_mark(at, '-') || !read_digits(at, 2, &month) ||
	    !read_mark(at, '-') || !read_digits(at, 2, &day))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
		return false;
	*days = count_days(year, month, day);
	return true;
}

/* A second of 60 is a leap second, which the count of seconds does not know. */
static bool read_time(const char **at, int *seconds)
{
	int hour, minute, second;

	if (!read_digits(at, 2, &hour) || !read_mark(at, ':') || !read_digits(at, 2, &minute) ||
	    !read_mark(at, ':') || !read_digits(at, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*seconds = hour * 3600 + minute * 60 + second;
	return true;
}

/* Of digits after the point, as many as there are; 0 without a point. */
static bool read_fraction(const char **at, double *fraction)
{
	double unit = 1.0, value = 0.0;
	int digit;

	*fraction = 0.0;
	if (!read_mark(at, '.'))
		return true;
	if (**at < '0' || **at > '9')
		return false;
	while (read_digits(at, 1, &digit)) {
		if (unit > 1e12)
			continue; /* far below what a double of seconds tells apart */
		unit *= 10.0;
		value = value * 10.0 + digit;
	}
	*fraction = value / unit;
	return true;
}

/* Seconds east of UTC: Z, +hh:mm, +hhmm, or nothing for UTC. */
static bool read_zone(const char **at, int *seconds)
{
	const bool west = **at == '-';
	int hours, minutes;

	*seconds = 0;
	if (**at == '\0' || read_mark(at, 'Z'))
		return true;
	if (!west && **at != '+')
		return false;
	(*at)++;
	if (!read_digits(at, 2, &hours))
		return false;
	read_mark(at, ':');
	if (!read_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = hours * 3600 + minutes * 60;
	if (west)
		*seconds = -*seconds;
	return true;
}

bool hpo__clearml_date(const char *text, double *seconds)
{
	int64_t days;
	int second, zone;
	double fraction;

	if (text == NULL || !read_day(&text, &days))
		return false;
	if (!read_mark(&text, 'T') && !read_mark(&text, ' '))
		return false;
	if (!read_time(&text, &second) || !read_fraction(&text, &fraction) ||
	    !read_zone(&text, &zone) || *text != '\0')
		return false;
	*seconds = (double)(days * 86400 + second - zone) + fraction;
	return true;
}
