/*
 * The block function under the streams of random numbers, for those that key it
 * themselves.
 */
#ifndef HPO_MATH_RNG_H
#define HPO_MATH_RNG_H

#include "hpo/plugin/random.h"

/* Philox4x32-10: four words that are a function of key and counter alone. */
void hpo__philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

#endif
