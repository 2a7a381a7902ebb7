/*
 * The rungs of successive halving.
 *
 * L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, M. Hardt, B. Recht and
 * A. Talwalkar, "A system for massively parallel hyperparameter tuning", MLSys
 * (2020), algorithm 2.
 */
#include "pruner/ladder.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void hpo__ladder_lay(struct hpo_ladder *ladder, int64_t reduction, int64_t first, int64_t limit)
{
	int64_t iteration = first;

	if (limit <= 0)
		limit = INT64_MAX;
	ladder->climbers.item_size = sizeof(struct hpo_climber);
	ladder->reduction = reduction;
	ladder->rung_count = 0;
	while (ladder->rung_count < HPO__MOST_RUNGS && iteration < limit) {
		ladder->rungs[ladder->rung_count++].iteration = iteration;
		if (iteration > INT64_MAX / reduction)
			break;
		iteration *= reduction;
	}
}

/* How many entries are better than `loss`, or, with a trial, come before (loss, trial). */
static size_t count_before(const struct hpo_rung *rung, double loss, int64_t trial)
{
	size_t low = 0;
	size_t high = rung->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct hpo_rung_entry *e = &rung->entries[middle];

		if (e->loss < loss || (e->loss == loss && e->trial < trial))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static hpo_status_t record(struct hpo_rung *rung, int64_t trial, double loss, hpo_error_t *error)
{
	struct hpo_rung_entry *entries;
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

/* How many of a rung go on. */
static size_t count_passing(const struct hpo_ladder *ladder, size_t rung)
{
	const size_t pass = ladder->rungs[rung].count / (size_t)ladder->reduction;

	if (ladder->is_capped && rung + 1 == ladder->rung_count)
		return ladder->pauses ? 0 : 1;
	return pass > 1 || ladder->pauses ? pass : 1;
}

/* Equal losses share the better rank. */
void hpo__ladder_decide(struct hpo_ladder *ladder, struct hpo_climber *climber)
{
	const struct hpo_rung *rung = &ladder->rungs[climber->next - 1];

	climber->rank = 1 + count_before(rung, climber->loss, INT64_MIN);
	climber->size = rung->count;
	climber->pass = count_passing(ladder, climber->next - 1);
	climber->stopped = climber->rank > climber->pass;
}

hpo_status_t hpo__ladder_observe(struct hpo_ladder *ladder, int64_t trial, int64_t iteration,
				 double loss, hpo_error_t *error)
{
	struct hpo_climber *climber;
	hpo_status_t status;

	if (!isfinite(loss))
		return HPO_OK;
	climber = hpo__roster_add(&ladder->climbers, trial);
	if (climber == NULL)
		return hpo__fail_memory(error);

	/* What a paused trial reports beyond its rung is of one that went on since, elsewhere. */
	while ((!climber->stopped || ladder->pauses) && climber->next < ladder->rung_count &&
	       iteration >= ladder->rungs[climber->next].iteration) {
		status = record(&ladder->rungs[climber->next], trial, loss, error);
		if (status < 0)
			return status;
		climber->next++;
		climber->loss = loss;
		climber->iteration = iteration;
		hpo__ladder_decide(ladder, climber);
	}
	return HPO_OK;
}

struct hpo_climber *hpo__ladder_find(const struct hpo_ladder *ladder, int64_t trial)
{
	return hpo__roster_find(&ladder->climbers, trial);
}

static int is_among(const int64_t *paused, size_t count, int64_t trial)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (paused[middle] < trial)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && paused[low] == trial;
}

int64_t hpo__ladder_promote(const struct hpo_ladder *ladder, const int64_t *paused, size_t count,
			    int any)
{
	for (size_t r = ladder->rung_count; r-- > 0;) {
		const struct hpo_rung *rung = &ladder->rungs[r];
		const size_t most = any ? rung->count : count_passing(ladder, r);

		for (size_t i = 0; i < rung->count && i < most; i++) {
			const int64_t trial = rung->entries[i].trial;

			if (hpo__ladder_find(ladder, trial)->next == r + 1 &&
			    is_among(paused, count, trial))
				return trial;
		}
	}
	return -1;
}

void hpo__ladder_resume(struct hpo_ladder *ladder, int64_t trial)
{
	struct hpo_climber *climber = hpo__ladder_find(ladder, trial);

	if (climber != NULL)
		climber->stopped = 0;
}

void hpo__ladder_judge(const struct hpo_ladder *ladder, int64_t trial, hpo_verdict_t *verdict)
{
	const struct hpo_climber *climber = hpo__ladder_find(ladder, trial);

	if (climber == NULL || !climber->stopped)
		return;
	verdict->stop = 1;
	verdict->pause = ladder->pauses;
	verdict->iteration = climber->iteration;
	verdict->loss = climber->loss;
	snprintf(verdict->reason, sizeof verdict->reason, "rung %lld: rank %zu of %zu, %zu go%s on",
		 (long long)ladder->rungs[climber->next - 1].iteration, climber->rank,
		 climber->size, climber->pass, climber->pass == 1 ? "es" : "");
}

void hpo__ladder_forget(struct hpo_ladder *ladder, int64_t trial)
{
	for (size_t r = 0; r < ladder->rung_count; r++) {
		struct hpo_rung *rung = &ladder->rungs[r];
		size_t kept = 0;

		for (size_t i = 0; i < rung->count; i++) {
			if (rung->entries[i].trial != trial)
				rung->entries[kept++] = rung->entries[i];
		}
		rung->count = kept;
	}
	hpo__roster_remove(&ladder->climbers, trial);
}

void hpo__ladder_release(struct hpo_ladder *ladder)
{
	for (size_t r = 0; r < HPO__MOST_RUNGS; r++)
		hpo__free(ladder->rungs[r].entries);
	hpo__roster_release(&ladder->climbers);
}
