/**
 * @file
 * Counter-based random numbers: a plain value that is copied, stored and
 * split. The same (seed, trial, purpose) gives the same numbers on every
 * machine.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC'11 (2011): Philox4x32-10.
 */
#ifndef HPO_PLUGIN_RANDOM_H
#define HPO_PLUGIN_RANDOM_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One stream of random numbers. Fields are private; copy it freely. */
typedef struct hpo_rng {
	uint32_t key[2];
	uint32_t counter[4];
	uint32_t block[4];
	uint32_t used; /* numbers of `block` already given out, 4 when it is spent */
} hpo_rng_t;

/**
 * Begin the stream of (seed, trial, purpose).
 *
 * @param rng      set up, whatever it held.
 * @param seed     the study's seed.
 * @param trial    the number of the trial; below 2^63.
 * @param purpose  tells apart streams of one trial; below 2^32.
 *
 * Threads: one stream, one thread. Since 0.1. So for all below.
 */
HPO_API void hpo_rng_init(hpo_rng_t *rng, uint64_t seed, uint64_t trial, uint32_t purpose);

/** The next 32 random bits. */
HPO_API uint32_t hpo_rng_u32(hpo_rng_t *rng);

/** The next 64 random bits. */
HPO_API uint64_t hpo_rng_u64(hpo_rng_t *rng);

/** Uniform in [0, 1), a multiple of 2^-53. */
HPO_API double hpo_rng_uniform(hpo_rng_t *rng);

/** Uniform in 0 … bound-1 without bias; `bound` is at least 1. */
HPO_API uint64_t hpo_rng_below(hpo_rng_t *rng, uint64_t bound);

/** Standard normal, by inversion: one uniform draw a call. */
HPO_API double hpo_rng_normal(hpo_rng_t *rng);

#ifdef __cplusplus
}
#endif
#endif
