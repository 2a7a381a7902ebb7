/*
 * Constraints over boxes, by interval arithmetic.
 *
 * R. E. Moore, "Interval Analysis" (1966). Rounding is monotone, so the results
 * at the corners of a box bound those within it, and no outward rounding is
 * needed; powers, which libm may round otherwise, get a slack.
 */
#include "space/region.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

struct interval {
	double low, high; /* a NaN or an infinity in either: nothing is known */
};

static const struct interval whole = {-INFINITY, INFINITY};

/* Far above what pow() may be off, far below what a constraint means. */
static const double slack = 1e-12;

enum { DEPTH = 64 }; /* of the stack: constraint.c compiles for no more */

struct hpo_region *hpo__region_new(const hpo_space_t *space)
{
	size_t d = space->count;
	struct hpo_region *region =
		hpo__calloc(1, sizeof *region + d * (sizeof *region->sides + 1));

	if (region == NULL)
		return NULL;
	region->space = space;
	region->sides = (struct hpo_side *)(void *)(region + 1);
	region->active = (uint8_t *)(region->sides + d);
	hpo__region_reset(region);
	return region;
}

void hpo__region_reset(struct hpo_region *region)
{
	for (size_t i = 0; i < region->space->count; i++)
		hpo__region_open(region, i);
}

void hpo__region_open(struct hpo_region *region, size_t axis)
{
	const uint64_t cells = region->space->params[axis].cells;

	region->sides[axis] = (struct hpo_side){0, 1, 0, cells > 0 ? cells - 1 : 0};
}

/* What a condition says of its child, its parent being active. */
static enum hpo_certainty condition_holds(const struct hpo_condition *condition,
					  const struct hpo_param *parent,
					  const struct hpo_side *side)
{
	const int64_t first = hpo__scale_value(parent, side->first).integer;
	const int64_t last = hpo__scale_value(parent, side->last).integer;
	uint64_t named = 0;

	for (size_t i = 0; i < condition->count; i++)
		named += condition->values[i] >= first && condition->values[i] <= last;
	if (named == 0)
		return HPO__NEVER;
	return named == side->last - side->first + 1 ? HPO__ALWAYS : HPO__SOMETIMES;
}

static void renew_activity(struct hpo_region *region)
{
	const hpo_space_t *space = region->space;

	for (size_t t = 0; t < space->count; t++) {
		const size_t axis = space->order[t];
		const struct hpo_param *param = &space->params[axis];
		enum hpo_certainty sum = HPO__ALWAYS;

		for (size_t i = 0; i < param->condition_count; i++) {
			const size_t parent = param->conditions[i].parent;
			enum hpo_certainty one = condition_holds(&param->conditions[i],
								 &space->params[parent],
								 &region->sides[parent]);

			if (region->active[parent] < one)
				one = region->active[parent];
			sum = one < sum ? one : sum;
		}
		region->active[axis] = (uint8_t)sum;
	}
}

static double number_at(const struct hpo_param *param, uint64_t cell, double coordinate)
{
	const union hpo_value value = param->cells > 0 ? hpo__scale_value(param, cell)
						       : hpo__scale_decode(param, coordinate);

	if (param->kind == HPO_PARAM_FLOAT)
		return value.real;
	if (param->kind == HPO_PARAM_INT)
		return (double)value.integer;
	return param->choices[value.integer].number;
}

static struct interval axis_interval(const struct hpo_region *region, size_t axis)
{
	const struct hpo_param *param = &region->space->params[axis];
	const struct hpo_side *side = &region->sides[axis];
	const double a = number_at(param, side->first, side->low);
	const double b = number_at(param, side->last, side->high);
	struct interval out = {fmin(a, b), fmax(a, b)};

	if (param->shape != HPO__SHAPE_CHOICE)
		return out; /* all other shapes are monotone */
	for (uint64_t cell = side->first; cell < side->last; cell++) {
		out.low = fmin(out.low, number_at(param, cell, 0));
		out.high = fmax(out.high, number_at(param, cell, 0));
	}
	return out;
}

/* The parameter that `first` names; false when it may be missing, or be another axis. */
static bool fetch(const struct hpo_region *region, size_t first, struct interval *out)
{
	const struct hpo_param *params = region->space->params;

	for (size_t i = first; i < region->space->count; i++) {
		if (i != first && (params[i].hidden || strcmp(params[i].name, params[first].name) != 0))
			continue;
		if (region->active[i] == HPO__ALWAYS) {
			*out = axis_interval(region, i);
			return true;
		}
		if (!params[first].in_set)
			return false;
	}
	return false;
}

static struct interval hull(double a, double b, double c, double d)
{
	return (struct interval){fmin(fmin(a, b), fmin(c, d)), fmax(fmax(a, b), fmax(c, d))};
}

static bool is_known(struct interval x)
{
	return isfinite(x.low) && isfinite(x.high);
}

static struct interval power(struct interval base, struct interval exponent)
{
	const double n = exponent.low;
	struct interval out;

	if (base.low > 0) {
		out = hull(pow(base.low, n), pow(base.low, exponent.high), pow(base.high, n),
			   pow(base.high, exponent.high));
	} else if (n == exponent.high && n > 0 && floor(n) == n) {
		out = hull(pow(base.low, n), pow(base.high, n), pow(base.low, n),
			   pow(base.high, n));
		if (fmod(n, 2) == 0 && base.high >= 0)
			out.low = 0;
	} else {
		return whole;
	}
	out.low -= slack * fabs(out.low);
	out.high += slack * fabs(out.high);
	return out;
}

static struct interval apply(int op, struct interval a, struct interval b)
{
	if (!is_known(a) || !is_known(b))
		return whole;
	switch (op) {
	case HPO__ADD:
		return (struct interval){a.low + b.low, a.high + b.high};
	case HPO__SUBTRACT:
		return (struct interval){a.low - b.high, a.high - b.low};
	case HPO__MULTIPLY:
		return hull(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high);
	case HPO__DIVIDE:
		if (b.low <= 0 && b.high >= 0)
			return whole;
		return hull(a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high);
	default:
		return power(a, b);
	}
}

/* Whether `a` is above `b` beyond doubt. */
static bool is_above(double a, double b)
{
	return a - b > slack * (fabs(a) + fabs(b));
}

static bool is_false(enum hpo_relation relation, struct interval left, struct interval right)
{
	if (!is_known(left) || !is_known(right))
		return false;
	switch (relation) {
	case HPO__LESS_EQUAL:
	case HPO__LESS:
		return is_above(left.low, right.high);
	case HPO__GREATER_EQUAL:
	case HPO__GREATER:
		return is_above(right.low, left.high);
	case HPO__EQUAL:
		return is_above(left.low, right.high) || is_above(right.low, left.high);
	default:
		return left.low == left.high && right.low == right.high && left.low == right.low;
	}
}

static bool is_broken(const struct hpo_region *region, const struct hpo_constraint *constraint)
{
	struct interval stack[DEPTH];
	size_t top = 0;

	for (size_t i = 0; i < constraint->length; i++) {
		const struct hpo_instruction *instruction = &constraint->code[i];
		struct interval x;

		switch (instruction->op) {
		case HPO__PUSH_NUMBER:
			stack[top++] = (struct interval){instruction->number, instruction->number};
			break;
		case HPO__PUSH_AXIS:
			if (!fetch(region, instruction->axis, &stack[top]))
				return false;
			top++;
			break;
		case HPO__NEGATE:
			x = stack[top - 1];
			stack[top - 1] = (struct interval){-x.high, -x.low};
			break;
		default:
			top--;
			stack[top - 1] = apply(instruction->op, stack[top - 1], stack[top]);
			break;
		}
	}
	return is_false(constraint->relation, stack[0], stack[1]);
}

bool hpo__region_is_hopeless(struct hpo_region *region)
{
	renew_activity(region);
	for (size_t i = 0; i < region->space->constraint_count; i++) {
		if (is_broken(region, &region->space->constraints[i]))
			return true;
	}
	return false;
}

void hpo__region_relevant(const hpo_space_t *space, struct hpo_axes *out)
{
	struct hpo_axes named;

	hpo__axes_clear(out, space->count);
	for (size_t c = 0; c < space->constraint_count; c++) {
		hpo__constraint_axes(space, &space->constraints[c], &named);
		for (size_t i = 0; i < space->count; i++) {
			if (hpo__axes_has(&named, i))
				hpo__axes_add(out, i);
		}
	}
	/* Children come after their parents in the order, so one pass from its end will do. */
	for (size_t t = space->count; t-- > 0;) {
		const struct hpo_param *param = &space->params[space->order[t]];

		if (!hpo__axes_has(out, space->order[t]))
			continue;
		for (size_t i = 0; i < param->condition_count; i++)
			hpo__axes_add(out, param->conditions[i].parent);
	}
}
