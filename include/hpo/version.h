/**
 * @file
 * The version of these headers, and of the library that was loaded.
 */
#ifndef HPO_VERSION_H
#define HPO_VERSION_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HPO_VERSION_MAJOR 0
#define HPO_VERSION_MINOR 1
#define HPO_VERSION_PATCH 0
#define HPO_VERSION "0.1.0"

/**
 * The version of the library in use, as "major.minor.patch".
 *
 * @return a static string.
 *
 * Threads: any. Since 0.1.
 */
HPO_API const char *hpo_version(void);

#ifdef __cplusplus
}
#endif
#endif
