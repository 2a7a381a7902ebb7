/*
 * NSGA-III, steady: members are kept spread by directions that are given, not by crowds,
 * which say little in many dimensions.
 *
 * K. Deb and H. Jain, "An evolutionary many-objective optimization algorithm using
 * reference-point-based nondominated sorting approach, part I", IEEE Trans. Evolutionary
 * Computation 18 (2014); the directions are those of I. Das and J. E. Dennis, SIAM J.
 * Optimization 8 (1998), in two layers where one would have no inner point.
 *
 * Where the paper fills the next generation niche by niche, one member leaves here for
 * each that enters: of the last front, in the niche with the most members, the one
 * farthest from its direction. That is the one the paper's procedure would take last.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "strategy/evolution.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

struct nsga3_state {
	struct hpo_evolution e;
	size_t directions;
	double *direction; /* [directions][k], each of length 1 */
	double *ideal;	   /* [k], the least loss so far: folded */
	double *extreme;   /* [k][k], losses of the member nearest to each axis */
	double *system;	   /* [k][k + 1], scratch */
	double *intercept; /* [k], where the plane of the extremes meets the axes */
	double *scaled;	   /* [k], a member between ideal and intercept */
	size_t *niche;	   /* [population + 1] */
	double *distance;  /* [population + 1], from the niche's direction */
	uint32_t *members; /* [directions], of a niche */
};

static const hpo_option_t nsga3_options[] = {
	HPO__EVOLUTION_OPTIONS,
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t nsga3_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct nsga3_state *s = state;

	return hpo__evolution_init(&s->e, space, error);
}

static hpo_status_t nsga3_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct nsga3_state *s = state;

	(void)error;
	hpo__evolution_configure(&s->e, settings);
	return HPO_OK;
}

static void free_niches(struct nsga3_state *s)
{
	hpo__free(s->direction);
	hpo__free(s->ideal);
	hpo__free(s->extreme);
	hpo__free(s->system);
	hpo__free(s->intercept);
	hpo__free(s->scaled);
	hpo__free(s->niche);
	hpo__free(s->distance);
	hpo__free(s->members);
}

static void nsga3_release(void *state)
{
	struct nsga3_state *s = state;

	hpo__evolution_release(&s->e);
	free_niches(s);
}

/* How many points a layer has: the ways to write `parts` as a sum of k; most + 1 for more than that. */
static size_t count_layer(size_t k, size_t parts, size_t most)
{
	size_t count = 1;

	for (size_t i = 1; i <= parts; i++) {
		count = count * (k - 1 + i) / i;
		if (count > most)
			return most + 1;
	}
	return count;
}

/* Into how many parts an axis can be cut for at most so many points; 0 where not even into one. */
static size_t choose_parts(size_t k, size_t most)
{
	size_t parts = 0;

	while (k > 1 && count_layer(k, parts + 1, most) <= most)
		parts++;
	return k > 1 ? parts : 1;
}

/* The points of a layer, drawn towards the middle by 1 - share; length 1. */
static double *place_layer(double *to, size_t k, size_t parts, double share)
{
	double left = (double)parts;

	memset(to, 0, k * sizeof *to);
	to[k - 1] = left;
	for (;;) {
		double *next = to + k;
		size_t last = k - 1;

		/* Compositions in order: one part moves left from the last axis that has any. */
		memcpy(next, to, k * sizeof *to);
		for (size_t j = 0; j < k; j++)
			to[j] = share * to[j] / (double)parts + (1 - share) / (double)k;
		while (last > 0 && next[last] == 0)
			last--;
		if (last == 0)
			return next;
		left = next[last] - 1;
		next[last] = 0;
		next[last - 1]++;
		next[k - 1] = left;
		to = next;
	}
}

static void normalise(double *x, size_t k)
{
	double square = 0;

	for (size_t j = 0; j < k; j++)
		square += x[j] * x[j];
	for (size_t j = 0; j < k; j++)
		x[j] /= sqrt(square);
}

static void place_directions(struct nsga3_state *s, size_t outer, size_t inner)
{
	const size_t k = s->e.goals;
	double *to = place_layer(s->direction, k, outer, 1);

	if (inner > 0)
		to = place_layer(to, k, inner, 0.5);
	s->directions = (size_t)(to - s->direction) / k;
	for (size_t i = 0; i < s->directions; i++)
		normalise(s->direction + i * k, k);
}

/* Room for niches and the directions, once the number of goals is known. */
static hpo_status_t make_niches(struct nsga3_state *s, hpo_error_t *error)
{
	const size_t k = s->e.goals;
	const size_t slots = s->e.population + 1;
	size_t outer = choose_parts(k, s->e.population);
	size_t inner = 0;
	size_t room;

	if (s->directions > 0)
		return HPO_OK;
	if (outer == 0)
		outer = 1; /* fewer members than goals: a direction for each goal all the same */
	room = count_layer(k, outer, s->e.population + k);
	if (outer < k && room < s->e.population) {
		inner = choose_parts(k, s->e.population - room);
		room += inner > 0 ? count_layer(k, inner, s->e.population) : 0;
	}

	free_niches(s);
	s->direction = hpo__calloc(room + 1, k * sizeof *s->direction);
	s->ideal = hpo__calloc(k, sizeof *s->ideal);
	s->extreme = hpo__calloc(k, k * sizeof *s->extreme);
	s->system = hpo__calloc(k, (k + 1) * sizeof *s->system);
	s->intercept = hpo__calloc(k, sizeof *s->intercept);
	s->scaled = hpo__calloc(k, sizeof *s->scaled);
	s->niche = hpo__calloc(slots, sizeof *s->niche);
	s->distance = hpo__calloc(slots, sizeof *s->distance);
	s->members = hpo__calloc(room, sizeof *s->members);
	if (s->direction == NULL || s->ideal == NULL || s->extreme == NULL || s->system == NULL ||
	    s->intercept == NULL || s->scaled == NULL || s->niche == NULL ||
	    s->distance == NULL || s->members == NULL)
		return hpo__fail_memory(error);
	for (size_t j = 0; j < k; j++)
		s->ideal[j] = (double)INFINITY;
	place_directions(s, outer, inner);
	return HPO_OK;
}

static double loss_of(const struct nsga3_state *s, size_t slot, size_t goal)
{
	return s->e.losses[slot * s->e.goals + goal];
}

/* How far a loss is above the least one; 0 below it, where bounds are not kept, and while there is none. */
static double excess_of(const struct nsga3_state *s, size_t slot, size_t goal)
{
	return fmax(loss_of(s, slot, goal) - s->ideal[goal], 0);
}

/* The achievement scalarising function of eq. (4), for the direction of one axis. */
static double scalarise(const struct nsga3_state *s, size_t slot, size_t axis)
{
	const double weight = 1e-6;
	double most = 0;

	for (size_t j = 0; j < s->e.goals; j++)
		most = fmax(most, excess_of(s, slot, j) / (j == axis ? 1 : weight));
	return most;
}

/* The member of the first front nearest to each axis; the whole, where none keeps its bounds. */
static void find_extremes(struct nsga3_state *s)
{
	for (size_t axis = 0; axis < s->e.goals; axis++) {
		double least = (double)INFINITY;
		size_t best = 0;

		for (size_t i = 0; i < s->e.count; i++) {
			double value = s->e.front[i] == 0 ? scalarise(s, i, axis)
							  : (double)INFINITY;

			best = value < least ? i : best;
			least = fmin(value, least);
		}
		for (size_t j = 0; j < s->e.goals; j++)
			s->extreme[axis * s->e.goals + j] = excess_of(s, best, j);
	}
}

/* Eliminate column c of the system [k][k + 1] with its largest pivot; false if there is none. */
static bool eliminate(double *system, size_t k, size_t c)
{
	const size_t width = k + 1;
	size_t pivot = c;

	for (size_t r = c + 1; r < k; r++)
		pivot = fabs(system[r * width + c]) > fabs(system[pivot * width + c]) ? r : pivot;
	if (!(fabs(system[pivot * width + c]) > 0))
		return false;
	for (size_t j = 0; j < width; j++) {
		double swap = system[c * width + j];

		system[c * width + j] = system[pivot * width + j];
		system[pivot * width + j] = swap;
	}
	for (size_t r = 0; r < k; r++) {
		double factor = system[r * width + c] / system[c * width + c];

		for (size_t j = c; r != c && j < width; j++)
			system[r * width + j] -= factor * system[c * width + j];
	}
	return true;
}

/* Where the plane through the extremes meets the axes; false where it is none, or meets behind. */
static bool solve_plane(struct nsga3_state *s)
{
	const size_t k = s->e.goals;

	for (size_t r = 0; r < k; r++) {
		memcpy(s->system + r * (k + 1), s->extreme + r * k, k * sizeof *s->system);
		s->system[r * (k + 1) + k] = 1;
	}
	for (size_t c = 0; c < k; c++) {
		if (!eliminate(s->system, k, c))
			return false;
	}
	for (size_t j = 0; j < k; j++) {
		s->intercept[j] = s->system[j * (k + 1) + j] / s->system[j * (k + 1) + k];
		if (!(s->intercept[j] > 0) || !isfinite(s->intercept[j]))
			return false;
	}
	return true;
}

/* The scale of each goal: by the plane, or by the first front's worst where that is none. */
static void find_intercepts(struct nsga3_state *s)
{
	find_extremes(s);
	if (solve_plane(s))
		return;
	for (size_t j = 0; j < s->e.goals; j++) {
		double most = 0;

		for (size_t i = 0; i < s->e.count; i++)
			most = s->e.front[i] == 0 ? fmax(most, excess_of(s, i, j))
						  : most;
		s->intercept[j] = most > 0 && isfinite(most) ? most : 1;
	}
}

/* The direction nearest to a member, and its distance from that. */
static void associate(struct nsga3_state *s, size_t slot)
{
	const size_t k = s->e.goals;
	double most = -1;
	double square = 0;

	for (size_t j = 0; j < k; j++) {
		double x = excess_of(s, slot, j) / s->intercept[j];

		s->scaled[j] = fmin(x, 1e100); /* whose square is a number */
		square += s->scaled[j] * s->scaled[j];
	}
	s->niche[slot] = 0;
	for (size_t d = 0; d < s->directions; d++) {
		double along = 0;

		for (size_t j = 0; j < k; j++)
			along += s->direction[d * k + j] * s->scaled[j];
		if (along > most) {
			most = along;
			s->niche[slot] = d;
		}
	}
	s->distance[slot] = fmax(square - most * most, 0);
}

/* Of the last front, in its fullest niche, the farthest from the direction; else the first slot. */
static size_t choose_loser(struct nsga3_state *s)
{
	const struct hpo_evolution *e = &s->e;
	size_t loser = 0;

	memset(s->members, 0, s->directions * sizeof *s->members);
	for (size_t i = 0; i < e->count; i++) {
		associate(s, i);
		s->members[s->niche[i]]++;
	}
	for (size_t i = 1; i < e->count; i++) {
		uint32_t own = s->members[s->niche[i]];
		uint32_t other = s->members[s->niche[loser]];

		if (e->front[i] != e->front[loser])
			loser = e->front[i] > e->front[loser] ? i : loser;
		else if (own != other)
			loser = own > other ? i : loser;
		else if (s->distance[i] > s->distance[loser])
			loser = i;
	}
	return loser;
}

static hpo_status_t nsga3_observe(void *state, const hpo_history_t *history, size_t index,
				  hpo_error_t *error)
{
	struct nsga3_state *s = state;
	bool entered = false;
	hpo_status_t status = hpo__evolution_prepare(&s->e, history, error);

	if (status == HPO_OK)
		status = make_niches(s, error);
	if (status == HPO_OK)
		status = hpo__evolution_observe(&s->e, history, index, &entered, error);
	if (status < 0 || !entered)
		return status;
	for (size_t j = 0; j < s->e.goals && s->e.violation[s->e.entered] == 0; j++)
		s->ideal[j] = fmin(s->ideal[j], loss_of(s, s->e.entered, j));
	if (hpo__evolution_is_full(&s->e)) {
		find_intercepts(s);
		hpo__evolution_remove(&s->e, choose_loser(s));
	}
	return HPO_OK;
}

static hpo_status_t nsga3_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				  hpo_proposal_t *out, hpo_error_t *error)
{
	struct nsga3_state *s = state;

	return hpo__evolution_suggest(&s->e, history, rng, out, error);
}

const hpo_strategy_ops_t hpo__strategy_nsga3 = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "nsga3",
	.state_size = sizeof(struct nsga3_state),
	.options = nsga3_options,
	.init = nsga3_init,
	.suggest = nsga3_suggest,
	.configure = nsga3_configure,
	.observe = nsga3_observe,
	.release = nsga3_release,
};
