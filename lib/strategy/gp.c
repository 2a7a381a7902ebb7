/*
 * Bayesian optimisation with a Gaussian process.
 *
 * J. Močkus, V. Tiešis and A. Žilinskas, "The application of Bayesian methods
 * for seeking the extremum" (1978), for expected improvement; D. R. Jones,
 * M. Schonlau and W. J. Welch, "Efficient global optimization of expensive
 * black-box functions", J. Global Optimization 13 (1998); D. Ginsbourger,
 * R. Le Riche and L. Carraro, "Kriging is well-suited to parallelize
 * optimization" (2010), for running trials believed to give their mean.
 *
 * A suggestion is a function of the history alone: the model is fitted to a
 * prefix of it (gp_model.c), all candidates come from the trial's own stream
 * (gp_candidates.c), and the best of them are improved (gp_search.c) by a
 * counted number of steps.
 */
#include "strategy/gp.h"

#include "base/alloc.h"
#include "base/error.h"
#include "strategy/registry.h"

#include <math.h>
#include <string.h>

enum {
	LEAST_STARTUP = 4,
	MOST_STARTUP = 12,
	FAILED_STARTUP = 2, /* times as many trials are enough when most fail */
	CANDIDATES = 512,
	STARTS = 6,       /* of them that are improved */
	WILD_ATTEMPT = 3  /* from this refusal on, a proposal is a random point */
};

static const hpo_option_t gp_options[] = {
	{ "startup_trials", HPO_OPTION_INT, 0, 0, 1e6,
	  "trials with a value before the model proposes; 0 lets the number of parameters decide" },
	{ "effort", HPO_OPTION_FLOAT, 1, 0.1, 100,
	  "how much is computed for a proposal, as a multiple of the usual" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static void gp_release(void *state)
{
	struct gp_state *s = state;

	hpo__gp_model_release(s);
	hpo__gp_rows_release(&s->rows);
	hpo__gp_frame_release(&s->frame);
	hpo__ground_release(&s->ground);
	hpo__free(s->candidates.points);
	hpo__free(s->candidates.active);
	hpo__free(s->candidates.value);
	hpo__free(s->candidates.order);
	hpo__free(s->feature);
	hpo__free(s->point);
	hpo__free(s->active);
	hpo__free(s->cells);
	hpo__free(s->axis);
	hpo__free(s->work);
	hpo__free(s->means);
	hpo__free(s->broken);
	hpo__free(s->outlook.mean);
}

/* Scratch: arrays of [d] lie behind each other in one block a type. */
static int allocate(struct gp_state *s)
{
	const size_t d = s->dims;

	s->feature = hpo__calloc(s->frame.features + 1, sizeof *s->feature);
	s->point = hpo__calloc(d, 6 * sizeof *s->point);
	s->active = hpo__calloc(d, 2);
	s->cells = hpo__calloc(d, sizeof *s->cells);
	s->axis = hpo__calloc(d, sizeof *s->axis);
	s->work = hpo__calloc(hpo__lbfgsb_work(d, GP_MEMORY), sizeof *s->work);
	if (s->feature == NULL || s->point == NULL || s->active == NULL || s->cells == NULL ||
	    s->axis == NULL || s->work == NULL)
		return 0;
	s->other = s->point + d;
	s->low = s->point + 2 * d;
	s->high = s->point + 3 * d;
	s->at = s->point + 4 * d; /* [2 d] */
	s->others = s->active + d;
	memset(s->active, 1, 2 * d);
	return 1;
}

static hpo_status_t make_candidates(struct gp_state *s, size_t capacity, hpo_error_t *error)
{
	struct gp_candidates *c = &s->candidates;

	hpo__free(c->points);
	hpo__free(c->active);
	hpo__free(c->value);
	hpo__free(c->order);
	c->capacity = capacity;
	c->points = hpo__calloc(capacity, s->dims * sizeof *c->points);
	c->active = hpo__calloc(capacity, s->dims);
	c->value = hpo__calloc(capacity, sizeof *c->value);
	c->order = hpo__calloc(capacity, sizeof *c->order);
	if (c->points == NULL || c->active == NULL || c->value == NULL || c->order == NULL)
		return hpo__fail_memory(error);
	memset(c->active, 1, capacity * s->dims);
	return HPO_OK;
}

/*
 * One more than axes or than categories of one axis, but at least 4 and at most
 * 12: a category that was never tried may look hopeless for long.
 */
static size_t usual_startup(const struct hpo_ground *ground)
{
	size_t most = ground->dims;

	for (size_t i = 0; i < ground->dims; i++) {
		if (ground->axes[i].kind == HPO_AXIS_CATEGORICAL && ground->axes[i].cells > most)
			most = (size_t)ground->axes[i].cells;
	}
	return most + 1 < LEAST_STARTUP ? LEAST_STARTUP
					: most + 1 > MOST_STARTUP ? MOST_STARTUP : most + 1;
}

static hpo_status_t gp_init(void *state, const hpo_space_t *space, hpo_error_t *error)
{
	struct gp_state *s = state;
	hpo_status_t status;

	s->dims = hpo_space_dims(space);
	s->effort = 1;
	status = hpo__ground_init(&s->ground, space, error);
	if (status == HPO_OK)
		s->startup = usual_startup(&s->ground);
	if (status == HPO_OK)
		status = hpo__gp_frame_init(&s->frame, s->ground.axes, s->dims, error);
	if (status == HPO_OK)
		status = allocate(s) ? HPO_OK : hpo__fail_memory(error);
	return status;
}

static hpo_status_t gp_configure(void *state, const hpo_settings_t *settings, hpo_error_t *error)
{
	struct gp_state *s = state;
	double startup = hpo_settings_number(settings, "startup_trials");

	(void)error;
	if (startup > 0)
		s->startup = (size_t)startup;
	s->effort = hpo_settings_number(settings, "effort");
	return HPO_OK;
}

static hpo_status_t gp_observe(void *state, const hpo_history_t *history, size_t index,
			       hpo_error_t *error)
{
	struct gp_state *s = state;

	return hpo__ground_observe(&s->ground, history, index, error);
}

/* The best of the best candidates after each was improved; 0 if none promises anything. */
static int search(struct gp_state *s, double *out)
{
	struct gp_candidates *c = &s->candidates;
	const size_t starts = (size_t)ceil(STARTS * fmin(s->effort, 10));
	double most = -INFINITY;

	for (size_t k = 0; k < c->count && k < starts; k++) {
		double *point = c->points + c->order[k] * s->dims;
		double value = hpo__gp_refine(s, point, c->active + c->order[k] * s->dims,
					      c->value[c->order[k]]);

		if (!(value > most))
			continue;
		most = value;
		memcpy(out, point, s->dims * sizeof *point);
	}
	return most > -INFINITY;
}

static hpo_status_t propose(struct gp_state *s, const hpo_history_t *history, hpo_rng_t *rng,
			    hpo_proposal_t *out, hpo_error_t *error)
{
	hpo_status_t status = HPO_OK;

	if (s->candidates.points == NULL)
		status = make_candidates(s, 64 + (size_t)(CANDIDATES * fmin(s->effort, 20)) + 64,
					 error);
	if (status == HPO_OK)
		status = hpo__gp_model_update(s, history, rng, error);
	if (status < 0)
		return status;
	hpo__gp_candidates_make(s, rng);
	status = hpo__gp_aim_widely(s, rng, error);
	if (status < 0)
		return status;
	hpo__gp_candidates_rank(s);
	if (!search(s, out->point))
		hpo__gp_draw(s, rng, out->point);
	return HPO_OK;
}

/*
 * Whether there is enough to learn from: trials with a value, or one where so many failed that
 * waiting for more would take long.
 */
static int is_begun(const struct gp_state *s, const hpo_history_t *history)
{
	const size_t ended = hpo_history_count(history);
	const size_t usable = hpo__gp_rows_usable(history, ended);

	return usable >= s->startup || (usable > 0 && ended >= FAILED_STARTUP * s->startup);
}

static hpo_status_t gp_suggest(void *state, const hpo_history_t *history, hpo_rng_t *rng,
			       hpo_proposal_t *out, hpo_error_t *error)
{
	struct gp_state *s = state;
	hpo_status_t status = hpo__ground_hold(&s->ground, history, error);

	if (status < 0)
		return status;
	s->history = history;
	if (out->attempt >= WILD_ATTEMPT) {
		out->arm = "random";
		hpo__gp_draw(s, rng, out->point);
		return HPO_OK;
	}
	if (!is_begun(s, history)) {
		hpo__gp_start(s, rng, out);
		return HPO_OK;
	}
	return propose(s, history, rng, out, error);
}

const hpo_strategy_ops_t hpo__strategy_gp = {
	.struct_size = sizeof(hpo_strategy_ops_t),
	.name = "gp",
	.state_size = sizeof(struct gp_state),
	.options = gp_options,
	.init = gp_init,
	.suggest = gp_suggest,
	.configure = gp_configure,
	.observe = gp_observe,
	.release = gp_release,
};
