/*
 * The stages of a search for a point. Every stage and every attempt draws from a
 * stream of its own, so what came before does not move what comes after.
 */
#include "optimizer/search.h"

#include "base/alloc.h"
#include "base/option.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

/* Streams of one trial; the strategy's attempts count from 0. */
enum {
	PURPOSE_CHANCE = 1000000,
	PURPOSE_REPAIR = 2000000,
	PURPOSE_DRAW = 3000000,
	PURPOSE_WALK = 4000000
};

/* Ended trials among which the nearest is looked for, newest first. */
enum { NEAREST_AMONG = 1000 };

hpo_status_t hpo__thinker_open(struct hpo_thinker *thinker, const struct hpo_study *study,
			       hpo_error_t *error)
{
	const hpo_strategy_ops_t *ops;
	hpo_settings_t *settings = NULL;
	hpo_status_t status;

	*thinker = (struct hpo_thinker){NULL, NULL, 0};
	status = hpo__strategy_find(&ops, study->strategy, error);
	if (status >= 0)
		status = hpo__read_settings(&settings, study->strategy_json, "strategy",
					    ops->options, error);
	if (status < 0)
		return status;

	thinker->state = hpo__calloc(1, ops->state_size);
	if (thinker->state == NULL) {
		status = hpo__fail_memory(error);
		goto done;
	}
	thinker->ops = ops;
	status = ops->init(thinker->state, study->space, error);
	if (status >= 0)
		status = ops->configure(thinker->state, settings, error);
done:
	hpo__settings_free(settings);
	return status;
}

void hpo__thinker_close(struct hpo_thinker *thinker)
{
	if (thinker->ops != NULL)
		thinker->ops->release(thinker->state);
	hpo__free(thinker->state);
	*thinker = (struct hpo_thinker){NULL, NULL, 0};
}

static void begin_stream(hpo_rng_t *rng, const struct hpo_question *question, uint32_t purpose)
{
	hpo_rng_init(rng, question->seed, (uint64_t)question->number, purpose);
}

/* Let the strategy see every ended trial that it has not seen. */
static hpo_status_t fold_history(struct hpo_thinker *thinker, const hpo_history_t *history,
				 hpo_error_t *error)
{
	const size_t n = hpo_history_count(history);

	while (thinker->folded < n) {
		hpo_status_t status = thinker->ops->observe(thinker->state, history,
							    thinker->folded, error);

		if (status < 0)
			return status;
		thinker->folded++;
	}
	return HPO_OK;
}

hpo_status_t hpo__search_think(struct hpo_thinker *thinker, const struct hpo_question *question,
			       const hpo_history_t *history, hpo_proposal_t *proposal,
			       hpo_error_t *error)
{
	double *point = proposal->point;
	hpo_rng_t rng;
	hpo_status_t status = fold_history(thinker, history, error);

	if (status < 0)
		return status;
	begin_stream(&rng, question, question->attempt);
	*proposal = (hpo_proposal_t){
		.struct_size = sizeof *proposal,
		.attempt = question->attempt,
		.number = question->number,
		.seed = question->seed,
		.point = point,
	};
	return thinker->ops->suggest(thinker->state, history, &rng, proposal, error);
}

static void take_nearer(const double *candidate, const double *point, size_t dims, double *distance,
			const double **nearest)
{
	double sum = 0;

	for (size_t i = 0; i < dims; i++)
		sum += fabs(candidate[i] - point[i]);
	if (sum < *distance) {
		*distance = sum;
		*nearest = candidate;
	}
}

/* The nearest point that was tried, all of which keep the constraints; NULL when there is none. */
static const double *find_nearest(const hpo_history_t *history, const double *point)
{
	const size_t d = hpo_history_dims(history);
	const size_t n = hpo_history_count(history);
	const double *nearest = NULL;
	double distance = INFINITY;

	for (size_t i = n > NEAREST_AMONG ? n - NEAREST_AMONG : 0; i < n; i++)
		take_nearer(hpo_history_points(history) + i * d, point, d, &distance, &nearest);
	for (size_t i = 0; i < hpo_history_pending(history); i++)
		take_nearer(hpo_history_pending_points(history) + i * d, point, d, &distance,
			    &nearest);
	return nearest;
}

hpo_status_t hpo__search_repair(const struct hpo_question *question, const hpo_history_t *history,
				double *point, hpo_error_t *error)
{
	const double *anchor = find_nearest(history, point);
	double *drawn = NULL;
	hpo_status_t status = HPO_OK;
	hpo_rng_t rng;

	begin_stream(&rng, question, PURPOSE_REPAIR + question->attempt);
	if (anchor == NULL || !hpo_space_is_feasible(question->space, anchor)) {
		drawn = hpo__calloc(hpo_space_dims(question->space) + 1, sizeof *drawn);
		status = drawn == NULL ? HPO_ENOMEM
				       : hpo__space_draw(question->space, &rng, drawn);
		anchor = drawn;
	}
	if (status == HPO_OK)
		status = hpo__space_repair(question->space, anchor, &rng, point);
	hpo__free(drawn);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

hpo_status_t hpo__search_draw(const struct hpo_question *question, double *point,
			      hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;
	hpo_rng_t rng;

	if (question->stage == HPO__STAGE_CHANCE) {
		begin_stream(&rng, question, PURPOSE_CHANCE + question->attempt);
		for (size_t i = 0; i < hpo_space_dims(question->space); i++)
			point[i] = hpo_rng_uniform(&rng);
		return HPO_OK;
	}
	begin_stream(&rng, question, PURPOSE_DRAW + question->attempt);
	status = hpo__space_draw(question->space, &rng, point);
	return status == HPO_ENOMEM ? hpo__fail_memory(error) : status;
}

hpo_status_t hpo__search_walk(const struct hpo_question *question, struct hpo_walk *walk,
			      hpo_error_t *error)
{
	hpo_rng_t rng;

	begin_stream(&rng, question, PURPOSE_WALK);
	if (hpo__walk_init(walk, question->space, &rng) < 0)
		return hpo__fail_memory(error);
	return HPO_OK;
}
