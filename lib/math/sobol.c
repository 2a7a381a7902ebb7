/*
 * The Sobol sequence in the order of the Gray code, without state: a point is
 * made from its index alone, so that trials can be proposed by any process.
 *
 * S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-
 * dimensional projections", SIAM J. Sci. Comput. 30 (2008). I. A. Antonov and
 * V. M. Saleev (1979) for the Gray code. Scrambling: B. Burley, "Practical
 * hash-based Owen scrambling", Journal of Computer Graphics Techniques 9
 * (2020), with the permutation of S. Laine and T. Karras that it gives.
 */
#include "math/sobol.h"

#include "math/rng.h"

/* Key our blocks of Philox apart from the streams of trials: "SobolSeq". */
static const uint64_t domain = UINT64_C(0x536F626F6C536571);

/* What a block is for. */
enum { SCRAMBLE = 0, BEYOND_TABLE = 1 };

static unsigned degree_of(uint32_t polynomial)
{
	unsigned degree = 0;

	for (; polynomial > 1; polynomial >>= 1)
		degree++;
	return degree;
}

/* Fill v[0 … count-1], direction numbers as 32 bits after the point. */
static void make_directions(const struct hpo_sobol_row *row, unsigned count, uint32_t v[32])
{
	unsigned degree = degree_of(row->polynomial);

	for (unsigned k = 0; k < count; k++) {
		if (degree == 0) {
			v[k] = UINT32_C(1) << (31 - k); /* the first dimension: van der Corput */
		} else if (k < degree) {
			v[k] = (uint32_t)row->initial[k] << (31 - k);
		} else {
			/* Joe and Kuo, eq. (2): a_1 is the coefficient of x^(degree - 1). */
			v[k] = v[k - degree] ^ (v[k - degree] >> degree);
			for (unsigned i = 1; i < degree; i++)
				if ((row->polynomial >> (degree - i) & 1) != 0)
					v[k] ^= v[k - i];
		}
	}
}

uint32_t hpo__sobol_bits(uint32_t index, size_t dimension)
{
	uint32_t gray = index ^ (index >> 1);
	uint32_t v[32];
	uint32_t bits = 0;
	unsigned count = gray != 0 ? degree_of(gray) + 1 : 0;

	make_directions(&hpo__sobol_table[dimension], count, v);
	for (unsigned k = 0; k < count; k++) {
		if ((gray >> k & 1) != 0)
			bits ^= v[k];
	}
	return bits;
}

static uint32_t reverse(uint32_t x)
{
	x = (x & 0x55555555) << 1 | (x >> 1 & 0x55555555);
	x = (x & 0x33333333) << 2 | (x >> 2 & 0x33333333);
	x = (x & 0x0F0F0F0F) << 4 | (x >> 4 & 0x0F0F0F0F);
	x = (x & 0x00FF00FF) << 8 | (x >> 8 & 0x00FF00FF);
	return x << 16 | x >> 16;
}

/*
 * Flip each bit by a hash of the bits above it. Multiplying by an even number
 * carries upwards only, hence the reversals (Burley, section 3.1).
 */
static uint32_t scramble(uint32_t bits, uint32_t seed)
{
	uint32_t x = reverse(bits);

	x += seed;
	x ^= x * 0x6C50B47C;
	x ^= x * 0xB82F1E52;
	x ^= x * 0xC7AFE638;
	x ^= x * 0x8D22F6E6;
	return reverse(x);
}

double hpo__sobol(uint64_t index, size_t dimension, uint64_t seed)
{
	const uint32_t key[2] = { (uint32_t)(seed ^ domain), (uint32_t)((seed ^ domain) >> 32) };
	uint32_t counter[4] = { 0, (uint32_t)(index >> 32), (uint32_t)dimension, SCRAMBLE };
	uint32_t block[4];
	uint32_t bits;

	if (dimension < HPO__SOBOL_DIMENSIONS) {
		hpo__philox(key, counter, block);
		bits = scramble(hpo__sobol_bits((uint32_t)index, dimension), block[0]);
	} else {
		counter[0] = (uint32_t)index;
		counter[3] = BEYOND_TABLE;
		hpo__philox(key, counter, block);
		bits = block[0];
	}
	return ((double)bits + 0.5) * 0x1p-32;
}
