/*
 * Numbers as text, whatever locale the host has set: reading goes through a
 * locale of our own, and what printf writes for a decimal point is put right.
 */
#include "base/number.h"

#include "base/decimal.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static locale_t plain_locale;
static pthread_once_t plain_once = PTHREAD_ONCE_INIT;

static void make_plain_locale(void)
{
	plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static double read_double(const char *text)
{
	pthread_once(&plain_once, make_plain_locale);
	if (plain_locale == (locale_t)0)
		return strtod(text, NULL);
	return strtod_l(text, NULL, plain_locale);
}

/* Turn whatever stands between the digits, maybe several bytes long, into a point. */
static void put_point(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (strchr("0123456789+-e", *from) != NULL)
			*to++ = *from;
		else if (to == text || to[-1] != '.')
			*to++ = '.';
	}
	*to = '\0';
}

static size_t copy_word(char *text, const char *word)
{
	strcpy(text, word);
	return strlen(word);
}

size_t hpo__format_real(double value, char text[HPO__NUMBER_SIZE])
{
	/*
	 * Decimals of up to 15 digits survive a double, so that what 15 digits
	 * round to is the shortest if it reads back. Subnormals hold fewer.
	 */
	int digits = fabs(value) < 2.2250738585072014e-308 ? 1 : 15;
	size_t sign = value < 0 ? 1 : 0;
	size_t length = hpo__decimal_shortest(value, text + sign);

	if (length > 0) {
		if (sign > 0)
			*text = '-';
		return length + sign;
	}
	if (isnan(value))
		return copy_word(text, "nan");
	if (isinf(value))
		return copy_word(text, value > 0 ? "inf" : "-inf");

	for (; digits <= 17; digits++) {
		snprintf(text, HPO__NUMBER_SIZE, "%.*g", digits, value);
		put_point(text);
		if (digits == 17 || read_double(text) == value)
			break;
	}
	return strlen(text);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of a leading nan, inf or infinity, 0 when there is none. */
static size_t measure_word(const char *text)
{
	static const char *const words[] = { "infinity", "inf", "nan" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strncasecmp(text, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	}
	return 0;
}

/* The length of a leading decimal number without its sign, 0 when there is none. */
static size_t measure_decimal(const char *text)
{
	const char *c = text;
	const char *exponent;
	size_t digits = 0;

	for (; is_digit(*c); c++)
		digits++;
	if (*c == '.') {
		c++;
		for (; is_digit(*c); c++)
			digits++;
	}
	if (digits == 0)
		return 0;

	if (*c == 'e' || *c == 'E') {
		exponent = c + 1;
		if (*exponent == '+' || *exponent == '-')
			exponent++;
		if (is_digit(*exponent)) {
			while (is_digit(*exponent))
				exponent++;
			c = exponent;
		}
	}
	return (size_t)(c - text);
}

static double read_word(const char *text, bool negative)
{
	double value = (text[0] | 0x20) == 'n' ? (double)NAN : (double)INFINITY;

	return negative ? -value : value;
}

double hpo__scan_real(const char *text, size_t *used)
{
	bool negative = text[0] == '-';
	size_t sign = negative || text[0] == '+' ? 1 : 0;
	const char *start = text + sign;
	size_t length = measure_word(start);
	double value;

	*used = 0;
	if (length > 0) {
		*used = sign + length;
		return read_word(start, negative);
	}

	length = measure_decimal(start);
	if (length == 0)
		return 0;

	/* "0x1" is a zero and something after it; strtod would read it as hexadecimal. */
	value = length == 1 && start[0] == '0' ? 0 : read_double(start);
	if (isinf(value))
		return 0;
	*used = sign + length;
	return negative ? -value : value;
}

bool hpo__parse_real(const char *text, double *out)
{
	size_t used;
	double value = hpo__scan_real(text, &used);

	if (used == 0 || text[used] != '\0')
		return false;
	*out = value;
	return true;
}

bool hpo__parse_integer(const char *text, int64_t *out)
{
	bool negative = text[0] == '-';
	const char *c = text + (negative || text[0] == '+' ? 1 : 0);
	uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
	uint64_t value = 0;

	if (*c == '\0')
		return false;
	for (; *c != '\0'; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (!is_digit(*c) || value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}

	if (!negative)
		*out = (int64_t)value;
	else
		*out = value > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)value;
	return true;
}
