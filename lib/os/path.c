/*
 * Files and folders by name.
 */
#include "os/path.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *hpo__path_current(void)
{
	char path[PATH_MAX];

	return hpo__strdup(getcwd(path, sizeof path) != NULL ? path : "");
}

char *hpo__path_join(const char *base, const char *name)
{
	struct hpo_buffer text = HPO__BUFFER_INIT;

	if (name[0] != '/' && base[0] != '\0') {
		hpo__buffer_text(&text, base);
		if (base[strlen(base) - 1] != '/')
			hpo__buffer_char(&text, '/');
	}
	hpo__buffer_text(&text, name);
	return hpo__buffer_take(&text);
}

int hpo__path_make_folder(const char *path)
{
	char *partial = hpo__strdup(path);
	struct stat found;
	int made = 0;

	if (partial == NULL) {
		errno = ENOMEM;
		return 0;
	}
	for (char *slash = strchr(partial + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(partial, 0777); /* whether it worked, the last one tells */
		*slash = '/';
	}
	if (mkdir(partial, 0777) == 0) {
		made = 1;
	} else if (errno == EEXIST) {
		made = stat(partial, &found) == 0 && S_ISDIR(found.st_mode);
		if (!made)
			errno = ENOTDIR;
	}
	hpo__free(partial);
	return made;
}

/* 0 if it is a file that we may execute, else an errno. */
static int check_executable(const char *path)
{
	struct stat found;

	if (stat(path, &found) != 0)
		return errno;
	if (S_ISDIR(found.st_mode))
		return EISDIR;
	if (!S_ISREG(found.st_mode) || access(path, X_OK) != 0)
		return EACCES;
	return 0;
}

static char *join_within(const char *folder, const char *part, size_t length, const char *program)
{
	char *name = hpo__strndup(part, length);
	char *within = name != NULL ? hpo__path_join(folder, name) : NULL;
	char *path = within != NULL ? hpo__path_join(within, program) : NULL;

	hpo__free(name);
	hpo__free(within);
	return path;
}

/* The first file that can be executed; *out stays NULL if there is none, *failure says why. */
static hpo_status_t search_folders(char **out, const char *program, const char *folder,
				   const char *search, int *failure)
{
	size_t length;

	*failure = ENOENT;
	for (;; search += length + 1) {
		char *path;
		int problem;

		length = strcspn(search, ":");
		path = join_within(folder, search, length, program);
		if (path == NULL)
			return HPO_ENOMEM;
		problem = check_executable(path);
		if (problem == 0) {
			*out = path;
			return HPO_OK;
		}
		hpo__free(path);
		if (problem == EACCES)
			*failure = problem;
		if (search[length] == '\0')
			return HPO_OK;
	}
}

hpo_status_t hpo__path_find_program(char **out, const char *program, const char *folder,
				    const char *search, const char *what, hpo_error_t *error)
{
	int failure = ENOENT;

	*out = NULL;
	if (strchr(program, '/') == NULL && program[0] != '\0') {
		if (search_folders(out, program, folder, search != NULL ? search : "/bin:/usr/bin",
				   &failure) < 0)
			return hpo__fail_memory(error);
		if (*out != NULL)
			return HPO_OK;
		if (failure == ENOENT)
			return hpo__fail(error, HPO_EINVAL,
					 "%s: there is no program '%s' in PATH; "
					 "install it, or name a file as in './%s'",
					 what, program, program);
	} else {
		char *path = hpo__path_join(folder, program);

		if (path == NULL)
			return hpo__fail_memory(error);
		failure = check_executable(path);
		if (failure == 0) {
			*out = path;
			return HPO_OK;
		}
		hpo__free(path);
	}
	if (failure == EACCES)
		return hpo__fail(error, HPO_EINVAL,
				 "%s: '%s' cannot be executed; allow it with "
				 "'chmod +x %s'",
				 what, program, program);
	return hpo__fail(error, HPO_EINVAL, "%s: '%s' cannot be executed: %s", what, program,
			 strerror(failure));
}
