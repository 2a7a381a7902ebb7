/*
 * Text for a terminal: harmless, measured in cells, numbers rounded for people.
 */
#include "report/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGITS = 5 /* significant digits of a rounded number */ };

/*
 * Read one character of UTF-8. Returns its length in bytes, 0 when it is
 * malformed, overlong, a surrogate or beyond Unicode.
 */
static size_t read_character(const unsigned char *text, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = text[0] < 0x80           ? 1
			: (text[0] & 0xe0) == 0xc0 ? 2
			: (text[0] & 0xf0) == 0xe0 ? 3
			: (text[0] & 0xf8) == 0xf0 ? 4
						   : 0;
	uint32_t c = length == 1 ? text[0] : text[0] & (0xffu >> (length + 1));

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3fu);
	}
	if (length == 0 || c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*out = c;
	return length;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Marks that reorder or break the line on a terminal that honours them. */
static bool is_layout(uint32_t c)
{
	return (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x61c;
}

void hpo__plain_text(struct hpo_buffer *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at != '\0') {
		uint32_t c = 0;
		size_t length = read_character(at, &c);

		if (length == 0 || is_layout(c))
			hpo__buffer_char(out, '?');
		else if (is_control(c))
			hpo__buffer_format(out, "\\x%02x", (unsigned)c);
		else
			hpo__buffer_append(out, at, length);
		at += length > 0 ? length : 1;
	}
}

size_t hpo__plain_cells(const char *text)
{
	size_t cells = 0;

	for (; *text != '\0'; text++)
		cells += ((unsigned char)*text & 0xc0) != 0x80;
	return cells;
}

size_t hpo__plain_prefix(const char *text, size_t cells)
{
	size_t bytes = 0;

	while (text[bytes] != '\0') {
		bool starts = ((unsigned char)text[bytes] & 0xc0) != 0x80;

		if (starts && cells-- == 0)
			break;
		bytes++;
	}
	return bytes;
}

/*
 * The significant digits of a finite number without trailing zeros, and its
 * decimal exponent. The host's locale may put any decimal sign between the
 * first digit and the rest, so only the digits are taken.
 */
static int split_digits(double value, char digits[DIGITS + 1])
{
	char text[64];
	const char *at = text;
	int exponent = 0;
	int count = 0;

	snprintf(text, sizeof text, "%.*e", DIGITS - 1, fabs(value));
	for (; *at != 'e' && *at != '\0'; at++) {
		if (*at >= '0' && *at <= '9' && count < DIGITS)
			digits[count++] = *at;
	}
	if (*at == 'e')
		sscanf(at + 1, "%d", &exponent);
	while (count > 1 && digits[count - 1] == '0')
		count--;
	digits[count] = '\0';
	return exponent;
}

static void write_fixed(struct hpo_buffer *out, const char *digits, int exponent)
{
	int count = (int)strlen(digits);

	if (exponent < 0) {
		hpo__buffer_text(out, "0.");
		for (int i = exponent + 1; i < 0; i++)
			hpo__buffer_char(out, '0');
		hpo__buffer_text(out, digits);
		return;
	}
	for (int i = 0; i < count || i <= exponent; i++) {
		if (i == exponent + 1)
			hpo__buffer_char(out, '.');
		hpo__buffer_char(out, i < count ? digits[i] : '0');
	}
}

void hpo__plain_real(struct hpo_buffer *out, double value)
{
	char digits[DIGITS + 1];
	int exponent;

	if (isnan(value)) {
		hpo__buffer_char(out, '-');
		return;
	}
	if (isinf(value)) {
		hpo__buffer_text(out, value > 0 ? "inf" : "-inf");
		return;
	}
	if (value == floor(value) && fabs(value) < 1e15) {
		hpo__buffer_format(out, "%" PRId64, (int64_t)value);
		return;
	}

	exponent = split_digits(value, digits);
	if (value < 0)
		hpo__buffer_char(out, '-');
	if (exponent >= -4 && exponent < 15) {
		write_fixed(out, digits, exponent);
		return;
	}
	hpo__buffer_append(out, digits, 1);
	if (digits[1] != '\0')
		hpo__buffer_format(out, ".%s", digits + 1);
	hpo__buffer_format(out, "e%s%02d", exponent < 0 ? "-" : "+", abs(exponent));
}

void hpo__plain_seconds(struct hpo_buffer *out, double seconds)
{
	int64_t whole;

	if (!(seconds >= 0) || seconds > 1e15) {
		hpo__buffer_char(out, '-');
		return;
	}
	whole = (int64_t)(seconds + 0.5);
	if (seconds < 9.95)
		hpo__buffer_format(out, "%d.%d s", (int)(seconds * 10 + 0.5) / 10,
				   (int)(seconds * 10 + 0.5) % 10);
	else if (whole < 60)
		hpo__buffer_format(out, "%" PRId64 " s", whole);
	else if (whole < 3600)
		hpo__buffer_format(out, "%" PRId64 " min %02" PRId64 " s", whole / 60, whole % 60);
	else
		hpo__buffer_format(out, "%" PRId64 " h %02" PRId64 " min", whole / 3600,
				   whole / 60 % 60);
}

void hpo__plain_time(struct hpo_buffer *out, double seconds)
{
	const double year_10000 = 253402300800.0;
	char text[32];
	struct tm parts;
	time_t whole;

	if (!(seconds > 0 && seconds < year_10000))
		return;
	whole = (time_t)seconds;
	gmtime_r(&whole, &parts);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
	hpo__buffer_text(out, text);
}
