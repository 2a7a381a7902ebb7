/*
 * The model of the strategy `gp`: when it is fitted, and to what.
 *
 * What a fit chooses is a function of a prefix of the history, whose length
 * grows by steps: each trial up to 20, then a tenth more. So a state that was
 * rebuilt from the history has the same model, after one fit and not after
 * all of them.
 *
 * Several objectives become one by weights that each suggestion draws, as in
 * J. Knowles, "ParEGO", IEEE Trans. Evolutionary Computation 10 (2006): the
 * largest weighted loss and a twentieth of their sum. The hyperparameters are
 * fitted to equal weights.
 *
 * Failed trials have no part in a fit. In a prediction they stand for the worst
 * loss known, so that the search goes elsewhere.
 */
#include "strategy/gp.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

enum {
	EACH_UP_TO = 20, /* trials: until then each one is fitted */
	LEAST_STEP = 3,
	SHARE = 10       /* then a fit follows when a tenth was added */
};

/* Work of a fit, in evaluations of the likelihood: fewer as they get dearer. */
enum { MOST_EVALUATIONS = 60, LEAST_EVALUATIONS = 15 };
static const double fit_work = 6e7;

hpo_status_t hpo__gp_model_init(struct gp_state *s, size_t capacity, hpo_error_t *error)
{
	struct gp_model *model = &s->model;
	hpo_status_t status;

	if (model->process.capacity >= capacity)
		return HPO_OK;
	hpo__gp_release(&model->process);
	hpo__gp_warp_release(&model->warp);
	status = hpo__gp_init(&model->process, &s->frame, capacity, error);
	if (status == HPO_OK)
		status = hpo__gp_warp_init(&model->warp, capacity, error);
	if (status == HPO_OK && model->theta == NULL) {
		model->theta = hpo__calloc(s->frame.groups + 2, sizeof *model->theta);
		status = model->theta != NULL ? HPO_OK : hpo__fail_memory(error);
	}
	return status;
}

void hpo__gp_model_release(struct gp_state *s)
{
	hpo__gp_release(&s->model.process);
	hpo__gp_warp_release(&s->model.warp);
	hpo__free(s->model.theta);
}

/* The number of trials, at most n, to which hyperparameters are fitted when there are n. */
static size_t fit_at(size_t n)
{
	size_t at = EACH_UP_TO;
	size_t next;

	if (n <= EACH_UP_TO)
		return n;
	for (;; at = next) {
		next = at + (at / SHARE > LEAST_STEP ? at / SHARE : LEAST_STEP);
		if (next > n)
			return at;
	}
}

/* Equal weights, or uniform ones from the simplex. */
static void weigh(struct gp_state *s, size_t m, hpo_rng_t *rng)
{
	double sum = 0;

	for (size_t j = 0; j < m; j++) {
		s->rows.weights[j] = rng != NULL && m > 1 ? -log1p(-hpo_rng_uniform(rng)) : 1;
		sum += s->rows.weights[j];
	}
	for (size_t j = 0; sum > 0 && j < m; j++)
		s->rows.weights[j] /= sum;
}

/* One number for each chosen row: its loss, or of several what the weights make of them. */
static void combine(struct gp_state *s, size_t m)
{
	struct hpo_gp_rows *rows = &s->rows;
	struct hpo_gp_warp *warp = &s->model.warp;
	const size_t n = rows->chosen_count;

	memset(rows->total, 0, n * sizeof *rows->total);
	for (size_t j = 0; j < m; j++) {
		for (size_t i = 0; i < n; i++)
			rows->key[i] = rows->loss[rows->chosen[i] * m + j];
		if (m == 1)
			return;
		hpo__gp_warp_fit(warp, rows->key, n);
		for (size_t i = 0; i < n; i++) {
			double part = rows->weights[j] *
				      (hpo__gp_warp_apply(warp, rows->key[i]) - warp->to[0]);

			rows->total[i] += part;
			rows->largest[i] = j == 0 || part > rows->largest[i] ? part
									       : rows->largest[i];
		}
	}
	for (size_t i = 0; i < n; i++)
		rows->key[i] = rows->largest[i] + 0.05 * rows->total[i];
}

/* The chosen rows, their losses warped. */
static void load(struct gp_state *s, const hpo_history_t *history)
{
	struct gp_model *model = &s->model;
	const size_t m = hpo_history_objectives(history);
	const size_t n = s->rows.chosen_count;

	combine(s, m);
	hpo__gp_warp_fit(&model->warp, s->rows.key, n);
	hpo__gp_clear(&model->process);
	for (size_t i = 0; i < n; i++) {
		size_t row = s->rows.chosen[i];
		size_t first = s->rows.first[row];

		hpo__gp_add(&model->process, hpo_history_points(history) + first * s->dims,
			    hpo_history_active(history) + first * s->dims,
			    hpo__gp_warp_apply(&model->warp, s->rows.key[i]),
			    s->rows.readings[row]);
	}
}

static hpo_status_t fit(struct gp_state *s, const hpo_history_t *history, size_t trials,
			hpo_error_t *error)
{
	struct gp_model *model = &s->model;
	hpo_status_t status;
	double n;
	double budget;

	status = hpo__gp_rows_gather(&s->rows, history, trials, GP_MOST_ROWS, error);
	if (status < 0)
		return status;
	weigh(s, hpo_history_objectives(history), NULL);
	n = (double)s->rows.chosen_count;
	budget = s->effort * fit_work / (n * n * (n + 8 * ((double)s->frame.features + 4)));
	budget = fmin(fmax(budget, LEAST_EVALUATIONS), MOST_EVALUATIONS);
	load(s, history);
	hpo__gp_fit(&model->process, NULL, (size_t)budget);
	memcpy(model->theta, model->process.theta, (s->frame.groups + 2) * sizeof *model->theta);
	model->fitted = trials;
	return HPO_OK;
}

/* The newest failed trials, as bad as the worst that has a loss. */
static void add_failed(struct gp_state *s, const hpo_history_t *history)
{
	struct hpo_gp *gp = &s->model.process;
	const double worst = s->model.warp.to[s->model.warp.count - 1];
	const size_t m = hpo_history_objectives(history);
	size_t added = 0;

	for (size_t i = hpo_history_count(history); i-- > 0 && added < GP_MOST_FAILED;) {
		if (isfinite(hpo_history_losses(history)[i * m]) &&
		    hpo_history_states(history)[i] != HPO_TRIAL_FAILED)
			continue;
		hpo__gp_add(gp, hpo_history_points(history) + i * s->dims,
			    hpo_history_active(history) + i * s->dims, worst, 1);
		added++;
	}
}

static void believe_pending(struct gp_state *s, const hpo_history_t *history)
{
	const double *points = hpo_history_pending_points(history);
	const uint8_t *active = hpo_history_pending_active(history);
	const size_t pending = hpo_history_pending(history);

	for (size_t k = 0; k < pending && k < GP_MOST_BELIEVED; k++)
		hpo__gp_believe(&s->model.process, points + k * s->dims, active + k * s->dims);
}

/* The lowest mean at a point that was tried or is running. */
static double lowest_mean(struct gp_state *s)
{
	struct hpo_gp *gp = &s->model.process;
	double best = INFINITY;

	for (size_t i = 0; i < gp->count + gp->believed; i++) {
		double mean;
		double bound;

		for (size_t f = 0; f < s->frame.features; f++)
			s->feature[f] = gp->x[f * gp->stride + i];
		mean = hpo__gp_predict_mean(gp, s->feature, &bound);
		best = mean < best ? mean : best;
	}
	return best;
}

hpo_status_t hpo__gp_model_update(struct gp_state *s, const hpo_history_t *history,
				  hpo_rng_t *rng, hpo_error_t *error)
{
	const size_t n = hpo__gp_rows_usable(history, hpo_history_count(history));
	const size_t rows = n < GP_MOST_ROWS ? (n + 63) / 64 * 64 : GP_MOST_ROWS;
	const size_t at = fit_at(n);
	hpo_status_t status;

	status = hpo__gp_model_init(s, rows + GP_MOST_FAILED + GP_MOST_BELIEVED, error);
	if (status == HPO_OK && s->model.fitted != at)
		status = fit(s, history, at, error);
	if (status == HPO_OK)
		status = hpo__gp_rows_gather(&s->rows, history, n, GP_MOST_ROWS, error);
	if (status < 0)
		return status;
	weigh(s, hpo_history_objectives(history), rng);
	load(s, history);
	add_failed(s, history);
	if (hpo__gp_set(&s->model.process, s->model.theta) == -INFINITY)
		hpo__gp_clear(&s->model.process); /* it predicts what it knows before any data */
	believe_pending(s, history);
	s->best = lowest_mean(s);
	return HPO_OK;
}
