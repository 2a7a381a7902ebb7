/*
 * Shortest decimals by whole numbers.
 *
 * A double is m 2^-s. With q decimals it is N / 10^q, N the integer nearest to
 * m 10^q / 2^s; it reads back if N 2^s is within 10^q / 2 of m 10^q, that is, nearer
 * to m than half way to its neighbours. In the range served here all of that fits
 * into 128 bits, so nothing is ever approximate.
 */
#include "base/decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide_t;

static const uint64_t tens[20] = {
	1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
	10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
	1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
	10000000000000000000u,
};

/* Doubles that are not below these powers of ten are not below the powers themselves. */
static const double steps[] = { 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5,
				1e6,  1e7,  1e8,  1e9, 1e10, 1e11, 1e12, 1e13 };

static wide_t power_of_ten(int q)
{
	return q < 20 ? tens[q] : (wide_t)tens[q - 10] * tens[10];
}

/* The power of ten of the first digit, of a value from 1e-4 to 1e14. */
static int first_digit(double value)
{
	int power = -4;

	for (size_t i = 0; i < sizeof steps / sizeof *steps && value >= steps[i]; i++)
		power++;
	return power;
}

/* N and its decimals. */
struct decimal {
	uint64_t n;
	int q;
};

/* m / 2^s in `digits` digits, ties to even. */
static struct decimal round_to(uint64_t m, int s, int q, int digits)
{
	wide_t scaled = m * power_of_ten(q);
	wide_t rest = scaled & (((wide_t)1 << s) - 1);
	wide_t half = (wide_t)1 << (s - 1);
	struct decimal out = { (uint64_t)(scaled >> s), q };

	out.n += rest > half || (rest == half && (out.n & 1) != 0);
	if (out.n == tens[digits]) {
		out.n /= 10;
		out.q--;
	}
	return out;
}

static bool reads_back(struct decimal decimal, uint64_t m, int s)
{
	wide_t ours = (wide_t)decimal.n << s;
	wide_t theirs = m * power_of_ten(decimal.q);
	wide_t twice = 2 * (ours > theirs ? ours - theirs : theirs - ours);
	wide_t limit = power_of_ten(decimal.q);

	return twice < limit || (twice == limit && (m & 1) == 0);
}

/* The digits of N with the point put in and zeros at the end left out. */
static size_t write_digits(struct decimal decimal, char *text)
{
	char digits[24];
	size_t count = 0;
	size_t length = 0;
	int whole;

	while (decimal.q > 0 && decimal.n % 10 == 0) {
		decimal.n /= 10;
		decimal.q--;
	}
	for (; decimal.n > 0; decimal.n /= 10)
		digits[count++] = (char)('0' + decimal.n % 10);
	whole = (int)count - decimal.q;
	if (whole <= 0)
		text[length++] = '0';
	for (; whole > 0; whole--)
		text[length++] = digits[--count];
	if (decimal.q > 0)
		text[length++] = '.';
	for (int zeros = decimal.q - (int)count; zeros > 0; zeros--)
		text[length++] = '0';
	while (count > 0)
		text[length++] = digits[--count];
	text[length] = '\0';
	return length;
}

size_t hpo__decimal_shortest(double value, char *text)
{
	double size = fabs(value);
	struct decimal decimal = { 0, 0 };
	int exponent;
	uint64_t m;
	int power;
	int s;

	if (!(size >= 1e-4 && size < 1e14))
		return 0;
	m = (uint64_t)ldexp(frexp(size, &exponent), 53);
	s = 53 - exponent;
	if (m == (uint64_t)1 << 52)
		return 0;
	power = first_digit(size);
	for (int digits = 15; digits <= 17; digits++) {
		decimal = round_to(m, s, digits - 1 - power, digits);
		if (digits == 17 || reads_back(decimal, m, s))
			break;
	}
	return write_digits(decimal, text);
}
