/*
 * One parameter of a space, as the files of this room share it.
 *
 * What a coordinate means is its shape: the checks of hpo__param_set_…() fill
 * in shape, cells and the numbers beside them, and from then on scale.c needs
 * no further test. A choice's values are 0 … choice_count - 1, a bool's are
 * its two choices "false" and "true".
 */
#ifndef HPO_SPACE_PARAM_H
#define HPO_SPACE_PARAM_H

#include "base/number.h"
#include "space/space.h"

enum {
	HPO__NAME_MAX = 255,	  /* bytes of a name */
	HPO__AXES_MAX = 1 << 16,  /* so that a mask of all axes fits on the stack */
	HPO__SETS_DEPTH_MAX = 16, /* of a ParameterSet within a ParameterSet */
	HPO__TEXT_MAX = 120	  /* bytes of a user's value that a sentence repeats */
};

/* How a coordinate becomes a value. */
enum hpo_shape {
	HPO__SHAPE_LINEAR,   /* a float: low + x (high - low) */
	HPO__SHAPE_LOG,	     /* a float: exp of the same on logarithms */
	HPO__SHAPE_STEP,     /* a float on a ladder */
	HPO__SHAPE_EXPONENT, /* a float whose exponent is on a ladder */
	HPO__SHAPE_INT,	     /* an int: equal cells */
	HPO__SHAPE_LOG_INT,  /* an int: cells of log((v + 1/2) / (v - 1/2)) */
	HPO__SHAPE_CHOICE    /* equal cells, one a choice */
};

/* first + k step, free of binary noise where both are decimals: see hpo__ladder_value(). */
struct hpo_ladder {
	double first;
	double step;	      /* 0: no ladder */
	double unit;	      /* a power of ten, 0 when the two are not decimals */
	int64_t scaled_first; /* first * unit, exact */
	int64_t scaled_step;  /* step * unit, exact */
};

enum hpo_choice_type { HPO__CHOICE_TEXT, HPO__CHOICE_NUMBER, HPO__CHOICE_LITERAL };

/* One choice. Its text is what a command line sees; of all but HPO__CHOICE_TEXT also its JSON. */
struct hpo_choice {
	char *text;
	enum hpo_choice_type type;
	double number; /* NaN when it is none */
};

/* Holds when the parent is active and its value is one of `values`. */
struct hpo_condition {
	size_t parent;
	int64_t *values; /* [count], ascending, distinct; indices of a choice or ints */
	size_t count;
};

struct hpo_param {
	char *name;
	hpo_param_kind_t kind;
	hpo_scale_t scale;
	enum hpo_shape shape;
	uint64_t cells;		    /* 0: a continuum */
	union hpo_value low, high;  /* of a float or int, as given */
	int64_t stride;		    /* the step of an int, at least 1 */
	struct hpo_ladder ladder;   /* of a stepped float */
	double base;		    /* of HPO__SHAPE_EXPONENT */
	double origin, span;	    /* of LINEAR, LOG and LOG_INT, on the scale */
	struct hpo_choice *choices; /* [choice_count] */
	size_t choice_count;
	struct hpo_condition *conditions; /* [condition_count], all of which must hold */
	size_t condition_count;
	union hpo_value preset; /* the default, if has_preset */
	bool has_preset;
	bool hidden;   /* selects a branch of a ParameterSet */
	bool in_set;   /* belongs to such a branch, or selects one */
	size_t source; /* 1 + the ClearML object it came from; 0 for none */
	size_t extent; /* of a hidden one: how many axes after it are its branches' */
};

/* What is wrong with a definition: the guilty key of its JSON object, and why. */
struct hpo_fault {
	const char *key; /* static: "low", "step", …; NULL when memory is out */
	char text[320];
};

/* A number as text, for sentences; used as hpo__show(x).text. */
struct hpo_shown {
	char text[HPO__NUMBER_SIZE];
};

struct hpo_shown hpo__show(double value);

/* Note a fault; always HPO_EINVAL. */
hpo_status_t hpo__fault(struct hpo_fault *fault, const char *key, const char *format, ...)
	HPO__PRINTF(3, 4);
/* "parameter 'lr': low 3 is above high 1". */
hpo_status_t hpo__fail_fault(hpo_error_t *error, const char *name, const struct hpo_fault *fault);

void hpo__param_release(struct hpo_param *param);
hpo_status_t hpo__param_copy(struct hpo_param *out, const struct hpo_param *param);

/* What varies. `step` 0 means none. Only the first call on a zeroed param counts. */
hpo_status_t hpo__param_set_real(struct hpo_param *param, double low, double high,
				 hpo_scale_t scale, struct hpo_fault *fault);
hpo_status_t hpo__param_set_integer(struct hpo_param *param, int64_t low, int64_t high,
				    hpo_scale_t scale, struct hpo_fault *fault);
hpo_status_t hpo__param_set_step(struct hpo_param *param, double step, struct hpo_fault *fault);
/* As the above for an int, whose step need not fit a double. */
hpo_status_t hpo__param_set_stride(struct hpo_param *param, int64_t step, struct hpo_fault *fault);
/* base^low … base^high, by `step` in the exponent unless it is 0. */
hpo_status_t hpo__param_set_power(struct hpo_param *param, double base, double low, double high,
				  double step, struct hpo_fault *fault);
/* Take the highest value out, if it is among the values of a float; HPO_EINVAL if none is left. */
hpo_status_t hpo__param_exclude_high(struct hpo_param *param, struct hpo_fault *fault);

/* Numbers are the same choice when they are equal, others when they read the same. */
bool hpo__choice_same(const struct hpo_choice *a, const struct hpo_choice *b);
/* Add a choice; a repeated one is HPO_EINVAL. Then, when all are there, finish. */
hpo_status_t hpo__param_add_choice(struct hpo_param *param, enum hpo_choice_type type,
				   const char *text, struct hpo_fault *fault);
hpo_status_t hpo__param_set_choices(struct hpo_param *param, hpo_param_kind_t kind,
				    struct hpo_fault *fault);
hpo_status_t hpo__param_set_bool(struct hpo_param *param, struct hpo_fault *fault);

/* Whether all its values are numbers. */
bool hpo__param_is_numeric(const struct hpo_param *param);

/* A value of the parameter from what JSON or text says of it; the sentence has no name in it. */
hpo_status_t hpo__param_from_json(const struct hpo_param *param, const hpo_json_t *json,
				  union hpo_value *out, struct hpo_fault *fault);
hpo_status_t hpo__param_from_text(const struct hpo_param *param, const char *text,
				  union hpo_value *out, struct hpo_fault *fault);
/* A JSON number that is whole, an integer beyond doubt; false otherwise. */
bool hpo__whole(const hpo_json_t *json, int64_t *out);
/* The same of a text: "64", "64.0", "1e3". */
bool hpo__parse_whole(const char *text, int64_t *out);

/* The value as JSON, appended. */
void hpo__param_write_value(const struct hpo_param *param, union hpo_value value,
			    struct hpo_buffer *out);
/* "0.1 … 1", "one of adam, sgd": for sentences. */
void hpo__param_describe(const struct hpo_param *param, char *text, size_t size);

/* Scale.c: one axis, coordinate to value and back. */
double hpo__ladder_value(const struct hpo_ladder *ladder, uint64_t k);
double hpo__scale_clamp(double coordinate);
union hpo_value hpo__scale_decode(const struct hpo_param *param, double coordinate);
double hpo__scale_encode(const struct hpo_param *param, union hpo_value value);
/* The number of the cell of a value, and the value of a cell; not for a continuum. */
uint64_t hpo__scale_cell(const struct hpo_param *param, union hpo_value value);
union hpo_value hpo__scale_value(const struct hpo_param *param, uint64_t cell);
/* Where cell number `cell` begins; cells gives 1. */
double hpo__scale_edge(const struct hpo_param *param, uint64_t cell);

#endif
