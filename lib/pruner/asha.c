/*
 * Asynchronous successive halving, the stopping variant: at iterations r, r k,
 * r k^2, … a trial goes on only if it is among the best 1/k of all that came so
 * far. Nobody waits for anybody.
 *
 * L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, M. Hardt, B. Recht and
 * A. Talwalkar, "A system for massively parallel hyperparameter tuning", MLSys
 * (2020), algorithm 2. Stopping instead of promotion, so that no trial needs to
 * be paused: as in Syne Tune.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "pruner/registry.h"
#include "pruner/roster.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rungs grow at least twofold below 2^63. */
enum { MOST_RUNGS = 64 };

struct entry {
	double loss;
	int64_t trial;
};

/* Losses recorded at one iteration, ascending by loss, then by trial. */
struct rung {
	int64_t iteration;
	struct entry *entries; /* [count] */
	size_t count, capacity;
};

/* Begins with its trial, as a roster's items do. */
struct climber {
	int64_t trial;
	size_t next; /* the first rung that it has not reached */
	int stopped; /* it failed rung next - 1; it is recorded at no further one */
	double loss; /* where it failed, */
	size_t rank, size, pass; /* its rank there, of how many, and how many could go on */
	int64_t iteration; /* of the report that decided */
};

struct asha_state {
	hpo_fidelity_t fidelity;
	int64_t reduction; /* at least 2 */
	struct rung rungs[MOST_RUNGS];
	size_t rung_count;
	struct hpo_roster climbers;
};

static const hpo_option_t asha_options[] = {
	{ "reduction", HPO_OPTION_INT, 3, 2, 1000,
	  "one in this many trials goes on from a rung to the next" },
	{ "min_resource", HPO_OPTION_INT, 0, 0, 1e15,
	  "iterations before the first decision; 0: the study's min_iterations, at least 1" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

/* Lay the rungs out from `first`, below the iterations that a whole trial has. */
static void lay_rungs(struct asha_state *s, int64_t first)
{
	int64_t limit = s->fidelity.max_iteration > 0 ? s->fidelity.max_iteration : INT64_MAX;
	int64_t iteration = first;

	s->rung_count = 0;
	while (s->rung_count < MOST_RUNGS && iteration < limit) {
		s->rungs[s->rung_count++].iteration = iteration;
		if (iteration > INT64_MAX / s->reduction)
			break;
		iteration *= s->reduction;
	}
}

static hpo_status_t asha_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	struct asha_state *s = state;

	(void)error;
	s->fidelity = *fidelity;
	s->reduction = 3;
	s->climbers.item_size = sizeof(struct climber);
	lay_rungs(s, fidelity->min_iteration > 1 ? fidelity->min_iteration : 1);
	return HPO_OK;
}

/* min_resource may begin later than the study's min_iterations, never earlier. */
static hpo_status_t asha_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct asha_state *s = state;
	int64_t first = (int64_t)hpo_settings_number(settings, "min_resource");

	(void)error;
	s->reduction = (int64_t)hpo_settings_number(settings, "reduction");
	if (first < s->fidelity.min_iteration)
		first = s->fidelity.min_iteration;
	lay_rungs(s, first > 1 ? first : 1);
	return HPO_OK;
}

/* How many entries are better than `loss`, or, with a trial, come before (loss, trial). */
static size_t count_before(const struct rung *rung, double loss, int64_t trial)
{
	size_t low = 0;
	size_t high = rung->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct entry *e = &rung->entries[middle];

		if (e->loss < loss || (e->loss == loss && e->trial < trial))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static hpo_status_t record(struct rung *rung, int64_t trial, double loss, hpo_error_t *error)
{
	struct entry *entries;
	size_t at;

	entries = hpo__grow(rung->entries, &rung->capacity, rung->count + 1, sizeof *entries);
	if (entries == NULL)
		return hpo__fail_memory(error);
	rung->entries = entries;

	at = count_before(rung, loss, trial);
	memmove(&entries[at + 1], &entries[at], (rung->count - at) * sizeof *entries);
	entries[at].loss = loss;
	entries[at].trial = trial;
	rung->count++;
	return HPO_OK;
}

/* Decide at the rung that was just recorded. Equal losses share the better rank. */
static void decide(struct asha_state *s, struct climber *climber, int64_t iteration, double loss)
{
	const struct rung *rung = &s->rungs[climber->next];
	size_t pass = rung->count / (size_t)s->reduction;

	climber->rank = 1 + count_before(rung, loss, INT64_MIN);
	climber->size = rung->count;
	climber->pass = pass > 1 ? pass : 1;
	climber->loss = loss;
	climber->iteration = iteration;
	climber->stopped = climber->rank > climber->pass;
	climber->next++;
}

static hpo_status_t asha_observe(void *state, int64_t trial, int64_t iteration, double loss,
				 hpo_error_t *error)
{
	struct asha_state *s = state;
	struct climber *climber;
	hpo_status_t status;

	if (!isfinite(loss))
		return HPO_OK;
	climber = hpo__roster_add(&s->climbers, trial);
	if (climber == NULL)
		return hpo__fail_memory(error);

	while (!climber->stopped && climber->next < s->rung_count &&
	       iteration >= s->rungs[climber->next].iteration) {
		status = record(&s->rungs[climber->next], trial, loss, error);
		if (status < 0)
			return status;
		decide(s, climber, iteration, loss);
	}
	return HPO_OK;
}

static hpo_status_t asha_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
			       hpo_error_t *error)
{
	const struct asha_state *s = state;
	const struct climber *climber = hpo__roster_find(&s->climbers, trial);

	(void)error;
	if (climber == NULL || !climber->stopped)
		return HPO_OK;

	verdict->stop = 1;
	verdict->iteration = climber->iteration;
	verdict->loss = climber->loss;
	snprintf(verdict->reason, sizeof verdict->reason, "rung %lld: rank %zu of %zu, %zu go%s on",
		 (long long)s->rungs[climber->next - 1].iteration, climber->rank, climber->size,
		 climber->pass, climber->pass == 1 ? "es" : "");
	return HPO_OK;
}

static void asha_forget(void *state, int64_t trial)
{
	struct asha_state *s = state;

	for (size_t r = 0; r < s->rung_count; r++) {
		struct rung *rung = &s->rungs[r];
		size_t kept = 0;

		for (size_t i = 0; i < rung->count; i++) {
			if (rung->entries[i].trial != trial)
				rung->entries[kept++] = rung->entries[i];
		}
		rung->count = kept;
	}
	hpo__roster_remove(&s->climbers, trial);
}

static void asha_release(void *state)
{
	struct asha_state *s = state;

	for (size_t r = 0; r < MOST_RUNGS; r++)
		hpo__free(s->rungs[r].entries);
	hpo__roster_release(&s->climbers);
}

const hpo_pruner_ops_t hpo__pruner_asha = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "asha",
	.state_size = sizeof(struct asha_state),
	.options = asha_options,
	.init = asha_init,
	.judge = asha_judge,
	.configure = asha_configure,
	.observe = asha_observe,
	.forget = asha_forget,
	.release = asha_release,
};
