/*
 * UTF-8, one character at a time.
 */
#include "base/utf8.h"

size_t hpo__utf8_measure(const char *text, size_t size)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	size_t length;

	if (size == 0)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] < 0xC2 || byte[0] > 0xF4)
		return 0;

	length = byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
	if (byte[0] == 0xE0)
		low = 0xA0;
	else if (byte[0] == 0xED)
		high = 0x9F;
	else if (byte[0] == 0xF0)
		low = 0x90;
	else if (byte[0] == 0xF4)
		high = 0x8F;

	if (size < length || byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((byte[i] & 0xC0) != 0x80)
			return 0;
	}
	return length;
}

size_t hpo__utf8_encode(uint32_t point, char text[4])
{
	size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = { 0, 0x00, 0xC0, 0xE0, 0xF0 };

	for (size_t i = length; i-- > 1;) {
		text[i] = (char)(0x80 | (point & 0x3F));
		point >>= 6;
	}
	text[0] = (char)(leads[length] | point);
	return length;
}
