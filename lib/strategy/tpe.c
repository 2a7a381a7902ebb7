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
 * With several objectives the axes are separate. The good trials of a front lie far apart, but on
 * the axes that lead to it they agree: a joint density would only draw near each of them.
 *
 * What is folded from tell to tell is the order of trials by quality. Each
 * suggestion fits both densities anew, to a bounded number of trials: beyond
 * it, the bad ones are those next to the split, the newest, and an even sample
 * of the rest that stands for all of it.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "model/parzen.h"
#include "strategy/candidate.h"
#include "strategy/ranks.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

enum {
	MOST_GOOD = 25,
	BAD_NEAREST = 96, /* next to the split, when there are more bad trials than BAD_MOST */
	BAD_NEWEST = 32,
	BAD_SAMPLED = 128,
	BAD_MOST = BAD_NEAREST + BAD_NEWEST + BAD_SAMPLED,
	MOST_PENDING = 128,
	REDRAWS = 32,    /* of a candidate that is not allowed */
	WILD_ATTEMPT = 3 /* from this refusal on, a proposal is a random point */
};

struct tpe_state {
	size_t dims;
	size_t startup, candidates;
	double fraction, prior;
	struct hpo_ground ground; /* folded: the points that cannot come again */
	struct hpo_ranks ranks;	  /* folded */
	struct hpo_parzen_frame frame;
	struct hpo_parzen good, bad;
	struct hpo_candidate drawn[HPO__PARZEN_POINTS];
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

static void tpe_release(void *state)
{
	struct tpe_state *s = state;

	hpo__ground_release(&s->ground);
	hpo__ranks_release(&s->ranks);
	hpo__parzen_release(&s->good);
	hpo__parzen_release(&s->bad);
	hpo__parzen_frame_release(&s->frame);
	for (size_t c = 0; c < HPO__PARZEN_POINTS; c++)
		hpo__candidate_release(&s->drawn[c]);
	hpo__free(s->sigma);
	hpo__free(s->blur);
}

static hpo_status_t tpe_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct tpe_state *s = state;
	hpo_status_t status;

	s->dims = hpo_space_dims(space);
	s->startup = 5;
	s->candidates = 24;
	s->fraction = 0.15;
	s->prior = 1;
	s->sigma = hpo__calloc(s->dims, sizeof *s->sigma);
	s->blur = hpo__calloc(s->dims, sizeof *s->blur);
	if (s->sigma == NULL || s->blur == NULL)
		return hpo__fail_memory(error);

	status = hpo__ground_init(&s->ground, space, error);
	if (status == HPO_OK)
		status = hpo__parzen_frame_init(&s->frame, space, error);
	if (status == HPO_OK)
		status = hpo__parzen_init(&s->good, &s->frame, MOST_GOOD, error);
	if (status == HPO_OK)
		status = hpo__parzen_init(&s->bad, &s->frame, BAD_MOST + MOST_PENDING, error);
	for (size_t c = 0; c < HPO__PARZEN_POINTS && status == HPO_OK; c++)
		status = hpo__candidate_init(&s->drawn[c], s->dims, error);
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

static hpo_status_t tpe_observe(void *state, const hpo_history_t *history, size_t index,
				hpo_error_t *error)
{
	struct tpe_state *s = state;
	hpo_status_t status = hpo__ground_observe(&s->ground, history, index, error);

	if (status < 0)
		return status;
	return hpo__ranks_fold(&s->ranks, history, index, error);
}

/* A random point that is allowed, or after many draws any point at all. */
static void propose_random(struct tpe_state *s, hpo_rng_t *rng, double *point)
{
	hpo__candidate_draw(&s->ground, rng, &s->drawn[0]);
	memcpy(point, s->drawn[0].point, s->dims * sizeof *point);
}

/* Kernels narrow as observations come, slower in more dimensions: Scott's rule. */
static void set_widths(struct tpe_state *s, const struct hpo_parzen *mixture)
{
	double n = (double)mixture->count + 1;
	double d = mixture->separate ? 1 : (double)s->dims;
	double sigma = 0.2 * pow(n, -1.0 / (d + 4));

	for (size_t i = 0; i < s->dims; i++) {
		double cells = (double)s->ground.axes[i].cells;

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

		if (s->ground.axes[i].kind == HPO_AXIS_CATEGORICAL)
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
	if (hpo__ranks_order(&s->ranks, good) < 0)
		return hpo__fail_memory(error);

	s->good.separate = s->bad.separate = s->ranks.objectives > 1;
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

/* Draw a candidate that is allowed; false if none came. */
static bool draw(struct tpe_state *s, hpo_rng_t *rng, struct hpo_candidate *candidate)
{
	for (size_t tries = 0; tries < REDRAWS; tries++) {
		hpo__parzen_sample(&s->good, rng, candidate->point);
		hpo__candidate_settle(&s->ground, candidate);
		if (hpo__candidate_is_allowed(&s->ground, candidate))
			return true;
	}
	return false;
}

/* Write the first of the best among `count` that were drawn, if one gains more than `most`. */
static double take_best(struct tpe_state *s, size_t count, double most, double *point)
{
	struct hpo_parzen_point points[HPO__PARZEN_POINTS];
	double good[HPO__PARZEN_POINTS];
	double bad[HPO__PARZEN_POINTS];

	if (count == 0)
		return most;
	for (size_t c = 0; c < count; c++)
		points[c] = (struct hpo_parzen_point){ s->drawn[c].point, s->drawn[c].cells,
						       s->drawn[c].active };
	hpo__parzen_log_densities(&s->good, points, count, good);
	hpo__parzen_log_densities(&s->bad, points, count, bad);
	for (size_t c = 0; c < count; c++) {
		if (!(good[c] - bad[c] > most))
			continue;
		most = good[c] - bad[c];
		memcpy(point, s->drawn[c].point, s->dims * sizeof *point);
	}
	return most;
}

static void propose_best(struct tpe_state *s, hpo_rng_t *rng, hpo_proposal_t *out)
{
	double most = -INFINITY;
	size_t held = 0;

	for (size_t c = 0; c < s->candidates; c++) {
		held += draw(s, rng, &s->drawn[held]);
		if (held < HPO__PARZEN_POINTS && c + 1 < s->candidates)
			continue;
		most = take_best(s, held, most, out->point);
		held = 0;
	}
	if (most == -INFINITY)
		propose_random(s, rng, out->point);
}

static hpo_status_t tpe_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
				hpo_proposal_t *out, hpo_error_t *error)
{
	struct tpe_state *s = state;
	hpo_status_t status = hpo__ground_hold(&s->ground, history, error);

	if (status < 0)
		return status;
	if (out->attempt >= WILD_ATTEMPT) {
		out->arm = "random";
		propose_random(s, rng, out->point);
		return HPO_OK;
	}
	if (s->ranks.valued < s->startup) {
		out->arm = "start";
		hpo__candidate_begin(&s->ground, history, rng, out);
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
