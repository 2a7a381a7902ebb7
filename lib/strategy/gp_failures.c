/*
 * Where trials fail: a Gaussian process of -1 for those that gave a value and +1 for
 * those that did not, and the probability that it is below 0.
 *
 * C. E. Rasmussen and C. K. I. Williams, "Gaussian processes for machine
 * learning" (2006), section 6.5: classification by regression to labels, its
 * prediction passed through a cumulative Gaussian.
 */
#include "base/error.h"
#include "strategy/gp.h"

#include <math.h>
#include <string.h>

enum { MOST_SOUND = GP_MOST_ROWS - GP_MOST_FAILED }; /* trials with a value that it knows of */

/* The deviation of the cumulative Gaussian: a label of -1 is believed to 99.4 %. */
static const double blur = 0.4;

static size_t count_failed(const hpo_history_t *history)
{
	size_t failed = 0;

	for (size_t i = 0; i < hpo_history_count(history); i++)
		failed += !hpo__gp_rows_is_usable(history, i);
	return failed;
}

/* The newest of either kind among the first `trials`. */
static void load(struct gp_state *s, struct gp_model *model, const hpo_history_t *history,
		 size_t trials)
{
	size_t room[2] = { GP_MOST_FAILED, MOST_SOUND };

	hpo__gp_clear(&model->process);
	for (size_t i = trials; i-- > 0 && room[0] + room[1] > 0;) {
		const int sound = hpo__gp_rows_is_usable(history, i);

		if (room[sound] == 0)
			continue;
		room[sound]--;
		hpo__gp_add(&model->process, hpo_history_points(history) + i * s->dims,
			    hpo_history_active(history) + i * s->dims, sound ? -1 : 1, 1);
	}
}

hpo_status_t hpo__gp_failures_update(struct gp_state *s, const hpo_history_t *history,
				     size_t *count, hpo_error_t *error)
{
	struct gp_model *model = &s->models[s->goals + s->bounds];
	const size_t n = hpo_history_count(history);
	const size_t at = hpo__gp_model_fit_at(n);
	hpo_status_t status;

	*count = count_failed(history);
	if (*count < GP_LEAST_FAILED)
		return HPO_OK;
	status = hpo__gp_model_reserve(s, model, n < GP_MOST_ROWS ? n : GP_MOST_ROWS, error);
	if (status < 0)
		return status;
	if (model->fitted != at) {
		load(s, model, history, at);
		hpo__gp_fit(&model->process, NULL,
			    hpo__gp_model_budget(s, model->process.count));
		memcpy(model->theta, model->process.theta,
		       hpo__gp_parameters(&s->frame) * sizeof *model->theta);
		model->fitted = at;
	}
	load(s, model, history, n);
	if (hpo__gp_set(&model->process, model->theta) == -INFINITY)
		hpo__gp_clear(&model->process);
	model->limit = 0;
	model->blur = blur;
	return HPO_OK;
}
