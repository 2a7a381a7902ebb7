/*
 * Runs a fuzz target over files and folders of inputs without a fuzzer, so that
 * a corpus is a regression test wherever there is a C compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* The input stands in a block of exactly its size, so that a sanitizer sees one byte too far. */
static void run_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? size : 1);

	if (file == NULL || data == NULL || fread(data, 1, size, file) != size)
		die(path);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static size_t run_path(const char *path);

static size_t run_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	if (folder == NULL)
		die(path);
	while ((entry = readdir(folder)) != NULL) {
		size_t size = strlen(path) + strlen(entry->d_name) + 2;
		char *inner;

		if (entry->d_name[0] == '.')
			continue;
		inner = malloc(size);
		if (inner == NULL)
			die(path);
		snprintf(inner, size, "%s/%s", path, entry->d_name);
		count += run_path(inner);
		free(inner);
	}
	closedir(folder);
	return count;
}

static size_t run_path(const char *path)
{
	struct stat about;

	if (stat(path, &about) != 0)
		die(path);
	if (S_ISDIR(about.st_mode))
		return run_folder(path);
	run_file(path, (size_t)about.st_size);
	return 1;
}

int main(int argc, char **argv)
{
	size_t count = 0;

	for (int i = 1; i < argc; i++)
		count += run_path(argv[i]);
	printf("%zu inputs\n", count);
	return EXIT_SUCCESS;
}
