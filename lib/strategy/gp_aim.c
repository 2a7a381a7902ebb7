/*
 * What a proposal is to improve on: the lowest mean at a point that was tried or
 * runs and keeps the bounds, or with several goals the front of those points.
 */
#include "math/normal.h"
#include "strategy/gp.h"

#include <math.h>

/* Ranks of rows that are not the best: behind what may be a warped loss. */
static const double no_member = 1e6;

/* How many deviations below its mean a loss may be hoped to be. */
static const double hope = 0.5;

/*
 * Every so many proposals look beyond what is hoped for, to the worst losses of all: a front
 * that shrank to one end does not find the other by itself.
 */
enum { LOOK_AWAY = 7 };

static const double *row_losses(const struct gp_state *s, size_t i)
{
	return s->rows.loss + s->rows.chosen[i] * (s->goals + s->bounds);
}

/* By how much each row breaks its bounds, in deviations of these losses; 0 if it keeps them all. */
static void measure_violations(struct gp_state *s, const hpo_history_t *history)
{
	s->is_lost = s->bounds > 0;
	for (size_t i = 0; i < s->rows.chosen_count; i++) {
		s->broken[i] = 0;
		if (!(hpo__gp_rows_violation(history, row_losses(s, i)) > 0)) {
			s->is_lost = 0;
			continue;
		}
		for (size_t k = s->goals; k < s->goals + s->bounds; k++) {
			const struct gp_model *model = &s->models[k];
			double over = hpo__gp_warp_apply(&model->warp,
							 row_losses(s, i)[model->column]) -
				      model->limit;

			s->broken[i] += over > 0 ? over : 0;
		}
		s->broken[i] = fmax(s->broken[i], 1e-9);
	}
}

/* The means of the goals at features that are in place. */
static void predict_goals(struct gp_state *s, double *means)
{
	double bound;

	for (size_t j = 0; j < s->goals; j++)
		means[j] = hpo__gp_predict_mean(&s->models[j].process, s->feature, &bound);
}

/* Whether a point, whose features are in place, keeps the bounds more likely than not. */
static int is_likely(struct gp_state *s)
{
	double sum = 0;

	for (size_t k = s->goals; k < s->model_count; k++) {
		double mean;
		double sd;

		hpo__gp_predict(&s->models[k].process, s->feature, &mean, &sd);
		sum += hpo__normal_log_cdf((s->models[k].limit - mean) /
					   hypot(sd, s->models[k].blur));
	}
	return sum > log(0.5);
}

/* Fills the means, those of chosen rows first. Returns how many there are. */
static size_t gather_means(struct gp_state *s, const hpo_history_t *history)
{
	const double *points = hpo_history_points(history);
	const uint8_t *active = hpo_history_active(history);
	size_t count = 0;

	for (size_t i = 0; i < s->rows.chosen_count; i++) {
		size_t first = s->rows.first[s->rows.chosen[i]] * s->dims;

		if (s->broken[i] > 0)
			continue;
		hpo__gp_embed(&s->frame, points + first, active + first, s->feature);
		predict_goals(s, s->means + count++ * s->goals);
	}
	points = hpo_history_pending_points(history);
	active = hpo_history_pending_active(history);
	for (size_t k = 0; k < hpo_history_pending(history) && k < GP_MOST_BELIEVED; k++) {
		hpo__gp_embed(&s->frame, points + k * s->dims, active + k * s->dims, s->feature);
		if (s->model_count == s->goals || is_likely(s))
			predict_goals(s, s->means + count++ * s->goals);
	}
	return count;
}

/* Members of the front in an order that the generator chooses, then the others. */
static void rank_by_front(struct gp_state *s, hpo_rng_t *rng)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->rows.chosen_count; i++) {
		s->rank[i] = no_member * (1 + s->broken[i]);
		if (s->broken[i] > 0)
			continue;
		for (size_t k = 0; k < s->front.count; k++) {
			if (s->front.member[k] == kept)
				s->rank[i] = hpo_rng_uniform(rng);
		}
		kept++;
	}
}

static void rank_by_loss(struct gp_state *s)
{
	const struct gp_model *goal = &s->models[0];

	for (size_t i = 0; i < s->rows.chosen_count; i++)
		s->rank[i] = s->broken[i] > 0
				     ? no_member * (1 + s->broken[i])
				     : hpo__gp_warp_apply(&goal->warp, row_losses(s, i)[goal->column]);
}

hpo_status_t hpo__gp_aim(struct gp_state *s, const hpo_history_t *history, hpo_rng_t *rng,
			 hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;
	size_t count;

	measure_violations(s, history);
	count = s->is_lost ? 0 : gather_means(s, history);
	if (s->goals == 1 || s->is_lost) {
		s->best = INFINITY;
		for (size_t i = 0; i < count; i++)
			s->best = s->means[i] < s->best ? s->means[i] : s->best;
		rank_by_loss(s);
		return HPO_OK;
	}
	status = hpo__gp_front_set(&s->front, s->means, count, error);
	if (status == HPO_OK)
		rank_by_front(s, rng);
	return status;
}

/* Losses that candidates may have, [count][goals] in place of the means. Returns their count. */
static size_t gather_chances(struct gp_state *s)
{
	const struct gp_candidates *c = &s->candidates;
	const size_t most = GP_MOST_ROWS + GP_MOST_BELIEVED;
	const size_t step = c->count / most + 1;
	size_t count = 0;

	for (size_t i = 0; i < c->count && count < most; i += step, count++) {
		hpo__gp_embed(&s->frame, c->points + i * s->dims, c->active + i * s->dims,
			      s->feature);
		for (size_t j = 0; j < s->goals; j++) {
			double mean;
			double sd;

			hpo__gp_predict(&s->models[j].process, s->feature, &mean, &sd);
			s->means[count * s->goals + j] = mean - hope * sd;
		}
	}
	return count;
}

hpo_status_t hpo__gp_aim_widely(struct gp_state *s, hpo_rng_t *rng, hpo_error_t *error)
{
	size_t count = 0;

	if (s->goals == 1 || s->is_lost)
		return HPO_OK;
	if (hpo_rng_below(rng, LOOK_AWAY) > 0)
		count = gather_chances(s);
	return hpo__gp_front_close(&s->front, s->means, count, hpo_rng_u64(rng), error);
}
