/*
 * Stands in for the server in a build without libmicrohttpd.
 */
#include "server/web.h"

#include <stdio.h>

hpo_status_t web_serve(const struct web_options *options, hpo_error_t *error)
{
	(void)options;
	*error = (hpo_error_t){.code = HPO_EUNSUPPORTED};
	snprintf(error->message, sizeof error->message,
		 "the web application was left out of this build: install libmicrohttpd "
		 "(libmicrohttpd-dev on Debian) and build again");
	return HPO_EUNSUPPORTED;
}
