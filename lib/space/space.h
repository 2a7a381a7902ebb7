/*
 * The inside of a search space.
 *
 * Axis i is parameter i, in the order of addition. Several parameters may bear
 * one public name if no two of them can be active at once (the branches of a
 * ParameterSet). A hidden parameter selects such a branch and is never shown.
 */
#ifndef HPO_SPACE_SPACE_H
#define HPO_SPACE_SPACE_H

#include "base/json.h"
#include "hpo/plugin/strategy.h"
#include "hpo/space.h"

/*
 * One value: `real` for a float, `integer` for an int (exact to 2^62), the index
 * of the choice for a categorical, ordinal or bool (0 false, 1 true).
 */
union hpo_value {
	double real;
	int64_t integer;
};

/* A copy of a space; NULL when memory is out. */
hpo_space_t *hpo__space_clone(const hpo_space_t *space);

/* Read the `parameters` array (and `constraints`, if present) below `at`. */
hpo_status_t hpo__space_read(hpo_space_t **out, const struct hpo_json_at *parameters,
			     const struct hpo_json_at *constraints, hpo_error_t *error);

/* Append the `parameters` array; the `constraints` array. */
void hpo__space_write(const hpo_space_t *space, struct hpo_buffer *out);
void hpo__space_write_constraints(const hpo_space_t *space, struct hpo_buffer *out);
size_t hpo__space_constraints(const hpo_space_t *space); /* how many */

/* HPO_OK if both have the same parameters and constraints; else HPO_EMISMATCH naming the first difference. */
hpo_status_t hpo__space_compare(const hpo_space_t *was, const hpo_space_t *is, hpo_error_t *error);

/* The active axis that bears `name`, -1 if none does; *known says whether any axis does. */
ptrdiff_t hpo__space_find(const hpo_space_t *space, const char *name, const uint8_t *active,
			  bool *known);

/* Whether it depends on the value of an axis which others are active. */
bool hpo__space_is_parent(const hpo_space_t *space, size_t axis);

/* Whether an axis is a hidden selector. */
bool hpo__space_is_hidden(const hpo_space_t *space, size_t axis);

/* Whether an axis before this one, which is no hidden one, bears its name. */
bool hpo__space_is_named_before(const hpo_space_t *space, size_t axis);

/* The cell number of an axis that is not active at a grid point. */
#define HPO__GRID_INACTIVE UINT64_MAX

/*
 * Go to the next point of the space in grid order, conditions respected:
 * index[d] holds a cell number per axis, or HPO__GRID_INACTIVE. A continuum
 * counts as `points` cells, the first and last of which are its bounds. False
 * after the last. hpo__space_grid_first() gives the first. The last axis is
 * the fastest, but a parent that is declared after its child is slower than it.
 */
void hpo__space_grid_first(const hpo_space_t *space, uint64_t *index);
bool hpo__space_grid_next(const hpo_space_t *space, uint64_t points, uint64_t *index);
/* The point [d] of the unit cube that an index means. */
void hpo__space_grid_point(const hpo_space_t *space, uint64_t points, const uint64_t *index,
			   double *point);

#endif
