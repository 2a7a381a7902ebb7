/*
 * A steady population and its children.
 *
 * K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, "A fast and elitist multiobjective
 * genetic algorithm: NSGA-II", IEEE Trans. Evolutionary Computation 6 (2002): the order by
 * constrained domination and the tournament; K. Deb and R. B. Agrawal, "Simulated
 * binary crossover for continuous search space", Complex Systems 9 (1995), bounded as in
 * the authors' code; K. Deb and M. Goyal, "A combined genetic adaptive search (GeneAS)
 * for engineering design", Computer Science and Informatics 26 (1996): polynomial mutation.
 *
 * A gene that was not active in a parent is not known from the history: the other parent
 * gives it, and where that has none either it is drawn anew.
 */
#include "strategy/evolution.h"

#include "base/alloc.h"
#include "base/error.h"
#include "math/pareto.h"

#include <math.h>
#include <string.h>

enum {
	START = 20,       /* members that begin to have children, at most */
	SHARE = 8,        /* one trial in so many is kept, from START to the whole population */
	BREEDINGS = 32,   /* children tried for one that is allowed */
	WILD_ATTEMPT = 3, /* from this refusal on, a proposal is a random point */
};

hpo_status_t hpo__evolution_init(struct hpo_evolution *e, const hpo_space_t *space,
				 hpo_error_t *error)
{
	hpo_status_t status = hpo__ground_init(&e->ground, space, error);

	e->population = 50;
	e->crossover = 0.9;
	e->crossover_eta = 5;
	e->mutation_eta = 5;
	e->mutation = 1;
	if (status == HPO_OK)
		status = hpo__candidate_init(&e->child, e->ground.dims, error);
	return status;
}

void hpo__evolution_configure(struct hpo_evolution *e, const hpo_settings_t *settings)
{
	e->population = (size_t)hpo_settings_number(settings, "population");
	e->crossover = hpo_settings_number(settings, "crossover");
	e->crossover_eta = hpo_settings_number(settings, "crossover_eta");
	e->mutation_eta = hpo_settings_number(settings, "mutation_eta");
	e->mutation = hpo_settings_number(settings, "mutation");
}

static void free_members(struct hpo_evolution *e)
{
	hpo__free(e->index);
	hpo__free(e->violation);
	hpo__free(e->comfort);
	hpo__free(e->front);
	hpo__free(e->losses);
	hpo__free(e->feasible);
	hpo__free(e->found);
}

void hpo__evolution_release(struct hpo_evolution *e)
{
	hpo__ground_release(&e->ground);
	hpo__candidate_release(&e->child);
	free_members(e);
}

hpo_status_t hpo__evolution_prepare(struct hpo_evolution *e, const hpo_history_t *history,
				    hpo_error_t *error)
{
	const double *bounds = hpo_history_bounds(history);
	const size_t slots = e->population + 1;
	size_t goals = 0;

	if (e->goals > 0)
		return HPO_OK;
	e->objectives = hpo_history_objectives(history);
	for (size_t j = 0; j < e->objectives; j++)
		goals += isnan(bounds[j]) ? 1 : 0;

	free_members(e);
	e->index = hpo__calloc(slots, sizeof *e->index);
	e->violation = hpo__calloc(slots, sizeof *e->violation);
	e->comfort = hpo__calloc(slots, sizeof *e->comfort);
	e->front = hpo__calloc(slots, sizeof *e->front);
	e->losses = hpo__calloc(slots, goals * sizeof *e->losses);
	e->feasible = hpo__calloc(slots, goals * sizeof *e->feasible);
	e->found = hpo__calloc(slots, sizeof *e->found);
	if (e->index == NULL || e->violation == NULL || e->comfort == NULL || e->front == NULL ||
	    e->losses == NULL || e->feasible == NULL || e->found == NULL)
		return hpo__fail_memory(error);
	e->goals = goals;
	return HPO_OK;
}

/* Goals and violation of a trial into the free slot; false where a goal has no value. */
static bool read_losses(struct hpo_evolution *e, const double *losses, const double *bounds)
{
	double *own = e->losses + e->free * e->goals;
	double violation = 0;
	size_t k = 0;

	for (size_t j = 0; j < e->objectives; j++) {
		double excess;

		if (isnan(bounds[j])) {
			own[k++] = losses[j];
			if (isnan(losses[j]))
				return false;
			continue;
		}
		/* Shares of the bounds, so that those of different units add up. */
		excess = (losses[j] - bounds[j]) / (bounds[j] != 0 ? fabs(bounds[j]) : 1);
		violation += isnan(excess) ? (double)INFINITY : fmax(excess, 0);
	}
	e->violation[e->free] = violation;
	return true;
}

/* Infeasible members come after all feasible fronts, those that violate less first. */
static void rank_infeasible(struct hpo_evolution *e, uint32_t last)
{
	for (size_t i = 0; i < e->count; i++) {
		uint32_t before = 0;

		if (e->violation[i] == 0)
			continue;
		for (size_t k = 0; k < e->count; k++)
			before += e->violation[k] > 0 && e->violation[k] < e->violation[i];
		e->front[i] = last + before;
	}
}

static hpo_status_t sort_fronts(struct hpo_evolution *e, hpo_error_t *error)
{
	const size_t bytes = e->goals * sizeof *e->losses;
	uint32_t last = 0;
	size_t feasible = 0;

	for (size_t i = 0; i < e->count; i++) {
		if (e->violation[i] == 0)
			memcpy(e->feasible + feasible++ * e->goals, e->losses + i * e->goals,
			       bytes);
	}
	if (hpo__pareto_fronts(e->feasible, feasible, e->goals, e->found) < 0)
		return hpo__fail_memory(error);
	feasible = 0;
	for (size_t i = 0; i < e->count; i++) {
		if (e->violation[i] != 0)
			continue;
		e->front[i] = e->found[feasible++];
		last = e->front[i] + 1 > last ? e->front[i] + 1 : last;
	}
	if (feasible < e->count)
		rank_infeasible(e, last);
	return HPO_OK;
}

hpo_status_t hpo__evolution_observe(struct hpo_evolution *e, const hpo_history_t *history,
				    size_t index, bool *entered, hpo_error_t *error)
{
	hpo_status_t status = hpo__evolution_prepare(e, history, error);

	*entered = false;
	if (status == HPO_OK)
		status = hpo__ground_observe(&e->ground, history, index, error);
	if (status < 0)
		return status;
	if (hpo_history_states(history)[index] != HPO_TRIAL_COMPLETED ||
	    !read_losses(e, hpo_history_losses(history) + index * e->objectives,
			 hpo_history_bounds(history)))
		return HPO_OK;

	e->index[e->free] = index;
	e->comfort[e->free] = 0;
	e->count++;
	status = e->count >= hpo__evolution_start(e) ? sort_fronts(e, error) : HPO_OK;
	if (status < 0) {
		e->count--;
		return status;
	}
	e->known++;
	e->entered = e->free;
	e->free = e->count;
	*entered = true;
	return HPO_OK;
}

size_t hpo__evolution_start(const struct hpo_evolution *e)
{
	return e->population < START ? e->population : START;
}

bool hpo__evolution_is_full(const struct hpo_evolution *e)
{
	size_t room = e->known / SHARE;

	room = room < hpo__evolution_start(e) ? hpo__evolution_start(e) : room;
	return e->count > (room < e->population ? room : e->population);
}

void hpo__evolution_remove(struct hpo_evolution *e, size_t slot)
{
	e->count--;
	e->free = slot;
}

/* A member by chance, of those that are there. */
static size_t draw_member(const struct hpo_evolution *e, hpo_rng_t *rng)
{
	size_t slot = (size_t)hpo_rng_below(rng, e->count);

	return slot >= e->free ? slot + 1 : slot;
}

/* The better of two: by front, then by comfort. */
static size_t hold_tournament(const struct hpo_evolution *e, hpo_rng_t *rng)
{
	size_t a = draw_member(e, rng);
	size_t b = draw_member(e, rng);

	if (e->front[a] != e->front[b])
		return e->front[a] < e->front[b] ? a : b;
	return e->comfort[a] >= e->comfort[b] ? a : b;
}

/*
 * Simulated binary crossover of x and y in [0, 1]: the spread about their middle
 * has the density of the paper, cut off at the bound on the child's side.
 */
static double cross(const struct hpo_evolution *e, double x, double y, hpo_rng_t *rng)
{
	const double exponent = 1 / (e->crossover_eta + 1);
	double low = x < y ? x : y;
	double high = x < y ? y : x;
	double u = hpo_rng_uniform(rng);
	int lower = hpo_rng_uniform(rng) < 0.5;
	double room = lower ? low : 1 - high;
	double alpha = 2 - pow(1 + 2 * room / (high - low), -(e->crossover_eta + 1));
	double spread = u * alpha <= 1 ? pow(u * alpha, exponent)
				       : pow(1 / (2 - u * alpha), exponent);
	double half = 0.5 * spread * (high - low);

	return fmin(fmax(0.5 * (low + high) + (lower ? -half : half), 0), 1);
}

/* Polynomial mutation of x in [0, 1]. */
static double jitter(const struct hpo_evolution *e, double x, hpo_rng_t *rng)
{
	const double power = e->mutation_eta + 1;
	double u = hpo_rng_uniform(rng);

	if (u < 0.5)
		x += pow(2 * u + (1 - 2 * u) * pow(1 - x, power), 1 / power) - 1;
	else
		x += 1 - pow(2 * (1 - u) + 2 * (u - 0.5) * pow(x, power), 1 / power);
	return fmin(fmax(x, 0), 1);
}

/* Move an ordered axis by a mutation, to the next cell at least. */
static double step_cell(const struct hpo_evolution *e, size_t axis, double x, hpo_rng_t *rng)
{
	double to = jitter(e, x, rng);
	double low;
	double centre;
	double high;

	hpo_space_cell(e->ground.space, axis, x, &low, &centre, &high);
	if (to < low || to >= high)
		return to;
	if (high >= 1 || (low > 0 && to < centre))
		return low > 0 ? nextafter(low, 0) : to;
	return high;
}

static void mutate(struct hpo_evolution *e, size_t axis, hpo_rng_t *rng)
{
	const hpo_axis_t *a = &e->ground.axes[axis];
	double *x = &e->child.point[axis];
	uint64_t cell;

	if (a->cells == 1)
		return;
	if (a->kind != HPO_AXIS_CATEGORICAL) {
		*x = a->cells == 0 ? jitter(e, *x, rng) : step_cell(e, axis, *x, rng);
		return;
	}
	cell = hpo_rng_below(rng, a->cells - 1);
	cell += cell >= hpo_space_cell_index(e->ground.space, axis, *x);
	*x = hpo_space_cell_centre(e->ground.space, axis, cell);
}

/* A parent: its coordinates [d], and which of them are known. */
struct parent {
	const double *point;
	const uint8_t *active;
};

static struct parent parent_at(const struct hpo_evolution *e, const hpo_history_t *history,
			       size_t slot)
{
	size_t at = e->index[slot] * e->ground.dims;

	return (struct parent){ hpo_history_points(history) + at,
				hpo_history_active(history) + at };
}

static double inherit(const struct hpo_evolution *e, size_t axis, const struct parent *a,
		      const struct parent *b, hpo_rng_t *rng)
{
	double x = a->point[axis];
	double y = b->point[axis];

	if (!a->active[axis])
		return b->active[axis] ? y : hpo_rng_uniform(rng);
	if (!b->active[axis] || x == y || hpo_rng_uniform(rng) < 0.5)
		return x;
	return e->ground.axes[axis].kind == HPO_AXIS_CATEGORICAL ? y : cross(e, x, y, rng);
}

/* Whether the child is a parent again, on all that is active in it. */
static bool repeats(const struct hpo_evolution *e, const struct parent *p)
{
	for (size_t i = 0; i < e->ground.dims; i++) {
		if (e->child.active[i] && (!p->active[i] || p->point[i] != e->child.point[i]))
			return false;
	}
	return true;
}

/* Draw a child that is allowed and is neither parent. */
static bool breed(struct hpo_evolution *e, const hpo_history_t *history, double mutations,
		  hpo_rng_t *rng)
{
	const size_t dims = e->ground.dims;
	struct parent a = parent_at(e, history, hold_tournament(e, rng));
	struct parent b = parent_at(e, history, hold_tournament(e, rng));

	if (hpo_rng_uniform(rng) >= e->crossover)
		b = a;
	for (size_t i = 0; i < dims; i++) {
		e->child.point[i] = inherit(e, i, &a, &b, rng);
		if (hpo_rng_uniform(rng) * (double)dims < mutations)
			mutate(e, i, rng);
	}
	hpo__candidate_settle(&e->ground, &e->child);
	if (repeats(e, &a) || repeats(e, &b)) {
		mutate(e, (size_t)hpo_rng_below(rng, dims), rng);
		hpo__candidate_settle(&e->ground, &e->child);
		if (repeats(e, &a) || repeats(e, &b))
			return false;
	}
	return hpo__candidate_is_allowed(&e->ground, &e->child);
}

hpo_status_t hpo__evolution_suggest(struct hpo_evolution *e, const hpo_history_t *history,
				    hpo_rng_t *rng, hpo_proposal_t *out, hpo_error_t *error)
{
	hpo_status_t status = hpo__ground_hold(&e->ground, history, error);
	bool found = false;

	if (status < 0)
		return status;
	if (e->count < hpo__evolution_start(e)) {
		out->arm = "start";
		hpo__candidate_begin(&e->ground, history, rng, out);
		return HPO_OK;
	}

	/* The more often none was allowed, the further children go from their parents. */
	for (size_t k = 0; k < BREEDINGS && !found && out->attempt < WILD_ATTEMPT; k++)
		found = breed(e, history, e->mutation + (double)(k / 8 + out->attempt), rng);
	if (!found) {
		out->arm = "random";
		hpo__candidate_draw(&e->ground, rng, &e->child);
	}
	memcpy(out->point, e->child.point, e->ground.dims * sizeof *out->point);
	return HPO_OK;
}
