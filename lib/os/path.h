/*
 * Files and folders by name. Texts that are returned are the caller's
 * (hpo__free()), NULL when memory is out.
 */
#ifndef HPO_OS_PATH_H
#define HPO_OS_PATH_H

#include "base/error.h"

/* The working directory; "" if it has no name any more. */
char *hpo__path_current(void);

/* `name` as it is if it is absolute or base is "", else below `base`. */
char *hpo__path_join(const char *base, const char *name);

/* Make a folder and those above it. False, with errno set, if that fails. */
int hpo__path_make_folder(const char *path);

/*
 * The file that execvp() would execute for `program` in `folder`: searched in
 * `search` (PATH's value, NULL for the system's) when it has no slash. If there is none,
 * HPO_EINVAL and a sentence that begins with `what`.
 */
hpo_status_t hpo__path_find_program(char **out, const char *program, const char *folder,
				    const char *search, const char *what, hpo_error_t *error);

#endif
