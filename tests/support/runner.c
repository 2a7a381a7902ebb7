/*
 * Runs every suite, or those whose name contains the first argument.
 */
#include <check.h>
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

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";
	char dotted[256];
	size_t matched = 0;
	SRunner *runner = srunner_create(NULL);
	int failed;
	int run;

	snprintf(dotted, sizeof dotted, "%s", wanted);
	for (char *c = dotted; *c != '\0'; c++)
		*c = *c == '/' ? '_' : *c;

	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		if (strstr(entries[i].name, dotted) != NULL) {
			srunner_add_suite(runner, entries[i].make());
			matched++;
		}
	}
	if (matched == 0) {
		fprintf(stderr, "no suite matches '%s'\n", wanted);
		return EXIT_FAILURE;
	}

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);
	printf("%d passed, %d failed\n", run - failed, failed);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
