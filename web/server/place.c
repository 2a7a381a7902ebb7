/*
 * Where the store is. A file that was removed or put in place of another one
 * stays readable through what is open: what we showed would be of a store that
 * nobody else has. So each look begins with a look at the file's name.
 */
#include "server/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* NULL: the store is no file. */
static const char *path_of(const struct web *web)
{
	static const char scheme[] = "sqlite:";
	const char *url = web->options->store;

	return strncmp(url, scheme, sizeof scheme - 1) == 0 ? url + sizeof scheme - 1 : NULL;
}

void note_place(struct web *web)
{
	const char *path = path_of(web);
	struct stat found;

	if (path == NULL || stat(path, &found) != 0)
		return;
	web->device = found.st_dev;
	web->inode = found.st_ino;
}

/* What is shown is not so any more: who watches asks again, and hears why. */
static bool lose(struct web *web)
{
	if (!web->lost)
		forget_studies(web);
	web->lost = true;
	return false;
}

static bool reopen(struct web *web, hpo_error_t *error)
{
	hpo_store_t *store = NULL;

	if (hpo_store_open(&store, web->options->store, error) < 0)
		return lose(web);
	forget_studies(web);
	hpo_store_close(web->store);
	web->store = store;
	note_place(web);
	web->lost = false;
	return true;
}

bool keep_place(struct web *web, hpo_error_t *error)
{
	const char *path = path_of(web);
	struct stat found;

	if (path == NULL)
		return true;
	if (stat(path, &found) != 0) {
		error->code = HPO_ESTORE;
		snprintf(error->message, sizeof error->message,
			 "the store '%.300s' is not there any more (%s): put it back, or start "
			 "hpo ui again",
			 path, strerror(errno));
		return lose(web);
	}
	if (web->lost || found.st_dev != web->device || found.st_ino != web->inode)
		return reopen(web, error);
	return true;
}
