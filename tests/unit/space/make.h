/*
 * Spaces and values from JSON, for the tests of this room.
 */
#ifndef HPO_TESTS_UNIT_SPACE_MAKE_H
#define HPO_TESTS_UNIT_SPACE_MAKE_H

#include "space/codec.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AXES = 64 };

/* The values of a point, and which are there. */
struct values {
	union hpo_value list[AXES];
	uint8_t active[AXES];
};

/* A space from a `parameters` array in which ' stands for ". */
static inline hpo_space_t *make_space(const char *quoted)
{
	char json[4096];
	hpo_error_t error;
	hpo_space_t *space;

	ck_assert_uint_lt(strlen(quoted), sizeof json);
	strcpy(json, quoted);
	for (char *c = json; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	ck_assert_msg(hpo_space_from_json(&space, json, &error) == HPO_OK, "%s", error.message);
	return space;
}

/* Read values written in the same manner. */
static inline hpo_status_t read_values(const hpo_space_t *space, const char *quoted, int lenient,
				       struct values *out, hpo_error_t *error)
{
	char json[1024];
	hpo_json_t *tree;
	struct hpo_json_at at;
	hpo_status_t status;

	hpo__error_clear(error);
	strcpy(json, quoted);
	for (char *c = json; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	status = hpo__json_parse(&tree, json, strlen(json), "the values", error);
	if (status < 0)
		return status;
	at = hpo__json_root(tree);
	status = hpo__codec_read(space, &at, lenient, out->list, out->active, error);
	hpo__json_free(tree);
	return status;
}

/* Assert that values are written as `quoted` says. */
static inline void check_written(const hpo_space_t *space, const struct values *values,
				 const char *quoted)
{
	struct hpo_buffer out = HPO__BUFFER_INIT;

	hpo__codec_write(space, values->list, values->active, &out);
	ck_assert_ptr_nonnull(out.text);
	for (char *c = out.text; *c != '\0'; c++)
		*c = *c == '"' ? '\'' : *c;
	ck_assert_str_eq(out.text, quoted);
	hpo__buffer_release(&out);
}

#endif
