/*
 * When a repetition is due, and of what.
 */
#include "strategy/replicate.h"

#include "math/normal.h"

#include <math.h>
#include <string.h>

/*
 * Probes are due after so many readings. By then the best reading is one among enough to be
 * chosen for its luck, and enough trials are left for what it teaches.
 */
static const size_t probes[] = { 25, 29, 33 };
enum {
	PROBES = sizeof probes / sizeof probes[0],
	CERTAIN = 2,   /* agreeing repetitions; one may agree by chance */
	MOST_LOST = 32 /* repetitions without a reading; then there are no more probes */
};

/*
 * From what ratio of noise to the spread of the best on, which share of the trials are
 * repetitions: all along, and in the last part of a known budget. Found on noisy tables and on
 * synthetic functions with noise (doc/strategies.md).
 */
struct policy {
	double contrast;
	double share;
	double late_from; /* part of the budget */
	double late_share;
};

static const struct policy policies[] = {
	{ 1.0, 0.20, 0.7, 0.60 },
	{ 0.3, 0.05, 0.8, 0.15 },
};

/* A space of no more points than this is read once from end to end: the trials are for that. */
static const double small_space = 500;

/* Readings that agree to this share of the spread of the best are the same. */
static const double agreement = 1e-6;

/* How many points a space has, what is inactive counted too; infinite for a continuum. */
static double count_points(const hpo_space_t *space)
{
	double points = 1;

	for (size_t i = 0; i < hpo_space_dims(space); i++) {
		hpo_axis_t axis;

		hpo_space_axis(space, i, &axis);
		points *= axis.cells > 0 ? (double)axis.cells : (double)INFINITY;
	}
	return points;
}

hpo_status_t hpo__replicate_init(struct hpo_replicate *r, const hpo_space_t *space,
				 hpo_error_t *error)
{
	r->is_small = count_points(space) <= small_space;
	return hpo__leaders_init(&r->leaders, space, error);
}

void hpo__replicate_release(struct hpo_replicate *r)
{
	hpo__leaders_release(&r->leaders);
}

static size_t count_readings(const struct hpo_replicate *r)
{
	return r->leaders.count + r->leaders.repeats;
}

/* What was learned is kept until there are an eighth more readings. */
hpo_status_t hpo__replicate_observe(struct hpo_replicate *r, const hpo_history_t *history,
				    size_t index, hpo_error_t *error)
{
	hpo_status_t status = hpo__leaders_fold(&r->leaders, history, index, error);

	if (status < 0 || !r->enabled || r->is_small || r->leaders.repeats < PROBES ||
	    count_readings(r) < r->learned + r->learned / 8 + 1)
		return status;
	hpo__leaders_learn(&r->leaders, history);
	r->learned = count_readings(r);
	return HPO_OK;
}

/* How many running trials read a configuration again. */
static size_t count_pending(const struct hpo_replicate *r, const hpo_history_t *history,
			    size_t number)
{
	const size_t d = hpo_history_dims(history);
	const double *points = hpo_history_pending_points(history);
	const uint8_t *active = hpo_history_pending_active(history);
	size_t count = 0;

	for (size_t k = 0; k < hpo_history_pending(history); k++) {
		size_t found = hpo__leaders_find(&r->leaders, history, points + k * d,
						 active + k * d);

		count += found < r->leaders.count &&
			 (number == r->leaders.count || found == number);
	}
	return count;
}

/* The spread of the true losses of the best quarter of what is modelled, by the beliefs. */
static double spread_of_best(const struct hpo_leaders *l)
{
	size_t count = l->modelled_count / 2;
	double mean = 0;
	double squares = 0;

	if (count < 5)
		count = l->modelled_count < 5 ? l->modelled_count : 5;
	for (size_t k = 0; k < count; k++)
		mean += l->list[l->modelled[k]].belief / (double)count;
	for (size_t k = 0; k < count; k++) {
		const struct hpo_leader *leader = &l->list[l->modelled[k]];
		const double off = leader->belief - mean;

		squares += (off * off + leader->sd * leader->sd) / (double)count;
	}
	return sqrt(squares);
}

static void renew_beliefs(struct hpo_replicate *r, const hpo_history_t *history)
{
	const size_t readings = count_readings(r);
	double spread;

	if (r->believed == readings)
		return;
	hpo__leaders_believe(&r->leaders, history);
	r->believed = readings;
	spread = spread_of_best(&r->leaders);
	r->contrast = spread > 0 ? hpo__leaders_noise(&r->leaders) / spread : 0;
}

/* E max(0, -Z) for Z ~ N(gap, sd^2): what a change of belief by sd may gain over a gap. */
static double gain(double gap, double sd)
{
	const double z = -fabs(gap) / sd;

	return sd * (z * hpo__normal_cdf(z) + exp(hpo__normal_log_pdf(z)));
}

/*
 * The number in the list of what is most worth another reading; the count if nothing is. What
 * runs will be read; what was lost counts as if it had been, so that it is not tried for ever.
 */
static size_t most_worth(const struct hpo_replicate *r, const hpo_history_t *history)
{
	const struct hpo_leaders *l = &r->leaders;
	const double noise = hpo__leaders_noise(l);
	size_t chosen = l->count;
	double most = 0;

	for (size_t k = 0; k < l->modelled_count && l->modelled_count > 1; k++) {
		const struct hpo_leader *leader = &l->list[l->modelled[k]];
		const struct hpo_leader *rival = &l->list[l->modelled[k == 0 ? 1 : 0]];
		const double spent = (double)(count_pending(r, history, l->modelled[k]) +
					      leader->lost);
		double left = leader->sd * leader->sd;
		double worth;

		left = left * noise * noise / (noise * noise + spent * left);
		if (!(left > 0))
			continue;
		worth = gain(leader->belief - rival->belief,
			     left / sqrt(left + noise * noise));
		if (worth > most) {
			most = worth;
			chosen = l->modelled[k];
		}
	}
	return chosen;
}

/* The configuration of the best single reading; without readings, 0. */
static size_t best_reading(const struct hpo_leaders *l)
{
	size_t best = 0;

	for (size_t k = 1; k < l->count; k++) {
		if (l->list[k].mean < l->list[best].mean)
			best = k;
	}
	return best;
}

/*
 * The next probe waits for what the one before it found; each one that found nothing doubles
 * how long it waits.
 */
static int is_probe_due(const struct hpo_replicate *r, size_t pending)
{
	const struct hpo_leaders *l = &r->leaders;

	return pending == 0 && l->repeats < PROBES && l->lost < MOST_LOST &&
	       (uint64_t)l->count >= (uint64_t)probes[l->repeats] << l->lost;
}

/* How many repetitions there should be by now. */
static double quota(const struct policy *policy, double trials, double budget)
{
	const double late = trials - policy->late_from * budget;

	return policy->share * (trials - (double)probes[0]) +
	       (budget > 0 && late > 0 ? policy->late_share * late : 0);
}

static int is_noisy(const struct hpo_replicate *r)
{
	const struct hpo_leaders *l = &r->leaders;
	const double size = l->count > 0 ? fabs(l->list[best_reading(l)].mean) : 0;

	return l->repeats < CERTAIN || hpo__leaders_noise(l) > agreement * size;
}

static int is_due(struct hpo_replicate *r, const hpo_history_t *history, size_t repeats)
{
	const double trials = (double)(hpo_history_count(history) + hpo_history_pending(history));
	const double budget = (double)hpo_history_budget(history);

	if (r->leaders.repeats < PROBES)
		return 0;
	renew_beliefs(r, history);
	for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
		if (r->contrast >= policies[p].contrast)
			return (double)repeats < quota(&policies[p], trials, budget);
	}
	return 0;
}

static void propose(const struct hpo_replicate *r, const hpo_history_t *history, size_t number,
		    hpo_proposal_t *out)
{
	const size_t index = r->leaders.list[number].index;
	const size_t d = hpo_history_dims(history);

	memcpy(out->point, hpo_history_points(history) + index * d, d * sizeof *out->point);
	out->replicates = hpo_history_numbers(history)[index] + 1;
	out->arm = HPO__ARM_REPLICATE;
}

int hpo__replicate_suggest(struct hpo_replicate *r, const hpo_history_t *history,
			   hpo_proposal_t *out)
{
	size_t number = r->leaders.count;
	size_t pending;

	if (!r->enabled || r->is_small || r->leaders.count < probes[0] || !is_noisy(r))
		return 0;
	pending = count_pending(r, history, r->leaders.count);
	if (is_probe_due(r, pending))
		number = best_reading(&r->leaders);
	else if (is_due(r, history, r->leaders.repeats + r->leaders.lost + pending))
		number = most_worth(r, history);
	if (number == r->leaders.count)
		return 0;
	propose(r, history, number, out);
	return 1;
}
