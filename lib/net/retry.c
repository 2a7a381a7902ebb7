/*
 * The retry rule.
 *
 * What may be sent only once is sent again only if nothing can have been
 * carried out: no connection came about, or the server said "not now" (429,
 * 503). A gateway that gave up (502, 504) may have passed the request on.
 */
#include "net/retry.h"

#include <math.h>
#include <string.h>

static const double first_wait_s = 0.25;
static const double longest_wait_s = 30.0;

bool hpo__retry_is_transient(int status)
{
	return status == 429 || status == 502 || status == 503 || status == 504 || status == 509;
}

static bool may_repeat(const struct hpo_retry_case *outcome)
{
	if (outcome->repeat == HPO__HTTP_REPEAT)
		return true;
	if (outcome->status == 0)
		return !outcome->sent;
	return outcome->status == 429 || outcome->status == 503;
}

double hpo__retry_wait(const struct hpo_retry_case *outcome)
{
	double wait_s;

	if (outcome->status != 0 && !outcome->wanted && !hpo__retry_is_transient(outcome->status))
		return -1.0;
	if (!may_repeat(outcome))
		return -1.0;
	wait_s = fmin(longest_wait_s,
		      ldexp(first_wait_s, outcome->count < 10 ? outcome->count : 10));
	/* A server that asks for more time than that gets it in several steps. */
	return fmax(wait_s, fmin(outcome->retry_after_s, longest_wait_s));
}

double hpo__retry_after(const char *text)
{
	double seconds = 0.0;
	size_t digits;

	text += strspn(text, " \t");
	digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 9 || text[digits + strspn(text + digits, " \t\r\n")] != '\0')
		return -1.0;
	for (size_t i = 0; i < digits; i++)
		seconds = 10.0 * seconds + (text[i] - '0');
	return seconds;
}
