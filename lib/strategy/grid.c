/*
 * Grid search: every point of the grid exactly once, conditions and constraints
 * respected; a continuum is cut into evenly spaced values, its ends included.
 *
 * The grid is walked, never listed, so its size does not matter: a frontier
 * stands before the first point that no ended trial holds, and what is held
 * beyond it (imported points, trials that are running) is found by its hash.
 *
 * Which of the free points a trial takes follows from its number: as many are
 * skipped as there are earlier trials that this history does not show, because
 * those are being proposed by other processes at this moment.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "space/space.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

/* How far one suggestion walks through points that break the constraints. */
enum { LONGEST_WALK = 2000000 };

/* A coordinate this near to a node of the continuum's grid is that node: values pass through logs. */
static const double node_tolerance = 1e-6;

/* Hashes of points, 0 for an empty place; at most half of the places are taken. */
struct hash_set {
	uint64_t *places; /* [size], a power of two or 0 */
	size_t size, count;
};

struct grid_state {
	const hpo_space_t *space;
	size_t dims;
	uint64_t points;      /* of a continuum */
	hpo_axis_t *axes;     /* [d] */
	uint64_t *frontier;   /* [d], the first grid point that may be free of ended trials */
	int frontier_is_end;  /* every point is held */
	uint64_t *index;      /* [d], scratch */
	double *point;        /* [d], scratch */
	uint8_t *active;      /* [d], scratch */
	struct hash_set held; /* by ended trials */
	struct hash_set pending;
};

static const hpo_option_t grid_options[] = {
	{ "points", HPO_OPTION_INT, 10, 1, 1e9,
	  "how many values a real parameter without a step takes" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static uint64_t *place_of(const struct hash_set *set, uint64_t hash)
{
	size_t i = (size_t)hash & (set->size - 1);

	while (set->places[i] != 0 && set->places[i] != hash)
		i = (i + 1) & (set->size - 1);
	return &set->places[i];
}

static int set_has(const struct hash_set *set, uint64_t hash)
{
	return set->count > 0 && *place_of(set, hash) == hash;
}

/* Make room for `need` hashes in all. */
static hpo_status_t set_reserve(struct hash_set *set, size_t need, hpo_error_t *error)
{
	struct hash_set larger = { NULL, 64, set->count };

	if (need <= set->size / 2)
		return HPO_OK;
	while (larger.size / 2 < need)
		larger.size *= 2;
	larger.places = hpo__calloc(larger.size, sizeof *larger.places);
	if (larger.places == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < set->size; i++) {
		if (set->places[i] != 0)
			*place_of(&larger, set->places[i]) = set->places[i];
	}
	hpo__free(set->places);
	*set = larger;
	return HPO_OK;
}

static void set_put(struct hash_set *set, uint64_t hash)
{
	uint64_t *place = place_of(set, hash);

	set->count += *place == 0;
	*place = hash;
}

/* Never 0. Inactive axes count as one value, whatever their index. */
static uint64_t hash_index(const uint64_t *index, const uint8_t *active, size_t dims)
{
	uint64_t hash = 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < dims; i++) {
		hash ^= active[i] ? index[i] + 1 : 0;
		hash *= 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
		hash *= 0xc4ceb9fe1a85ec53u;
		hash ^= hash >> 29;
	}
	return hash != 0 ? hash : 1;
}

/* The hash of a point if it lies on the grid, else 0. */
static uint64_t hash_point(struct grid_state *s, const double *point, const uint8_t *active)
{
	for (size_t i = 0; i < s->dims; i++) {
		s->index[i] = 0;
		if (!active[i])
			continue;
		if (s->axes[i].cells > 0) {
			s->index[i] = hpo_space_cell_index(s->space, i, point[i]);
		} else if (s->points == 1) {
			if (fabs(point[i] - 0.5) > node_tolerance)
				return 0;
		} else {
			double steps = (double)(s->points - 1);
			double node = floor(point[i] * steps + 0.5);

			if (fabs(point[i] - node / steps) > node_tolerance / steps)
				return 0;
			s->index[i] = (uint64_t)node;
		}
	}
	return hash_index(s->index, active, s->dims);
}

static void grid_release(void *state)
{
	struct grid_state *s = state;

	hpo__free(s->axes);
	hpo__free(s->frontier);
	hpo__free(s->index);
	hpo__free(s->point);
	hpo__free(s->active);
	hpo__free(s->held.places);
	hpo__free(s->pending.places);
}

static hpo_status_t grid_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct grid_state *s = state;

	s->space = space;
	s->dims = hpo_space_dims(space);
	s->points = 10;
	s->axes = hpo__calloc(s->dims, sizeof *s->axes);
	s->frontier = hpo__calloc(s->dims, sizeof *s->frontier);
	s->index = hpo__calloc(s->dims, sizeof *s->index);
	s->point = hpo__calloc(s->dims, sizeof *s->point);
	s->active = hpo__calloc(s->dims, sizeof *s->active);
	if (s->axes == NULL || s->frontier == NULL || s->index == NULL || s->point == NULL ||
	    s->active == NULL)
		return hpo__fail_memory(error);

	for (size_t i = 0; i < s->dims; i++)
		hpo_space_axis(space, i, &s->axes[i]);
	hpo__space_grid_first(space, s->frontier);
	return HPO_OK;
}

static hpo_status_t grid_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct grid_state *s = state;

	(void)error;
	s->points = (uint64_t)hpo_settings_number(settings, "points");
	return HPO_OK;
}

static hpo_status_t grid_observe(void *state, const hpo_history_t *history, size_t index,
				 hpo_error_t *error)
{
	struct grid_state *s = state;
	uint64_t hash = hash_point(s, hpo_history_points(history) + index * s->dims,
				   hpo_history_active(history) + index * s->dims);
	hpo_status_t status;

	if (hash == 0)
		return HPO_OK;
	status = set_reserve(&s->held, s->held.count + 1, error);
	if (status == HPO_OK)
		set_put(&s->held, hash);
	return status;
}

/* Whether the grid point in s->index is held by an ended trial or can never be tried. */
static int is_spent(struct grid_state *s, uint64_t *hash, int *feasible)
{
	hpo__space_grid_point(s->space, s->points, s->index, s->point);
	hpo_space_activate(s->space, s->point, s->active);
	*hash = hash_index(s->index, s->active, s->dims);
	*feasible = hpo_space_is_feasible(s->space, s->point);
	return !*feasible || set_has(&s->held, *hash);
}

/*
 * Go from the frontier to the free point number `skip`, and leave it in
 * s->point. Returns how many free points there are before the end if that is
 * not more than `skip`, else skip + 1. The frontier moves over spent points.
 */
static hpo_status_t walk(struct grid_state *s, uint64_t skip, uint64_t *found, hpo_error_t *error)
{
	int at_frontier = 1;
	uint64_t broken = 0; /* points in a row that break the constraints */

	*found = 0;
	if (s->frontier_is_end)
		return HPO_OK;
	memcpy(s->index, s->frontier, s->dims * sizeof *s->index);
	for (;;) {
		uint64_t hash;
		int feasible;
		int spent = is_spent(s, &hash, &feasible);

		if (at_frontier)
			memcpy(s->frontier, s->index, s->dims * sizeof *s->index);
		at_frontier = at_frontier && spent;
		if (!spent && !set_has(&s->pending, hash) && ++*found == skip + 1)
			return HPO_OK;
		broken = feasible ? 0 : broken + 1;
		if (broken == LONGEST_WALK)
			return hpo__fail(error, HPO_EINVAL,
					 "strategy 'grid': %d grid points in a row break the "
					 "constraints; loosen these or use another strategy",
					 LONGEST_WALK);
		if (!hpo__space_grid_next(s->space, s->points, s->index)) {
			s->frontier_is_end = at_frontier;
			return HPO_OK;
		}
	}
}

static hpo_status_t note_pending(struct grid_state *s, const hpo_history_t *history,
				 hpo_error_t *error)
{
	size_t pending = hpo_history_pending(history);
	const double *points = hpo_history_pending_points(history);
	const uint8_t *active = hpo_history_pending_active(history);
	hpo_status_t status;

	if (s->pending.count > 0)
		memset(s->pending.places, 0, s->pending.size * sizeof *s->pending.places);
	s->pending.count = 0;
	status = set_reserve(&s->pending, pending, error);
	for (size_t i = 0; status == HPO_OK && i < pending; i++) {
		uint64_t hash = hash_point(s, points + i * s->dims, active + i * s->dims);

		if (hash != 0)
			set_put(&s->pending, hash);
	}
	return status;
}

/* Earlier trials that neither the history nor the pending ones account for. */
static uint64_t unseen_trials(const hpo_history_t *history, int64_t number)
{
	uint64_t seen = hpo_history_count(history) + hpo_history_pending(history);

	return (uint64_t)number > seen ? (uint64_t)number - seen : 0;
}

static hpo_status_t grid_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				 hpo_proposal_t *out, hpo_error_t *error)
{
	struct grid_state *s = state;
	uint64_t skip = unseen_trials(history, out->number) + out->attempt;
	uint64_t found;
	hpo_status_t status;

	(void)rng;
	status = note_pending(s, history, error);
	if (status == HPO_OK)
		status = walk(s, skip, &found, error);
	if (status != HPO_OK)
		return status;

	if (found <= skip) {
		/* Fewer are free than are skipped: begin again, as long as some were not refused. */
		if (found <= out->attempt)
			return HPO_EXHAUSTED;
		skip %= found;
		status = walk(s, skip, &found, error);
		if (status != HPO_OK)
			return status;
	}
	memcpy(out->point, s->point, s->dims * sizeof *out->point);
	return HPO_OK;
}

const hpo_strategy_ops_t hpo__strategy_grid = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "grid",
	.state_size = sizeof(struct grid_state),
	.options = grid_options,
	.init = grid_init,
	.suggest = grid_suggest,
	.configure = grid_configure,
	.observe = grid_observe,
	.release = grid_release,
};
