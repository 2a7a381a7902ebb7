/*
 * Tails of logs: those of trials, and what a search of this server printed.
 *
 * The log of a trial is the file NUMBER.log in the log folder of its study: the
 * one that the study names, hpo-logs/STUDY if it names none. Nothing that a
 * client sends becomes part of a path but that number, and what is found must be
 * a plain file there, no link to one.
 */
#include "server/inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536, LARGEST = 1 << 20 };

/* Bytes as JSON text: what is not UTF-8 is replaced, and zero bytes too. */
static json_t *text_of(const char *bytes, size_t size)
{
	char *text = web_must(malloc(3 * size + 1));
	size_t used = 0;
	json_t *json;

	for (size_t i = 0; i < size;) {
		const unsigned char c = (unsigned char)bytes[i];
		size_t length = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		json_t *piece = NULL;

		if (c != 0 && i + length <= size)
			piece = json_stringn(bytes + i, length);
		if (piece != NULL) {
			memcpy(text + used, bytes + i, length);
			used += length;
		} else {
			memcpy(text + used, "\xef\xbf\xbd", 3);
			used += 3;
			length = 1;
		}
		json_decref(piece);
		i += length;
	}
	json = json_stringn(text, used);
	free(text);
	return web_must(json);
}

/* A part that begins or ends within a character gives its bytes to the next part. */
static size_t whole_characters(const char *bytes, size_t size)
{
	size_t back = 0;

	while (back < 3 && back < size && ((unsigned char)bytes[size - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < size) {
		const unsigned char lead = (unsigned char)bytes[size - 1 - back];
		const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

		if (lead >= 0xc0 && back + 1 < length)
			return size - back - 1;
	}
	return size;
}

static enum MHD_Result answer_part(struct request *request, int fd)
{
	enum MHD_Result result = MHD_YES;
	int64_t offset = -1;
	int64_t limit = PIECE;
	struct stat found;
	ssize_t got;
	size_t size;
	json_t *text;
	char *bytes;

	if (!query_number(request, "offset", 0, INT64_MAX, &offset, &result) ||
	    !query_number(request, "limit", 1, LARGEST, &limit, &result))
		return result;
	if (fstat(fd, &found) != 0)
		found.st_size = 0;
	if (offset < 0)
		offset = found.st_size > limit ? found.st_size - limit : 0;
	bytes = web_must(malloc((size_t)limit + 1));
	got = pread(fd, bytes, (size_t)limit, offset);
	size = got > 0 ? (size_t)got : 0;
	if (offset + (int64_t)size < found.st_size && whole_characters(bytes, size) > 0)
		size = whole_characters(bytes, size);
	text = text_of(bytes, size);
	free(bytes);
	return answer_json(request, MHD_HTTP_OK,
			   json_pack("{s:I,s:I,s:I,s:o}", "size", (json_int_t)found.st_size,
				     "offset", (json_int_t)offset, "next",
				     (json_int_t)(offset + (int64_t)size), "text", text));
}

/* The folder of a study's logs, as the process backend names it. */
static char *log_folder(const char *study, const json_t *definition)
{
	const char *given = json_string_value(
		json_object_get(json_object_get(definition, "task"), "log_dir"));
	char *name, *folder;

	if (given != NULL)
		return web_copy(given);
	name = web_format("%s%s", study[0] == '.' || study[0] == '\0' ? "_" : "", study);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '/' ? '_' : *c;
	folder = web_format("hpo-logs/%s", name);
	free(name);
	return folder;
}

static int open_log(struct request *request, const struct study *study)
{
	hpo_error_t error;
	char *text = hpo_store_study_json(request->web->store, study->name, &error);
	json_t *definition = text != NULL ? json_loads(text, 0, NULL) : NULL;
	char *folder = log_folder(study->name, definition);
	char *path = web_format("%s/%lld.log", folder, (long long)request->number);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat found;

	if (fd >= 0 && (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))) {
		close(fd);
		fd = -1;
	}
	free(path);
	free(folder);
	json_decref(definition);
	hpo_free(text);
	return fd;
}

enum MHD_Result get_log(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	int fd;

	if (study == NULL)
		return result;
	fd = open_log(request, study);
	if (fd < 0)
		return answer_error(request, MHD_HTTP_NOT_FOUND, "not_found",
				    "trial %lld has no log that is here: it has not begun, or it "
				    "runs in another folder or on another machine",
				    (long long)request->number);
	result = answer_part(request, fd);
	close(fd);
	return result;
}

enum MHD_Result get_output(struct request *request)
{
	enum MHD_Result result = MHD_YES;
	struct study *study = want_study(request, &result);
	const struct run *run;

	if (study == NULL)
		return result;
	run = find_run(request->web, study->name);
	if (run == NULL || run->output < 0)
		return answer_error(request, MHD_HTTP_NOT_FOUND, "not_found",
				    "this server has not started a search of it");
	return answer_part(request, run->output);
}
