/**
 * @file
 * The search space: what may vary, between which bounds, on which scale, and
 * under which conditions.
 *
 * A space is built once, then read. It has one axis a parameter, in the order
 * in which they were added. A parameter is *active* when all its conditions
 * hold and the parents of those are active; only active parameters have a
 * value.
 */
#ifndef HPO_SPACE_H
#define HPO_SPACE_H

#include "hpo/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A search space. Building it is for one thread; reading it is for any number. */
typedef struct hpo_space hpo_space_t;

/** How a numeric parameter is measured. */
typedef enum hpo_scale { HPO_SCALE_LINEAR = 0, HPO_SCALE_LOG = 1 } hpo_scale_t;

/** What kind of values a parameter takes. */
typedef enum hpo_param_kind {
	HPO_PARAM_FLOAT = 0,
	HPO_PARAM_INT = 1,
	HPO_PARAM_CATEGORICAL = 2,
	HPO_PARAM_ORDINAL = 3,
	HPO_PARAM_BOOL = 4
} hpo_param_kind_t;

/**
 * Make an empty space.
 *
 * @param out  the space, yours: hpo_space_free(). NULL unless HPO_OK.
 * @return HPO_OK, HPO_ENOMEM.
 *
 * Threads: any. Since 0.1.
 */
HPO_API hpo_status_t hpo_space_new(hpo_space_t **out, hpo_error_t *error);

/** Free a space; NULL is fine. */
HPO_API void hpo_space_free(hpo_space_t *space);

/**
 * Add a real parameter.
 *
 * @param space  the space.
 * @param name   not empty, at most 255 bytes, not yet taken; copied.
 * @param low    the lowest value, included; above 0 on a log scale.
 * @param high   the highest value, included; not below `low`.
 * @param scale  HPO_SCALE_LINEAR or HPO_SCALE_LOG.
 * @return HPO_OK; HPO_EINVAL with the sentence, and the space as it was; HPO_ENOMEM.
 *
 * Threads: one may build a space. Since 0.1.
 */
HPO_API hpo_status_t hpo_space_add_float(hpo_space_t *space, const char *name, double low,
					 double high, hpo_scale_t scale, hpo_error_t *error);

/**
 * Add an integer parameter; bounds of at most 2^62 in size. As
 * hpo_space_add_float() for the rest.
 */
HPO_API hpo_status_t hpo_space_add_int(hpo_space_t *space, const char *name, int64_t low,
				       int64_t high, hpo_scale_t scale, hpo_error_t *error);

/**
 * Add a choice without an order.
 *
 * @param choices  [count], distinct strings, copied.
 * @param count    at least 1.
 *
 * Otherwise as hpo_space_add_float().
 */
HPO_API hpo_status_t hpo_space_add_categorical(hpo_space_t *space, const char *name,
					       const char *const *choices, size_t count,
					       hpo_error_t *error);

/** Add a choice whose order means something, lowest first. As hpo_space_add_categorical(). */
HPO_API hpo_status_t hpo_space_add_ordinal(hpo_space_t *space, const char *name,
					   const char *const *choices, size_t count,
					   hpo_error_t *error);

/** Add a parameter that is true or false. As hpo_space_add_float(). */
HPO_API hpo_status_t hpo_space_add_bool(hpo_space_t *space, const char *name, hpo_error_t *error);

/**
 * Restrict a linear float or int to low, low + step, low + 2 step, … not above
 * its high bound.
 *
 * @param step  above 0, a whole number for an int.
 * @return HPO_OK; HPO_EINVAL for a log scale or a choice; HPO_ENOTFOUND.
 */
HPO_API hpo_status_t hpo_space_set_step(hpo_space_t *space, const char *name, double step,
					hpo_error_t *error);

/**
 * Say what a parameter is when nobody tunes it. A point of all defaults is
 * among the first that the informed strategies try.
 *
 * @param value  the value as text: "0.01", "3", "adam", "true".
 * @return HPO_OK; HPO_EINVAL if it is not a value of the parameter; HPO_ENOTFOUND.
 */
HPO_API hpo_status_t hpo_space_set_default(hpo_space_t *space, const char *name,
					   const char *value, hpo_error_t *error);

/**
 * Make a parameter active only when its parent has one of some values. Several
 * conditions on one parameter must all hold.
 *
 * @param child   the parameter that becomes conditional.
 * @param parent  a choice, bool or int parameter.
 * @param values  [count], values of the parent as text.
 * @return HPO_OK; HPO_EINVAL for a value the parent cannot take or a circle of
 *         conditions; HPO_ENOTFOUND for a missing parameter.
 */
HPO_API hpo_status_t hpo_space_add_condition(hpo_space_t *space, const char *child,
					     const char *parent, const char *const *values,
					     size_t count, hpo_error_t *error);

/**
 * Demand a relation between parameters, such as "layers * units <= 2048".
 *
 * The grammar: one comparison (<= < >= > == !=) of two sums of products of
 * numbers, numeric parameters, parentheses, unary minus, + - * / and ^. A
 * relation that names an inactive parameter holds.
 *
 * @return HPO_OK; HPO_EINVAL with the column at which it does not parse, or for
 *         a parameter that is not numeric; HPO_ENOTFOUND.
 */
HPO_API hpo_status_t hpo_space_add_constraint(hpo_space_t *space, const char *expression,
					      hpo_error_t *error);

/**
 * Add a parameter in the short notation of the command line:
 * "lr=float(1e-5,0.1,log)", "layers=int(1,4)", "width=int(16,256,step=16)",
 * "act=choice(relu,tanh)", "size=ordinal(s,m,l)", "bias=bool".
 *
 * @return as the function for its kind; HPO_EINVAL names the column where the
 *         notation is not understood.
 */
HPO_API hpo_status_t hpo_space_add_text(hpo_space_t *space, const char *text, hpo_error_t *error);

/**
 * Read a space from the `parameters` array of a study file (and nothing else
 * of it), ClearML's own parameter objects included.
 *
 * @param json  a JSON array, terminated.
 * @param out   the space, yours. NULL unless HPO_OK.
 * @return HPO_OK; HPO_EINVAL with the path, as in "parameters[3].low"; HPO_ENOMEM.
 */
HPO_API hpo_status_t hpo_space_from_json(hpo_space_t **out, const char *json, hpo_error_t *error);

/** The space as the `parameters` array of a study file; free with hpo_free(). NULL: no memory. */
HPO_API char *hpo_space_to_json(const hpo_space_t *space);

/** How many parameters, which is how many axes, the space has. */
HPO_API size_t hpo_space_dims(const hpo_space_t *space);

/** The name of a parameter, borrowed from the space. `axis` is below hpo_space_dims(). */
HPO_API const char *hpo_space_name(const hpo_space_t *space, size_t axis);

/** The kind of a parameter. `axis` is below hpo_space_dims(). */
HPO_API hpo_param_kind_t hpo_space_kind(const hpo_space_t *space, size_t axis);

/**
 * How many different points the space has, conditions taken into account and
 * constraints not.
 *
 * @return the number; infinity where a float without a step can be active, or
 *         where conditions on many parents are too tangled to be counted; NaN
 *         when memory is out.
 */
HPO_API double hpo_space_cardinality(const hpo_space_t *space);

#ifdef __cplusplus
}
#endif
#endif
