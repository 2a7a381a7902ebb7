/*
 * The whole of a space, as the files of this room share it.
 */
#ifndef HPO_SPACE_INSIDE_H
#define HPO_SPACE_INSIDE_H

#include "space/param.h"

/* One instruction of a constraint, for a stack machine. */
struct hpo_instruction {
	enum {
		HPO__PUSH_NUMBER,
		HPO__PUSH_AXIS,
		HPO__NEGATE,
		HPO__ADD,
		HPO__SUBTRACT,
		HPO__MULTIPLY,
		HPO__DIVIDE,
		HPO__POWER
	} op;
	double number; /* of HPO__PUSH_NUMBER */
	size_t axis;   /* of HPO__PUSH_AXIS: the first that bears the name */
};

enum hpo_relation {
	HPO__LESS_EQUAL,
	HPO__LESS,
	HPO__GREATER_EQUAL,
	HPO__GREATER,
	HPO__EQUAL,
	HPO__NOT_EQUAL
};

struct hpo_constraint {
	char *text;		      /* as given */
	struct hpo_instruction *code; /* [length]: the left side, then the right */
	size_t length, capacity;
	enum hpo_relation relation;
};

/*
 * `order` lists every axis after its parents, and in the order of addition
 * otherwise. A name is borne twice only within the branches of ParameterSets.
 */
struct hpo_space {
	struct hpo_param *params; /* [count] */
	size_t count, capacity;
	size_t *order; /* [count] */
	size_t order_capacity;
	bool is_conditional;		    /* some parameter has a condition */
	struct hpo_constraint *constraints; /* [constraint_count] */
	size_t constraint_count, constraint_capacity;
	char **sources; /* [source_count], ClearML objects as compact JSON */
	size_t source_count, source_capacity;
};

/* A set of axes that needs no memory. */
struct hpo_axes {
	uint64_t bits[HPO__AXES_MAX / 64];
};

static inline void hpo__axes_clear(struct hpo_axes *axes, size_t count)
{
	for (size_t i = 0; i < (count + 63) / 64; i++)
		axes->bits[i] = 0;
}

static inline void hpo__axes_add(struct hpo_axes *axes, size_t axis)
{
	axes->bits[axis / 64] |= (uint64_t)1 << axis % 64;
}

static inline bool hpo__axes_has(const struct hpo_axes *axes, size_t axis)
{
	return (axes->bits[axis / 64] >> axis % 64 & 1) != 0;
}

/* Append a parameter, which is taken over (and zeroed) only on HPO_OK. Faults are of its name. */
hpo_status_t hpo__space_add(hpo_space_t *space, struct hpo_param *param, struct hpo_fault *fault);
/* Keep the JSON of a ClearML object; *out is for hpo_param.source. */
hpo_status_t hpo__space_add_source(hpo_space_t *space, const hpo_json_t *json, size_t *out,
				   hpo_error_t *error);
/* The axis that bears the name, hidden ones aside; *out of the first of several. Their number. */
size_t hpo__space_bearers(const hpo_space_t *space, const char *name, size_t *out);
/* HPO_ENOTFOUND for a name that is not there, naming the nearest; HPO_EINVAL for one borne twice.
 */
hpo_status_t hpo__space_lookup(const hpo_space_t *space, const char *name, size_t *out,
			       hpo_error_t *error);
/* The nearest name that is not hidden; NULL when none is near or memory is out. */
const char *hpo__space_nearest(const hpo_space_t *space, const char *name);
/* Whether a parameter's definition may be changed after it was added; a ClearML form is given up.
 */
hpo_status_t hpo__space_open(hpo_space_t *space, size_t axis, hpo_error_t *error);

/* condition.c */
void hpo__condition_release(struct hpo_condition *condition);
/* Append a condition, whose values are taken over on HPO_OK; the order is then stale. */
hpo_status_t hpo__condition_append(struct hpo_param *child, struct hpo_condition *condition);
/* Note one more value, keeping them ascending and distinct. */
hpo_status_t hpo__condition_add_value(struct hpo_condition *condition, int64_t value);
bool hpo__condition_has(const struct hpo_condition *condition, int64_t value);
/* Renew `order`. A circle is HPO_EINVAL; *guilty (may be NULL) is then an axis in it. */
hpo_status_t hpo__condition_sort(hpo_space_t *space, size_t *guilty, hpo_error_t *error);
/* Whether two axes can never be active at once, whatever the values. */
bool hpo__condition_exclude(const hpo_space_t *space, size_t a, size_t b);
/* Whether all conditions of a parameter hold; its parents are decided. */
bool hpo__condition_holds(const struct hpo_param *param, const union hpo_value *values,
			  const uint8_t *active);
/* The axes that are active at a point. */
void hpo__condition_at_point(const hpo_space_t *space, const double *point, struct hpo_axes *out);
/* "optimizer is sgd": why an axis is not active; for sentences. */
void hpo__condition_describe(const hpo_space_t *space, size_t axis, char *text, size_t size);

/* constraint.c */
void hpo__constraint_release(struct hpo_constraint *constraint);
hpo_status_t hpo__constraint_copy(struct hpo_constraint *out,
				  const struct hpo_constraint *constraint);
/* As hpo_space_add_constraint(), but the sentence has no mention of where it stands. */
hpo_status_t hpo__constraint_add(hpo_space_t *space, const char *text, hpo_error_t *error);
/* The first that does not hold for these values; NULL when all hold. */
const struct hpo_constraint *hpo__constraint_broken(const hpo_space_t *space,
						    const union hpo_value *values,
						    const uint8_t *active);

/* The axes that a constraint names. */
void hpo__constraint_axes(const hpo_space_t *space, const struct hpo_constraint *constraint,
			  struct hpo_axes *out);
/* How far apart the sides of each constraint are at a point; 0 where it holds. */
void hpo__constraint_gaps(const hpo_space_t *space, const double *point, double *gaps);

/* json.c */
/* Refuse a fault at the member of `at` that its key names. */
hpo_status_t hpo__refuse_fault(const struct hpo_json_at *at, const struct hpo_fault *fault,
			       hpo_error_t *error);
/* Add what a JSON value says as a choice. */
hpo_status_t hpo__param_add_json(struct hpo_param *param, const hpo_json_t *json,
				 struct hpo_fault *fault);

/* clearml.c */
/* The `type`s of ClearML, ended by NULL. */
extern const char *const hpo__clearml_types[];
bool hpo__clearml_is(const char *type);
/* Add the parameters of the object at `at`, whose `type` is one of them. */
hpo_status_t hpo__clearml_read(hpo_space_t *space, const struct hpo_json_at *at,
			       hpo_error_t *error);

#endif
