/*
 * One axis of the unit cube: from a coordinate to a value and back.
 *
 * The n values of an ordered axis own half-open cells, [k/n, (k+1)/n), and
 * their own coordinate is the middle, (k + 1/2)/n. A log-scaled int is scaled
 * first, over [low - 1/2, high + 1/2], and rounded then; rounding in the cube
 * would give both end values half a cell.
 */
#include "space/param.h"

#include <math.h>

double hpo__scale_clamp(double coordinate)
{
	if (coordinate >= 0 && coordinate <= 1)
		return coordinate;
	if (isnan(coordinate))
		return 0.5;
	return coordinate < 0 ? 0 : 1;
}

/*
 * The sum is made of whole multiples of a power of ten and divided once, so it
 * is the double nearest to the decimal: 0.1 + 2 * 0.1 is 0.3.
 */
double hpo__ladder_value(const struct hpo_ladder *ladder, uint64_t k)
{
	if (ladder->unit > 0)
		return (double)(ladder->scaled_first + (int64_t)k * ladder->scaled_step) /
		       ladder->unit;
	return ladder->first + (double)k * ladder->step;
}

/*
 * The product x n may round over the edge of a cell, which is the double k/n:
 * the second look makes cells exactly what hpo__scale_edge() says they are.
 */
static uint64_t equal_cell(const struct hpo_param *param, double x)
{
	double n = (double)param->cells;
	double product = x * n;
	uint64_t k;

	if (product >= n)
		return param->cells - 1;
	k = (uint64_t)product;
	if (k >= param->cells)
		return param->cells - 1;
	if (k > 0 && (double)k / n > x)
		return k - 1;
	if (k + 1 < param->cells && (double)(k + 1) / n <= x)
		return k + 1;
	return k;
}

static double decode_real(const struct hpo_param *param, double x)
{
	double value = param->origin + x * param->span;

	if (x <= 0)
		return param->low.real;
	if (x >= 1)
		return param->high.real;
	if (param->shape == HPO__SHAPE_LOG)
		value = exp(value);
	if (value < param->low.real)
		return param->low.real;
	return value > param->high.real ? param->high.real : value;
}

/* Bounds are compared as doubles first: what lies between them can be cast. */
static int64_t decode_log_integer(const struct hpo_param *param, double x)
{
	double value = floor(exp(param->origin + x * param->span) + 0.5);

	if (value <= (double)param->low.integer)
		return param->low.integer;
	if (value >= (double)param->high.integer)
		return param->high.integer;
	return (int64_t)value;
}

union hpo_value hpo__scale_value(const struct hpo_param *param, uint64_t cell)
{
	union hpo_value value;

	switch (param->shape) {
	case HPO__SHAPE_STEP:
		value.real = hpo__ladder_value(&param->ladder, cell);
		if (value.real > param->high.real)
			value.real = param->high.real;
		break;
	case HPO__SHAPE_EXPONENT:
		value.real = pow(param->base, hpo__ladder_value(&param->ladder, cell));
		break;
	case HPO__SHAPE_INT:
	case HPO__SHAPE_LOG_INT:
		value.integer =
			(int64_t)((uint64_t)param->low.integer + cell * (uint64_t)param->stride);
		break;
	default:
		value.integer = (int64_t)cell;
		break;
	}
	return value;
}

union hpo_value hpo__scale_decode(const struct hpo_param *param, double coordinate)
{
	double x = hpo__scale_clamp(coordinate);
	union hpo_value value;

	switch (param->shape) {
	case HPO__SHAPE_LINEAR:
	case HPO__SHAPE_LOG:
		value.real = decode_real(param, x);
		return value;
	case HPO__SHAPE_LOG_INT:
		value.integer = decode_log_integer(param, x);
		return value;
	default:
		return hpo__scale_value(param, equal_cell(param, x));
	}
}

/* The step of a ladder nearest to a value on it, at most the last. */
static uint64_t nearest_step(const struct hpo_param *param, double value)
{
	double k = (value - param->ladder.first) / param->ladder.step;

	if (!(k > 0))
		return 0;
	k = floor(k + 0.5);
	return k >= (double)param->cells ? param->cells - 1 : (uint64_t)k;
}

uint64_t hpo__scale_cell(const struct hpo_param *param, union hpo_value value)
{
	switch (param->shape) {
	case HPO__SHAPE_STEP:
		return nearest_step(param, value.real);
	case HPO__SHAPE_EXPONENT:
		return nearest_step(param, log(value.real) / log(param->base));
	case HPO__SHAPE_INT:
	case HPO__SHAPE_LOG_INT:
		return ((uint64_t)value.integer - (uint64_t)param->low.integer) /
		       (uint64_t)param->stride;
	default:
		return (uint64_t)value.integer;
	}
}

double hpo__scale_encode(const struct hpo_param *param, union hpo_value value)
{
	switch (param->shape) {
	case HPO__SHAPE_LINEAR:
		if (!(param->span > 0))
			return 0.5;
		return hpo__scale_clamp((value.real - param->origin) / param->span);
	case HPO__SHAPE_LOG:
		if (!(param->span > 0))
			return 0.5;
		return hpo__scale_clamp((log(value.real) - param->origin) / param->span);
	case HPO__SHAPE_LOG_INT:
		return hpo__scale_clamp((log((double)value.integer) - param->origin) / param->span);
	default:
		return ((double)hpo__scale_cell(param, value) + 0.5) / (double)param->cells;
	}
}

double hpo__scale_edge(const struct hpo_param *param, uint64_t cell)
{
	double value;

	if (cell == 0)
		return 0;
	if (cell >= param->cells)
		return 1;
	if (param->shape != HPO__SHAPE_LOG_INT)
		return (double)cell / (double)param->cells;
	value = (double)(param->low.integer + (int64_t)cell);
	return hpo__scale_clamp((log(value - 0.5) - param->origin) / param->span);
}
