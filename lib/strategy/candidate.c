/*
 * Settling points, and knowing which ones are taken.
 */
#include "strategy/candidate.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/sobol.h"
#include "space/space.h"

#include <math.h>
#include <string.h>

enum { DRAWS = 10000 }; /* random points tried for one that is allowed */

hpo_status_t hpo__candidate_init(struct hpo_candidate *candidate, size_t dims, hpo_error_t *error)
{
	candidate->point = hpo__calloc(dims, sizeof *candidate->point);
	candidate->cells = hpo__calloc(dims, sizeof *candidate->cells);
	candidate->active = hpo__calloc(dims, sizeof *candidate->active);
	if (candidate->point == NULL || candidate->cells == NULL || candidate->active == NULL)
		return hpo__fail_memory(error);
	memset(candidate->active, 1, dims);
	return HPO_OK;
}

void hpo__candidate_release(struct hpo_candidate *candidate)
{
	hpo__free(candidate->point);
	hpo__free(candidate->cells);
	hpo__free(candidate->active);
	memset(candidate, 0, sizeof *candidate);
}

void hpo__candidate_copy(const struct hpo_candidate *from, struct hpo_candidate *to, size_t dims)
{
	memcpy(to->point, from->point, dims * sizeof *to->point);
	memcpy(to->cells, from->cells, dims * sizeof *to->cells);
	memcpy(to->active, from->active, dims);
}

hpo_status_t hpo__ground_init(struct hpo_ground *ground, const hpo_space_t *space,
			      hpo_error_t *error)
{
	memset(ground, 0, sizeof *ground);
	ground->space = space;
	ground->dims = hpo_space_dims(space);
	ground->constrained = hpo__space_constraints(space) > 0;
	ground->axes = hpo__calloc(ground->dims, sizeof *ground->axes);
	if (ground->axes == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < ground->dims; i++) {
		hpo_space_axis(space, i, &ground->axes[i]);
		ground->conditional |= ground->axes[i].parent >= 0;
	}
	return hpo__candidate_init(&ground->scratch, ground->dims, error);
}

void hpo__ground_release(struct hpo_ground *ground)
{
	hpo__free(ground->axes);
	hpo__seen_release(&ground->ended);
	hpo__seen_release(&ground->pending);
	hpo__candidate_release(&ground->scratch);
}

void hpo__candidate_settle(const struct hpo_ground *ground, struct hpo_candidate *candidate)
{
	for (size_t i = 0; i < ground->dims; i++) {
		double *x = &candidate->point[i];
		double low;
		double high;

		if (ground->axes[i].cells == 0)
			continue;
		candidate->cells[i] = hpo_space_cell_index(ground->space, i, *x);
		hpo_space_cell(ground->space, i, *x, &low, x, &high);
	}
	if (ground->conditional)
		hpo_space_activate(ground->space, candidate->point, candidate->active);
}

/* The hash of a settled point, 0 if a continuum is active: that never repeats. */
static uint64_t hash_settled(const struct hpo_ground *ground, const struct hpo_candidate *candidate)
{
	for (size_t i = 0; i < ground->dims; i++) {
		if (candidate->active[i] && ground->axes[i].cells == 0)
			return 0;
	}
	return hpo__seen_hash(candidate->cells, candidate->active, ground->dims);
}

static hpo_status_t take_point(struct hpo_ground *ground, struct hpo_seen *seen,
			       const double *point, hpo_error_t *error)
{
	hpo_status_t status;
	uint64_t hash;

	memcpy(ground->scratch.point, point, ground->dims * sizeof *point);
	hpo__candidate_settle(ground, &ground->scratch);
	hash = hash_settled(ground, &ground->scratch);
	if (hash == 0)
		return HPO_OK;
	status = hpo__seen_reserve(seen, seen->count + 1, error);
	if (status == HPO_OK)
		hpo__seen_put(seen, hash);
	return status;
}

hpo_status_t hpo__ground_observe(struct hpo_ground *ground, const hpo_history_t *history,
				 size_t index, hpo_error_t *error)
{
	return take_point(ground, &ground->ended,
			  hpo_history_points(history) + index * ground->dims, error);
}

hpo_status_t hpo__ground_hold(struct hpo_ground *ground, const hpo_history_t *history,
			      hpo_error_t *error)
{
	const double *points = hpo_history_pending_points(history);
	hpo_status_t status = HPO_OK;

	hpo__seen_clear(&ground->pending);
	for (size_t k = 0; status == HPO_OK && k < hpo_history_pending(history); k++)
		status = take_point(ground, &ground->pending, points + k * ground->dims, error);
	return status;
}

bool hpo__candidate_is_allowed(const struct hpo_ground *ground,
			       const struct hpo_candidate *candidate)
{
	uint64_t hash;

	if (ground->constrained && !hpo_space_is_feasible(ground->space, candidate->point))
		return false;
	hash = hash_settled(ground, candidate);
	return hash == 0 ||
	       (!hpo__seen_has(&ground->ended, hash) && !hpo__seen_has(&ground->pending, hash));
}

bool hpo__candidate_draw(const struct hpo_ground *ground, hpo_rng_t *rng,
			 struct hpo_candidate *candidate)
{
	for (size_t tries = 0; tries < DRAWS; tries++) {
		for (size_t i = 0; i < ground->dims; i++)
			candidate->point[i] = hpo_rng_uniform(rng);
		hpo__candidate_settle(ground, candidate);
		if (hpo__candidate_is_allowed(ground, candidate))
			return true;
	}
	return false;
}

bool hpo__candidate_default(const struct hpo_ground *ground, struct hpo_candidate *candidate)
{
	bool any = false;

	for (size_t i = 0; i < ground->dims; i++) {
		const double preferred = ground->axes[i].preferred;

		any |= !isnan(preferred);
		candidate->point[i] = isnan(preferred) ? 0.5 : preferred;
	}
	hpo__candidate_settle(ground, candidate);
	return any;
}

/* Whether some trial has this very point, which has 0.5 where an axis is not active. */
static bool is_known(const struct hpo_ground *ground, const hpo_history_t *history,
		     const double *point)
{
	const size_t bytes = ground->dims * sizeof *point;
	const double *points = hpo_history_points(history);
	const double *pending = hpo_history_pending_points(history);

	for (size_t k = 0; k < hpo_history_count(history); k++) {
		if (memcmp(points + k * ground->dims, point, bytes) == 0)
			return true;
	}
	for (size_t k = 0; k < hpo_history_pending(history); k++) {
		if (memcmp(pending + k * ground->dims, point, bytes) == 0)
			return true;
	}
	return false;
}

void hpo__candidate_begin(struct hpo_ground *ground, const hpo_history_t *history, hpo_rng_t *rng,
			  hpo_proposal_t *out)
{
	struct hpo_candidate *now = &ground->scratch;
	const uint64_t index = (uint64_t)out->number + 1;

	if (out->attempt == 0 && hpo__candidate_default(ground, now) &&
	    hpo__candidate_is_allowed(ground, now)) {
		for (size_t i = 0; i < ground->dims; i++)
			out->point[i] = now->active[i] ? now->point[i] : 0.5;
		if (!is_known(ground, history, out->point))
			return;
	}

	for (size_t i = 0; i < ground->dims; i++)
		now->point[i] = hpo__sobol(index, i, out->seed);
	hpo__candidate_settle(ground, now);
	if (out->attempt > 0 || !hpo__candidate_is_allowed(ground, now))
		hpo__candidate_draw(ground, rng, now);
	memcpy(out->point, now->point, ground->dims * sizeof *out->point);
}
