/*
 * The files in which ClearML's settings stand. What is read of them is
 * overwritten before its memory is given back.
 */
#include "backend/clearml/config_file.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 }; /* bytes of a file; those that there are have some thousand */

static const char *find_variable(const char *name)
{
	return getenv(name);
}

/* The home folder, appended; nothing when there is none. */
static void write_home(struct hpo_buffer *out)
{
	const char *home = getenv("HOME");
	char room[4096];
	struct passwd entry, *found = NULL;

	if (home == NULL || *home == '\0') {
		home = NULL;
		if (getpwuid_r(getuid(), &entry, room, sizeof room, &found) == 0 && found != NULL)
			home = found->pw_dir;
	}
	if (home != NULL)
		hpo__buffer_text(out, home);
}

char *hpo__clearml_expand(const char *path)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
		write_home(&out);
		path++;
	}
	hpo__buffer_text(&out, path);
	return hpo__buffer_take(&out);
}

/* All of an open file, at most LARGEST + 1 bytes; negative with errno set. */
static ssize_t read_whole(int fd, char *text)
{
	size_t size = 0;

	while (size <= LARGEST) {
		const ssize_t got = read(fd, text + size, LARGEST + 1 - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		size += (size_t)got;
	}
	return (ssize_t)size;
}

static hpo_status_t refuse_file(const char *path, int code, hpo_error_t *error)
{
	char room[128];

	return hpo__fail(error, HPO_EINVAL, "'%.200s' cannot be read: %s", path,
			 strerror_r(code, room, sizeof room));
}

static hpo_status_t read_file(struct hpo_clearml_files *files, const char *path, bool required,
			      bool *found, hpo_error_t *error)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	ssize_t size = -1;
	hpo_status_t status;

	*found = fd >= 0;
	if (fd < 0 && !required && (errno == ENOENT || errno == ENOTDIR))
		return HPO_OK;
	if (fd < 0)
		return refuse_file(path, errno, error);

	text = hpo__alloc(LARGEST + 1);
	if (text != NULL)
		size = read_whole(fd, text);
	if (text == NULL)
		status = hpo__fail_memory(error);
	else if (size < 0)
		status = refuse_file(path, errno, error);
	else if (size > LARGEST)
		status = refuse_file(path, EFBIG, error);
	else
		status = hpo__hocon_read(&files->values, text, (size_t)size, path, find_variable,
					 error);
	if (text != NULL)
		explicit_bzero(text, LARGEST + 1);
	hpo__free(text);
	close(fd);
	return status;
}

/* Later files override. The last one, found or not, is what sentences name. */
static hpo_status_t read_defaults(struct hpo_clearml_files *files, hpo_error_t *error)
{
	static const char *const names[] = {"~/trains.conf", "~/clearml.conf"};
	hpo_status_t status = HPO_OK;

	for (size_t i = 0; i < sizeof names / sizeof *names && status >= 0; i++) {
		char *path = hpo__clearml_expand(names[i]);
		bool found = false;

		if (path == NULL)
			return hpo__fail_memory(error);
		status = read_file(files, path, false, &found, error);
		if (status >= 0 && (found || (i == 1 && files->name == NULL))) {
			hpo__free(files->name);
			files->name = path;
			path = NULL;
		}
		hpo__free(path);
	}
	return status;
}

hpo_status_t hpo__clearml_files_read(struct hpo_clearml_files *files, const char *path,
				     hpo_error_t *error)
{
	bool found;

	*files = (struct hpo_clearml_files){.name = NULL};
	if (path == NULL)
		return read_defaults(files, error);
	files->name = hpo__clearml_expand(path);
	if (files->name == NULL)
		return hpo__fail_memory(error);
	return read_file(files, files->name, true, &found, error);
}

void hpo__clearml_files_release(struct hpo_clearml_files *files)
{
	hpo__hocon_release(&files->values);
	hpo__free(files->name);
	files->name = NULL;
}
