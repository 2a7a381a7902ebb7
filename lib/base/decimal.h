/*
 * The shortest decimal of the reals that occur most, in whole numbers alone.
 */
#ifndef HPO_BASE_DECIMAL_H
#define HPO_BASE_DECIMAL_H

#include <stddef.h>

/*
 * Write |value| in 15 digits, or 16, or 17, the first that read back as it, as
 * "%.15g" and so on would; `text` has room for 32. Returns the length, 0 where the
 * value is not between 1e-4 and 1e14, or is a power of two: that is left to printf.
 */
size_t hpo__decimal_shortest(double value, char *text);

#endif
