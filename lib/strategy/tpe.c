/*
 * The tree-structured Parzen estimator, joint over all axes.
 *
 * J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, "Algorithms for
 * hyper-parameter optimization", NeurIPS (2011); S. Watanabe, "Tree-structured
 * Parzen estimator: understanding its algorithm components and their roles for
 * better empirical performance", arXiv:2304.11127 (2023), for what the constants do.
 *
 * Ended trials are split into a few good and many bad ones; l(x) and g(x) are
 * the densities of either, and the candidate drawn from l with the largest
 * l(x) / g(x) is proposed. A running trial counts as bad, so that workers keep
 * apart; a failed one as worse than all that have a value.
 *
 * What is folded from tell to tell is the order of trials by quality. Each
 * suggestion fits both densities anew, to a bounded number of trials: beyond
 * it, the bad ones are those next to the split, the newest, and an even sample
 * of the rest that stands for all of it.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "math/sobol.h"
#include "model/parzen.h"
#include "strategy/ranks.h"
#include "strategy/registry.h"
#include "strategy/seen.h"

#include <math.h>
#include <string.h>

enum {
	MOST_GOOD = 25,
	BAD_NEAREST = 96, /* next to the split, when there are more bad trials than BAD_MOST */
	BAD_NEWEST = 32,
	BAD_SAMPLED = 128,
	BAD_MOST = BAD_NEAREST + BAD_NEWEST + BAD_SAMPLED,
	MOST_PENDING = 128,
	REDRAWS = 32,        /* of a candidate that is not allowed */
	WILD_ATTEMPT = 3,    /* from this refusal on, a proposal is a random point */
	MOST_RANDOM = 10000  /* random points tried for one that is allowed */
};

struct candidate {
	double *point;   /* [d] */
	uint64_t *cells; /* [d] */
	uint8_t *active; /* [d] */
};

struct tpe_state {
	const hpo_space_t *space;
	size_t dims;
	hpo_axis_t *axes; /* [d] */
	int constrained;  /* there are relations between parameters */
	int conditional;  /* some axis has a parent */
	size_t startup, candidates;
	double fraction, prior;
	struct hpo_ranks ranks; /* folded */
	struct hpo_seen ended;  /* folded: the points that cannot come again */
	struct hpo_seen pending;
	struct hpo_parzen_frame frame;
	struct hpo_parzen good, bad;
	struct candidate now, best;
	double *sigma, *blur; /* [d], scratch */
};

static const hpo_option_t tpe_options[] = {
	{ "startup_trials", HPO_OPTION_INT, 5, 1, 1e6,
	  "trials with a value before the model proposes; until then points cover the space evenly" },
	{ "candidates", HPO_OPTION_INT, 24, 1, 10000,
	  "points drawn from the good density for one proposal" },
	{ "good_fraction", HPO_OPTION_FLOAT, 0.15, 0.001, 0.9,
	  "share of the trials that counts as good, 25 trials at most" },
	{ "prior_weight", HPO_OPTION_FLOAT, 1, 0.001, 1000,
	  "weight of the uniform density beside one trial's" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t candidate_init(struct candidate *candidate, size_t dims, hpo_error_t *error)
{
	candidate->point = hpo__calloc(dims, sizeof *candidate->point);
	candidate->cells = hpo__calloc(dims, sizeof *candidate->cells);
	candidate->active = hpo__calloc(dims, sizeof *candidate->active);
	if (candidate->point == NULL || candidate->cells == NULL || candidate->active == NULL)
		return hpo__fail_memory(error);
	memset(candidate->active, 1, dims);
	return HPO_OK;
}

static void candidate_release(struct candidate *candidate)
{
	hpo__free(candidate->point);
	hpo__free(candidate->cells);
	hpo__free(candidate->active);
}

static void tpe_release(void *state)
{
	struct tpe_state *s = state;

	hpo__ranks_release(&s->ranks);
	hpo__seen_release(&s->ended);
	hpo__seen_release(&s->pending);
	hpo__parzen_release(&s->good);
	hpo__parzen_release(&s->bad);
	hpo__parzen_frame_release(&s->frame);
	candidate_release(&s->now);
	candidate_release(&s->best);
	hpo__free(s->axes);
	hpo__free(s->sigma);
	hpo__free(s->blur);
}

static hpo_status_t tpe_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct tpe_state *s = state;
	hpo_status_t status;

	s->space = space;
	s->dims = hpo_space_dims(space);
	s->constrained = hpo__space_constraints(space) > 0;
	s->startup = 5;
	s->candidates = 24;
	s->fraction = 0.15;
	s->prior = 1;
	s->axes = hpo__calloc(s->dims, sizeof *s->axes);
	s->sigma = hpo__calloc(s->dims, sizeof *s->sigma);
	s->blur = hpo__calloc(s->dims, sizeof *s->blur);
	if (s->axes == NULL || s->sigma == NULL || s->blur == NULL)
		return hpo__fail_memory(error);
	for (size_t i = 0; i < s->dims; i++) {
		hpo_space_axis(space, i, &s->axes[i]);
		s->conditional |= s->axes[i].parent >= 0;
	}

	status = hpo__parzen_frame_init(&s->frame, space, error);
	if (status == HPO_OK)
		status = hpo__parzen_init(&s->good, &s->frame, MOST_GOOD, error);
	if (status == HPO_OK)
		status = hpo__parzen_init(&s->bad, &s->frame, BAD_MOST + MOST_PENDING, error);
	if (status == HPO_OK)
		status = candidate_init(&s->now, s->dims, error);
	if (status == HPO_OK)
		status = candidate_init(&s->best, s->dims, error);
	return status;
}

static hpo_status_t tpe_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct tpe_state *s = state;

	(void)error;
	s->startup = (size_t)hpo_settings_number(settings, "startup_trials");
	s->candidates = (size_t)hpo_settings_number(settings, "candidates");
	s->fraction = hpo_settings_number(settings, "good_fraction");
	s->prior = hpo_settings_number(settings, "prior_weight");
	return HPO_OK;
}

/* Move a drawn point to the values it stands for, and see what is active there. */
static void settle(const struct tpe_state *s, struct candidate *candidate)
{
	for (size_t i = 0; i < s->dims; i++) {
		double low;
		double high;

		if (s->axes[i].cells == 0)
			continue;
		candidate->cells[i] = hpo_space_cell_index(s->space, i, candidate->point[i]);
		hpo_space_cell(s->space, i, candidate->point[i], &low, &candidate->point[i], &high);
	}
	if (s->conditional)
		hpo_space_activate(s->space, candidate->point, candidate->active);
}

/* The hash of a settled point, 0 if a continuum is active: that never repeats. */
static uint64_t hash_settled(const struct tpe_state *s, const struct candidate *candidate)
{
	for (size_t i = 0; i < s->dims; i++) {
		if (candidate->active[i] && s->axes[i].cells == 0)
			return 0;
	}
	return hpo__seen_hash(candidate->cells, candidate->active, s->dims);
}

static hpo_status_t note_point(struct tpe_state *s, struct hpo_seen *seen, const double *point,
			       hpo_error_t *error)
{
	hpo_status_t status;
	uint64_t hash;

	memcpy(s->now.point, point, s->dims * sizeof *point);
	settle(s, &s->now);
	hash = hash_settled(s, &s->now);
	if (hash == 0)
		return HPO_OK;
	status = hpo__seen_reserve(seen, seen->count + 1, error);
	if (status == HPO_OK)
		hpo__seen_put(seen, hash);
	return status;
}

static hpo_status_t tpe_observe(void *state, const hpo_history_t *history, size_t index,
				hpo_error_t *error)
{
	struct tpe_state *s = state;
	hpo_status_t status;

	status = note_point(s, &s->ended, hpo_history_points(history) + index * s->dims, error);
	if (status < 0)
		return status;
	return hpo__ranks_fold(&s->ranks, history, index, error);
}

static hpo_status_t note_pending(struct tpe_state *s, const hpo_history_t *history,
				 hpo_error_t *error)
{
	const double *points = hpo_history_pending_points(history);
	hpo_status_t status = HPO_OK;

	hpo__seen_clear(&s->pending);
	for (size_t k = 0; status == HPO_OK && k < hpo_history_pending(history); k++)
		status = note_point(s, &s->pending, points + k * s->dims, error);
	return status;
}

/* Whether a settled point is one that may be proposed: it keeps the constraints and is new. */
static int is_allowed(const struct tpe_state *s, const struct candidate *candidate)
{
	uint64_t hash;

	if (s->constrained && !hpo_space_is_feasible(s->space, candidate->point))
		return 0;
	hash = hash_settled(s, candidate);
	return hash == 0 ||
	       (!hpo__seen_has(&s->ended, hash) && !hpo__seen_has(&s->pending, hash));
}

/* A random point that is allowed, or after many tries any point at all. */
static void propose_random(struct tpe_state *s, hpo_rng_t *rng, double *point)
{
	for (size_t tries = 0; tries < MOST_RANDOM; tries++) {
		for (size_t i = 0; i < s->dims; i++)
			s->now.point[i] = hpo_rng_uniform(rng);
		settle(s, &s->now);
		if (is_allowed(s, &s->now))
			break;
	}
	memcpy(point, s->now.point, s->dims * sizeof *point);
}

/* Whether some ended or running trial has this very point. */
static int is_known(const struct tpe_state *s, const hpo_history_t *history, const double *point)
{
	size_t bytes = s->dims * sizeof *point;
	const double *points = hpo_history_points(history);
	const double *pending = hpo_history_pending_points(history);

	for (size_t k = 0; k < hpo_history_count(history); k++) {
		if (memcmp(points + k * s->dims, point, bytes) == 0)
			return 1;
	}
	for (size_t k = 0; k < hpo_history_pending(history); k++) {
		if (memcmp(pending + k * s->dims, point, bytes) == 0)
			return 1;
	}
	return 0;
}

/* The defaults, with the middle where there is none, as the history would show them. */
static int place_defaults(struct tpe_state *s, double *point)
{
	int any = 0;

	for (size_t i = 0; i < s->dims; i++) {
		any |= !isnan(s->axes[i].preferred);
		s->now.point[i] = isnan(s->axes[i].preferred) ? 0.5 : s->axes[i].preferred;
	}
	settle(s, &s->now);
	for (size_t i = 0; i < s->dims; i++)
		point[i] = s->now.active[i] ? s->now.point[i] : 0.5;
	return any;
}

/* Before there is a model: the defaults if they are new, then points that cover the space. */
static void propose_first(struct tpe_state *s, const hpo_history_t *history, hpo_rng_t *rng,
			  hpo_proposal_t *out)
{
	uint64_t index = (uint64_t)out->number + 1;

	out->arm = "start";
	if (out->attempt == 0 && place_defaults(s, out->point) && is_allowed(s, &s->now) &&
	    !is_known(s, history, out->point))
		return;

	for (size_t i = 0; i < s->dims; i++)
		s->now.point[i] = hpo__sobol(index, i, out->seed);
	settle(s, &s->now);
	memcpy(out->point, s->now.point, s->dims * sizeof *out->point);
	if (out->attempt > 0 || !is_allowed(s, &s->now))
		propose_random(s, rng, out->point);
}

/* Kernels narrow as observations come, slower in more dimensions: Scott's rule. */
static void set_widths(struct tpe_state *s, const struct hpo_parzen *mixture)
{
	double n = (double)mixture->count + 1;
	double sigma = 0.2 * pow(n, -1.0 / ((double)s->dims + 4));

	for (size_t i = 0; i < s->dims; i++) {
		double cells = (double)s->axes[i].cells;

		s->sigma[i] = sigma > 0.03 ? sigma : 0.03;
		s->blur[i] = cells / (n + cells);
	}
}

/*
 * How far the best `good` spread along an axis that was active in two of them or
 * more; else infinity. One point that is uniform counts as well: its variance, 1/12,
 * keeps a few that happen to agree from closing the search.
 */
static double spread_along(const struct tpe_state *s, const hpo_history_t *history, size_t good,
			   size_t axis)
{
	double count = 0;
	double mean = 0;
	double squares = 0;

	for (size_t r = 0; r < good; r++) {
		size_t at = hpo__ranks_at(&s->ranks, r) * s->dims + axis;
		double away = hpo_history_points(history)[at] - mean;

		if (!hpo_history_active(history)[at])
			continue;
		count++;
		mean += away / count;
		squares += away * (hpo_history_points(history)[at] - mean);
	}
	return count < 2 ? (double)INFINITY : sqrt((squares + 1.0 / 12) / (count + 1));
}

/*
 * Where the good ones lie close together, so do what is drawn next: the rule's width for
 * their spread, and half as much again, which the benchmarks preferred.
 */
static void narrow_widths(struct tpe_state *s, const hpo_history_t *history, size_t good)
{
	double factor = 1.5 * pow((double)good + 1, -1.0 / ((double)s->dims + 4));

	for (size_t i = 0; i < s->dims; i++) {
		double sigma;

		if (s->axes[i].kind == HPO_AXIS_CATEGORICAL)
			continue;
		sigma = factor * spread_along(s, history, good, i);
		sigma = sigma > 0.01 ? sigma : 0.01;
		s->sigma[i] = sigma < s->sigma[i] ? sigma : s->sigma[i];
	}
}

static hpo_status_t finish(struct tpe_state *s, struct hpo_parzen *mixture, hpo_error_t *error)
{
	struct hpo_parzen_widths widths = { s->prior, s->sigma, s->blur };

	return hpo__parzen_finish(mixture, &widths, error);
}

static void add_trial(const struct hpo_history *history, struct hpo_parzen *mixture, size_t index,
		      double weight)
{
	size_t dims = mixture->frame->dims;

	hpo__parzen_add(mixture, hpo_history_points(history) + index * dims,
			hpo_history_active(history) + index * dims, weight);
}

/* All bad trials, or those near the split, the newest, and a weighted sample of the others. */
static void add_bad(struct tpe_state *s, const hpo_history_t *history, size_t good)
{
	size_t count = s->ranks.count;
	size_t newest = count > BAD_NEWEST ? count - BAD_NEWEST : 0;
	size_t nearest = count - good > BAD_MOST ? good + BAD_NEAREST : count;
	size_t rest = 0;
	size_t passed = 0;

	for (size_t r = nearest; r < count; r++)
		rest += hpo__ranks_at(&s->ranks, r) < newest;
	for (size_t r = good; r < count; r++) {
		size_t index = hpo__ranks_at(&s->ranks, r);

		if (r < nearest || index >= newest) {
			add_trial(history, &s->bad, index, 1);
			continue;
		}
		if (rest <= BAD_SAMPLED)
			add_trial(history, &s->bad, index, 1);
		else if ((passed + 1) * BAD_SAMPLED / rest > passed * BAD_SAMPLED / rest)
			add_trial(history, &s->bad, index, (double)rest / BAD_SAMPLED);
		passed++;
	}
}

static void add_pending(struct tpe_state *s, const hpo_history_t *history)
{
	size_t pending = hpo_history_pending(history);
	size_t first = pending > MOST_PENDING ? pending - MOST_PENDING : 0;
	const double *points = hpo_history_pending_points(history);
	const uint8_t *active = hpo_history_pending_active(history);

	for (size_t k = first; k < pending; k++)
		hpo__parzen_add(&s->bad, points + k * s->dims, active + k * s->dims, 1);
}

/* The better, the more it counts; 1 in the mean. */
static double weight_of_good(size_t rank, size_t good)
{
	return 2 * (double)(good - rank) / (double)(good + 1);
}

static hpo_status_t fit(struct tpe_state *s, const hpo_history_t *history, hpo_error_t *error)
{
	size_t good = (size_t)ceil(s->fraction * (double)s->ranks.valued);
	hpo_status_t status;

	if (good > MOST_GOOD)
		good = MOST_GOOD;
	hpo__ranks_order(&s->ranks, good);

	hpo__parzen_clear(&s->good);
	for (size_t r = 0; r < good; r++)
		add_trial(history, &s->good, hpo__ranks_at(&s->ranks, r),
			  weight_of_good(r, good));
	set_widths(s, &s->good);
	narrow_widths(s, history, good);
	status = finish(s, &s->good, error);
	if (status < 0)
		return status;

	hpo__parzen_clear(&s->bad);
	add_bad(s, history, good);
	add_pending(s, history);
	set_widths(s, &s->bad);
	return finish(s, &s->bad, error);
}

/* Draw a candidate that is allowed; 0 if none came. */
static int draw(struct tpe_state *s, hpo_rng_t *rng)
{
	for (size_t tries = 0; tries < REDRAWS; tries++) {
		hpo__parzen_sample(&s->good, rng, s->now.point);
		settle(s, &s->now);
		if (is_allowed(s, &s->now))
			return 1;
	}
	return 0;
}

static void propose_best(struct tpe_state *s, hpo_rng_t *rng, hpo_proposal_t *out)
{
	double most = -INFINITY;

	for (size_t c = 0; c < s->candidates; c++) {
		struct candidate swap = s->now;
		double gain;

		if (!draw(s, rng))
			continue;
		gain = hpo__parzen_log_density(&s->good, s->now.point, s->now.cells,
					       s->now.active) -
		       hpo__parzen_log_density(&s->bad, s->now.point, s->now.cells, s->now.active);
		if (!(gain > most))
			continue;
		most = gain;
		s->now = s->best;
		s->best = swap;
	}
	if (most == -INFINITY)
		propose_random(s, rng, out->point);
	else
		memcpy(out->point, s->best.point, s->dims * sizeof *out->point);
}

static hpo_status_t tpe_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				hpo_proposal_t *out, hpo_error_t *error)
{
	struct tpe_state *s = state;
	hpo_status_t status = note_pending(s, history, error);

	if (status < 0)
		return status;
	if (out->attempt >= WILD_ATTEMPT) {
		out->arm = "random";
		propose_random(s, rng, out->point);
		return HPO_OK;
	}
	if (s->ranks.valued < s->startup) {
		propose_first(s, history, rng, out);
		return HPO_OK;
	}
	status = fit(s, history, error);
	if (status == HPO_OK)
		propose_best(s, rng, out);
	return status;
}

const hpo_strategy_ops_t hpo__strategy_tpe = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "tpe",
	.state_size = sizeof(struct tpe_state),
	.options = tpe_options,
	.init = tpe_init,
	.suggest = tpe_suggest,
	.configure = tpe_configure,
	.observe = tpe_observe,
	.release = tpe_release,
};
