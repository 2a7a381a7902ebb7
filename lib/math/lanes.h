/*
 * Arithmetic on four doubles at once, and functions built for what the
 * processor has.
 *
 * A lane never meets another, and products are not fused, so a function gives
 * the same bits however many lanes one instruction takes. Wider vectors than
 * these would be split through memory by compilers where the processor lacks them.
 */
#ifndef HPO_MATH_LANES_H
#define HPO_MATH_LANES_H

#include <stddef.h>
#include <string.h>

enum { HPO__LANES = 4 };

typedef double hpo_lanes_t __attribute__((vector_size(HPO__LANES * sizeof(double))));

/* The same in memory that is aligned as doubles are. */
typedef double hpo_lanes_memory_t
	__attribute__((vector_size(HPO__LANES * sizeof(double)), aligned(8), may_alias));

#define HPO__LANES_AT(pointer) (*(hpo_lanes_memory_t *)(void *)(pointer))
#define HPO__LANES_READ(pointer) (*(const hpo_lanes_memory_t *)(const void *)(pointer))

/* What is to be part of each build of a function. */
#define HPO__LANES_INLINE static inline __attribute__((always_inline))

/*
 * Define a static function `name` with `parameters`, which calls name##_body with
 * `arguments`: built twice, of which the one for this processor is taken.
 */
#if defined(__x86_64__)
#define HPO__LANES_FUNCTION(result, name, parameters, arguments)                                   \
	__attribute__((target("avx2"))) static result name##_avx2 parameters                       \
	{                                                                                          \
		return name##_body arguments;                                                      \
	}                                                                                          \
	static result name parameters                                                              \
	{                                                                                          \
		if (__builtin_cpu_supports("avx2"))                                                \
			return name##_avx2 arguments;                                              \
		return name##_body arguments;                                                      \
	}
#else
#define HPO__LANES_FUNCTION(result, name, parameters, arguments)                                   \
	static result name parameters                                                              \
	{                                                                                          \
		return name##_body arguments;                                                      \
	}
#endif

#endif
