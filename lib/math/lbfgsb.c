/*
 * Projected quasi-Newton steps with a limited memory.
 *
 * D. P. Bertsekas, "Projected Newton methods for optimization problems with
 * simple constraints", SIAM J. Control and Optimization 20 (1982): variables
 * that are held at a bound by their slope are left out, the others take a
 * Newton step, and the search goes along the projected arc. J. Nocedal and S. J.
 * Wright, "Numerical optimization", 2nd edition (2006): algorithm 7.4 for the
 * inverse curvature from pairs of steps and slopes, 3.5 for the search.
 *
 * This rather than the generalised Cauchy point of Byrd, Lu, Nocedal and Zhu
 * (1995), as the boxes here are small, and a step costs far less than the
 * function does.
 */
#include "math/lbfgsb.h"

#include <math.h>
#include <string.h>

struct descent {
	const struct hpo_lbfgsb *o;
	const double *low, *high; /* [n] */
	hpo__objective_fn f;
	void *user;
	size_t evaluations;
	size_t pairs, next;    /* filled, and the slot that is filled next */
	double *x, *slope;     /* [n], where we are */
	double *trial, *there; /* [n], where we may go, and its slope */
	double *direction;     /* [n] */
	double *free;	       /* [n], 1 where a variable may move, else 0 */
	double *steps, *turns; /* [memory][n], differences of x and of the slope */
	double *share;	       /* [memory] */
	double value;
};

size_t hpo__lbfgsb_work(size_t n, size_t memory)
{
	return 5 * n + memory * (2 * n + 1);
}

static void place_work(struct descent *s, double *work)
{
	size_t n = s->o->n;

	s->slope = work;
	s->trial = work + n;
	s->there = work + 2 * n;
	s->direction = work + 3 * n;
	s->free = work + 4 * n;
	s->steps = work + 5 * n;
	s->turns = s->steps + s->o->memory * n;
	s->share = s->turns + s->o->memory * n;
}

static double clamp(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

/* The value at `x`; infinite where it or a slope is not finite. */
static double evaluate(struct descent *s, const double *x, double *slope)
{
	double value = s->f(x, slope, s->user);
	double sum = 0;

	s->evaluations++;
	for (size_t i = 0; i < s->o->n; i++)
		sum += slope[i] * 0;
	return sum == 0 && isfinite(value) ? value : (double)INFINITY;
}

/* The largest slope along which a variable can still go down. Marks those that are free. */
static double measure_slope(struct descent *s)
{
	double most = 0;

	for (size_t i = 0; i < s->o->n; i++) {
		double room = s->slope[i] > 0 ? s->x[i] - s->low[i] : s->high[i] - s->x[i];
		double reach = fabs(s->slope[i]) < room ? fabs(s->slope[i]) : room;

		s->free[i] = room > 0 && s->low[i] < s->high[i] ? 1 : 0;
		most = reach > most ? reach : most;
	}
	return most;
}

/* The inner product over the free variables. */
static double dot_free(const struct descent *s, const double *a, const double *b)
{
	double sum = 0;

	for (size_t i = 0; i < s->o->n; i++)
		sum += s->free[i] * a[i] * b[i];
	return sum;
}

static void add(double *to, double factor, const double *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += factor * from[i];
}

/* Slot of the pair that is `age` old, 0 the newest. */
static size_t slot_of(const struct descent *s, size_t age)
{
	return (s->next + s->o->memory - 1 - age) % s->o->memory;
}

/* The first step, before there is curvature: no further than 1 in any variable. */
static double scale_first(const struct descent *s)
{
	double most = 0;

	for (size_t i = 0; i < s->o->n; i++)
		most = fmax(most, s->free[i] * fabs(s->slope[i]));
	return most > 1 ? 1 / most : 1;
}

/*
 * The two loops of algorithm 7.4, in the space of the free variables. A pair
 * whose curvature there is not positive says nothing and is passed over.
 */
static void multiply_inverse(struct descent *s)
{
	size_t n = s->o->n;
	double scale = 0;

	for (size_t age = 0; age < s->pairs; age++) {
		size_t k = slot_of(s, age);
		const double *step = s->steps + k * n;
		const double *turn = s->turns + k * n;
		double curvature = dot_free(s, step, turn);

		s->share[k] = NAN;
		if (!(curvature > 1e-14 * dot_free(s, turn, turn)))
			continue;
		if (scale == 0)
			scale = curvature / dot_free(s, turn, turn);
		s->share[k] = dot_free(s, step, s->direction) / curvature;
		add(s->direction, -s->share[k], turn, n);
	}
	if (scale == 0)
		scale = scale_first(s);
	for (size_t i = 0; i < n; i++)
		s->direction[i] *= scale;
	for (size_t age = s->pairs; age-- > 0;) {
		size_t k = slot_of(s, age);
		const double *step = s->steps + k * n;
		const double *turn = s->turns + k * n;

		if (isnan(s->share[k]))
			continue;
		add(s->direction,
		    s->share[k] - dot_free(s, turn, s->direction) / dot_free(s, step, turn), step,
		    n);
	}
}

static void choose_direction(struct descent *s)
{
	size_t n = s->o->n;
	double slope;

	for (size_t i = 0; i < n; i++)
		s->direction[i] = -s->free[i] * s->slope[i];
	multiply_inverse(s);
	for (size_t i = 0; i < n; i++)
		s->direction[i] *= s->free[i];

	slope = dot_free(s, s->direction, s->slope);
	if (slope < 0 && isfinite(slope))
		return;
	s->pairs = 0;
	for (size_t i = 0; i < n; i++)
		s->direction[i] = -s->free[i] * s->slope[i] * scale_first(s);
}

/* Go `length` along the direction, back to the bounds; the slope towards there, by the old one. */
static double project(struct descent *s, double length)
{
	double slope = 0;

	for (size_t i = 0; i < s->o->n; i++) {
		s->trial[i] = clamp(s->x[i] + length * s->direction[i], s->low[i], s->high[i]);
		slope += s->slope[i] * (s->trial[i] - s->x[i]);
	}
	return slope;
}

/* Where a parabola through f(0), f'(0) and f(length) is least, within sensible limits. */
static double shorten(double length, double slope, double rise)
{
	double least = -0.5 * slope / (rise - slope);

	return length * (isfinite(rise) ? clamp(least, 0.1, 0.5) : 0.1);
}

/*
 * From a step that is taken to a longer one, while most of the slope is left and
 * the value falls: so that the pair it leaves has a positive curvature.
 */
static double lengthen(struct descent *s, double value, double length)
{
	const double enough = 0.9; /* of the slope may be left: the curvature condition */
	size_t n = s->o->n;

	while (s->evaluations < s->o->max_evaluations) {
		double *better = s->steps + s->next * n; /* the oldest, about to go */
		double left = dot_free(s, s->there, s->direction);
		double further;

		if (left >= enough * dot_free(s, s->slope, s->direction) || length > 1e6)
			break;
		memcpy(better, s->there, n * sizeof *better);
		length *= 4;
		project(s, length);
		further = evaluate(s, s->trial, s->there);
		if (further < value) {
			value = further;
			continue;
		}
		length /= 4;
		project(s, length);
		memcpy(s->there, better, n * sizeof *better);
		break;
	}
	return value;
}

/* Look along the arc for a lower value; the value found, or infinity. */
static double search_line(struct descent *s)
{
	const double armijo = 1e-4; /* the share of the promised descent that must come */
	double length = 1;

	while (s->evaluations < s->o->max_evaluations) {
		double slope = project(s, length);
		double value;

		if (!(slope < 0))
			return (double)INFINITY;
		value = evaluate(s, s->trial, s->there);
		if (value <= s->value + armijo * slope)
			return lengthen(s, value, length);
		length = shorten(length, slope, value - s->value);
	}
	return (double)INFINITY;
}

/* Keep what the step says of the curvature, and go there. */
static void take_step(struct descent *s, double value)
{
	size_t n = s->o->n;
	double *step = s->steps + s->next * n;
	double *turn = s->turns + s->next * n;

	for (size_t i = 0; i < n; i++) {
		step[i] = s->trial[i] - s->x[i];
		turn[i] = s->there[i] - s->slope[i];
	}
	s->next = (s->next + 1) % s->o->memory;
	s->pairs += s->pairs < s->o->memory;
	memcpy(s->x, s->trial, n * sizeof *step);
	memcpy(s->slope, s->there, n * sizeof *step);
	s->value = value;
}

double hpo__lbfgsb(const struct hpo_lbfgsb *options, const double *low, const double *high,
		   double *x, double *work, hpo__objective_fn f, void *user)
{
	struct descent s = { .o = options, .low = low, .high = high, .f = f, .user = user, .x = x };

	place_work(&s, work);
	for (size_t i = 0; i < options->n; i++)
		x[i] = clamp(x[i], low[i], high[i]);
	s.value = evaluate(&s, x, s.slope);
	if (isinf(s.value))
		return s.value;

	while (s.evaluations < options->max_evaluations) {
		double value;
		double gain;

		if (measure_slope(&s) <= options->gradient_tolerance)
			break;
		choose_direction(&s);
		value = search_line(&s);
		if (isinf(value)) {
			if (s.pairs == 0)
				break;
			s.pairs = 0; /* once more, straight down */
			continue;
		}
		gain = s.value - value;
		take_step(&s, value);
		if (gain <= options->value_tolerance * fmax(fabs(value), 1))
			break;
	}
	return s.value;
}
