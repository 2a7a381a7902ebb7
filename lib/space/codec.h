/*
 * Values to the unit cube and back: the only place that knows about scales,
 * categories and integers. Points are [d]; an inactive axis is 0.5 and its
 * value 0.
 */
#ifndef HPO_SPACE_CODEC_H
#define HPO_SPACE_CODEC_H

#include "space/space.h"

/* Any point of the cube to values and mask; coordinates outside [0, 1] or NaN are brought in. */
void hpo__codec_decode(const hpo_space_t *space, const double *point, union hpo_value *values,
		       uint8_t *active);

/* Values and mask to their own point. */
void hpo__codec_encode(const hpo_space_t *space, const union hpo_value *values,
		       const uint8_t *active, double *point);

/* Append {"lr":0.01,…}: active, not hidden parameters, in order, typed. */
void hpo__codec_write(const hpo_space_t *space, const union hpo_value *values,
		      const uint8_t *active, struct hpo_buffer *out);

/*
 * Read such an object, checked in every way: an unknown or inactive name, a
 * missing one without a default, a value out of range or off the step is
 * refused by name. `lenient` 1 (for what a store gives back) skips the
 * constraints; 0 demands them.
 */
hpo_status_t hpo__codec_read(const hpo_space_t *space, const struct hpo_json_at *at, int lenient,
			     union hpo_value *values, uint8_t *active, hpo_error_t *error);

/* One value as the text of a command line, appended. */
void hpo__codec_text(const hpo_space_t *space, size_t axis, union hpo_value value,
		     struct hpo_buffer *out);

/* One value as typed JSON, appended. */
void hpo__codec_write_value(const hpo_space_t *space, size_t axis, union hpo_value value,
			    struct hpo_buffer *out);

/* Whether equal steps of the coordinate are equal factors of the value, which is above 0. */
bool hpo__codec_is_log(const hpo_space_t *space, size_t axis);

/* As a real number: of floats, ints, bools and choices that are numbers; else NaN. */
double hpo__codec_real(const hpo_space_t *space, size_t axis, union hpo_value value);

/* The text of a choice or bool, borrowed from the space; NULL for other kinds. */
const char *hpo__codec_choice(const hpo_space_t *space, size_t axis, union hpo_value value);

/* A 64-bit hash of active values, the same in every process and version. */
uint64_t hpo__codec_hash(const hpo_space_t *space, const union hpo_value *values,
			 const uint8_t *active);

#endif
