/*
 * Fuzzes the parser of constraints and the machine that runs them.
 */
#include "space/space.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char parameters[] =
	"[{\"name\":\"a\",\"type\":\"int\",\"low\":0,\"high\":9},"
	"{\"name\":\"Args/b\",\"type\":\"float\",\"low\":-1,\"high\":1},"
	"{\"name\":\"c\",\"type\":\"categorical\",\"choices\":[16,32]},"
	"{\"name\":\"word\",\"type\":\"categorical\",\"choices\":[\"x\"]},"
	"{\"name\":\"t\",\"type\":\"bool\"},"
	"{\"name\":\"m\",\"type\":\"float\",\"low\":0,\"high\":1,\"when\":{\"t\":[true]}},"
	"{\"type\":\"ParameterSet\",\"values\":[{\"n\":1},{\"n\":2},{}]}]";

static void demand(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	hpo_error_t error = {0, ""};
	hpo_space_t *space;
	double point[16];

	memcpy(text, data, size);
	text[size] = '\0';
	demand(hpo_space_from_json(&space, parameters, &error) == HPO_OK);
	demand(hpo_space_dims(space) <= 16);
	if (hpo_space_add_constraint(space, text, &error) < 0)
		demand(error.message[0] != '\0' && hpo__space_constraints(space) == 0);
	else
		demand(hpo__space_constraints(space) == 1);
	for (int i = 0; i < 8; i++) {
		for (size_t axis = 0; axis < 16; axis++)
			point[axis] = (double)(((unsigned)i * 5 + axis * 3) & 7) / 7;
		demand(hpo_space_is_feasible(space, point) >= 0);
	}
	hpo_space_free(space);
	free(text);
	return 0;
}
