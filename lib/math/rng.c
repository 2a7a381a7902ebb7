/*
 * Random numbers that are a function of (seed, trial, purpose, position).
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC'11 (2011), Philox4x32-10. The key is the
 * seed; the counter is the trial (64 bits), the purpose and the number of the
 * block, so that no two streams share a block. A stream has 2^34 words.
 */
#include "math/rng.h"

#include "math/normal.h"

#include <string.h>

enum { ROUNDS = 10 };

/* The multipliers and Weyl increments of the paper, table 2 and section 3.3. */
static const uint32_t multiplier_0 = 0xD2511F53;
static const uint32_t multiplier_1 = 0xCD9E8D57;
static const uint32_t weyl_0 = 0x9E3779B9;
static const uint32_t weyl_1 = 0xBB67AE85;

void hpo__philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
	uint32_t k0 = key[0];
	uint32_t k1 = key[1];
	uint32_t c0 = counter[0];
	uint32_t c1 = counter[1];
	uint32_t c2 = counter[2];
	uint32_t c3 = counter[3];

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t product_0 = (uint64_t)multiplier_0 * c0;
		uint64_t product_1 = (uint64_t)multiplier_1 * c2;

		c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)product_1;
		c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)product_0;
		k0 += weyl_0;
		k1 += weyl_1;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

void hpo_rng_init(hpo_rng_t *rng, uint64_t seed, uint64_t trial, uint32_t purpose)
{
	memset(rng, 0, sizeof *rng);
	rng->key[0] = (uint32_t)seed;
	rng->key[1] = (uint32_t)(seed >> 32);
	rng->counter[1] = purpose;
	rng->counter[2] = (uint32_t)trial;
	rng->counter[3] = (uint32_t)(trial >> 32);
	rng->used = 4;
}

uint32_t hpo_rng_u32(hpo_rng_t *rng)
{
	if (rng->used >= 4) {
		hpo__philox(rng->key, rng->counter, rng->block);
		rng->counter[0]++;
		rng->used = 0;
	}
	return rng->block[rng->used++];
}

uint64_t hpo_rng_u64(hpo_rng_t *rng)
{
	uint64_t low = hpo_rng_u32(rng);

	return (uint64_t)hpo_rng_u32(rng) << 32 | low;
}

double hpo_rng_uniform(hpo_rng_t *rng)
{
	return (double)(hpo_rng_u64(rng) >> 11) * 0x1p-53;
}

uint64_t hpo_rng_below(hpo_rng_t *rng, uint64_t bound)
{
	/* 2^64 mod bound: what is left after it divides the rest into equal shares. */
	uint64_t surplus = (0 - bound) % bound;
	uint64_t bits;

	do
		bits = hpo_rng_u64(rng);
	while (bits < surplus);
	return bits % bound;
}

double hpo_rng_normal(hpo_rng_t *rng)
{
	/* 52 bits and a half: exact, symmetric about 1/2, and never 0 or 1. */
	double level = ((double)(hpo_rng_u64(rng) >> 12) + 0.5) * 0x1p-52;

	return hpo__normal_quantile(level);
}
