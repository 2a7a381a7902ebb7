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
#include "strategy/seen.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* How far one suggestion walks through points that break the constraints. */
enum { LONGEST_WALK = 2000000 };

/* A coordinate this near to a node of the continuum's grid is that node: values pass through logs. */
static const double node_tolerance = 1e-6;

struct grid_state {
	const hpo_space_t *space;
	size_t dims;
	uint64_t points;      /* of a continuum */
	hpo_axis_t *axes;     /* [d] */
	uint64_t *frontier;   /* [d], the first grid point that may be free of ended trials */
	bool frontier_is_end; /* every point is held */
	uint64_t *index;      /* [d], scratch */
	double *point;        /* [d], scratch */
	uint8_t *active;      /* [d], scratch */
	struct hpo_seen held; /* by ended trials */
	struct hpo_seen pending;
};

static const hpo_option_t grid_options[] = {
	{ "points", HPO_OPTION_INT, 10, 1, 1e9,
	  "how many values a real parameter without a step takes" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

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
	return hpo__seen_hash(s->index, active, s->dims);
}

static void grid_release(void *state)
{
	struct grid_state *s = state;

	hpo__free(s->axes);
	hpo__free(s->frontier);
	hpo__free(s->index);
	hpo__free(s->point);
	hpo__free(s->active);
	hpo__seen_release(&s->held);
	hpo__seen_release(&s->pending);
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
	status = hpo__seen_reserve(&s->held, s->held.count + 1, error);
	if (status == HPO_OK)
		hpo__seen_put(&s->held, hash);
	return status;
}

/* Whether the grid point in s->index is held by an ended trial or can never be tried. */
static bool is_spent(struct grid_state *s, uint64_t *hash, bool *feasible)
{
	hpo__space_grid_point(s->space, s->points, s->index, s->point);
	hpo_space_activate(s->space, s->point, s->active);
	*hash = hpo__seen_hash(s->index, s->active, s->dims);
	*feasible = hpo_space_is_feasible(s->space, s->point);
	return !*feasible || hpo__seen_has(&s->held, *hash);
}

/*
 * Go from the frontier to the free point number `skip`, and leave it in
 * s->point. Returns how many free points there are before the end if that is
 * not more than `skip`, else skip + 1. The frontier moves over spent points.
 */
static hpo_status_t walk(struct grid_state *s, uint64_t skip, uint64_t *found, hpo_error_t *error)
{
	bool at_frontier = true;
	uint64_t broken = 0; /* points in a row that break the constraints */

	*found = 0;
	if (s->frontier_is_end)
		return HPO_OK;
	memcpy(s->index, s->frontier, s->dims * sizeof *s->index);
	for (;;) {
		uint64_t hash;
		bool feasible;
		bool spent = is_spent(s, &hash, &feasible);

		if (at_frontier)
			memcpy(s->frontier, s->index, s->dims * sizeof *s->index);
		at_frontier = at_frontier && spent;
		if (!spent && !hpo__seen_has(&s->pending, hash) && ++*found == skip + 1)
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

	hpo__seen_clear(&s->pending);
	status = hpo__seen_reserve(&s->pending, pending, error);
	for (size_t i = 0; status == HPO_OK && i < pending; i++) {
		uint64_t hash = hash_point(s, points + i * s->dims, active + i * s->dims);

		if (hash != 0)
			hpo__seen_put(&s->pending, hash);
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
