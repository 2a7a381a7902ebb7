/*
 * BOHB's model: kernel density estimators of the good and of the bad trials at
 * the largest budget that has enough of them. With the pruner hyperband, which
 * the preset adds, it is BOHB.
 *
 * S. Falkner, A. Klein and F. Hutter, "BOHB: robust and efficient hyperparameter
 * optimization at scale", ICML (2018), section 3.2; names and constants are its.
 *
 * The history has one value a trial, that of its last rung, where the paper has
 * one a budget. So the observations at budget b are the trials that ran to b or
 * beyond, and those that ran on are better than those that stopped there: that is
 * why they ran on. In this order the trials of any budget are the first ones of
 * one list, and the model is fitted to the shortest of these beginnings that is
 * long enough.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "math/normal.h"
#include "strategy/candidate.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

enum {
	MOST_GOOD = 64,     /* more are sampled evenly, so that a proposal has a bounded cost */
	MOST_BAD = 256,
	WILD_ATTEMPT = 3    /* from this refusal on, a proposal is a random point */
};
static const double least_width = 1e-3; /* section 4.1 of the supplement: the minimum bandwidth */

/* A trial with a value. */
struct entry {
	size_t index;      /* into the history */
	int64_t iteration; /* where it stopped; INT64_MAX for a whole one */
	double loss;
};

/* A density: some trials, and the width of a kernel along each axis. */
struct density {
	size_t *indices; /* [count], into the history */
	size_t count;
	double *widths;  /* [d]; of a category: the chance of any other one */
};

struct bohb_state {
	struct hpo_ground ground;
	struct entry *entries; /* [count]: longest run first, then best first */
	size_t count, capacity;
	size_t min_points; /* N_min */
	size_t samples;    /* N_s */
	double random_fraction, good_fraction, factor;
	struct density good, bad;
	struct hpo_candidate now, best;
};

static const hpo_option_t bohb_options[] = {
	{ "random_fraction", HPO_OPTION_FLOAT, 0.333, 0, 1,
	  "share of the proposals that are drawn at random" },
	{ "good_fraction", HPO_OPTION_FLOAT, 0.15, 0.001, 0.9,
	  "share of a budget's trials that counts as good" },
	{ "candidates", HPO_OPTION_INT, 64, 1, 10000,
	  "points drawn from the good density for one proposal" },
	{ "bandwidth_factor", HPO_OPTION_FLOAT, 3, 0.01, 100,
	  "how much wider than its density the good one is drawn from" },
	{ "min_points", HPO_OPTION_INT, 0, 0, 1e6,
	  "good trials, and bad ones, that a budget needs; 0: the number of parameters and 1" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static void bohb_release(void *state)
{
	struct bohb_state *s = state;

	hpo__ground_release(&s->ground);
	hpo__candidate_release(&s->now);
	hpo__candidate_release(&s->best);
	hpo__free(s->entries);
	hpo__free(s->good.indices);
	hpo__free(s->good.widths);
	hpo__free(s->bad.indices);
	hpo__free(s->bad.widths);
}

static hpo_status_t density_init(struct density *density, size_t most, size_t dims,
				 hpo_error_t *error)
{
	density->indices = hpo__calloc(most, sizeof *density->indices);
	density->widths = hpo__calloc(dims, sizeof *density->widths);
	return density->indices == NULL || density->widths == NULL ? hpo__fail_memory(error)
								    : HPO_OK;
}

static hpo_status_t bohb_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct bohb_state *s = state;
	hpo_status_t status = hpo__ground_init(&s->ground, space, error);

	s->min_points = s->ground.dims + 1;
	s->samples = 64;
	s->random_fraction = 0.333;
	s->good_fraction = 0.15;
	s->factor = 3;
	if (status >= 0)
		status = hpo__candidate_init(&s->now, s->ground.dims, error);
	if (status >= 0)
		status = hpo__candidate_init(&s->best, s->ground.dims, error);
	if (status >= 0)
		status = density_init(&s->good, MOST_GOOD, s->ground.dims, error);
	if (status >= 0)
		status = density_init(&s->bad, MOST_BAD, s->ground.dims, error);
	return status;
}

static hpo_status_t bohb_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct bohb_state *s = state;
	const size_t least = (size_t)hpo_settings_number(settings, "min_points");

	(void)error;
	s->random_fraction = hpo_settings_number(settings, "random_fraction");
	s->good_fraction = hpo_settings_number(settings, "good_fraction");
	s->samples = (size_t)hpo_settings_number(settings, "candidates");
	s->factor = hpo_settings_number(settings, "bandwidth_factor");
	s->min_points = least > 0 ? least : s->ground.dims + 1;
	return HPO_OK;
}

/* What counts of a trial's losses [m]; the worst of all where a measured bound is broken. */
static double loss_of(const hpo_history_t *history, size_t index)
{
	const size_t m = hpo_history_objectives(history);
	const double *bounds = hpo_history_bounds(history);
	const double *losses = hpo_history_losses(history) + index * m;
	double loss = (double)NAN;

	for (size_t j = m; j-- > 0;) {
		if (isnan(bounds[j]))
			loss = losses[j];
	}
	for (size_t j = 0; j < m; j++) {
		if (!isnan(bounds[j]) && !(losses[j] <= bounds[j]))
			return (double)INFINITY;
	}
	return loss;
}

static bool comes_before(const struct entry *a, const struct entry *b)
{
	if (a->iteration != b->iteration)
		return a->iteration > b->iteration;
	return a->loss <= b->loss; /* the earlier trial keeps its place */
}

static hpo_status_t add_entry(struct bohb_state *s, const struct entry *entry, hpo_error_t *error)
{
	struct entry *entries =
		hpo__grow(s->entries, &s->capacity, s->count + 1, sizeof *entries);
	size_t low = 0;
	size_t high = s->count;

	if (entries == NULL)
		return hpo__fail_memory(error);
	s->entries = entries;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (comes_before(&entries[middle], entry))
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&entries[low + 1], &entries[low], (s->count - low) * sizeof *entries);
	entries[low] = *entry;
	s->count++;
	return HPO_OK;
}

static hpo_status_t bohb_observe(void *state, const hpo_history_t *history, size_t index,
				 hpo_error_t *error)
{
	struct bohb_state *s = state;
	struct entry entry = { index, hpo_history_iterations(history)[index],
			       loss_of(history, index) };
	const int trial_state = hpo_history_states(history)[index];
	hpo_status_t status = hpo__ground_observe(&s->ground, history, index, error);

	if (status < 0 || trial_state == HPO_TRIAL_FAILED || isnan(entry.loss))
		return status;
	if (trial_state == HPO_TRIAL_COMPLETED)
		entry.iteration = INT64_MAX;
	return add_entry(s, &entry, error);
}

/* The trials of the largest budget that has enough; 0 when none has. */
static size_t choose_budget(const struct bohb_state *s)
{
	const size_t need = 2 * s->min_points;
	size_t end = need;

	if (s->count < need)
		return 0;
	while (end < s->count && s->entries[end].iteration == s->entries[end - 1].iteration)
		end++;
	return end;
}

/* Entries [first, end) into a density, an even sample of them if they are many. */
static void choose_trials(struct bohb_state *s, struct density *density, size_t first, size_t end,
			  size_t most)
{
	const size_t n = end - first;

	density->count = n < most ? n : most;
	for (size_t k = 0; k < density->count; k++)
		density->indices[k] = s->entries[first + k * n / density->count].index;
}

/* The normal reference rule, over the trials in which the axis was active. */
static double width_of(const struct bohb_state *s, const hpo_history_t *history,
		       const struct density *density, size_t axis)
{
	const size_t d = s->ground.dims;
	const double shrink = pow((double)density->count, -1.0 / (4.0 + (double)d));
	const double cells = (double)s->ground.axes[axis].cells;
	double mean = 0;
	double squares = 0;
	double n = 0;

	if (s->ground.axes[axis].kind == HPO_AXIS_CATEGORICAL)
		return (cells - 1) / cells * shrink;
	for (size_t k = 0; k < density->count; k++) {
		const size_t at = density->indices[k] * d + axis;
		double delta;

		if (!hpo_history_active(history)[at])
			continue;
		n++;
		delta = hpo_history_points(history)[at] - mean;
		mean += delta / n;
		squares += delta * (hpo_history_points(history)[at] - mean);
	}
	return fmax(1.06 * sqrt(n > 1 ? squares / (n - 1) : 0) * shrink, least_width);
}

static void fit_density(struct bohb_state *s, const hpo_history_t *history,
			struct density *density)
{
	for (size_t j = 0; j < s->ground.dims; j++)
		density->widths[j] = width_of(s, history, density, j);
}

/* eqs. (2) and (3): N_l good trials, and N_g bad ones, which may share some when there are few. */
static void fit(struct bohb_state *s, const hpo_history_t *history, size_t budget)
{
	size_t good = (size_t)(s->good_fraction * (double)budget);
	size_t bad;

	good = good > s->min_points ? good : s->min_points;
	bad = budget - good > s->min_points ? budget - good : s->min_points;
	choose_trials(s, &s->good, 0, good, MOST_GOOD);
	choose_trials(s, &s->bad, budget - bad, budget, MOST_BAD);
	fit_density(s, history, &s->good);
	fit_density(s, history, &s->bad);
}

/* The log kernel along one axis, relative to nothing: densities are compared at one point. */
static double log_kernel(const struct bohb_state *s, const struct density *density, size_t axis,
			 double x, double centre)
{
	const double width = density->widths[axis];
	const double z = (x - centre) / width;

	if (s->ground.axes[axis].kind != HPO_AXIS_CATEGORICAL)
		return -0.5 * z * z - log(width);
	if (x == centre)
		return log1p(-width);
	return log(width / ((double)s->ground.axes[axis].cells - 1));
}

/* log of the mean kernel; where an axis was inactive in a trial, any value is as likely. */
static double log_density(const struct bohb_state *s, const hpo_history_t *history,
			  const struct density *density, const struct hpo_candidate *candidate)
{
	const size_t d = s->ground.dims;
	double most = -(double)INFINITY;
	double sum = 0;

	for (size_t k = 0; k < density->count; k++) {
		const double *centre = hpo_history_points(history) + density->indices[k] * d;
		const uint8_t *active = hpo_history_active(history) + density->indices[k] * d;
		double term = 0;

		for (size_t j = 0; j < d; j++) {
			if (candidate->active[j] && active[j])
				term += log_kernel(s, density, j, candidate->point[j], centre[j]);
		}
		if (term > most) {
			sum = sum * exp(most - term) + 1;
			most = term;
		} else {
			sum += exp(term - most);
		}
	}
	return most + log(sum) - log((double)density->count);
}

/* A value of an axis near that of a good trial. */
static double draw_near(const struct bohb_state *s, size_t axis, double centre, hpo_rng_t *rng)
{
	const double width = s->good.widths[axis];
	const double sigma = s->factor * width;
	double x;

	if (s->ground.axes[axis].kind == HPO_AXIS_CATEGORICAL)
		return hpo_rng_uniform(rng) < width ? hpo_rng_uniform(rng) : centre;
	x = hpo__normal_truncated(hpo_rng_uniform(rng), (0 - centre) / sigma, (1 - centre) / sigma);
	return fmin(fmax(centre + sigma * x, 0), 1);
}

/* Around a random good trial; what is inactive in it, around another one, or anywhere. */
static void draw_good(struct bohb_state *s, const hpo_history_t *history, hpo_rng_t *rng)
{
	const size_t d = s->ground.dims;
	const size_t chosen = s->good.indices[hpo_rng_below(rng, s->good.count)];

	for (size_t j = 0; j < d; j++) {
		size_t at = chosen * d + j;

		if (!hpo_history_active(history)[at])
			at = s->good.indices[hpo_rng_below(rng, s->good.count)] * d + j;
		s->now.point[j] = hpo_history_active(history)[at]
					  ? draw_near(s, j, hpo_history_points(history)[at], rng)
					  : hpo_rng_uniform(rng);
	}
	hpo__candidate_settle(&s->ground, &s->now);
}

/* The candidate with the largest l(x) / g(x); false if none was allowed. */
static bool propose_model(struct bohb_state *s, const hpo_history_t *history, hpo_rng_t *rng)
{
	double most = -(double)INFINITY;
	bool found = false;

	for (size_t c = 0; c < s->samples; c++) {
		double gain;

		draw_good(s, history, rng);
		if (!hpo__candidate_is_allowed(&s->ground, &s->now))
			continue;
		gain = log_density(s, history, &s->good, &s->now) -
		       log_density(s, history, &s->bad, &s->now);
		if (found && !(gain > most))
			continue;
		most = gain;
		found = true;
		hpo__candidate_copy(&s->now, &s->best, s->ground.dims);
	}
	return found;
}

static hpo_status_t bohb_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				 hpo_proposal_t *out, hpo_error_t *error)
{
	struct bohb_state *s = state;
	const size_t budget = choose_budget(s);
	hpo_status_t status = hpo__ground_hold(&s->ground, history, error);

	if (status < 0)
		return status;
	if (budget == 0 && out->attempt < WILD_ATTEMPT) {
		out->arm = "start";
		hpo__candidate_begin(&s->ground, history, rng, out);
		return HPO_OK;
	}
	if (budget > 0 && out->attempt < WILD_ATTEMPT &&
	    hpo_rng_uniform(rng) >= s->random_fraction) {
		fit(s, history, budget);
		if (propose_model(s, history, rng)) {
			memcpy(out->point, s->best.point, s->ground.dims * sizeof *out->point);
			return HPO_OK;
		}
	}
	out->arm = "random";
	hpo__candidate_draw(&s->ground, rng, &s->now);
	memcpy(out->point, s->now.point, s->ground.dims * sizeof *out->point);
	return HPO_OK;
}

const hpo_strategy_ops_t hpo__strategy_bohb = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "bohb",
	.state_size = sizeof(struct bohb_state),
	.options = bohb_options,
	.init = bohb_init,
	.suggest = bohb_suggest,
	.configure = bohb_configure,
	.observe = bohb_observe,
	.release = bohb_release,
};
