/*
 * Constraints between parameters: an expression is compiled once for a stack
 * machine, whose depth is known then.
 */
#include "space/inside.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum {
	DEPTH_MAX = 64 /* of parentheses, signs and powers, and of the stack */
};

void hpo__constraint_release(struct hpo_constraint *constraint)
{
	hpo__free(constraint->text);
	hpo__free(constraint->code);
	memset(constraint, 0, sizeof *constraint);
}

hpo_status_t hpo__constraint_copy(struct hpo_constraint *out,
				  const struct hpo_constraint *constraint)
{
	*out = *constraint;
	out->text = hpo__strdup(constraint->text);
	out->code = hpo__calloc(constraint->length, sizeof *out->code);
	if (out->text == NULL || out->code == NULL) {
		hpo__constraint_release(out);
		return HPO_ENOMEM;
	}
	memcpy(out->code, constraint->code, constraint->length * sizeof *out->code);
	out->capacity = constraint->length;
	return HPO_OK;
}

/* A text on its way to a program. */
struct parser {
	const hpo_space_t *space;
	struct hpo_constraint *out;
	const char *text;
	size_t at;    /* the next byte */
	int depth;    /* of the recursion */
	size_t stack; /* what is on the machine's stack here */
	hpo_error_t *error;
};

static hpo_status_t parse_sum(struct parser *parser);
static hpo_status_t parse_signed(struct parser *parser);

static hpo_status_t refuse(struct parser *parser, const char *wanted)
{
	const char *rest = parser->text + parser->at;

	if (*rest == '\0')
		return hpo__fail(parser->error, HPO_EINVAL,
				 "column %zu: %s is expected, and the text ends", parser->at + 1,
				 wanted);
	return hpo__fail(parser->error, HPO_EINVAL, "column %zu: %s is expected, not '%.20s'",
			 parser->at + 1, wanted, rest);
}

static void skip_blanks(struct parser *parser)
{
	while (parser->text[parser->at] == ' ' || parser->text[parser->at] == '\t')
		parser->at++;
}

static bool accept(struct parser *parser, char c)
{
	skip_blanks(parser);
	if (parser->text[parser->at] != c)
		return false;
	parser->at++;
	return true;
}

/* Append an instruction that leaves `stack` numbers; the machine never needs more than DEPTH_MAX.
 */
static hpo_status_t emit(struct parser *parser, struct hpo_instruction instruction, size_t stack)
{
	struct hpo_constraint *out = parser->out;
	struct hpo_instruction *grown;

	if (stack > DEPTH_MAX)
		return hpo__fail(parser->error, HPO_EINVAL,
				 "column %zu: the expression is nested too deeply", parser->at + 1);
	grown = hpo__grow(out->code, &out->capacity, out->length + 1, sizeof *grown);
	if (grown == NULL)
		return hpo__fail_memory(parser->error);
	out->code = grown;
	out->code[out->length++] = instruction;
	parser->stack = stack;
	return HPO_OK;
}

static hpo_status_t emit_binary(struct parser *parser, int op)
{
	struct hpo_instruction instruction = {op, 0, 0};

	return emit(parser, instruction, parser->stack - 1);
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/*
 * The longest name of the space that the text goes on with, so that "Args/lr"
 * is a parameter where there is one, and a quotient where there is not.
 */
static size_t match_name(const struct parser *parser, size_t *axis)
{
	const char *rest = parser->text + parser->at;
	size_t longest = 0;

	for (size_t i = 0; i < parser->space->count; i++) {
		const struct hpo_param *param = &parser->space->params[i];
		size_t length = strlen(param->name);

		if (param->hidden || length <= longest || strncmp(rest, param->name, length) != 0)
			continue;
		if (is_word(param->name[length - 1]) && is_word(rest[length]))
			continue;
		longest = length;
		*axis = i;
	}
	return longest;
}

static hpo_status_t refuse_name(struct parser *parser)
{
	const char *rest = parser->text + parser->at;
	char name[HPO__NAME_MAX + 1];
	const char *nearest;
	size_t length = 0;

	while (length < HPO__NAME_MAX && is_word(rest[length]))
		length++;
	memcpy(name, rest, length);
	name[length] = '\0';
	nearest = hpo__space_nearest(parser->space, name);
	if (nearest == NULL)
		return hpo__fail(parser->error, HPO_ENOTFOUND,
				 "column %zu: there is no parameter '%.100s'", parser->at + 1,
				 name);
	return hpo__fail(parser->error, HPO_ENOTFOUND,
			 "column %zu: there is no parameter '%.100s'; did you mean '%.100s'?",
			 parser->at + 1, name, nearest);
}

static hpo_status_t parse_name(struct parser *parser)
{
	struct hpo_instruction push = {HPO__PUSH_AXIS, 0, 0};
	size_t length = match_name(parser, &push.axis);

	if (length == 0 && !is_word(parser->text[parser->at]))
		return refuse(parser, "a number, a parameter or '('");
	if (length == 0)
		return refuse_name(parser);
	for (size_t i = push.axis; i < parser->space->count; i++) {
		const struct hpo_param *param = &parser->space->params[i];

		if (param->hidden ||
		    strcmp(param->name, parser->space->params[push.axis].name) != 0)
			continue;
		if (!hpo__param_is_numeric(param))
			return hpo__fail(parser->error, HPO_EINVAL,
					 "column %zu: '%.100s' has choices that are no numbers",
					 parser->at + 1, param->name);
	}
	parser->at += length;
	return emit(parser, push, parser->stack + 1);
}

static hpo_status_t parse_number(struct parser *parser)
{
	struct hpo_instruction push = {HPO__PUSH_NUMBER, 0, 0};
	size_t used;

	push.number = hpo__scan_real(parser->text + parser->at, &used);
	if (used == 0 || !isfinite(push.number))
		return refuse(parser, "a finite number");
	parser->at += used;
	return emit(parser, push, parser->stack + 1);
}

static hpo_status_t parse_primary(struct parser *parser)
{
	size_t axis;
	hpo_status_t status;
	char c;

	if (accept(parser, '(')) {
		status = parse_sum(parser);
		if (status < 0)
			return status;
		return accept(parser, ')') ? HPO_OK : refuse(parser, "')'");
	}
	c = parser->text[parser->at];
	if (((c >= '0' && c <= '9') || c == '.') && match_name(parser, &axis) == 0)
		return parse_number(parser);
	return parse_name(parser);
}

/* A power binds tighter than the sign before it, and from the right: -a^b^c is -(a^(b^c)). */
static hpo_status_t parse_power(struct parser *parser)
{
	hpo_status_t status = parse_primary(parser);

	if (status < 0 || !accept(parser, '^'))
		return status;
	status = parse_signed(parser);
	return status < 0 ? status : emit_binary(parser, HPO__POWER);
}

static hpo_status_t parse_signed(struct parser *parser)
{
	struct hpo_instruction negate = {HPO__NEGATE, 0, 0};
	hpo_status_t status;

	if (parser->depth == DEPTH_MAX)
		return hpo__fail(parser->error, HPO_EINVAL,
				 "column %zu: the expression is nested too deeply", parser->at + 1);
	parser->depth++;
	if (accept(parser, '-')) {
		status = parse_signed(parser);
		if (status == HPO_OK)
			status = emit(parser, negate, parser->stack);
	} else {
		status = parse_power(parser);
	}
	parser->depth--;
	return status;
}

static hpo_status_t parse_product(struct parser *parser)
{
	hpo_status_t status = parse_signed(parser);

	while (status == HPO_OK) {
		if (accept(parser, '*')) {
			status = parse_signed(parser);
			if (status == HPO_OK)
				status = emit_binary(parser, HPO__MULTIPLY);
		} else if (accept(parser, '/')) {
			status = parse_signed(parser);
			if (status == HPO_OK)
				status = emit_binary(parser, HPO__DIVIDE);
		} else {
			return HPO_OK;
		}
	}
	return status;
}

static hpo_status_t parse_sum(struct parser *parser)
{
	hpo_status_t status = parse_product(parser);

	while (status == HPO_OK) {
		if (accept(parser, '+')) {
			status = parse_product(parser);
			if (status == HPO_OK)
				status = emit_binary(parser, HPO__ADD);
		} else if (accept(parser, '-')) {
			status = parse_product(parser);
			if (status == HPO_OK)
				status = emit_binary(parser, HPO__SUBTRACT);
		} else {
			return HPO_OK;
		}
	}
	return status;
}

static hpo_status_t parse_relation(struct parser *parser)
{
	static const struct {
		const char *sign;
		enum hpo_relation relation;
	} relations[] = {
		{"<=", HPO__LESS_EQUAL}, {">=", HPO__GREATER_EQUAL}, {"==", HPO__EQUAL},
		{"!=", HPO__NOT_EQUAL},	 {"<", HPO__LESS},	     {">", HPO__GREATER},
	};

	skip_blanks(parser);
	for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
		size_t length = strlen(relations[i].sign);

		if (strncmp(parser->text + parser->at, relations[i].sign, length) != 0)
			continue;
		parser->at += length;
		parser->out->relation = relations[i].relation;
		return HPO_OK;
	}
	return refuse(parser, "one of <= < >= > == !=");
}

static hpo_status_t parse(struct parser *parser)
{
	hpo_status_t status = parse_sum(parser);

	if (status == HPO_OK)
		status = parse_relation(parser);
	if (status == HPO_OK)
		status = parse_sum(parser);
	if (status < 0)
		return status;
	skip_blanks(parser);
	return parser->text[parser->at] == '\0' ? HPO_OK : refuse(parser, "the end");
}

hpo_status_t hpo__constraint_add(hpo_space_t *space, const char *text, hpo_error_t *error)
{
	struct hpo_constraint constraint = {NULL, NULL, 0, 0, HPO__LESS_EQUAL};
	struct parser parser = {space, &constraint, text, 0, 0, 0, error};
	struct hpo_constraint *grown;
	hpo_status_t status = parse(&parser);

	if (status < 0)
		goto done;
	constraint.text = hpo__strdup(text);
	grown = hpo__grow(space->constraints, &space->constraint_capacity,
			  space->constraint_count + 1, sizeof *grown);
	if (grown != NULL)
		space->constraints = grown;
	if (constraint.text == NULL || grown == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	space->constraints[space->constraint_count++] = constraint;
	memset(&constraint, 0, sizeof constraint);
done:
	hpo__constraint_release(&constraint);
	return status;
}

hpo_status_t hpo_space_add_constraint(hpo_space_t *space, const char *expression,
				      hpo_error_t *error)
{
	hpo_error_t cause = {0, ""};
	hpo_status_t status;

	hpo__error_clear(error);
	status = hpo__constraint_add(space, expression, &cause);
	if (status == HPO_ENOMEM)
		return hpo__fail_memory(error);
	if (status < 0)
		return hpo__fail(error, status, "constraint '%.200s': %.250s", expression,
				 cause.message);
	return HPO_OK;
}

size_t hpo__space_constraints(const hpo_space_t *space)
{
	return space->constraint_count;
}

/* Where the machine takes its numbers from: a point, or values that were made of one. */
struct source {
	const hpo_space_t *space;
	const double *point;	       /* [d], or NULL */
	const struct hpo_axes *axes;   /* active at the point */
	const union hpo_value *values; /* [d] without a point */
	const uint8_t *active;	       /* [d] without a point */
};

static bool source_has(const struct source *source, size_t axis)
{
	return source->point != NULL ? hpo__axes_has(source->axes, axis) : source->active[axis];
}

/* The number of a parameter; false when no axis that bears its name is active. */
static bool fetch(const struct source *source, size_t first, double *out)
{
	const struct hpo_param *params = source->space->params;
	union hpo_value value;
	size_t axis = first;

	while (!source_has(source, axis)) {
		if (!params[first].in_set)
			return false;
		do {
			if (++axis == source->space->count)
				return false;
		} while (params[axis].hidden || strcmp(params[axis].name, params[first].name) != 0);
	}
	value = source->point != NULL ? hpo__scale_decode(&params[axis], source->point[axis])
				      : source->values[axis];
	if (params[axis].kind == HPO_PARAM_FLOAT)
		*out = value.real;
	else if (params[axis].kind == HPO_PARAM_INT)
		*out = (double)value.integer;
	else
		*out = params[axis].choices[value.integer].number;
	return true;
}

static double apply(int op, double left, double right)
{
	switch (op) {
	case HPO__ADD:
		return left + right;
	case HPO__SUBTRACT:
		return left - right;
	case HPO__MULTIPLY:
		return left * right;
	case HPO__DIVIDE:
		return left / right;
	default:
		return pow(left, right);
	}
}

/* A side that is not finite, as after a division by 0, satisfies nothing. */
static bool compare(enum hpo_relation relation, double left, double right)
{
	if (!isfinite(left) || !isfinite(right))
		return false;
	switch (relation) {
	case HPO__LESS_EQUAL:
		return left <= right;
	case HPO__LESS:
		return left < right;
	case HPO__GREATER_EQUAL:
		return left >= right;
	case HPO__GREATER:
		return left > right;
	case HPO__EQUAL:
		return left == right;
	default:
		return left != right;
	}
}

/* The two sides; false when a parameter is not active, and the constraint says nothing. */
static bool evaluate(const struct hpo_constraint *constraint, const struct source *source,
		     double *left, double *right)
{
	double stack[DEPTH_MAX];
	size_t top = 0;

	for (size_t i = 0; i < constraint->length; i++) {
		const struct hpo_instruction *instruction = &constraint->code[i];

		switch (instruction->op) {
		case HPO__PUSH_NUMBER:
			stack[top++] = instruction->number;
			break;
		case HPO__PUSH_AXIS:
			if (!fetch(source, instruction->axis, &stack[top]))
				return false;
			top++;
			break;
		case HPO__NEGATE:
			stack[top - 1] = -stack[top - 1];
			break;
		default:
			top--;
			stack[top - 1] = apply(instruction->op, stack[top - 1], stack[top]);
			break;
		}
	}
	*left = stack[0];
	*right = stack[1];
	return true;
}

static bool holds(const struct hpo_constraint *constraint, const struct source *source)
{
	double left;
	double right;

	return !evaluate(constraint, source, &left, &right) ||
	       compare(constraint->relation, left, right);
}

static const struct hpo_constraint *first_broken(const struct source *source)
{
	for (size_t i = 0; i < source->space->constraint_count; i++)
		if (!holds(&source->space->constraints[i], source))
			return &source->space->constraints[i];
	return NULL;
}

const struct hpo_constraint *hpo__constraint_broken(const hpo_space_t *space,
						    const union hpo_value *values,
						    const uint8_t *active)
{
	struct source source = {space, NULL, NULL, values, active};

	return first_broken(&source);
}

int hpo_space_is_feasible(const hpo_space_t *space, const double *point)
{
	struct hpo_axes axes;
	struct source source = {space, point, &axes, NULL, NULL};

	if (space->constraint_count == 0)
		return 1;
	hpo__condition_at_point(space, point, &axes);
	return first_broken(&source) == NULL ? 1 : 0;
}

void hpo__constraint_gaps(const hpo_space_t *space, const double *point, double *gaps)
{
	struct hpo_axes axes;
	struct source source = {space, point, &axes, NULL, NULL};

	hpo__condition_at_point(space, point, &axes);
	for (size_t i = 0; i < space->constraint_count; i++) {
		double left;
		double right;

		gaps[i] = 0;
		if (evaluate(&space->constraints[i], &source, &left, &right) &&
		    !compare(space->constraints[i].relation, left, right))
			gaps[i] = isfinite(left - right) ? fabs(left - right) : INFINITY;
	}
}

/* An axis, and those of other branches that bear its name. */
static void mark_bearers(const hpo_space_t *space, size_t first, struct hpo_axes *out)
{
	const struct hpo_param *params = space->params;

	for (size_t i = first; i < space->count; i++) {
		if (i == first || (params[first].in_set && !params[i].hidden &&
				   strcmp(params[i].name, params[first].name) == 0))
			hpo__axes_add(out, i);
	}
}

void hpo__constraint_axes(const hpo_space_t *space, const struct hpo_constraint *constraint,
			  struct hpo_axes *out)
{
	hpo__axes_clear(out, space->count);
	for (size_t i = 0; i < constraint->length; i++) {
		if (constraint->code[i].op == HPO__PUSH_AXIS)
			mark_bearers(space, constraint->code[i].axis, out);
	}
}
