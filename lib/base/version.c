/*
 * The version of the library that was loaded, which may not be that of the
 * headers a program was compiled with.
 */
#include "hpo/version.h"

const char *hpo_version(void)
{
	return HPO_VERSION;
}
