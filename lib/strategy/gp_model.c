/*
 * The models of the strategy `gp`: when they are fitted, and to what. Each loss has one.
 *
 * What a fit chooses is a function of a prefix of the history, whose length
 * grows by steps: each trial up to 20, then a tenth more. So a state that was
 * rebuilt from the history has the same model, after one fit and not after
 * all of them.
 *
 * Failed trials have no part in a fit. While they are few, they stand for the worst
 * loss known in a prediction, so that the search goes elsewhere; where they are
 * more, a model of its own says where (gp_failures.c).
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

hpo_status_t hpo__gp_model_reserve(struct gp_state *s, struct gp_model *model, size_t rows,
				   hpo_error_t *error)
{
	const size_t capacity = (rows + 63) / 64 * 64 + GP_MOST_FAILED + GP_MOST_BELIEVED;
	hpo_status_t status;

	if (model->process.capacity >= capacity)
		return HPO_OK;
	hpo__gp_release(&model->process);
	hpo__gp_warp_release(&model->warp);
	status = hpo__gp_init(&model->process, &s->frame, capacity, error);
	if (status == HPO_OK)
		status = hpo__gp_warp_init(&model->warp, capacity, error);
	if (status == HPO_OK && model->theta == NULL) {
		model->theta = hpo__calloc(hpo__gp_parameters(&s->frame), sizeof *model->theta);
		status = model->theta != NULL ? HPO_OK : hpo__fail_memory(error);
	}
	return status;
}

void hpo__gp_model_release(struct gp_state *s)
{
	for (size_t k = 0; s->models != NULL && k <= s->goals + s->bounds; k++) {
		hpo__gp_release(&s->models[k].process);
		hpo__gp_warp_release(&s->models[k].warp);
		hpo__free(s->models[k].theta);
	}
	hpo__gp_front_release(&s->front);
	hpo__free(s->models);
}

/* Which losses are goals and which have a bound. */
static void assign_columns(struct gp_state *s, const hpo_history_t *history)
{
	const double *bounds = hpo_history_bounds(history);
	size_t goal = 0;
	size_t bound = s->goals;

	for (size_t j = 0; j < hpo_history_objectives(history); j++)
		s->models[isnan(bounds[j]) ? goal++ : bound++].column = j;
}

/* Made with the first proposal: before, nobody knows how many losses there are. */
static hpo_status_t make_models(struct gp_state *s, const hpo_history_t *history,
				hpo_error_t *error)
{
	const size_t m = hpo_history_objectives(history);
	struct gp_outlook *o = &s->outlook;

	if (s->models != NULL)
		return HPO_OK;
	s->goals = 0;
	for (size_t j = 0; j < m; j++)
		s->goals += isnan(hpo_history_bounds(history)[j]);
	s->bounds = m - s->goals;
	if (s->means == NULL)
		s->means = hpo__calloc(GP_MOST_ROWS + GP_MOST_BELIEVED,
				       s->goals * sizeof *s->means);
	if (s->broken == NULL)
		s->broken = hpo__calloc(GP_MOST_ROWS, 2 * sizeof *s->broken);
	if (o->mean == NULL)
		o->mean = hpo__calloc(m + 1, (4 + 2 * s->dims) * sizeof *o->mean);
	if (s->means == NULL || s->broken == NULL || o->mean == NULL)
		return hpo__fail_memory(error);
	s->rank = s->broken + GP_MOST_ROWS;
	o->sd = o->mean + (m + 1);
	o->by_mean = o->mean + 2 * (m + 1);
	o->by_sd = o->mean + 3 * (m + 1);
	o->d_mean = o->mean + 4 * (m + 1);
	o->d_sd = o->d_mean + (m + 1) * s->dims;
	if (s->goals > 1 && s->front.goals == 0 &&
	    hpo__gp_front_init(&s->front, s->goals, error) < 0) {
		hpo__gp_front_release(&s->front);
		return HPO_ENOMEM;
	}
	s->models = hpo__calloc(m + 1, sizeof *s->models);
	if (s->models == NULL)
		return hpo__fail_memory(error);
	assign_columns(s, history);
	return HPO_OK;
}

size_t hpo__gp_model_fit_at(size_t n)
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

size_t hpo__gp_model_budget(const struct gp_state *s, size_t rows)
{
	const double n = (double)rows;
	const double work = n * n * (n + 8 * ((double)s->frame.features + 4));
	const double budget = s->effort * fit_work / (work * (double)(s->goals + s->bounds));

	return (size_t)fmin(fmax(budget, LEAST_EVALUATIONS), MOST_EVALUATIONS);
}

/* The chosen rows, their losses warped. */
static void load(struct gp_state *s, struct gp_model *model, const hpo_history_t *history)
{
	const size_t m = hpo_history_objectives(history);
	struct hpo_gp_rows *rows = &s->rows;
	const size_t n = rows->chosen_count;

	for (size_t i = 0; i < n; i++)
		rows->key[i] = rows->loss[rows->chosen[i] * m + model->column];
	hpo__gp_warp_fit(&model->warp, rows->key, n);
	hpo__gp_clear(&model->process);
	for (size_t i = 0; i < n; i++) {
		size_t row = rows->chosen[i];
		size_t first = rows->first[row];

		hpo__gp_add(&model->process, hpo_history_points(history) + first * s->dims,
			    hpo_history_active(history) + first * s->dims,
			    hpo__gp_warp_apply(&model->warp, rows->key[i]),
			    rows->readings[row]);
	}
}

/*
 * Where readings were repeated to the digit, a surface over numbers alone is followed wherever
 * it goes. Over choices and branches what the kernel cannot follow looks like noise, and is
 * better taken for it.
 */
static struct hpo_gp_prior prior_of(const struct gp_state *s)
{
	const int is_even = !s->ground.conditional && s->frame.features == s->frame.numeric;
	const struct hpo_gp_prior exact = { -10, 1, 1 };
	struct hpo_gp_prior usual = hpo__gp_usual_prior;

	usual.is_bent = 1;
	return s->is_exact && is_even ? exact : usual;
}

static hpo_status_t fit(struct gp_state *s, const hpo_history_t *history, size_t trials,
			hpo_error_t *error)
{
	hpo_status_t status;

	s->rows.branch.is_on = 0;
	status = hpo__gp_rows_gather(&s->rows, s->ground.space, history, trials, error);
	if (status < 0)
		return status;
	s->is_exact = hpo__gp_rows_are_exact(&s->rows);
	s->is_noisy = hpo__gp_rows_are_noisy(&s->rows);
	for (size_t k = 0; k < s->goals + s->bounds; k++) {
		struct gp_model *model = &s->models[k];

		load(s, model, history);
		model->process.prior = prior_of(s);
		hpo__gp_fit(&model->process, NULL, hpo__gp_model_budget(s, s->rows.chosen_count));
		memcpy(model->theta, model->process.theta,
		       hpo__gp_parameters(&s->frame) * sizeof *model->theta);
		model->fitted = trials;
	}
	return HPO_OK;
}

/* The newest failed trials, as bad as the worst that has a loss. */
static void add_failed(struct gp_state *s, struct gp_model *model, const hpo_history_t *history)
{
	const double worst = model->warp.to[model->warp.count - 1];
	size_t added = 0;

	for (size_t i = hpo_history_count(history); i-- > 0 && added < GP_MOST_FAILED;) {
		if (hpo__gp_rows_is_usable(history, i))
			continue;
		hpo__gp_add(&model->process, hpo_history_points(history) + i * s->dims,
			    hpo_history_active(history) + i * s->dims, worst, 1);
		added++;
	}
}

void hpo__gp_model_believe(struct gp_model *model, const hpo_history_t *history)
{
	const double *points = hpo_history_pending_points(history);
	const uint8_t *active = hpo_history_pending_active(history);
	const size_t pending = hpo_history_pending(history);
	const size_t dims = hpo_history_dims(history);

	for (size_t k = 0; k < pending && k < GP_MOST_BELIEVED; k++)
		hpo__gp_believe(&model->process, points + k * dims, active + k * dims);
}

/* The bound as the model sees it; where all losses are the same there is no scale. */
static double limit_of(const struct gp_model *model, double bound)
{
	const struct hpo_gp_warp *warp = &model->warp;

	if (warp->count == 1)
		return warp->from[0] <= bound ? 3 : -3;
	return fmin(fmax(hpo__gp_warp_apply(warp, bound), -1e6), 1e6);
}

/* A fit to the branch alone, which the next proposal elsewhere knows nothing of. */
static void learn_branch(struct gp_state *s, struct gp_model *model)
{
	model->process.prior = prior_of(s);
	hpo__gp_fit(&model->process, NULL, hpo__gp_model_budget(s, s->rows.chosen_count));
}

static void set(struct gp_state *s, const hpo_history_t *history, size_t failed)
{
	for (size_t k = 0; k < s->goals + s->bounds; k++) {
		struct gp_model *model = &s->models[k];
		const double *theta = s->rows.branch.is_on ? model->process.theta : model->theta;

		load(s, model, history);
		if (s->rows.branch.is_on)
			learn_branch(s, model);
		if (k < s->goals && failed < GP_LEAST_FAILED)
			add_failed(s, model, history);
		if (k >= s->goals)
			model->limit = limit_of(model, hpo_history_bounds(history)[model->column]);
		if (hpo__gp_set(&model->process, theta) == -INFINITY)
			hpo__gp_clear(&model->process); /* it predicts what it knows before any data */
		hpo__gp_model_believe(model, history);
	}
}

static hpo_status_t gather(struct gp_state *s, const hpo_history_t *history, size_t trials,
			   hpo_error_t *error)
{
	s->rows.branch = hpo__gp_branch_choose(s, history);
	return hpo__gp_rows_gather(&s->rows, s->ground.space, history, trials, error);
}

hpo_status_t hpo__gp_model_update(struct gp_state *s, const hpo_history_t *history,
				  hpo_rng_t *rng, hpo_error_t *error)
{
	const size_t n = hpo__gp_rows_usable(history, hpo_history_count(history));
	const size_t at = hpo__gp_model_fit_at(n);
	size_t failed = 0;
	hpo_status_t status;

	status = make_models(s, history, error);
	for (size_t k = 0; status == HPO_OK && k < s->goals + s->bounds; k++)
		status = hpo__gp_model_reserve(s, &s->models[k], n < GP_MOST_ROWS ? n : GP_MOST_ROWS,
					       error);
	if (status == HPO_OK && s->models[0].fitted != at)
		status = fit(s, history, at, error);
	if (status == HPO_OK)
		status = gather(s, history, n, error);
	if (status == HPO_OK)
		status = hpo__gp_failures_update(s, history, &failed, error);
	if (status < 0)
		return status;
	s->model_count = s->goals + s->bounds + (failed >= GP_LEAST_FAILED);
	set(s, history, failed);
	return hpo__gp_aim(s, history, rng, error);
}
