/*
 * From ended trials to generations.
 *
 * Trials come back in any order and from any number of workers: whatever was
 * drawn for a run makes its generations in the order in which it is told. What
 * others found joins only when it is better than all before, shortened to a
 * likely length: N. Hansen, "Injecting external solutions into CMA-ES",
 * arXiv:1110.4181 (2011).
 */
#include "strategy/cmaes_inside.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

/* Streams of what is drawn anew for an ended trial, and for a run. */
enum { PURPOSE_LATENT = 1, PURPOSE_RUN = 2 };

static hpo_status_t reserve(struct hpo_cmaes_state *s, hpo_error_t *error)
{
	struct hpo_cmaes_generation *gen = &s->generation;
	size_t n = s->frame.n;
	size_t need = s->restart.lambda;
	void *grown;

	if (hpo__cmaes_gaussian_reserve(&s->gaussian, need, error) < 0)
		return HPO_ENOMEM;
	if (gen->capacity >= need)
		return HPO_OK;
	need += need / 2;
#define GROW(field, width)                                                            \
	grown = hpo__resize(gen->field, need * (width) + 1, sizeof *gen->field);      \
	if (grown == NULL)                                                            \
		return hpo__fail_memory(error);                                       \
	gen->field = grown
	GROW(steps, n);
	GROW(idle, n);
	GROW(cells, s->choice_count);
	GROW(ranks, 1);
	GROW(order, 1);
#undef GROW
	gen->capacity = need;
	return HPO_OK;
}

/* The mean's step that leads to a point; what a snapped or idle axis had is drawn anew. */
static void read_steps(struct hpo_cmaes_state *s, const double *point, const uint8_t *active,
		       hpo_rng_t *rng, size_t row)
{
	struct hpo_cmaes_gaussian *g = &s->gaussian;
	double *steps = s->generation.steps + row * g->n;
	uint8_t *idle = s->generation.idle + row * g->n;

	for (size_t i = 0; i < g->n; i++) {
		size_t axis = s->frame.axis[i];
		double deviation = hpo__cmaes_gaussian_deviation(g, i);
		double x = point[axis];

		idle[i] = !active[axis];
		if (idle[i])
			x = g->mean[i] + deviation * hpo_rng_normal(rng);
		else if (s->frame.cells[i] > 0)
			x = hpo__cmaes_margin_latent(&s->frame, g, i, x, rng);
		steps[i] = (x - g->mean[i]) / (g->sigma * g->scale[i]);
	}
}

static void read_cells(struct hpo_cmaes_state *s, const double *point, const uint8_t *active,
		       size_t row)
{
	uint32_t *cells = s->generation.cells + row * s->choice_count;

	for (size_t k = 0; k < s->choice_count; k++) {
		size_t axis = s->choice_axis[k];

		cells[k] = active[axis] ? (uint32_t)hpo_space_cell_index(s->ground.space, axis,
									 point[axis])
					: HPO_CMAES_IDLE;
	}
}

/* How long a step of another's may be, c_y of the paper; an own one several times that. */
static double likely_length(const struct hpo_cmaes_gaussian *g)
{
	double n = (double)g->n;

	return sqrt(n) + 2 * n / (n + 2);
}

/* Take a trial into the generation; false for an own one of another time, and for no numbers. */
static bool take(struct hpo_cmaes_state *s, const hpo_history_t *history, size_t index, bool own)
{
	struct hpo_cmaes_generation *gen = &s->generation;
	const double *point = hpo_history_points(history) + index * s->dims;
	const uint8_t *active = hpo_history_active(history) + index * s->dims;
	size_t row = gen->count;
	double *steps = gen->steps + row * s->frame.n;
	double longest = likely_length(&s->gaussian) * (own ? 4 : 1);
	double length;
	hpo_rng_t rng;

	hpo_rng_init(&rng, s->key, index, PURPOSE_LATENT);
	read_steps(s, point, active, &rng, row);
	read_cells(s, point, active, row);
	length = sqrt(hpo__cmaes_gaussian_length2(&s->gaussian, steps));
	if (!(length <= longest)) {
		if (own || !isfinite(length))
			return false;
		for (size_t i = 0; i < s->frame.n; i++)
			steps[i] *= longest / length;
	}
	gen->ranks[row] = hpo__cmaes_rank(history, index);
	gen->count++;
	return true;
}

/* Insertion, which keeps equals in the order in which they came. */
static void sort_generation(struct hpo_cmaes_generation *gen)
{
	for (size_t i = 0; i < gen->count; i++) {
		size_t k = i;

		while (k > 0 && hpo__cmaes_rank_compare(&gen->ranks[i],
							&gen->ranks[gen->order[k - 1]]) < 0) {
			gen->order[k] = gen->order[k - 1];
			k--;
		}
		gen->order[k] = i;
	}
}

/*
 * Among the best, a sample that left the mean's cell counts as the centre of its
 * own, so that what was evaluated is what the mean moves to.
 */
static void centre_cells(struct hpo_cmaes_state *s)
{
	struct hpo_cmaes_gaussian *g = &s->gaussian;

	for (size_t r = 0; r < g->mu; r++) {
		double *steps = s->generation.steps + s->generation.order[r] * g->n;
		const uint8_t *idle = s->generation.idle + s->generation.order[r] * g->n;

		for (size_t i = 0; i < g->n; i++) {
			double unit = g->sigma * g->scale[i];
			double centre;

			if (s->frame.cells[i] > 0 && !idle[i] &&
			    hpo__cmaes_margin_leaves(&s->frame, g, i, g->mean[i] + unit * steps[i],
						     &centre))
				steps[i] = (centre - g->mean[i]) / unit;
		}
	}
}

static void begin_run(struct hpo_cmaes_state *s)
{
	hpo_rng_t rng;

	hpo_rng_init(&rng, s->key, s->restart.runs, PURPOSE_RUN);
	hpo__cmaes_restart_next(&s->restart, &rng);
	for (size_t i = 0; i < s->frame.n; i++)
		s->mean[i] = hpo_rng_uniform(&rng);
	hpo__cmaes_gaussian_begin(&s->gaussian, s->mean, s->restart.sigma);
	if (s->adapts_rates)
		hpo__cmaes_rates_begin(&s->rates);
	hpo__cmaes_choices_begin(&s->choices);
	hpo__cmaes_margin_correct(&s->frame, &s->gaussian);
	s->stale = s->newest;
}

/* A whole generation is there. */
static void evolve(struct hpo_cmaes_state *s)
{
	struct hpo_cmaes_generation *gen = &s->generation;
	struct hpo_cmaes_steps steps = { gen->steps, gen->idle, gen->order };
	struct hpo_cmaes_picks picks = { gen->cells, gen->order, s->gaussian.weights,
					 s->gaussian.mu };
	size_t last = gen->count - 1;

	sort_generation(gen);
	centre_cells(s);
	if (s->adapts_rates)
		hpo__cmaes_rates_update(&s->rates, &s->gaussian, &steps);
	else
		hpo__cmaes_gaussian_update(&s->gaussian, &steps);
	hpo__cmaes_choices_update(&s->choices, &picks);
	hpo__cmaes_margin_correct(&s->frame, &s->gaussian);
	hpo__cmaes_restart_note(&s->restart, &gen->ranks[gen->order[0]],
				&gen->ranks[gen->order[last]]);
	gen->count = 0;
	if (s->gaussian.broken || (s->restarts && hpo__cmaes_restart_is_due(&s->restart, &s->gaussian)))
		begin_run(s);
}

/* The bits of the first ended trial tell runs with different seeds apart. */
static void make_key(struct hpo_cmaes_state *s, const double *point)
{
	for (size_t i = 0; i < s->dims; i++) {
		uint64_t bits;

		memcpy(&bits, &point[i], sizeof bits);
		s->key = (s->key ^ bits) * 0x9e3779b97f4a7c15u;
		s->key ^= s->key >> 29;
	}
	s->has_key = true;
}

static bool note_best(struct hpo_cmaes_state *s, const hpo_history_t *history, size_t index)
{
	struct hpo_cmaes_rank rank = hpo__cmaes_rank(history, index);

	s->valued += rank.grade != HPO_CMAES_FAILED;
	if (rank.grade == HPO_CMAES_FAILED || hpo__cmaes_rank_compare(&rank, &s->best) >= 0)
		return false;
	s->best = rank;
	memcpy(s->best_point, hpo_history_points(history) + index * s->dims,
	       s->dims * sizeof *s->best_point);
	return true;
}

hpo_status_t hpo__cmaes_fold(struct hpo_cmaes_state *s, const hpo_history_t *history, size_t index,
			     hpo_error_t *error)
{
	int64_t number = hpo_history_numbers(history)[index];
	bool own = strcmp(hpo_history_arm(history, index), hpo__cmaes_arm) == 0;
	hpo_status_t status = reserve(s, error);

	if (status == HPO_OK)
		status = hpo__ground_observe(&s->ground, history, index, error);
	if (status < 0)
		return status;
	if (!s->has_key)
		make_key(s, hpo_history_points(history));
	if (own && !s->started) {
		status = hpo__cmaes_start(s, history, index, error);
		if (status < 0)
			return status;
		s->started = true;
	}

	if (s->gaussian.lambda != s->restart.lambda)
		hpo__cmaes_gaussian_set_lambda(&s->gaussian, s->restart.lambda);
	if (own) {
		s->newest = number > s->newest ? number : s->newest;
		note_best(s, history, index);
		if (number <= s->stale || !take(s, history, index, true))
			return HPO_OK;
	} else if (!note_best(s, history, index) || !s->started ||
		   !take(s, history, index, false)) {
		return HPO_OK;
	}
	if (s->generation.count >= s->restart.lambda)
		evolve(s);
	return HPO_OK;
}
