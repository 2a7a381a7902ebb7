/*
 * Fuzzes the reader of a trial's values, over a space with every kind of
 * parameter. What is accepted is written and read as the same.
 */
#include "space/codec.h"

#include <stdlib.h>
#include <string.h>

enum { AXES = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char parameters[] =
	"[{\"name\":\"lr\",\"type\":\"float\",\"low\":1e-5,\"high\":0.1,\"scale\":\"log\"},"
	"{\"name\":\"s\",\"type\":\"float\",\"low\":0.1,\"high\":0.3,\"step\":0.1,\"default\":0.2},"
	"{\"name\":\"k\",\"type\":\"int\",\"low\":-4611686018427387904,"
	"\"high\":4611686018427387904,\"step\":3,\"default\":2},"
	"{\"name\":\"c\",\"type\":\"categorical\",\"choices\":[\"a\",16,\"16\",0.1,true]},"
	"{\"name\":\"m\",\"type\":\"float\",\"low\":0,\"high\":1,\"when\":{\"c\":[\"a\",16]}},"
	"{\"name\":\"b\",\"type\":\"bool\",\"default\":false},"
	"{\"type\":\"ParameterSet\",\"values\":[{\"p\":1,\"q\":{\"type\":"
	"\"LogUniformParameterRange\",\"name\":\"q\",\"min_value\":-2,\"max_value\":0,"
	"\"step_size\":0.5}},{\"p\":[1,2],\"in\":{\"type\":\"ParameterSet\",\"values\":"
	"[{\"z\":null},{\"z\":2,\"y\":3}]}}]}]";

static void demand(bool truth)
{
	if (!truth)
		abort();
}

static void check_again(const hpo_space_t *space, const union hpo_value *values,
			const uint8_t *active)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;
	hpo_error_t error = {0, ""};
	union hpo_value back[AXES];
	uint8_t mask[AXES];
	struct hpo_json_at at;
	hpo_json_t *tree;

	hpo__codec_write(space, values, active, &out);
	demand(hpo__json_parse(&tree, out.text, out.size, "the values", &error) == HPO_OK);
	at = hpo__json_root(tree);
	demand(hpo__codec_read(space, &at, 1, back, mask, &error) == HPO_OK);
	demand(memcmp(mask, active, hpo_space_dims(space)) == 0);
	demand(hpo__codec_hash(space, back, mask) == hpo__codec_hash(space, values, active));
	hpo__json_free(tree);
	hpo__buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hpo_error_t error = {0, ""};
	hpo_space_t *space;
	union hpo_value values[AXES];
	uint8_t active[AXES];
	struct hpo_json_at at;
	hpo_json_t *tree;

	if (hpo__json_parse(&tree, (const char *)data, size, "the input", &error) < 0)
		return 0;
	demand(hpo_space_from_json(&space, parameters, &error) == HPO_OK);
	demand(hpo_space_add_constraint(space, "s * k <= 1e6", &error) == HPO_OK);
	at = hpo__json_root(tree);
	for (int lenient = 0; lenient < 2; lenient++) {
		hpo_error_t refusal = {0, ""};

		if (hpo__codec_read(space, &at, lenient, values, active, &refusal) == HPO_OK)
			check_again(space, values, active);
		else
			demand(refusal.code == HPO_EINVAL && refusal.message[0] != '\0');
	}
	hpo__json_free(tree);
	hpo_space_free(space);
	return 0;
}
