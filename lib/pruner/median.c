/*
 * The median rule: a trial stops when the best it has reached is worse than the
 * median of the best that whole trials had reached at the same iteration.
 *
 * D. Golovin, B. Solnik, S. Moitra, G. Kochanski, J. Karro and D. Sculley,
 * "Google Vizier: a service for black-box optimization", KDD (2017), section
 * 3.2.2. The warm-up options are those of Optuna. Best is compared with best,
 * not with the latest value: a curve that turns up late, by overfitting, must
 * not make its successors look good.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/number.h"
#include "pruner/registry.h"
#include "pruner/roster.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct step {
	int64_t iteration;
	double best; /* the least loss up to here */
};

/* A running trial's curve, iterations strictly ascending. Begins as a roster's item. */
struct curve {
	int64_t trial;
	double last; /* the latest report, for the verdict */
	struct step *steps; /* [count] */
	size_t count, capacity;
};

/* What whole trials had reached at one iteration, ascending. Begins as a roster's item. */
struct column {
	int64_t iteration;
	double *best; /* [count] */
	size_t count, capacity;
};

struct median_state {
	hpo_fidelity_t fidelity;
	int64_t startup, warmup, interval;
	int64_t finished; /* whole trials in the columns */
	struct hpo_roster curves;
	struct hpo_roster columns;
};

static const hpo_option_t median_options[] = {
	{ "startup_trials", HPO_OPTION_INT, 5, 1, 1e9,
	  "trials that must have ended by themselves before any is stopped" },
	{ "warmup", HPO_OPTION_INT, 0, 0, 1e15, "iterations during which no trial is stopped" },
	{ "interval", HPO_OPTION_INT, 1, 1, 1e15, "iterations between two decisions" },
	{ NULL, HPO_OPTION_INT, 0, 0, 0, NULL },
};

static hpo_status_t median_init(void *state, const hpo_fidelity_t *fidelity, hpo_error_t *error)
{
	struct median_state *s = state;

	(void)error;
	s->fidelity = *fidelity;
	s->startup = 5;
	s->interval = 1;
	s->curves.item_size = sizeof(struct curve);
	s->columns.item_size = sizeof(struct column);
	return HPO_OK;
}

static hpo_status_t median_configure(void *state, const hpo_settings_t *settings,
				     hpo_error_t *error)
{
	struct median_state *s = state;

	(void)error;
	s->startup = (int64_t)hpo_settings_number(settings, "startup_trials");
	s->warmup = (int64_t)hpo_settings_number(settings, "warmup");
	s->interval = (int64_t)hpo_settings_number(settings, "interval");
	return HPO_OK;
}

/* A report of an iteration that is past already counts for the latest one. */
static hpo_status_t median_observe(void *state, int64_t trial, int64_t iteration, double loss,
				   hpo_error_t *error)
{
	struct median_state *s = state;
	struct curve *curve;
	struct step *steps;

	if (!isfinite(loss))
		return HPO_OK;
	curve = hpo__roster_add(&s->curves, trial);
	if (curve == NULL)
		return hpo__fail_memory(error);

	if (curve->count > 0 && iteration <= curve->steps[curve->count - 1].iteration) {
		struct step *latest = &curve->steps[curve->count - 1];

		latest->best = loss < latest->best ? loss : latest->best;
		curve->last = loss;
		return HPO_OK;
	}

	steps = hpo__grow(curve->steps, &curve->capacity, curve->count + 1, sizeof *steps);
	if (steps == NULL)
		return hpo__fail_memory(error);
	curve->steps = steps;
	steps[curve->count].iteration = iteration;
	steps[curve->count].best = loss;
	if (curve->count > 0 && steps[curve->count - 1].best < loss)
		steps[curve->count].best = steps[curve->count - 1].best;
	curve->count++;
	curve->last = loss;
	return HPO_OK;
}

/* Insert in order. Without memory the column stays as it is: one voice less in a median. */
static void add_to_column(struct median_state *s, const struct step *step)
{
	struct column *column = hpo__roster_add(&s->columns, step->iteration);
	double *best;
	size_t low = 0;
	size_t high;

	if (column == NULL)
		return;
	best = hpo__grow(column->best, &column->capacity, column->count + 1, sizeof *best);
	if (best == NULL)
		return;
	column->best = best;

	high = column->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (best[middle] < step->best)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&best[low + 1], &best[low], (column->count - low) * sizeof *best);
	best[low] = step->best;
	column->count++;
}

static void median_forget(void *state, int64_t trial)
{
	struct median_state *s = state;
	struct curve *curve = hpo__roster_find(&s->curves, trial);

	if (curve == NULL)
		return;
	hpo__free(curve->steps);
	hpo__roster_remove(&s->curves, trial);
}

static void median_finish(void *state, int64_t trial)
{
	struct median_state *s = state;
	const struct curve *curve = hpo__roster_find(&s->curves, trial);

	if (curve == NULL)
		return;
	for (size_t i = 0; i < curve->count; i++)
		add_to_column(s, &curve->steps[i]);
	s->finished++;
	median_forget(s, trial);
}

/* Halves are summed, so that the largest doubles do not overflow. */
static double median_of(const struct column *column)
{
	size_t middle = column->count / 2;

	if (column->count % 2 == 1)
		return column->best[middle];
	return column->best[middle - 1] / 2 + column->best[middle] / 2;
}

/* Whether a decision is due at an iteration. */
static int is_due(const struct median_state *s, int64_t iteration)
{
	return s->finished >= s->startup && iteration >= s->fidelity.min_iteration &&
	       iteration >= s->warmup && (iteration - s->warmup) % s->interval == 0;
}

static hpo_status_t median_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
				 hpo_error_t *error)
{
	const struct median_state *s = state;
	const struct curve *curve = hpo__roster_find(&s->curves, trial);
	const struct column *column;
	const struct step *step;
	char best[HPO__NUMBER_SIZE];
	char bar[HPO__NUMBER_SIZE];

	(void)error;
	if (curve == NULL || curve->count == 0)
		return HPO_OK;
	step = &curve->steps[curve->count - 1];
	if (!is_due(s, step->iteration))
		return HPO_OK;
	column = hpo__roster_find(&s->columns, step->iteration);
	if (column == NULL || column->count == 0 || !(step->best > median_of(column)))
		return HPO_OK;

	verdict->stop = 1;
	verdict->iteration = step->iteration;
	verdict->loss = curve->last;
	hpo__format_real(step->best, best);
	hpo__format_real(median_of(column), bar);
	snprintf(verdict->reason, sizeof verdict->reason,
		 "iteration %lld: best loss %s, median of %zu is %s", (long long)step->iteration,
		 best, column->count, bar);
	return HPO_OK;
}

static void median_release(void *state)
{
	struct median_state *s = state;

	for (size_t i = 0; i < s->curves.count; i++)
		hpo__free(((struct curve *)hpo__roster_item(&s->curves, i))->steps);
	for (size_t i = 0; i < s->columns.count; i++)
		hpo__free(((struct column *)hpo__roster_item(&s->columns, i))->best);
	hpo__roster_release(&s->curves);
	hpo__roster_release(&s->columns);
}

const hpo_pruner_ops_t hpo__pruner_median = {
	.struct_size = sizeof(hpo_pruner_ops_t),
	.name = "median",
	.state_size = sizeof(struct median_state),
	.options = median_options,
	.init = median_init,
	.judge = median_judge,
	.configure = median_configure,
	.observe = median_observe,
	.finish = median_finish,
	.forget = median_forget,
	.release = median_release,
};
