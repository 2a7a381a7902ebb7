/*
 * Runs every suite; with arguments those whose name contains one of them, and
 * none whose name contains what follows a minus sign.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE(name) Suite *name(void);
#include "suites.h"
#undef SUITE

struct entry {
	const char *name;
	Suite *(*make)(void);
};

static const struct entry entries[] = {
#define SUITE(name) { #name, name },
#include "suites.h"
#undef SUITE
};

/* Whether a suite's name contains `part`, in which a slash stands for an underscore. */
static bool contains(const char *name, const char *part)
{
	char plain[256];

	snprintf(plain, sizeof plain, "%s", part);
	for (char *c = plain; *c != '\0'; c++)
		*c = *c == '/' ? '_' : *c;
	return strstr(name, plain) != NULL;
}

/* Wanted: by one of the arguments, or by none being there; and left out by no "-part". */
static bool is_wanted(const char *name, int count, char **parts)
{
	bool named = false;
	bool any = false;

	for (int i = 0; i < count; i++) {
		if (parts[i][0] == '-' && contains(name, parts[i] + 1))
			return false;
		any |= parts[i][0] != '-';
		named |= parts[i][0] != '-' && contains(name, parts[i]);
	}
	return named || !any;
}

int main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	size_t matched = 0;
	int failed;
	int run;

	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		if (is_wanted(entries[i].name, argc - 1, argv + 1)) {
			srunner_add_suite(runner, entries[i].make());
			matched++;
		}
	}
	if (matched == 0) {
		fprintf(stderr, "no suite matches '%s'\n", argc > 1 ? argv[1] : "");
		return EXIT_FAILURE;
	}

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);
	printf("%d passed, %d failed\n", run - failed, failed);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
