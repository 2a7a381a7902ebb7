/*
 * UTF-8, as Unicode 15 defines it in table 3-7.
 */
#ifndef HPO_BASE_UTF8_H
#define HPO_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The length of the character at `text`, of which at most `size` bytes are
 * looked at, and none after one that cannot belong to it: a zero byte is
 * enough of an end. 0 when there is none: overlong forms, surrogates and what
 * is beyond U+10FFFF are none.
 */
size_t hpo__utf8_measure(const char *text, size_t size);

/* Write a code point that is neither a surrogate nor beyond U+10FFFF; returns its length. */
size_t hpo__utf8_encode(uint32_t point, char text[4]);

#endif
