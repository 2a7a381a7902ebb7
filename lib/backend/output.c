/*
 * The log of a trial.
 */
#include "backend/output.h"

#include "base/alloc.h"
#include "os/path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(struct hpo_output *output, int failure)
{
	hpo__output_close(output);
	output->failure = failure;
}

static void put(struct hpo_output *output, const char *bytes, size_t size)
{
	while (size > 0 && output->fd >= 0) {
		ssize_t put = write(output->fd, bytes, size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			fail(output, put < 0 ? errno : ENOSPC);
			return;
		}
		bytes += put;
		size -= (size_t)put;
		output->size += put;
	}
}

void hpo__output_open(struct hpo_output *output, const char *folder, int64_t trial, int32_t attempt)
{
	char name[32];
	char header[96];
	char *path;
	struct stat found;

	snprintf(name, sizeof name, "%" PRId64 ".log", trial);
	path = hpo__path_join(folder, name);
	if (path == NULL || !hpo__path_make_folder(folder)) {
		output->failure = path == NULL ? ENOMEM : errno;
		goto done;
	}
	output->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
	if (output->fd < 0 || fstat(output->fd, &found) != 0) {
		fail(output, errno);
		goto done;
	}
	output->size = found.st_size;
	if (found.st_size > 0) {
		snprintf(header, sizeof header,
			 "\n# trial %" PRId64 " again, attempt %" PRId32 "\n", trial, attempt);
		put(output, header, strlen(header));
	}
done:
	hpo__free(path);
}

void hpo__output_write(struct hpo_output *output, const char *bytes, size_t size)
{
	static const char last_line[] = "\n# the log ends here: it is 16 MiB long\n";
	int64_t room = HPO__OUTPUT_LIMIT_BYTES - output->size;

	if (output->fd < 0)
		return;
	if ((int64_t)size <= room) {
		put(output, bytes, size);
		return;
	}
	if (room > 0)
		put(output, bytes, (size_t)room);
	put(output, last_line, sizeof last_line - 1);
	hpo__output_close(output);
}

void hpo__output_close(struct hpo_output *output)
{
	if (output->fd >= 0)
		close(output->fd);
	output->fd = -1;
}
