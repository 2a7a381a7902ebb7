/*
 * The bar of a trial's curve: a quantile of what whole trials had reached.
 *
 * Best is compared with best, not with the latest value: a curve that turns up
 * late, by overfitting, must not make its successors look good.
 */
#include "pruner/quantile.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/number.h"
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

void hpo__quantile_init(struct hpo_quantile *s, const hpo_fidelity_t *fidelity, double share,
			const char *label)
{
	s->fidelity = *fidelity;
	s->share = share;
	s->label = label;
	s->startup = 5;
	s->interval = 1;
	s->curves.item_size = sizeof(struct curve);
	s->columns.item_size = sizeof(struct column);
}

hpo_status_t hpo__quantile_configure(void *state, const hpo_settings_t *settings,
				     hpo_error_t *error)
{
	struct hpo_quantile *s = state;

	(void)error;
	s->startup = (int64_t)hpo_settings_number(settings, "startup_trials");
	s->warmup = (int64_t)hpo_settings_number(settings, "warmup");
	s->interval = (int64_t)hpo_settings_number(settings, "interval");
	return HPO_OK;
}

/* A report of an iteration that is past already counts for the latest one. */
hpo_status_t hpo__quantile_observe(void *state, int64_t trial, int64_t iteration, double loss,
				   hpo_error_t *error)
{
	struct hpo_quantile *s = state;
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
static void add_to_column(struct hpo_quantile *s, const struct step *step)
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

void hpo__quantile_forget(void *state, int64_t trial)
{
	struct hpo_quantile *s = state;
	struct curve *curve = hpo__roster_find(&s->curves, trial);

	if (curve == NULL)
		return;
	hpo__free(curve->steps);
	hpo__roster_remove(&s->curves, trial);
}

void hpo__quantile_finish(void *state, int64_t trial)
{
	struct hpo_quantile *s = state;
	const struct curve *curve = hpo__roster_find(&s->curves, trial);

	if (curve == NULL)
		return;
	for (size_t i = 0; i < curve->count; i++)
		add_to_column(s, &curve->steps[i]);
	s->finished++;
	hpo__quantile_forget(s, trial);
}

/*
 * The quantile that lies the share of the way from the least to the greatest,
 * between neighbours in proportion; in weights, so that the largest doubles do
 * not overflow.
 */
static double bar_of(const struct column *column, double share)
{
	const double place = share * (double)(column->count - 1);
	const size_t below = (size_t)place;
	const double rest = place - (double)below;

	if (rest == 0 || below + 1 == column->count)
		return column->best[below];
	return column->best[below] * (1 - rest) + column->best[below + 1] * rest;
}

/* Whether a decision is due at an iteration. */
static int is_due(const struct hpo_quantile *s, int64_t iteration)
{
	return s->finished >= s->startup && iteration >= s->fidelity.min_iteration &&
	       iteration >= s->warmup && (iteration - s->warmup) % s->interval == 0;
}

hpo_status_t hpo__quantile_judge(void *state, int64_t trial, hpo_verdict_t *verdict,
				 hpo_error_t *error)
{
	const struct hpo_quantile *s = state;
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
	if (column == NULL || column->count == 0 || !(step->best > bar_of(column, s->share)))
		return HPO_OK;

	verdict->stop = 1;
	verdict->iteration = step->iteration;
	verdict->loss = curve->last;
	hpo__format_real(step->best, best);
	hpo__format_real(bar_of(column, s->share), bar);
	snprintf(verdict->reason, sizeof verdict->reason,
		 "iteration %lld: best loss %s, %s of %zu is %s", (long long)step->iteration, best,
		 s->label, column->count, bar);
	return HPO_OK;
}

void hpo__quantile_release(void *state)
{
	struct hpo_quantile *s = state;

	for (size_t i = 0; i < s->curves.count; i++)
		hpo__free(((struct curve *)hpo__roster_item(&s->curves, i))->steps);
	for (size_t i = 0; i < s->columns.count; i++)
		hpo__free(((struct column *)hpo__roster_item(&s->columns, i))->best);
	hpo__roster_release(&s->curves);
	hpo__roster_release(&s->columns);
}
