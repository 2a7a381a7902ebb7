/*
 * Numbers as text, the same in every locale of the host.
 */
#ifndef HPO_BASE_NUMBER_H
#define HPO_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HPO__NUMBER_SIZE = 32 };

/*
 * The shortest decimal that reads back as `value`: "0.1", "1e-05"; 64.0 is
 * "64". (At some powers of two it is one digit longer than it could be.) Not
 * finite: "nan", "inf", "-inf". Returns its length.
 */
size_t hpo__format_real(double value, char text[HPO__NUMBER_SIZE]);

/*
 * Read all of `text` as a real (nan, inf, infinity and signs included, hex not)
 * or an integer. False if it is empty, has anything before or after, or is too
 * large; a real that is too small becomes a subnormal or 0.
 */
bool hpo__parse_real(const char *text, double *out);
bool hpo__parse_integer(const char *text, int64_t *out);

/* As hpo__parse_real() for the longest leading number; *used is its length, 0 for none. */
double hpo__scan_real(const char *text, size_t *used);

#endif
